//! The formats of page *Delivery service*, and the codec for what this client stores and carries itself.
//!
//! TLS presentation language with the variable-length vectors of RFC 9420 §2.1; one encoding of each
//! value.

use sceau::pairwise::{Credential, DeviceLists, MailboxId, PrekeyBundle, PublishedBatch};
use sceau::{Wire, limits};

/// Bytes that are no valid encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl From<sceau::Error> for Malformed {
    fn from(_: sceau::Error) -> Self {
        Self
    }
}

type Result<T> = std::result::Result<T, Malformed>;

/// Reads values from the front of some bytes.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// A reader of all of the bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// What has not been read.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next `length` bytes.
    ///
    /// # Errors
    /// [`Malformed`] when there are fewer.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// [`Malformed`] when there are fewer.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| Malformed)
    }

    /// A `uint8`.
    ///
    /// # Errors
    /// [`Malformed`] at the end.
    pub fn u8(&mut self) -> Result<u8> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    /// A `uint16`.
    ///
    /// # Errors
    /// [`Malformed`] at the end.
    pub fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    /// A `uint32`.
    ///
    /// # Errors
    /// [`Malformed`] at the end.
    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A `uint64`.
    ///
    /// # Errors
    /// [`Malformed`] at the end.
    pub fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// An `opaque x<V>` of at most `max` bytes.
    ///
    /// # Errors
    /// [`Malformed`] for a longer one, or a length that is not in its shortest form.
    pub fn opaque(&mut self, max: usize) -> Result<&'a [u8]> {
        let first = *self.0.first().ok_or(Malformed)?;
        let (bytes, least) = match first >> 6 {
            0 => (1, 0),
            1 => (2, 64),
            2 => (4, 16_384),
            _ => return Err(Malformed),
        };
        let prefix = self.take(bytes)?;
        let length = prefix.iter().skip(1).fold(usize::from(first & 0x3f), |n, byte| {
            (n << 8) | usize::from(*byte)
        });
        if length < least || length > max { Err(Malformed) } else { self.take(length) }
    }

    /// Fails unless everything has been read.
    ///
    /// # Errors
    /// [`Malformed`] for bytes that are left over.
    pub fn finish(&self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// Writes values behind each other.
#[derive(Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// A `uint8`.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.raw(&[value])
    }

    /// A `uint16`.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// A `uint32`.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// A `uint64`.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// An `opaque x<V>`.
    pub fn opaque(&mut self, bytes: &[u8]) -> &mut Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        match length {
            0..64 => self.u8(u8::try_from(length).unwrap_or(0)),
            64..16_384 => self.u16(u16::try_from(length).unwrap_or(0) | 0x4000),
            _ => self.u32(length | 0x8000_0000),
        };
        self.raw(bytes)
    }
}

const KEY: usize = limits::MAX_KEY as usize;
const SIGNATURE: usize = limits::MAX_SIGNATURE as usize;
const MESSAGE: usize = limits::MAX_MESSAGE as usize;
/// Longest vector of structures.
const VECTOR: usize = (1 << 30) - 1;

/// `DeliveryAction`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryAction {
    /// A device publishes prekeys.
    Publish = 1,
    /// Somebody fetches bundles.
    Fetch = 2,
    /// Somebody puts an envelope.
    Put = 3,
    /// A device looks into a mailbox.
    Get = 4,
    /// A device acknowledges envelopes.
    Acknowledge = 5,
}

impl DeliveryAction {
    fn from_u8(value: u8) -> Result<Self> {
        Ok(match value {
            1 => Self::Publish,
            2 => Self::Fetch,
            3 => Self::Put,
            4 => Self::Get,
            5 => Self::Acknowledge,
            _ => return Err(Malformed),
        })
    }
}

/// `Publication`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The device's lists, oldest first.
    pub device_lists: DeviceLists,
    /// Its credential.
    pub credential: Credential,
    /// Its batch.
    pub batch: PublishedBatch,
}

