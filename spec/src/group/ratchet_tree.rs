//! The ratchet tree's public state (§4.1, §7.1), its encoding (§12.4.3.3), and the changes that proposals
//! make to it (§7.7, §12.1).
//!
//! A tree is the list of its nodes in the array's order, 2^(d+1) - 1 of them.

use super::known_types::check_known_leaf;
use super::leaf_node::{LeafNode, encode_leaf_node, read_leaf_node};
use super::limits::MAX_GROUP_LEAVES;
use super::tree_math::{
    LeafIndex, NodeIndex, direct_path, full_leaves, is_leaf, leaf_node_index, node_width,
};
use crate::octets::{Octets, byte, empty, u32_be};
use crate::pairwise::codec::{
    Reader, at_end, finish, read_opaque, read_presence, read_u8, read_u32, read_vector, reader,
    write_opaque,
};
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::limits::MAX_KEY;
use hacspec_lib::*;

/// NodeType `leaf`.
pub const LEAF: u8 = 1;
/// NodeType `parent`.
pub const PARENT: u8 = 2;

/// A list of leaf indices.
pub type LeafIndices = Seq<LeafIndex>;

/// ParentNode (§7.1).
#[derive(Clone, Debug, Default)]
pub struct ParentNode {
    /// HPKE public key.
    pub encryption_key: Octets,
    /// Parent hash.
    pub parent_hash: Octets,
    /// Leaves below it that don't know its private key, ascending.
    pub unmerged_leaves: LeafIndices,
}

/// A node.
#[derive(Clone, Debug, Default)]
pub enum Node {
    /// No value.
    #[default]
    Blank,
    /// A member.
    Leaf(LeafNode),
    /// A subgroup.
    Parent(ParentNode),
}

/// The nodes of a tree.
pub type RatchetTree = Seq<Node>;

/// The tree of one member.
pub fn tree_of_one(leaf: &LeafNode) -> RatchetTree {
    RatchetTree::new(0).push(&Node::Leaf(leaf.clone()))
}

/// How many leaves a tree has, blank ones included.
pub fn leaf_count(tree: &RatchetTree) -> u32 {
    (tree.len() as u32).div_ceil(2)
}

/// Whether a node is blank.
pub fn is_blank(tree: &RatchetTree, x: NodeIndex) -> bool {
    match &tree[x as usize] {
        Node::Blank => true,
        _ => false,
    }
}

/// The leaf of an index, if it is in the tree and not blank.
pub fn leaf_at(tree: &RatchetTree, leaf: LeafIndex) -> Option<LeafNode> {
    if leaf < leaf_count(tree) {
        match &tree[leaf_node_index(leaf) as usize] {
            Node::Leaf(node) => Some(node.clone()),
            _ => None,
        }
    } else {
        None
    }
}

/// The parent node at an index of the tree, if it is one and not blank.
pub fn parent_at(tree: &RatchetTree, x: NodeIndex) -> Option<ParentNode> {
    match &tree[x as usize] {
        Node::Parent(node) => Some(node.clone()),
        _ => None,
    }
}

/// Reads a ParentNode; unmerged leaves ascend strictly (`[GRP-20]`).
fn read_parent_node(r: Reader) -> Result<(ParentNode, Reader), ErrorClass> {
    let (encryption_key, r) = read_opaque(r, MAX_KEY)?;
    let (parent_hash, r) = read_opaque(r, MAX_KEY)?;
    let (mut inner, r) = read_vector(r)?;
    let mut unmerged_leaves = LeafIndices::new(0);
    let mut least = 0u64;
    for _i in 0..inner.bytes.len() {
        if !at_end(&inner) {
            let (leaf, rest) = read_u32(inner)?;
            check(leaf as u64 >= least, ErrorClass::Malformed)?;
            least = leaf as u64 + 1;
            unmerged_leaves = unmerged_leaves.push_owned(leaf);
            inner = rest;
        }
    }
    Ok((ParentNode { encryption_key, parent_hash, unmerged_leaves }, r))
}

