//! ChaCha20 (RFC 8439 §2.1 to §2.4).

use crate::octets::{Octets, to_uint_le, u32_le};
use hacspec_lib::*;

/// A word of the state (RFC 8439 §2.3).
pub type Word = u32;

// The state, word by word (RFC 8439 §2.3).
array!(ChaChaState, 16, Word);
array!(Constants, 4, Word);

/// The constant words: "expand 32-byte k", least significant byte first (RFC 8439 §2.3).
const CONSTANTS: Constants = Constants([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]);

/// The ChaCha20 block function: 64 bytes of key stream of a key of 32 bytes, a block counter and a
/// nonce of 12 bytes (RFC 8439 §2.3).
pub fn chacha20_block(key: &Octets, counter: u32, nonce: &Octets) -> Octets {
    let mut initial = ChaChaState::new();
    for i in 0..4usize {
        initial[i] = CONSTANTS[i];
    }
    for i in 0..8usize {
        initial[4 + i] = to_uint_le(&key.slice(4 * i, 4)) as u32;
    }
    initial[12usize] = counter;
    for i in 0..3usize {
        initial[13 + i] = to_uint_le(&nonce.slice(4 * i, 4)) as u32;
    }
    let mut state = initial;
    for _i in 0..10 {
        state = double_round(state);
    }
    let mut block = Octets::new(64);
    for i in 0..16usize {
        block = block.update(4 * i, &u32_le(state[i].wrapping_add(initial[i])));
    }
    block
}

/// The input encrypted, or decrypted, from a block counter on (RFC 8439 §2.4).
pub fn chacha20(key: &Octets, counter: u32, nonce: &Octets, input: &Octets) -> Octets {
    let mut out = input.clone();
    for i in 0..input.len().div_ceil(64) {
        let key_stream = chacha20_block(key, counter.wrapping_add(i as u32), nonce);
        let size = if input.len() - 64 * i < 64 { input.len() - 64 * i } else { 64 };
        for j in 0..size {
            out[64 * i + j] ^= key_stream[j];
        }
    }
    out
}

/// A column round and a diagonal round (RFC 8439 §2.3).
fn double_round(state: ChaChaState) -> ChaChaState {
    let mut s = state;
    s = quarter_round(s, 0, 4, 8, 12);
    s = quarter_round(s, 1, 5, 9, 13);
    s = quarter_round(s, 2, 6, 10, 14);
    s = quarter_round(s, 3, 7, 11, 15);
    s = quarter_round(s, 0, 5, 10, 15);
    s = quarter_round(s, 1, 6, 11, 12);
    s = quarter_round(s, 2, 7, 8, 13);
    quarter_round(s, 3, 4, 9, 14)
}

/// QUARTERROUND(a, b, c, d) on the state (RFC 8439 §2.1, §2.2).
pub fn quarter_round(state: ChaChaState, a: usize, b: usize, c: usize, d: usize) -> ChaChaState {
    let mut s = state;
    s = add_xor_rotate(s, a, b, d, 16);
    s = add_xor_rotate(s, c, d, b, 12);
    s = add_xor_rotate(s, a, b, d, 8);
    add_xor_rotate(s, c, d, b, 7)
}

/// a += b; d ^= a; d <<<= n (RFC 8439 §2.1).
fn add_xor_rotate(state: ChaChaState, a: usize, b: usize, d: usize, n: u32) -> ChaChaState {
    let mut s = state;
    s[a] = s[a].wrapping_add(s[b]);
    s[d] = (s[d] ^ s[a]).rotate_left(n);
    s
}
