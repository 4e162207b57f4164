//! Resolutions and filtered direct paths (RFC 9420 §4.1.1, §4.1.2). No recursion.

use super::{TreeView, math};
use alloc::vec;
use alloc::vec::Vec;

/// Visits the resolution of a node in order, until `visit` says no more.
pub(super) fn visit_resolution(
    tree: &impl TreeView,
    node: u32,
    mut visit: impl FnMut(u32) -> bool,
) {
    let mut stack = vec![node];
    let end = math::leaf_node(tree.last_leaf());
    while let Some(node) = stack.pop() {
        if let Some(leaf) = math::leaf_of(node) {
            if tree.leaf(leaf).is_some() && !visit(node) {
                return;
            }
        } else if let Some(parent) = tree.parent(node) {
            let unmerged = parent.unmerged_leaves.iter().map(|leaf| math::leaf_node(*leaf));
            for node in core::iter::once(node).chain(unmerged) {
                if !visit(node) {
                    return;
                }
            }
        } else {
            let (left, right) = (math::left(node), math::right(node));
            // Behind the last leaf everything is blank.
            let first = |node: u32| math::leaf_node(math::leaf_range(node).0);
            stack.extend(right.filter(|right| first(*right) <= end));
            stack.extend(left);
        }
    }
}

/// The resolution of a node.
pub(crate) fn resolution(tree: &impl TreeView, node: u32) -> Vec<u32> {
    let mut nodes = Vec::new();
    visit_resolution(tree, node, |node| {
        nodes.push(node);
        true
    });
    nodes
}

fn is_empty(tree: &impl TreeView, node: u32) -> bool {
    if math::leaf_range(node).0 > tree.last_leaf() {
        return true;
    }
    let mut empty = true;
    visit_resolution(tree, node, |_| {
        empty = false;
        false
    });
    empty
}

/// The filtered direct path of a leaf, leaf to root: each node with its copath child.
pub(crate) fn filtered_direct_path(tree: &impl TreeView, leaf: u32) -> Vec<(u32, u32)> {
    let below = core::iter::once(math::leaf_node(leaf));
    let below = below.chain(math::direct_path(math::leaf_node(leaf), tree.size()));
    let path = math::direct_path(math::leaf_node(leaf), tree.size()).zip(below);
    path.filter_map(|(node, below)| Some((node, math::sibling(below, tree.size())?)))
        .filter(|(_, copath)| !is_empty(tree, *copath))
        .collect()
}
