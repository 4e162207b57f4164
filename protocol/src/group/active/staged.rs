//! A commit that was verified, not merged yet.

use super::group::{EpochState, Group};
use super::identity::SigningIdentity;
use crate::crypto::Secret;
use crate::group::schedule::RatchetKey;
use crate::group::tree::{PrivateChanges, TreeChanges};
use crate::group::types::{PreSharedKeyId, Proposal, ReInit, Sender};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

/// What a commit would do, and who is added or removed by whom (`GDS-16`): look at it, then
/// [`Group::merge`](super::Group::merge) it or drop it.
pub struct StagedCommit {
    /// The interim transcript hash of the state that it was made for.
    pub(crate) base: Vec<u8>,
    pub(crate) sender: Sender,
    pub(crate) authenticated_data: Vec<u8>,
    pub(crate) summary: Summary,
    pub(crate) next: Next,
    /// The generation that the commit was encrypted with, where it was: its key is looked for again when it is to go, since other
    /// messages of its sender may have come in between.
    pub(crate) used: Option<(RatchetKey, u32)>,
    /// When it was received or made, in seconds since 1970.
    pub(crate) now: u64,
}

/// What a commit changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summary {
    pub(crate) added: Vec<u32>,
    pub(crate) updated: Vec<u32>,
    pub(crate) removed: Vec<u32>,
    /// Who proposed each of the added and the removed, and the ReInit. Not stored with a pending commit: that is the device's own.
    pub(crate) added_by: Vec<Sender>,
    pub(crate) removed_by: Vec<Sender>,
    pub(crate) reinit_by: Option<Sender>,
    pub(crate) psks: Vec<PreSharedKeyId>,
    /// A proposal that the commit refers to several times stands here as often, and is held once.
    pub(crate) custom: Vec<Arc<Proposal>>,
    pub(crate) extensions: bool,
    pub(crate) path: bool,
}

/// What comes after.
pub(crate) enum Next {
    /// The device is no member any more.
    Removed,
    Epoch(Box<NextEpoch>),
}

/// The next epoch.
pub(crate) struct NextEpoch {
    pub(crate) state: EpochState,
    pub(crate) tree: TreeChanges,
    pub(crate) private: PrivateChanges,
    /// The device's new leaf key with who it then is, if its leaf changes.
    pub(crate) own_leaf: Option<(Secret, SigningIdentity)>,
    pub(crate) reinit: Option<ReInit>,
}

impl StagedCommit {
    /// Who committed: a member, or a client that joins by it.
    #[must_use]
    pub fn sender(&self) -> Sender {
        self.sender
    }

    /// Data of the application that is authenticated with the commit.
    #[must_use]
    pub fn authenticated_data(&self) -> &[u8] {
        &self.authenticated_data
    }

    /// Leaf indices of the members that are added, a client that joins by the commit included.
    #[must_use]
    pub fn added(&self) -> &[u32] {
        &self.summary.added
    }

    /// Leaf indices of the members whose Updates are applied.
    #[must_use]
    pub fn updated(&self) -> &[u32] {
        &self.summary.updated
    }

    /// Leaf indices of the members that are removed.
    #[must_use]
    pub fn removed(&self) -> &[u32] {
        &self.summary.removed
    }

    /// Each member that is added, by leaf index, and who has proposed that (`GDS-16`); a client that joins by the commit itself.
    pub fn additions(&self) -> impl ExactSizeIterator<Item = (u32, Sender)> {
        let Summary { added, added_by, .. } = &self.summary;
        added.iter().copied().zip(added_by.iter().copied())
    }

    /// Each member that is removed, by leaf index, and who has proposed that (`GDS-16`): itself, where it leaves.
    pub fn removals(&self) -> impl ExactSizeIterator<Item = (u32, Sender)> {
        let Summary { removed, removed_by, .. } = &self.summary;
        removed.iter().copied().zip(removed_by.iter().copied())
    }

    /// Who proposed the ReInit, if there is one.
    #[must_use]
    pub fn reinit_by(&self) -> Option<Sender> {
        self.summary.reinit_by
    }

    /// Pre-shared keys that are injected.
    #[must_use]
    pub fn psks(&self) -> &[PreSharedKeyId] {
        &self.summary.psks
    }

    /// Proposals of types that are the application's, in the order of the commit: one to which it refers twice comes twice.
    pub fn custom_proposals(&self) -> impl ExactSizeIterator<Item = &Proposal> {
        self.summary.custom.iter().map(|proposal| &**proposal)
    }

    /// Whether the extensions of the group context change.
    #[must_use]
    pub fn changes_extensions(&self) -> bool {
        self.summary.extensions
    }

    /// Whether the committer has new keys.
    #[must_use]
    pub fn has_path(&self) -> bool {
        self.summary.path
    }

    /// Whether this device is removed.
    #[must_use]
    pub fn removes_self(&self) -> bool {
        matches!(self.next, Next::Removed)
    }

    /// The parameters of the group that is to replace this one, if it is to be.
    #[must_use]
    pub fn reinit(&self) -> Option<&ReInit> {
        match &self.next {
            Next::Epoch(next) => next.reinit.as_ref(),
            Next::Removed => None,
        }
    }

    /// `epoch_authenticator` of the new epoch; none for a device that is removed.
    #[must_use]
    pub fn epoch_authenticator(&self) -> Option<&[u8]> {
        match &self.next {
            Next::Epoch(next) => Some(next.state.secrets.epoch_authenticator.0.as_bytes()),
            Next::Removed => None,
        }
    }

    /// Whether it was made for the state that a group is in.
    pub(crate) fn fits(&self, group: &Group) -> bool {
        self.base == group.interim_transcript_hash
    }
}

impl fmt::Debug for StagedCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StagedCommit")
            .field("sender", &self.sender)
            .field("summary", &self.summary)
            .finish_non_exhaustive()
    }
}
