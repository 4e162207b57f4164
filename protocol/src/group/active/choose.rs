//! Which of an epoch's proposals a commit of this device refers to (RFC 9420 §12.2, §12.4).

use super::apply::apply_proposals;
use super::commit::CommitOptions;
use super::group::{CachedProposal, Group, Proposals};
use super::psks::{PskStore, look_up};
use crate::error::{Error, Misuse};
use crate::group::check::{LeafRules, check_reinit_followed, check_successor_delivery};
use crate::group::policy::CredentialValidator;
use crate::group::tree::{Diff, TreeView};
use crate::group::types::{Commit, LeafNode, Proposal, ProposalOrRef, Sender};
use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

impl Group {
    /// Whether there is a proposal of this epoch that the device has to commit before it sends application data (`GDS-29`): not
    /// its own Update or Remove, nor one that it can't commit, such as an Add that fails `GRP-08` or `GDS-15`, or what others
    /// would refuse. `false` while a commit of its own is pending. A proposal that could be committed when it came, and can't
    /// any more, is one too: a commit leaves it out, and ends the epoch that it was for.
    ///
    /// # Errors
    /// [`Error::Provider`]
    pub fn must_commit(&self, psks: &PskStore, now: u64) -> Result<bool, Error> {
        if self.pending_commit.is_some() {
            return Ok(false);
        }
        let chosen = self.choose(&CommitOptions::default(), psks, now)?;
        Ok(!chosen.is_empty() || self.has_proposals_to_commit()?)
    }

    /// The same without clock and pre-shared keys: as far as these count, it was told when each proposal came.
    pub(crate) fn has_proposals_to_commit(&self) -> Result<bool, Error> {
        let (options, usable) =
            (CommitOptions::default(), |cached: &CachedProposal| cached.committable);
        let selected = self.select(&options, usable);
        Ok(self.pending_commit.is_none() && !self.together(&options, selected, None)?.is_empty())
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
        let selected = self.select(options, |cached| self.is_committable(&rules, cached, psks));
        self.together(options, selected, Some(now))
    }

    /// Of references those that make a list which others take, with what the options give by value: all if they do, else as
    /// many as are found by halves. So nobody's proposal keeps others from committing, or spoils their commits.
    fn together(
        &self,
        options: &CommitOptions,
        references: Vec<ProposalOrRef>,
        now: Option<u64>,
    ) -> Result<Vec<ProposalOrRef>, Error> {
        let (mut taken, mut blocks) = (Vec::new(), Vec::from([references]));
        while let Some(mut block) = blocks.pop() {
            if block.is_empty() {
                continue;
            }
            let all: Vec<_> = taken.iter().chain(&block).cloned().collect();
            match self.try_list(options, all, now) {
                Ok(()) => taken.append(&mut block),
                Err(error @ Error::Provider(_)) => return Err(error),
                Err(_) if block.len() > 1 => {
                    let behind = block.split_off(block.len().div_euclid(2));
                    blocks.extend([behind, block]);
                }
                Err(_) => {}
            }
        }
        Ok(taken)
    }

    /// Whether others would take a list in a commit of this device, as far as the path and the sealing do not count: the
    /// committer's leaf is still the old one, whose keys nobody else may have (`GRP-59`). Without a time no clock counts.
    fn try_list(
        &self,
        options: &CommitOptions,
        references: Vec<ProposalOrRef>,
        now: Option<u64>,
    ) -> Result<(), Error> {
        let sizes = references.iter().map(|entry| match entry {
            ProposalOrRef::Reference(reference) => {
                self.proposals.get(reference).map_or(0, |cached| cached.content.len())
            }
            ProposalOrRef::Proposal(_) => 0,
        });
        let most = usize::try_from(self.policy.max_referred).unwrap_or(usize::MAX);
        if self.relay().is_some() && sizes.sum::<usize>() > most {
            return Err(Misuse::Limit.into());
        }
        let by_value = options.proposals.iter().cloned().map(ProposalOrRef::Proposal);
        let proposals = references.into_iter().chain(by_value).collect();
        let (commit, unbundled) = (Commit { proposals, path: None }, Proposals::new());
        let sender = Sender::Member(self.own_leaf());
        let listed = self.resolve(&commit, &unbundled, sender)?;
        let (adding, now) = (now.is_some(), now.unwrap_or(0));
        let (_, rules) = self.verify_list(&listed, sender, options.first, adding, now)?;
        let mut diff = Diff::new(&self.tree);
        let applied = apply_proposals(&mut diff, &listed)?;
        self.check_psk_epochs(&applied, &diff)?;
        let own = self.own_leaf();
        if let (Some(new), Some(leaf)) = (&options.leaf, self.tree.leaf(own)) {
            let mut leaf = (**leaf).clone();
            leaf.capabilities.clone_from(&new.capabilities);
            leaf.extensions.clone_from(&new.extensions);
            diff.set_leaf(own, Arc::new(leaf));
        }
        if let Some(leaf) = diff.leaf(own) {
            rules.check_required_capabilities(leaf)?;
            rules.check_group_extensions(leaf)?;
        }
        self.verify_result(&diff, &applied)
    }

    /// Whether this device would commit a proposal, alone: an Add if it would make it itself (`GRP-08`) and, where a relay
    /// orders the commits, has (`GDS-15`: the newcomer takes a Welcome from whom it gave its key package); a ReInit if
    /// it can follow (`GRP-36`); a pre-shared key if it has it. The rules are those of adding.
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
            Proposal::ReInit(reinit) => {
                check_reinit_followed(rules.policy(), reinit).is_ok()
                    && check_successor_delivery(&self.context.extensions, &cached.proposal).is_ok()
            }
            // As far as it can be told before the list is: else a flood of them makes the choice long.
            Proposal::Custom { proposal_type, .. } => {
                self.tree.census().all_support_proposal(*proposal_type)
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
        let (mut members_known, ordered) = (false, self.relay().is_some());
        let others = options.proposals.len().saturating_add(cached.len());
        let is_remove = |cached: &CachedProposal| matches!(cached.proposal, Proposal::Remove(_));
        let (removes, rest): (Vec<_>, Vec<_>) =
            cached.iter().rev().partition(|(_, cached)| is_remove(cached));
        for (_, cached) in removes.into_iter().chain(rest) {
            if !usable(cached) || (ordered && !cached.fits_bundle()) {
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
