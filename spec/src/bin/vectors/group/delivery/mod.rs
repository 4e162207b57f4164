//! What sessions and a relay carry of a group.

mod bundles;
mod contents;
mod extensions;
mod leaves;
mod sealed;

use super::framing::{Epoch, commit_of};
use super::{SUITES, members::key_package};
use crate::vector::Topic;
use sceau_spec::group::framing::{
    AuthenticatedContent, Content, MLS_PRIVATE_MESSAGE, MLS_PUBLIC_MESSAGE, MlsMessage,
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
    sealed::opened(&mut t);
    leaves::lifetimes(&mut t);
    leaves::trees(&mut t);
    for (base, suite) in SUITES {
        sealed::sealed(&mut t, base, suite);
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
    /// A Remove.
    remove: AuthenticatedContent,
    /// An Add.
    add: AuthenticatedContent,
    /// Application data.
    application: AuthenticatedContent,
    /// A Commit.
    commit: AuthenticatedContent,
    /// A Remove, for a PublicMessage.
    public_remove: AuthenticatedContent,
}

impl Contents {
    /// Those of a vector.
    fn new(t: &Topic, number: u32) -> Self {
        let suite = SUITES[0].1;
        let epoch = Epoch::new(t, number, suite);
        let remove = Content::Proposal(Proposal::Remove(3));
        let add = Content::Proposal(Proposal::Add(key_package(suite, "newcomer")));
        let private = |content: &Content| epoch.signed(MLS_PRIVATE_MESSAGE, content);
        Self {
            remove: private(&remove),
            add: private(&add),
            application: private(&Content::Application(ascii("hello"))),
            commit: private(&commit_of(t, number)),
            public_remove: epoch.signed(MLS_PUBLIC_MESSAGE, &remove),
        }
    }
}

/// `encode(AuthenticatedContent)` of each.
fn encoded(contents: &[&AuthenticatedContent]) -> Vec<Octets> {
    contents.iter().map(|content| encode_authenticated_content(content)).collect()
}
