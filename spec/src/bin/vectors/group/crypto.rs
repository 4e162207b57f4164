//! HPKE and the functions under labels.

use super::SUITES;
use crate::vector::{Topic, fields};
use hacspec_lib::*;
use sceau_spec::group::crypto::{
    decrypt_with_label, derive_secret, derive_tree_secret, encrypt_with_label, expand_with_label,
    kdf_label, labelled_content, make_key_package_ref, make_proposal_ref, ref_hash, ref_hash_input,
    sign_with_label, verify_with_label,
};
use sceau_spec::group::hpke::{HpkeCiphertext, export, setup_base_r, setup_base_s};
use sceau_spec::group::kem::{KeyPair, derive_key_pair, npk, nrandom};
use sceau_spec::group::profile::check_suite;
use sceau_spec::group::suite::{CipherSuite, nh, signature_public_key};
use sceau_spec::octets::{Octets, ascii, zeros};
use sceau_spec::pairwise::error::ErrorClass;

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::group("group-crypto", "GRP-CR");
    for (base, suite) in SUITES {
        derivations(&mut t, base, suite);
        signatures(&mut t, base + 20, suite);
        encryption(&mut t, base + 30, suite);
    }
    suites(&mut t);
    t
}

fn derivations(t: &mut Topic, base: u32, suite: CipherSuite) {
    let secret = t.draw(base, "secret", nh(suite));
    let context = t.draw(base, "context", 20);
    for (i, length) in [1, nh(suite), 100].into_iter().enumerate() {
        t.valid(
            base + i as u32,
            "GRP-10 GRP-19",
            &format!("ExpandWithLabel, {length} bytes"),
            fields! { operation: "expand_with_label", cipher_suite: suite, secret: secret,
            label: "label", context: context, length: length },
            fields! { kdf_label: kdf_label("label", &context, length) },
            fields! { output: expand_with_label(suite, &secret, "label", &context, length) },
        );
    }
    t.valid(
        base + 3,
        "GRP-10 GRP-19",
        "DeriveSecret",
        fields! { operation: "derive_secret", cipher_suite: suite, secret: secret, label: "label" },
        fields! {},
        fields! { output: derive_secret(suite, &secret, "label") },
    );
    let generation = 0x0102_0304;
    t.valid(
        base + 4,
        "GRP-10 GRP-19",
        "DeriveTreeSecret",
        fields! { operation: "derive_tree_secret", cipher_suite: suite, secret: secret,
        label: "label", generation: generation, length: 12 },
        fields! {},
        fields! { output: derive_tree_secret(suite, &secret, "label", generation, 12) },
    );
    let value = ascii("value");
    t.valid(
        base + 5,
        "GRP-10 GRP-19",
        "RefHash",
        fields! { operation: "ref_hash", cipher_suite: suite, label: "label", value: value },
        fields! { ref_hash_input: ref_hash_input("label", &value) },
        fields! { reference: ref_hash(suite, "label", &value) },
    );
    t.valid(
        base + 6,
        "GRP-10 GRP-19",
        "references to a KeyPackage and to a Proposal of the same bytes",
        fields! { operation: "references", cipher_suite: suite, value: value },
        fields! {},
        fields! {
            key_package_ref: make_key_package_ref(suite, &value),
            proposal_ref: make_proposal_ref(suite, &value),
        },
    );
}

fn signatures(t: &mut Topic, base: u32, suite: CipherSuite) {
    let private_key = t.draw(base, "private_key", 32);
    let public_key = signature_public_key(suite, &private_key);
    let content = t.draw(base, "content", 40);
    let signature = sign_with_label(suite, &private_key, "label", &content);
    t.valid(
        base,
        "GRP-12 GRP-19",
        "SignWithLabel",
        fields! { operation: "sign_with_label", cipher_suite: suite, private_key: private_key,
        label: "label", content: content },
        fields! { sign_content: labelled_content("label", &content) },
        fields! { public_key: public_key, signature: signature },
    );
    let mut altered = signature.clone();
    altered[40usize] ^= 1;
    let wrong = [
        ("an altered signature", "label", content.clone(), altered),
        ("another label", "other", content.clone(), signature.clone()),
        ("another content", "label", content.push(&0), signature.clone()),
        ("no signature", "label", content.clone(), Octets::new(0)),
    ];
    for (i, (about, label, content, signature)) in wrong.into_iter().enumerate() {
        let result = verify_with_label(suite, &public_key, label, &content, &signature);
        t.refused(
            base + 1 + i as u32,
            "GRP-12 GRP-19",
            about,
            fields! { operation: "verify_with_label", cipher_suite: suite, public_key: public_key,
            label: label, content: content, signature: signature },
            result,
            ErrorClass::BadSignature,
        );
    }
}

