//! Prekeys and their batches (page *Prekeys*).

use super::credential::Credential;
use super::identity::{Extension, TypedKey, decode_extensions, verify_with_label};
use super::merkle;
use crate::codec::{Decode, Encode, Reader, Wire, Writer, check_ascending};
use crate::crypto::{Provider, Suite, labels, signature_algorithm};
use crate::error::{Error, Malformed, Peer};
use crate::limits::{MAX_BATCH_KEYS, MAX_BATCH_LIFETIME, MAX_KEY, MAX_KEYS, MAX_SIGNATURE};
use alloc::vec::Vec;

/// `PrekeyType`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrekeyType {
    /// The signed prekey, one a batch; also the responder's first ratchet key.
    Signed = 1,
    /// A key-agreement key that serves once.
    OneTime = 2,
    /// A KEM key that serves once.
    KemOneTime = 3,
    /// The KEM key that serves when the others have run out, one a batch.
    KemLastResort = 4,
}

impl PrekeyType {
    /// Bytes of a public key of this type (`PRE-02`).
    pub(crate) fn public_len(self, suite: Suite) -> usize {
        match self {
            Self::Signed | Self::OneTime => suite.agreement().public_len(),
            Self::KemOneTime | Self::KemLastResort => suite.kem().public_len(),
        }
    }

    /// Bytes of a private key of this type, as it is stored.
    pub(crate) fn private_len(self, suite: Suite) -> usize {
        match self {
            Self::Signed | Self::OneTime => suite.agreement().private_len(),
            Self::KemOneTime | Self::KemLastResort => suite.kem().seed_len(),
        }
    }
}

impl Decode for PrekeyType {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        match r.u8()? {
            1 => Ok(Self::Signed),
            2 => Ok(Self::OneTime),
            3 => Ok(Self::KemOneTime),
            4 => Ok(Self::KemLastResort),
            _ => Err(Malformed::Enumeration),
        }
    }
}

impl Encode for PrekeyType {
    fn encode(&self, w: &mut Writer) {
        w.u8(match self {
            Self::Signed => 1,
            Self::OneTime => 2,
            Self::KemOneTime => 3,
            Self::KemLastResort => 4,
        });
    }
}

/// `Prekey`: a public prekey.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Prekey {
    /// What it is for.
    pub prekey_type: PrekeyType,
    /// Its index in the batch.
    pub id: u32,
    /// `Npk` or `Nek` bytes.
    pub key: Vec<u8>,
}

impl Prekey {
    pub(crate) fn new(prekey_type: PrekeyType, id: u32, key: Vec<u8>) -> Self {
        Self { prekey_type, id, key }
    }
}

impl Decode for Prekey {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            prekey_type: PrekeyType::decode(r)?,
            id: r.u32()?,
            key: r.opaque(MAX_KEY)?.to_vec(),
        })
    }
}

impl Encode for Prekey {
    fn encode(&self, w: &mut Writer) {
        w.item(&self.prekey_type);
        w.u32(self.id);
        w.opaque(&self.key);
    }
}

/// `PrekeyBatchTBS`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrekeyBatchTbs {
    /// Value of the suite that the keys are for.
    pub suite: u16,
    /// Of the credential of the device that publishes.
    pub credential_ref: Vec<u8>,
    /// From 1, one more at each batch of this device.
    pub generation: u32,
    /// Seconds since 1970.
    pub not_before: u64,
    /// Seconds since 1970; from then on it is not used by an initiator.
    pub expiry: u64,
    /// Number of leaves.
    pub size: u32,
    /// Root of the tree, `Nh` bytes.
    pub root: Vec<u8>,
    /// Extensions; unknown ones are ignored.
    pub extensions: Vec<Extension>,
}

impl PrekeyBatchTbs {
    pub(crate) fn new(
        suite: Suite,
        credential_ref: Vec<u8>,
        generation: u32,
        (not_before, expiry): (u64, u64),
        size: u32,
        root: Vec<u8>,
    ) -> Self {
        let (suite, extensions) = (suite.to_u16(), Vec::new());
        Self { suite, credential_ref, generation, not_before, expiry, size, root, extensions }
    }
}

impl Decode for PrekeyBatchTbs {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        if r.u8()? != 0 {
            return Err(Malformed::UnsupportedVersion);
        }
        let tbs = Self {
            suite: r.u16()?,
            credential_ref: r.opaque(MAX_KEY)?.to_vec(),
            generation: r.u32()?,
            not_before: r.u64()?,
            expiry: r.u64()?,
            size: r.u32()?,
            root: r.opaque(MAX_KEY)?.to_vec(),
            extensions: decode_extensions(r)?,
        };
        if tbs.size > MAX_BATCH_KEYS {
            return Err(Malformed::TooLong);
        }
        // PRE-08
        if tbs.generation == 0 || tbs.size < 2 {
            return Err(Malformed::Value);
        }
        // PRE-13. A batch of an unknown suite is refused where it is used (SUI-08).
        let hash = Suite::from_u16(tbs.suite).map(Suite::hash);
        let wrong = hash.is_ok_and(|hash| tbs.root.len() != hash.digest_len());
        if wrong { Err(Malformed::Key) } else { Ok(tbs) }
    }
}

