//! Published failures of the tree: valid ones that were refused, others that were accepted.

use super::{SUITE, alter_tree, altered, go_on, invite};
use crate::common::family::opaque;
use crate::stage::{
    Choices, NOW, add, add_members, assert_agreement, check, commit, group_of, identity, join,
    package, psks, rng,
};
use sceau::group::hazmat::{self, Parent};
use sceau::group::{
    Check, CommitOptions, Group, LeafNode, LeafNodeSource, Proposal, extension_type,
};
use sceau::{Error, Wire};
use sha2::{Digest, Sha256};

#[test]
fn unmerged_leaves_are_leaves_of_the_tree_in_order() {
    // openmls #2182: an index that no tree has; mls-rs #321: not sorted.
    let mut groups = group_of(SUITE, 4);
    let (new, welcome, signer) = invite(&mut groups);
    let with = |unmerged: &[u32]| {
        altered(&welcome, &new, &signer, |contents| {
            alter_tree(&mut contents.info, 3, |parent| parent.unmerged_leaves = unmerged.to_vec());
        })
    };
    // Node 3 is above leaves 0 to 3; the newcomer has leaf 4.
    let refused = |unmerged: &[u32]| join(&with(unmerged), &new).unwrap_err();
    for unmerged in [&[2, 1][..], &[1, 1], &[3, 0, 1]] {
        assert_eq!(refused(unmerged).class(), "malformed");
        assert!(matches!(refused(unmerged), Error::Malformed(_)));
    }
    for leaf in [4, 6, 7, 8, 1 << 20, 1 << 31, u32::MAX] {
        assert_eq!(check(refused(&[leaf])), Check::TreeUnmerged);
    }
    join(&welcome, &new).unwrap();
    go_on(&mut groups);
}

#[test]
fn an_unmerged_leaf_is_listed_in_its_place() {
    // mls-rs #321: a member can make a valid tree in which the last leaf is unmerged and those before it are blank.
    let mut groups = group_of(SUITE, 1);
    let (new, welcome, signer) = invite(&mut groups);
    let hash = |bytes: &[u8]| Sha256::digest(bytes).to_vec();
    let [third, fourth] = [2, 3].map(|leaf| hash(&[1, 0, 0, 0, leaf, 0]));
    let blank = hash(&[&[2, 0, 32][..], &third, &[32], &fourth].concat());
    let parent =
        Parent { encryption_key: vec![9; 32], parent_hash: vec![], unmerged_leaves: vec![3] };
    let input = [&[32][..], &parent.encryption_key, &[0, 32], &blank].concat();
    let mut leaf = groups[0].member(0).unwrap().clone();
    leaf.source = LeafNodeSource::Commit(hash(&input));
    hazmat::sign_leaf_node(SUITE, &signer, &mut leaf, groups[0].group_id(), 0).unwrap();
    let of = |leaf: &LeafNode| [vec![1, 1], leaf.to_bytes()].concat();
    let nodes = [of(&leaf), vec![0; 5], of(&new.key_package().leaf_node)].concat();
    let crafted = altered(&welcome, &new, &signer, |contents| {
        contents.path_secret = None;
        let mut extensions = contents.info.extensions.iter_mut();
        let tree = extensions.find(|e| e.extension_type == extension_type::RATCHET_TREE);
        tree.unwrap().data = opaque(&nodes);
        alter_tree(&mut contents.info, 3, |root| *root = parent);
    });
    let mut joined = join(&crafted, &new).unwrap();
    assert_eq!(joined.own_leaf(), 3);
    let late = package(SUITE, "late");
    let mut options = CommitOptions::new(vec![add(&late)]);
    options.path = false;
    let output = joined.commit(&options, &psks(), NOW, &mut rng()).unwrap();
    joined.merge_pending().unwrap();
    let root = hazmat::parent(&joined.ratchet_tree(), 3).unwrap().unwrap();
    assert_eq!(root.unmerged_leaves, [1, 3]);
    let late = join(&output.welcome.unwrap(), &late).unwrap();
    assert_agreement(&mut [joined, late]);
}

#[test]
fn parents_and_leaves_have_their_places() {
    // mls-rs #362: a parent where a blank leaf is, which no tree hash covers; a leaf where a parent is; a blank node at the end.
    let mut groups = group_of(SUITE, 1);
    let (new, welcome, signer) = invite(&mut groups);
    let leaf = [vec![1, 1], groups[0].member(0).unwrap().to_bytes()].concat();
    let own = [vec![1, 1], new.key_package().leaf_node.to_bytes()].concat();
    let parent = [&[1, 2, 32][..], &[9; 32], &[0, 0]].concat();
    let blank = vec![0];
    let tree = |nodes: &[&[u8]]| opaque(&nodes.concat());
    let reencoded = |tree: &[u8]| hazmat::reencode("ratchet_tree", tree).unwrap();
    let is_encoding = |error: Error| match error {
        Error::Malformed(_) => true,
        error => check(error) == Check::TreeEncoding,
    };
    let control = tree(&[&leaf, &parent, &blank, &blank, &own]);
    assert_eq!(reencoded(&control).unwrap(), control);
    for nodes in [
        [&leaf, &parent, &parent, &blank, &own],
        [&leaf, &own, &blank, &blank, &own],
        [&parent, &parent, &blank, &blank, &own],
        [&leaf, &parent, &blank, &blank, &parent],
        [&leaf, &parent, &own, &blank, &blank],
    ] {
        let tree = tree(&nodes.map(Vec::as_slice));
        assert!(is_encoding(reencoded(&tree).unwrap_err()));
        let planted = altered(&welcome, &new, &signer, |contents| {
            let mut extensions = contents.info.extensions.iter_mut();
            let inside = extensions.find(|e| e.extension_type == extension_type::RATCHET_TREE);
            inside.unwrap().data = tree;
        });
        assert!(is_encoding(join(&planted, &new).unwrap_err()));
    }
    join(&welcome, &new).unwrap();
    go_on(&mut groups);
}

