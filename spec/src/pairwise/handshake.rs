//! The handshake's formats (Handshake, *Formats*).

use super::codec::{
    Extensions, Reader, find_extension, finish, read_extensions, read_opaque, read_presence,
    read_rest, read_u8, read_u32, reader, write_extensions, write_opaque,
};
use super::error::{ErrorClass, check};
use super::identities::{
    Credential, DeviceLists, encode_credential, encode_device_lists, read_credential,
    read_device_lists,
};
use super::kdf::{full_label, ref_hash};
use super::labels::{HANDSHAKE, PROLOGUE, TRANSCRIPT};
use super::limits::{MAX_IDENTITY, MAX_KEY, MAX_MESSAGE};
use super::prekeys::{Prekey, PrekeyBatch, encode_prekey, encode_prekey_batch};
use super::suite::{NCT, NPK, NT};
use crate::octets::{Octets, byte, is_zero, u16_be, u32_be, zeros};

/// Wire format of a `RatchetMessage`.
pub const RATCHET_V0: u8 = 1;
/// Wire format of a `FirstMessage`.
pub const FIRST_V0: u8 = 2;

/// PSK type: no PSK.
pub const PSK_NONE: u8 = 0;
/// PSK type: one that the callers agreed on.
pub const PSK_EXTERNAL: u8 = 1;
/// PSK type: that of an earlier session.
pub const PSK_RESUMPTION: u8 = 2;

/// Extension of `InitiatorIdentity`: the handshake is a recovery (`[REP-12]`).
pub const EXTENSION_RECOVERY: u16 = 0x0001;

/// The padding of `InitiatorIdentity` ends at a multiple of this.
pub const IDENTITY_BLOCK: usize = 256;

/// `PskId`.
#[derive(Clone, Debug, Default)]
pub struct PskId {
    /// Its type.
    pub psk_type: u8,
    /// Its name; empty for none.
    pub id: Octets,
}

/// A PSK with its name.
#[derive(Clone, Debug, Default)]
pub struct Psk {
    /// Its name.
    pub id: PskId,
    /// The secret; empty for none.
    pub secret: Octets,
}

/// `HandshakeMessage`.
#[derive(Clone, Debug, Default)]
pub struct HandshakeMessage {
    /// Generation of the batch.
    pub batch_generation: u32,
    /// The signed prekey.
    pub signed_prekey_id: u32,
    /// The one-time prekey, if one is used.
    pub one_time_prekey_id: Option<u32>,
    /// The KEM prekey.
    pub kem_prekey_id: u32,
    /// `EK_i`.
    pub ephemeral_key: Octets,
    /// The KEM ciphertext.
    pub kem_ciphertext: Octets,
    /// The initiator's identity, sealed.
    pub sealed_identity: Octets,
}

/// `FirstMessage`.
#[derive(Clone, Debug, Default)]
pub struct FirstMessage {
    /// The handshake.
    pub handshake: HandshakeMessage,
    /// A `RatchetMessage`.
    pub message: Octets,
}

/// `InitiatorIdentity`.
#[derive(Clone, Debug, Default)]
pub struct InitiatorIdentity {
    /// The initiator's device lists, oldest first.
    pub device_lists: DeviceLists,
    /// The initiator's credential.
    pub credential: Credential,
    /// The PSK that is mixed in.
    pub psk: PskId,
    /// Extensions.
    pub extensions: Extensions,
}

/// `Prologue`, without its label and wire format, which are constant.
#[derive(Clone, Debug, Default)]
pub struct Prologue {
    /// The suite.
    pub suite: u16,
    /// The responder's credential.
    pub responder_credential: Credential,
    /// The batch.
    pub batch: PrekeyBatch,
    /// The signed prekey.
    pub signed_prekey: Prekey,
    /// The one-time prekey, if one is used.
    pub one_time_prekey: Option<Prekey>,
    /// The KEM prekey.
    pub kem_prekey: Prekey,
    /// `EK_i`.
    pub ephemeral_key: Octets,
    /// The KEM ciphertext.
    pub kem_ciphertext: Octets,
}

/// No PSK.
pub fn no_psk() -> Psk {
    Psk { id: PskId { psk_type: PSK_NONE, id: Octets::new(0) }, secret: Octets::new(0) }
}

