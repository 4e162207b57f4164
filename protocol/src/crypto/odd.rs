//! A provider of algorithms with odd sizes: real primitives with extra bytes, to prove that nothing
//! outside the suites' own table assumes a size. For this crate's own tests.

use super::Secret;
use super::default::DefaultProvider;
use super::provider::{CryptoProvider, Expand};
use super::suite::{
    AeadAlgorithm, AgreementAlgorithm, HashAlgorithm, KemAlgorithm, SignatureAlgorithm,
};
use crate::error::ProviderFailed;
use alloc::vec::Vec;

type Result<T> = core::result::Result<T, ProviderFailed>;

/// Core's algorithms from the default provider, the odd ones around them.
pub(crate) struct OddProvider;

const INNER: DefaultProvider = DefaultProvider;
const DH: AgreementAlgorithm = AgreementAlgorithm::X25519;
const KEM: KemAlgorithm = KemAlgorithm::MlKem768;
const SIG: SignatureAlgorithm = SignatureAlgorithm::Ed25519;
const AEAD: AeadAlgorithm = AeadAlgorithm::Aes256GcmSiv;

impl CryptoProvider for OddProvider {
    fn hash(&self, algorithm: HashAlgorithm, parts: &[&[u8]], out: &mut [u8]) -> Result<()> {
        INNER.hash(algorithm, parts, out)
    }

    fn hkdf_extract(
        &self,
        algorithm: HashAlgorithm,
        salt: &[u8],
        ikm: &[&[u8]],
        out: &mut [u8],
    ) -> Result<()> {
        INNER.hkdf_extract(algorithm, salt, ikm, out)
    }

    fn hkdf_expand(
        &self,
        algorithm: HashAlgorithm,
        prk: &[u8],
        jobs: &mut [Expand<'_>],
    ) -> Result<()> {
        INNER.hkdf_expand(algorithm, prk, jobs)
    }

    fn agreement_public(
        &self,
        algorithm: AgreementAlgorithm,
        private: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        if algorithm == DH {
            return INNER.agreement_public(DH, private, out);
        }
        assert_eq!((private.len(), out.len()), (34, 33));
        out[0] = 0x7a;
        INNER.agreement_public(DH, &private[2..], &mut out[1..])
    }

    fn agree(
        &self,
        algorithm: AgreementAlgorithm,
        private: &[u8],
        public: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        if algorithm == DH {
            return INNER.agree(DH, private, public, out);
        }
        assert_eq!((private.len(), public.len(), out.len()), (34, 33, 37));
        INNER.agree(DH, &private[2..], &public[1..], &mut out[..32])?;
        out.copy_within(..5, 32);
        Ok(())
    }

    fn kem_key_pair(&self, algorithm: KemAlgorithm, seed: &[u8]) -> Result<(Vec<u8>, Secret)> {
        if algorithm == KEM {
            return INNER.kem_key_pair(KEM, seed);
        }
        assert_eq!(seed.len(), 65);
        let (mut public, private) = INNER.kem_key_pair(KEM, &seed[1..])?;
        public.extend_from_slice(&[1, 2, 3]);
        Ok((public, private))
    }

    fn kem_check(&self, algorithm: KemAlgorithm, key: &[u8]) -> Result<bool> {
        if algorithm == KEM {
            return INNER.kem_check(KEM, key);
        }
        Ok(key.len() == 1187 && key.ends_with(&[1, 2, 3]) && INNER.kem_check(KEM, &key[..1184])?)
    }

    fn kem_encapsulate(
        &self,
        algorithm: KemAlgorithm,
        key: &[u8],
        randomness: &[u8],
    ) -> Result<(Vec<u8>, Secret)> {
        if algorithm == KEM {
            return INNER.kem_encapsulate(KEM, key, randomness);
        }
        assert_eq!((key.len(), randomness.len()), (1187, 35));
        let (ciphertext, shared) = INNER.kem_encapsulate(KEM, &key[..1184], &randomness[3..])?;
        Ok(([&[9, 9], &ciphertext[..]].concat(), longer(&shared)))
    }

    fn kem_decapsulate(
        &self,
        algorithm: KemAlgorithm,
        decapsulation_key: &Secret,
        ciphertext: &[u8],
    ) -> Result<Secret> {
        if algorithm == KEM {
            return INNER.kem_decapsulate(KEM, decapsulation_key, ciphertext);
        }
        assert_eq!(ciphertext.len(), 1090);
        INNER.kem_decapsulate(KEM, decapsulation_key, &ciphertext[2..]).map(|s| longer(&s))
    }

    fn signature_public(&self, algorithm: SignatureAlgorithm, private: &[u8]) -> Result<Vec<u8>> {
        if algorithm == SIG {
            return INNER.signature_public(SIG, private);
        }
        assert_eq!(private.len(), 36);
        Ok([&INNER.signature_public(SIG, &private[4..])?[..], &[4, 5, 6]].concat())
    }

    fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        private: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>> {
        if algorithm == SIG {
            return INNER.sign(SIG, private, message);
        }
        Ok([&[8; 6], &INNER.sign(SIG, &private[4..], message)?[..]].concat())
    }

    fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        public: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool> {
        if algorithm == SIG {
            return INNER.verify(SIG, public, message, signature);
        }
        assert_eq!(public.len(), 35);
        let fits = signature.len() == 70 && signature.starts_with(&[8; 6]);
        Ok(fits && INNER.verify(SIG, &public[..32], message, &signature[6..])?)
    }

    fn aead_seal(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        in_out: &mut [u8],
        tag: &mut [u8],
    ) -> Result<()> {
        if algorithm == AEAD {
            return INNER.aead_seal(AEAD, key, nonce, aad, in_out, tag);
        }
        assert_eq!((key.len(), nonce.len(), tag.len()), (33, 13, 17));
        tag[16] = 0x55;
        INNER.aead_seal(AEAD, &key[1..], &nonce[1..], aad, in_out, &mut tag[..16])
    }

    fn aead_open(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        in_out: &mut [u8],
        tag: &[u8],
    ) -> Result<bool> {
        if algorithm == AEAD {
            return INNER.aead_open(AEAD, key, nonce, aad, in_out, tag);
        }
        assert_eq!((key.len(), nonce.len(), tag.len()), (33, 13, 17));
        Ok(tag[16] == 0x55
            && INNER.aead_open(AEAD, &key[1..], &nonce[1..], aad, in_out, &tag[..16])?)
    }
}

fn longer(shared: &Secret) -> Secret {
    Secret::from_vec([shared.as_bytes(), &[7; 8]].concat())
}
