//! Tree math, trees, update paths.

use super::{Fed, crypto, number, run_all, same, secret};
use crate::codec::{Wire, decode_all};
use crate::crypto::Secret;
use crate::crypto::labels::mls as labels;
use crate::error::Error;
use crate::group::active::{apply_proposals, merge_path, verify_tree};
use crate::group::check::{
    LeafRules, ListedProposal, check_path_length, check_proposal_list, check_removed,
};
use crate::group::crypto::Crypto;
use crate::group::error::Check;
use crate::group::policy::{AcceptAny, GroupPolicy};
use crate::group::tree::{
    Diff, NewPath, PrivateTree, Tree, TreeView, decode_ratchet_tree, decrypt_path, derive_upwards,
    encode_ratchet_tree, filtered_direct_path, math, resolution, set_path,
};
use crate::group::types::{GroupContext, LeafNode, LeafNodeSource, Proposal, Sender, UpdatePath};
use sceau_test_vectors::{Fields, Vector};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::vec::Vec;

fn numbers(fields: &Fields, name: &str) -> Vec<u32> {
    let list = fields.list(name).unwrap().iter();
    list.map(|value| u32::try_from(value.as_u64().unwrap()).unwrap()).collect()
}

#[test]
fn group_tree_math() {
    run_all("group-tree-math", |operation, input, vector| {
        let (leaves, out) = (number(input, "leaves"), vector.out().unwrap());
        if operation == "common_ancestor" {
            let (x, y) = (number(input, "x"), number(input, "y"));
            let node = common_ancestor(x, y, leaves);
            assert_eq!(node, number(out, "node"), "{}", vector.id);
            return Ok(());
        }
        assert_eq!(operation, "tree");
        assert_eq!(math::node_count(leaves), number(out, "width"));
        assert_eq!(math::root(leaves), number(out, "root"));
        for expected in out.object_list("nodes").unwrap() {
            let node = number(&expected, "index");
            let maybe = |name: &str| expected.has(name).then(|| number(&expected, name));
            assert_eq!(math::level(node), number(&expected, "level"));
            assert_eq!(math::left(node), maybe("left"));
            assert_eq!(math::right(node), maybe("right"));
            assert_eq!(math::parent(node, leaves), maybe("parent"));
            assert_eq!(math::sibling(node, leaves), maybe("sibling"));
            let path: Vec<_> = math::direct_path(node, leaves).collect();
            assert_eq!(path, numbers(&expected, "direct_path"), "{}", vector.id);
            let below = core::iter::once(node).chain(path.iter().copied());
            let copath = below.take(path.len()).filter_map(|node| math::sibling(node, leaves));
            assert_eq!(copath.collect::<Vec<_>>(), numbers(&expected, "copath"), "{}", vector.id);
        }
        Ok(())
    });
}

/// The library needs it of leaves alone; of other nodes it is the first that two direct paths have in common.
fn common_ancestor(x: u32, y: u32, leaves: u32) -> u32 {
    if let (Some(a), Some(b)) = (math::leaf_of(x), math::leaf_of(y)) {
        return math::common_ancestor(a, b);
    }
    let path = |node| core::iter::once(node).chain(math::direct_path(node, leaves));
    path(x).find(|node| path(y).any(|other| other == *node)).unwrap()
}

fn hashed(crypto: &Crypto, input: &Fields) -> Result<Tree, Error> {
    let mut tree = decode_ratchet_tree(&input.bytes("ratchet_tree").unwrap())?;
    tree.hash_all(crypto)?;
    Ok(tree)
}

#[test]
fn group_tree() {
    run_all("group-tree", |operation, input, vector| {
        let crypto = crypto(input);
        match operation {
            "validate_tree" => validate_tree(&crypto, input, vector),
            "change" => change(&crypto, input, vector),
            "update_path" => update_path(&crypto, input, vector),
            "merge_update_path" => {
                let tree = hashed(&crypto, input)?;
                let path: UpdatePath = decode_all(&input.bytes("update_path").unwrap())?;
                merge(&crypto, &mut Diff::new(&tree), number(input, "sender"), &path)
            }
            "keys_from_path_secret" => {
                let nodes = numbers(input, "nodes");
                let place = usize::try_from(number(input, "place")).unwrap();
                let path: Vec<_> = nodes.iter().map(|node| (*node, *node)).collect();
                let keys = derive_upwards(&crypto, &path[place..], secret(input, "path_secret"))?;
                let expected = input.bytes_list("public_keys").unwrap();
                Check::PathKey.require(keys.public == expected[place..])
            }
            other => panic!("{other}"),
        }
    });
}

fn validate_tree(crypto: &Crypto, input: &Fields, vector: &Vector) -> Result<(), Error> {
    let tree = hashed(crypto, input)?;
    let mut policy = GroupPolicy::interoperable(AcceptAny);
    policy.require_policy_extension = false;
    let group_id = input.bytes("group_id").unwrap();
    verify_tree(crypto, &tree, &LeafRules::new(crypto, &policy, &group_id, &[], 0)?)?;
    let Ok(out) = vector.out() else { return Ok(()) };
    let nodes = 0..math::node_count(tree.size());
    let hashes: Vec<_> =
        nodes.clone().map(|node| tree.tree_hash(node).as_bytes().to_vec()).collect();
    assert_eq!(hashes, out.bytes_list("tree_hashes").unwrap(), "{}", vector.id);
    let expected: Vec<Vec<u32>> =
        serde_json::from_value(out.value("resolutions").unwrap().clone()).unwrap();
    let resolutions: Vec<_> = nodes.map(|node| resolution(&tree, node)).collect();
    assert_eq!(resolutions, expected, "{}", vector.id);
    let paths = out.object_list("filtered_direct_paths").unwrap();
    assert_eq!(paths.len(), tree.members().count());
    for path in paths {
        let filtered = filtered_direct_path(&tree, number(&path, "leaf"));
        let filtered: Vec<_> = filtered.into_iter().map(|(node, _)| node).collect();
        assert_eq!(filtered, numbers(&path, "nodes"), "{}", vector.id);
    }
    Ok(())
}

