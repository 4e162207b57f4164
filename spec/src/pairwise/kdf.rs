//! Key derivation, references and signatures, each under its label (Conventions, *Hash, key
//! derivation and signatures*; `[ENC-09]`).

use super::codec::write_opaque;
use super::labels::PREFIX;
use super::suite::{hash, hkdf_expand, sign, verify};
use crate::octets::{Octets, ascii, u16_be};

/// `"Sceau 1 " || label`.
pub fn full_label(label: &str) -> Octets {
    ascii(PREFIX).concat(&ascii(label))
}

/// `encode(KdfLabel)`.
pub fn kdf_label(label: &str, context: &Octets, length: usize) -> Octets {
    u16_be(length as u16).concat(&write_opaque(&full_label(label))).concat(&write_opaque(context))
}

/// `encode(SignContent)`.
pub fn sign_content(label: &str, content: &Octets) -> Octets {
    write_opaque(&full_label(label)).concat(&write_opaque(content))
}

/// `encode(RefHashInput)`.
pub fn ref_hash_input(label: &str, value: &Octets) -> Octets {
    write_opaque(&full_label(label)).concat(&write_opaque(value))
}

// ANCHOR: expand_with_label
/// `length` bytes of `secret` for one purpose.
pub fn expand_with_label(secret: &Octets, label: &str, context: &Octets, length: usize) -> Octets {
    hkdf_expand(secret, &kdf_label(label, context, length), length)
}
// ANCHOR_END: expand_with_label

// ANCHOR: ref_hash
/// The digest by which a structure is referred to.
pub fn ref_hash(label: &str, value: &Octets) -> Octets {
    hash(&ref_hash_input(label, value))
}
// ANCHOR_END: ref_hash

// ANCHOR: sign_with_label
/// A signature for one purpose.
pub fn sign_with_label(private_key: &Octets, label: &str, content: &Octets) -> Octets {
    sign(private_key, &sign_content(label, content))
}

/// Whether a signature for one purpose is valid.
pub fn verify_with_label(
    public_key: &Octets,
    label: &str,
    content: &Octets,
    signature: &Octets,
) -> bool {
    verify(public_key, &sign_content(label, content), signature)
}
// ANCHOR_END: sign_with_label
