//! What people compare (Verification by people).

use super::codec::{finish, precedes, read_opaque, reader, write_opaque};
use super::error::{ErrorClass, check};
use super::identities::read_version;
use super::kdf::expand_with_label;
use super::labels::SAFETY_NUMBER;
use super::limits::MAX_KEY;
use super::suite::{NH, hkdf_extract};
use super::typed_keys::{TypedKeys, account_id, encode_typed_keys};
use crate::octets::{Octets, byte, empty, to_uint_be, zeros};

/// `VerificationCode`.
#[derive(Clone, Debug, Default)]
pub struct VerificationCode {
    /// Account of the side that shows it.
    pub own: Octets,
    /// The other account.
    pub peer: Octets,
}

/// `encode(VerificationCode)`.
pub fn encode_verification_code(code: &VerificationCode) -> Octets {
    byte(0).concat(&write_opaque(&code.own)).concat(&write_opaque(&code.peer))
}

/// Decodes a `VerificationCode`.
pub fn decode_verification_code(bytes: &Octets) -> Result<VerificationCode, ErrorClass> {
    let r = read_version(reader(bytes))?;
    let (own, r) = read_opaque(r, MAX_KEY)?;
    let (peer, r) = read_opaque(r, MAX_KEY)?;
    finish(&r)?;
    Ok(VerificationCode { own, peer })
}

// ANCHOR: fingerprint
/// The 30 bytes of an account.
pub fn fingerprint(account_keys: &TypedKeys) -> Octets {
    let prk = hkdf_extract(&zeros(NH), &encode_typed_keys(account_keys));
    expand_with_label(&prk, SAFETY_NUMBER, &empty(), 30)
}

/// Their 30 decimal digits, as ASCII: six groups of five bytes, each modulo 100,000.
pub fn digits(fingerprint: &Octets) -> Octets {
    let mut out = empty();
    for i in 0..6 {
        let group = to_uint_be(&fingerprint.slice(5 * i, 5)) % 100_000;
        let mut divisor = 10_000u128;
        for _j in 0..5 {
            out = out.concat(&byte(0x30 + (group / divisor % 10) as u8));
            divisor /= 10;
        }
    }
    out
}
// ANCHOR_END: fingerprint

// ANCHOR: safety_number
/// The 60 digits of two accounts, the same on both sides (`[VER-01]`, `[VER-03]`).
pub fn safety_number(a: &TypedKeys, b: &TypedKeys) -> Result<Octets, ErrorClass> {
    let (id_a, id_b) = (account_id(a), account_id(b));
    check(id_a != id_b, ErrorClass::Misuse)?;
    let (first, second) = if precedes(&id_a, &id_b) { (a, b) } else { (b, a) };
    Ok(digits(&fingerprint(first)).concat(&digits(&fingerprint(second))))
}
// ANCHOR_END: safety_number

/// The payload that a side shows (`[VER-02]`).
pub fn verification_code(own: &Octets, peer: &Octets) -> Result<Octets, ErrorClass> {
    check(own != peer, ErrorClass::Misuse)?;
    Ok(encode_verification_code(&VerificationCode { own: own.clone(), peer: peer.clone() }))
}

// ANCHOR: check_code
/// Compares a scanned payload with the own account and the pinned peer (`[VER-02]`).
pub fn check_code(code: &Octets, own: &Octets, pinned_peer: &Octets) -> Result<(), ErrorClass> {
    let code = decode_verification_code(code)?;
    check(own != pinned_peer, ErrorClass::Misuse)?;
    check(code.own == *pinned_peer && code.peer == *own, ErrorClass::IdentityMismatch)
}
// ANCHOR_END: check_code
