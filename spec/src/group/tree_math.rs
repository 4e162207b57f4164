//! Array-based trees (Appendix C): nodes are numbered from left to right, leaf `i` is node `2 i`. A tree has
//! 2^d leaves, d at most 30, and so node indices are below 2^31 (§4.1, §7.7).

use hacspec_lib::*;

/// The index of a node in the array.
pub type NodeIndex = u32;
/// The index of a leaf among the leaves.
pub type LeafIndex = u32;
/// A list of node indices.
pub type NodeIndices = Seq<NodeIndex>;

/// The node of a leaf.
pub fn leaf_node_index(leaf: LeafIndex) -> NodeIndex {
    2 * leaf
}

/// The leaf of a node of level 0.
pub fn leaf_index(x: NodeIndex) -> LeafIndex {
    x / 2
}

/// Whether a node is a leaf.
pub fn is_leaf(x: NodeIndex) -> bool {
    x % 2 == 0
}

// ANCHOR: tree_math
/// The level of a node: 0 for leaves, 1 for their parents, and so on.
pub fn level(x: NodeIndex) -> u32 {
    x.trailing_ones()
}

/// The number of nodes of a tree with `n` leaves.
pub fn node_width(n: u32) -> u32 {
    if n == 0 { 0 } else { 2 * (n - 1) + 1 }
}

/// The root of a tree with `n` leaves.
pub fn root(n: u32) -> NodeIndex {
    let mut r = 0;
    for k in 0..32u32 {
        if (node_width(n) >> k) > 0 {
            r = (1 << k) - 1;
        }
    }
    r
}

/// The left child; a leaf has none.
pub fn left(x: NodeIndex) -> Option<NodeIndex> {
    if is_leaf(x) { None } else { Some(x ^ (1 << (level(x) - 1))) }
}

/// The right child; a leaf has none.
pub fn right(x: NodeIndex) -> Option<NodeIndex> {
    if is_leaf(x) { None } else { Some(x ^ (3 << (level(x) - 1))) }
}

/// The parent in a tree with `n` leaves, 2^d of them; the root has none.
pub fn parent(x: NodeIndex, n: u32) -> Option<NodeIndex> {
    if x == root(n) {
        None
    } else {
        let k = level(x);
        let b = (x >> (k + 1)) & 1;
        Some((x | (1 << k)) ^ (b << (k + 1)))
    }
}

/// The other child of the parent; the root has none.
pub fn sibling(x: NodeIndex, n: u32) -> Option<NodeIndex> {
    let p = parent(x, n)?;
    if x < p { right(p) } else { left(p) }
}

/// The direct path of a node, from below to the root, itself left out.
pub fn direct_path(x: NodeIndex, n: u32) -> NodeIndices {
    let mut path = NodeIndices::new(0);
    let mut at = x;
    for _i in 0..32 {
        match parent(at, n) {
            Some(p) => {
                path = path.push(&p);
                at = p;
            }
            None => {}
        }
    }
    path
}

/// The copath of a node: its sibling and those of its direct path, from below, without the root's.
pub fn copath(x: NodeIndex, n: u32) -> NodeIndices {
    let mut path = NodeIndices::new(0);
    let mut at = x;
    for _i in 0..32 {
        match (parent(at, n), sibling(at, n)) {
            (Some(p), Some(s)) => {
                path = path.push(&s);
                at = p;
            }
            _ => {}
        }
    }
    path
}
// ANCHOR_END: tree_math

/// Whether `x` stands in the subtree under `y`, `y` itself included: the nodes under `y` are those
/// at most 2^k - 1 away from it, k being its level.
pub fn is_in_subtree(x: NodeIndex, y: NodeIndex) -> bool {
    let reach = (1 << level(y)) - 1;
    x <= y + reach && y <= x + reach
}

/// The lowest node that both have in their direct paths, or that is one of them; every two nodes of a tree
/// have one.
pub fn common_ancestor(x: NodeIndex, y: NodeIndex, n: u32) -> NodeIndex {
    let mut at = x;
    for _i in 0..32 {
        if !is_in_subtree(y, at) {
            match parent(at, n) {
                Some(p) => at = p,
                None => {}
            }
        }
    }
    at
}

/// The smallest 2^d that is at least `n`; 1 for 0.
pub fn full_leaves(n: u32) -> u32 {
    n.next_power_of_two()
}
