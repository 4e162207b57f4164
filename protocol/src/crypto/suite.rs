//! Suites and key types (pages *Suites* and *Registries*): which algorithms, and their sizes.
//!
//! Nothing outside this file knows how long anything is. A suite of odd sizes exists in this crate's
//! own tests only, to prove it.

use crate::error::{Error, Peer};

/// A hash with its HMAC and HKDF (RFC 2104, RFC 5869).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-384 (FIPS 180-4).
    Sha384,
}

impl HashAlgorithm {
    /// `Nh`: bytes of a digest.
    #[must_use]
    pub fn digest_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }
}

/// A non-interactive key agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgreementAlgorithm {
    /// X25519 (RFC 7748).
    X25519,
    /// ECDH over P-256 (SP 800-56A), points uncompressed, the output the x coordinate. For groups.
    P256,
    #[cfg(test)]
    #[doc(hidden)]
    Odd,
}

impl AgreementAlgorithm {
    /// `Npk`: bytes of a public key.
    #[must_use]
    pub fn public_len(self) -> usize {
        match self {
            Self::X25519 => 32,
            Self::P256 => 65,
            #[cfg(test)]
            Self::Odd => 33,
        }
    }

    /// `Nsk`: bytes of a private key.
    #[must_use]
    pub fn private_len(self) -> usize {
        match self {
            Self::X25519 => 32,
            Self::P256 => 32,
            #[cfg(test)]
            Self::Odd => 34,
        }
    }

    /// `Ndh`: bytes of an output.
    #[must_use]
    pub fn output_len(self) -> usize {
        match self {
            Self::X25519 => 32,
            Self::P256 => 32,
            #[cfg(test)]
            Self::Odd => 37,
        }
    }
}

/// A key-encapsulation mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KemAlgorithm {
    /// ML-KEM-768 (FIPS 203).
    MlKem768,
    /// MLKEM768-X25519, also called X-Wing (draft-connolly-cfrg-xwing-kem-10), HPKE's KEM `0x647a`
    /// (draft-ietf-hpke-pq-04). For groups.
    MlKem768X25519,
    #[cfg(test)]
    #[doc(hidden)]
    Odd,
}

impl KemAlgorithm {
    /// `Nek`: bytes of an encapsulation key.
    #[must_use]
    pub fn public_len(self) -> usize {
        match self {
            Self::MlKem768 => 1184,
            Self::MlKem768X25519 => 1216,
            #[cfg(test)]
            Self::Odd => 1187,
        }
    }

    /// `Nseed`: bytes of a decapsulation key, kept as its seed.
    #[must_use]
    pub fn seed_len(self) -> usize {
        match self {
            Self::MlKem768 => 64,
            Self::MlKem768X25519 => 32,
            #[cfg(test)]
            Self::Odd => 65,
        }
    }

    /// `Nct`: bytes of a ciphertext.
    #[must_use]
    pub fn ciphertext_len(self) -> usize {
        match self {
            Self::MlKem768 => 1088,
            Self::MlKem768X25519 => 1120,
            #[cfg(test)]
            Self::Odd => 1090,
        }
    }

    /// `Nss`: bytes of a shared secret.
    #[must_use]
    pub fn shared_len(self) -> usize {
        match self {
            Self::MlKem768 => 32,
            Self::MlKem768X25519 => 32,
            #[cfg(test)]
            Self::Odd => 40,
        }
    }

    /// `Nm`: bytes of encapsulation randomness.
    #[must_use]
    pub fn randomness_len(self) -> usize {
        match self {
            Self::MlKem768 => 32,
            Self::MlKem768X25519 => 64,
            #[cfg(test)]
            Self::Odd => 35,
        }
    }
}

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// Ed25519 (RFC 8032), verified as `SUI-06` says.
    Ed25519,
    /// ECDSA over P-256 with SHA-256 (FIPS 186-5), keys uncompressed points, signatures in DER. For
    /// groups.
    EcdsaP256,
    #[cfg(test)]
    #[doc(hidden)]
    Odd,
}

impl SignatureAlgorithm {
    /// Bytes of a public key.
    #[must_use]
    pub fn public_len(self) -> usize {
        match self {
            Self::Ed25519 => 32,
            Self::EcdsaP256 => 65,
            #[cfg(test)]
            Self::Odd => 35,
        }
    }

    /// Bytes of a private key, kept as its seed.
    #[must_use]
    pub fn private_len(self) -> usize {
        match self {
            Self::Ed25519 => 32,
            Self::EcdsaP256 => 32,
            #[cfg(test)]
            Self::Odd => 36,
        }
    }

    /// `Nsig`: bytes of a signature; of ECDSA, whose DER varies, the most.
    #[must_use]
    pub fn signature_len(self) -> usize {
        match self {
            Self::Ed25519 => 64,
            Self::EcdsaP256 => 72,
            #[cfg(test)]
            Self::Odd => 70,
        }
    }

    /// The hash that the registry gives this type for references to an account's objects.
    #[must_use]
    pub fn hash(self) -> HashAlgorithm {
        match self {
            Self::Ed25519 | Self::EcdsaP256 => HashAlgorithm::Sha256,
            #[cfg(test)]
            Self::Odd => HashAlgorithm::Sha384,
        }
    }
}

/// An authenticated encryption, its tag behind the ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AeadAlgorithm {
    /// AES-256-GCM-SIV (RFC 8452).
    Aes256GcmSiv,
    /// AES-128-GCM (SP 800-38D). For groups.
    Aes128Gcm,
    /// AES-256-GCM (SP 800-38D). For groups.
    Aes256Gcm,
    /// ChaCha20-Poly1305 (RFC 8439). For groups.
    ChaCha20Poly1305,
    #[cfg(test)]
    #[doc(hidden)]
    Odd,
}

