//! Ratchet trees.

use super::crypto;
use crate::codec::{Wire, decode_all};
use crate::crypto::Secret;
use crate::crypto::labels::mls as labels;
use crate::error::Error;
use crate::group::active::{SigningIdentity, apply_proposals, build_path, merge_path};
use crate::group::check::{ListedProposal, check_leaf_signature};
use crate::group::suite::CipherSuite;
use crate::group::tree::{
    self, Diff, PrivateTree, Tree, TreeView, check_ciphertext_counts, decode_ratchet_tree,
    decrypt_path, derive_upwards, encode_ratchet_tree, filtered_direct_path, math, resolution,
};
use crate::group::types::{Credential, GroupContext, LeafNodeSource, Proposal, Sender, UpdatePath};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use rand_core::CryptoRng;

fn hashed(suite: CipherSuite, tree: &[u8]) -> Result<Tree, Error> {
    let mut tree = decode_ratchet_tree(tree)?;
    tree.hash_all(&crypto(suite))?;
    Ok(tree)
}

/// The tree hash of each node of an encoded tree, in order of their indices.
///
/// # Errors
/// [`Error::Malformed`]
pub fn tree_hashes(suite: CipherSuite, tree: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
    let tree = hashed(suite, tree)?;
    let nodes = 0..math::node_count(tree.size());
    Ok(nodes.map(|node| tree.tree_hash(node).as_bytes().to_vec()).collect())
}

/// The resolution of each node of an encoded tree.
///
/// # Errors
/// [`Error::Malformed`]
pub fn tree_resolutions(tree: &[u8]) -> Result<Vec<Vec<u32>>, Error> {
    let tree = decode_ratchet_tree(tree)?;
    Ok((0..math::node_count(tree.size())).map(|node| resolution(&tree, node)).collect())
}

/// Verifies an encoded tree of a group: parent hashes, unmerged leaves, unique keys, leaf signatures.
///
/// # Errors
/// [`Error::Group`]
pub fn verify_tree(suite: CipherSuite, tree: &[u8], group_id: &[u8]) -> Result<(), Error> {
    let crypto = crypto(suite);
    let tree = hashed(suite, tree)?;
    tree::verify_structure(&crypto, &tree)?;
    for (leaf, node) in tree.members() {
        check_leaf_signature(&crypto, node, group_id, leaf)?;
    }
    tree::verify_parent_hashes(&crypto, &tree)
}

/// A parent node, none where it is to be blank.
#[allow(missing_docs)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    pub encryption_key: Vec<u8>,
    pub parent_hash: Vec<u8>,
    pub unmerged_leaves: Vec<u32>,
}

/// The parent node of an encoded tree at a node.
///
/// # Errors
/// [`Error::Malformed`]
pub fn parent(tree: &[u8], node: u32) -> Result<Option<Parent>, Error> {
    let tree = decode_ratchet_tree(tree)?;
    Ok(tree.parent(node).map(|parent| Parent {
        encryption_key: parent.encryption_key.clone(),
        parent_hash: parent.parent_hash.clone(),
        unmerged_leaves: parent.unmerged_leaves.clone(),
    }))
}

/// An encoded tree with another parent node, which need not be one that a tree may have, and the tree's hash.
///
/// # Errors
/// [`Error::Malformed`]
pub fn with_parent(
    suite: CipherSuite,
    tree: &[u8],
    node: u32,
    parent: Parent,
) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let crypto = crypto(suite);
    let tree = hashed(suite, tree)?;
    let mut diff = Diff::new(&tree);
    let Parent { encryption_key, parent_hash, unmerged_leaves } = parent;
    diff.set_parent(node, tree::ParentNode { encryption_key, parent_hash, unmerged_leaves });
    diff.update_hashes(&crypto)?;
    let hash = diff.tree_hash(diff.root()).as_bytes().to_vec();
    Ok((encode_ratchet_tree(&diff), hash))
}

/// Applies an encoded proposal of a member to an encoded tree; gives the tree and its hash.
///
/// # Errors
/// [`Error::Malformed`], [`Error::Group`]
pub fn apply_proposal(
    suite: CipherSuite,
    tree: &[u8],
    proposal: &[u8],
    sender: u32,
) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let tree = hashed(suite, tree)?;
    let proposal: Proposal = decode_all(proposal)?;
    let mut diff = Diff::new(&tree);
    let listed =
        [ListedProposal { proposal: &proposal, sender: Sender::Member(sender), checked: true }];
    apply_proposals(&mut diff, &listed)?;
    diff.update_hashes(&crypto(suite))?;
    let hash = diff.tree_hash(diff.root()).as_bytes().to_vec();
    Ok((encode_ratchet_tree(&diff), hash))
}

