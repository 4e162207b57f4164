//! How many and how long: of each wire limit the last that decodes and the first that does not.

use super::SUITES;
use super::field_lengths;
use super::framing::Epoch;
use super::lengths;
use super::members::{key_package, signature_key, signed, unsigned_leaf};
use crate::vector::{Topic, fields, must};
use hacspec_lib::*;
use sceau_spec::group::commit::{
    Commit, HpkeCiphertexts, ProposalsOrRefs, UpdatePath, UpdatePathNode, UpdatePathNodes,
};
use sceau_spec::group::credentials::{Certificates, Credential, X509};
use sceau_spec::group::framing::{
    APPLICATION, Content, MlsMessage, decode_mls_message, encode_mls_message,
};
use sceau_spec::group::key_package::{KeyPackage, sign_key_package};
use sceau_spec::group::leaf_node::{LeafNode, SOURCE_COMMIT};
use sceau_spec::group::limits::{
    MAX_GROUP_CERTIFICATES, MAX_GROUP_EXTENSIONS, MAX_GROUP_ID, MAX_GROUP_PATH, MAX_GROUP_PSKS,
    MAX_GROUP_TYPES,
};
use sceau_spec::group::private_message::PrivateMessage;
use sceau_spec::group::profile::POLICY_EXTENSION;
use sceau_spec::group::psk::{EXTERNAL, PreSharedKeyId, PreSharedKeyIds};
use sceau_spec::group::suite::AES128GCM_SHA256;
use sceau_spec::group::welcome::{GroupSecrets, decode_group_secrets, encode_group_secrets};
use sceau_spec::octets::{Octets, empty, repeat, u16_be, u32_be};
use sceau_spec::pairwise::codec::{Extension, Extensions};
use sceau_spec::pairwise::error::ErrorClass;

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::group("group-limits", "GRP-LIM");
    both(&mut t, 1, "bytes of a group id", MAX_GROUP_ID, &|t, n| message(&group_id(t, n)));
    both(&mut t, 3, "types in a list of capabilities", MAX_GROUP_TYPES, &|_, n| {
        message(&packed(with_types(n), 0))
    });
    both(&mut t, 5, "extensions of a KeyPackage", MAX_GROUP_EXTENSIONS, &|_, n| {
        message(&packed(with_types(n), n))
    });
    both(&mut t, 7, "certificates", MAX_GROUP_CERTIFICATES, &|t, n| {
        message(&packed(certified(t, n), 0))
    });
    both(&mut t, 9, "nodes of an update path", MAX_GROUP_PATH, &|t, n| message(&path(t, n)));
    both(&mut t, 11, "PSKs of GroupSecrets", MAX_GROUP_PSKS, &secrets);
    lengths::leaves(&mut t, 13);
    lengths::context_extensions(&mut t, 23);
    field_lengths::fields_of_rfc9420(&mut t, 31);
    t
}

/// `encode(MLSMessage)`, with the name of its structure.
fn message(message: &MlsMessage) -> (&'static str, Octets) {
    ("MLSMessage", encode_mls_message(message))
}

