//! What the person is told outlives a process that ends before it has told it, and is told no more after that.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::trio::{Trio, said, untold};
use sceau_client::client::device::Device;
use sceau_client::client::receive::receive;
use sceau_client::client::relays::{Outgoing, Relays, parse};
use sceau_client::client::store::Kind;
use sceau_client::error::Error;
use sceau_client::process::{ClientProcess, PASSPHRASE};
use std::process::Stdio;

fn open(person: &ClientProcess) -> (Device, Relays) {
    let device = Device::open(person.home(), PASSPHRASE).unwrap();
    let relays = Relays::new(&device.profile).unwrap();
    (device, relays)
}

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
