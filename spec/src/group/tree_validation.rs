//! Validation of a tree by who joins with it (§12.4.3.1, §7.3), but for what needs the authentication
//! service, a clock, or the group's extensions.

use super::leaf_node::{check_own_capabilities, verify_leaf_node};
use super::parent_hash::verify_parent_hashes;
use super::ratchet_tree::{Node, RatchetTree, is_blank, leaf_at, leaf_count, parent_at};
use super::resolution::has_leaf;
use super::suite::CipherSuite;
use super::tree_math::{direct_path, is_in_subtree, leaf_node_index};
use crate::octets::{Octets, empty};
use crate::pairwise::error::{ErrorClass, check};

// ANCHOR: validate_tree
/// All of the checks below, in this order (`[GRP-21]` to `[GRP-24]`).
pub fn validate_tree(
    suite: CipherSuite,
    tree: &RatchetTree,
    group_id: &Octets,
) -> Result<(), ErrorClass> {
    check_unmerged_leaves(tree)?;
    check_unique_keys(tree)?;
    check_leaves(suite, tree, group_id)?;
    verify_parent_hashes(suite, tree)
}
// ANCHOR_END: validate_tree

// ANCHOR: check_unmerged_leaves
/// Refuses an unmerged leaf that is blank or not below its node, and one that a node between the two, not
/// blank, does not list (§12.4.3.1; `[GRP-21]`).
pub fn check_unmerged_leaves(tree: &RatchetTree) -> Result<(), ErrorClass> {
    let mut valid = true;
    for x in 0..tree.len() as u32 {
        match parent_at(tree, x) {
            Some(parent) => {
                for i in 0..parent.unmerged_leaves.len() {
                    let leaf = parent.unmerged_leaves[i];
                    let below = is_in_subtree(leaf_node_index(leaf), x);
                    let is_member = leaf_at(tree, leaf).is_some();
                    if !(below && is_member && listed_between(tree, leaf, x)) {
                        valid = false;
                    }
                }
            }
            None => {}
        }
    }
    check(valid, ErrorClass::Malformed)
}

/// Whether each node between a leaf and a node above it, not blank, lists the leaf as unmerged.
fn listed_between(tree: &RatchetTree, leaf: u32, x: u32) -> bool {
    let path = direct_path(leaf_node_index(leaf), leaf_count(tree));
    let mut listed = true;
    for i in 0..path.len() {
        let between = path[i] != x && is_in_subtree(path[i], x);
        match parent_at(tree, path[i]) {
            Some(parent) if between && !has_leaf(&parent.unmerged_leaves, leaf) => listed = false,
            _ => {}
        }
    }
    listed
}
// ANCHOR_END: check_unmerged_leaves

/// The encryption key of a node, and its signature key, empty where it has none.
fn keys_of(node: &Node) -> (Octets, Octets) {
    match node {
        Node::Blank => (empty(), empty()),
        Node::Leaf(leaf) => (leaf.encryption_key.clone(), leaf.signature_key.clone()),
        Node::Parent(parent) => (parent.encryption_key.clone(), empty()),
    }
}

// ANCHOR: check_unique_keys
/// Refuses an encryption key that two nodes have, and a signature key that two leaves have (§7.3,
/// §12.4.3.1; `[GRP-22]`).
pub fn check_unique_keys(tree: &RatchetTree) -> Result<(), ErrorClass> {
    let mut unique = true;
    for x in 0..tree.len() {
        let (encryption_key, signature_key) = keys_of(&tree[x]);
        for y in 0..x {
            if !is_blank(tree, x as u32) && !is_blank(tree, y as u32) {
                let (other_encryption_key, other_signature_key) = keys_of(&tree[y]);
                let both_leaves = signature_key.len() > 0 && other_signature_key.len() > 0;
                if encryption_key == other_encryption_key
                    || (both_leaves && signature_key == other_signature_key)
                {
                    unique = false;
                }
            }
        }
    }
    check(unique, ErrorClass::Malformed)
}
// ANCHOR_END: check_unique_keys

/// Refuses a leaf whose signature does not verify, or that uses what its capabilities do not list (§7.3; `[GRP-23]`).
pub fn check_leaves(
    suite: CipherSuite,
    tree: &RatchetTree,
    group_id: &Octets,
) -> Result<(), ErrorClass> {
    for i in 0..leaf_count(tree) {
        match leaf_at(tree, i) {
            Some(leaf) => {
                verify_leaf_node(suite, &leaf, group_id, i)?;
                check_own_capabilities(&leaf)?;
            }
            None => {}
        }
    }
    Ok(())
}
