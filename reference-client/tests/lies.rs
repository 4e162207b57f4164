//! A relay that reorders, replays, drops, truncates and lies; and a client whose disk is full.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Draw;
use sceau::delivery::{Handle, RelayName, StoredEnvelope};
use sceau::pairwise::{Envelope, MailboxId};
use sceau_client::client::device::Device;
use sceau_client::client::model::{Contact, Direction, Profile};
use sceau_client::client::receive::{Report, receive};
use sceau_client::client::relays::Relays;
use sceau_client::client::seal::Cost;
use sceau_client::client::send::{Draft, queue};
use sceau_client::client::store::Kind;
use sceau_client::error::Result;
use sceau_client::relay::http::App;
use sceau_client::relay::listen::{Listen, serve};
use sceau_client::relay::sqlite::Sqlite;
use sceau_client::relay::store::{
    Device as Published, Left, NewDevice, PutRules, Served, Store, StoreError,
};
use sceau_client::relay::{Relay, Rules};
use sceau_client::time::now;
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// How the relay lies.
#[derive(Default)]
struct Lies {
    /// About envelopes.
    about_mail: AtomicBool,
    /// About prekeys: everybody gets this device's.
    prekeys_of: Mutex<Option<MailboxId>>,
    draw: Mutex<Option<Draw>>,
    /// All that was ever in a mailbox.
    seen: Mutex<HashMap<MailboxId, Vec<Vec<u8>>>>,
}

struct Liar {
    store: Sqlite,
    lies: Arc<Lies>,
}

impl Liar {
    /// Envelopes in another order, some of them left out, with old, cut, changed and strange ones among them.
    fn lie(&self, mailbox: MailboxId, mut found: Vec<StoredEnvelope>) -> Vec<StoredEnvelope> {
        let mut draw = self.lies.draw.lock().unwrap();
        let draw = draw.get_or_insert(Draw(4));
        let mut seen = self.lies.seen.lock().unwrap();
        let all = seen.entry(mailbox).or_default();
        all.extend(found.iter().map(|stored| stored.message.clone()));
        let made = |message: Vec<u8>, draw: &mut Draw| {
            let handle = Handle::new([u8::try_from(draw.below(256)).unwrap(); 16]);
            StoredEnvelope { handle, expiry: 0, message }
        };
        found.retain(|_| draw.below(3) > 0);
        for message in all.clone() {
            let at = usize::try_from(draw.below(message.len() as u64)).unwrap();
            match draw.below(12) {
                0 | 1 => found.push(made(message, draw)),
                2 => found.push(made(message[..at].to_vec(), draw)),
                3 => {
                    let mut changed = message;
                    changed[at] ^= 1 << draw.below(8);
                    found.push(made(changed, draw));
                }
                _ => {}
            }
        }
        let strangers: Vec<Vec<u8>> = seen
            .iter()
            .filter(|(of, _)| **of != mailbox)
            .filter_map(|(_, m)| m.last().cloned())
            .collect();
        found.extend(strangers.into_iter().take(2).map(|message| made(message, draw)));
        found.sort_by_cached_key(|_| draw.below(1 << 30));
        found
    }
}

impl Store for Liar {
    async fn put(
        &self,
        envelope: Envelope,
        rules: PutRules,
    ) -> std::result::Result<(), StoreError> {
        self.store.put(envelope, rules).await
    }
    async fn get(
        &self,
        mailbox: MailboxId,
        most: u16,
        now: u64,
    ) -> std::result::Result<(Vec<StoredEnvelope>, bool), StoreError> {
        let (found, more) = self.store.get(mailbox, most, now).await?;
        if self.lies.about_mail.load(Ordering::Relaxed) {
            return Ok((self.lie(mailbox, found), false));
        }
        Ok((found, more))
    }
    async fn acknowledge(
        &self,
        mailbox: MailboxId,
        handles: Vec<Handle>,
    ) -> std::result::Result<(), StoreError> {
        self.store.acknowledge(mailbox, handles).await
    }
    async fn holding(
        &self,
        of: Vec<MailboxId>,
        now: u64,
    ) -> std::result::Result<Vec<MailboxId>, StoreError> {
        if self.lies.about_mail.load(Ordering::Relaxed) {
            return Ok(of);
        }
        self.store.holding(of, now).await
    }
    async fn list(
        &self,
        account: Vec<u8>,
    ) -> std::result::Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.store.list(account).await
    }
    async fn device(
        &self,
        contact: MailboxId,
    ) -> std::result::Result<Option<(Published, Left)>, StoreError> {
        self.store.device(contact).await
    }
    async fn publish(
        &self,
        contact: MailboxId,
        new: NewDevice,
    ) -> std::result::Result<Left, StoreError> {
        self.store.publish(contact, new).await
    }
    async fn take(
        &self,
        contact: MailboxId,
        rate: u32,
        now: u64,
    ) -> std::result::Result<Option<Served>, StoreError> {
        let lied = *self.lies.prekeys_of.lock().unwrap();
        self.store.take(lied.unwrap_or(contact), rate, now).await
    }
    async fn expire(&self, now: u64) -> std::result::Result<u64, StoreError> {
        self.store.expire(now).await
    }
    async fn remove(
        &self,
        contacts: Vec<MailboxId>,
        before: u64,
    ) -> std::result::Result<(), StoreError> {
        self.store.remove(contacts, before).await
    }
    async fn give_challenge(
        &self,
        challenge: [u8; 32],
        now: u64,
        age: u64,
    ) -> std::result::Result<(), StoreError> {
        self.store.give_challenge(challenge, now, age).await
    }
    async fn take_challenge(
        &self,
        challenge: [u8; 32],
        now: u64,
        age: u64,
    ) -> std::result::Result<bool, StoreError> {
        self.store.take_challenge(challenge, now, age).await
    }
    async fn revoked(&self) -> std::result::Result<Vec<Vec<u8>>, StoreError> {
        self.store.revoked().await
    }
    async fn keep_revoked(
        &self,
        before: Vec<Vec<u8>>,
        lists: Vec<Vec<u8>>,
    ) -> std::result::Result<bool, StoreError> {
        self.store.keep_revoked(before, lists).await
    }
    fn arrivals(&self) -> Option<mpsc::Receiver<MailboxId>> {
        None
    }
}

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

struct Stage {
    lies: Arc<Lies>,
    url: String,
    folder: TempDir,
    _runtime: tokio::runtime::Runtime,
}

fn stage() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let lies = Arc::new(Lies::default());
    let store = Liar {
        store: Sqlite::open(&folder.path().join("relay")).unwrap(),
        lies: Arc::clone(&lies),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let names = vec![RelayName::host("127.0.0.1").unwrap()];
    let rules = Rules { names, ..Rules::default() };
    let app = Arc::new(App::new(Relay::new(store, rules), None));
    runtime.spawn(async move {
        let listen = Listen { max_connections: 100, tls: None };
        let (_stop, stopping) = tokio::sync::watch::channel(false);
        serve(listener, app, listen, stopping).await.unwrap();
    });
    Stage { lies, url, folder, _runtime: runtime }
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