/// As many as there may be, and one more.
fn both(
    t: &mut Topic,
    number: u32,
    about: &str,
    most: usize,
    make: &dyn Fn(&Topic, usize) -> (&'static str, Octets),
) {
    let decode = |structure: &str, bytes: &Octets| match structure {
        "MLSMessage" => decode_mls_message(bytes).map(|_| ()),
        _ => decode_group_secrets(bytes).map(|_| ()),
    };
    let (structure, fits) = make(t, most);
    must(about, decode(structure, &fits));
    t.valid(
        number,
        "LIM-01 GRP-15",
        &format!("as many {about} as there may be"),
        fields! { operation: "decode", type: structure, bytes: fits },
        fields! {},
        fields! { count: most },
    );
    let (structure, more) = make(t, most + 1);
    let result = decode(structure, &more);
    let about = format!("one more of {about}");
    let input = fields! { operation: "decode", type: structure, bytes: more };
    t.refused(number + 1, "LIM-01 GRP-15", &about, input, result, ErrorClass::Malformed);
}

/// A PrivateMessage of a group with an id of `n` bytes.
fn group_id(t: &Topic, n: usize) -> MlsMessage {
    MlsMessage::PrivateMessage(PrivateMessage {
        group_id: repeat(0x67, n),
        epoch: 9,
        content_type: APPLICATION,
        authenticated_data: empty(),
        encrypted_sender_data: t.draw(1, "encrypted_sender_data", 28),
        ciphertext: t.draw(1, "ciphertext", 48),
    })
}

/// A leaf whose capabilities list `n` extension types: the policy's and others for private use.
fn with_types(n: usize) -> LeafNode {
    let mut leaf = unsigned_leaf(AES128GCM_SHA256, "newcomer", 0);
    let mut types = Seq::<u16>::new(0).push(&POLICY_EXTENSION);
    for i in 1..n as u16 {
        types = types.push_owned(0xf000 + i);
    }
    leaf.capabilities.extensions = types;
    leaf
}

/// A leaf with `n` certificates, of drawn bytes.
fn certified(t: &Topic, n: usize) -> LeafNode {
    let mut leaf = unsigned_leaf(AES128GCM_SHA256, "newcomer", 0);
    let mut certificates = Certificates::new(0);
    for i in 0..n {
        certificates = certificates.push_owned(t.draw(7, &format!("certificate.{i}"), 20));
    }
    leaf.credential = Credential::X509(certificates);
    leaf.capabilities.credentials = leaf.capabilities.credentials.push(&X509);
    leaf
}

/// A KeyPackage around a leaf, with the first `n` of the types that it lists as empty extensions.
fn packed(leaf: LeafNode, n: usize) -> MlsMessage {
    let suite = AES128GCM_SHA256;
    let mut extensions = Extensions::new(0);
    for i in 0..n {
        let extension_type = leaf.capabilities.extensions[i];
        extensions = extensions.push_owned(Extension { extension_type, data: empty() });
    }
    let leaf_node = signed(suite, "newcomer", leaf, &empty(), 0);
    let unsigned = KeyPackage { leaf_node, extensions, ..key_package(suite, "newcomer") };
    let signature = sign_key_package(&signature_key(suite, "newcomer"), &unsigned);
    MlsMessage::KeyPackage(KeyPackage { signature, ..unsigned })
}

/// A Commit as PublicMessage whose path has `n` nodes, with a drawn key and no ciphertext each.
fn path(t: &Topic, n: usize) -> MlsMessage {
    let (_, suite) = SUITES[0];
    let mut nodes = UpdatePathNodes::new(0);
    for i in 0..n {
        let encryption_key = t.draw(9, &format!("encryption_key.{i}"), 32);
        let encrypted_path_secret = HpkeCiphertexts::new(0);
        nodes = nodes.push_owned(UpdatePathNode { encryption_key, encrypted_path_secret });
    }
    let leaf = LeafNode {
        leaf_node_source: SOURCE_COMMIT,
        parent_hash: t.draw(9, "parent_hash", 32),
        ..unsigned_leaf(suite, "newcomer", 0)
    };
    let leaf_node = signed(suite, "newcomer", leaf, &t.draw(9, "group_id", 16), 1);
    let commit =
        Commit { proposals: ProposalsOrRefs::new(0), path: Some(UpdatePath { leaf_node, nodes }) };
    Epoch::new(t, 9, suite).public_message(&Content::Commit(commit))
}

/// GroupSecrets with `n` external PSKs.
fn secrets(t: &Topic, n: usize) -> (&'static str, Octets) {
    let mut psks = PreSharedKeyIds::new(0);
    for i in 0..n as u16 {
        psks = psks.push_owned(PreSharedKeyId {
            psktype: EXTERNAL,
            psk_id: u16_be(i),
            psk_nonce: u32_be(u32::from(i)).concat(&repeat(0, 28)),
            ..PreSharedKeyId::default()
        });
    }
    let joiner_secret = t.draw(11, "joiner_secret", 32);
    ("GroupSecrets", encode_group_secrets(&GroupSecrets { joiner_secret, path_secret: None, psks }))
}
