//! Processing a commit (RFC 9420 §12.4.2): everything is verified, nothing is changed.

use super::apply::{Applied, apply_proposals};
use super::group::{EpochState, Group, Proposals};
use super::identity::SigningIdentity;
use super::psks::{PskStore, look_up};
use super::staged::{Next, NextEpoch, StagedCommit, Summary};
use crate::codec::Wire;
use crate::crypto::Secret;
use crate::crypto::labels::mls as labels;
use crate::error::{Error, Malformed};
use crate::group::check::{
    FirstCommitUsage, LeafPlace, LeafRules, ListedProposal, check_changed_leaves,
    check_clients_unique, check_delivery_kept, check_extensions_supported,
    check_external_commit_form, check_next_epoch, check_path_keys_new, check_path_length,
    check_path_present, check_proposal, check_proposal_list, check_successor_delivery,
};
use crate::group::crypto::Crypto;
use crate::group::error::{Check, Refused};
use crate::group::framing::confirmation_tag;
use crate::group::schedule::{
    CommitSecret, EpochSecrets, InitSecret, JoinerSecret, PskSecret, SecretTree,
    confirmed_transcript_hash, interim_transcript_hash, psk_secret,
};
use crate::group::tree::{
    Diff, PathKeys, PrivateChanges, TreeView, check_ciphertext_counts, decrypt_path,
    filtered_direct_path, set_path,
};
use crate::group::types::{
    AuthenticatedContent, Commit, Content, Extension, GroupContext, LeafNode, LeafNodeSource,
    Proposal, ProposalOrRef, Sender, UpdatePath,
};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// What the key schedule needs to know of the next epoch.
pub(crate) struct EpochInputs<'a> {
    pub(crate) init_secret: &'a InitSecret,
    pub(crate) commit_secret: CommitSecret,
    pub(crate) psk_secret: PskSecret,
    pub(crate) context: GroupContext,
}

/// The secrets of the next epoch, and what a Welcome needs of them.
pub(crate) fn next_epoch(
    crypto: &Crypto,
    inputs: EpochInputs<'_>,
    leaves: u32,
) -> Result<(EpochState, JoinerSecret, crate::group::schedule::WelcomeSecret), Error> {
    let encoded = inputs.context.to_bytes();
    let joiner = JoinerSecret::new(crypto, inputs.init_secret, inputs.commit_secret, &encoded)?;
    let member = joiner.member_secret(crypto, inputs.psk_secret)?;
    let welcome = member.welcome_secret(crypto)?;
    let (secrets, encryption) =
        EpochSecrets::derive(crypto, member.epoch_secret(crypto, &encoded)?)?;
    let confirmed = &inputs.context.confirmed_transcript_hash;
    let tag = confirmation_tag(crypto, &secrets.confirmation_key, confirmed)?;
    let state = EpochState {
        interim_transcript_hash: interim_transcript_hash(crypto, confirmed, &tag)?,
        confirmation_tag: tag,
        secrets,
        secret_tree: SecretTree::new(leaves, encryption),
        context: inputs.context,
    };
    Ok((state, joiner, welcome))
}

/// What a commit is processed with beside the state.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    /// Proposals that came with the commit, beside the epoch's.
    pub(crate) bundled: &'a Proposals,
    pub(crate) psks: &'a PskStore,
    pub(crate) now: u64,
}

impl Group {
    /// Verifies a commit whose framing was verified, and computes the epoch that it begins; a confirmation tag has its length
    /// (`GRP-88`). Whoever is removed by it verifies what needs no secret (`GRP-96`).
    pub(crate) fn stage_commit(
        &self,
        message: &AuthenticatedContent,
        given: Given<'_>,
    ) -> Result<StagedCommit, Error> {
        // The tag is not signed: nobody is to blame for it (GDS-12).
        let tag = message.auth.confirmation_tag.as_deref().unwrap_or_default();
        Check::TagLength.require(tag.len() == self.crypto.nh())?;
        let staged = self.stage_unconfirmed(message, given)?;
        // GRP-96: who is removed has no tag to compare with.
        if let Next::Epoch(next) = &staged.next {
            check_confirmation_tag(tag, &next.state.confirmation_tag)?;
        }
        Ok(staged)
    }

