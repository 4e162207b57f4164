//! Device lists (page *Identities*, *Verifying a device list*).

use super::identity::{
    AccountId, Attestation, Extension, SIGNER_DEVICE, TypedKeys, attested, decode_attestations,
    decode_extensions, verify_by_account, verify_by_issuer,
};
use super::policy::Policy;
use crate::codec::{Decode, Encode, Reader, Writer, check_ascending};
use crate::crypto::{Provider, kdf, labels};
use crate::error::{Error, Malformed, Peer};
use crate::limits::{MAX_DEVICE_LISTS, MAX_DEVICES, MAX_KEY, exceeded};
use alloc::vec::Vec;

/// `DeviceEntry`: one device of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceEntry {
    /// The device's serial.
    pub serial: u64,
    /// Generation of its credential.
    pub generation: u32,
    /// `credential_ref` of its credential.
    pub credential_ref: Vec<u8>,
    /// Its identity keys of signing types.
    pub signature_keys: TypedKeys,
}

impl DeviceEntry {
    pub(crate) fn new(
        serial: u64,
        generation: u32,
        credential_ref: Vec<u8>,
        signature_keys: TypedKeys,
    ) -> Self {
        Self { serial, generation, credential_ref, signature_keys }
    }
}

impl Decode for DeviceEntry {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let entry = Self {
            serial: r.u64()?,
            generation: r.u32()?,
            credential_ref: r.opaque(MAX_KEY)?.to_vec(),
            signature_keys: TypedKeys::decode(r)?,
        };
        if entry.serial == 0 || entry.generation == 0 { Err(Malformed::Value) } else { Ok(entry) }
    }
}

impl Encode for DeviceEntry {
    fn encode(&self, w: &mut Writer) {
        w.u64(self.serial);
        w.u32(self.generation);
        w.opaque(&self.credential_ref);
        w.item(&self.signature_keys);
    }
}

/// `DeviceListTBS`: what an account says about its devices.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceListTbs {
    /// The account's keys.
    pub account_keys: TypedKeys,
    /// From 1, one more at each change.
    pub number: u64,
    /// When it was made, in seconds since 1970.
    pub issued_at: u64,
    /// The devices in ascending order of serial.
    pub devices: Vec<DeviceEntry>,
    /// Extensions; unknown ones are ignored.
    pub extensions: Vec<Extension>,
}

impl Decode for DeviceListTbs {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        if r.u8()? != 0 {
            return Err(Malformed::UnsupportedVersion);
        }
        let tbs = Self {
            account_keys: TypedKeys::decode(r)?,
            number: r.u64()?,
            issued_at: r.u64()?,
            devices: r.list(MAX_DEVICES, DeviceEntry::decode)?,
            extensions: decode_extensions(r)?,
        };
        if tbs.devices.is_empty() {
            return Err(Malformed::Empty);
        }
        check_ascending(&tbs.devices, |entry| entry.serial)?;
        // A list whose first account key is of an unknown type is refused where it is used (ID-22).
        if let Ok(hash) = tbs.account_keys.hash() {
            let length = |entry: &DeviceEntry| entry.credential_ref.len();
            if tbs.devices.iter().any(|entry| length(entry) != hash.digest_len()) {
                return Err(Malformed::Key);
            }
        }
        if tbs.number == 0 { Err(Malformed::Value) } else { Ok(tbs) }
    }
}

impl Encode for DeviceListTbs {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.item(&self.account_keys);
        w.u64(self.number);
        w.u64(self.issued_at);
        w.list(&self.devices, Writer::item);
        w.list(&self.extensions, Writer::item);
    }
}

/// `DeviceList`, as received; not verified, unless it stands in the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceList {
    tbs: DeviceListTbs,
    attestations: Vec<Attestation>,
    raw: Vec<u8>,
    tbs_len: usize,
}

impl DeviceList {
    pub(crate) fn new(tbs: DeviceListTbs, attestations: Vec<Attestation>) -> Self {
        let mut w = Writer::new();
        w.item(&tbs);
        let tbs_len = w.len();
        w.list(&attestations, Writer::item);
        Self { tbs, attestations, raw: w.into_bytes(), tbs_len }
    }

    /// What is signed.
    #[must_use]
    pub fn tbs(&self) -> &DeviceListTbs {
        &self.tbs
    }

    /// The signatures.
    #[must_use]
    pub fn attestations(&self) -> &[Attestation] {
        &self.attestations
    }

    /// The entry of a device.
    #[must_use]
    pub fn entry(&self, serial: u64) -> Option<&DeviceEntry> {
        self.tbs.devices.iter().find(|entry| entry.serial == serial)
    }

