//! The handshake's key schedule (Handshake, *Key schedule*).
//!
//! ```text
//! SS, DH3 ── identity_secret ── identity_key, identity_nonce ── sealed_identity
//!                                                                    │
//! SS, DH1 … DH5, psk_input ── handshake_secret ── transcript_hash ───┤
//!                                                                    ├─ root_key
//!                                                                    ├─ initiator_header_key
//!                                                                    ├─ responder_header_key
//!                                                                    ├─ pq_secret
//!                                                                    ├─ session_id
//!                                                                    └─ exporter_secret
//! ```

use super::error::{ErrorClass, check};
use super::handshake::{
    InitiatorIdentity, PSK_NONE, Prologue, Psk, encode_prologue, encode_psk_id, encode_transcript,
    pad_identity, unpad_identity,
};
use super::kdf::expand_with_label;
use super::labels::{
    EXPORTER, HEADER_INITIATOR, HEADER_RESPONDER, IDENTITY_KEY, IDENTITY_NONCE, PQ_RATCHET, PSK,
    RESUMPTION_PSK, ROOT, SESSION_ID,
};
use super::limits::MAX_IDENTITY;
use super::suite::{NDH, NH, NK, NN, aead_open, aead_seal, hash, hkdf_extract};
use crate::octets::{Octets, zeros};

/// The secrets that go into a handshake, at their fixed positions (`[HS-01]`).
#[derive(Clone, Debug, Default)]
pub struct HandshakeSecrets {
    /// The KEM secret, SS.
    pub kem_secret: Octets,
    /// `DH(IK_i, SPK_r)`.
    pub dh1: Octets,
    /// `DH(EK_i, IK_r)`.
    pub dh2: Octets,
    /// `DH(EK_i, SPK_r)`.
    pub dh3: Octets,
    /// `DH(EK_i, OPK_r)`, or zeros.
    pub dh4: Octets,
    /// `DH(IK_i, IK_r)`.
    pub dh5: Octets,
    /// The PSK input, or zeros.
    pub psk_input: Octets,
}

/// Key and nonce of `sealed_identity`.
#[derive(Clone, Debug, Default)]
pub struct IdentitySecrets {
    /// `identity_secret`.
    pub identity_secret: Octets,
    /// `identity_key`.
    pub identity_key: Octets,
    /// `identity_nonce`.
    pub identity_nonce: Octets,
}

/// What a handshake gives.
#[derive(Clone, Debug, Default)]
pub struct HandshakeOutputs {
    /// First root key.
    pub root_key: Octets,
    /// Header key of the initiator's first chain.
    pub initiator_header_key: Octets,
    /// Header key of the responder's first chain.
    pub responder_header_key: Octets,
    /// First secret of the post-quantum ratchet.
    pub pq_secret: Octets,
    /// Session id.
    pub session_id: Octets,
    /// Exporter secret.
    pub exporter_secret: Octets,
}

/// `DH4` where there is no one-time prekey (`[HS-01]`).
pub fn absent_dh() -> Octets {
    zeros(NDH)
}

// ANCHOR: prologue_hash
/// `prologue_hash`.
pub fn prologue_hash(prologue: &Prologue) -> Octets {
    hash(&encode_prologue(prologue))
}
// ANCHOR_END: prologue_hash

// ANCHOR: identity_secrets
/// Key and nonce under which the initiator's identity travels.
pub fn identity_secrets(
    kem_secret: &Octets,
    dh3: &Octets,
    prologue_hash: &Octets,
) -> IdentitySecrets {
    let identity_secret = hkdf_extract(&zeros(NH), &kem_secret.concat(dh3));
    IdentitySecrets {
        identity_key: expand_with_label(&identity_secret, IDENTITY_KEY, prologue_hash, NK),
        identity_nonce: expand_with_label(&identity_secret, IDENTITY_NONCE, prologue_hash, NN),
        identity_secret,
    }
}
// ANCHOR_END: identity_secrets

// ANCHOR: seal_identity
/// `sealed_identity` of an encoded identity.
pub fn seal_identity(
    secrets: &IdentitySecrets,
    prologue_hash: &Octets,
    encoded: &Octets,
) -> Octets {
    let padded = pad_identity(encoded);
    aead_seal(&secrets.identity_key, &secrets.identity_nonce, prologue_hash, &padded)
}

/// The identity in `sealed_identity`, and its encoding.
pub fn open_identity(
    secrets: &IdentitySecrets,
    prologue_hash: &Octets,
    sealed: &Octets,
) -> Result<(InitiatorIdentity, Octets), ErrorClass> {
    check(sealed.len() <= MAX_IDENTITY, ErrorClass::Malformed)?;
    let padded = aead_open(&secrets.identity_key, &secrets.identity_nonce, prologue_hash, sealed)
        .ok_or(ErrorClass::Undecryptable)?;
    unpad_identity(&padded)
}
// ANCHOR_END: seal_identity

// ANCHOR: transcript_hash
/// `transcript_hash`, the context of every output (`[HS-02]`).
pub fn transcript_hash(prologue_hash: &Octets, encoded: &Octets, sealed: &Octets) -> Octets {
    hash(&encode_transcript(prologue_hash, encoded, sealed))
}
// ANCHOR_END: transcript_hash

// ANCHOR: psk_input
/// `psk_input`: zeros without a PSK (`[HS-01]`).
pub fn psk_input(psk: &Psk) -> Octets {
    if psk.id.psk_type == PSK_NONE {
        zeros(NH)
    } else {
        let prk = hkdf_extract(&zeros(NH), &psk.secret);
        expand_with_label(&prk, PSK, &encode_psk_id(&psk.id), NH)
    }
}

/// The PSK by which a session authenticates the next one (`[HS-14]`).
pub fn resumption_psk(exporter_secret: &Octets, session_id: &Octets) -> Octets {
    expand_with_label(exporter_secret, RESUMPTION_PSK, session_id, NH)
}
// ANCHOR_END: psk_input

// ANCHOR: handshake_secret
/// `handshake_secret`: all secrets at their positions (`[HS-01]`).
pub fn handshake_secret(secrets: &HandshakeSecrets) -> Octets {
    let input = secrets
        .kem_secret
        .concat(&secrets.dh1)
        .concat(&secrets.dh2)
        .concat(&secrets.dh3)
        .concat(&secrets.dh4)
        .concat(&secrets.dh5)
        .concat(&secrets.psk_input);
    hkdf_extract(&zeros(NH), &input)
}
// ANCHOR_END: handshake_secret

// ANCHOR: handshake_outputs
/// The outputs, each bound to the transcript (`[HS-02]`).
pub fn handshake_outputs(handshake_secret: &Octets, transcript_hash: &Octets) -> HandshakeOutputs {
    HandshakeOutputs {
        root_key: expand_with_label(handshake_secret, ROOT, transcript_hash, NH),
        initiator_header_key: expand_with_label(
            handshake_secret,
            HEADER_INITIATOR,
            transcript_hash,
            NK,
        ),
        responder_header_key: expand_with_label(
            handshake_secret,
            HEADER_RESPONDER,
            transcript_hash,
            NK,
        ),
        pq_secret: expand_with_label(handshake_secret, PQ_RATCHET, transcript_hash, NH),
        session_id: expand_with_label(handshake_secret, SESSION_ID, transcript_hash, 32),
        exporter_secret: expand_with_label(handshake_secret, EXPORTER, transcript_hash, NH),
    }
}
// ANCHOR_END: handshake_outputs
