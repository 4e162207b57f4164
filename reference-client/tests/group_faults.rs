//! Groups and sessions of which something fails, or somebody is silent: the rest goes on, and nobody gets what is not theirs.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::liar::stage;
use common::trio::{Trio, change, heard, open, said, untold, with_first_messages};
use sceau::delivery::RelayName;
use sceau_client::client::device::{Device, reissue_list};
use sceau_client::client::group::inbox::look;
use sceau_client::client::group::join::create;
use sceau_client::client::group::model::{Draft, GroupItem, Status, Wish};
use sceau_client::client::group::send::{queue, seal_drafts};
use sceau_client::client::receive::{Report, fetch};
use sceau_client::client::send::{Draft as Said, queue as queue_for};
use sceau_client::client::store::Kind;
use sceau_client::process::ClientProcess;
use sceau_client::time::now;
use std::sync::atomic::Ordering;

fn outbox(device: &mut Device) -> usize {
    device.store().raw_items(Kind::Outbox, 0, 10_000).unwrap().len()
}

/// Gives a contact another relay.
fn relay_of(device: &mut Device, name: &str, url: &str) {
    let (number, mut contact) = device.contact(name).unwrap();
    contact.relay = Some(url.to_owned());
    device.step(|_, tx, _| tx.replace(Kind::Contact, number, &contact)).unwrap();
}

fn drafts(device: &mut Device) -> Vec<Draft> {
    let drafts: Vec<(i64, Draft)> = device.store().items(Kind::GroupDraft).unwrap();
    drafts.into_iter().map(|(_, draft)| draft).collect()
}

/// GDS-11: a text that fits into no message is refused at once; one that has got into the store keeps nothing else from
/// being sent.
#[test]
fn a_text_that_is_too_long() {
    let trio = Trio::with_group();
    let (mut device, mut relays) = open(&trio.ada);
    let (_, item) = device.store().group_of_name("team").unwrap();
    let refused = queue(&mut device, &item.id, &"x".repeat(1 << 20)).unwrap_err();
    assert_eq!(refused.class, Some("limit"), "{refused}");
    let drafts = |device: &mut Device| device.store().items::<Draft>(Kind::GroupDraft).unwrap();
    assert!(drafts(&mut device).is_empty());
    queue(&mut device, &item.id, "too long").unwrap();
    queue(&mut device, &item.id, "short").unwrap();
    device
        .step(|_, tx, _| {
            let (number, mut draft) = tx.items::<Draft>(Kind::GroupDraft)?.remove(0);
            draft.content = "61".repeat(1 << 20);
            tx.replace(Kind::GroupDraft, number, &draft)
        })
        .unwrap();
    let mut report = Report::default();
    change(&mut device, |item| item.answered_at = Some(now()));
    seal_drafts(&mut device, &mut relays, &item.id, &mut report).unwrap();
    let told = untold(&mut device);
    assert!(told.contains("a message to team is too long"), "{told}");
    assert_eq!(drafts(&mut device).len(), 1);
    drop((device, relays));
    trio.settle();
    assert_eq!(heard(&trio.bob, "team"), ["short"]);
    assert_eq!(heard(&trio.carol, "team"), ["short"]);
}

/// GDS-07: who was removed gets nothing that was sealed before, also where a change of the own person then fails.
#[test]
fn what_was_sealed_for_somebody_who_was_removed() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.make_group();
    let (mut device, mut relays) = open(&trio.bob);
    let (_, item) = device.store().group_of_name("team").unwrap();
    queue(&mut device, &item.id, "sealed").unwrap();
    change(&mut device, |item| item.answered_at = Some(now()));
    seal_drafts(&mut device, &mut relays, &item.id, &mut Report::default()).unwrap();
    assert_eq!(outbox(&mut device), 2);
    trio.ada.json(&["group", "remove", "team", "carol"]).unwrap();
    change(&mut device, |item| item.wishes.push(Wish::Update));
    drop((device, relays));
    stage.lies.rubbish_for_who_brings.store(true, Ordering::Relaxed);
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("can't be taken"), "{told}");
    trio.carol.json(&["receive"]).unwrap();
    assert_eq!(heard(&trio.carol, "team"), Vec::<String>::new());
}

