//! Reinitialisation and branches.

use crate::stage::{
    NOW, add_members, assert_agreement, check, commit, deliver, group_of, identity, leaf,
    open_policy, package, package_of, psks, rng, stage,
};
use sceau::delivery::RelayName;
use sceau::error::Misuse;
use sceau::group::{
    Check, CipherSuite, Commit, CommitOptions, Content, Extension, Group, GroupParams, JoinParams,
    OwnKeyPackage, PreSharedKeyId, Proposal, ProposalOrRef, PskKind, PskStore, ReInit,
    ResumptionUsage, Sender, hazmat,
};

fn join_from(old: &Group, welcome: &[u8], package: &OwnKeyPackage) -> Result<Group, sceau::Error> {
    let psks = psks();
    let mut params = JoinParams::new(open_policy(), &psks);
    params.from = Some(old);
    Ok(Group::join(welcome, &[package], params, NOW)?.0)
}

#[test]
fn a_group_is_replaced_with_another_suite() {
    let mut old = group_of(CipherSuite::X25519Aes128, 3);
    let suite = CipherSuite::MlKem768X25519Aes256;
    let reinit = ReInit {
        group_id: b"the new one".to_vec(),
        version: 1,
        cipher_suite: suite.to_u16(),
        extensions: vec![],
    };
    commit(&mut old, 1, &CommitOptions::new(vec![Proposal::ReInit(reinit.clone())]));
    for group in &mut old {
        assert_eq!(group.reinit(), Some(&reinit));
        assert_eq!(group.encrypt(b"", b"", &mut rng()).unwrap_err(), Misuse::GroupInactive.into());
    }
    let packages: Vec<_> = ["1", "2"].map(|name| package(suite, name)).into();
    let key_packages: Vec<_> = packages.iter().map(|own| own.key_package().clone()).collect();
    let some = key_packages[..1].to_vec();
    let missing = old[0].replace(some, identity(suite, "0"), leaf(), NOW, &mut rng()).unwrap_err();
    assert_eq!(missing.class(), "malformed");
    let (mut new, output) =
        old[0].replace(key_packages, identity(suite, "0"), leaf(), NOW, &mut rng()).unwrap();
    new.merge_pending().unwrap();
    assert_eq!((new.group_id(), new.epoch()), (&b"the new one"[..], 1));
    let welcome = output.welcome.unwrap();
    let mut groups = vec![new];
    for (index, package) in packages.iter().enumerate() {
        let alone = crate::stage::join(&welcome, package).unwrap_err();
        assert_eq!(alone.class(), "unknown_psk");
        groups.push(join_from(&old[index + 1], &welcome, package).unwrap());
    }
    assert_agreement(&mut groups);
}

#[test]
fn a_group_branches() {
    let suite = CipherSuite::X25519ChaCha20;
    let mut old = group_of(suite, 4);
    let packages: Vec<_> = ["1", "3"].map(|name| package_of(suite, &identity(suite, name))).into();
    let key_packages: Vec<_> = packages.iter().map(|own| own.key_package().clone()).collect();
    let (mut new, output) = old[0].branch(key_packages, leaf(), vec![], NOW, &mut rng()).unwrap();
    new.merge_pending().unwrap();
    let welcome = output.welcome.unwrap();
    let mut groups = vec![new];
    groups.push(join_from(&old[1], &welcome, &packages[0]).unwrap());
    groups.push(join_from(&old[3], &welcome, &packages[1]).unwrap());
    assert_agreement(&mut groups);
    assert_agreement(&mut old);
    let stranger = package(suite, "stranger");
    let refused = old[0]
        .branch(vec![stranger.key_package().clone()], leaf(), vec![], NOW, &mut rng())
        .unwrap_err();
    assert_eq!(refused.class(), "malformed");
}

