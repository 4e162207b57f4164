//! The seal of the client's store: a passphrase opens a key, the key opens the rows.
//!
//! ```text
//!  passphrase, salt ──Argon2id──► wrapping key ──opens──► data key ─┬─expand "client rows"──► seals rows
//!                                                                   └─expand "client names"──► names records
//! ```
//! Rows are sealed with AES-256-GCM-SIV under random nonces; the associated data binds a row's place
//! and generation, so that rows can't be exchanged within a store.

use crate::crypto::{self, TAG};
use crate::error::{Error, Result};
use crate::wire::{Reader, Writer};
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a nonce.
const NONCE: usize = 12;

/// What Argon2id costs: RFC 9106's second recommendation by default.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// KiB of memory.
    pub memory: u32,
    /// Passes.
    pub passes: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory: 65_536, passes: 3 }
    }
}

/// The keys of an opened store; wiped when dropped.
pub struct Seal {
    rows: [u8; 32],
    names: [u8; 32],
}

impl Drop for Seal {
    fn drop(&mut self) {
        self.rows.zeroize();
        self.names.zeroize();
    }
}

fn randomness<const N: usize>() -> Result<[u8; N]> {
    crypto::random().ok_or_else(|| Error::fault("the system has no randomness"))
}

fn wrapping_key(passphrase: &str, salt: &[u8], cost: Cost) -> Result<Zeroizing<[u8; 32]>> {
    let about = |error: argon2::Error| Error::fault(format!("Argon2id: {error}"));
    let params = Params::new(cost.memory, cost.passes, 1, Some(32)).map_err(about)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut())
        .map_err(about)?;
    Ok(key)
}

impl Seal {
    /// New keys, and what must be stored in clear to open them again with the passphrase.
    ///
    /// # Errors
    /// A cost that Argon2id does not take.
    pub fn new(passphrase: &str, cost: Cost) -> Result<(Self, Vec<u8>)> {
        let data_key = Zeroizing::new(randomness::<32>()?);
        let salt: [u8; 16] = randomness()?;
        let mut lock = Writer::default();
        lock.u8(1).u32(cost.memory).u32(cost.passes).raw(&salt);
        let mut wrapped = data_key.to_vec();
        let wrapping = wrapping_key(passphrase, &salt, cost)?;
        // The wrapping key seals once: its nonce may be constant.
        crypto::seal(&wrapping, &[0; NONCE], &lock.0, &mut wrapped);
        lock.raw(&wrapped);
        Ok((Self::of(&data_key), lock.0))
    }

    /// The keys behind what [`Seal::new`] gave.
    ///
    /// # Errors
    /// A wrong passphrase.
    pub fn open(passphrase: &str, lock: &[u8]) -> Result<Self> {
        let mut r = Reader::new(lock);
        if r.u8()? != 1 {
            return Err(Error::fault("the store has a format that this version does not know"));
        }
        let cost = Cost { memory: r.u32()?, passes: r.u32()? };
        let salt: [u8; 16] = r.array()?;
        let mut key = Zeroizing::new(r.rest().to_vec());
        let clear = lock.get(..lock.len() - key.len()).unwrap_or_default();
        let wrapping = wrapping_key(passphrase, &salt, cost)?;
        let opened = crypto::open(&wrapping, &[0; NONCE], clear, &mut key);
        match <&[u8; 32]>::try_from(key.as_slice()) {
            Ok(key) if opened => Ok(Self::of(key)),
            _ => Err(Error::refused("the passphrase does not open this store")
                .next("try again; a lost passphrase can't be recovered: enrol a new device with `sceau init`")),
        }
    }

    fn of(data_key: &[u8; 32]) -> Self {
        let of = |label| crypto::expand(data_key, label, b"");
        Self { rows: of("client rows"), names: of("client names") }
    }

    /// The name under which a record is stored: says nothing of the record's key.
    #[must_use]
    pub fn name(&self, key: &[u8]) -> [u8; 32] {
        crypto::expand(&self.names, "client name", key)
    }

    /// Seals a row for its place.
    ///
    /// # Errors
    /// No randomness.
    pub fn seal(&self, place: &[u8], row: &[u8]) -> Result<Vec<u8>> {
        let nonce = randomness::<NONCE>()?;
        let mut sealed = Vec::with_capacity(row.len() + TAG);
        sealed.extend_from_slice(row);
        crypto::seal(&self.rows, &nonce, place, &mut sealed);
        sealed.extend_from_slice(&nonce);
        Ok(sealed)
    }

    /// Opens a row at its place.
    ///
    /// # Errors
    /// A row that was not sealed for this place, or was changed.
    pub fn open_row(&self, place: &[u8], mut sealed: Vec<u8>) -> Result<Zeroizing<Vec<u8>>> {
        let damaged = || {
            Error::fault("a row of the store is damaged or was moved")
                .next("the store can't be trusted any more: enrol a new device with `sceau init`")
        };
        let at = sealed.len().checked_sub(NONCE).ok_or_else(damaged)?;
        let nonce = sealed.split_off(at).try_into().map_err(|_| damaged())?;
        if crypto::open(&self.rows, &nonce, place, &mut sealed) {
            Ok(Zeroizing::new(sealed))
        } else {
            Err(damaged())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    const CHEAP: Cost = Cost { memory: 8, passes: 1 };

    #[test]
    fn rows_open_at_their_place_alone() {
        let (seal, lock) = Seal::new("correct", CHEAP).unwrap();
        let sealed = seal.seal(b"here", b"row").unwrap();
        assert_eq!(seal.open_row(b"here", sealed.clone()).unwrap().as_slice(), b"row");
        assert!(seal.open_row(b"there", sealed.clone()).is_err());
        let again = Seal::open("correct", &lock).unwrap();
        assert_eq!(again.open_row(b"here", sealed.clone()).unwrap().as_slice(), b"row");
        assert_eq!(seal.name(b"a"), again.name(b"a"));
        assert_ne!(seal.name(b"a"), seal.name(b"b"));
        for at in 0..sealed.len() {
            let mut sealed = sealed.clone();
            sealed[at] ^= 1;
            assert!(seal.open_row(b"here", sealed).is_err(), "{at}");
        }
    }

    #[test]
    fn a_wrong_passphrase_or_lock_is_refused() {
        let (_, lock) = Seal::new("correct", CHEAP).unwrap();
        let refused = |passphrase: &str, lock: &[u8]| Seal::open(passphrase, lock).err().unwrap();
        assert_eq!(refused("wrong", &lock).kind, Kind::Refused);
        let mut cheaper = lock.clone();
        cheaper[8] ^= 3; // passes
        assert!(Seal::open("correct", &cheaper).is_err());
    }
}
