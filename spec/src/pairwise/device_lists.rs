//! Accepting a device list (Identities, *Verifying a device list*), and making one.

use super::error::{ErrorClass, check};
use super::identities::{
    Attestation, Attestations, DeviceEntry, DeviceList, DeviceListTbs, DeviceLists, SIGNER_ACCOUNT,
    SIGNER_DEVICE, SIGNER_ISSUER, encode_device_list_tbs, find_device,
};
use super::kdf::{sign_with_label, verify_with_label};
use super::labels::{DEVICE_LIST_BY_ACCOUNT, DEVICE_LIST_BY_DEVICE, DEVICE_LIST_BY_ISSUER};
use super::limits::{Issuers, Policy, age, in_future};
use super::suite::{ED25519, is_known_type, is_signing_type};
use super::typed_keys::{
    TypedKeys, account_id, encode_typed_keys, find_key, issuer_id, signing_keys,
};
use crate::octets::{Octets, empty, u64_be};
use hacspec_lib::*;

// ANCHOR: attested
/// Whether a signer has signed with each of his keys of known signing types (`[ID-19]`). Refused is
/// a type that none of his keys has (`malformed`, `[ID-18]`), and a signature that does not verify.
/// See also [ID-05].
pub fn attested(
    keys: &TypedKeys,
    attestations: &Attestations,
    signer: u8,
    signer_id: &Octets,
    label: &str,
    content: &Octets,
) -> Result<bool, ErrorClass> {
    let mut signed = 0usize;
    for i in 0..attestations.len() {
        let key_type = attestations[i].key_type;
        let by_signer = attestations[i].signer == signer && attestations[i].signer_id == *signer_id;
        if by_signer && is_known_type(key_type) {
            let key = find_key(&signing_keys(keys), key_type).ok_or(ErrorClass::Malformed)?;
            let valid = verify_with_label(&key, label, content, &attestations[i].signature);
            check(valid, ErrorClass::BadSignature)?;
            signed += 1;
        }
    }
    Ok(signed > 0 && signed == known_signing_keys(keys))
}

/// How many of the keys are of known signing types.
fn known_signing_keys(keys: &TypedKeys) -> usize {
    let mut known = 0;
    for i in 0..keys.len() {
        if is_known_type(keys[i].key_type) && is_signing_type(keys[i].key_type) {
            known += 1;
        }
    }
    known
}
// ANCHOR_END: attested

// ANCHOR: authorised
/// Whether a device of the pinned list, if there is one, has signed the new one (`[ID-08]`).
fn authorised_by_device(
    pinned: &Option<DeviceList>,
    list: &DeviceList,
    tbs: &Octets,
) -> Result<bool, ErrorClass> {
    let devices = match pinned {
        Some(pinned) => pinned.tbs.devices.clone(),
        None => Seq::<DeviceEntry>::new(0),
    };
    let mut authorised = false;
    for i in 0..devices.len() {
        let device = devices[i].clone();
        let id = u64_be(device.serial);
        let keys = device.signature_keys;
        let all = list.attestations.clone();
        let signed = attested(&keys, &all, SIGNER_DEVICE, &id, DEVICE_LIST_BY_DEVICE, tbs)?;
        authorised = authorised || signed;
    }
    Ok(authorised)
}

/// Whether an issuer that the policy trusts has signed the list (`[ID-08]`).
fn authorised_by_issuer(
    issuers: &Issuers,
    list: &DeviceList,
    tbs: &Octets,
) -> Result<bool, ErrorClass> {
    let mut authorised = false;
    for i in 0..issuers.len() {
        let id = issuer_id(&issuers[i]);
        let all = list.attestations.clone();
        let signed = attested(&issuers[i], &all, SIGNER_ISSUER, &id, DEVICE_LIST_BY_ISSUER, tbs)?;
        authorised = authorised || signed;
    }
    Ok(authorised)
}
// ANCHOR_END: authorised