#[test]
fn resumption_keys_join_epochs() {
    let mut groups = group_of(CipherSuite::X25519Aes128, 3);
    let (id, epoch) = (groups[0].group_id().to_vec(), groups[0].epoch());
    commit(&mut groups, 1, &CommitOptions::default());
    let psk = groups[0].resumption_psk_proposal(&id, epoch, &mut rng());
    commit(&mut groups, 0, &CommitOptions::new(vec![psk]));
    assert_agreement(&mut groups);
    let unknown = groups[0].resumption_psk_proposal(&id, 77, &mut rng());
    let refused =
        groups[0].commit(&CommitOptions::new(vec![unknown]), &psks(), NOW, &mut rng()).unwrap_err();
    assert_eq!(refused.class(), "unknown_psk");
    let output = groups[0].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    deliver(&mut groups, 0, &output.commit);
    assert_agreement(&mut groups);
}

#[test]
fn who_knows_the_id_alone_does_not_replace_a_group() {
    // GJN-17: a Welcome into the id of a committed ReInit needs the old group's key of the epoch that its commit began.
    let suite = CipherSuite::X25519Aes128;
    let mut old = group_of(suite, 2);
    let before = (old[1].epoch(), old[1].resumption_psk());
    let reinit = ReInit {
        group_id: b"the new one".to_vec(),
        version: 1,
        cipher_suite: suite.to_u16(),
        extensions: vec![],
    };
    commit(&mut old, 0, &CommitOptions::new(vec![Proposal::ReInit(reinit)]));
    let old_id = old[1].group_id().to_vec();
    let mut params = GroupParams::new(suite, leaf(), open_policy());
    params.group_id = Some(b"the new one".to_vec());
    let maker = identity(suite, "0");
    let mut forged = Group::create(params, maker.clone(), NOW, &mut rng()).unwrap();
    let own = package(suite, "1");
    let options = CommitOptions::new(vec![crate::stage::add(&own)]);
    let output = forged.commit(&options, &psks(), NOW, &mut rng()).unwrap();
    let welcome = output.welcome.unwrap();
    let error = join_from(&old[1], &welcome, &own).unwrap_err();
    assert_eq!((check(error), error.class()), (Check::ReInitMismatch, "malformed"));
    // Nobody says that it is to follow a group, and the device has been in one that names it.
    let (store, ended) = (psks(), [&old[1]]);
    let mut params = JoinParams::new(open_policy(), &store);
    params.ended = &ended;
    let error = Group::join(&welcome, &[&own], params, NOW).unwrap_err();
    assert_eq!(check(error), Check::ReInitMismatch);
    // With keys of the old group, of this and other epochs and usages.
    let mut store = PskStore::new();
    store.insert_resumption(&old_id, before.0, before.1);
    store.insert_resumption(&old_id, old[1].epoch(), old[1].resumption_psk());
    let with = |keys: &[(ResumptionUsage, u64)]| {
        let id = |(at, (usage, epoch)): (usize, &(ResumptionUsage, u64))| PreSharedKeyId {
            kind: PskKind::Resumption { usage: *usage, group_id: old_id.clone(), epoch: *epoch },
            nonce: vec![u8::try_from(at).unwrap(); 32],
        };
        let ids: Vec<_> = keys.iter().enumerate().map(id).collect();
        let alter = |contents: &mut hazmat::WelcomeContents| contents.psks = ids;
        let welcome =
            hazmat::alter_welcome(&welcome, &own, &store, &maker, alter, &mut rng()).unwrap();
        join_from(&old[1], &welcome, &own).map(drop).map_err(check)
    };
    let (now, earlier) = (old[1].epoch(), old[1].epoch() - 1);
    use ResumptionUsage::{Application, Branch, Reinit};
    assert_eq!(with(&[(Reinit, now)]), Ok(()));
    assert_eq!(with(&[(Reinit, earlier)]), Err(Check::ReInitMismatch));
    assert_eq!(with(&[(Branch, now)]), Err(Check::ReInitMismatch));
    assert_eq!(with(&[(Application, now)]), Err(Check::ReInitMismatch));
    assert_eq!(with(&[(Reinit, now), (Reinit, now)]), Err(Check::WelcomePsks));
    assert_eq!(with(&[(Reinit, now), (Reinit, earlier)]), Err(Check::WelcomePsks));
}

