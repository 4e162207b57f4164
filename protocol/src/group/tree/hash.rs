//! Tree hashes (RFC 9420 §7.8).

use super::{Diff, ParentNode, Tree, TreeView, math};
use crate::codec::Writer;
use crate::error::ProviderFailed;
use crate::group::crypto::{Crypto, Digest};
use crate::group::types::LeafNode;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

type Result<T> = core::result::Result<T, ProviderFailed>;

/// `LeafNodeHashInput`, hashed.
pub(super) fn leaf_hash(
    crypto: &Crypto,
    index: u32,
    leaf: Option<&Arc<LeafNode>>,
) -> Result<Digest> {
    let mut w = Writer::with_capacity(512);
    w.u8(1);
    w.u32(index);
    w.optional(leaf, |w, leaf| w.item(&**leaf));
    crypto.digest(&[&w.into_bytes()])
}

/// `ParentNodeHashInput`, hashed.
pub(super) fn parent_node_hash(
    crypto: &Crypto,
    parent: Option<&ParentNode>,
    left: &Digest,
    right: &Digest,
) -> Result<Digest> {
    let mut w = Writer::with_capacity(256);
    w.u8(2);
    w.optional(parent, Writer::item);
    w.opaque(left.as_bytes());
    w.opaque(right.as_bytes());
    crypto.digest(&[&w.into_bytes()])
}

impl Tree {
    /// Computes the hashes of all nodes.
    pub(crate) fn hash_all(&mut self, crypto: &Crypto) -> Result<()> {
        for leaf in 0..self.size() {
            let hash = leaf_hash(crypto, leaf, self.leaf(leaf))?;
            self.set_hash(math::leaf_node(leaf), hash);
        }
        // Parent nodes of each level: every 2^(level + 1)th, from 2^level - 1 on.
        let mut step = 4u32;
        while step <= self.size().saturating_mul(2) {
            let mut node = (step >> 1).saturating_sub(1);
            while node < math::node_count(self.size()) {
                let hash = hash_of_parent(crypto, self, node)?;
                self.set_hash(node, hash);
                node = node.saturating_add(step);
            }
            step = step.saturating_mul(2);
        }
        Ok(())
    }
}

fn hash_of_parent(crypto: &Crypto, tree: &impl TreeView, node: u32) -> Result<Digest> {
    let child = |child: Option<u32>| child.map_or(Digest::EMPTY, |node| tree.tree_hash(node));
    let (left, right) = (child(math::left(node)), child(math::right(node)));
    parent_node_hash(crypto, tree.parent(node).map(|node| &**node), &left, &right)
}

impl Diff<'_> {
    /// Computes the hashes of the nodes that changed and of those above them, level by level.
    pub(crate) fn update_hashes(&mut self, crypto: &Crypto) -> Result<()> {
        let mut levels: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (node, ()) in self.take_dirty() {
            levels.entry(math::level(node)).or_default().push(node);
        }
        while let Some((level, mut nodes)) = levels.pop_first() {
            nodes.sort_unstable();
            nodes.dedup();
            for node in nodes {
                let hash = match math::leaf_of(node) {
                    Some(leaf) => leaf_hash(crypto, leaf, self.leaf(leaf))?,
                    None => hash_of_parent(crypto, self, node)?,
                };
                self.set_hash(node, hash);
                if let Some(parent) = math::parent(node, self.size()) {
                    levels.entry(level.saturating_add(1)).or_default().push(parent);
                }
            }
        }
        Ok(())
    }
}
