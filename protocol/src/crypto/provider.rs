//! Where cryptography comes from.

use super::suite::{
    AeadAlgorithm, AgreementAlgorithm, HashAlgorithm, KemAlgorithm, SignatureAlgorithm,
};
use super::{Secret, default};
use crate::error::ProviderFailed;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

/// One expansion: `HKDF-Expand(prk, info, out.len())`, the info in parts.
pub struct Expand<'a> {
    /// The parts of the info, one behind the other.
    pub info: &'a [&'a [u8]],
    /// Where the output goes.
    pub out: &'a mut [u8],
}

/// The cryptography that a device uses (page *Suites*).
///
/// Inputs have the sizes of their algorithm: the caller has checked them. An implementation for a
/// certified module answers [`ProviderFailed::Unsupported`] for what it does not have.
pub trait CryptoProvider: Send + Sync {
    /// The hash of the joined parts, into `Nh` bytes.
    ///
    /// # Errors
    /// [`ProviderFailed`] when the algorithm is not available.
    fn hash(
        &self,
        algorithm: HashAlgorithm,
        parts: &[&[u8]],
        out: &mut [u8],
    ) -> Result<(), ProviderFailed>;

    /// SHAKE256 (FIPS 202) of the joined parts, into any number of bytes. Only the hybrid suite of groups
    /// needs it; without it a provider has no such groups.
    ///
    /// # Errors
    /// [`ProviderFailed`] when it is not available, which is what the method does unless it is provided.
    fn shake256(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<(), ProviderFailed> {
        let _ = (parts, out);
        Err(ProviderFailed::Unsupported)
    }

    /// `HKDF-Extract(salt, ikm)` (RFC 5869 §2.2) with the joined parts as ikm, into `Nh` bytes.
    ///
    /// # Errors
    /// [`ProviderFailed`] when the algorithm is not available.
    fn hkdf_extract(
        &self,
        algorithm: HashAlgorithm,
        salt: &[u8],
        ikm: &[&[u8]],
        out: &mut [u8],
    ) -> Result<(), ProviderFailed>;

    /// `HKDF-Expand` (RFC 5869 §2.3) of one key with each of the jobs.
    ///
    /// # Errors
    /// [`ProviderFailed::Size`] when an output is longer than 255 · `Nh` bytes.
    fn hkdf_expand(
        &self,
        algorithm: HashAlgorithm,
        prk: &[u8],
        jobs: &mut [Expand<'_>],
    ) -> Result<(), ProviderFailed>;

    /// The public key of a private one, into `Npk` bytes.
    ///
    /// # Errors
    /// [`ProviderFailed`] when the algorithm is not available.
    fn agreement_public(
        &self,
        algorithm: AgreementAlgorithm,
        private: &[u8],
        out: &mut [u8],
    ) -> Result<(), ProviderFailed>;

    /// Whether a public key of the right length is one of the algorithm's: for P-256 a point on the curve
    /// other than infinity; every 32 bytes are an X25519 key.
    ///
    /// # Errors
    /// [`ProviderFailed`] when the algorithm is not available.
    fn agreement_check(
        &self,
        algorithm: AgreementAlgorithm,
        public: &[u8],
    ) -> Result<bool, ProviderFailed> {
        Ok(public.len() == algorithm.public_len())
    }

    /// `DH(private, public)`, into `Ndh` bytes; an all-zero output is not an error here (`SUI-01` is
    /// the caller's).
    ///
    /// # Errors
    /// [`ProviderFailed`] when the algorithm is not available.
    fn agree(
        &self,
        algorithm: AgreementAlgorithm,
        private: &[u8],
        public: &[u8],
        out: &mut [u8],
    ) -> Result<(), ProviderFailed>;

    /// The KEM key pair of a seed: encapsulation key, and a decapsulation key in the provider's own form,
    /// which is used at once and never stored.
    ///
    /// # Errors
    /// [`ProviderFailed`] when the algorithm is not available.
    fn kem_key_pair(
        &self,
        algorithm: KemAlgorithm,
        seed: &[u8],
    ) -> Result<(Vec<u8>, Secret), ProviderFailed>;

    /// Whether an encapsulation key passes the check of its standard (FIPS 203 §7.2; `SUI-03`).
    ///
    /// # Errors
    /// [`ProviderFailed`] when the algorithm is not available.
    fn kem_check(&self, algorithm: KemAlgorithm, key: &[u8]) -> Result<bool, ProviderFailed>;

    /// Ciphertext and shared secret for a checked key, with `Nm` bytes of randomness.
    ///
    /// # Errors
    /// [`ProviderFailed`] when the algorithm is not available.
    fn kem_encapsulate(
        &self,
        algorithm: KemAlgorithm,
        key: &[u8],
        randomness: &[u8],
    ) -> Result<(Vec<u8>, Secret), ProviderFailed>;

    /// The shared secret of a ciphertext of the right length; never fails because of its contents
    /// (`SUI-04`).
    ///
    /// # Errors
    /// [`ProviderFailed`] when the algorithm is not available.
    fn kem_decapsulate(
        &self,
        algorithm: KemAlgorithm,
        decapsulation_key: &Secret,
        ciphertext: &[u8],
    ) -> Result<Secret, ProviderFailed>;

    /// The public key of a signing key's seed.
    ///
    /// # Errors
    /// [`ProviderFailed`] when the algorithm is not available.
    fn signature_public(
        &self,
        algorithm: SignatureAlgorithm,
        private: &[u8],
    ) -> Result<Vec<u8>, ProviderFailed>;

    /// A signature.
    ///
    /// # Errors
    /// [`ProviderFailed`] when the algorithm is not available.
    fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        private: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>, ProviderFailed>;

    /// A signature by a key whose public key is at hand, which spares a provider computing it. `public` is what
    /// [`signature_public`](Self::signature_public) has given for `private`: with another one an Ed25519 signature would
    /// betray the private key.
    ///
    /// # Errors
    /// [`ProviderFailed`] when the algorithm is not available.
    fn sign_with_public(
        &self,
        algorithm: SignatureAlgorithm,
        private: &[u8],
        public: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>, ProviderFailed> {
        let _ = public;
        self.sign(algorithm, private, message)
    }

    /// Whether a signature of any length verifies (`SUI-06`).
    ///
    /// # Errors
    /// [`ProviderFailed`] when the algorithm is not available.
    fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        public: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, ProviderFailed>;

    /// Encrypts in place and writes the tag to its own `Nt` bytes.
    ///
    /// # Errors
    /// [`ProviderFailed`] when the algorithm is not available.
    fn aead_seal(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        in_out: &mut [u8],
        tag: &mut [u8],
    ) -> Result<(), ProviderFailed>;

    /// Decrypts in place; false, and nothing of the plaintext in `in_out`, when the tag is wrong
    /// (`SUI-07`).
    ///
    /// # Errors
    /// [`ProviderFailed`] when the algorithm is not available.
    fn aead_open(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        in_out: &mut [u8],
        tag: &[u8],
    ) -> Result<bool, ProviderFailed>;
}

/// The provider of one device.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Provider {
    /// dalek, RustCrypto, and libcrux for ML-KEM.
    #[default]
    Default,
    /// The caller's own.
    Custom(Arc<dyn CryptoProvider>),
}

impl Provider {
    /// The caller's own provider.
    #[must_use]
    pub fn custom(provider: impl CryptoProvider + 'static) -> Self {
        Self::Custom(Arc::new(provider))
    }

    pub(crate) fn get(&self) -> &dyn CryptoProvider {
        match self {
            Self::Default => &default::DefaultProvider,
            Self::Custom(provider) => provider.as_ref(),
        }
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "Default",
            Self::Custom(_) => "Custom",
        })
    }
}