#[test]
fn of_two_groups_that_name_one_id_the_keys_is_replaced() {
    // GJN-16, GJN-17: a member of another group can end it with the same id.
    let suite = CipherSuite::X25519Aes128;
    let reinit = ReInit {
        group_id: b"the new one".to_vec(),
        version: 1,
        cipher_suite: suite.to_u16(),
        extensions: vec![],
    };
    let ended = || {
        let mut groups = group_of(suite, 2);
        commit(&mut groups, 0, &CommitOptions::new(vec![Proposal::ReInit(reinit.clone())]));
        groups
    };
    let (old, other) = (ended(), ended());
    let own = package(suite, "1");
    let replacement = |of: &Group| {
        let key_packages = vec![own.key_package().clone()];
        let (_, output) =
            of.replace(key_packages, identity(suite, "0"), leaf(), NOW, &mut rng()).unwrap();
        output.welcome.unwrap()
    };
    let join = |welcome: &[u8], from: Option<&Group>, ended: &[&Group]| {
        let psks = psks();
        let mut params = JoinParams::new(open_policy(), &psks);
        (params.from, params.ended) = (from, ended);
        Group::join(welcome, &[&own], params, NOW).map(drop).map_err(check)
    };
    for of in [&old[0], &other[0]] {
        let welcome = replacement(of);
        for ended in [[&old[1], &other[1]], [&other[1], &old[1]]] {
            assert_eq!(join(&welcome, None, &ended), Ok(()));
            assert_eq!(join(&welcome, Some(ended[0]), &ended[1..]), Ok(()));
        }
    }
    // A third group's key is neither's.
    let third = ended();
    assert_eq!(join(&replacement(&third[0]), None, &[&old[1], &other[1]]), Err(Check::PskUnknown));
}

#[test]
fn branches_are_of_the_present_or_the_epoch_before() {
    // GJN-18
    let suite = CipherSuite::X25519Aes128;
    let mut old = group_of(suite, 4);
    let packages: Vec<_> = ["1", "3"].map(|name| package_of(suite, &identity(suite, name))).into();
    let key_packages: Vec<_> = packages.iter().map(|own| own.key_package().clone()).collect();
    let (_, output) = old[0].branch(key_packages, leaf(), vec![], NOW, &mut rng()).unwrap();
    let welcome = output.welcome.unwrap();
    join_from(&old[1], &welcome, &packages[0]).unwrap();
    commit(&mut old, 2, &CommitOptions::default());
    join_from(&old[1], &welcome, &packages[0]).unwrap();
    // A member of the branch has been removed since: for the others it is none, and it is in no group to branch from.
    let mut removing = old;
    let key_packages: Vec<_> = packages.iter().map(|own| own.key_package().clone()).collect();
    let (_, of_present) =
        removing[0].branch(key_packages, leaf(), vec![], NOW, &mut rng()).unwrap();
    let of_present = of_present.welcome.unwrap();
    commit(&mut removing, 0, &CommitOptions::new(vec![Proposal::Remove(3)]));
    let error = join_from(&removing[1], &of_present, &packages[0]).unwrap_err();
    assert_eq!((check(error), error.class()), (Check::BranchMembers, "malformed"));
    let error = join_from(&removing[3], &of_present, &packages[1]).unwrap_err();
    assert_eq!((check(error), error.class()), (Check::PskUnknown, "unknown_psk"));
    // Two epochs back.
    let error = join_from(&removing[1], &welcome, &packages[0]).unwrap_err();
    assert_eq!((check(error), error.class()), (Check::PskUnknown, "unknown_psk"));
}

