//! Devices whose every step is checked: a step that succeeds gives exactly the changes between the
//! records before and after, with the right generations; one that fails changes nothing.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, missing_docs)]

pub mod delivery;
pub mod family;

use core::convert::Infallible;
use sceau::pairwise::{
    Account, AccountId, AccountParams, Changes, Event, Frame, Initiated, Outgoing, PublishedBatch,
    ReceiveOptions, Received, RecordKey, SessionId,
};
use sceau::{Error, Wire};
use std::collections::BTreeMap;

pub const NOW: u64 = 1_800_000_000;
pub const DAY: u64 = 86_400;
pub const YEAR: u64 = 365 * DAY;

/// Splitmix64: repeats its bytes for a seed. For tests only.
pub struct TestRng(pub u64);

impl rand_core::TryRng for TestRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.try_next_u64()?.to_le_bytes()[..4].try_into().map(u32::from_le_bytes).unwrap())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(z ^ (z >> 31))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            let bytes = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for TestRng {}

/// The caller's storage.
#[derive(Default)]
pub struct Store(pub BTreeMap<RecordKey, (u64, Vec<u8>)>);

impl Store {
    /// `STA-06`, `STA-07`
    pub fn apply(&mut self, changes: &Changes) -> bool {
        let stored = |key: &RecordKey| self.0.get(key).map_or(0, |(generation, _)| *generation);
        if changes.iter().any(|change| change.expected() != stored(change.key())) {
            return false;
        }
        for change in changes.iter() {
            match change.record() {
                Some(record) => {
                    assert_eq!(record.generation(), change.expected() + 1);
                    let entry = (record.generation(), record.to_bytes());
                    self.0.insert(change.key().clone(), entry);
                }
                None => assert!(self.0.remove(change.key()).is_some()),
            }
        }
        true
    }

    pub fn concat(&self) -> Vec<u8> {
        self.0.values().flat_map(|(_, bytes)| bytes.clone()).collect()
    }
}

pub struct Device {
    pub account: Account,
    pub store: Store,
    pub rng: TestRng,
    pub now: u64,
    pub batch: Option<PublishedBatch>,
    /// Import the state anew after each step.
    pub restart: bool,
}

impl Device {
    pub fn new(seed: u64) -> Self {
        Self::with(seed, AccountParams::new(1, NOW - DAY, NOW + YEAR))
    }

    pub fn with(seed: u64, params: AccountParams) -> Self {
        let mut rng = TestRng(seed);
        let (account, changes) = Account::create(&mut rng, NOW, params).unwrap();
        let mut store = Store::default();
        assert!(store.apply(&changes));
        assert_eq!(store.concat(), *account.export_state());
        Self { account, store, rng, now: NOW, batch: None, restart: false }
    }

    pub fn id(&self) -> AccountId {
        self.account.account_id().clone()
    }

    pub fn check<T>(
        &mut self,
        step: impl FnOnce(&mut Account, u64, &mut TestRng) -> Result<(T, Changes), Error>,
    ) -> Result<T, Error> {
        let before = self.account.export_state();
        match step(&mut self.account, self.now, &mut self.rng) {
            Ok((result, changes)) => {
                let keys: Vec<_> = changes.iter().map(|change| change.key().clone()).collect();
                if let Some((_, others)) = keys.split_last() {
                    assert!(others.is_sorted(), "ascending, the head last");
                }
                for change in changes.iter() {
                    if let (Some(record), Some((_, old))) =
                        (change.record(), self.store.0.get(change.key()))
                    {
                        let body = |bytes: &[u8]| {
                            let head = 2 + 1 + change.key().id().len() + 8;
                            bytes[head..].to_vec()
                        };
                        let key = change.key().id();
                        if key.len() < 64 {
                            assert_ne!(body(&record.to_bytes()), body(old), "a change differs");
                        }
                    }
                }
                assert!(self.store.apply(&changes), "generations fit");
                assert_eq!(self.store.concat(), *self.account.export_state(), "changes are all");
                assert_eq!(changes.is_empty(), *before == *self.account.export_state());
                if self.restart {
                    self.reload();
                }
                Ok(result)
            }
            Err(error) => {
                assert_eq!(*before, *self.account.export_state(), "a failed step changes nothing");
                Err(error)
            }
        }
    }

