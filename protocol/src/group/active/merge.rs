//! From one epoch to the next.

use super::group::{Group, Status};
use super::past::PastEpoch;
use super::staged::{Next, NextEpoch, StagedCommit};
use crate::codec::Wire;
use crate::error::{Error, Misuse};
use crate::group::tree::{TreeChanges, TreeView, math};
use crate::group::types::LeafNode;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;

impl Group {
    /// Merges a commit that was received: the group is in the next epoch, or, where the device was removed,
    /// no longer active. Proposals, pending Updates and a pending commit of the old epoch are dropped.
    ///
    /// # Errors
    /// [`Misuse::StaleState`] when the group has moved on since the commit was staged.
    pub fn merge(&mut self, staged: StagedCommit) -> Result<(), Error> {
        if !staged.fits(self) {
            return Err(Misuse::StaleState.into());
        }
        if let Some(used) = staged.used {
            let _ = self.secret_tree.carry_out_use(used, self.policy.ratchet_limits());
        }
        self.proposals.clear();
        self.pending_updates.clear();
        self.pending_commit = None;
        match staged.next {
            Next::Removed => self.status = Status::Removed,
            Next::Epoch(next) => self.enter(*next),
        }
        Ok(())
    }

    /// Merges the commit that this device has made, once it is known to be the epoch's.
    ///
    /// # Errors
    /// [`Misuse::NoPendingCommit`]
    pub fn merge_pending(&mut self) -> Result<(), Error> {
        let pending = self.pending_commit.take().ok_or(Misuse::NoPendingCommit)?;
        self.merge(*pending)
    }

    /// Drops the commit that this device has made.
    ///
    /// # Errors
    /// [`Misuse::NoPendingCommit`]
    pub fn clear_pending(&mut self) -> Result<(), Error> {
        self.pending_commit.take().map(|_| ()).ok_or(Misuse::NoPendingCommit.into())
    }

    fn enter(&mut self, next: NextEpoch) {
        let leaves = self.replaced_leaves(&next.tree);
        let epoch = self.context.epoch;
        let NextEpoch { state, tree, private, own_leaf, reinit } = next;
        self.tree.apply(tree);
        self.private.apply(private);
        if let Some((key, identity)) = own_leaf {
            self.private.insert(math::leaf_node(self.private.leaf()), key);
            self.identity = identity;
        }
        let context_bytes = state.context.to_bytes();
        let old_secrets = core::mem::replace(&mut self.secrets, state.secrets);
        let old_tree = core::mem::replace(&mut self.secret_tree, state.secret_tree);
        let old_context = core::mem::replace(&mut self.context_bytes, context_bytes);
        self.context = state.context;
        self.interim_transcript_hash = state.interim_transcript_hash;
        self.confirmation_tag = state.confirmation_tag;
        if let Some(reinit) = reinit {
            self.status = Status::Replaced(reinit);
        }
        self.resumption.insert(epoch, old_secrets.resumption_psk.0);
        let past = PastEpoch {
            context: old_context,
            sender_data_secret: old_secrets.sender_data_secret,
            secret_tree: old_tree,
            leaves,
        };
        self.past.insert(epoch, past);
        self.forget();
    }

    /// Deletes the past beyond what policy keeps.
    fn forget(&mut self) {
        let keep = |most: u32| usize::try_from(most).unwrap_or(usize::MAX);
        while self.past.len() > keep(self.policy.max_past_epochs) {
            self.past.pop_first();
        }
        while self.resumption.len() > keep(self.policy.max_resumption_psks) {
            self.resumption.pop_first();
        }
    }

    /// The leaves that changes replace or cut off, as they are now.
    fn replaced_leaves(&self, changes: &TreeChanges) -> BTreeMap<u32, Option<Arc<LeafNode>>> {
        if self.policy.max_past_epochs == 0 {
            return BTreeMap::new();
        }
        let changed = changes.leaves.keys().copied();
        let cut_off = changes.size..self.tree.last_leaf().saturating_add(1);
        changed.chain(cut_off).map(|leaf| (leaf, self.tree.leaf(leaf).cloned())).collect()
    }
}
