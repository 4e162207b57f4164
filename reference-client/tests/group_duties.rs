//! What page *Delivery of groups* asks of a client, clause by clause.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::liar::stage;
use common::trio::{Trio, branch, change, heard, open, said, untold};
use sceau::Wire;
use sceau::delivery::RelayName;
use sceau::group::{CipherSuite, CommitOptions, GroupParams};
use sceau::group::{CommitBundle, GroupContent};
use sceau::group::{ContentType, Group, MlsMessage, Proposal, PskStore, ReInit};
use sceau::limits::MAX_MESSAGE;
use sceau::pairwise::content::{Content, kind};
use sceau::pairwise::{Account, Frame, content_type};
use sceau_client::client::device::Device;
use sceau_client::client::group::advance::look_after;
use sceau_client::client::group::identity::{SUITE, identity, leaf, policy};
use sceau_client::client::group::inbox::look;
use sceau_client::client::group::model::{
    Draft, GroupItem, Pending, Status, Unsent, Waiting, account_of,
};
use sceau_client::client::group::packages::of_device;
use sceau_client::client::group::send::{queue, seal_drafts, seal_for};
use sceau_client::client::receive::{Report, fetch, receive};
use sceau_client::client::store::{Kind, Tx};
use sceau_client::process::ClientProcess;
use sceau_client::time::now;
use sceau_client::wire::Writer;
use std::sync::atomic::Ordering;

/// The only group of a device, with its item.
fn group(account: &Account, tx: &Tx<'_>) -> (i64, GroupItem, Group) {
    let (number, item) = tx.items::<GroupItem>(Kind::Group).unwrap().remove(0);
    let group = tx.group(&item.group_id().unwrap(), policy(account)).unwrap();
    (number, item, group)
}

/// How many records of groups a store has.
fn records(person: &ClientProcess) -> u64 {
    let db = rusqlite::Connection::open(person.home().join("client.db")).unwrap();
    db.query_row("SELECT count(*) FROM group_record", [], |row| row.get(0)).unwrap()
}

/// Sends application data of a member to the others, in whatever epoch he is, without asking the relay.
fn say(person: &ClientProcess, to: &[&ClientProcess], data: &[u8], authenticated: &[u8]) {
    let (mut device, mut relays) = open(person);
    let to: Vec<_> = to.iter().map(|other| (other.account().unwrap(), 1)).collect();
    device
        .step(|account, tx, _| {
            let (_, _, mut group) = group(account, tx);
            let rng = &mut sceau_client::crypto::rng();
            let message = group.encrypt(data, authenticated, rng).unwrap();
            tx.save_group(&mut group)?;
            for to in &to {
                let content = GroupContent::of(message.clone());
                seal_for(account, tx, to, &content, None, now())?.unwrap();
            }
            Ok(())
        })
        .unwrap();
    relays.flush(&mut device, |_| {}).unwrap();
}

fn text(content_type: u16, body: &[u8]) -> Vec<u8> {
    let (message_id, in_reply_to, extensions) = ([7; 16], vec![], vec![]);
    let (sent_at, sender_serial, body) = (now(), 1, body.to_vec());
    Content { content_type, message_id, sent_at, sender_serial, in_reply_to, body, extensions }
        .to_bytes()
}

/// GDS-30, GDS-32: the group names its relay; a Welcome that comes with another name is refused, and the key package stays.
#[test]
fn a_welcome_that_names_another_relay() {
    let trio = Trio::new();
    trio.allow();
    trio.ada.json(&["group", "create", "team", "bob"]).unwrap();
    let (mut device, mut relays) = open(&trio.bob);
    let mut report = Report::default();
    fetch(&mut device, &mut relays, &mut report).unwrap();
    let waiting = |device: &mut Device, relay: &[u8]| {
        device
            .step(|_, tx, _| {
                let (number, mut waiting) = tx.items::<Waiting>(Kind::GroupInbox)?.remove(0);
                let (mut content, message) = waiting.open()?;
                assert!(matches!(message, MlsMessage::Welcome(_)));
                let named = content.relay.replace(RelayName::new(relay).unwrap());
                assert_eq!(named.unwrap().as_bytes(), b"127.0.0.1");
                waiting.content = hex::encode(content.to_bytes());
                tx.delete(Kind::GroupInbox, number)?;
                Ok(waiting)
            })
            .unwrap()
    };
    let honest = waiting(&mut device, b"127.0.0.1");
    for relay in [&b"relay.example"[..], b"127.0.0.2"] {
        let content = GroupContent {
            relay: Some(RelayName::new(relay).unwrap()),
            message: honest.open().unwrap().0.message,
        };
        let lying = Waiting { content: hex::encode(content.to_bytes()), ..honest.clone() };
        device.step(|_, tx, _| tx.add(Kind::GroupInbox, &lying)).unwrap();
        let mut report = Report::default();
        look(&mut device, &mut report).unwrap();
        assert_eq!(report.refused.get("malformed"), Some(&1), "{:?}", report.notices);
    }
    // What Ada has sent is taken all the same.
    device.step(|_, tx, _| tx.add(Kind::GroupInbox, &honest)).unwrap();
    look(&mut device, &mut report).unwrap();
    assert!(untold(&mut device).contains("ada has added you to the group team"));
    let listed = trio.bob.json(&["group", "list", "team"]).unwrap();
    assert_eq!(listed[0]["relay"], "127.0.0.1");
}

