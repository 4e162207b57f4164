//! What peers, relays and their operators can do to a group's member, and what they can't.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::liar::stage;
use common::trio::{Trio, branch, change, heard, open, said};
use common::{Bench, NOW, SqliteBench, program};
use sceau::Wire;
use sceau::delivery::{CommitAnswer, CommitHandle, RelayName};
use sceau::group::GroupContent;
use sceau::pairwise::{Frame, content_type};
use sceau_client::client::device::Device;
use sceau_client::client::group::advance::advance;
use sceau_client::client::group::identity::policy;
use sceau_client::client::group::join::create;
use sceau_client::client::group::leave::leave;
use sceau_client::client::group::model::{Draft, Waiting};
use sceau_client::client::group::send::{queue, seal_drafts, seal_for};
use sceau_client::client::model::{Contact, account_id};
use sceau_client::client::net::Net;
use sceau_client::client::patience::Patience;
use sceau_client::client::receive::{Report, receive, receive_into};
use sceau_client::client::send::{seal, session_to};
use sceau_client::client::store::Kind;
use sceau_client::error::Kind as ErrorKind;
use sceau_client::process::{ClientProcess, RelayProcess};
use sceau_client::relay::commits::CommitRules;
use sceau_client::relay::sqlite::Sqlite;
use sceau_client::relay::store::{Store, StoreError};
use sceau_client::time::now;
use sceau_client::wire::Writer;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Sends the encoded `MLSMessage` of a group in a session with somebody's first device.
fn pass_on(person: &ClientProcess, to: &ClientProcess, message: Vec<u8>) {
    let (mut device, mut relays) = open(person);
    let (to, content) = ((to.account().unwrap(), 1), GroupContent::of(message));
    let seal = |device: &mut Device| {
        device.step(|account, tx, _| seal_for(account, tx, &to, &content, None, now())).unwrap()
    };
    assert!(seal(&mut device).is_some(), "there is a session");
    relays.flush(&mut device, |_| {}).unwrap();
}

/// GDS-03: a member who passes on what another one has written, before it comes from there, keeps nothing from being read.
#[test]
fn a_member_passes_on_what_another_has_written() {
    let trio = Trio::with_group();
    let (mut device, mut relays) = open(&trio.bob);
    let (_, item) = device.store().group_of_name("team").unwrap();
    queue(&mut device, &item.id, "from bob").unwrap();
    change(&mut device, |item| item.answered_at = Some(now()));
    seal_drafts(&mut device, &mut relays, &item.id, &mut Report::default()).unwrap();
    let draft = device.store().items::<Draft>(Kind::GroupDraft).unwrap().remove(0).1;
    let message = hex::decode(draft.sealed.unwrap().1).unwrap();
    pass_on(&trio.carol, &trio.ada, message);
    let told = said(&trio.ada, &["receive"]).1;
    assert!(told.contains("refused: 1 envelope (identity_mismatch)"), "{told}");
    assert_eq!(heard(&trio.ada, "team"), Vec::<String>::new());
    relays.flush(&mut device, |_| {}).unwrap();
    let told = said(&trio.ada, &["receive"]).1;
    assert!(!told.contains("refused"), "{told}");
    assert_eq!(heard(&trio.ada, "team"), ["from bob"]);
    // Nor is a proposal taken from somebody else than who makes it.
    let mut group =
        device.step(|account, tx, _| tx.group(&item.group_id()?, policy(account))).unwrap();
    let own = group.own_leaf();
    let rng = &mut sceau_client::crypto::rng();
    let message = sceau::group::Proposal::Remove(own);
    let message = group.propose(message, false, &[], now(), rng).unwrap();
    pass_on(&trio.carol, &trio.ada, message);
    let told = said(&trio.ada, &["receive"]).1;
    assert!(told.contains("refused: 1 envelope (identity_mismatch)"), "{told}");
    let (mut ada, _) = open(&trio.ada);
    let proposals = ada
        .step(|account, tx, _| Ok(tx.group(&item.group_id()?, policy(account))?.proposal_count()))
        .unwrap();
    assert_eq!(proposals, 0);
    drop(ada);
    // His own, which he makes himself.
    leave(&mut device, &mut relays, &item.id, &mut Report::default()).unwrap();
    relays.flush(&mut device, |_| {}).unwrap();
    drop((device, relays));
    trio.settle();
    let (mut ada, mut relays) = open(&trio.ada);
    receive(&mut ada, &mut relays).unwrap();
    let members = ada
        .step(|account, tx, _| Ok(tx.group(&item.group_id()?, policy(account))?.member_count()))
        .unwrap();
    assert_eq!(members, 2);
}

