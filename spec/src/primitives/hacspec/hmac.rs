//! HMAC (RFC 2104) over SHA-256.

use super::sha2::sha256;
use crate::octets::{Octets, repeat, xor};
use hacspec_lib::*;

/// The block size B of SHA-256 in bytes (RFC 2104 §2).
const BLOCK_SIZE: usize = 64;

/// HMAC-SHA-256 of `text` under `key` of any length: 32 bytes (RFC 2104 §2).
pub fn hmac_sha256(key: &Octets, text: &Octets) -> Octets {
    let short = if key.len() > BLOCK_SIZE { sha256(key) } else { key.clone() };
    let k = Octets::new(BLOCK_SIZE).update_start(&short);
    let inner = xor(&k, &repeat(0x36, BLOCK_SIZE));
    let outer = xor(&k, &repeat(0x5c, BLOCK_SIZE));
    sha256(&outer.concat(&sha256(&inner.concat(text))))
}