/// A member's view of a tree with its private keys.
pub struct TreeKemMember<'a> {
    /// The suite.
    pub suite: CipherSuite,
    /// The encoded tree.
    pub tree: &'a [u8],
    /// The member's leaf.
    pub leaf: u32,
    /// Private key of the leaf.
    pub encryption_private: &'a [u8],
    /// Path secrets of nodes above it.
    pub path_secrets: &'a [(u32, Vec<u8>)],
}

/// What a path gives a member.
#[allow(missing_docs)]
pub struct ProcessedPath {
    /// Public keys of the nodes from the common ancestor with the sender on.
    pub public_keys: Vec<Vec<u8>>,
    pub commit_secret: Vec<u8>,
    pub tree_hash: Vec<u8>,
}

impl TreeKemMember<'_> {
    fn private(&self) -> Result<PrivateTree, Error> {
        let crypto = crypto(self.suite);
        let mut private = PrivateTree::new(self.leaf, Secret::from_slice(self.encryption_private));
        for (node, secret) in self.path_secrets {
            let path = [(*node, *node)];
            private.apply(derive_upwards(&crypto, &path, Secret::from_slice(secret))?.private);
        }
        Ok(private)
    }

    /// The public keys that the private keys give, by node.
    ///
    /// # Errors
    /// [`Error::Provider`]
    pub fn path_public_keys(&self) -> Result<Vec<(u32, Vec<u8>)>, Error> {
        let crypto = crypto(self.suite);
        let key = |(node, secret): &(u32, Vec<u8>)| {
            let path = [(*node, *node)];
            let keys = derive_upwards(&crypto, &path, Secret::from_slice(secret))?;
            Ok((*node, keys.public.concat()))
        };
        self.path_secrets.iter().map(key).collect()
    }

    /// The public key of a node of the tree.
    ///
    /// # Errors
    /// [`Error::Malformed`]
    pub fn public_key(&self, node: u32) -> Result<Option<Vec<u8>>, Error> {
        let tree = decode_ratchet_tree(self.tree)?;
        Ok(tree.public_key(node).map(<[u8]>::to_vec))
    }

    /// Processes an encoded `UpdatePath` of a sender; the context's tree hash is set.
    ///
    /// # Errors
    /// [`Error::Group`]
    pub fn process(
        &self,
        sender: u32,
        path: &[u8],
        mut context: GroupContext,
    ) -> Result<ProcessedPath, Error> {
        let crypto = crypto(self.suite);
        let tree = hashed(self.suite, self.tree)?;
        let path: UpdatePath = decode_all(path)?;
        let mut diff = Diff::new(&tree);
        let filtered = filtered_direct_path(&diff, sender);
        crate::group::check::check_path_length(&path, &filtered)?;
        check_leaf_signature(&crypto, &path.leaf_node, &context.group_id, sender)?;
        merge_path(&crypto, &mut diff, sender, &path, &filtered)?;
        context.tree_hash = diff.tree_hash(diff.root()).as_bytes().to_vec();
        let info = crypto.encrypt_context(labels::UPDATE_PATH_NODE, &context.to_bytes())?;
        let (private, new) = (self.private()?, BTreeSet::new());
        let own = (&private, None);
        check_ciphertext_counts(&diff, &filtered, &path.nodes, &new)?;
        let keys = decrypt_path(&crypto, &diff, own, &filtered, &path.nodes, &new, &info)?;
        Ok(ProcessedPath {
            public_keys: keys.public,
            commit_secret: keys.commit_secret.as_bytes().to_vec(),
            tree_hash: context.tree_hash,
        })
    }

    /// Makes an encoded `UpdatePath` of this member, with its commit secret.
    ///
    /// # Errors
    /// [`Error::Provider`]
    pub fn update(
        &self,
        signature_private: &[u8],
        mut context: GroupContext,
        rng: &mut impl CryptoRng,
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let crypto = crypto(self.suite);
        let tree = hashed(self.suite, self.tree)?;
        let mut diff = Diff::new(&tree);
        let old = tree.leaf(self.leaf).ok_or(crate::error::Misuse::Arguments)?;
        let mut leaf_node = crate::group::types::LeafNode::clone(old);
        leaf_node.encryption_key = crypto.generate_key_pair(rng)?.public;
        leaf_node.source = LeafNodeSource::Update;
        let identity = SigningIdentity::from_private(
            self.suite,
            Credential::Basic(Vec::new()),
            Secret::from_slice(signature_private),
            crypto.provider(),
        )?;
        let leaf = (self.leaf, leaf_node);
        let new = BTreeSet::new();
        let built = build_path(&crypto, &mut diff, leaf, &identity, &mut context, &new, rng)?;
        let commit_secret = built.new.keys.commit_secret.as_bytes().to_vec();
        Ok((built.path.to_bytes(), commit_secret))
    }
}
