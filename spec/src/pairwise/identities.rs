//! Account keys, credentials and device lists: their encodings and references (Identities).

use super::codec::{
    Extensions, Reader, at_end, finish, precedes, read_extensions, read_opaque, read_opaque_of,
    read_u8, read_u16, read_u32, read_u64, read_vector, reader, write_extensions, write_opaque,
};
use super::error::{ErrorClass, check};
use super::kdf::ref_hash;
use super::labels::{CREDENTIAL, DEVICE_LIST};
use super::limits::{MAX_DEVICE_LISTS, MAX_DEVICES, MAX_KEY, MAX_KEYS, MAX_SIGNATURE};
use super::suite::{NH, Suites};
use super::typed_keys::{TypedKeys, encode_typed_keys, read_typed_keys};
use crate::octets::{Octets, byte, empty, u16_be, u32_be, u64_be};
use hacspec_lib::*;

/// Signer of an attestation: the account.
pub const SIGNER_ACCOUNT: u8 = 1;
/// Signer of an attestation: a device of the account.
pub const SIGNER_DEVICE: u8 = 2;
/// Signer of an attestation: an issuer.
pub const SIGNER_ISSUER: u8 = 3;

/// A signature under a TBS part.
#[derive(Clone, Debug, Default)]
pub struct Attestation {
    /// Who signed: account, device, issuer.
    pub signer: u8,
    /// Which one: empty, a serial of 8 bytes, an issuer id.
    pub signer_id: Octets,
    /// Type of the key that signed.
    pub key_type: u16,
    /// The signature.
    pub signature: Octets,
}

/// Attestations in strictly ascending order of signer, id and type.
pub type Attestations = Seq<Attestation>;

/// `CredentialTBS`.
#[derive(Clone, Debug, Default)]
pub struct CredentialTbs {
    /// The device's account.
    pub account_id: Octets,
    /// Number of the device in its account.
    pub serial: u64,
    /// Number of the renewal, from 1.
    pub generation: u32,
    /// Valid from, seconds.
    pub not_before: u64,
    /// Valid until, seconds.
    pub not_after: u64,
    /// The device's keys.
    pub identity_keys: TypedKeys,
    /// Its suites, in order of preference.
    pub suites: Suites,
    /// Extensions.
    pub extensions: Extensions,
}

/// `Credential`.
#[derive(Clone, Debug, Default)]
pub struct Credential {
    /// What is signed.
    pub tbs: CredentialTbs,
    /// The signatures.
    pub attestations: Attestations,
}

/// `DeviceEntry`.
#[derive(Clone, Debug, Default)]
pub struct DeviceEntry {
    /// Number of the device.
    pub serial: u64,
    /// Generation of its credential.
    pub generation: u32,
    /// Reference to its credential.
    pub credential_ref: Octets,
    /// Its signing keys.
    pub signature_keys: TypedKeys,
}

/// `DeviceListTBS`.
#[derive(Clone, Debug, Default)]
pub struct DeviceListTbs {
    /// The account's keys.
    pub account_keys: TypedKeys,
    /// Number of the list, from 1.
    pub number: u64,
    /// Time of issue, seconds.
    pub issued_at: u64,
    /// The devices, in strictly ascending order of serial.
    pub devices: Seq<DeviceEntry>,
    /// Extensions.
    pub extensions: Extensions,
}

/// `DeviceList`.
#[derive(Clone, Debug, Default)]
pub struct DeviceList {
    /// What is signed.
    pub tbs: DeviceListTbs,
    /// The signatures.
    pub attestations: Attestations,
}

/// Device lists carried together, oldest first.
pub type DeviceLists = Seq<DeviceList>;

/// The reference to a credential.
pub fn credential_ref(credential: &Credential) -> Octets {
    ref_hash(CREDENTIAL, &encode_credential(credential))
}

/// The reference to a device list.
pub fn list_ref(list: &DeviceList) -> Octets {
    ref_hash(DEVICE_LIST, &encode_device_list(list))
}

