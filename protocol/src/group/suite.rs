//! Cipher suites (RFC 9420 §17.1): which algorithms, and their sizes.

use crate::crypto::{
    AeadAlgorithm, AgreementAlgorithm, HashAlgorithm, KemAlgorithm, SignatureAlgorithm,
};

/// A cipher suite of groups.
///
/// Sizes differ between suites: nothing outside this file knows how long anything is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CipherSuite {
    /// `0x0001` MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519.
    X25519Aes128,
    /// `0x0002` MLS_128_DHKEMP256_AES128GCM_SHA256_P256; needs the feature `p256`.
    P256Aes128,
    /// `0x0003` MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519.
    X25519ChaCha20,
    /// MLKEM768X25519_AES256GCM_SHA384_Ed25519, Sceau's default: HPKE with KEM `0x647a`, HKDF-SHA384,
    /// AES-256-GCM. Its code point `0xF64A` is one for private use until one is assigned.
    MlKem768X25519Aes256,
}

/// How HPKE agrees on a key (RFC 9180 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HpkeKem {
    /// DHKEM over an agreement.
    Dh(AgreementAlgorithm),
    /// A KEM of its own.
    Kem(KemAlgorithm),
}

impl CipherSuite {
    /// Every suite that this build speaks, Sceau's default (`GRP-10`) first.
    pub const ALL: &'static [Self] = &[
        Self::MlKem768X25519Aes256,
        Self::X25519Aes128,
        Self::X25519ChaCha20,
        #[cfg(feature = "p256")]
        Self::P256Aes128,
    ];

    /// The suite of a registered value, if this build speaks it.
    #[must_use]
    pub fn from_u16(value: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|suite| suite.to_u16() == value)
    }

    /// The registered value.
    #[must_use]
    pub fn to_u16(self) -> u16 {
        match self {
            Self::X25519Aes128 => 0x0001,
            Self::P256Aes128 => 0x0002,
            Self::X25519ChaCha20 => 0x0003,
            Self::MlKem768X25519Aes256 => 0xF64A,
        }
    }

    /// The suite's hash, which is also that of its KDF and MAC.
    #[must_use]
    pub fn hash(self) -> HashAlgorithm {
        match self {
            Self::MlKem768X25519Aes256 => HashAlgorithm::Sha384,
            _ => HashAlgorithm::Sha256,
        }
    }

    /// The suite's AEAD.
    #[must_use]
    pub fn aead(self) -> AeadAlgorithm {
        match self {
            Self::X25519Aes128 | Self::P256Aes128 => AeadAlgorithm::Aes128Gcm,
            Self::X25519ChaCha20 => AeadAlgorithm::ChaCha20Poly1305,
            Self::MlKem768X25519Aes256 => AeadAlgorithm::Aes256Gcm,
        }
    }

    /// The suite's signature algorithm.
    #[must_use]
    pub fn signature(self) -> SignatureAlgorithm {
        match self {
            Self::P256Aes128 => SignatureAlgorithm::EcdsaP256,
            _ => SignatureAlgorithm::Ed25519,
        }
    }

    /// `KDF.Nh`: bytes of a secret and of a digest.
    #[must_use]
    pub fn hash_len(self) -> usize {
        self.hash().digest_len()
    }

    /// `Npk`: bytes of an HPKE public key.
    #[must_use]
    pub fn public_key_len(self) -> usize {
        match self.kem() {
            HpkeKem::Dh(dh) => dh.public_len(),
            HpkeKem::Kem(kem) => kem.public_len(),
        }
    }

    /// `Nsk`: bytes of an HPKE private key.
    #[must_use]
    pub fn private_key_len(self) -> usize {
        match self.kem() {
            HpkeKem::Dh(dh) => dh.private_len(),
            HpkeKem::Kem(kem) => kem.seed_len(),
        }
    }

    /// `Nenc`: bytes of an encapsulated key.
    #[must_use]
    pub fn kem_output_len(self) -> usize {
        match self.kem() {
            HpkeKem::Dh(dh) => dh.public_len(),
            HpkeKem::Kem(kem) => kem.ciphertext_len(),
        }
    }

    pub(crate) fn kem(self) -> HpkeKem {
        match self {
            Self::X25519Aes128 | Self::X25519ChaCha20 => HpkeKem::Dh(AgreementAlgorithm::X25519),
            Self::P256Aes128 => HpkeKem::Dh(AgreementAlgorithm::P256),
            Self::MlKem768X25519Aes256 => HpkeKem::Kem(KemAlgorithm::MlKem768X25519),
        }
    }

    /// HPKE's ids of KEM, KDF and AEAD (RFC 9180 §7; draft-ietf-hpke-pq-04 for `0x647a`).
    pub(crate) fn hpke_ids(self) -> [u16; 3] {
        match self {
            Self::X25519Aes128 => [0x0020, 0x0001, 0x0001],
            Self::P256Aes128 => [0x0010, 0x0001, 0x0001],
            Self::X25519ChaCha20 => [0x0020, 0x0001, 0x0003],
            Self::MlKem768X25519Aes256 => [0x647a, 0x0002, 0x0002],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_have_their_own_values() {
        for suite in CipherSuite::ALL {
            assert_eq!(CipherSuite::from_u16(suite.to_u16()), Some(*suite));
        }
        assert_eq!(CipherSuite::from_u16(7), None);
        assert_eq!(CipherSuite::MlKem768X25519Aes256.public_key_len(), 1216);
        assert_eq!(CipherSuite::MlKem768X25519Aes256.kem_output_len(), 1120);
    }
}