impl Publication {
    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.u8(0);
        w.raw(&self.device_lists.to_bytes());
        w.raw(&self.credential.to_bytes());
        w.raw(&self.batch.to_bytes());
        w.0
    }

    /// Decodes.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(bytes);
        version(&mut r)?;
        let device_lists = DeviceLists::from_bytes(part(&mut r, skip_vector)?)?;
        let credential = Credential::from_bytes(part(&mut r, skip_credential)?)?;
        Ok(Self { device_lists, credential, batch: PublishedBatch::from_bytes(r.rest())? })
    }
}

/// `FetchRequest`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchRequest {
    /// Whose bundles.
    pub account_id: Vec<u8>,
    /// Of which device; 0: of each that is listed.
    pub serial: u64,
}

impl FetchRequest {
    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.u8(0).opaque(&self.account_id).u64(self.serial);
        w.0
    }

    /// Decodes.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(bytes);
        version(&mut r)?;
        let request = Self { account_id: r.opaque(KEY)?.to_vec(), serial: r.u64()? };
        r.finish().map(|()| request)
    }
}

/// `FetchAnswer`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchAnswer {
    /// One bundle a device.
    pub bundles: Vec<PrekeyBundle>,
}

impl FetchAnswer {
    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.u8(0).opaque(&self.bundles.iter().flat_map(Wire::to_bytes).collect::<Vec<u8>>());
        w.0
    }

    /// Decodes.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(bytes);
        version(&mut r)?;
        let mut inner = Reader::new(r.opaque(VECTOR)?);
        r.finish()?;
        let mut bundles = Vec::new();
        while !inner.rest().is_empty() {
            bundles.push(PrekeyBundle::from_bytes(part(&mut inner, skip_bundle)?)?);
        }
        Ok(Self { bundles })
    }
}

/// `GetRequest`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetRequest {
    /// Which mailbox.
    pub mailbox_id: MailboxId,
    /// At most how many envelopes.
    pub most: u16,
}

impl GetRequest {
    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.u8(0).raw(self.mailbox_id.as_bytes()).u16(self.most);
        w.0
    }

    /// Decodes.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(bytes);
        version(&mut r)?;
        let request = Self { mailbox_id: MailboxId::new(r.array()?), most: r.u16()? };
        r.finish().map(|()| request)
    }
}

/// A handle of a stored envelope: 16 bytes that say nothing of time or order (`DS-15`).
pub type Handle = [u8; 16];

/// `StoredEnvelope`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEnvelope {
    /// What it is acknowledged by.
    pub handle: Handle,
    /// When the relay deletes it, in seconds since 1970.
    pub expiry: u64,
    /// The message.
    pub message: Vec<u8>,
}

/// `GetAnswer`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetAnswer {
    /// Some of the mailbox's envelopes.
    pub envelopes: Vec<StoredEnvelope>,
    /// Whether there are more.
    pub more: bool,
}

impl GetAnswer {
    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut inner = Writer::default();
        for stored in &self.envelopes {
            inner.raw(&stored.handle).u64(stored.expiry).opaque(&stored.message);
        }
        let mut w = Writer::default();
        w.u8(0).opaque(&inner.0).u8(self.more.into());
        w.0
    }

    /// Decodes.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(bytes);
        version(&mut r)?;
        let mut inner = Reader::new(r.opaque(VECTOR)?);
        let more = match r.u8()? {
            0 => false,
            1 => true,
            _ => return Err(Malformed),
        };
        r.finish()?;
        let mut envelopes = Vec::new();
        while !inner.rest().is_empty() {
            envelopes.push(StoredEnvelope {
                handle: inner.array()?,
                expiry: inner.u64()?,
                message: inner.opaque(MESSAGE)?.to_vec(),
            });
        }
        Ok(Self { envelopes, more })
    }
}

/// `AcknowledgeRequest`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcknowledgeRequest {
    /// Which mailbox.
    pub mailbox_id: MailboxId,
    /// The envelopes to delete.
    pub handles: Vec<Handle>,
}

impl AcknowledgeRequest {
    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.u8(0).raw(self.mailbox_id.as_bytes()).opaque(self.handles.as_flattened());
        w.0
    }

    /// Decodes.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(bytes);
        version(&mut r)?;
        let mailbox_id = MailboxId::new(r.array()?);
        let (handles, rest) = r.opaque(1 << 16)?.as_chunks();
        r.finish()?;
        if rest.is_empty() { Ok(Self { mailbox_id, handles: handles.to_vec() }) } else { Err(Malformed) }
    }
}