    pub fn reload(&mut self) {
        let state = self.store.concat();
        let changes = self.account.changes();
        let policy = self.account.policy().clone();
        let provider = self.account.provider().clone();
        self.account = Account::import(&state, Some(changes), provider, policy).unwrap();
        assert_eq!(*self.account.export_state(), state);
    }

    pub fn publish(&mut self, one_time: u32, kem_one_time: u32) {
        let published = self
            .check(|a, now, rng| a.create_batch(one_time, kem_one_time, 30 * DAY, now, rng))
            .unwrap();
        self.batch = Some(published);
    }

    pub fn bundle(&self, one_time: Option<u32>, kem: u32) -> Vec<u8> {
        let batch = self.batch.as_ref().unwrap();
        self.account.bundle(batch, one_time, kem).unwrap().to_bytes()
    }

    /// Initiates with a device's keys: batch of (2 one-time, 2 KEM) has ids 2, 3 and 4, 5.
    pub fn initiate(&mut self, peer: &AccountId, bundle: &[u8]) -> Result<Initiated, Error> {
        self.check(|a, now, rng| a.initiate(peer, bundle, None, now, rng))
    }

    pub fn recover(&mut self, peer: &AccountId, bundle: &[u8]) -> Result<Initiated, Error> {
        self.check(|a, now, rng| a.recover(peer, bundle, None, now, rng))
    }

    pub fn send(&mut self, session: &SessionId, body: &[u8]) -> Result<Outgoing, Error> {
        self.send_frame(session, &Frame::application(body))
    }

    pub fn send_frame(&mut self, session: &SessionId, frame: &Frame) -> Result<Outgoing, Error> {
        self.check(|a, now, _| a.encrypt(session, frame, b"ad", now))
    }

    pub fn get(&mut self, out: &Outgoing) -> Result<Received, Error> {
        self.get_with(out, &ReceiveOptions::default())
    }

    pub fn get_with(
        &mut self,
        out: &Outgoing,
        options: &ReceiveOptions,
    ) -> Result<Received, Error> {
        self.check(|a, now, rng| a.receive(&out.mailbox, &out.message, b"ad", options, now, rng))
    }

    pub fn status(&self, session: &SessionId) -> &'static str {
        self.account.session(session).map_or("none", |session| session.status().name())
    }
}

/// Two devices with a batch each.
pub fn two() -> (Device, Device) {
    two_from(1)
}

pub fn two_from(seed: u64) -> (Device, Device) {
    let (mut a, mut b) = (Device::new(seed), Device::new(seed + 1000));
    a.publish(2, 2);
    b.publish(2, 2);
    (a, b)
}

/// A session that a has initiated and in which both have sent.
pub fn session(a: &mut Device, b: &mut Device) -> SessionId {
    let made = a.initiate(&b.id(), &b.bundle(Some(2), 4)).unwrap();
    let out = a.send(&made.session, b"first").unwrap();
    assert!(out.contact);
    let got = b.get(&out).unwrap();
    assert_eq!((got.event, got.session), (Event::NewSession, made.session));
    assert_eq!(got.body, b"first");
    talk(b, a, &made.session);
    made.session
}

/// One message from a to b.
pub fn talk(a: &mut Device, b: &mut Device, session: &SessionId) {
    let out = a.send(session, b"message").unwrap();
    let got = b.get(&out).unwrap();
    assert_eq!((got.session, &got.body[..]), (*session, &b"message"[..]));
}

pub fn class<T: core::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.unwrap_err().class()
}