/// GDS-02: a Welcome whose relay's name is no host's is refused, also where the group has it too.
#[test]
fn a_welcome_with_a_relay_that_is_no_host() {
    let trio = Trio::new();
    trio.allow();
    trio.ada.json(&["receive"]).unwrap();
    let (mut device, mut relays) = open(&trio.ada);
    let bob = (trio.bob.account().unwrap(), 1);
    device
        .step(|account, tx, _| {
            let relay = RelayName::new(b"relay\x1b[2J\n").unwrap();
            let params = GroupParams::new(SUITE, leaf(now()), policy(account)).ordered_by(&relay);
            let rng = &mut sceau_client::crypto::rng();
            let mut group = Group::create(params, identity(account)?, now(), rng)?;
            let (_, package) = of_device(tx, &bob)?.unwrap();
            let options = CommitOptions::new(vec![Proposal::Add(Box::new(package))]);
            let message = group.commit(&options, &PskStore::new(), now(), rng)?.welcome.unwrap();
            let content = GroupContent { relay: Some(relay), message };
            seal_for(account, tx, &bob, &content, Some("team"), now())?.unwrap();
            Ok(())
        })
        .unwrap();
    relays.flush(&mut device, |_| {}).unwrap();
    let (mut device, mut relays) = open(&trio.bob);
    let report = receive(&mut device, &mut relays).unwrap();
    assert_eq!(report.refused.get("malformed"), Some(&1), "{:?}", report.notices);
    assert!(report.failed.is_none(), "{:?}", report.failed);
    assert!(device.store().groups().unwrap().is_empty());
}

/// GDS-36, GDS-37: a commit brings the proposals to which it refers; who has not got one follows all the same.
#[test]
fn a_commit_comes_with_its_proposals() {
    let trio = Trio::with_group();
    // To Carol as well, whom Bob has not met.
    trio.bob.json(&["group", "leave", "team"]).unwrap();
    // What Bob has sent to Carol is lost.
    let (mut device, mut relays) = open(&trio.carol);
    fetch(&mut device, &mut relays, &mut Report::default()).unwrap();
    let lost = device.step(|_, tx, _| {
        let lost = tx.items::<Waiting>(Kind::GroupInbox)?;
        tx.clear(Kind::GroupInbox)?;
        Ok(lost)
    });
    let MlsMessage::Private(message) = lost.unwrap()[0].1.open().unwrap().1 else { panic!() };
    assert_eq!(message.content_type, ContentType::Proposal);
    drop((device, relays));
    assert!(said(&trio.ada, &["receive"]).1.contains("bob has left the group team"));
    let told = said(&trio.carol, &["receive"]).1;
    // GDS-16: Bob has proposed it, and Ada only committed.
    assert!(told.contains("has left the group team") && !told.contains("removed"), "{told}");
    assert!(!told.contains("split"), "{told}");
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("you have left the group team"), "{told}");
    assert_eq!(branch(&trio.carol, "team"), branch(&trio.ada, "team"));
}

