//! Leaf nodes (§7.2), and what of their validation needs no group (§7.3).

use super::credentials::{Credential, credential_type, encode_credential, read_credential};
use super::crypto::{sign_with_label, verify_with_label};
use super::extensions::{Values, has_value, read_group_extensions, read_values, write_values};
use super::labels::LEAF_NODE_TBS;
use super::limits::MAX_LEAF;
use super::suite::CipherSuite;
use super::tree_math::LeafIndex;
use crate::octets::{Octets, byte, empty, u32_be, u64_be};
use crate::pairwise::codec::{
    Extensions, Reader, read_opaque, read_u8, read_u64, write_extensions, write_opaque,
};
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::limits::{MAX_KEY, MAX_SIGNATURE};
use hacspec_lib::*;

/// Version mls10 (§6).
pub const MLS10: u16 = 1;

/// LeafNodeSource `key_package`.
pub const SOURCE_KEY_PACKAGE: u8 = 1;
/// LeafNodeSource `update`.
pub const SOURCE_UPDATE: u8 = 2;
/// LeafNodeSource `commit`.
pub const SOURCE_COMMIT: u8 = 3;

/// Capabilities.
#[derive(Clone, Debug, Default)]
pub struct Capabilities {
    /// Versions.
    pub versions: Values,
    /// Cipher suites.
    pub cipher_suites: Values,
    /// Extension types, without the default ones.
    pub extensions: Values,
    /// Proposal types, without the default ones.
    pub proposals: Values,
    /// Credential types.
    pub credentials: Values,
}

/// LeafNode.
#[derive(Clone, Debug, Default)]
pub struct LeafNode {
    /// HPKE public key.
    pub encryption_key: Octets,
    /// Signature public key.
    pub signature_key: Octets,
    /// Credential.
    pub credential: Credential,
    /// Capabilities.
    pub capabilities: Capabilities,
    /// Where the leaf comes from.
    pub leaf_node_source: u8,
    /// Lifetime, first second (of a KeyPackage's leaf).
    pub not_before: u64,
    /// Lifetime, last second (of a KeyPackage's leaf).
    pub not_after: u64,
    /// Parent hash (of a Commit's leaf).
    pub parent_hash: Octets,
    /// Extensions.
    pub extensions: Extensions,
    /// Signature over LeafNodeTBS.
    pub signature: Octets,
}

/// Reads Capabilities.
fn read_capabilities(r: Reader) -> Result<(Capabilities, Reader), ErrorClass> {
    let (versions, r) = read_values(r)?;
    let (cipher_suites, r) = read_values(r)?;
    let (extensions, r) = read_values(r)?;
    let (proposals, r) = read_values(r)?;
    let (credentials, r) = read_values(r)?;
    Ok((Capabilities { versions, cipher_suites, extensions, proposals, credentials }, r))
}

/// `encode(Capabilities)`.
fn encode_capabilities(capabilities: &Capabilities) -> Octets {
    write_values(&capabilities.versions)
        .concat(&write_values(&capabilities.cipher_suites))
        .concat(&write_values(&capabilities.extensions))
        .concat(&write_values(&capabilities.proposals))
        .concat(&write_values(&capabilities.credentials))
}

/// Reads a LeafNode.
pub fn read_leaf_node(r: Reader) -> Result<(LeafNode, Reader), ErrorClass> {
    let (encryption_key, r) = read_opaque(r, MAX_KEY)?;
    let (signature_key, r) = read_opaque(r, MAX_KEY)?;
    let (credential, r) = read_credential(r)?;
    let (capabilities, r) = read_capabilities(r)?;
    let (leaf_node_source, r) = read_u8(r)?;
    let known = leaf_node_source >= SOURCE_KEY_PACKAGE && leaf_node_source <= SOURCE_COMMIT;
    check(known, ErrorClass::Malformed)?;
    let (not_before, not_after, r) = if leaf_node_source == SOURCE_KEY_PACKAGE {
        let (not_before, r) = read_u64(r)?;
        let (not_after, r) = read_u64(r)?;
        (not_before, not_after, r)
    } else {
        (0, 0, r)
    };
    let (parent_hash, r) =
        if leaf_node_source == SOURCE_COMMIT { read_opaque(r, MAX_KEY)? } else { (empty(), r) };
    let (extensions, r) = read_group_extensions(r)?;
    let (signature, r) = read_opaque(r, MAX_SIGNATURE)?;
    let leaf = LeafNode {
        encryption_key,
        signature_key,
        credential,
        capabilities,
        leaf_node_source,
        not_before,
        not_after,
        parent_hash,
        extensions,
        signature,
    };
    Ok((leaf, r))
}

