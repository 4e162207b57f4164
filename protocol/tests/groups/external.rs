//! From outside: external commits, resync, external senders, proposals of newcomers.

use crate::stage::{
    NOW, add, assert_agreement, check, commit, group_of, identity, leaf, open_policy, package,
    propose, psks, rng, stage,
};
use sceau::crypto::Provider;
use sceau::delivery::RelayName;
use sceau::group::{
    Check, CipherSuite, CommitOptions, Extension, ExternalJoin, ExternalSender, Group,
    GroupInfoOptions, GroupParams, JoinParams, Proposal, ReInit, Sender, propose_externally,
};

fn info(group: &Group) -> Vec<u8> {
    let mut options = GroupInfoOptions::default();
    options.external_pub = true;
    group.group_info(&options, &mut rng()).unwrap()
}

fn join_external(
    groups: &mut [Group],
    name: &str,
    join: &ExternalJoin,
) -> Result<(Group, Vec<u8>), sceau::Error> {
    let psks = psks();
    let suite = groups[0].suite();
    let params = JoinParams::new(open_policy(), &psks);
    let identity = identity(suite, name);
    Group::join_external(&info(&groups[0]), &identity, join, params, NOW, &mut rng())
}

#[test]
fn external_commits_in_every_suite() {
    for suite in CipherSuite::ALL {
        let mut groups = group_of(*suite, 4);
        commit(&mut groups, 2, &CommitOptions::default());
        let mut join = ExternalJoin::new(leaf());
        join.external_psks = vec![b"known".to_vec()];
        let (joined, message) = join_external(&mut groups, "outsider", &join).unwrap();
        for group in &mut groups {
            let staged = stage(group, &message).unwrap();
            assert_eq!((staged.sender(), staged.added()), (Sender::NewMemberCommit, &[4][..]));
            assert!(staged.additions().eq([(4, Sender::NewMemberCommit)]));
            group.merge(staged).unwrap();
        }
        groups.push(joined);
        assert_agreement(&mut groups);
        commit(&mut groups, 4, &CommitOptions::default());
        commit(&mut groups, 0, &CommitOptions::default());
        assert_agreement(&mut groups);
    }
}

#[test]
fn resync_replaces_the_old_leaf() {
    let mut groups = group_of(CipherSuite::X25519Aes128, 4);
    let mut join = ExternalJoin::new(leaf());
    join.resync = Some(2);
    let (joined, message) = join_external(&mut groups, "2", &join).unwrap();
    for group in &mut groups {
        let staged = stage(group, &message).unwrap();
        assert_eq!(staged.removes_self(), group.own_leaf() == 2);
        group.merge(staged).unwrap();
    }
    assert!(!groups[2].is_active());
    groups[2] = joined;
    assert_eq!(groups[2].own_leaf(), 2);
    assert_agreement(&mut groups);
}

#[test]
fn who_comes_from_outside_checks_what_a_newcomer_checks() {
    let suite = CipherSuite::X25519Aes128;
    let (relay, other) = (RelayName::host("a.example").unwrap(), RelayName::host("b.example"));
    let other = other.unwrap();
    let params = GroupParams::new(suite, leaf(), open_policy()).ordered_by(&relay);
    let mut group = Group::create(params, identity(suite, "0"), NOW, &mut rng()).unwrap();
    let (given, store, outsider) = (info(&group), psks(), identity(suite, "outsider"));
    let join = ExternalJoin::new(leaf());
    let params = || JoinParams::new(open_policy(), &store);
    let come = |params: JoinParams<'_>| {
        Group::join_external(&given, &outsider, &join, params, NOW, &mut rng())
    };
    let class = |params| come(params).map_err(|error| error.class()).map(|_| ()).unwrap_err();
    // GDS-30
    come(params()).unwrap();
    let mut said = params();
    said.relay = Some(&relay);
    come(said).unwrap();
    let mut said = params();
    said.relay = Some(&other);
    assert_eq!(class(said), "malformed");
    // GJN-07, GDS-14: a state gives way when it is the group's.
    let mut known = params();
    known.is_known = &|_| true;
    assert_eq!(class(known), "misuse");
    let another = group_of(suite, 1).remove(0);
    let mut replaces = params();
    replaces.replaces = Some(&another);
    assert_eq!(class(replaces), "misuse");
    let _ = group.take_changes();
    let mut replaces = params();
    replaces.replaces = Some(&group);
    replaces.is_known = &|_| true;
    let (mut joined, _) = come(replaces).unwrap();
    let changes = joined.take_changes();
    assert_eq!(changes.expected(), 1);
    let changed: Vec<_> = changes.iter().map(|change| change.key().clone()).collect();
    assert!(group.export_state().iter().all(|change| changed.contains(change.key())));
    // GJN-17: the group of an id that a ReInit names is joined with the old one's key alone.
    let mut replaced = group_of(suite, 1).remove(0);
    let reinit = ReInit {
        group_id: group.group_id().to_vec(),
        version: 1,
        cipher_suite: suite.to_u16(),
        extensions: vec![],
    };
    let options = CommitOptions::new(vec![Proposal::ReInit(reinit)]);
    replaced.commit(&options, &psks(), NOW, &mut rng()).unwrap();
    replaced.merge_pending().unwrap();
    let (ended, mut with_ended) = ([&replaced], params());
    with_ended.ended = &ended;
    assert_eq!(class(with_ended), "malformed");
    let mut from = params();
    from.from = Some(&another);
    assert_eq!(class(from), "unknown_psk");
}

