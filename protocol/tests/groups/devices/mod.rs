//! Members that are devices of accounts: Sceau's credential (GRP-04, GRP-07 to GRP-09, GRP-98, GRP-99).

mod credential;
mod lists;
mod members;

use crate::common::Device;
use crate::stage::{NOW, leaf, psks, rng};
use sceau::Error;
use sceau::crypto::Provider;
use sceau::group::{
    CipherSuite, Claim, ClaimPlace, CommitOptions, Confirmation, DeviceCredentials, Group,
    GroupParams, GroupPolicy, JoinParams, OwnKeyPackage, Proposal, SigningIdentity,
};
use sceau::pairwise::{AccountId, DeviceList, Policy};
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

fn claim<'a>(identity: &'a SigningIdentity, place: ClaimPlace) -> Claim<'a> {
    Claim::new(identity.credential(), identity.signature_key(), SUITE, place, NOW)
}

fn verify(validator: &DeviceCredentials, claim: &Claim<'_>) -> Result<u64, &'static str> {
    let verified = validator.verify(claim).map_err(|error| error.class())?;
    Ok(verified.credential.tbs().serial)
}

/// What a member knows of each.
fn known(group: &Group) -> Vec<Confirmation> {
    group.confirmations().map(|(_, known)| known).collect()
}
