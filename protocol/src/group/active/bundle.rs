//! A commit that comes with the proposals to which it refers, as the relay keeps them (page *Delivery of groups*).

use super::group::{CachedProposal, Group, Proposals};
use super::psks::PskStore;
use super::stage::Given;
use super::staged::StagedCommit;
use crate::crypto::labels::mls as labels;
use crate::error::Error;
use crate::group::delivery::{private, proposal};
use crate::group::error::Check;
use crate::group::framing::{framed_content_tbs, verify_content};
use crate::group::schedule::SecretTreeUse;
use crate::group::tree::TreeView;
use crate::group::types::{AuthenticatedContent, Content, ContentType, ProposalOrRef};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

impl Group {
    /// Receives a commit with proposals to which it may refer, each an encoded `AuthenticatedContent` as in a
    /// [`CommitBundle`](crate::group::CommitBundle), as one step (`GDS-37`): they need no ratchet, so that all members take the same
    /// ones whatever they were sent before; those that the device has, and those to which the commit does not refer, are passed
    /// over, those that are refused are left out, and [`max_proposals`](crate::group::GroupPolicy::max_proposals) does not count
    /// them. Nothing changes, neither by a proposal nor by the commit, until the commit is merged.
    ///
    /// # Errors
    /// [`Malformed::Value`](crate::error::Malformed) when one of them is not such a content of a private message (`GDS-45`); as
    /// [`receive`](Self::receive) of the commit.
    pub fn receive_bundle(
        &self,
        proposals: &[Vec<u8>],
        commit: &[u8],
        psks: &PskStore,
        now: u64,
    ) -> Result<StagedCommit, Error> {
        let commit = private(commit, ContentType::Commit)?;
        let decoded = proposals.iter().map(|bytes| proposal(bytes));
        let decoded = decoded.collect::<Result<Vec<_>, _>>()?;
        let opened = self.open_of_epoch(&commit, now)?;
        let referred = references(&opened.message);
        let mut bundled = Proposals::new();
        for (content, encoded) in decoded.into_iter().zip(proposals) {
            let reference = self.crypto.reference(labels::PROPOSAL_REFERENCE, encoded)?;
            if !referred.contains(reference.as_slice()) || self.proposals.contains_key(&reference) {
                continue;
            }
            // What is refused is left out: a commit that refers to it is refused for that.
            match self.bundled_proposal(content, now) {
                Ok((reference, cached)) => _ = bundled.insert(reference, cached),
                Err(error @ Error::Provider(_)) => return Err(error),
                Err(_) => {}
            }
        }
        let mut staged =
            self.stage_commit(&opened.message, Given { bundled: &bundled, psks, now })?;
        staged.used.extend(opened.used.iter().map(SecretTreeUse::generation));
        Ok(staged)
    }

    /// A proposal of a bundle: of this group and epoch, and signed by the member that it names.
    fn bundled_proposal(
        &self,
        content: AuthenticatedContent,
        now: u64,
    ) -> Result<(Vec<u8>, CachedProposal), Error> {
        let framed = &content.content;
        self.epochs().check_group(&framed.group_id)?;
        self.check_epoch(framed.epoch)?;
        let sender = framed.sender.leaf().and_then(|leaf| self.tree.leaf(leaf));
        let sender = sender.ok_or(Check::UnknownSender.refuse())?;
        let tbs = framed_content_tbs(content.wire_format, framed, &self.context_bytes);
        verify_content(&self.crypto, &sender.signature_key, &tbs, &content.auth.signature)?;
        self.received_proposal(content, self.next_order(), now)
    }
}

/// The references of a commit.
fn references(message: &AuthenticatedContent) -> BTreeSet<&[u8]> {
    let Content::Commit(commit) = &message.content.content else { return BTreeSet::new() };
    let references = commit.proposals.iter().filter_map(|entry| match entry {
        ProposalOrRef::Reference(reference) => Some(reference.as_slice()),
        ProposalOrRef::Proposal(_) => None,
    });
    references.collect()
}
