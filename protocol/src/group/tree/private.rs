//! The private keys that a member has: of its leaf and of nodes above it.

use super::{Diff, TreeView, math};
use crate::crypto::Secret;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// Private keys by node.
pub(crate) struct PrivateTree {
    leaf: u32,
    keys: BTreeMap<u32, Secret>,
}

/// Keys that a commit changes: new ones, and none for those that are to be deleted.
pub(crate) type PrivateChanges = BTreeMap<u32, Option<Secret>>;

impl PrivateTree {
    pub(crate) fn new(leaf: u32, key: Secret) -> Self {
        Self { leaf, keys: BTreeMap::from([(math::leaf_node(leaf), key)]) }
    }

    /// One whose keys were erased.
    pub(crate) fn forgotten(leaf: u32) -> Self {
        Self { leaf, keys: BTreeMap::new() }
    }

    pub(crate) fn leaf(&self) -> u32 {
        self.leaf
    }

    pub(crate) fn get(&self, node: u32) -> Option<&Secret> {
        self.keys.get(&node)
    }

    pub(crate) fn insert(&mut self, node: u32, key: Secret) {
        self.keys.insert(node, key);
    }

    /// Erases all keys; gives the nodes that had one.
    pub(crate) fn forget(&mut self) -> Vec<u32> {
        core::mem::take(&mut self.keys).into_keys().collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Secret)> {
        self.keys.iter().map(|(node, key)| (*node, key))
    }

    /// What becomes of the keys above the leaf when a diff is merged: those whose node was blanked, cut
    /// off or given another key go (§7.5, "MUST delete outdated key material").
    pub(crate) fn outdated(&self, diff: &Diff<'_>) -> PrivateChanges {
        let base = diff.base();
        let mut above = self.keys.keys().filter(|node| math::leaf_of(**node).is_none());
        let gone: Vec<u32> = above
            .by_ref()
            .copied()
            .filter(|node| diff.public_key(*node) != base.public_key(*node))
            .collect();
        gone.into_iter().map(|node| (node, None)).collect()
    }

    pub(crate) fn apply(&mut self, changes: PrivateChanges) {
        for (node, key) in changes {
            match key {
                Some(key) => self.keys.insert(node, key),
                None => self.keys.remove(&node),
            };
        }
    }
}
