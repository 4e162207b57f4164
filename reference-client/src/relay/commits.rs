//! One commit an epoch (`DS-22` to `DS-26`): of a handle the first message counts, for good.
//!
//! ```text
//!  empty ──first message──► kept ──max_envelope_age──► gone ──commit_memory──► (forgotten)
//!            answer: kept      │ the same message: kept     │ anything: gone
//!                              │ another, or none: taken    │
//! ```
//! Handle and message are opaque. Times are kept to the hour (`DS-18`).

use super::store::{Store, StoreError};
use super::{Refusal, Relay};
use crate::wire::{Malformed, Reader, Writer};
use sceau::limits::MAX_MESSAGE;

/// Handles that a relay keeps; above that a new one is refused (`DS-23`).
pub const MAX_HANDLES: u64 = 1 << 20;
/// `commit_memory`: seconds that a relay remembers a handle.
pub const COMMIT_MEMORY: u64 = 365 * 86_400;

/// `opaque commit_handle[32]`: names one epoch of one group, to those who are in it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CommitHandle([u8; 32]);

impl CommitHandle {
    /// The handle of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for CommitHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CommitHandle({}…)", hex::encode(self.0.first_chunk::<4>().unwrap_or(&[0; 4])))
    }
}

/// `struct { uint8 version; opaque commit_handle[32]; opaque message<V>; } CommitRequest`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitRequest {
    /// The handle.
    pub handle: CommitHandle,
    /// What is to be kept; empty: only asks.
    pub message: Vec<u8>,
}

impl CommitRequest {
    /// Its encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.u8(0).raw(self.handle.as_bytes()).opaque(&self.message);
        w.0
    }

    /// The request of an encoding.
    ///
    /// # Errors
    /// [`Malformed`], for a message longer than `max_message` too (`DS-23`).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(bytes);
        if r.u8()? != 0 {
            return Err(Malformed);
        }
        let handle = CommitHandle(r.array()?);
        let message = r.opaque(MAX_MESSAGE as usize)?.to_vec();
        r.finish()?;
        Ok(Self { handle, message })
    }
}

/// `CommitAnswer`: what became of a handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitAnswer {
    /// Nothing is kept.
    Empty,
    /// The message of the request is.
    Kept,
    /// This one is.
    Taken(Vec<u8>),
    /// One was, too long ago.
    Gone,
}

impl CommitAnswer {
    /// Its encoding: `struct { uint8 version; CommitState state; opaque message<V>; }`
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (state, message) = match self {
            Self::Empty => (0, &[][..]),
            Self::Kept => (1, &[][..]),
            Self::Taken(message) => (2, &message[..]),
            Self::Gone => (3, &[][..]),
        };
        let mut w = Writer::default();
        w.u8(0).u8(state).opaque(message);
        w.0
    }

    /// The answer of an encoding to a request with a message, or to one that only `asks` (`DS-25`).
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn from_bytes(bytes: &[u8], asks: bool) -> Result<Self, Malformed> {
        let mut r = Reader::new(bytes);
        let (version, state) = (r.u8()?, r.u8()?);
        let message = r.opaque(MAX_MESSAGE as usize)?;
        r.finish()?;
        match (version, state, message.is_empty()) {
            (0, 0, true) if asks => Ok(Self::Empty),
            (0, 1, true) if !asks => Ok(Self::Kept),
            (0, 2, false) => Ok(Self::Taken(message.to_vec())),
            (0, 3, true) => Ok(Self::Gone),
            _ => Err(Malformed),
        }
    }
}

/// How long a store keeps what comes with a handle, and how many.
#[derive(Clone, Copy, Debug)]
pub struct CommitRules {
    /// When the message is deleted: a full hour, in seconds since 1970.
    pub expiry: u64,
    /// When the handle is forgotten: a full hour.
    pub forget: u64,
    /// Handles that may be kept.
    pub most: u64,
}

