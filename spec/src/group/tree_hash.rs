//! Tree hashes (§7.8).

use super::leaf_node::encode_leaf_node;
use super::ratchet_tree::{
    LEAF, LeafIndices, Node, PARENT, ParentNode, RatchetTree, encode_parent_node, leaf_count,
};
use super::resolution::has_leaf;
use super::suite::{CipherSuite, hash};
use super::tree_math::{NodeIndex, leaf_index, left, right, root};
use crate::octets::{Octets, byte, u32_be};
use crate::pairwise::codec::write_opaque;

// ANCHOR: tree_hash
/// The tree hash of a node: `Nh` bytes.
pub fn tree_hash(suite: CipherSuite, tree: &RatchetTree, x: NodeIndex) -> Octets {
    tree_hash_without(suite, tree, x, &LeafIndices::new(0))
}

/// The tree hash of the root.
pub fn root_tree_hash(suite: CipherSuite, tree: &RatchetTree) -> Octets {
    tree_hash(suite, tree, root(leaf_count(tree)))
}

/// The tree hash of a node in the tree in which some leaves are blank, and in no list of unmerged leaves
/// (§7.9, `original_sibling_tree_hash`).
pub fn tree_hash_without(
    suite: CipherSuite,
    tree: &RatchetTree,
    x: NodeIndex,
    without: &LeafIndices,
) -> Octets {
    let input = match (left(x), right(x)) {
        (Some(l), Some(r)) => {
            let left_hash = tree_hash_without(suite, tree, l, without);
            let right_hash = tree_hash_without(suite, tree, r, without);
            parent_node_hash_input(&tree[x as usize], &left_hash, &right_hash, without)
        }
        _ => leaf_node_hash_input(&tree[x as usize], x, without),
    };
    hash(suite, &input)
}
// ANCHOR_END: tree_hash

// ANCHOR: tree_hash_input
/// `encode(TreeHashInput)` of a leaf.
fn leaf_node_hash_input(node: &Node, x: NodeIndex, without: &LeafIndices) -> Octets {
    let leaf = leaf_index(x);
    let leaf_node = match node {
        Node::Leaf(leaf_node) if !has_leaf(without, leaf) => {
            byte(1).concat(&encode_leaf_node(leaf_node))
        }
        _ => byte(0),
    };
    byte(LEAF).concat(&u32_be(leaf)).concat(&leaf_node)
}

/// `encode(TreeHashInput)` of a parent.
fn parent_node_hash_input(
    node: &Node,
    left_hash: &Octets,
    right_hash: &Octets,
    without: &LeafIndices,
) -> Octets {
    let parent_node = match node {
        Node::Parent(parent) => {
            byte(1).concat(&encode_parent_node(&without_leaves(parent, without)))
        }
        _ => byte(0),
    };
    byte(PARENT)
        .concat(&parent_node)
        .concat(&write_opaque(left_hash))
        .concat(&write_opaque(right_hash))
}
// ANCHOR_END: tree_hash_input

/// A parent without some of its unmerged leaves.
fn without_leaves(parent: &ParentNode, without: &LeafIndices) -> ParentNode {
    let mut unmerged_leaves = LeafIndices::new(0);
    for i in 0..parent.unmerged_leaves.len() {
        if !has_leaf(without, parent.unmerged_leaves[i]) {
            unmerged_leaves = unmerged_leaves.push_owned(parent.unmerged_leaves[i]);
        }
    }
    ParentNode { unmerged_leaves, ..parent.clone() }
}