/// A ReInit to a group of this version and suite.
fn reinit_to(version: u16, cipher_suite: u16) -> ReInit {
    ReInit { group_id: b"the new one".to_vec(), version, cipher_suite, extensions: vec![] }
}

/// A message of the first member's with a content that its own calls would refuse; a commit with the tag that others want.
fn forged(groups: &mut [Group], content: &Content) -> Vec<u8> {
    let tag = matches!(content, Content::Commit(_)).then(|| {
        let commit = forge(&mut groups[0], content, Some(vec![0; 32]));
        hazmat::wanted_tag(&groups[1], &commit, &psks(), NOW).unwrap().unwrap()
    });
    forge(&mut groups[0], content, tag)
}

fn forge(group: &mut Group, content: &Content, tag: Option<Vec<u8>>) -> Vec<u8> {
    hazmat::forge(group, Sender::Member(0), content.clone(), tag, true, &mut rng()).unwrap()
}

#[test]
fn all_take_a_reinit_that_some_cannot_follow() {
    // GRP-68: a suite that one member's policy does not name, and one that nobody's build has.
    let suite = CipherSuite::X25519Aes128;
    for wanted in [CipherSuite::MlKem768X25519Aes256.to_u16(), 0xEEEE] {
        let mut groups = group_of(suite, 3);
        let mut narrow = open_policy();
        narrow.suites = vec![suite];
        groups[2].set_policy(narrow);
        let reinit = reinit_to(1, wanted);
        let by_value = ProposalOrRef::Proposal(Proposal::ReInit(reinit.clone()));
        let commit = Commit { proposals: vec![by_value], path: None };
        let commit = forged(&mut groups, &Content::Commit(Box::new(commit)));
        for group in &mut groups[1..] {
            let staged = stage(group, &commit).unwrap();
            group.merge(staged).unwrap();
            assert_eq!(group.reinit(), Some(&reinit));
        }
        // GRP-36: who can't follow is told when the group is to be replaced.
        let error = groups[2].replace(vec![], identity(suite, "2"), leaf(), NOW, &mut rng());
        let error = error.map(drop).unwrap_err();
        assert_eq!((check(error), error.class()), (Check::SuiteNotAllowed, "unsupported_suite"));
    }
}

#[test]
fn nobody_follows_a_reinit_to_an_unknown_version() {
    let suite = CipherSuite::X25519Aes128;
    let mut old = group_of(suite, 2);
    let commit = |version| {
        let by_value = ProposalOrRef::Proposal(Proposal::ReInit(reinit_to(version, 1)));
        Content::Commit(Box::new(Commit { proposals: vec![by_value], path: None }))
    };
    let older = forge(&mut old[0], &commit(0), Some(vec![0; 32]));
    assert_eq!(check(stage(&mut old[1], &older).unwrap_err()), Check::ReInitVersion);
    let newer = forged(&mut old, &commit(2));
    let staged = stage(&mut old[1], &newer).unwrap();
    old[1].merge(staged).unwrap();
    let error = old[1].replace(vec![], identity(suite, "1"), leaf(), NOW, &mut rng());
    let error = error.map(drop).unwrap_err();
    let unknown = (Check::ReInitUnknownVersion, "unsupported_version");
    assert_eq!((check(error), error.class()), unknown);
    // GJN-14: a group of the present version is not the one that was agreed on.
    let mut params = GroupParams::new(suite, leaf(), open_policy());
    params.group_id = Some(b"the new one".to_vec());
    let maker = identity(suite, "0");
    let mut new = Group::create(params, maker.clone(), NOW, &mut rng()).unwrap();
    let own = package(suite, "1");
    let options = CommitOptions::new(vec![crate::stage::add(&own)]);
    let welcome = new.commit(&options, &psks(), NOW, &mut rng()).unwrap().welcome.unwrap();
    let (group_id, epoch) = (old[1].group_id().to_vec(), old[1].epoch());
    let mut store = PskStore::new();
    store.insert_resumption(&group_id, epoch, old[1].resumption_psk());
    let kind = PskKind::Resumption { usage: ResumptionUsage::Reinit, group_id, epoch };
    let psk = PreSharedKeyId { kind, nonce: vec![0; 32] };
    let alter = |contents: &mut hazmat::WelcomeContents| contents.psks = vec![psk];
    let welcome = hazmat::alter_welcome(&welcome, &own, &store, &maker, alter, &mut rng()).unwrap();
    let error = join_from(&old[1], &welcome, &own).unwrap_err();
    assert_eq!(check(error), Check::ReInitMismatch);
}

