//! Making a commit (RFC 9420 §12.4.1).

use super::apply::{Applied, apply_proposals};
use super::build::{BuiltPath, build_path};
use super::group::{Group, Proposals};
use super::identity::{LeafParams, SigningIdentity};
use super::info::{GroupInfoOptions, make_group_info};
use super::psks::{PskStore, look_up};
use super::stage::{EpochInputs, check_replaced_keys, next_epoch, summarise};
use super::staged::{Next, NextEpoch};
use super::welcome::make_welcome;
use crate::codec::Wire;
use crate::crypto::Secret;
use crate::error::{Error, Misuse};
use crate::group::check::{FirstCommitUsage, LeafPlace, LeafRules, check_next_epoch};
use crate::group::delivery::CommitBundle;
use crate::group::schedule::{CommitSecret, confirmed_transcript_hash, psk_secret};
use crate::group::state::Key;
use crate::group::tree::{Diff, TreeView, encode_ratchet_tree};
use crate::group::types::{
    Commit, Content, Extension, LeafNodeSource, MlsMessage, Proposal, ProposalOrRef, PskKind,
    ResumptionUsage, Sender,
};
use alloc::boxed::Box;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// What a commit is to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CommitOptions {
    /// Proposals of the committer, by value.
    pub proposals: Vec<Proposal>,
    /// Whether the proposals received in this epoch are committed, as far as they go together: yes (§12.4).
    pub by_reference: bool,
    /// Whether the committer gets new keys even if no proposal demands it: yes.
    pub path: bool,
    /// Whether the message is a public one, which policy must allow: no.
    pub public: bool,
    /// Data of the application to be authenticated.
    pub authenticated_data: Vec<u8>,
    /// New contents of the committer's leaf; with a path only.
    pub leaf: Option<LeafParams>,
    /// A new identity of the committer; with a path only.
    pub identity: Option<SigningIdentity>,
    /// What the group info in the Welcome says.
    pub info: GroupInfoOptions,
    /// Whether a group info of the new epoch is wanted beside the Welcome: no.
    pub group_info: bool,
    pub(crate) first: FirstCommitUsage,
}

impl Default for CommitOptions {
    fn default() -> Self {
        Self {
            proposals: Vec::new(),
            by_reference: true,
            path: true,
            public: false,
            authenticated_data: Vec::new(),
            leaf: None,
            identity: None,
            info: GroupInfoOptions::default(),
            group_info: false,
            first: None,
        }
    }
}

impl CommitOptions {
    /// The defaults, with proposals by value.
    #[must_use]
    pub fn new(proposals: Vec<Proposal>) -> Self {
        Self { proposals, ..Self::default() }
    }
}

/// What a commit has produced, each an encoded `MLSMessage` but for bundle and tree.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommitOutput {
    /// For a group whose commits no relay orders.
    pub commit: Vec<u8>,
    /// For the relay of one whose commits it orders (`GDS-36`): the commit with the proposals to which it refers.
    pub bundle: CommitBundle,
    /// For the members that are added, once the commit is known to be the epoch's.
    pub welcome: Option<Vec<u8>>,
    /// The new tree, where the Welcome does not have it.
    pub ratchet_tree: Option<Vec<u8>>,
    /// The new epoch's group info, where it was asked for.
    pub group_info: Option<Vec<u8>>,
}

