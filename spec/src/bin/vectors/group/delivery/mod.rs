//! What sessions and a relay carry of a group.

mod bundled_proposals;
mod bundled_types;
mod bundles;
mod contents;
mod extensions;
mod leaves;
mod padded;
mod sealed;

use super::framing::{Epoch, commit_of};
use super::{SUITES, members::key_package};
use crate::vector::Topic;
use sceau_spec::group::commit::{Commit, ProposalOrRef, ProposalsOrRefs};
use sceau_spec::group::crypto::make_proposal_ref;
use sceau_spec::group::framing::{
    AuthenticatedContent, Content, MLS_PRIVATE_MESSAGE, MlsMessage, Sender,
    encode_authenticated_content,
};
use sceau_spec::group::proposals::Proposal;
use sceau_spec::octets::{Octets, ascii};

/// The vectors.
pub fn topic() -> Topic {
    let mut t = Topic::group("group-delivery", "GRP-DL");
    contents::contents(&mut t);
    contents::application_data(&mut t);
    extensions::formats(&mut t);
    extensions::welcomes(&mut t);
    extensions::commits(&mut t);
    bundles::bundles(&mut t);
    bundled_proposals::exact(&mut t, 120);
    bundled_types::bundled(&mut t);
    let place = sealed::Place::new(&t);
    sealed::opened(&mut t, &place);
    padded::sealed(&mut t, &place);
    padded::opened(&mut t, &place);
    leaves::lifetimes(&mut t);
    leaves::trees(&mut t);
    for (base, suite) in SUITES {
        sealed::sealed(&mut t, base, suite);
        bundled_proposals::of_suite(&mut t, base + 3, suite);
    }
    t
}

/// The relay's name in the vectors.
const RELAY: &str = "relay.example";

/// One message of each kind, of an epoch of suite `0x0001`.
struct Messages {
    /// Application data.
    application: MlsMessage,
    /// A Remove.
    remove: MlsMessage,
    /// A Commit.
    commit: MlsMessage,
    /// A Commit as PublicMessage.
    public_commit: MlsMessage,
}

impl Messages {
    /// Those of a vector.
    fn new(t: &Topic, number: u32) -> Self {
        let suite = SUITES[0].1;
        let epoch = Epoch::new(t, number, suite);
        let commit = commit_of(t, number);
        Self {
            application: epoch.private_message(&Content::Application(ascii("hello"))),
            remove: epoch.private_message(&Content::Proposal(Proposal::Remove(3))),
            commit: epoch.private_message(&commit),
            public_commit: epoch.public_message(&commit),
        }
    }
}

/// What is signed of such messages, of an epoch of suite `0x0001`.
struct Contents {
    /// The epoch.
    epoch: Epoch,
    /// A Remove.
    remove: AuthenticatedContent,
    /// An Add.
    add: AuthenticatedContent,
    /// Application data.
    application: AuthenticatedContent,
    /// A Commit of a Remove by value.
    commit: AuthenticatedContent,
}

impl Contents {
    /// Those of a vector.
    fn new(t: &Topic, number: u32) -> Self {
        let suite = SUITES[0].1;
        let epoch = Epoch::new(t, number, suite);
        let private = |content: &Content| epoch.signed(MLS_PRIVATE_MESSAGE, content);
        let add = Proposal::Add(key_package(suite, "newcomer"));
        let by_value = ProposalOrRef::Proposal(Proposal::Remove(3));
        Self {
            remove: private(&Content::Proposal(Proposal::Remove(3))),
            add: private(&Content::Proposal(add)),
            application: private(&Content::Application(ascii("hello"))),
            commit: private(&commit(&[by_value])),
            epoch,
        }
    }

    /// A Commit that refers to these, whatever they are.
    fn commit_to(&self, proposals: &[&Octets]) -> AuthenticatedContent {
        let reference = |proposal: &&Octets| make_proposal_ref(SUITES[0].1, proposal);
        let references = proposals.iter().map(reference).map(ProposalOrRef::Reference);
        self.epoch.signed(MLS_PRIVATE_MESSAGE, &commit(&references.collect::<Vec<_>>()))
    }

    /// The same of another sender, or for another wire format.
    fn signed_by(
        &self,
        sender_type: u8,
        wire_format: u16,
        of: &AuthenticatedContent,
    ) -> AuthenticatedContent {
        let sender = Sender { sender_type, index: 1 };
        self.epoch.signed_by(sender, wire_format, &of.content.content)
    }
}

/// A Commit without a path.
fn commit(proposals: &[ProposalOrRef]) -> Content {
    let proposals = ProposalsOrRefs::from_vec(proposals.to_vec());
    Content::Commit(Commit { proposals, path: None })
}

/// `encode(AuthenticatedContent)` of each.
fn encoded(contents: &[&AuthenticatedContent]) -> Vec<Octets> {
    contents.iter().map(|content| encode_authenticated_content(content)).collect()
}
