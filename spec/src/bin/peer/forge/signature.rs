//! Ed25519 signatures that are valid under another rule than the pinned one (`[SUI-06]`), each refused
//! for one reason alone.

use num_bigint::BigUint;
use sceau_spec::octets::{Octets, ascii, byte, from_bytes, zeros};
use sceau_spec::pairwise::kdf::sign_content;
use sceau_spec::pairwise::suite::signature_public_key;
use sceau_spec::primitives::{sha256, sha512};

/// The kinds, as they end the names of deviations.
const KINDS: [&str; 4] = ["-cofactored", "-small-order-r", "-noncanonical-r", "-s-not-reduced"];

/// The kind that a deviation `<object>-signature-<kind>` asks for.
pub fn kind(object: &str, names: &[String]) -> Option<&'static str> {
    let start = format!("{object}-signature");
    names.iter().find_map(|name| {
        let rest = name.strip_prefix(&start)?;
        KINDS.into_iter().find(|kind| rest == *kind)
    })
}

/// A signature of a kind, of a pairwise object.
pub fn sign(kind: &str, private_key: &Octets, label: &str, content: &Octets) -> Octets {
    sign_message(kind, private_key, &sign_content(label, content))
}

/// A signature of a kind.
pub fn sign_message(kind: &str, private_key: &Octets, message: &Octets) -> Octets {
    let public_key = signature_public_key(private_key);
    let (nonce, point) = nonce(private_key, message);
    // R, and the scalar of its part of large order.
    let (r_encoded, r) = match kind {
        // R plus the point of order 2: 8 times the two sides are equal, they themselves are not.
        "-cofactored" => (plus_order_two(&point), nonce),
        // The neutral element: the equation holds as it stands.
        "-small-order-r" => (byte(1).concat(&zeros(31)), BigUint::default()),
        // The same with y = p + 1: the equation holds for the points.
        "-noncanonical-r" => (neutral_noncanonical(), BigUint::default()),
        _ => (point, nonce),
    };
    let k = reduced(&sha512(&r_encoded.concat(&public_key).concat(message)));
    let mut s = (r + k * secret_scalar(private_key)) % order();
    if kind == "-s-not-reduced" {
        s += order();
    }
    r_encoded.concat(&encode(&s))
}

/// Encodings of the neutral element as public keys: whoever likes can sign under them.
pub fn neutral_key(canonical: bool) -> Octets {
    if canonical { byte(1).concat(&zeros(31)) } else { neutral_noncanonical() }
}

/// A signature under a neutral key; R is of large order and the equation holds.
pub fn sign_under_neutral(seed: &Octets, label: &str, content: &Octets) -> Octets {
    message_under_neutral(seed, &sign_content(label, content))
}

/// The same of a message.
pub fn message_under_neutral(seed: &Octets, message: &Octets) -> Octets {
    let (nonce, point) = nonce(seed, message);
    point.concat(&encode(&(nonce % order())))
}

/// r and the encoding of \[r\]B: those of a private key that the seed gives.
fn nonce(seed: &Octets, message: &Octets) -> (BigUint, Octets) {
    let private = sha256(&ascii("sceau peer nonce ").concat(seed).concat(message));
    (secret_scalar(&private), signature_public_key(&private))
}

/// The secret scalar of a private key (RFC 8032 §5.1.5).
fn secret_scalar(private_key: &Octets) -> BigUint {
    let mut s = sha512(private_key).slice(0, 32);
    s[0usize] &= 248;
    s[31usize] &= 127;
    s[31usize] |= 64;
    BigUint::from_bytes_le(s.native_slice())
}

/// The encoding of P plus the point (0, -1) of order 2, which is (-x, -y).
fn plus_order_two(point: &Octets) -> Octets {
    let sign = point[31usize] & 0x80;
    let mut y = point.clone();
    y[31usize] &= 0x7f;
    let mut out = encode(&(prime() - BigUint::from_bytes_le(y.native_slice())));
    out[31usize] |= sign ^ 0x80;
    out
}

/// The neutral element with y = p + 1.
fn neutral_noncanonical() -> Octets {
    encode(&(prime() + 1u8))
}

/// p = 2^255 - 19.
fn prime() -> BigUint {
    (BigUint::from(1u8) << 255) - 19u8
}

/// L (RFC 8032 §5.1 table 1).
fn order() -> BigUint {
    (BigUint::from(1u8) << 252) + 27_742_317_777_372_353_535_851_937_790_883_648_493u128
}

fn reduced(bytes: &Octets) -> BigUint {
    BigUint::from_bytes_le(bytes.native_slice()) % order()
}

/// 32 bytes, least significant first.
fn encode(n: &BigUint) -> Octets {
    let bytes = from_bytes(&n.to_bytes_le());
    let missing = 32 - bytes.len();
    bytes.concat(&zeros(missing))
}
