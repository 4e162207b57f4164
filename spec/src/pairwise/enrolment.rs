//! The own account and device: making them, renewing the credential, publishing prekeys
//! (Identities, *Renewal*; Prekeys).

use super::bundle::PrekeyBundle;
use super::codec::Extensions;
use super::credentials::{device_entry, sign_credential};
use super::device_lists::{Cosigners, sign_device_list};
use super::error::{ErrorClass, check};
use super::identities::{
    Credential, CredentialTbs, DeviceEntry, DeviceList, DeviceListTbs, DeviceLists, credential_ref,
};
use super::limits::{MAX_BATCH_KEYS, MAX_BATCH_LIFETIME, MAX_KEYS};
use super::prekeys::{
    BatchRandomness, Prekey, ProvenPrekey, PublishedBatch, batch_keys, public_prekey, publish_batch,
};
use super::state::{AccountState, BatchState, DeviceState, PrekeyState};
use super::suite::{ED25519, Suites, X25519, choose_suite, dh_public_key, signature_public_key};
use super::typed_keys::{TypedKey, TypedKeys, account_id, find_key};
use crate::octets::{Octets, u64_be};
use hacspec_lib::*;

/// What an enrolment needs.
#[derive(Clone, Debug, Default)]
pub struct Enrolment {
    /// Number of the device in its account.
    pub serial: u64,
    /// Valid from, seconds.
    pub not_before: u64,
    /// Valid until, seconds.
    pub not_after: u64,
    /// Suites, in order of preference.
    pub suites: Suites,
    /// Number of the first list.
    pub list_number: u64,
    /// Id and private key of the issuer, if there is one.
    pub issuer: Option<(Octets, Octets)>,
    /// Random: `account_key`.
    pub account_key: Octets,
    /// Random: `identity_sign`.
    pub identity_sign: Octets,
    /// Random: `identity_agree`.
    pub identity_agree: Octets,
}

/// One key.
fn typed_key(key_type: u16, key: &Octets) -> TypedKey {
    TypedKey { key_type, key: key.clone() }
}

/// The list of one device.
fn own_list(
    account_keys: &TypedKeys,
    number: u64,
    now: u64,
    credential: &Credential,
) -> DeviceListTbs {
    DeviceListTbs {
        account_keys: account_keys.clone(),
        number,
        issued_at: now,
        devices: Seq::<DeviceEntry>::new(0).push(&device_entry(credential)),
        extensions: Extensions::new(0),
    }
}

// ANCHOR: create
/// Refuses a credential that would never be valid (`misuse`, `[ID-25]`).
fn check_validity(not_before: u64, not_after: u64) -> Result<(), ErrorClass> {
    check(not_after > not_before, ErrorClass::Misuse)
}

/// Refuses what no list and no credential may have (`misuse`, `[ID-25]`): a serial or a number of
/// 0; no suites, a suite twice, more of them than there may be; an end that is not behind the beginning.
/// Nothing has been drawn yet.
pub fn check_enrolment(
    serial: u64,
    list_number: u64,
    suites: &Suites,
    not_before: u64,
    not_after: u64,
) -> Result<(), ErrorClass> {
    check_validity(not_before, not_after)?;
    let mut repeated = false;
    for i in 0..suites.len() {
        for j in 0..i {
            repeated = repeated || suites[i] == suites[j];
        }
    }
    let numbered = serial > 0 && list_number > 0;
    let some = suites.len() > 0 && suites.len() <= MAX_KEYS;
    check(numbered && some && !repeated, ErrorClass::Misuse)
}

