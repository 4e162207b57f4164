//! The primitives as the default provider offers them: a vector of a standard each, and the rules that
//! page *Suites* adds.

use crate::crypto::{
    AeadAlgorithm, AgreementAlgorithm, CryptoProvider, DefaultProvider, Expand, HashAlgorithm,
    KemAlgorithm, SignatureAlgorithm,
};
use alloc::vec;
use alloc::vec::Vec;

const P: DefaultProvider = DefaultProvider;

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

#[test]
fn hkdf_rfc_5869_a_1() {
    let mut prk = [0; 32];
    let salt = hex("000102030405060708090a0b0c");
    P.hkdf_extract(HashAlgorithm::Sha256, &salt, &[&[0x0b; 10], &[0x0b; 12]], &mut prk).unwrap();
    assert_eq!(prk[..4], hex("07770936"));
    let mut okm = [0; 42];
    let info = hex("f0f1f2f3f4f5f6f7f8f9");
    let jobs = &mut [Expand { info: &[&info[..3], &info[3..]], out: &mut okm }];
    P.hkdf_expand(HashAlgorithm::Sha256, &prk, jobs).unwrap();
    assert_eq!(okm[..8], hex("3cb25f25faacd57a"));
    assert_eq!(okm[40..], hex("5865"));
}

#[test]
fn x25519_rfc_7748_and_the_top_bit() {
    let dh = AgreementAlgorithm::X25519;
    let private = hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    let mut public = hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    let expected = hex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
    let mut out = [0; 32];
    P.agree(dh, &private, &public, &mut out).unwrap();
    assert_eq!(out[..], expected);
    public[31] ^= 0x80;
    P.agree(dh, &private, &public, &mut out).unwrap();
    assert_eq!(out[..], expected, "SUI-02");
    P.agree(dh, &private, &[0; 32], &mut out).unwrap();
    assert_eq!(out, [0; 32], "the caller refuses it (SUI-01)");
}

#[test]
fn ed25519_is_strict() {
    let ed = SignatureAlgorithm::Ed25519;
    let seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let public = P.signature_public(ed, &seed).unwrap();
    assert_eq!(public[..4], hex("d75a9801"));
    let signature = P.sign(ed, &seed, b"").unwrap();
    assert_eq!(signature[..4], hex("e5564300"));
    let verify = |key: &[u8], message: &[u8], signature: &[u8]| {
        P.verify(ed, key, message, signature).unwrap()
    };
    assert!(verify(&public, b"", &signature));
    assert!(!verify(&public, b"x", &signature));
    assert!(!verify(&public, b"", &signature[..63]));
    // S + L
    let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut malleable = signature.clone();
    let mut carry = 0u16;
    for (byte, l) in malleable[32..].iter_mut().zip(&order) {
        carry += u16::from(*byte) + u16::from(*l);
        *byte = carry.to_le_bytes()[0];
        carry >>= 8;
    }
    assert!(!verify(&public, b"", &malleable));
    // A of small order, R of small order, S = 0: the cofactorless equation holds for A = R = 1.
    let mut identity = vec![0; 32];
    identity[0] = 1;
    let zero = [&identity[..], &[0; 32]].concat();
    assert!(!verify(&identity, b"", &zero));
    // Non-canonical encodings of y: p + 1 (the identity), and p + 3 and its like, whether or not on the curve.
    for low in 0xedu8..=0xff {
        let mut key = vec![0xff; 32];
        (key[0], key[31]) = (low, 0x7f);
        assert!(!verify(&key, b"", &zero));
    }
}

#[test]
fn ml_kem_rejects_implicitly_and_checks_keys() {
    let kem = KemAlgorithm::MlKem768;
    let (key, decapsulation_key) = P.kem_key_pair(kem, &[7; 64]).unwrap();
    assert!(P.kem_check(kem, &key).unwrap());
    let (mut ciphertext, shared) = P.kem_encapsulate(kem, &key, &[8; 32]).unwrap();
    assert!(P.kem_decapsulate(kem, &decapsulation_key, &ciphertext).unwrap() == shared);
    ciphertext[0] ^= 1;
    assert!(P.kem_decapsulate(kem, &decapsulation_key, &ciphertext).unwrap() != shared);
    let mut wrong = key.clone();
    wrong[..3].copy_from_slice(&[0xff; 3]);
    assert!(!P.kem_check(kem, &wrong).unwrap());
    assert!(!P.kem_check(kem, &key[1..]).unwrap());
}

#[test]
fn gcm_siv_rfc_8452_c_2() {
    let aead = AeadAlgorithm::Aes256GcmSiv;
    let mut key = [0; 32];
    key[0] = 1;
    let mut nonce = [0; 12];
    nonce[0] = 3;
    let mut text = hex("0100000000000000");
    let mut tag = [0; 16];
    P.aead_seal(aead, &key, &nonce, b"", &mut text, &mut tag).unwrap();
    assert_eq!(text, hex("c2ef328e5c71c83b"));
    assert_eq!(tag[..], hex("843122130f7364b761e0b97427e3df28"));
    for bit in 0..128 {
        let mut wrong = tag;
        wrong[bit / 8] ^= 1 << (bit % 8);
        let mut buffer = text.clone();
        assert!(!P.aead_open(aead, &key, &nonce, b"", &mut buffer, &wrong).unwrap());
        assert_eq!(buffer, [0; 8], "nothing of the plaintext (SUI-07)");
    }
    assert!(P.aead_open(aead, &key, &nonce, b"", &mut text, &tag).unwrap());
    assert_eq!(text, hex("0100000000000000"));
}