impl AeadAlgorithm {
    /// `Nk`: bytes of a key.
    #[must_use]
    pub fn key_len(self) -> usize {
        match self {
            Self::Aes256GcmSiv | Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
            Self::Aes128Gcm => 16,
            #[cfg(test)]
            Self::Odd => 33,
        }
    }

    /// `Nn`: bytes of a nonce.
    #[must_use]
    pub fn nonce_len(self) -> usize {
        match self {
            Self::Aes256GcmSiv | Self::Aes128Gcm | Self::Aes256Gcm | Self::ChaCha20Poly1305 => 12,
            #[cfg(test)]
            Self::Odd => 13,
        }
    }

    /// `Nt`: bytes of a tag.
    #[must_use]
    pub fn tag_len(self) -> usize {
        match self {
            Self::Aes256GcmSiv | Self::Aes128Gcm | Self::Aes256Gcm | Self::ChaCha20Poly1305 => 16,
            #[cfg(test)]
            Self::Odd => 17,
        }
    }
}

/// The types of keys in a `TypedKey` (page *Registries*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyType {
    /// A key that signs.
    Signature(SignatureAlgorithm),
    /// A key that agrees.
    Agreement(AgreementAlgorithm),
}

impl KeyType {
    /// The type of a registered value, if this crate knows it.
    #[must_use]
    pub fn from_u16(value: u16) -> Option<Self> {
        match value {
            0x0001 => Some(Self::Signature(SignatureAlgorithm::Ed25519)),
            0x0101 => Some(Self::Agreement(AgreementAlgorithm::X25519)),
            #[cfg(test)]
            0x00FF => Some(Self::Signature(SignatureAlgorithm::Odd)),
            #[cfg(test)]
            0x01FF => Some(Self::Agreement(AgreementAlgorithm::Odd)),
            _ => None,
        }
    }

    /// Bytes of a public key of this type.
    #[must_use]
    pub fn public_len(self) -> usize {
        match self {
            Self::Signature(algorithm) => algorithm.public_len(),
            Self::Agreement(algorithm) => algorithm.public_len(),
        }
    }

    /// Bytes of a private key of this type, as it is stored.
    #[must_use]
    pub fn private_len(self) -> usize {
        match self {
            Self::Signature(algorithm) => algorithm.private_len(),
            Self::Agreement(algorithm) => algorithm.private_len(),
        }
    }
}

/// A signing key type's value, if it is known.
pub(crate) fn signature_algorithm(value: u16) -> Option<SignatureAlgorithm> {
    match KeyType::from_u16(value) {
        Some(KeyType::Signature(algorithm)) => Some(algorithm),
        _ => None,
    }
}

/// Whether keys of a type sign: those below `0x0100` do (page *Identities*).
pub(crate) fn signs(value: u16) -> bool {
    value < 0x0100
}

/// A suite: algorithms, sizes and the shape of the protocol (page *Suites*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Suite {
    /// `0x0001`: X25519 and ML-KEM-768, Ed25519, AES-256-GCM-SIV, SHA-256.
    Core,
    #[cfg(test)]
    #[doc(hidden)]
    Odd,
}

impl Suite {
    /// The suite of a registered value.
    ///
    /// # Errors
    /// [`Peer::UnsupportedSuite`] for one that this crate does not speak.
    pub fn from_u16(value: u16) -> Result<Self, Error> {
        match value {
            0x0001 => Ok(Self::Core),
            #[cfg(test)]
            0xF0DD => Ok(Self::Odd),
            _ => Err(Peer::UnsupportedSuite.into()),
        }
    }

    /// The registered value.
    #[must_use]
    pub fn to_u16(self) -> u16 {
        match self {
            Self::Core => 0x0001,
            #[cfg(test)]
            Self::Odd => 0xF0DD,
        }
    }

    /// The suite's hash.
    #[must_use]
    pub fn hash(self) -> HashAlgorithm {
        match self {
            Self::Core => HashAlgorithm::Sha256,
            #[cfg(test)]
            Self::Odd => HashAlgorithm::Sha384,
        }
    }

    /// The suite's key agreement.
    #[must_use]
    pub fn agreement(self) -> AgreementAlgorithm {
        match self {
            Self::Core => AgreementAlgorithm::X25519,
            #[cfg(test)]
            Self::Odd => AgreementAlgorithm::Odd,
        }
    }

    /// The suite's KEM.
    #[must_use]
    pub fn kem(self) -> KemAlgorithm {
        match self {
            Self::Core => KemAlgorithm::MlKem768,
            #[cfg(test)]
            Self::Odd => KemAlgorithm::Odd,
        }
    }

    /// The suite's AEAD.
    #[must_use]
    pub fn aead(self) -> AeadAlgorithm {
        match self {
            Self::Core => AeadAlgorithm::Aes256GcmSiv,
            #[cfg(test)]
            Self::Odd => AeadAlgorithm::Odd,
        }
    }

    /// Types of the identity keys that a device needs: the one that signs, the one that agrees.
    #[must_use]
    pub fn identity_key_types(self) -> (u16, u16) {
        match self {
            Self::Core => (0x0001, 0x0101),
            #[cfg(test)]
            Self::Odd => (0x00FF, 0x01FF),
        }
    }

    /// Bytes of an encoded ratchet header: `ratchet_key`, flags, pn, n.
    pub(crate) fn header_len(self) -> usize {
        self.agreement().public_len().saturating_add(8)
    }
}
