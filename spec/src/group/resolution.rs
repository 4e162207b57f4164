//! The resolution of a node (§4.1.1) and the filtered direct path of a leaf (§4.1.2).

use super::ratchet_tree::{LeafIndices, Node, RatchetTree, leaf_count};
use super::tree_math::{
    LeafIndex, NodeIndex, NodeIndices, copath, direct_path, is_in_subtree, leaf_node_index, left,
    right,
};

// ANCHOR: resolution
/// The nodes that cover all members below a node, from left to right.
pub fn resolution(tree: &RatchetTree, x: NodeIndex) -> NodeIndices {
    match &tree[x as usize] {
        Node::Leaf(_) => NodeIndices::new(0).push(&x),
        Node::Parent(parent) => {
            let mut out = NodeIndices::new(0).push(&x);
            for i in 0..parent.unmerged_leaves.len() {
                out = out.push_owned(leaf_node_index(parent.unmerged_leaves[i]));
            }
            out
        }
        Node::Blank => match (left(x), right(x)) {
            (Some(l), Some(r)) => resolution(tree, l).concat(&resolution(tree, r)),
            _ => NodeIndices::new(0),
        },
    }
}
// ANCHOR_END: resolution

// ANCHOR: filtered_direct_path
/// The direct path of a leaf without the nodes whose child on the copath has an empty resolution.
pub fn filtered_direct_path(tree: &RatchetTree, leaf: LeafIndex) -> NodeIndices {
    let x = leaf_node_index(leaf);
    let path = direct_path(x, leaf_count(tree));
    let siblings = copath(x, leaf_count(tree));
    let mut out = NodeIndices::new(0);
    for i in 0..path.len() {
        if resolution(tree, siblings[i]).len() > 0 {
            out = out.push(&path[i]);
        }
    }
    out
}
// ANCHOR_END: filtered_direct_path

/// Whether a list has a leaf.
pub fn has_leaf(leaves: &LeafIndices, leaf: LeafIndex) -> bool {
    let mut found = false;
    for i in 0..leaves.len() {
        if leaves[i] == leaf {
            found = true;
        }
    }
    found
}

/// Those leaves of a list that stand below a node.
pub fn leaves_below(leaves: &LeafIndices, x: NodeIndex) -> LeafIndices {
    let mut out = LeafIndices::new(0);
    for i in 0..leaves.len() {
        if is_in_subtree(leaf_node_index(leaves[i]), x) {
            out = out.push(&leaves[i]);
        }
    }
    out
}