fn change(crypto: &Crypto, input: &Fields, vector: &Vector) -> Result<(), Error> {
    let tree = hashed(crypto, input)?;
    let proposal: Proposal = decode_all(&input.bytes("proposal").unwrap())?;
    let leaf = number(input, "sender");
    let listed =
        [ListedProposal { proposal: &proposal, sender: Sender::Member(leaf), checked: true }];
    let policy = GroupPolicy::interoperable(AcceptAny);
    // An Update is another's to commit.
    let mut committer = Some(leaf);
    match &proposal {
        Proposal::Remove(removed) => check_removed(&tree, *removed)?,
        Proposal::Update(_) => {
            tree.leaf(leaf).ok_or(Check::UnknownSender.refuse())?;
            committer = Some(u32::MAX);
        }
        _ => {}
    }
    check_proposal_list(committer, &listed, &policy)?;
    let mut diff = Diff::new(&tree);
    apply_proposals(&mut diff, &listed)?;
    diff.update_hashes(crypto)?;
    let Ok(out) = vector.out() else { return Ok(()) };
    same(vector, "tree_hash_before", tree.tree_hash(tree.root()).as_bytes());
    same(vector, "tree_hash", diff.tree_hash(diff.root()).as_bytes());
    same(vector, "ratchet_tree", &encode_ratchet_tree(&diff));
    assert_eq!(diff.size(), number(out, "leaves"));
    Ok(())
}

fn merge(
    crypto: &Crypto,
    diff: &mut Diff<'_>,
    sender: u32,
    path: &UpdatePath,
) -> Result<(), Error> {
    Check::LeafSource.require(matches!(path.leaf_node.source, LeafNodeSource::Commit(_)))?;
    let filtered = filtered_direct_path(diff, sender);
    check_path_length(path, &filtered)?;
    merge_path(crypto, diff, sender, path, &filtered)
}

/// A sender makes the path as the vector has it, and two receivers take it.
fn update_path(crypto: &Crypto, input: &Fields, vector: &Vector) -> Result<(), Error> {
    let tree = hashed(crypto, input)?;
    let (sender, out) = (number(input, "sender"), vector.out().unwrap());
    let expected: UpdatePath = decode_all(&out.bytes("update_path").unwrap())?;
    let mut rng = Fed::new(
        [input.bytes("path_secret").unwrap()].into_iter().chain(input.bytes_list("hpke").unwrap()),
    );
    let mut diff = Diff::new(&tree);
    let filtered = filtered_direct_path(&diff, sender);
    let new = NewPath::generate(crypto, &filtered, &mut rng)?;
    let secrets: Vec<_> =
        new.path_secrets.iter().map(|secret| secret.as_bytes().to_vec()).collect();
    let steps = vector.steps.as_ref().unwrap();
    assert_eq!(secrets, steps.bytes_list("path_secrets").unwrap());
    same(vector, "commit_secret", new.keys.commit_secret.as_bytes());
    diff.update_hashes(crypto)?;
    let parent_hash = set_path(crypto, &mut diff, sender, &filtered, &new.keys.public)?;
    // The vector's leaf is signed; that it is the input but for source and signature is seen here.
    let mut leaf: LeafNode = decode_all(&input.bytes("leaf_node").unwrap())?;
    leaf.source = LeafNodeSource::Commit(parent_hash.as_bytes().to_vec());
    leaf.signature.clone_from(&expected.leaf_node.signature);
    assert_eq!(leaf, expected.leaf_node);
    diff.set_leaf(sender, Arc::new(leaf.clone()));
    diff.update_hashes(crypto)?;
    same(vector, "ratchet_tree", &encode_ratchet_tree(&diff));
    let context: GroupContext = decode_all(&input.bytes("group_context").unwrap())?;
    let info = crypto.encrypt_context(labels::UPDATE_PATH_NODE, &context.to_bytes())?;
    let nodes = new.encrypt(crypto, &diff, &filtered, &BTreeSet::new(), &info, &mut rng)?;
    let path = UpdatePath { leaf_node: leaf, nodes };
    same(vector, "update_path", &path.to_bytes());

    for receiver in out.object_list("receivers").unwrap() {
        let mut diff = Diff::new(&tree);
        merge(crypto, &mut diff, sender, &expected)?;
        let own = Secret::from_vec(receiver.bytes("encryption_private_key").unwrap());
        let private = PrivateTree::new(number(&receiver, "receiver"), own);
        let new_leaves = BTreeSet::new();
        let keys = decrypt_path(
            crypto,
            &diff,
            (&private, None),
            &filtered,
            &expected.nodes,
            &new_leaves,
            &info,
        )?;
        same(vector, "commit_secret", keys.commit_secret.as_bytes());
        let place = usize::try_from(number(&receiver, "place")).unwrap();
        assert_eq!(secrets[place], receiver.bytes("path_secret").unwrap());
        assert_eq!(keys.public.len(), filtered.len() - place);
    }
    Ok(())
}
