//! Devices as members of a group.

use super::{add, contacts, create, identity, join, of, package};
use crate::common::Device;
use crate::common::family::{list_of_two, sister};
use crate::stage::{NOW, assert_agreement, bundled, check, psks, rng, stage};
use sceau::group::{
    Check, CommitOptions, DeviceCredentials, Group, GroupPolicy, JoinParams, LeafCredential,
    OwnKeyPackage, Proposal, Sender,
};
use sceau::pairwise::AccountId;

#[test]
fn accounts_make_a_group() {
    let (a, b) = (Device::new(1), Device::new(2));
    let mut ada = create(identity(&a), of(&[&a, &b]));
    let bobs = package(&identity(&b));
    let welcome = add(&mut ada, &bobs).unwrap();
    let mut groups = [ada, join(&welcome, &bobs, of(&[&b, &a])).unwrap()];
    assert_agreement(&mut groups);
    let member = groups[0].member(1).unwrap();
    let leaf = LeafCredential::of(&member.credential).unwrap();
    assert_eq!(leaf.account_id(), b.id());
    // A commit and an Update keep the credential.
    let output = groups[1].commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    groups[1].merge_pending().unwrap();
    let staged = stage(&mut groups[0], &output.commit).unwrap();
    groups[0].merge(staged).unwrap();
    assert_agreement(&mut groups);
}

#[test]
fn of_an_account_with_its_peers() {
    let (mut a, mut b) = crate::common::two();
    crate::common::session(&mut a, &mut b);
    let mut ada = create(identity(&a), DeviceCredentials::of_account(&a.account));
    let bobs = package(&identity(&b));
    let welcome = add(&mut ada, &bobs).unwrap();
    let validator = DeviceCredentials::of_account(&b.account);
    assert_agreement(&mut [ada, join(&welcome, &bobs, validator).unwrap()]);
}

#[test]
fn a_leaf_is_followed_by_the_same_device_only() {
    let (mut a, b) = (Device::new(1), Device::new(2));
    let second = sister(&a, 1, 11, 2, 1);
    let list = list_of_two(&a, 1, &second);
    a.take_list(&list);
    let validator = contacts(&[&list, b.account.device_list()]);
    let mut ada = create(identity(&a), validator.clone());
    let bobs = package(&identity(&b));
    let welcome = add(&mut ada, &bobs).unwrap();
    let mut bob = join(&welcome, &bobs, validator.clone()).unwrap();
    // The sister's key is certified, but the leaf is the first device's.
    for (wrong, by) in [(identity(&second), &mut ada), (identity(&a), &mut bob)] {
        let mut options = CommitOptions::default();
        options.identity = Some(wrong);
        let refused = by.commit(&options, &psks(), NOW, &mut rng()).unwrap_err();
        assert_eq!(check(refused), Check::LeafSuccessor);
    }
    // The same device with another key.
    let mut options = CommitOptions::default();
    options.identity = Some(identity(&a));
    let output = ada.commit(&options, &psks(), NOW, &mut rng()).unwrap();
    let staged = stage(&mut bob, &output.commit).unwrap();
    ada.merge_pending().unwrap();
    bob.merge(staged).unwrap();
    assert_agreement(&mut [ada, bob]);
}

#[test]
fn a_device_is_in_a_group_once() {
    let (a, b) = (Device::new(1), Device::new(2));
    let validator = of(&[&a, &b]);
    let mut ada = create(identity(&a), validator);
    let (first, again) = (package(&identity(&b)), package(&identity(&b)));
    add(&mut ada, &first).unwrap();
    assert_eq!(check(add(&mut ada, &again).unwrap_err()), Check::AddMember);
}

