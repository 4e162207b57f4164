//! Commits with the proposals to which they refer, and when a commit is due or pending.

use crate::stage::{
    NOW, add, add_members, again, assert_agreement, bundled, commit, deliver, group_of, identity,
    leaf, open_policy, package, package_of, psks, read, rng, stage,
};
use sceau::Wire;
use sceau::error::{Error, Malformed, Misuse};
use sceau::group::{
    AuthenticatedContent, CipherSuite, CommitBundle, CommitOptions, Content, Extension,
    FramedContent, Group, GroupParams, Proposal, ProposalOrRef, PskStore, ReInit, Sender, hazmat,
};

const SUITE: CipherSuite = CipherSuite::X25519Aes128;

/// A committer who has proposals of three members, and whoever reads its bundle has none; with the messages that brought them.
fn bundle(groups: &mut [Group]) -> (CommitBundle, Vec<Vec<u8>>) {
    let mut sent = Vec::new();
    for by in 1..4 {
        let update = groups[by].propose_update(None, false, NOW, &mut rng()).unwrap();
        groups[0].receive(&update, &psks(), NOW).unwrap();
        sent.push(update);
    }
    let psk = groups[0].external_psk(b"known", &mut rng());
    sent.push(groups[0].propose(psk, false, b"", NOW, &mut rng()).unwrap());
    let output = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    let by: Vec<_> = bundled(&output.bundle.proposals).into_iter().map(|(by, _)| by).collect();
    assert_eq!(by, [1, 2, 3, 0].map(Sender::Member), "in their order");
    let error = groups[4].receive(&output.commit, &psks(), NOW).unwrap_err();
    assert_eq!(error.class(), "unknown_proposal");
    (output.bundle, sent)
}

fn refused(group: &Group, bundle: &CommitBundle) -> Error {
    let before = group.export_state();
    let error = group.receive_bundle(bundle, &psks(), NOW).unwrap_err();
    assert_eq!(group.export_state(), before);
    error
}

fn culprit(error: Error) -> Option<u32> {
    match error {
        Error::Group(refused) => refused.leaf,
        _ => None,
    }
}

fn class(group: &Group, bundle: &CommitBundle) -> &'static str {
    refused(group, bundle).class()
}

#[test]
fn commits_bring_their_proposals() {
    // GDS-36, GDS-37
    let mut groups = group_of(SUITE, 5);
    let (bundle, sent) = bundle(&mut groups);
    assert_eq!(groups[1].proposal_count(), 1);
    let own: Vec<_> = groups[1].proposals().collect();
    assert!(matches!(own[..], [(Proposal::Update(_), Sender::Member(1))]));
    // One was received before, and uses up its key.
    groups[4].receive(&sent[1], &psks(), NOW).unwrap();
    let mut policy = open_policy();
    policy.max_proposals = 1;
    groups[4].set_policy(policy);
    assert_eq!(refused(&groups[0], &bundle).class(), "reflection");
    for group in &mut groups[1..] {
        let before = group.export_state();
        let staged = group.receive_bundle(&bundle, &psks(), NOW).unwrap();
        assert_eq!(staged.updated(), [1, 2, 3]);
        assert_eq!(group.export_state(), before, "nothing changes before the merge");
        group.merge(staged).unwrap();
    }
    groups[0].merge_pending().unwrap();
    assert_agreement(&mut groups);
}

#[test]
fn a_bundle_is_taken_whatever_its_senders_ratchets_say() {
    // GDS-36: members that were sent other messages of the same generations read it alike.
    let mut groups = group_of(SUITE, 3);
    let [mut groups_0, mut twin] = [again(&groups[0]), again(&groups[0])];
    let first = twin.propose_update(None, false, NOW, &mut rng()).unwrap();
    groups[1].receive(&first, &psks(), NOW).unwrap();
    let output = groups_0.commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    assert_eq!(stage(&mut groups[1], &output.commit).unwrap_err().class(), "duplicate");
    groups[2].receive(&output.commit, &psks(), NOW).unwrap();
    for group in &mut groups[1..] {
        let staged = group.receive_bundle(&output.bundle, &psks(), NOW).unwrap();
        group.merge(staged).unwrap();
    }
    groups_0.merge_pending().unwrap();
    groups[0] = groups_0;
    assert_agreement(&mut groups);
}

