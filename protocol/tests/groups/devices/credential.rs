//! What a credential certifies, wherever it stands.

use super::{SUITE, claim, create, identity, of, verify};
use crate::common::Device;
use crate::common::family::{attestation, keys_of, opaque};
use crate::stage::{NOW, check, psks, rng};
use sceau::Wire;
use sceau::crypto::{Provider, Secret};
use sceau::group::{
    Check, CipherSuite, Claim, ClaimPlace, CommitOptions, Credential, CredentialValidator,
    Extension, ExternalSender, LeafCredential, Proposal, SigningIdentity,
};
use sceau::pairwise::{TypedKey, TypedKeys};

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
fn every_byte_of_a_credential_counts() {
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
    assert_eq!(check(refused), Check::LeafCredential);
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
