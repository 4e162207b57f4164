//! What page *Delivery of groups* asks of the library: the relay's name, a group's id, late messages, a state that gives way.

use crate::common::TestRng;
use crate::stage::{
    NOW, add, add_members, assert_agreement, check, commit, create, group_of, identity, leaf,
    open_policy, package, psks, rng,
};
use sceau::Wire;
use sceau::delivery::RelayName;
use sceau::error::Misuse;
use sceau::group::{
    Check, CipherSuite, CommitOptions, Extension, Group, GroupParams, JoinParams, Proposal,
    PskStore, Received, extension_type, hazmat,
};
use std::collections::BTreeMap;

const SUITE: CipherSuite = CipherSuite::X25519Aes128;

fn relay(name: &str) -> RelayName {
    RelayName::host(name).unwrap()
}

fn ordered_by(name: &str) -> Group {
    let params = GroupParams::new(SUITE, leaf(), open_policy()).ordered_by(&relay(name));
    Group::create(params, identity(SUITE, "0"), NOW, &mut rng()).unwrap()
}

#[test]
fn the_relay_stands_in_the_group() {
    // GDS-30
    let mut group = ordered_by("relay.example");
    assert_eq!(group.relay(), Some(relay("relay.example")));
    let data = [&[13][..], b"relay.example"].concat();
    assert_eq!(group.context().extensions, [Extension::new(0xF64B, data)]);
    assert!(leaf().capabilities.extensions.contains(&0xF64B));
    let new = package(SUITE, "new");
    let output =
        group.commit(&CommitOptions::new(vec![add(&new)]), &psks(), NOW, &mut rng()).unwrap();
    let welcome = output.welcome.unwrap();
    let store = PskStore::new();
    let joining = |said: Option<&RelayName>| {
        let mut params = JoinParams::new(open_policy(), &store);
        params.relay = said;
        Group::join(&welcome, &[&new], params, NOW).map(|(group, _)| group.relay())
    };
    let (same, other) = (relay("relay.example"), relay("relay.example.org"));
    assert_eq!(joining(Some(&same)).unwrap(), Some(same.clone()));
    assert_eq!(joining(None).unwrap(), Some(same.clone()));
    let error = joining(Some(&other)).unwrap_err();
    assert_eq!((check(error), error.class()), (Check::DeliveryOther, "malformed"));
    // A group without the extension is ordered by other means.
    let mut plain = create(SUITE);
    assert_eq!(plain.relay(), None);
    let output =
        plain.commit(&CommitOptions::new(vec![add(&new)]), &psks(), NOW, &mut rng()).unwrap();
    let mut params = JoinParams::new(open_policy(), &store);
    params.relay = Some(&same);
    let error = Group::join(&output.welcome.unwrap(), &[&new], params, NOW).unwrap_err();
    assert_eq!(check(error), Check::DeliveryOther);
    // It is no name, and a leaf that does not list the type is not added (GRP-61).
    for data in [vec![], vec![0], vec![1], vec![1, b'a', 0]] {
        let mut params = GroupParams::new(SUITE, leaf(), open_policy());
        params.extensions = vec![Extension::new(extension_type::DELIVERY, data)];
        let error = Group::create(params, identity(SUITE, "0"), NOW, &mut rng()).unwrap_err();
        assert_eq!(error.class(), "malformed");
    }
    let mut without = leaf();
    without.capabilities.extensions.retain(|value| *value != extension_type::DELIVERY);
    let provider = sceau::crypto::Provider::default();
    let identity = identity(SUITE, "without");
    let own = sceau::group::OwnKeyPackage::generate(
        SUITE,
        &identity,
        &without,
        vec![],
        &provider,
        &mut rng(),
    );
    let adding = CommitOptions::new(vec![add(&own.unwrap())]);
    let mut group = ordered_by("relay.example");
    let error = group.commit(&adding, &psks(), NOW, &mut rng()).unwrap_err();
    assert_eq!(check(error), Check::LeafGroupExtensions);
}

#[test]
fn a_groups_id_is_drawn() {
    // GDS-50: `Nh` bytes of the randomness that is given, whatever else is the same; so a branch's. Epoch 0 is of no commit.
    for suite in CipherSuite::ALL.iter().copied() {
        let length = if suite == CipherSuite::MlKem768X25519Aes256 { 48 } else { 32 };
        let who = identity(suite, "0");
        let drawn = |seed| {
            let params = GroupParams::new(suite, leaf(), open_policy()).ordered_by(&relay("a"));
            let group = Group::create(params, who.clone(), NOW, &mut TestRng(seed)).unwrap();
            assert_eq!((group.epoch(), group.has_pending_commit()), (0, false));
            group.group_id().to_vec()
        };
        let mut expected = vec![0; length];
        rand_core::Rng::fill_bytes(&mut TestRng(1), &mut expected);
        assert_eq!(drawn(1), expected);
        assert_ne!(drawn(2), expected);
        let group = create(suite);
        let (branch, _) = group.branch(vec![], leaf(), vec![], NOW, &mut TestRng(1)).unwrap();
        assert_eq!(branch.group_id(), expected);
    }
}

