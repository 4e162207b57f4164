//! The primitives against the vectors that the standards publish. The values stand in
//! `tests/vectors`, each file with its source; the number of cases of each is asserted.

use sceau_spec::group::suite::{MLKEM768X25519_SHA384, aead_seal};
use sceau_spec::group::{hpke, kem};
use sceau_spec::octets::{Octets, from_bytes};
use sceau_spec::primitives::hacspec::{aes, ml_kem::k_pke, *};
use std::collections::BTreeMap;

/// A case: the lines `name = value` of a block.
struct Case(BTreeMap<String, String>);

impl Case {
    fn text(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.0))
    }

    /// Bytes in hex; `61*1000` repeats the bytes.
    fn octets(&self, name: &str) -> Octets {
        let (digits, times) = self.text(name).split_once('*').unwrap_or((self.text(name), "1"));
        from_bytes(&hex::decode(digits).unwrap().repeat(times.parse().unwrap()))
    }

    fn name(&self) -> &str {
        self.text("name")
    }
}

/// The cases of a file, whose number must be `count`: blocks parted by empty lines, comments after
/// `#`.
fn cases(file: &str, count: usize) -> Vec<Case> {
    let all: Vec<Case> = file
        .split("\n\n")
        .map(|block| {
            let lines = block.lines().filter(|line| !line.starts_with('#'));
            Case(
                lines
                    .map(|line| {
                        let (name, value) = line.split_once('=').expect("name = value");
                        (name.trim().to_owned(), value.trim().to_owned())
                    })
                    .collect(),
            )
        })
        .filter(|case| !case.0.is_empty())
        .collect();
    assert_eq!(all.len(), count);
    all
}

#[test]
fn sha2() {
    for case in cases(include_str!("vectors/sha2.txt"), 12) {
        let message = case.octets("message");
        let digest = match case.text("algorithm") {
            "sha256" => sha256(&message),
            "sha384" => sha384(&message),
            "sha512" => sha512(&message),
            other => panic!("{other}"),
        };
        assert_eq!(digest, case.octets("digest"), "{}", case.name());
    }
}

#[test]
fn sha3() {
    for case in cases(include_str!("vectors/sha3.txt"), 8) {
        let message = case.octets("message");
        let digest = case.octets("digest");
        let computed = match case.text("algorithm") {
            "sha3_256" => sha3_256(&message),
            "sha3_512" => sha3_512(&message),
            "shake128" => shake128(&message, digest.len()),
            "shake256" => shake256(&message, digest.len()),
            other => panic!("{other}"),
        };
        assert_eq!(computed, digest, "{}", case.name());
    }
}

#[test]
fn hmac() {
    for case in cases(include_str!("vectors/rfc4231.txt"), 7) {
        let mac = case.octets("mac");
        let computed = hmac_sha256(&case.octets("key"), &case.octets("data"));
        assert_eq!(computed.slice(0, mac.len()), mac, "{}", case.name());
        let mac = case.octets("mac384");
        let computed = hmac_sha384(&case.octets("key"), &case.octets("data"));
        assert_eq!(computed.slice(0, mac.len()), mac, "{}", case.name());
    }
}

#[test]
fn hkdf() {
    for case in cases(include_str!("vectors/rfc5869.txt"), 3) {
        let (salt, ikm, info) = (case.octets("salt"), case.octets("ikm"), case.octets("info"));
        let okm = case.octets("okm");
        let prk = hkdf_sha256_extract(&salt, &ikm);
        assert_eq!(prk, case.octets("prk"), "{}", case.name());
        assert_eq!(hkdf_sha256_expand(&prk, &info, okm.len()), okm, "{}", case.name());
        assert_eq!(hkdf_sha256(&salt, &ikm, &info, okm.len()), okm, "{}", case.name());
    }
}

#[test]
fn x25519_vectors() {
    for case in cases(include_str!("vectors/rfc7748.txt"), 6) {
        let (k, u) = (case.octets("k"), case.octets("u"));
        assert_eq!(x25519(&k, &u), Some(case.octets("out")), "{}", case.name());
        assert_eq!(x25519_agree(&k, &u), Some(case.octets("out")), "{}", case.name());
        if u[0usize] == 9 {
            assert_eq!(x25519_public_key(&k), case.octets("out"), "{}", case.name());
        }
    }
}

/// RFC 7748 §5.2: after 1 and after 1,000 iterations.
#[test]
fn x25519_iterated() {
    let mut k = Octets::new(32);
    k[0usize] = 9;
    let mut u = k.clone();
    for i in 1..=1000 {
        let next = x25519(&k, &u).unwrap();
        u = k;
        k = next;
        let expected = match i {
            1 => "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
            1000 => "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51",
            _ => continue,
        };
        assert_eq!(k.to_hex(), expected, "after {i} iterations");
    }
}

