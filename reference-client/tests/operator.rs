//! What an operator meets: wrong clocks, lost stores, slow clients, old lists.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Stage, program, texts};
use sceau::delivery::RelayName;
use sceau::pairwise::{AccountId, Envelope, MailboxId};
use sceau_client::client::device::Device;
use sceau_client::client::net::Net;
use sceau_client::client::relays::Outgoing;
use sceau_client::client::store::Kind;
use sceau_client::process::{ClientProcess, PASSPHRASE};
use sceau_client::relay::http::App;
use sceau_client::relay::listen::{Listen, serve};
use sceau_client::relay::sqlite::Sqlite;
use sceau_client::relay::{Relay, Rules};
use sceau_client::time::now;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const DAY: u64 = 86_400;
/// Gives the time, in seconds since 1970.
type Clock = fn() -> u64;

/// A relay in this process, with a clock of its own.
struct ClockRelay {
    url: String,
    _runtime: tokio::runtime::Runtime,
}

fn relay_with_clock(folder: &Path, clock: Clock) -> ClockRelay {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let names = vec![RelayName::host("127.0.0.1").unwrap()];
    let store = Sqlite::open(folder).unwrap();
    let app = App::new(Relay::new(store, Rules { names, ..Rules::default() }), None);
    let app = Arc::new(app.with_clock(clock));
    runtime.spawn(async move {
        let listen = Listen { max_connections: 100, tls: None };
        let (_stop, stopping) = tokio::sync::watch::channel(false);
        serve(listener, app, listen, stopping).await.unwrap();
    });
    ClockRelay { url, _runtime: runtime }
}

/// Opens somebody's store in this process.
fn open(person: &ClientProcess) -> Device {
    Device::open(person.home(), PASSPHRASE).unwrap()
}

fn said(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// An envelope that a clock 30 days ahead has made keeps nothing else back, and goes itself with an expiry of now.
#[test]
fn one_envelope_of_a_wrong_clock_does_not_block_the_outbox() {
    let stage = Stage::new(|relay| relay.url.clone());
    stage.ada.json(&["send", "bob", "before"]).unwrap();
    stage.settle();
    let strange = MailboxId::new([9; 32]);
    let late = (now() + 60 * DAY).next_multiple_of(3_600);
    let put = |message: Vec<u8>, expiry| {
        let envelope = Envelope { mailbox_id: strange, expiry, message };
        Outgoing { chunk: false, url: String::new(), envelope }.to_bytes()
    };
    let mut device = open(&stage.ada);
    let add = |device: &mut Device, row: &[u8]| {
        device.store().transaction(|tx| tx.add_raw(Kind::Outbox, row)).unwrap()
    };
    add(&mut device, &put(b"\x01late".to_vec(), late));
    // One that no relay takes: it would stay in a contact mailbox for longer than prekeys do, and is no first message.
    let bob = AccountId::new(&hex::decode(stage.bob.account().unwrap()).unwrap());
    let envelope = Envelope {
        mailbox_id: sceau_client::crypto::contact_mailbox(&bob, 1),
        expiry: (now() + 30 * DAY).next_multiple_of(3_600),
        message: b"\x01refused".to_vec(),
    };
    let outgoing = Outgoing { chunk: false, url: String::new(), envelope };
    add(&mut device, &outgoing.to_bytes());
    drop(device);
    let refused = stage.ada.run(&["send", "bob", "after"]).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    assert!(said(&refused).contains("refused the request"), "{}", said(&refused));
    stage.bob.json(&["receive"]).unwrap();
    assert_eq!(texts(&stage.bob).0, ["before", "after"]);
    let net = Net::new(&stage.relay.url, None, None).unwrap();
    let there = net.get(strange, None, 0).unwrap().0.envelopes;
    assert_eq!(there.len(), 1, "it went too");
    assert!(there[0].expiry <= now() + 30 * DAY + 3_600);
}

/// Whose clock is wrong is told so, and makes no account that could not be used.
#[test]
fn a_wrong_clock_is_told_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let clocks: [(Clock, &str); 2] = [
        (|| now() - 3 * DAY, "3 days ahead of the relay's"),
        (|| now() + 40 * DAY, "40 days behind the relay's"),
    ];
    for (number, (clock, expected)) in clocks.into_iter().enumerate() {
        let relay = relay_with_clock(&folder.path().join(format!("relay-{number}")), clock);
        let client = |name: &str| {
            ClientProcess::new(program(), &folder.path().join(format!("{name}-{number}")))
        };
        let ada = client("ada");
        let init = ["init", "--relay", &relay.url, "--kdf-memory", "8"];
        let refused = ada.run(&init).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
        assert!(said(&refused).contains(expected), "{}", said(&refused));
        assert_eq!(ada.run(&["whoami"]).unwrap().status.code(), Some(2), "nothing was made");
        // Who insists is told at the first try to publish.
        let bob = client("bob");
        bob.json(&[&init[..], &["--offline"]].concat()).unwrap();
        let refused = bob.run(&["receive"]).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
        assert!(said(&refused).contains(expected), "{}", said(&refused));
        // What waits goes all the same, as late as the relay lets it.
        let mut device = open(&bob);
        let mailbox_id = MailboxId::new([4; 32]);
        let expiry = (now() + 30 * DAY).next_multiple_of(3_600);
        let envelope = Envelope { mailbox_id, expiry, message: b"\x01m".to_vec() };
        let row = Outgoing { chunk: false, url: String::new(), envelope }.to_bytes();
        device.store().transaction(|tx| tx.add_raw(Kind::Outbox, &row)).unwrap();
        drop(device);
        bob.run(&["receive"]).unwrap();
        let net = Net::new(&relay.url, None, None).unwrap();
        let kept = net.get(mailbox_id, None, 0).unwrap().0.envelopes.len();
        // What expires before the other clock's now is gone.
        assert_eq!(kept, usize::from(number == 0));
    }
}