/// The entry of a serial, if the list has it.
pub fn find_device(list: &DeviceList, serial: u64) -> Option<DeviceEntry> {
    let mut found = None;
    for i in 0..list.tbs.devices.len() {
        if list.tbs.devices[i].serial == serial {
            found = Some(list.tbs.devices[i].clone());
        }
    }
    found
}

/// Refuses a structure of a version other than 0 (`[ID-01]`).
pub fn read_version(r: Reader) -> Result<Reader, ErrorClass> {
    let (version, r) = read_u8(r)?;
    check(version == 0, ErrorClass::UnsupportedVersion)?;
    Ok(r)
}

/// `encode(Attestation)`.
pub fn encode_attestation(attestation: &Attestation) -> Octets {
    byte(attestation.signer)
        .concat(&write_opaque(&attestation.signer_id))
        .concat(&u16_be(attestation.key_type))
        .concat(&write_opaque(&attestation.signature))
}

/// `Attestation x<V>`.
pub fn encode_attestations(attestations: &Attestations) -> Octets {
    let mut body = empty();
    for i in 0..attestations.len() {
        body = body.concat(&encode_attestation(&attestations[i]));
    }
    write_opaque(&body)
}

/// What the attestations of one object are ordered by: signer, id, type.
fn attestation_order(a: &Attestation, b: &Attestation) -> bool {
    if a.signer != b.signer {
        a.signer < b.signer
    } else if a.signer_id != b.signer_id {
        precedes(&a.signer_id, &b.signer_id)
    } else {
        a.key_type < b.key_type
    }
}

/// Whether the id is one of its signer: empty for the account, a serial for a device (`[ID-18]`).
fn signer_id_fits(attestation: &Attestation) -> bool {
    match attestation.signer {
        SIGNER_ACCOUNT => attestation.signer_id.len() == 0,
        SIGNER_DEVICE => attestation.signer_id.len() == 8,
        _ => true,
    }
}

/// Whether none of the attestations is a device's (`[ID-18]`).
fn none_by_device(attestations: &Attestations) -> bool {
    let mut none = true;
    for i in 0..attestations.len() {
        none = none && attestations[i].signer != SIGNER_DEVICE;
    }
    none
}

/// Reads an `Attestation`.
pub fn read_attestation(r: Reader) -> Result<(Attestation, Reader), ErrorClass> {
    let (signer, r) = read_u8(r)?;
    let (signer_id, r) = read_opaque(r, MAX_KEY)?;
    let (key_type, r) = read_u16(r)?;
    let (signature, r) = read_opaque(r, MAX_SIGNATURE)?;
    let attestation = Attestation { signer, signer_id, key_type, signature };
    check(signer_id_fits(&attestation), ErrorClass::Malformed)?;
    Ok((attestation, r))
}

/// Reads `Attestation x<V>`: not empty, strictly ascending (`[ID-01]`).
fn read_attestations(r: Reader) -> Result<(Attestations, Reader), ErrorClass> {
    let (mut inner, r) = read_vector(r)?;
    let mut attestations = Attestations::new(0);
    for i in 0..MAX_KEYS {
        if !at_end(&inner) {
            let (attestation, rest) = read_attestation(inner)?;
            let ordered = i == 0 || attestation_order(&attestations[i - 1], &attestation);
            check(ordered, ErrorClass::Malformed)?;
            attestations = attestations.push(&attestation);
            inner = rest;
        }
    }
    finish(&inner)?;
    check(attestations.len() > 0, ErrorClass::Malformed)?;
    Ok((attestations, r))
}

/// `uint16 suites<V>`.
fn encode_suites(suites: &Suites) -> Octets {
    let mut body = empty();
    for i in 0..suites.len() {
        body = body.concat(&u16_be(suites[i]));
    }
    write_opaque(&body)
}