impl Encode for PrekeyBatchTbs {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.u16(self.suite);
        w.opaque(&self.credential_ref);
        w.u32(self.generation);
        w.u64(self.not_before);
        w.u64(self.expiry);
        w.u32(self.size);
        w.opaque(&self.root);
        w.list(&self.extensions, Writer::item);
    }
}

/// `TypedSignature`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TypedSignature {
    /// Type of the key that signed.
    pub key_type: u16,
    /// The signature.
    pub signature: Vec<u8>,
}

impl TypedSignature {
    pub(crate) fn new(key_type: u16, signature: Vec<u8>) -> Self {
        Self { key_type, signature }
    }
}

impl Decode for TypedSignature {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { key_type: r.u16()?, signature: r.opaque(MAX_SIGNATURE)?.to_vec() })
    }
}

impl Encode for TypedSignature {
    fn encode(&self, w: &mut Writer) {
        w.u16(self.key_type);
        w.opaque(&self.signature);
    }
}

/// `PrekeyBatch`, as received; not verified, unless it stands in the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrekeyBatch {
    tbs: PrekeyBatchTbs,
    signatures: Vec<TypedSignature>,
    raw: Vec<u8>,
    tbs_len: usize,
}

impl PrekeyBatch {
    pub(crate) fn new(tbs: PrekeyBatchTbs, signatures: Vec<TypedSignature>) -> Self {
        let mut w = Writer::new();
        w.item(&tbs);
        let tbs_len = w.len();
        w.list(&signatures, Writer::item);
        Self { tbs, signatures, raw: w.into_bytes(), tbs_len }
    }

    /// What is signed.
    #[must_use]
    pub fn tbs(&self) -> &PrekeyBatchTbs {
        &self.tbs
    }

    /// The bytes as received (`ENC-06`).
    pub(crate) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// `PRE-03`: every signing identity key of known type has signed.
    pub(crate) fn verify(&self, provider: &Provider, credential: &Credential) -> Result<(), Error> {
        let signed = self.raw.get(..self.tbs_len).unwrap_or_default();
        let mut any = false;
        for key in credential.tbs().identity_keys.as_slice() {
            if signature_algorithm(key.key_type).is_none() {
                continue;
            }
            self.verify_with(provider, key, signed)?;
            any = true;
        }
        if any { Ok(()) } else { Err(Peer::BadSignature.into()) }
    }

    fn verify_with(&self, provider: &Provider, key: &TypedKey, signed: &[u8]) -> Result<(), Error> {
        let signature = self
            .signatures
            .iter()
            .find(|signature| signature.key_type == key.key_type)
            .ok_or(Peer::BadSignature)?;
        verify_with_label(provider, key, labels::PREKEY_BATCH, signed, &signature.signature)
    }

    /// `PRE-08`, but for what decoding refuses.
    pub(crate) fn check_times(&self, now: u64, clock_skew: u64) -> Result<(), Error> {
        if now >= self.tbs.expiry {
            return Err(Peer::Expired.into());
        }
        if self.tbs.not_before > now.saturating_add(clock_skew) {
            return Err(Peer::NotYetValid.into());
        }
        match self.tbs.expiry.checked_sub(self.tbs.not_before) {
            Some(lifetime) if lifetime > 0 && lifetime <= MAX_BATCH_LIFETIME => Ok(()),
            _ => Err(Malformed::Value.into()),
        }
    }
}

impl Decode for PrekeyBatch {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let start = r.position();
        let tbs = PrekeyBatchTbs::decode(r)?;
        let tbs_len = r.position().saturating_sub(start);
        let signatures = r.list(MAX_KEYS, TypedSignature::decode)?;
        check_ascending(&signatures, |signature| signature.key_type)?;
        Ok(Self { tbs, signatures, raw: r.since(start).to_vec(), tbs_len })
    }
}

impl Encode for PrekeyBatch {
    fn encode(&self, w: &mut Writer) {
        w.raw(&self.raw);
    }
}

/// `ProvenPrekey`: a prekey with its path to the batch's root.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProvenPrekey {
    /// The prekey.
    pub prekey: Prekey,
    /// `Nh` bytes a node, from the leaf's sibling upwards.
    pub path: Vec<u8>,
}

impl ProvenPrekey {
    pub(crate) fn new(prekey: Prekey, path: Vec<u8>) -> Self {
        Self { prekey, path }
    }