    /// The same, whatever confirmation tag the commit has.
    pub(crate) fn stage_unconfirmed(
        &self,
        message: &AuthenticatedContent,
        given: Given<'_>,
    ) -> Result<StagedCommit, Error> {
        let Content::Commit(commit) = &message.content.content else {
            return Err(Malformed::Value.into());
        };
        let sender = message.content.sender;
        self.stage(message, commit, given).map_err(blame_committer(sender))
    }

    fn stage(
        &self,
        message: &AuthenticatedContent,
        commit: &Commit,
        Given { bundled, psks, now }: Given<'_>,
    ) -> Result<StagedCommit, Error> {
        let sender = message.content.sender;
        check_next_epoch(&self.context)?;
        if sender.leaf().is_none() {
            check_external_commit_form(commit)?;
        }
        let listed = self.resolve(commit, bundled, sender)?;
        let (extensions, rules) = self.verify_list(&listed, sender, None, false, now)?;
        check_path_present(commit, listed.iter().map(|listed| listed.proposal))?;

        let mut diff = Diff::new(&self.tree);
        let applied = apply_proposals(&mut diff, &listed)?;
        let summary = summarise(&applied, &listed, commit.path.is_some());
        let own_leaf = self.own_update(&applied, &diff)?;
        let removed = applied.removed.contains(&self.own_leaf());
        let committer = match sender.leaf() {
            Some(leaf) => leaf,
            None => diff.blank_from(0)?,
        };
        let path = commit.path.as_ref();
        let filtered = path.map(|_| filtered_direct_path(&diff, committer)).unwrap_or_default();
        if let Some(path) = path {
            let resync = applied.removed.first().and_then(|leaf| self.tree.leaf(*leaf));
            let old = match sender.leaf() {
                Some(leaf) => diff.leaf(leaf).cloned(),
                None => resync.cloned(),
            };
            verify_path_leaf(&rules, path, committer, old.as_deref())?;
            self.check_external_admission(sender, &path.leaf_node, old.is_some())?;
            check_replaced_keys(&diff, committer, &applied)?;
            check_path_length(path, &filtered)?;
            check_path_keys_new(&diff, committer, path)?;
            merge_path(&self.crypto, &mut diff, committer, path, &filtered)?;
            check_ciphertext_counts(&diff, &filtered, &path.nodes, &applied.new_leaves)?;
        } else {
            diff.update_hashes(&self.crypto)?;
        }
        self.verify_result(&diff, &applied)?;
        if sender.leaf().is_none() {
            check_clients_unique(&diff, &BTreeSet::from([committer]), &self.policy)?;
        }
        // GRP-96: who is removed has no path secret, and no next epoch.
        if removed {
            return Ok(self.staged((message, now), summary, Next::Removed));
        }
        let own_key = own_leaf.as_ref().map(|(key, _)| key);
        let provisional = self.provisional_context(&diff, extensions);
        let decrypt = |path: &UpdatePath| {
            let info = provisional.to_bytes();
            let info = self.crypto.encrypt_context(labels::UPDATE_PATH_NODE, &info)?;
            decrypt_path(
                &self.crypto,
                &diff,
                (&self.private, own_key),
                &filtered,
                &path.nodes,
                &applied.new_leaves,
                &info,
            )
        };
        let mut keys = path.map(decrypt).transpose()?;

        let init_secret = applied
            .external_init
            .map(|kem_output| InitSecret::from_joiner(&self.crypto, &self.secrets, kem_output));
        let init_secret = init_secret.transpose()?;
        let psks = look_up(&applied.psks, psks, &[self])?;
        let mut context = provisional;
        context.confirmed_transcript_hash =
            confirmed_transcript_hash(&self.crypto, &self.interim_transcript_hash, message)?;
        let private = self.private_changes(&diff, keys.as_mut());
        let inputs = EpochInputs {
            init_secret: init_secret.as_ref().unwrap_or(&self.secrets.init_secret),
            commit_secret: match keys {
                Some(keys) => CommitSecret(keys.commit_secret),
                None => CommitSecret::none(&self.crypto),
            },
            psk_secret: psk_secret(&self.crypto, &psks)?,
            context,
        };
        let (state, _, _) = next_epoch(&self.crypto, inputs, diff.size())?;
        let reinit = applied.reinit.cloned();
        let next = NextEpoch { state, tree: diff.into_changes(), private, own_leaf, reinit };
        let mut staged = self.staged((message, now), summary, Next::Epoch(Box::new(next)));
        if sender.leaf().is_none() {
            staged.summary.added.push(committer);
            staged.summary.added_by.push(sender);
        }
        Ok(staged)
    }

