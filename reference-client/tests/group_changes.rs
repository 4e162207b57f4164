//! What people wish to be done to a group: what can't be done, or not yet, keeps nothing else from being done, and is not lost.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::trio::{Trio, branch, change, open, said, with_first_messages};
use sceau::Wire;
use sceau::delivery::RelayName;
use sceau::group::{GroupContent, Proposal};
use sceau_client::client::device::Device;
use sceau_client::client::group::identity::policy;
use sceau_client::client::group::inbox::look;
use sceau_client::client::group::join::create;
use sceau_client::client::group::leave::leave;
use sceau_client::client::group::model::{GroupItem, Status, TheirPackage, Waiting};
use sceau_client::client::group::packages::top_up;
use sceau_client::client::group::send::seal_for;
use sceau_client::client::model::Contact;
use sceau_client::client::receive::{Report, fetch};
use sceau_client::client::store::Kind;
use sceau_client::error::Kind as ErrorKind;
use sceau_client::time::now;

/// One key package that does not serve keeps nobody else from being added, and goes.
#[test]
fn one_of_two_who_can_not_be_added() {
    let trio = Trio::new();
    trio.allow();
    let (mut device, mut relays) = open(&trio.ada);
    fetch(&mut device, &mut relays, &mut Report::default()).unwrap();
    look(&mut device, &mut Report::default()).unwrap();
    let bob = trio.bob.account().unwrap();
    device
        .step(|_, tx, _| {
            let packages: Vec<(i64, TheirPackage)> = tx.items(Kind::TheirPackage)?;
            let of = packages.into_iter().find(|(_, package)| package.from.0 == bob);
            let (number, mut package) = of.unwrap();
            // The end of its signature.
            let last = package.message.pop().unwrap();
            package.message.push(if last == '0' { '1' } else { '0' });
            tx.replace(Kind::TheirPackage, number, &package)
        })
        .unwrap();
    drop((device, relays));
    let (code, told) = said(&trio.ada, &["group", "create", "team", "bob", "carol"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("bob was not added in the group team"), "{told}");
    trio.settle();
    assert!(said(&trio.carol, &["group", "list"]).1.contains("team"));
    let packages: Vec<(i64, TheirPackage)> =
        open(&trio.ada).0.store().items(Kind::TheirPackage).unwrap();
    assert!(packages.iter().all(|(_, package)| package.from.0 != bob));
    // One alone is told by name as well.
    let (code, told) = said(&trio.ada, &["group", "add", "team", "bob"]);
    assert_eq!(code, Some(2), "{told}");
    trio.bob.json(&["group", "allow", "ada"]).unwrap();
    trio.ada.json(&["group", "add", "team", "bob"]).unwrap();
    trio.settle();
    assert!(said(&trio.bob, &["group", "list"]).1.contains("team"));
}

/// Who is removed and added again while the relay is away is both, one after the other; who is removed last is out.
#[test]
fn removed_and_added_again_without_a_relay() {
    for again in [true, false] {
        let mut trio = Trio::with_group();
        trio.carol.json(&["group", "allow", "ada"]).unwrap();
        trio.ada.json(&["receive"]).unwrap();
        let (epoch, _) = branch(&trio.ada, "team");
        trio.relay.kill();
        let away = |command: &str| {
            let (code, told) = said(&trio.ada, &["group", command, "team", "carol"]);
            assert_eq!(code, Some(3), "{told}");
        };
        away("remove");
        away("add");
        if !again {
            away("remove");
        }
        trio.restart();
        trio.settle();
        let listed = said(&trio.ada, &["group", "list", "team"]).1;
        assert_eq!(listed.contains("carol"), again, "{listed}");
        let listed = said(&trio.carol, &["group", "list"]).1;
        assert_eq!(listed.contains("no member any more"), !again, "{listed}");
        if again {
            assert!(branch(&trio.ada, "team").0 >= epoch + 2);
            assert_eq!(branch(&trio.carol, "team"), branch(&trio.ada, "team"));
        }
    }
}

/// A name that is no name makes no group.
#[test]
fn names_of_groups() {
    let trio = Trio::new();
    trio.allow();
    for name in [&"é".repeat(65), "", "  ", "two\nlines"] {
        let (code, told) = said(&trio.ada, &["group", "create", name, "bob"]);
        assert_eq!(code, Some(64), "{told}");
        let refused = create(&mut open(&trio.ada).0, name, &RelayName::new(b"relay").unwrap());
        assert_eq!(refused.err().map(|error| error.kind), Some(ErrorKind::Usage));
    }
    assert!(open(&trio.ada).0.store().groups().unwrap().is_empty());
    trio.ada.json(&["group", "create", &"é".repeat(64), "bob"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    assert!(said(&trio.bob, &["group", "list"]).1.contains(&"é".repeat(64)));
}

/// GDS-43: also a group that has stopped is erased when the relay may have forgotten it, and says so; the person can give it up
/// before.
#[test]
fn a_group_that_has_stopped_ends() {
    let trio = Trio::with_group();
    for status in [Status::Forked, Status::Rejoining] {
        let stop = |item: &mut GroupItem| {
            item.status = status;
            (item.entered_at, item.answered_at) = (now() - 31 * 86_400, Some(now()));
        };
        let person = if status == Status::Forked { &trio.bob } else { &trio.carol };
        let mut device = open(person).0;
        change(&mut device, stop);
        let told = said(person, &["receive"]).1;
        assert!(!told.contains("for too long"), "{told}");
        change(&mut device, |item| item.answered_at = Some(now() - 30 * 86_400));
        let told = said(person, &["receive"]).1;
        assert!(told.contains("the group team has gone on for too long without"), "{told}");
        assert!(said(person, &["group", "list"]).1.contains("has gone on without this device"));
        assert_eq!(said(person, &["group", "resume", "team"]).0, Some(64));
    }
    change(&mut open(&trio.ada).0, |item| item.status = Status::Forked);
    let told = said(&trio.ada, &["group", "send", "team", "hello"]).1;
    assert!(told.contains("may have split") && told.contains("sceau group forget team"), "{told}");
    trio.ada.json(&["group", "forget", "team"]).unwrap();
    assert!(said(&trio.ada, &["group", "list"]).1.contains("given up"));
}

/// GDS-20: a key package counts as given when its session has it; the person gives a new one whenever he allows.
#[test]
fn a_key_package_that_did_not_leave() {
    let trio = Trio::new();
    trio.bob.json(&["send", "ada", "hello"]).unwrap();
    let (mut device, _) = open(&trio.bob);
    let given =
        |device: &mut Device| device.store().raw_items(Kind::GivenPackage, 0, 100).unwrap().len();
    device
        .step(|_, tx, _| {
            let (number, mut contact) = tx.items::<Contact>(Kind::Contact)?.remove(0);
            contact.groups = true;
            tx.replace(Kind::Contact, number, &contact)
        })
        .unwrap();
    let give = |device: &mut Device, most: u32| {
        with_first_messages(device, most, |account, tx| top_up(account, tx, now()));
        given(device)
    };
    assert_eq!(give(&mut device, 1), 0, "its session takes nothing");
    assert_eq!(give(&mut device, 1_000), 1);
    assert_eq!(give(&mut device, 1_000), 1);
    drop(device);
    for expected in [2, 3, 4, 4] {
        trio.bob.json(&["group", "allow", "ada"]).unwrap();
        assert_eq!(given(&mut open(&trio.bob).0), expected);
    }
    // A Welcome that is refused has used one.
    let trio = Trio::new();
    trio.allow();
    trio.ada.json(&["group", "create", "team", "bob"]).unwrap();
    let (mut device, mut relays) = open(&trio.bob);
    fetch(&mut device, &mut relays, &mut Report::default()).unwrap();
    device
        .step(|_, tx, _| {
            let (number, mut waiting) = tx.items::<Waiting>(Kind::GroupInbox)?.remove(0);
            let (mut content, _) = waiting.open()?;
            content.relay = Some(RelayName::new(b"relay.example").unwrap());
            waiting.content = hex::encode(content.to_bytes());
            tx.replace(Kind::GroupInbox, number, &waiting)
        })
        .unwrap();
    let mut report = Report::default();
    look(&mut device, &mut report).unwrap();
    assert_eq!(report.refused.values().sum::<usize>(), 1);
    assert_eq!(given(&mut device), 2);
}

/// GDS-25: who leaves asks anew when the epoch in which he has asked ends without it.
#[test]
fn a_leave_that_got_lost() {
    let trio = Trio::with_group();
    let (mut device, mut relays) = open(&trio.bob);
    let (_, item) = device.store().group_of_name("team").unwrap();
    change(&mut device, |item| item.answered_at = Some(now()));
    leave(&mut device, &mut relays, &item.id, &mut Report::default()).unwrap();
    device.step(|_, tx, _| tx.clear(Kind::Outbox)).unwrap();
    drop((device, relays));
    trio.ada.json(&["group", "update", "team"]).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    trio.settle();
    assert!(said(&trio.bob, &["group", "list"]).1.contains("no member any more"));
    assert!(said(&trio.ada, &["group", "list"]).1.contains("2 devices"));
}

/// GDS-25: what a member proposes that nobody here can commit does not keep anybody from asking anew to be removed.
#[test]
fn a_leave_beside_what_others_propose() {
    let trio = Trio::with_group();
    let (mut device, mut relays) = open(&trio.bob);
    let (_, item) = device.store().group_of_name("team").unwrap();
    change(&mut device, |item| item.answered_at = Some(now()));
    leave(&mut device, &mut relays, &item.id, &mut Report::default()).unwrap();
    drop((device, relays));
    trio.ada.json(&["group", "update", "team"]).unwrap();
    let (mut device, mut relays) = open(&trio.ada);
    let bob = (trio.bob.account().unwrap(), 1);
    device
        .step(|account, tx, _| {
            let mut group = tx.group(&item.group_id()?, policy(account))?;
            let rng = &mut sceau_client::crypto::rng();
            // A key that Bob does not have.
            let psk = group.external_psk(b"key", rng);
            let message = group.propose(psk, false, &[], now(), rng)?;
            seal_for(account, tx, &bob, &GroupContent::of(message), None, now())?.unwrap();
            tx.save_group(&mut group)
        })
        .unwrap();
    relays.flush(&mut device, |_| {}).unwrap();
    trio.bob.json(&["receive"]).unwrap();
    let (mut device, _) = open(&trio.bob);
    let proposals = device.step(|account, tx, _| {
        let group = tx.group(&item.group_id()?, policy(account))?;
        let of = |(proposal, _): (&Proposal, _)| matches!(proposal, Proposal::Remove(_));
        Ok((group.proposal_count(), group.proposals().any(of)))
    });
    assert_eq!(proposals.unwrap(), (2, true));
    let told = said(&trio.carol, &["receive"]).1;
    assert!(told.contains("has left the group team"), "{told}");
}