/// A relay that has lost its store gets list, credential and batch again.
#[test]
fn a_relay_that_lost_its_store_is_told_again() {
    let mut stage = Stage::new(|relay| relay.url.clone());
    let bob = AccountId::new(&hex::decode(stage.bob.account().unwrap()).unwrap());
    let bundles = |url: &str| Net::new(url, None, None).unwrap().fetch(&bob).unwrap().bundles.len();
    assert_eq!(bundles(&stage.relay.url), 1);
    stage.relay.kill();
    std::fs::remove_dir_all(stage.folder.path().join("relay")).unwrap();
    stage.restart();
    stage.bob.json(&["receive"]).unwrap();
    assert_eq!(bundles(&stage.relay.url), 0, "not oftener than once an hour (DS-08)");
    let mut device = open(&stage.bob);
    device
        .step(|_, _, profile| {
            profile.batch_expiry -= 3_600;
            Ok(())
        })
        .unwrap();
    drop(device);
    stage.bob.json(&["receive"]).unwrap();
    assert_eq!(bundles(&stage.relay.url), 1);
    stage.ada.json(&["send", "bob", "there again"]).unwrap();
    stage.bob.json(&["receive"]).unwrap();
    assert_eq!(texts(&stage.bob).0, ["there again"]);
}

/// The status of an answer; none when the connection ends without one.
fn status(stream: &mut TcpStream) -> Option<u16> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n") {
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).get(9..12)?.parse().ok()
}

