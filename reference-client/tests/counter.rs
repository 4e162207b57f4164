//! `STA-05`: nothing leaves the device before the count has followed the store. The process that stores a step and ends
//! before it counts it is played by a counter that can't be written, so that no test depends on when something is killed.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::proxy::Proxy;
use common::{Stage, copy, texts};
use sceau_client::client::device::Device;
use sceau_client::client::offline;
use sceau_client::client::relays::Relays;
use sceau_client::client::send::{Draft, queue};
use sceau_client::client::store::Kind;
use sceau_client::process::{ClientProcess, PASSPHRASE};
use std::path::PathBuf;

/// Keeps a counter from being written, until it is let go: its next file is a folder.
struct Blocked(PathBuf);

impl Blocked {
    fn new(person: &ClientProcess) -> Self {
        let folder = person.home().with_extension("new");
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn let_go(self) {
        std::fs::remove_dir(&self.0).unwrap();
    }
}

fn count(person: &ClientProcess) -> String {
    std::fs::read_to_string(person.home().with_extension("count")).unwrap()
}

fn behind_proxy() -> (Stage, Proxy) {
    let mut proxy = None;
    let stage = Stage::new(|relay| {
        let started = Proxy::start(relay.address(), 5);
        let url = started.url.clone();
        proxy = Some(started);
        url
    });
    (stage, proxy.unwrap())
}

#[test]
fn nothing_is_sent_before_the_count_has_followed() {
    let (stage, proxy) = behind_proxy();
    stage.ada.json(&["send", "bob", "counted"]).unwrap();
    let old = stage.folder.path().join("old");
    copy(stage.ada.home(), &old);
    let open = || Device::open(stage.ada.home(), PASSPHRASE);
    let mut device = open().unwrap();
    let mut relays = Relays::new(&device.profile).unwrap();
    let (_, contact) = device.contact("bob").unwrap();
    let (before, puts) = (count(&stage.ada), proxy.seen().0);

    // The step is stored, its count is not: as after a kill between the two.
    let blocked = Blocked::new(&stage.ada);
    let draft = Draft { text: Some("stored".to_owned()), ..Draft::default() };
    assert_eq!(queue(&mut device, &mut relays, &contact, &draft).unwrap_err().code(), 70);
    assert_eq!(count(&stage.ada), before);
    assert_eq!(device.store().raw_items(Kind::Outbox, 0, 9).unwrap().len(), 1, "it is stored");

    // Neither this process nor another one lets anything out, by whatever way.
    assert_eq!(relays.flush(&mut device, |_| {}).unwrap_err().code(), 70);
    let stick = stage.folder.path().join("stick");
    assert_eq!(offline::export(&mut device, &stick, false, true).unwrap_err().code(), 70);
    assert!(!stick.exists());
    assert_eq!(open().err().unwrap().code(), 70);
    for arguments in [&["receive"][..], &["export", "--outbox", stick.to_str().unwrap()]] {
        assert_eq!(stage.ada.run(arguments).unwrap().status.code(), Some(70), "{arguments:?}");
    }
    assert_eq!((proxy.seen().0, count(&stage.ada)), (puts, before.clone()));

    // Another process makes up for it first: the count has changed when the first envelope goes.
    blocked.let_go();
    let mut other = open().unwrap();
    assert_ne!(count(&stage.ada), before, "loading the store counts it");
    assert_eq!(relays.flush(&mut other, |_| {}).unwrap().sent, 1);
    assert_eq!(proxy.seen().0, puts + 1);
    stage.bob.json(&["receive"]).unwrap();
    assert_eq!(texts(&stage.bob).0, ["counted", "stored"]);

    // So the copy from before that step is known for what it is.
    drop((device, other));
    copy(&old, stage.ada.home());
    assert_eq!(open().err().unwrap().class, Some("rollback"));
}

#[test]
fn the_first_process_goes_on_as_well() {
    let (stage, proxy) = behind_proxy();
    stage.ada.json(&["send", "bob", "one"]).unwrap();
    let mut device = Device::open(stage.ada.home(), PASSPHRASE).unwrap();
    let mut relays = Relays::new(&device.profile).unwrap();
    let (_, contact) = device.contact("bob").unwrap();
    let blocked = Blocked::new(&stage.ada);
    let draft = Draft { text: Some("two".to_owned()), ..Draft::default() };
    assert!(queue(&mut device, &mut relays, &contact, &draft).is_err());
    blocked.let_go();
    let before = count(&stage.ada);
    assert_eq!(relays.flush(&mut device, |_| {}).unwrap().sent, 1);
    assert_ne!(count(&stage.ada), before);
    stage.settle();
    assert_eq!(stage.check(), 2);
    assert_eq!(proxy.seen().2, 0, "two different messages under one sealed header");
}

#[test]
fn a_count_is_one_stores() {
    let stage = Stage::new(|relay| relay.url.clone());
    // Another store's count, even a higher one, is no count of this one.
    let counter = |person: &ClientProcess| person.home().with_extension("count");
    let (own, other) = (count(&stage.ada), count(&stage.bob));
    std::fs::write(counter(&stage.ada), &other).unwrap();
    let refused = stage.ada.run(&["list"]).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("another device's"), "{refused:?}");
    std::fs::write(counter(&stage.ada), own).unwrap();
    stage.ada.json(&["list"]).unwrap();
    // A new store does not take over a file that counts another one.
    let eve = ClientProcess::new(common::program(), &stage.folder.path().join("eve"));
    std::fs::copy(counter(&stage.bob), counter(&eve)).unwrap();
    let init = ["init", "--relay", &stage.relay.url, "--kdf-memory", "8"];
    assert_eq!(eve.run(&init).unwrap().status.code(), Some(64));
    assert_eq!(count(&eve), other);
    std::fs::remove_file(counter(&eve)).unwrap();
    eve.json(&init).unwrap();
}
