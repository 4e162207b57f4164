//! Commits with the proposals to which they refer, and when a commit is due or pending.

use crate::stage::{
    NOW, add, assert_agreement, bundled, commit, deliver, group_of, identity, open_policy, package,
    package_of, psks, read, rng, stage,
};
use sceau::Wire;
use sceau::error::Misuse;
use sceau::group::{
    AuthenticatedContent, CipherSuite, CommitOptions, Group, Proposal, PskStore, ReInit, Sender,
};

const SUITE: CipherSuite = CipherSuite::X25519Aes128;

/// A committer who has proposals of three members, and whoever reads its commit has none; with the messages that brought them.
fn bundle(groups: &mut [Group]) -> (Vec<Vec<u8>>, Vec<u8>, Vec<Vec<u8>>) {
    let mut sent = Vec::new();
    for by in 1..4 {
        let update = groups[by].propose_update(None, false, NOW, &mut rng()).unwrap();
        groups[0].receive(&update, &psks(), NOW).unwrap();
        sent.push(update);
    }
    let psk = groups[0].external_psk(b"known", &mut rng());
    sent.push(groups[0].propose(psk, false, b"", NOW, &mut rng()).unwrap());
    let output = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    let by: Vec<_> = bundled(&output.proposals).into_iter().map(|(sender, _)| sender).collect();
    assert_eq!(by, [1, 2, 3, 0].map(Sender::Member), "in their order");
    (output.proposals, output.commit, sent)
}

#[test]
fn commits_bring_their_proposals() {
    // GDS-36, GDS-37
    let mut groups = group_of(SUITE, 5);
    let (proposals, commit, sent) = bundle(&mut groups);
    let own = groups[1].proposal_count();
    assert_eq!(own, 1);
    let error = groups[4].receive(&commit, &psks(), NOW).unwrap_err();
    assert_eq!(error.class(), "unknown_proposal");
    // One was received before; rubbish and what is refused is left out.
    groups[4].receive(&sent[1], &psks(), NOW).unwrap();
    let stranger = bundle(&mut group_of(SUITE, 5)).0.remove(0);
    let mut damaged = proposals[0].clone();
    *damaged.last_mut().unwrap() ^= 1;
    let more = [vec![stranger, damaged], proposals.clone(), proposals.clone()].concat();
    let mut policy = open_policy();
    policy.max_proposals = 1;
    groups[4].set_policy(policy);
    for group in &mut groups[1..] {
        let before = group.export_state();
        let staged = group.receive_bundle(&more, &commit, &psks(), NOW).unwrap();
        assert_eq!(staged.updated(), [1, 2, 3]);
        assert_eq!(group.export_state(), before, "nothing changes before the merge");
        group.merge(staged).unwrap();
    }
    groups[0].merge_pending().unwrap();
    assert_agreement(&mut groups);
}

#[test]
fn a_bundle_whose_commit_is_refused_leaves_nothing() {
    // GDS-37, GDS-45
    let mut groups = group_of(SUITE, 5);
    let (proposals, commit, sent) = bundle(&mut groups);
    let before = groups[4].export_state();
    let class = |group: &Group, proposals: &[Vec<u8>], commit: &[u8]| {
        group.receive_bundle(proposals, commit, &psks(), NOW).unwrap_err().class()
    };
    assert_eq!(class(&groups[4], &proposals[1..], &commit), "unknown_proposal");
    assert_eq!(class(&groups[4], &[], &commit), "unknown_proposal");
    let mut damaged = commit.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert_eq!(class(&groups[4], &proposals, &damaged), "undecryptable");
    // Of no private message, or another content.
    let wrong = [&proposals[..], std::slice::from_ref(&commit)].concat();
    assert_eq!(class(&groups[4], &wrong, &commit), "malformed");
    assert_eq!(class(&groups[4], &proposals, &sent[0]), "malformed");
    let mut public = AuthenticatedContent::from_bytes(&proposals[0]).unwrap();
    public.wire_format = 1;
    let public = public.to_bytes();
    assert_eq!(class(&groups[4], &[public], &commit), "malformed");
    let no_psk = groups[4].receive_bundle(&proposals, &commit, &PskStore::new(), NOW);
    assert_eq!(no_psk.unwrap_err().class(), "unknown_psk");
    assert_eq!(groups[4].export_state(), before);
    // GRP-67: with the key it is taken.
    let staged = groups[4].receive_bundle(&proposals, &commit, &psks(), NOW).unwrap();
    groups[4].merge(staged).unwrap();
    // The keys of proposals and commit are used.
    for message in [&sent[0], &commit] {
        assert_eq!(groups[4].receive(message, &psks(), NOW).unwrap_err().class(), "wrong_epoch");
    }
}

#[test]
fn a_staged_commit_takes_no_ratchet_back() {
    // Its sender's first message comes after it was staged and before it is merged: the message's key stays used.
    let mut groups = group_of(SUITE, 2);
    let output = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    let message = groups[0].encrypt(b"between", b"", &mut rng()).unwrap();
    let staged = stage(&mut groups[1], &output.commit).unwrap();
    assert_eq!(read(&mut groups[1], &message).unwrap(), b"between");
    groups[1].merge(staged).unwrap();
    assert_eq!(read(&mut groups[1], &message).unwrap_err().class(), "duplicate");
}

