//! The relay over HTTP: who may do what, TLS, tokens, limits, and what it must not tell.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Stage, program, texts};
use sceau::Wire;
use sceau::delivery::{
    AcknowledgeRequest, AuthRequest, CommitAnswer, CommitHandle, GetAnswer, GetRequest, Handle,
    RelayName,
};
use sceau::pairwise::{Account, AccountParams, Envelope, MailboxId};
use sceau_client::client::net::Net;
use sceau_client::crypto::rng;
use sceau_client::error::Kind;
use sceau_client::process::{ClientProcess, RelayProcess};
use sceau_client::time::now;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

fn relay(arguments: &[&str]) -> (RelayProcess, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("relay");
    let all = [&["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()], arguments].concat();
    (RelayProcess::start(program(), &all).unwrap(), folder)
}

fn envelope(mailbox: MailboxId) -> Envelope {
    let expiry = (now() + 40_000).next_multiple_of(3_600);
    Envelope { mailbox_id: mailbox, expiry, message: b"a message".to_vec() }
}

struct Device {
    account: Account,
    net: Net,
}

impl Device {
    /// A device that has published `keys` one-time keys of each type.
    fn new(url: &str, keys: u32) -> Self {
        let params = AccountParams::new(1, now(), now() + 86_400);
        let (account, _) = Account::create(&mut rng(), now(), params).unwrap();
        let mut device = Self { account, net: Net::new(url, None, None).unwrap() };
        device.publish(keys).unwrap();
        device
    }

    fn publish(&mut self, keys: u32) -> sceau_client::error::Result<()> {
        let made = self.account.create_batch(keys, keys, 86_400, now(), &mut rng());
        let publication = self.account.publication(&made.unwrap().0).unwrap().to_bytes();
        let sign = |request: &AuthRequest<'_>| Ok(self.account.delivery_auth(request)?);
        let left = self.net.publish(&publication, &sign)?.unwrap();
        assert_eq!((left.one_time, left.kem_one_time), (keys, keys));
        Ok(())
    }
}

#[test]
fn a_contact_mailbox_is_its_devices_alone() {
    let (relay, _folder) = relay(&[]);
    let ada = Device::new(&relay.url, 2);
    let eve = Device::new(&relay.url, 2);
    let contact = ada.account.contact_mailbox();
    eve.net.put(&envelope(contact)).unwrap();
    let refused = eve.net.get(contact, None, 0).unwrap_err();
    assert_eq!(refused.class, Some("bad_signature"));
    let as_eve = |request: &AuthRequest<'_>| Ok(eve.account.delivery_auth(request)?);
    assert_eq!(eve.net.get(contact, Some(&as_eve), 0).unwrap_err().class, Some("bad_signature"));
    let refused = eve.net.acknowledge(contact, vec![Handle::new([0; 16])], Some(&as_eve));
    assert_eq!(refused.unwrap_err().class, Some("bad_signature"));
    assert_eq!(eve.net.wait(&[contact], 0).unwrap(), []);
    // Its device gets it, is told its stock, and deletes it.
    let as_ada = |request: &AuthRequest<'_>| Ok(ada.account.delivery_auth(request)?);
    let (answer, left) = ada.net.get(contact, Some(&as_ada), 0).unwrap();
    assert_eq!(answer.envelopes.len(), 1);
    assert_eq!(left.map(|left| (left.one_time, left.kem_one_time)), Some((2, 2)));
    ada.net.acknowledge(contact, vec![answer.envelopes[0].handle], Some(&as_ada)).unwrap();
    assert_eq!(ada.net.get(contact, Some(&as_ada), 0).unwrap().0.envelopes, []);
}

/// Signatures are good once, for their request and their relay, on any connection.
#[test]
fn challenges_serve_once() {
    let (relay, _folder) = relay(&[]);
    let ada = Device::new(&relay.url, 2);
    let request = GetRequest { mailbox_id: ada.account.contact_mailbox(), most: 1 }.to_bytes();
    let connect = || std::net::TcpStream::connect(relay.address()).unwrap();
    let ask = |stream: &mut std::net::TcpStream, head: &str, body: &[u8]| {
        write!(stream, "{head} HTTP/1.1\r\nhost: relay\r\ncontent-length: {}\r\n", body.len())
            .unwrap();
        stream.write_all(b"\r\n").unwrap();
        stream.write_all(body).unwrap();
        answer(stream)
    };
    let signed_for = |name: &[u8], challenge: [u8; 32], action| {
        let challenge = &sceau::delivery::Challenge::new(challenge);
        let relay = &RelayName::new(name).unwrap();
        let asked = AuthRequest { challenge, relay, action, request: &request };
        let auth = ada.account.delivery_auth(&asked);
        use base64::Engine;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(auth.unwrap().to_bytes())
    };
    let signed = |challenge, action| signed_for(b"127.0.0.1", challenge, action);
    let post = |stream: &mut std::net::TcpStream, auth: &str| {
        let head = format!("POST /v0/get HTTP/1.1\r\nhost: relay\r\nsceau-auth: {auth}");
        write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n", request.len()).unwrap();
        stream.write_all(&request).unwrap();
        answer(stream).0
    };
    use sceau::delivery::DeliveryAction::{Acknowledge, Commit, Get};
    let (mut one, mut two) = (connect(), connect());
    let challenge = |stream: &mut std::net::TcpStream| -> [u8; 32] {
        ask(stream, "GET /v0/challenge", b"").1.try_into().unwrap()
    };
    let first = challenge(&mut one);
    let auth = signed(first, Get);
    assert_eq!(post(&mut two, &auth), 200, "on another connection");
    assert_eq!(post(&mut one, &auth), 403, "twice");
    assert_eq!(post(&mut two, &auth), 403, "twice");
    for (name, status) in [
        (&b"localhost"[..], 200),
        (b"::1", 200),
        (b"relay.example.org", 403),
        (b"127.0.0.1:80", 403),
        (b"LOCALHOST", 403),
    ] {
        let another = challenge(&mut one);
        assert_eq!(post(&mut one, &signed_for(name, another, Get)), status, "{name:?}");
    }
    let other = challenge(&mut one);
    assert_eq!(post(&mut one, &signed(other, Acknowledge)), 403, "for another action");
    assert_eq!(post(&mut one, &signed(other, Get)), 403, "used up by the attempt before");
    assert_eq!(post(&mut one, &signed([7; 32], Get)), 403, "never given out");
    let last = challenge(&mut one);
    assert_eq!(post(&mut one, &signed(last, Get)), 200);
    assert_eq!(post(&mut one, "%%%"), 400);
    let for_a_commit = challenge(&mut one);
    assert_eq!(post(&mut one, &signed(for_a_commit, Commit)), 400, "reserved");
    assert_eq!(post(&mut one, &signed(for_a_commit, Get)), 200, "and its challenge still good");
}

/// Status and body of an answer.
fn answer(stream: &mut std::net::TcpStream) -> (u16, Vec<u8>) {
    let (mut read, mut byte) = (Vec::new(), [0]);
    while !read.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        read.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&read).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    (head[9..12].parse().unwrap(), body)
}

/// What was signed for one relay is worth nothing at another, whatever that one passes on.
#[test]
fn a_relay_goes_by_its_names_alone() {
    let (named, _folder) = relay(&["--name", "Relay.Example.org.", "--name", "other.example"]);
    let ada = Account::create(&mut rng(), now(), AccountParams::new(1, now(), now() + 86_400));
    let (mut ada, _) = ada.unwrap();
    let (batch, _) = ada.create_batch(1, 1, 86_400, now(), &mut rng()).unwrap();
    let publication = ada.publication(&batch).unwrap().to_bytes();
    let net = Net::new(&named.url, None, None).unwrap();
    // The client signs for the host of its URL.
    let honest = |request: &AuthRequest<'_>| {
        assert_eq!(request.relay.as_bytes(), b"127.0.0.1");
        Ok(ada.delivery_auth(request)?)
    };
    let refused = net.publish(&publication, &honest).unwrap_err();
    assert_eq!(refused.class, Some("bad_signature"));
    assert!(refused.to_string().contains("signature"), "{refused}");
    // Each of its names does, written as the specification says.
    for (generation, name) in ["relay.example.org", "other.example"].into_iter().enumerate() {
        let relay = &RelayName::host(name).unwrap();
        let (batch, _) = ada.create_batch(1, 1, 86_400, now(), &mut rng()).unwrap();
        let publication = ada.publication(&batch).unwrap().to_bytes();
        let sign =
            |request: &AuthRequest<'_>| Ok(ada.delivery_auth(&AuthRequest { relay, ..*request })?);
        assert!(net.publish(&publication, &sign).is_ok(), "{generation}: {name}");
    }
    // Without a name none is known where it listens at every address, or behind a proxy.
    for arguments in [&["--listen", "0.0.0.0:0"][..], &["--behind-proxy"], &["--name", "a:80"]] {
        let folder = tempfile::tempdir().unwrap();
        let data = ["relay", "--data", folder.path().to_str().unwrap()];
        let run = std::process::Command::new(program()).args(data).args(arguments).output();
        let run = run.unwrap();
        assert_eq!(run.status.code(), Some(64), "{run:?}");
        assert!(String::from_utf8_lossy(&run.stderr).contains("--name"), "{run:?}");
    }
}

