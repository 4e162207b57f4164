//! The values that are our own are what `vectors/README.md` says of them, by other arithmetic than
//! that which made them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use sceau_conformance::cases::vectors::{Row, Set, rows};
use sceau_conformance::digest::{hex, unhex};
use sha2::{Digest, Sha512};

fn bytes(row: &Row, name: &str) -> Vec<u8> {
    unhex(row.get(name)).unwrap()
}

/// A signature taken apart.
struct Signed {
    key: EdwardsPoint,
    r: EdwardsPoint,
    /// Whether key, R and S stand in their canonical encodings.
    canonical: [bool; 3],
    /// R + \[k\]A - \[S\]B.
    remainder: EdwardsPoint,
}

impl Signed {
    fn of(row: &Row) -> Self {
        let (public, signature) = (bytes(row, "public"), bytes(row, "signature"));
        let point = |text: &[u8]| CompressedEdwardsY::from_slice(text).unwrap().decompress();
        let (key, r) = (point(&public).unwrap(), point(&signature[..32]).unwrap());
        let s: [u8; 32] = signature[32..].try_into().unwrap();
        let hash = Sha512::new().chain_update(&signature[..32]).chain_update(&public);
        let hash = hash.chain_update(bytes(row, "msg")).finalize();
        let k = Scalar::from_bytes_mod_order_wide(&hash.into());
        let product = EdwardsPoint::mul_base(&Scalar::from_bytes_mod_order(s));
        let canonical = [
            key.compress().0[..] == public,
            r.compress().0[..] == signature[..32],
            Scalar::from_canonical_bytes(s).is_some().into(),
        ];
        Signed { key, r, canonical, remainder: r + k * key - product }
    }

    /// Whether the equation without the cofactor holds.
    fn holds(&self) -> bool {
        self.remainder.is_identity()
    }
}

fn each(group: &str, check: impl Fn(&Signed) -> bool) {
    for set in [Set::Ed25519, Set::Ed25519Lists] {
        for (number, row) in rows(set, group).unwrap().iter().enumerate() {
            assert!(check(&Signed::of(row)), "{set:?}, {group}, number {number}");
        }
    }
}

/// Each is refused for one reason: the equation without cofactor holds but for `cofactored_only`.
#[test]
fn signatures_have_one_edge_each() {
    let small = |point: &EdwardsPoint| point.is_small_order();
    let pure = |point: &EdwardsPoint| point.is_torsion_free() && !small(point);
    let all = [true; 3];
    each("honest", |it| it.holds() && it.canonical == all && pure(&it.key) && pure(&it.r));
    each("small_order_key", |it| {
        it.holds() && it.canonical == all && small(&it.key) && pure(&it.r)
    });
    each("non_canonical_key", |it| {
        it.holds() && it.canonical == [false, true, true] && pure(&it.r)
    });
    each("small_order_r", |it| {
        it.holds() && it.canonical == all && small(&it.r) && !small(&it.key)
    });
    each("non_canonical_r", |it| {
        it.holds() && it.canonical == [true, false, true] && !small(&it.key)
    });
    each("large_s", |it| {
        it.holds() && it.canonical == [true, true, false] && pure(&it.key) && pure(&it.r)
    });
    let mixed = |it: &Signed| {
        let large = !small(&it.key) && !small(&it.r);
        it.canonical == all && large && !(pure(&it.key) && pure(&it.r))
    };
    each("cofactored_only", |it| mixed(it) && !it.holds() && it.remainder.is_small_order());
    each("mixed_order", |it| mixed(it) && it.holds());
}

fn sealed(row: &Row) -> String {
    let cipher = Aes256GcmSiv::new_from_slice(&bytes(row, "key")).unwrap();
    let nonce = Nonce::try_from(&bytes(row, "nonce")[..]).unwrap();
    let (ad, plaintext) = (bytes(row, "ad"), bytes(row, "plaintext"));
    hex(&cipher.encrypt(&nonce, Payload { msg: &plaintext, aad: &ad }).unwrap())
}

#[test]
fn ciphertexts_are_what_the_key_seals() {
    for row in rows(Set::Aes256GcmSiv, "invalid").unwrap() {
        assert_eq!(row.get("control_ciphertext"), sealed(row));
        assert_ne!(row.get("ciphertext"), sealed(row));
    }
    for group in ["nul", "nul_alone"] {
        for (row, at) in rows(Set::Aes256GcmSiv, group).unwrap().iter().zip([0, 1, 8]) {
            assert_eq!(row.get("ciphertext"), sealed(row));
            let ciphertext = bytes(row, "ciphertext");
            assert_eq!(ciphertext[ciphertext.len() - 16 + at], 0);
        }
    }
}
