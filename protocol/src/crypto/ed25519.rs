//! Verification of Ed25519 signatures: cofactorless, S < L, encodings canonical, A and R not of small order (`SUI-06`).

use ed25519_dalek::{Signature, Verifier, VerifyingKey};

/// What dalek's `verify_strict` verifies, and that A is canonical, which decompression does not tell.
///
/// `verify` refuses S ≥ L, and compares R, as it is encoded, with a point that it computes: so an R that passes is
/// canonical, and of small order only if its encoding is one of eight. `verify_strict` decompresses R to find that
/// out, which is a tenth of its time.
pub(super) fn verify(public: &[u8; 32], message: &[u8], signature: &Signature) -> bool {
    let small = is_small_order(public) || is_small_order(signature.r_bytes());
    let Ok(key) = VerifyingKey::from_bytes(public) else { return false };
    is_canonical(public) && !small && key.verify(message, signature).is_ok()
}

/// Whether the y of an encoded point is below 2^255 − 19. (The other encoding that is not canonical, x = 0
/// with the sign bit set, is of small order.)
fn is_canonical(point: &[u8; 32]) -> bool {
    let [low, middle @ .., high] = point;
    *low < 0xed || high & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff)
}

/// The y of the eight points of small order, canonical: of order 1, 2, 4 (two points), 8 (twice two).
const SMALL_ORDER: [[u8; 32]; 5] = [
    [
        1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0,
    ],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x7f,
    ],
    [0; 32],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

/// Whether a canonical encoding is of a point of small order.
fn is_small_order(point: &[u8; 32]) -> bool {
    let mut y = *point;
    let [.., sign] = &mut y;
    *sign &= 0x7f;
    SMALL_ORDER.contains(&y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};
    use std::vec::Vec;

    /// What is said to be the same.
    fn strict(public: &[u8; 32], message: &[u8], signature: &Signature) -> bool {
        let key = VerifyingKey::from_bytes(public);
        is_canonical(public) && key.is_ok_and(|key| key.verify_strict(message, signature).is_ok())
    }

    /// Encodings of points of small order, also those that are not canonical: with the other sign, and with y + p.
    fn small() -> Vec<[u8; 32]> {
        let mut all = SMALL_ORDER.to_vec();
        for low in 0xed..=0xff {
            let mut above = [0xff; 32];
            (above[0], above[31]) = (low, 0x7f);
            all.push(above);
        }
        let signed = |point: &[u8; 32]| {
            let mut signed = *point;
            signed[31] |= 0x80;
            signed
        };
        let signed: Vec<_> = all.iter().map(signed).collect();
        [all, signed].concat()
    }

    #[test]
    fn every_verdict_is_that_of_verify_strict() {
        let key = SigningKey::from_bytes(&[5; 32]);
        let public = key.verifying_key().to_bytes();
        let signed = key.sign(b"message").to_bytes();
        let (mut points, mut scalars) = (small(), Vec::new());
        points.extend([public, *Signature::from_bytes(&signed).r_bytes()]);
        let s = *Signature::from_bytes(&signed).s_bytes();
        scalars.extend([[0; 32], s]);
        // S + L
        let order: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
            0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let mut carry = 0u16;
        scalars.push(core::array::from_fn(|i| {
            carry += u16::from(s[i]) + u16::from(order[i]);
            let [low, high] = carry.to_le_bytes();
            carry = u16::from(high);
            low
        }));
        let (mut passed, mut weak) = (0, 0);
        for public in &points {
            for r in &points {
                for s in &scalars {
                    let signature = Signature::from_components(*r, *s);
                    // For a key of small order some messages verify with S = 0 and R of small order.
                    for message in [&b"message"[..], b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7"]
                    {
                        let verdict = verify(public, message, &signature);
                        assert_eq!(verdict, strict(public, message, &signature));
                        passed += usize::from(verdict);
                        let lenient = VerifyingKey::from_bytes(public)
                            .is_ok_and(|key| key.verify(message, &signature).is_ok());
                        weak += usize::from(lenient && !verdict);
                    }
                }
            }
        }
        assert_eq!(passed, 1);
        assert!(weak > 100, "{weak} would pass without the checks");
        for at in 0..512 {
            let mut bytes = signed;
            bytes[at / 8] ^= 1 << (at % 8);
            let signature = Signature::from_bytes(&bytes);
            assert_eq!(
                verify(&public, b"message", &signature),
                strict(&public, b"message", &signature)
            );
        }
    }
}