/// Makes a group at a relay of others.
fn far(device: &mut Device, number: usize, listener: &TcpListener) {
    let address = listener.local_addr().unwrap();
    let contact = Contact {
        name: format!("far-{number}"),
        account: format!("{number:064}"),
        relay: Some(format!("http://{address}")),
        verified: false,
        bundle: None,
        groups: false,
    };
    device.step(|_, tx, _| tx.add(Kind::Contact, &contact).map(|_| ())).unwrap();
    let relay = RelayName::host(&address.ip().to_string()).unwrap();
    create(device, &format!("far-{number}"), &relay).unwrap();
}

/// A relay that knows of no commit, and says so at once, or that ends no answer.
fn relay_at(host: &str, is_slow: bool) -> TcpListener {
    let listener = TcpListener::bind((host, 0)).unwrap();
    let accepts = listener.try_clone().unwrap();
    std::thread::spawn(move || {
        for stream in accepts.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 4_096]);
                let body = CommitAnswer::Empty.to_bytes();
                let length = if is_slow { 1_000_000 } else { body.len() };
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n";
                let head = format!("{head}content-length: {length}\r\n\r\n");
                stream.write_all(head.as_bytes()).unwrap();
                if !is_slow {
                    // The rest of the request may come apart.
                    stream.write_all(&body).unwrap();
                    while stream.read(&mut [0; 4_096]).is_ok_and(|read| read > 0) {}
                }
                while is_slow && stream.write_all(&[0]).is_ok() {
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
        }
    });
    listener
}

/// GDS-43: relays that begin their answers at once and do not end them keep no other one from being asked for ever.
#[test]
fn relays_that_answer_slowly() {
    let trio = Trio::new();
    let (mut device, mut relays) = open(&trio.ada);
    let all: Vec<_> = (2..8u8).map(|n| relay_at(&format!("127.0.0.{n}"), n < 7)).collect();
    for (number, listener) in all.iter().enumerate() {
        far(&mut device, number, listener);
    }
    // The last one is of a group that is near its end.
    let (number, mut item) = device.store().groups().unwrap().pop().unwrap();
    item.entered_at = now() - 29 * 86_400;
    device.step(|_, tx, _| tx.replace(Kind::Group, number, &item)).unwrap();
    for _ in 0..2 {
        relays.patience = Patience::new(Duration::from_secs(3));
        let started = Instant::now();
        receive_into(&mut device, &mut relays, &mut Report::default()).unwrap();
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }
    let groups = device.store().groups().unwrap();
    let answered: Vec<bool> = groups.iter().map(|(_, item)| item.answered_at.is_some()).collect();
    assert_eq!(answered, [false, false, false, false, false, true]);
    assert!(groups.iter().all(|(_, item)| item.asked_at.is_some()), "each was asked");
}

