//! The bare primitives of each operation.

pub mod handshake;
pub mod message;

use aes_gcm_siv::aead::AeadInOut;
use aes_gcm_siv::{Aes256GcmSiv, KeyInit};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use std::hint::black_box;
use x25519_dalek::{PublicKey, StaticSecret};

/// Bytes of an account's keys, encoded.
const KEYS: usize = 40;

/// Bytes of an info: length, label behind its prefix, context; `label` and `context` without their own lengths, of which
/// each takes a byte.
const fn info(label: &str, context: usize) -> usize {
    2 + 1 + "Sceau 1 ".len() + label.len() + 1 + context
}

/// Expansions to 32 bytes from one secret, with infos of these lengths.
fn expand<const N: usize>(secret: &[u8; 32], infos: [usize; N]) -> [[u8; 32]; N] {
    let hkdf = Hkdf::<Sha256>::from_prk(black_box(secret)).unwrap();
    infos.map(|length| {
        let mut out = [0; 32];
        hkdf.expand(&black_box(&[7; 64])[..length], &mut out).unwrap();
        out
    })
}

fn extract(salt: &[u8; 32], ikm: &[u8]) -> [u8; 32] {
    Hkdf::<Sha256>::extract(Some(black_box(salt)), black_box(ikm)).0.into()
}

fn hash<const N: usize>() {
    black_box(Sha256::digest(black_box([6; N])));
}

fn seal(key: &[u8; 32], aad: &[u8], data: &mut [u8]) -> [u8; 16] {
    let cipher = Aes256GcmSiv::new(black_box(&(*key).into()));
    cipher.encrypt_inout_detached(&[0; 12].into(), aad, data.into()).unwrap().into()
}

fn open(key: &[u8; 32], aad: &[u8], data: &mut [u8], tag: [u8; 16]) -> bool {
    let cipher = Aes256GcmSiv::new(black_box(&(*key).into()));
    cipher.decrypt_inout_detached(&[0; 12].into(), aad, data.into(), &tag.into()).is_ok()
}

fn agree(private: &StaticSecret, public: &PublicKey) -> [u8; 32] {
    private.diffie_hellman(black_box(public)).to_bytes()
}

fn pair(byte: u8) -> (StaticSecret, PublicKey) {
    let private = StaticSecret::from(black_box([byte; 32]));
    let public = PublicKey::from(&private);
    (private, public)
}

/// `safety_number`: two account ids, an extraction and an expansion each.
pub fn safety_number() {
    for _ in 0..2 {
        hash::<KEYS>();
        black_box(expand(&extract(&[0; 32], &[6; KEYS]), [info("safety number", 0)]));
    }
}
