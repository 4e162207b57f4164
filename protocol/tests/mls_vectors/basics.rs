//! Tree math, crypto basics, encodings.

use crate::files::{cases, hex, list, rng, suite_cases, u32_of};
use sceau::group::HpkeCiphertext;
use sceau::hazmat::mls;

#[test]
fn tree_math() {
    for case in cases("tree-math", 10) {
        let leaves = u32_of(&case["n_leaves"]);
        let nodes = u32_of(&case["n_nodes"]);
        assert_eq!(nodes, 2 * leaves - 1);
        assert_eq!(u32_of(&case["root"]), leaves - 1);
        for node in 0..nodes {
            let of =
                |name: &str| case[name][node as usize].as_u64().map(|n| u32::try_from(n).unwrap());
            let expected = ["left", "right", "parent", "sibling"].map(of);
            assert_eq!(mls::node_math(leaves, node), expected, "node {node} of {leaves} leaves");
        }
    }
}

#[test]
fn deserialization() {
    for case in cases("deserialization", 14) {
        let length = mls::vector_length(&hex(&case["vlbytes_header"]));
        assert_eq!(length, Ok(u32_of(&case["length"])));
    }
}

#[test]
fn crypto_basics() {
    for (suite, case) in suite_cases("crypto-basics", 7, 3) {
        let text = |part: &str, name: &str| case[part][name].as_str().unwrap().to_owned();
        let bytes = |part: &str, name: &str| hex(&case[part][name]);

        let label = text("ref_hash", "label");
        let reference = mls::ref_hash(suite, &label, &bytes("ref_hash", "value")).unwrap();
        assert_eq!(reference, bytes("ref_hash", "out"));

        let part = "expand_with_label";
        let length = case[part]["length"].as_u64().unwrap() as usize;
        let (label, context) = (text(part, "label"), bytes(part, "context"));
        let secret = bytes(part, "secret");
        let out = mls::expand_with_label(suite, &secret, &label, &context, length).unwrap();
        assert_eq!(out, bytes(part, "out"));

        let part = "derive_secret";
        let out = mls::derive_secret(suite, &bytes(part, "secret"), &text(part, "label")).unwrap();
        assert_eq!(out, bytes(part, "out"));

        let part = "derive_tree_secret";
        let length = case[part]["length"].as_u64().unwrap() as usize;
        let generation = u32_of(&case[part]["generation"]).to_be_bytes();
        let (secret, label) = (bytes(part, "secret"), text(part, "label"));
        let out = mls::expand_with_label(suite, &secret, &label, &generation, length).unwrap();
        assert_eq!(out, bytes(part, "out"));

        let part = "sign_with_label";
        let (label, content, public) =
            (text(part, "label"), bytes(part, "content"), bytes(part, "pub"));
        let verify = |signature: &[u8]| {
            mls::verify_with_label(suite, &public, &label, &content, signature).unwrap()
        };
        assert!(verify(&bytes(part, "signature")));
        let own = mls::sign_with_label(suite, &bytes(part, "priv"), &label, &content).unwrap();
        assert!(verify(&own));

        let part = "encrypt_with_label";
        let (label, context) = (text(part, "label"), bytes(part, "context"));
        let (private, public) = (bytes(part, "priv"), bytes(part, "pub"));
        let open = |sealed: &HpkeCiphertext| {
            mls::decrypt_with_label(suite, (&private, &public), &label, &context, sealed).unwrap()
        };
        let sealed = HpkeCiphertext {
            kem_output: bytes(part, "kem_output"),
            ciphertext: bytes(part, "ciphertext"),
        };
        let plaintext = bytes(part, "plaintext");
        assert_eq!(open(&sealed), Some(plaintext.clone()));
        let own = mls::encrypt_with_label(suite, &public, &label, &context, &plaintext, &mut rng())
            .unwrap();
        assert_eq!(open(&own), Some(plaintext));
    }
}

#[test]
fn messages() {
    let names = [
        ("mls_welcome", "MLSMessage"),
        ("mls_group_info", "MLSMessage"),
        ("mls_key_package", "MLSMessage"),
        ("ratchet_tree", "ratchet_tree"),
        ("group_secrets", "GroupSecrets"),
        ("add_proposal", "Add"),
        ("update_proposal", "Update"),
        ("remove_proposal", "Remove"),
        ("pre_shared_key_proposal", "PreSharedKey"),
        ("re_init_proposal", "ReInit"),
        ("external_init_proposal", "ExternalInit"),
        ("group_context_extensions_proposal", "GroupContextExtensions"),
        ("commit", "Commit"),
        ("public_message_application", "MLSMessage"),
        ("public_message_proposal", "MLSMessage"),
        ("public_message_commit", "MLSMessage"),
        ("private_message", "MLSMessage"),
    ];
    for case in cases("messages", 300) {
        assert_eq!(case.as_object().unwrap().len(), names.len());
        for (field, structure) in names {
            let bytes = hex(&case[field]);
            let again = mls::reencode(structure, &bytes).unwrap();
            assert_eq!(again, Ok(bytes), "{field}");
        }
    }
}

#[test]
fn secret_tree_and_sender_data() {
    for (suite, case) in suite_cases("secret-tree", 21, 9) {
        let data = &case["sender_data"];
        let secret = hex(&data["sender_data_secret"]);
        let keys = mls::sender_data_keys(suite, &secret, &hex(&data["ciphertext"])).unwrap();
        assert_eq!(keys, (hex(&data["key"]), hex(&data["nonce"])));
        let leaves = list(&case["leaves"]);
        let secret = hex(&case["encryption_secret"]);
        let count = u32::try_from(leaves.len()).unwrap();
        for (leaf, generations) in (0u32..).zip(leaves) {
            for entry in list(generations) {
                let generation = u32_of(&entry["generation"]);
                let key = |handshake| {
                    mls::message_key(suite, &secret, count, (leaf, handshake), generation).unwrap()
                };
                let of = |name: &str| hex(&entry[name]);
                assert_eq!(key(true), (of("handshake_key"), of("handshake_nonce")));
                assert_eq!(key(false), (of("application_key"), of("application_nonce")));
            }
        }
    }
}