/// Whether an entry goes back behind the pinned one of its serial (`[ID-07]`).
fn device_rolled_back(old: &DeviceEntry, new: &DeviceEntry) -> bool {
    let same = old.credential_ref == new.credential_ref
        && encode_typed_keys(&old.signature_keys) == encode_typed_keys(&new.signature_keys);
    new.generation < old.generation || (new.generation == old.generation && !same)
}

/// The largest serial of a list; they ascend.
fn largest_serial(list: &DeviceList) -> u64 {
    list.tbs.devices[list.tbs.devices.len() - 1].serial
}

/// The checks against the list accepted last, which is another one (`[ID-06]` to `[ID-08]`). `largest`: the
/// largest serial of the lists before it, in its series and pinned before that.
fn check_against_pinned(
    pinned: &DeviceList,
    list: &DeviceList,
    largest: u64,
    authorised: bool,
) -> Result<(), ErrorClass> {
    check(list.tbs.number > pinned.tbs.number, ErrorClass::Rollback)?;
    let largest = largest.max(largest_serial(pinned));
    let mut announced = false;
    for i in 0..list.tbs.devices.len() {
        match find_device(pinned, list.tbs.devices[i].serial) {
            Some(old) => {
                check(!device_rolled_back(&old, &list.tbs.devices[i]), ErrorClass::Rollback)?;
                announced = announced || list.tbs.devices[i].generation > old.generation;
            }
            None => {
                announced = true;
                check(list.tbs.devices[i].serial > largest, ErrorClass::UnauthorisedDevice)?;
            }
        }
    }
    check(!announced || authorised, ErrorClass::UnauthorisedDevice)
}

/// Refuses an account whose first key is of no known signing type (`[ID-22]`).
pub fn check_first_key(account_keys: &TypedKeys) -> Result<(), ErrorClass> {
    check(account_keys.len() > 0, ErrorClass::Malformed)?;
    let first = account_keys[0usize].key_type;
    check(is_known_type(first) && is_signing_type(first), ErrorClass::UnsupportedSuite)
}

// ANCHOR: apply_device_list
/// Whether a list is the pinned one, whatever its attestations (`[ID-06]`).
fn is_pinned(pinned: &Option<DeviceList>, list: &DeviceList) -> bool {
    match pinned {
        Some(old) => encode_device_list_tbs(&old.tbs) == encode_device_list_tbs(&list.tbs),
        None => false,
    }
}

/// The checks of a list that is not the pinned one (`[ID-05]` to `[ID-08]`).
fn check_other(
    pinned: &Option<DeviceList>,
    list: &DeviceList,
    largest: u64,
    policy: &Policy,
) -> Result<(), ErrorClass> {
    let tbs = encode_device_list_tbs(&list.tbs);
    let keys = list.tbs.account_keys.clone();
    // [ID-05]
    let all = list.attestations.clone();
    let signed = attested(&keys, &all, SIGNER_ACCOUNT, &empty(), DEVICE_LIST_BY_ACCOUNT, &tbs)?;
    check(signed, ErrorClass::BadSignature)?;
    // [ID-18], [ID-19]
    let by_device = authorised_by_device(pinned, list, &tbs)?;
    let by_issuer = authorised_by_issuer(&policy.issuers, list, &tbs)?;
    // [ID-06] to [ID-08]
    match pinned {
        Some(old) => check_against_pinned(old, list, largest, by_device || by_issuer),
        None => Ok(()),
    }
}

/// Refuses a list that is not of the account that the caller expects or has pinned, which is never taken
/// from the list (`[ID-22]`, `[ID-04]`).
fn check_account(account: &Octets, list: &DeviceList) -> Result<(), ErrorClass> {
    check_first_key(&list.tbs.account_keys)?;
    check(account_id(&list.tbs.account_keys) == *account, ErrorClass::IdentityMismatch)
}