/// A new account with one device.
pub fn create(enrolment: &Enrolment, now: u64) -> Result<DeviceState, ErrorClass> {
    check_enrolment(
        enrolment.serial,
        enrolment.list_number,
        &enrolment.suites,
        enrolment.not_before,
        enrolment.not_after,
    )?;
    let account_public = signature_public_key(&enrolment.account_key);
    let account_keys = TypedKeys::new(0).push(&typed_key(ED25519, &account_public));
    let sign_public = signature_public_key(&enrolment.identity_sign);
    let agree_public = dh_public_key(&enrolment.identity_agree);
    let tbs = CredentialTbs {
        account_id: account_id(&account_keys),
        serial: enrolment.serial,
        generation: 1,
        not_before: enrolment.not_before,
        not_after: enrolment.not_after,
        identity_keys: TypedKeys::new(0)
            .push(&typed_key(ED25519, &sign_public))
            .push(&typed_key(X25519, &agree_public)),
        suites: enrolment.suites.clone(),
        extensions: Extensions::new(0),
    };
    let credential = sign_credential(tbs, &enrolment.account_key, &enrolment.issuer);
    let list = own_list(&account_keys, enrolment.list_number, now, &credential);
    let cosigners = Cosigners { device: None, issuer: enrolment.issuer.clone() };
    let account = AccountState {
        account_private: TypedKeys::new(0).push(&typed_key(ED25519, &enrolment.account_key)),
        identity_private: TypedKeys::new(0)
            .push(&typed_key(ED25519, &enrolment.identity_sign))
            .push(&typed_key(X25519, &enrolment.identity_agree)),
        device_list: sign_device_list(list, &enrolment.account_key, &cosigners),
        credential,
        last_batch_generation: 0,
    };
    Ok(DeviceState { account, ..DeviceState::default() })
}
// ANCHOR_END: create

/// The own private account key, or `misuse` where it is held elsewhere.
fn account_private(state: &DeviceState) -> Result<Octets, ErrorClass> {
    find_key(&state.account.account_private, ED25519).ok_or(ErrorClass::Misuse)
}

/// The private part of `IK_sig`, or `misuse` where it is held elsewhere.
pub fn identity_sign(state: &DeviceState) -> Result<Octets, ErrorClass> {
    find_key(&state.account.identity_private, ED25519).ok_or(ErrorClass::Misuse)
}

/// The private part of `IK`, or `misuse` where it is held elsewhere.
pub fn identity_agree(state: &DeviceState) -> Result<Octets, ErrorClass> {
    find_key(&state.account.identity_private, X25519).ok_or(ErrorClass::Misuse)
}

/// The number of the next own list, or `limit` where it cannot grow any more (`[ID-25]`).
fn next_number(state: &DeviceState) -> Result<u64, ErrorClass> {
    state.account.device_list.tbs.number.checked_add(1).ok_or(ErrorClass::Limit)
}

/// The generation of the next batch, or `limit` where it cannot grow any more (`[ID-25]`). Nothing has been
/// drawn yet.
pub fn next_batch_generation(state: &DeviceState) -> Result<u32, ErrorClass> {
    state.account.last_batch_generation.checked_add(1).ok_or(ErrorClass::Limit)
}

// ANCHOR: renew
/// Renews the credential: generation and list number one up, `not_before` as it was; the list has
/// the attestation of the device itself (`[ID-15]`). An end that is not behind the beginning is `misuse`.
pub fn renew(
    state: &DeviceState,
    not_after: u64,
    issuer: &Option<(Octets, Octets)>,
    now: u64,
) -> Result<DeviceState, ErrorClass> {
    let key = account_private(state)?;
    let old = state.account.credential.tbs.clone();
    check_validity(old.not_before, not_after)?;
    let serial = u64_be(old.serial);
    let generation = old.generation.checked_add(1).ok_or(ErrorClass::Limit)?;
    let number = next_number(state)?;
    let tbs = CredentialTbs { generation, not_after, ..old };
    let credential = sign_credential(tbs, &key, issuer);
    let list = state.account.device_list.tbs.clone();
    let list = own_list(&list.account_keys, number, now, &credential);
    let device = Some((serial, identity_sign(state)?));
    let device_list = sign_device_list(list, &key, &Cosigners { device, issuer: issuer.clone() });
    let account = AccountState { credential, device_list, ..state.account.clone() };
    Ok(DeviceState { account, ..state.clone() })
}
// ANCHOR_END: renew

