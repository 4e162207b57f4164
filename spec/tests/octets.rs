//! The byte strings' helpers, and that no primitive panics on a length that an attacker decides.

use hacspec_lib::Seq;
use sceau_spec::octets::*;
use sceau_spec::primitives::hacspec::*;

/// What a state of the protocol is made of; that it compiles is the test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Record {
    key: Octets,
    previous: Option<Octets>,
}

#[derive(Clone, Debug, Default)]
struct State {
    records: Seq<Record>,
}

#[test]
fn records() {
    let record = Record { key: byte(1), previous: Some(empty()) };
    let state = State { records: Seq::new(1).push(&record) };
    assert_eq!(state.records.len(), 2);
    assert_eq!(state.records[1usize].clone(), record);
    assert_ne!(state.records[0usize], record);
}

#[test]
fn helpers() {
    let s = from_bytes(&[1, 2, 3, 4]);
    assert_eq!(s.to_hex(), "01020304");
    assert_eq!(s, Octets::from_hex("01020304"));
    assert_eq!(s.native_slice().to_vec(), [1, 2, 3, 4]);
    assert_eq!(ascii("Sceau"), from_bytes(b"Sceau"));
    assert_eq!(empty().concat(&byte(1)).concat(&repeat(2, 2)), from_bytes(&[1, 2, 2]));
    assert_eq!(zeros(3), repeat(0, 3));
    assert!(is_zero(&zeros(3)) && is_zero(&empty()) && !is_zero(&from_bytes(&[0, 1])));
    assert_eq!(xor(&s, &repeat(0xff, 4)), from_bytes(&[254, 253, 252, 251]));
    assert_eq!(xor(&s, &repeat(0xff, 2)).len(), 2);
}

#[test]
fn checked_slices() {
    let s = from_bytes(&[1, 2, 3]);
    assert_eq!(checked_slice(&s, 0, 3), Some(s.clone()));
    assert_eq!(checked_slice(&s, 1, 2), Some(from_bytes(&[2, 3])));
    assert_eq!(checked_slice(&s, 3, 0), Some(empty()));
    for (start, len) in [(0, 4), (1, 3), (3, 1), (4, 0), (usize::MAX, 2), (2, usize::MAX)] {
        assert_eq!(checked_slice(&s, start, len), None);
    }
}

#[test]
fn numbers() {
    assert_eq!(u16_be(0x0102).to_hex(), "0102");
    assert_eq!(u32_be(0x0102).to_hex(), "00000102");
    assert_eq!(u64_be(0x0102).to_hex(), "0000000000000102");
    assert_eq!(u128_be(0x0102).to_hex(), "00000000000000000000000000000102");
    assert_eq!(u32_le(0x0102).to_hex(), "02010000");
    assert_eq!(u64_le(0x0102).to_hex(), "0201000000000000");
    assert_eq!(u128_le(0x0102).to_hex(), "02010000000000000000000000000000");
    assert_eq!(to_uint_be(&u32_be(0x01020304)), 0x01020304);
    assert_eq!(to_uint_le(&u32_le(0x01020304)), 0x01020304);
    assert_eq!((to_uint_be(&empty()), to_uint_le(&empty())), (0, 0));
    let long = u64_be(7).concat(&u128_be(9));
    assert_eq!(to_uint_be(&long), 9);
    assert_eq!(to_uint_le(&u128_le(9).concat(&u64_le(7))), 9);
}

#[test]
fn every_length_is_answered() {
    let key = repeat(7, 32);
    let nonce = repeat(1, 12);
    let (ek, dk) = ml_kem_768_keygen(&key, &key);
    let (_, ciphertext) = ml_kem_768_encaps(&ek, &key).unwrap();
    for len in 0..200 {
        let s = repeat(0x42, len);
        assert_eq!(x25519(&key, &s).is_some(), len == 32);
        assert_eq!(x25519(&s, &key).is_some(), len == 32);
        assert!(!ed25519_verify(&s, &key, &repeat(0, 64)));
        assert!(!ed25519_verify(&ed25519_public_key(&key), &key, &s));
        assert_eq!(aes_256_gcm_siv_open(&key, &nonce, &s, &s), None);
        assert_eq!(ml_kem_768_encaps(&s, &key), None);
        assert_eq!(ml_kem_768_decaps(&dk, &s), None);
        assert_eq!(ml_kem_768_decaps(&s, &ciphertext), None);
    }
    for len in [1183, 1185, 2399, 2401] {
        assert!(!ml_kem_768_check_ek(&repeat(0, len)));
        assert_eq!(ml_kem_768_decaps(&repeat(0, len), &ciphertext), None);
    }
    for len in [1087, 1089] {
        assert_eq!(ml_kem_768_decaps(&dk, &repeat(0, len)), None);
    }
}
