//! AES-128-GCM and AES-256-GCM (NIST SP 800-38D) with nonces of 12 bytes and tags of 16, as RFC 5116
//! §5.1 and §5.2 have them.
//!
//! Keys have 16 or 32 bytes, nonces 12. Plaintext is at most 2^36 - 32 bytes (SP 800-38D §5.2.1.1); the
//! protocol's own limits are far below and are checked by it.

use super::aes::{Block, RoundKeys, cipher, key_expansion};
use super::blocks::{add_key_stream, block_count, pad_to_blocks, split_tag};
use crate::octets::{Octets, to_uint_be, u32_be, u64_be, u128_be};

/// R: 11100001 and 120 zero bits (SP 800-38D §6.3).
const R: u128 = 0xe1 << 120;

/// GCM-AE: the ciphertext, as long as the plaintext, and a tag of 16 bytes (SP 800-38D §7.1 Alg. 4).
pub fn aes_gcm_seal(
    key: &Octets,
    nonce: &Octets,
    associated_data: &Octets,
    plaintext: &Octets,
) -> Octets {
    let round_keys = key_expansion(key);
    let ciphertext = gctr(&round_keys, nonce, 2, plaintext);
    ciphertext.concat(&tag(&round_keys, nonce, associated_data, &ciphertext))
}

/// GCM-AD: the plaintext, or `None` if the ciphertext is shorter than a tag or does not authenticate
/// (SP 800-38D §7.2 Alg. 5).
pub fn aes_gcm_open(
    key: &Octets,
    nonce: &Octets,
    associated_data: &Octets,
    ciphertext: &Octets,
) -> Option<Octets> {
    let round_keys = key_expansion(key);
    match split_tag(ciphertext) {
        Some((c, t)) if tag(&round_keys, nonce, associated_data, &c) == t => {
            Some(gctr(&round_keys, nonce, 2, &c))
        }
        _ => None,
    }
}

/// The tag: GHASH over the padded associated data, the padded ciphertext and both lengths in bits,
/// encrypted under the first counter block (SP 800-38D §7.1 steps 4 to 6).
fn tag(key: &RoundKeys, nonce: &Octets, associated_data: &Octets, ciphertext: &Octets) -> Octets {
    let lengths =
        u64_be(8 * associated_data.len() as u64).concat(&u64_be(8 * ciphertext.len() as u64));
    let x = pad_to_blocks(associated_data).concat(&pad_to_blocks(ciphertext)).concat(&lengths);
    gctr(key, nonce, 1, &ghash(key, &x))
}

/// GHASH under the hash subkey H, the encrypted zero block (SP 800-38D §6.4 Alg. 2).
fn ghash(key: &RoundKeys, x: &Octets) -> Octets {
    let h = to_uint_be(&Octets::from_seq(&cipher(key, Block::new())));
    let mut y = 0u128;
    for i in 0..x.len() / 16 {
        y = dot(y ^ to_uint_be(&x.slice(16 * i, 16)), h);
    }
    u128_be(y)
}

/// X • Y in GF(2^128); the most significant bit of a number is the coefficient of x^0 (SP 800-38D §6.3
/// Alg. 1).
fn dot(x: u128, y: u128) -> u128 {
    let mut z = 0u128;
    let mut v = y;
    for i in 0..128usize {
        if (x >> (127 - i)) & 1 == 1 {
            z ^= v;
        }
        let lowest = v & 1;
        v >>= 1;
        if lowest == 1 {
            v ^= R;
        }
    }
    z
}

/// GCTR from the counter block of the nonce and a first counter (SP 800-38D §6.5 Alg. 3). Block 1
/// encrypts the tag, block 2 is the message's first.
fn gctr(key: &RoundKeys, nonce: &Octets, first: u32, input: &Octets) -> Octets {
    let mut out = input.clone();
    for i in 0..block_count(input) {
        let counter = nonce.concat(&u32_be(first.wrapping_add(i as u32)));
        out = add_key_stream(out, i, cipher(key, Block::from_slice(&counter, 0, 16)));
    }
    out
}