/// `encode(ParentNode)`.
pub fn encode_parent_node(node: &ParentNode) -> Octets {
    let mut leaves = empty();
    for i in 0..node.unmerged_leaves.len() {
        leaves = leaves.concat_owned(u32_be(node.unmerged_leaves[i]));
    }
    write_opaque(&node.encryption_key)
        .concat(&write_opaque(&node.parent_hash))
        .concat(&write_opaque(&leaves))
}

/// Reads an `optional<Node>`. A credential of a type that is not known is refused (`[GRP-18]`).
fn read_node(r: Reader) -> Result<(Node, Reader), ErrorClass> {
    let (present, r) = read_presence(r)?;
    if present {
        let (node_type, r) = read_u8(r)?;
        match node_type {
            LEAF => {
                let (leaf, r) = read_leaf_node(r)?;
                check_known_leaf(&leaf)?;
                Ok((Node::Leaf(leaf), r))
            }
            PARENT => {
                let (parent, r) = read_parent_node(r)?;
                Ok((Node::Parent(parent), r))
            }
            _ => Err(ErrorClass::Malformed),
        }
    } else {
        Ok((Node::Blank, r))
    }
}

/// `encode(optional<Node>)`.
fn encode_node(node: &Node) -> Octets {
    match node {
        Node::Blank => byte(0),
        Node::Leaf(leaf) => byte(1).concat(&byte(LEAF)).concat(&encode_leaf_node(leaf)),
        Node::Parent(parent) => byte(1).concat(&byte(PARENT)).concat(&encode_parent_node(parent)),
    }
}

// ANCHOR: decode_ratchet_tree
/// Decodes a `ratchet_tree` (§12.4.3.3): leaves at even places and parents at odd ones, the last node not
/// blank, no unmerged leaf beyond the tree; the tree is filled up with blank nodes to the next full one.
/// See also [GRP-20], [LIM-01].
pub fn decode_ratchet_tree(bytes: &Octets) -> Result<RatchetTree, ErrorClass> {
    let (mut inner, r) = read_vector(reader(bytes))?;
    finish(&r)?;
    let mut tree = RatchetTree::new(0);
    let mut last_blank = true;
    for _i in 0..inner.bytes.len() {
        if !at_end(&inner) {
            let (node, rest) = read_node(inner)?;
            let leaf_place = is_leaf(tree.len() as u32);
            let in_place = match &node {
                Node::Blank => true,
                Node::Leaf(_) => leaf_place,
                Node::Parent(_) => !leaf_place,
            };
            check(in_place, ErrorClass::Malformed)?;
            last_blank = match &node {
                Node::Blank => true,
                _ => false,
            };
            tree = tree.push_owned(node);
            inner = rest;
        }
    }
    check(!last_blank, ErrorClass::Malformed)?;
    check(tree.len() < 2 * MAX_GROUP_LEAVES as usize, ErrorClass::Malformed)?;
    let full = extend_to(&tree, full_leaves(leaf_count(&tree)));
    check(has_all_unmerged_leaves(&full), ErrorClass::Malformed)?;
    Ok(full)
}

/// Whether each unmerged leaf is one of the tree's leaves, be it blank.
fn has_all_unmerged_leaves(tree: &RatchetTree) -> bool {
    let n = leaf_count(tree);
    let mut all = true;
    for x in 0..tree.len() as u32 {
        match parent_at(tree, x) {
            Some(parent) => {
                for i in 0..parent.unmerged_leaves.len() {
                    if parent.unmerged_leaves[i] >= n {
                        all = false;
                    }
                }
            }
            None => {}
        }
    }
    all
}

/// `encode(ratchet_tree)`: no blank nodes behind the last that is not blank.
pub fn encode_ratchet_tree(tree: &RatchetTree) -> Octets {
    let mut width = 0;
    for i in 0..tree.len() {
        if !is_blank(tree, i as u32) {
            width = i + 1;
        }
    }
    let mut body = empty();
    for i in 0..width {
        body = body.concat_owned(encode_node(&tree[i]));
    }
    write_opaque(&body)
}
// ANCHOR_END: decode_ratchet_tree

