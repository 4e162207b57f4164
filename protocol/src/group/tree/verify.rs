//! Checks over a whole tree (RFC 9420 §7.3, §7.9.2, §12.4.3.1).

use super::flat::key_prefix;
use super::parent_hash::{original_tree_hash, parent_hash};
use super::resolution::visit_resolution;
use super::{Diff, ParentNode, Tree, TreeView, math};
use crate::error::Error;
use crate::group::crypto::Crypto;
use crate::group::error::Check;
use crate::group::types::LeafNodeSource;
use alloc::vec::Vec;

/// Verifies the unmerged leaves and keys of a tree that a newcomer has received (`GRP-21`, `GRP-22`; `GRP-13` of its parent
/// nodes). Its leaf nodes and then its parent hashes ([`verify_parent_hashes`]) come after it.
///
/// # Errors
/// [`Check::TreeUnmerged`], [`Check::TreeKey`], [`Check::DuplicateEncryptionKey`], [`Check::DuplicateSignatureKey`].
pub(crate) fn verify_structure(crypto: &Crypto, tree: &Tree) -> Result<(), Error> {
    for (node, parent) in parents(tree) {
        check_unmerged_leaves(tree, node, parent)?;
        Check::TreeKey.require(crypto.check_public_key(&parent.encryption_key)?)?;
    }
    KeyIndex::of_tree(tree).check_unique()
}

/// Verifies the parent hashes of a tree whose hashes are computed (`GRP-24`).
///
/// # Errors
/// [`Check::TreeParentHash`]
pub(crate) fn verify_parent_hashes(crypto: &Crypto, tree: &Tree) -> Result<(), Error> {
    parents(tree).try_for_each(|(node, parent)| check_parent_hash(crypto, tree, node, parent))
}

fn parents(tree: &Tree) -> impl Iterator<Item = (u32, &ParentNode)> {
    let nodes = (0..tree.size().saturating_sub(1)).map(math::leaf_node);
    nodes.filter_map(|node| {
        let node = node.saturating_add(1);
        Some((node, &**tree.parent(node)?))
    })
}

/// `GRP-21`, RFC 9420 §12.4.3.1: an unmerged leaf is a member below the node, and every non-blank node between them
/// lists it too.
fn check_unmerged_leaves(tree: &Tree, node: u32, parent: &ParentNode) -> Result<(), Error> {
    for leaf in &parent.unmerged_leaves {
        let below = math::covers(node, *leaf) && tree.leaf(*leaf).is_some();
        let mut between = math::direct_path(math::leaf_node(*leaf), tree.size());
        let listed = between.by_ref().take_while(|between| *between != node).all(|between| {
            tree.parent(between)
                .is_none_or(|parent| parent.unmerged_leaves.binary_search(leaf).is_ok())
        });
        Check::TreeUnmerged.require(below && listed)?;
    }
    Ok(())
}

/// `GRP-24`, RFC 9420 §7.9.2: exactly one descendant has the parent hash of this node.
fn check_parent_hash(
    crypto: &Crypto,
    tree: &Tree,
    node: u32,
    parent: &ParentNode,
) -> Result<(), Error> {
    let (Some(left), Some(right)) = (math::left(node), math::right(node)) else {
        return Ok(());
    };
    let mut valid = 0u32;
    for (child, sibling) in [(left, right), (right, left)] {
        let Some(descendant) = updated_with(tree, child, parent) else { continue };
        let Some(claimed) = parent_hash_field(tree, descendant) else { continue };
        let sibling = original_tree_hash(crypto, tree, sibling, &parent.unmerged_leaves)?;
        let (key, above) = (&parent.encryption_key, &parent.parent_hash);
        if parent_hash(crypto, key, above, &sibling)?.as_bytes() == claimed {
            valid = valid.saturating_add(1);
        }
    }
    Check::TreeParentHash.require(valid == 1)
}

/// The one node of a child's resolution beside which it has exactly the parent's unmerged leaves: the node
/// that was updated together with the parent, if any was from this side.
fn updated_with(tree: &Tree, child: u32, parent: &ParentNode) -> Option<u32> {
    let unmerged = &parent.unmerged_leaves;
    let is_unmerged =
        |node: u32| math::leaf_of(node).is_some_and(|leaf| unmerged.binary_search(&leaf).is_ok());
    let (mut other, mut others, mut listed) = (None, 0u32, 0u32);
    visit_resolution(tree, child, |node| {
        if is_unmerged(node) {
            listed = listed.saturating_add(1);
        } else {
            other = Some(node);
            others = others.saturating_add(1);
        }
        others <= 1
    });
    let (first, last) = math::leaf_range(child);
    let below = unmerged.partition_point(|leaf| *leaf <= last);
    let below = below.saturating_sub(unmerged.partition_point(|leaf| *leaf < first));
    (others == 1 && u32::try_from(below) == Ok(listed)).then_some(other).flatten()
}