#[test]
fn x25519_refuses() {
    let k = from_bytes(&[7; 32]);
    for size in [0, 31, 33] {
        assert_eq!(x25519(&k, &Octets::new(size)), None);
    }
    assert_eq!(x25519(&k, &Octets::new(32)), Some(Octets::new(32)));
    assert_eq!(x25519_agree(&k, &Octets::new(32)), None);
}

#[test]
fn ed25519() {
    for case in cases(include_str!("vectors/rfc8032.txt"), 5) {
        let private_key = case.octets("private_key");
        let public_key = case.octets("public_key");
        let (message, signature) = (case.octets("message"), case.octets("signature"));
        assert_eq!(ed25519_public_key(&private_key), public_key, "{}", case.name());
        assert_eq!(ed25519_sign(&private_key, &message), signature, "{}", case.name());
        assert!(ed25519_verify(&public_key, &message, &signature), "{}", case.name());
        assert!(!ed25519_verify(&public_key, &message.push(&0), &signature), "{}", case.name());
    }
}

/// The pinned rule refuses what RFC 8032 leaves to the verifier: small-order A and R, and encodings
/// that are not canonical. With A and R of order 1 and S = 0 the equation itself holds for every
/// message.
#[test]
fn ed25519_refuses_small_order_and_non_canonical() {
    // Every encoding of a point of order 1, 2, 4 or 8, canonical or not.
    let encodings = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ];
    let private_key = from_bytes(&[1; 32]);
    let public_key = ed25519_public_key(&private_key);
    let message = from_bytes(b"message");
    let honest = ed25519_sign(&private_key, &message);
    assert!(ed25519_verify(&public_key, &message, &honest));
    for a in encodings {
        let small = Octets::from_hex(a);
        for r in encodings {
            let signature = Octets::from_hex(r).concat(&Octets::new(32));
            assert!(!ed25519_verify(&small, &message, &signature), "A {a} R {r}");
        }
        assert!(!ed25519_verify(&small, &message, &honest), "A {a}");
        let moved = small.concat(&honest.slice(32, 32));
        assert!(!ed25519_verify(&public_key, &message, &moved), "R {a}");
    }
}

#[test]
fn aes_blocks() {
    for case in cases(include_str!("vectors/fips197.txt"), 2) {
        let key = aes::key_expansion(&case.octets("key"));
        let block = aes::Block::from_seq(&case.octets("plaintext"));
        let expected = aes::Block::from_seq(&case.octets("ciphertext"));
        assert_eq!(aes::cipher(&key, block), expected, "{}", case.name());
    }
}

/// FIPS 197 §5.1.1: the table is the inverse in GF(2^8) followed by the affine transformation.
#[test]
fn aes_sbox() {
    let times = |a: u8, b: u8| {
        let (mut a, mut product) = (a, 0);
        for i in 0..8 {
            product ^= if b >> i & 1 == 1 { a } else { 0 };
            a = a << 1 ^ if a >> 7 == 1 { 0x1b } else { 0 };
        }
        product
    };
    for a in 0..=255u8 {
        let b = (0..=255u8).find(|b| times(a, *b) == 1).unwrap_or(0);
        let turned = (1..5).fold(b, |sum, i| sum ^ b.rotate_left(i));
        assert_eq!(aes::sbox(a), turned ^ 0x63, "{a}");
    }
}

/// RFC 8452 Appendix A (POLYVAL) and Appendix C.2, C.3.
#[test]
fn gcm_siv() {
    let h = Octets::from_hex("25629347589242761d31f826ba4b757b");
    let x = Octets::from_hex("4f4f95668c83dfb6401762bb2d01a262d1a24ddd2721d006bbe45f20d3c9f362");
    assert_eq!(gcm_siv::polyval(&h, &x).to_hex(), "f7a3b47b846119fae5b7866cf5e5b77e");

    for case in cases(include_str!("vectors/rfc8452.txt"), 26) {
        let (key, nonce, aad) = (case.octets("key"), case.octets("nonce"), case.octets("aad"));
        let (plaintext, result) = (case.octets("plaintext"), case.octets("result"));
        let sealed = aes_256_gcm_siv_seal(&key, &nonce, &aad, &plaintext);
        assert_eq!(sealed, result, "{}", case.name());
        let opened = aes_256_gcm_siv_open(&key, &nonce, &aad, &result);
        assert_eq!(opened, Some(plaintext), "{}", case.name());
        assert_eq!(aes_256_gcm_siv_open(&key, &nonce, &aad.push(&0), &result), None);
        for i in 0..result.len() {
            let mut forged = result.clone();
            forged[i] ^= 1;
            assert_eq!(aes_256_gcm_siv_open(&key, &nonce, &aad, &forged), None);
        }
    }
    for size in 0..16 {
        let short = Octets::new(size);
        assert_eq!(aes_256_gcm_siv_open(&Octets::new(32), &h.slice(0, 12), &h, &short), None);
    }
}