// ANCHOR: reissue_list
/// The own list signed anew, by the account's keys and the device: its number one up, issued now; the
/// credential stays (`[ID-21]`). It is announced as a renewal is (`[ID-15]`).
pub fn reissue_list(state: &DeviceState, now: u64) -> Result<DeviceState, ErrorClass> {
    let key = account_private(state)?;
    let serial = u64_be(state.account.credential.tbs.serial);
    let old = state.account.device_list.tbs.clone();
    let tbs = DeviceListTbs { number: next_number(state)?, issued_at: now, ..old };
    let device = Some((serial, identity_sign(state)?));
    let device_list = sign_device_list(tbs, &key, &Cosigners { device, issuer: None });
    let account = AccountState { device_list, ..state.account.clone() };
    Ok(DeviceState { account, ..state.clone() })
}
// ANCHOR_END: reissue_list

// ANCHOR: create_batch
/// When a batch expires. Refused (`limit`) are a lifetime that none may have, an expiry that does not fit
/// 64 bits, and too many keys; nothing has been drawn yet.
pub fn check_batch_request(
    now: u64,
    lifetime: u64,
    one_time: u64,
    kem_one_time: u64,
) -> Result<u64, ErrorClass> {
    check(lifetime > 0 && lifetime <= MAX_BATCH_LIFETIME, ErrorClass::Limit)?;
    let size = one_time.saturating_add(kem_one_time).saturating_add(2);
    check(size <= MAX_BATCH_KEYS as u64, ErrorClass::Limit)?;
    now.checked_add(lifetime).ok_or(ErrorClass::Limit)
}

/// A new batch of prekeys, to be published.
pub fn create_batch(
    state: &DeviceState,
    now: u64,
    lifetime: u64,
    random: &BatchRandomness,
) -> Result<(DeviceState, PublishedBatch), ErrorClass> {
    let one_time = random.one_time_prekeys.len() as u64;
    let kem_one_time = random.kem_prekeys.len() as u64;
    let expiry = check_batch_request(now, lifetime, one_time, kem_one_time)?;
    let suites = state.account.credential.tbs.suites.clone();
    let suite = choose_suite(&suites, &suites)?;
    let generation = next_batch_generation(state)?;
    let private_keys = batch_keys(random);
    let mut prekeys = state.prekeys.clone();
    let mut public_keys = Seq::<Prekey>::new(0);
    for i in 0..private_keys.len() {
        let prekey = private_keys[i].clone();
        public_keys = public_keys.push(&public_prekey(&prekey));
        prekeys = prekeys.push(&PrekeyState { generation, prekey });
    }
    let credential = state.account.credential.clone();
    let reference = credential_ref(&credential);
    let key = identity_sign(state)?;
    let published = publish_batch(&public_keys, suite, &reference, generation, now, expiry, &key);
    let batches = state.batches.push(&BatchState { batch: published.batch.clone(), credential });
    let account = AccountState { last_batch_generation: generation, ..state.account.clone() };
    Ok((DeviceState { account, batches, prekeys, ..state.clone() }, published))
}
// ANCHOR_END: create_batch

/// A key of a published batch, or `misuse`.
fn published_key(published: &PublishedBatch, id: u32) -> Result<ProvenPrekey, ErrorClass> {
    check((id as usize) < published.prekeys.len(), ErrorClass::Misuse)?;
    Ok(published.prekeys[id].clone())
}

/// The bundle with these keys of a batch, as a relay serves it.
pub fn bundle(
    published: &PublishedBatch,
    device_list: &DeviceList,
    credential: &Credential,
    one_time_id: Option<u32>,
    kem_id: u32,
) -> Result<PrekeyBundle, ErrorClass> {
    let one_time_prekey = match one_time_id {
        Some(id) => Some(published_key(published, id)?),
        None => None,
    };
    Ok(PrekeyBundle {
        device_lists: DeviceLists::new(0).push(device_list),
        credential: credential.clone(),
        batch: published.batch.clone(),
        signed_prekey: published_key(published, 0)?,
        one_time_prekey,
        kem_prekey: published_key(published, kem_id)?,
    })
}
