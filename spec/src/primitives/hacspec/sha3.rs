//! SHA3-256, SHA3-512, SHAKE128 and SHAKE256 (FIPS 202).

use crate::octets::Octets;
use hacspec_lib::*;

/// A lane of the state (FIPS 202 §3.1.3).
pub type Lane = u64;
/// A number of bits to rotate a lane by.
pub type Offset = u32;

// The state A; lane A[x, y] stands at index x + 5y (FIPS 202 §3.1).
array!(State, 25, Lane);
array!(Plane, 5, Lane);
array!(RoundConstants, 24, Lane);
array!(Offsets, 25, Offset);

/// The round constants RC of ι (FIPS 202 §3.2.5).
const ROUND_CONSTANTS: RoundConstants = RoundConstants([
    0x0000000000000001,
    0x0000000000008082,
    0x800000000000808a,
    0x8000000080008000,
    0x000000000000808b,
    0x0000000080000001,
    0x8000000080008081,
    0x8000000000008009,
    0x000000000000008a,
    0x0000000000000088,
    0x0000000080008009,
    0x000000008000000a,
    0x000000008000808b,
    0x800000000000008b,
    0x8000000000008089,
    0x8000000000008003,
    0x8000000000008002,
    0x8000000000000080,
    0x000000000000800a,
    0x800000008000000a,
    0x8000000080008081,
    0x8000000000008080,
    0x0000000080000001,
    0x8000000080008008,
]);

/// The offsets of ρ modulo 64, at index x + 5y (FIPS 202 §3.2.2 table 2).
const OFFSETS: Offsets = Offsets([
    0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
]);

/// SHA3-256 of a message: 32 bytes (FIPS 202 §6.1).
pub fn sha3_256(message: &Octets) -> Octets {
    sponge(message, 136, 0x06, 32)
}

/// SHA3-512 of a message: 64 bytes (FIPS 202 §6.1).
pub fn sha3_512(message: &Octets) -> Octets {
    sponge(message, 72, 0x06, 64)
}

/// `length` bytes of SHAKE128 of a message (FIPS 202 §6.2).
pub fn shake128(message: &Octets, length: usize) -> Octets {
    sponge(message, 168, 0x1f, length)
}

/// `length` bytes of SHAKE256 of a message (FIPS 202 §6.2).
pub fn shake256(message: &Octets, length: usize) -> Octets {
    sponge(message, 136, 0x1f, length)
}

/// The sponge over Keccak-f[1600] with a rate of `rate` bytes (FIPS 202 §4, Alg. 8). `suffix` has
/// the domain-separation bits and the first bit of pad10*1 (FIPS 202 §5.1, §B.2 table 6).
fn sponge(message: &Octets, rate: usize, suffix: u8, length: usize) -> Octets {
    let blocks = message.len() / rate + 1;
    let mut padded = Octets::new(blocks * rate).update_start(message);
    padded[message.len()] = suffix;
    padded[blocks * rate - 1] |= 0x80;

    let mut state = State::new();
    for block in 0..blocks {
        for i in 0..rate {
            state[i / 8] ^= (padded[block * rate + i] as Lane) << (8 * (i % 8));
        }
        state = keccak_f(state);
    }

    let mut out = Octets::new(length);
    for i in 0..length {
        if i > 0 && i % rate == 0 {
            state = keccak_f(state);
        }
        let j = i % rate;
        out[i] = (state[j / 8] >> (8 * (j % 8))) as u8;
    }
    out
}

/// Keccak-f[1600] (FIPS 202 §3.4).
fn keccak_f(initial: State) -> State {
    let mut state = initial;
    for round in 0..24usize {
        state = iota(chi(pi(rho(theta(state)))), round);
    }
    state
}

/// θ (FIPS 202 Alg. 1).
fn theta(a: State) -> State {
    let mut c = Plane::new();
    for x in 0..5usize {
        c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    }
    let mut out = a;
    for x in 0..5usize {
        let d = c[(x + 4) % 5] ^ c[(x + 1) % 5].rotate_left(1);
        for y in 0..5usize {
            out[x + 5 * y] ^= d;
        }
    }
    out
}

/// ρ (FIPS 202 Alg. 2).
fn rho(a: State) -> State {
    let mut out = a;
    for i in 0..25usize {
        out[i] = a[i].rotate_left(OFFSETS[i]);
    }
    out
}

/// π (FIPS 202 Alg. 3).
fn pi(a: State) -> State {
    let mut out = a;
    for x in 0..5usize {
        for y in 0..5usize {
            out[x + 5 * y] = a[(x + 3 * y) % 5 + 5 * x];
        }
    }
    out
}

/// χ (FIPS 202 Alg. 4).
fn chi(a: State) -> State {
    let mut out = a;
    for x in 0..5usize {
        for y in 0..5usize {
            out[x + 5 * y] = a[x + 5 * y] ^ (!a[(x + 1) % 5 + 5 * y] & a[(x + 2) % 5 + 5 * y]);
        }
    }
    out
}

/// ι (FIPS 202 Alg. 6).
fn iota(a: State, round: usize) -> State {
    let mut out = a;
    out[0usize] ^= ROUND_CONSTANTS[round];
    out
}