    /// A commit of this epoch with what it does.
    pub(crate) fn staged(
        &self,
        (message, now): (&AuthenticatedContent, u64),
        summary: Summary,
        next: Next,
    ) -> StagedCommit {
        StagedCommit {
            base: self.interim_transcript_hash.clone(),
            sender: message.content.sender,
            authenticated_data: message.content.authenticated_data.clone(),
            summary,
            next,
            used: None,
            now,
        }
    }

    /// The proposals of a commit: those by reference must have been received (`GRP-86`, `GDS-36`, §12.4).
    pub(crate) fn resolve<'a>(
        &'a self,
        commit: &'a Commit,
        bundled: &'a Proposals,
        sender: Sender,
    ) -> Result<Vec<ListedProposal<'a>>, Error> {
        let resolve = |entry: &'a ProposalOrRef| match entry {
            ProposalOrRef::Proposal(proposal) => {
                Ok(ListedProposal { proposal, sender, checked: false })
            }
            ProposalOrRef::Reference(reference) => {
                let (known, bundled) = (self.proposals.get(reference), bundled.get(reference));
                let cached = known.or(bundled).ok_or(Check::ProposalReference.refuse())?;
                let (proposal, sender) = (&cached.proposal, cached.sender);
                Ok(ListedProposal { proposal, sender, checked: known.is_some() })
            }
        };
        commit.proposals.iter().map(resolve).collect()
    }

    /// §12.2, as far as it goes before the list is applied (`GRP-83`); `adding` where the commit is the device's own. Gives
    /// the extensions of the new context, which hold for the other proposals of the list (§12.3), and the rules for leaves
    /// with them.
    pub(crate) fn verify_list<'a>(
        &'a self,
        listed: &[ListedProposal<'a>],
        sender: Sender,
        usage: FirstCommitUsage,
        adding: bool,
        now: u64,
    ) -> Result<(&'a [Extension], LeafRules<'a>), Error> {
        let new = listed.iter().find_map(|listed| match listed.proposal {
            Proposal::GroupContextExtensions(extensions) => Some(extensions.as_slice()),
            _ => None,
        });
        let extensions = new.unwrap_or(&self.context.extensions);
        check_proposal_list(sender.leaf(), listed, &self.policy)?;
        let rules = self.rules(extensions, now)?;
        let rules = if adding { rules.adding() } else { rules };
        // GRP-83: a new list of extensions judges also what was checked with the old one.
        for entry in listed.iter().filter(|entry| !entry.checked || new.is_some()) {
            self.check_single(&rules, entry.proposal, entry.sender, usage)?;
        }
        Ok((extensions, rules))
    }

    /// A single proposal, as far as it can be judged alone: §12.1, `GDS-31`.
    pub(crate) fn check_single(
        &self,
        rules: &LeafRules<'_>,
        proposal: &Proposal,
        sender: Sender,
        usage: FirstCommitUsage,
    ) -> Result<(), Error> {
        let (crypto, policy) = (&self.crypto, &self.policy);
        check_proposal(crypto, policy, rules, &self.tree, proposal, sender, usage)?;
        if rules.is_adding() {
            check_successor_delivery(&self.context.extensions, proposal)?;
        }
        check_delivery_kept(&self.context.extensions, proposal)
    }

    /// The rules for leaves, with these extensions of the context.
    pub(crate) fn rules(&self, extensions: &[Extension], now: u64) -> Result<LeafRules<'_>, Error> {
        LeafRules::new(&self.crypto, &self.policy, self.group_id(), extensions, now)
    }

    /// `GRP-54`, `GRP-59`, `GRP-69`, `GRP-75`, §12.2: "After processing the Commit the ratchet tree is invalid".
    pub(crate) fn verify_result(
        &self,
        diff: &Diff<'_>,
        applied: &Applied<'_>,
    ) -> Result<(), Error> {
        // GRP-83: as the members are after the commit, its path's leaf included.
        applied.extensions.map_or(Ok(()), |new| check_extensions_supported(diff, new))?;
        check_changed_leaves(diff)?;
        check_clients_unique(diff, &applied.new_leaves, &self.policy)
    }

    /// `GRP-02`, §12.4.3.2: whether existing members accept an external commit is policy.
    fn check_external_admission(
        &self,
        sender: Sender,
        newcomer: &LeafNode,
        resync: bool,
    ) -> Result<(), Error> {
        let admitted = sender.leaf().is_some() || resync || self.policy.validator.admits(newcomer);
        Check::ExternalForbidden.require(admitted)
    }

    /// The context of the new epoch with the old confirmed transcript hash (`GRP-91`, §12.4.1).
    pub(crate) fn provisional_context(
        &self,
        diff: &Diff<'_>,
        extensions: &[Extension],
    ) -> GroupContext {
        GroupContext {
            cipher_suite: self.context.cipher_suite,
            group_id: self.context.group_id.clone(),
            epoch: self.context.epoch.saturating_add(1),
            tree_hash: diff.tree_hash(diff.root()).as_bytes().to_vec(),
            confirmed_transcript_hash: self.context.confirmed_transcript_hash.clone(),
            extensions: extensions.to_vec(),
        }
    }

    /// The device's private keys in the new tree: outdated ones go, those of a path come.
    pub(crate) fn private_changes(
        &self,
        diff: &Diff<'_>,
        keys: Option<&mut PathKeys>,
    ) -> PrivateChanges {
        let mut changes = self.private.outdated(diff);
        if let Some(keys) = keys {
            changes.append(&mut keys.private);
        }
        changes
    }

    /// The device's own Update, if the list has it: its new key, which is needed before the merge.
    fn own_update(
        &self,
        applied: &Applied<'_>,
        diff: &Diff<'_>,
    ) -> Result<Option<(Secret, SigningIdentity)>, Error> {
        if !applied.updated.contains(&self.own_leaf()) {
            return Ok(None);
        }
        let key = diff.leaf(self.own_leaf()).map(|leaf| &leaf.encryption_key);
        let pending = key.and_then(|key| self.pending_updates.get(key));
        let pending = pending.ok_or(Check::ProposalReference.refuse())?;
        Ok(Some((pending.encryption_key.duplicate(), pending.identity.clone())))
    }
}