#[test]
fn publications_are_verified() {
    let (relay, _folder) = relay(&[]);
    let mut ada = Device::new(&relay.url, 2);
    let eve = Device::new(&relay.url, 2);
    // Somebody else's publication, signed by oneself.
    let made = ada.account.create_batch(1, 1, 86_400, now(), &mut rng()).unwrap().0;
    let publication = ada.account.publication(&made).unwrap().to_bytes();
    let as_eve = |request: &AuthRequest<'_>| Ok(eve.account.delivery_auth(request)?);
    assert_eq!(eve.net.publish(&publication, &as_eve).unwrap_err().class, Some("bad_signature"));
    // One that is not newer, and one with a changed key.
    let as_ada = |request: &AuthRequest<'_>| Ok(ada.account.delivery_auth(request)?);
    ada.net.publish(&publication, &as_ada).unwrap();
    assert_eq!(ada.net.publish(&publication, &as_ada).unwrap_err().class, Some("rollback"));
    let mut changed = publication;
    let last = changed.len() - 1;
    changed[last] ^= 1;
    assert!(ada.net.publish(&changed, &as_ada).is_err());
    ada.publish(3).unwrap();
}

/// DS-05 to DS-08, and that the relay is asked for nothing that names the asker.
#[test]
fn prekeys_run_out_and_bundles_are_served_all_the_same() {
    let (relay, _folder) = relay(&[]);
    let ada = Device::new(&relay.url, 3);
    let net = Net::new(&relay.url, None, None).unwrap();
    let bundles: Vec<_> =
        (0..5).map(|_| net.fetch(ada.account.account_id()).unwrap().bundles.remove(0)).collect();
    let one_time: Vec<_> = bundles
        .iter()
        .filter_map(|b| b.one_time_prekey.as_ref().map(|key| key.prekey.id))
        .collect();
    assert_eq!(one_time, [2, 3, 4]);
    let kem: Vec<_> = bundles.iter().map(|bundle| bundle.kem_prekey.prekey.id).collect();
    assert_eq!(kem, [5, 6, 7, 1, 1]);
    let as_ada = |request: &AuthRequest<'_>| Ok(ada.account.delivery_auth(request)?);
    let (_, left) = ada.net.get(ada.account.contact_mailbox(), Some(&as_ada), 0).unwrap();
    assert_eq!(left.map(|left| (left.one_time, left.kem_one_time)), Some((0, 0)));
    let nobody = sceau::pairwise::AccountId::new(&[5; 32]);
    assert_eq!(net.fetch(&nobody).unwrap().bundles, []);
}

