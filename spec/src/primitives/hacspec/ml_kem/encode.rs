//! Compression and encoding of polynomials (FIPS 203 §4.2.1).

use super::ring::{Coefficient, Polynomial, Q};
use crate::octets::Octets;

/// Compress_d of every coefficient (FIPS 203 §4.2.1 eq. 4.7): (2^d / q) x to the nearest number,
/// halves upwards, modulo 2^d.
pub fn compress(d: usize, f: Polynomial) -> Polynomial {
    let mut out = f;
    for i in 0..256usize {
        let numerator = ((f[i] as u32) << (d + 1)) + Q as u32;
        out[i] = ((numerator / (2 * Q as u32)) & ((1 << d) - 1)) as Coefficient;
    }
    out
}

/// Decompress_d of every coefficient (FIPS 203 §4.2.1 eq. 4.8): (q / 2^d) y to the nearest number,
/// halves upwards.
pub fn decompress(d: usize, f: Polynomial) -> Polynomial {
    let mut out = f;
    for i in 0..256usize {
        out[i] = ((2 * Q as u32 * f[i] as u32 + (1 << d)) >> (d + 1)) as Coefficient;
    }
    out
}

/// ByteEncode_d: 256 numbers of d bits as 32 d bytes (FIPS 203 Alg. 5 with Alg. 3).
pub fn byte_encode(d: usize, f: Polynomial) -> Octets {
    let mut out = Octets::new(32 * d);
    for i in 0..256usize {
        for j in 0..d {
            let position = i * d + j;
            out[position / 8] |= (((f[i] >> j) & 1) as u8) << (position % 8);
        }
    }
    out
}

/// ByteDecode_d: 256 numbers of d bits from 32 d bytes; for d = 12 modulo q (FIPS 203 Alg. 6 with
/// Alg. 4).
pub fn byte_decode(d: usize, s: &Octets) -> Polynomial {
    let mut out = Polynomial::new();
    for i in 0..256usize {
        let mut value: Coefficient = 0;
        for j in 0..d {
            let position = i * d + j;
            value |= (((s[position / 8] >> (position % 8)) & 1) as Coefficient) << j;
        }
        out[i] = if d == 12 { value % Q } else { value };
    }
    out
}