#[test]
fn another_relay_is_another_group() {
    // GDS-31: in a proposal and in a commit, own and another's.
    let other = Extension::new(0xF001, vec![]);
    let mut list = leaf();
    list.capabilities.extensions.push(0xF001);
    let params =
        GroupParams::new(SUITE, list.clone(), open_policy()).ordered_by(&relay("a.example"));
    let mut with = vec![Group::create(params, identity(SUITE, "0"), NOW, &mut rng()).unwrap()];
    let mut without = group_of(SUITE, 1);
    for groups in [&mut with, &mut without] {
        add_members(groups, 1);
        for by in 0..2 {
            let mut options = CommitOptions::default();
            options.leaf = Some(list.clone());
            commit(groups, by, &options);
        }
    }
    let (a, b) =
        (Extension::delivery(&relay("a.example")), Extension::delivery(&relay("b.example")));
    let refused: [(&mut Vec<Group>, Vec<Vec<Extension>>); 2] = [
        (
            &mut with,
            vec![vec![], vec![other.clone()], vec![b.clone()], vec![b.clone(), other.clone()]],
        ),
        (&mut without, vec![vec![a.clone()], vec![other.clone(), a.clone()]]),
    ];
    for (groups, lists) in refused {
        for list in lists {
            let proposal = Proposal::GroupContextExtensions(list);
            let error = groups[0].propose(proposal.clone(), false, b"", NOW, &mut rng());
            assert_eq!(check(error.unwrap_err()), Check::DeliveryChanged);
            let options = CommitOptions::new(vec![proposal.clone()]);
            let error = groups[0].commit(&options, &psks(), NOW, &mut rng()).unwrap_err();
            assert_eq!((check(error), error.class()), (Check::DeliveryChanged, "malformed"));
            let sender = sceau::group::Sender::Member(0);
            let contents = [
                sceau::group::Content::Proposal(Box::new(proposal.clone())),
                sceau::group::Content::Commit(Box::new(sceau::group::Commit {
                    proposals: vec![sceau::group::ProposalOrRef::Proposal(proposal)],
                    path: None,
                })),
            ];
            for content in contents {
                let tag = Some(vec![0; 32]);
                let message =
                    hazmat::forge(&mut groups[0], sender, content, tag, true, &mut rng()).unwrap();
                let before = groups[1].export_state();
                let error = groups[1].receive(&message, &psks(), NOW).unwrap_err();
                assert_eq!(check(error), Check::DeliveryChanged);
                assert_eq!(groups[1].export_state(), before);
            }
        }
    }
    for (groups, list) in [(&mut with, vec![other.clone(), a]), (&mut without, vec![other])] {
        let proposal = Proposal::GroupContextExtensions(list.clone());
        commit(groups, 0, &CommitOptions::new(vec![proposal]));
        assert_eq!(groups[1].context().extensions, list);
        assert_agreement(groups);
    }
}

fn late(group: &mut Group, message: &[u8]) -> (u32, u64, bool) {
    match group.receive(message, &psks(), NOW).unwrap() {
        Received::Application { sender, epoch, removed, .. } => (sender, epoch, removed),
        other => panic!("{other:?}"),
    }
}

#[test]
fn late_messages_say_whether_their_sender_is_gone() {
    // GDS-33
    let mut groups = group_of(SUITE, 4);
    let messages: Vec<_> =
        (0..4).map(|by| groups[by].encrypt(b"late", b"", &mut rng()).unwrap()).collect();
    let again = groups[3].encrypt(b"later", b"", &mut rng()).unwrap();
    assert_eq!(late(&mut groups[1], &messages[0]), (0, 1, false));
    commit(&mut groups, 0, &CommitOptions::new(vec![Proposal::Remove(3)]));
    assert_eq!(late(&mut groups[1], &messages[2]), (2, 1, false));
    // Its leaf is another's.
    groups.truncate(3);
    add_members(&mut groups, 1);
    assert_eq!(late(&mut groups[1], &messages[3]), (3, 1, true));
    let newcomers = groups[3].encrypt(b"", b"", &mut rng()).unwrap();
    assert_eq!(late(&mut groups[1], &newcomers), (3, 3, false));
    // So a group that was stored.
    let records: Vec<_> = groups[1]
        .export_state()
        .into_iter()
        .map(|change| (change.key().clone(), change.body().unwrap().to_vec()))
        .collect();
    let records = records.iter().map(|(key, body)| (key, body.as_slice()));
    let provider = sceau::crypto::Provider::default();
    let mut loaded = Group::import(records, open_policy(), &provider).unwrap();
    assert_eq!(late(&mut loaded, &again), (3, 1, true));
}

