//! Device lists, times and issuers: what refuses a newcomer, and what confirms a member.

use super::{
    SUITE, add, claim, contacts, create, identity, join, known, of, package, verify, with_policy,
};
use crate::common::family::{by_account, device_list, keys_of, sister};
use crate::common::{Device, YEAR};
use crate::stage::{NOW, assert_agreement, check, psks, rng};
use sceau::Wire;
use sceau::crypto::Provider;
use sceau::group::{
    Check, Claim, ClaimPlace, CommitOptions, Confirmation, Credential, CredentialValidator,
    DeviceCredentials, Group, GroupPolicy, JoinParams, LeafCredential, Proposal, Received,
    SigningIdentity,
};
use sceau::pairwise::{AccountId, DeviceList, IssuerKeys, Policy};
use std::collections::BTreeMap;
use std::sync::Arc;

#[test]
fn an_unknown_account_is_not_added() {
    let (a, b) = (Device::new(1), Device::new(2));
    let bobs = package(&identity(&b));
    let mut ada = create(identity(&a), of(&[&a]));
    assert_eq!(check(add(&mut ada, &bobs).unwrap_err()), Check::LeafCredential);
    // Whoever joins need not know the members: they are unconfirmed (GRP-99).
    let mut ada = create(identity(&a), of(&[&a, &b]));
    let welcome = add(&mut ada, &bobs).unwrap();
    let bob = join(&welcome, &bobs, of(&[&b])).unwrap();
    assert_eq!(known(&bob), [Confirmation::Unconfirmed, Confirmation::Confirmed]);
    let bob = join(&welcome, &bobs, of(&[&b, &a])).unwrap();
    assert_eq!(known(&bob), [Confirmation::Confirmed; 2]);
}

#[test]
fn lists_and_times_are_for_who_adds() {
    // GRP-08, GRP-99
    let device = Device::new(1);
    let identity = identity(&device);
    let at = |validator: &DeviceCredentials, place, now| {
        let (credential, key) = (identity.credential(), identity.signature_key());
        verify(validator, &Claim::new(credential, key, SUITE, place, now))
    };
    let everywhere_else = |validator: &DeviceCredentials, now| {
        for place in [ClaimPlace::Received, ClaimPlace::Tree, ClaimPlace::ExternalSender] {
            assert_eq!(at(validator, place, now), Ok(1));
        }
    };
    let validator = of(&[&device]);
    assert_eq!(at(&validator, ClaimPlace::Adding, NOW), Ok(1));
    assert_eq!(at(&validator, ClaimPlace::Adding, NOW + YEAR), Err("stale_list"));
    everywhere_else(&validator, NOW + YEAR);
    let [account_key, ..] = keys_of(1);
    let mut tbs = device.account.device_list().tbs().clone();
    (tbs.number, tbs.issued_at) = (2, NOW + YEAR);
    let fresh = device_list(&tbs, &[by_account(&account_key, &tbs)]);
    let validator = contacts(&[&fresh]);
    assert_eq!(at(&validator, ClaimPlace::Adding, NOW + YEAR), Err("expired"));
    assert_eq!(at(&validator, ClaimPlace::Adding, 0), Err("not_yet_valid"));
    everywhere_else(&validator, NOW + YEAR);
    everywhere_else(&validator, 0);
    tbs.devices[0].serial = 2;
    let without = contacts(&[&device_list(&tbs, &[by_account(&account_key, &tbs)])]);
    assert_eq!(at(&without, ClaimPlace::Adding, NOW + YEAR), Err("not_listed"));
    everywhere_else(&without, NOW);
    let nobody = contacts(&[]);
    assert_eq!(at(&nobody, ClaimPlace::Adding, NOW), Err("unauthorised_device"));
    everywhere_else(&nobody, NOW);
}

