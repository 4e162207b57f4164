//! Parent hashes (RFC 9420 §7.9).

use super::hash::{leaf_hash, parent_node_hash};
use super::{Diff, ParentNode, TreeView, math};
use crate::codec::Writer;
use crate::error::ProviderFailed;
use crate::group::crypto::{Crypto, Digest};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

type Result<T> = core::result::Result<T, ProviderFailed>;

/// `ParentHashInput`, hashed: the parent hash of a node with a copath child of this original tree hash.
pub(crate) fn parent_hash(
    crypto: &Crypto,
    encryption_key: &[u8],
    parent_hash: &[u8],
    original_sibling_tree_hash: &Digest,
) -> Result<Digest> {
    let mut w = Writer::with_capacity(256);
    w.opaque(encryption_key);
    w.opaque(parent_hash);
    w.opaque(original_sibling_tree_hash.as_bytes());
    crypto.digest(&[&w.into_bytes()])
}

/// Puts the nodes of a filtered direct path, each with its copath child and leaf to root, with their
/// parent hashes into a tree whose hashes are up to date; gives the parent hash for the leaf (§7.9).
///
/// The copath's tree hashes are the original ones: a path resets the unmerged leaves of its nodes.
pub(crate) fn set_path(
    crypto: &Crypto,
    diff: &mut Diff<'_>,
    leaf: u32,
    path: &[(u32, u32)],
    keys: &[Vec<u8>],
) -> Result<Digest> {
    diff.blank_direct_path(leaf);
    let mut above = Digest::EMPTY;
    for ((node, copath), key) in path.iter().zip(keys).rev() {
        let parent = ParentNode {
            encryption_key: key.clone(),
            parent_hash: above.as_bytes().to_vec(),
            unmerged_leaves: Vec::new(),
        };
        above = parent_hash(crypto, key, above.as_bytes(), &diff.tree_hash(*copath))?;
        diff.set_parent(*node, parent);
    }
    Ok(above)
}

/// The tree hash of a subtree with some leaves (ascending) blanked and taken out of the lists of unmerged
/// leaves (§7.9).
pub(crate) fn original_tree_hash(
    crypto: &Crypto,
    tree: &impl TreeView,
    subtree: u32,
    unmerged_leaves: &[u32],
) -> Result<Digest> {
    let (first, last) = math::leaf_range(subtree);
    let from = unmerged_leaves.partition_point(|leaf| *leaf < first);
    let to = unmerged_leaves.partition_point(|leaf| *leaf <= last);
    let removed = unmerged_leaves.get(from..to).unwrap_or_default();
    let mut changed: BTreeMap<u32, Digest> = BTreeMap::new();
    let mut level: Vec<u32> = removed.iter().map(|leaf| math::leaf_node(*leaf)).collect();
    for node in &level {
        changed.insert(*node, leaf_hash(crypto, *node >> 1, None)?);
    }
    while level.first().is_some_and(|node| *node != subtree) {
        let mut above: Vec<u32> =
            level.iter().filter_map(|node| math::parent(*node, tree.size())).collect();
        above.dedup();
        for node in &above {
            let hash_of = |child: Option<u32>| {
                let child = child.unwrap_or(*node);
                changed.get(&child).copied().unwrap_or_else(|| tree.tree_hash(child))
            };
            let (left, right) = (hash_of(math::left(*node)), hash_of(math::right(*node)));
            let original = tree.parent(*node).map(|parent| {
                let mut parent = ParentNode::clone(parent);
                parent.unmerged_leaves.retain(|leaf| removed.binary_search(leaf).is_err());
                parent
            });
            let hash = parent_node_hash(crypto, original.as_ref(), &left, &right)?;
            changed.insert(*node, hash);
        }
        level = above;
    }
    Ok(changed.get(&subtree).copied().unwrap_or_else(|| tree.tree_hash(subtree)))
}
