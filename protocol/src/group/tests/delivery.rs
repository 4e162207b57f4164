//! What sessions and the relay carry of a group.

use super::{Fed, crypto, run_all, same, secret};
use crate::codec::Wire;
use crate::crypto::{Provider, Secret};
use crate::delivery::{CommitHandle, RelayName};
use crate::error::Error;
use crate::group::active::{check_delivery, check_references, encoded_tree};
use crate::group::check::check_delivery_kept;
use crate::group::delivery::{CommitBundle, CommitSecrets, GroupContent, application_content};
use crate::group::hazmat::reencode;
use crate::group::schedule::{self, ExporterSecret};
use crate::group::types::{
    AuthenticatedContent, Content, Extension, GroupInfo, Proposal, extension_type,
};
use sceau_test_vectors::{Fields, Vector};
use sha2::{Digest, Sha256};
use std::vec::Vec;

#[test]
fn group_delivery() {
    run_all("group-delivery", |operation, input, vector| {
        match operation {
            "decode" => {
                let bytes = input.bytes("bytes").unwrap();
                assert_eq!(reencode(input.text("type").unwrap(), &bytes).unwrap()?, bytes);
            }
            "group_content" => group_content(input, vector)?,
            "decode_application_data" => {
                let bytes = |name: &str| input.bytes(name).unwrap();
                let content =
                    application_content(&bytes("application_data"), &bytes("authenticated_data"))?;
                let out = vector.out().unwrap();
                assert_eq!(u64::from(content.content_type), out.u64("type").unwrap());
                same(vector, "message_id", &content.message_id);
                same(vector, "body", &content.body);
            }
            "group_delivery" => {
                let extension = Extension::delivery(&relay(input)?);
                let expected = vector.out().unwrap().u64("extension_type").unwrap();
                assert_eq!(u64::from(extension.extension_type), expected);
                assert_eq!(extension.extension_type, extension_type::DELIVERY);
                same(vector, "group_delivery", &extension.data);
            }
            "check_group_delivery" => {
                check_delivery(&extensions(input, "extensions"), Some(&relay(input)?))?;
            }
            "check_delivery_kept" => {
                let after = Proposal::GroupContextExtensions(extensions(input, "after"));
                check_delivery_kept(&extensions(input, "before"), &after)?;
            }
            "check_leaf_lifetime" => super::leaves::check_lifetime(input)?,
            "check_tree_inside" => {
                let info = GroupInfo::from_bytes(&input.bytes("group_info").unwrap()).unwrap();
                encoded_tree(&info, None)?;
            }
            "commit_bundle" => {
                let bytes = bundle(input).to_bytes();
                same(vector, "commit_bundle", &bytes);
                assert_eq!(CommitBundle::from_bytes(&bytes)?, bundle(input));
            }
            "check_bundled_proposals" => check_bundled(input, vector)?,
            "commit_keys" => commit_keys(input, vector),
            "seal_commit" => seal(input, vector)?,
            "open_commit" => {
                let opened = given(input).open(&input.bytes("sealed_commit").unwrap())?;
                same(vector, "commit_bundle", &opened.to_bytes());
                same(vector, "commit", &opened.commit);
                let expected = vector.out().unwrap().bytes_list("proposals").unwrap();
                assert_eq!(opened.proposals, expected, "{}", vector.id);
            }
            other => panic!("{other}"),
        }
        Ok(())
    });
}

fn relay(input: &Fields) -> Result<RelayName, Error> {
    RelayName::new(&input.bytes("relay").unwrap())
}

pub(super) fn extensions(input: &Fields, name: &str) -> Vec<Extension> {
    let of = |fields: Fields| {
        let extension_type = u16::try_from(fields.u64("type").unwrap()).unwrap();
        Extension::new(extension_type, fields.bytes("data").unwrap())
    };
    input.object_list(name).unwrap().into_iter().map(of).collect()
}

fn group_content(input: &Fields, vector: &Vector) -> Result<(), Error> {
    let named = input.bytes("relay").unwrap();
    let relay = (!named.is_empty()).then(|| relay(input)).transpose()?;
    let content = GroupContent { relay, message: input.bytes("message").unwrap() };
    let bytes = content.to_bytes();
    same(vector, "group_content", &bytes);
    assert_eq!(GroupContent::from_bytes(&bytes)?, content);
    Ok(())
}

fn bundle(input: &Fields) -> CommitBundle {
    let mut commit = input.bytes("commit").unwrap();
    if let Ok(zeros) = input.u64("commit_zeros") {
        let at = usize::try_from(input.u64("commit_zeros_at").unwrap()).unwrap();
        let zeros = std::vec![0; usize::try_from(zeros).unwrap()];
        commit.splice(at..at, zeros);
    }
    CommitBundle { proposals: input.bytes_list("proposals").unwrap(), commit }
}

fn check_bundled(input: &Fields, vector: &Vector) -> Result<(), Error> {
    let CommitBundle { proposals, commit } = bundle(input);
    let commit = AuthenticatedContent::from_bytes(&commit).unwrap();
    let Content::Commit(commit) = commit.content.content else { panic!("{}", vector.id) };
    let references = check_references(&crypto(input), &commit, &proposals)?;
    let expected = vector.steps.as_ref().unwrap().bytes_list("references").unwrap();
    assert_eq!(references, expected, "{}", vector.id);
    Ok(())
}

fn given(input: &Fields) -> CommitSecrets {
    let handle = CommitHandle::new(input.array("commit_handle").unwrap());
    CommitSecrets { handle, key: secret(input, "commit_key"), provider: Provider::Default }
}

fn seal(input: &Fields, vector: &Vector) -> Result<(), Error> {
    let bundle = bundle(input);
    let mut rng = Fed::new([input.bytes("commit_nonce").unwrap()]);
    let sealed = given(input).seal(&bundle, &mut rng)?;
    let steps = vector.steps.as_ref().unwrap();
    assert_eq!(u64::try_from(sealed.len()).unwrap(), steps.u64("padded_length").unwrap() + 28);
    if vector.out().unwrap().has("sealed_commit") {
        same(vector, "commit_bundle", &bundle.to_bytes());
        same(vector, "sealed_commit", &sealed);
        assert_eq!(given(input).open(&sealed)?, bundle);
    } else {
        let length = steps.u64("commit_bundle_length").unwrap();
        assert_eq!(u64::try_from(bundle.to_bytes().len()).unwrap(), length);
        same(vector, "sealed_commit_sha256", &Sha256::digest(&sealed));
    }
    Ok(())
}

fn commit_keys(input: &Fields, vector: &Vector) {
    let crypto = crypto(input);
    let exporter_secret = ExporterSecret(secret(input, "exporter_secret"));
    let export = |label: &str| schedule::export(&crypto, &exporter_secret, label, &[], 32);
    let secrets = CommitSecrets::derive(crypto.provider(), export).unwrap();
    let derived =
        |label: &str| -> Secret { crypto.derive_secret(&exporter_secret.0, label).unwrap() };
    same(vector, "commit_handle_secret", derived("Sceau 1 commit handle").as_bytes());
    same(vector, "commit_key_secret", derived("Sceau 1 commit key").as_bytes());
    same(vector, "commit_handle", secrets.handle().as_bytes());
    same(vector, "commit_key", secrets.key.as_bytes());
}
