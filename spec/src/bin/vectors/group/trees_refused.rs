//! Trees that are refused.

use super::SUITES;
use super::members::{Group, name, signed, unsigned_leaf};
use crate::vector::{Fields, Topic, fields, must};
use hacspec_lib::*;
use sceau_spec::group::leaf_node::{LeafNode, encode_leaf_node};
use sceau_spec::group::ratchet_tree::{
    LeafIndices, Node, ParentNode, RatchetTree, decode_ratchet_tree, encode_ratchet_tree, parent_at,
};
use sceau_spec::group::tree_math::leaf_node_index;
use sceau_spec::group::tree_validation::validate_tree;
use sceau_spec::octets::{Octets, byte, empty, u32_be, zeros};
use sceau_spec::pairwise::codec::write_opaque;
use sceau_spec::pairwise::error::ErrorClass;

fn input(ratchet_tree: &Octets, group_id: &Octets) -> Fields {
    fields! { operation: "validate_tree", cipher_suite: SUITES[0].1, ratchet_tree: ratchet_tree,
    group_id: group_id }
}

fn joined(items: &[Octets]) -> Octets {
    items.iter().fold(empty(), |all, item| all.concat(item))
}

/// Trees that do not decode.
pub fn malformed(t: &mut Topic, base: u32) {
    let group = Group::new(SUITES[0].1, 2);
    let leaf = |i: u32| byte(1).concat(&byte(1)).concat(&encode_leaf_node(&group.leaf(i)));
    let parent = |unmerged: &[u32]| {
        let leaves: Vec<Octets> = unmerged.iter().map(|leaf| u32_be(*leaf)).collect();
        let key = write_opaque(&zeros(32)).concat(&write_opaque(&empty()));
        byte(1).concat(&byte(2)).concat(&key).concat(&write_opaque(&joined(&leaves)))
    };
    let tree = |nodes: &[Octets]| write_opaque(&joined(nodes));
    let blank = byte(0);
    let whole = tree(&[leaf(0), blank.clone(), leaf(1)]);
    let all = [
        ("no nodes", tree(&[])),
        ("a blank node alone", tree(std::slice::from_ref(&blank))),
        ("a blank node behind the last leaf", tree(&[leaf(0), blank.clone()])),
        ("a leaf at a parent's place", tree(&[leaf(0), leaf(1)])),
        ("a parent at a leaf's place", tree(&[leaf(0), blank, parent(&[])])),
        ("a node type that does not exist", tree(&[byte(1).concat(&byte(3))])),
        ("a presence byte of 2", tree(&[byte(2).concat(&byte(1))])),
        ("unmerged leaves that do not ascend", tree(&[leaf(0), parent(&[1, 0]), leaf(1)])),
        ("an unmerged leaf twice", tree(&[leaf(0), parent(&[1, 1]), leaf(1)])),
        ("a byte behind the tree", whole.push(&0)),
        ("a tree that ends too soon", whole.slice(0, whole.len() - 1)),
        ("an unmerged leaf that no tree has", tree(&[leaf(0), parent(&[u32::MAX]), leaf(1)])),
    ];
    for (i, (about, bytes)) in all.into_iter().enumerate() {
        t.refused(
            base + i as u32,
            "GRP-15 GRP-20",
            about,
            input(&bytes, &group.group_id),
            decode_ratchet_tree(&bytes),
            ErrorClass::Malformed,
        );
    }
}

/// The tree with another parent node.
fn with_parent(tree: &RatchetTree, x: u32, change: impl Fn(&mut ParentNode)) -> RatchetTree {
    let mut out = tree.clone();
    let mut parent = parent_at(tree, x).unwrap_or_default();
    change(&mut parent);
    out[x as usize] = Node::Parent(parent);
    out
}

/// The tree with another leaf, whose signature is left as it is.
fn with_leaf(group: &Group, i: u32, change: impl Fn(&mut LeafNode)) -> RatchetTree {
    let mut out = group.tree.clone();
    let mut leaf = group.leaf(i);
    change(&mut leaf);
    out[leaf_node_index(i) as usize] = Node::Leaf(leaf);
    out
}

/// Four members, of whom 0 and then 2 have committed, and two that were added behind.
fn group() -> Group {
    let mut group = Group::new(SUITES[0].1, 4);
    group.commit(0);
    group.commit(2);
    group.add(4);
    group.add(5);
    group
}