/// `GRP-59`, §7.3: keys of leaves that are updated or added are none of the committer's leaf either, which the path replaces.
pub(super) fn check_replaced_keys(
    diff: &Diff<'_>,
    committer: u32,
    applied: &Applied<'_>,
) -> Result<(), Error> {
    let Some(replaced) = diff.leaf(committer) else { return Ok(()) };
    let changed = applied.updated.iter().chain(&applied.new_leaves);
    for (leaf, node) in changed.filter_map(|leaf| Some((*leaf, diff.leaf(*leaf)?))) {
        let other = node.encryption_key != replaced.encryption_key;
        Check::DuplicateEncryptionKey.require_of(other || leaf == committer, leaf)?;
        let other = node.signature_key != replaced.signature_key;
        Check::DuplicateSignatureKey.require_of(other || leaf == committer, leaf)?;
    }
    Ok(())
}

/// `GRP-89`, §12.4.2: the leaf node of a path is valid, and its key a new one.
fn verify_path_leaf(
    rules: &LeafRules<'_>,
    path: &UpdatePath,
    committer: u32,
    old: Option<&LeafNode>,
) -> Result<(), Error> {
    rules.verify(&path.leaf_node, LeafPlace::Commit(committer), old)
}

/// Merges a path into the tree (§7.5), whose hashes are up to date afterwards.
pub(crate) fn merge_path(
    crypto: &Crypto,
    diff: &mut Diff<'_>,
    committer: u32,
    path: &UpdatePath,
    filtered: &[(u32, u32)],
) -> Result<(), Error> {
    diff.update_hashes(crypto)?;
    let keys: Vec<Vec<u8>> = path.nodes.iter().map(|node| node.encryption_key.clone()).collect();
    for key in &keys {
        Check::PathKey.require(crypto.check_public_key(key)?)?;
    }
    let parent_hash = set_path(crypto, diff, committer, filtered, &keys)?;
    check_path_parent_hash(&path.leaf_node, parent_hash.as_bytes())?;
    diff.set_leaf(committer, Arc::new(path.leaf_node.clone()));
    diff.update_hashes(crypto)?;
    Ok(())
}