/// `encode(PskId)`.
pub fn encode_psk_id(psk: &PskId) -> Octets {
    byte(psk.psk_type).concat(&write_opaque(&psk.id))
}

/// Whether a PSK's id is one of its type (`[HS-14]`).
pub fn psk_id_fits(psk: &PskId) -> bool {
    match psk.psk_type {
        PSK_NONE => psk.id.len() == 0,
        PSK_EXTERNAL => psk.id.len() > 0,
        PSK_RESUMPTION => psk.id.len() == 32,
        _ => false,
    }
}

/// Reads a `PskId`: a known type with an id of that type (`[HS-14]`).
pub fn read_psk_id(r: Reader) -> Result<(PskId, Reader), ErrorClass> {
    let (psk_type, r) = read_u8(r)?;
    let (id, r) = read_opaque(r, MAX_KEY)?;
    let psk = PskId { psk_type, id };
    check(psk_id_fits(&psk), ErrorClass::Malformed)?;
    Ok((psk, r))
}

/// `encode(HandshakeMessage)`.
pub fn encode_handshake_message(message: &HandshakeMessage) -> Octets {
    let one_time_prekey_id = match message.one_time_prekey_id {
        Some(id) => byte(1).concat(&u32_be(id)),
        None => byte(0),
    };
    byte(FIRST_V0)
        .concat(&u32_be(message.batch_generation))
        .concat(&u32_be(message.signed_prekey_id))
        .concat(&one_time_prekey_id)
        .concat(&u32_be(message.kem_prekey_id))
        .concat(&write_opaque(&message.ephemeral_key))
        .concat(&write_opaque(&message.kem_ciphertext))
        .concat(&write_opaque(&message.sealed_identity))
}

/// Reads an `optional<uint32>`.
fn read_optional_id(r: Reader) -> Result<(Option<u32>, Reader), ErrorClass> {
    let (present, r) = read_presence(r)?;
    if present {
        let (id, r) = read_u32(r)?;
        Ok((Some(id), r))
    } else {
        Ok((None, r))
    }
}

/// Reads a `HandshakeMessage`.
pub fn read_handshake_message(r: Reader) -> Result<(HandshakeMessage, Reader), ErrorClass> {
    let (wire_format, r) = read_u8(r)?;
    check(wire_format == FIRST_V0, ErrorClass::Malformed)?;
    let (batch_generation, r) = read_u32(r)?;
    let (signed_prekey_id, r) = read_u32(r)?;
    let (one_time_prekey_id, r) = read_optional_id(r)?;
    let (kem_prekey_id, r) = read_u32(r)?;
    let (ephemeral_key, r) = read_opaque(r, MAX_KEY)?;
    let (kem_ciphertext, r) = read_opaque(r, MAX_KEY)?;
    let (sealed_identity, r) = read_opaque(r, MAX_IDENTITY)?;
    let message = HandshakeMessage {
        batch_generation,
        signed_prekey_id,
        one_time_prekey_id,
        kem_prekey_id,
        ephemeral_key,
        kem_ciphertext,
        sealed_identity,
    };
    Ok((message, r))
}

/// Decodes a `HandshakeMessage`.
pub fn decode_handshake_message(bytes: &Octets) -> Result<HandshakeMessage, ErrorClass> {
    let (message, r) = read_handshake_message(reader(bytes))?;
    finish(&r)?;
    Ok(message)
}

/// `encode(FirstMessage)`.
pub fn encode_first_message(first: &FirstMessage) -> Octets {
    encode_handshake_message(&first.handshake).concat(&write_opaque(&first.message))
}

/// Decodes a `FirstMessage`.
pub fn decode_first_message(bytes: &Octets) -> Result<FirstMessage, ErrorClass> {
    let (handshake, r) = read_handshake_message(reader(bytes))?;
    let (message, r) = read_opaque(r, MAX_MESSAGE)?;
    finish(&r)?;
    Ok(FirstMessage { handshake, message })
}

// ANCHOR: check_sizes
/// Refuses sizes that are not the suite's (`[HS-17]`); done as soon as the batch is found.
pub fn check_sizes(message: &HandshakeMessage) -> Result<(), ErrorClass> {
    let sealed = message.sealed_identity.len();
    let blocks = sealed > NT && (sealed - NT) % IDENTITY_BLOCK == 0;
    let sizes = message.ephemeral_key.len() == NPK && message.kem_ciphertext.len() == NCT;
    check(blocks && sizes, ErrorClass::Malformed)
}
// ANCHOR_END: check_sizes

