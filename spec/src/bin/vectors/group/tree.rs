//! Ratchet trees: hashes, resolutions, changes, update paths. What is refused of them is in `trees_refused`.

use super::members::{Group, group_with_history, key_package, name, path_secret};
use super::{SUITES, trees_refused};
use crate::vector::{Fields, Topic, fields, items, must};
use hacspec_lib::*;
use sceau_spec::group::commit::{UpdatePath, encode_update_path};
use sceau_spec::group::group_context::{GroupContext, encode_group_context};
use sceau_spec::group::kem::nrandom;
use sceau_spec::group::leaf_node::encode_leaf_node;
use sceau_spec::group::proposals::{Proposal, encode_proposal};
use sceau_spec::group::ratchet_tree::{
    LeafIndices, Node, RatchetTree, add_leaf, decode_ratchet_tree, encode_ratchet_tree, is_blank,
    leaf_count, remove_leaf, update_leaf,
};
use sceau_spec::group::resolution::{filtered_direct_path, resolution};
use sceau_spec::group::suite::{CipherSuite, MLKEM768X25519_SHA384};
use sceau_spec::group::tree_hash::{root_tree_hash, tree_hash};
use sceau_spec::group::tree_kem::{
    NodePrivateKey, NodePrivateKeys, Randomness, create_update_path, decrypt_path_secret,
    keys_from_path_secret, merge_update_path, public_keys_of,
};
use sceau_spec::group::tree_math::leaf_node_index;
use sceau_spec::group::tree_validation::validate_tree;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::codec::Extensions;
use sceau_spec::pairwise::error::ErrorClass;

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::group("group-tree", "GRP-TR");
    for (base, suite) in SUITES {
        trees(&mut t, base, suite);
        changes(&mut t, base + 10, suite);
        update_path(&mut t, base + 20, suite);
    }
    trees_refused::malformed(&mut t, 200);
    trees_refused::invalid(&mut t, 220);
    refused_changes(&mut t, 240);
    t
}

/// What is computed of a tree.
fn shown(group: &Group) -> Fields {
    let (suite, tree) = (group.suite, &group.tree);
    let nodes = tree.len() as u32;
    let members = (0..leaf_count(tree)).filter(|i| !is_blank(tree, leaf_node_index(*i)));
    let paths: Vec<Fields> = members
        .map(|i| fields! { leaf: i, nodes: items(&filtered_direct_path(tree, i)) })
        .collect();
    fields! {
        tree_hashes: (0..nodes).map(|x| tree_hash(suite, tree, x)).collect::<Vec<Octets>>(),
        resolutions: (0..nodes).map(|x| items(&resolution(tree, x))).collect::<Vec<Vec<u32>>>(),
        filtered_direct_paths: paths,
    }
}

fn trees(t: &mut Topic, base: u32, suite: CipherSuite) {
    let mut committed = Group::new(suite, 3);
    committed.commit(1);
    let mut all = vec![
        (0, "one member", Group::new(suite, 1)),
        (1, "three members, none of whom has committed", Group::new(suite, 3)),
        (2, "a history: Commits, an unmerged leaf, blank leaves", group_with_history(suite)),
    ];
    if suite != MLKEM768X25519_SHA384 {
        all.push((3, "three members, of whom one has committed", committed));
    }
    for (i, about, group) in all {
        let bytes = encode_ratchet_tree(&group.tree);
        let decoded = must("decode", decode_ratchet_tree(&bytes));
        must(about, validate_tree(suite, &decoded, &group.group_id));
        t.valid(
            base + i,
            "GRP-20 GRP-21 GRP-22 GRP-23 GRP-24",
            about,
            fields! { operation: "validate_tree", cipher_suite: suite, ratchet_tree: bytes,
            group_id: group.group_id },
            fields! {},
            shown(&group),
        );
    }
}

fn changes(t: &mut Topic, base: u32, suite: CipherSuite) {
    let full = Group::new(suite, 2);
    let mut group = Group::new(suite, 4);
    group.commit(0);
    group.remove(2);
    let add = |i: u32| Proposal::Add(key_package(suite, &name(i)));
    let all = [
        ("an Add that fills a blank leaf", &group, add(4), 0),
        ("an Add that doubles the tree", &full, add(4), 0),
        ("an Update", &group, Proposal::Update(group.update_of(1)), 1),
        ("a Remove", &group, Proposal::Remove(1), 0),
        ("a Remove that halves the tree", &group, Proposal::Remove(3), 0),
    ];
    for (i, (about, group, proposal, sender)) in all.into_iter().enumerate() {
        let after = must(about, apply(&group.tree, &proposal, sender));
        t.valid(
            base + i as u32,
            "GRP-25",
            about,
            change(group, &proposal, sender),
            fields! { tree_hash_before: root_tree_hash(suite, &group.tree) },
            fields! { ratchet_tree: encode_ratchet_tree(&after), leaves: leaf_count(&after),
            tree_hash: root_tree_hash(suite, &after) },
        );
    }
}

fn change(group: &Group, proposal: &Proposal, sender: u32) -> Fields {
    fields! { operation: "change", cipher_suite: group.suite,
    ratchet_tree: encode_ratchet_tree(&group.tree), proposal: encode_proposal(proposal),
    sender: sender }
}

fn apply(tree: &RatchetTree, proposal: &Proposal, sender: u32) -> Result<RatchetTree, ErrorClass> {
    match proposal {
        Proposal::Add(key_package) => add_leaf(tree, &key_package.leaf_node).map(|(tree, _)| tree),
        Proposal::Update(leaf) => update_leaf(tree, sender, leaf),
        Proposal::Remove(leaf) => remove_leaf(tree, *leaf),
        _ => Err(ErrorClass::Misuse),
    }
}

