//! Crypto basics, tree math, vector lengths.

use crate::files::{cases, hex, length, list, suite_cases, u32_of};
use sceau_spec::group::crypto::{
    decrypt_with_label, derive_secret, derive_tree_secret, encrypt_with_label, expand_with_label,
    ref_hash, sign_with_label, verify_with_label,
};
use sceau_spec::group::hpke::HpkeCiphertext;
use sceau_spec::group::kem::{nrandom, public_key};
use sceau_spec::group::suite::signature_public_key;
use sceau_spec::group::tree_math::{left, node_width, parent, right, root, sibling};
use sceau_spec::octets::repeat;
use sceau_spec::pairwise::codec::{read_length, reader};
use serde_json::Value;

#[test]
fn crypto_basics() {
    for (suite, case) in suite_cases("crypto-basics", 7, 2) {
        let v = &case["ref_hash"];
        let label = v["label"].as_str().unwrap();
        assert_eq!(ref_hash(suite, label, &hex(&v["value"])), hex(&v["out"]));

        let v = &case["expand_with_label"];
        let (secret, label) = (hex(&v["secret"]), v["label"].as_str().unwrap());
        let out =
            expand_with_label(suite, &secret, label, &hex(&v["context"]), length(&v["length"]));
        assert_eq!(out, hex(&v["out"]));

        let v = &case["derive_secret"];
        let (secret, label) = (hex(&v["secret"]), v["label"].as_str().unwrap());
        assert_eq!(derive_secret(suite, &secret, label), hex(&v["out"]));

        let v = &case["derive_tree_secret"];
        let (secret, label) = (hex(&v["secret"]), v["label"].as_str().unwrap());
        let generation = u32_of(&v["generation"]);
        let out = derive_tree_secret(suite, &secret, label, generation, length(&v["length"]));
        assert_eq!(out, hex(&v["out"]));

        sign(suite, &case["sign_with_label"]);
        encrypt(suite, &case["encrypt_with_label"]);
    }
}

fn sign(suite: u16, v: &Value) {
    let (private_key, public_key) = (hex(&v["priv"]), hex(&v["pub"]));
    let (label, content) = (v["label"].as_str().unwrap(), hex(&v["content"]));
    let signature = hex(&v["signature"]);
    assert_eq!(signature_public_key(suite, &private_key), public_key);
    assert_eq!(sign_with_label(suite, &private_key, label, &content), signature);
    assert!(verify_with_label(suite, &public_key, label, &content, &signature).is_ok());
    assert!(verify_with_label(suite, &public_key, "other", &content, &signature).is_err());
}

fn encrypt(suite: u16, v: &Value) {
    let (private, public) = (hex(&v["priv"]), hex(&v["pub"]));
    let (label, context) = (v["label"].as_str().unwrap(), hex(&v["context"]));
    let plaintext = hex(&v["plaintext"]);
    let sealed =
        HpkeCiphertext { kem_output: hex(&v["kem_output"]), ciphertext: hex(&v["ciphertext"]) };
    assert_eq!(public_key(suite, &private), public);
    let open = |sealed: &HpkeCiphertext, label: &str| {
        decrypt_with_label(suite, &private, label, &context, sealed)
    };
    assert_eq!(open(&sealed, label), Ok(plaintext.clone()));
    assert!(open(&sealed, "other").is_err());
    let random = repeat(7, nrandom(suite));
    let own = encrypt_with_label(suite, &public, label, &context, &plaintext, &random).unwrap();
    assert_eq!(open(&own, label), Ok(plaintext));
}

#[test]
fn tree_math() {
    let mut nodes = 0;
    let all = cases("tree-math", 10);
    for case in &all {
        let n = u32_of(&case["n_leaves"]);
        assert_eq!(node_width(n), u32_of(&case["n_nodes"]));
        assert_eq!(root(n), u32_of(&case["root"]));
        for x in 0..node_width(n) {
            let of = |name: &str| case[name][x as usize].as_u64().map(|y| y as u32);
            assert_eq!(left(x), of("left"), "left of {x} in {n}");
            assert_eq!(right(x), of("right"), "right of {x} in {n}");
            assert_eq!(parent(x, n), of("parent"), "parent of {x} in {n}");
            assert_eq!(sibling(x, n), of("sibling"), "sibling of {x} in {n}");
            nodes += 1;
        }
        assert_eq!(list(&case["left"]).len(), node_width(n) as usize);
    }
    assert!(all.is_empty() || nodes == 2036, "{nodes}");
}

#[test]
fn vector_lengths() {
    for case in cases("deserialization", 14) {
        let (read, r) = read_length(reader(&hex(&case["vlbytes_header"]))).unwrap();
        assert_eq!(read, length(&case["length"]));
        assert_eq!(r.at, r.bytes.len());
    }
}