// ANCHOR: handshake_ref
/// The reference to a handshake.
pub fn handshake_ref(message: &HandshakeMessage) -> Octets {
    ref_hash(HANDSHAKE, &encode_handshake_message(message))
}
// ANCHOR_END: handshake_ref

/// `encode(InitiatorIdentity)`.
pub fn encode_initiator_identity(identity: &InitiatorIdentity) -> Octets {
    encode_device_lists(&identity.device_lists)
        .concat(&encode_credential(&identity.credential))
        .concat(&encode_psk_id(&identity.psk))
        .concat(&write_extensions(&identity.extensions))
}

/// Reads an `InitiatorIdentity`. The extension `recovery` is empty and has no resumption PSK beside
/// it (`[REP-12]`).
fn read_initiator_identity(r: Reader) -> Result<(InitiatorIdentity, Reader), ErrorClass> {
    let (device_lists, r) = read_device_lists(r)?;
    let (credential, r) = read_credential(r)?;
    let (psk, r) = read_psk_id(r)?;
    let (extensions, r) = read_extensions(r)?;
    match find_extension(&extensions, EXTENSION_RECOVERY) {
        Some(data) => {
            let resumed = psk.psk_type == PSK_RESUMPTION;
            check(data.len() == 0 && !resumed, ErrorClass::Malformed)?;
        }
        None => {}
    }
    Ok((InitiatorIdentity { device_lists, credential, psk, extensions }, r))
}

/// Decodes an `InitiatorIdentity`.
pub fn decode_initiator_identity(bytes: &Octets) -> Result<InitiatorIdentity, ErrorClass> {
    let (identity, r) = read_initiator_identity(reader(bytes))?;
    finish(&r)?;
    Ok(identity)
}

// ANCHOR: pad_identity
/// The encoding with the fewest zero bytes behind it that give a multiple of 256 (`[HS-12]`).
pub fn pad_identity(encoded: &Octets) -> Octets {
    let blocks = encoded.len().div_ceil(IDENTITY_BLOCK);
    encoded.concat(&zeros(blocks * IDENTITY_BLOCK - encoded.len()))
}

/// The identity and its encoding, without the padding, which is checked (`[HS-12]`).
pub fn unpad_identity(padded: &Octets) -> Result<(InitiatorIdentity, Octets), ErrorClass> {
    let (identity, r) = read_initiator_identity(reader(padded))?;
    let end = r.at;
    let (padding, _r) = read_rest(r)?;
    let fewest = padded.len() % IDENTITY_BLOCK == 0 && padding.len() < IDENTITY_BLOCK;
    check(fewest && is_zero(&padding), ErrorClass::Malformed)?;
    Ok((identity, padded.slice(0, end)))
}
// ANCHOR_END: pad_identity

// ANCHOR: prologue
/// `encode(Prologue)`: all that both sides know before the initiator is known.
pub fn encode_prologue(prologue: &Prologue) -> Octets {
    let one_time_prekey = match &prologue.one_time_prekey {
        Some(prekey) => byte(1).concat(&encode_prekey(prekey)),
        None => byte(0),
    };
    write_opaque(&full_label(PROLOGUE))
        .concat(&byte(FIRST_V0))
        .concat(&u16_be(prologue.suite))
        .concat(&encode_credential(&prologue.responder_credential))
        .concat(&encode_prekey_batch(&prologue.batch))
        .concat(&encode_prekey(&prologue.signed_prekey))
        .concat(&one_time_prekey)
        .concat(&encode_prekey(&prologue.kem_prekey))
        .concat(&write_opaque(&prologue.ephemeral_key))
        .concat(&write_opaque(&prologue.kem_ciphertext))
}
// ANCHOR_END: prologue

// ANCHOR: transcript
/// `encode(Transcript)`: the identity as encoded and as sealed (`[HS-15]`).
pub fn encode_transcript(
    prologue_hash: &Octets,
    initiator_identity: &Octets,
    sealed_identity: &Octets,
) -> Octets {
    write_opaque(&full_label(TRANSCRIPT))
        .concat(&write_opaque(prologue_hash))
        .concat(&write_opaque(initiator_identity))
        .concat(&write_opaque(sealed_identity))
}
// ANCHOR_END: transcript
