//! Verifying a prekey bundle (Prekeys, *Verifying a bundle*).

use super::codec::{Reader, finish, read_presence, reader};
use super::credentials::{IdentityKeys, suite_keys, verify_credential};
use super::device_lists::apply_device_lists;
use super::error::{ErrorClass, check};
use super::identities::{
    Credential, DeviceList, DeviceLists, credential_ref, encode_credential, encode_device_lists,
    read_credential, read_device_lists, read_version,
};
use super::limits::{MAX_BATCH_LIFETIME, Policy, in_future};
use super::prekeys::{
    KEM_LAST_RESORT, KEM_ONE_TIME, ONE_TIME, PrekeyBatch, ProvenPrekey, SIGNED, batch_signed,
    encode_prekey_batch, encode_proven_prekey, id_fits, in_batch, read_prekey_batch,
    read_proven_prekey,
};
use super::suite::{check_kem_key, choose_suite};
use crate::octets::{Octets, byte};

/// `PrekeyBundle`.
#[derive(Clone, Debug, Default)]
pub struct PrekeyBundle {
    /// The responder's device lists, oldest first.
    pub device_lists: DeviceLists,
    /// The responder's credential.
    pub credential: Credential,
    /// The batch of the keys.
    pub batch: PrekeyBatch,
    /// The signed prekey.
    pub signed_prekey: ProvenPrekey,
    /// The one-time prekey, if there is one left.
    pub one_time_prekey: Option<ProvenPrekey>,
    /// The KEM prekey.
    pub kem_prekey: ProvenPrekey,
}

/// A bundle that was verified; only `verify_bundle` makes one.
#[derive(Clone, Debug, Default)]
pub struct VerifiedBundle {
    /// The bundle.
    pub bundle: PrekeyBundle,
    /// The device list to be pinned.
    pub device_list: DeviceList,
    /// The responder's keys.
    pub keys: IdentityKeys,
}

/// `encode(PrekeyBundle)`.
pub fn encode_prekey_bundle(bundle: &PrekeyBundle) -> Octets {
    let one_time_prekey = match &bundle.one_time_prekey {
        Some(proven) => byte(1).concat(&encode_proven_prekey(proven)),
        None => byte(0),
    };
    byte(0)
        .concat(&encode_device_lists(&bundle.device_lists))
        .concat(&encode_credential(&bundle.credential))
        .concat(&encode_prekey_batch(&bundle.batch))
        .concat(&encode_proven_prekey(&bundle.signed_prekey))
        .concat(&one_time_prekey)
        .concat(&encode_proven_prekey(&bundle.kem_prekey))
}

/// Reads an `optional<ProvenPrekey>`.
fn read_optional_prekey(r: Reader) -> Result<(Option<ProvenPrekey>, Reader), ErrorClass> {
    let (present, r) = read_presence(r)?;
    if present {
        let (proven, r) = read_proven_prekey(r)?;
        Ok((Some(proven), r))
    } else {
        Ok((None, r))
    }
}

/// Reads a `PrekeyBundle`.
pub fn read_prekey_bundle(r: Reader) -> Result<(PrekeyBundle, Reader), ErrorClass> {
    let r = read_version(r)?;
    let (device_lists, r) = read_device_lists(r)?;
    let (credential, r) = read_credential(r)?;
    let (batch, r) = read_prekey_batch(r)?;
    let (signed_prekey, r) = read_proven_prekey(r)?;
    let (one_time_prekey, r) = read_optional_prekey(r)?;
    let (kem_prekey, r) = read_proven_prekey(r)?;
    let bundle = PrekeyBundle {
        device_lists,
        credential,
        batch,
        signed_prekey,
        one_time_prekey,
        kem_prekey,
    };
    Ok((bundle, r))
}

/// Decodes a `PrekeyBundle`.
pub fn decode_prekey_bundle(bytes: &Octets) -> Result<PrekeyBundle, ErrorClass> {
    let (bundle, r) = read_prekey_bundle(reader(bytes))?;
    finish(&r)?;
    Ok(bundle)
}

// ANCHOR: check_batch
/// Whether a batch belongs to its device's credential, is signed and its time has come (`[PRE-07]`,
/// `[PRE-03]`, `[PRE-08]`).
pub fn check_batch_content(
    batch: &PrekeyBatch,
    credential: &Credential,
    now: u64,
    policy: &Policy,
) -> Result<(), ErrorClass> {
    let tbs = batch.tbs.clone();
    check(tbs.credential_ref == credential_ref(credential), ErrorClass::IdentityMismatch)?;
    check(batch_signed(batch, &credential.tbs.identity_keys), ErrorClass::BadSignature)?;
    check(now < tbs.expiry, ErrorClass::Expired)?;
    check(!in_future(tbs.not_before, now, &policy.limits), ErrorClass::NotYetValid)?;
    let lifetime = tbs.expiry > tbs.not_before && tbs.expiry - tbs.not_before <= MAX_BATCH_LIFETIME;
    check(lifetime, ErrorClass::Malformed)
}

