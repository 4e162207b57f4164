//! What peers, relays and their operators can do to a group's member, and what they can't.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::trio::{Trio, heard, said};
use sceau::group::GroupContent;
use sceau_client::client::device::Device;
use sceau_client::client::group::identity::policy;
use sceau_client::client::group::leave::leave;
use sceau_client::client::group::model::{Draft, GroupItem};
use sceau_client::client::group::send::{queue, seal_drafts, seal_for};
use sceau_client::client::receive::{Report, receive};
use sceau_client::client::relays::Relays;
use sceau_client::client::store::Kind;
use sceau_client::process::{ClientProcess, PASSPHRASE};
use sceau_client::time::now;

fn open(person: &ClientProcess) -> (Device, Relays) {
    let device = Device::open(person.home(), PASSPHRASE).unwrap();
    let relays = Relays::new(&device.profile).unwrap();
    (device, relays)
}

/// Changes the item of the only group.
fn change(device: &mut Device, change: impl FnOnce(&mut GroupItem)) {
    device
        .step(|_, tx, _| {
            let (number, mut item) = tx.items::<GroupItem>(Kind::Group).unwrap().remove(0);
            change(&mut item);
            tx.replace(Kind::Group, number, &item)
        })
        .unwrap();
}

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