#[test]
fn a_bundle_has_the_proposals_of_its_commit_and_no_others() {
    // GDS-37: for who has them, too.
    let mut groups = group_of(SUITE, 5);
    let (bundle, sent) = bundle(&mut groups);
    let stranger = self::bundle(&mut group_of(SUITE, 5)).0.proposals.remove(0);
    for known in [false, true] {
        let proposals = &bundle.proposals;
        let with = |proposals: Vec<Vec<u8>>| CommitBundle { proposals, ..bundle.clone() };
        let swapped = {
            let mut proposals = proposals.clone();
            proposals.swap(0, 1);
            proposals
        };
        let damaged = {
            let mut proposals = proposals.clone();
            *proposals[0].last_mut().unwrap() ^= 1;
            proposals
        };
        let doubled = [&proposals[..], &proposals[3..]].concat();
        let more = [&proposals[..], std::slice::from_ref(&stranger)].concat();
        let lists = [proposals[1..].to_vec(), vec![], swapped, damaged, doubled, more];
        for (at, list) in lists.into_iter().enumerate() {
            let error = refused(&groups[4], &with(list));
            assert_eq!(error.class(), "malformed", "{at}, known: {known}");
            assert_eq!(culprit(error), None, "who sealed it is not known");
        }
        if !known {
            for message in &sent {
                groups[4].receive(message, &psks(), NOW).unwrap();
            }
        }
    }
    let staged = groups[4].receive_bundle(&bundle, &psks(), NOW).unwrap();
    groups[4].merge(staged).unwrap();
}

#[test]
fn a_bundle_whose_commit_is_refused_leaves_nothing() {
    // GDS-37, GDS-45
    let mut groups = group_of(SUITE, 5);
    let (bundle, sent) = bundle(&mut groups);
    let with = |commit: Vec<u8>| CommitBundle { commit, ..bundle.clone() };
    // Its signature, then its confirmation tag, which the signature does not hold.
    let content = AuthenticatedContent::from_bytes(&bundle.commit).unwrap();
    let mut damaged = content.clone();
    *damaged.auth.signature.last_mut().unwrap() ^= 1;
    let error = refused(&groups[4], &with(damaged.to_bytes()));
    assert_eq!((error.class(), culprit(error)), ("bad_signature", None));
    let mut damaged = content.clone();
    *damaged.auth.confirmation_tag.as_mut().unwrap().last_mut().unwrap() ^= 1;
    let error = refused(&groups[4], &with(damaged.to_bytes()));
    assert_eq!((error.class(), culprit(error)), ("bad_signature", None));
    // Of another group, epoch or member.
    for (alter, expected) in [
        ((|content| content.group_id.push(0)) as fn(&mut FramedContent), "wrong_epoch"),
        (|content| content.epoch += 1, "wrong_epoch"),
        (|content| content.sender = Sender::Member(9), "malformed"),
        (|content| content.sender = Sender::Member(1), "bad_signature"),
        (|content| content.sender = Sender::NewMemberCommit, "malformed"),
    ] {
        let mut other = content.clone();
        alter(&mut other.content);
        assert_eq!(class(&groups[4], &with(other.to_bytes())), expected);
    }
    // With the wire format of public messages, or no commit.
    let mut public = content.clone();
    public.wire_format = 1;
    assert_eq!(class(&groups[4], &with(public.to_bytes())), "malformed");
    assert_eq!(class(&groups[4], &with(bundle.proposals[0].clone())), "malformed");
    let no_psk = groups[4].receive_bundle(&bundle, &PskStore::new(), NOW);
    assert_eq!(no_psk.unwrap_err().class(), "unknown_psk");
    // GRP-67: with the key it is taken.
    let staged = groups[4].receive_bundle(&bundle, &psks(), NOW).unwrap();
    groups[4].merge(staged).unwrap();
    for message in &sent {
        assert_eq!(groups[4].receive(message, &psks(), NOW).unwrap_err().class(), "wrong_epoch");
    }
}

