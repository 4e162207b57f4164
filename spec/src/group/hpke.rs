//! HPKE in base mode (RFC 9180 §5, §6), one message a context, and its export.
//!
//! ```text
//! Encap(pkR) ── shared_secret ── secret ─┬─ key, base_nonce ── Seal, Open
//!                          info ─────────┘  exporter_secret ── Export
//! ```

use super::kem::{decap, encap, kem_id};
use super::suite::{
    CipherSuite, NN, aead_id, aead_open, aead_seal, kdf_expand, kdf_extract, kdf_id, nh, nk,
};
use crate::octets::{Octets, ascii, byte, empty, u16_be};
use hacspec_lib::*;

/// mode_base (RFC 9180 §5 table 1).
const MODE_BASE: u8 = 0x00;

/// The encryption context (RFC 9180 §5.2); the sequence number is 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// suite_id, which the export needs.
    pub suite_id: Octets,
    /// The AEAD key, `Nk` bytes.
    pub key: Octets,
    /// The nonce of the first message, 12 bytes.
    pub base_nonce: Octets,
    /// The exporter secret, `Nh` bytes.
    pub exporter_secret: Octets,
}

/// HPKECiphertext (RFC 9420 §7.6): an encapsulated secret and what is encrypted under it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HpkeCiphertext {
    /// enc.
    pub kem_output: Octets,
    /// Ciphertext and tag.
    pub ciphertext: Octets,
}

// ANCHOR: setup_base
/// SetupBaseS: enc and the sender's context (RFC 9180 §5.1.1), with the randomness of
/// [`super::kem::encap`]. `None` for a bad public key.
pub fn setup_base_s(
    suite: CipherSuite,
    public_key: &Octets,
    info: &Octets,
    randomness: &Octets,
) -> Option<(Octets, Context)> {
    let encapsulation = encap(suite, public_key, randomness)?;
    let context = key_schedule(suite, &suite_id(suite), &encapsulation.shared_secret, info);
    Some((encapsulation.enc, context))
}

/// SetupBaseR: the receiver's context (RFC 9180 §5.1.1). `None` for a bad enc.
pub fn setup_base_r(
    suite: CipherSuite,
    enc: &Octets,
    private_key: &Octets,
    info: &Octets,
) -> Option<Context> {
    let shared_secret = decap(suite, enc, private_key)?;
    Some(key_schedule(suite, &suite_id(suite), &shared_secret, info))
}
// ANCHOR_END: setup_base

/// Context.Export(exporter_context, L) (RFC 9180 §5.3).
pub fn export(
    suite: CipherSuite,
    context: &Context,
    exporter_context: &Octets,
    length: usize,
) -> Octets {
    let secret = &context.exporter_secret;
    labeled_expand(suite, &context.suite_id, secret, "sec", exporter_context, length)
}

/// SealBase (RFC 9180 §6.1).
pub fn seal_base(
    suite: CipherSuite,
    public_key: &Octets,
    info: &Octets,
    aad: &Octets,
    plaintext: &Octets,
    randomness: &Octets,
) -> Option<HpkeCiphertext> {
    let (kem_output, context) = setup_base_s(suite, public_key, info, randomness)?;
    let ciphertext = aead_seal(suite, &context.key, &context.base_nonce, aad, plaintext);
    Some(HpkeCiphertext { kem_output, ciphertext })
}

/// OpenBase (RFC 9180 §6.1).
pub fn open_base(
    suite: CipherSuite,
    sealed: &HpkeCiphertext,
    private_key: &Octets,
    info: &Octets,
    aad: &Octets,
) -> Option<Octets> {
    let context = setup_base_r(suite, &sealed.kem_output, private_key, info)?;
    aead_open(suite, &context.key, &context.base_nonce, aad, &sealed.ciphertext)
}

// ANCHOR: hpke_key_schedule
/// KeySchedule of base mode (RFC 9180 §5.1) with the suite's KDF: PSK and its id are empty.
pub fn key_schedule(
    suite: CipherSuite,
    suite_id: &Octets,
    shared_secret: &Octets,
    info: &Octets,
) -> Context {
    let psk_id_hash = labeled_extract(suite, suite_id, &empty(), "psk_id_hash", &empty());
    let info_hash = labeled_extract(suite, suite_id, &empty(), "info_hash", info);
    let context = byte(MODE_BASE).concat(&psk_id_hash).concat(&info_hash);
    let secret = labeled_extract(suite, suite_id, shared_secret, "secret", &empty());
    Context {
        suite_id: suite_id.clone(),
        key: labeled_expand(suite, suite_id, &secret, "key", &context, nk(suite)),
        base_nonce: labeled_expand(suite, suite_id, &secret, "base_nonce", &context, NN),
        exporter_secret: labeled_expand(suite, suite_id, &secret, "exp", &context, nh(suite)),
    }
}
// ANCHOR_END: hpke_key_schedule

/// suite_id (RFC 9180 §5.1).
pub fn suite_id(suite: CipherSuite) -> Octets {
    ascii("HPKE")
        .concat(&u16_be(kem_id(suite)))
        .concat(&u16_be(kdf_id(suite)))
        .concat(&u16_be(aead_id(suite)))
}

/// LabeledExtract (RFC 9180 §4).
fn labeled_extract(
    suite: CipherSuite,
    suite_id: &Octets,
    salt: &Octets,
    label: &str,
    ikm: &Octets,
) -> Octets {
    let labeled_ikm = ascii("HPKE-v1").concat(suite_id).concat(&ascii(label)).concat(ikm);
    kdf_extract(suite, salt, &labeled_ikm)
}

/// LabeledExpand (RFC 9180 §4).
fn labeled_expand(
    suite: CipherSuite,
    suite_id: &Octets,
    prk: &Octets,
    label: &str,
    info: &Octets,
    length: usize,
) -> Octets {
    let labeled_info = u16_be(length as u16)
        .concat(&ascii("HPKE-v1"))
        .concat(suite_id)
        .concat(&ascii(label))
        .concat(info);
    kdf_expand(suite, prk, &labeled_info, length)
}