impl Group {
    /// Makes a commit, which is pending until it is merged or cleared; the group stays in its epoch. Draws:
    /// the leaf's key, `path_secret[0]`, an encapsulation for each ciphertext of the path, the reuse guard, GREASE,
    /// an encapsulation for each newcomer.
    ///
    /// # Errors
    /// [`Misuse::PendingCommit`], [`Misuse::GroupInactive`]; [`Misuse::Arguments`] for the resumption key of an epoch in which
    /// somebody who is a member after it was not (`GDS-42`), and for a public commit in a group that a relay orders (`GDS-36`); [`Misuse::Limit`] for a commit that has no bucket, in a group
    /// that a relay orders (`GDS-11`), and for data that no decoder takes; [`Error::Group`] for proposals that others would refuse.
    pub fn commit(
        &mut self,
        options: &CommitOptions,
        psks: &PskStore,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<CommitOutput, Error> {
        self.commit_with(options, psks, &[], now, rng)
    }

    pub(crate) fn commit_with(
        &mut self,
        options: &CommitOptions,
        psks: &PskStore,
        others: &[&Group],
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<CommitOutput, Error> {
        self.require_active()?;
        if self.pending_commit.is_some() {
            return Err(Misuse::PendingCommit.into());
        }
        let format = self.handshake_format(options.public)?;
        if options.public && self.relay().is_some() {
            return Err(Misuse::Arguments.into());
        }
        self.check_external_pub(&options.info)?;
        check_next_epoch(&self.context)?;
        let mut commit = Commit { proposals: self.choose(options, psks, now)?, path: None };
        let by_value = options.proposals.iter().cloned().map(ProposalOrRef::Proposal);
        commit.proposals.extend(by_value);

        let sender = Sender::Member(self.own_leaf());
        let listed_of = commit.clone();
        let unbundled = Proposals::new();
        let listed = self.resolve(&listed_of, &unbundled, sender)?;
        let referred = self.contents_of(&listed_of);
        let (extensions, rules) = self.verify_list(&listed, sender, options.first, true, now)?;
        let mut diff = Diff::new(&self.tree);
        let applied = apply_proposals(&mut diff, &listed)?;
        self.check_psk_epochs(&applied, &diff)?;
        let required = listed.iter().any(|listed| listed.proposal.requires_path());
        let built = if options.path || required || listed.is_empty() {
            check_replaced_keys(&diff, self.own_leaf(), &applied)?;
            let built = self.build(options, &mut diff, (&applied, extensions), &rules, rng)?;
            commit.path = Some(built.0.path.clone());
            Some(built)
        } else {
            diff.update_hashes(&self.crypto)?;
            None
        };
        self.verify_result(&diff, &applied)?;

        let content = Content::Commit(Box::new(commit));
        let (mut message, tbs) = self.sign(content, &options.authenticated_data, format)?;
        let mut context = self.provisional_context(&diff, extensions);
        context.confirmed_transcript_hash =
            confirmed_transcript_hash(&self.crypto, &self.interim_transcript_hash, &message)?;
        let mut groups: Vec<&Group> = others.to_vec();
        groups.push(self);
        let injected = look_up(&applied.psks, psks, &groups)?;
        let commit_secret = match &built {
            Some((built, _)) => CommitSecret(built.new.keys.commit_secret.duplicate()),
            None => CommitSecret::none(&self.crypto),
        };
        let inputs = EpochInputs {
            init_secret: &self.secrets.init_secret,
            commit_secret,
            psk_secret: psk_secret(&self.crypto, &injected)?,
            context,
        };
        let (state, joiner, welcome_secret) = next_epoch(&self.crypto, inputs, diff.size())?;
        message.auth.confirmation_tag = Some(state.confirmation_tag.clone());

        let identity = options.identity.as_ref().filter(|_| built.is_some());
        let identity = identity.unwrap_or(&self.identity).clone();
        let needs_info = options.group_info || !applied.added.is_empty();
        let info = needs_info.then(|| {
            let signer = (self.own_leaf(), &identity);
            make_group_info(&self.crypto, (&state.view(), &diff), &options.info, signer, rng)
        });
        let info = info.transpose()?;
        let welcome = match &info {
            Some(info) if !applied.added.is_empty() => Some(make_welcome(
                &self.crypto,
                (joiner, welcome_secret),
                info,
                &applied.added,
                built.as_ref().map(|(built, _)| (self.own_leaf(), built)),
                &applied.psks,
                rng,
            )?),
            _ => None,
        };
        let beside = welcome.is_some() && !options.info.ratchet_tree;
        let ratchet_tree = beside.then(|| encode_ratchet_tree(&diff));

        let summary = summarise(&applied, &listed, built.is_some());
        let reinit = applied.reinit.cloned();
        let mut private = self.private.outdated(&diff);
        let own_leaf = built.map(|(mut built, key)| {
            private.append(&mut built.new.keys.private);
            (key, identity)
        });
        let next = NextEpoch { state, tree: diff.into_changes(), private, own_leaf, reinit };
        let staged = self.staged((&message, now), summary, Next::Epoch(Box::new(next)));
        drop((applied, listed));
        let bundle = CommitBundle { proposals: referred, commit: message.to_bytes() };
        if self.relay().is_some() {
            bundle.to_padded()?;
        }
        let commit = self.protect(message, &tbs, rng)?.to_bytes();
        self.pending_commit = Some(Box::new(staged));
        self.touched.touch(Key::Pending);
        Ok(CommitOutput {
            commit,
            bundle,
            welcome: welcome.map(|welcome| MlsMessage::Welcome(welcome).to_bytes()),
            ratchet_tree,
            group_info: info
                .filter(|_| options.group_info)
                .map(|info| MlsMessage::GroupInfo(Box::new(info)).to_bytes()),
        })
    }

    /// `GDS-42`: whoever is a member after the commit was one in each epoch of this group whose key it injects, and so has it.
    pub(super) fn check_psk_epochs(
        &self,
        applied: &Applied<'_>,
        diff: &Diff<'_>,
    ) -> Result<(), Error> {
        for id in &applied.psks {
            let PskKind::Resumption { usage: ResumptionUsage::Application, group_id, epoch } =
                &id.kind
            else {
                continue;
            };
            if *group_id != self.context.group_id {
                continue;
            }
            let is_member = |leaf: &u32| diff.leaf(*leaf).is_some();
            let mut since = self.resumption.range(epoch..);
            let came = since.any(|(_, kept)| kept.added.iter().any(is_member));
            if came || !applied.new_leaves.is_empty() {
                return Err(Misuse::Arguments.into());
            }
        }
        Ok(())
    }

    /// The contents of the proposals to which a commit refers.
    fn contents_of(&self, commit: &Commit) -> Vec<Vec<u8>> {
        let cached = commit.proposals.iter().filter_map(|entry| match entry {
            ProposalOrRef::Reference(reference) => self.proposals.get(reference),
            ProposalOrRef::Proposal(_) => None,
        });
        cached.map(|cached| cached.content.clone()).collect()
    }

    /// The committer's path, with its new leaf key.
    fn build(
        &self,
        options: &CommitOptions,
        diff: &mut Diff<'_>,
        (applied, extensions): (&Applied<'_>, &[Extension]),
        rules: &LeafRules<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<(BuiltPath, Secret), Error> {
        let identity = options.identity.as_ref().unwrap_or(&self.identity);
        let source = LeafNodeSource::Commit(Vec::new());
        let (leaf_node, key) = self.new_leaf(identity, options.leaf.as_ref(), source, rng)?;
        let (place, old) = (LeafPlace::Commit(self.own_leaf()), self.own_leaf_node()?);
        rules.verify_unsigned(&leaf_node, place, Some(old))?;
        let mut provisional = self.provisional_context(diff, extensions);
        let built = build_path(
            &self.crypto,
            diff,
            (self.own_leaf(), leaf_node),
            identity,
            &mut provisional,
            &applied.new_leaves,
            rng,
        )?;
        Ok((built, key))
    }
}
