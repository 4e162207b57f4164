//! Stored groups.

use crate::stage::{
    NOW, add, assert_agreement, commit, create, deliver, group_of, join, open_policy, package,
    propose, psks, read, rng,
};
use sceau::crypto::Provider;
use sceau::error::Misuse;
use sceau::group::{
    CipherSuite, CommitOptions, Group, GroupChanges, GroupRecordKey, GroupRecordKind, Proposal,
    Received, StoredGroup,
};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What a caller stores.
#[derive(Clone, Default)]
struct Store(BTreeMap<GroupRecordKey, Vec<u8>>);

impl Store {
    fn apply(&mut self, changes: &GroupChanges) {
        let head = self.0.get(&GroupRecordKey::head());
        let number = head.map_or(0, |head| GroupChanges::number_of(head).unwrap());
        assert_eq!(number, changes.expected());
        for change in changes.iter() {
            assert_eq!(
                GroupRecordKey::from_bytes(&change.key().to_bytes()),
                Ok(change.key().clone())
            );
            match change.body() {
                Some(body) => self.0.insert(change.key().clone(), body.to_vec()),
                None => self.0.remove(change.key()),
            };
        }
    }

    fn load(&self) -> Group {
        let records = self.0.iter().map(|(key, body)| (key, body.as_slice()));
        Group::import(records, open_policy(), &Provider::default()).unwrap()
    }

    fn size(&self) -> usize {
        self.0.iter().map(|(key, body)| key.to_bytes().len() + body.len()).sum()
    }
}

/// The changes that were stored add up to what is exported.
fn assert_stored(group: &mut Group, store: &mut Store) {
    store.apply(&group.take_changes());
    let exported: BTreeMap<_, _> = group
        .export_state()
        .into_iter()
        .map(|change| (change.key().clone(), change.body().unwrap().to_vec()))
        .collect();
    let keys = |map: &BTreeMap<GroupRecordKey, Vec<u8>>| map.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&store.0), keys(&exported));
    assert!(store.0 == exported);
    let loaded: BTreeMap<_, _> = store
        .load()
        .export_state()
        .into_iter()
        .map(|change| (change.key().clone(), change.body().unwrap().to_vec()))
        .collect();
    assert!(loaded == exported);
    assert!(group.take_changes().is_empty());
}

#[test]
fn changes_add_up_and_loaded_groups_go_on() {
    for suite in CipherSuite::ALL {
        let mut groups = group_of(*suite, 5);
        let mut store = Store::default();
        assert_stored(&mut groups[1], &mut store);
        for round in 0..6 {
            let update = groups[2].propose_update(None, false, NOW, &mut rng()).unwrap();
            propose(&mut groups, 2, &update);
            let update = groups[1].propose_update(None, true, NOW, &mut rng()).unwrap();
            propose(&mut groups, 1, &update);
            assert_stored(&mut groups[1], &mut store);
            groups[1] = store.load();
            commit(&mut groups, 3, &CommitOptions::default());
            assert_stored(&mut groups[1], &mut store);
            groups[1] = store.load();
            assert_agreement(&mut groups);
            assert_stored(&mut groups[1], &mut store);
            let new = package(*suite, "new");
            let mut proposals = vec![add(&new)];
            if round % 2 == 1 {
                proposals.push(Proposal::Remove(groups[5].own_leaf()));
            }
            let pending =
                groups[1].commit(&CommitOptions::new(proposals), &psks(), NOW, &mut rng()).unwrap();
            assert_stored(&mut groups[1], &mut store);
            // The device is restarted between sending its commit and learning that it counts.
            groups[1] = store.load();
            assert!(groups[1].has_pending_commit());
            deliver(&mut groups, 1, &pending.commit);
            groups.retain(Group::is_active);
            groups.push(join(&pending.welcome.unwrap(), &new).unwrap());
            assert_agreement(&mut groups);
            assert_stored(&mut groups[1], &mut store);
        }
    }
}