#[test]
fn anothers_add_that_fails_is_not_committed_and_does_not_part_members() {
    // GRP-08, GRP-55: Ada knows Carol, Bob does not.
    let (a, b, c) = (Device::new(1), Device::new(2), Device::new(3));
    let mut ada = create(identity(&a), of(&[&a, &b, &c]));
    let bobs = package(&identity(&b));
    let welcome = add(&mut ada, &bobs).unwrap();
    let mut bob = join(&welcome, &bobs, of(&[&a, &b])).unwrap();
    let carols = package(&identity(&c));
    let adding = Proposal::Add(Box::new(carols.key_package().clone()));
    let refused = bob.propose(adding.clone(), false, b"", NOW, &mut rng()).unwrap_err();
    assert_eq!(check(refused), Check::LeafCredential);
    let proposal = ada.propose(adding.clone(), false, b"", NOW, &mut rng()).unwrap();
    bob.receive(&proposal, &psks(), NOW).unwrap();
    assert_eq!(bob.proposal_count(), 1);
    // Bob's commit leaves it out.
    let output = bob.commit(&CommitOptions::default(), &psks(), NOW, &mut rng()).unwrap();
    assert_eq!(output.welcome, None);
    bob.clear_pending().unwrap();
    // Later than the package's lifetime it is nobody's to add, but Bob takes Ada's commit: his clock does not count.
    let late = NOW + YEAR;
    let mut options = CommitOptions::new(vec![]);
    options.path = true;
    let output = ada.commit(&options, &psks(), late, &mut rng()).unwrap();
    assert_eq!(output.welcome, None);
    ada.clear_pending().unwrap();
    let output = ada.commit(&options, &psks(), NOW, &mut rng()).unwrap();
    let Received::Commit(staged) = bob.receive(&output.commit, &psks(), late).unwrap() else {
        panic!()
    };
    assert_eq!(staged.added(), [2]);
    bob.merge(*staged).unwrap();
    ada.merge_pending().unwrap();
    // Carol knows nobody, and her clock is late too.
    let psks = psks();
    let params = JoinParams::new(GroupPolicy::new(contacts(&[])), &psks);
    let carol = Group::join(&output.welcome.unwrap(), &[&carols], params, late).unwrap().0;
    assert_eq!(known(&carol), [Confirmation::Unconfirmed; 3]);
    assert_eq!(
        known(&bob),
        [Confirmation::Confirmed, Confirmation::Confirmed, Confirmation::Unconfirmed]
    );
    assert_agreement(&mut [ada, bob, carol]);
}

#[test]
fn lists_confirm_and_refute() {
    // GRP-99, by a list that is accepted later.
    let device = Device::new(1);
    let identity = identity(&device);
    let mut group = create(identity.clone(), of(&[&device]));
    let [account_key, ..] = keys_of(1);
    let tbs = device.account.device_list().tbs().clone();
    let mut with = |alter: &dyn Fn(&mut sceau::pairwise::DeviceListTbs)| {
        let mut tbs = tbs.clone();
        tbs.number = 2;
        alter(&mut tbs);
        let list = device_list(&tbs, &[by_account(&account_key, &tbs)]);
        group.set_policy(GroupPolicy::new(contacts(&[&list])));
        known(&group)[0]
    };
    let (confirmed, unconfirmed, refuted) =
        (Confirmation::Confirmed, Confirmation::Unconfirmed, Confirmation::Refuted);
    assert_eq!(with(&|_| ()), confirmed);
    assert_eq!(with(&|tbs| tbs.devices[0].generation = 2), confirmed, "its credential is the same");
    assert_eq!(with(&|tbs| tbs.devices[0].credential_ref[0] ^= 1), refuted);
    let renewed = |tbs: &mut sceau::pairwise::DeviceListTbs| {
        (tbs.devices[0].generation, tbs.devices[0].credential_ref[0]) = (2, 1);
    };
    assert_eq!(with(&renewed), unconfirmed, "renewed since, with the same keys");
    let other = Device::new(2).account.device_list().tbs().devices[0].signature_keys.clone();
    let other_keys = |tbs: &mut sceau::pairwise::DeviceListTbs| {
        renewed(tbs);
        tbs.devices[0].signature_keys = other.clone();
    };
    assert_eq!(with(&other_keys), refuted);
    assert_eq!(with(&|tbs| tbs.devices[0].serial = 2), refuted, "gone, with a greater serial");
    // A list with neither its serial nor a greater one: had it before, or has yet to have it.
    let second = sister(&device, 1, 11, 2, 1);
    let of_second = SigningIdentity::of_account(&second.account, SUITE, &mut rng()).unwrap();
    let mut group = create(of_second, contacts(&[device.account.device_list()]));
    assert_eq!(known(&group), [unconfirmed]);
    struct Before(BTreeMap<AccountId, Arc<DeviceList>>);
    impl sceau::group::Contacts for Before {
        fn device_list(&self, account: &AccountId) -> Option<Arc<DeviceList>> {
            self.0.get(account).cloned()
        }

        fn had_device(&self, _: &AccountId, serial: u64) -> bool {
            serial == 2
        }
    }
    let lists = BTreeMap::from([(device.id(), Arc::new(device.account.device_list().clone()))]);
    let before =
        DeviceCredentials::new(Arc::new(Before(lists)), Policy::default(), Provider::default());
    group.set_policy(GroupPolicy::new(before));
    assert_eq!(known(&group), [refuted]);
}

