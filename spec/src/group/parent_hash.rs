//! Parent hashes (§7.9) and their verification (§7.9.2).
//!
//! ```text
//!          P
//!        __|__         D: in the resolution of C, updated together with P
//!       C     S        D.parent_hash = parent hash of P with copath child S
//!      ...
//!       D
//! ```

use super::leaf_node::SOURCE_COMMIT;
use super::ratchet_tree::{Node, ParentNode, RatchetTree, parent_at};
use super::resolution::{filtered_direct_path, leaves_below, resolution};
use super::suite::{CipherSuite, hash};
use super::tree_hash::tree_hash_without;
use super::tree_math::{LeafIndex, NodeIndex, is_in_subtree, leaf_node_index, left, right};
use crate::octets::{Octets, empty};
use crate::pairwise::codec::write_opaque;
use crate::pairwise::error::{ErrorClass, check};

// ANCHOR: parent_hash
/// The parent hash of P with copath child S: `Nh` bytes. P is a node of the tree that is not blank.
pub fn parent_hash(
    suite: CipherSuite,
    tree: &RatchetTree,
    parent: &ParentNode,
    copath_child: NodeIndex,
) -> Octets {
    let original = tree_hash_without(suite, tree, copath_child, &parent.unmerged_leaves);
    let input = write_opaque(&parent.encryption_key)
        .concat(&write_opaque(&parent.parent_hash))
        .concat(&write_opaque(&original));
    hash(suite, &input)
}
// ANCHOR_END: parent_hash

// ANCHOR: update_parent_hashes
/// The tree with new parent hashes along the filtered direct path of a leaf, whose nodes have their new keys,
/// and the leaf's own parent hash (§7.9). The topmost of them has the empty string, and
/// so has the leaf where the filtered direct path is empty.
pub fn update_parent_hashes(
    suite: CipherSuite,
    tree: &RatchetTree,
    leaf: LeafIndex,
) -> (RatchetTree, Octets) {
    let path = filtered_direct_path(tree, leaf);
    let mut out = tree.clone();
    let mut above = empty();
    for i in 0..path.len() {
        let x = path[path.len() - 1 - i];
        match parent_at(&out, x) {
            Some(parent) => {
                let parent = ParentNode { parent_hash: above, ..parent };
                above = parent_hash(suite, tree, &parent, copath_child(x, leaf));
                out[x as usize] = Node::Parent(parent);
            }
            None => {}
        }
    }
    (out, above)
}

/// The child of a leaf's ancestor that is not the leaf's ancestor, nor the leaf.
pub fn copath_child(x: NodeIndex, leaf: LeafIndex) -> NodeIndex {
    match (left(x), right(x)) {
        (Some(l), Some(r)) => {
            if is_in_subtree(leaf_node_index(leaf), l) {
                r
            } else {
                l
            }
        }
        _ => x,
    }
}
// ANCHOR_END: update_parent_hashes

/// The parent hash that a node carries; a leaf has one only if a Commit made it.
fn carried_parent_hash(node: &Node) -> Option<Octets> {
    match node {
        Node::Blank => None,
        Node::Leaf(leaf) => {
            if leaf.leaf_node_source == SOURCE_COMMIT {
                Some(leaf.parent_hash.clone())
            } else {
                None
            }
        }
        Node::Parent(parent) => Some(parent.parent_hash.clone()),
    }
}

// ANCHOR: verify_parent_hashes
/// How many nodes under a child C of P have a parent hash that is valid with respect to P (§7.9.2): D is in
/// the resolution of C, carries P's parent hash, and the rest of the resolution are exactly P's unmerged
/// leaves under C.
fn valid_below(
    suite: CipherSuite,
    tree: &RatchetTree,
    parent: &ParentNode,
    c: NodeIndex,
    s: NodeIndex,
) -> usize {
    let expected = parent_hash(suite, tree, parent, s);
    let nodes = resolution(tree, c);
    let unmerged = leaves_below(&parent.unmerged_leaves, c);
    let mut valid = 0;
    for i in 0..nodes.len() {
        let mut rest = 0;
        for j in 0..unmerged.len() {
            for k in 0..nodes.len() {
                if k != i && nodes[k] == leaf_node_index(unmerged[j]) {
                    rest += 1;
                }
            }
        }
        let covered = rest == unmerged.len() && unmerged.len() + 1 == nodes.len();
        if covered && carried_parent_hash(&tree[nodes[i] as usize]) == Some(expected.clone()) {
            valid += 1;
        }
    }
    valid
}

/// Refuses a tree with a parent node that is not parent-hash valid: of each that is not blank exactly one
/// descendant must carry its parent hash (§7.9.2).
/// See also [GRP-24].
pub fn verify_parent_hashes(suite: CipherSuite, tree: &RatchetTree) -> Result<(), ErrorClass> {
    let mut all_valid = true;
    for x in 0..tree.len() as u32 {
        match (parent_at(tree, x), left(x), right(x)) {
            (Some(parent), Some(l), Some(r)) => {
                let valid = valid_below(suite, tree, &parent, l, r)
                    + valid_below(suite, tree, &parent, r, l);
                if valid != 1 {
                    all_valid = false;
                }
            }
            _ => {}
        }
    }
    check(all_valid, ErrorClass::Malformed)
}
// ANCHOR_END: verify_parent_hashes
