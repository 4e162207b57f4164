//! What the person is told outlives a process that ends before it has told it, and is told no more after that; of a group it
//! says who did what.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::trio::{Trio, open, said, untold};
use sceau::group::{CipherSuite, Group, GroupContent, Proposal, ReInit};
use sceau_client::client::group::identity::{device_of, policy};
use sceau_client::client::group::model::GroupItem;
use sceau_client::client::group::send::seal_for;
use sceau_client::client::receive::receive;
use sceau_client::client::relays::{Outgoing, parse};
use sceau_client::client::store::Kind;
use sceau_client::error::Error;
use sceau_client::process::ClientProcess;
use sceau_client::time::now;
use std::process::Stdio;

#[test]
fn a_process_that_ends_before_it_has_told() {
    let trio = Trio::new();
    trio.allow();
    trio.ada.json(&["group", "create", "team", "bob", "carol"]).unwrap();
    let added = "ada has added you to the group team";
    for (name, person) in [("bob", &trio.bob), ("carol", &trio.carol)] {
        let (mut device, mut relays) = open(person);
        receive(&mut device, &mut relays).unwrap();
        drop((device, relays));
        let mut told = said(person, &["receive"]).1;
        assert_eq!(told.matches(added).count(), 1, "{name}: {told}");
        told = said(person, &["receive"]).1;
        assert!(!told.contains("added you"), "{name}: {told}");
    }
    // Where nobody reads what is printed, it is told again.
    trio.ada.json(&["group", "remove", "team", "bob"]).unwrap();
    let mut child = trio.bob.command(&["receive"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    child.wait().unwrap();
    let told = said(&trio.bob, &["receive"]).1;
    assert!(told.contains("ada has removed you from the group team"), "{told}");
}

/// What is told and what it tells of are stored together or not at all.
#[test]
fn a_step_that_is_not_stored_tells_nothing() {
    let trio = Trio::new();
    let (mut device, mut relays) = open(&trio.ada);
    let failed: Result<(), Error> = device.step(|_, tx, _| {
        tx.tell(["it was done".to_owned()])?;
        Err(Error::fault("it was not"))
    });
    failed.unwrap_err();
    assert_eq!(untold(&mut device), "");
    // An envelope that is too old goes with its notice.
    trio.ada.json(&["send", "bob", "too late", "--later"]).unwrap();
    device
        .step(|_, tx, _| {
            let (number, row) = tx.raw_items(Kind::Outbox)?.remove(0);
            let Outgoing { url, mut envelope, chunk } = parse(&row)?;
            envelope.expiry = 3_600;
            tx.delete(Kind::Outbox, number)?;
            tx.add_raw(Kind::Outbox, &Outgoing { url, envelope, chunk }.to_bytes()).map(|_| ())
        })
        .unwrap();
    relays.flush(&mut device, |_| {}).unwrap();
    assert!(device.store().raw_items(Kind::Outbox, 0, 10).unwrap().is_empty());
    drop((device, relays));
    let told = said(&trio.ada, &["receive"]).1;
    assert!(told.contains("1 envelope waited for too long"), "{told}");
}

/// Proposes to Ada, in the only group, what `of` makes of it.
fn propose(person: &ClientProcess, to: &ClientProcess, of: impl FnOnce(&Group) -> Proposal) {
    let (mut device, mut relays) = open(person);
    let to = (to.account().unwrap(), 1);
    device
        .step(|account, tx, _| {
            let (_, item) = tx.items::<GroupItem>(Kind::Group)?.remove(0);
            let mut group = tx.group(&item.group_id()?, policy(account))?;
            let rng = &mut sceau_client::crypto::rng();
            let message = group.propose(of(&group), false, &[], now(), rng)?;
            seal_for(account, tx, &to, &GroupContent::of(message), None, now())?.unwrap();
            tx.save_group(&mut group)
        })
        .unwrap();
    relays.flush(&mut device, |_| {}).unwrap();
}

/// GDS-16: it is told who has proposed what was done, not only who has committed it.
#[test]
fn who_has_done_it() {
    let trio = Trio::with_group();
    let told = |person: &ClientProcess| said(person, &["receive"]).1;
    let carol = (trio.carol.account().unwrap(), 1);
    propose(&trio.bob, &trio.ada, |group| {
        let leaf = |leaf| device_of(leaf).as_ref() == Some(&carol);
        Proposal::Remove(group.members().find(|(_, of)| leaf(of)).unwrap().0)
    });
    let ada = told(&trio.ada);
    let removed = "bob has removed carol from the group team, which you have committed";
    assert!(ada.contains(removed), "{ada}");
    let carol = told(&trio.carol);
    assert!(carol.contains("has removed you from the group team"), "{carol}");
    assert!(carol.contains("from the group team, which ada has committed"), "{carol}");
    assert!(!carol.contains("ada has removed"), "{carol}");
    let bob = told(&trio.bob);
    assert!(bob.contains("you have removed account"), "{bob}");
    trio.settle();
    trio.ada.json(&["group", "add", "team", "carol"]).unwrap();
    let bob = told(&trio.bob);
    assert!(bob.contains("ada has added account") && !bob.contains("proposed"), "{bob}");
    trio.settle();
    propose(&trio.bob, &trio.ada, |group| {
        Proposal::ReInit(ReInit {
            group_id: vec![5; 32],
            version: 1,
            cipher_suite: CipherSuite::MlKem768X25519Aes256.to_u16(),
            extensions: group.context().extensions.clone(),
        })
    });
    let ada = told(&trio.ada);
    assert!(ada.contains("bob ended the group team"), "{ada}");
    let bob = told(&trio.bob);
    assert!(bob.contains("you ended the group team"), "{bob}");
}
