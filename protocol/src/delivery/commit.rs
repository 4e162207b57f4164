//! One commit an epoch (page *Delivery service*): of a handle the first message counts, for good. Handle and message are
//! opaque to a relay.

use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::Malformed;
use crate::limits::MAX_MESSAGE;
use alloc::vec::Vec;
use core::fmt;

/// Bytes of a handle.
const HANDLE: usize = 32;

/// `commit_handle`: names one epoch of one group, to those who are in it, and tells a relay nothing (`GDS-04`, `DS-26`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitHandle([u8; HANDLE]);

impl CommitHandle {
    /// The handle of these 32 bytes.
    #[must_use]
    pub fn new(bytes: [u8; HANDLE]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; HANDLE] {
        &self.0
    }
}

/// Its first 4 bytes, in hexadecimal: whoever knows a handle may put a message there.
impl fmt::Debug for CommitHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommitHandle(")?;
        self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("…)")
    }
}

/// `CommitRequest`: brings a message for a handle, or asks for the one that is kept (`DS-22`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitRequest {
    /// The handle.
    pub handle: CommitHandle,
    /// What is to be kept, at most 1,179,648 bytes (`DS-23`); empty: only asks.
    pub message: Vec<u8>,
}

impl Decode for CommitRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        super::requests::version(r)?;
        Ok(Self { handle: CommitHandle(r.array()?), message: r.opaque(MAX_MESSAGE)?.to_vec() })
    }
}

impl Encode for CommitRequest {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.raw(&self.handle.0);
        w.opaque(&self.message);
    }
}

/// `CommitAnswer`: what became of a handle (`DS-22`). Whether it answers what was asked is
/// [`CommitAnswer::check`]'s to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitAnswer {
    /// Nothing is kept: to a request that only asked.
    Empty,
    /// The message of the request is.
    Kept,
    /// This one is, at least 1 byte.
    Taken(Vec<u8>),
    /// One was, and was deleted (`DS-24`).
    Gone,
}

impl CommitAnswer {
    /// `DS-25`: whether it can be the answer to this request.
    ///
    /// # Errors
    /// [`Malformed::Value`]: `kept` to a request that only asked, `empty` to one that brought a message.
    pub fn check(&self, request: &CommitRequest) -> Result<(), Malformed> {
        match (self, request.message.is_empty()) {
            (Self::Empty, false) | (Self::Kept, true) => Err(Malformed::Value),
            _ => Ok(()),
        }
    }
}

impl Decode for CommitAnswer {
    /// `DS-25`: a message where there must be one, and nowhere else.
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (version, state) = (r.u8()?, r.u8()?);
        let message = r.opaque(MAX_MESSAGE)?;
        match (version, state, message.is_empty()) {
            (0, 0, true) => Ok(Self::Empty),
            (0, 1, true) => Ok(Self::Kept),
            (0, 2, false) => Ok(Self::Taken(message.to_vec())),
            (0, 3, true) => Ok(Self::Gone),
            _ => Err(Malformed::Value),
        }
    }
}

impl Encode for CommitAnswer {
    fn encode(&self, w: &mut Writer) {
        let (state, message) = match self {
            Self::Empty => (0, &[][..]),
            Self::Kept => (1, &[][..]),
            Self::Taken(message) => (2, &message[..]),
            Self::Gone => (3, &[][..]),
        };
        w.u8(0);
        w.u8(state);
        w.opaque(message);
    }
}