/// Accepts a list, or refuses it. `largest`: the largest serial of the lists before it in its series
/// (`[ID-08]`). `last`: the age counts (`[ID-09]`). Of the pinned list itself nothing but its account and
/// its time is checked (`[ID-06]`).
pub fn apply_device_list(
    pinned: &Option<DeviceList>,
    account: &Octets,
    list: &DeviceList,
    largest: u64,
    last: bool,
    now: u64,
    policy: &Policy,
) -> Result<(), ErrorClass> {
    // [ID-22], [ID-04]
    check_account(account, list)?;
    // [ID-05] to [ID-08], [ID-18], [ID-19]
    if !is_pinned(pinned, list) {
        check_other(pinned, list, largest, policy)?;
    }
    // [ID-09]
    check(!in_future(list.tbs.issued_at, now, &policy.limits), ErrorClass::NotYetValid)?;
    let stale = last && age(list.tbs.issued_at, now) > policy.limits.max_list_age;
    check(!stale, ErrorClass::StaleList)
}
// ANCHOR_END: apply_device_list

// ANCHOR: apply_device_lists
/// The list that is pinned when one was accepted: where it is the pinned one, those bytes stay (`[ID-06]`).
fn standing(pinned: &Option<DeviceList>, list: &DeviceList) -> DeviceList {
    match pinned {
        Some(old) if is_pinned(pinned, list) => old.clone(),
        _ => list.clone(),
    }
}

/// Accepts the lists of a message one after another, each against the one before, and gives the one
/// that is pinned then. Lists older than the pinned one are skipped as long as a later one follows. A serial
/// that is new is greater than all before it, of the pinned list and of those of the series (`[ID-08]`).
/// See also [ID-16].
pub fn apply_device_lists(
    pinned: &Option<DeviceList>,
    account: &Octets,
    lists: &DeviceLists,
    now: u64,
    policy: &Policy,
) -> Result<DeviceList, ErrorClass> {
    check(lists.len() > 0, ErrorClass::Malformed)?;
    let mut current = pinned.clone();
    let mut largest = match pinned {
        Some(old) => largest_serial(old),
        None => 0u64,
    };
    for i in 0..lists.len() {
        let last = i + 1 == lists.len();
        let skipped = match pinned {
            Some(old) => !last && lists[i].tbs.number < old.tbs.number,
            None => false,
        };
        if !skipped {
            apply_device_list(&current, account, &lists[i], largest, last, now, policy)?;
            current = Some(standing(&current, &lists[i]));
            largest = largest.max(largest_serial(&lists[i]));
        }
    }
    current.ok_or(ErrorClass::Malformed)
}
// ANCHOR_END: apply_device_lists

// ANCHOR: apply_first_lists
/// Whether the last of some lists is older than the pinned one (`[ID-24]`).
pub fn older_than_pinned(pinned: &Option<DeviceList>, lists: &DeviceLists) -> bool {
    match pinned {
        Some(old) => lists.len() > 0 && lists[lists.len() - 1].tbs.number < old.tbs.number,
        None => false,
    }
}

/// Accepts the lists of a first message. When the last is older than the pinned one, of all of them only
/// the account is checked, and the pinned one stands for them, with its age (`[ID-24]`).
pub fn apply_first_lists(
    pinned: &Option<DeviceList>,
    account: &Octets,
    lists: &DeviceLists,
    now: u64,
    policy: &Policy,
) -> Result<DeviceList, ErrorClass> {
    match pinned {
        Some(old) if older_than_pinned(pinned, lists) => {
            for i in 0..lists.len() {
                check_account(account, &lists[i])?;
            }
            let stale = age(old.tbs.issued_at, now) > policy.limits.max_list_age;
            check(!stale, ErrorClass::StaleList)?;
            Ok(old.clone())
        }
        _ => apply_device_lists(pinned, account, lists, now, policy),
    }
}
// ANCHOR_END: apply_first_lists

