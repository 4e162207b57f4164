//! A group as one of its members has it.

use super::identity::SigningIdentity;
use super::past::{Epochs, PastEpoch, ResumptionPsks};
use super::staged::StagedCommit;
use crate::codec::Wire;
use crate::crypto::Secret;
use crate::delivery::RelayName;
use crate::error::{Error, Misuse};
use crate::group::crypto::Crypto;
use crate::group::policy::{Confirmation, GroupPolicy};
use crate::group::schedule::{EpochSecrets, SecretTree};
use crate::group::state::Touched;
use crate::group::suite::CipherSuite;
use crate::group::tree::{PrivateTree, Tree, TreeView};
use crate::group::types::{
    GroupContext, LeafNode, PreSharedKeyId, Proposal, PskKind, ReInit, Sender, WIRE_PRIVATE,
    delivery,
};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

/// Whether a group goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Active,
    /// A ReInit was committed: a new group is to replace this one (§11.2). When, in seconds since 1970.
    Replaced {
        reinit: ReInit,
        at: u64,
    },
    /// The device was removed, by a commit that removed these leaves.
    Removed {
        at: u64,
        removed: Vec<u32>,
    },
}

/// A proposal that was received or sent in this epoch.
pub(crate) struct CachedProposal {
    pub(crate) proposal: Proposal,
    pub(crate) sender: Sender,
    /// When it came, among the epoch's proposals.
    pub(crate) order: u32,
    /// The encoded `AuthenticatedContent` (`GDS-36`).
    pub(crate) content: Vec<u8>,
    /// Whether the device would commit it, when it came: not an Add that fails `GRP-08` or `GDS-15`,
    /// nor a ReInit by `GRP-36`, nor a pre-shared key that it lacked.
    pub(crate) committable: bool,
}

impl CachedProposal {
    /// Whether a bundle may have it (`GDS-45`): a member's, that came as a private message.
    pub(crate) fn fits_bundle(&self) -> bool {
        self.sender.leaf().is_some() && self.content.starts_with(&WIRE_PRIVATE.to_be_bytes())
    }
}

/// Proposals by their references.
pub(crate) type Proposals = BTreeMap<Vec<u8>, CachedProposal>;

/// The private side of an Update that the device proposed: its new leaf key, and who it then is.
pub(crate) struct PendingUpdate {
    pub(crate) encryption_key: Secret,
    pub(crate) identity: SigningIdentity,
}

/// A group. Calls that change it say what to store; a call that fails changes nothing.
pub struct Group {
    pub(crate) crypto: Crypto,
    pub(crate) policy: GroupPolicy,
    pub(crate) identity: SigningIdentity,
    pub(crate) context: GroupContext,
    /// `context`, encoded.
    pub(crate) context_bytes: Vec<u8>,
    pub(crate) interim_transcript_hash: Vec<u8>,
    pub(crate) confirmation_tag: Vec<u8>,
    pub(crate) tree: Tree,
    pub(crate) private: PrivateTree,
    pub(crate) secrets: EpochSecrets,
    pub(crate) secret_tree: SecretTree,
    pub(crate) past: BTreeMap<u64, PastEpoch>,
    pub(crate) resumption: ResumptionPsks,
    pub(crate) proposals: Proposals,
    /// By the new leaf's public key.
    pub(crate) pending_updates: BTreeMap<Vec<u8>, PendingUpdate>,
    pub(crate) pending_commit: Option<Box<StagedCommit>>,
    pub(crate) status: Status,
    /// How often changes were taken, and which records have changed since.
    pub(crate) changes: u64,
    pub(crate) touched: Touched,
}

/// What an epoch begins with.
pub(crate) struct EpochState {
    pub(crate) context: GroupContext,
    pub(crate) interim_transcript_hash: Vec<u8>,
    pub(crate) confirmation_tag: Vec<u8>,
    pub(crate) secrets: EpochSecrets,
    pub(crate) secret_tree: SecretTree,
}

impl Group {
    pub(crate) fn start(
        crypto: Crypto,
        policy: GroupPolicy,
        identity: SigningIdentity,
        (tree, private): (Tree, PrivateTree),
        epoch: EpochState,
    ) -> Self {
        let context_bytes = epoch.context.to_bytes();
        let mut group = Self {
            crypto,
            policy,
            identity,
            context: epoch.context,
            context_bytes,
            interim_transcript_hash: epoch.interim_transcript_hash,
            confirmation_tag: epoch.confirmation_tag,
            tree,
            private,
            secrets: epoch.secrets,
            secret_tree: epoch.secret_tree,
            past: BTreeMap::new(),
            resumption: BTreeMap::new(),
            proposals: BTreeMap::new(),
            pending_updates: BTreeMap::new(),
            pending_commit: None,
            status: Status::Active,
            changes: 0,
            touched: Touched::default(),
        };
        group.touched.0 = group.keys();
        group
    }

    /// The group's cipher suite.
    #[must_use]
    pub fn suite(&self) -> CipherSuite {
        self.crypto.suite()
    }

    /// The group's id.
    #[must_use]
    pub fn group_id(&self) -> &[u8] {
        &self.context.group_id
    }