#[test]
fn envelopes_are_bounded() {
    let (relay, _folder) = relay(&[]);
    let net = Net::new(&relay.url, None, None).unwrap();
    let mailbox = MailboxId::new([9; 32]);
    let right = envelope(mailbox);
    for (wrong, why) in [
        (Envelope { expiry: right.expiry + 1, ..right.clone() }, "not a full hour"),
        (Envelope { expiry: right.expiry + 31 * 86_400, ..right.clone() }, "too late"),
        (Envelope { expiry: 3_600, ..right.clone() }, "past"),
        (Envelope { message: vec![0; 1_179_649], ..right.clone() }, "too long"),
    ] {
        let refused = net.put(&wrong).unwrap_err();
        assert!(
            matches!(refused.class, Some("malformed")) || refused.kind == Kind::Unreachable,
            "{why}: {refused}"
        );
    }
    net.put(&Envelope { message: vec![0; 1_179_648], ..right.clone() }).unwrap();
    net.put(&right).unwrap();
    let (answer, _) = net.get(mailbox, None, 0).unwrap();
    assert_eq!(answer.envelopes.len(), 2);
    assert_eq!(GetAnswer::from_bytes(&answer.to_bytes()), Ok(answer.clone()));
    // An empty mailbox answers as one that never was (DS-14).
    let handles = answer.envelopes.iter().map(|stored| stored.handle).collect();
    let request = AcknowledgeRequest { mailbox_id: mailbox, handles };
    net.acknowledge(mailbox, request.handles, None).unwrap();
    let empty = net.get(mailbox, None, 0).unwrap();
    assert_eq!(empty, net.get(MailboxId::new([8; 32]), None, 0).unwrap());
}

