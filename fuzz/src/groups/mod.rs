//! A group of four with one member that keeps to no rule: what it sends is signed and tagged as it should be, so that a
//! receiver is left with its own checks.

mod bundle;
mod commit;
mod edits;
mod members;
mod receive;
mod scene;
mod welcome;

pub use edits::{
    AnyApplication, AnyBundle, AnyCommit, AnyProposal, BundledProposal, CommitEdit, LeafEdit,
    WelcomeEdit,
};

use crate::Altered;
use crate::history::tape::Tape;
use members::{Records, load, policy, psks, records};
use receive::{go_on, store_and_load};
use sceau::crypto::Provider;
use sceau::group::hazmat;
use sceau::group::{
    AuthenticatedContent, CipherSuite, Commit, CommitOptions, Content, Group, JoinParams,
    OwnKeyPackage, ProposalOrRef, Received, Sender, SigningIdentity,
};
use std::cell::RefCell;

const NOW: u64 = 1_800_000_000;
const SUITE: CipherSuite = CipherSuite::X25519Aes128;

/// The group.
pub struct Groups {
    /// The malicious member's records and identity.
    mallory: Records,
    identity: SigningIdentity,
    /// A receiver, and its records.
    bob: Group,
    bob_records: Records,
    /// Commits of the malicious member, as they are before they are protected.
    commits: Vec<Commit>,
    /// What honest members have sent in this epoch.
    messages: Vec<Vec<u8>>,
    /// A commit that is accepted after each refusal.
    honest: Vec<u8>,
    references: Vec<Vec<u8>>,
    /// A proposal that everybody has, an encoded `AuthenticatedContent`.
    known: Vec<u8>,
    newcomer: OwnKeyPackage,
    welcome: Vec<u8>,
    rng: Tape,
}

impl Groups {
    /// The group of this thread.
    pub fn with(step: impl FnOnce(&mut Self)) {
        thread_local!(static GROUPS: RefCell<Groups> = RefCell::new(Groups::new()));
        GROUPS.with_borrow_mut(step);
    }

    /// A malicious member's commit.
    pub fn commit(&mut self, any: &AnyCommit) {
        let mut mallory = load(&self.mallory);
        let Some(content) = self.forge_commit(&mallory, any, None) else { return };
        if let Ok(message) = hazmat::protect(&mut mallory, content, &mut self.rng) {
            self.deliver(&message);
        }
    }

    /// A malicious member's signed commit, with the tag that a receiver wants: the honest one, or another.
    fn forge_commit(
        &mut self,
        mallory: &Group,
        any: &AnyCommit,
        receiver: Option<&Group>,
    ) -> Option<AuthenticatedContent> {
        let base = usize::from(any.base) % self.commits.len();
        let mut commit = self.commits[base].clone();
        any.edits.iter().take(6).for_each(|edit| self.edit(&mut commit, edit));
        let sender = Sender::Member(any.sender.unwrap_or(0));
        let content = Content::Commit(Box::new(commit));
        let content = hazmat::forge_content(mallory, sender, content, None, any.private);
        let mut content = content.ok()?;
        let receiver = receiver.unwrap_or(&self.bob);
        let wanted = hazmat::wanted_tag_of(receiver, &content, &psks(), NOW);
        let tag = match (&any.tag, wanted) {
            (Some(altered), Ok(Some(tag))) => altered.of(&tag),
            (None, Ok(Some(tag))) => tag,
            (altered, _) => altered.as_ref().map_or(vec![0; 32], |altered| altered.of(&[0; 32])),
        };
        content.auth.confirmation_tag = Some(tag);
        Some(content)
    }

    /// A proposal of a malicious member, by itself.
    pub fn propose(&mut self, proposal: &AnyProposal, private: bool, sender: Option<u32>) {
        let ProposalOrRef::Proposal(proposal) = self.proposal(proposal) else { return };
        let mut mallory = load(&self.mallory);
        let sender = Sender::Member(sender.unwrap_or(0));
        let content = Content::Proposal(Box::new(proposal));
        let message = hazmat::forge(&mut mallory, sender, content, None, private, &mut self.rng);
        if let Ok(message) = message {
            self.deliver(&message);
        }
    }

