//! Polynomials modulo X^256 + 1 over the numbers modulo q, their number-theoretic transform, and
//! sampling (FIPS 203 §4.2.2, §4.3).

use super::super::sha3::shake128;
use super::K;
use crate::octets::{Octets, byte};
use hacspec_lib::*;

/// A number modulo q, always below q.
pub type Coefficient = u16;

/// q (FIPS 203 §2.4).
pub const Q: Coefficient = 3329;

// A polynomial, or an element of T_q: 256 coefficients (FIPS 203 §2.4.4).
array!(Polynomial, 256, Coefficient);
array!(Zetas, 128, Coefficient);

/// A vector of k polynomials (FIPS 203 §2.4.5).
pub type Vector = Seq<Polynomial>;

/// ζ^BitRev7(i) for ζ = 17 (FIPS 203 §4.3, Appendix A).
const ZETAS: Zetas = Zetas([
    1, 1729, 2580, 3289, 2642, 630, 1897, 848, 1062, 1919, 193, 797, 2786, 3260, 569, 1746, 296,
    2447, 1339, 1476, 3046, 56, 2240, 1333, 1426, 2094, 535, 2882, 2393, 2879, 1974, 821, 289, 331,
    3253, 1756, 1197, 2304, 2277, 2055, 650, 1977, 2513, 632, 2865, 33, 1320, 1915, 2319, 1435,
    807, 452, 1438, 2868, 1534, 2402, 2647, 2617, 1481, 648, 2474, 3110, 1227, 910, 17, 2761, 583,
    2649, 1637, 723, 2288, 1100, 1409, 2662, 3281, 233, 756, 2156, 3015, 3050, 1703, 1651, 2789,
    1789, 1847, 952, 1461, 2687, 939, 2308, 2437, 2388, 733, 2337, 268, 641, 1584, 2298, 2037,
    3220, 375, 2549, 2090, 1645, 1063, 319, 2773, 757, 2099, 561, 2466, 2594, 2804, 1092, 403,
    1026, 1143, 2150, 2775, 886, 1722, 1212, 1874, 1029, 2110, 2935, 885, 2154,
]);

/// ζ^(2 BitRev7(i) + 1) for ζ = 17 (FIPS 203 §4.3.1, Appendix A).
const GAMMAS: Zetas = Zetas([
    17, 3312, 2761, 568, 583, 2746, 2649, 680, 1637, 1692, 723, 2606, 2288, 1041, 1100, 2229, 1409,
    1920, 2662, 667, 3281, 48, 233, 3096, 756, 2573, 2156, 1173, 3015, 314, 3050, 279, 1703, 1626,
    1651, 1678, 2789, 540, 1789, 1540, 1847, 1482, 952, 2377, 1461, 1868, 2687, 642, 939, 2390,
    2308, 1021, 2437, 892, 2388, 941, 733, 2596, 2337, 992, 268, 3061, 641, 2688, 1584, 1745, 2298,
    1031, 2037, 1292, 3220, 109, 375, 2954, 2549, 780, 2090, 1239, 1645, 1684, 1063, 2266, 319,
    3010, 2773, 556, 757, 2572, 2099, 1230, 561, 2768, 2466, 863, 2594, 735, 2804, 525, 1092, 2237,
    403, 2926, 1026, 2303, 1143, 2186, 2150, 1179, 2775, 554, 886, 2443, 1722, 1607, 1212, 2117,
    1874, 1455, 1029, 2300, 2110, 1219, 2935, 394, 885, 2444, 2154, 1175,
]);

/// The bytes of XOF output that [`sample_ntt`] uses: 280 times three (FIPS 203 Appendix B table 4).
const XOF_SIZE: usize = 840;

/// a + b modulo q.
fn add_mod(a: Coefficient, b: Coefficient) -> Coefficient {
    (a + b) % Q
}

/// a - b modulo q.
fn sub_mod(a: Coefficient, b: Coefficient) -> Coefficient {
    (a + Q - b) % Q
}

/// a b modulo q.
fn mul_mod(a: Coefficient, b: Coefficient) -> Coefficient {
    (a as u32 * b as u32 % Q as u32) as Coefficient
}

/// f + g.
pub fn poly_add(f: Polynomial, g: Polynomial) -> Polynomial {
    let mut out = f;
    for i in 0..256usize {
        out[i] = add_mod(f[i], g[i]);
    }
    out
}

