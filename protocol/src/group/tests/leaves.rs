//! What leaves support, and for how long they are.

use super::{crypto, number, run_all, same};
use crate::codec::{Wire, decode_all};
use crate::crypto::Provider;
use crate::error::Error;
use crate::group::active::external_sender;
use crate::group::check::{
    LeafPlace, LeafRules, check_context_extensions, check_credential_types, check_leaf_size,
    check_suite,
};
use crate::group::crypto::Crypto;
use crate::group::hazmat::reencode;
use crate::group::policy::{AcceptAny, GroupPolicy};
use crate::group::suite::CipherSuite;
use crate::group::tree::Census;
use crate::group::types::{
    Extension, ExternalSender, GroupSecrets, LeafNode, RequiredCapabilities, extension_type,
    external_senders,
};
use sceau_test_vectors::{Fields, Vector};
use std::vec::Vec;

#[test]
fn group_capabilities() {
    run_all("group-capabilities", |operation, input, vector| {
        match operation {
            "decode" => {
                decode(input.text("type").unwrap(), &input.bytes("bytes").unwrap())?;
            }
            "required_capabilities" => required_capabilities(input, vector),
            "check_leaf_suite" => check_suite(&crypto(input), &leaf(input, "leaf_node"))?,
            "check_required_capabilities" => {
                let required = input.bytes("required_capabilities").unwrap();
                let required = Extension::new(extension_type::REQUIRED_CAPABILITIES, required);
                with_rules(&[required], |rules| {
                    rules.check_required_capabilities(&leaf(input, "leaf_node"))
                })?;
            }
            "check_member_credentials" => {
                let mut census = Census::default();
                for name in ["leaf_node", "other_leaf_node"] {
                    census.count_in(&leaf(input, name));
                }
                check_credential_types(&census, core::iter::empty())?;
            }
            "check_context_extensions" => {
                // Their types alone count; the rules read what is required, which is nothing here.
                let mut extensions = super::delivery::extensions(input, "extensions");
                for extension in &mut extensions {
                    if extension.extension_type == extension_type::REQUIRED_CAPABILITIES {
                        *extension =
                            Extension::required_capabilities(&RequiredCapabilities::default());
                    }
                }
                with_rules(&extensions, |rules| {
                    rules.check_group_extensions(&leaf(input, "leaf_node"))
                })?;
            }
            "external_senders" => {
                let sender = |fields: Fields| ExternalSender {
                    signature_key: fields.bytes("signature_key").unwrap(),
                    credential: decode_all(&fields.bytes("credential").unwrap()).unwrap(),
                };
                let senders = input.object_list("senders").unwrap().into_iter().map(sender);
                let senders: Vec<_> = senders.collect();
                let extension = Extension::external_senders(&senders);
                same(vector, "external_senders", &extension.data);
                assert_eq!(external_senders(&[extension])?, senders);
            }
            "external_sender" => {
                let data = input.bytes("external_senders").unwrap();
                let extensions = [Extension::new(extension_type::EXTERNAL_SENDERS, data)];
                let sender = external_sender(&extensions, number(input, "sender_index"))?;
                same(vector, "signature_key", &sender.signature_key);
            }
            other => panic!("{other}"),
        }
        Ok(())
    });
}

#[test]
fn group_limits() {
    run_all("group-limits", |operation, input, vector| {
        let length = |bytes: usize| {
            let length = vector.steps.as_ref().unwrap().u64("length").unwrap();
            assert_eq!(u64::try_from(bytes).unwrap(), length, "{}", vector.id);
        };
        match operation {
            "decode" => {
                let mut bytes = input.bytes("bytes").unwrap();
                if let Ok(zeros) = input.u64("bytes_zeros") {
                    let at = usize::try_from(input.u64("bytes_zeros_at").unwrap()).unwrap();
                    bytes.splice(at..at, std::vec![0; usize::try_from(zeros).unwrap()]);
                }
                decode(input.text("type").unwrap(), &bytes)?;
            }
            "check_max_leaf" => {
                let mut bytes = input.bytes("leaf_node").unwrap();
                let number = |name: &str| usize::try_from(input.u64(name).unwrap()).unwrap();
                let (at, zeros) = (number("leaf_node_zeros_at"), number("leaf_node_zeros"));
                bytes.splice(at..at, std::vec![0; zeros]);
                check_leaf_size(&LeafNode::from_bytes(&bytes).unwrap())?;
                length(bytes.len());
            }
            "check_max_context_extensions" => {
                let of = |fields: Fields| {
                    let mut data = fields.bytes("data").unwrap();
                    let zeros = usize::try_from(fields.u64("data_zeros").unwrap()).unwrap();
                    data.resize(data.len() + zeros, 0);
                    let extension_type = u16::try_from(fields.u64("type").unwrap()).unwrap();
                    Extension::new(extension_type, data)
                };
                let extensions: Vec<_> =
                    input.object_list("extensions").unwrap().into_iter().map(of).collect();
                check_context_extensions(&extensions)?;
                length(extensions.iter().map(|extension| extension.to_bytes().len()).sum());
            }
            other => panic!("{other}"),
        }
        Ok(())
    });
}

fn decode(structure: &str, bytes: &[u8]) -> Result<(), Error> {
    match structure {
        "RequiredCapabilities" => _ = decode_all::<RequiredCapabilities>(bytes)?,
        "GroupSecrets" => _ = decode_all::<GroupSecrets>(bytes)?,
        "ExternalSenders" => {
            let extension = Extension::new(extension_type::EXTERNAL_SENDERS, bytes.to_vec());
            external_senders(&[extension])?;
        }
        other => assert_eq!(reencode(other, bytes).unwrap()?, bytes),
    }
    Ok(())
}

/// `check_leaf_lifetime` of topic `group-delivery`: of a leaf in a tree, where no clock counts.
pub(super) fn check_lifetime(input: &Fields) -> Result<(), Error> {
    with_rules(&[], |rules| rules.check_lifetime(&leaf(input, "leaf_node"), LeafPlace::Tree(0)))
}

fn leaf(input: &Fields, name: &str) -> LeafNode {
    LeafNode::from_bytes(&input.bytes(name).unwrap()).unwrap()
}

fn with_rules(
    extensions: &[Extension],
    check: impl FnOnce(&LeafRules<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let crypto = Crypto::new(&Provider::Default, CipherSuite::X25519Aes128);
    let policy = GroupPolicy::new(AcceptAny);
    check(&LeafRules::new(&crypto, &policy, b"", extensions, 0)?)
}

fn required_capabilities(input: &Fields, vector: &Vector) {
    let types = |name: &str| -> Vec<u16> {
        let of = |value: &serde_json::Value| u16::try_from(value.as_u64().unwrap()).unwrap();
        input.list(name).unwrap().iter().map(of).collect()
    };
    let required = RequiredCapabilities {
        extensions: types("extension_types"),
        proposals: types("proposal_types"),
        credentials: types("credential_types"),
    };
    let extension = Extension::required_capabilities(&required);
    same(vector, "required_capabilities", &extension.data);
    assert_eq!(decode_all::<RequiredCapabilities>(&extension.data), Ok(required));
}