/// DS-22, DS-23, DS-26: the first message of a handle counts, over HTTP, on any connection, after a restart too.
#[test]
fn the_first_commit_of_a_handle_counts() {
    let (mut relay, folder) = relay(&[]);
    let net = |relay: &RelayProcess| Net::new(&relay.url, None, None).unwrap();
    let (handle, another) = (CommitHandle::new([5; 32]), CommitHandle::new([6; 32]));
    let one = net(&relay);
    assert_eq!(one.commit(handle, vec![]).unwrap(), CommitAnswer::Empty);
    let url = relay.url.clone();
    let threads: Vec<_> = (0..8u8)
        .map(|n| {
            let url = url.clone();
            std::thread::spawn(move || {
                Net::new(&url, None, None).unwrap().commit(handle, vec![n; 40]).unwrap()
            })
        })
        .collect();
    let answers: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let kept: Vec<u8> = (0..8).filter(|n| answers[usize::from(*n)] == CommitAnswer::Kept).collect();
    let [winner] = kept[..] else { panic!("{answers:?}") };
    let taken = CommitAnswer::Taken(vec![winner; 40]);
    assert!(answers.iter().all(|answer| *answer == CommitAnswer::Kept || *answer == taken));
    let address = relay.address().to_owned();
    relay.kill();
    let data = folder.path().join("relay");
    let arguments = ["--listen", &address, "--data", data.to_str().unwrap()];
    let relay = RelayProcess::start(program(), &arguments).unwrap();
    let two = net(&relay);
    assert_eq!(two.commit(handle, vec![]).unwrap(), taken);
    assert_eq!(two.commit(handle, vec![winner; 40]).unwrap(), CommitAnswer::Kept, "a replay");
    assert_eq!(two.commit(handle, vec![9; 40]).unwrap(), taken);
    // Sizes.
    let refused = two.commit(another, vec![1; 1_179_649]).unwrap_err();
    assert!(matches!(refused.class, Some("malformed")) || refused.kind == Kind::Unreachable);
    assert_eq!(two.commit(another, vec![]).unwrap(), CommitAnswer::Empty, "nothing was kept");
    assert_eq!(two.commit(another, vec![1; 1_179_648]).unwrap(), CommitAnswer::Kept);
    // A handle is no mailbox, and holds something for whoever waits with it.
    assert!(!two.wait_for(&[MailboxId::new([5; 32])], &[], 0).unwrap());
    assert!(!two.wait_for(&[], &[CommitHandle::new([7; 32])], 0).unwrap());
    assert!(two.wait_for(&[MailboxId::new([5; 32])], &[handle], 0).unwrap());
    // Times are kept to the hour.
    let db = rusqlite::Connection::open(data.join("relay.db")).unwrap();
    let mut select = db.prepare("SELECT expiry, forget FROM handle").unwrap();
    let times = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let times: Vec<(u64, u64)> = times.map(Result::unwrap).collect();
    assert_eq!(times.len(), 2);
    let month = now() + 30 * 86_400;
    for (expiry, forget) in times {
        assert_eq!((expiry % 3_600, forget % 3_600), (0, 0));
        assert!((month - 60..month + 3_600).contains(&expiry), "{expiry} at {month}");
        assert!(forget > now() + 364 * 86_400);
    }
}