#[test]
fn a_message_writes_a_few_hundred_bytes_and_needs_no_tree() {
    let mut groups = group_of(CipherSuite::X25519Aes128, 60);
    let mut store = Store::default();
    store.apply(&groups[1].take_changes());
    let messages: Vec<_> =
        (0..4u8).map(|number| groups[40].encrypt(&[number], b"", &mut rng()).unwrap()).collect();
    for number in [1usize, 0, 3] {
        let provider = Provider::default();
        let get = |key: &GroupRecordKey| store.0.get(key).map(Vec::as_slice);
        let head = get(&GroupRecordKey::head()).unwrap();
        let epoch = get(&GroupRecordKey::epoch()).unwrap();
        let stored = StoredGroup::open(head, epoch, [], open_policy(), &provider).unwrap();
        let keys = stored.needs(&messages[number]).unwrap();
        assert!(keys.len() < 10);
        let records = keys.iter().filter_map(|key| Some((key, get(key)?)));
        let (got, changes) = stored.read(&messages[number], records, NOW).unwrap();
        let Received::Application { sender, data, .. } = got else { panic!() };
        assert_eq!((sender, data), (40, vec![number as u8]));
        let written: usize =
            changes.iter().filter_map(|change| change.body()).map(<[u8]>::len).sum();
        assert!(written < 600, "{written} bytes");
        store.apply(&changes);
    }
    let mut loaded = store.load();
    assert_eq!(read(&mut loaded, &messages[2]).unwrap(), [2]);
    assert_eq!(read(&mut loaded, &messages[1]).unwrap_err().class(), "duplicate");
    let changes = loaded.take_changes();
    let written: usize = changes.iter().filter_map(|change| change.body()).map(<[u8]>::len).sum();
    assert!(written < 400, "{written} bytes");
    let per_member = store.size() / 60;
    assert!(per_member < 330, "{per_member} bytes a member");
}

/// A group of so many, as its creator and one other have it.
fn two_of(members: usize) -> (Group, Group) {
    let suite = CipherSuite::X25519Aes128;
    let packages: Vec<_> = (1..members).map(|number| package(suite, &number.to_string())).collect();
    let mut creator = create(suite);
    let options = CommitOptions::new(packages.iter().map(add).collect());
    let output = creator.commit(&options, &psks(), NOW, &mut rng()).unwrap();
    creator.merge_pending().unwrap();
    let other = join(&output.welcome.unwrap(), &packages[members / 2]).unwrap();
    (creator, other)
}

#[test]
fn of_five_thousand_members_a_message_loads_its_sender_alone() {
    let (mut creator, mut reader) = two_of(5_000);
    let mut store = Store::default();
    store.apply(&reader.take_changes());
    let first = creator.encrypt(&[7; 1_024], b"", &mut rng()).unwrap();
    let second = creator.encrypt(&[8; 1_024], b"", &mut rng()).unwrap();
    // Of the first message of a sender, and of the next.
    for (message, byte, most_loaded, most_written) in [(first, 7, 900, 600), (second, 8, 900, 60)] {
        let loaded = RefCell::new(Vec::new());
        let get = |key: &GroupRecordKey| {
            let body = store.0.get(key).map(Vec::as_slice)?;
            loaded.borrow_mut().push((key.clone(), body.len()));
            Some(body)
        };
        let head = get(&GroupRecordKey::head()).unwrap();
        let epoch = get(&GroupRecordKey::epoch()).unwrap();
        let stored =
            StoredGroup::open(head, epoch, [], open_policy(), &Provider::default()).unwrap();
        let keys = stored.needs(&message).unwrap();
        let records: Vec<_> = keys.iter().filter_map(|key| Some((key, get(key)?))).collect();
        let (got, changes) = stored.read(&message, records, NOW).unwrap();
        assert!(
            matches!(got, Received::Application { sender: 0, data, .. } if data == [byte; 1_024])
        );
        let loaded = loaded.into_inner();
        let count = |kind| loaded.iter().filter(|(key, _)| key.kind() == kind).count();
        assert_eq!(count(GroupRecordKind::Leaf), 1);
        assert_eq!(count(GroupRecordKind::Parent), 0);
        assert_eq!(count(GroupRecordKind::Ratchet) + count(GroupRecordKind::SecretNode), 1);
        let bytes: usize = loaded.iter().map(|(_, length)| length).sum();
        assert!(bytes < most_loaded, "{bytes} bytes loaded");
        let written = changes.iter().filter_map(|change| change.body());
        let written: usize = written.map(<[u8]>::len).sum();
        assert!(written < most_written, "{written} bytes written");
        store.apply(&changes);
    }
}

