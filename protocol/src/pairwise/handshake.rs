//! Formats and key schedule of the handshake (page *Handshake*).
//!
//! ```text
//!  KEM ciphertext ──► SS ─┬────────────► identity_secret ──► key, nonce: seal InitiatorIdentity
//!  EK_i, SPK_r ─────► DH3 ┘                                     │
//!                                                               ▼
//!  SS, DH1 … DH5, psk_input ──► handshake_secret        transcript_hash
//!                                      │                        │
//!                                      └───────────┬────────────┘
//!               root_key, header keys, pq_secret, session_id, exporter_secret
//! ```

use super::credential::Credential;
use super::device_list::DeviceLists;
use super::identity::{Extension, decode_extensions};
use super::prekeys::{Prekey, PrekeyBatch, PrekeyType};
use super::session::SessionId;
use crate::codec::{Decode, Encode, Reader, Wire, Writer, decode_all};
use crate::crypto::{Provider, Secret, Suite, kdf, labels};
use crate::error::{Error, Malformed, Peer};
use crate::limits::{MAX_IDENTITY, MAX_KEY, MAX_MESSAGE};
use alloc::vec;
use alloc::vec::Vec;
use zeroize::Zeroizing;

/// `WireFormat` of a ratchet message.
pub(crate) const RATCHET_V0: u8 = 1;
/// `WireFormat` of a first message.
pub(crate) const FIRST_V0: u8 = 2;
/// `InitiatorIdentity` is padded to a multiple of this many bytes.
const IDENTITY_BLOCK: usize = 256;
/// Extension of `InitiatorIdentity`: the handshake is a recovery (`REP-12`).
const EXTENSION_RECOVERY: u16 = 0x0001;

/// `PskId`: which pre-shared key a handshake mixes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PskId {
    /// None.
    None,
    /// One that both callers know by this id.
    External(Vec<u8>),
    /// The resumption PSK of the session with this id.
    Resumption(Vec<u8>),
}

impl Decode for PskId {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let psk_type = r.u8()?;
        let id = r.opaque(MAX_KEY)?.to_vec();
        match psk_type {
            0 if id.is_empty() => Ok(Self::None),
            0 => Err(Malformed::Value),
            1 if !id.is_empty() => Ok(Self::External(id)),
            2 if id.len() == SessionId::LEN => Ok(Self::Resumption(id)),
            1 | 2 => Err(Malformed::Value),
            _ => Err(Malformed::Enumeration),
        }
    }
}

impl Encode for PskId {
    fn encode(&self, w: &mut Writer) {
        let (psk_type, id): (u8, &[u8]) = match self {
            Self::None => (0, &[]),
            Self::External(id) => (1, id),
            Self::Resumption(id) => (2, id),
        };
        w.u8(psk_type);
        w.opaque(id);
    }
}

/// `HandshakeMessage`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandshakeMessage {
    /// Generation of the responder's batch.
    pub batch_generation: u32,
    /// Id of the signed prekey.
    pub signed_prekey_id: u32,
    /// Id of the one-time prekey, if one was used.
    pub one_time_prekey_id: Option<u32>,
    /// Id of the KEM prekey.
    pub kem_prekey_id: u32,
    /// `EK_i`, `Npk` bytes.
    pub ephemeral_key: Vec<u8>,
    /// `Nct` bytes.
    pub kem_ciphertext: Vec<u8>,
    /// The sealed [`InitiatorIdentity`].
    pub sealed_identity: Vec<u8>,
}

impl Decode for HandshakeMessage {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        if r.u8()? != FIRST_V0 {
            return Err(Malformed::Value);
        }
        Ok(Self {
            batch_generation: r.u32()?,
            signed_prekey_id: r.u32()?,
            one_time_prekey_id: r.optional(Reader::u32)?,
            kem_prekey_id: r.u32()?,
            ephemeral_key: r.opaque(MAX_KEY)?.to_vec(),
            kem_ciphertext: r.opaque(MAX_KEY)?.to_vec(),
            sealed_identity: r.opaque(MAX_IDENTITY)?.to_vec(),
        })
    }
}

impl Encode for HandshakeMessage {
    fn encode(&self, w: &mut Writer) {
        w.u8(FIRST_V0);
        w.u32(self.batch_generation);
        w.u32(self.signed_prekey_id);
        w.optional(self.one_time_prekey_id.as_ref(), |w, id| w.u32(*id));
        w.u32(self.kem_prekey_id);
        w.opaque(&self.ephemeral_key);
        w.opaque(&self.kem_ciphertext);
        w.opaque(&self.sealed_identity);
    }
}

