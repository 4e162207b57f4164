//! What people compare (page *Verification by people*).

use super::account::Account;
use super::identity::{AccountId, TypedKeys};
use crate::codec::{Decode, Encode, Reader, Wire, Writer};
use crate::crypto::{Provider, kdf, labels};
use crate::error::{Error, Malformed, Misuse, Peer};
use crate::limits::MAX_KEY;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

/// The 30 digits of an account.
fn fingerprint(provider: &Provider, keys: &TypedKeys) -> Result<String, Error> {
    let hash = keys.hash()?;
    let prk = kdf::extract_unsalted(provider, hash, &[&keys.to_bytes()])?;
    let bytes = kdf::expand_with_label(provider, hash, &prk, labels::SAFETY_NUMBER, b"", 30)?;
    let mut digits = String::with_capacity(30);
    for group in bytes.as_bytes().chunks(5) {
        let number = group.iter().fold(0u64, |n, byte| (n << 8) | u64::from(*byte));
        let _ = write!(digits, "{:05}", number % 100_000);
    }
    Ok(digits)
}

/// `safety_number(a, b)` (`VER-01`, `VER-03`): 60 digits.
pub(crate) fn safety_number(
    provider: &Provider,
    a: &TypedKeys,
    b: &TypedKeys,
) -> Result<String, Error> {
    let (id_a, id_b) = (a.account_id(provider)?, b.account_id(provider)?);
    if id_a == id_b {
        return Err(Misuse::Arguments.into());
    }
    let (first, second) = if id_a < id_b { (a, b) } else { (b, a) };
    let mut digits = fingerprint(provider, first)?;
    digits.push_str(&fingerprint(provider, second)?);
    Ok(digits)
}

/// `VerificationCode`: payload of a QR code (`VER-02`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationCode {
    /// Account id of the side that shows it.
    pub own: Vec<u8>,
    /// Account id of the side that scans it.
    pub peer: Vec<u8>,
}

impl VerificationCode {
    pub(crate) fn new(own: &AccountId, peer: &AccountId) -> Result<Self, Error> {
        if own == peer {
            return Err(Misuse::Arguments.into());
        }
        Ok(Self { own: own.as_bytes().to_vec(), peer: peer.as_bytes().to_vec() })
    }

    /// What the scanner compares: `own` with the id that it has pinned for its peer, `peer` with its own.
    pub(crate) fn check(&self, scanner: &AccountId, pinned: &AccountId) -> Result<(), Error> {
        if scanner == pinned {
            return Err(Misuse::Arguments.into());
        }
        let equal = self.own == pinned.as_bytes() && self.peer == scanner.as_bytes();
        if equal { Ok(()) } else { Err(Peer::IdentityMismatch.into()) }
    }
}

impl Account {
    /// `safety_number` of the own account and another's (`VER-01`): 60 digits.
    ///
    /// # Errors
    /// `misuse` for the own account's keys.
    pub fn safety_number(&self, other: &TypedKeys) -> Result<String, Error> {
        safety_number(&self.provider, self.account_keys(), other)
    }

    /// The payload of the QR code that the peer scans (`VER-02`).
    ///
    /// # Errors
    /// `misuse` for the own account.
    pub fn verification_code(&self, peer: &AccountId) -> Result<VerificationCode, Error> {
        VerificationCode::new(&self.account_id, peer)
    }

    /// Compares a scanned `VerificationCode` with the pinned peer and the own account (`VER-02`).
    ///
    /// # Errors
    /// `identity_mismatch`; `malformed`; `unsupported_version`.
    pub fn check_code(&self, peer: &AccountId, code: &[u8]) -> Result<(), Error> {
        VerificationCode::from_bytes(code)?.check(&self.account_id, peer)
    }
}

impl Decode for VerificationCode {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        if r.u8()? != 0 {
            return Err(Malformed::UnsupportedVersion);
        }
        Ok(Self { own: r.opaque(MAX_KEY)?.to_vec(), peer: r.opaque(MAX_KEY)?.to_vec() })
    }
}

impl Encode for VerificationCode {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.opaque(&self.own);
        w.opaque(&self.peer);
    }
}
