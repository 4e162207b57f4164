//! The directory of prekeys: what a publication must be (`DS-04`), and what a bundle is made of.

use super::Refusal;
use super::store::{Device, NewDevice, Served};
use crate::crypto;
use crate::wire::{Publication, Writer};
use sceau::pairwise::{
    Account, AccountParams, DeviceList, DeviceLists, Policy, PrekeyType, ProvenPrekey,
};
use sceau::{Wire, limits};
use std::collections::HashSet;

/// Credentials that the organisation has withdrawn: account ids, alone or with a serial.
#[derive(Clone, Debug, Default)]
pub struct Revoked {
    accounts: HashSet<Vec<u8>>,
    devices: HashSet<(Vec<u8>, u64)>,
}

impl Revoked {
    /// Adds a device, or with serial 0 all of an account's.
    pub fn add(&mut self, account_id: Vec<u8>, serial: u64) {
        if serial == 0 {
            self.accounts.insert(account_id);
        } else {
            self.devices.insert((account_id, serial));
        }
    }

    /// Whether a device is among them.
    #[must_use]
    pub fn has(&self, account_id: &[u8], serial: u64) -> bool {
        self.accounts.contains(account_id) || self.devices.contains(&(account_id.to_vec(), serial))
    }
}

/// Verifies a publication against the list that the relay has of its account: lists and credential (page
/// *Identities*), the batch and each of its keys (page *Prekeys*).
///
/// # Errors
/// [`Refusal::Malformed`], [`Refusal::Refused`]
pub fn verify(
    publication: &Publication,
    pinned: Option<&(u64, Vec<u8>)>,
    policy: &Policy,
    now: u64,
) -> Result<NewDevice, Refusal> {
    let newest = publication.device_lists.as_slice().last().ok_or(Refusal::Malformed)?;
    let judge = judge(policy, now)?;
    let account_id = newest.tbs().account_keys.account_id(judge.provider())?;
    let lists = lists_against(&publication.device_lists, pinned)?;
    let of_type = |wanted: PrekeyType| {
        publication.batch.prekeys.iter().filter(move |key| key.prekey.prekey_type == wanted)
    };
    let signed = of_type(PrekeyType::Signed).next().ok_or(Refusal::Malformed)?;
    let last_resort = of_type(PrekeyType::KemLastResort).next().ok_or(Refusal::Malformed)?;
    let one_time: Vec<_> = of_type(PrekeyType::OneTime).collect();
    let kem: Vec<_> = of_type(PrekeyType::KemOneTime).collect();
    let tbs = publication.batch.batch.tbs();
    let whole = usize::try_from(tbs.size).is_ok_and(|size| size == publication.batch.prekeys.len());
    let order = publication.batch.prekeys.iter().zip(0..).all(|(key, id)| key.prekey.id == id);
    if !whole || !order {
        return Err(Refusal::Malformed);
    }
    let credential = publication.credential.to_bytes();
    let batch = publication.batch.batch.to_bytes();
    let rounds = one_time.len().max(kem.len()).max(1);
    for round in 0..rounds {
        let bundle = bundle_of(
            &lists,
            &credential,
            &batch,
            &signed.to_bytes(),
            one_time.get(round).map(|key| key.to_bytes()).as_deref(),
            &kem.get(round).unwrap_or(&last_resort).to_bytes(),
        );
        judge.verify_bundle(&account_id, &bundle, now)?;
    }
    let fallback = bundle_of(
        &lists,
        &credential,
        &batch,
        &signed.to_bytes(),
        None,
        &last_resort.to_bytes(),
    );
    judge.verify_bundle(&account_id, &fallback, now)?;
    let stock = |keys: Vec<&ProvenPrekey>| {
        keys.into_iter().map(|key| (key.prekey.id, key.to_bytes())).collect::<Vec<_>>()
    };
    Ok(NewDevice {
        account_id: account_id.as_bytes().to_vec(),
        list: (newest.tbs().number, newest.to_bytes()),
        against: pinned.map_or(0, |(number, _)| *number),
        device: Device {
            lists: publication.device_lists.to_bytes(),
            credential,
            batch,
            signed: signed.to_bytes(),
            last_resort: last_resort.to_bytes(),
            generation: tbs.generation,
            expiry: tbs.expiry,
        },
        one_time: stock(one_time),
        kem: stock(kem),
    })
}

/// `PrekeyBundle` from encoded parts.
#[must_use]
pub fn bundle(served: &Served) -> Vec<u8> {
    let Served { device, one_time, kem } = served;
    let kem = kem.as_ref().unwrap_or(&device.last_resort);
    bundle_of(
        &device.lists,
        &device.credential,
        &device.batch,
        &device.signed,
        one_time.as_deref(),
        kem,
    )
}

/// The serials that an account's list has.
///
/// # Errors
/// [`Refusal::Malformed`]
pub fn serials(list: &[u8]) -> Result<Vec<u64>, Refusal> {
    let list = DeviceList::from_bytes(list)?;
    Ok(list.tbs().devices.iter().map(|entry| entry.serial).collect())
}

fn bundle_of(
    lists: &[u8],
    credential: &[u8],
    batch: &[u8],
    signed: &[u8],
    one_time: Option<&[u8]>,
    kem: &[u8],
) -> Vec<u8> {
    let mut w = Writer::default();
    w.u8(0).raw(lists).raw(credential).raw(batch).raw(signed);
    match one_time {
        None => w.u8(0),
        Some(key) => w.u8(1).raw(key),
    };
    w.raw(kem);
    w.0
}

/// The lists of a publication behind the one that the relay has, where that is an older one.
fn lists_against(lists: &DeviceLists, pinned: Option<&(u64, Vec<u8>)>) -> Result<Vec<u8>, Refusal> {
    let Some((number, pinned)) = pinned else { return Ok(lists.to_bytes()) };
    let newest = lists.as_slice().last().ok_or(Refusal::Malformed)?;
    let fork = newest.tbs().number == *number && newest.to_bytes() != *pinned;
    if newest.tbs().number < *number || fork {
        return Err(Refusal::Refused("rollback"));
    }
    let mut joined = Vec::new();
    if newest.tbs().number > *number {
        joined.extend_from_slice(pinned);
    }
    let newer = |list: &&DeviceList| list.tbs().number > *number || newest.tbs().number == *number;
    let newer = lists.as_slice().iter().filter(newer);
    let skip = limits::MAX_DEVICE_LISTS as usize;
    newer.take(skip).for_each(|list| joined.extend_from_slice(&list.to_bytes()));
    let mut w = Writer::default();
    w.opaque(&joined);
    Ok(w.0)
}

/// An account that has no part in anything: its policy and its checks are used.
fn judge(policy: &Policy, now: u64) -> Result<Account, Refusal> {
    let mut params = AccountParams::new(1, now, now.saturating_add(1));
    params.policy = policy.clone();
    Ok(Account::create(&mut crypto::rng(), now, params)?.0)
}