/// HS-06, ID-15: a session that takes nothing before its first answer keeps no announcement from the others, and gets it
/// before anything else.
#[test]
fn somebody_who_does_not_answer_is_announced_to_later() {
    let trio = Trio::new();
    let (mut device, mut relays) = open(&trio.ada);
    for name in ["bob", "carol"] {
        let (_, contact) = device.contact(name).unwrap();
        let draft = Said { text: Some("hello".to_owned()), ..Said::default() };
        queue_for(&mut device, &mut relays, &contact, &draft).unwrap();
    }
    relays.flush(&mut device, |_| {}).unwrap();
    trio.carol.json(&["receive"]).unwrap();
    trio.carol.json(&["send", "ada", "hello"]).unwrap();
    drop((device, relays));
    trio.ada.json(&["receive"]).unwrap();
    let (mut device, mut relays) = open(&trio.ada);
    let before = outbox(&mut device);
    let limited = |device: &mut Device, most: u32| {
        with_first_messages(device, most, |account, tx| reissue_list(account, tx, now()));
    };
    limited(&mut device, 1);
    assert_eq!(outbox(&mut device), before + 1, "Carol's");
    limited(&mut device, 1);
    assert_eq!(outbox(&mut device), before + 2, "Carol's");
    let (_, contact) = device.contact("bob").unwrap();
    let draft = Said { text: Some("again".to_owned()), ..Said::default() };
    queue_for(&mut device, &mut relays, &contact, &draft).unwrap();
    assert_eq!(outbox(&mut device), before + 4, "once, and the text");
    queue_for(&mut device, &mut relays, &contact, &draft).unwrap();
    assert_eq!(outbox(&mut device), before + 5);
    relays.flush(&mut device, |_| {}).unwrap();
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("again") && !told.contains("refused"), "{told}");
}

