//! The tree of an epoch, and how any tree is read.

use super::{Census, ParentNode, TreeChanges, math};
use crate::group::crypto::Digest;
use crate::group::types::LeafNode;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

/// A tree, changed or not.
pub(crate) trait TreeView {
    /// Leaves, blank ones included: a power of two.
    fn size(&self) -> u32;

    /// A leaf, none if it is blank or outside.
    fn leaf(&self, leaf: u32) -> Option<&Arc<LeafNode>>;

    /// A parent node, none if it is blank or outside.
    fn parent(&self, node: u32) -> Option<&Arc<ParentNode>>;

    /// The tree hash of a node.
    fn tree_hash(&self, node: u32) -> Digest;

    /// What the members support and use.
    fn census(&self) -> &Census;

    /// A leaf behind which all are blank.
    fn last_leaf(&self) -> u32;

    /// The public key of a node.
    fn public_key(&self, node: u32) -> Option<&[u8]> {
        match math::leaf_of(node) {
            Some(leaf) => self.leaf(leaf).map(|leaf| leaf.encryption_key.as_slice()),
            None => self.parent(node).map(|parent| parent.encryption_key.as_slice()),
        }
    }

    /// Whether a node is blank.
    fn is_blank(&self, node: u32) -> bool {
        match math::leaf_of(node) {
            Some(leaf) => self.leaf(leaf).is_none(),
            None => self.parent(node).is_none(),
        }
    }

    /// The root.
    fn root(&self) -> u32 {
        math::root(self.size())
    }

    /// Each member with its leaf index.
    fn members(&self) -> impl Iterator<Item = (u32, &Arc<LeafNode>)>
    where
        Self: Sized,
    {
        (0..=self.last_leaf()).filter_map(|index| Some((index, self.leaf(index)?)))
    }
}

/// The first 8 bytes of a key, so that a scan for one reads a flat array; 0 for none.
pub(crate) fn key_prefix(key: &[u8]) -> u64 {
    key.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// The ratchet tree of an epoch.
#[derive(Debug)]
pub(crate) struct Tree {
    leaves: Vec<Option<Arc<LeafNode>>>,
    /// Parent node `2 i + 1` is at `i`.
    parents: Vec<Option<Arc<ParentNode>>>,
    hashes: Vec<Digest>,
    prefixes: Vec<u64>,
    signature_prefixes: Vec<u64>,
    census: Census,
    last_leaf: u32,
}

fn at(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

impl Tree {
    /// A tree of one blank leaf.
    pub(crate) fn empty() -> Self {
        Self {
            leaves: vec![None],
            parents: Vec::new(),
            hashes: vec![Digest::EMPTY],
            prefixes: vec![0],
            signature_prefixes: vec![0],
            census: Census::default(),
            last_leaf: 0,
        }
    }

    /// Takes over what a diff over this tree has changed.
    pub(crate) fn apply(&mut self, changes: TreeChanges) {
        let nodes = at(math::node_count(changes.size));
        for leaf in changes.size..self.size() {
            if let Some(old) = self.leaf(leaf).cloned() {
                self.census.count_out(&old);
            }
        }
        self.leaves.resize(at(changes.size), None);
        self.parents.resize(at(changes.size.saturating_sub(1)), None);
        self.hashes.resize(nodes, Digest::EMPTY);
        self.prefixes.resize(nodes, 0);
        self.signature_prefixes.resize(at(changes.size), 0);
        for (leaf, node) in changes.leaves {
            self.set_prefix(math::leaf_node(leaf), node.as_ref().map(|node| &*node.encryption_key));
            let old = self.leaf(leaf).cloned();
            old.iter().for_each(|old| self.census.count_out(old));
            node.iter().for_each(|new| self.census.count_in(new));
            self.set_leaf(leaf, node);
        }
        for (index, node) in changes.parents {
            self.set_prefix(index, node.as_ref().map(|node| &*node.encryption_key));
            if let Some(slot) = self.parents.get_mut(at(index >> 1)) {
                *slot = node;
            }
        }
        for (index, hash) in changes.hashes {
            if let Some(slot) = self.hashes.get_mut(at(index)) {
                *slot = hash;
            }
        }
        self.last_leaf = changes.last_leaf;
    }

    fn set_prefix(&mut self, node: u32, key: Option<&[u8]>) {
        if let Some(slot) = self.prefixes.get_mut(at(node)) {
            *slot = key.map_or(0, key_prefix);
        }
    }

    fn set_leaf(&mut self, leaf: u32, node: Option<Arc<LeafNode>>) {
        if let Some(slot) = self.signature_prefixes.get_mut(at(leaf)) {
            *slot = node.as_ref().map_or(0, |node| key_prefix(&node.signature_key));
        }
        if let Some(slot) = self.leaves.get_mut(at(leaf)) {
            *slot = node;
        }
    }

    /// A tree of decoded nodes, its hashes not computed yet: parent `2 i + 1` at `i`, and as many leaves
    /// as a full tree has.
    pub(crate) fn from_nodes(
        leaves: Vec<Option<Arc<LeafNode>>>,
        parents: Vec<Option<Arc<ParentNode>>>,
    ) -> Self {
        let mut census = Census::default();
        leaves.iter().flatten().for_each(|leaf| census.count_in(leaf));
        let signature_prefixes = leaves
            .iter()
            .map(|leaf| leaf.as_ref().map_or(0, |leaf| key_prefix(&leaf.signature_key)));
        let signature_prefixes = signature_prefixes.collect();
        let last = leaves.iter().rposition(Option::is_some).unwrap_or(0);
        let nodes = leaves.len().saturating_mul(2).saturating_sub(1);
        let mut tree = Self {
            hashes: vec![Digest::EMPTY; nodes],
            prefixes: vec![0; nodes],
            signature_prefixes,
            census,
            last_leaf: u32::try_from(last).unwrap_or(u32::MAX),
            leaves,
            parents,
        };
        for node in 0..math::node_count(tree.size()) {
            let prefix = tree.public_key(node).map_or(0, key_prefix);
            if let Some(slot) = tree.prefixes.get_mut(at(node)) {
                *slot = prefix;
            }
        }
        tree
    }

    pub(crate) fn set_hash(&mut self, node: u32, hash: Digest) {
        if let Some(slot) = self.hashes.get_mut(at(node)) {
            *slot = hash;
        }
    }

    /// For each node, in order, the first bytes of its encryption key.
    pub(crate) fn prefixes(&self) -> &[u64] {
        &self.prefixes
    }

    /// For each leaf, in order, the first bytes of its signature key.
    pub(crate) fn signature_prefixes(&self) -> &[u64] {
        &self.signature_prefixes
    }
}

impl TreeView for Tree {
    fn size(&self) -> u32 {
        u32::try_from(self.leaves.len()).unwrap_or(u32::MAX)
    }

    fn leaf(&self, leaf: u32) -> Option<&Arc<LeafNode>> {
        self.leaves.get(at(leaf))?.as_ref()
    }

    fn parent(&self, node: u32) -> Option<&Arc<ParentNode>> {
        self.parents.get(at(node >> 1))?.as_ref()
    }

    fn tree_hash(&self, node: u32) -> Digest {
        self.hashes.get(at(node)).copied().unwrap_or(Digest::EMPTY)
    }

    fn census(&self) -> &Census {
        &self.census
    }

    fn last_leaf(&self) -> u32 {
        self.last_leaf
    }
}