/// Reads `uint16 suites<V>`: not empty, no value twice (`[ID-01]`).
fn read_suites(r: Reader) -> Result<(Suites, Reader), ErrorClass> {
    let (mut inner, r) = read_vector(r)?;
    let mut suites = Suites::new(0);
    for _i in 0..MAX_KEYS {
        if !at_end(&inner) {
            let (suite, rest) = read_u16(inner)?;
            let mut repeated = false;
            for j in 0..suites.len() {
                repeated = repeated || suites[j] == suite;
            }
            check(!repeated, ErrorClass::Malformed)?;
            suites = suites.push(&suite);
            inner = rest;
        }
    }
    finish(&inner)?;
    check(suites.len() > 0, ErrorClass::Malformed)?;
    Ok((suites, r))
}

/// `encode(CredentialTBS)`.
pub fn encode_credential_tbs(tbs: &CredentialTbs) -> Octets {
    byte(0)
        .concat(&write_opaque(&tbs.account_id))
        .concat(&u64_be(tbs.serial))
        .concat(&u32_be(tbs.generation))
        .concat(&u64_be(tbs.not_before))
        .concat(&u64_be(tbs.not_after))
        .concat(&encode_typed_keys(&tbs.identity_keys))
        .concat(&encode_suites(&tbs.suites))
        .concat(&write_extensions(&tbs.extensions))
}

/// `encode(Credential)`.
pub fn encode_credential(credential: &Credential) -> Octets {
    encode_credential_tbs(&credential.tbs).concat(&encode_attestations(&credential.attestations))
}

/// Reads a `CredentialTBS`.
pub fn read_credential_tbs(r: Reader) -> Result<(CredentialTbs, Reader), ErrorClass> {
    let r = read_version(r)?;
    let (account_id, r) = read_opaque(r, MAX_KEY)?;
    let (serial, r) = read_u64(r)?;
    let (generation, r) = read_u32(r)?;
    let (not_before, r) = read_u64(r)?;
    let (not_after, r) = read_u64(r)?;
    let (identity_keys, r) = read_typed_keys(r, true)?;
    let (suites, r) = read_suites(r)?;
    let (extensions, r) = read_extensions(r)?;
    let tbs = CredentialTbs {
        account_id,
        serial,
        generation,
        not_before,
        not_after,
        identity_keys,
        suites,
        extensions,
    };
    check(serial > 0 && generation > 0, ErrorClass::Malformed)?;
    Ok((tbs, r))
}

/// Reads a `Credential`.
pub fn read_credential(r: Reader) -> Result<(Credential, Reader), ErrorClass> {
    let (tbs, r) = read_credential_tbs(r)?;
    let (attestations, r) = read_attestations(r)?;
    check(none_by_device(&attestations), ErrorClass::Malformed)?;
    Ok((Credential { tbs, attestations }, r))
}

/// Decodes a `Credential`.
pub fn decode_credential(bytes: &Octets) -> Result<Credential, ErrorClass> {
    let (credential, r) = read_credential(reader(bytes))?;
    finish(&r)?;
    Ok(credential)
}

/// `encode(DeviceEntry)`.
pub fn encode_device_entry(entry: &DeviceEntry) -> Octets {
    u64_be(entry.serial)
        .concat(&u32_be(entry.generation))
        .concat(&write_opaque(&entry.credential_ref))
        .concat(&encode_typed_keys(&entry.signature_keys))
}

/// `encode(DeviceListTBS)`.
pub fn encode_device_list_tbs(tbs: &DeviceListTbs) -> Octets {
    let mut devices = empty();
    for i in 0..tbs.devices.len() {
        devices = devices.concat(&encode_device_entry(&tbs.devices[i]));
    }
    byte(0)
        .concat(&encode_typed_keys(&tbs.account_keys))
        .concat(&u64_be(tbs.number))
        .concat(&u64_be(tbs.issued_at))
        .concat(&write_opaque(&devices))
        .concat(&write_extensions(&tbs.extensions))
}

/// `encode(DeviceList)`.
pub fn encode_device_list(list: &DeviceList) -> Octets {
    encode_device_list_tbs(&list.tbs).concat(&encode_attestations(&list.attestations))
}

