//! The strict codec of page *Conventions*: TLS presentation language with the variable-length
//! vectors of RFC 9420 §2.1. There is one encoding of each value; anything else is refused.

mod reader;
mod writer;

pub(crate) use reader::Reader;
pub(crate) use writer::{Writer, joined, length_prefix, opaque_len};

use crate::error::{Error, Malformed};
use alloc::vec::Vec;

/// A structure of the specification with its one encoding.
pub trait Wire: Sized {
    /// Decodes exactly the given bytes.
    ///
    /// # Errors
    /// [`Error::Malformed`] for anything but the one valid encoding of a value.
    fn from_bytes(bytes: &[u8]) -> Result<Self, Error>;

    /// The encoding.
    fn to_bytes(&self) -> Vec<u8>;
}

/// Reads a value from the front of a reader.
pub(crate) trait Decode: Sized {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed>;
}

/// Writes a value behind what a writer has.
pub(crate) trait Encode {
    fn encode(&self, w: &mut Writer);
}

impl<T: Decode + Encode> Wire for T {
    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Ok(decode_all(bytes)?)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        self.encode(&mut w);
        w.into_bytes()
    }
}

/// Decodes a value that takes up all of the bytes (`ENC-02`).
pub(crate) fn decode_all<T: Decode>(bytes: &[u8]) -> Result<T, Malformed> {
    let mut r = Reader::new(bytes);
    let value = T::decode(&mut r)?;
    r.finish()?;
    Ok(value)
}

/// Refuses a list that is not in strictly ascending order of its keys.
pub(crate) fn check_ascending<T, K: Ord>(
    items: &[T],
    key: impl Fn(&T) -> K,
) -> Result<(), Malformed> {
    let mut pairs = items.iter().zip(items.iter().skip(1));
    if pairs.all(|(a, b)| key(a) < key(b)) { Ok(()) } else { Err(Malformed::Order) }
}
