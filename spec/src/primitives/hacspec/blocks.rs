//! What AES-GCM and AES-GCM-SIV have in common: the size of a tag, strings in blocks of 16 bytes, and a key
//! stream of encrypted counter blocks.

use super::aes::Block;
use crate::octets::Octets;
use hacspec_lib::*;

/// The tag's size in bytes (RFC 5116 §5.1, RFC 8452 §4).
pub const TAG_SIZE: usize = 16;

/// The ciphertext without its tag, and the tag; `None` if it is shorter than a tag.
pub fn split_tag(ciphertext: &Octets) -> Option<(Octets, Octets)> {
    if ciphertext.len() < TAG_SIZE {
        None
    } else {
        let size = ciphertext.len() - TAG_SIZE;
        Some((ciphertext.slice(0, size), ciphertext.slice(size, TAG_SIZE)))
    }
}

/// How many blocks a string has; the last one may be shorter.
pub fn block_count(s: &Octets) -> usize {
    s.len().div_ceil(16)
}

/// The string with zeros up to a multiple of 16 bytes (SP 800-38D §7.1 step 4; RFC 8452 §4,
/// right_pad_to_multiple_of_16_bytes).
pub fn pad_to_blocks(s: &Octets) -> Octets {
    Octets::new(16 * block_count(s)).update_start(s)
}

/// The string with its block `i`, counted from 0, under a block of the key stream, of which a last one that
/// is shorter takes the first bytes (SP 800-38D §6.5; RFC 8452 §4).
pub fn add_key_stream(s: Octets, i: usize, key_stream: Block) -> Octets {
    let mut out = s;
    let left = out.len() - 16 * i;
    let size = if left < 16 { left } else { 16 };
    for j in 0..size {
        out[16 * i + j] ^= key_stream[j];
    }
    out
}