/// Reads a `DeviceEntry`: neither number is 0, the reference has a digest's length (`[ID-01]`).
pub fn read_device_entry(r: Reader) -> Result<(DeviceEntry, Reader), ErrorClass> {
    let (serial, r) = read_u64(r)?;
    let (generation, r) = read_u32(r)?;
    let (credential_ref, r) = read_opaque_of(r, NH)?;
    let (signature_keys, r) = read_typed_keys(r, true)?;
    check(serial > 0 && generation > 0, ErrorClass::Malformed)?;
    Ok((DeviceEntry { serial, generation, credential_ref, signature_keys }, r))
}

/// Reads `DeviceEntry devices<V>`: not empty, strictly ascending serials (`[ID-01]`).
fn read_device_entries(r: Reader) -> Result<(Seq<DeviceEntry>, Reader), ErrorClass> {
    let (mut inner, r) = read_vector(r)?;
    let mut devices = Seq::<DeviceEntry>::new(0);
    let mut last = 0u64;
    for _i in 0..MAX_DEVICES {
        if !at_end(&inner) {
            let (entry, rest) = read_device_entry(inner)?;
            check(entry.serial > last, ErrorClass::Malformed)?;
            last = entry.serial;
            devices = devices.push(&entry);
            inner = rest;
        }
    }
    finish(&inner)?;
    check(devices.len() > 0, ErrorClass::Malformed)?;
    Ok((devices, r))
}

/// Reads a `DeviceListTBS`.
pub fn read_device_list_tbs(r: Reader) -> Result<(DeviceListTbs, Reader), ErrorClass> {
    let r = read_version(r)?;
    let (account_keys, r) = read_typed_keys(r, true)?;
    let (number, r) = read_u64(r)?;
    let (issued_at, r) = read_u64(r)?;
    let (devices, r) = read_device_entries(r)?;
    let (extensions, r) = read_extensions(r)?;
    check(number > 0, ErrorClass::Malformed)?;
    Ok((DeviceListTbs { account_keys, number, issued_at, devices, extensions }, r))
}

/// Reads a `DeviceList`.
pub fn read_device_list(r: Reader) -> Result<(DeviceList, Reader), ErrorClass> {
    let (tbs, r) = read_device_list_tbs(r)?;
    let (attestations, r) = read_attestations(r)?;
    Ok((DeviceList { tbs, attestations }, r))
}

/// Decodes a `DeviceList`.
pub fn decode_device_list(bytes: &Octets) -> Result<DeviceList, ErrorClass> {
    let (list, r) = read_device_list(reader(bytes))?;
    finish(&r)?;
    Ok(list)
}

/// `DeviceList device_lists<V>`.
pub fn encode_device_lists(lists: &DeviceLists) -> Octets {
    let mut body = empty();
    for i in 0..lists.len() {
        body = body.concat(&encode_device_list(&lists[i]));
    }
    write_opaque(&body)
}

/// Whether a list may stand behind another (`[ID-20]`).
fn follows(before: &DeviceList, list: &DeviceList) -> bool {
    let keys_before = encode_typed_keys(&before.tbs.account_keys);
    keys_before == encode_typed_keys(&list.tbs.account_keys) && list.tbs.number > before.tbs.number
}

/// Reads `DeviceList device_lists<V>`: at least one, all of one account, with ascending numbers (`[ID-20]`).
pub fn read_device_lists(r: Reader) -> Result<(DeviceLists, Reader), ErrorClass> {
    let (mut inner, r) = read_vector(r)?;
    let mut lists = DeviceLists::new(0);
    for _i in 0..MAX_DEVICE_LISTS {
        if !at_end(&inner) {
            let (list, rest) = read_device_list(inner)?;
            check(
                lists.len() == 0 || follows(&lists[lists.len() - 1], &list),
                ErrorClass::Malformed,
            )?;
            lists = lists.push(&list);
            inner = rest;
        }
    }
    finish(&inner)?;
    check(lists.len() > 0, ErrorClass::Malformed)?;
    Ok((lists, r))
}
