//! The default provider: dalek, RustCrypto, libcrux.

use super::provider::{CryptoProvider, Expand};
use super::suite::{
    AeadAlgorithm, AgreementAlgorithm, HashAlgorithm, KemAlgorithm, SignatureAlgorithm,
};
use super::{Secret, ed25519, hybrid, p256};
use crate::error::ProviderFailed;
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use aes_gcm_siv::aead::Key;
use aes_gcm_siv::aead::inout::InOutBuf;
use aes_gcm_siv::{AeadInOut, Aes256GcmSiv, KeyInit, Nonce, Tag};
use alloc::vec::Vec;
use chacha20poly1305::ChaCha20Poly1305;
use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hkdf::{Hkdf, HkdfExtract};
use libcrux_ml_kem::mlkem768;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::{Zeroize, Zeroizing};

/// dalek for X25519 and Ed25519, RustCrypto for SHA-2, HKDF and AES-GCM-SIV, libcrux for ML-KEM.
#[derive(Clone, Copy, Debug, Default)]
pub struct DefaultProvider;

type Result<T> = core::result::Result<T, ProviderFailed>;

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| ProviderFailed::Size)
}

fn copy(from: &[u8], to: &mut [u8]) -> Result<()> {
    if from.len() != to.len() {
        return Err(ProviderFailed::Size);
    }
    to.copy_from_slice(from);
    Ok(())
}

macro_rules! with_hash {
    ($algorithm:expr, $hash:ident => $body:expr) => {
        match $algorithm {
            HashAlgorithm::Sha256 => {
                type $hash = Sha256;
                $body
            }
            HashAlgorithm::Sha384 => {
                type $hash = Sha384;
                $body
            }
        }
    };
}

macro_rules! with_aead {
    ($algorithm:expr, $aead:ident => $body:expr) => {
        match $algorithm {
            AeadAlgorithm::Aes256GcmSiv => {
                type $aead = Aes256GcmSiv;
                $body
            }
            AeadAlgorithm::Aes128Gcm => {
                type $aead = Aes128Gcm;
                $body
            }
            AeadAlgorithm::Aes256Gcm => {
                type $aead = Aes256Gcm;
                $body
            }
            AeadAlgorithm::ChaCha20Poly1305 => {
                type $aead = ChaCha20Poly1305;
                $body
            }
            #[cfg(test)]
            AeadAlgorithm::Odd => Err(ProviderFailed::Unsupported),
        }
    };
}

impl CryptoProvider for DefaultProvider {
    fn hash(&self, algorithm: HashAlgorithm, parts: &[&[u8]], out: &mut [u8]) -> Result<()> {
        with_hash!(algorithm, H => {
            let mut hash = H::new();
            parts.iter().for_each(|part| hash.update(part));
            copy(&hash.finalize(), out)
        })
    }

