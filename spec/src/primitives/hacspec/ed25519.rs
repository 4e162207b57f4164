//! Ed25519 (RFC 8032), with the verification that Sceau pins.
//!
//! RFC 8032 §5.1.7 leaves verifiers room in which they differ. Here a signature (R, S) of a message M
//! under a public key A is valid exactly if
//! 1. A and R are canonical encodings of points (RFC 8032 §5.1.3: y < p, and the sign bit is 0 where
//!    x = 0),
//! 2. neither A nor R has small order, that is, 8 times it is not the neutral element,
//! 3. S < L,
//! 4. the encoding of \[S\]B - \[k\]A equals R, byte for byte, with k = SHA-512(R || A || M) mod L;
//!    there is no multiplication by the cofactor 8.
//!
//! This is the verdict of ed25519-dalek's `verify_strict`; only a public key with a non-canonical
//! encoding of a point of large order, whose private key nobody knows, would be refused here and
//! taken there. Batch verification gives other verdicts and must not be used.

use super::field25519::{
    FieldElement, add, equal, from_octets, invert, is_odd, is_zero, mul, neg, pow_p_minus_5_over_8,
    small, square, sub, to_octets,
};
use super::sha2::sha512;
use crate::octets::Octets;
use hacspec_lib::*;

/// A limb of 64 bits of a number modulo L or of a product.
pub type Word = u64;

// Numbers, least significant limb first.
array!(Scalar, 4, Word);
array!(Product, 8, Word);

/// A point (x, y) as X / Z, Y / Z, with T = XY / Z (RFC 8032 §5.1.4).
#[derive(Clone, Copy)]
struct Point {
    x: FieldElement,
    y: FieldElement,
    z: FieldElement,
    t: FieldElement,
}

/// The curve's constant d = -121665 / 121666 (RFC 8032 §5.1 table 1).
const D: FieldElement = FieldElement([
    0x34dca135978a3,
    0x1a8283b156ebd,
    0x5e7a26001c029,
    0x739c663a03cbb,
    0x52036cee2b6ff,
]);

/// A square root of -1: 2^((p - 1) / 4) (RFC 8032 §5.1.3).
const SQRT_MINUS_1: FieldElement = FieldElement([
    0x61b274a0ea0b0,
    0x0d5a5fc8f189d,
    0x7ef5e9cbd0c60,
    0x78595a6804c9e,
    0x2b8324804fc1d,
]);

/// The x-coordinate of the base point B (RFC 8032 §5.1 table 1).
const BASE_X: FieldElement = FieldElement([
    0x62d608f25d51a,
    0x412a4b4f6592a,
    0x75b7171a4b31d,
    0x1ff60527118fe,
    0x216936d3cd6e5,
]);

/// The y-coordinate of the base point B: 4 / 5 (RFC 8032 §5.1 table 1).
const BASE_Y: FieldElement = FieldElement([
    0x6666666666658,
    0x4cccccccccccc,
    0x1999999999999,
    0x3333333333333,
    0x6666666666666,
]);

/// The order L of the base point: 2^252 + 27742317777372353535851937790883648493 (RFC 8032 §5.1
/// table 1).
const L: Scalar =
    Scalar([0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0x0000000000000000, 0x1000000000000000]);

/// The public key of a private key of 32 bytes: 32 bytes (RFC 8032 §5.1.5).
pub fn ed25519_public_key(private_key: &Octets) -> Octets {
    encode_point(scalar_multiply(&secret_scalar(&sha512(private_key)), base_point()))
}

/// The signature of a message under a private key of 32 bytes: 64 bytes (RFC 8032 §5.1.6).
pub fn ed25519_sign(private_key: &Octets, message: &Octets) -> Octets {
    let h = sha512(private_key);
    let s_bytes = secret_scalar(&h);
    let s = reduce(product_from_octets(&s_bytes));
    let prefix = h.slice(32, 32);
    let public_key = encode_point(scalar_multiply(&s_bytes, base_point()));

    let r = hash_to_scalar(&prefix.concat(message));
    let r_encoded = encode_point(scalar_multiply(&scalar_to_octets(r), base_point()));
    let k = hash_to_scalar(&r_encoded.concat(&public_key).concat(message));
    r_encoded.concat(&scalar_to_octets(multiply_add(k, s, r)))
}

/// Whether a public key can be one under which signatures are valid: the canonical encoding of a point
/// of large order (conditions 1 and 2 at the head of this module).
pub fn ed25519_valid_public_key(public_key: &Octets) -> bool {
    decode_large_order(public_key).is_some()
}

