//! Making a path (RFC 9420 §7.5, §12.4.1), for members and for those who join by a commit.

use super::identity::SigningIdentity;
use super::key_package::sign_leaf_node;
use crate::codec::Wire;
use crate::crypto::labels::mls as labels;
use crate::error::Error;
use crate::group::check::check_leaf_size;
use crate::group::crypto::Crypto;
use crate::group::tree::{Diff, NewPath, TreeView, filtered_direct_path, set_path};
use crate::group::types::{GroupContext, LeafNode, LeafNodeSource, UpdatePath};
use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use rand_core::CryptoRng;

/// A path, merged into the tree it was made for.
pub(crate) struct BuiltPath {
    pub(crate) path: UpdatePath,
    /// Each node of the filtered direct path with its copath child.
    pub(crate) filtered: alloc::vec::Vec<(u32, u32)>,
    pub(crate) new: NewPath,
}

/// Puts a new leaf and a new path into a tree to which the proposals were applied. Draws: `path_secret[0]`
/// and one encapsulation for each ciphertext.
///
/// `provisional` is the provisional group context but for its tree hash, which is set.
pub(crate) fn build_path(
    crypto: &Crypto,
    diff: &mut Diff<'_>,
    (committer, mut leaf_node): (u32, LeafNode),
    identity: &SigningIdentity,
    provisional: &mut GroupContext,
    new_leaves: &BTreeSet<u32>,
    rng: &mut impl CryptoRng,
) -> Result<BuiltPath, Error> {
    diff.update_hashes(crypto)?;
    let filtered = filtered_direct_path(diff, committer);
    let new = NewPath::generate(crypto, &filtered, rng)?;
    let parent_hash = set_path(crypto, diff, committer, &filtered, &new.keys.public)?;
    leaf_node.source = LeafNodeSource::Commit(parent_hash.as_bytes().to_vec());
    sign_leaf_node(crypto, identity, &mut leaf_node, &provisional.group_id, committer)?;
    check_leaf_size(&leaf_node)?;
    diff.set_leaf(committer, Arc::new(leaf_node.clone()));
    diff.update_hashes(crypto)?;
    provisional.tree_hash = diff.tree_hash(diff.root()).as_bytes().to_vec();
    let info = crypto.encrypt_context(labels::UPDATE_PATH_NODE, &provisional.to_bytes())?;
    let nodes = new.encrypt(crypto, diff, &filtered, new_leaves, &info, rng)?;
    Ok(BuiltPath { path: UpdatePath { leaf_node, nodes }, filtered, new })
}