    /// The epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.context.epoch
    }

    /// What all members agree on.
    #[must_use]
    pub fn context(&self) -> &GroupContext {
        &self.context
    }

    /// The relay that orders the group's commits, in the extension `delivery` (`GDS-30`); none where other means do.
    #[must_use]
    pub fn relay(&self) -> Option<RelayName> {
        delivery(&self.context.extensions).ok().flatten()
    }

    /// The device's own leaf index.
    #[must_use]
    pub fn own_leaf(&self) -> u32 {
        self.private.leaf()
    }

    /// Each member with its leaf index.
    pub fn members(&self) -> impl Iterator<Item = (u32, &LeafNode)> {
        self.tree.members().map(|(index, leaf)| (index, &**leaf))
    }

    /// The member of a leaf index.
    #[must_use]
    pub fn member(&self, leaf: u32) -> Option<&LeafNode> {
        self.tree.leaf(leaf).map(|leaf| &**leaf)
    }

    /// The member that had a leaf index in a present or past epoch whose keys are kept: who has sent a late message. The leaf
    /// may be somebody else's by now.
    #[must_use]
    pub fn member_at(&self, epoch: u64, leaf: u32) -> Option<&LeafNode> {
        self.epochs().find(epoch).ok()?;
        self.leaf_at(epoch, leaf).map(|leaf| &**leaf)
    }

    /// What the device knows of each member beyond what its leaf says, by leaf index (`GRP-99`): the caller is told who is
    /// unconfirmed (`GDS-51`), and removes whom a list refutes (`GDS-17`).
    pub fn confirmations(&self) -> impl Iterator<Item = (u32, Confirmation)> {
        self.members().map(|(leaf, member)| (leaf, self.policy.validator.confirm(member)))
    }

    /// Number of members.
    #[must_use]
    pub fn member_count(&self) -> u32 {
        self.tree.census().members()
    }

    /// `epoch_authenticator` (RFC 9420 §8.7).
    #[must_use]
    pub fn epoch_authenticator(&self) -> &[u8] {
        self.secrets.epoch_authenticator.0.as_bytes()
    }

    /// `resumption_psk` of this epoch (§8.6), to be used in another group; empty once it is erased, after a removal (`GDS-26`).
    #[must_use]
    pub fn resumption_psk(&self) -> Secret {
        self.secrets.resumption_psk.0.duplicate()
    }

    /// Whether messages can be sent: not after a ReInit, nor once the device was removed.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// Whether the device was removed from the group.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        matches!(self.status, Status::Removed { .. })
    }

    /// The parameters of the group that is to replace this one, once a ReInit was committed (§11.2).
    #[must_use]
    pub fn reinit(&self) -> Option<&ReInit> {
        match &self.status {
            Status::Replaced { reinit, .. } => Some(reinit),
            _ => None,
        }
    }

    /// Number of proposals that wait for a commit.
    #[must_use]
    pub fn proposal_count(&self) -> usize {
        self.proposals.len()
    }

    /// The epoch's proposals that are kept, each with its sender, in no order: received ones and the device's own. Not each of
    /// them can be committed.
    pub fn proposals(&self) -> impl ExactSizeIterator<Item = (&Proposal, Sender)> {
        self.proposals.values().map(|cached| (&cached.proposal, cached.sender))
    }

    /// Whether a commit of one's own waits for being merged or cleared.
    #[must_use]
    pub fn has_pending_commit(&self) -> bool {
        self.pending_commit.is_some()
    }

    /// The device's rules from now on.
    pub fn set_policy(&mut self, policy: GroupPolicy) {
        self.policy = policy;
    }

    /// The device's own leaf node, as all others know it.
    pub(crate) fn own_leaf_node(&self) -> Result<&Arc<LeafNode>, Error> {
        Ok(self.tree.leaf(self.own_leaf()).ok_or(Misuse::GroupInactive)?)
    }

    /// `GRP-93`, `GRP-94`: nothing is sent in a group that the device was removed from, or that a ReInit has ended.
    pub(crate) fn require_active(&self) -> Result<(), Error> {
        if self.is_active() { Ok(()) } else { Err(Misuse::GroupInactive.into()) }
    }

    /// The resumption key of an id that names this group and an epoch that is kept.
    pub(crate) fn own_resumption_psk(&self, id: &PreSharedKeyId) -> Option<&Secret> {
        let PskKind::Resumption { group_id, epoch, .. } = &id.kind else { return None };
        if *group_id != self.context.group_id {
            return None;
        }
        if *epoch == self.context.epoch {
            // Erased of a group that the device was removed from: an empty key is none.
            return Some(&self.secrets.resumption_psk.0).filter(|psk| psk.len() > 0);
        }
        self.resumption.get(epoch).map(|kept| &kept.psk)
    }

    /// The secret tree of an epoch, past or present.
    pub(crate) fn secret_tree_of(&self, epoch: u64) -> Option<&SecretTree> {
        if epoch == self.context.epoch {
            return Some(&self.secret_tree);
        }
        self.past.get(&epoch).map(|past| &past.secret_tree)
    }

    /// The epochs whose messages are read.
    pub(crate) fn epochs(&self) -> Epochs<'_> {
        let Self { context, status, past, policy, .. } = self;
        Epochs { context, status, past, policy }
    }

    /// The leaf of an epoch, past or present.
    pub(crate) fn leaf_at(&self, epoch: u64, leaf: u32) -> Option<&Arc<LeafNode>> {
        self.epochs().replaced_leaf(epoch, leaf).unwrap_or_else(|| self.tree.leaf(leaf))
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group")
            .field("group_id", &self.context.group_id)
            .field("epoch", &self.context.epoch)
            .field("own_leaf", &self.own_leaf())
            .field("members", &self.member_count())
            .finish_non_exhaustive()
    }
}
