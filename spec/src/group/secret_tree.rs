//! The secret tree (§9): the secrets of each sender's two ratchets, from encryption_secret.

use super::crypto::{derive_tree_secret, expand_with_label};
use super::labels::{APPLICATION, HANDSHAKE, KEY, LEFT, NONCE, RIGHT, SECRET, TREE};
use super::suite::{CipherSuite, NN, nh, nk};
use super::tree_math::{
    LeafIndex, direct_path, is_in_subtree, leaf_node_index, left, level, right, root,
};
use crate::octets::{Octets, ascii, empty};

/// The first secrets of a sender's ratchets, `Nh` bytes each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RatchetRoots {
    /// `handshake_ratchet_secret_[0]`.
    pub handshake: Octets,
    /// `application_ratchet_secret_[0]`.
    pub application: Octets,
}

/// What one message is encrypted under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyAndNonce {
    /// AEAD key.
    pub key: Octets,
    /// AEAD nonce, before the reuse guard.
    pub nonce: Octets,
}

// ANCHOR: tree_node_secret
/// The secrets of a node's left and right child (§9).
pub fn child_secrets(suite: CipherSuite, secret: &Octets) -> (Octets, Octets) {
    let left = expand_with_label(suite, secret, TREE, &ascii(LEFT), nh(suite));
    let right = expand_with_label(suite, secret, TREE, &ascii(RIGHT), nh(suite));
    (left, right)
}

/// tree_node_secret of a leaf in a tree with `n` leaves, 2^d of them; the leaf is one of them.
pub fn leaf_secret(
    suite: CipherSuite,
    encryption_secret: &Octets,
    leaf: LeafIndex,
    n: u32,
) -> Octets {
    let x = leaf_node_index(leaf);
    let mut at = root(n);
    let mut secret = encryption_secret.clone();
    for _i in 0..direct_path(x, n).len() {
        match (left(at), right(at)) {
            (Some(l), Some(r)) => {
                let (left_secret, right_secret) = child_secrets(suite, &secret);
                if is_in_subtree(x, l) {
                    at = l;
                    secret = left_secret;
                } else {
                    at = r;
                    secret = right_secret;
                }
            }
            _ => {}
        }
    }
    secret
}
// ANCHOR_END: tree_node_secret

/// The depth of a tree with `n` leaves: how many derivations lead to a leaf.
pub fn depth(n: u32) -> u32 {
    level(root(n))
}

// ANCHOR: ratchet_roots
/// The first secrets of the ratchets of a leaf (§9).
pub fn ratchet_roots(suite: CipherSuite, leaf_secret: &Octets) -> RatchetRoots {
    RatchetRoots {
        handshake: expand_with_label(suite, leaf_secret, HANDSHAKE, &empty(), nh(suite)),
        application: expand_with_label(suite, leaf_secret, APPLICATION, &empty(), nh(suite)),
    }
}

/// Key and nonce of a generation (§9.1).
pub fn ratchet_key_and_nonce(
    suite: CipherSuite,
    ratchet_secret: &Octets,
    generation: u32,
) -> KeyAndNonce {
    KeyAndNonce {
        key: derive_tree_secret(suite, ratchet_secret, KEY, generation, nk(suite)),
        nonce: derive_tree_secret(suite, ratchet_secret, NONCE, generation, NN),
    }
}

/// The secret of the generation after this one (§9.1).
pub fn next_ratchet_secret(suite: CipherSuite, ratchet_secret: &Octets, generation: u32) -> Octets {
    derive_tree_secret(suite, ratchet_secret, SECRET, generation, nh(suite))
}
// ANCHOR_END: ratchet_roots
