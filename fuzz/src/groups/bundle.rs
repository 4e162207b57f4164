//! Commits with the proposals to which they refer, as the relay keeps them, of a malicious member.

use super::edits::{AnyBundle, BundledProposal};
use super::members::{load, psks, records};
use super::{Groups, NOW, SUITE};
use sceau::Wire;
use sceau::group::{
    AuthenticatedContent, CommitBundle, Content, ContentType, Group, ProposalOrRef, Received,
    Sender, StagedCommit, hazmat,
};

/// `mls_private_message` (RFC 9420, section 17.2).
const WIRE_PRIVATE: u16 = 2;

impl Groups {
    /// A malicious member's bundle: who has its proposals as messages and who has none judge it alike.
    pub fn bundle(&mut self, any: &AnyBundle) {
        let mut mallory = load(&self.mallory);
        let (mut one_by_one, known) = (load(&self.bob_records), self.references.len());
        let (mut proposals, mut all_received): (Vec<Vec<u8>>, bool) = (Vec::new(), true);
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
                    match received {
                        Ok(Ok(Received::Proposal { reference, .. })) => {
                            self.references.push(reference);
                        }
                        _ => all_received = false,
                    }
                    encoded
                }
            };
            proposals.push(content);
        }
        let content = self.forge_commit(&mallory, &any.commit, Some(&one_by_one));
        self.references.truncate(known);
        let Some(content) = content else { return };
        let mut commit = content.to_bytes();
        if let Some(altered) = &any.altered {
            commit = altered.of(&commit);
        }
        if !any.any_list {
            proposals.push(self.known.clone());
            proposals = referred(&content, &proposals);
        }
        let bundle = CommitBundle { proposals, commit };
        self.carry(&bundle, any);
        let judge = |mut group: Group| {
            let judged = group.receive_bundle(&bundle, &psks(), NOW);
            let judged = judged.map(|staged| epoch_after(&mut group, staged));
            judged.map_err(|error| error.class())
        };
        let (had, none) = (judge(load(&records(&one_by_one))), judge(load(&self.bob_records)));
        assert!(had == none, "the bundle alone counts");
        let message = hazmat::protect(&mut mallory, content, &mut self.rng);
        if let (Ok(_), Ok(message), None, true) = (&none, message, &any.altered, all_received) {
            let plain = one_by_one.receive(&message, &psks(), NOW);
            let Ok(Received::Commit(staged)) = plain else { unreachable!("{plain:?}") };
            assert!(Ok(epoch_after(&mut one_by_one, *staged)) == none, "one by one");
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
        let received = self.bob.receive_bundle(bundle, &psks(), NOW);
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

/// Those of some proposals to which a commit refers, once each, in its order.
fn referred(commit: &AuthenticatedContent, proposals: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let Content::Commit(commit) = &commit.content.content else { return Vec::new() };
    let mut referred: Vec<Vec<u8>> = Vec::new();
    for entry in &commit.proposals {
        let ProposalOrRef::Reference(wanted) = entry else { continue };
        let is_it = |one: &&Vec<u8>| {
            hazmat::ref_hash(SUITE, "MLS 1.0 Proposal Reference", one).as_ref() == Ok(wanted)
        };
        let found = proposals.iter().find(is_it);
        referred.extend(found.filter(|one| !referred.contains(one)).cloned());
    }
    referred
}

/// Members' contents with the wire format of private messages.
fn is_whole(bundle: &CommitBundle) -> bool {
    is_bundled(&bundle.commit, ContentType::Commit)
        && bundle.proposals.iter().all(|content| is_bundled(content, ContentType::Proposal))
}

fn is_bundled(content: &[u8], content_type: ContentType) -> bool {
    let Ok(AuthenticatedContent { wire_format, content, .. }) =
        AuthenticatedContent::from_bytes(content)
    else {
        return false;
    };
    let by_member = matches!(content.sender, Sender::Member(_));
    wire_format == WIRE_PRIVATE && by_member && content.content.content_type() == content_type
}

/// The epoch that a commit begins: its number and authenticator, and whether the receiver is in it.
fn epoch_after(group: &mut Group, staged: StagedCommit) -> (u64, Vec<u8>, bool) {
    group.merge(staged).expect("what was staged");
    (group.epoch(), group.epoch_authenticator().to_vec(), group.is_active())
}
