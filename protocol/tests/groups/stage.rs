//! Members that talk to each other.

use crate::common::TestRng;
use getrandom::{SysRng, rand_core::UnwrapErr};
use rand_core::Rng;
use sceau::Wire;
use sceau::crypto::Provider;
use sceau::group::{
    AcceptAny, AuthenticatedContent, Check, CipherSuite, Commit, CommitOptions, CommitOutput,
    Content, Credential, Group, GroupParams, GroupPolicy, GroupRecordKey, JoinParams, LeafParams,
    MlsMessage, OwnKeyPackage, Proposal, PskStore, Received, Sender, SigningIdentity, StagedCommit,
};
use std::collections::BTreeMap;

pub const NOW: u64 = 1_800_000_000;

pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// What a history chooses: the same with each run, and where a test fails its seed and how far it came are told. Keys are
/// as random as ever.
pub struct Choices {
    seed: u64,
    made: usize,
    rng: TestRng,
}

impl Choices {
    pub fn new(seed: u64) -> Self {
        Choices { seed, made: 0, rng: TestRng(seed) }
    }

    pub fn below(&mut self, count: usize) -> usize {
        self.made += 1;
        usize::try_from(self.rng.next_u64() % count as u64).unwrap()
    }
}

impl Drop for Choices {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("choices of seed {}, of which {} were made", self.seed, self.made);
        }
    }
}

/// A policy that allows what a test may want.
pub fn open_policy() -> GroupPolicy {
    let mut policy = GroupPolicy::interoperable(AcceptAny);
    policy.external_commits = true;
    policy.external_proposals = true;
    policy.external_pub = true;
    policy.credential_types.push(0xF222);
    policy
}

pub fn leaf() -> LeafParams {
    LeafParams::new(NOW - 10, NOW + 1_000)
}

pub fn identity(suite: CipherSuite, name: &str) -> SigningIdentity {
    let credential = Credential::Basic(name.as_bytes().to_vec());
    SigningIdentity::generate(suite, credential, &Provider::default(), &mut rng()).unwrap()
}

pub fn package(suite: CipherSuite, name: &str) -> OwnKeyPackage {
    package_of(suite, &identity(suite, name))
}

pub fn package_of(suite: CipherSuite, identity: &SigningIdentity) -> OwnKeyPackage {
    let provider = Provider::default();
    OwnKeyPackage::generate(suite, identity, &leaf(), vec![], &provider, &mut rng()).unwrap()
}

pub fn add(package: &OwnKeyPackage) -> Proposal {
    Proposal::Add(Box::new(package.key_package().clone()))
}

pub fn create(suite: CipherSuite) -> Group {
    let params = GroupParams::new(suite, leaf(), open_policy());
    Group::create(params, identity(suite, "0"), NOW, &mut rng()).unwrap()
}

pub fn join(welcome: &[u8], package: &OwnKeyPackage) -> Result<Group, sceau::Error> {
    let psks = PskStore::new();
    Ok(Group::join(welcome, &[package], JoinParams::new(open_policy(), &psks), NOW)?.0)
}

/// A group of so many members, added by one commit.
pub fn group_of(suite: CipherSuite, members: usize) -> Vec<Group> {
    let mut groups = vec![create(suite)];
    add_members(&mut groups, members.saturating_sub(1));
    groups
}

/// The first member adds some, and everybody follows.
pub fn add_members(groups: &mut Vec<Group>, count: usize) {
    if count == 0 {
        return;
    }
    let suite = groups[0].suite();
    let packages: Vec<_> =
        (0..count).map(|i| package(suite, &format!("{}", groups.len() + i))).collect();
    let options = CommitOptions::new(packages.iter().map(add).collect());
    let output = commit(groups, 0, &options);
    let welcome = output.welcome.unwrap();
    groups.extend(packages.iter().map(|package| join(&welcome, package).unwrap()));
    assert_agreement(groups);
}

/// A member commits, everybody follows.
pub fn commit(groups: &mut [Group], by: usize, options: &CommitOptions) -> CommitOutput {
    let psks = psks();
    let output = groups[by].commit(options, &psks, NOW, &mut rng()).unwrap();
    deliver(groups, by, &output.commit);
    output
}