#[test]
fn a_bundle_whose_proposal_is_refused_is_refused_with_its_class() {
    // GDS-37, GRP-83
    let mut groups = group_of(SUITE, 3);
    let update = groups[1].propose_update(None, false, NOW, &mut rng()).unwrap();
    groups[0].receive(&update, &psks(), NOW).unwrap();
    let output = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    let mut forged = AuthenticatedContent::from_bytes(&output.bundle.proposals[0]).unwrap();
    *forged.auth.signature.last_mut().unwrap() ^= 1;
    // A member's commit that refers to what nobody has signed.
    let mut commit = AuthenticatedContent::from_bytes(&output.bundle.commit).unwrap();
    let Content::Commit(referring) = &mut commit.content.content else { panic!() };
    let label = "MLS 1.0 Proposal Reference";
    let reference = hazmat::ref_hash(SUITE, label, &forged.to_bytes()).unwrap();
    referring.proposals = vec![ProposalOrRef::Reference(reference)];
    let content = commit.content.content.clone();
    let tag = Some(vec![0; 32]);
    let commit = hazmat::forge_content(&groups[0], Sender::Member(0), content, tag, true);
    let bundle =
        CommitBundle { proposals: vec![forged.to_bytes()], commit: commit.unwrap().to_bytes() };
    let error = refused(&groups[2], &bundle);
    assert_eq!((error.class(), culprit(error)), ("bad_signature", None));
}

#[test]
fn a_commit_tells_who_has_proposed_what_it_does() {
    // GDS-16
    let mut groups = group_of(SUITE, 5);
    let new = package(SUITE, "new");
    let leaving = groups[2].propose(Proposal::Remove(2), false, b"", NOW, &mut rng()).unwrap();
    let removing = groups[3].propose(Proposal::Remove(4), false, b"", NOW, &mut rng()).unwrap();
    for message in [&leaving, &removing] {
        groups[0].receive(message, &psks(), NOW).unwrap();
    }
    let options = CommitOptions::new(vec![add(&new)]);
    let bundle = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap().bundle;
    let member = Sender::Member;
    for group in [1, 4] {
        let staged = groups[group].receive_bundle(&bundle, &psks(), NOW).unwrap();
        assert_eq!(staged.sender(), member(0));
        assert_eq!(staged.removals().collect::<Vec<_>>(), [(2, member(2)), (4, member(3))]);
        // In the first place that is free.
        assert_eq!(staged.additions().collect::<Vec<_>>(), [(2, member(0))]);
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
        assert!(output.bundle.proposals.is_empty());
    }
    // A key that the device has is injected.
    let known = groups[1].external_psk(b"known", &mut rng());
    let message = groups[1].propose(known, false, b"", NOW, &mut rng()).unwrap();
    groups[0].receive(&message, &psks(), NOW).unwrap();
    assert!(groups[0].must_commit(&psks(), NOW).unwrap());
    groups[0].encrypt(b"", b"", &mut rng()).unwrap_err();
}

#[test]
fn proposals_are_kept_as_far_as_there_is_room() {
    // GDS-25: by their number and by their bytes, others' and the own ones.
    let mut groups = group_of(SUITE, 3);
    let sent: Vec<_> = (0..3)
        .map(|_| {
            let psk = groups[1].external_psk(b"known", &mut rng());
            groups[1].propose(psk, false, b"", NOW, &mut rng()).unwrap()
        })
        .collect();
    let output = groups[1].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    let lengths =
        output.bundle.proposals.iter().map(|content| u32::try_from(content.len()).unwrap());
    let lengths: Vec<u32> = lengths.collect();
    let set = |group: &mut Group, count: u32, bytes: u32| {
        let mut policy = open_policy();
        (policy.max_proposals, policy.max_proposal_bytes) = (count, bytes);
        group.set_policy(policy);
    };
    let reader = &mut groups[2];
    for message in &sent[..2] {
        reader.receive(message, &psks(), NOW).unwrap();
    }
    let (two, three) = (lengths[0] + lengths[1], lengths.iter().sum());
    let before = reader.export_state();
    for (count, bytes) in [(2, three), (3, two), (3, three - 1)] {
        set(reader, count, bytes);
        let error = reader.receive(&sent[2], &psks(), NOW).unwrap_err();
        assert_eq!(error, Misuse::Limit.into());
        assert_eq!(reader.export_state(), before);
        let psk = reader.external_psk(b"known", &mut rng());
        let error = reader.propose(psk, false, b"", NOW, &mut rng()).unwrap_err();
        assert_eq!(error, Misuse::Limit.into());
        let error = reader.propose_update(None, false, NOW, &mut rng()).unwrap_err();
        assert_eq!(error, Misuse::Limit.into());
        assert_eq!(reader.export_state(), before);
    }
    set(reader, 3, three);
    reader.receive(&sent[2], &psks(), NOW).unwrap();
    assert_eq!(reader.proposal_count(), 3);
}