/// Whether `signature` is valid for a message under a public key (RFC 8032 §5.1.7 as pinned at the
/// head of this module).
pub fn ed25519_verify(public_key: &Octets, message: &Octets, signature: &Octets) -> bool {
    verify_equation(public_key, message, signature).unwrap_or(false)
}

/// The verdict on the equation, or `None` where one of the parts is refused already.
fn verify_equation(public_key: &Octets, message: &Octets, signature: &Octets) -> Option<bool> {
    let (r_encoded, s_encoded) = split_signature(signature)?;
    let a = decode_large_order(public_key)?;
    decode_large_order(&r_encoded)?;
    let s = decode_scalar(&s_encoded)?;

    let k = hash_to_scalar(&r_encoded.concat(public_key).concat(message));
    let s_b = scalar_multiply(&scalar_to_octets(s), base_point());
    let k_a = scalar_multiply(&scalar_to_octets(k), a);
    Some(encode_point(point_add(s_b, point_neg(k_a))) == r_encoded)
}

/// R and S of a signature of 64 bytes (RFC 8032 §5.1.7 step 1).
fn split_signature(signature: &Octets) -> Option<(Octets, Octets)> {
    if signature.len() == 64 {
        Some((signature.slice(0, 32), signature.slice(32, 32)))
    } else {
        None
    }
}

/// The secret scalar s, least significant byte first, of the hash h of a private key (RFC 8032
/// §5.1.5 steps 1 to 3).
fn secret_scalar(h: &Octets) -> Octets {
    let mut s = h.slice(0, 32);
    s[0usize] &= 248;
    s[31usize] &= 127;
    s[31usize] |= 64;
    s
}

/// The point as 32 bytes: y, and the lowest bit of x in the topmost bit (RFC 8032 §5.1.2).
fn encode_point(p: Point) -> Octets {
    let z_inverse = invert(p.z);
    let mut out = to_octets(mul(p.y, z_inverse));
    if is_odd(mul(p.x, z_inverse)) {
        out[31usize] |= 0x80;
    }
    out
}

/// The point that 32 bytes encode canonically (RFC 8032 §5.1.3).
fn decode_point(s: &Octets) -> Option<Point> {
    if s.len() == 32 {
        let x_is_odd = s[31usize] >> 7 == 1;
        let y = from_octets(s);
        let mut y_bytes = s.clone();
        y_bytes[31usize] &= 0x7f;
        // Step 1: y < p.
        if to_octets(y) == y_bytes {
            let x = recover_x(y, x_is_odd)?;
            Some(Point { x, y, z: small(1), t: mul(x, y) })
        } else {
            None
        }
    } else {
        None
    }
}

/// x with the given lowest bit such that (x, y) is on the curve: a square root of u / v with
/// u = y² - 1 and v = d y² + 1 (RFC 8032 §5.1.3 steps 2 to 4).
fn recover_x(y: FieldElement, x_is_odd: bool) -> Option<FieldElement> {
    let u = sub(square(y), small(1));
    let v = add(mul(D, square(y)), small(1));
    // Step 2: x = u v^3 (u v^7)^((p - 5) / 8).
    let v3 = mul(square(v), v);
    let v7 = mul(square(v3), v);
    let candidate = mul(mul(u, v3), pow_p_minus_5_over_8(mul(u, v7)));
    // Step 3: v x² is u or -u, or there is no root.
    let v_x2 = mul(v, square(candidate));
    let root = if equal(v_x2, u) {
        Some(candidate)
    } else if equal(v_x2, neg(u)) {
        Some(mul(candidate, SQRT_MINUS_1))
    } else {
        None
    };
    let x = root?;
    // Step 4: zero has no odd root.
    if is_zero(x) && x_is_odd {
        None
    } else if is_odd(x) == x_is_odd {
        Some(x)
    } else {
        Some(neg(x))
    }
}

/// The point that 32 bytes encode canonically, if 8 times it is not the neutral element (0, 1).
fn decode_large_order(s: &Octets) -> Option<Point> {
    let p = decode_point(s)?;
    let p8 = point_double(point_double(point_double(p)));
    if is_zero(p8.x) && equal(p8.y, p8.z) { None } else { Some(p) }
}

/// The base point B (RFC 8032 §5.1 table 1).
fn base_point() -> Point {
    Point { x: BASE_X, y: BASE_Y, z: small(1), t: mul(BASE_X, BASE_Y) }
}