/// The tree with blank nodes at the right until it has `n` leaves.
fn extend_to(tree: &RatchetTree, n: u32) -> RatchetTree {
    let mut out = tree.clone();
    for _i in tree.len()..node_width(n) as usize {
        out = out.push_owned(Node::Blank);
    }
    out
}

// ANCHOR: add_leaf
/// Adds a leaf at the leftmost blank one, extending the tree where there is none (§7.7, §12.1.1); the new
/// leaf is unmerged at every node above it that is not blank.
/// See also [GRP-25]; a tree that cannot grow is refused (`limit`).
pub fn add_leaf(
    tree: &RatchetTree,
    leaf: &LeafNode,
) -> Result<(RatchetTree, LeafIndex), ErrorClass> {
    let n = leaf_count(tree);
    let mut free = n;
    for i in 0..n {
        if free == n && is_blank(tree, leaf_node_index(i)) {
            free = i;
        }
    }
    check(free < MAX_GROUP_LEAVES, ErrorClass::Limit)?;
    let mut out = if free == n { extend_to(tree, 2 * n) } else { tree.clone() };
    let x = leaf_node_index(free);
    let path = direct_path(x, leaf_count(&out));
    for i in 0..path.len() {
        match parent_at(&out, path[i]) {
            Some(parent) => {
                let unmerged_leaves = insert_leaf(&parent.unmerged_leaves, free);
                out[path[i] as usize] = Node::Parent(ParentNode { unmerged_leaves, ..parent });
            }
            None => {}
        }
    }
    out[x as usize] = Node::Leaf(leaf.clone());
    Ok((out, free))
}
// ANCHOR_END: add_leaf

/// A leaf index in an ascending list.
fn insert_leaf(leaves: &LeafIndices, leaf: LeafIndex) -> LeafIndices {
    let mut out = LeafIndices::new(0);
    let mut done = false;
    for i in 0..leaves.len() {
        if !done && leaves[i] > leaf {
            out = out.push_owned(leaf);
            done = true;
        }
        out = out.push_owned(leaves[i]);
    }
    if done { out } else { out.push_owned(leaf) }
}

// ANCHOR: update_leaf
/// The nodes above a leaf of the tree, blank.
pub fn blank_direct_path(tree: &RatchetTree, leaf: LeafIndex) -> RatchetTree {
    let mut out = tree.clone();
    let path = direct_path(leaf_node_index(leaf), leaf_count(tree));
    for i in 0..path.len() {
        out[path[i] as usize] = Node::Blank;
    }
    out
}

/// Replaces a member's leaf and blanks the nodes above it (§12.1.2; `[GRP-25]`).
pub fn update_leaf(
    tree: &RatchetTree,
    leaf: LeafIndex,
    new: &LeafNode,
) -> Result<RatchetTree, ErrorClass> {
    check(leaf_at(tree, leaf).is_some(), ErrorClass::Malformed)?;
    let mut out = blank_direct_path(tree, leaf);
    out[leaf_node_index(leaf) as usize] = Node::Leaf(new.clone());
    Ok(out)
}

/// Removes a member: blanks its leaf and the nodes above it, and truncates the tree (§7.7, §12.1.3; `[GRP-25]`). A leaf
/// that is blank or not in the tree is refused, and so is the removal of the last member.
pub fn remove_leaf(tree: &RatchetTree, leaf: LeafIndex) -> Result<RatchetTree, ErrorClass> {
    check(leaf_at(tree, leaf).is_some(), ErrorClass::Malformed)?;
    let mut out = blank_direct_path(tree, leaf);
    out[leaf_node_index(leaf) as usize] = Node::Blank;
    let mut last = 0;
    for i in 0..leaf_count(&out) {
        if !is_blank(&out, leaf_node_index(i)) {
            last = i + 1;
        }
    }
    check(last > 0, ErrorClass::Malformed)?;
    Ok(out.slice(0, node_width(full_leaves(last)) as usize))
}
// ANCHOR_END: update_leaf