#[test]
fn external_commits_are_off_unless_policy_says_otherwise() {
    let mut groups = group_of(CipherSuite::X25519Aes128, 2);
    let plain = groups[0].group_info(&GroupInfoOptions::default(), &mut rng()).unwrap();
    let psks = psks();
    let params = JoinParams::new(open_policy(), &psks);
    let outsider = identity(CipherSuite::X25519Aes128, "outsider");
    let join = ExternalJoin::new(leaf());
    let refused =
        Group::join_external(&plain, &outsider, &join, params, NOW, &mut rng()).unwrap_err();
    assert_eq!(refused.class(), "malformed");
    let (_, message) = join_external(&mut groups, "outsider", &join).unwrap();
    groups[1].set_policy(sceau::group::GroupPolicy::interoperable(sceau::group::AcceptAny));
    assert_eq!(stage(&mut groups[1], &message).unwrap_err().class(), "unauthorised_device");
}

#[test]
fn external_senders_propose() {
    let suite = CipherSuite::X25519Aes128;
    let mut groups = group_of(suite, 4);
    let sender = identity(suite, "service");
    let listed = ExternalSender {
        signature_key: sender.signature_key().to_vec(),
        credential: sender.credential().clone(),
    };
    let context = groups[0].context().clone();
    let propose_remove = |context| {
        propose_externally(context, Proposal::Remove(3), Some(0), &sender, &Provider::default())
    };
    let message = propose_remove(&context).unwrap();
    let refused = groups[1].receive(&message, &psks(), NOW).unwrap_err();
    assert_eq!(refused.class(), "malformed");
    let extensions = vec![Extension::external_senders(&[listed])];
    let proposal = Proposal::GroupContextExtensions(extensions);
    commit(&mut groups, 0, &CommitOptions::new(vec![proposal]));
    let message = propose_remove(&groups[0].context().clone()).unwrap();
    propose(&mut groups, usize::MAX, &message);
    commit(&mut groups, 1, &CommitOptions::default());
    assert!(!groups[3].is_active());
    assert_agreement(&mut groups[..3]);
}

#[test]
fn newcomers_propose_themselves() {
    let suite = CipherSuite::X25519Aes128;
    let mut groups = group_of(suite, 2);
    let new = package(suite, "new");
    let context = groups[0].context().clone();
    let message = new.propose_self(&context, &Provider::default()).unwrap();
    propose(&mut groups, usize::MAX, &message);
    let output = commit(&mut groups, 1, &CommitOptions::default());
    groups.push(crate::stage::join(&output.welcome.unwrap(), &new).unwrap());
    assert_agreement(&mut groups);
    // Nobody proposes somebody else; nor oneself in an epoch that is over.
    let other = package(suite, "other");
    let (stranger, provider) = (identity(suite, "x"), Provider::default());
    let context_now = groups[0].context().clone();
    let forged = propose_externally(&context_now, add(&other), None, &stranger, &provider);
    let late = other.propose_self(&context, &provider);
    for (message, expected) in [(forged, Check::ContentSignature), (late, Check::WrongEpoch)] {
        let refused = groups[0].receive(&message.unwrap(), &psks(), NOW).unwrap_err();
        assert_eq!(check(refused), expected);
    }
    let own = other.propose_self(&context_now, &provider).unwrap();
    groups[0].receive(&own, &psks(), NOW).unwrap();
}