    /// `list_ref`, with the account's hash: names this very list, such as where two devices compare what they have
    /// pinned.
    ///
    /// # Errors
    /// `unsupported_suite` when the first account key's type, which gives the hash, is unknown.
    pub fn reference(&self, provider: &Provider) -> Result<Vec<u8>, Error> {
        let hash = self.tbs.account_keys.hash()?;
        Ok(kdf::ref_hash(provider, hash, labels::DEVICE_LIST, &self.raw)?)
    }

    /// Serials ascend, and there is at least one.
    fn greatest_serial(&self) -> u64 {
        self.tbs.devices.last().map_or(0, |entry| entry.serial)
    }

    fn signed(&self) -> &[u8] {
        self.raw.get(..self.tbs_len).unwrap_or_default()
    }
}

impl Decode for DeviceList {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let start = r.position();
        let tbs = DeviceListTbs::decode(r)?;
        let tbs_len = r.position().saturating_sub(start);
        let attestations = decode_attestations(r)?;
        Ok(Self { tbs, attestations, raw: r.since(start).to_vec(), tbs_len })
    }
}

impl Encode for DeviceList {
    fn encode(&self, w: &mut Writer) {
        w.raw(&self.raw);
    }
}

/// `DeviceList device_lists<V>`: lists carried together, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceLists(Vec<DeviceList>);

impl DeviceLists {
    pub(crate) fn one(list: DeviceList) -> Self {
        Self(alloc::vec![list])
    }

    /// The lists, oldest first.
    #[must_use]
    pub fn as_slice(&self) -> &[DeviceList] {
        &self.0
    }

    /// The lists with `known`, as it is, in the place of one that says the same (`ID-06`).
    pub(crate) fn with_known(mut self, known: &DeviceList) -> Self {
        let same = self.0.iter_mut().find(|list| list.signed() == known.signed());
        if let Some(list) = same {
            list.clone_from(known);
        }
        self
    }

    /// The newest list.
    pub(crate) fn last(&self) -> Result<&DeviceList, Malformed> {
        self.0.last().ok_or(Malformed::Empty)
    }
}

impl Decode for DeviceLists {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let lists = r.list(MAX_DEVICE_LISTS, DeviceList::decode)?;
        let first = lists.first().ok_or(Malformed::Empty)?;
        // ID-20
        if lists.iter().any(|list| list.tbs.account_keys != first.tbs.account_keys) {
            return Err(Malformed::Value);
        }
        check_ascending(&lists, |list| list.tbs.number)?;
        Ok(Self(lists))
    }
}

impl Encode for DeviceLists {
    fn encode(&self, w: &mut Writer) {
        w.list(&self.0, Writer::item);
    }
}

/// `ID-22`, `ID-04`
fn check_account(
    provider: &Provider,
    account_id: &AccountId,
    list: &DeviceList,
) -> Result<(), Error> {
    let same = list.tbs.account_keys.account_id(provider)? == *account_id;
    if same { Ok(()) } else { Err(Peer::IdentityMismatch.into()) }
}

/// Where a list stands in the series that carries it (`ID-20`).
struct Place {
    /// Whether it is the last one, to which the largest age applies.
    last: bool,
    /// The greatest serial of the list that was pinned before the series and of those applied before this one (`ID-08`).
    greatest_serial: u64,
}

/// `apply_device_list(pinned, account_id, list, now, policy)`: `ID-04` to `ID-09`. Gives the list that is pinned then.
/// A list that says what the pinned one says is that one, whatever attestations it carries: its bytes stay (`ID-06`).
fn apply_device_list<'a>(
    provider: &Provider,
    pinned: Option<&'a DeviceList>,
    account_id: &AccountId,
    list: &'a DeviceList,
    place: &Place,
    now: u64,
    policy: &Policy,
) -> Result<&'a DeviceList, Error> {
    let tbs = &list.tbs;
    check_account(provider, account_id, list)?;
    // ID-06: the pinned list's signatures were verified when it was accepted.
    let same = pinned.filter(|pinned| pinned.signed() == list.signed());
    if same.is_none() {
        // ID-05, ID-18, ID-19
        let by_account = labels::DEVICE_LIST_BY_ACCOUNT;
        let keys = &tbs.account_keys;
        verify_by_account(provider, keys, &list.attestations, by_account, list.signed())?;
        let by_others = verify_others(provider, pinned, list, policy)?;
        check_succession(pinned, list, place.greatest_serial)?;
        if !by_others && pinned.is_some_and(|pinned| adds(pinned, list)) {
            return Err(Peer::UnauthorisedDevice.into()); // ID-08
        }
    }
    // ID-09
    if tbs.issued_at > now.saturating_add(policy.limits.clock_skew) {
        return Err(Peer::NotYetValid.into());
    }
    if place.last {
        check_age(list, now, policy)?;
    }
    Ok(same.unwrap_or(list))
}

