//! Two people with Sceau, before and after their handshake, and one with many.

use crate::pair::Pair;
use rand_core::{TryCryptoRng, TryRng};
use sceau::Wire;
use sceau::crypto::Provider;
use sceau::pairwise::{
    Account, AccountParams, Changes, Frame, MailboxId, Outgoing, Policy, PublishedBatch, SessionId,
};
use std::convert::Infallible;

/// The time at which everything happens, seconds since 1970.
pub const NOW: u64 = 1_800_000_000;
/// Seconds for which a batch is good.
const LIFETIME: u64 = 2_592_000;

/// Not random: a counter, so that runs are equal.
#[derive(Clone)]
pub struct Counter(pub u64);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let Ok(next) = self.try_next_u64();
        Ok((next >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(1);
        Ok(self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn try_fill_bytes(&mut self, output: &mut [u8]) -> Result<(), Infallible> {
        for chunk in output.chunks_mut(8) {
            let Ok(next) = self.try_next_u64();
            chunk.copy_from_slice(&next.to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}

/// A device.
pub fn person(rng: &mut Counter) -> Account {
    Account::create(rng, NOW, AccountParams::new(1, NOW, NOW + 31_536_000)).unwrap().0
}

/// A batch of `keys` one-time prekeys and as many one-time KEM prekeys, which serves as many initiators.
pub fn publish(account: &mut Account, keys: u32, rng: &mut Counter) -> PublishedBatch {
    account.create_batch(keys, keys, LIFETIME, NOW, rng).unwrap().0
}

/// The bundle that initiator number `i` gets from a batch of `keys`.
pub fn bundle(account: &Account, published: &PublishedBatch, keys: u32, i: u32) -> Vec<u8> {
    account.bundle(published, Some(2 + i), 2 + keys + i).unwrap().to_bytes()
}

/// Another copy of a device, as a restart would make it.
#[must_use]
pub fn copy(account: &Account) -> Account {
    let state = account.export_state();
    Account::import(&state, None, Provider::Default, Policy::default()).unwrap()
}

/// From a body to a message, with the changes that are to be stored.
pub fn send(account: &mut Account, session: &SessionId, body: &[u8]) -> (Outgoing, Changes) {
    account.encrypt(session, &Frame::application(body), b"", NOW).unwrap()
}

/// From a message to its body, with the changes that are to be stored; none if no session opens it.
pub fn try_receive(
    account: &mut Account,
    mailbox: &MailboxId,
    message: &[u8],
    rng: &mut Counter,
) -> Option<(Vec<u8>, Changes)> {
    let received = account.receive(mailbox, message, b"", &Default::default(), NOW, rng);
    received.ok().map(|(received, changes)| (received.body, changes))
}

/// From a message to its body.
pub fn receive(account: &mut Account, sent: &Outgoing, rng: &mut Counter) -> Vec<u8> {
    try_receive(account, &sent.mailbox, &sent.message, rng).unwrap().0
}

/// Two devices before the handshake.
pub struct Stage {
    /// The initiator.
    pub ada: Account,
    /// The responder.
    pub bob: Account,
    /// A bundle of Bob's with a one-time prekey and a one-time KEM prekey.
    pub bundle: Vec<u8>,
    /// Where randomness comes from.
    pub rng: Counter,
}

impl Stage {
    /// Bob has published 22 keys.
    #[must_use]
    pub fn new() -> Self {
        let mut rng = Counter(1);
        let (ada, mut bob) = (person(&mut rng), person(&mut rng));
        let published = publish(&mut bob, 10, &mut rng);
        let bundle = bundle(&bob, &published, 10, 0);
        Stage { ada, bob, bundle, rng }
    }

    /// A handshake of `ada`, and its first message.
    pub fn first(
        &self,
        ada: &mut Account,
        rng: &mut Counter,
        body: &[u8],
    ) -> (SessionId, Outgoing) {
        let account = self.bob.account_id();
        let (initiated, _) = ada.initiate(account, &self.bundle, None, NOW, rng).unwrap();
        (initiated.session, send(ada, &initiated.session, body).0)
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

/// Two devices in a session.
pub struct Talk {
    /// Who began it.
    pub ada: Account,
    /// Who answered.
    pub bob: Account,
    /// The session.
    pub session: SessionId,
    rng: Counter,
}

impl Pair for Talk {
    type Sent = Outgoing;

    fn established() -> Self {
        let stage = Stage::new();
        let (mut ada, mut rng) = (copy(&stage.ada), stage.rng.clone());
        let (session, first) = stage.first(&mut ada, &mut rng, b"hello");
        let mut talk = Talk { ada, bob: stage.bob, session, rng };
        talk.bob_gets(&first);
        talk.turn();
        talk
    }

    fn copy(&self) -> Self {
        let (ada, bob) = (copy(&self.ada), copy(&self.bob));
        Talk { ada, bob, session: self.session, rng: self.rng.clone() }
    }

    fn ada_sends(&mut self, body: &[u8]) -> Outgoing {
        send(&mut self.ada, &self.session, body).0
    }

    fn bob_sends(&mut self, body: &[u8]) -> Outgoing {
        send(&mut self.bob, &self.session, body).0
    }

    fn ada_gets(&mut self, sent: &Outgoing) -> Vec<u8> {
        receive(&mut self.ada, sent, &mut self.rng)
    }

    fn bob_gets(&mut self, sent: &Outgoing) -> Vec<u8> {
        receive(&mut self.bob, sent, &mut self.rng)
    }
}

/// Bob, and many who have a session with him.
pub struct Crowd {
    /// The one.
    pub bob: Account,
    /// The others, in the order of their sessions' ids, in which Bob keeps them.
    pub others: Vec<(Account, SessionId)>,
    /// Where randomness comes from.
    pub rng: Counter,
}

impl Crowd {
    /// Each session has a message each way behind it.
    #[must_use]
    pub fn new(size: u32) -> Self {
        let mut rng = Counter(2);
        let mut bob = person(&mut rng);
        let published = publish(&mut bob, size, &mut rng);
        let mut others: Vec<_> = (0..size)
            .map(|i| {
                let mut ada = person(&mut rng);
                let bundle = bundle(&bob, &published, size, i);
                let made = ada.initiate(bob.account_id(), &bundle, None, NOW, &mut rng).unwrap();
                let session = made.0.session;
                let first = send(&mut ada, &session, b"hello").0;
                receive(&mut bob, &first, &mut rng);
                let answer = send(&mut bob, &session, b"hello").0;
                receive(&mut ada, &answer, &mut rng);
                (ada, session)
            })
            .collect();
        others.sort_by_key(|(_, session)| *session.as_bytes());
        Crowd { bob, others, rng }
    }
}
