//! Each condition of the pinned Ed25519 verification is the one that decides. The signatures are made
//! with components of small order, so that they satisfy every other condition, and the cofactored
//! equation always; a verifier of another rule would give another verdict.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT as B, EIGHT_TORSION};
use curve25519_dalek::scalar::Scalar;
use sceau_spec::octets::{Octets, from_bytes, u64_be};
use sceau_spec::primitives::hacspec;

/// A verdict, the same of every backend that is compiled in.
fn verify(public_key: &Octets, message: &Octets, signature: &Octets) -> bool {
    let verdict = hacspec::ed25519_verify(public_key, message, signature);
    #[cfg(feature = "fast")]
    assert_eq!(
        verdict,
        sceau_spec::primitives::fast::ed25519_verify(public_key, message, signature)
    );
    verdict
}

fn scalar(label: &str, round: u64) -> Scalar {
    let seed = from_bytes(label.as_bytes()).concat(&u64_be(round));
    reduced(&hacspec::sha512(&seed))
}

fn reduced(bytes: &Octets) -> Scalar {
    Scalar::from_bytes_mod_order_wide(bytes.native_slice().try_into().unwrap())
}

/// What a signer makes of the secrets a and r, with the point number `torsion_a` of the torsion group
/// added to A and number `torsion_r` to R.
struct Forged {
    public_key: Octets,
    message: Octets,
    r: Octets,
    s: Scalar,
    /// Whether \[S\]B = R + \[k\]A holds without a cofactor.
    equation: bool,
}

fn forge(a: Scalar, r: Scalar, torsion_a: usize, torsion_r: usize, round: u64) -> Forged {
    let point_a = B * a + EIGHT_TORSION[torsion_a];
    let point_r = B * r + EIGHT_TORSION[torsion_r];
    let public_key = from_bytes(point_a.compress().as_bytes());
    let r_encoded = from_bytes(point_r.compress().as_bytes());
    let message = u64_be(round);
    let k = reduced(&hacspec::sha512(&r_encoded.concat(&public_key).concat(&message)));
    let s = r + k * a;
    assert_eq!((B * s).mul_by_cofactor(), (point_r + point_a * k).mul_by_cofactor());
    let equation = B * s == point_r + point_a * k;
    Forged { public_key, message, r: r_encoded, s, equation }
}

fn verdict(forged: &Forged) -> bool {
    let signature = forged.r.concat(&from_bytes(forged.s.as_bytes()));
    verify(&forged.public_key, &forged.message, &signature)
}

/// Large-order A and R with any torsion: the cofactorless equation alone decides.
#[test]
fn no_cofactor() {
    let (mut taken, mut refused) = (0, 0);
    for torsion_a in 0..8 {
        for torsion_r in 0..8 {
            for round in 0..16 {
                let (a, r) = (scalar("a", round), scalar("r", round));
                let forged = forge(a, r, torsion_a, torsion_r, round);
                assert_eq!(verdict(&forged), forged.equation, "{torsion_a} {torsion_r} {round}");
                if forged.equation { taken += 1 } else { refused += 1 }
            }
        }
    }
    assert!(taken > 100 && refused > 800, "{taken} {refused}");
}

/// A of small order: refused, though the equation holds.
#[test]
fn small_order_public_key() {
    let mut held = 0;
    for torsion_a in 0..8 {
        for torsion_r in 0..8 {
            for round in 0..16 {
                let forged = forge(Scalar::ZERO, scalar("r", round), torsion_a, torsion_r, round);
                assert!(!verdict(&forged), "{torsion_a} {torsion_r} {round}");
                held += usize::from(forged.equation);
            }
        }
    }
    assert!(held > 100, "{held}");
}

/// R of small order: refused, though the equation holds.
#[test]
fn small_order_r() {
    let mut held = 0;
    for torsion_a in 0..8 {
        for torsion_r in 0..8 {
            for round in 0..16 {
                let forged = forge(scalar("a", round), Scalar::ZERO, torsion_a, torsion_r, round);
                assert!(!verdict(&forged), "{torsion_a} {torsion_r} {round}");
                held += usize::from(forged.equation);
            }
        }
    }
    assert!(held > 100, "{held}");
}

/// S and S + L give the same point; the second is refused.
#[test]
fn s_below_l() {
    // L, least significant byte first.
    let l = from_bytes(&[
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ]);
    for round in 0..16 {
        let forged = forge(scalar("a", round), scalar("r", round), 0, 0, round);
        assert!(forged.equation && verdict(&forged));
        let mut s = from_bytes(forged.s.as_bytes());
        for _ in 0..8 {
            let mut carry = 0;
            for i in 0..32usize {
                let sum = u16::from(s[i]) + u16::from(l[i]) + carry;
                s[i] = sum as u8;
                carry = sum >> 8;
            }
            assert_eq!(carry, 0);
            assert!(!verify(&forged.public_key, &forged.message, &forged.r.concat(&s)));
        }
    }
    // S = L itself.
    let forged = forge(scalar("a", 0), scalar("r", 0), 0, 0, 0);
    assert!(!verify(&forged.public_key, &forged.message, &forged.r.concat(&l)));
}

/// No encoding with y >= p is taken, though that of y - p is, where it is a point of large order. Nobody
/// can sign under such a key, so the check shows here only.
#[test]
fn canonical_encodings() {
    let valid = |s: &Octets| {
        let verdict = hacspec::ed25519_valid_public_key(s);
        #[cfg(feature = "fast")]
        assert_eq!(verdict, sceau_spec::primitives::fast::ed25519_valid_public_key(s));
        verdict
    };
    let mut twins = 0;
    for y in 0..19u8 {
        for sign in [0, 0x80] {
            let mut canonical = Octets::new(32);
            canonical[0usize] = y;
            canonical[31usize] = sign;
            let mut twin = from_bytes(&[0xff; 32]);
            twin[0usize] = 0xed + y;
            twin[31usize] = 0x7f | sign;
            assert!(!valid(&twin), "{y}");
            twins += usize::from(valid(&canonical));
        }
    }
    assert!(twins > 10, "{twins}");
    for len in [0, 31, 33] {
        assert!(!valid(&Octets::new(len)));
    }
    for round in 0..50 {
        let key = from_bytes(scalar("a", round).as_bytes());
        assert!(valid(&hacspec::ed25519_public_key(&key)));
    }
}