#[test]
fn a_commit_leaves_room_for_itself() {
    // GDS-11: where a relay orders the commits, proposals by reference have at most half of what it takes.
    for ordered in [true, false] {
        let relay = sceau::delivery::RelayName::host("relay.example").unwrap();
        let mut params = GroupParams::new(SUITE, leaf(), open_policy());
        if ordered {
            params = params.ordered_by(&relay);
        }
        let mut groups =
            vec![Group::create(params, identity(SUITE, "0"), NOW, &mut rng()).unwrap()];
        add_members(&mut groups, 1);
        let mut policy = open_policy();
        assert_eq!(policy.max_referred, 589_824);
        policy.max_referred = 1_000;
        groups[0].set_policy(policy);
        for _ in 0..20 {
            let psk = groups[1].external_psk(b"known", &mut rng());
            let message = groups[1].propose(psk, false, b"", NOW, &mut rng()).unwrap();
            groups[0].receive(&message, &psks(), NOW).unwrap();
        }
        let output = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
        let each = output.bundle.proposals[0].len();
        let expected = if ordered { 1_000 / each } else { 20 };
        assert_eq!(output.bundle.proposals.len(), expected);
    }
}

#[test]
fn a_bundle_has_proposals_of_members_alone() {
    // GDS-45
    let mut groups = group_of(SUITE, 5);
    let (bundle, _) = bundle(&mut groups);
    let first = AuthenticatedContent::from_bytes(&bundle.proposals[0]).unwrap();
    let twice = vec![Extension::new(0xF001, vec![]); 2];
    let reinit = ReInit {
        group_id: b"new".to_vec(),
        version: 1,
        cipher_suite: SUITE.to_u16(),
        extensions: twice.clone(),
    };
    let mut own = package(SUITE, "new").key_package().clone();
    own.extensions.clone_from(&twice);
    let with = |alter: &dyn Fn(&mut FramedContent)| {
        let mut altered = first.clone();
        alter(&mut altered.content);
        let proposals = [&[altered.to_bytes()], &bundle.proposals[1..]].concat();
        CommitBundle { proposals, ..bundle.clone() }
    };
    let by = |sender| with(&|altered| altered.sender = sender);
    let of = |proposal: Proposal| {
        with(&|altered| altered.content = Content::Proposal(Box::new(proposal.clone())))
    };
    for bundle in [
        by(Sender::External(0)),
        by(Sender::NewMemberCommit),
        by(Sender::NewMemberProposal),
        of(Proposal::GroupContextExtensions(twice)),
        of(Proposal::ReInit(reinit)),
        of(Proposal::Add(Box::new(own))),
    ] {
        assert_eq!(refused(&groups[4], &bundle), Malformed::Value.into());
        assert_eq!(CommitBundle::from_bytes(&bundle.to_bytes()), Err(Malformed::Value.into()));
    }
    // What somebody's application may know is a bundle, as is what names a member that there is not.
    let custom = Proposal::Custom { proposal_type: 0xF123, data: b"x".to_vec() };
    for bundle in [of(custom), by(Sender::Member(99))] {
        assert_eq!(CommitBundle::from_bytes(&bundle.to_bytes()), Ok(bundle));
    }
}

#[test]
fn what_no_bundle_may_have_is_not_committed_where_there_is_one() {
    // GDS-45: a public proposal, and one from outside, which policies for interoperability take.
    for ordered in [true, false] {
        let relay = sceau::delivery::RelayName::host("relay.example").unwrap();
        let mut params = GroupParams::new(SUITE, leaf(), open_policy());
        if ordered {
            params = params.ordered_by(&relay);
        }
        let group = Group::create(params, identity(SUITE, "0"), NOW, &mut rng()).unwrap();
        let mut groups = vec![group];
        add_members(&mut groups, 1);
        let public = groups[1].propose_update(None, true, NOW, &mut rng()).unwrap();
        let new = package(SUITE, "new");
        let context = groups[0].context().clone();
        let outside = new.propose_self(&context, &sceau::crypto::Provider::default()).unwrap();
        for message in [public, outside] {
            groups[0].receive(&message, &psks(), NOW).unwrap();
        }
        let own = groups[0].external_psk(b"known", &mut rng());
        groups[0].propose(own, true, b"", NOW, &mut rng()).unwrap();
        assert_eq!(groups[0].must_commit(&psks(), NOW).unwrap(), !ordered);
        assert_eq!(groups[0].encrypt(b"", b"", &mut rng()).is_ok(), ordered);
        let output = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
        assert_eq!(output.bundle.proposals.len(), if ordered { 0 } else { 3 });
    }
}