    /// The id that a type stands at (`PRE-13`).
    pub(crate) fn check_id(&self) -> Result<(), Malformed> {
        let right = match self.prekey.prekey_type {
            PrekeyType::Signed => self.prekey.id == 0,
            PrekeyType::KemLastResort => self.prekey.id == 1,
            PrekeyType::OneTime | PrekeyType::KemOneTime => self.prekey.id > 1,
        };
        if right { Ok(()) } else { Err(Malformed::Value) }
    }

    /// `PRE-02`, for the suite of a batch. With one that is unknown it is refused where it is used (`SUI-08`).
    pub(crate) fn check_len(&self, batch: &PrekeyBatch) -> Result<(), Malformed> {
        let length = |suite| self.prekey.prekey_type.public_len(suite);
        let length = Suite::from_u16(batch.tbs.suite).map(length);
        let wrong = length.is_ok_and(|length| length != self.prekey.key.len());
        if wrong { Err(Malformed::Key) } else { Ok(()) }
    }

    /// `PRE-10`, with the length of `PRE-02`.
    pub(crate) fn verify(
        &self,
        provider: &Provider,
        suite: Suite,
        batch: &PrekeyBatchTbs,
    ) -> Result<(), Error> {
        if self.prekey.key.len() != self.prekey.prekey_type.public_len(suite) {
            return Err(Malformed::Key.into());
        }
        let leaf = self.prekey.to_bytes();
        let (id, size) = (self.prekey.id, batch.size);
        match merkle::verify_path(provider, suite.hash(), &leaf, id, size, &self.path, &batch.root)?
        {
            true => Ok(()),
            false => Err(Peer::BadPath.into()),
        }
    }
}

impl Decode for ProvenPrekey {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { prekey: Prekey::decode(r)?, path: r.opaque(MAX_KEY)?.to_vec() })
    }
}

impl Encode for ProvenPrekey {
    fn encode(&self, w: &mut Writer) {
        w.item(&self.prekey);
        w.opaque(&self.path);
    }
}

/// `PublishedBatch`: what a device gives to the prekey directory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublishedBatch {
    /// The signed batch.
    pub batch: PrekeyBatch,
    /// All its keys in the order of `PRE-01`, each once and with its path (`PRE-14`).
    pub prekeys: Vec<ProvenPrekey>,
}

impl PublishedBatch {
    pub(crate) fn new(batch: PrekeyBatch, prekeys: Vec<ProvenPrekey>) -> Self {
        Self { batch, prekeys }
    }

    /// Id of the signed prekey (`PRE-01`).
    pub const SIGNED: u32 = 0;
    /// Id of the last-resort KEM prekey (`PRE-01`).
    pub const LAST_RESORT: u32 = 1;

    /// Ids of the keys of a type, in ascending order. Those of a one-time type are each to be handed out at most once
    /// (`DS-05`).
    pub fn ids(&self, prekey_type: PrekeyType) -> impl Iterator<Item = u32> {
        let prekeys = self.prekeys.iter().map(|proven| &proven.prekey);
        prekeys.filter(move |prekey| prekey.prekey_type == prekey_type).map(|prekey| prekey.id)
    }

    /// Ids of the keys that initiator number `i`, from 0, gets: its own one-time prekey and one-time KEM prekey; where the
    /// batch has none for it, no one-time prekey, and the last-resort KEM prekey (`DS-06`). What
    /// [`Account::bundle`](super::Account::bundle) and [`Publication::bundle`](crate::delivery::Publication::bundle) take.
    #[must_use]
    pub fn ids_for(&self, i: usize) -> (Option<u32>, u32) {
        let kem = self.ids(PrekeyType::KemOneTime).nth(i);
        (self.ids(PrekeyType::OneTime).nth(i), kem.unwrap_or(Self::LAST_RESORT))
    }

    /// The prekey with an id.
    #[must_use]
    pub fn prekey(&self, id: u32) -> Option<&ProvenPrekey> {
        self.prekeys.iter().find(|proven| proven.prekey.id == id)
    }

    /// `PRE-14`: each key of the batch once, in ascending order of id.
    pub(crate) fn check_complete(&self) -> Result<(), Malformed> {
        let ids = self.prekeys.iter().map(|proven| proven.prekey.id);
        if ids.eq(0..self.batch.tbs().size) { Ok(()) } else { Err(Malformed::Order) }
    }
}

impl Decode for PublishedBatch {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let batch = PrekeyBatch::decode(r)?;
        let prekeys = r.list(MAX_BATCH_KEYS, ProvenPrekey::decode)?;
        prekeys.iter().try_for_each(|proven| proven.check_len(&batch))?;
        Ok(Self { batch, prekeys })
    }
}

impl Encode for PublishedBatch {
    fn encode(&self, w: &mut Writer) {
        w.item(&self.batch);
        w.list(&self.prekeys, Writer::item);
    }
}
