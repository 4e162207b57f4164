//! A first session: `cargo run -p sceau --example hello`
use getrandom::{SysRng, rand_core::UnwrapErr};
use sceau::pairwise::{Account, AccountParams, Frame};
use sceau::{Error, Wire};

fn main() -> Result<(), Error> {
    let (mut rng, now, year) = (UnwrapErr(SysRng), 1_800_000_000, 31_536_000);
    let device = || AccountParams::new(1, now, now + year);
    // Two people. Each call returns what changed as well, to be stored before anything is sent.
    let (mut ada, _changes) = Account::create(&mut rng, now, device())?;
    let (mut bob, _) = Account::create(&mut rng, now, device())?;
    // Bob publishes prekeys; a relay makes a bundle of them for Ada.
    let (published, _) = bob.create_batch(10, 10, 30 * 86_400, now, &mut rng)?;
    let (one_time, kem) = published.ids_for(0);
    let bundle = bob.bundle(&published, one_time, kem)?.to_bytes();
    // Ada knows Bob's account id, and writes at once: Bob may be offline.
    let (session, _) = ada.initiate(bob.account_id(), &bundle, None, now, &mut rng)?;
    let (hello, _) = ada.encrypt(&session.session, &Frame::application(b"hello"), b"", now)?;
    // Bob finds the message in his contact mailbox, and answers in the new session.
    let (got, _) =
        bob.receive(&hello.mailbox, &hello.message, b"", &Default::default(), now, &mut rng)?;
    assert_eq!((&got.body[..], &got.account), (&b"hello"[..], ada.account_id()));
    let (reply, _) = bob.encrypt(&got.session, &Frame::application(b"hi, Ada"), b"", now)?;
    let (got, _) =
        ada.receive(&reply.mailbox, &reply.message, b"", &Default::default(), now, &mut rng)?;
    assert_eq!(got.body, b"hi, Ada");
    Ok(())
}
