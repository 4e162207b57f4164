//! AEAD_CHACHA20_POLY1305 (RFC 8439 §2.8).
//!
//! Keys have 32 bytes, nonces 12. Plaintext is at most 2^38 - 64 bytes (RFC 8439 §2.8); the protocol's own
//! limits are far below and are checked by it.

use super::chacha20::{chacha20, chacha20_block};
use super::poly1305::poly1305;
use crate::octets::{Octets, u64_le};
use hacspec_lib::*;

/// The tag's size in bytes (RFC 8439 §2.8).
const TAG_SIZE: usize = 16;

/// Encryption: the ciphertext, as long as the plaintext, and a tag of 16 bytes (RFC 8439 §2.8).
pub fn chacha20_poly1305_seal(
    key: &Octets,
    nonce: &Octets,
    associated_data: &Octets,
    plaintext: &Octets,
) -> Octets {
    let ciphertext = chacha20(key, 1, nonce, plaintext);
    ciphertext.concat(&tag(key, nonce, associated_data, &ciphertext))
}

/// Decryption: the plaintext, or `None` if the ciphertext is shorter than a tag or does not
/// authenticate (RFC 8439 §2.8).
pub fn chacha20_poly1305_open(
    key: &Octets,
    nonce: &Octets,
    associated_data: &Octets,
    ciphertext: &Octets,
) -> Option<Octets> {
    if ciphertext.len() < TAG_SIZE {
        None
    } else {
        let size = ciphertext.len() - TAG_SIZE;
        let c = ciphertext.slice(0, size);
        if tag(key, nonce, associated_data, &c) == ciphertext.slice(size, TAG_SIZE) {
            Some(chacha20(key, 1, nonce, &c))
        } else {
            None
        }
    }
}

/// The tag over padded associated data, padded ciphertext and both lengths in bytes, under the one-time
/// key of block 0 (RFC 8439 §2.6, §2.8).
fn tag(key: &Octets, nonce: &Octets, associated_data: &Octets, ciphertext: &Octets) -> Octets {
    let one_time_key = chacha20_block(key, 0, nonce).slice(0, 32);
    let lengths = u64_le(associated_data.len() as u64).concat(&u64_le(ciphertext.len() as u64));
    poly1305(&one_time_key, &pad16(associated_data).concat(&pad16(ciphertext)).concat(&lengths))
}

/// The string with zeros up to a multiple of 16 bytes (RFC 8439 §2.8.1, pad16).
fn pad16(s: &Octets) -> Octets {
    Octets::new(16 * s.len().div_ceil(16)).update_start(s)
}