#[test]
fn of_two_staged_commits_of_an_epoch_one_is_merged() {
    // GDS-13; GRP-93, GDS-26: a device that the first removes does not come back by the second, nor gets secrets by it.
    let reinit = ReInit {
        group_id: b"new".to_vec(),
        version: 1,
        cipher_suite: SUITE.to_u16(),
        extensions: vec![],
    };
    let removing = (Proposal::Remove(2), Misuse::GroupInactive);
    for (proposal, expected) in [removing, (Proposal::ReInit(reinit), Misuse::StaleState)] {
        let mut groups = group_of(SUITE, 3);
        let commits = [CommitOptions::new(vec![proposal]), CommitOptions::default()];
        let [first, second] = [0, 1].map(|by: usize| {
            let output = groups[by].commit(&commits[by], &psks(), NOW, &mut rng()).unwrap();
            stage(&mut groups[2], &output.commit).unwrap()
        });
        groups[2].merge(first).unwrap();
        assert!(!groups[2].is_active());
        let (before, epoch) = (groups[2].export_state(), groups[2].epoch());
        assert_eq!(groups[2].merge(second).unwrap_err(), expected.into());
        assert_eq!((groups[2].export_state(), groups[2].epoch()), (before, epoch));
    }
}

#[test]
fn one_commit_is_pending() {
    // GDS-35, GDS-29
    let mut groups = group_of(SUITE, 3);
    let update = groups[1].propose_update(None, false, NOW, &mut rng()).unwrap();
    for group in [0, 2] {
        assert!(!groups[group].must_commit(&psks(), NOW).unwrap());
        groups[group].receive(&update, &psks(), NOW).unwrap();
        assert!(groups[group].must_commit(&psks(), NOW).unwrap());
        let refused = groups[group].encrypt(b"", b"", &mut rng()).unwrap_err();
        assert_eq!((refused, refused.class()), (Misuse::ProposalsPending.into(), "misuse"));
    }
    // Its own Update it can't commit.
    assert!(!groups[1].must_commit(&psks(), NOW).unwrap());
    groups[1].encrypt(b"", b"", &mut rng()).unwrap();
    let output = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    let before = groups[0].export_state();
    let again = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap_err();
    assert_eq!((again, again.class()), (Misuse::PendingCommit.into(), "misuse"));
    assert_eq!(groups[0].export_state(), before);
    // Application messages go on.
    assert!(!groups[0].must_commit(&psks(), NOW).unwrap());
    let message = groups[0].encrypt(b"meanwhile", b"", &mut rng()).unwrap();
    assert_eq!(read(&mut groups[1], &message).unwrap(), b"meanwhile");
    deliver(&mut groups, 0, &output.commit);
    // Nor a Remove of itself.
    let leaving = groups[2].propose(Proposal::Remove(2), false, b"", NOW, &mut rng()).unwrap();
    groups[2].encrypt(b"", b"", &mut rng()).unwrap();
    groups[0].receive(&leaving, &psks(), NOW).unwrap();
    groups[0].encrypt(b"", b"", &mut rng()).unwrap_err();
    // An Add that fails GRP-08 is none: here one whose lifetime is over.
    let new = package(SUITE, "new");
    let adding = groups[0].propose(add(&new), false, b"", NOW, &mut rng()).unwrap();
    groups[1].receive(&adding, &psks(), NOW + 1_000).unwrap();
    assert!(!groups[1].must_commit(&psks(), NOW + 1_000).unwrap());
    assert!(groups[1].must_commit(&psks(), NOW).unwrap());
    groups[1].encrypt(b"", b"", &mut rng()).unwrap();
}

#[test]
fn what_a_commit_leaves_out_holds_nothing_up() {
    // GDS-29: `encrypt` and `must_commit` say the same.
    let mut groups = group_of(SUITE, 2);
    let third = identity(SUITE, "third");
    commit(&mut groups, 0, &CommitOptions::new(vec![add(&package_of(SUITE, &third))]));
    let reinit = ReInit {
        group_id: b"new".to_vec(),
        version: 1,
        cipher_suite: SUITE.to_u16(),
        extensions: vec![],
    };
    let unknown = groups[1].external_psk(b"unknown", &mut rng());
    let cases = [unknown, add(&package_of(SUITE, &third)), Proposal::ReInit(reinit)];
    for proposal in cases {
        if matches!(proposal, Proposal::ReInit(_)) {
            groups[0].propose_update(None, false, NOW, &mut rng()).unwrap();
        }
        let message = groups[1].propose(proposal, false, b"", NOW, &mut rng()).unwrap();
        groups[0].receive(&message, &psks(), NOW).unwrap();
        assert!(!groups[0].must_commit(&psks(), NOW).unwrap());
        groups[0].encrypt(b"", b"", &mut rng()).unwrap();
        let output = commit(&mut groups, 0, &CommitOptions::default());
        assert!(output.proposals.is_empty());
    }
    // A key that the device has is injected.
    let known = groups[1].external_psk(b"known", &mut rng());
    let message = groups[1].propose(known, false, b"", NOW, &mut rng()).unwrap();
    groups[0].receive(&message, &psks(), NOW).unwrap();
    assert!(groups[0].must_commit(&psks(), NOW).unwrap());
    groups[0].encrypt(b"", b"", &mut rng()).unwrap_err();
}