/// Relays of other groups that take connections and never answer keep nothing else from being done, for long.
#[test]
fn relays_that_do_not_answer() {
    let trio = Trio::with_group();
    trio.bob.json(&["group", "send", "team", "hello"]).unwrap();
    let (mut device, mut relays) = open(&trio.ada);
    let silent: Vec<_> =
        (2..8u8).map(|n| TcpListener::bind((format!("127.0.0.{n}"), 0)).unwrap()).collect();
    for (number, listener) in silent.iter().enumerate() {
        far(&mut device, number, listener);
    }
    relays.patience = Patience::new(Duration::from_secs(3));
    let started = Instant::now();
    let mut report = Report::default();
    receive_into(&mut device, &mut relays, &mut report).unwrap();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert!(report.failed.unwrap().to_string().contains("can't be reached"));
    assert_eq!(report.messages.len(), 1);
    // Those that have not answered are not asked at once again.
    let started = Instant::now();
    receive_into(&mut device, &mut relays, &mut Report::default()).unwrap();
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

/// A PrivateMessage (RFC 9420 §6.3) of a group that nobody is in, of some length.
fn stray(epoch: u64, length: usize) -> Vec<u8> {
    let mut w = Writer::default();
    w.u16(1).u16(2).opaque(b"not known").u64(epoch).u8(1);
    w.opaque(b"").opaque(&[1; 20]).opaque(&vec![2; length]);
    w.0
}

/// GDS-38: what waits is bounded in bytes as well, and what it keeps away comes no less.
#[test]
fn long_messages_that_wait() {
    let trio = Trio::with_group();
    let long = 900_000;
    trio.ada.json(&["group", "update", "team"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    let (mut device, mut relays) = open(&trio.bob);
    let (_, item) = device.store().group_of_name("team").unwrap();
    for number in 0..22 {
        queue(&mut device, &item.id, &format!("{number} {}", "x".repeat(long))).unwrap();
    }
    change(&mut device, |item| item.answered_at = Some(now()));
    seal_drafts(&mut device, &mut relays, &item.id, &mut Report::default()).unwrap();
    relays.flush(&mut device, |_| {}).unwrap();
    drop((device, relays));
    // Nothing of the group is dropped.
    let told = said(&trio.carol, &["receive"]).1;
    assert!(!told.contains("dropped"), "{}", told.len());
    assert_eq!(heard(&trio.carol, "team").len(), 22);
    for epoch in 0..22 {
        pass_on(&trio.ada, &trio.bob, stray(epoch, long));
    }
    trio.ada.json(&["send", "bob", "behind it"]).unwrap();
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("messages of ada for a group") && told.contains("dropped"), "{told}");
    assert!(told.contains("behind it"), "{told}");
    let waiting = open(&trio.bob).0.store().items::<Waiting>(Kind::GroupInbox).unwrap();
    let length = |(_, waiting): &(i64, Waiting)| waiting.open().unwrap().0.message.len();
    let bytes: usize = waiting.iter().map(length).sum();
    assert!(bytes <= 16 << 20 && waiting.len() == 18, "{bytes} in {}", waiting.len());
}

/// Ends the session with a contact here, without telling it.
fn end_session(device: &mut Device, contact: &str) {
    let (_, contact) = device.contact(contact).unwrap();
    device
        .step(|account, tx, _| {
            let peer = contact.account_id()?;
            let session = session_to(account, &peer, 1, now()).unwrap();
            let frame = Frame::new(content_type::CLOSE, b"");
            let item = seal(account, tx, &session, &frame, "", now())?;
            tx.delete(Kind::Outbox, item)
        })
        .unwrap();
}

/// GDS-47: where the session has ended since a newcomer has given a key package, the Welcome goes in a new one.
#[test]
fn a_welcome_without_a_session() {
    let trio = Trio::new();
    trio.allow();
    trio.ada.json(&["receive"]).unwrap();
    end_session(&mut open(&trio.ada).0, "bob");
    let told = said(&trio.ada, &["group", "create", "team", "bob", "carol"]).1;
    assert!(!told.contains("waits for a session"), "{told}");
    trio.settle();
    trio.ada.json(&["group", "send", "team", "welcome"]).unwrap();
    trio.bob.json(&["accept", "ada"]).ok();
    trio.settle();
    for person in [&trio.bob, &trio.carol] {
        assert_eq!(heard(person, "team"), ["welcome"]);
    }
}

/// GDS-01: to whom a message does not go for want of a session is told, by name, and not again and again.
#[test]
fn a_message_that_does_not_go_to_all() {
    let trio = Trio::with_group();
    let (mut device, mut relays) = open(&trio.ada);
    end_session(&mut device, "bob");
    let (number, mut contact) = device.contact("bob").unwrap();
    // Where nobody is.
    contact.relay = Some("http://127.0.0.1:1".to_owned());
    device.step(|_, tx, _| tx.replace(Kind::Contact, number, &contact)).unwrap();
    let (_, item) = device.store().group_of_name("team").unwrap();
    queue(&mut device, &item.id, "to all").unwrap();
    let mut report = Report::default();
    receive_into(&mut device, &mut relays, &mut report).unwrap();
    let told = |report: &Report| {
        let left = |told: &&String| told.contains("does not go to") && told.contains("bob");
        report.notices.iter().filter(left).count()
    };
    assert_eq!(told(&report), 1, "{:?}", report.notices);
    let mut report = Report::default();
    receive_into(&mut device, &mut relays, &mut report).unwrap();
    assert_eq!(told(&report), 0, "{:?}", report.notices);
}

/// DS-28: those who have one token make the relay keep no more new handles in a day than one user may; what is kept is
/// answered as before, and others go on.
#[test]
fn one_user_and_many_handles() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    std::fs::write(&tokens, "one\ntwo\n").unwrap();
    let data = folder.path().join("relay");
    let options =
        ["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap(), "--max-commits", "2"];
    let token = ["--token", tokens.to_str().unwrap()];
    let relay = RelayProcess::start(program(), &[&options[..], &token].concat()).unwrap();
    let net = |token: Option<&str>| Net::new(&relay.url, token, None).unwrap();
    let (one, two) = (net(Some("one")), net(Some("two")));
    let handle = |n: u8| CommitHandle::new([n; 32]);
    assert!(net(None).commit(handle(1), vec![1]).is_err());
    assert!(net(Some("three")).commit(handle(1), vec![1]).is_err());
    assert_eq!(two.commit(handle(1), vec![1]).unwrap(), CommitAnswer::Kept);
    // What others have brought costs nothing.
    assert_eq!(one.commit(handle(1), vec![2]).unwrap(), CommitAnswer::Taken(vec![1]));
    assert_eq!(one.commit(handle(2), vec![2]).unwrap(), CommitAnswer::Kept);
    assert_eq!(one.commit(handle(3), vec![2]).unwrap(), CommitAnswer::Kept);
    let refused = one.commit(handle(4), vec![2]).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Unreachable, "it is brought again later: {refused}");
    assert_eq!(one.commit(handle(4), vec![]).unwrap(), CommitAnswer::Empty);
    assert_eq!(one.commit(handle(3), vec![2]).unwrap(), CommitAnswer::Kept, "a replay");
    assert_eq!(one.commit(handle(1), vec![2]).unwrap(), CommitAnswer::Taken(vec![1]));
    assert_eq!(two.commit(handle(4), vec![4]).unwrap(), CommitAnswer::Kept);
}

/// DS-23: how many handles there are is known without counting them, also after a restart and after some were forgotten.
#[tokio::test]
async fn the_number_of_handles() {
    let mut bench = SqliteBench::new();
    let rules = CommitRules { expiry: NOW + 100, forget: NOW + 200, most: 3 };
    let store = bench.open().await;
    let bring = async |store: &Sqlite, n: u8, rules: CommitRules, now: u64| {
        store.commit(CommitHandle::new([n; 32]), vec![n], rules, now).await
    };
    for n in [1, 2, 3] {
        assert_eq!(bring(&store, n, rules, NOW).await, Ok(CommitAnswer::Kept));
    }
    drop(store);
    let store = bench.open().await;
    assert_eq!(bring(&store, 4, rules, NOW).await, Err(StoreError::Limit));
    let later = CommitRules { expiry: NOW + 1_000, forget: NOW + 2_000, most: 4 };
    // To be forgotten, and not swept yet: it takes its own place.
    assert_eq!(bring(&store, 1, later, NOW + 300).await, Ok(CommitAnswer::Kept));
    assert_eq!(bring(&store, 4, later, NOW + 300).await, Ok(CommitAnswer::Kept));
    assert_eq!(bring(&store, 5, later, NOW + 300).await, Err(StoreError::Limit));
    store.expire(NOW + 300).await.unwrap();
    for n in [5, 6] {
        assert_eq!(bring(&store, n, later, NOW + 300).await, Ok(CommitAnswer::Kept));
    }
    assert_eq!(bring(&store, 7, later, NOW + 300).await, Err(StoreError::Limit));
}

/// GDS-08: a group that is joined while another one is followed is asked for at once, and its members are reached.
#[test]
fn a_group_that_is_joined_meanwhile() {
    let trio = Trio::with_group();
    trio.ada.json(&["group", "create", "second", "bob"]).unwrap();
    trio.ada.json(&["group", "update", "team"]).unwrap();
    let (mut device, mut relays) = open(&trio.bob);
    let (_, item) = device.store().group_of_name("team").unwrap();
    advance(&mut device, &mut relays, &item.id, &mut Report::default()).unwrap();
    let (_, second) = device.store().group_of_name("second").unwrap();
    assert!(second.answered_at.is_some(), "the relay was asked");
    assert!(second.wishes.is_empty(), "the own leaf has new keys");
}

/// GDS-09: a relay that says `gone` before it may is lying, or has lost what it kept: the group stops, and nothing of it goes
/// before the person has decided.
#[test]
fn gone_too_early() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.make_group();
    let number = branch(&trio.bob, "team");
    stage.lies.gone.store(true, Ordering::Relaxed);
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("may have split") && told.contains("too early"), "{told}");
    assert_eq!(branch(&trio.bob, "team"), number, "it is there");
    let (code, told) = said(&trio.bob, &["group", "send", "team", "hello?"]);
    assert_eq!(code, Some(1), "{told}");
    stage.lies.gone.store(false, Ordering::Relaxed);
    trio.ada.json(&["group", "send", "team", "meanwhile"]).unwrap();
    trio.bob.json(&["group", "resume", "team"]).unwrap();
    trio.bob.json(&["group", "send", "team", "hello"]).unwrap();
    trio.settle();
    assert_eq!(heard(&trio.ada, "team"), ["hello"]);
    assert_eq!(heard(&trio.bob, "team"), ["meanwhile"]);
}