#[test]
fn a_successor_of_a_group_with_a_relay_has_one() {
    // GRP-36: neither proposed, nor committed, nor committed for another.
    let suite = CipherSuite::X25519Aes128;
    let relay = RelayName::host("relay.example").unwrap();
    let params = GroupParams::new(suite, leaf(), open_policy()).ordered_by(&relay);
    let ada = Group::create(params, identity(suite, "0"), NOW, &mut rng()).unwrap();
    let mut groups = vec![ada];
    add_members(&mut groups, 1);
    let without = reinit_to(1, suite.to_u16());
    let mut with = without.clone();
    with.extensions.push(Extension::delivery(&relay));
    let without = Proposal::ReInit(without);
    let made = groups[0].propose(without.clone(), false, b"", NOW, &mut rng());
    assert_eq!(check(made.unwrap_err()), Check::DeliveryChanged);
    let options = CommitOptions::new(vec![without.clone()]);
    let made = groups[0].commit(&options, &psks(), NOW, &mut rng());
    assert_eq!(check(made.unwrap_err()), Check::DeliveryChanged);
    let content = Content::Proposal(Box::new(without));
    let by = Sender::Member(1);
    let message = hazmat::forge(&mut groups[1], by, content, None, true, &mut rng()).unwrap();
    groups[0].receive(&message, &psks(), NOW).unwrap();
    assert!(!groups[0].must_commit(&psks(), NOW).unwrap());
    let options = CommitOptions::new(vec![Proposal::ReInit(with)]);
    let mut ada = groups.remove(0);
    let bundle = ada.commit(&options, &psks(), NOW, &mut rng()).unwrap().bundle;
    assert!(groups[0].receive_bundle(&bundle, &psks(), NOW).unwrap().reinit().is_some());
}

#[test]
fn a_reinit_is_made_by_who_can_follow() {
    // GRP-36: neither proposed, nor committed for another.
    let suite = CipherSuite::X25519Aes128;
    let wanted = CipherSuite::MlKem768X25519Aes256.to_u16();
    let mut groups = group_of(suite, 3);
    let mut narrow = open_policy();
    narrow.suites = vec![suite];
    groups[2].set_policy(narrow);
    let proposal = |version, suite| Proposal::ReInit(reinit_to(version, suite));
    let made = groups[2].propose(proposal(1, wanted), false, b"", NOW, &mut rng());
    assert_eq!(made.unwrap_err().class(), "unsupported_suite");
    let options = CommitOptions::new(vec![proposal(2, suite.to_u16())]);
    let made = groups[2].commit(&options, &psks(), NOW, &mut rng());
    assert_eq!(made.unwrap_err().class(), "unsupported_version");
    let message = groups[1].propose(proposal(1, wanted), false, b"", NOW, &mut rng()).unwrap();
    for (member, commits) in [(0, true), (2, false)] {
        groups[member].receive(&message, &psks(), NOW).unwrap();
        assert_eq!(groups[member].must_commit(&psks(), NOW).unwrap(), commits);
    }
    groups[2].encrypt(b"", b"", &mut rng()).unwrap();
}
