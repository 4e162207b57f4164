//! A group of four with one member that keeps to no rule: what it sends is signed and tagged as it should be, so that a
//! receiver is left with its own checks.

mod commit;
mod edits;
mod members;
mod welcome;

pub use edits::{AnyCommit, AnyProposal, CommitEdit, LeafEdit, WelcomeEdit};

use crate::Altered;
use crate::history::tape::Tape;
use members::{Records, add, commit_of, identity, leaf, load, package, policy, psks, records};
use sceau::crypto::Provider;
use sceau::group::hazmat;
use sceau::group::{
    CipherSuite, Commit, CommitOptions, Content, Group, GroupParams, JoinParams, OwnKeyPackage,
    Proposal, ProposalOrRef, Received, Sender, SigningIdentity,
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
    newcomer: OwnKeyPackage,
    welcome: Vec<u8>,
    rng: Tape,
}

impl Groups {
    fn new() -> Self {
        let rng = &mut Tape::new(7, 0);
        let mallory = identity(b"mallory", rng);
        let params = GroupParams::new(SUITE, leaf(), policy());
        let first = Group::create(params, mallory.clone(), NOW, rng).expect("a group");
        let packages: Vec<_> = [b"b", b"c", b"d"].iter().map(|name| package(*name, rng)).collect();
        let mut groups = vec![first];
        let options = CommitOptions::new(packages.iter().map(add).collect());
        let output = groups[0].commit(&options, &psks(), NOW, rng).expect("a commit");
        groups[0].merge_pending().expect("a commit");
        let welcome = output.welcome.expect("newcomers");
        for own in &packages {
            let store = psks();
            let params = JoinParams::new(policy(), &store);
            groups.push(Group::join(&welcome, &[own], params, NOW).expect("a member").0);
        }
        for by in [2, 0] {
            let output =
                groups[by].commit(&CommitOptions::default(), &psks(), NOW, rng).expect("a commit");
            for (index, group) in groups.iter_mut().enumerate() {
                if index == by {
                    group.merge_pending().expect("a commit");
                } else {
                    let got = group.receive(&output.commit, &psks(), NOW).expect("a commit");
                    let Received::Commit(staged) = got else { unreachable!() };
                    group.merge(*staged).expect("a commit");
                }
            }
        }
        // Proposals that everybody has; then messages that nobody has yet.
        let mut references = Vec::new();
        let update = groups[2].propose_update(None, true, NOW, rng).expect("a proposal");
        let remove = groups[2].propose(Proposal::Remove(3), true, b"", NOW, rng).expect("one");
        for message in [&update, &remove] {
            for index in [0, 1, 3] {
                let got = groups[index].receive(message, &psks(), NOW).expect("a proposal");
                let Received::Proposal { reference, .. } = got else { unreachable!() };
                references.push(reference);
            }
        }
        references.dedup();
        let newcomer = package(b"e", rng);
        let mut commits = Vec::new();
        let mut welcome = Vec::new();
        for (proposals, by_reference) in
            [(vec![], false), (vec![add(&newcomer)], false), (vec![], true), (vec![], false)]
        {
            let mut options = CommitOptions::new(proposals);
            options.public = true;
            options.by_reference = by_reference;
            let mut copy = load(&records(&groups[0]));
            let output = copy.commit(&options, &psks(), NOW, rng).expect("a commit");
            commits.push(commit_of(&output.commit));
            welcome = output.welcome.unwrap_or(welcome);
        }
        // The last one without anything.
        commits.push(Commit { proposals: vec![], path: None });
        let mut caro = load(&records(&groups[2]));
        let honest =
            caro.commit(&CommitOptions::default(), &psks(), NOW, rng).expect("a commit").commit;
        let mut dora = load(&records(&groups[3]));
        let mut options = CommitOptions::default();
        options.public = true;
        let public = dora.commit(&options, &psks(), NOW, rng).expect("a commit").commit;
        let mut dora = load(&records(&groups[3]));
        let proposal = dora.propose(Proposal::Remove(2), false, b"", NOW, rng).expect("one");
        let messages = vec![honest.clone(), public, proposal, update, welcome.clone()];
        let (mallory_records, bob_records) = (records(&groups[0]), records(&groups[1]));
        Self {
            mallory: mallory_records,
            identity: mallory,
            bob: load(&bob_records),
            bob_records,
            commits,
            messages,
            honest,
            references,
            newcomer,
            welcome,
            rng: Tape::new(8, 0),
        }
    }

    /// The group of this thread.
    pub fn with(step: impl FnOnce(&mut Self)) {
        thread_local!(static GROUPS: RefCell<Groups> = RefCell::new(Groups::new()));
        GROUPS.with_borrow_mut(step);
    }

    /// A receiver takes a message: a refusal leaves it as it was, and it accepts the honest commit; an accepted commit
    /// begins an epoch that can be stored and gone on with.
    fn deliver(&mut self, message: &[u8]) {
        match self.bob.receive(message, &psks(), NOW) {
            Err(_) => {
                assert_eq!(records(&self.bob), self.bob_records, "a refusal changes nothing");
                let honest = self.bob.receive(&self.honest, &psks(), NOW);
                assert!(matches!(honest, Ok(Received::Commit(_))), "the honest commit");
            }
            Ok(Received::Commit(staged)) => {
                let mut copy = load(&self.bob_records);
                drop(staged);
                let Ok(Received::Commit(staged)) = copy.receive(message, &psks(), NOW) else {
                    unreachable!()
                };
                copy.merge(*staged).expect("what was staged");
                let stored = records(&copy);
                let mut loaded = load(&stored);
                assert_eq!(records(&loaded), stored);
                let _ = loaded.encrypt(b"data", b"", &mut self.rng);
                let _ = loaded.commit(&CommitOptions::default(), &psks(), NOW, &mut self.rng);
            }
            Ok(_) => self.bob = load(&self.bob_records),
        }
    }

    /// A malicious member's commit.
    pub fn commit(&mut self, any: &AnyCommit) {
        let base = usize::from(any.base) % self.commits.len();
        let mut commit = self.commits[base].clone();
        any.edits.iter().take(6).for_each(|edit| self.edit(&mut commit, edit));
        let mut mallory = load(&self.mallory);
        let sender = Sender::Member(any.sender.unwrap_or(0));
        let mut forge = |tag: Option<Vec<u8>>, private| {
            let content = Content::Commit(Box::new(commit.clone()));
            hazmat::forge(&mut mallory, sender, content, tag, private, &mut self.rng)
        };
        let Ok(message) = forge(None, any.private) else { return };
        let wanted = hazmat::wanted_tag(&self.bob, &message, &psks(), NOW);
        let tag = match (&any.tag, wanted) {
            (Some(altered), Ok(Some(tag))) => altered.of(&tag),
            (None, Ok(Some(tag))) => tag,
            (altered, _) => altered.as_ref().map_or(vec![0; 32], |altered| altered.of(&[0; 32])),
        };
        let Ok(message) = forge(Some(tag), any.private) else { return };
        self.deliver(&message);
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

    /// An outsider's bytes.
    pub fn message(&mut self, which: u8, altered: &Altered) {
        let honest = &self.messages[usize::from(which) % self.messages.len()];
        let message = altered.of(honest);
        if message != *honest {
            self.deliver(&message);
        }
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
            let stored = records(&joined);
            assert_eq!(records(&load(&stored)), stored);
            let _ = joined.encrypt(b"data", b"", &mut self.rng);
            let _ = joined.commit(&CommitOptions::default(), &psks(), NOW, &mut self.rng);
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
