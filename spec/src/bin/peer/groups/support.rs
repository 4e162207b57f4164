//! What leaves must support: each other's credentials, and what the group requires (§7.3, §11.1, §13.4).

use super::member::members;
use crate::wire::Stop;
use sceau_spec::group::credentials::credential_type;
use sceau_spec::group::extensions::{REQUIRED_CAPABILITIES, Values, has_value, read_values};
use sceau_spec::group::kem::npk;
use sceau_spec::group::leaf_node::{LeafNode, MLS10, check_own_capabilities};
use sceau_spec::group::ratchet_tree::{RatchetTree, leaf_at};
use sceau_spec::group::suite::{CipherSuite, MLKEM768X25519_SHA384};
use sceau_spec::group::tree_validation::check_unique_keys;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::codec::{Extensions, find_extension, finish, reader};
use sceau_spec::pairwise::error::{ErrorClass, check};
use sceau_spec::primitives::ml_kem_768_check_ek;

/// The last of the default types, of extensions and of proposals; they need not be listed.
const DEFAULT_EXTENSIONS: u16 = 0x0005;
const DEFAULT_PROPOSALS: u16 = 0x0007;

/// Refuses a tree whose leaves do not fit each other or the group.
pub fn check_tree(
    suite: CipherSuite,
    tree: &RatchetTree,
    extensions: &Extensions,
) -> Result<(), Stop> {
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
    check_own_capabilities(leaf)?;
    check_key(suite, &leaf.encryption_key)?;
    let own = &leaf.capabilities;
    check(has_value(&own.cipher_suites, suite), ErrorClass::Malformed)?;
    check(has_value(&own.versions, MLS10), ErrorClass::Malformed)?;
    for i in 0..extensions.len() {
        listed(&own.extensions, extensions[i].extension_type, DEFAULT_EXTENSIONS)?;
    }
    if let Some(data) = find_extension(extensions, REQUIRED_CAPABILITIES) {
        let (types, r) = read_values(reader(&data))?;
        let (proposals, r) = read_values(r)?;
        let (credentials, r) = read_values(r)?;
        finish(&r)?;
        all_listed(&own.extensions, &types, DEFAULT_EXTENSIONS)?;
        all_listed(&own.proposals, &proposals, DEFAULT_PROPOSALS)?;
        all_listed(&own.credentials, &credentials, 0)?;
    }
    let own_type = credential_type(&leaf.credential);
    for other in members(tree).into_iter().filter(|other| *other != index) {
        let other = leaf_at(tree, other).unwrap_or_default();
        listed(&other.capabilities.credentials, own_type, 0)?;
        listed(&own.credentials, credential_type(&other.credential), 0)?;
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

fn all_listed(list: &Values, wanted: &Values, default: u16) -> Result<(), Stop> {
    for i in 0..wanted.len() {
        listed(list, wanted[i], default)?;
    }
    Ok(())
}

fn listed(list: &Values, value: u16, default: u16) -> Result<(), Stop> {
    let fits = value != 0 && value <= default || has_value(list, value);
    check(fits, ErrorClass::Malformed)?;
    Ok(())
}