#[test]
fn gcm() {
    for case in cases(include_str!("vectors/gcm.txt"), 8) {
        let (key, nonce, aad) = (case.octets("key"), case.octets("nonce"), case.octets("aad"));
        let (plaintext, result) = (case.octets("plaintext"), case.octets("result"));
        assert_eq!(aes_gcm_seal(&key, &nonce, &aad, &plaintext), result, "{}", case.name());
        let opened = aes_gcm_open(&key, &nonce, &aad, &result);
        assert_eq!(opened, Some(plaintext), "{}", case.name());
        assert_eq!(aes_gcm_open(&key, &nonce, &aad.push(&0), &result), None);
        for i in 0..result.len() {
            let mut forged = result.clone();
            forged[i] ^= 1;
            assert_eq!(aes_gcm_open(&key, &nonce, &aad, &forged), None);
        }
    }
    for size in 0..16 {
        let (key, short) = (Octets::new(16), Octets::new(size));
        assert_eq!(aes_gcm_open(&key, &Octets::new(12), &short, &short), None);
    }
}

#[test]
fn rfc8439() {
    let (mut blocks, mut macs, mut aeads) = (0, 0, 0);
    for case in cases(include_str!("vectors/rfc8439.txt"), 6) {
        let (key, result) = (case.octets("key"), case.octets("result"));
        match case.text("kind") {
            "block" => {
                let counter = case.text("counter").parse().unwrap();
                let block = chacha20::chacha20_block(&key, counter, &case.octets("nonce"));
                assert_eq!(block, result, "{}", case.name());
                blocks += 1;
            }
            "mac" => {
                let mac = poly1305::poly1305(&key, &case.octets("message"));
                assert_eq!(mac, result, "{}", case.name());
                macs += 1;
            }
            "aead" => {
                let (nonce, aad) = (case.octets("nonce"), case.octets("aad"));
                let plaintext = case.octets("plaintext");
                let sealed = chacha20_poly1305_seal(&key, &nonce, &aad, &plaintext);
                assert_eq!(sealed, result, "{}", case.name());
                let opened = chacha20_poly1305_open(&key, &nonce, &aad, &result);
                assert_eq!(opened, Some(plaintext), "{}", case.name());
                for i in 0..result.len() {
                    let mut forged = result.clone();
                    forged[i] ^= 1;
                    assert_eq!(chacha20_poly1305_open(&key, &nonce, &aad, &forged), None);
                }
                aeads += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!((blocks, macs, aeads), (2, 3, 1));
}

/// HPKE and its KEMs, under the suites of groups.
#[test]
fn hpke_vectors() {
    let all = cases(include_str!("vectors/hpke.txt"), 9);
    let of = |kind: &str, count: usize| {
        let some: Vec<&Case> = all.iter().filter(|case| case.text("kind") == kind).collect();
        assert_eq!(some.len(), count);
        some
    };
    for case in of("rfc9180", 2) {
        let suite = case.text("suite").parse().unwrap();
        let pair = kem::derive_key_pair(suite, &case.octets("ikmR"));
        assert_eq!(pair.private_key, case.octets("skR"), "{}", case.name());
        assert_eq!(pair.public_key, case.octets("pkR"), "{}", case.name());
        let ephemeral = kem::derive_key_pair(suite, &case.octets("ikmE"));
        assert_eq!(ephemeral.private_key, case.octets("skE"), "{}", case.name());
        let sent = kem::encap(suite, &pair.public_key, &ephemeral.private_key).unwrap();
        assert_eq!(sent.enc, case.octets("enc"), "{}", case.name());
        assert_eq!(sent.shared_secret, case.octets("shared_secret"), "{}", case.name());
        assert_eq!(kem::decap(suite, &sent.enc, &pair.private_key), Some(sent.shared_secret));
        let info = case.octets("info");
        let context = hpke::setup_base_r(suite, &sent.enc, &pair.private_key, &info).unwrap();
        schedule(case, suite, &context);
    }
    for case in of("kem", 2) {
        let pair = kem::derive_key_pair(MLKEM768X25519_SHA384, &case.octets("ikmR"));
        assert_eq!(pair.private_key, case.octets("skR"), "{}", case.name());
        hybrid(case);
    }
    for case in of("xwing", 3) {
        hybrid(case);
    }
    for case in of("schedule", 2) {
        let (id, secret) = (case.octets("suite_id"), case.octets("shared_secret"));
        let suite = MLKEM768X25519_SHA384;
        let context = hpke::key_schedule(suite, &id, &secret, &case.octets("info"));
        schedule(case, suite, &context);
    }
}

fn schedule(case: &Case, suite: u16, context: &hpke::Context) {
    assert_eq!(context.key, case.octets("key"), "{}", case.name());
    assert_eq!(context.base_nonce, case.octets("base_nonce"), "{}", case.name());
    assert_eq!(context.exporter_secret, case.octets("exporter_secret"), "{}", case.name());
    let (aad, plaintext) = (case.octets("aad"), case.octets("pt"));
    let sealed = aead_seal(suite, &context.key, &context.base_nonce, &aad, &plaintext);
    assert_eq!(sealed, case.octets("ct"), "{}", case.name());
    if case.0.contains_key("exported") {
        let exported = case.octets("exported");
        let of = case.octets("exporter_context");
        assert_eq!(hpke::export(suite, context, &of, exported.len()), exported, "{}", case.name());
    }
}

fn hybrid(case: &Case) {
    let suite = MLKEM768X25519_SHA384;
    let private_key = case.octets("skR");
    let public_key = kem::public_key(suite, &private_key);
    assert_eq!(public_key.len(), kem::npk(suite));
    assert_eq!(sha256(&public_key), case.octets("pkR_sha256"), "{}", case.name());
    let sent = kem::encap(suite, &public_key, &case.octets("ikmE")).unwrap();
    assert_eq!(sent.enc.len(), kem::nenc(suite));
    assert_eq!(sha256(&sent.enc), case.octets("enc_sha256"), "{}", case.name());
    assert_eq!(sent.shared_secret, case.octets("shared_secret"), "{}", case.name());
    assert_eq!(kem::decap(suite, &sent.enc, &private_key), Some(sent.shared_secret.clone()));
    // Another ciphertext of ML-KEM gives another secret, a wrong length none.
    let mut other = sent.enc.clone();
    other[0usize] ^= 1;
    assert_ne!(kem::decap(suite, &other, &private_key), Some(sent.shared_secret));
    for wrong in [0, 1087, 1088, 1119, 1121] {
        assert_eq!(kem::decap(suite, &Octets::new(wrong), &private_key), None);
    }
    for wrong in [0, 32, 1184, 1215, 1217] {
        assert_eq!(kem::encap(suite, &Octets::new(wrong), &case.octets("ikmE")), None);
    }
}

#[test]
fn ml_kem_768() {
    let all = cases(include_str!("vectors/acvp_ml_kem_768.txt"), 33);
    let of = |kind: &str, count: usize| {
        let some: Vec<&Case> = all.iter().filter(|case| case.text("kind") == kind).collect();
        assert_eq!(some.len(), count);
        some
    };
    for case in of("keygen", 25) {
        let (ek, dk) = ml_kem_768_keygen(&case.octets("d"), &case.octets("z"));
        assert_eq!(sha256(&ek), case.octets("ek_sha256"), "{}", case.name());
        assert_eq!(sha256(&dk), case.octets("dk_sha256"), "{}", case.name());
        assert!(ml_kem_768_check_ek(&ek));
    }
    for case in of("encaps", 3) {
        let (k, c) = ml_kem_768_encaps(&case.octets("ek"), &case.octets("m")).unwrap();
        assert_eq!(k, case.octets("k"), "{}", case.name());
        assert_eq!(sha256(&c), case.octets("c_sha256"), "{}", case.name());
    }
    let dk = of("dk", 1)[0].octets("dk");
    for case in of("decaps", 4) {
        let k = ml_kem_768_decaps(&dk, &case.octets("c"));
        assert_eq!(k, Some(case.octets("k")), "{}", case.name());
    }
}

/// The ciphertext's halves, computed from the parts of the key that each needs, are the ciphertext.
#[test]
fn k_pke_halves() {
    let (ek, _) = ml_kem_768_keygen(&from_bytes(&[1; 32]), &from_bytes(&[2; 32]));
    let (m, r) = (from_bytes(&[3; 32]), from_bytes(&[4; 32]));
    let c1 = k_pke::k_pke_encrypt_c1(&ek.slice(1152, 32), &r);
    let c2 = k_pke::k_pke_encrypt_c2(&ek.slice(0, 1152), &m, &r);
    assert_eq!((c1.len(), c2.len()), (960, 128));
    assert_eq!(c1.concat(&c2), k_pke::k_pke_encrypt(&ek, &m, &r));
}
