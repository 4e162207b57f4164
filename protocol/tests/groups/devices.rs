//! Members that are devices of accounts: Sceau's credential (GRP-04, GRP-07 to GRP-09, GRP-98, GRP-99).

use crate::common::family::{
    attestation, by_account, device_list, keys_of, list_of_two, opaque, sister,
};
use crate::common::{Device, YEAR};
use crate::stage::{NOW, assert_agreement, leaf, psks, rng, stage};
use sceau::crypto::{Provider, Secret};
use sceau::group::{
    CipherSuite, Claim, ClaimPlace, CommitOptions, Confirmation, Credential, CredentialValidator,
    DeviceCredentials, Extension, ExternalSender, Group, GroupParams, GroupPolicy, JoinParams,
    LeafCredential, OwnKeyPackage, Proposal, Received, SigningIdentity,
};
use sceau::pairwise::{AccountId, DeviceList, IssuerKeys, Policy, TypedKey, TypedKeys};
use sceau::{Error, Wire};
use std::collections::BTreeMap;
use std::sync::Arc;

const SUITE: CipherSuite = CipherSuite::MlKem768X25519Aes256;

/// Lists of the accounts of devices, the first of each account.
fn contacts(lists: &[&DeviceList]) -> DeviceCredentials {
    with_policy(lists, Policy::default())
}

fn with_policy(lists: &[&DeviceList], policy: Policy) -> DeviceCredentials {
    let provider = Provider::default();
    let mut contacts: BTreeMap<AccountId, Arc<DeviceList>> = BTreeMap::new();
    for list in lists {
        let id = list.tbs().account_keys.account_id(&provider).unwrap();
        contacts.insert(id, Arc::new(DeviceList::clone(list)));
    }
    DeviceCredentials::new(Arc::new(contacts), policy, provider)
}

fn of(devices: &[&Device]) -> DeviceCredentials {
    contacts(&devices.iter().map(|device| device.account.device_list()).collect::<Vec<_>>())
}

fn identity(device: &Device) -> SigningIdentity {
    SigningIdentity::of_account(&device.account, SUITE, &mut rng()).unwrap()
}

fn package(identity: &SigningIdentity) -> OwnKeyPackage {
    let provider = Provider::default();
    OwnKeyPackage::generate(SUITE, identity, &leaf(), vec![], &provider, &mut rng()).unwrap()
}

fn create(identity: SigningIdentity, validator: DeviceCredentials) -> Group {
    let params = GroupParams::new(SUITE, leaf(), GroupPolicy::new(validator));
    Group::create(params, identity, NOW, &mut rng()).unwrap()
}

fn add(group: &mut Group, package: &OwnKeyPackage) -> Result<Vec<u8>, Error> {
    let add = Proposal::Add(Box::new(package.key_package().clone()));
    let output = group.commit(&CommitOptions::new(vec![add]), &psks(), NOW, &mut rng())?;
    group.merge_pending().unwrap();
    Ok(output.welcome.unwrap())
}

fn join(
    welcome: &[u8],
    package: &OwnKeyPackage,
    validator: DeviceCredentials,
) -> Result<Group, Error> {
    let psks = psks();
    let params = JoinParams::new(GroupPolicy::new(validator), &psks);
    Ok(Group::join(welcome, &[package], params, NOW)?.0)
}

fn check_of(error: Error) -> String {
    match error {
        Error::Group(refused) => format!("{:?}", refused.check),
        other => panic!("{other:?}"),
    }
}

fn claim<'a>(identity: &'a SigningIdentity, place: ClaimPlace) -> Claim<'a> {
    Claim::new(identity.credential(), identity.signature_key(), SUITE, place, NOW)
}