fn encryption(t: &mut Topic, base: u32, suite: CipherSuite) {
    let ikm = t.draw(base, "ikm", nh(suite));
    let KeyPair { private_key, public_key } = derive_key_pair(suite, &ikm);
    t.valid(
        base,
        "GRP-10",
        "DeriveKeyPair",
        fields! { operation: "derive_key_pair", cipher_suite: suite, ikm: ikm },
        fields! {},
        fields! { private_key: private_key, public_key: public_key },
    );
    let random = t.draw(base + 1, "hpke", nrandom(suite));
    let info = ascii("info");
    let sent = setup_base_s(suite, &public_key, &info, &random);
    let received = sent.as_ref().and_then(|(enc, _)| setup_base_r(suite, enc, &private_key, &info));
    let (Some((enc, context)), Some(received)) = (sent, received) else {
        panic!("HPKE is not set up")
    };
    assert!(context == received);
    t.valid(
        base + 1,
        "GRP-10",
        "SetupBaseS and export",
        fields! { operation: "export", cipher_suite: suite, public_key: public_key, info: info,
        hpke: random, exporter_context: ascii("exporter"), length: nh(suite) },
        fields! { key: context.key, base_nonce: context.base_nonce,
        exporter_secret: context.exporter_secret },
        fields! { enc: enc, exported: export(suite, &context, &ascii("exporter"), nh(suite)) },
    );
    let random = t.draw(base + 2, "hpke", nrandom(suite));
    let (of, plaintext) = (ascii("context"), t.draw(base + 2, "plaintext", 32));
    let sealed = encrypt_with_label(suite, &public_key, "label", &of, &plaintext, &random);
    let sealed = crate::vector::must("encrypt", sealed);
    t.valid(
        base + 2,
        "GRP-10 GRP-19",
        "EncryptWithLabel",
        fields! { operation: "encrypt_with_label", cipher_suite: suite, public_key: public_key,
        label: "label", context: of, plaintext: plaintext, hpke: random },
        fields! { encrypt_context: labelled_content("label", &of) },
        fields! { kem_output: sealed.kem_output, ciphertext: sealed.ciphertext },
    );
    wrong_ciphertexts(t, base + 3, suite, &private_key, &sealed);
    wrong_keys(t, base + 10, suite, &public_key);
}

fn wrong_ciphertexts(
    t: &mut Topic,
    base: u32,
    suite: CipherSuite,
    private_key: &Octets,
    sealed: &HpkeCiphertext,
) {
    let mut output = sealed.kem_output.clone();
    output[0usize] ^= 1;
    let mut text = sealed.ciphertext.clone();
    text[0usize] ^= 1;
    let short = sealed.kem_output.slice(1, sealed.kem_output.len() - 1);
    let HpkeCiphertext { kem_output, ciphertext } = sealed.clone();
    let wrong = [
        ("an altered KEM output", "label", output, ciphertext.clone()),
        ("a KEM output that lacks a byte", "label", short, ciphertext.clone()),
        ("an altered ciphertext", "label", kem_output.clone(), text),
        ("a ciphertext shorter than a tag", "label", kem_output.clone(), ciphertext.slice(0, 15)),
        ("another label", "other", kem_output, ciphertext),
    ];
    for (i, (about, label, kem_output, ciphertext)) in wrong.into_iter().enumerate() {
        let sealed = HpkeCiphertext { kem_output, ciphertext };
        let result = decrypt_with_label(suite, private_key, label, &ascii("context"), &sealed);
        t.refused(
            base + i as u32,
            "GRP-19",
            about,
            fields! { operation: "decrypt_with_label", cipher_suite: suite,
            private_key: private_key, label: label, context: ascii("context"),
            kem_output: sealed.kem_output, ciphertext: sealed.ciphertext },
            result,
            ErrorClass::Undecryptable,
        );
    }
}

fn wrong_keys(t: &mut Topic, base: u32, suite: CipherSuite, public_key: &Octets) {
    let mut wrong = vec![
        ("a public key that lacks a byte", "GRP-13", public_key.slice(0, npk(suite) - 1)),
        ("a public key with a byte too many", "GRP-13", public_key.push(&0)),
    ];
    if npk(suite) == 32 {
        wrong.push(("a public key of order 1: the output is zero", "GRP-14", zeros(32)));
    } else {
        // The first coefficient of the ML-KEM key is 4095.
        let mut large = public_key.clone();
        large[0usize] = 0xff;
        large[1usize] |= 0x0f;
        wrong.push(("an ML-KEM key with a coefficient that is not reduced", "GRP-13", large));
    }
    for (i, (about, clause, public_key)) in wrong.into_iter().enumerate() {
        let random = t.draw(base + i as u32, "hpke", nrandom(suite));
        let empty = Octets::new(0);
        let result = encrypt_with_label(suite, &public_key, "label", &empty, &empty, &random);
        t.refused(
            base + i as u32,
            clause,
            about,
            fields! { operation: "encrypt_with_label", cipher_suite: suite, public_key: public_key,
            label: "label", context: empty, plaintext: empty, hpke: random },
            result,
            ErrorClass::Malformed,
        );
    }
}

fn suites(t: &mut Topic) {
    let none = Seq::<u16>::new(0);
    let some = none.push(&0x0001).push(&0x0999);
    let input = |suite: u16, policy: &Seq<u16>| {
        fields! { operation: "check_suite", cipher_suite: suite,
        interoperability: crate::vector::items(policy) }
    };
    for (number, suite, policy, about) in [
        (1, 0xf64a, &none, "the profile's suite"),
        (2, 0x0001, &some, "a suite that the policy names"),
    ] {
        crate::vector::must("check_suite", check_suite(suite, policy));
        t.valid(number, "GRP-11", about, input(suite, policy), fields! {}, fields! {});
    }
    for (number, suite, policy, about) in [
        (3, 0x0001, &none, "a suite that the policy does not name"),
        (4, 0x0003, &some, "another one than the policy names"),
        (5, 0x0999, &some, "a suite that the policy names and nobody knows"),
    ] {
        let result = check_suite(suite, policy);
        let class = ErrorClass::UnsupportedSuite;
        t.refused(number, "GRP-11", about, input(suite, policy), result, class);
    }
}