/// `GRP-26`, §7.9.2: "clients MUST recompute the expected value of `parent_hash` for the committer's new leaf and
/// verify that it matches".
fn check_path_parent_hash(leaf_node: &LeafNode, expected: &[u8]) -> Result<(), Error> {
    let matches =
        matches!(&leaf_node.source, LeafNodeSource::Commit(parent_hash) if parent_hash == expected);
    Check::PathParentHash.require(matches)
}

/// `GRP-31`, §12.4.2: the confirmation tag is that of the new epoch.
fn check_confirmation_tag(tag: &[u8], expected: &[u8]) -> Result<(), Error> {
    use subtle::ConstantTimeEq;
    Check::ConfirmationTag.require(bool::from(tag.ct_eq(expected)))
}

/// Whoever commits is to blame for all that the commit holds, others' proposals too: it might have left them out. For a
/// reference that is not known it is nobody.
fn blame_committer(sender: Sender) -> impl Fn(Error) -> Error {
    move |error| match error {
        Error::Group(Refused { check, .. }) => {
            let leaf = sender.leaf().filter(|_| check != Check::ProposalReference);
            Error::Group(Refused { check, leaf })
        }
        other => other,
    }
}

pub(crate) fn summarise(
    applied: &Applied<'_>,
    listed: &[ListedProposal<'_>],
    path: bool,
) -> Summary {
    let custom = listed.iter().map(|listed| listed.proposal);
    let custom = custom.filter(|proposal| matches!(proposal, Proposal::Custom { .. }));
    // A reference is much shorter than what it may refer to, and a commit may have it as often as it likes.
    let mut shared: BTreeMap<*const Proposal, Arc<Proposal>> = BTreeMap::new();
    let share = |proposal: &Proposal| {
        let held = shared.entry(core::ptr::from_ref(proposal));
        Arc::clone(held.or_insert_with(|| Arc::new(proposal.clone())))
    };
    let of = |is: fn(&Proposal) -> bool| listed.iter().filter(move |listed| is(listed.proposal));
    // In the order in which they are applied.
    let adds = of(|proposal| matches!(proposal, Proposal::Add(_)));
    let removes = of(|proposal| matches!(proposal, Proposal::Remove(_)));
    let mut reinits = of(|proposal| matches!(proposal, Proposal::ReInit(_)));
    Summary {
        added_by: adds.map(|listed| listed.sender).collect(),
        added: applied.added.iter().map(|(leaf, _)| *leaf).collect(),
        updated: applied.updated.clone(),
        removed: applied.removed.clone(),
        removed_by: removes.map(|listed| listed.sender).collect(),
        reinit_by: reinits.next().map(|listed| listed.sender),
        psks: applied.psks.clone(),
        custom: custom.map(share).collect(),
        extensions: applied.extensions.is_some(),
        path,
    }
}
