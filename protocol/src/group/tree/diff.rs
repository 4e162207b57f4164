//! Changes to a tree, not merged yet (RFC 9420 §7.7, §12.1.1 to §12.1.3).

use super::{Census, ParentNode, Tree, TreeView, math};
use crate::error::Error;
use crate::group::crypto::Digest;
use crate::group::error::Check;
use crate::group::types::LeafNode;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;

/// What is new against a tree.
#[derive(Debug)]
pub(crate) struct TreeChanges {
    pub(crate) size: u32,
    pub(crate) leaves: BTreeMap<u32, Option<Arc<LeafNode>>>,
    pub(crate) parents: BTreeMap<u32, Option<Arc<ParentNode>>>,
    pub(crate) hashes: BTreeMap<u32, Digest>,
    pub(crate) census: Census,
    pub(crate) last_leaf: u32,
}

/// A changed tree: the changes over the tree that they change.
pub(crate) struct Diff<'a> {
    base: &'a Tree,
    changes: TreeChanges,
    /// Leaves and parents that were changed since the hashes were last computed.
    dirty: BTreeMap<u32, ()>,
}

impl<'a> Diff<'a> {
    pub(crate) fn new(base: &'a Tree) -> Self {
        let changes = TreeChanges {
            size: base.size(),
            leaves: BTreeMap::new(),
            parents: BTreeMap::new(),
            hashes: BTreeMap::new(),
            census: base.census().clone(),
            last_leaf: base.last_leaf(),
        };
        Self { base, changes, dirty: BTreeMap::new() }
    }

    pub(crate) fn into_changes(self) -> TreeChanges {
        self.changes
    }

    pub(crate) fn base(&self) -> &'a Tree {
        self.base
    }

    pub(crate) fn changes(&self) -> &TreeChanges {
        &self.changes
    }

    /// Puts a leaf where one is or is not.
    pub(crate) fn set_leaf(&mut self, leaf: u32, node: Arc<LeafNode>) {
        let old = self.leaf(leaf).cloned();
        old.iter().for_each(|old| self.changes.census.count_out(old));
        self.changes.census.count_in(&node);
        self.changes.leaves.insert(leaf, Some(node));
        self.changes.last_leaf = self.changes.last_leaf.max(leaf);
        self.dirty.insert(math::leaf_node(leaf), ());
    }

    /// Puts a parent node.
    pub(crate) fn set_parent(&mut self, index: u32, node: ParentNode) {
        self.changes.parents.insert(index, Some(Arc::new(node)));
        self.dirty.insert(index, ());
    }

    fn blank_leaf(&mut self, leaf: u32) {
        if let Some(old) = self.leaf(leaf).cloned() {
            self.changes.census.count_out(&old);
            self.changes.leaves.insert(leaf, None);
            self.dirty.insert(math::leaf_node(leaf), ());
        }
    }

    /// Blanks the parents of a leaf.
    pub(crate) fn blank_direct_path(&mut self, leaf: u32) {
        for node in math::direct_path(math::leaf_node(leaf), self.size()) {
            if self.parent(node).is_some() {
                self.changes.parents.insert(node, None);
                self.dirty.insert(node, ());
            }
        }
    }

    /// Applies an Update (§12.1.2).
    pub(crate) fn update_leaf(&mut self, leaf: u32, node: Arc<LeafNode>) {
        self.set_leaf(leaf, node);
        self.blank_direct_path(leaf);
    }

    /// Applies a Remove, but for the truncation (§12.1.3).
    pub(crate) fn remove_leaf(&mut self, leaf: u32) {
        self.blank_leaf(leaf);
        self.blank_direct_path(leaf);
    }

    /// Removes the right half of the tree as long as it has no members (`GRP-25`, §7.7).
    pub(crate) fn truncate(&mut self) {
        let mut last = self.changes.last_leaf;
        while last > 0 && self.leaf(last).is_none() {
            last = last.saturating_sub(1);
        }
        self.changes.last_leaf = last;
        let size = math::full_size(last.saturating_add(1)).unwrap_or(self.changes.size);
        if size < self.changes.size {
            self.changes.size = size;
            let nodes = math::node_count(size);
            self.changes.leaves.retain(|leaf, _| *leaf < size);
            self.changes.parents.retain(|node, _| *node < nodes);
            self.changes.hashes.retain(|node, _| *node < nodes);
            self.dirty.retain(|node, ()| *node < nodes);
        }
    }

    /// The leftmost blank leaf from `from` on; the tree is extended where there is none (`GRP-25`, §7.7).
    ///
    /// # Errors
    /// [`Check::GroupFull`]
    pub(crate) fn blank_from(&mut self, from: u32) -> Result<u32, Error> {
        let mut leaf = from;
        while self.leaf(leaf).is_some() {
            leaf = leaf.saturating_add(1);
        }
        if leaf >= self.changes.size {
            let old = self.changes.size;
            let size = math::full_size(leaf.saturating_add(1)).ok_or(Check::GroupFull.refuse())?;
            self.changes.size = size;
            // The base may have had nodes there that a truncation has cut off.
            (old..size).for_each(|leaf| {
                self.changes.leaves.insert(leaf, None);
                self.dirty.insert(math::leaf_node(leaf), ());
            });
            (old..size).for_each(|leaf| {
                self.changes.parents.insert(math::leaf_node(leaf).saturating_sub(1), None);
            });
        }
        Ok(leaf)
    }

    /// Applies an Add at a blank leaf, which the parents above list as unmerged (`GRP-95`, §12.1.1).
    pub(crate) fn add_leaf(&mut self, leaf: u32, node: Arc<LeafNode>) {
        self.set_leaf(leaf, node);
        for index in math::direct_path(math::leaf_node(leaf), self.size()) {
            let base = self.base;
            let slot =
                self.changes.parents.entry(index).or_insert_with(|| base.parent(index).cloned());
            // Copied once at most: many Adds to one node are not quadratic.
            let Some(parent) = slot.as_mut().map(Arc::make_mut) else { continue };
            if let Err(place) = parent.unmerged_leaves.binary_search(&leaf) {
                parent.unmerged_leaves.insert(place, leaf);
            }
            self.dirty.insert(index, ());
        }
    }

    pub(crate) fn set_hash(&mut self, node: u32, hash: Digest) {
        self.changes.hashes.insert(node, hash);
    }

    /// The nodes that were changed since the last call.
    pub(crate) fn take_dirty(&mut self) -> BTreeMap<u32, ()> {
        core::mem::take(&mut self.dirty)
    }
}

impl TreeView for Diff<'_> {
    fn size(&self) -> u32 {
        self.changes.size
    }

    fn leaf(&self, leaf: u32) -> Option<&Arc<LeafNode>> {
        if leaf >= self.changes.size {
            return None;
        }
        match self.changes.leaves.get(&leaf) {
            Some(changed) => changed.as_ref(),
            None => self.base.leaf(leaf),
        }
    }

    fn parent(&self, node: u32) -> Option<&Arc<ParentNode>> {
        if node >= math::node_count(self.changes.size) {
            return None;
        }
        match self.changes.parents.get(&node) {
            Some(changed) => changed.as_ref(),
            None => self.base.parent(node),
        }
    }

    fn tree_hash(&self, node: u32) -> Digest {
        match self.changes.hashes.get(&node) {
            Some(hash) => *hash,
            None => self.base.tree_hash(node),
        }
    }

    fn census(&self) -> &Census {
        &self.changes.census
    }

    fn last_leaf(&self) -> u32 {
        self.changes.last_leaf
    }
}
