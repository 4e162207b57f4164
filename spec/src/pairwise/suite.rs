//! The suite `core`: X25519, ML-KEM-768, Ed25519, AES-256-GCM-SIV, SHA-256 (Suites). Sizes and
//! algorithms of a suite are known in this module alone.

use super::error::{ErrorClass, check};
use crate::octets::Octets;
use crate::primitives::{
    aes_256_gcm_siv_open, aes_256_gcm_siv_seal, ed25519_public_key, ed25519_sign, ed25519_verify,
    hkdf_sha256_expand, hkdf_sha256_extract, ml_kem_768_check_ek, ml_kem_768_decaps,
    ml_kem_768_encaps, ml_kem_768_keygen, sha256, x25519_agree, x25519_public_key,
};
use hacspec_lib::*;

/// The suite's value.
pub const CORE: u16 = 0x0001;
/// Size of a digest.
pub const NH: usize = 32;
/// Size of a key-agreement public key.
pub const NPK: usize = 32;
/// Size of a key-agreement private key.
pub const NSK: usize = 32;
/// Size of a key-agreement output.
pub const NDH: usize = 32;
/// Size of a KEM encapsulation key.
pub const NEK: usize = 1184;
/// Size of the seed `d ‖ z` as which a KEM decapsulation key is kept.
pub const NSEED: usize = 64;
/// Size of a KEM ciphertext.
pub const NCT: usize = 1088;
/// Size of a KEM shared secret.
pub const NSS: usize = 32;
/// Size of the randomness of an encapsulation.
pub const NM: usize = 32;
/// Size of a signature.
pub const NSIG: usize = 64;
/// Size of an AEAD key.
pub const NK: usize = 32;
/// Size of an AEAD nonce.
pub const NN: usize = 12;
/// Size of an AEAD tag.
pub const NT: usize = 16;

/// Key type Ed25519: signs.
pub const ED25519: u16 = 0x0001;
/// Key type X25519: agrees.
pub const X25519: u16 = 0x0101;
/// Size of an Ed25519 public key.
pub const NVK: usize = 32;

/// A list of suites, in order of preference.
pub type Suites = Seq<u16>;

/// `Hash`.
pub fn hash(message: &Octets) -> Octets {
    sha256(message)
}

/// `HKDF-Extract(salt, ikm)`.
pub fn hkdf_extract(salt: &Octets, ikm: &Octets) -> Octets {
    hkdf_sha256_extract(salt, ikm)
}

/// `HKDF-Expand(prk, info, length)`.
pub fn hkdf_expand(prk: &Octets, info: &Octets, length: usize) -> Octets {
    hkdf_sha256_expand(prk, info, length)
}

// ANCHOR: dh
/// `DH(private, public)`; an output that is all zeros is refused (`[SUI-01]`), the top bit of the
/// public key is ignored (`[SUI-02]`).
pub fn dh(private_key: &Octets, public_key: &Octets) -> Result<Octets, ErrorClass> {
    x25519_agree(private_key, public_key).ok_or(ErrorClass::LowOrder)
}
// ANCHOR_END: dh

/// The public key of a key-agreement private key.
pub fn dh_public_key(private_key: &Octets) -> Octets {
    x25519_public_key(private_key)
}

/// The encapsulation key of a seed `d ‖ z`.
pub fn kem_public_key(seed: &Octets) -> Octets {
    let (ek, _dk) = ml_kem_768_keygen(&seed.slice(0, NSEED / 2), &seed.slice(NSEED / 2, NSEED / 2));
    ek
}

/// Refuses an encapsulation key of wrong length or with coefficients that are not reduced (`[SUI-03]`).
pub fn check_kem_key(ek: &Octets) -> Result<(), ErrorClass> {
    check(ml_kem_768_check_ek(ek), ErrorClass::Malformed)
}

/// `KEM.Encaps(ek, m)`: the ciphertext and the shared secret.
pub fn kem_encaps(ek: &Octets, m: &Octets) -> Result<(Octets, Octets), ErrorClass> {
    let (shared_secret, ciphertext) = ml_kem_768_encaps(ek, m).ok_or(ErrorClass::Malformed)?;
    Ok((ciphertext, shared_secret))
}

/// `KEM.Decaps` with the key of a seed: the shared secret, or that of the implicit rejection
/// (`[SUI-04]`); a ciphertext of wrong length is refused (`[SUI-03]`).
pub fn kem_decaps(seed: &Octets, ciphertext: &Octets) -> Result<Octets, ErrorClass> {
    check(ciphertext.len() == NCT, ErrorClass::Malformed)?;
    let (_ek, dk) = ml_kem_768_keygen(&seed.slice(0, NSEED / 2), &seed.slice(NSEED / 2, NSEED / 2));
    ml_kem_768_decaps(&dk, ciphertext).ok_or(ErrorClass::Malformed)
}

/// The public key of a signature private key.
pub fn signature_public_key(private_key: &Octets) -> Octets {
    ed25519_public_key(private_key)
}

/// `Sign`.
pub fn sign(private_key: &Octets, message: &Octets) -> Octets {
    ed25519_sign(private_key, message)
}

/// `Verify`, as pinned (`[SUI-06]`).
pub fn verify(public_key: &Octets, message: &Octets, signature: &Octets) -> bool {
    ed25519_verify(public_key, message, signature)
}

/// `AEAD.Seal`: ciphertext and tag.
pub fn aead_seal(key: &Octets, nonce: &Octets, aad: &Octets, plaintext: &Octets) -> Octets {
    aes_256_gcm_siv_seal(key, nonce, aad, plaintext)
}

/// `AEAD.Open` (`[SUI-07]`).
pub fn aead_open(
    key: &Octets,
    nonce: &Octets,
    aad: &Octets,
    ciphertext: &Octets,
) -> Option<Octets> {
    aes_256_gcm_siv_open(key, nonce, aad, ciphertext)
}

/// Whether a key of this type signs.
pub fn is_signing_type(key_type: u16) -> bool {
    key_type < 0x0100
}

/// Whether the device knows this key type.
pub fn is_known_type(key_type: u16) -> bool {
    key_type == ED25519 || key_type == X25519
}

/// The length of a key of a known type, and of none else.
pub fn key_length(key_type: u16) -> Option<usize> {
    match key_type {
        ED25519 => Some(NVK),
        X25519 => Some(NPK),
        _ => None,
    }
}

// ANCHOR: choose_suite
/// The first suite of the responder's list that stands in the initiator's and that the device knows
/// (`[SUI-08]`, `[SUI-09]`).
pub fn choose_suite(responder: &Suites, initiator: &Suites) -> Result<u16, ErrorClass> {
    let mut chosen = Err(ErrorClass::UnsupportedSuite);
    for i in 0..responder.len() {
        for j in 0..initiator.len() {
            if chosen.is_err() && responder[i] == initiator[j] && responder[i] == CORE {
                chosen = Ok(responder[i]);
            }
        }
    }
    chosen
}
// ANCHOR_END: choose_suite
