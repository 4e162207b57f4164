//! Path secrets, their keys, and update paths (§7.4 to §7.6).
//!
//! ```text
//! path_secret[0] ── "path" ── path_secret[1] ── "path" ── … ── path_secret[n-1] ── "path" ── commit_secret
//!       │ "node"                    │ "node"                          │ "node"
//! node_secret[0]              node_secret[1]                    node_secret[n-1]
//!       │ DeriveKeyPair             │                                 │
//! key pair of the first node of the filtered direct path, of the next, …, of the root's side
//! ```

use super::commit::{HpkeCiphertexts, UpdatePath, UpdatePathNode, UpdatePathNodes};
use super::crypto::{decrypt_with_label, derive_secret, encrypt_with_label};
use super::kem::{KeyPair, derive_key_pair};
use super::labels::{NODE, PATH, UPDATE_PATH_NODE};
use super::leaf_node::{LeafNode, SOURCE_COMMIT};
use super::parent_hash::{copath_child, update_parent_hashes};
use super::ratchet_tree::{LeafIndices, Node, ParentNode, RatchetTree, blank_direct_path, leaf_at};
use super::resolution::{filtered_direct_path, has_leaf, resolution};
use super::suite::CipherSuite;
use super::tree_math::{
    LeafIndex, NodeIndex, NodeIndices, is_in_subtree, is_leaf, leaf_index, leaf_node_index,
};
use crate::octets::{Octets, empty};
use crate::pairwise::error::{ErrorClass, check};
use hacspec_lib::*;

/// Path secrets, from the lowest node on.
pub type PathSecrets = Seq<Octets>;
/// Public keys, from the lowest node on.
pub type PublicKeys = Seq<Octets>;
/// The randomness of encryptions: for each node a list, in the order of the copath child's resolution.
pub type Randomness = Seq<Octets>;

/// The private key of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodePrivateKey {
    /// The node.
    pub node: NodeIndex,
    /// Its private key.
    pub private_key: Octets,
}

/// The private keys that a member has.
pub type NodePrivateKeys = Seq<NodePrivateKey>;

// ANCHOR: path_secrets
/// `n` path secrets from a first one (§7.4).
pub fn path_secrets(suite: CipherSuite, first: &Octets, n: usize) -> PathSecrets {
    let mut secrets = PathSecrets::new(0);
    let mut secret = first.clone();
    for _i in 0..n {
        secrets = secrets.push(&secret);
        secret = next_path_secret(suite, &secret);
    }
    secrets
}

/// The path secret of the next node; behind the last one it is commit_secret (§7.4, §12.4.2).
pub fn next_path_secret(suite: CipherSuite, path_secret: &Octets) -> Octets {
    derive_secret(suite, path_secret, PATH)
}

/// The key pair of a node with a path secret (§7.4).
pub fn node_key_pair(suite: CipherSuite, path_secret: &Octets) -> KeyPair {
    derive_key_pair(suite, &derive_secret(suite, path_secret, NODE))
}
// ANCHOR_END: path_secrets

// ANCHOR: merge_update_path
/// The tree with new keys along the filtered direct path of a leaf, all other nodes above it blank, and the
/// parent hash of the leaf (§7.5). As many keys as nodes are due.
pub fn replace_path(
    suite: CipherSuite,
    tree: &RatchetTree,
    leaf: LeafIndex,
    public_keys: &PublicKeys,
) -> Result<(RatchetTree, Octets), ErrorClass> {
    let path = filtered_direct_path(tree, leaf);
    check(public_keys.len() == path.len(), ErrorClass::Malformed)?;
    let mut out = blank_direct_path(tree, leaf);
    for i in 0..path.len() {
        let encryption_key = public_keys[i].clone();
        let parent = ParentNode {
            encryption_key,
            parent_hash: empty(),
            unmerged_leaves: LeafIndices::new(0),
        };
        out[path[i] as usize] = Node::Parent(parent);
    }
    Ok(update_parent_hashes(suite, &out, leaf))
}

/// The tree with an update path merged into it; refused is one of another length, a leaf that no Commit made,
/// and one whose parent hash is not the path's (§7.5, §7.9.2; `[GRP-26]`).
pub fn merge_update_path(
    suite: CipherSuite,
    tree: &RatchetTree,
    sender: LeafIndex,
    path: &UpdatePath,
) -> Result<RatchetTree, ErrorClass> {
    let leaf = &path.leaf_node;
    check(leaf_at(tree, sender).is_some(), ErrorClass::Malformed)?;
    check(leaf.leaf_node_source == SOURCE_COMMIT, ErrorClass::Malformed)?;
    let public_keys = public_keys_of(path);
    let (replaced, parent_hash) = replace_path(suite, tree, sender, &public_keys)?;
    check(leaf.parent_hash == parent_hash, ErrorClass::Malformed)?;
    let mut out = replaced;
    out[leaf_node_index(sender) as usize] = Node::Leaf(leaf.clone());
    Ok(out)
}
// ANCHOR_END: merge_update_path

/// The public keys of an update path.
pub fn public_keys_of(path: &UpdatePath) -> PublicKeys {
    let mut public_keys = PublicKeys::new(0);
    for i in 0..path.nodes.len() {
        public_keys = public_keys.push(&path.nodes[i].encryption_key);
    }
    public_keys
}

