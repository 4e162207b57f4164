//! HMAC (RFC 2104) over SHA-256 and SHA-384.

use super::sha2::{sha256, sha384};
use crate::octets::{Octets, repeat, xor};
use hacspec_lib::*;

/// The block size B of SHA-256 in bytes (RFC 2104 §2).
const BLOCK_SIZE_256: usize = 64;
/// The block size B of SHA-384 in bytes (RFC 2104 §2).
const BLOCK_SIZE_384: usize = 128;

/// HMAC-SHA-256 of `text` under `key` of any length: 32 bytes (RFC 2104 §2).
pub fn hmac_sha256(key: &Octets, text: &Octets) -> Octets {
    let short = if key.len() > BLOCK_SIZE_256 { sha256(key) } else { key.clone() };
    let k = Octets::new(BLOCK_SIZE_256).update_start(&short);
    let inner = xor(&k, &repeat(0x36, BLOCK_SIZE_256));
    let outer = xor(&k, &repeat(0x5c, BLOCK_SIZE_256));
    sha256(&outer.concat(&sha256(&inner.concat(text))))
}

/// HMAC-SHA-384 of `text` under `key` of any length: 48 bytes (RFC 2104 §2).
pub fn hmac_sha384(key: &Octets, text: &Octets) -> Octets {
    let short = if key.len() > BLOCK_SIZE_384 { sha384(key) } else { key.clone() };
    let k = Octets::new(BLOCK_SIZE_384).update_start(&short);
    let inner = xor(&k, &repeat(0x36, BLOCK_SIZE_384));
    let outer = xor(&k, &repeat(0x5c, BLOCK_SIZE_384));
    sha384(&outer.concat(&sha384(&inner.concat(text))))
}
