//! The Merkle tree of a prekey batch: RFC 9162 §2.1 with the suite's hash (Prekeys).

use super::suite::{NH, hash};
use crate::octets::{Octets, byte, empty};
use hacspec_lib::*;

/// The hashes of a tree's leaves, in order.
pub type Leaves = Seq<Octets>;

/// The hash of a leaf: `Hash(0x00 || encode(Prekey))`.
pub fn leaf_hash(leaf: &Octets) -> Octets {
    hash(&byte(0).concat(leaf))
}

/// The hash of a node: `Hash(0x01 || left || right)`.
pub fn node_hash(left: &Octets, right: &Octets) -> Octets {
    hash(&byte(1).concat(left).concat(right))
}

/// Where a tree of `n` > 1 leaves splits: the largest power of two below n.
fn split(n: usize) -> usize {
    let mut k = 1;
    for _i in 0..31 {
        if 2 * k < n {
            k *= 2;
        }
    }
    k
}

// ANCHOR: merkle_root
/// The root over the hashes of the leaves; of at least one leaf.
pub fn merkle_root(leaves: &Leaves) -> Octets {
    let n = leaves.len();
    if n == 0 {
        hash(&empty())
    } else if n == 1 {
        leaves[0usize].clone()
    } else {
        let k = split(n);
        node_hash(&merkle_root(&leaves.slice(0, k)), &merkle_root(&leaves.slice(k, n - k)))
    }
}
// ANCHOR_END: merkle_root

// ANCHOR: merkle_path
/// The path of leaf `index`, from its sibling upwards (RFC 9162 §2.1.3.1). `index` is below the
/// number of leaves.
pub fn merkle_path(leaves: &Leaves, index: usize) -> Octets {
    let n = leaves.len();
    if n <= 1 {
        empty()
    } else {
        let k = split(n);
        let left = leaves.slice(0, k);
        let right = leaves.slice(k, n - k);
        if index < k {
            merkle_path(&left, index).concat(&merkle_root(&right))
        } else {
            merkle_path(&right, index - k).concat(&merkle_root(&left))
        }
    }
}
// ANCHOR_END: merkle_path

// ANCHOR: verify_path
/// Whether a leaf with this hash stands at `index` of the tree of `size` leaves with this root (RFC
/// 9162 §2.1.3.2). The path has exactly the length that index and size require (`[PRE-10]`).
pub fn verify_path(leaf: &Octets, index: u32, size: u32, path: &Octets, root: &Octets) -> bool {
    let mut fits = index < size && path.len() % NH == 0;
    let mut node = index;
    let mut last = if size > 0 { size - 1 } else { 0 };
    let mut r = leaf.clone();
    for i in 0..path.len() / NH {
        let p = path.slice(i * NH, NH);
        fits = fits && last > 0;
        if node & 1 == 1 || node == last {
            r = node_hash(&p, &r);
            for _j in 0..32 {
                if node & 1 == 0 && node > 0 {
                    node >>= 1;
                    last >>= 1;
                }
            }
        } else {
            r = node_hash(&r, &p);
        }
        node >>= 1;
        last >>= 1;
    }
    fits && last == 0 && r == *root
}
// ANCHOR_END: verify_path