/// `FirstMessage`: a handshake and a ratchet message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FirstMessage {
    /// The handshake.
    pub handshake: HandshakeMessage,
    /// Its bytes as received (`ENC-06`).
    pub(crate) raw_handshake: Vec<u8>,
    /// The contained ratchet message.
    pub message: Vec<u8>,
}

impl Decode for FirstMessage {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let start = r.position();
        let handshake = HandshakeMessage::decode(r)?;
        let raw_handshake = r.since(start).to_vec();
        Ok(Self { handshake, raw_handshake, message: r.opaque(MAX_MESSAGE)?.to_vec() })
    }
}

impl Encode for FirstMessage {
    fn encode(&self, w: &mut Writer) {
        w.raw(&self.raw_handshake);
        w.opaque(&self.message);
    }
}

impl HandshakeMessage {
    /// `HS-17`, as soon as the suite is known.
    pub(crate) fn check_lengths(&self, suite: Suite) -> Result<(), Malformed> {
        let sealed = self.sealed_identity.len().saturating_sub(suite.aead().tag_len());
        let right = self.ephemeral_key.len() == suite.agreement().public_len()
            && self.kem_ciphertext.len() == suite.kem().ciphertext_len()
            && sealed > 0
            && sealed.is_multiple_of(IDENTITY_BLOCK);
        if right { Ok(()) } else { Err(Malformed::Key) }
    }
}

/// `handshake_ref = ref_hash("handshake", encode(HandshakeMessage))`, with the suite's hash.
pub(crate) fn handshake_ref(
    provider: &Provider,
    suite: Suite,
    handshake: &[u8],
) -> Result<Vec<u8>, Error> {
    Ok(kdf::ref_hash(provider, suite.hash(), labels::HANDSHAKE, handshake)?)
}

/// `InitiatorIdentity`: who the initiator is, sealed on the wire; not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InitiatorIdentity {
    /// The initiator's device lists, oldest first.
    pub device_lists: DeviceLists,
    /// The initiator's credential.
    pub credential: Credential,
    /// The PSK that it mixes in.
    pub psk: PskId,
    /// Extensions; unknown ones are ignored.
    pub extensions: Vec<Extension>,
}

impl InitiatorIdentity {
    pub(crate) fn new(
        device_lists: DeviceLists,
        credential: Credential,
        psk: PskId,
        recovery: bool,
    ) -> Self {
        let recovery =
            recovery.then(|| Extension { extension_type: EXTENSION_RECOVERY, data: Vec::new() });
        Self { device_lists, credential, psk, extensions: recovery.into_iter().collect() }
    }

    /// Whether the handshake says that it is a recovery (`REP-12`), which has no resumption PSK.
    pub(crate) fn recovery(&self) -> Result<bool, Malformed> {
        let resumption = matches!(self.psk, PskId::Resumption(_));
        match self.extensions.iter().find(|e| e.extension_type == EXTENSION_RECOVERY) {
            None => Ok(false),
            Some(extension) if extension.data.is_empty() && !resumption => Ok(true),
            Some(_) => Err(Malformed::Value),
        }
    }
}

impl Decode for InitiatorIdentity {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            device_lists: DeviceLists::decode(r)?,
            credential: Credential::decode(r)?,
            psk: PskId::decode(r)?,
            extensions: decode_extensions(r)?,
        })
    }
}

impl Encode for InitiatorIdentity {
    fn encode(&self, w: &mut Writer) {
        w.item(&self.device_lists);
        w.item(&self.credential);
        w.item(&self.psk);
        w.list(&self.extensions, Writer::item);
    }
}

/// What both sides know before the initiator is known: hashed into `prologue_hash`.
pub(crate) struct Prologue<'a> {
    pub(crate) suite: Suite,
    pub(crate) responder_credential: &'a Credential,
    pub(crate) batch: &'a PrekeyBatch,
    pub(crate) signed_prekey: &'a Prekey,
    pub(crate) one_time_prekey: Option<&'a Prekey>,
    pub(crate) kem_prekey: &'a Prekey,
    pub(crate) ephemeral_key: &'a [u8],
    pub(crate) kem_ciphertext: &'a [u8],
}

fn write_label(w: &mut Writer, label: &str) {
    w.vector(|w| {
        w.raw(labels::PREFIX.as_bytes());
        w.raw(label.as_bytes());
    });
}

