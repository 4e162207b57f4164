//! The functions of RFC 9420 §5 and §8 for one suite and one provider.

mod hpke;

pub(crate) use hpke::{HpkeInfo, HpkeKeyPair};

use super::suite::CipherSuite;
use crate::crypto::labels::mls as labels;
use crate::crypto::{Provider, Secret, kdf};
use crate::error::{Error, ProviderFailed};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use subtle::ConstantTimeEq;

/// The most bytes that a digest of any suite has.
const MAX_DIGEST: usize = 64;

/// A digest in place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digest {
    bytes: [u8; MAX_DIGEST],
    len: u8,
}

impl Digest {
    pub(crate) const EMPTY: Self = Self { bytes: [0; MAX_DIGEST], len: 0 };

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// A stored digest; none for one that is too long.
    pub(crate) fn from_slice(from: &[u8]) -> Option<Self> {
        let mut digest = Self { bytes: [0; MAX_DIGEST], len: u8::try_from(from.len()).ok()? };
        digest.bytes.get_mut(..from.len())?.copy_from_slice(from);
        Some(digest)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().fmt(f)
    }
}

/// A suite with the provider that computes it.
#[derive(Clone, Debug)]
pub(crate) struct Crypto {
    provider: Provider,
    suite: CipherSuite,
}

impl Crypto {
    pub(crate) fn new(provider: &Provider, suite: CipherSuite) -> Self {
        Self { provider: provider.clone(), suite }
    }

    pub(crate) fn suite(&self) -> CipherSuite {
        self.suite
    }

    pub(crate) fn provider(&self) -> &Provider {
        &self.provider
    }

    /// `KDF.Nh`
    pub(crate) fn nh(&self) -> usize {
        self.suite.hash_len()
    }

    pub(crate) fn digest(&self, parts: &[&[u8]]) -> Result<Digest, ProviderFailed> {
        let mut digest = Digest::EMPTY;
        let out = digest.bytes.get_mut(..self.nh()).ok_or(ProviderFailed::Size)?;
        self.provider.get().hash(self.suite.hash(), parts, out)?;
        digest.len = u8::try_from(self.nh()).map_err(|_| ProviderFailed::Size)?;
        Ok(digest)
    }

    pub(crate) fn hash(&self, parts: &[&[u8]]) -> Result<Vec<u8>, ProviderFailed> {
        kdf::hash(&self.provider, self.suite.hash(), parts)
    }

    /// `KDF.Extract(salt, ikm)`
    pub(crate) fn extract(&self, salt: &[u8], ikm: &[u8]) -> Result<Secret, ProviderFailed> {
        kdf::extract(&self.provider, self.suite.hash(), salt, &[ikm])
    }

    /// `ExpandWithLabel` of one secret and one context into each of the outputs (§8).
    pub(crate) fn expand_into<const N: usize>(
        &self,
        secret: &[u8],
        context: &[u8],
        jobs: [(&str, &mut [u8]); N],
    ) -> Result<(), ProviderFailed> {
        let hash = self.suite.hash();
        kdf::expand_prefixed(&self.provider, hash, labels::PREFIX, secret, context, jobs)
    }

    /// `ExpandWithLabel(secret, label, context, length)` (§8).
    pub(crate) fn expand(
        &self,
        secret: &Secret,
        label: &str,
        context: &[u8],
        length: usize,
    ) -> Result<Secret, ProviderFailed> {
        let mut out = Secret::zeros(length);
        self.expand_into(secret.as_bytes(), context, [(label, out.as_mut())])?;
        Ok(out)
    }

    /// `DeriveSecret(secret, label)` (§8).
    pub(crate) fn derive_secret(
        &self,
        secret: &Secret,
        label: &str,
    ) -> Result<Secret, ProviderFailed> {
        self.expand(secret, label, &[], self.nh())
    }