    fn shake256(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<()> {
        let input = Zeroizing::new(parts.concat());
        libcrux_sha3::shake256_ema(out, &input);
        Ok(())
    }

    fn hkdf_extract(
        &self,
        algorithm: HashAlgorithm,
        salt: &[u8],
        ikm: &[&[u8]],
        out: &mut [u8],
    ) -> Result<()> {
        with_hash!(algorithm, H => {
            let mut extract = HkdfExtract::<H>::new(Some(salt));
            ikm.iter().for_each(|part| extract.input_ikm(part));
            let (mut prk, _) = extract.finalize();
            copy(&prk, out)?;
            prk.as_mut_slice().zeroize();
            Ok(())
        })
    }

    fn hkdf_expand(
        &self,
        algorithm: HashAlgorithm,
        prk: &[u8],
        jobs: &mut [Expand<'_>],
    ) -> Result<()> {
        with_hash!(algorithm, H => {
            let hkdf = Hkdf::<H>::from_prk(prk).map_err(|_| ProviderFailed::Size)?;
            for job in jobs {
                hkdf.expand_multi_info(job.info, job.out).map_err(|_| ProviderFailed::Size)?;
            }
            Ok(())
        })
    }

    fn agreement_public(
        &self,
        algorithm: AgreementAlgorithm,
        private: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        match algorithm {
            AgreementAlgorithm::X25519 => {
                let private = StaticSecret::from(array::<32>(private)?);
                copy(PublicKey::from(&private).as_bytes(), out)
            }
            AgreementAlgorithm::P256 => copy(&p256::public(private)?, out),
            #[cfg(test)]
            AgreementAlgorithm::Odd => Err(ProviderFailed::Unsupported),
        }
    }

    fn agreement_check(&self, algorithm: AgreementAlgorithm, public: &[u8]) -> Result<bool> {
        match algorithm {
            AgreementAlgorithm::P256 => p256::check(public),
            _ => Ok(public.len() == algorithm.public_len()),
        }
    }

    fn agree(
        &self,
        algorithm: AgreementAlgorithm,
        private: &[u8],
        public: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        match algorithm {
            AgreementAlgorithm::X25519 => {
                let private = StaticSecret::from(array::<32>(private)?);
                let public = PublicKey::from(array::<32>(public)?);
                copy(private.diffie_hellman(&public).as_bytes(), out)
            }
            AgreementAlgorithm::P256 => p256::agree(private, public, out),
            #[cfg(test)]
            AgreementAlgorithm::Odd => Err(ProviderFailed::Unsupported),
        }
    }

    fn kem_key_pair(&self, algorithm: KemAlgorithm, seed: &[u8]) -> Result<(Vec<u8>, Secret)> {
        match algorithm {
            KemAlgorithm::MlKem768 => {
                let pair = mlkem768::generate_key_pair(array::<64>(seed)?);
                Ok((pair.pk().to_vec(), Secret::from_slice(pair.sk())))
            }
            KemAlgorithm::MlKem768X25519 => hybrid::key_pair(seed),
            #[cfg(test)]
            KemAlgorithm::Odd => Err(ProviderFailed::Unsupported),
        }
    }

    fn kem_check(&self, algorithm: KemAlgorithm, key: &[u8]) -> Result<bool> {
        match algorithm {
            KemAlgorithm::MlKem768 => {
                let key = mlkem768::MlKem768PublicKey::try_from(key);
                Ok(key.is_ok_and(|key| mlkem768::validate_public_key(&key)))
            }
            KemAlgorithm::MlKem768X25519 => hybrid::check(key),
            #[cfg(test)]
            KemAlgorithm::Odd => Err(ProviderFailed::Unsupported),
        }
    }

    fn kem_encapsulate(
        &self,
        algorithm: KemAlgorithm,
        key: &[u8],
        randomness: &[u8],
    ) -> Result<(Vec<u8>, Secret)> {
        match algorithm {
            KemAlgorithm::MlKem768 => {
                let key =
                    mlkem768::MlKem768PublicKey::try_from(key).map_err(|_| ProviderFailed::Size)?;
                let (ciphertext, shared) = mlkem768::encapsulate(&key, array::<32>(randomness)?);
                let shared = Zeroizing::new(shared);
                Ok((ciphertext.as_slice().to_vec(), Secret::from_slice(shared.as_slice())))
            }
            KemAlgorithm::MlKem768X25519 => hybrid::encapsulate(key, randomness),
            #[cfg(test)]
            KemAlgorithm::Odd => Err(ProviderFailed::Unsupported),
        }
    }

    fn kem_decapsulate(
        &self,
        algorithm: KemAlgorithm,
        decapsulation_key: &Secret,
        ciphertext: &[u8],
    ) -> Result<Secret> {
        match algorithm {
            KemAlgorithm::MlKem768 => {
                let key = mlkem768::MlKem768PrivateKey::try_from(decapsulation_key.as_bytes())
                    .map_err(|_| ProviderFailed::Size)?;
                let ciphertext = mlkem768::MlKem768Ciphertext::try_from(ciphertext)
                    .map_err(|_| ProviderFailed::Size)?;
                let shared = Zeroizing::new(mlkem768::decapsulate(&key, &ciphertext));
                Ok(Secret::from_slice(shared.as_slice()))
            }
            KemAlgorithm::MlKem768X25519 => hybrid::decapsulate(decapsulation_key, ciphertext),
            #[cfg(test)]
            KemAlgorithm::Odd => Err(ProviderFailed::Unsupported),
        }
    }

    fn signature_public(&self, algorithm: SignatureAlgorithm, private: &[u8]) -> Result<Vec<u8>> {
        match algorithm {
            SignatureAlgorithm::Ed25519 => {
                let private = Zeroizing::new(array::<32>(private)?);
                Ok(SigningKey::from_bytes(&private).verifying_key().to_bytes().to_vec())
            }
            SignatureAlgorithm::EcdsaP256 => p256::public(private),
            #[cfg(test)]
            SignatureAlgorithm::Odd => Err(ProviderFailed::Unsupported),
        }
    }

    fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        private: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>> {
        match algorithm {
            SignatureAlgorithm::Ed25519 => {
                let private = Zeroizing::new(array::<32>(private)?);
                Ok(SigningKey::from_bytes(&private).sign(message).to_bytes().to_vec())
            }
            SignatureAlgorithm::EcdsaP256 => p256::sign(private, message),
            #[cfg(test)]
            SignatureAlgorithm::Odd => Err(ProviderFailed::Unsupported),
        }
    }

    fn sign_with_public(
        &self,
        algorithm: SignatureAlgorithm,
        private: &[u8],
        public: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>> {
        match algorithm {
            SignatureAlgorithm::Ed25519 => {
                let private = Zeroizing::new(array::<32>(private)?);
                let public = VerifyingKey::from_bytes(&array::<32>(public)?);
                let public = public.map_err(|_| ProviderFailed::Size)?;
                let expanded = ExpandedSecretKey::from(&*private);
                Ok(raw_sign::<Sha512>(&expanded, message, &public).to_bytes().to_vec())
            }
            _ => self.sign(algorithm, private, message),
        }
    }

    fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        public: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool> {
        match algorithm {
            SignatureAlgorithm::Ed25519 => {
                let Ok(signature) = Signature::from_slice(signature) else { return Ok(false) };
                Ok(ed25519::verify(&array::<32>(public)?, message, &signature))
            }
            SignatureAlgorithm::EcdsaP256 => p256::verify(public, message, signature),
            #[cfg(test)]
            SignatureAlgorithm::Odd => Err(ProviderFailed::Unsupported),
        }
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
        with_aead!(algorithm, A => {
            let aead = A::new(<&Key<A>>::try_from(key).map_err(|_| ProviderFailed::Size)?);
            let nonce = Nonce::try_from(nonce).map_err(|_| ProviderFailed::Size)?;
            let sealed = aead
                .encrypt_inout_detached(&nonce, aad, InOutBuf::from(in_out))
                .map_err(|_| ProviderFailed::Size)?;
            copy(&sealed, tag)
        })
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
        with_aead!(algorithm, A => {
            let aead = A::new(<&Key<A>>::try_from(key).map_err(|_| ProviderFailed::Size)?);
            let nonce = Nonce::try_from(nonce).map_err(|_| ProviderFailed::Size)?;
            let tag = Tag::try_from(tag).map_err(|_| ProviderFailed::Size)?;
            let buffer = InOutBuf::from(&mut *in_out);
            let opened = aead.decrypt_inout_detached(&nonce, aad, buffer, &tag).is_ok();
            if !opened {
                in_out.zeroize();
            }
            Ok(opened)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_same_with_the_public_key_at_hand() {
        for algorithm in [SignatureAlgorithm::Ed25519, SignatureAlgorithm::EcdsaP256] {
            for byte in 1..20 {
                let private = [byte; 32];
                let message = [byte; 100];
                let public = DefaultProvider.signature_public(algorithm, &private).unwrap();
                let sign = DefaultProvider.sign(algorithm, &private, &message);
                let signed =
                    DefaultProvider.sign_with_public(algorithm, &private, &public, &message);
                assert_eq!(sign, signed);
                let signature = signed.unwrap();
                let verifies = |message| {
                    DefaultProvider.verify(algorithm, &public, message, &signature).unwrap()
                };
                assert!(verifies(&message) && !verifies(b"another"));
            }
        }
    }
}
