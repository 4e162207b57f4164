//! Devices as members of a group.

use super::{add, contacts, create, identity, join, of, package};
use crate::common::Device;
use crate::common::family::{list_of_two, sister};
use crate::stage::{NOW, assert_agreement, check, psks, rng, stage};
use sceau::group::{Check, CommitOptions, DeviceCredentials, LeafCredential};

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
