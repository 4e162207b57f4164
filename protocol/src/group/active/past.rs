//! Epochs that are over: what late messages need (RFC 9420 §15.3), and how long it is kept.

use super::group::Status;
use crate::crypto::Secret;
use crate::error::Error;
use crate::group::error::Check;
use crate::group::policy::GroupPolicy;
use crate::group::schedule::{SecretTree, SenderDataSecret};
use crate::group::types::{GroupContext, LeafNode};
use crate::limits::reached;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A past epoch.
pub(crate) struct PastEpoch {
    /// The encoded group context.
    pub(crate) context: Vec<u8>,
    pub(crate) sender_data_secret: SenderDataSecret,
    pub(crate) secret_tree: SecretTree,
    /// The leaves that the commit which ended the epoch changed, as they were in it.
    pub(crate) leaves: BTreeMap<u32, Option<Arc<LeafNode>>>,
    /// The leaves that it removed.
    pub(crate) removed: Vec<u32>,
    /// When the epoch was left, in seconds since 1970: when the commit that ended it was received or made.
    pub(crate) left_at: u64,
}

/// The resumption key of a past epoch, and the leaves that the commit which ended it has added: they never had it.
pub(crate) struct KeptPsk {
    pub(crate) psk: Secret,
    pub(crate) added: Vec<u32>,
}

/// Resumption keys by epoch (§8.6).
pub(crate) type ResumptionPsks = BTreeMap<u64, KeptPsk>;

impl Status {
    /// Whether what the group's last epoch has left is kept no longer, `now` in seconds since 1970: by a device that was removed
    /// (`GDS-26`), or after a ReInit (`GDS-46`).
    pub(crate) fn is_over(&self, policy: &GroupPolicy, now: u64) -> bool {
        match self {
            Self::Active => false,
            Self::Replaced { at, .. } => reached(now, *at, policy.max_envelope_age),
            Self::Removed { at, .. } => reached(now, *at, policy.skipped_key_age),
        }
    }

    /// How many past epochs are kept (`GDS-23`). To a device that was removed, its last epoch is one of them.
    pub(crate) fn past_epochs(&self, policy: &GroupPolicy) -> Option<u32> {
        match self {
            Self::Removed { .. } => policy.max_past_epochs.checked_sub(1),
            _ => Some(policy.max_past_epochs),
        }
    }
}

/// The epochs of a group whose messages are read: the last that it has entered, and past ones. One rule for a group in memory
/// and for one that is read from its records.
#[derive(Clone, Copy)]
pub(crate) struct Epochs<'a> {
    pub(crate) context: &'a GroupContext,
    pub(crate) status: &'a Status,
    pub(crate) past: &'a BTreeMap<u64, PastEpoch>,
    pub(crate) policy: &'a GroupPolicy,
}

impl<'a> Epochs<'a> {
    /// §6: the message is for this group.
    pub(crate) fn check_group(self, group_id: &[u8]) -> Result<(), Error> {
        Check::WrongGroup.require(group_id == self.context.group_id)
    }

    /// The past epoch of a number, none for the last one; `GRP-84`, `GDS-23` and `GDS-26` but for their times.
    ///
    /// # Errors
    /// [`Check::WrongEpoch`], [`Check::EpochGone`].
    pub(crate) fn find(self, epoch: u64) -> Result<Option<&'a PastEpoch>, Error> {
        let ago = self.context.epoch.checked_sub(epoch).ok_or(Check::WrongEpoch.refuse())?;
        let most = self.status.past_epochs(self.policy);
        Check::EpochGone.require(most.is_some_and(|most| ago <= u64::from(most)))?;
        if ago == 0 {
            return Ok(None);
        }
        self.past.get(&epoch).map(Some).ok_or(Check::EpochGone.refuse())
    }

    /// The times of `GDS-23`, `GDS-26` and `GDS-46`, for what [`Self::find`] has found.
    ///
    /// # Errors
    /// [`Check::EpochGone`]
    pub(crate) fn check_age(self, found: Option<&PastEpoch>, now: u64) -> Result<(), Error> {
        let over = match found {
            Some(past) => reached(now, past.left_at, self.policy.skipped_key_age),
            None => self.status.is_over(self.policy, now),
        };
        Check::EpochGone.require(!over)
    }

    /// The leaf of an index as it was in an epoch, if a commit has changed it since: blank, or a leaf node.
    pub(crate) fn replaced_leaf(self, epoch: u64, leaf: u32) -> Option<Option<&'a Arc<LeafNode>>> {
        let mut later = self.past.range(epoch..);
        later.find_map(|(_, past)| past.leaves.get(&leaf)).map(Option::as_ref)
    }

    /// Whether the member that had a leaf in an epoch has been removed since (`GDS-33`).
    pub(crate) fn removed_since(self, epoch: u64, leaf: u32) -> bool {
        let with_the_device = match self.status {
            Status::Removed { removed, .. } => removed.contains(&leaf),
            _ => false,
        };
        with_the_device || self.past.range(epoch..).any(|(_, past)| past.removed.contains(&leaf))
    }
}
