//! Commits with the proposals to which they refer, as the relay keeps them, of a malicious member.

use super::edits::{AnyBundle, BundledProposal};
use super::members::{load, psks, records};
use super::{Groups, NOW};
use sceau::Wire;
use sceau::group::{
    AuthenticatedContent, CommitBundle, Content, ContentType, Group, MlsMessage, ProposalOrRef,
    Received, Sender, StagedCommit, hazmat,
};

/// `mls_private_message` (RFC 9420, section 17.2).
const WIRE_PRIVATE: u16 = 2;

impl Groups {
    /// A malicious member's bundle: who has its proposals as messages and who has none judge it alike.
    pub fn bundle(&mut self, any: &AnyBundle) {
        let mut mallory = load(&self.mallory);
        let (mut one_by_one, known) = (load(&self.bob_records), self.references.len());
        let mut proposals: Vec<Vec<u8>> = Vec::new();
        for proposal in any.proposals.iter().take(4) {
            let content = match proposal {
                BundledProposal::Known(altered) => altered.of(&self.known),
                BundledProposal::Again(which) => {
                    let Some(at) = usize::from(*which).checked_rem(proposals.len()) else {
                        continue;
                    };
                    proposals[at].clone()
                }
                BundledProposal::Own(proposal, private, by) => {
                    let ProposalOrRef::Proposal(own) = self.proposal(proposal) else { continue };
                    let by = Sender::Member(by.unwrap_or(0));
                    let own = Content::Proposal(Box::new(own));
                    let Ok(content) = hazmat::forge_content(&mallory, by, own, None, *private)
                    else {
                        continue;
                    };
                    let encoded = content.to_bytes();
                    let message = hazmat::protect(&mut mallory, content, &mut self.rng);
                    let received = message.map(|one| one_by_one.receive(&one, &psks(), NOW));
                    if let Ok(Ok(Received::Proposal { reference, .. })) = received {
                        self.references.push(reference);
                    }
                    encoded
                }
            };
            proposals.push(content);
        }
        let commit = self.forge_commit(&mut mallory, &any.commit, Some(&one_by_one));
        self.references.truncate(known);
        let Some(mut commit) = commit else { return };
        if let Some(altered) = &any.altered {
            commit = altered.of(&commit);
        }
        let bundle = CommitBundle { proposals, commit };
        self.carry(&bundle, any);
        let judge = |mut group: Group| {
            let judged = group.receive_bundle(&bundle.proposals, &bundle.commit, &psks(), NOW);
            let judged = judged.map(|staged| epoch_after(&mut group, staged));
            judged.map_err(|error| error.class())
        };
        let (had, none) = (judge(load(&records(&one_by_one))), judge(load(&self.bob_records)));
        assert!(had == none, "the bundle alone counts");
        if is_whole(&bundle) {
            let plain = match one_by_one.receive(&bundle.commit, &psks(), NOW) {
                Ok(Received::Commit(staged)) => Ok(epoch_after(&mut one_by_one, *staged)),
                Ok(other) => unreachable!("{other:?}"),
                Err(error) => Err(error.class()),
            };
            assert!(plain == none, "one by one");
        }
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
        let received = self.bob.receive_bundle(&bundle.proposals, &bundle.commit, &psks(), NOW);
        assert!(is_whole(bundle) || received.is_err(), "proposals of private messages");
        match received {
            Ok(staged) => {
                self.assert_unchanged();
                self.bob.merge(staged).expect("what was staged");
                self.accepted();
            }
            Err(_) => self.refused(),
        }
    }
}

/// A commit in a private message, and contents of private messages that propose.
fn is_whole(bundle: &CommitBundle) -> bool {
    is_private(&bundle.commit, ContentType::Commit)
        && bundle.proposals.iter().all(|content| is_proposal(content))
}

fn is_proposal(content: &[u8]) -> bool {
    let Ok(AuthenticatedContent { wire_format, content, .. }) =
        AuthenticatedContent::from_bytes(content)
    else {
        return false;
    };
    let is_proposal = matches!(content.content, Content::Proposal(_));
    wire_format == WIRE_PRIVATE && matches!(content.sender, Sender::Member(_)) && is_proposal
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