/// GDS-40: what a message holds is a content of another type than `group`, with nothing beside it.
#[test]
fn what_a_message_of_a_group_may_hold() {
    let trio = Trio::with_group();
    let refused = |data: &[u8], authenticated: &[u8]| {
        say(&trio.bob, &[&trio.ada], data, authenticated);
        let text = said(&trio.ada, &["receive"]).1;
        assert!(!text.contains("split"), "{text}");
        text.contains("refused: 1 envelope (malformed)")
    };
    assert!(refused(&[0], b""), "no content");
    assert!(refused(&text(4, b"a group's"), b""));
    assert!(refused(&text(kind::TEXT, b"beside"), b"something"));
    assert!(!refused(&text(kind::TEXT, b"right"), b""));
    assert_eq!(heard(&trio.ada, "team"), ["right"]);
}

/// GDS-33: of a message from a past epoch the epoch is told, and that its sender has been removed since.
#[test]
fn a_late_message_says_so() {
    let trio = Trio::with_group();
    let (epoch, _) = branch(&trio.ada, "team");
    trio.ada.json(&["group", "update", "team"]).unwrap();
    say(&trio.carol, &[&trio.ada], &text(kind::TEXT, b"before"), b"");
    let told = said(&trio.ada, &["receive"]).1;
    assert!(told.contains(&format!("[of epoch {epoch}]: before")), "{told}");
    trio.carol.json(&["receive"]).unwrap();
    trio.ada.json(&["receive"]).unwrap();
    let (epoch, _) = branch(&trio.ada, "team");
    trio.ada.json(&["group", "remove", "team", "carol"]).unwrap();
    let late = Content {
        message_id: [8; 16],
        ..Content::from_bytes(&text(kind::TEXT, b"after")).unwrap()
    };
    say(&trio.carol, &[&trio.ada], &late.to_bytes(), b"");
    let told = said(&trio.ada, &["receive"]).1;
    assert!(told.contains("they have been removed from the group since]: after"), "{told}");
    let listed = trio.ada.json(&["group", "list", "team"]).unwrap();
    let late: Vec<_> = listed.iter().filter(|line| line.get("text").is_some()).collect();
    assert_eq!(late[1]["late"], serde_json::json!({ "epoch": epoch, "removed": true }));
}

/// GDS-38: of what waits for a group that is not known, the newest 256 of a peer are kept, and for 14 days.
#[test]
fn what_comes_early_is_bounded() {
    let trio = Trio::new();
    let (mut device, _) = open(&trio.bob);
    let early = |epoch, peer: &str, at| {
        // A PrivateMessage (RFC 9420 §6.3).
        let mut w = Writer::default();
        w.u16(1).u16(2).opaque(b"not known").u64(epoch).u8(ContentType::Application as u8);
        w.opaque(b"").opaque(&[1; 20]).opaque(&[2; 40]);
        let content = GroupContent::of(w.0);
        let content = hex::encode(content.to_bytes());
        Waiting { from: (peer.to_owned(), 1), content, of: None, name: None, at }
    };
    device
        .step(|_, tx, _| {
            tx.add(Kind::GroupInbox, &early(1, "bb", now()))?;
            tx.add(Kind::GroupInbox, &early(0, "aa", now() - 14 * 86_400))?;
            (1..=260).try_for_each(|n| tx.add(Kind::GroupInbox, &early(n, "aa", now())).map(|_| ()))
        })
        .unwrap();
    let mut report = Report::default();
    look(&mut device, &mut report).unwrap();
    assert!(report.refused.is_empty(), "it is no refusal: {:?}", report.refused);
    let kept: Vec<(i64, Waiting)> = device.store().items(Kind::GroupInbox).unwrap();
    let epochs: Vec<u64> = kept
        .iter()
        .filter(|(_, waiting)| waiting.from.0 == "aa")
        .map(|(_, waiting)| match waiting.open().unwrap().1 {
            MlsMessage::Private(message) => message.epoch,
            _ => panic!(),
        })
        .collect();
    assert_eq!(epochs, (5..=260).collect::<Vec<_>>());
    assert_eq!(kept.len(), 257, "another peer's stays");
}

/// GDS-43, GDS-46: after 30 days without an answer the relay is not asked any more, and all is erased.
#[test]
fn a_relay_that_may_have_forgotten_is_not_asked() {
    let trio = Trio::with_group();
    let (mut device, _) = open(&trio.bob);
    let age = |age: u64| {
        move |item: &mut GroupItem| {
            (item.entered_at, item.answered_at) = (now() - 40 * 86_400, Some(now() - age));
        }
    };
    change(&mut device, age(30 * 86_400 - 60));
    assert!(!said(&trio.bob, &["receive"]).1.contains("gone on"), "it was asked");
    assert!(records(&trio.bob) > 0);
    change(&mut device, age(30 * 86_400));
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("has gone on for too long without this device"), "{told}");
    assert_eq!(records(&trio.bob), 0);
    assert_eq!(said(&trio.bob, &["group", "send", "team", "hello?"]).0, Some(1));
}

