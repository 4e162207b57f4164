//! Signing, encryption, references and key derivation, each under its label (§5.1.2, §5.1.3, §5.2, §8).

use super::hpke::{HpkeCiphertext, open_base, seal_base};
use super::labels::{KEY_PACKAGE_REFERENCE, PREFIX, PROPOSAL_REFERENCE};
use super::suite::{CipherSuite, hash, kdf_expand, nh, sign, verify};
use crate::octets::{Octets, ascii, empty, u16_be, u32_be};
use crate::pairwise::codec::write_opaque;
use crate::pairwise::error::{ErrorClass, check};

/// `"MLS 1.0 " + Label`.
fn full_label(label: &str) -> Octets {
    ascii(PREFIX).concat(&ascii(label))
}

/// `encode(SignContent)` (§5.1.2), and of EncryptContext (§5.1.3), which has the same form.
/// See also [GRP-19].
pub fn labelled_content(label: &str, content: &Octets) -> Octets {
    write_opaque(&full_label(label)).concat(&write_opaque(content))
}

// ANCHOR: sign_with_label
/// SignWithLabel (§5.1.2).
pub fn sign_with_label(
    suite: CipherSuite,
    private_key: &Octets,
    label: &str,
    content: &Octets,
) -> Octets {
    sign(suite, private_key, &labelled_content(label, content))
}

/// VerifyWithLabel (§5.1.2): refused is a signature that is not valid.
pub fn verify_with_label(
    suite: CipherSuite,
    public_key: &Octets,
    label: &str,
    content: &Octets,
    signature: &Octets,
) -> Result<(), ErrorClass> {
    let valid = verify(suite, public_key, &labelled_content(label, content), signature);
    check(valid, ErrorClass::BadSignature)
}
// ANCHOR_END: sign_with_label

// ANCHOR: encrypt_with_label
/// EncryptWithLabel (§5.1.3), with the randomness of [`super::kem::encap`]. A public key that cannot be
/// one is malformed.
pub fn encrypt_with_label(
    suite: CipherSuite,
    public_key: &Octets,
    label: &str,
    context: &Octets,
    plaintext: &Octets,
    randomness: &Octets,
) -> Result<HpkeCiphertext, ErrorClass> {
    let info = labelled_content(label, context);
    seal_base(suite, public_key, &info, &empty(), plaintext, randomness)
        .ok_or(ErrorClass::Malformed)
}

/// DecryptWithLabel (§5.1.3).
pub fn decrypt_with_label(
    suite: CipherSuite,
    private_key: &Octets,
    label: &str,
    context: &Octets,
    sealed: &HpkeCiphertext,
) -> Result<Octets, ErrorClass> {
    let info = labelled_content(label, context);
    open_base(suite, sealed, private_key, &info, &empty()).ok_or(ErrorClass::Undecryptable)
}
// ANCHOR_END: encrypt_with_label

// ANCHOR: ref_hash
/// `encode(RefHashInput)` (§5.2). The label is complete.
pub fn ref_hash_input(label: &str, value: &Octets) -> Octets {
    write_opaque(&ascii(label)).concat(&write_opaque(value))
}

/// RefHash (§5.2).
pub fn ref_hash(suite: CipherSuite, label: &str, value: &Octets) -> Octets {
    hash(suite, &ref_hash_input(label, value))
}

/// MakeKeyPackageRef of an encoded KeyPackage (§5.2).
pub fn make_key_package_ref(suite: CipherSuite, key_package: &Octets) -> Octets {
    ref_hash(suite, KEY_PACKAGE_REFERENCE, key_package)
}

/// MakeProposalRef of the encoded AuthenticatedContent that carries the Proposal (§5.2).
pub fn make_proposal_ref(suite: CipherSuite, authenticated_content: &Octets) -> Octets {
    ref_hash(suite, PROPOSAL_REFERENCE, authenticated_content)
}
// ANCHOR_END: ref_hash

// ANCHOR: expand_with_label
/// `encode(KDFLabel)` (§8).
pub fn kdf_label(label: &str, context: &Octets, length: usize) -> Octets {
    u16_be(length as u16).concat(&labelled_content(label, context))
}

/// ExpandWithLabel: `length` bytes, below 2^16 and at most 255 times `Nh` (§8).
pub fn expand_with_label(
    suite: CipherSuite,
    secret: &Octets,
    label: &str,
    context: &Octets,
    length: usize,
) -> Octets {
    kdf_expand(suite, secret, &kdf_label(label, context, length), length)
}

/// DeriveSecret: `Nh` bytes (§8).
pub fn derive_secret(suite: CipherSuite, secret: &Octets, label: &str) -> Octets {
    expand_with_label(suite, secret, label, &empty(), nh(suite))
}

/// DeriveTreeSecret: `length` bytes (§9.1).
pub fn derive_tree_secret(
    suite: CipherSuite,
    secret: &Octets,
    label: &str,
    generation: u32,
    length: usize,
) -> Octets {
    expand_with_label(suite, secret, label, &u32_be(generation), length)
}
// ANCHOR_END: expand_with_label