// ANCHOR: device_changes
/// Serials, in ascending order.
pub type Serials = Seq<u64>;

/// The devices that the list pinned after a step has and the one before it had not, and the other way
/// round (`[ID-23]`).
#[derive(Clone, Debug, Default)]
pub struct DeviceChanges {
    /// Serials that are new.
    pub added: Serials,
    /// Serials that are gone.
    pub removed: Serials,
}

/// The serials of a list that another one lacks.
fn serials_lacking(list: &DeviceList, other: &DeviceList) -> Serials {
    let mut serials = Serials::new(0);
    for i in 0..list.tbs.devices.len() {
        let serial = list.tbs.devices[i].serial;
        if find_device(other, serial).is_none() {
            serials = serials.push(&serial);
        }
    }
    serials
}

/// What has changed, of which the caller is told (`[ID-23]`); nothing where no list was pinned before.
pub fn device_changes(before: &Option<DeviceList>, after: &Option<DeviceList>) -> DeviceChanges {
    match (before, after) {
        (Some(before), Some(after)) => DeviceChanges {
            added: serials_lacking(after, before),
            removed: serials_lacking(before, after),
        },
        _ => DeviceChanges::default(),
    }
}

/// The serials of two ascending sequences, each once, ascending.
fn together(a: &Serials, b: &Serials) -> Serials {
    let mut out = Serials::new(0);
    for i in 0..a.len() {
        for j in 0..b.len() {
            if b[j] < a[i] && (i == 0 || b[j] > a[i - 1]) {
                out = out.push(&b[j]);
            }
        }
        out = out.push(&a[i]);
    }
    for j in 0..b.len() {
        if a.len() == 0 || b[j] > a[a.len() - 1] {
            out = out.push(&b[j]);
        }
    }
    out
}

/// What two series have changed that one message brings: each is told (`[ID-23]`).
pub fn both_changes(first: &DeviceChanges, second: &DeviceChanges) -> DeviceChanges {
    DeviceChanges {
        added: together(&first.added, &second.added),
        removed: together(&first.removed, &second.removed),
    }
}
// ANCHOR_END: device_changes

/// Who signs beside the account: a device, an issuer; each by id and private key, or nobody.
#[derive(Clone, Debug, Default)]
pub struct Cosigners {
    /// The device that announces the list, by its serial (`[ID-15]`).
    pub device: Option<(Octets, Octets)>,
    /// The issuer, by its id.
    pub issuer: Option<(Octets, Octets)>,
}

/// An attestation with an Ed25519 key.
pub fn attest(
    signer: u8,
    signer_id: &Octets,
    private_key: &Octets,
    label: &str,
    content: &Octets,
) -> Attestation {
    let signature = sign_with_label(private_key, label, content);
    Attestation { signer, signer_id: signer_id.clone(), key_type: ED25519, signature }
}

/// A list signed by its account and by those who sign beside it.
pub fn sign_device_list(
    tbs: DeviceListTbs,
    account_private: &Octets,
    cosigners: &Cosigners,
) -> DeviceList {
    let content = encode_device_list_tbs(&tbs);
    let label = DEVICE_LIST_BY_ACCOUNT;
    let own = attest(SIGNER_ACCOUNT, &empty(), account_private, label, &content);
    let mut attestations = Attestations::new(0).push(&own);
    match &cosigners.device {
        Some((id, key)) => {
            let by_device = attest(SIGNER_DEVICE, id, key, DEVICE_LIST_BY_DEVICE, &content);
            attestations = attestations.push(&by_device);
        }
        None => {}
    }
    match &cosigners.issuer {
        Some((id, key)) => {
            let by_issuer = attest(SIGNER_ISSUER, id, key, DEVICE_LIST_BY_ISSUER, &content);
            attestations = attestations.push(&by_issuer);
        }
        None => {}
    }
    DeviceList { tbs, attestations }
}