/// GDS-26, GDS-46: of a group that the device was removed from late messages are read for 14 days; whoever gives a group up
/// erases it at once.
#[test]
fn what_stays_of_a_group_that_is_left() {
    let trio = Trio::with_group();
    trio.bob.json(&["group", "send", "team", "hello"]).unwrap();
    trio.settle();
    trio.ada.json(&["group", "remove", "team", "carol"]).unwrap();
    // Bob has not heard of it.
    say(&trio.bob, &[&trio.carol], &text(kind::TEXT, b"to Carol too"), b"");
    trio.carol.json(&["receive"]).unwrap();
    let late =
        Content { message_id: [8; 16], ..Content::from_bytes(&text(kind::TEXT, b"late")).unwrap() };
    say(&trio.bob, &[&trio.carol], &late.to_bytes(), b"");
    trio.carol.json(&["receive"]).unwrap();
    assert_eq!(heard(&trio.carol, "team"), ["hello", "late", "to Carol too"]);
    let (mut device, _) = open(&trio.carol);
    let id = device.store().group_of_name("team").unwrap().1.id;
    let mut after = |days: u64| {
        look_after(&mut device, &id, now() + days * 86_400).unwrap();
        records(&trio.carol)
    };
    assert!(after(13) > 0);
    assert_eq!(after(14), 0);
    assert!(records(&trio.bob) > 0);
    trio.bob.json(&["group", "forget", "team"]).unwrap();
    assert_eq!(records(&trio.bob), 0);
    let (code, told) = said(&trio.bob, &["group", "send", "team", "hello?"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("you have given team up"), "{told}");
    // Who is in a group with somebody does not lose their messages unawares.
    let (code, told) = said(&trio.ada, &["remove", "bob"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("you are in a group with bob"), "{told}");
    assert_eq!(said(&trio.bob, &["remove", "ada"]).0, Some(0));
}

/// GDS-39: a Welcome into a group that the device is in is refused once the relay has said that nobody removes it.
#[test]
fn a_welcome_into_a_group_that_the_device_is_in() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.make_group();
    let before = branch(&trio.bob, "team");
    stage.lies.about_commits.store(true, Ordering::Relaxed);
    trio.ada.json(&["group", "remove", "team", "bob"]).unwrap();
    trio.ada.json(&["group", "add", "team", "bob"]).unwrap();
    stage.lies.about_commits.store(false, Ordering::Relaxed);
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("refused: 1 envelope (misuse)"), "{told}");
    assert_eq!(branch(&trio.bob, "team"), before);
}

/// GDS-08: what was sealed stays in the outbox while the relay has not answered for a minute; and what was sealed for
/// somebody who has been removed since does not leave.
#[test]
fn what_was_sealed_waits_for_the_relays_answer() {
    let trio = Trio::with_group();
    let (mut device, mut relays) = open(&trio.bob);
    let mut report = Report::default();
    trio.bob.json(&["receive"]).unwrap();
    let (_, item) = device.store().group_of_name("team").unwrap();
    queue(&mut device, &item.id, "sealed").unwrap();
    seal_drafts(&mut device, &mut relays, &item.id, &mut report).unwrap();
    change(&mut device, |item| item.answered_at = Some(now() - 60));
    let flushed = relays.flush(&mut device, |_| {}).unwrap();
    assert_eq!((flushed.sent, flushed.waiting), (0, 2));
    trio.ada.json(&["receive"]).unwrap();
    assert_eq!(heard(&trio.ada, "team"), Vec::<String>::new());
    trio.ada.json(&["group", "remove", "team", "carol"]).unwrap();
    drop((device, relays));
    trio.bob.json(&["receive"]).unwrap();
    trio.settle();
    assert_eq!(heard(&trio.ada, "team"), ["sealed"]);
    assert_eq!(heard(&trio.carol, "team"), Vec::<String>::new());
    let (mut device, _) = open(&trio.bob);
    let drafts: Vec<(i64, Draft)> = device.store().items(Kind::GroupDraft).unwrap();
    assert!(drafts.is_empty());
}