fn verify(validator: &DeviceCredentials, claim: &Claim<'_>) -> Result<u64, &'static str> {
    let verified = validator.verify(claim).map_err(|error| error.class())?;
    Ok(verified.credential.tbs().serial)
}

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
fn an_unknown_account_is_not_added() {
    let (a, b) = (Device::new(1), Device::new(2));
    let bobs = package(&identity(&b));
    let mut ada = create(identity(&a), of(&[&a]));
    assert_eq!(check_of(add(&mut ada, &bobs).unwrap_err()), "LeafCredential");
    // Whoever joins need not know the members: they are unconfirmed (GRP-99).
    let mut ada = create(identity(&a), of(&[&a, &b]));
    let welcome = add(&mut ada, &bobs).unwrap();
    let bob = join(&welcome, &bobs, of(&[&b])).unwrap();
    assert_eq!(known(&bob), [Confirmation::Unconfirmed, Confirmation::Confirmed]);
    let bob = join(&welcome, &bobs, of(&[&b, &a])).unwrap();
    assert_eq!(known(&bob), [Confirmation::Confirmed; 2]);
}

#[test]
fn the_leafs_key_is_the_one_that_the_device_certified() {
    let device = Device::new(1);
    let validator = of(&[&device]);
    let identity = identity(&device);
    assert_eq!(verify(&validator, &claim(&identity, ClaimPlace::Adding)), Ok(1));
    assert_eq!(verify(&validator, &claim(&identity, ClaimPlace::Tree)), Ok(1));
    assert_eq!(verify(&validator, &claim(&identity, ClaimPlace::ExternalSender)), Ok(1));
    // Another key, another suite.
    let places =
        [ClaimPlace::Adding, ClaimPlace::Received, ClaimPlace::Tree, ClaimPlace::ExternalSender];
    for place in places {
        let other = SigningIdentity::of_account(&device.account, SUITE, &mut rng()).unwrap();
        let key = other.signature_key();
        let wrong = Claim::new(identity.credential(), key, SUITE, place, NOW);
        assert_eq!(verify(&validator, &wrong), Err("bad_signature"));
        let suite = CipherSuite::X25519Aes128;
        let (credential, key) = (identity.credential(), identity.signature_key());
        let wrong = Claim::new(credential, key, suite, place, NOW);
        assert_eq!(verify(&validator, &wrong), Err("bad_signature"));
    }
    // Without a signature, with two, with bytes behind.
    let leaf = LeafCredential::of(identity.credential()).unwrap();
    let with = |signatures: Vec<_>| {
        let mut leaf = leaf.clone();
        leaf.signatures = signatures;
        let content = Credential::Sceau(leaf.to_bytes());
        let key = identity.signature_key();
        verify(&validator, &Claim::new(&content, key, SUITE, ClaimPlace::Adding, NOW))
    };
    assert_eq!(with(leaf.signatures.clone()), Ok(1));
    assert_eq!(with(vec![]), Err("bad_signature"));
    assert_eq!(with([leaf.signatures.clone(), leaf.signatures.clone()].concat()), Err("malformed"));
    let longer = Credential::Sceau([leaf.to_bytes(), vec![0]].concat());
    assert!(LeafCredential::of(&longer).is_err());
    assert!(LeafCredential::of(&Credential::Basic(leaf.to_bytes())).is_err());
}

#[test]
fn every_bit_of_a_credential_counts() {
    let device = Device::new(1);
    let validator = of(&[&device]);
    let identity = identity(&device);
    let Credential::Sceau(content) = identity.credential() else { panic!() };
    for at in 0..content.len() {
        let mut wrong = content.clone();
        wrong[at] ^= 1 << (at % 8);
        let wrong = Credential::Sceau(wrong);
        let key = identity.signature_key();
        let claim = Claim::new(&wrong, key, SUITE, ClaimPlace::Adding, NOW);
        assert!(validator.verify(&claim).is_err(), "byte {at}");
        assert!(!validator.validate(&claim));
    }
}

#[test]
fn the_accounts_keys_stand_in_the_leaf() {
    // GRP-98, at each place: no list is needed, and none helps.
    let (device, other) = (Device::new(1), Device::new(2));
    let identity = identity(&device);
    let leaf = LeafCredential::of(identity.credential()).unwrap();
    assert_eq!(leaf.account_keys, *device.account.account_keys());
    let verdict = |alter: &dyn Fn(&mut LeafCredential)| {
        let mut leaf = leaf.clone();
        alter(&mut leaf);
        let content = Credential::Sceau(leaf.to_bytes());
        let key = identity.signature_key();
        let places = [
            ClaimPlace::Adding,
            ClaimPlace::Received,
            ClaimPlace::Tree,
            ClaimPlace::ExternalSender,
        ];
        let at =
            |place| verify(&of(&[&device]), &Claim::new(&content, key, SUITE, place, NOW)).err();
        let first = at(places[0]);
        assert!(places.iter().all(|place| at(*place) == first));
        first
    };
    assert_eq!(verdict(&|_| ()), None);
    // Another account's keys; keys whose first is of no known type; an additional one.
    let others = other.account.account_keys().clone();
    assert_eq!(verdict(&|leaf| leaf.account_keys = others.clone()), Some("identity_mismatch"));
    let unknown = TypedKey { key_type: 0x00F0, key: vec![1; 32] };
    let keys = |keys: Vec<TypedKey>| TypedKeys::new(keys).unwrap();
    let own = leaf.account_keys.as_slice()[0].clone();
    let alone = keys(vec![unknown.clone()]);
    assert_eq!(verdict(&|leaf| leaf.account_keys = alone.clone()), Some("unsupported_suite"));
    let both = keys(vec![own, unknown]);
    assert_eq!(verdict(&|leaf| leaf.account_keys = both.clone()), Some("identity_mismatch"));
    // A credential that its account has not signed: another's signature, and what was signed for another's.
    let signed_by = |seed: u64| {
        let [account_key, ..] = keys_of(seed);
        let tbs = leaf.credential.tbs().to_bytes();
        let attestation = attestation(1, &[], &account_key, "credential by account", &tbs);
        let bytes = [tbs, opaque(&attestation.to_bytes())].concat();
        sceau::pairwise::Credential::from_bytes(&bytes).unwrap()
    };
    assert_eq!(signed_by(1), leaf.credential);
    let forged = signed_by(2);
    assert_eq!(verdict(&|leaf| leaf.credential = forged.clone()), Some("bad_signature"));
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
    assert_eq!(check_of(refused), "LeafCredential");
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
    assert_eq!(output.proposals, [message]);
    ada.clear_pending().unwrap();
    // By value it is taken already.
    let by_value = CommitOptions::new(vec![adding(&package(&identity(&c)))]);
    let output = ada.commit(&by_value, &psks(), NOW, &mut rng()).unwrap();
    assert!(output.proposals.is_empty());
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
    assert_eq!(output.proposals.len(), 2);
    ada.merge_pending().unwrap();
    let staged = stage(&mut bob, &output.commit).unwrap();
    assert_eq!((staged.removed(), staged.added()), (&[2][..], &[2][..]));
}

/// What a member knows of each.
fn known(group: &Group) -> Vec<Confirmation> {
    group.confirmations().map(|(_, known)| known).collect()
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
        assert_eq!(check_of(refused), "LeafSuccessor");
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
    assert_eq!(check_of(add(&mut ada, &again).unwrap_err()), "AddMember");
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

#[test]
fn external_senders_are_certified_too() {
    let (a, service) = (Device::new(1), Device::new(2));
    let mut ada = create(identity(&a), of(&[&a, &service]));
    let certified = identity(&service);
    let sender = |key: &[u8]| ExternalSender {
        signature_key: key.to_vec(),
        credential: certified.credential().clone(),
    };
    let mut listed = |key: &[u8]| {
        let extension = Extension::external_senders(&[sender(key)]);
        let proposal = Proposal::GroupContextExtensions(vec![extension]);
        ada.commit(&CommitOptions::new(vec![proposal]), &psks(), NOW, &mut rng()).map(drop)
    };
    let stolen = identity(&a);
    let refused = listed(stolen.signature_key()).unwrap_err();
    assert_eq!(check_of(refused), "LeafCredential");
    listed(certified.signature_key()).unwrap();
}

#[test]
fn a_device_key_held_elsewhere_certifies() {
    let device = Device::new(1);
    let private = [7; 32];
    let plain = Credential::Basic(Vec::new());
    let key = |credential| {
        let provider = Provider::default();
        SigningIdentity::from_private(SUITE, credential, Secret::from_slice(&private), &provider)
            .unwrap()
    };
    let public = key(plain).signature_key().to_vec();
    let pending = device.account.leaf_credential_begin(SUITE, &public).unwrap();
    let [_, signing, _] = keys_of(1);
    let request = &pending.requests()[0];
    assert_eq!((request.label, pending.requests().len()), ("leaf key", 1));
    let signature = attestation(2, &[], &signing, "leaf key", &request.content).signature;
    let credential = pending.resume(vec![signature]).unwrap();
    let identity = key(credential);
    assert_eq!(verify(&of(&[&device]), &claim(&identity, ClaimPlace::Adding)), Ok(1));
    // A wrong answer is found at once, and so is a key of another length.
    let pending = device.account.leaf_credential_begin(SUITE, &public).unwrap();
    assert!(pending.resume(vec![vec![0; 64]]).is_err());
    assert!(device.account.leaf_credential(SUITE, &public[1..]).is_err());
    // LeafKeyTBS, as it is signed.
    let pending = device.account.leaf_credential_begin(SUITE, &public).unwrap();
    let leaf = LeafCredential::of(identity.credential()).unwrap();
    let reference = device.account.device_list().tbs().devices[0].credential_ref.clone();
    let tbs = [opaque(&reference), vec![0xF6, 0x4A], opaque(&public)].concat();
    assert_eq!(pending.requests()[0].content, tbs);
    assert_eq!(leaf.credential, *device.account.credential());
}
