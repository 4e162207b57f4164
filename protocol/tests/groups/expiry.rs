//! What of a group goes: by age, with the membership, or all of it; and which old keys may be used.

use crate::stage::{
    NOW, add, add_members, again, assert_agreement, check, commit, create, group_of, identity,
    leaf, open_policy, package, psks, read, records, rng,
};
use sceau::Error;
use sceau::crypto::{Provider, Secret};
use sceau::delivery::RelayName;
use sceau::error::Misuse;
use sceau::group::{
    Check, CipherSuite, CommitOptions, Group, GroupParams, GroupPolicy, GroupRecordKey,
    GroupRecordKind, JoinParams, PreSharedKeyId, Proposal, PskKind, PskStore, ReInit, Received,
    ResumptionUsage, StoredGroup, hazmat,
};

const SUITE: CipherSuite = CipherSuite::X25519Aes128;
const DAY: u64 = 86_400;
/// `skipped_key_age`, `max_envelope_age`.
const AGE: u64 = 14 * DAY;
const ENVELOPE: u64 = 30 * DAY;

fn at(group: &mut Group, message: &[u8], now: u64) -> Result<Vec<u8>, &'static str> {
    match group.receive(message, &psks(), now).map_err(|error: Error| error.class())? {
        Received::Application { data, .. } => Ok(data),
        other => panic!("{other:?}"),
    }
}

fn kinds(group: &Group, kind: GroupRecordKind) -> usize {
    group.export_state().iter().filter(|change| change.key().kind() == kind).count()
}

/// Whether some bytes stand in the record of the epoch.
fn epoch_holds(group: &Group, secret: &[u8]) -> bool {
    let records = group.export_state();
    let epoch = records.iter().find(|c| c.key().kind() == GroupRecordKind::Epoch).unwrap();
    epoch.body().unwrap().windows(secret.len()).any(|bytes| bytes == secret)
}