/// Step 2: the batch belongs to the credential, is for the suite of the handshake, is signed and
/// its time has come (`[PRE-07]`, `[SUI-08]`, `[PRE-03]`, `[PRE-08]`).
fn check_batch(
    bundle: &PrekeyBundle,
    own: &Credential,
    now: u64,
    policy: &Policy,
) -> Result<(), ErrorClass> {
    let tbs = bundle.batch.tbs.clone();
    let theirs = bundle.credential.tbs.clone();
    check(tbs.credential_ref == credential_ref(&bundle.credential), ErrorClass::IdentityMismatch)?;
    let suite = choose_suite(&theirs.suites, &own.tbs.suites)?;
    check(tbs.suite == suite, ErrorClass::UnsupportedSuite)?;
    check_batch_content(&bundle.batch, &bundle.credential, now, policy)
}
// ANCHOR_END: check_batch

// ANCHOR: check_prekey_type
/// Whether the types are those that the places demand (`[PRE-09]`); the ids of signed prekey and
/// last-resort key and of the others are those of `[PRE-13]`.
fn check_prekey_types(bundle: &PrekeyBundle) -> Result<(), ErrorClass> {
    let signed = bundle.signed_prekey.prekey.clone();
    check(signed.prekey_type == SIGNED && id_fits(&signed), ErrorClass::Malformed)?;
    let one_time = match &bundle.one_time_prekey {
        Some(proven) => proven.prekey.prekey_type == ONE_TIME && id_fits(&proven.prekey),
        None => true,
    };
    check(one_time, ErrorClass::Malformed)?;
    let kem = bundle.kem_prekey.prekey.clone();
    let kem_type = kem.prekey_type == KEM_LAST_RESORT || kem.prekey_type == KEM_ONE_TIME;
    check(kem_type && id_fits(&kem), ErrorClass::Malformed)
}
// ANCHOR_END: check_prekey_type

/// Refuses keys that stand in two places, or that are the initiator's own (`[PRE-11]`).
fn check_distinct(
    bundle: &PrekeyBundle,
    theirs: &IdentityKeys,
    own: &IdentityKeys,
) -> Result<(), ErrorClass> {
    let signed = bundle.signed_prekey.prekey.key.clone();
    let distinct = match &bundle.one_time_prekey {
        Some(proven) => {
            proven.prekey.key != signed
                && proven.prekey.key != theirs.agreement
                && proven.prekey.key != own.agreement
        }
        None => true,
    };
    let others =
        signed != theirs.agreement && signed != own.agreement && theirs.agreement != own.agreement;
    check(distinct && others, ErrorClass::Reflection)
}

// ANCHOR: check_prekeys
/// Step 3: types, paths (`[PRE-10]`), distinctness, the KEM key (`[SUI-03]`).
fn check_prekeys(
    bundle: &PrekeyBundle,
    theirs: &IdentityKeys,
    own: &IdentityKeys,
) -> Result<(), ErrorClass> {
    check_prekey_types(bundle)?;
    check(in_batch(&bundle.signed_prekey, &bundle.batch), ErrorClass::BadPath)?;
    let one_time = match &bundle.one_time_prekey {
        Some(proven) => in_batch(proven, &bundle.batch),
        None => true,
    };
    check(one_time, ErrorClass::BadPath)?;
    check(in_batch(&bundle.kem_prekey, &bundle.batch), ErrorClass::BadPath)?;
    check_distinct(bundle, theirs, own)?;
    check_kem_key(&bundle.kem_prekey.prekey.key)
}
// ANCHOR_END: check_prekeys

// ANCHOR: verify_bundle
/// Verifies a bundle of the account that the caller expects. All keys are authenticated before
/// anything is derived from them (`[HS-07]`).
/// See also [PRE-12], [HS-05].
pub fn verify_bundle(
    bundle: &PrekeyBundle,
    account_id: &Octets,
    pinned: &Option<DeviceList>,
    own: &Credential,
    now: u64,
    policy: &Policy,
) -> Result<VerifiedBundle, ErrorClass> {
    let device_list = apply_device_lists(pinned, account_id, &bundle.device_lists, now, policy)?;
    let keys = verify_credential(&bundle.credential, &device_list, now, policy)?;
    // [PRE-12]
    let own_device =
        *account_id == own.tbs.account_id && bundle.credential.tbs.serial == own.tbs.serial;
    check(!own_device, ErrorClass::Reflection)?;
    check_batch(bundle, own, now, policy)?;
    check_prekeys(bundle, &keys, &suite_keys(own)?)?;
    Ok(VerifiedBundle { bundle: bundle.clone(), device_list, keys })
}
// ANCHOR_END: verify_bundle
