//! Key schedule, PSK secret, transcript hashes.

use crate::files::{hex, list, suite_cases, u16_of};
use sceau::Wire;
use sceau::group::{AuthenticatedContent, GroupContext, PreSharedKeyId, PskKind};
use sceau::hazmat::mls;

#[test]
fn key_schedule() {
    for (suite, case) in suite_cases("key-schedule", 7, 3) {
        let mut init_secret = hex(&case["initial_init_secret"]);
        for (number, epoch) in (0u64..).zip(list(&case["epochs"])) {
            let of = |name: &str| hex(&epoch[name]);
            let context = GroupContext::from_bytes(&of("group_context")).unwrap();
            assert_eq!(context.cipher_suite, u16_of(&case["cipher_suite"]));
            assert_eq!(context.group_id, hex(&case["group_id"]));
            assert_eq!(context.epoch, number);
            assert_eq!(context.tree_hash, of("tree_hash"));
            assert_eq!(context.confirmed_transcript_hash, of("confirmed_transcript_hash"));
            let context = context.to_bytes();
            let (commit, psk) = (of("commit_secret"), of("psk_secret"));
            let got = mls::epoch(suite, &init_secret, &commit, &psk, &context).unwrap();
            assert_eq!(got.joiner_secret, of("joiner_secret"));
            assert_eq!(got.welcome_secret, of("welcome_secret"));
            assert_eq!(got.init_secret, of("init_secret"));
            assert_eq!(got.sender_data_secret, of("sender_data_secret"));
            assert_eq!(got.encryption_secret, of("encryption_secret"));
            assert_eq!(got.exporter_secret, of("exporter_secret"));
            assert_eq!(got.epoch_authenticator, of("epoch_authenticator"));
            assert_eq!(got.external_secret, of("external_secret"));
            assert_eq!(got.confirmation_key, of("confirmation_key"));
            assert_eq!(got.membership_key, of("membership_key"));
            assert_eq!(got.resumption_psk, of("resumption_psk"));
            assert_eq!(got.external_pub, of("external_pub"));
            let exporter = &epoch["exporter"];
            let (label, context) = (exporter["label"].as_str().unwrap(), hex(&exporter["context"]));
            let length = exporter["length"].as_u64().unwrap() as usize;
            let secret = of("exporter_secret");
            let exported = mls::export(suite, &secret, label, &context, length).unwrap();
            assert_eq!(exported, hex(&exporter["secret"]));
            init_secret = got.init_secret;
        }
    }
}

#[test]
fn psk_secret() {
    for (suite, case) in suite_cases("psk_secret", 77, 33) {
        let psks = list(&case["psks"]).iter().map(|entry| {
            let kind = PskKind::External(hex(&entry["psk_id"]));
            let id = PreSharedKeyId { kind, nonce: hex(&entry["psk_nonce"]) };
            (id.to_bytes(), hex(&entry["psk"]))
        });
        let psks: Vec<_> = psks.collect();
        assert_eq!(mls::psk_secret(suite, &psks), Ok(hex(&case["psk_secret"])));
    }
}

#[test]
fn transcript_hashes() {
    for (suite, case) in suite_cases("transcript-hashes", 7, 3) {
        let content = hex(&case["authenticated_content"]);
        let before = hex(&case["interim_transcript_hash_before"]);
        let (confirmed, interim) = mls::transcript_hashes(suite, &before, &content).unwrap();
        assert_eq!(confirmed, hex(&case["confirmed_transcript_hash_after"]));
        assert_eq!(interim, hex(&case["interim_transcript_hash_after"]));
        let tag =
            mls::confirmation_tag(suite, &hex(&case["confirmation_key"]), &confirmed).unwrap();
        let content = AuthenticatedContent::from_bytes(&content).unwrap();
        assert_eq!(content.auth.confirmation_tag, Some(tag));
    }
}
