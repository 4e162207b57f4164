//! How the group came to be, and what its honest members have sent.

use super::members::{add, commit_of, identity, leaf, load, package, policy, psks, records};
use super::{Groups, NOW, SUITE};
use crate::history::tape::Tape;
use sceau::group::{Commit, CommitOptions, Group, GroupParams, JoinParams, Proposal, Received};

impl Groups {
    pub(super) fn new() -> Self {
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
        let mut applications = Vec::new();
        for by in [2, 0] {
            applications.push(groups[3].encrypt(b"late", b"data", rng).expect("a message"));
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
        for by in [2, 3] {
            applications.push(groups[by].encrypt(b"hello", b"data", rng).expect("a message"));
        }
        // Proposals that everybody has; then messages that nobody has yet.
        let mut references = Vec::new();
        let update = groups[2].propose_update(None, true, NOW, rng).expect("a proposal");
        let remove = groups[2].propose(Proposal::Remove(3), false, b"", NOW, rng).expect("one");
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
        let honest = caro.commit(&CommitOptions::default(), &psks(), NOW, rng).expect("a commit");
        let [known] = &honest.bundle.proposals[..] else {
            unreachable!("what is removed, not an update")
        };
        let (known, honest) = (known.clone(), honest.commit);
        let mut dora = load(&records(&groups[3]));
        let mut options = CommitOptions::default();
        options.public = true;
        let public = dora.commit(&options, &psks(), NOW, rng).expect("a commit").commit;
        let mut dora = load(&records(&groups[3]));
        let proposal = dora.propose(Proposal::Remove(2), false, b"", NOW, rng).expect("one");
        let (mallory_records, bob_records) = (records(&groups[0]), records(&groups[1]));
        for message in &applications {
            let got = groups[1].receive(message, &psks(), NOW);
            assert!(matches!(got, Ok(Received::Application { .. })), "as it is it is taken");
        }
        let mut messages = vec![honest.clone(), public, proposal, update, welcome.clone()];
        messages.extend(applications);
        Self {
            mallory: mallory_records,
            identity: mallory,
            bob: load(&bob_records),
            bob_records,
            commits,
            messages,
            honest,
            references,
            known,
            newcomer,
            welcome,
            rng: Tape::new(8, 0),
        }
    }
}