#[test]
fn a_state_gives_way_to_a_welcome() {
    // GJN-07, GDS-39: in one step with the join.
    let mut groups = group_of(SUITE, 3);
    let mut store = BTreeMap::new();
    let apply = |store: &mut BTreeMap<_, _>, group: &mut Group| {
        for change in group.take_changes().iter() {
            match change.body() {
                Some(body) => store.insert(change.key().clone(), body.to_vec()),
                None => store.remove(change.key()),
            };
        }
    };
    commit(&mut groups, 2, &CommitOptions::default());
    groups[2].encrypt(b"", b"", &mut rng()).unwrap();
    apply(&mut store, &mut groups[2]);
    // The others go on without it, remove it and add it again.
    let mut lost = groups.pop().unwrap();
    let returning = package(SUITE, "2");
    let proposals = vec![Proposal::Remove(2), add(&returning)];
    let output = commit(&mut groups, 0, &CommitOptions::new(proposals));
    let welcome = output.welcome.unwrap();
    let psks = PskStore::new();
    let known = |_: &[u8]| true;
    let params = |old| {
        let mut params = JoinParams::new(open_policy(), &psks);
        params.is_known = &known;
        params.replaces = old;
        params
    };
    let joining = |params| Group::join(&welcome, &[&returning], params, NOW);
    let error = joining(params(None)).unwrap_err();
    assert_eq!((check(error), error.class()), (Check::GroupKnown, "misuse"));
    let other = create(SUITE);
    assert_eq!(joining(params(Some(&other))).unwrap_err(), Misuse::Arguments.into());
    // What the old state has not stored yet goes with it.
    lost.encrypt(b"", b"", &mut rng()).unwrap();
    let (mut new, _) = joining(params(Some(&lost))).unwrap();
    let (before, expected) = (lost.take_changes(), new.take_changes());
    assert_eq!(expected.expected(), before.expected());
    for change in expected.iter() {
        match change.body() {
            Some(body) => store.insert(change.key().clone(), body.to_vec()),
            None => store.remove(change.key()),
        };
    }
    let exported: BTreeMap<_, _> = new
        .export_state()
        .into_iter()
        .map(|change| (change.key().clone(), change.body().unwrap().to_vec()))
        .collect();
    assert!(store == exported, "nothing of the old state is left");
    groups.push(new);
    assert_agreement(&mut groups);
}

#[test]
fn names_of_relays_are_encoded() {
    let data = Extension::delivery(&relay("relay.example")).data;
    assert_eq!(RelayName::from_bytes(&data).unwrap(), relay("relay.example"));
}

#[test]
fn an_add_is_its_proposers_to_commit() {
    // GDS-15, GDS-29, GDS-32: where a relay orders the commits; elsewhere anybody commits it.
    for ordered in [true, false] {
        let mut ada = if ordered { ordered_by("relay.example") } else { create(SUITE) };
        let (bobs, carols) = (package(SUITE, "bob"), package(SUITE, "carol"));
        let options = CommitOptions::new(vec![add(&bobs)]);
        let output = ada.commit(&options, &psks(), NOW, &mut rng()).unwrap();
        ada.merge_pending().unwrap();
        let (psks, welcome) = (psks(), output.welcome.unwrap());
        let params = JoinParams::new(open_policy(), &psks);
        let (mut bob, _) = Group::join(&welcome, &[&bobs], params, NOW).unwrap();
        let proposed = bob.propose(add(&carols), false, b"", NOW, &mut rng()).unwrap();
        ada.receive(&proposed, &psks, NOW).unwrap();
        let commit = |group: &mut Group| {
            let output = group.commit(&CommitOptions::default(), &psks, NOW, &mut rng()).unwrap();
            group.clear_pending().unwrap();
            output.bundle.proposals.len()
        };
        assert_eq!(ada.must_commit(&psks, NOW).unwrap(), !ordered);
        assert_eq!(commit(&mut ada), usize::from(!ordered));
        assert_eq!(ada.encrypt(b"", b"", &mut rng()).is_ok(), ordered);
        assert!(bob.must_commit(&psks, NOW).unwrap());
        assert_eq!(commit(&mut bob), 1);
    }
}
