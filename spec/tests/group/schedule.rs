//! Key schedule, PSK secret, transcript hashes, secret tree.

use crate::files::{hex, length, list, suite_cases, u32_of};
use sceau_spec::group::framing::encode_authenticated_content;
use sceau_spec::group::framing::{Content, decode_authenticated_content};
use sceau_spec::group::group_context::{GroupContext, encode_group_context, read_group_context};
use sceau_spec::group::hash_ratchet::{hash_ratchet, ratchet_key_of};
use sceau_spec::group::key_schedule::{
    confirmation_tag, epoch_secret, epoch_secrets, external_key_pair, joiner_secret, mls_exporter,
    welcome_secret,
};
use sceau_spec::group::private_message::sender_data_key_and_nonce;
use sceau_spec::group::psk::{EXTERNAL, PreSharedKey, PreSharedKeyId, PreSharedKeys, psk_secret};
use sceau_spec::group::secret_tree::{KeyAndNonce, leaf_secret, ratchet_roots};
use sceau_spec::group::transcript::{confirmed_transcript_hash, interim_transcript_hash};
use sceau_spec::pairwise::codec::{Extensions, reader};

#[test]
fn key_schedule() {
    let mut epochs = 0;
    for (suite, case) in suite_cases("key-schedule", 7, 2) {
        let mut init_secret = hex(&case["initial_init_secret"]);
        for (i, epoch) in list(&case["epochs"]).iter().enumerate() {
            let context = GroupContext {
                cipher_suite: suite,
                group_id: hex(&case["group_id"]),
                epoch: i as u64,
                tree_hash: hex(&epoch["tree_hash"]),
                confirmed_transcript_hash: hex(&epoch["confirmed_transcript_hash"]),
                extensions: Extensions::new(0),
            };
            let encoded = encode_group_context(&context);
            assert_eq!(encoded, hex(&epoch["group_context"]));
            let (decoded, _) = read_group_context(reader(&encoded)).unwrap();
            assert_eq!(encode_group_context(&decoded), encoded);

            let psk = hex(&epoch["psk_secret"]);
            let commit_secret = hex(&epoch["commit_secret"]);
            let joiner = joiner_secret(suite, &init_secret, &commit_secret, &encoded);
            assert_eq!(joiner, hex(&epoch["joiner_secret"]));
            assert_eq!(welcome_secret(suite, &joiner, &psk), hex(&epoch["welcome_secret"]));
            let secrets = epoch_secrets(suite, &epoch_secret(suite, &joiner, &psk, &encoded));
            assert_eq!(secrets.sender_data_secret, hex(&epoch["sender_data_secret"]));
            assert_eq!(secrets.encryption_secret, hex(&epoch["encryption_secret"]));
            assert_eq!(secrets.exporter_secret, hex(&epoch["exporter_secret"]));
            assert_eq!(secrets.external_secret, hex(&epoch["external_secret"]));
            assert_eq!(secrets.confirmation_key, hex(&epoch["confirmation_key"]));
            assert_eq!(secrets.membership_key, hex(&epoch["membership_key"]));
            assert_eq!(secrets.resumption_psk, hex(&epoch["resumption_psk"]));
            assert_eq!(secrets.epoch_authenticator, hex(&epoch["epoch_authenticator"]));
            assert_eq!(secrets.init_secret, hex(&epoch["init_secret"]));
            let external = external_key_pair(suite, &secrets.external_secret);
            assert_eq!(external.public_key, hex(&epoch["external_pub"]));

            let v = &epoch["exporter"];
            let (label, context) = (v["label"].as_str().unwrap(), hex(&v["context"]));
            let size = length(&v["length"]);
            let exported = mls_exporter(suite, &secrets.exporter_secret, label, &context, size);
            assert_eq!(exported, hex(&v["secret"]));
            init_secret = secrets.init_secret;
            epochs += 1;
        }
    }
    assert!(epochs == 10 || epochs == 0, "{epochs}");
}

#[test]
fn psk_secrets() {
    for (suite, case) in suite_cases("psk_secret", 77, 22) {
        let mut psks = PreSharedKeys::new(0);
        for v in list(&case["psks"]) {
            let id = PreSharedKeyId {
                psktype: EXTERNAL,
                psk_id: hex(&v["psk_id"]),
                psk_nonce: hex(&v["psk_nonce"]),
                ..PreSharedKeyId::default()
            };
            psks = psks.push(&PreSharedKey { id, psk: hex(&v["psk"]) });
        }
        assert_eq!(psk_secret(suite, &psks), hex(&case["psk_secret"]));
    }
}

#[test]
fn transcript_hashes() {
    for (suite, case) in suite_cases("transcript-hashes", 7, 2) {
        let bytes = hex(&case["authenticated_content"]);
        let commit = decode_authenticated_content(&bytes).unwrap();
        assert_eq!(encode_authenticated_content(&commit), bytes);
        assert!(matches!(commit.content.content, Content::Commit(_)));
        let before = hex(&case["interim_transcript_hash_before"]);
        let confirmed = confirmed_transcript_hash(suite, &before, &commit);
        assert_eq!(confirmed, hex(&case["confirmed_transcript_hash_after"]));
        let tag = confirmation_tag(suite, &hex(&case["confirmation_key"]), &confirmed);
        assert_eq!(tag, commit.auth.confirmation_tag);
        let interim = interim_transcript_hash(suite, &confirmed, &tag);
        assert_eq!(interim, hex(&case["interim_transcript_hash_after"]));
    }
}

#[test]
fn secret_tree() {
    let mut generations = 0;
    for (suite, case) in suite_cases("secret-tree", 21, 6) {
        let v = &case["sender_data"];
        let keys = sender_data_key_and_nonce(
            suite,
            &hex(&v["sender_data_secret"]),
            &hex(&v["ciphertext"]),
        );
        assert_eq!(keys, KeyAndNonce { key: hex(&v["key"]), nonce: hex(&v["nonce"]) });

        let encryption_secret = hex(&case["encryption_secret"]);
        let leaves = list(&case["leaves"]);
        for (i, leaf) in leaves.iter().enumerate() {
            let n = leaves.len() as u32;
            let roots = ratchet_roots(suite, &leaf_secret(suite, &encryption_secret, i as u32, n));
            let (mut handshake, mut application) =
                (hash_ratchet(&roots.handshake), hash_ratchet(&roots.application));
            for v in list(leaf) {
                let generation = u32_of(&v["generation"]);
                let of = |key: &str, nonce: &str| KeyAndNonce {
                    key: hex(&v[key]),
                    nonce: hex(&v[nonce]),
                };
                let (keys, next) = ratchet_key_of(suite, &handshake, generation, 1000, 10).unwrap();
                assert_eq!(keys, of("handshake_key", "handshake_nonce"));
                handshake = next;
                let (keys, next) =
                    ratchet_key_of(suite, &application, generation, 1000, 10).unwrap();
                assert_eq!(keys, of("application_key", "application_nonce"));
                application = next;
                generations += 1;
            }
        }
    }
    assert!(generations == 164 || generations == 0, "{generations}");
}
