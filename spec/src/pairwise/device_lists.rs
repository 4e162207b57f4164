//! Accepting a device list (Identities, *Verifying a device list*), and making one.

use super::error::{ErrorClass, check};
use super::identities::{
    Attestation, Attestations, DeviceEntry, DeviceList, DeviceListTbs, DeviceLists, SIGNER_ACCOUNT,
    SIGNER_DEVICE, SIGNER_ISSUER, TypedKeys, account_id, encode_device_list, encode_device_list_tbs,
    encode_typed_keys, find_device, find_key, issuer_id,
};
use super::kdf::{sign_with_label, verify_with_label};
use super::labels::{DEVICE_LIST_BY_ACCOUNT, DEVICE_LIST_BY_DEVICE, DEVICE_LIST_BY_ISSUER};
use super::limits::{Issuers, Policy, age, in_future};
use super::suite::{ED25519, is_known_type, is_signing_type};
use crate::octets::{Octets, empty, u64_be};

// ANCHOR: signed_by_all
/// Whether every key of a known signing type has signed, and there is one.
pub fn signed_by_all(
    keys: &TypedKeys,
    attestations: &Attestations,
    signer: u8,
    label: &str,
    content: &Octets,
) -> bool {
    let mut known = 0usize;
    let mut signed = 0usize;
    for i in 0..keys.len() {
        if is_known_type(keys[i].key_type) && is_signing_type(keys[i].key_type) {
            known += 1;
            for j in 0..attestations.len() {
                let by_this_key = attestations[j].signer == signer
                    && attestations[j].signer_id.len() == 0
                    && attestations[j].key_type == keys[i].key_type;
                if by_this_key
                    && verify_with_label(&keys[i].key, label, content, &attestations[j].signature)
                {
                    signed += 1;
                }
            }
        }
    }
    known > 0 && known == signed
}
// ANCHOR_END: signed_by_all

// ANCHOR: attested_by
/// How many attestations of one signer there are by known keys of his, and how many of them are
/// valid.
pub fn attested_by(
    keys: &TypedKeys,
    attestations: &Attestations,
    signer: u8,
    signer_id: &Octets,
    label: &str,
    content: &Octets,
) -> (usize, usize) {
    let mut named = 0usize;
    let mut valid = 0usize;
    for i in 0..attestations.len() {
        if attestations[i].signer == signer && attestations[i].signer_id == *signer_id {
            let key_type = attestations[i].key_type;
            match find_key(keys, key_type) {
                Some(key) if is_known_type(key_type) && is_signing_type(key_type) => {
                    named += 1;
                    if verify_with_label(&key, label, content, &attestations[i].signature) {
                        valid += 1;
                    }
                }
                _ => {}
            }
        }
    }
    (named, valid)
}
// ANCHOR_END: attested_by

// ANCHOR: authorised_by_device
/// Whether a device of the pinned list has signed the new one, with all its known keys that the
/// attestations name (`[ID-08]`).
fn authorised_by_device(pinned: &DeviceList, list: &DeviceList, tbs: &Octets) -> bool {
    let mut authorised = false;
    for i in 0..pinned.tbs.devices.len() {
        let device = pinned.tbs.devices[i].clone();
        let (named, valid) = attested_by(
            &device.signature_keys,
            &list.attestations,
            SIGNER_DEVICE,
            &u64_be(device.serial),
            DEVICE_LIST_BY_DEVICE,
            tbs,
        );
        authorised = authorised || (named > 0 && named == valid);
    }
    authorised
}

/// Whether an issuer that the policy trusts has signed the list (`[ID-08]`).
fn authorised_by_issuer(issuers: &Issuers, list: &DeviceList, tbs: &Octets) -> bool {
    let mut authorised = false;
    for i in 0..issuers.len() {
        let (named, valid) = attested_by(
            &issuers[i],
            &list.attestations,
            SIGNER_ISSUER,
            &issuer_id(&issuers[i]),
            DEVICE_LIST_BY_ISSUER,
            tbs,
        );
        authorised = authorised || (named > 0 && named == valid);
    }
    authorised
}
// ANCHOR_END: authorised_by_device

/// Whether an entry goes back behind the pinned one of its serial (`[ID-07]`).
fn device_rolled_back(old: &DeviceEntry, new: &DeviceEntry) -> bool {
    let same = old.credential_ref == new.credential_ref
        && encode_typed_keys(&old.signature_keys) == encode_typed_keys(&new.signature_keys);
    new.generation < old.generation || (new.generation == old.generation && !same)
}

