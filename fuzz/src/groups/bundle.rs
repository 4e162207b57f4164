//! Commits with the proposals to which they refer, as the relay keeps them, of a malicious member.

use super::edits::{AnyBundle, BundledProposal};
use super::members::{load, psks};
use super::{Groups, NOW};
use sceau::Wire;
use sceau::group::{
    Content, ContentType, Group, MlsMessage, ProposalOrRef, Received, Sender, StagedCommit, hazmat,
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
        self.deliver_bundle(&proposals, &commit, one_by_one);
    }

    fn deliver_bundle(&mut self, proposals: &[Vec<u8>], commit: &[u8], mut one_by_one: Group) {
        let whole = is_private(commit, ContentType::Commit)
            && proposals.iter().all(|message| is_private(message, ContentType::Proposal));
        let bundle = self.bob.receive_bundle(proposals, commit, &psks(), NOW);
        let bundle = bundle.map_err(|error| error.class());
        assert!(whole || bundle.is_err(), "private messages, each with its content");
        if whole {
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

fn is_private(message: &[u8], content_type: ContentType) -> bool {
    let decoded = MlsMessage::from_bytes(message);
    matches!(decoded, Ok(MlsMessage::Private(message)) if message.content_type == content_type)
}

/// The epoch that a commit begins: its number and authenticator, and whether the receiver is in it.
fn epoch_after(group: &mut Group, staged: StagedCommit) -> (u64, Vec<u8>, bool) {
    group.merge(staged).expect("what was staged");
    (group.epoch(), group.epoch_authenticator().to_vec(), group.is_active())
}
