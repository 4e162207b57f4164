//! HKDF (RFC 5869) over SHA-256 and SHA-384.

use super::hmac::{hmac_sha256, hmac_sha384};
use crate::octets::{Octets, byte, empty};
use hacspec_lib::*;

/// The output size of SHA-256 in bytes (RFC 5869 §2.1).
const HASH_LEN: usize = 32;
/// The output size of SHA-384 in bytes (RFC 5869 §2.1).
const HASH_LEN_384: usize = 48;

/// HKDF-Extract: PRK, 32 bytes (RFC 5869 §2.2). A salt that is not provided is 32 zero bytes, for
/// which the empty string stands as well.
pub fn hkdf_sha256_extract(salt: &Octets, ikm: &Octets) -> Octets {
    hmac_sha256(salt, ikm)
}

/// HKDF-Expand: OKM, `length` bytes (RFC 5869 §2.3). `length` is at most 255 · 32 = 8160; of a
/// longer one only the first 8160 bytes exist, and these are the result.
pub fn hkdf_sha256_expand(prk: &Octets, info: &Octets, length: usize) -> Octets {
    let available = if length > 255 * HASH_LEN { 255 * HASH_LEN } else { length };
    let n = available.div_ceil(HASH_LEN);
    let mut t = empty();
    let mut okm = Octets::new(n * HASH_LEN);
    for i in 0..n {
        t = hmac_sha256(prk, &t.concat(info).concat(&byte((i + 1) as u8)));
        okm = okm.update(i * HASH_LEN, &t);
    }
    okm.slice(0, available)
}

/// HKDF: extract, then expand (RFC 5869 §2).
pub fn hkdf_sha256(salt: &Octets, ikm: &Octets, info: &Octets, length: usize) -> Octets {
    hkdf_sha256_expand(&hkdf_sha256_extract(salt, ikm), info, length)
}

/// HKDF-Extract over SHA-384: PRK, 48 bytes (RFC 5869 §2.2).
pub fn hkdf_sha384_extract(salt: &Octets, ikm: &Octets) -> Octets {
    hmac_sha384(salt, ikm)
}

/// HKDF-Expand over SHA-384: OKM, `length` bytes (RFC 5869 §2.3). `length` is at most 255 · 48 = 12240;
/// of a longer one only the first 12240 bytes exist, and these are the result.
pub fn hkdf_sha384_expand(prk: &Octets, info: &Octets, length: usize) -> Octets {
    let available = if length > 255 * HASH_LEN_384 { 255 * HASH_LEN_384 } else { length };
    let n = available.div_ceil(HASH_LEN_384);
    let mut t = empty();
    let mut okm = Octets::new(n * HASH_LEN_384);
    for i in 0..n {
        t = hmac_sha384(prk, &t.concat(info).concat(&byte((i + 1) as u8)));
        okm = okm.update(i * HASH_LEN_384, &t);
    }
    okm.slice(0, available)
}