/// The fields above the signature.
fn encode_unsigned(leaf: &LeafNode) -> Octets {
    let source = match leaf.leaf_node_source {
        SOURCE_KEY_PACKAGE => u64_be(leaf.not_before).concat(&u64_be(leaf.not_after)),
        SOURCE_COMMIT => write_opaque(&leaf.parent_hash),
        _ => empty(),
    };
    write_opaque(&leaf.encryption_key)
        .concat(&write_opaque(&leaf.signature_key))
        .concat(&encode_credential(&leaf.credential))
        .concat(&encode_capabilities(&leaf.capabilities))
        .concat(&byte(leaf.leaf_node_source))
        .concat(&source)
        .concat(&write_extensions(&leaf.extensions))
}

/// `encode(LeafNode)`.
pub fn encode_leaf_node(leaf: &LeafNode) -> Octets {
    encode_unsigned(leaf).concat(&write_opaque(&leaf.signature))
}

// ANCHOR: check_max_leaf
/// Refuses a leaf that has more than `max_leaf` bytes when it is encoded (`[GRP-37]`).
pub fn check_max_leaf(leaf: &LeafNode) -> Result<(), ErrorClass> {
    check(encode_leaf_node(leaf).len() <= MAX_LEAF, ErrorClass::Malformed)
}
// ANCHOR_END: check_max_leaf

// ANCHOR: leaf_node_tbs
/// `encode(LeafNodeTBS)` (§7.2): a leaf that was made in a group has the group and its place in it as
/// context.
pub fn leaf_node_tbs(leaf: &LeafNode, group_id: &Octets, leaf_index: LeafIndex) -> Octets {
    let context = if leaf.leaf_node_source == SOURCE_KEY_PACKAGE {
        empty()
    } else {
        write_opaque(group_id).concat(&u32_be(leaf_index))
    };
    encode_unsigned(leaf).concat(&context)
}

/// The signature of a leaf.
pub fn sign_leaf_node(
    suite: CipherSuite,
    private_key: &Octets,
    leaf: &LeafNode,
    group_id: &Octets,
    leaf_index: LeafIndex,
) -> Octets {
    let tbs = leaf_node_tbs(leaf, group_id, leaf_index);
    sign_with_label(suite, private_key, LEAF_NODE_TBS, &tbs)
}

/// Refuses a leaf whose signature does not verify under its own key (§7.3; `[GRP-60]`).
pub fn verify_leaf_node(
    suite: CipherSuite,
    leaf: &LeafNode,
    group_id: &Octets,
    leaf_index: LeafIndex,
) -> Result<(), ErrorClass> {
    let tbs = leaf_node_tbs(leaf, group_id, leaf_index);
    verify_with_label(suite, &leaf.signature_key, LEAF_NODE_TBS, &tbs, &leaf.signature)
}
// ANCHOR_END: leaf_node_tbs

/// Refuses a leaf whose credential type or extension types its own capabilities do not list (§7.2, §7.3; `[GRP-23]`, `[GRP-56]`).
/// The default extension types need not be listed.
pub fn check_own_capabilities(leaf: &LeafNode) -> Result<(), ErrorClass> {
    let credentials = &leaf.capabilities.credentials;
    check(has_value(credentials, credential_type(&leaf.credential)), ErrorClass::Malformed)?;
    let mut listed = true;
    for i in 0..leaf.extensions.len() {
        let extension_type = leaf.extensions[i].extension_type;
        let default = extension_type >= 1 && extension_type <= 5;
        if !default && !has_value(&leaf.capabilities.extensions, extension_type) {
            listed = false;
        }
    }
    check(listed, ErrorClass::Malformed)
}
