//! A relay that reorders, replays, drops, truncates and lies; and a client whose disk is full.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::liar::stage;
use sceau_client::client::device::Device;
use sceau_client::client::model::{Contact, Direction, Profile};
use sceau_client::client::receive::{Report, receive};
use sceau_client::client::relays::Relays;
use sceau_client::client::seal::Cost;
use sceau_client::client::send::{Draft, queue};
use sceau_client::client::store::Kind;
use sceau_client::error::Result;
use sceau_client::time::now;
use std::path::Path;
use std::sync::atomic::Ordering;

struct Person {
    device: Device,
    relays: Relays,
}

impl Person {
    fn new(folder: &Path, name: &str, url: &str) -> Self {
        let profile = Profile {
            name: name.to_owned(),
            relay: url.to_owned(),
            anchor: folder.join(format!("{name}.count")),
            stock: 20,
            receipts: true,
            ..Profile::default()
        };
        let mut relays = Relays::new(&profile).unwrap();
        let cost = Cost { memory: 8, passes: 1 };
        let mut device = Device::create(&folder.join(name), "x", cost, profile, now()).unwrap();
        relays.publish(&mut device).unwrap();
        Self { device, relays }
    }

    fn account(&self) -> String {
        hex::encode(&self.device.profile.account)
    }

    fn contact(&self, name: &str) -> Contact {
        Contact {
            name: name.to_owned(),
            account: self.account(),
            relay: None,
            verified: false,
            bundle: None,
            groups: false,
        }
    }

    fn say(&mut self, to: &Contact, text: &str) -> Result<()> {
        let draft = Draft { text: Some(text.to_owned()), ..Draft::default() };
        queue(&mut self.device, &mut self.relays, to, &draft)?;
        self.relays.flush(&mut self.device, |_| {}).map(|_| ())
    }

    fn receive(&mut self) -> Result<Report> {
        let report = receive(&mut self.device, &mut self.relays)?;
        self.relays.flush(&mut self.device, |_| {})?;
        Ok(report)
    }

    fn texts(&self, direction: Direction) -> Vec<String> {
        let messages = self.device.messages().unwrap().into_iter();
        messages.filter(|(_, m)| m.direction == direction).filter_map(|(_, m)| m.text).collect()
    }
}

#[test]
fn a_relay_that_lies_about_mail_loses_time_alone() {
    let stage = stage();
    let mut ada = Person::new(stage.folder.path(), "ada", &stage.url);
    let mut bob = Person::new(stage.folder.path(), "bob", &stage.url);
    let (to_bob, to_ada) = (bob.contact("bob"), ada.contact("ada"));
    stage.lies.about_mail.store(true, Ordering::Relaxed);
    let mut refused = 0;
    for round in 0..25 {
        ada.say(&to_bob, &format!("a {round}")).unwrap();
        refused += bob.receive().unwrap().refused.values().sum::<usize>();
        if bob.texts(Direction::In).len() > 3 {
            bob.say(&to_ada, &format!("b {round}")).unwrap();
        }
        refused += ada.receive().unwrap().refused.values().sum::<usize>();
    }
    assert!(refused > 20, "it lied {refused} times only");
    stage.lies.about_mail.store(false, Ordering::Relaxed);
    for _ in 0..4 {
        bob.receive().unwrap();
        ada.receive().unwrap();
    }
    for (sender, receiver) in [(&ada, &bob), (&bob, &ada)] {
        let (mut sent, mut received) =
            (sender.texts(Direction::Out), receiver.texts(Direction::In));
        sent.sort();
        received.sort();
        assert_eq!(received, sent);
    }
    assert!(bob.texts(Direction::Out).len() > 5);
}

#[test]
fn a_relay_that_serves_other_prekeys_is_refused() {
    let stage = stage();
    let mut ada = Person::new(stage.folder.path(), "ada", &stage.url);
    let bob = Person::new(stage.folder.path(), "bob", &stage.url);
    let mut eve = Person::new(stage.folder.path(), "eve", &stage.url);
    let of_eve = eve.device.read(|account| Ok(account.contact_mailbox())).unwrap();
    *stage.lies.prekeys_of.lock().unwrap() = Some(of_eve);
    let refused = ada.say(&bob.contact("bob"), "for Bob alone").unwrap_err();
    assert_eq!(refused.class, Some("identity_mismatch"));
    assert_eq!(ada.texts(Direction::Out), Vec::<String>::new());
    assert!(ada.device.store().raw_items(Kind::Outbox, 0, 9).unwrap().is_empty());
    assert!(eve.receive().unwrap().messages.is_empty());
}

#[test]
fn a_full_disk_of_a_client() {
    let stage = stage();
    let mut ada = Person::new(stage.folder.path(), "ada", &stage.url);
    let mut bob = Person::new(stage.folder.path(), "bob", &stage.url);
    let (to_bob, to_ada) = (bob.contact("bob"), ada.contact("ada"));
    ada.say(&to_bob, "first").unwrap();
    bob.receive().unwrap();
    bob.say(&to_ada, "answer").unwrap();
    for number in 0..10 {
        ada.say(&to_bob, &format!("{number} {}", "long ".repeat(2_000))).unwrap();
    }
    bob.device.store().limit_pages(Some(0)).unwrap();
    let refused = bob.receive().unwrap_err();
    assert_eq!(refused.code(), 70, "{refused}");
    let refused = bob.say(&to_ada, &"unsaid ".repeat(100_000)).unwrap_err();
    assert_eq!(refused.code(), 70, "{refused}");
    // Nothing was acknowledged that was not stored, and nothing was sent: it goes on when there is room.
    bob.device.store().limit_pages(None).unwrap();
    bob.say(&to_ada, "room again").unwrap();
    for _ in 0..3 {
        bob.receive().unwrap();
        ada.receive().unwrap();
    }
    assert_eq!(bob.texts(Direction::In), ada.texts(Direction::Out));
    assert_eq!(ada.texts(Direction::In), ["answer", "room again"]);
}

#[test]
fn what_a_full_replay_cache_refuses_does_not_stay() {
    let stage = stage();
    let mut ada = Person::new(stage.folder.path(), "ada", &stage.url);
    let mut bob = Person::new(stage.folder.path(), "bob", &stage.url);
    let mut eve = Person::new(stage.folder.path(), "eve", &stage.url);
    let to_bob = bob.contact("bob");
    let batch_of = |bob: &mut Person| {
        bob.device
            .read(|account| Ok(account.batches().last().map(|batch| batch.generation)))
            .unwrap()
    };
    let cache = |bob: &mut Person, size: u32| {
        bob.device
            .step(|account, _, _| {
                let mut policy = account.policy().clone();
                policy.limits.replay_cache_size = size;
                account.set_policy(policy);
                Ok(())
            })
            .unwrap();
    };
    cache(&mut bob, 1);
    ada.say(&to_bob, "fills it").unwrap();
    eve.say(&to_bob, "finds it full").unwrap();
    let report = bob.receive().unwrap();
    assert_eq!((report.messages.len(), report.refused.get("limit")), (1, Some(&1)));
    assert_eq!(batch_of(&mut bob), Some(2), "a batch with a cache of its own");
    // Acknowledged as well: it hides nothing that comes later (DS-11).
    assert_eq!(bob.receive().unwrap().refused.get("limit"), None);
    cache(&mut bob, 4_096);
    assert!(bob.receive().unwrap().messages.is_empty());
    eve.say(&to_bob, "once more").unwrap();
    let texts = ["fills it", "once more"];
    bob.receive().unwrap();
    assert_eq!(bob.texts(Direction::In), texts);
}