/// Reads a message with a group's records alone.
fn from_records(
    group: &Group,
    policy: GroupPolicy,
    message: &[u8],
    now: u64,
) -> Result<Vec<u8>, &'static str> {
    let records = records(group);
    let of = |key: GroupRecordKey| records[&key].as_slice();
    let epochs = (0..group.epoch()).map(|epoch| (epoch, GroupRecordKey::past(epoch)));
    let past = epochs.filter_map(|(epoch, key)| Some((epoch, records.get(&key)?.as_slice())));
    let (head, epoch) = (of(GroupRecordKey::head()), of(GroupRecordKey::epoch()));
    let stored = StoredGroup::open(head, epoch, past, policy, &Provider::default());
    let stored = stored.map_err(|error| error.class())?;
    let keys = stored.needs(message).map_err(|error| error.class())?;
    let needed = keys.iter().filter_map(|key| Some((key, records.get(key)?.as_slice())));
    match stored.read(message, needed, now).map_err(|error| error.class())?.0 {
        Received::Application { data, .. } => Ok(data),
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_passed_over_go_by_age() {
    // GDS-48, in the present epoch.
    let mut groups = group_of(SUITE, 2);
    let messages: Vec<_> =
        (0..6u8).map(|number| groups[0].encrypt(&[number], b"", &mut rng()).unwrap()).collect();
    assert_eq!(at(&mut groups[1], &messages[2], NOW), Ok(vec![2]));
    assert_eq!(at(&mut groups[1], &messages[5], NOW + 1), Ok(vec![5]));
    assert_eq!(at(&mut groups[1], &messages[0], NOW + AGE - 1), Ok(vec![0]));
    groups[1] = again(&groups[1]);
    assert_eq!(at(&mut groups[1], &messages[1], NOW + AGE), Err("duplicate"));
    assert_eq!(at(&mut groups[1], &messages[3], NOW + AGE), Ok(vec![3]));
    // A time before has age 0. What is expired is gone.
    let _ = groups[1].take_changes();
    groups[1].expire(NOW - 1);
    assert!(groups[1].take_changes().is_empty());
    assert_eq!(at(&mut groups[1], &messages[4], NOW), Ok(vec![4]));
    groups[1].expire(NOW + AGE);
    assert!(!groups[1].take_changes().is_empty());
    assert_eq!(at(&mut groups[1], &messages[1], NOW), Err("duplicate"));
    groups[1].expire(NOW + AGE);
    assert!(groups[1].take_changes().is_empty());
}

#[test]
fn past_epochs_go_by_age() {
    // GDS-23
    let mut groups = group_of(SUITE, 2);
    let messages: Vec<_> =
        (0..3u8).map(|number| groups[0].encrypt(&[number], b"", &mut rng()).unwrap()).collect();
    commit(&mut groups, 0, &CommitOptions::default());
    assert_eq!(at(&mut groups[1], &messages[0], NOW + AGE - 1), Ok(vec![0]));
    groups[1] = again(&groups[1]);
    assert_eq!(at(&mut groups[1], &messages[1], NOW + AGE), Err("wrong_epoch"));
    groups[1].expire(NOW + AGE - 1);
    assert_eq!(kinds(&groups[1], GroupRecordKind::Past), 1);
    groups[1].expire(NOW + AGE);
    assert_eq!(kinds(&groups[1], GroupRecordKind::Past), 0);
    assert_eq!(at(&mut groups[1], &messages[2], NOW), Err("wrong_epoch"));
    assert_agreement(&mut groups);
}

#[test]
fn who_is_removed_keeps_what_late_messages_need() {
    // GDS-26
    let mut groups = group_of(SUITE, 3);
    let messages: Vec<_> =
        (0..3u8).map(|number| groups[0].encrypt(&[number], b"", &mut rng()).unwrap()).collect();
    let secret = groups[2].epoch_authenticator().to_vec();
    let holds = |group: &Group| epoch_holds(group, &secret);
    assert!(holds(&groups[2]), "a member has it");
    commit(&mut groups, 0, &CommitOptions::new(vec![Proposal::Remove(2)]));
    let mut gone = groups.pop().unwrap();
    for _ in 0..2 {
        assert!(gone.is_removed() && !gone.is_active());
        assert_eq!(kinds(&gone, GroupRecordKind::Private), 0);
        assert_eq!(gone.export("label", b"", 32).unwrap_err(), Misuse::GroupInactive.into());
        assert!(gone.commit_secrets().is_err());
        gone = again(&gone);
    }
    assert!(!holds(&gone));
    assert_eq!(at(&mut gone, &messages[0], NOW + AGE - 1), Ok(vec![0]));
    assert!(!gone.is_over(NOW + AGE - 1));
    assert_eq!(at(&mut gone, &messages[1], NOW + AGE), Err("wrong_epoch"));
    assert!(gone.is_over(NOW + AGE));
    // From its records it reads no longer either, and in the end there is nothing to read with.
    let read = |gone: &Group, now| from_records(gone, open_policy(), &messages[1], now);
    assert_eq!(read(&gone, NOW + AGE - 1), Ok(vec![1]));
    assert_eq!(read(&gone, NOW + AGE), Err("wrong_epoch"));
    let _ = gone.take_changes();
    gone.expire(NOW + AGE - 1);
    assert!(gone.take_changes().is_empty());
    gone.expire(NOW + AGE);
    assert!(!gone.take_changes().is_empty());
    for kind in [GroupRecordKind::SecretNode, GroupRecordKind::Ratchet] {
        assert_eq!(kinds(&gone, kind), 0);
    }
    assert!(read(&again(&gone), NOW).is_err());
}

#[test]
fn who_is_removed_is_told_who_else_was() {
    // GDS-33: by the same commit, and by one before; in memory and from records.
    let mut groups = group_of(SUITE, 5);
    let mut policy = open_policy();
    policy.max_past_epochs = 2;
    groups[4].set_policy(policy);
    let send =
        |groups: &mut [Group], by: usize| groups[by].encrypt(b"late", b"", &mut rng()).unwrap();
    let earlier = [0, 1, 2, 3].map(|by| (by, send(&mut groups, by)));
    commit(&mut groups, 0, &CommitOptions::new(vec![Proposal::Remove(1)]));
    let last = [0, 2, 3].map(|by| (by, send(&mut groups, by)));
    let proposals = vec![Proposal::Remove(2), Proposal::Remove(4)];
    commit(&mut groups, 3, &CommitOptions::new(proposals));
    let mut gone = groups.pop().unwrap();
    let loaded = again(&gone);
    assert!(gone.is_removed());
    let cases = earlier.iter().map(|message| (message, &[1, 2][..]));
    for ((by, message), removed) in cases.chain(last.iter().map(|message| (message, &[2][..]))) {
        for group in [&mut gone, &mut again(&loaded)] {
            match group.receive(message, &psks(), NOW).unwrap() {
                Received::Application { sender, removed: told, .. } => {
                    assert_eq!((sender as usize, told), (*by, removed.contains(by)));
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn the_last_epoch_of_who_is_removed_is_a_past_one() {
    // GDS-23, GDS-26: `max_past_epochs` are kept, the one that the removal ended among them.
    for (most, kept) in [(2, 2usize), (1, 1), (0, 0)] {
        let mut groups = group_of(SUITE, 3);
        let mut policy = open_policy();
        policy.max_past_epochs = most;
        groups[2].set_policy(policy.clone());
        let mut messages = Vec::new();
        for _ in 0..3 {
            messages.insert(0, groups[0].encrypt(b"late", b"", &mut rng()).unwrap());
            if messages.len() < 3 {
                commit(&mut groups, 0, &CommitOptions::default());
            }
        }
        let psk = groups[2].resumption_psk();
        assert_eq!(kinds(&groups[2], GroupRecordKind::Resumption), 2);
        commit(&mut groups, 1, &CommitOptions::new(vec![Proposal::Remove(2)]));
        let mut gone = groups.pop().unwrap();
        assert_eq!(kinds(&gone, GroupRecordKind::Past), kept.saturating_sub(1));
        let has_tree = kinds(&gone, GroupRecordKind::SecretNode) > 0;
        assert_eq!(has_tree, kept > 0);
        // Of the resumption keys those of these epochs.
        assert_eq!(kinds(&gone, GroupRecordKind::Resumption), kept.saturating_sub(1));
        assert_eq!(epoch_holds(&gone, psk.as_bytes()), kept > 0);
        for (ago, message) in messages.iter().enumerate() {
            let expected = if ago < kept { Ok(b"late".to_vec()) } else { Err("wrong_epoch") };
            assert_eq!(from_records(&gone, policy.clone(), message, NOW), expected);
            assert_eq!(at(&mut gone, message, NOW), expected);
        }
        let mut stored = again(&gone);
        for gone in [&mut gone, &mut stored] {
            gone.expire(NOW + AGE - 1);
            assert_eq!(kinds(gone, GroupRecordKind::Resumption), kept.saturating_sub(1));
            gone.expire(NOW + AGE);
            assert_eq!(kinds(gone, GroupRecordKind::Resumption), 0);
            assert!(!epoch_holds(gone, psk.as_bytes()));
            // Once.
            let _ = gone.take_changes();
            gone.expire(NOW + AGE);
            assert!(gone.take_changes().is_empty());
        }
    }
}

#[test]
fn an_erased_key_is_none() {
    // GDS-26: what stands in its place is no key that a Welcome can be made with.
    let mut groups = group_of(SUITE, 3);
    commit(&mut groups, 0, &CommitOptions::new(vec![Proposal::Remove(2)]));
    let mut gone = groups.pop().unwrap();
    gone.expire(NOW + AGE);
    let (own, maker) = (package(SUITE, "new"), identity(SUITE, "0"));
    let params = GroupParams::new(SUITE, leaf(), open_policy());
    let mut group = Group::create(params, maker.clone(), NOW, &mut rng()).unwrap();
    let options = CommitOptions::new(vec![add(&own)]);
    let welcome = group.commit(&options, &psks(), NOW, &mut rng()).unwrap().welcome.unwrap();
    let (group_id, epoch) = (gone.group_id().to_vec(), gone.epoch());
    let mut store = PskStore::new();
    store.insert_resumption(&group_id, epoch, Secret::from_slice(&[]));
    let kind = PskKind::Resumption { usage: ResumptionUsage::Application, group_id, epoch };
    let ids = vec![PreSharedKeyId { kind, nonce: vec![0; 32] }];
    let alter = |contents: &mut hazmat::WelcomeContents| contents.psks = ids;
    let welcome = hazmat::alter_welcome(&welcome, &own, &store, &maker, alter, &mut rng()).unwrap();
    let (store, ended) = (psks(), [&gone]);
    let mut params = JoinParams::new(open_policy(), &store);
    params.ended = &ended;
    let error = Group::join(&welcome, &[&own], params, NOW).unwrap_err();
    assert_eq!(check(error), Check::PskUnknown);
}

#[test]
fn a_narrower_policy_reads_fewer_epochs() {
    // GDS-23, as soon as the policy is set, from memory and from records.
    let mut groups = group_of(SUITE, 2);
    let message = groups[0].encrypt(b"late", b"", &mut rng()).unwrap();
    commit(&mut groups, 0, &CommitOptions::default());
    commit(&mut groups, 0, &CommitOptions::default());
    let mut policy = open_policy();
    policy.max_past_epochs = 1;
    let before = again(&groups[1]);
    groups[1].set_policy(policy.clone());
    assert_eq!(at(&mut groups[1], &message, NOW), Err("wrong_epoch"));
    assert_eq!(from_records(&before, policy, &message, NOW), Err("wrong_epoch"));
    assert_eq!(from_records(&before, open_policy(), &message, NOW), Ok(b"late".to_vec()));
}

#[test]
fn a_group_is_erased_in_one_step() {
    // GDS-46
    let mut groups = group_of(SUITE, 3);
    let _ = groups[1].take_changes();
    groups[1].encrypt(b"", b"", &mut rng()).unwrap();
    let before: Vec<_> =
        groups[1].export_state().iter().map(|change| change.key().clone()).collect();
    let changes = groups.remove(1).erase();
    assert_eq!(changes.expected(), 1);
    assert!(changes.iter().all(|change| change.body().is_none()));
    let deleted: Vec<_> = changes.iter().map(|change| change.key().clone()).collect();
    assert!(before.iter().all(|key| deleted.contains(key)));
    // After a ReInit, by age.
    let reinit = ReInit {
        group_id: b"new".to_vec(),
        version: 1,
        cipher_suite: SUITE.to_u16(),
        extensions: vec![],
    };
    let mut groups = group_of(SUITE, 2);
    assert!(!groups[1].is_over(u64::MAX));
    commit(&mut groups, 0, &CommitOptions::new(vec![Proposal::ReInit(reinit.clone())]));
    let replaced = again(&groups[1]);
    assert_eq!(replaced.reinit(), Some(&reinit));
    assert!(!replaced.is_over(NOW + ENVELOPE - 1));
    assert!(replaced.is_over(NOW + ENVELOPE));
}

#[test]
fn old_keys_are_injected_where_all_have_them() {
    // GDS-42
    let mut groups = group_of(SUITE, 3);
    let id = groups[0].group_id().to_vec();
    let with = |groups: &mut [Group], epoch: u64, more: Vec<Proposal>| {
        let psk = groups[0].resumption_psk_proposal(&id, epoch, &mut rng());
        let options = CommitOptions::new([vec![psk], more].concat());
        let before = groups[0].export_state();
        let output = groups[0].commit(&options, &psks(), NOW, &mut rng());
        match output {
            Ok(output) => {
                crate::stage::deliver(groups, 0, &output.commit);
                Ok(())
            }
            Err(error) => {
                assert_eq!(groups[0].export_state(), before);
                Err(error)
            }
        }
    };
    let misuse = Err(Misuse::Arguments.into());
    // The second and third came after epoch 0.
    assert_eq!(with(&mut groups, 0, vec![]), misuse);
    assert_eq!(with(&mut groups, 1, vec![]), Ok(()));
    let new = package(SUITE, "new");
    let present = groups[0].epoch();
    assert_eq!(with(&mut groups, present, vec![add(&new)]), misuse);
    add_members(&mut groups, 1);
    let came = groups[0].epoch();
    groups[0] = again(&groups[0]);
    for epoch in [1, came - 1] {
        assert_eq!(with(&mut groups, epoch, vec![]), misuse);
    }
    assert_eq!(with(&mut groups, came, vec![]), Ok(()));
    // Who came is gone by the same commit.
    assert_eq!(with(&mut groups, 1, vec![Proposal::Remove(3)]), Ok(()));
    groups.truncate(3);
    assert_eq!(with(&mut groups, 1, vec![]), Ok(()));
    assert_agreement(&mut groups);
}

#[test]
fn a_commit_has_a_bucket() {
    // GDS-11, where a relay orders the commits.
    let mut list = leaf();
    list.capabilities.proposals.push(0xF123);
    let params = GroupParams::new(SUITE, list.clone(), open_policy());
    let relay = RelayName::host("relay.example").unwrap();
    let custom = |length| {
        let proposal = Proposal::Custom { proposal_type: 0xF123, data: vec![1; length] };
        CommitOptions::new(vec![proposal])
    };
    let (fits, long) = (custom(1_171_457), custom(1_175_552));
    for (params, limited) in [(params.clone().ordered_by(&relay), true), (params, false)] {
        let mut group = Group::create(params, identity(SUITE, "0"), NOW, &mut rng()).unwrap();
        let before = group.export_state();
        let output = group.commit(&long, &psks(), NOW, &mut rng());
        if limited {
            assert_eq!(output.unwrap_err().class(), "limit");
            assert_eq!(group.export_state(), before);
            let error = group.encrypt(&vec![1; 1_048_576], b"", &mut rng()).unwrap_err();
            assert_eq!(error.class(), "limit");
        } else {
            output.unwrap();
            group.clear_pending().unwrap();
        }
        let output = group.commit(&fits, &psks(), NOW, &mut rng()).unwrap();
        if limited {
            let secrets = group.commit_secrets().unwrap();
            let sealed = secrets.seal(&output.bundle, &mut rng()).unwrap();
            assert_eq!(sealed.len(), 1_175_552 + 28, "the last bucket");
            assert_eq!(secrets.open(&sealed), Ok(output.bundle));
        }
    }
}

#[test]
fn a_lost_message_costs_one_key() {
    // Controls of the above: without a gap nothing is kept, and nothing expires.
    let mut groups = group_of(SUITE, 2);
    let message = groups[0].encrypt(b"x", b"", &mut rng()).unwrap();
    assert_eq!(read(&mut groups[1], &message).unwrap(), b"x");
    let _ = groups[1].take_changes();
    groups[1].expire(u64::MAX);
    assert!(groups[1].take_changes().is_empty());
    let mut alone = create(SUITE);
    let _ = alone.take_changes();
    alone.expire(u64::MAX);
    assert!(alone.take_changes().is_empty());
}