/// `DeliveryAuthTBS`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryAuthTbs {
    /// One that the relay has just given out.
    pub challenge: [u8; 32],
    /// What is asked for.
    pub action: DeliveryAction,
    /// The device's account.
    pub account_id: Vec<u8>,
    /// The device.
    pub serial: u64,
    /// Hash of the encoded request.
    pub request_hash: Vec<u8>,
}

impl DeliveryAuthTbs {
    /// The encoding, which is what is signed under the label `delivery`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.u8(0).raw(&self.challenge).u8(self.action as u8).opaque(&self.account_id);
        w.u64(self.serial).opaque(&self.request_hash);
        w.0
    }

    /// What a key signs: `encode(SignContent{"Sceau 1 delivery", content})`.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.opaque(b"Sceau 1 delivery").opaque(&self.to_bytes());
        w.0
    }
}

/// `DeliveryAuth`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryAuth {
    /// What is signed.
    pub tbs: DeliveryAuthTbs,
    /// Type and signature of each of the device's signing keys.
    pub signatures: Vec<(u16, Vec<u8>)>,
}

impl DeliveryAuth {
    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut inner = Writer::default();
        for (key_type, signature) in &self.signatures {
            inner.u16(*key_type).opaque(signature);
        }
        let mut w = Writer::default();
        w.raw(&self.tbs.to_bytes()).opaque(&inner.0);
        w.0
    }

    /// Decodes.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(bytes);
        version(&mut r)?;
        let tbs = DeliveryAuthTbs {
            challenge: r.array()?,
            action: DeliveryAction::from_u8(r.u8()?)?,
            account_id: r.opaque(KEY)?.to_vec(),
            serial: r.u64()?,
            request_hash: r.opaque(KEY)?.to_vec(),
        };
        let mut inner = Reader::new(r.opaque(VECTOR)?);
        r.finish()?;
        let mut signatures: Vec<(u16, Vec<u8>)> = Vec::new();
        while !inner.rest().is_empty() {
            let (key_type, signature) = (inner.u16()?, inner.opaque(SIGNATURE)?.to_vec());
            if signatures.last().is_some_and(|(last, _)| *last >= key_type) {
                return Err(Malformed);
            }
            signatures.push((key_type, signature));
        }
        Ok(Self { tbs, signatures })
    }
}

fn version(r: &mut Reader<'_>) -> Result<()> {
    if r.u8()? == 0 { Ok(()) } else { Err(Malformed) }
}

/// The bytes of a structure whose end a function finds.
fn part<'a>(
    r: &mut Reader<'a>,
    skip: impl FnOnce(&mut Reader<'a>) -> Result<()>,
) -> Result<&'a [u8]> {
    let all = r.rest();
    skip(r)?;
    all.get(..all.len() - r.rest().len()).ok_or(Malformed)
}

fn skip_vector(r: &mut Reader<'_>) -> Result<()> {
    r.opaque(VECTOR).map(|_| ())
}

fn skip_credential(r: &mut Reader<'_>) -> Result<()> {
    r.take(1)?;
    skip_vector(r)?;
    r.take(8 + 4 + 8 + 8)?;
    (0..4).try_for_each(|_| skip_vector(r))
}

fn skip_batch(r: &mut Reader<'_>) -> Result<()> {
    r.take(1 + 2)?;
    skip_vector(r)?;
    r.take(4 + 8 + 8 + 4)?;
    (0..3).try_for_each(|_| skip_vector(r))
}

fn skip_prekey(r: &mut Reader<'_>) -> Result<()> {
    r.take(1 + 4)?;
    (0..2).try_for_each(|_| skip_vector(r))
}

fn skip_bundle(r: &mut Reader<'_>) -> Result<()> {
    r.take(1)?;
    skip_vector(r)?;
    skip_credential(r)?;
    skip_batch(r)?;
    skip_prekey(r)?;
    match r.u8()? {
        0 => {}
        1 => skip_prekey(r)?,
        _ => return Err(Malformed),
    }
    skip_prekey(r)
}