/// `ID-09`: `stale_list`.
pub(crate) fn check_age(list: &DeviceList, now: u64, policy: &Policy) -> Result<(), Error> {
    let stale = exceeded(now, list.tbs.issued_at, policy.limits.max_list_age);
    if stale { Err(Peer::StaleList.into()) } else { Ok(()) }
}

/// `ID-06`, `ID-07` and the serials of `ID-08`: how a list may follow the pinned one.
fn check_succession(
    pinned: Option<&DeviceList>,
    list: &DeviceList,
    greatest_serial: u64,
) -> Result<(), Error> {
    let Some(pinned) = pinned else { return Ok(()) };
    // ID-06, of a list that is another one
    if list.tbs.number <= pinned.tbs.number {
        return Err(Peer::Rollback.into());
    }
    // ID-07
    for entry in &list.tbs.devices {
        let Some(old) = pinned.entry(entry.serial) else { continue };
        let same = entry.credential_ref == old.credential_ref
            && entry.signature_keys == old.signature_keys;
        if entry.generation < old.generation || (entry.generation == old.generation && !same) {
            return Err(Peer::Rollback.into());
        }
    }
    // ID-08
    let mut added = list.tbs.devices.iter().filter(|entry| pinned.entry(entry.serial).is_none());
    if added.any(|entry| entry.serial <= greatest_serial) {
        return Err(Peer::UnauthorisedDevice.into());
    }
    Ok(())
}

/// Whether a list has a new serial, or a greater generation than the pinned one (`ID-08`).
fn adds(pinned: &DeviceList, list: &DeviceList) -> bool {
    let old = |entry: &DeviceEntry| pinned.entry(entry.serial).map(|old| old.generation);
    list.tbs.devices.iter().any(|entry| old(entry).is_none_or(|old| entry.generation > old))
}

/// Verifies each attestation of a device of the pinned list and of a trusted issuer (`ID-18`, `ID-19`), and says
/// whether one of them stands behind the list (`ID-08`).
fn verify_others(
    provider: &Provider,
    pinned: Option<&DeviceList>,
    list: &DeviceList,
    policy: &Policy,
) -> Result<bool, Error> {
    let (attestations, signed) = (&list.attestations, list.signed());
    let devices = pinned.iter().flat_map(|pinned| &pinned.tbs.devices);
    let mut any = false;
    for device in devices {
        let id = device.serial.to_be_bytes();
        let (signer, keys) = ((SIGNER_DEVICE, &id[..]), &device.signature_keys);
        let label = labels::DEVICE_LIST_BY_DEVICE;
        any |= attested(provider, signer, keys, attestations, label, signed)? == Some(true);
    }
    let label = labels::DEVICE_LIST_BY_ISSUER;
    any |= verify_by_issuer(provider, &policy.issuers, attestations, label, signed)?;
    Ok(any)
}

/// Applies a series of lists, each against the one before; lists older than the pinned one are skipped as long as a later
/// one follows (`ID-20`). Gives the list that is pinned then.
pub(crate) fn apply_device_lists<'a>(
    provider: &Provider,
    pinned: Option<&'a DeviceList>,
    account_id: &AccountId,
    lists: &'a DeviceLists,
    now: u64,
    policy: &Policy,
) -> Result<&'a DeviceList, Error> {
    let newest = lists.last()?;
    let mut current = pinned;
    let mut greatest_serial = pinned.map_or(0, DeviceList::greatest_serial);
    for list in &lists.0 {
        let last = core::ptr::eq(list, newest);
        let older = pinned.is_some_and(|pinned| list.tbs.number < pinned.tbs.number);
        if last || !older {
            let place = Place { last, greatest_serial };
            let applied =
                apply_device_list(provider, current, account_id, list, &place, now, policy)?;
            greatest_serial = greatest_serial.max(applied.greatest_serial());
            current = Some(applied);
        }
    }
    Ok(current.unwrap_or(newest))
}

/// `apply_device_lists` of `accept`: where the newest list is older than the pinned one, the pinned one stands for what
/// they give (`ID-24`).
pub(crate) fn apply_initiators_lists<'a>(
    provider: &Provider,
    pinned: Option<&'a DeviceList>,
    account_id: &AccountId,
    lists: &'a DeviceLists,
    now: u64,
    policy: &Policy,
) -> Result<&'a DeviceList, Error> {
    let newest = lists.last()?;
    if let Some(pinned) = pinned.filter(|pinned| newest.tbs.number < pinned.tbs.number) {
        check_account(provider, account_id, newest)?; // All are of one account (ID-20).
        check_age(pinned, now, policy)?;
        return Ok(pinned);
    }
    apply_device_lists(provider, pinned, account_id, lists, now, policy)
}