#[test]
fn who_waits_is_told_at_once() {
    let (relay, _folder) = relay(&[]);
    let url = relay.url.clone();
    let mailboxes: Vec<_> = (0..50).map(|n| MailboxId::new([n; 32])).collect();
    let asked = mailboxes.clone();
    let waiter = std::thread::spawn(move || {
        let net = Net::new(&url, None, None).unwrap();
        let began = Instant::now();
        (net.wait(&asked, 30).unwrap(), began.elapsed())
    });
    std::thread::sleep(Duration::from_millis(300));
    Net::new(&relay.url, None, None).unwrap().put(&envelope(mailboxes[33])).unwrap();
    let (holding, waited) = waiter.join().unwrap();
    assert_eq!(holding, [mailboxes[33]]);
    assert!(waited < Duration::from_secs(20), "{waited:?}");
}

#[test]
fn a_token_keeps_others_out() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "a token\n").unwrap();
    let (relay, _folder) = relay(&["--token", token.to_str().unwrap()]);
    let mailbox = MailboxId::new([1; 32]);
    for wrong in [None, Some("another")] {
        let refused =
            Net::new(&relay.url, wrong, None).unwrap().put(&envelope(mailbox)).unwrap_err();
        assert_eq!(refused.class, Some("unauthorised"));
    }
    Net::new(&relay.url, Some("a token"), None).unwrap().put(&envelope(mailbox)).unwrap();
}

#[test]
fn tls_by_certificate_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(path("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(path("other.pem"), other.cert.pem()).unwrap();
    let (relay, _folder) = relay(&["--cert", &path("cert.pem"), "--key", &path("key.pem")]);
    assert!(relay.url.starts_with("https://"));
    let mailbox = MailboxId::new([1; 32]);
    let net = |ca: &str| Net::new(&relay.url, None, Some(path(ca).as_ref())).unwrap();
    net("cert.pem").put(&envelope(mailbox)).unwrap();
    assert_eq!(net("other.pem").put(&envelope(mailbox)).unwrap_err().kind, Kind::Unreachable);
    assert!(Net::new(&relay.url, None, None).is_err(), "nobody vouches for it");
    let client = ClientProcess::new(program(), &folder.path().join("ada"));
    let init = ["init", "--relay", &relay.url, "--ca", &path("cert.pem"), "--kdf-memory", "8"];
    client.json(&init).unwrap();
    client.json(&["receive"]).unwrap();
}

/// DS-18: after a conversation, store and log hold no address; the log holds no id.
#[test]
fn the_relay_keeps_no_addresses_and_logs_no_ids() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("relay");
    let log = folder.path().join("log");
    let mut child = std::process::Command::new(program())
        .args(["--json", "relay", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()])
        .stdout(std::process::Stdio::piped())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let out = child.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
    let url = serde_json::from_str::<serde_json::Value>(&line).unwrap()["listening"]
        .as_str()
        .unwrap()
        .to_owned();
    let person = |name: &str| {
        let client = ClientProcess::new(program(), &folder.path().join(name));
        client.json(&["init", "--relay", &url, "--kdf-memory", "8"]).unwrap();
        client
    };
    let (ada, bob) = (person("ada"), person("bob"));
    ada.json(&["add", "bob", &bob.account().unwrap()]).unwrap();
    ada.json(&["send", "bob", "hello"]).unwrap();
    bob.json(&["receive"]).unwrap();
    let net = Net::new(&url, None, None).unwrap();
    assert!(net.get(MailboxId::new([3; 32]), None, 0).is_ok());
    assert!(net.put(&Envelope { expiry: 3_600, ..envelope(MailboxId::new([3; 32])) }).is_err());
    net.commit(CommitHandle::new([4; 32]), vec![1; 50]).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let logged = std::fs::read(&log).unwrap();
    let files = std::fs::read_dir(&data).unwrap();
    let stored: Vec<u8> =
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    let has = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    let (ada, bob) = (ada.account().unwrap(), bob.account().unwrap());
    assert!(has(&stored, &hex::decode(&bob).unwrap()), "the store is looked at");
    assert!(!has(&stored, b"127.0.0.1"));
    assert!(!logged.is_empty());
    for id in [&b"127.0.0.1"[..], ada.as_bytes(), bob.as_bytes(), &b"03030303"[..], b"04040404"] {
        assert!(!has(&logged, id), "{}", String::from_utf8_lossy(&logged));
    }
}