#[test]
fn members_may_be_behind_a_renewal_newcomers_not() {
    let mut device = Device::new(1);
    let old = identity(&device);
    device.check(|a, now, _| Ok(((), a.renew(now + 2 * YEAR, None, now)?))).unwrap();
    let new = identity(&device);
    let validator = of(&[&device]);
    assert_eq!(verify(&validator, &claim(&old, ClaimPlace::Adding)), Err("not_listed"));
    assert_eq!(verify(&validator, &claim(&old, ClaimPlace::Received)), Ok(1));
    assert_eq!(verify(&validator, &claim(&old, ClaimPlace::Tree)), Ok(1));
    assert_eq!(verify(&validator, &claim(&new, ClaimPlace::Adding)), Ok(1));
    assert!(validator.is_successor(old.credential(), new.credential()));
    assert!(!validator.is_successor(new.credential(), old.credential()), "rolled back");
    // A signature of the new credential's keys does not certify a key for the old one.
    let mut mixed = LeafCredential::of(new.credential()).unwrap();
    mixed.credential = LeafCredential::of(old.credential()).unwrap().credential;
    let mixed = Credential::Sceau(mixed.to_bytes());
    let claim = Claim::new(&mixed, new.signature_key(), SUITE, ClaimPlace::Tree, NOW);
    assert_eq!(verify(&validator, &claim), Err("bad_signature"));
}

#[test]
fn issuers() {
    let provider = Provider::default();
    let (issuer, other) = (
        IssuerKeys::from_seed(&provider, 1, &[1; 32]).unwrap(),
        IssuerKeys::from_seed(&provider, 1, &[2; 32]).unwrap(),
    );
    let trusted = |keys: &IssuerKeys| {
        let issuer = sceau::pairwise::Issuer::new(&provider, keys.keys().clone()).unwrap();
        Policy::default().with_issuer(issuer).requiring_issuer()
    };
    let mut params = sceau::pairwise::AccountParams::new(1, NOW - 1, NOW + YEAR);
    params.issuer = Some(IssuerKeys::from_seed(&provider, 1, &[1; 32]).unwrap());
    let certified = Device::with(1, params);
    let plain = Device::new(2);
    let verdict = |device: &Device, policy: Policy| {
        let identity = identity(device);
        let validator = with_policy(&[device.account.device_list()], policy);
        verify(&validator, &claim(&identity, ClaimPlace::Adding))
    };
    assert_eq!(verdict(&certified, trusted(&issuer)), Ok(1));
    assert_eq!(verdict(&certified, trusted(&other)), Err("unauthorised_device"));
    assert_eq!(verdict(&plain, trusted(&issuer)), Err("unauthorised_device"));
    assert_eq!(verdict(&plain, Policy::default()), Ok(1));
    // Elsewhere an issuer confirms, and refuses nobody (GRP-99).
    let confirmed = |device: &Device, policy: Policy, lists: &[&DeviceList]| {
        let identity = identity(device);
        let validator = with_policy(lists, policy);
        assert_eq!(verify(&validator, &claim(&identity, ClaimPlace::Received)), Ok(1));
        known(&create(identity, validator))[0]
    };
    let listed = [certified.account.device_list(), plain.account.device_list()];
    assert_eq!(confirmed(&certified, trusted(&issuer), &[]), Confirmation::Confirmed);
    assert_eq!(confirmed(&certified, trusted(&other), &listed), Confirmation::Unconfirmed);
    assert_eq!(confirmed(&plain, trusted(&issuer), &listed), Confirmation::Unconfirmed);
    assert_eq!(confirmed(&plain, Policy::default(), &listed), Confirmation::Confirmed);
    assert_eq!(confirmed(&plain, Policy::default(), &[]), Confirmation::Unconfirmed);
}
