//! X25519 (RFC 7748).

use super::field25519::{
    FieldElement, add, from_octets, invert, mul, select, small, square, sub, to_octets,
};
use crate::octets::{Octets, is_zero};

/// (A - 2) / 4 of curve25519 (RFC 7748 §4.1, §5).
const A24: u64 = 121665;

/// A point of the ladder in projective coordinates: its u-coordinate is x / z.
#[derive(Clone, Copy)]
struct Projective {
    x: FieldElement,
    z: FieldElement,
}

/// X25519(k, u): 32 bytes, or `None` if `k` or `u` is not 32 bytes long (RFC 7748 §5). The result
/// can be zero; whoever uses it as a shared secret calls [`x25519_agree`].
pub fn x25519(k: &Octets, u: &Octets) -> Option<Octets> {
    if k.len() == 32 && u.len() == 32 {
        Some(to_octets(ladder(&decode_scalar(k), decode_u_coordinate(u))))
    } else {
        None
    }
}

/// The shared secret of a private key and a peer's public key: 32 bytes, or `None` if a length is
/// not 32 or the result is all zero (RFC 7748 §6.1, the check made mandatory).
pub fn x25519_agree(private_key: &Octets, public_key: &Octets) -> Option<Octets> {
    let shared = x25519(private_key, public_key)?;
    if is_zero(&shared) { None } else { Some(shared) }
}

/// The public key of a private key of 32 bytes: X25519(k, 9) (RFC 7748 §6.1).
pub fn x25519_public_key(private_key: &Octets) -> Octets {
    to_octets(ladder(&decode_scalar(private_key), small(9)))
}

/// decodeScalar25519, without the step from bytes to a number: clears bits 0 to 2 and 255, sets bit
/// 254 (RFC 7748 §5).
fn decode_scalar(k: &Octets) -> Octets {
    let mut scalar = k.clone();
    scalar[0usize] &= 248;
    scalar[31usize] &= 127;
    scalar[31usize] |= 64;
    scalar
}

/// decodeUCoordinate: ignores the topmost bit and takes non-canonical values modulo p (RFC 7748 §5).
fn decode_u_coordinate(u: &Octets) -> FieldElement {
    from_octets(u)
}

/// The Montgomery ladder: u-coordinate of k times the point with u-coordinate `x_1` (RFC 7748 §5).
fn ladder(k: &Octets, x_1: FieldElement) -> FieldElement {
    let mut p_2 = Projective { x: small(1), z: small(0) };
    let mut p_3 = Projective { x: x_1, z: small(1) };
    let mut swap = 0;
    for i in 0..255usize {
        let t = 254 - i;
        let k_t = (k[t / 8] >> (t % 8)) & 1;
        swap ^= k_t;
        let (q_2, q_3) = cswap(swap, p_2, p_3);
        swap = k_t;
        let (r_2, r_3) = step(x_1, q_2, q_3);
        p_2 = r_2;
        p_3 = r_3;
    }
    let (q, _) = cswap(swap, p_2, p_3);
    mul(q.x, invert(q.z))
}

/// Both points, exchanged if `swap` is 1 (RFC 7748 §5).
fn cswap(swap: u8, p: Projective, q: Projective) -> (Projective, Projective) {
    (
        Projective { x: select(swap, p.x, q.x), z: select(swap, p.z, q.z) },
        Projective { x: select(swap, q.x, p.x), z: select(swap, q.z, p.z) },
    )
}

/// One step of the ladder: twice the first point, and the sum of both (RFC 7748 §5).
fn step(x_1: FieldElement, p_2: Projective, p_3: Projective) -> (Projective, Projective) {
    let a = add(p_2.x, p_2.z);
    let aa = square(a);
    let b = sub(p_2.x, p_2.z);
    let bb = square(b);
    let e = sub(aa, bb);
    let c = add(p_3.x, p_3.z);
    let d = sub(p_3.x, p_3.z);
    let da = mul(d, a);
    let cb = mul(c, b);
    let sum = Projective { x: square(add(da, cb)), z: mul(x_1, square(sub(da, cb))) };
    let double = Projective { x: mul(aa, bb), z: mul(e, add(aa, mul(small(A24), e))) };
    (double, sum)
}