/// ID-15: a session that takes nothing, since it is too old by the policy of the moment, gets what was to be announced before
/// anything else when it takes something again.
#[test]
fn a_session_that_was_used_up_is_announced_to_later() {
    let trio = Trio::new();
    trio.ada.json(&["send", "bob", "hello"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    trio.bob.json(&["send", "ada", "hello"]).unwrap();
    trio.ada.json(&["receive"]).unwrap();
    let (mut device, mut relays) = open(&trio.ada);
    let before = outbox(&mut device);
    device
        .step(|account, tx, _| {
            let mut policy = account.policy().clone();
            let all = std::mem::replace(&mut policy.limits.max_session_age, 0);
            account.set_policy(policy.clone());
            let done = reissue_list(account, tx, now());
            policy.limits.max_session_age = all;
            account.set_policy(policy);
            done
        })
        .unwrap();
    assert_eq!(outbox(&mut device), before);
    let (_, contact) = device.contact("bob").unwrap();
    let draft = Said { text: Some("again".to_owned()), ..Said::default() };
    queue_for(&mut device, &mut relays, &contact, &draft).unwrap();
    assert_eq!(outbox(&mut device), before + 2, "the list, and the text");
    relays.flush(&mut device, |_| {}).unwrap();
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("again") && !told.contains("refused"), "{told}");
}

/// What a removed contact has sent to a group in which both are is read, also where it comes before the commit that adds
/// them.
#[test]
fn a_removed_contact_in_a_group() {
    let trio = Trio::new();
    trio.allow();
    trio.bob.json(&["add", "carol", &trio.carol.account().unwrap()]).unwrap();
    trio.carol.json(&["add", "bob", &trio.bob.account().unwrap()]).unwrap();
    trio.bob.json(&["send", "carol", "hello"]).unwrap();
    trio.carol.json(&["receive"]).unwrap();
    trio.carol.json(&["send", "bob", "hello"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    trio.ada.json(&["group", "create", "team", "bob"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    trio.ada.json(&["receive"]).unwrap();
    trio.bob.json(&["remove", "carol"]).unwrap();
    // Carol has her session yet; Bob has not heard that she is in the group.
    trio.ada.json(&["group", "add", "team", "carol"]).unwrap();
    trio.carol.json(&["receive"]).unwrap();
    let told = said(&trio.carol, &["group", "send", "team", "to the group"]).1;
    assert!(told.contains("sent"), "{told}");
    trio.carol.json(&["send", "bob", "to Bob alone"]).unwrap();
    trio.settle();
    assert_eq!(heard(&trio.bob, "team"), ["to the group"]);
    assert!(!said(&trio.bob, &["list"]).1.contains("to Bob alone"));
}

/// GDS-14: what waits on a branch that is left is given up, and told: a Welcome into the group's id may come from anybody who
/// was given a key package, with members whom the person has not seen.
#[test]
fn what_waits_on_a_branch_that_was_left() {
    let trio = Trio::with_group();
    let (mut device, mut relays) = open(&trio.bob);
    let (_, item) = device.store().group_of_name("team").unwrap();
    queue(&mut device, &item.id, "sealed").unwrap();
    change(&mut device, |item| item.answered_at = Some(now()));
    seal_drafts(&mut device, &mut relays, &item.id, &mut Report::default()).unwrap();
    let sealed = drafts(&mut device)[0].outbox.clone();
    assert_eq!(sealed.len(), 2);
    change(&mut device, |item| item.end(Status::Rejoining));
    trio.ada.json(&["group", "remove", "team", "bob"]).unwrap();
    trio.ada.json(&["group", "add", "team", "bob"]).unwrap();
    fetch(&mut device, &mut relays, &mut Report::default()).unwrap();
    look(&mut device, &mut Report::default()).unwrap();
    assert!(drafts(&mut device).is_empty());
    let left = device.store().raw_items(Kind::Outbox, 0, 10_000).unwrap();
    assert!(!left.iter().any(|(number, _)| sealed.contains(number)));
    let told = untold(&mut device);
    assert!(told.contains("1 message to team did not go to all, and will not"), "{told}");
    assert!(told.contains("has added you to the group team"), "{told}");
    drop((device, relays));
    trio.settle();
    assert!(heard(&trio.ada, "team").is_empty() && heard(&trio.carol, "team").is_empty());
    trio.bob.json(&["group", "send", "team", "again"]).unwrap();
    trio.settle();
    assert_eq!(heard(&trio.ada, "team"), ["again"]);
}

/// What waits for a group that the device is out of is given up, and told.
#[test]
fn what_waits_for_a_group_that_is_over() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.make_group();
    let wait = |person: &ClientProcess| {
        let (mut device, _) = open(person);
        let (_, item) = device.store().group_of_name("team").unwrap();
        queue(&mut device, &item.id, "waits").unwrap();
    };
    let told = |person: &ClientProcess, arguments: &[&str]| {
        let told = said(person, arguments).1;
        assert!(told.contains("1 message to team did not go to all"), "{told}");
        assert!(drafts(&mut open(person).0).is_empty());
        told
    };
    wait(&trio.carol);
    trio.ada.json(&["group", "remove", "team", "carol"]).unwrap();
    assert!(told(&trio.carol, &["receive"]).contains("has removed you"));
    wait(&trio.bob);
    let long_ago = |item: &mut GroupItem| (item.entered_at, item.answered_at) = (1, None);
    for person in [&trio.ada, &trio.bob] {
        change(&mut open(person).0, long_ago);
    }
    assert!(told(&trio.bob, &["receive"]).contains("for too long"));
    let told = told(&trio.ada, &["group", "send", "team", "hello"]);
    assert!(told.contains("to team: not sent"), "{told}");
}

/// What is said of a message is true of that message: what waits beside it does not count.
#[test]
fn what_is_said_of_a_message() {
    let trio = Trio::with_group();
    trio.ada.json(&["send", "carol", "hello"]).unwrap();
    let (mut device, _) = open(&trio.ada);
    relay_of(&mut device, "carol", "http://127.0.0.1:1");
    let (code, told) = said(&trio.ada, &["send", "carol", "later"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("to carol: in the outbox"), "{told}");
    // The failure is that of the other one.
    let (code, told) = said(&trio.ada, &["send", "bob", "now"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("to bob: sent"), "{told}");
    assert!(said(&trio.bob, &["receive"]).1.contains("now"));
    // To a group it has to go to all.
    let (_, told) = said(&trio.ada, &["group", "send", "team", "hello"]);
    assert!(told.contains("to team: kept"), "{told}");
}

/// What was received before a relay fails is told, with the failure.
#[test]
fn a_relay_that_fails_on_the_way() {
    let stage = stage();
    let trio = Trio::at(|_| stage.url.clone());
    trio.bob.json(&["add", "carol", &trio.carol.account().unwrap()]).unwrap();
    trio.bob.json(&["send", "carol", "hello"]).unwrap();
    stage.lies.mute.store(true, Ordering::Relaxed);
    let (code, told) = said(&trio.carol, &["receive"]);
    assert_ne!(code, Some(0), "{told}");
    assert!(told.contains("somebody new has written") && told.contains("hello"), "{told}");
}

/// A group whose relay is away keeps nothing else from being done, and `receive` ends as where the own one is.
#[test]
fn a_group_at_a_relay_that_is_away() {
    let trio = Trio::new();
    trio.bob.json(&["send", "ada", "hello"]).unwrap();
    let (mut device, _) = open(&trio.ada);
    // Its address is that of a contact who uses it.
    relay_of(&mut device, "carol", "http://relay.invalid");
    create(&mut device, "far", &RelayName::new(b"relay.invalid").unwrap()).unwrap();
    let (code, told) = said(&trio.ada, &["receive"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("hello") && told.contains("a group could not be looked after"), "{told}");
    // What is given up is asked for no more.
    trio.ada.json(&["group", "forget", "far"]).unwrap();
    trio.ada.json(&["receive"]).unwrap();
}