impl Prologue<'_> {
    /// `prologue_hash = Hash(encode(Prologue))`
    pub(crate) fn hash(&self, provider: &Provider) -> Result<Vec<u8>, Error> {
        let mut w = Writer::with_capacity(4096);
        write_label(&mut w, labels::PROLOGUE);
        w.u8(FIRST_V0);
        w.u16(self.suite.to_u16());
        w.raw(self.responder_credential.raw());
        w.raw(self.batch.raw());
        w.item(self.signed_prekey);
        w.optional(self.one_time_prekey, Writer::item);
        w.item(self.kem_prekey);
        w.opaque(self.ephemeral_key);
        w.opaque(self.kem_ciphertext);
        Ok(kdf::hash(provider, self.suite.hash(), &[&w.into_bytes()])?)
    }
}

/// The key that hides the initiator's identity.
pub(crate) struct IdentityKey {
    key: Secret,
    nonce: Secret,
}

impl IdentityKey {
    /// `identity_secret = HKDF-Extract(zeros(Nh), SS || DH3)` and what is expanded from it.
    pub(crate) fn derive(
        provider: &Provider,
        suite: Suite,
        shared: &Secret,
        dh3: &Secret,
        prologue_hash: &[u8],
    ) -> Result<Self, Error> {
        let (hash, aead) = (suite.hash(), suite.aead());
        let secret = kdf::extract_unsalted(provider, hash, &[shared.as_bytes(), dh3.as_bytes()])?;
        let mut key = Secret::zeros(aead.key_len());
        let mut nonce = Secret::zeros(aead.nonce_len());
        let jobs = [(labels::IDENTITY_KEY, key.as_mut()), (labels::IDENTITY_NONCE, nonce.as_mut())];
        kdf::expand_into(provider, hash, secret.as_bytes(), prologue_hash, jobs)?;
        Ok(Self { key, nonce })
    }

    /// `sealed_identity` over the padded identity.
    pub(crate) fn seal(
        self,
        provider: &Provider,
        suite: Suite,
        prologue_hash: &[u8],
        identity: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let padded = identity.len().div_ceil(IDENTITY_BLOCK).saturating_mul(IDENTITY_BLOCK);
        let mut sealed = Vec::with_capacity(padded.saturating_add(suite.aead().tag_len()));
        sealed.extend_from_slice(identity);
        sealed.resize(padded, 0);
        let mut tag = vec![0; suite.aead().tag_len()];
        let (key, nonce) = (self.key.as_bytes(), self.nonce.as_bytes());
        let provider = provider.get();
        provider.aead_seal(suite.aead(), key, nonce, prologue_hash, &mut sealed, &mut tag)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens `sealed_identity` and removes the padding (`HS-12`): the identity and its encoding.
    pub(crate) fn open(
        self,
        provider: &Provider,
        suite: Suite,
        prologue_hash: &[u8],
        sealed: &[u8],
    ) -> Result<(InitiatorIdentity, Vec<u8>), Error> {
        let length = sealed.len().checked_sub(suite.aead().tag_len()).ok_or(Peer::Undecryptable)?;
        let (sealed, tag) = sealed.split_at_checked(length).ok_or(Peer::Undecryptable)?;
        let mut padded = Zeroizing::new(sealed.to_vec());
        let (key, nonce) = (self.key.as_bytes(), self.nonce.as_bytes());
        let provider = provider.get();
        if !provider.aead_open(suite.aead(), key, nonce, prologue_hash, &mut padded, tag)? {
            return Err(Peer::Undecryptable.into());
        }
        let mut r = Reader::new(&padded);
        let identity = InitiatorIdentity::decode(&mut r)?;
        let encoding = r.since(0).to_vec();
        let padding = r.rest();
        let fewest = padding.len() < IDENTITY_BLOCK && padded.len().is_multiple_of(IDENTITY_BLOCK);
        if fewest && padding.iter().all(|byte| *byte == 0) {
            Ok((identity, encoding))
        } else {
            Err(Malformed::Padding.into())
        }
    }
}

/// `transcript_hash = Hash(encode(Transcript))`
pub(crate) fn transcript_hash(
    provider: &Provider,
    suite: Suite,
    prologue_hash: &[u8],
    initiator_identity: &[u8],
    sealed_identity: &[u8],
) -> Result<Vec<u8>, Error> {
    let mut w = Writer::with_capacity(4096);
    write_label(&mut w, labels::TRANSCRIPT);
    w.opaque(prologue_hash);
    w.opaque(initiator_identity);
    w.opaque(sealed_identity);
    Ok(kdf::hash(provider, suite.hash(), &[&w.into_bytes()])?)
}

/// The pre-shared key of a handshake.
pub(crate) struct Psk {
    pub(crate) id: PskId,
    pub(crate) key: Secret,
}

impl Psk {
    pub(crate) fn none() -> Self {
        Self { id: PskId::None, key: Secret::zeros(0) }
    }

