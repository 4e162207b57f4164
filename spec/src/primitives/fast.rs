//! The primitives of the registry's crates behind the names of [`super::hacspec`], for the live peer
//! and for fuzzing. This is native Rust, not hacspec, and the one file in `src` that the subset test
//! leaves out. SHA-3 has no crate here: it matters inside ML-KEM only, which brings its own. Nor have
//! the AEADs of groups, which the live peer does not speak.
//!
//! # Panics
//! Where a length that the caller alone decides (seed, private key, AEAD key, nonce) is wrong.

use crate::octets::{Octets, from_bytes};
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hkdf::Hkdf;
use hmac::Mac;
use libcrux_ml_kem::mlkem768;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519 as dalek_x25519};

pub use super::hacspec::{aes_gcm_open, aes_gcm_seal};
pub use super::hacspec::{chacha20_poly1305_open, chacha20_poly1305_seal};
pub use super::hacspec::{sha3_256, sha3_512, shake128, shake256};

/// The bytes as a native array, if the length is right.
fn array<const N: usize>(s: &Octets) -> Option<[u8; N]> {
    s.native_slice().try_into().ok()
}

/// The bytes as a native array, of a length that is the caller's duty.
fn exact<const N: usize>(s: &Octets) -> [u8; N] {
    array(s).unwrap_or_else(|| panic!("{} bytes where {N} are due", s.len()))
}

/// As [`super::hacspec::sha256`].
pub fn sha256(message: &Octets) -> Octets {
    from_bytes(&Sha256::digest(message.native_slice()))
}

/// As [`super::hacspec::sha384`].
pub fn sha384(message: &Octets) -> Octets {
    from_bytes(&Sha384::digest(message.native_slice()))
}

/// As [`super::hacspec::sha512`].
pub fn sha512(message: &Octets) -> Octets {
    from_bytes(&Sha512::digest(message.native_slice()))
}

/// As [`super::hacspec::hmac_sha256`].
pub fn hmac_sha256(key: &Octets, text: &Octets) -> Octets {
    match <hmac::Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key.native_slice()) {
        Ok(mac) => from_bytes(&mac.chain_update(text.native_slice()).finalize().into_bytes()),
        Err(_) => unreachable!("HMAC takes keys of any length"),
    }
}

/// As [`super::hacspec::hmac_sha384`].
pub fn hmac_sha384(key: &Octets, text: &Octets) -> Octets {
    match <hmac::Hmac<Sha384> as hmac::KeyInit>::new_from_slice(key.native_slice()) {
        Ok(mac) => from_bytes(&mac.chain_update(text.native_slice()).finalize().into_bytes()),
        Err(_) => unreachable!("HMAC takes keys of any length"),
    }
}

/// As [`super::hacspec::hkdf_sha384_extract`].
pub fn hkdf_sha384_extract(salt: &Octets, ikm: &Octets) -> Octets {
    hmac_sha384(salt, ikm)
}

/// As [`super::hacspec::hkdf_sha384_expand`].
pub fn hkdf_sha384_expand(prk: &Octets, info: &Octets, length: usize) -> Octets {
    let mut okm = vec![0; length.min(255 * 48)];
    match Hkdf::<Sha384>::from_prk(prk.native_slice()) {
        Ok(hkdf) => match hkdf.expand(info.native_slice(), &mut okm) {
            Ok(()) => Octets::from_vec(okm),
            Err(_) => unreachable!("the length is in bounds"),
        },
        // The crate wants a PRK of at least the hash's size; RFC 5869 only advises it.
        Err(_) => super::hacspec::hkdf_sha384_expand(prk, info, length),
    }
}

/// As [`super::hacspec::hkdf_sha256_extract`].
pub fn hkdf_sha256_extract(salt: &Octets, ikm: &Octets) -> Octets {
    hmac_sha256(salt, ikm)
}

/// As [`super::hacspec::hkdf_sha256_expand`].
pub fn hkdf_sha256_expand(prk: &Octets, info: &Octets, length: usize) -> Octets {
    let mut okm = vec![0; length.min(255 * 32)];
    match Hkdf::<Sha256>::from_prk(prk.native_slice()) {
        Ok(hkdf) => match hkdf.expand(info.native_slice(), &mut okm) {
            Ok(()) => Octets::from_vec(okm),
            Err(_) => unreachable!("the length is in bounds"),
        },
        // The crate wants a PRK of at least the hash's size; RFC 5869 only advises it.
        Err(_) => super::hacspec::hkdf_sha256_expand(prk, info, length),
    }
}

/// As [`super::hacspec::hkdf_sha256`].
pub fn hkdf_sha256(salt: &Octets, ikm: &Octets, info: &Octets, length: usize) -> Octets {
    hkdf_sha256_expand(&hkdf_sha256_extract(salt, ikm), info, length)
}

