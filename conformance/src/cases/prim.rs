//! Single primitives of the suite `core`, which a test build (L3) exposes one by one.
//!
//! What is expected comes from the standards' own values; in the cases `-PEER-` random input is
//! given to the implementation and to the peer, whose primitives share no code with it.

pub mod aead;
pub mod ed25519;
pub mod hkdf;
pub mod hmac;
pub mod mlkem;
pub mod mlkem_checks;
pub mod sha256;
pub mod x25519;

use crate::case::{Outcome, Stop};
use crate::digest::{hex, unhex};
use crate::scene::{Home, Scene};

/// Gives the same parameters to the implementation and to the peer, and demands the same result.
fn agree(
    scene: &mut Scene,
    cmd: &str,
    parameters: &[(&str, &str)],
    result: &str,
) -> Outcome<String> {
    let mut ask = |home: Home| {
        let mut call = scene.at(home, cmd);
        for (name, value) in parameters {
            call = call.text(name, value);
        }
        call.ok()?.hex(result)
    };
    let (peer, iut) = (ask(Home::Peer)?, ask(Home::Iut)?);
    match peer == iut {
        true => Ok(iut),
        false => Err(Stop::Fail(format!("{cmd}: {result} is {iut}, the peer has {peer}"))),
    }
}

/// The bytes with one bit turned; `at` counts from the end if it is negative.
fn flip(text: &str, at: isize, bit: u8) -> String {
    let mut bytes = unhex(text).unwrap_or_default();
    let length = bytes.len();
    let index =
        if at < 0 { length.checked_sub(at.unsigned_abs()) } else { Some(at.unsigned_abs()) };
    if let Some(byte) = index.and_then(|index| bytes.get_mut(index)) {
        *byte ^= bit;
    }
    hex(&bytes)
}

/// The first `count` bytes.
fn cut(text: &str, count: usize) -> &str {
    text.get(..2 * count).unwrap_or(text)
}