/// Trees that decode and are not valid.
pub fn invalid(t: &mut Topic, base: u32) {
    let suite = SUITES[0].1;
    let group = group();
    let tree = &group.tree;
    must("validate", validate_tree(suite, tree, &group.group_id));
    // Three members, of whom 0 has committed, and a fourth, unmerged at nodes 3 and 5.
    let mut late = Group::new(suite, 3);
    late.commit(0);
    late.commit(2);
    late.add(3);
    must("validate", validate_tree(suite, &late.tree, &late.group_id));
    let all = [unmerged(&group, &late), keys(&group), signatures(&group), parents(&group, &late)];
    for (i, (clause, about, tree, class)) in all.into_iter().flatten().enumerate() {
        t.refused(
            base + i as u32,
            clause,
            about,
            input(&encode_ratchet_tree(&tree), &group.group_id),
            validate_tree(suite, &tree, &group.group_id),
            class,
        );
    }
    let other = group.group_id.push(&0);
    t.refused(
        base + 19,
        "GRP-23",
        "leaves that were signed for another group",
        input(&encode_ratchet_tree(tree), &other),
        validate_tree(suite, tree, &other),
        ErrorClass::BadSignature,
    );
}

type Refused = (&'static str, &'static str, RatchetTree, ErrorClass);

fn leaves(list: &[u32]) -> LeafIndices {
    LeafIndices::from_native_slice(list)
}

fn unmerged(group: &Group, late: &Group) -> Vec<Refused> {
    let tree = &group.tree;
    let set = |tree: &RatchetTree, x: u32, list: &[u32]| {
        with_parent(tree, x, |p| p.unmerged_leaves = leaves(list))
    };
    let all = [
        ("an unmerged leaf that is blank", set(tree, 7, &[4, 5, 6])),
        ("an unmerged leaf that the tree does not have", set(tree, 7, &[4, 5, 100])),
        ("an unmerged leaf that is not below its node", set(tree, 3, &[4])),
        ("an unmerged leaf that a node between does not list", set(&late.tree, 5, &[])),
    ];
    let class = ErrorClass::Malformed;
    all.into_iter().map(|(about, tree)| ("GRP-21", about, tree, class)).collect()
}

fn keys(group: &Group) -> Vec<Refused> {
    let zero = group.leaf(0);
    let all = [
        (
            "a leaf with the encryption key of another",
            with_leaf(group, 1, |l| l.encryption_key = zero.encryption_key.clone()),
        ),
        (
            "a parent with the encryption key of a leaf",
            with_parent(&group.tree, 3, |p| p.encryption_key = zero.encryption_key.clone()),
        ),
        (
            "a leaf with the signature key of another",
            with_leaf(group, 1, |l| l.signature_key = zero.signature_key.clone()),
        ),
    ];
    let class = ErrorClass::Malformed;
    all.into_iter().map(|(about, tree)| ("GRP-22", about, tree, class)).collect()
}

fn signatures(group: &Group) -> Vec<Refused> {
    let stranger = unsigned_leaf(group.suite, "stranger", 0);
    let bad = ErrorClass::BadSignature;
    let unlisted = with_leaf(group, 4, |l| {
        l.capabilities.credentials = Seq::<u16>::new(0);
        *l = signed(group.suite, &name(4), l.clone(), &group.group_id, 4);
    });
    vec![
        ("GRP-23", "an altered signature", with_leaf(group, 1, |l| l.signature[40usize] ^= 1), bad),
        (
            "GRP-23",
            "a leaf with a key that has not signed it",
            with_leaf(group, 1, |l| l.signature_key = stranger.signature_key.clone()),
            bad,
        ),
        (
            "GRP-23",
            "a leaf whose capabilities do not list its credential's type",
            unlisted,
            ErrorClass::Malformed,
        ),
    ]
}

fn parents(group: &Group, late: &Group) -> Vec<Refused> {
    let tree = &group.tree;
    let key = unsigned_leaf(group.suite, "stranger", 0).encryption_key;
    let planted = |p: &mut ParentNode| p.encryption_key = key.clone();
    let all = [
        ("a parent with another encryption key", with_parent(tree, 3, planted)),
        (
            "a parent with an altered parent hash",
            with_parent(tree, 5, |p| p.parent_hash = zeros(32)),
        ),
        ("a key planted over leaves that have not committed", with_parent(tree, 9, planted)),
        (
            "a parent that no longer lists an unmerged leaf",
            with_parent(&late.tree, 3, |p| p.unmerged_leaves = leaves(&[])),
        ),
    ];
    let class = ErrorClass::Malformed;
    all.into_iter().map(|(about, tree)| ("GRP-24", about, tree, class)).collect()
}
