//! The few primitives that client and relay use themselves, from the library's default provider, and
//! the system's randomness.

use getrandom::SysRng;
use getrandom::rand_core::{TryRng, UnwrapErr};
use sceau::crypto::{AeadAlgorithm, CryptoProvider, DefaultProvider, Expand, HashAlgorithm};
use sceau::pairwise::{AccountId, MailboxId};

use crate::wire::Writer;

/// The system's source of randomness; the process stops if there is none.
#[must_use]
pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// `N` random bytes, or none where the system has no randomness to give.
#[must_use]
pub fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).ok().map(|()| bytes)
}

/// SHA-256 of the joined parts.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    // The default provider has SHA-256: this cannot fail.
    let _ = DefaultProvider.hash(HashAlgorithm::Sha256, parts, &mut out);
    out
}

/// `expand_with_label(secret, label, context, 32)` (page *Conventions*) with SHA-256.
#[must_use]
pub fn expand(secret: &[u8; 32], label: &str, context: &[u8]) -> [u8; 32] {
    let mut info = Writer::default();
    info.u16(32).opaque(format!("Sceau 1 {label}").as_bytes()).opaque(context);
    let mut out = [0; 32];
    let mut jobs = [Expand { info: &[&info.0], out: &mut out }];
    // 32 bytes of a known hash: this cannot fail.
    let _ = DefaultProvider.hkdf_expand(HashAlgorithm::Sha256, secret, &mut jobs);
    out
}

/// `contact_mailbox(account_id, serial)` (page *Envelope*) of an account whose hash is SHA-256.
#[must_use]
pub fn contact_mailbox(account_id: &AccountId, serial: u64) -> MailboxId {
    let mut value = Writer::default();
    value.opaque(account_id.as_bytes()).u64(serial);
    let mut input = Writer::default();
    input.opaque(b"Sceau 1 contact mailbox").opaque(&value.0);
    MailboxId::new(sha256(&[&input.0]))
}

/// Bytes of the tag that [`seal`] appends.
pub const TAG: usize = 16;

/// AES-256-GCM-SIV: the ciphertext with its tag behind it, in the place of the plaintext.
pub fn seal(key: &[u8; 32], nonce: &[u8; 12], aad: &[u8], in_out: &mut Vec<u8>) {
    let length = in_out.len();
    in_out.resize(length + TAG, 0);
    let (text, tag) = in_out.split_at_mut(length);
    // Key, nonce and tag have the sizes of the algorithm: this cannot fail.
    let _ = DefaultProvider.aead_seal(AeadAlgorithm::Aes256GcmSiv, key, nonce, aad, text, tag);
}

/// Opens what [`seal`] made; false, and an empty vector, when it was not made with this key, nonce and data.
#[must_use]
pub fn open(key: &[u8; 32], nonce: &[u8; 12], aad: &[u8], in_out: &mut Vec<u8>) -> bool {
    let Some(length) = in_out.len().checked_sub(TAG) else {
        in_out.clear();
        return false;
    };
    let (text, tag) = in_out.split_at_mut(length);
    let opened = DefaultProvider.aead_open(AeadAlgorithm::Aes256GcmSiv, key, nonce, aad, text, tag);
    let right = opened == Ok(true);
    in_out.truncate(if right { length } else { 0 });
    right
}
