//! AES-256-GCM-SIV (RFC 8452).
//!
//! Keys have 32 bytes, nonces 12. Plaintext and associated data are at most 2^36 bytes each (RFC
//! 8452 §6); the protocol's own limits are far below and are checked by it.

use super::aes::{Block, RoundKeys, cipher, key_expansion};
use super::blocks::{add_key_stream, block_count, pad_to_blocks, split_tag};
use crate::octets::{Octets, to_uint_le, u32_le, u64_le, u128_le};
use hacspec_lib::*;

/// x^-1 in POLYVAL's field: x^127 + x^126 + x^125 + x^120 (RFC 8452 §3).
const X_INVERSE: u128 = 0xe1 << 120;

/// The keys of one nonce.
struct NonceKeys {
    /// H of POLYVAL, 16 bytes.
    message_authentication_key: Octets,
    /// The AES-256 key, expanded.
    message_encryption_key: RoundKeys,
}

/// Encryption: the ciphertext, as long as the plaintext, and a tag of 16 bytes (RFC 8452 §4).
pub fn aes_256_gcm_siv_seal(
    key: &Octets,
    nonce: &Octets,
    associated_data: &Octets,
    plaintext: &Octets,
) -> Octets {
    let keys = derive_keys(key, nonce);
    let tag = tag(&keys, nonce, associated_data, plaintext);
    aes_ctr(&keys.message_encryption_key, &tag, plaintext).concat(&tag)
}

/// Decryption: the plaintext, or `None` if the ciphertext is shorter than a tag or does not
/// authenticate (RFC 8452 §5).
pub fn aes_256_gcm_siv_open(
    key: &Octets,
    nonce: &Octets,
    associated_data: &Octets,
    ciphertext: &Octets,
) -> Option<Octets> {
    match split_tag(ciphertext) {
        Some((c, received_tag)) => {
            let keys = derive_keys(key, nonce);
            let plaintext = aes_ctr(&keys.message_encryption_key, &received_tag, &c);
            if tag(&keys, nonce, associated_data, &plaintext) == received_tag {
                Some(plaintext)
            } else {
                None
            }
        }
        None => None,
    }
}

/// POLYVAL(H, X_1, ..., X_n), the blocks joined in `x`: 16 bytes (RFC 8452 §3).
pub fn polyval(h: &Octets, x: &Octets) -> Octets {
    let h_element = to_uint_le(h);
    let mut s = 0u128;
    for i in 0..x.len() / 16 {
        s = dot(s ^ to_uint_le(&x.slice(16 * i, 16)), h_element);
    }
    u128_le(s)
}

/// dot(a, b) = a b x^-128 in GF(2^128); bit i of a number is the coefficient of x^i (RFC 8452 §3).
/// The terms are added from the lowest, each step multiplying by x^-1, so that the term of x^i is
/// multiplied by it 128 - i times.
fn dot(a: u128, b: u128) -> u128 {
    let mut out = 0u128;
    for i in 0..128usize {
        if (a >> i) & 1 == 1 {
            out ^= b;
        }
        let lowest = out & 1;
        out >>= 1;
        if lowest == 1 {
            out ^= X_INVERSE;
        }
    }
    out
}

/// derive_keys for a key-generating key of 32 bytes (RFC 8452 §4).
fn derive_keys(key_generating_key: &Octets, nonce: &Octets) -> NonceKeys {
    let round_keys = key_expansion(key_generating_key);
    let mut derived = Octets::new(48);
    for i in 0..6usize {
        let input = u32_le(i as u32).concat(nonce);
        let output = cipher(&round_keys, Block::from_slice(&input, 0, 16));
        for j in 0..8usize {
            derived[8 * i + j] = output[j];
        }
    }
    NonceKeys {
        message_authentication_key: derived.slice(0, 16),
        message_encryption_key: key_expansion(&derived.slice(16, 32)),
    }
}

/// The tag: 16 bytes (RFC 8452 §4).
fn tag(keys: &NonceKeys, nonce: &Octets, associated_data: &Octets, plaintext: &Octets) -> Octets {
    let length_block =
        u64_le(8 * associated_data.len() as u64).concat(&u64_le(8 * plaintext.len() as u64));
    let x = pad_to_blocks(associated_data).concat(&pad_to_blocks(plaintext)).concat(&length_block);
    let mut s_s = polyval(&keys.message_authentication_key, &x);
    for i in 0..12usize {
        s_s[i] ^= nonce[i];
    }
    s_s[15usize] &= 0x7f;
    let encrypted = cipher(&keys.message_encryption_key, Block::from_slice(&s_s, 0, 16));
    Octets::from_seq(&encrypted)
}

/// AES_CTR: the input encrypted, or decrypted, under a counter in the first four bytes, least
/// significant first, modulo 2^32 (RFC 8452 §4).
fn aes_ctr(key: &RoundKeys, tag: &Octets, input: &Octets) -> Octets {
    let mut block = Block::from_slice(tag, 0, 16);
    block[15usize] |= 0x80;
    let initial = to_uint_le(&tag.slice(0, 4)) as u32;
    let mut out = input.clone();
    for i in 0..block_count(input) {
        block = block.update_start(&u32_le(initial.wrapping_add(i as u32)));
        out = add_key_stream(out, i, cipher(key, block));
    }
    out
}