/// GJN-14, GDS-46: a ReInit ends a group; the one that takes its place is joined with the old one's key, which goes then.
#[test]
fn a_group_that_a_reinit_ends() {
    let trio = Trio::new();
    trio.allow();
    trio.ada.json(&["group", "create", "team", "bob"]).unwrap();
    for person in [&trio.bob, &trio.ada, &trio.bob] {
        person.json(&["receive"]).unwrap();
    }
    trio.bob.json(&["group", "send", "team", "in the old one"]).unwrap();
    trio.ada.json(&["receive"]).unwrap();
    let (mut device, mut relays) = open(&trio.ada);
    device
        .step(|account, tx, _| {
            let (number, mut item, mut group) = group(account, tx);
            let reinit = Proposal::ReInit(ReInit {
                group_id: vec![5; 32],
                version: 1,
                cipher_suite: CipherSuite::MlKem768X25519Aes256.to_u16(),
                extensions: group.context().extensions.clone(),
            });
            let rng = &mut sceau_client::crypto::rng();
            let options = CommitOptions::new(vec![reinit]);
            let made = group.commit(&options, &PskStore::new(), now(), rng).unwrap();
            let sealed = group.commit_secrets()?.seal(&made.bundle, rng)?;
            let sealed = hex::encode(sealed);
            item.pending = Some(Pending { sealed, welcome: None, wishes: vec![] });
            tx.save_group(&mut group)?;
            tx.replace(Kind::Group, number, &item)
        })
        .unwrap();
    assert!(said(&trio.ada, &["receive"]).1.contains("you ended the group team"));
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("ada ended the group team"), "{told}");
    let (code, told) = said(&trio.bob, &["group", "send", "team", "hello?"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("another group takes its place"), "{told}");
    let old = device.store().group_of_name("team").unwrap().1.id;
    // Ada makes the new one.
    let bob = (trio.bob.account().unwrap(), 1);
    device
        .step(|account, tx, _| {
            let (_, _, group) = group(account, tx);
            let (_, package) = of_device(tx, &bob)?.unwrap();
            let rng = &mut sceau_client::crypto::rng();
            let (own, leaf) = (identity(account)?, leaf(now()));
            let (new, made) = group.replace(vec![package], own, leaf, now(), rng).unwrap();
            let content = GroupContent { relay: new.relay(), message: made.welcome.unwrap() };
            seal_for(account, tx, &bob, &content, Some("other"), now())?.unwrap();
            Ok(())
        })
        .unwrap();
    relays.flush(&mut device, |_| {}).unwrap();
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("ada has added you to the group team, 2 devices"), "{told}");
    let (mut device, _) = open(&trio.bob);
    let groups = device.store().groups().unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].1.id, hex::encode([5; 32]));
    assert_ne!(old, groups[0].1.id);
    // What was said stays under its name.
    let listed = trio.bob.json(&["group", "list", "team"]).unwrap();
    assert!(listed.iter().any(|line| line["text"] == "in the old one"));
}