impl<S: Store> Relay<S> {
    /// `commit`: one atomic step for a handle (`DS-22`).
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn commit(&self, request: &[u8], now: u64) -> Result<CommitAnswer, Refusal> {
        let CommitRequest { handle, message } = CommitRequest::from_bytes(request)?;
        let hour = |age: u64| now.saturating_add(age).next_multiple_of(3_600);
        let expiry = hour(self.rules().policy.limits.max_envelope_age);
        let rules = CommitRules { expiry, forget: hour(COMMIT_MEMORY), most: MAX_HANDLES };
        let brings = !message.is_empty();
        let answer = self.store.commit(handle, message, rules, now).await?;
        if brings && answer == CommitAnswer::Kept {
            self.waiters.arrived(&handle.as_waited());
        }
        Ok(answer)
    }
}

impl CommitHandle {
    /// As those who wait for an arrival know it.
    pub(super) fn as_waited(self) -> sceau::pairwise::MailboxId {
        sceau::pairwise::MailboxId::new(self.0)
    }
}

/// What a store answers when a handle holds `kept`: a message, or none any more.
pub(super) fn answer(kept: Option<Vec<u8>>, message: &[u8]) -> CommitAnswer {
    match kept {
        None => CommitAnswer::Gone,
        Some(kept) if kept == message => CommitAnswer::Kept,
        Some(kept) => CommitAnswer::Taken(kept),
    }
}

/// Refuses a handle more than may be kept.
pub(super) fn room(kept: u64, rules: CommitRules) -> Result<(), StoreError> {
    if kept < rules.most { Ok(()) } else { Err(StoreError::Limit) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of page *Delivery service*.
    #[test]
    fn encodings() {
        let handle = CommitHandle::new(std::array::from_fn(|n| u8::try_from(n).unwrap()));
        let hex_handle = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        let request = |message: &[u8]| CommitRequest { handle, message: message.to_vec() };
        let encoded = |message: &[u8]| hex::encode(request(message).to_bytes());
        assert_eq!(encoded(b""), format!("00{hex_handle}00"));
        assert_eq!(encoded(b"one"), format!("00{hex_handle}036f6e65"));
        let bytes = request(b"one").to_bytes();
        assert_eq!(CommitRequest::from_bytes(&bytes), Ok(request(b"one")));
        assert_eq!(CommitRequest::from_bytes(&bytes[..bytes.len() - 1]), Err(Malformed));
        assert_eq!(CommitRequest::from_bytes(&[&bytes[..], b"x"].concat()), Err(Malformed));
        assert_eq!(CommitRequest::from_bytes(&[&[1], &bytes[1..]].concat()), Err(Malformed));
        let long = |length| request(&vec![1; length]).to_bytes();
        let most = MAX_MESSAGE as usize;
        assert!(CommitRequest::from_bytes(&long(most)).is_ok());
        assert_eq!(CommitRequest::from_bytes(&long(most + 1)), Err(Malformed));
        let taken = CommitAnswer::Taken(b"one".to_vec());
        let answers = [
            (CommitAnswer::Empty, "000000"),
            (CommitAnswer::Kept, "000100"),
            (taken, "0002036f6e65"),
            (CommitAnswer::Gone, "000300"),
        ];
        for (answer, expected) in answers {
            assert_eq!(hex::encode(answer.to_bytes()), expected);
            let asks = answer == CommitAnswer::Empty;
            assert_eq!(CommitAnswer::from_bytes(&answer.to_bytes(), asks), Ok(answer.clone()));
            let other = CommitAnswer::from_bytes(&answer.to_bytes(), !asks);
            let fits_both = matches!(answer, CommitAnswer::Taken(_) | CommitAnswer::Gone);
            assert_eq!(other.is_ok(), fits_both, "{answer:?}");
        }
        for wrong in ["010100", "000400", "00010161", "000200", "000300ff", "0003"] {
            assert_eq!(
                CommitAnswer::from_bytes(&hex::decode(wrong).unwrap(), false),
                Err(Malformed)
            );
        }
    }
}
