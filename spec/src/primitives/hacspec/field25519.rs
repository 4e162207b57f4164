//! Arithmetic modulo p = 2^255 - 19, shared by X25519 and Ed25519.
//!
//! An element is five limbs of 51 bits, least significant first: a0 + 2^51 a1 + 2^102 a2 + 2^153 a3 +
//! 2^204 a4. Every function takes and returns elements whose limbs are below 2^52; the value need
//! not be below p until [`to_octets`] makes it so.

use crate::octets::Octets;
use hacspec_lib::*;

/// A limb of an element.
pub type Limb = u64;
/// A column of a product.
pub type WideLimb = u128;

array!(FieldElement, 5, Limb);
array!(Columns, 5, WideLimb);
array!(Exponent, 4, Limb);

/// The lowest 51 bits.
const MASK: Limb = 0x7_ffff_ffff_ffff;

/// p - 2.
const P_MINUS_2: Exponent =
    Exponent([0xffff_ffff_ffff_ffeb, u64::MAX, u64::MAX, 0x7fff_ffff_ffff_ffff]);

/// (p - 5) / 8.
const P_MINUS_5_OVER_8: Exponent =
    Exponent([0xffff_ffff_ffff_fffd, u64::MAX, u64::MAX, 0x0fff_ffff_ffff_ffff]);

/// The number `n`, below 2^51.
pub fn small(n: u64) -> FieldElement {
    FieldElement([n & MASK, 0, 0, 0, 0])
}

/// The number that 32 bytes write, least significant first; the topmost bit is left out. What is
/// not below p is taken modulo p.
pub fn from_octets(s: &Octets) -> FieldElement {
    let mut out = FieldElement::new();
    for bit in 0..255usize {
        let value = (s[bit / 8] >> (bit % 8)) & 1;
        out[bit / 51] |= (value as Limb) << (bit % 51);
    }
    out
}

/// The element, reduced modulo p, as 32 bytes, least significant first.
pub fn to_octets(a: FieldElement) -> Octets {
    let r = canonical(a);
    let mut out = Octets::new(32);
    for bit in 0..255usize {
        let value = (r[bit / 51] >> (bit % 51)) & 1;
        out[bit / 8] |= (value as u8) << (bit % 8);
    }
    out
}

/// a + b.
pub fn add(a: FieldElement, b: FieldElement) -> FieldElement {
    let mut columns = Columns::new();
    for i in 0..5usize {
        columns[i] = a[i] as WideLimb + b[i] as WideLimb;
    }
    carry(columns)
}

/// a - b, computed as a + 4p - b so that no column is negative.
pub fn sub(a: FieldElement, b: FieldElement) -> FieldElement {
    let mut columns = Columns::new();
    for i in 0..5usize {
        let four_p = if i == 0 { 4 * (MASK - 18) } else { 4 * MASK };
        columns[i] = (a[i] + four_p - b[i]) as WideLimb;
    }
    carry(columns)
}

/// -a.
pub fn neg(a: FieldElement) -> FieldElement {
    sub(FieldElement::new(), a)
}

/// a · b. The column of weight 2^(51 (i + 5)) counts 19 times in that of weight 2^(51 i), because
/// 2^255 = 19 modulo p.
pub fn mul(a: FieldElement, b: FieldElement) -> FieldElement {
    let mut columns = Columns::new();
    for i in 0..5usize {
        for j in 0..5usize {
            let product = a[i] as WideLimb * b[j] as WideLimb;
            if i + j < 5 {
                columns[i + j] += product;
            } else {
                columns[i + j - 5] += 19 * product;
            }
        }
    }
    carry(columns)
}

/// a².
pub fn square(a: FieldElement) -> FieldElement {
    mul(a, a)
}

/// 1 / a, as a^(p - 2); zero for zero.
pub fn invert(a: FieldElement) -> FieldElement {
    pow(a, P_MINUS_2)
}

/// a^((p - 5) / 8), the heart of a square root (RFC 8032 §5.1.3).
pub fn pow_p_minus_5_over_8(a: FieldElement) -> FieldElement {
    pow(a, P_MINUS_5_OVER_8)
}

/// Whether a = b modulo p.
pub fn equal(a: FieldElement, b: FieldElement) -> bool {
    canonical(a) == canonical(b)
}

/// Whether a = 0 modulo p.
pub fn is_zero(a: FieldElement) -> bool {
    equal(a, FieldElement::new())
}

/// The lowest bit of a, reduced modulo p (RFC 8032 §5.1: x is negative if it is 1).
pub fn is_odd(a: FieldElement) -> bool {
    canonical(a)[0usize] & 1 == 1
}

/// a where `bit` is 0, b where it is 1.
pub fn select(bit: u8, a: FieldElement, b: FieldElement) -> FieldElement {
    if bit == 0 { a } else { b }
}

/// a^e by squaring and multiplying from the top bit.
fn pow(a: FieldElement, e: Exponent) -> FieldElement {
    let mut out = small(1);
    for i in 0..255usize {
        let bit = 254 - i;
        out = square(out);
        if (e[bit / 64] >> (bit % 64)) & 1 == 1 {
            out = mul(out, a);
        }
    }
    out
}

/// Limbs below 2^52 of the same value modulo p: what exceeds 51 bits moves one column up, from the
/// topmost 19 times to the lowest.
fn carry(columns: Columns) -> FieldElement {
    let mut out = FieldElement::new();
    let mut c: WideLimb = 0;
    for i in 0..5usize {
        let sum = columns[i] + c;
        out[i] = sum as Limb & MASK;
        c = sum >> 51;
    }
    let low = out[0usize] as WideLimb + 19 * c;
    out[0usize] = low as Limb & MASK;
    out[1usize] += (low >> 51) as Limb;
    out
}

/// The one representative below p.
fn canonical(a: FieldElement) -> FieldElement {
    let mut columns = Columns::new();
    for i in 0..5usize {
        columns[i] = a[i] as WideLimb;
    }
    // Two passes leave every limb below 2^51, thus a value below 2^255.
    let first = carry(columns);
    for i in 0..5usize {
        columns[i] = first[i] as WideLimb;
    }
    let r = carry(columns);
    // r >= p exactly if r + 19 >= 2^255.
    let mut over = 19;
    for i in 0..5usize {
        over = (r[i] + over) >> 51;
    }
    let mut out = FieldElement::new();
    let mut c = 19 * over;
    for i in 0..5usize {
        let sum = r[i] + c;
        out[i] = sum & MASK;
        c = sum >> 51;
    }
    out
}
