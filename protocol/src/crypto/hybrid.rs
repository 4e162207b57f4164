//! MLKEM768-X25519 (X-Wing) for the default provider: ML-KEM-768 of libcrux beside X25519 of dalek.
//!
//! ```text
//! seed (32) -- SHAKE256 --> d || z (64), x (32)
//! encapsulation key = ek(d, z) || X25519(x, 9)            1184 + 32
//! ciphertext        = ct || X25519(e, 9)                  1088 + 32
//! shared secret     = SHA3-256(ss || X25519(e, pk_x) || ct_x || pk_x || label)
//! ```
//! draft-connolly-cfrg-xwing-kem-10, as page *Group suites* has it.

use super::Secret;
use super::labels::XWING;
use crate::error::ProviderFailed;
use alloc::vec::Vec;
use libcrux_ml_kem::mlkem768::{self, MlKem768Ciphertext, MlKem768PrivateKey, MlKem768PublicKey};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

type Result<T> = core::result::Result<T, ProviderFailed>;

/// Bytes of an ML-KEM-768 decapsulation key, encapsulation key and ciphertext.
const ML_KEM_SK: usize = 2400;
const ML_KEM_PK: usize = 1184;
const ML_KEM_CT: usize = 1088;

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| ProviderFailed::Size)
}

fn split(bytes: &[u8], at: usize) -> Result<(&[u8], [u8; 32])> {
    let (head, tail) = bytes.split_at_checked(at).ok_or(ProviderFailed::Size)?;
    Ok((head, array(tail)?))
}

/// The encapsulation key, and the decapsulation key as ML-KEM's own, X25519's, and X25519's public key.
pub(crate) fn key_pair(seed: &[u8]) -> Result<(Vec<u8>, Secret)> {
    let seed: Zeroizing<[u8; 32]> = Zeroizing::new(array(seed)?);
    let expanded = Zeroizing::new(libcrux_sha3::shake256::<96>(seed.as_slice()));
    let (ml_kem, x) = split(expanded.as_slice(), 64)?;
    let pair = mlkem768::generate_key_pair(array::<64>(ml_kem)?);
    let x = StaticSecret::from(x);
    let public_x = PublicKey::from(&x);
    let mut public = pair.pk().to_vec();
    public.extend_from_slice(public_x.as_bytes());
    let mut private = Zeroizing::new(Vec::with_capacity(ML_KEM_SK.saturating_add(64)));
    private.extend_from_slice(pair.sk());
    private.extend_from_slice(x.as_bytes());
    private.extend_from_slice(public_x.as_bytes());
    Ok((public, Secret::from_slice(&private)))
}

/// Whether ML-KEM's part passes the check of FIPS 203 §7.2.
pub(crate) fn check(public: &[u8]) -> Result<bool> {
    let Ok((ml_kem, _)) = split(public, ML_KEM_PK) else { return Ok(false) };
    let key = MlKem768PublicKey::try_from(ml_kem);
    Ok(key.is_ok_and(|key| mlkem768::validate_public_key(&key)))
}

/// Ciphertext and shared secret; 32 bytes of the randomness are ML-KEM's, 32 the ephemeral X25519 key.
pub(crate) fn encapsulate(public: &[u8], randomness: &[u8]) -> Result<(Vec<u8>, Secret)> {
    let (ml_kem, public_x) = split(public, ML_KEM_PK)?;
    let (message, e) = split(randomness, 32)?;
    let key = MlKem768PublicKey::try_from(ml_kem).map_err(|_| ProviderFailed::Size)?;
    let (ct, ss) = mlkem768::encapsulate(&key, array::<32>(message)?);
    let ss = Zeroizing::new(ss);
    let e = StaticSecret::from(e);
    let ct_x = PublicKey::from(&e);
    let ss_x = e.diffie_hellman(&PublicKey::from(public_x));
    let shared = combine(ss.as_slice(), ss_x.as_bytes(), ct_x.as_bytes(), &public_x);
    let mut ciphertext = ct.as_slice().to_vec();
    ciphertext.extend_from_slice(ct_x.as_bytes());
    Ok((ciphertext, shared))
}

/// The shared secret; an implicit rejection where ML-KEM's part does not fit.
pub(crate) fn decapsulate(private: &Secret, ciphertext: &[u8]) -> Result<Secret> {
    let (ml_kem, rest) =
        private.as_bytes().split_at_checked(ML_KEM_SK).ok_or(ProviderFailed::Size)?;
    let (x, public_x) = split(rest, 32)?;
    let (ct, ct_x) = split(ciphertext, ML_KEM_CT)?;
    let key = MlKem768PrivateKey::try_from(ml_kem).map_err(|_| ProviderFailed::Size)?;
    let ct = MlKem768Ciphertext::try_from(ct).map_err(|_| ProviderFailed::Size)?;
    let ss = Zeroizing::new(mlkem768::decapsulate(&key, &ct));
    let ss_x = StaticSecret::from(array::<32>(x)?).diffie_hellman(&PublicKey::from(ct_x));
    Ok(combine(ss.as_slice(), ss_x.as_bytes(), &ct_x, &public_x))
}

fn combine(ss: &[u8], ss_x: &[u8], ct_x: &[u8], public_x: &[u8]) -> Secret {
    let mut input = Zeroizing::new(Vec::with_capacity(160));
    for part in [ss, ss_x, ct_x, public_x, XWING] {
        input.extend_from_slice(part);
    }
    let shared = Zeroizing::new(libcrux_sha3::sha256(&input));
    Secret::from_slice(shared.as_slice())
}
