//! Structures of messages decode, and encode to the same bytes; a Welcome opens.

use crate::files::{cases, hex, suite_cases};
use sceau_spec::group::commit::{decode_commit, encode_commit};
use sceau_spec::group::framing::{MlsMessage, decode_mls_message, encode_mls_message};
use sceau_spec::group::group_context::encode_group_context;
use sceau_spec::group::key_package::{key_package_ref, verify_key_package};
use sceau_spec::group::key_schedule::{
    confirmation_tag, epoch_secret, epoch_secrets, welcome_secret,
};
use sceau_spec::group::proposals::{
    ADD, EXTERNAL_INIT, GROUP_CONTEXT_EXTENSIONS, PSK, REINIT, REMOVE, UPDATE,
    encode_proposal_content, read_proposal_content,
};
use sceau_spec::group::ratchet_tree::{decode_ratchet_tree, encode_ratchet_tree};
use sceau_spec::group::suite::nh;
use sceau_spec::group::welcome::{
    decode_group_secrets, encode_group_secrets, open_group_info, open_group_secrets,
    verify_group_info,
};
use sceau_spec::octets::zeros;
use sceau_spec::pairwise::codec::{finish, reader};

#[test]
fn messages() {
    for case in cases("messages", 300) {
        for name in [
            "mls_welcome",
            "mls_group_info",
            "mls_key_package",
            "public_message_application",
            "public_message_proposal",
            "public_message_commit",
            "private_message",
        ] {
            let bytes = hex(&case[name]);
            let message = decode_mls_message(&bytes).unwrap_or_else(|e| panic!("{name}: {e:?}"));
            assert_eq!(encode_mls_message(&message), bytes, "{name}");
        }
        for (proposal_type, name) in [
            (ADD, "add_proposal"),
            (UPDATE, "update_proposal"),
            (REMOVE, "remove_proposal"),
            (PSK, "pre_shared_key_proposal"),
            (REINIT, "re_init_proposal"),
            (EXTERNAL_INIT, "external_init_proposal"),
            (GROUP_CONTEXT_EXTENSIONS, "group_context_extensions_proposal"),
        ] {
            let bytes = hex(&case[name]);
            let (proposal, r) = read_proposal_content(proposal_type, reader(&bytes)).unwrap();
            finish(&r).unwrap();
            assert_eq!(encode_proposal_content(&proposal), bytes, "{name}");
        }
        let bytes = hex(&case["ratchet_tree"]);
        assert_eq!(encode_ratchet_tree(&decode_ratchet_tree(&bytes).unwrap()), bytes);
        let bytes = hex(&case["group_secrets"]);
        assert_eq!(encode_group_secrets(&decode_group_secrets(&bytes).unwrap()), bytes);
        let bytes = hex(&case["commit"]);
        assert_eq!(encode_commit(&decode_commit(&bytes).unwrap()), bytes);
    }
}

#[test]
fn welcome() {
    for (suite, case) in suite_cases("welcome", 7, 2) {
        let message = |name: &str| decode_mls_message(&hex(&case[name])).unwrap();
        let MlsMessage::KeyPackage(key_package) = message("key_package") else { panic!() };
        let MlsMessage::Welcome(welcome) = message("welcome") else { panic!() };
        verify_key_package(&key_package, suite).unwrap();
        let reference = key_package_ref(&key_package);
        let secrets = open_group_secrets(&welcome, &reference, &hex(&case["init_priv"])).unwrap();
        assert_eq!(secrets.psks.len(), 0);
        let joiner = secrets.joiner_secret;
        let none = zeros(nh(suite));
        let secret = welcome_secret(suite, &joiner, &none);
        let info = open_group_info(suite, &secret, &welcome.encrypted_group_info).unwrap();
        verify_group_info(&hex(&case["signer_pub"]), &info).unwrap();
        let context = encode_group_context(&info.group_context);
        let epoch = epoch_secrets(suite, &epoch_secret(suite, &joiner, &none, &context));
        let confirmed = &info.group_context.confirmed_transcript_hash;
        let tag = confirmation_tag(suite, &epoch.confirmation_key, confirmed);
        assert_eq!(tag, info.confirmation_tag);
    }
}
