//! The Merkle tree of a batch.

use crate::vector::{Topic, counting, fields};
use sceau_spec::octets::{Octets, ascii, u32_be};
use sceau_spec::pairwise::error::{ErrorClass, check};
use sceau_spec::pairwise::merkle::{
    Leaves, leaf_hash, merkle_path, merkle_root, node_hash, verify_path,
};
use sceau_spec::pairwise::prekeys::{Prekey, SIGNED, encode_prekey, prekey_leaf};

/// The leaves `leaf 0`, `leaf 1`, …, hashed.
fn leaves(size: u32) -> Leaves {
    let mut out = Leaves::new(0);
    for i in 0..size {
        out = out.push(&leaf_hash(&leaf(i)));
    }
    out
}

/// The bytes of a leaf.
fn leaf(i: u32) -> Octets {
    ascii("leaf ").concat(&u32_be(i))
}

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::new("merkle", "MKL");
    let prekey = Prekey { prekey_type: SIGNED, id: 0, key: counting(32) };
    t.valid(
        1,
        "PRE-10",
        "the text's example of a leaf",
        fields! { operation: "prekey_leaf", type: SIGNED, id: 0, key: prekey.key },
        fields! { prekey: encode_prekey(&prekey) },
        fields! { leaf_hash: prekey_leaf(&prekey) },
    );
    let (left, right) = (leaf_hash(&leaf(0)), leaf_hash(&leaf(1)));
    t.valid(
        2,
        "PRE-10",
        "a node",
        fields! { operation: "node_hash", left: left, right: right },
        fields! {},
        fields! { node_hash: node_hash(&left, &right) },
    );
    for size in [1, 2, 3, 4, 5, 6, 7, 8, 9, 100] {
        let tree = leaves(size);
        let root = merkle_root(&tree);
        let shown: Vec<u32> =
            if size < 10 { (0..size).collect() } else { vec![0, 1, 63, 64, 95, 96, 99] };
        let mut paths = Vec::new();
        for i in shown {
            let path = merkle_path(&tree, i as usize);
            assert!(verify_path(&tree[i as usize], i, size, &path, &root));
            paths.push(fields! { index: i, path: path });
        }
        let all: Vec<Octets> = (0..size.min(9)).map(|i| tree[i as usize].clone()).collect();
        t.valid(
            10 + size,
            "PRE-10",
            &format!("{size} leaves: root and paths; leaf i is the five ASCII bytes 'leaf ' and i in four bytes"),
            fields! { operation: "tree", size: size, leaf_prefix: ascii("leaf ") },
            fields! { leaf_hashes: all },
            fields! { root: root, paths: paths },
        );
    }
    wrong_paths(&mut t);
    t
}

fn wrong_paths(t: &mut Topic) {
    let tree = leaves(7);
    let root = merkle_root(&tree);
    let path = |i: usize| merkle_path(&tree, i);
    let of = |i: u32| leaf_hash(&leaf(i));
    let mut wrong = |number: u32,
                     about: &str,
                     leaf: &Octets,
                     index: u32,
                     size: u32,
                     path: &Octets,
                     root: &Octets| {
        let valid = verify_path(leaf, index, size, path, root);
        t.refused(
            number,
            "PRE-10",
            about,
            fields! { operation: "verify_path", leaf_hash: leaf, index: index, size: size, path: path, root: root },
            check(valid, ErrorClass::BadPath),
            ErrorClass::BadPath,
        );
    };
    wrong(200, "another index of the same height", &of(2), 3, 7, &path(2), &root);
    wrong(201, "the path of another leaf", &of(2), 2, 7, &path(3), &root);
    wrong(202, "an index that is the size", &of(6), 7, 7, &path(6), &root);
    wrong(203, "a node too few", &of(2), 2, 7, &path(2).slice(0, 64), &root);
    wrong(204, "a node too many", &of(2), 2, 7, &path(2).concat(&root), &root);
    wrong(205, "half a node too many", &of(2), 2, 7, &path(2).concat(&root.slice(0, 16)), &root);
    wrong(
        206,
        "the path in the wrong order",
        &of(2),
        2,
        7,
        &path(2).slice(64, 32).concat(&path(2).slice(0, 64)),
        &root,
    );
    wrong(207, "another root", &of(2), 2, 7, &path(2), &of(2));
    wrong(208, "another size, with paths of another length", &of(6), 6, 8, &path(6), &root);
    wrong(
        209,
        "a node in place of a leaf, one level up",
        &node_hash(&of(0), &of(1)),
        0,
        7,
        &path(0).slice(32, 64),
        &root,
    );
    wrong(210, "no path in a tree of two", &of(0), 0, 2, &Octets::new(0), &of(0));
    wrong(211, "a path in a tree of one", &of(0), 0, 1, &of(1), &node_hash(&of(0), &of(1)));
    wrong(
        212,
        "the last leaf as if its level were whole",
        &of(6),
        6,
        7,
        &of(6).concat(&path(6)),
        &root,
    );
}