/// p + q; the formulas are complete (RFC 8032 §5.1.4).
fn point_add(p: Point, q: Point) -> Point {
    let a = mul(sub(p.y, p.x), sub(q.y, q.x));
    let b = mul(add(p.y, p.x), add(q.y, q.x));
    let c = mul(mul(add(p.t, p.t), D), q.t);
    let d = mul(add(p.z, p.z), q.z);
    let e = sub(b, a);
    let f = sub(d, c);
    let g = add(d, c);
    let h = add(b, a);
    Point { x: mul(e, f), y: mul(g, h), z: mul(f, g), t: mul(e, h) }
}

/// p + p (RFC 8032 §5.1.4).
fn point_double(p: Point) -> Point {
    let a = square(p.x);
    let b = square(p.y);
    let z2 = square(p.z);
    let c = add(z2, z2);
    let h = add(a, b);
    let e = sub(h, square(add(p.x, p.y)));
    let g = sub(a, b);
    let f = add(c, g);
    Point { x: mul(e, f), y: mul(g, h), z: mul(f, g), t: mul(e, h) }
}

/// -p: (-x, y).
fn point_neg(p: Point) -> Point {
    Point { x: neg(p.x), y: p.y, z: p.z, t: neg(p.t) }
}

/// \[s\]p for s below 2^255, least significant byte first, by doubling and adding from the top bit.
fn scalar_multiply(s: &Octets, p: Point) -> Point {
    let mut out = Point { x: small(0), y: small(1), z: small(1), t: small(0) };
    for i in 0..255usize {
        let bit = 254 - i;
        out = point_double(out);
        if (s[bit / 8] >> (bit % 8)) & 1 == 1 {
            out = point_add(out, p);
        }
    }
    out
}

/// SHA-512 of a string, as a number modulo L (RFC 8032 §5.1.6 steps 2 and 4).
fn hash_to_scalar(s: &Octets) -> Scalar {
    reduce(product_from_octets(&sha512(s)))
}

/// The number below L that 32 bytes write, least significant first (RFC 8032 §5.1.7 step 1).
fn decode_scalar(s: &Octets) -> Option<Scalar> {
    let mut n = Scalar::new();
    for i in 0..32usize {
        n[i / 8] |= (s[i] as Word) << (8 * (i % 8));
    }
    let (_, below) = subtract(n, L);
    if below { Some(n) } else { None }
}

/// A number modulo L as 32 bytes, least significant first.
fn scalar_to_octets(n: Scalar) -> Octets {
    let mut out = Octets::new(32);
    for i in 0..32usize {
        out[i] = (n[i / 8] >> (8 * (i % 8))) as u8;
    }
    out
}

/// The number that at most 64 bytes write, least significant first.
fn product_from_octets(s: &Octets) -> Product {
    let mut n = Product::new();
    for i in 0..s.len() {
        n[i / 8] |= (s[i] as Word) << (8 * (i % 8));
    }
    n
}

/// a b + c modulo L.
fn multiply_add(a: Scalar, b: Scalar, c: Scalar) -> Scalar {
    let mut out = Product::new();
    for i in 0..4usize {
        out[i] = c[i];
    }
    for i in 0..4usize {
        let mut carry: u128 = 0;
        for j in 0..4usize {
            let sum = out[i + j] as u128 + a[i] as u128 * b[j] as u128 + carry;
            out[i + j] = sum as Word;
            carry = sum >> 64;
        }
        for j in i + 4..8 {
            let sum = out[j] as u128 + carry;
            out[j] = sum as Word;
            carry = sum >> 64;
        }
    }
    reduce(out)
}

/// A number modulo L, bit by bit from the top: r becomes 2r + bit, less L where that is not below L.
fn reduce(n: Product) -> Scalar {
    let mut r = Scalar::new();
    for i in 0..512usize {
        let position = 511 - i;
        let mut carry = (n[position / 64] >> (position % 64)) & 1;
        for j in 0..4usize {
            let limb = r[j];
            r[j] = (limb << 1) | carry;
            carry = limb >> 63;
        }
        let (difference, below) = subtract(r, L);
        r = if below { r } else { difference };
    }
    r
}

/// a - b modulo 2^256, and whether a < b.
fn subtract(a: Scalar, b: Scalar) -> (Scalar, bool) {
    let mut out = Scalar::new();
    let mut borrow: u128 = 0;
    for i in 0..4usize {
        let difference = (1u128 << 64) + a[i] as u128 - b[i] as u128 - borrow;
        out[i] = difference as Word;
        borrow = 1 - (difference >> 64);
    }
    (out, borrow == 1)
}
