//! Tests that need the inside of the crate.

mod absorbing;
mod damage;
mod imports;
mod mailboxes;
mod resuming;
mod suites;
mod vectors;

use super::{Account, AccountParams, Frame, PublishedBatch};
use crate::codec::Wire;
use crate::crypto::Provider;
use core::convert::Infallible;

pub(super) const NOW: u64 = 1_800_000_000;
pub(super) const YEAR: u64 = 31_536_000;

/// Repeats its bytes for a seed.
pub(crate) struct TestRng(pub u64);

impl rand_core::TryRng for TestRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::try_from(self.try_next_u64()? >> 32).unwrap())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let x = self.0 ^ (self.0 >> 31);
        Ok(x.wrapping_mul(0x94d0_49bb_1331_11eb) ^ (x >> 29))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            chunk.copy_from_slice(&self.try_next_u64()?.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for TestRng {}

/// A device of the given suites with a batch.
pub(super) fn device(seed: u64, provider: &Provider, suites: &[u16]) -> (Account, PublishedBatch) {
    let mut params = AccountParams::new(1, NOW - 1, NOW + YEAR);
    params.provider = provider.clone();
    params.suites = suites.to_vec();
    let mut rng = TestRng(seed);
    let (mut account, _) = Account::create(&mut rng, NOW, params).unwrap();
    let (batch, _) = account.create_batch(1, 1, 86_400, NOW, &mut rng).unwrap();
    (account, batch)
}

/// A session with one message each way.
pub(super) fn talk(
    a: &mut Account,
    b: &mut Account,
    batch: &PublishedBatch,
    rng: &mut TestRng,
) -> super::SessionId {
    let bundle = b.bundle(batch, Some(2), 3).unwrap().to_bytes();
    let (made, _) = a.initiate(b.account_id(), &bundle, None, NOW, rng).unwrap();
    let (first, _) = a.encrypt(&made.session, &Frame::application(b"hello"), b"ad", NOW).unwrap();
    let options = super::ReceiveOptions::default();
    let (got, _) = b.receive(&first.mailbox, &first.message, b"ad", &options, NOW, rng).unwrap();
    assert_eq!(got.body, b"hello");
    let (out, _) = b.encrypt(&got.session, &Frame::application(b"hi"), b"ad", NOW).unwrap();
    let (got, _) = a.receive(&out.mailbox, &out.message, b"ad", &options, NOW, rng).unwrap();
    assert_eq!(got.body, b"hi");
    made.session
}
