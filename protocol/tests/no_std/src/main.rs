//! Links the library into a program that has no `std`, no C library and no start files, and runs it.
//! What the library would need from an operating system is missing here, so that needing anything
//! is an error of the linker. For x86_64 Linux, whose two system calls stand in `platform`.

#![no_std]
#![no_main]

extern crate alloc;

mod memory;
mod platform;

use core::convert::Infallible;
use rand_core::{TryCryptoRng, TryRng};
use sceau::pairwise::{Account, AccountParams, Frame};
use sceau::{Error, Wire};

/// Calls the library; `false` ends the program with an error.
fn exercise() -> bool {
    session().is_ok_and(|body| body == b"hi, Ada")
}

/// A session with a message each way, one of them after a restart.
fn session() -> Result<alloc::vec::Vec<u8>, Error> {
    let (mut rng, now) = (Counter(1), 1_800_000_000);
    let device = || AccountParams::new(1, now, now + 31_536_000);
    let (mut ada, _) = Account::create(&mut rng, now, device())?;
    let (mut bob, _) = Account::create(&mut rng, now, device())?;
    let (published, _) = bob.create_batch(1, 1, 2_592_000, now, &mut rng)?;
    let bundle = bob.bundle(&published, Some(2), 3)?.to_bytes();
    let (made, _) = ada.initiate(bob.account_id(), &bundle, None, now, &mut rng)?;
    let (first, _) = ada.encrypt(&made.session, &Frame::application(b"hello"), b"", now)?;
    let options = Default::default();
    let (got, _) = bob.receive(&first.mailbox, &first.message, b"", &options, now, &mut rng)?;
    let state = ada.export_state();
    let mut ada = Account::import(&state, None, Default::default(), Default::default())?;
    let (reply, _) = bob.encrypt(&got.session, &Frame::application(b"hi, Ada"), b"", now)?;
    let (got, _) = ada.receive(&reply.mailbox, &reply.message, b"", &options, now, &mut rng)?;
    Ok(got.body)
}

/// Not random: this program proves that it links.
struct Counter(u8);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0 = self.0.wrapping_add(1);
        Ok(u32::from(self.0))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.try_next_u32().map(u64::from)
    }

    fn try_fill_bytes(&mut self, output: &mut [u8]) -> Result<(), Infallible> {
        self.0 = self.0.wrapping_add(1);
        output.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Counter {}