/// A commit that a member has made reaches everybody.
pub fn deliver(groups: &mut [Group], by: usize, commit: &[u8]) {
    for (index, group) in groups.iter_mut().enumerate() {
        if index == by {
            group.merge_pending().unwrap();
        } else if group.is_active() {
            let staged = stage(group, commit).unwrap();
            group.merge(staged).unwrap();
        }
    }
}

pub fn stage(group: &mut Group, commit: &[u8]) -> Result<StagedCommit, sceau::Error> {
    match group.receive(commit, &psks(), NOW)? {
        Received::Commit(staged) => Ok(*staged),
        other => panic!("{other:?}"),
    }
}

/// The external keys that every member knows.
pub fn psks() -> PskStore {
    let mut psks = PskStore::new();
    psks.insert_external(b"known", sceau::crypto::Secret::from_slice(&[7; 20]));
    psks
}

/// Which check of a group's has refused something.
pub fn check(error: sceau::Error) -> Check {
    match error {
        sceau::Error::Group(refused) => refused.check,
        other => panic!("{other}"),
    }
}

/// A proposal reaches everybody else.
pub fn propose(groups: &mut [Group], by: usize, message: &[u8]) {
    for (index, group) in groups.iter_mut().enumerate() {
        if index != by && group.is_active() {
            let got = group.receive(message, &psks(), NOW).unwrap();
            assert!(matches!(got, Received::Proposal { .. }));
        }
    }
}

/// All active members are in the same epoch and can talk.
pub fn assert_agreement(groups: &mut [Group]) {
    let active: Vec<usize> = (0..groups.len()).filter(|i| groups[*i].is_active()).collect();
    let first = (groups[active[0]].epoch(), groups[active[0]].epoch_authenticator().to_vec());
    for index in &active {
        let group = &groups[*index];
        assert_eq!((group.epoch(), group.epoch_authenticator().to_vec()), first);
        assert_eq!(group.context(), groups[active[0]].context());
    }
    for sender in active.iter().copied().take(3) {
        let message = groups[sender].encrypt(b"to all", b"data", &mut rng()).unwrap();
        for receiver in active.iter().copied().filter(|receiver| *receiver != sender) {
            assert_eq!(read(&mut groups[receiver], &message).unwrap(), b"to all");
        }
    }
}

pub fn read(group: &mut Group, message: &[u8]) -> Result<Vec<u8>, sceau::Error> {
    match group.receive(message, &PskStore::new(), NOW)? {
        Received::Application { data, .. } => Ok(data),
        other => panic!("{other:?}"),
    }
}

/// A commit of the first member's, with nothing that signs or authenticates it.
pub fn commit_of(groups: &mut [Group], options: &CommitOptions) -> (Commit, Vec<u8>) {
    let mut options = options.clone();
    options.public = true;
    let output = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap();
    groups[0].clear_pending().unwrap();
    let MlsMessage::Public(message) = MlsMessage::from_bytes(&output.commit).unwrap() else {
        panic!()
    };
    let Content::Commit(commit) = message.content.content else { panic!() };
    (*commit, message.auth.confirmation_tag.unwrap())
}

/// Who has proposed what comes with a commit, and what.
pub fn bundled(proposals: &[Vec<u8>]) -> Vec<(Sender, Proposal)> {
    let read = |bytes: &Vec<u8>| {
        let read = AuthenticatedContent::from_bytes(bytes).unwrap();
        let Content::Proposal(proposal) = read.content.content else { panic!("no proposal") };
        (read.content.sender, *proposal)
    };
    proposals.iter().map(read).collect()
}

/// A group's records.
pub fn records(group: &Group) -> BTreeMap<GroupRecordKey, Vec<u8>> {
    let changes = group.export_state().into_iter();
    changes.map(|change| (change.key().clone(), change.body().unwrap().to_vec())).collect()
}

/// The group again, from its records.
pub fn again(group: &Group) -> Group {
    let records = records(group);
    let records = records.iter().map(|(key, body)| (key, body.as_slice()));
    Group::import(records, open_policy(), &Provider::default()).unwrap()
}
