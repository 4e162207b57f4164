//! P-256 for the default provider: ECDH and ECDSA of RustCrypto's `p256`, behind the feature `p256`.

use crate::error::ProviderFailed;
use alloc::vec::Vec;

type Result<T> = core::result::Result<T, ProviderFailed>;

#[cfg(feature = "p256")]
mod with {
    use super::{ProviderFailed, Result, Vec};
    use p256::ecdsa::signature::{Signer, Verifier};
    use p256::ecdsa::{DerSignature, Signature, SigningKey, VerifyingKey};
    use p256::elliptic_curve::sec1::ToSec1Point;
    use p256::{PublicKey, SecretKey};

    /// Bytes of an uncompressed point.
    const POINT: usize = 65;

    fn secret(private: &[u8]) -> Result<SecretKey> {
        SecretKey::from_slice(private).map_err(|_| ProviderFailed::Size)
    }

    /// A point in the one encoding that RFC 9180 §7.1.1 and RFC 9420 §5.1.1 allow: uncompressed.
    fn point(public: &[u8]) -> Option<PublicKey> {
        let uncompressed = public.len() == POINT && public.first() == Some(&4);
        PublicKey::from_sec1_bytes(public).ok().filter(|_| uncompressed)
    }

    pub(crate) fn public(private: &[u8]) -> Result<Vec<u8>> {
        Ok(secret(private)?.public_key().to_sec1_point(false).as_bytes().to_vec())
    }

    pub(crate) fn check(public: &[u8]) -> Result<bool> {
        Ok(point(public).is_some())
    }

    pub(crate) fn agree(private: &[u8], public: &[u8], out: &mut [u8]) -> Result<()> {
        let (private, public) = (secret(private)?, point(public).ok_or(ProviderFailed::Size)?);
        let shared = p256::ecdh::diffie_hellman(private.to_nonzero_scalar(), public.as_affine());
        let bytes = shared.raw_secret_bytes();
        if bytes.len() != out.len() {
            return Err(ProviderFailed::Size);
        }
        out.copy_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn sign(private: &[u8], message: &[u8]) -> Result<Vec<u8>> {
        let key = SigningKey::from_slice(private).map_err(|_| ProviderFailed::Size)?;
        let signature: Signature = key.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }

    pub(crate) fn verify(public: &[u8], message: &[u8], signature: &[u8]) -> Result<bool> {
        let Some(key) = point(public) else { return Ok(false) };
        let Ok(signature) = DerSignature::from_bytes(signature) else { return Ok(false) };
        Ok(VerifyingKey::from(key).verify(message, &signature).is_ok())
    }
}

#[cfg(not(feature = "p256"))]
mod without {
    use super::{ProviderFailed, Result, Vec};

    pub(crate) fn public(_: &[u8]) -> Result<Vec<u8>> {
        Err(ProviderFailed::Unsupported)
    }

    pub(crate) fn check(_: &[u8]) -> Result<bool> {
        Err(ProviderFailed::Unsupported)
    }

    pub(crate) fn agree(_: &[u8], _: &[u8], _: &mut [u8]) -> Result<()> {
        Err(ProviderFailed::Unsupported)
    }

    pub(crate) fn sign(_: &[u8], _: &[u8]) -> Result<Vec<u8>> {
        Err(ProviderFailed::Unsupported)
    }

    pub(crate) fn verify(_: &[u8], _: &[u8], _: &[u8]) -> Result<bool> {
        Err(ProviderFailed::Unsupported)
    }
}

#[cfg(feature = "p256")]
pub(crate) use with::{agree, check, public, sign, verify};
#[cfg(not(feature = "p256"))]
pub(crate) use without::{agree, check, public, sign, verify};