#[test]
fn slow_bodies_stop_nobody_else() {
    let stage = Stage::new(|relay| relay.url.clone());
    let connect = || TcpStream::connect(stage.relay.address()).unwrap();
    let mut slow: Vec<TcpStream> = (0..400)
        .map(|_| {
            let mut stream = connect();
            let head =
                "POST /v0/put HTTP/1.1\r\nhost: relay\r\ncontent-length: 1000000\r\n\r\nslow";
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    let began = Instant::now();
    stage.ada.json(&["send", "bob", "quick"]).unwrap();
    stage.bob.json(&["receive"]).unwrap();
    assert_eq!(texts(&stage.bob).0, ["quick"]);
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    // A length that is too long is refused before any of it has come.
    let mut long = connect();
    long.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    long.write_all(b"POST /v0/put HTTP/1.1\r\nhost: relay\r\ncontent-length: 10000000000\r\n\r\n")
        .unwrap();
    assert_eq!(status(&mut long), Some(413));
    // Who is below the rate is not waited for.
    let first = &mut slow[0];
    first.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    assert!(matches!(status(first), Some(408) | None));
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
}

/// A relay with its log in a file.
fn logged(folder: &Path, arguments: &[&str]) -> (std::process::Child, String, std::path::PathBuf) {
    let log = folder.join("log");
    let mut child = std::process::Command::new(program())
        .args(["--json", "relay", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .stdout(std::process::Stdio::piped())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let out = child.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
    let said: serde_json::Value = serde_json::from_str(&line).unwrap();
    (child, said["listening"].as_str().unwrap().to_owned(), log)
}

#[test]
fn an_issuer_without_a_token_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    ClientProcess::new(program(), folder.path()).json(&["issuer", "init", &path("ca")]).unwrap();
    std::fs::write(path("token"), "a-token\n").unwrap();
    let issuer = path("ca/issuer.pub");
    for (more, warned) in [(vec![], true), (vec!["--token".to_owned(), path("token")], false)] {
        let data = path(&format!("relay-{warned}"));
        let mut arguments = vec!["--data", &data, "--issuer", &issuer];
        arguments.extend(more.iter().map(String::as_str));
        let (mut child, url, log) = logged(folder.path(), &arguments);
        // Anybody may put there, which is what the warning says.
        let envelope = Envelope {
            mailbox_id: MailboxId::new([1; 32]),
            expiry: (now() + DAY).next_multiple_of(3_600),
            message: b"m".to_vec(),
        };
        assert_eq!(Net::new(&url, None, None).unwrap().put(&envelope).is_ok(), warned);
        child.kill().unwrap();
        child.wait().unwrap();
        let log = std::fs::read_to_string(log).unwrap();
        assert_eq!(log.contains("without --token anybody may put and fetch"), warned, "{log}");
    }
}

/// SIGTERM ends a relay also while all of its connections are taken.
#[test]
fn a_full_relay_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("relay").to_string_lossy().into_owned();
    let refused = std::process::Command::new(program())
        .args(["relay", "--data", &data, "--max-connections", "0"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(64));
    let (mut child, url, _) = logged(folder.path(), &["--data", &data, "--max-connections", "1"]);
    let address = url.strip_prefix("http://").unwrap().to_owned();
    let _held = TcpStream::connect(&address).unwrap();
    let _waits = TcpStream::connect(&address).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let kill = std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(kill.success());
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(15), "it does not end");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What strangers put into mailboxes that nobody has can't fill the disk.
#[test]
fn a_store_has_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("relay").to_string_lossy().into_owned();
    let (mut child, url, _) = logged(folder.path(), &["--data", &data, "--max-store", "3"]);
    let net = Net::new(&url, None, None).unwrap();
    let expiry = (now() + DAY).next_multiple_of(3_600);
    let put = |n: u8| {
        let (mailbox_id, message) = (MailboxId::new([n; 32]), vec![n; 500_000]);
        net.put(&Envelope { mailbox_id, expiry, message })
    };
    let kept = (0..20).take_while(|n| put(*n).is_ok()).count();
    assert!((3..=6).contains(&kept), "{kept}");
    assert_eq!(put(30).unwrap_err().class, Some("unavailable"));
    // What is there can be fetched and acknowledged, and makes room.
    let there = net.get(MailboxId::new([0; 32]), None, 0).unwrap().0.envelopes;
    net.acknowledge(MailboxId::new([0; 32]), vec![there[0].handle], None).unwrap();
    put(31).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Who waits is told once that the relay is away, and that it is back.
#[test]
fn an_outage_is_told_while_somebody_waits() {
    let mut stage = Stage::new(|relay| relay.url.clone());
    let log = stage.folder.path().join("log");
    let file = std::fs::File::create(&log).unwrap();
    let mut waiting = stage.bob.command(&["receive", "--follow"]);
    let waiting = waiting.stdout(file.try_clone().unwrap()).stderr(file);
    let mut waiting = waiting.spawn().unwrap();
    let told = |what: &str| {
        let began = Instant::now();
        while !std::fs::read_to_string(&log).unwrap().contains(what) {
            assert!(began.elapsed() < Duration::from_secs(25), "not told: {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    stage.ada.json(&["send", "bob", "hello"]).unwrap();
    told("hello");
    stage.relay.kill();
    told("can't be reached");
    std::thread::sleep(Duration::from_secs(5));
    stage.restart();
    told("the relay answers again");
    waiting.kill().unwrap();
    waiting.wait().unwrap();
    let log = std::fs::read_to_string(&log).unwrap();
    assert_eq!(log.matches("can't be reached").count(), 1, "{log}");
}
