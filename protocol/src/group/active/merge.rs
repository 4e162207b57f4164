//! From one epoch to the next.

use super::group::{Group, Status};
use super::past::{KeptPsk, PastEpoch};
use super::staged::{Next, NextEpoch, StagedCommit, Summary};
use crate::codec::Wire;
use crate::error::{Error, Misuse};
use crate::group::schedule::SecretTree;
use crate::group::state::Key;
use crate::group::tree::{TreeChanges, TreeView, math};
use crate::group::types::LeafNode;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;

impl Group {
    /// Merges a commit that was received: the group is in the next epoch, or, where the device was removed,
    /// no longer active (`GRP-93`). Proposals, pending Updates and a pending commit of the old epoch are dropped (`GRP-92`,
    /// `GDS-07`, `GDS-25`), and no other commit for it is taken (`GDS-13`).
    ///
    /// # Errors
    /// [`Misuse::StaleState`] when the group has moved on since the commit was staged; [`Misuse::GroupInactive`] when the device
    /// was removed since, by another commit of the epoch.
    pub fn merge(&mut self, staged: StagedCommit) -> Result<(), Error> {
        if !staged.fits(self) {
            return Err(Misuse::StaleState.into());
        }
        // Whoever is removed stays in the epoch that it had.
        self.require_active()?;
        let limits = self.policy.ratchet_limits(staged.now);
        if let Some((key, generation)) = staged.used {
            // One that is gone by now needs not go.
            let found = self.secret_tree.find(&self.crypto, key, generation, limits);
            if let Ok((_, used)) = found {
                let changes = self.secret_tree.carry_out_use(used, limits);
                self.touched.touch_secret_tree(self.context.epoch, changes);
            }
        }
        let gone = core::mem::take(&mut self.proposals).into_keys().map(Key::Proposal);
        self.touched.0.extend(gone);
        let gone = core::mem::take(&mut self.pending_updates).into_keys().map(Key::Update);
        self.touched.0.extend(gone);
        self.pending_commit = None;
        self.touched.touch(Key::Pending);
        match staged.next {
            Next::Removed => self.leave(staged.summary.removed, staged.now),
            Next::Epoch(next) => self.enter(*next, staged.summary, staged.now),
        }
        Ok(())
    }

    /// Merges the commit that this device has made, once it is known to be the epoch's (`GDS-06`).
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
        self.pending_commit.take().ok_or(Misuse::NoPendingCommit)?;
        self.touched.touch(Key::Pending);
        Ok(())
    }

    fn enter(&mut self, next: NextEpoch, summary: Summary, now: u64) {
        let leaves = self.replaced_leaves(&next.tree);
        let epoch = self.context.epoch;
        self.touch_next(&next);
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
            self.status = Status::Replaced { reinit, at: now };
        }
        let Summary { added, removed, .. } = summary;
        let psk = old_secrets.resumption_psk.0;
        self.resumption.insert(epoch, KeptPsk { psk, added });
        let past = PastEpoch {
            context: old_context,
            sender_data_secret: old_secrets.sender_data_secret,
            secret_tree: old_tree,
            leaves,
            removed,
            left_at: now,
        };
        self.past.insert(epoch, past);
        self.forget();
    }

    /// Deletes the past beyond what policy keeps (`GDS-23`, `GDS-24`).
    pub(super) fn forget(&mut self) {
        let keep = |most: u32| usize::try_from(most).unwrap_or(usize::MAX);
        let past = self.status.past_epochs(&self.policy).unwrap_or(0);
        while self.past.len() > keep(past) {
            let Some((epoch, past)) = self.past.pop_first() else { break };
            self.touch_past(epoch, &past);
        }
        while self.resumption.len() > keep(self.policy.max_resumption_psks) {
            let Some((epoch, _)) = self.resumption.pop_first() else { break };
            self.touched.touch(Key::Resumption(epoch));
        }
    }

    /// The records of a past epoch.
    pub(super) fn touch_past(&mut self, epoch: u64, past: &PastEpoch) {
        self.touched.touch(Key::Past(epoch));
        self.touch_secret_tree(epoch, &past.secret_tree);
    }

    /// All records of an epoch's secret tree.
    pub(super) fn touch_secret_tree(&mut self, epoch: u64, tree: &SecretTree) {
        self.touched.0.extend(tree.nodes().map(|(node, _)| Key::SecretNode(epoch, node)));
        let ratchets = tree.ratchets();
        let ratchets = ratchets.map(|((leaf, kind), _)| Key::Ratchet(epoch, leaf, kind));
        self.touched.0.extend(ratchets);
    }

    /// The records that the next epoch changes.
    fn touch_next(&mut self, next: &NextEpoch) {
        let (epoch, new) = (self.context.epoch, next.state.context.epoch);
        let touched = &mut self.touched.0;
        touched.extend([Key::Epoch, Key::Past(epoch), Key::Resumption(epoch)]);
        touched.insert(Key::SecretNode(new, math::root(next.tree.size)));
        touched.extend(next.tree.leaves.keys().map(|leaf| Key::Leaf(*leaf)));
        touched.extend(next.tree.parents.keys().map(|node| Key::Parent(*node)));
        let cut_off = next.tree.size..self.tree.size();
        touched.extend(cut_off.clone().map(Key::Leaf));
        let parents = cut_off.map(|leaf| math::leaf_node(leaf).saturating_sub(1));
        touched.extend(parents.map(Key::Parent));
        touched.extend(next.private.keys().map(|node| Key::Private(*node)));
        if next.own_leaf.is_some() {
            touched.insert(Key::Private(math::leaf_node(self.private.leaf())));
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
