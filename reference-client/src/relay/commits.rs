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
use sceau::Wire;
use sceau::delivery::{CommitAnswer, CommitHandle, CommitRequest};
use sceau::pairwise::MailboxId;

/// Handles that a relay keeps; above that a new one is refused (`DS-23`).
pub const MAX_HANDLES: u64 = 1 << 20;
/// `commit_memory`: seconds that a relay remembers a handle.
pub const COMMIT_MEMORY: u64 = 365 * 86_400;

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
    /// `commit`: one atomic step for a handle (`DS-22`). A `user` who has used up what one can make the relay keep (`DS-28`) is
    /// answered as to what is kept.
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn commit(
        &self,
        user: usize,
        request: &[u8],
        now: u64,
    ) -> Result<CommitAnswer, Refusal> {
        let CommitRequest { handle, message } = CommitRequest::from_bytes(request)?;
        let hour = |age: u64| now.saturating_add(age).next_multiple_of(3_600);
        let expiry = hour(self.rules().policy.limits.max_envelope_age);
        let rules = CommitRules { expiry, forget: hour(COMMIT_MEMORY), most: MAX_HANDLES };
        if message.is_empty() {
            return Ok(self.store.commit(handle, message, rules, now).await?);
        }
        let most = self.rules().new_handles;
        let may = most.is_none_or(|most| self.handles.take(user, most, now));
        let rules = if may { rules } else { CommitRules { most: 0, ..rules } };
        let answer = self.store.commit(handle, message, rules, now).await;
        if answer == Ok(CommitAnswer::Kept) {
            self.waiters.arrived(&as_waited(handle));
        } else if may {
            self.handles.give_back(user, now);
        }
        Ok(answer?)
    }
}

/// A handle as those who wait for an arrival know it.
pub(super) fn as_waited(handle: CommitHandle) -> MailboxId {
    MailboxId::new(*handle.as_bytes())
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
    use sceau::limits::MAX_MESSAGE;

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
        assert_eq!(CommitRequest::from_bytes(&bytes).unwrap(), request(b"one"));
        let refused = |bytes: &[u8]| CommitRequest::from_bytes(bytes).is_err();
        assert!(refused(&bytes[..bytes.len() - 1]));
        assert!(refused(&[&bytes[..], b"x"].concat()));
        assert!(refused(&[&[1], &bytes[1..]].concat()));
        let long = |length| request(&vec![1; length]).to_bytes();
        let most = MAX_MESSAGE as usize;
        assert!(!refused(&long(most)));
        assert!(refused(&long(most + 1)));
        let answers = [
            (CommitAnswer::Empty, "000000", [true, false]),
            (CommitAnswer::Kept, "000100", [false, true]),
            (CommitAnswer::Taken(b"one".to_vec()), "0002036f6e65", [true, true]),
            (CommitAnswer::Gone, "000300", [true, true]),
        ];
        for (answer, expected, fits) in answers {
            assert_eq!(hex::encode(answer.to_bytes()), expected);
            assert_eq!(CommitAnswer::from_bytes(&answer.to_bytes()).unwrap(), answer);
            let asked = [request(b""), request(b"one")].map(|to| answer.check(&to).is_ok());
            assert_eq!(asked, fits, "{answer:?}");
        }
        for wrong in ["010100", "000400", "00010161", "000200", "000300ff", "0003"] {
            assert!(CommitAnswer::from_bytes(&hex::decode(wrong).unwrap()).is_err(), "{wrong}");
        }
    }
}