/// As [`super::hacspec::x25519`].
pub fn x25519(k: &Octets, u: &Octets) -> Option<Octets> {
    Some(from_bytes(&dalek_x25519(array(k)?, array(u)?)))
}

/// As [`super::hacspec::x25519_agree`].
pub fn x25519_agree(private_key: &Octets, public_key: &Octets) -> Option<Octets> {
    x25519(private_key, public_key).filter(|shared| *shared != Octets::new(32))
}

/// As [`super::hacspec::x25519_public_key`].
pub fn x25519_public_key(private_key: &Octets) -> Octets {
    from_bytes(&dalek_x25519(exact(private_key), X25519_BASEPOINT_BYTES))
}

/// As [`super::hacspec::ed25519_public_key`].
pub fn ed25519_public_key(private_key: &Octets) -> Octets {
    from_bytes(SigningKey::from_bytes(&exact(private_key)).verifying_key().as_bytes())
}

/// As [`super::hacspec::ed25519_sign`].
pub fn ed25519_sign(private_key: &Octets, message: &Octets) -> Octets {
    let key = SigningKey::from_bytes(&exact(private_key));
    from_bytes(&key.sign(message.native_slice()).to_bytes())
}

/// As [`super::hacspec::ed25519_valid_public_key`].
pub fn ed25519_valid_public_key(public_key: &Octets) -> bool {
    let key = array(public_key).and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
    key.is_some_and(|key| {
        !key.is_weak() && key.to_edwards().compress().as_bytes() == public_key.native_slice()
    })
}

/// As [`super::hacspec::ed25519_verify`].
pub fn ed25519_verify(public_key: &Octets, message: &Octets, signature: &Octets) -> bool {
    if !ed25519_valid_public_key(public_key) {
        return false;
    }
    let (Some(public_key), Some(signature)) = (array(public_key), array(signature)) else {
        return false;
    };
    let signature = Signature::from_bytes(&signature);
    VerifyingKey::from_bytes(&public_key)
        .and_then(|key| key.verify_strict(message.native_slice(), &signature))
        .is_ok()
}

/// As [`super::hacspec::aes_256_gcm_siv_seal`].
pub fn aes_256_gcm_siv_seal(
    key: &Octets,
    nonce: &Octets,
    associated_data: &Octets,
    plaintext: &Octets,
) -> Octets {
    let payload = Payload { msg: plaintext.native_slice(), aad: associated_data.native_slice() };
    let cipher = Aes256GcmSiv::new(&exact::<32>(key).into());
    match cipher.encrypt(&Nonce::from(exact::<12>(nonce)), payload) {
        Ok(ciphertext) => Octets::from_vec(ciphertext),
        Err(_) => unreachable!("no string in memory exceeds 2^36 bytes"),
    }
}

/// As [`super::hacspec::aes_256_gcm_siv_open`].
pub fn aes_256_gcm_siv_open(
    key: &Octets,
    nonce: &Octets,
    associated_data: &Octets,
    ciphertext: &Octets,
) -> Option<Octets> {
    let payload = Payload { msg: ciphertext.native_slice(), aad: associated_data.native_slice() };
    let cipher = Aes256GcmSiv::new(&exact::<32>(key).into());
    cipher.decrypt(&Nonce::from(exact::<12>(nonce)), payload).ok().map(Octets::from_vec)
}

/// As [`super::hacspec::ml_kem_768_keygen`].
pub fn ml_kem_768_keygen(d: &Octets, z: &Octets) -> (Octets, Octets) {
    let pair = mlkem768::generate_key_pair(exact(&d.concat(z)));
    (from_bytes(pair.pk()), from_bytes(pair.sk()))
}

/// As [`super::hacspec::ml_kem_768_check_ek`].
pub fn ml_kem_768_check_ek(ek: &Octets) -> bool {
    array::<1184>(ek).is_some_and(|ek| mlkem768::validate_public_key(&ek.into()))
}

/// As [`super::hacspec::ml_kem_768_encaps`].
pub fn ml_kem_768_encaps(ek: &Octets, m: &Octets) -> Option<(Octets, Octets)> {
    let public_key = array::<1184>(ek)?.into();
    if !mlkem768::validate_public_key(&public_key) {
        return None;
    }
    let (ciphertext, shared) = mlkem768::encapsulate(&public_key, exact(m));
    Some((from_bytes(&shared), from_bytes(ciphertext.as_slice())))
}

/// As [`super::hacspec::ml_kem_768_decaps`].
pub fn ml_kem_768_decaps(dk: &Octets, ciphertext: &Octets) -> Option<Octets> {
    let private_key = array::<2400>(dk)?.into();
    let ciphertext = array::<1088>(ciphertext)?.into();
    if !mlkem768::validate_private_key(&private_key, &ciphertext) {
        return None;
    }
    Some(from_bytes(&mlkem768::decapsulate(&private_key, &ciphertext)))
}