    /// `psk_input`: `Nh` bytes, zeros where there is none.
    fn input(&self, provider: &Provider, suite: Suite) -> Result<Secret, Error> {
        let hash = suite.hash();
        if self.id == PskId::None {
            return Ok(Secret::zeros(hash.digest_len()));
        }
        let prk = kdf::extract_unsalted(provider, hash, &[self.key.as_bytes()])?;
        let (context, length) = (self.id.to_bytes(), hash.digest_len());
        Ok(kdf::expand_with_label(provider, hash, &prk, labels::PSK, &context, length)?)
    }
}

/// The outputs of all key agreements, at their positions (`HS-01`).
pub(crate) struct KeyMaterial {
    pub(crate) shared: Secret,
    pub(crate) dh1: Secret,
    pub(crate) dh2: Secret,
    pub(crate) dh3: Secret,
    /// `None` without a one-time prekey: zeros of the same length.
    pub(crate) dh4: Option<Secret>,
    pub(crate) dh5: Secret,
}

/// What a handshake gives to its session.
pub(crate) struct Outputs {
    pub(crate) root_key: Secret,
    pub(crate) initiator_header_key: Secret,
    pub(crate) responder_header_key: Secret,
    pub(crate) pq_secret: Secret,
    pub(crate) session_id: SessionId,
    pub(crate) exporter_secret: Secret,
}

impl KeyMaterial {
    /// `handshake_secret` and everything that is expanded from it, with `transcript_hash` as context
    /// (`HS-02`); consumes the inputs (`HS-03`).
    pub(crate) fn derive(
        self,
        provider: &Provider,
        suite: Suite,
        psk: &Psk,
        transcript_hash: &[u8],
    ) -> Result<Outputs, Error> {
        let hash = suite.hash();
        let psk_input = psk.input(provider, suite)?;
        let dh4 = self.dh4.unwrap_or_else(|| Secret::zeros(suite.agreement().output_len()));
        let ikm = [&self.shared, &self.dh1, &self.dh2, &self.dh3, &dh4, &self.dh5, &psk_input];
        let secret = kdf::extract_unsalted(provider, hash, &ikm.map(Secret::as_bytes))?;
        let mut root_key = Secret::zeros(hash.digest_len());
        let mut initiator_header_key = Secret::zeros(suite.aead().key_len());
        let mut responder_header_key = Secret::zeros(suite.aead().key_len());
        let mut pq_secret = Secret::zeros(hash.digest_len());
        let mut session_id = [0; SessionId::LEN];
        let mut exporter_secret = Secret::zeros(hash.digest_len());
        let jobs = [
            (labels::ROOT, root_key.as_mut()),
            (labels::HEADER_INITIATOR, initiator_header_key.as_mut()),
            (labels::HEADER_RESPONDER, responder_header_key.as_mut()),
            (labels::PQ_RATCHET, pq_secret.as_mut()),
            (labels::SESSION_ID, &mut session_id[..]),
            (labels::EXPORTER, exporter_secret.as_mut()),
        ];
        kdf::expand_into(provider, hash, secret.as_bytes(), transcript_hash, jobs)?;
        Ok(Outputs {
            root_key,
            initiator_header_key,
            responder_header_key,
            pq_secret,
            session_id: SessionId::new(session_id),
            exporter_secret,
        })
    }
}

/// `resumption_psk = expand_with_label(exporter_secret, "resumption psk", session_id, Nh)`
pub(crate) fn resumption_psk(
    provider: &Provider,
    suite: Suite,
    exporter_secret: &Secret,
    session_id: &SessionId,
) -> Result<Psk, Error> {
    let (hash, length) = (suite.hash(), suite.hash().digest_len());
    let (label, context) = (labels::RESUMPTION_PSK, session_id.as_bytes());
    let key = kdf::expand_with_label(provider, hash, exporter_secret, label, context, length)?;
    Ok(Psk { id: PskId::Resumption(context.to_vec()), key })
}

/// The types of prekeys that a handshake may name (`PRE-09`).
pub(crate) fn check_prekey_types(
    signed: PrekeyType,
    one_time: Option<PrekeyType>,
    kem: PrekeyType,
) -> Result<(), Malformed> {
    use PrekeyType::{KemLastResort, KemOneTime, OneTime, Signed};
    let right = signed == Signed
        && one_time.is_none_or(|one_time| one_time == OneTime)
        && matches!(kem, KemOneTime | KemLastResort);
    if right { Ok(()) } else { Err(Malformed::Value) }
}

/// Parses a first message.
pub(crate) fn parse_first_message(bytes: &[u8]) -> Result<FirstMessage, Malformed> {
    decode_all(bytes)
}