    /// `MAC(key, joined parts)`: HMAC, which is what HKDF-Extract computes (RFC 5869 §2.2).
    pub(crate) fn mac(&self, key: &Secret, parts: &[&[u8]]) -> Result<Vec<u8>, ProviderFailed> {
        let mut tag = vec![0; self.nh()];
        let hash = self.suite.hash();
        self.provider.get().hkdf_extract(hash, key.as_bytes(), parts, &mut tag)?;
        Ok(tag)
    }

    /// Whether a tag is the MAC of the joined parts, in constant time.
    pub(crate) fn verify_mac(
        &self,
        key: &Secret,
        parts: &[&[u8]],
        tag: &[u8],
    ) -> Result<bool, ProviderFailed> {
        Ok(bool::from(self.mac(key, parts)?.as_slice().ct_eq(tag)))
    }

    /// `RefHash("MLS 1.0 " || label, value)` (§5.2).
    pub(crate) fn reference(&self, label: &str, value: &[u8]) -> Result<Vec<u8>, ProviderFailed> {
        kdf::ref_hash_of(&self.provider, self.suite.hash(), [labels::PREFIX, label], value)
    }

    /// `SignWithLabel(key, label, content)` (§5.1.2).
    pub(crate) fn sign(
        &self,
        key: &Secret,
        label: &str,
        content: &[u8],
    ) -> Result<Vec<u8>, ProviderFailed> {
        let message = kdf::labelled_content([labels::PREFIX, label], content);
        self.provider.get().sign(self.suite.signature(), key.as_bytes(), &message)
    }

    /// The same by a key pair.
    pub(crate) fn sign_with_public(
        &self,
        (private, public): (&Secret, &[u8]),
        label: &str,
        content: &[u8],
    ) -> Result<Vec<u8>, ProviderFailed> {
        let message = kdf::labelled_content([labels::PREFIX, label], content);
        let (algorithm, private) = (self.suite.signature(), private.as_bytes());
        self.provider.get().sign_with_public(algorithm, private, public, &message)
    }

    /// `VerifyWithLabel(key, label, content, signature)` (`GRP-12`, §5.1.2); false for a key of a wrong length.
    pub(crate) fn verify(
        &self,
        key: &[u8],
        label: &str,
        content: &[u8],
        signature: &[u8],
    ) -> Result<bool, ProviderFailed> {
        let algorithm = self.suite.signature();
        if key.len() != algorithm.public_len() {
            return Ok(false);
        }
        let message = kdf::labelled_content([labels::PREFIX, label], content);
        self.provider.get().verify(algorithm, key, &message, signature)
    }

    /// Encrypts, the tag behind the ciphertext (RFC 5116).
    pub(crate) fn aead_seal(
        &self,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        mut plaintext: Vec<u8>,
    ) -> Result<Vec<u8>, ProviderFailed> {
        let length = plaintext.len();
        let tag_len = self.suite.aead().tag_len();
        plaintext.resize(length.saturating_add(tag_len), 0);
        let (in_out, tag) = plaintext.split_at_mut_checked(length).ok_or(ProviderFailed::Size)?;
        self.provider.get().aead_seal(self.suite.aead(), key, nonce, aad, in_out, tag)?;
        Ok(plaintext)
    }

    /// Decrypts; none when the ciphertext does not authenticate.
    pub(crate) fn aead_open(
        &self,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        ciphertext: &[u8],
    ) -> Result<Option<Vec<u8>>, Error> {
        let Some(length) = ciphertext.len().checked_sub(self.suite.aead().tag_len()) else {
            return Ok(None);
        };
        let (sealed, tag) = ciphertext.split_at_checked(length).ok_or(ProviderFailed::Size)?;
        let mut in_out = sealed.to_vec();
        let provider = self.provider.get();
        let opened = provider.aead_open(self.suite.aead(), key, nonce, aad, &mut in_out, tag)?;
        Ok(opened.then_some(in_out))
    }
}
