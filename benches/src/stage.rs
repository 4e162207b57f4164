//! Two people, ready to write to each other.

use rand_core::{TryCryptoRng, TryRng};
use sceau::Wire;
use sceau::crypto::Provider;
use sceau::pairwise::{Account, AccountParams, Frame, Outgoing, Policy, SessionId};
use std::convert::Infallible;

/// The time at which everything happens, seconds since 1970.
pub const NOW: u64 = 1_800_000_000;

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

/// Two devices, a bundle of the second, and the randomness of both.
pub struct Stage {
    /// The initiator.
    pub ada: Account,
    /// The responder.
    pub bob: Account,
    /// A bundle with a one-time prekey and a one-time KEM prekey.
    pub bundle: Vec<u8>,
    /// Where randomness comes from.
    pub rng: Counter,
}

impl Stage {
    /// Before the handshake.
    #[must_use]
    pub fn new() -> Self {
        let mut rng = Counter(1);
        let params = || AccountParams::new(1, NOW, NOW + 31_536_000);
        let (ada, _) = Account::create(&mut rng, NOW, params()).unwrap();
        let (mut bob, _) = Account::create(&mut rng, NOW, params()).unwrap();
        let (published, _) = bob.create_batch(10, 10, 2_592_000, NOW, &mut rng).unwrap();
        let bundle = bob.bundle(&published, Some(2), 12).unwrap().to_bytes();
        Stage { ada, bob, bundle, rng }
    }

    /// After the handshake, with a message each way.
    #[must_use]
    pub fn established() -> (Self, SessionId) {
        let mut stage = Stage::new();
        let session = stage.initiate();
        let first = stage.ada_sends(&session, b"hello");
        stage.bob_gets(&first);
        let reply = stage.bob_sends(&session, b"hello");
        stage.ada_gets(&reply);
        (stage, session)
    }

    /// Ada's handshake.
    pub fn initiate(&mut self) -> SessionId {
        let account = self.bob.account_id().clone();
        let initiated = self.ada.initiate(&account, &self.bundle, None, NOW, &mut self.rng);
        initiated.unwrap().0.session
    }

    /// A message of Ada's.
    pub fn ada_sends(&mut self, session: &SessionId, body: &[u8]) -> Outgoing {
        self.ada.encrypt(session, &Frame::application(body), b"", NOW).unwrap().0
    }

    /// A message of Bob's.
    pub fn bob_sends(&mut self, session: &SessionId, body: &[u8]) -> Outgoing {
        self.bob.encrypt(session, &Frame::application(body), b"", NOW).unwrap().0
    }

    /// Ada receives.
    pub fn ada_gets(&mut self, sent: &Outgoing) -> Vec<u8> {
        receive(&mut self.ada, sent, &mut self.rng)
    }

    /// Bob receives.
    pub fn bob_gets(&mut self, sent: &Outgoing) -> Vec<u8> {
        receive(&mut self.bob, sent, &mut self.rng)
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

/// Receives a message.
pub fn receive(account: &mut Account, sent: &Outgoing, rng: &mut Counter) -> Vec<u8> {
    let options = Default::default();
    let received = account.receive(&sent.mailbox, &sent.message, b"", &options, NOW, rng);
    received.unwrap().0.body
}

/// Another copy of a device, as a restart would make it.
#[must_use]
pub fn copy(account: &Account) -> Account {
    let state = account.export_state();
    Account::import(&state, None, Provider::Default, Policy::default()).unwrap()
}
