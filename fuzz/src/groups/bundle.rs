//! Commits with the proposals to which they refer, as the relay keeps them, of a malicious member.

use super::edits::{AnyBundle, BundledProposal};
use super::members::{load, psks};
use super::{Groups, NOW};
use sceau::Wire;
use sceau::group::{
    CommitBundle, Content, ContentType, Group, MlsMessage, ProposalOrRef, Received, Sender,
    StagedCommit, hazmat,
};

impl Groups {
    /// A malicious member's bundle: it is worth what its messages are that come one after the other.
    pub fn bundle(&mut self, any: &AnyBundle) {
        let mut mallory = load(&self.mallory);
        let (mut one_by_one, known) = (load(&self.bob_records), self.references.len());
        let mut proposals: Vec<Vec<u8>> = Vec::new();
        for proposal in any.proposals.iter().take(4) {
            let message = match proposal {
                BundledProposal::Known(altered) => altered.of(&self.known),
                BundledProposal::Again(which) => {
                    let Some(at) = usize::from(*which).checked_rem(proposals.len()) else {
                        continue;
                    };
                    proposals[at].clone()
                }
                BundledProposal::Own(proposal, private) => {
                    let ProposalOrRef::Proposal(own) = self.proposal(proposal) else { continue };
                    let (by, own) = (Sender::Member(0), Content::Proposal(Box::new(own)));
                    let rng = &mut self.rng;
                    let forged = hazmat::forge(&mut mallory, by, own, None, *private, rng);
                    let Ok(message) = forged else { continue };
                    message
                }
            };
            let received = one_by_one.receive(&message, &psks(), NOW);
            if let Ok(Received::Proposal { reference, .. }) = received {
                self.references.push(reference);
            }
            proposals.push(message);
        }
        let commit = self.forge_commit(&mut mallory, &any.commit, Some(&one_by_one));
        self.references.truncate(known);
        let Some(mut commit) = commit else { return };
        if let Some(altered) = &any.altered {
            commit = altered.of(&commit);
        }
        let bundle = CommitBundle { proposals, commit };
        self.carry(&bundle, any);
        self.deliver_bundle(&bundle);
    }

    /// What is encoded decodes if it is a bundle; what is sealed opens to it, and what a relay has altered does not.
    fn carry(&mut self, bundle: &CommitBundle, any: &AnyBundle) {
        let bytes = bundle.to_bytes();
        let decoded = CommitBundle::from_bytes(&bytes).ok();
        assert!(decoded.as_ref() == is_whole(bundle).then_some(bundle), "its encoding");
        if let Some(altered) = &any.encoded {
            let bytes = altered.of(&bytes);
            if let Ok(other) = CommitBundle::from_bytes(&bytes) {
                assert!(other.to_bytes() == bytes && is_whole(&other), "another's encoding");
                self.deliver_bundle(&other);
            }
        }
        let (Some(altered), Some(bundle)) = (&any.sealed, decoded) else { return };
        let secrets = self.bob.commit_secrets().expect("a member");
        let sealed = secrets.seal(&bundle, &mut self.rng).expect("a short bundle");
        assert!(secrets.open(&sealed) == Ok(bundle), "what was sealed");
        let other = altered.of(&sealed);
        assert!(other == sealed || secrets.open(&other).is_err(), "a relay has no key");
    }

    fn deliver_bundle(&mut self, bundle: &CommitBundle) {
        let CommitBundle { proposals, commit } = bundle;
        let whole = is_whole(bundle);
        let bundle = self.bob.receive_bundle(proposals, commit, &psks(), NOW);
        let bundle = bundle.map_err(|error| error.class());
        assert!(whole || bundle.is_err(), "private messages, each with its content");
        if whole {
            let mut one_by_one = load(&self.bob_records);
            for proposal in proposals {
                let _ = one_by_one.receive(proposal, &psks(), NOW);
            }
            let expected = match one_by_one.receive(commit, &psks(), NOW) {
                Ok(Received::Commit(staged)) => Ok(epoch_after(&mut one_by_one, *staged)),
                Ok(other) => unreachable!("{other:?}"),
                Err(error) => Err(error.class()),
            };
            let mut copy = load(&self.bob_records);
            let again = copy.receive_bundle(proposals, commit, &psks(), NOW);
            let again = again.map(|staged| epoch_after(&mut copy, staged));
            assert!(again.map_err(|error| error.class()) == expected, "one by one");
        }
        match bundle {
            Ok(staged) => {
                self.assert_unchanged();
                self.bob.merge(staged).expect("what was staged");
                self.accepted();
            }
            Err(_) => self.refused(),
        }
    }
}

/// Private messages, each with its content.
fn is_whole(bundle: &CommitBundle) -> bool {
    let is_proposal = |message: &Vec<u8>| is_private(message, ContentType::Proposal);
    is_private(&bundle.commit, ContentType::Commit) && bundle.proposals.iter().all(is_proposal)
}

fn is_private(message: &[u8], content_type: ContentType) -> bool {
    let decoded = MlsMessage::from_bytes(message);
    matches!(decoded, Ok(MlsMessage::Private(message)) if message.content_type == content_type)
}

/// The epoch that a commit begins: its number and authenticator, and whether the receiver is in it.
fn epoch_after(group: &mut Group, staged: StagedCommit) -> (u64, Vec<u8>, bool) {
    group.merge(staged).expect("what was staged");
    (group.epoch(), group.epoch_authenticator().to_vec(), group.is_active())
}