/// GJN-17: a ReInit of one group that names the id of another one neither keeps the device from joining that one again, nor
/// gives it what was said in the first.
#[test]
fn a_reinit_that_names_another_group() {
    let trio = Trio::new();
    trio.allow();
    trio.ada.json(&["group", "create", "team", "bob"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    let (mut device, _) = open(&trio.bob);
    let team = device.store().group_of_name("team").unwrap().1.group_id().unwrap();
    trio.ada.json(&["group", "remove", "team", "bob"]).unwrap();
    assert!(said(&trio.bob, &["receive"]).1.contains("has removed you"));
    trio.bob.json(&["group", "create", "other"]).unwrap();
    device
        .step(|account, tx, _| {
            let mut items = tx.items::<GroupItem>(Kind::Group)?.into_iter();
            let (number, mut item) = items.find(|(_, item)| item.name == "other").unwrap();
            let mut group = tx.group(&item.group_id()?, policy(account))?;
            let reinit = ReInit {
                group_id: team.clone(),
                version: 1,
                cipher_suite: CipherSuite::MlKem768X25519Aes256.to_u16(),
                extensions: group.context().extensions.clone(),
            };
            let rng = &mut sceau_client::crypto::rng();
            let options = CommitOptions::new(vec![Proposal::ReInit(reinit)]);
            group.commit(&options, &PskStore::new(), now(), rng).unwrap();
            group.merge_pending().unwrap();
            tx.save_group(&mut group)?;
            item.status = Status::Replaced;
            tx.replace(Kind::Group, number, &item)
        })
        .unwrap();
    trio.ada.json(&["group", "add", "team", "bob"]).unwrap();
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("ada has added you to the group team"), "{told}");
    let (_, other) = device.store().group_of_name("other").unwrap();
    assert_eq!(other.status, Status::Replaced, "it is kept as it was");
}

/// GDS-46: what is kept for a group that replaces another goes after 30 days.
#[test]
fn an_ended_group_that_nothing_follows() {
    let trio = Trio::new();
    trio.ada.json(&["group", "create", "team"]).unwrap();
    let (mut device, _) = open(&trio.ada);
    let id = device
        .step(|account, tx, _| {
            let (_, item, mut group) = group(account, tx);
            let reinit = ReInit {
                group_id: vec![5; 32],
                version: 1,
                cipher_suite: CipherSuite::MlKem768X25519Aes256.to_u16(),
                extensions: group.context().extensions.clone(),
            };
            let rng = &mut sceau_client::crypto::rng();
            let options = CommitOptions::new(vec![Proposal::ReInit(reinit)]);
            group.commit(&options, &PskStore::new(), now(), rng).unwrap();
            group.merge_pending().unwrap();
            tx.save_group(&mut group)?;
            Ok(item.id)
        })
        .unwrap();
    let mut after = |days: u64| {
        look_after(&mut device, &id, now() + days * 86_400).unwrap();
        records(&trio.ada)
    };
    assert!(after(29) > 0);
    assert_eq!(after(30), 0);
}

/// GDS-11: a bundle that the relay would not take is not sealed.
#[test]
fn a_bundle_that_is_too_long() {
    let trio = Trio::new();
    trio.ada.json(&["group", "create", "team"]).unwrap();
    let (mut device, _) = open(&trio.ada);
    device
        .step(|account, tx, _| {
            let secrets = group(account, tx).2.commit_secrets()?;
            // The last bucket; version, an empty list, the commit's length.
            let most = (MAX_MESSAGE as usize - 28) / 4096 * 4096;
            let bundle = |encoded: usize| CommitBundle {
                proposals: vec![],
                commit: vec![1; encoded - 1 - 1 - 4],
            };
            let rng = &mut sceau_client::crypto::rng();
            assert_eq!(secrets.seal(&bundle(most), rng)?.len(), most + 28);
            let refused = secrets.seal(&bundle(most + 1), rng).unwrap_err();
            assert_eq!(refused.class(), "limit");
            Ok(())
        })
        .unwrap();
}

/// GDS-47: a Welcome stays until its session has it, or its newcomer is no member any more.
#[test]
fn a_welcome_waits_for_its_session() {
    let trio = Trio::new();
    trio.allow();
    trio.ada.json(&["group", "create", "team", "bob"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    let (bob, carol) = (trio.bob.account().unwrap(), trio.carol.account().unwrap());
    let (mut device, _) = open(&trio.ada);
    let id = device.store().group_of_name("team").unwrap().1.id;
    let mut turn = |close: bool, to: &[&str]| {
        let of = |to: &&str| Unsent { to: ((*to).to_owned(), 1), welcome: "aa".to_owned() };
        change(&mut device, |item| item.welcomes = to.iter().map(of).collect());
        if close {
            device
                .step(|account, tx, _| {
                    let peer = account_of(&(bob.clone(), 1))?;
                    let session = account.live_session(&peer, 1).unwrap();
                    let frame = Frame::new(content_type::CLOSE, b"");
                    tx.apply(&account.encrypt(&session, &frame, b"", now())?.1)
                })
                .unwrap();
        }
        look_after(&mut device, &id, now()).unwrap();
        let left = device.store().group_of_name("team").unwrap().1.welcomes;
        let sent = device.store().raw_items(Kind::Outbox, 0, 10).unwrap().len();
        (left.into_iter().map(|unsent| unsent.to.0).collect::<Vec<_>>(), sent, untold(&mut device))
    };
    assert_eq!(turn(false, &[&bob, &carol]), (vec![], 1, String::new()));
    let (left, sent, told) = turn(true, &[&bob]);
    assert_eq!((left, sent), (vec![bob.clone()], 1));
    assert!(told.contains("the Welcome of bob to team waits for a session"), "{told:?}");
}
