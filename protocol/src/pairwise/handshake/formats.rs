//! What stands on the wire in a handshake, and what is sealed in it (page *Handshake*, *Formats*).

use crate::codec::{Decode, Encode, Reader, Writer, decode_all};
use crate::crypto::Suite;
use crate::error::Malformed;
use crate::limits::{MAX_IDENTITY, MAX_KEY, MAX_MESSAGE};
use crate::pairwise::credential::Credential;
use crate::pairwise::device_list::DeviceLists;
use crate::pairwise::identity::{Extension, decode_extensions};
use crate::pairwise::prekeys::PrekeyType;
use crate::pairwise::session::SessionId;
use alloc::vec::Vec;

/// `WireFormat` of a ratchet message.
pub(crate) const RATCHET_V0: u8 = 1;
/// `WireFormat` of a first message.
pub(crate) const FIRST_V0: u8 = 2;
/// `InitiatorIdentity` is padded to a multiple of this many bytes.
pub(super) const IDENTITY_BLOCK: usize = 256;
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