fn refused_changes(t: &mut Topic, base: u32) {
    let suite = SUITES[0].1;
    let mut group = Group::new(suite, 4);
    group.remove(2);
    let one = Group::new(suite, 1);
    let all = [
        ("a Remove of a blank leaf", &group, Proposal::Remove(2), 0),
        ("a Remove of a leaf that the tree does not have", &group, Proposal::Remove(4), 0),
        ("an Update of a blank leaf", &group, Proposal::Update(group.update_of(2)), 2),
        ("a Remove of the last member", &one, Proposal::Remove(0), 0),
    ];
    for (i, (about, group, proposal, sender)) in all.into_iter().enumerate() {
        let result = apply(&group.tree, &proposal, sender);
        let input = change(group, &proposal, sender);
        t.refused(base + i as u32, "GRP-25", about, input, result, ErrorClass::Malformed);
    }
}

/// Member 1 of three commits a path; 0 and 2 take it.
fn update_path(t: &mut Topic, number: u32, suite: CipherSuite) {
    let group = Group::new(suite, 3);
    let tree = &group.tree;
    let first = path_secret(t, number, suite);
    let secrets = group.secrets(1, &first);
    let (leaf, mut after) = group.leaf_of_commit(1, &secrets);
    after[leaf_node_index(1) as usize] = Node::Leaf(leaf.clone());
    let context = encode_group_context(&GroupContext {
        cipher_suite: suite,
        group_id: group.group_id.clone(),
        epoch: 3,
        tree_hash: root_tree_hash(suite, &after),
        confirmed_transcript_hash: t.draw(number, "confirmed_transcript_hash", 32),
        extensions: Extensions::new(0),
    });
    let mut random = Randomness::new(0);
    for i in 0..2 {
        random = random.push(&t.draw(number, &format!("hpke.{i}"), nrandom(suite)));
    }
    let none = LeafIndices::new(0);
    let path = create_update_path(suite, tree, 1, &leaf, &secrets, &none, &context, &random);
    let path = must("create", path);
    let merged = must("merge", merge_update_path(suite, tree, 1, &path));
    assert!(encode_ratchet_tree(&merged) == encode_ratchet_tree(&after));
    let mut taken = Vec::new();
    let mut commit_secret = Octets::new(0);
    for receiver in [0, 2] {
        let private_key = super::members::encryption_keys(suite, &name(receiver), 0).private_key;
        let own = NodePrivateKey { node: 2 * receiver, private_key: private_key.clone() };
        let own = NodePrivateKeys::new(0).push(&own);
        let found = decrypt_path_secret(suite, tree, 1, &path, receiver, &own, &none, &context);
        let (place, secret) = must("decrypt", found);
        let (nodes, keys) = (filtered_direct_path(tree, 1), public_keys_of(&path));
        let found = keys_from_path_secret(suite, &nodes, &keys, place, &secret);
        commit_secret = must("keys", found).1;
        taken.push(fields! { receiver: receiver, encryption_private_key: private_key,
        place: place, path_secret: secret });
    }
    t.valid(
        number,
        "GRP-26 GRP-27",
        "an update path, and what two receivers take from it",
        fields! { operation: "update_path", cipher_suite: suite,
        ratchet_tree: encode_ratchet_tree(tree), sender: 1, leaf_node: encode_leaf_node(&leaf),
        group_context: context, path_secret: first, hpke: items(&random) },
        fields! { path_secrets: items(&secrets) },
        fields! { update_path: encode_update_path(&path), receivers: taken,
        commit_secret: commit_secret, ratchet_tree: encode_ratchet_tree(&merged) },
    );
    if suite == SUITES[0].1 {
        wrong_paths(t, number + 1, &group, &path);
        wrong_keys(t, number + 9, &group, &path, &secrets[0usize]);
    }
}

fn wrong_paths(t: &mut Topic, base: u32, group: &Group, path: &UpdatePath) {
    let changed = |change: &dyn Fn(&mut UpdatePath)| {
        let mut path = path.clone();
        change(&mut path);
        path
    };
    let zeros = || Octets::new(32);
    let all = [
        ("a path that lacks a node", changed(&|p| p.nodes = p.nodes.slice(0, 1))),
        ("a path with a node too many", changed(&|p| p.nodes = p.nodes.push(&p.nodes[0usize]))),
        ("a replaced public key", changed(&|p| p.nodes[0usize].encryption_key = zeros())),
        ("a leaf with another parent hash", changed(&|p| p.leaf_node.parent_hash = zeros())),
        ("a leaf of an Update", changed(&|p| p.leaf_node = group.update_of(1))),
    ];
    for (i, (about, path)) in all.into_iter().enumerate() {
        t.refused(
            base + i as u32,
            "GRP-26",
            about,
            fields! { operation: "merge_update_path", cipher_suite: group.suite,
            ratchet_tree: encode_ratchet_tree(&group.tree), sender: 1,
            update_path: encode_update_path(&path) },
            merge_update_path(group.suite, &group.tree, 1, &path),
            ErrorClass::Malformed,
        );
    }
}

/// A path whose second key is not the one that its secret gives.
fn wrong_keys(t: &mut Topic, number: u32, group: &Group, path: &UpdatePath, secret: &Octets) {
    let mut keys = public_keys_of(path);
    keys[1usize] = keys[0usize].clone();
    let nodes = filtered_direct_path(&group.tree, 1);
    t.refused(
        number,
        "GRP-27",
        "a public key that is not the one of its path secret",
        fields! { operation: "keys_from_path_secret", cipher_suite: group.suite,
        nodes: items(&nodes), public_keys: items(&keys), place: 0, path_secret: secret },
        keys_from_path_secret(group.suite, &nodes, &keys, 0, secret),
        ErrorClass::Malformed,
    );
}