/// f - g.
pub fn poly_sub(f: Polynomial, g: Polynomial) -> Polynomial {
    let mut out = f;
    for i in 0..256usize {
        out[i] = sub_mod(f[i], g[i]);
    }
    out
}

/// NTT (FIPS 203 Alg. 9).
pub fn ntt(f: Polynomial) -> Polynomial {
    let mut out = f;
    let mut i = 1usize;
    for layer in 0..7usize {
        let len = 128 >> layer;
        for block in 0..128 / len {
            let start = 2 * len * block;
            let zeta = ZETAS[i];
            i += 1;
            for j in start..start + len {
                let t = mul_mod(zeta, out[j + len]);
                out[j + len] = sub_mod(out[j], t);
                out[j] = add_mod(out[j], t);
            }
        }
    }
    out
}

/// NTT^-1 (FIPS 203 Alg. 10).
pub fn ntt_inverse(f: Polynomial) -> Polynomial {
    let mut out = f;
    let mut i = 127usize;
    for layer in 0..7usize {
        let len = 2 << layer;
        for block in 0..128 / len {
            let start = 2 * len * block;
            let zeta = ZETAS[i];
            i -= 1;
            for j in start..start + len {
                let t = out[j];
                out[j] = add_mod(t, out[j + len]);
                out[j + len] = mul_mod(zeta, sub_mod(out[j + len], t));
            }
        }
    }
    for j in 0..256usize {
        // 3303 = 1 / 128 modulo q.
        out[j] = mul_mod(out[j], 3303);
    }
    out
}

/// MultiplyNTTs: the product in T_q (FIPS 203 Alg. 11 with Alg. 12).
pub fn multiply_ntts(f: Polynomial, g: Polynomial) -> Polynomial {
    let mut out = Polynomial::new();
    for i in 0..128usize {
        let (a0, a1) = (f[2 * i], f[2 * i + 1]);
        let (b0, b1) = (g[2 * i], g[2 * i + 1]);
        out[2 * i] = add_mod(mul_mod(a0, b0), mul_mod(mul_mod(a1, b1), GAMMAS[i]));
        out[2 * i + 1] = add_mod(mul_mod(a0, b1), mul_mod(a1, b0));
    }
    out
}

/// NTT of each polynomial of a vector (FIPS 203 §2.4.6).
pub fn vector_ntt(v: &Vector) -> Vector {
    let mut out = v.clone();
    for i in 0..K {
        out[i] = ntt(v[i]);
    }
    out
}

/// The scalar product in T_q (FIPS 203 §2.4.7 eq. 2.14).
pub fn vector_dot(u: &Vector, v: &Vector) -> Polynomial {
    let mut out = Polynomial::new();
    for i in 0..K {
        out = poly_add(out, multiply_ntts(u[i], v[i]));
    }
    out
}

/// SampleNTT of ρ and two indices (FIPS 203 Alg. 7). In place of the standard's unbounded loop it
/// reads 840 bytes, which suffice but for a chance of less than 2^-261 (FIPS 203 Appendix B).
pub fn sample_ntt(rho: &Octets, j: u8, i: u8) -> Polynomial {
    let c = shake128(&rho.concat(&byte(j)).concat(&byte(i)), XOF_SIZE);
    let mut out = Polynomial::new();
    let mut count = 0usize;
    for t in 0..XOF_SIZE / 3 {
        let (c0, c1, c2) =
            (c[3 * t] as Coefficient, c[3 * t + 1] as Coefficient, c[3 * t + 2] as Coefficient);
        let d1 = c0 + 256 * (c1 % 16);
        let d2 = c1 / 16 + 16 * c2;
        if d1 < Q && count < 256 {
            out[count] = d1;
            count += 1;
        }
        if d2 < Q && count < 256 {
            out[count] = d2;
            count += 1;
        }
    }
    out
}

/// SamplePolyCBD_η of 64 η bytes (FIPS 203 Alg. 8).
pub fn sample_poly_cbd(eta: usize, s: &Octets) -> Polynomial {
    let mut out = Polynomial::new();
    for i in 0..256usize {
        let mut x: Coefficient = 0;
        let mut y: Coefficient = 0;
        for j in 0..eta {
            x += bit(s, 2 * i * eta + j);
            y += bit(s, 2 * i * eta + eta + j);
        }
        out[i] = sub_mod(x, y);
    }
    out
}

/// The bit at a position, from the least significant of the first byte (FIPS 203 Alg. 4).
fn bit(s: &Octets, position: usize) -> Coefficient {
    ((s[position / 8] >> (position % 8)) & 1) as Coefficient
}