#[test]
fn a_thousand_members_take_less_than_330_kilobytes() {
    let (_, mut reader) = two_of(1_000);
    let mut store = Store::default();
    store.apply(&reader.take_changes());
    let size = store.size();
    assert!(size < 330_000, "{size} bytes");
}

#[test]
fn late_messages_need_past_epochs() {
    let mut groups = group_of(CipherSuite::X25519Aes128, 4);
    let message = groups[3].encrypt(b"late", b"", &mut rng()).unwrap();
    commit(&mut groups, 0, &CommitOptions::new(vec![Proposal::Remove(3)]));
    let mut store = Store::default();
    store.apply(&groups[1].take_changes());
    let provider = Provider::default();
    let get = |key: &GroupRecordKey| store.0.get(key).map(Vec::as_slice);
    let head = get(&GroupRecordKey::head()).unwrap();
    let epoch = get(&GroupRecordKey::epoch()).unwrap();
    let without = StoredGroup::open(head, epoch, [], open_policy(), &provider).unwrap();
    assert_eq!(without.needs(&message).unwrap_err().class(), "wrong_epoch");
    let past = [(1, get(&GroupRecordKey::past(1)).unwrap())];
    let stored = StoredGroup::open(head, epoch, past, open_policy(), &provider).unwrap();
    let keys = stored.needs(&message).unwrap();
    let records = keys.iter().filter_map(|key| Some((key, get(key)?)));
    let (got, _) = stored.read(&message, records, NOW).unwrap();
    assert!(matches!(got, Received::Application { sender: 3, epoch: 1, .. }));
}

#[test]
fn what_no_record_or_message_may_have_is_not_sent() {
    // Bytes of the application: the longest are taken, stored, loaded and read; one more is refused.
    let most = usize::try_from(sceau::limits::MAX_MESSAGE).unwrap();
    let (long, longer) = (vec![1; most], vec![1; most + 1]);
    let mut groups = group_of(CipherSuite::X25519Aes128, 2);
    let before = groups[0].export_state();
    let options = |data: &Vec<u8>| {
        let mut options = CommitOptions::default();
        options.authenticated_data = data.clone();
        options
    };
    let limit = Err(Misuse::Limit.into());
    let group = &mut groups[0];
    assert_eq!(group.encrypt(b"", &longer, &mut rng()), limit);
    assert_eq!(group.encrypt(&longer, b"", &mut rng()), limit);
    let psk = group.external_psk(b"known", &mut rng());
    assert_eq!(group.propose(psk, false, &longer, NOW, &mut rng()), limit);
    let custom = Proposal::Custom { proposal_type: 0xF123, data: longer.clone() };
    assert_eq!(group.propose(custom, false, b"", NOW, &mut rng()), limit);
    let refused = group.commit(&options(&longer), &psks(), NOW, &mut rng());
    assert_eq!(refused.map(drop), limit.map(drop));
    assert_eq!(group.export_state(), before);
    let message = group.encrypt(&long, &long, &mut rng()).unwrap();
    assert_eq!(read(&mut groups[1], &message).unwrap(), long);
    let output = groups[0].commit(&options(&long), &psks(), NOW, &mut rng()).unwrap();
    let mut store = Store::default();
    store.apply(&groups[0].take_changes());
    groups[0] = store.load();
    deliver(&mut groups, 0, &output.commit);
    assert_agreement(&mut groups);
}
