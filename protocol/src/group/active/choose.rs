//! Which of an epoch's proposals a commit of this device refers to (RFC 9420 §12.2, §12.4).

use super::commit::CommitOptions;
use super::group::{CachedProposal, Group};
use super::psks::{PskStore, look_up};
use crate::error::Error;
use crate::group::check::LeafRules;
use crate::group::policy::CredentialValidator;
use crate::group::tree::TreeView;
use crate::group::types::{LeafNode, Proposal, ProposalOrRef, Sender};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

impl Group {
    /// Whether there is a proposal of this epoch that the device has to commit before it sends application data (`GDS-29`): not
    /// its own Update or Remove, nor one that its commit would leave out, such as an Add that fails `GRP-08` or `GDS-15`. `false` while a
    /// commit of its own is pending.
    ///
    /// # Errors
    /// [`Error::Provider`]
    pub fn must_commit(&self, psks: &PskStore, now: u64) -> Result<bool, Error> {
        let chosen = self.choose(&CommitOptions::default(), psks, now)?;
        Ok(self.pending_commit.is_none() && !chosen.is_empty())
    }

    /// The same without clock and pre-shared keys: as far as these count, it was told when each proposal came.
    pub(crate) fn has_proposals_to_commit(&self) -> bool {
        let usable = |cached: &CachedProposal| cached.committable;
        self.pending_commit.is_none() && !self.select(&CommitOptions::default(), usable).is_empty()
    }

    /// The proposals received in this epoch that go together in a commit of this device, in the order in which
    /// they came.
    pub(crate) fn choose(
        &self,
        options: &CommitOptions,
        psks: &PskStore,
        now: u64,
    ) -> Result<Vec<ProposalOrRef>, Error> {
        let rules = self.rules(&self.context.extensions, now)?.adding();
        Ok(self.select(options, |cached| self.is_committable(&rules, cached, psks)))
    }

    /// Whether this device would commit a proposal, alone: an Add if it would make it itself (`GRP-08`) and, where a relay
    /// orders the commits, has (`GDS-15`: the newcomer takes a Welcome from whom it gave its key package); a pre-shared key if
    /// it has it. The rules are those of adding.
    pub(crate) fn is_committable(
        &self,
        rules: &LeafRules<'_>,
        cached: &CachedProposal,
        psks: &PskStore,
    ) -> bool {
        match &cached.proposal {
            Proposal::Add(key_package) => {
                let own = cached.sender == Sender::Member(self.own_leaf());
                (own || self.relay().is_none())
                    && rules.check_adding(&key_package.leaf_node).is_ok()
            }
            Proposal::PreSharedKey(id) => look_up(core::slice::from_ref(id), psks, &[self]).is_ok(),
            _ => true,
        }
    }

    /// Of the usable proposals those that go together (§12.2): of several for one leaf a Remove, or else the last Update; a
    /// ReInit only alone; no client twice, and none that stays a member.
    fn select(
        &self,
        options: &CommitOptions,
        usable: impl Fn(&CachedProposal) -> bool,
    ) -> Vec<ProposalOrRef> {
        if !options.by_reference {
            return Vec::new();
        }
        let validator = &*self.policy.validator;
        let mut cached: Vec<_> = self.proposals.iter().collect();
        cached.sort_by_key(|(_, cached)| cached.order);
        let mut chosen = Chosen::of(options, self.own_leaf(), validator);
        let mut members_known = false;
        let others = options.proposals.len().saturating_add(cached.len());
        let is_remove = |cached: &CachedProposal| matches!(cached.proposal, Proposal::Remove(_));
        let (removes, rest): (Vec<_>, Vec<_>) =
            cached.iter().rev().partition(|(_, cached)| is_remove(cached));
        for (_, cached) in removes.into_iter().chain(rest) {
            if !usable(cached) {
                continue;
            }
            let fits = match &cached.proposal {
                Proposal::Remove(leaf) => {
                    chosen.leaves.insert(*leaf) && chosen.removed.insert(*leaf)
                }
                Proposal::Update(_) => {
                    cached.sender.leaf().is_some_and(|leaf| chosen.leaves.insert(leaf))
                }
                Proposal::GroupContextExtensions(_) => {
                    !core::mem::replace(&mut chosen.extensions, true)
                }
                Proposal::ReInit(_) => others == 1,
                Proposal::Add(key_package) => {
                    if !core::mem::replace(&mut members_known, true) {
                        let removed = &chosen.removed;
                        let stay = self.tree.members().filter(|(leaf, _)| !removed.contains(leaf));
                        for (_, member) in stay {
                            chosen.clients.take(member, validator.client_id(member));
                        }
                    }
                    let leaf = &key_package.leaf_node;
                    chosen.clients.take_new(leaf, validator.client_id(leaf))
                }
                _ => true,
            };
            if fits {
                chosen.orders.insert(cached.order);
            }
        }
        let kept = cached.iter().filter(|(_, cached)| chosen.orders.contains(&cached.order));
        kept.map(|(reference, _)| ProposalOrRef::Reference((*reference).clone())).collect()
    }
}

/// What a list has so far.
#[derive(Default)]
struct Chosen<'a> {
    /// Leaves that are updated or removed, and the committer's.
    leaves: BTreeSet<u32>,
    removed: BTreeSet<u32>,
    clients: Clients<'a>,
    extensions: bool,
    orders: BTreeSet<u32>,
}

/// Clients by what tells them apart: their signature keys, and what the application says (§12.2).
#[derive(Default)]
struct Clients<'a> {
    keys: BTreeSet<&'a [u8]>,
    ids: BTreeSet<Vec<u8>>,
}

impl<'a> Clients<'a> {
    fn take(&mut self, leaf: &'a LeafNode, id: Option<Vec<u8>>) {
        self.keys.insert(&leaf.signature_key);
        self.ids.extend(id);
    }

    /// Takes a client that is not there yet; whether it was not.
    fn take_new(&mut self, leaf: &'a LeafNode, id: Option<Vec<u8>>) -> bool {
        let known = self.keys.contains(leaf.signature_key.as_slice())
            || id.as_ref().is_some_and(|id| self.ids.contains(id));
        if !known {
            self.take(leaf, id);
        }
        !known
    }
}

impl<'a> Chosen<'a> {
    /// What the proposals by value and the committer itself take up.
    fn of(options: &'a CommitOptions, own_leaf: u32, validator: &dyn CredentialValidator) -> Self {
        let mut chosen = Self { leaves: BTreeSet::from([own_leaf]), ..Self::default() };
        for proposal in &options.proposals {
            match proposal {
                Proposal::Remove(leaf) => {
                    chosen.leaves.insert(*leaf);
                    chosen.removed.insert(*leaf);
                }
                Proposal::Add(key_package) => {
                    let leaf = &key_package.leaf_node;
                    chosen.clients.take(leaf, validator.client_id(leaf));
                }
                Proposal::GroupContextExtensions(_) => chosen.extensions = true,
                _ => {}
            }
        }
        chosen
    }
}