#[test]
fn an_organisation_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let tool = ClientProcess::new(program(), folder.path());
    tool.json(&["issuer", "init", &path("ca")]).unwrap();
    let (public, revoked) = (path("ca/issuer.pub"), path("list"));
    std::fs::copy(path("ca/revoked"), &revoked).unwrap();
    let (mut relay, relay_folder) = relay(&["--issuer", &public, "--revoked", &revoked]);
    let sign = format!("{} issuer sign {} --yes", program().display(), path("ca"));
    let url = relay.url.clone();
    let init = |name: &str, arguments: &[&str]| {
        let client = ClientProcess::new(program(), &folder.path().join(name));
        let common = ["--json", "init", "--relay", &url, "--kdf-memory", "8"];
        (client.run(&[&common, arguments].concat()).unwrap(), client)
    };
    let member = ["--issuer", &public, "--revoked", &revoked, "--issuer-command", &sign];
    let (made, ada) = init("ada", &member);
    assert!(made.status.success(), "{made:?}");
    let (made, bob) = init("bob", &member);
    assert!(made.status.success(), "{made:?}");
    // A stranger's prekeys are not served.
    let (refused, _) = init("eve", &[]);
    let said: serde_json::Value = serde_json::from_slice(&refused.stderr).unwrap();
    assert_eq!((refused.status.code(), &said["class"]), (Some(1), &serde_json::Value::Null));
    assert!(said["error"].as_str().unwrap().contains("its organisation alone"), "{said}");
    // One whom the issuer does not sign for is not made at all.
    let (refused, nobody) = init("nobody", &["--issuer", &public, "--issuer-command", "false"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert_eq!(nobody.run(&["whoami"]).unwrap().status.code(), Some(2));
    // Members talk.
    ada.json(&["add", "bob", &bob.account().unwrap()]).unwrap();
    ada.json(&["send", "bob", "colleague"]).unwrap();
    bob.json(&["receive"]).unwrap();
    bob.json(&["add", "ada", &ada.account().unwrap()]).unwrap();
    bob.json(&["send", "ada", "yes"]).unwrap();
    ada.json(&["receive"]).unwrap();
    assert_eq!(texts(&ada).0, ["yes"]);
    // A stranger at an open relay is refused by members.
    let open = Stage::new(|relay| relay.url.clone());
    let export = path("eve.sceau");
    open.ada.json(&["export", "--prekeys", &export]).unwrap();
    ada.json(&["add", "eve", &open.ada.account().unwrap()]).unwrap();
    let refused = ada.run(&["--json", "import", &export, "--from", "eve"]).unwrap();
    let said: serde_json::Value = serde_json::from_slice(&refused.stderr).unwrap();
    assert_eq!(said["class"], "unauthorised_device", "{said}");
    // Revoked, one is not served, and neither heard nor written to.
    bob.json(&["send", "ada", "one more", "--later"]).unwrap();
    let made = tool.json(&["issuer", "revoke", &path("ca"), &bob.account().unwrap()]).unwrap();
    assert_eq!((&made[0]["number"], &made[0]["revoked"]), (&2.into(), &1.into()));
    std::fs::copy(&revoked, path("first")).unwrap();
    std::fs::copy(path("ca/revoked"), &revoked).unwrap();
    let refused = ada.run(&["send", "bob", "are you still there?"]).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    bob.run(&["receive"]).unwrap();
    ada.json(&["receive"]).unwrap();
    assert_eq!(texts(&ada).0, ["yes"], "nothing of a revoked account is shown");
    let net = Net::new(&relay.url, None, None).unwrap();
    let id = sceau::pairwise::AccountId::new(&hex::decode(bob.account().unwrap()).unwrap());
    let began = Instant::now();
    while !net.fetch(&id).unwrap().bundles.is_empty() {
        assert!(began.elapsed() < Duration::from_secs(20), "the relay still serves it");
        std::thread::sleep(Duration::from_millis(100));
    }
    let (refused, _) = init("bob-again", &["--issuer", &public, "--issuer-command", "false"]);
    assert_eq!(refused.status.code(), Some(1));

    // The list from before, or none at all, brings nobody back: not at a client, and not at a relay that starts anew.
    std::fs::copy(path("first"), &revoked).unwrap();
    for said in ["number 1", "revoked"] {
        let refused = ada.run(&["send", "bob", "and now?"]).unwrap();
        assert_eq!(refused.status.code(), Some(1));
        let told = [refused.stdout, refused.stderr].concat();
        let told = String::from_utf8_lossy(&told).into_owned();
        assert!(told.contains(said), "{told}");
    }
    relay.kill();
    let data = relay_folder.path().join("relay");
    let arguments =
        ["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap(), "--issuer", &public];
    for files in [&["--revoked", &revoked][..], &[]] {
        let again = RelayProcess::start(program(), &[&arguments, files].concat()).unwrap();
        let net = Net::new(&again.url, None, None).unwrap();
        assert!(net.fetch(&id).unwrap().bundles.is_empty());
        let ada = hex::decode(ada.account().unwrap()).unwrap();
        let ada = sceau::pairwise::AccountId::new(&ada);
        assert_eq!(net.fetch(&ada).unwrap().bundles.len(), 1);
    }

    // A list that the issuer has not signed is none: who has no other does not begin with it.
    tool.json(&["issuer", "init", &path("other-ca")]).unwrap();
    std::fs::copy(path("other-ca/revoked"), &revoked).unwrap();
    let with_list =
        ["--offline", "--issuer", &public, "--revoked", &revoked, "--issuer-command", &sign];
    let (refused, carl) = init("carl", &with_list);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert_eq!(carl.run(&["whoami"]).unwrap().status.code(), Some(2), "nothing was made");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not signed by the issuer"));
    let all = [&arguments[..], &["--revoked", &revoked]].concat();
    assert!(RelayProcess::start(program(), &all).is_err());

    // What the officer takes back, with a newer list, is so again.
    let account = bob.account().unwrap();
    tool.json(&["issuer", "revoke", &path("ca"), &account, "--undo"]).unwrap();
    let made = tool.json(&["issuer", "revoke", &path("ca")]).unwrap();
    assert_eq!((&made[0]["number"], &made[0]["revoked"]), (&4.into(), &0.into()));
    std::fs::copy(path("ca/revoked"), &revoked).unwrap();
    let again = RelayProcess::start(program(), &all).unwrap();
    let net = Net::new(&again.url, None, None).unwrap();
    assert_eq!(net.fetch(&id).unwrap().bundles.len(), 1);
}

/// The measurement itself: what was answered has come, once.
#[test]
fn load_loses_nothing() {
    load(&[]);
}

/// The same with two relays on one NATS server, each envelope put at the one and fetched from the other.
#[tokio::test]
async fn load_on_nats_loses_nothing() {
    let Some(bench) = common::NatsBench::start().await else { return };
    let key = bench.folder.path().join("relays.key");
    load(&["--nats", &bench.url, "--nats-key", key.to_str().unwrap()]);
    use std::os::unix::fs::PermissionsExt;
    let made = std::fs::metadata(&key).unwrap();
    assert_eq!((made.len(), made.permissions().mode() & 0o777), (65, 0o600));
    // A relay that has none of its own would be of no use there.
    let other = bench.folder.path().join("other.key");
    let relay = ["relay", "--listen", "127.0.0.1:0", "--nats", &bench.url, "--nats-key"];
    let mut run = std::process::Command::new(program());
    let run = run.args(relay).arg(&other).output().unwrap();
    assert_eq!(run.status.code(), Some(70));
    assert!(String::from_utf8_lossy(&run.stderr).contains("--nats-key"), "{run:?}");
    let left = std::fs::read_dir(bench.folder.path()).unwrap();
    let left = left
        .filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains("other.key"));
    assert_eq!(left.count(), 0, "a key that is none of this server is not kept");
}

fn load(more: &[&str]) {
    let arguments = ["--json", "load", "--seconds", "1", "--mailboxes", "8,100", "--clients", "16"];
    let arguments = [&arguments, more].concat();
    let run = std::process::Command::new(program()).args(arguments).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let said = String::from_utf8(run.stdout).unwrap();
    let lines: Vec<serde_json::Value> =
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3, "bare SQLite, and two numbers of mailboxes");
    for line in &lines[1..] {
        assert!(line["puts_per_second"].as_f64().unwrap() > 20.0, "{line}");
        assert_eq!((&line["lost"], &line["strange"]), (&0.into(), &0.into()), "{line}");
    }
}