/// The checks against the list accepted last (`[ID-06]` to `[ID-08]`).
fn check_against_pinned(
    pinned: &DeviceList,
    list: &DeviceList,
    tbs: &Octets,
    policy: &Policy,
) -> Result<(), ErrorClass> {
    let newer = list.tbs.number > pinned.tbs.number;
    let equal = encode_device_list(pinned) == encode_device_list(list);
    check(newer || equal, ErrorClass::Rollback)?;
    let largest = pinned.tbs.devices[pinned.tbs.devices.len() - 1].serial;
    let mut added = false;
    for i in 0..list.tbs.devices.len() {
        match find_device(pinned, list.tbs.devices[i].serial) {
            Some(old) => check(!device_rolled_back(&old, &list.tbs.devices[i]), ErrorClass::Rollback)?,
            None => {
                added = true;
                check(list.tbs.devices[i].serial > largest, ErrorClass::UnauthorisedDevice)?;
            }
        }
    }
    let authorised = !added
        || authorised_by_device(pinned, list, tbs)
        || authorised_by_issuer(&policy.issuers, list, tbs);
    check(authorised, ErrorClass::UnauthorisedDevice)
}

// ANCHOR: apply_device_list
/// Accepts a list, or refuses it. `account` is what the caller expects or has pinned, never taken
/// from the list (`[ID-04]`). `last`: the age counts (`[ID-09]`).
pub fn apply_device_list(
    pinned: &Option<DeviceList>,
    account: &Octets,
    list: &DeviceList,
    last: bool,
    now: u64,
    policy: &Policy,
) -> Result<(), ErrorClass> {
    let tbs = encode_device_list_tbs(&list.tbs);
    let keys = list.tbs.account_keys.clone();
    // [ID-04]
    check(account_id(&keys) == *account, ErrorClass::IdentityMismatch)?;
    // [ID-05]
    let signed =
        signed_by_all(&keys, &list.attestations, SIGNER_ACCOUNT, DEVICE_LIST_BY_ACCOUNT, &tbs);
    check(signed, ErrorClass::BadSignature)?;
    // [ID-06] to [ID-08]
    match pinned {
        Some(old) => check_against_pinned(old, list, &tbs, policy)?,
        None => {}
    }
    // [ID-09]
    check(!in_future(list.tbs.issued_at, now, &policy.limits), ErrorClass::NotYetValid)?;
    let stale = last && age(list.tbs.issued_at, now) > policy.limits.max_list_age;
    check(!stale, ErrorClass::StaleList)
}
// ANCHOR_END: apply_device_list

// ANCHOR: apply_device_lists
/// Accepts the lists of a message one after another, each against the one before, and gives the
/// last. Lists older than the pinned one are skipped as long as a later one follows.
pub fn apply_device_lists(
    pinned: &Option<DeviceList>,
    account: &Octets,
    lists: &DeviceLists,
    now: u64,
    policy: &Policy,
) -> Result<DeviceList, ErrorClass> {
    check(lists.len() > 0, ErrorClass::Malformed)?;
    let mut current = pinned.clone();
    for i in 0..lists.len() {
        let last = i + 1 == lists.len();
        let skipped = match pinned {
            Some(old) => !last && lists[i].tbs.number < old.tbs.number,
            None => false,
        };
        if !skipped {
            apply_device_list(&current, account, &lists[i], last, now, policy)?;
            current = Some(lists[i].clone());
        }
    }
    current.ok_or(ErrorClass::Malformed)
}
// ANCHOR_END: apply_device_lists

/// A list signed by its account and, if there is one, by an issuer.
pub fn sign_device_list(
    tbs: DeviceListTbs,
    account_private: &Octets,
    issuer: &Option<(Octets, Octets)>,
) -> DeviceList {
    let content = encode_device_list_tbs(&tbs);
    let mut attestations = Attestations::new(0).push(&Attestation {
        signer: SIGNER_ACCOUNT,
        signer_id: empty(),
        key_type: ED25519,
        signature: sign_with_label(account_private, DEVICE_LIST_BY_ACCOUNT, &content),
    });
    match issuer {
        Some((id, private_key)) => {
            attestations = attestations.push(&Attestation {
                signer: SIGNER_ISSUER,
                signer_id: id.clone(),
                key_type: ED25519,
                signature: sign_with_label(private_key, DEVICE_LIST_BY_ISSUER, &content),
            });
        }
        None => {}
    }
    DeviceList { tbs, attestations }
}
