//! What leaves must support: each other's credentials, and what the group requires (§7.3, §11.1, §13.4).

use super::member::members;
use crate::wire::Stop;
use sceau_spec::group::capabilities::{
    check_context_extensions, check_leaf_suite, check_member_credentials,
    check_required_capabilities, decode_required_capabilities,
};
use sceau_spec::group::extensions::{REQUIRED_CAPABILITIES, check_max_context_extensions};
use sceau_spec::group::kem::npk;
use sceau_spec::group::leaf_node::{LeafNode, check_max_leaf, check_own_capabilities};
use sceau_spec::group::ratchet_tree::{RatchetTree, leaf_at};
use sceau_spec::group::suite::{CipherSuite, MLKEM768X25519_SHA384};
use sceau_spec::group::tree_validation::check_unique_keys;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::codec::{Extensions, find_extension};
use sceau_spec::pairwise::error::{ErrorClass, check};
use sceau_spec::primitives::ml_kem_768_check_ek;

/// Refuses a tree whose leaves do not fit each other or the group.
pub fn check_tree(
    suite: CipherSuite,
    tree: &RatchetTree,
    extensions: &Extensions,
) -> Result<(), Stop> {
    check_max_context_extensions(extensions)?;
    check_unique_keys(tree)?;
    for index in members(tree) {
        let leaf = leaf_at(tree, index).unwrap_or_default();
        check_leaf(suite, &leaf, tree, extensions, index)?;
    }
    Ok(())
}

/// Refuses a leaf that does not fit the group, or the other leaves of its tree.
pub fn check_leaf(
    suite: CipherSuite,
    leaf: &LeafNode,
    tree: &RatchetTree,
    extensions: &Extensions,
    index: u32,
) -> Result<(), Stop> {
    check_max_leaf(leaf)?;
    check_own_capabilities(leaf)?;
    check_key(suite, &leaf.encryption_key)?;
    check_leaf_suite(leaf, suite)?;
    check_context_extensions(leaf, extensions)?;
    if let Some(data) = find_extension(extensions, REQUIRED_CAPABILITIES) {
        check_required_capabilities(leaf, &decode_required_capabilities(&data)?)?;
    }
    for other in members(tree).into_iter().filter(|other| *other != index) {
        check_member_credentials(leaf, &leaf_at(tree, other).unwrap_or_default())?;
    }
    Ok(())
}

/// Refuses a public key of HPKE that cannot be one (`[GRP-13]`).
pub fn check_key(suite: CipherSuite, key: &Octets) -> Result<(), Stop> {
    check(key.len() == npk(suite), ErrorClass::Malformed)?;
    let reduced = suite != MLKEM768X25519_SHA384 || ml_kem_768_check_ek(&key.slice(0, 1184));
    check(reduced, ErrorClass::Malformed)?;
    Ok(())
}
