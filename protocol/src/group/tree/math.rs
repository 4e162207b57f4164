//! Indices in an array-based tree (RFC 9420 appendix C).
//!
//! A tree has a power of two of leaves, at most 2^20; leaf `i` is node `2 i`, a parent node has an odd
//! index, and its level is the number of ones at its end.

use crate::limits::MAX_GROUP_LEAVES;

/// The node of a leaf.
pub(crate) fn leaf_node(leaf: u32) -> u32 {
    leaf.wrapping_shl(1)
}

/// The leaf of a node, if it is one.
pub(crate) fn leaf_of(node: u32) -> Option<u32> {
    (node & 1 == 0).then_some(node >> 1)
}

/// Distance of a node from the leaves.
pub(crate) fn level(node: u32) -> u32 {
    node.trailing_ones()
}

/// Nodes of a tree with so many leaves.
pub(crate) fn node_count(leaves: u32) -> u32 {
    leaves.saturating_mul(2).saturating_sub(1)
}

/// The root of a tree with so many leaves.
pub(crate) fn root(leaves: u32) -> u32 {
    leaves.saturating_sub(1)
}

fn bit(level: u32) -> u32 {
    1u32.wrapping_shl(level)
}

/// The left child of a parent node.
pub(crate) fn left(node: u32) -> Option<u32> {
    let below = level(node).checked_sub(1)?;
    Some(node ^ bit(below))
}

/// The right child of a parent node.
pub(crate) fn right(node: u32) -> Option<u32> {
    let below = level(node).checked_sub(1)?;
    Some(node ^ 3u32.wrapping_shl(below))
}

/// The parent of a node, none of the root.
pub(crate) fn parent(node: u32, leaves: u32) -> Option<u32> {
    let level = level(node);
    let up = (node | bit(level)) & !bit(level.saturating_add(1));
    (node != root(leaves) && node < node_count(leaves)).then_some(up)
}

/// The other child of a node's parent.
pub(crate) fn sibling(node: u32, leaves: u32) -> Option<u32> {
    let parent = parent(node, leaves)?;
    if node < parent { right(parent) } else { left(parent) }
}

/// The parents of a node, from it (without it) to the root.
pub(crate) fn direct_path(node: u32, leaves: u32) -> impl Iterator<Item = u32> {
    core::iter::successors(parent(node, leaves), move |node| parent(*node, leaves))
}

/// The first and the last leaf below a node.
pub(crate) fn leaf_range(node: u32) -> (u32, u32) {
    let half = bit(level(node)).wrapping_sub(1);
    (node.saturating_sub(half) >> 1, node.saturating_add(half) >> 1)
}

/// Whether a leaf is below a node, or is it.
pub(crate) fn covers(node: u32, leaf: u32) -> bool {
    let (first, last) = leaf_range(node);
    (first..=last).contains(&leaf)
}

/// The lowest node that is above both leaves.
pub(crate) fn common_ancestor(a: u32, b: u32) -> u32 {
    let level = 32u32.saturating_sub((a ^ b).leading_zeros());
    let (low, above) = (bit(level).wrapping_sub(1), bit(level.saturating_add(1)).wrapping_sub(1));
    (leaf_node(a) & !above) | low
}

/// The least number of leaves of a full tree that has room for `leaves`; none above the limit.
pub(crate) fn full_size(leaves: u32) -> Option<u32> {
    leaves.max(1).checked_next_power_of_two().filter(|size| *size <= MAX_GROUP_LEAVES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_eight() {
        assert_eq!((root(8), node_count(8)), (7, 15));
        assert_eq!((left(7), right(7), left(0)), (Some(3), Some(11), None));
        assert_eq!((parent(3, 8), parent(7, 8), sibling(2, 8)), (Some(7), None, Some(0)));
        assert_eq!(leaf_range(11), (4, 7));
        assert!(covers(11, 5) && !covers(11, 3) && covers(4, 2));
        assert!(direct_path(10, 8).eq([9, 11, 7]));
        assert_eq!((full_size(5), full_size(0), full_size(1 << 21)), (Some(8), Some(1), None));
    }

    #[test]
    fn common_ancestors_are_the_first_shared_parent() {
        for a in 0..16 {
            for b in 0..16 {
                let path = |leaf: u32| {
                    core::iter::once(leaf_node(leaf)).chain(direct_path(leaf_node(leaf), 16))
                };
                let shared = path(a).find(|node| path(b).any(|other| other == *node));
                assert_eq!(Some(common_ancestor(a, b)), shared, "{a} {b}");
            }
        }
    }
}