/// The resolution of a node without leaves that the Commit adds (§7.6).
pub fn resolution_without(tree: &RatchetTree, x: NodeIndex, added: &LeafIndices) -> NodeIndices {
    let nodes = resolution(tree, x);
    let mut out = NodeIndices::new(0);
    for i in 0..nodes.len() {
        if !is_leaf(nodes[i]) || !has_leaf(added, leaf_index(nodes[i])) {
            out = out.push(&nodes[i]);
        }
    }
    out
}

/// The public key of a node that is not blank.
fn public_key_of(node: &Node) -> Octets {
    match node {
        Node::Blank => empty(),
        Node::Leaf(leaf) => leaf.encryption_key.clone(),
        Node::Parent(parent) => parent.encryption_key.clone(),
    }
}

// ANCHOR: create_update_path
/// An update path for a leaf, whose leaf node has its parent hash and signature already (§7.6): path secret i
/// is encrypted to each node in the resolution of the i-th copath child. `randomness` has as many
/// draws for [`super::kem::encap`] as there are encryptions.
pub fn create_update_path(
    suite: CipherSuite,
    tree: &RatchetTree,
    sender: LeafIndex,
    leaf_node: &LeafNode,
    secrets: &PathSecrets,
    added: &LeafIndices,
    group_context: &Octets,
    randomness: &Randomness,
) -> Result<UpdatePath, ErrorClass> {
    let path = filtered_direct_path(tree, sender);
    check(secrets.len() == path.len(), ErrorClass::Misuse)?;
    let mut nodes = UpdatePathNodes::new(0);
    let mut drawn = 0;
    for i in 0..path.len() {
        let receivers = resolution_without(tree, copath_child(path[i], sender), added);
        let mut encrypted_path_secret = HpkeCiphertexts::new(0);
        for j in 0..receivers.len() {
            check(drawn < randomness.len(), ErrorClass::Misuse)?;
            let key = public_key_of(&tree[receivers[j] as usize]);
            let sealed = encrypt_with_label(
                suite,
                &key,
                UPDATE_PATH_NODE,
                group_context,
                &secrets[i],
                &randomness[drawn],
            )?;
            encrypted_path_secret = encrypted_path_secret.push_owned(sealed);
            drawn += 1;
        }
        let encryption_key = node_key_pair(suite, &secrets[i]).public_key;
        nodes = nodes.push_owned(UpdatePathNode { encryption_key, encrypted_path_secret });
    }
    Ok(UpdatePath { leaf_node: leaf_node.clone(), nodes })
}
// ANCHOR_END: create_update_path

// ANCHOR: decrypt_path_secret
/// The path secret that an update path holds for a member, and its place on the filtered direct path: of the
/// lowest node above both (§7.5). `tree` is as before the path, `group_context` the provisional one.
/// See also [GRP-26].
pub fn decrypt_path_secret(
    suite: CipherSuite,
    tree: &RatchetTree,
    sender: LeafIndex,
    path: &UpdatePath,
    receiver: LeafIndex,
    private_keys: &NodePrivateKeys,
    added: &LeafIndices,
    group_context: &Octets,
) -> Result<(usize, Octets), ErrorClass> {
    check(leaf_at(tree, sender).is_some(), ErrorClass::Malformed)?;
    let nodes = filtered_direct_path(tree, sender);
    check(path.nodes.len() == nodes.len(), ErrorClass::Malformed)?;
    let mut place = Err(ErrorClass::Malformed);
    for i in 0..nodes.len() {
        if place.is_err() && is_in_subtree(leaf_node_index(receiver), nodes[i]) {
            place = Ok(i);
        }
    }
    let place = place?;
    let receivers = resolution_without(tree, copath_child(nodes[place], sender), added);
    let ciphertexts = &path.nodes[place].encrypted_path_secret;
    check(ciphertexts.len() == receivers.len(), ErrorClass::Malformed)?;
    let mut found = Err(ErrorClass::Undecryptable);
    for i in 0..receivers.len() {
        for j in 0..private_keys.len() {
            if found.is_err() && private_keys[j].node == receivers[i] {
                found = Ok((ciphertexts[i].clone(), private_keys[j].private_key.clone()));
            }
        }
    }
    let (sealed, private_key) = found?;
    let secret = decrypt_with_label(suite, &private_key, UPDATE_PATH_NODE, group_context, &sealed)?;
    Ok((place, secret))
}

/// The private keys of the nodes from a place of the path upwards, and commit_secret; refused where a
/// public key of the path is not that of its secret (§7.5, §12.4.2; `[GRP-27]`).
pub fn keys_from_path_secret(
    suite: CipherSuite,
    nodes: &NodeIndices,
    public_keys: &PublicKeys,
    place: usize,
    path_secret: &Octets,
) -> Result<(NodePrivateKeys, Octets), ErrorClass> {
    let mut keys = NodePrivateKeys::new(0);
    let mut secret = path_secret.clone();
    for i in place..nodes.len() {
        let pair = node_key_pair(suite, &secret);
        check(pair.public_key == public_keys[i], ErrorClass::Malformed)?;
        keys = keys.push_owned(NodePrivateKey { node: nodes[i], private_key: pair.private_key });
        secret = next_path_secret(suite, &secret);
    }
    Ok((keys, secret))
}
// ANCHOR_END: decrypt_path_secret
