//! Message protection and Welcome.

use crate::files::{hex, rng, suite_cases};
use sceau::Wire;
use sceau::crypto::{Provider, Secret};
use sceau::group::{Credential, GroupContext, MlsMessage, OwnKeyPackage, SigningIdentity};
use sceau::hazmat::mls;

/// An encoded group context without extensions.
pub fn context(
    suite: u16,
    group_id: &[u8],
    epoch: u64,
    tree_hash: &[u8],
    confirmed: &[u8],
) -> GroupContext {
    let opaque = |bytes: &[u8]| [&[u8::try_from(bytes.len()).unwrap()], bytes].concat();
    assert!([group_id, tree_hash, confirmed].iter().all(|bytes| bytes.len() < 64));
    let bytes = [
        vec![0, 1],
        suite.to_be_bytes().to_vec(),
        opaque(group_id),
        epoch.to_be_bytes().to_vec(),
        opaque(tree_hash),
        opaque(confirmed),
        vec![0],
    ];
    GroupContext::from_bytes(&bytes.concat()).unwrap()
}

#[test]
fn message_protection() {
    for (suite, case) in suite_cases("message-protection", 7, 3) {
        let of = |name: &str| hex(&case[name]);
        let context = context(
            suite.to_u16(),
            &of("group_id"),
            case["epoch"].as_u64().unwrap(),
            &of("tree_hash"),
            &of("confirmed_transcript_hash"),
        );
        let keys = mls::Protection {
            suite,
            context: &context,
            leaves: 2,
            sender: 1,
            signature_public: &of("signature_pub"),
            signature_private: &of("signature_priv"),
            encryption_secret: &of("encryption_secret"),
            sender_data_secret: &of("sender_data_secret"),
            membership_key: &of("membership_key"),
        };
        let kinds = [(1, "application"), (2, "proposal"), (3, "commit")];
        for (content_type, name) in kinds {
            let content = of(name);
            let mut forms = vec![("_priv", true)];
            forms.extend((content_type != 1).then_some(("_pub", false)));
            for (suffix, private) in forms {
                let message = of(&format!("{name}{suffix}"));
                assert_eq!(keys.unprotect(&message), Ok(content.clone()), "{name}{suffix}");
                let own = keys.protect(content_type, &content, private, &mut rng()).unwrap();
                assert_eq!(keys.unprotect(&own), Ok(content.clone()), "own {name}{suffix}");
            }
        }
    }
}

#[test]
fn welcome() {
    for (suite, case) in suite_cases("welcome", 7, 3) {
        let MlsMessage::KeyPackage(key_package) =
            MlsMessage::from_bytes(&hex(&case["key_package"])).unwrap()
        else {
            panic!("no key package");
        };
        // The signature key is not given: one that fits is put in, which changes the reference.
        let reference =
            mls::ref_hash(suite, "MLS 1.0 KeyPackage Reference", &key_package.to_bytes()).unwrap();
        let MlsMessage::Welcome(welcome) = MlsMessage::from_bytes(&hex(&case["welcome"])).unwrap()
        else {
            panic!("no welcome");
        };
        let entry = welcome.secrets.iter().find(|entry| entry.new_member == reference).unwrap();
        let init = (hex(&case["init_priv"]), key_package.init_key.clone());
        let opened = mls::open_welcome(suite, (&init.0, &init.1), &welcome, entry);
        let (info, tag) = opened.unwrap();
        assert!(mls::verify_group_info(suite, &info, &hex(&case["signer_pub"])).unwrap());
        assert_eq!(info.confirmation_tag, tag);
    }
}

/// The key package of a case with its private keys.
pub fn own_key_package(case: &serde_json::Value) -> OwnKeyPackage {
    let MlsMessage::KeyPackage(key_package) =
        MlsMessage::from_bytes(&hex(&case["key_package"])).unwrap()
    else {
        panic!("no key package");
    };
    let suite = sceau::group::CipherSuite::from_u16(key_package.cipher_suite).unwrap();
    let credential: Credential = key_package.leaf_node.credential.clone();
    let secret = |name: &str| Secret::from_vec(hex(&case[name]));
    let provider = Provider::default();
    let identity =
        SigningIdentity::from_private(suite, credential, secret("signature_priv"), &provider)
            .unwrap();
    let (init, leaf) = (secret("init_priv"), secret("encryption_priv"));
    OwnKeyPackage::from_parts(*key_package, init, leaf, identity, &provider).unwrap()
}
