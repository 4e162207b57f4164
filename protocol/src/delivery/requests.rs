//! Requests and answers about prekeys and mailboxes (page *Delivery service*, *Formats*).

use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::Malformed;
use crate::limits::{MAX_DEVICES, MAX_GET, MAX_KEY, MAX_MESSAGE};
use crate::pairwise::{AccountId, MailboxId, PrekeyBundle};
use alloc::vec::Vec;
use core::fmt;
use rand_core::CryptoRng;

/// Bytes of a handle.
const HANDLE: usize = 16;

/// The version of a structure: 0, the only one of edition 0.
pub(crate) fn version(r: &mut Reader<'_>) -> Result<(), Malformed> {
    if r.u8()? == 0 { Ok(()) } else { Err(Malformed::UnsupportedVersion) }
}

/// `FetchRequest`: asks for prekey bundles of an account's devices. It does not say who asks (`DS-10`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchRequest {
    /// The account.
    pub account_id: AccountId,
    /// Serial of the device; 0: each listed one.
    pub serial: u64,
}

impl Decode for FetchRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        version(r)?;
        Ok(Self { account_id: AccountId::new(r.opaque(MAX_KEY)?), serial: r.u64()? })
    }
}

impl Encode for FetchRequest {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.opaque(self.account_id.as_bytes());
        w.u64(self.serial);
    }
}

/// `FetchAnswer`: a bundle of each device; not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchAnswer {
    /// The bundles, at most 64. Give the encoding of one to
    /// [`Account::initiate`](crate::pairwise::Account::initiate).
    pub bundles: Vec<PrekeyBundle>,
}

impl Decode for FetchAnswer {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        version(r)?;
        Ok(Self { bundles: r.list(MAX_DEVICES, PrekeyBundle::decode)? })
    }
}

impl Encode for FetchAnswer {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.list(&self.bundles, Writer::item);
    }
}

/// `GetRequest`: asks for the envelopes of a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetRequest {
    /// The mailbox.
    pub mailbox_id: MailboxId,
    /// Largest number of envelopes that the device takes; a relay gives at most `max_get` (256).
    pub most: u16,
}

impl Decode for GetRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        version(r)?;
        Ok(Self { mailbox_id: MailboxId::new(r.array()?), most: r.u16()? })
    }
}

impl Encode for GetRequest {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.raw(self.mailbox_id.as_bytes());
        w.u16(self.most);
    }
}

/// Names an envelope at its relay; says nothing of time or order (`DS-15`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle([u8; HANDLE]);

impl Handle {
    /// A handle as it was stored by the caller.
    #[must_use]
    pub fn new(bytes: [u8; HANDLE]) -> Self {
        Self(bytes)
    }

    /// A new one, for a relay. Draws `handle`, 16 bytes.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; HANDLE];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; HANDLE] {
        &self.0
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// `StoredEnvelope`: an envelope as a relay gives it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEnvelope {
    /// By which it is acknowledged.
    pub handle: Handle,
    /// When the relay deletes it, in seconds since 1970.
    pub expiry: u64,
    /// A first message or ratchet message, at most 1,179,648 bytes.
    pub message: Vec<u8>,
}

impl Decode for StoredEnvelope {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            handle: Handle(r.array()?),
            expiry: r.u64()?,
            message: r.opaque(MAX_MESSAGE)?.to_vec(),
        })
    }
}

impl Encode for StoredEnvelope {
    fn encode(&self, w: &mut Writer) {
        w.raw(&self.handle.0);
        w.u64(self.expiry);
        w.opaque(&self.message);
    }
}

/// `GetAnswer`: envelopes of a mailbox, in any order; the same for an empty mailbox and for one that never was
/// (`DS-14`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetAnswer {
    /// The envelopes, at most 256, which stay until they are acknowledged.
    pub envelopes: Vec<StoredEnvelope>,
    /// Whether the mailbox holds envelopes beyond these: acknowledge them and ask again (`DS-21`).
    pub more: bool,
}

impl Decode for GetAnswer {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        version(r)?;
        let envelopes = r.list(MAX_GET, StoredEnvelope::decode)?;
        match r.u8()? {
            0 => Ok(Self { envelopes, more: false }),
            1 => Ok(Self { envelopes, more: true }),
            _ => Err(Malformed::Value),
        }
    }
}

impl Encode for GetAnswer {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.list(&self.envelopes, Writer::item);
        w.u8(u8::from(self.more));
    }
}

/// `AcknowledgeRequest`: the relay may delete these envelopes. Send it only when the changes of the steps that took
/// them are stored, or the steps refused them (`DS-11`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcknowledgeRequest {
    /// The mailbox.
    pub mailbox_id: MailboxId,
    /// The envelopes, at most 256, in any order and more than once; unknown ones are ignored (`DS-14`, `DS-21`).
    pub handles: Vec<Handle>,
}

impl Decode for AcknowledgeRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        version(r)?;
        let mailbox_id = MailboxId::new(r.array()?);
        Ok(Self { mailbox_id, handles: r.list(MAX_GET, |r| r.array().map(Handle))? })
    }
}

impl Encode for AcknowledgeRequest {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.raw(self.mailbox_id.as_bytes());
        w.list(&self.handles, |w, handle| w.raw(&handle.0));
    }
}

/// `PrekeyStock`: how many one-time keys of either type are left of the device's newest batch. A device should publish a
/// new one when less than a quarter is left (`DS-08`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrekeyStock {
    /// One-time prekeys.
    pub one_time: u32,
    /// One-time KEM prekeys.
    pub kem_one_time: u32,
}

impl Decode for PrekeyStock {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        version(r)?;
        Ok(Self { one_time: r.u32()?, kem_one_time: r.u32()? })
    }
}

impl Encode for PrekeyStock {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.u32(self.one_time);
        w.u32(self.kem_one_time);
    }
}
