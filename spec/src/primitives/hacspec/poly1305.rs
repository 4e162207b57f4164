//! Poly1305 (RFC 8439 §2.5).

use crate::octets::{Octets, byte, to_uint_le, u128_le};
use hacspec_lib::*;

/// A limb of 26 bits, or what is carried out of it.
pub type Limb = u64;

// A number modulo p = 2^130 - 5: limb i counts 2^(26 i).
array!(Limbs, 5, Limb);

/// The 26 bits of a limb.
const MASK: Limb = (1 << 26) - 1;

/// The bits of `r` that stay (RFC 8439 §2.5, clamp).
const CLAMP: u128 = 0x0ffffffc0ffffffc0ffffffc0fffffff;

/// The tag of a message under a one-time key `r ‖ s` of 32 bytes: 16 bytes (RFC 8439 §2.5.1).
pub fn poly1305(key: &Octets, message: &Octets) -> Octets {
    let r = limbs(to_uint_le(&key.slice(0, 16)) & CLAMP, 0);
    let s = to_uint_le(&key.slice(16, 16));
    let mut a = Limbs::new();
    for i in 0..message.len().div_ceil(16) {
        let size = if message.len() - 16 * i < 16 { message.len() - 16 * i } else { 16 };
        let block = message.slice(16 * i, size);
        let n = if size == 16 {
            limbs(to_uint_le(&block), 1)
        } else {
            limbs(to_uint_le(&block.concat(&byte(1))), 0)
        };
        a = mul(add(a, n), r);
    }
    u128_le(low_128_bits(reduce(a)).wrapping_add(s))
}

/// The number low + high · 2^128, with high 0 or 1.
fn limbs(low: u128, high: Limb) -> Limbs {
    let mut out = Limbs::new();
    for i in 0..5usize {
        out[i] = (low >> (26 * i)) as Limb & MASK;
    }
    out[4usize] |= high << 24;
    out
}

/// a + b; limbs of at most 27 bits.
fn add(a: Limbs, b: Limbs) -> Limbs {
    let mut out = Limbs::new();
    for i in 0..5usize {
        out[i] = a[i] + b[i];
    }
    out
}

/// a · b modulo p, in limbs of 26 bits but for a last carry of a bit; 2^130 is 5.
fn mul(a: Limbs, b: Limbs) -> Limbs {
    let mut out = Limbs::new();
    for i in 0..5usize {
        for j in 0..5usize {
            let product = a[i] * b[j];
            if i + j < 5 {
                out[i + j] += product;
            } else {
                out[i + j - 5] += 5 * product;
            }
        }
    }
    carry(carry(out))
}

/// Each limb's excess over 26 bits goes into the next, the last one's five-fold into the first.
fn carry(a: Limbs) -> Limbs {
    let mut out = a;
    for i in 0..4usize {
        out[i + 1] += out[i] >> 26;
        out[i] &= MASK;
    }
    let last = out[4usize] >> 26;
    out[4usize] &= MASK;
    out[0usize] += 5 * last;
    out
}

/// The one representative below p: a + 5 without its bit 130 if that bit is set, which is a - p, and a
/// if not.
fn reduce(a: Limbs) -> Limbs {
    let whole = carry(carry(a));
    let mut over = whole;
    over[0usize] += 5;
    for i in 0..4usize {
        over[i + 1] += over[i] >> 26;
        over[i] &= MASK;
    }
    if over[4usize] >> 26 == 0 {
        whole
    } else {
        over[4usize] &= MASK;
        over
    }
}

/// The number modulo 2^128.
fn low_128_bits(a: Limbs) -> u128 {
    let mut out = 0u128;
    for i in 0..5usize {
        out = out.wrapping_add((a[i] as u128) << (26 * i));
    }
    out
}