fn parent_hash_field(tree: &Tree, node: u32) -> Option<&[u8]> {
    match math::leaf_of(node) {
        None => tree.parent(node).map(|parent| parent.parent_hash.as_slice()),
        Some(leaf) => match &tree.leaf(leaf)?.source {
            LeafNodeSource::Commit(parent_hash) => Some(parent_hash),
            _ => None,
        },
    }
}

/// The keys of a tree, to be compared with each other.
pub(crate) struct KeyIndex<'a> {
    encryption: Vec<(u64, &'a [u8], u32)>,
    signature: Vec<(u64, &'a [u8], u32)>,
}

/// So many changed nodes are compared with the rest one by one; more are sorted with it.
const FEW: usize = 48;

impl<'a> KeyIndex<'a> {
    pub(crate) fn of_tree(tree: &'a impl TreeView) -> Self {
        let mut index = Self { encryption: Vec::new(), signature: Vec::new() };
        for node in 0..math::node_count(tree.size()) {
            if let Some(key) = tree.public_key(node) {
                index.encryption.push((key_prefix(key), key, node));
            }
            let leaf = math::leaf_of(node).and_then(|leaf| Some((leaf, tree.leaf(leaf)?)));
            if let Some((leaf, node)) = leaf {
                let key = node.signature_key.as_slice();
                index.signature.push((key_prefix(key), key, leaf));
            }
        }
        index
    }

    /// `GRP-22`, `GRP-59`, RFC 9420 §7.3: signature and encryption keys are unique among the members; §12.4.3.1: a parent's
    /// encryption key stands in no other node.
    pub(crate) fn check_unique(mut self) -> Result<(), Error> {
        if let Some((_, leaf)) = first_pair(&mut self.signature) {
            return Err(Check::DuplicateSignatureKey.blame(leaf));
        }
        match first_pair(&mut self.encryption) {
            Some((node, other)) => Err(blame_node(node.max(other))),
            None => Ok(()),
        }
    }

    /// The same, of what a diff has changed against all.
    pub(crate) fn check_changes(diff: &Diff<'_>) -> Result<(), Error> {
        let changes = diff.changes();
        if changes.leaves.len().saturating_add(changes.parents.len()) > FEW {
            return KeyIndex::of_tree(diff).check_unique();
        }
        let signature_key = |leaf: u32| diff.leaf(leaf).map(|leaf| leaf.signature_key.as_slice());
        let leaves: Vec<u32> = changes.leaves.keys().copied().collect();
        if let Some(leaf) = repeated(&leaves, diff.base().signature_prefixes(), signature_key) {
            return Err(Check::DuplicateSignatureKey.blame(leaf));
        }
        let mut nodes: Vec<u32> = leaves.iter().map(|leaf| math::leaf_node(*leaf)).collect();
        nodes.extend(changes.parents.keys());
        match repeated(&nodes, diff.base().prefixes(), |node| diff.public_key(node)) {
            Some(node) => Err(blame_node(node)),
            None => Ok(()),
        }
    }
}

fn blame_node(node: u32) -> Error {
    match math::leaf_of(node) {
        Some(leaf) => Check::DuplicateEncryptionKey.blame(leaf),
        None => Check::DuplicateEncryptionKey.refuse(),
    }
}

/// Two owners of one key.
fn first_pair(keys: &mut [(u64, &[u8], u32)]) -> Option<(u32, u32)> {
    keys.sort_unstable();
    let mut pairs = keys.iter().zip(keys.iter().skip(1));
    pairs.find(|(a, b)| a.1 == b.1).map(|(a, b)| (a.2, b.2))
}

/// The first of some nodes whose key another node has, be it one of them or of a tree, of which the
/// prefixes of all keys are known.
fn repeated<'a>(
    nodes: &[u32],
    prefixes: &[u64],
    key: impl Fn(u32) -> Option<&'a [u8]>,
) -> Option<u32> {
    let with_key = |node: &u32| Some((key_prefix(key(*node)?), key(*node)?, *node));
    let mut keys: Vec<(u64, &[u8], u32)> = nodes.iter().filter_map(with_key).collect();
    if let Some((_, node)) = first_pair(&mut keys) {
        return Some(node);
    }
    let slot = |prefix: u64| 1u64.wrapping_shl(u32::try_from(prefix >> 58).unwrap_or(0));
    let mask = keys.iter().fold(0u64, |mask, (prefix, _, _)| mask | slot(*prefix));
    for (node, prefix) in (0u32..).zip(prefixes) {
        if mask & slot(*prefix) == 0 {
            continue;
        }
        for (own, bytes, owner) in &keys {
            if own == prefix && *owner != node && key(node) == Some(bytes) {
                return Some(*owner);
            }
        }
    }
    None
}