#[test]
fn keys_that_nobody_put_there_are_refused() {
    // mls-rs #315, mlspp #363: the root is blank, and so no chain ends in it; one key is planted over two leaves.
    let mut groups = group_of(SUITE, 1);
    let signer = identity(SUITE, "0");
    let mut renewed = CommitOptions::default();
    renewed.identity = Some(signer.clone());
    commit(&mut groups, 0, &renewed);
    let packages: Vec<_> = (1..8).map(|index| package(SUITE, &format!("{index}"))).collect();
    let mut options = CommitOptions::new(packages.iter().map(add).collect());
    options.path = false;
    let output = commit(&mut groups, 0, &options);
    let welcome = output.welcome.unwrap();
    let last = &packages[6];
    for node in [1, 3, 5, 7, 9, 11, 13] {
        let planted = altered(&welcome, last, &signer, |contents| {
            alter_tree(&mut contents.info, node, |_| {});
        });
        assert_eq!(check(join(&planted, last).unwrap_err()), Check::TreeParentHash, "{node}");
    }
    groups.extend(packages.iter().map(|own| join(&welcome, own).unwrap()));
    go_on(&mut groups);
}

#[test]
fn an_emptied_or_altered_parent_hash_is_refused() {
    // mls-rs #360, mlspp #363
    let mut groups = group_of(SUITE, 8);
    for by in [5, 2, 7] {
        commit(&mut groups, by, &CommitOptions::default());
    }
    let (new, welcome, signer) = invite(&mut groups);
    let tree = groups[0].ratchet_tree();
    let mut tried = 0;
    // The newcomer, leaf 8, doubles the tree: the old root, node 7, has a parent hash of its own.
    for node in (1..15).step_by(2) {
        let Some(parent) = hazmat::parent(&tree, node).unwrap() else { continue };
        let alterations: [&dyn Fn(&mut Parent); 3] = [
            &|parent| parent.parent_hash.clear(),
            &|parent| parent.parent_hash = vec![0; 32],
            &|parent| parent.encryption_key[0] ^= 1,
        ];
        for alter in alterations {
            let mut wanted = parent.clone();
            alter(&mut wanted);
            if wanted == parent {
                continue;
            }
            let forged = altered(&welcome, &new, &signer, |contents| {
                alter_tree(&mut contents.info, node, alter);
            });
            assert_eq!(check(join(&forged, &new).unwrap_err()), Check::TreeParentHash, "{node}");
            tried += 1;
        }
    }
    assert!(tried >= 12, "{tried}");
    join(&welcome, &new).unwrap();
    go_on(&mut groups);
}

#[test]
fn valid_trees_with_blank_nodes_are_accepted() {
    // mls-rs #342: eleven members, one removed, seven more join, each by a commit of its own.
    for path in [true, false] {
        let mut groups = group_of(SUITE, 1);
        let grow = |groups: &mut Vec<Group>, count: usize| {
            for _ in 0..count {
                let new = package(SUITE, "new");
                let mut options = CommitOptions::new(vec![add(&new)]);
                options.path = path;
                let output = commit(groups, 0, &options);
                groups.push(join(&output.welcome.unwrap(), &new).unwrap());
            }
        };
        grow(&mut groups, 10);
        commit(&mut groups, 0, &CommitOptions::new(vec![Proposal::Remove(1)]));
        groups.remove(1);
        grow(&mut groups, 7);
        assert_agreement(&mut groups);
    }
}

#[test]
fn trees_of_any_history_are_accepted() {
    // mls-rs #352: adds without a path below blank nodes, removes, updates, and then a newcomer verifies the tree.
    let mut choices = Choices::new(352);
    let mut groups = group_of(SUITE, 3);
    for step in 0..120 {
        let members = groups.len();
        let by = choices.below(members);
        let kind = if members < 4 { 0 } else { choices.below(4) };
        match kind {
            2 if members > 4 => {
                let gone = choices.below(members);
                if gone != by {
                    let removed = groups[gone].own_leaf();
                    commit(&mut groups, by, &CommitOptions::new(vec![Proposal::Remove(removed)]));
                    groups.remove(gone);
                }
            }
            3 => {
                commit(&mut groups, by, &CommitOptions::default());
            }
            _ => {
                let new = package(SUITE, "new");
                let mut options = CommitOptions::new(vec![add(&new)]);
                options.path = choices.below(3) == 0;
                let output = commit(&mut groups, by, &options);
                let joined = join(&output.welcome.unwrap(), &new);
                groups.push(joined.unwrap_or_else(|error| panic!("step {step}: {error}")));
            }
        }
    }
    assert_agreement(&mut groups);
}

#[test]
fn a_root_whose_left_subtree_is_empty_has_a_right_parent_hash() {
    // mlspp #430
    let mut groups = group_of(SUITE, 8);
    let removes = (0..4).map(Proposal::Remove).collect();
    commit(&mut groups, 4, &CommitOptions::new(removes));
    groups.drain(..4);
    for by in [1, 3, 0] {
        commit(&mut groups, by, &CommitOptions::default());
        let tree = groups[0].ratchet_tree();
        hazmat::verify_tree(SUITE, &tree, groups[0].group_id()).unwrap();
    }
    add_members(&mut groups, 1);
    assert_eq!(groups[4].own_leaf(), 0);
    commit(&mut groups, 4, &CommitOptions::default());
    assert_agreement(&mut groups);
}