/// GDS-12, GDS-38: what came early and has stopped the group waits on after the person has decided to go on.
#[test]
fn what_came_early_and_a_decision() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.make_group();
    trio.ada.json(&["group", "update", "team"]).unwrap();
    trio.ada.json(&["group", "send", "team", "early"]).unwrap();
    stage.lies.about_commits.store(true, Ordering::Relaxed);
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("may have split"), "{told}");
    // What has been decided about does not stop it again.
    let told = said(&trio.bob, &["group", "resume", "team"]).1;
    assert!(!told.contains("split") && !told.contains("SPLIT"), "{told}");
    let told = said(&trio.bob, &["receive"]).1;
    assert!(!told.contains("split"), "{told}");
    stage.lies.about_commits.store(false, Ordering::Relaxed);
    trio.bob.json(&["receive"]).unwrap();
    assert_eq!(heard(&trio.bob, "team"), ["early"]);
    // What comes after that does.
    trio.ada.json(&["group", "update", "team"]).unwrap();
    trio.ada.json(&["group", "send", "team", "early again"]).unwrap();
    stage.lies.about_commits.store(true, Ordering::Relaxed);
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("may have split"), "{told}");
}

/// A removed contact who begins a session with something of his own: what he sends in it to a group is read.
#[test]
fn the_first_messages_of_a_removed_contact() {
    let trio = Trio::new();
    trio.allow();
    trio.bob.json(&["add", "carol", &trio.carol.account().unwrap()]).unwrap();
    trio.carol.json(&["add", "bob", &trio.bob.account().unwrap()]).unwrap();
    trio.ada.json(&["group", "create", "team", "bob"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    trio.ada.json(&["receive"]).unwrap();
    trio.bob.json(&["remove", "carol"]).unwrap();
    trio.ada.json(&["group", "add", "team", "carol"]).unwrap();
    trio.carol.json(&["receive"]).unwrap();
    trio.carol.json(&["send", "bob", "to Bob alone"]).unwrap();
    let told = said(&trio.carol, &["group", "send", "team", "to the group"]).1;
    assert!(told.contains("sent"), "{told}");
    trio.settle();
    assert_eq!(heard(&trio.bob, "team"), ["to the group"]);
    assert!(!said(&trio.bob, &["list"]).1.contains("to Bob alone"));
    // Once they share no group, what he begins is ended.
    trio.ada.json(&["group", "remove", "team", "carol"]).unwrap();
    trio.settle();
    let (mut device, _) = open(&trio.bob);
    let carol = account_id(&trio.carol.account().unwrap()).unwrap();
    let live = device.read(|account| Ok(session_to(account, &carol, 1, now()).is_some())).unwrap();
    assert!(!live);
}

/// GDS-39: a Welcome into a group that the device is in, and stays in, is refused, and that is told.
#[test]
fn a_welcome_that_was_set_aside() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.make_group();
    stage.lies.about_commits.store(true, Ordering::Relaxed);
    trio.ada.json(&["group", "remove", "team", "bob"]).unwrap();
    trio.ada.json(&["group", "add", "team", "bob"]).unwrap();
    stage.lies.about_commits.store(false, Ordering::Relaxed);
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("a Welcome of ada to the group team was refused"), "{told}");
    let told = said(&trio.bob, &["receive"]).1;
    assert!(!told.contains("Welcome"), "{told}");
}
