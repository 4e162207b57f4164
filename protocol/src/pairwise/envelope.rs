//! What a relay stores (page *Envelope*).

use super::mailbox::MailboxId;
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Malformed};
use crate::limits::{Limits, MAX_MESSAGE};
use alloc::vec::Vec;

/// Expiries are multiples of an hour.
const HOUR: u64 = 3600;

/// `Envelope`: a message for a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Where it goes.
    pub mailbox_id: MailboxId,
    /// When the relay deletes it, in seconds since 1970; a multiple of 3,600.
    pub expiry: u64,
    /// A first message or ratchet message.
    pub message: Vec<u8>,
}

impl Envelope {
    /// An envelope with the latest expiry that `ENV-06` allows: `max_envelope_age` after now, or
    /// `prekey_grace` for a message to a contact mailbox, rounded up to a full hour.
    #[must_use]
    pub fn new(
        mailbox_id: MailboxId,
        contact: bool,
        message: Vec<u8>,
        now: u64,
        limits: &Limits,
    ) -> Self {
        let age = if contact {
            // Rounded up it must not exceed the grace.
            limits.prekey_grace.min(limits.max_envelope_age).saturating_sub(HOUR)
        } else {
            limits.max_envelope_age
        };
        let expiry = now.saturating_add(age).checked_next_multiple_of(HOUR).unwrap_or(0);
        Self { mailbox_id, expiry, message }
    }
}

impl Envelope {
    /// `DS-13`, for a relay: whether the expiry is one that `ENV-06` allows at this time, give or take `clock_skew`, into
    /// a contact mailbox or another.
    ///
    /// # Errors
    /// `malformed`
    pub fn check(&self, contact: bool, now: u64, limits: &Limits) -> Result<(), Error> {
        let age = limits.max_envelope_age.saturating_add(HOUR);
        let age = if contact { age.min(limits.prekey_grace) } else { age };
        let latest = now.saturating_add(age).saturating_add(limits.clock_skew);
        if self.expiry <= latest { Ok(()) } else { Err(Malformed::Value.into()) }
    }
}

impl Decode for Envelope {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        if r.u8()? != 0 {
            return Err(Malformed::UnsupportedVersion);
        }
        let envelope = Self {
            mailbox_id: MailboxId::new(r.array()?),
            expiry: r.u64()?,
            message: r.opaque(MAX_MESSAGE)?.to_vec(),
        };
        if envelope.expiry.is_multiple_of(HOUR) { Ok(envelope) } else { Err(Malformed::Value) }
    }
}

impl Encode for Envelope {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.raw(self.mailbox_id.as_bytes());
        w.u64(self.expiry);
        w.opaque(&self.message);
    }
}