#[test]
fn a_device_is_added_once_whatever_its_keys() {
    // GDS-29: what two members propose in good faith, each with another leaf key, goes into one commit as far as it can.
    let (a, b, c) = (Device::new(1), Device::new(2), Device::new(3));
    let all = || of(&[&a, &b, &c]);
    let mut ada = create(identity(&a), all());
    let bobs = package(&identity(&b));
    let welcome = add(&mut ada, &bobs).unwrap();
    let mut bob = join(&welcome, &bobs, all()).unwrap();
    let adding = |own: &OwnKeyPackage| Proposal::Add(Box::new(own.key_package().clone()));
    let propose = |group: &mut Group, proposal: Proposal| {
        group.propose(proposal, false, b"", NOW, &mut rng()).unwrap()
    };
    let default = CommitOptions::default();
    let (first, second) = (package(&identity(&c)), package(&identity(&c)));
    let message = propose(&mut ada, adding(&first));
    bob.receive(&message, &psks(), NOW).unwrap();
    let message = propose(&mut bob, adding(&second));
    ada.receive(&message, &psks(), NOW).unwrap();
    // And one of a member.
    propose(&mut ada, adding(&package(&identity(&b))));
    let output = ada.commit(&default, &psks(), NOW, &mut rng()).unwrap();
    assert_eq!(bundled(&output.bundle.proposals), [(Sender::Member(1), adding(&second))]);
    ada.clear_pending().unwrap();
    // By value it is taken already.
    let by_value = CommitOptions::new(vec![adding(&package(&identity(&c)))]);
    let output = ada.commit(&by_value, &psks(), NOW, &mut rng()).unwrap();
    assert!(output.bundle.proposals.is_empty());
    ada.merge_pending().unwrap();
    let staged = stage(&mut bob, &output.commit).unwrap();
    assert_eq!(staged.added(), [2]);
    bob.merge(staged).unwrap();
    // Of who is a member nothing has to be committed, unless it is removed in the same commit.
    let message = propose(&mut bob, adding(&package(&identity(&c))));
    ada.receive(&message, &psks(), NOW).unwrap();
    assert!(!ada.must_commit(&psks(), NOW).unwrap());
    ada.encrypt(b"", b"", &mut rng()).unwrap();
    let message = propose(&mut bob, Proposal::Remove(2));
    ada.receive(&message, &psks(), NOW).unwrap();
    let output = ada.commit(&default, &psks(), NOW, &mut rng()).unwrap();
    assert_eq!(output.bundle.proposals.len(), 2);
    ada.merge_pending().unwrap();
    let staged = stage(&mut bob, &output.commit).unwrap();
    assert_eq!((staged.removed(), staged.added()), (&[2][..], &[2][..]));
}

#[test]
fn a_welcome_is_of_the_device_that_it_came_from() {
    // GDS-32
    let (a, b, c) = (Device::new(1), Device::new(2), Device::new(3));
    let all = || of(&[&a, &b, &c]);
    let mut ada = create(identity(&a), all());
    let (bobs, carols) = (package(&identity(&b)), package(&identity(&c)));
    let welcome = add(&mut ada, &bobs).unwrap();
    let mut bob = join(&welcome, &bobs, all()).unwrap();
    let welcome = add(&mut bob, &carols).unwrap();
    let from = |account: &AccountId, serial: u64| {
        let psks = psks();
        let mut params = JoinParams::new(GroupPolicy::new(all()), &psks);
        params.peer = Some((account, serial));
        Group::join(&welcome, &[&carols], params, NOW).map(|(group, _)| group.epoch())
    };
    // Bob signed it: not another member, not another device of his.
    assert_eq!(from(&b.id(), 1).unwrap(), 2);
    for (account, serial) in [(a.id(), 1), (c.id(), 1), (b.id(), 2)] {
        assert_eq!(from(&account, serial).unwrap_err().class(), "identity_mismatch");
    }
}

#[test]
fn what_is_passed_on_uses_no_key() {
    // GDS-03
    let (a, b, c) = (Device::new(1), Device::new(2), Device::new(3));
    let all = || of(&[&a, &b, &c]);
    let mut ada = create(identity(&a), all());
    let bobs = package(&identity(&b));
    let welcome = add(&mut ada, &bobs).unwrap();
    let mut bob = join(&welcome, &bobs, all()).unwrap();
    let text = ada.encrypt(b"text", b"", &mut rng()).unwrap();
    let update = ada.propose_update(None, false, NOW, &mut rng()).unwrap();
    for message in [&text, &update] {
        let before = bob.export_state();
        for (account, serial) in [(c.id(), 1), (b.id(), 1), (a.id(), 2)] {
            let error = bob.receive_from(message, (&account, serial), &psks(), NOW).unwrap_err();
            assert_eq!(error.class(), "identity_mismatch");
        }
        assert_eq!(bob.export_state(), before);
        bob.receive_from(message, (&a.id(), 1), &psks(), NOW).unwrap();
    }
    assert_eq!(bob.proposal_count(), 1);
}
