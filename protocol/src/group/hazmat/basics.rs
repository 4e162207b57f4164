//! Tree math and crypto basics.

use super::crypto;
use crate::crypto::Secret;
use crate::error::Error;
use crate::group::suite::CipherSuite;
use crate::group::tree::math;
use crate::group::types::HpkeCiphertext;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// Left child, right child, parent and sibling of a node in a tree of so many leaves.
#[must_use]
pub fn node_math(leaves: u32, node: u32) -> [Option<u32>; 4] {
    let below = |child: Option<u32>| child.filter(|_| node < math::node_count(leaves));
    [
        below(math::left(node)),
        below(math::right(node)),
        math::parent(node, leaves),
        math::sibling(node, leaves),
    ]
}

/// `RefHash(label, value)` with a label behind `MLS 1.0 `.
///
/// # Errors
/// [`Error::Provider`]
pub fn ref_hash(suite: CipherSuite, label: &str, value: &[u8]) -> Result<Vec<u8>, Error> {
    let hash = suite.hash();
    let crypto = crypto(suite);
    Ok(crate::crypto::kdf::ref_hash_of(crypto.provider(), hash, ["", label], value)?)
}

/// `ExpandWithLabel(secret, label, context, length)`
///
/// # Errors
/// [`Error::Provider`]
pub fn expand_with_label(
    suite: CipherSuite,
    secret: &[u8],
    label: &str,
    context: &[u8],
    length: usize,
) -> Result<Vec<u8>, Error> {
    let secret = Secret::from_slice(secret);
    Ok(crypto(suite).expand(&secret, label, context, length)?.as_bytes().to_vec())
}

/// `DeriveSecret(secret, label)`
///
/// # Errors
/// [`Error::Provider`]
pub fn derive_secret(suite: CipherSuite, secret: &[u8], label: &str) -> Result<Vec<u8>, Error> {
    expand_with_label(suite, secret, label, &[], suite.hash_len())
}

/// `SignWithLabel(private, label, content)`
///
/// # Errors
/// [`Error::Provider`]
pub fn sign_with_label(
    suite: CipherSuite,
    private: &[u8],
    label: &str,
    content: &[u8],
) -> Result<Vec<u8>, Error> {
    Ok(crypto(suite).sign(&Secret::from_slice(private), label, content)?)
}

/// `VerifyWithLabel(public, label, content, signature)`
///
/// # Errors
/// [`Error::Provider`]
pub fn verify_with_label(
    suite: CipherSuite,
    public: &[u8],
    label: &str,
    content: &[u8],
    signature: &[u8],
) -> Result<bool, Error> {
    Ok(crypto(suite).verify(public, label, content, signature)?)
}

/// `EncryptWithLabel(public, label, context, plaintext)`
///
/// # Errors
/// [`Error::Malformed`] for a key that is none.
pub fn encrypt_with_label(
    suite: CipherSuite,
    public: &[u8],
    label: &str,
    context: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<HpkeCiphertext, Error> {
    let crypto = crypto(suite);
    crypto.seal(public, &crypto.encrypt_context(label, context)?, plaintext, rng)
}

/// `DecryptWithLabel`; none when it does not authenticate.
///
/// # Errors
/// [`Error::Malformed`] for a KEM output that is none.
pub fn decrypt_with_label(
    suite: CipherSuite,
    (private, public): (&[u8], &[u8]),
    label: &str,
    context: &[u8],
    sealed: &HpkeCiphertext,
) -> Result<Option<Vec<u8>>, Error> {
    let crypto = crypto(suite);
    let info = crypto.encrypt_context(label, context)?;
    let opened = crypto.open(&Secret::from_slice(private), public, &info, sealed)?;
    Ok(opened.map(|secret| secret.as_bytes().to_vec()))
}

/// `KEM.DeriveKeyPair(ikm)`: private and public key.
///
/// # Errors
/// [`Error::Provider`]
pub fn derive_key_pair(suite: CipherSuite, ikm: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let pair = crypto(suite).derive_key_pair(&Secret::from_slice(ikm))?;
    Ok((pair.private.as_bytes().to_vec(), pair.public))
}