    /// Application data of a malicious member: taken once, where it is private and says who sent it.
    pub fn application(&mut self, any: &AnyApplication) {
        let sender = any.sender.unwrap_or(0);
        let content = Content::Application(any.data.clone());
        let (by, rng) = (Sender::Member(sender), &mut self.rng);
        let message = hazmat::forge(&mut load(&self.mallory), by, content, None, any.private, rng);
        let Ok(message) = message else { return };
        let epoch = self.bob.epoch();
        match self.bob.receive(&message, &psks(), NOW) {
            Ok(Received::Application { sender, epoch: of, removed, data, authenticated_data }) => {
                assert!(any.private && any.sender.unwrap_or(0) == 0, "its own leaf's key");
                assert_eq!((sender, of, removed), (0, epoch, false));
                assert_eq!((&data, &authenticated_data[..]), (&any.data, &[][..]));
                let again = self.bob.receive(&message, &psks(), NOW);
                assert_eq!(again.unwrap_err().class(), "duplicate");
                self.accepted();
            }
            Ok(other) => unreachable!("{other:?}"),
            Err(error) => {
                assert!(!any.private || sender != 0, "{error}");
                self.refused();
            }
        }
    }

    /// An outsider's bytes: what honest members have sent, altered, is refused.
    pub fn message(&mut self, which: u8, altered: &Altered) {
        let honest = &self.messages[usize::from(which) % self.messages.len()];
        let message = altered.of(honest);
        if !self.messages.contains(&message) {
            assert!(!self.deliver(&message), "it has no keys");
        }
    }

    /// What honest members have sent.
    #[must_use]
    pub fn messages(&self) -> &[Vec<u8>] {
        &self.messages
    }

    /// A Welcome of a malicious member.
    pub fn welcome(&mut self, edits: &[WelcomeEdit]) {
        let alter = |contents: &mut hazmat::WelcomeContents| {
            edits.iter().take(6).for_each(|edit| welcome::edit_welcome(contents, edit));
        };
        let forged = hazmat::alter_welcome(
            &self.welcome,
            &self.newcomer,
            &psks(),
            &self.identity,
            alter,
            &mut self.rng,
        );
        if let Ok(forged) = forged {
            self.join(&forged);
        }
    }

    /// An outsider's Welcome.
    pub fn welcome_bytes(&mut self, altered: &Altered) {
        let forged = altered.of(&self.welcome);
        self.join(&forged);
    }

    fn join(&mut self, welcome: &[u8]) {
        let store = psks();
        let params = || JoinParams::new(policy(), &store);
        if let Ok((mut joined, _)) = Group::join(welcome, &[&self.newcomer], params(), NOW) {
            let mut stored = Records::new();
            go_on(&mut store_and_load(&mut joined, &mut stored), &mut self.rng);
        }
        Group::join(&self.welcome, &[&self.newcomer], params(), NOW).expect("the honest Welcome");
    }

    /// Records that were damaged or exchanged.
    pub fn import(&mut self, edits: &[(u8, Altered)]) {
        let mut stored = self.bob_records.clone();
        for (which, altered) in edits.iter().take(4) {
            let at = usize::from(*which) % stored.len();
            if let Some(body) = stored.values_mut().nth(at) {
                *body = altered.of(body);
            }
        }
        let given = stored.iter().map(|(key, body)| (key, body.as_slice()));
        let Ok(mut group) = Group::import(given, policy(), &Provider::Default) else { return };
        let _ = records(&group);
        for message in &self.messages {
            if let Ok(Received::Commit(staged)) = group.receive(message, &psks(), NOW) {
                drop(staged);
            }
        }
        let _ = group.encrypt(b"data", b"", &mut self.rng);
        let _ = group.commit(&CommitOptions::default(), &psks(), NOW, &mut self.rng);
        let _ = group.merge_pending();
        let _ = records(&group);
    }
}
