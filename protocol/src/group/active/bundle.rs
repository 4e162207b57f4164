//! A commit that comes with the proposals to which it refers, as the relay keeps them (page *Delivery of groups*).

use super::group::{CachedProposal, Group, Proposals};
use super::psks::PskStore;
use super::stage::Given;
use super::staged::StagedCommit;
use crate::crypto::labels::mls as labels;
use crate::error::{Error, Malformed};
use crate::group::crypto::Crypto;
use crate::group::delivery::{CommitBundle, bundled};
use crate::group::error::Check;
use crate::group::framing::{framed_content_tbs, verify_content};
use crate::group::tree::TreeView;
use crate::group::types::{
    AuthenticatedContent, Commit, Content, ContentType, ProposalOrRef, Sender,
};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

impl Group {
    /// Receives a commit with the proposals to which it refers, as one step (`GDS-37`): they need no ratchet, so that all members
    /// take the same ones whatever they were sent before. Those that the device has are not verified again, and
    /// `GDS-25` counts none. Nothing changes until the commit is merged.
    ///
    /// # Errors
    /// [`Malformed::Value`] for a bundle that is none (`GDS-45`), or has not exactly the proposals to which the commit refers; as
    /// [`receive`](Self::receive) of the commit. A leaf is to blame only for a commit whose signature has verified.
    pub fn receive_bundle(
        &self,
        bundle: &CommitBundle,
        psks: &PskStore,
        now: u64,
    ) -> Result<StagedCommit, Error> {
        let content = bundled(&bundle.commit, ContentType::Commit)?;
        let proposal = |bytes: &Vec<u8>| bundled(bytes, ContentType::Proposal);
        let proposals = bundle.proposals.iter().map(proposal).collect::<Result<Vec<_>, _>>()?;
        if content.content.sender == Sender::Member(self.own_leaf()) {
            return Err(Check::OwnMessage.refuse());
        }
        self.verify_bundled(&content)?;
        let Content::Commit(commit) = &content.content.content else {
            return Err(Malformed::Value.into());
        };
        let references = check_references(&self.crypto, commit, &bundle.proposals)?;
        let mut given = Proposals::new();
        for ((proposed, encoded), reference) in
            proposals.into_iter().zip(&bundle.proposals).zip(references)
        {
            if self.proposals.contains_key(reference) {
                continue;
            }
            self.verify_bundled(&proposed)?;
            let sender = proposed.content.sender;
            let Content::Proposal(proposal) = proposed.content.content else {
                return Err(Malformed::Value.into());
            };
            let (content, order) = (encoded.clone(), self.next_order());
            let cached =
                CachedProposal { proposal: *proposal, sender, order, content, committable: true };
            given.insert(reference.to_vec(), cached);
        }
        self.stage_commit(&content, Given { bundled: &given, psks, now })
    }

    /// A content of a bundle: of this group and epoch, and signed by the member that it names (`GRP-84`, `GRP-85`, `GRP-43`).
    fn verify_bundled(&self, content: &AuthenticatedContent) -> Result<(), Error> {
        let framed = &content.content;
        self.epochs().check_group(&framed.group_id)?;
        self.check_epoch(framed.epoch)?;
        let sender = framed.sender.leaf().and_then(|leaf| self.tree.leaf(leaf));
        let sender = sender.ok_or(Check::UnknownSender.refuse())?;
        let tbs = framed_content_tbs(content.wire_format, framed, &self.context_bytes);
        verify_content(&self.crypto, &sender.signature_key, &tbs, &content.auth.signature)
    }
}

/// `GDS-37`: the encoded proposals are those to which the commit refers, each once, in the order of the first reference, and no
/// others. Gives their references.
pub(crate) fn check_references<'a>(
    crypto: &Crypto,
    commit: &'a Commit,
    proposals: &[Vec<u8>],
) -> Result<Vec<&'a [u8]>, Error> {
    let mut known = BTreeSet::new();
    let references = commit.proposals.iter().filter_map(|entry| match entry {
        ProposalOrRef::Reference(reference) => Some(reference.as_slice()),
        ProposalOrRef::Proposal(_) => None,
    });
    let wanted: Vec<_> = references.filter(|reference| known.insert(*reference)).collect();
    if wanted.len() != proposals.len() {
        return Err(Malformed::Value.into());
    }
    for (encoded, wanted) in proposals.iter().zip(&wanted) {
        if crypto.reference(labels::PROPOSAL_REFERENCE, encoded)? != *wanted {
            return Err(Malformed::Value.into());
        }
    }
    Ok(wanted)
}
