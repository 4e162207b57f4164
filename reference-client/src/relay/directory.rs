//! The directory of prekeys: what a publication must be (`DS-04`), and what a bundle is made of.

use super::Refusal;
use super::store::{Device, NewDevice, Served};
use crate::wire::Writer;
use sceau::Wire;
use sceau::crypto::Provider;
use sceau::delivery::Publication;
use sceau::pairwise::{DeviceList, Policy, PrekeyType};
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

    /// Adds all of another list.
    pub fn join(&mut self, other: Self) {
        self.accounts.extend(other.accounts);
        self.devices.extend(other.devices);
    }

    /// The accounts of which no device is served.
    pub fn accounts(&self) -> impl Iterator<Item = &[u8]> {
        self.accounts.iter().map(Vec::as_slice)
    }

    /// The single devices: account id and serial.
    pub fn devices(&self) -> impl Iterator<Item = (&[u8], u64)> {
        self.devices.iter().map(|(account, serial)| (account.as_slice(), *serial))
    }

    /// Whether a device is among them.
    #[must_use]
    pub fn has(&self, account_id: &[u8], serial: u64) -> bool {
        self.accounts.contains(account_id) || self.devices.contains(&(account_id.to_vec(), serial))
    }
}

/// Verifies a publication against what the relay has of its account and device (`DS-04`).
///
/// # Errors
/// [`Refusal::Malformed`], [`Refusal::Refused`]
pub fn verify(
    publication: Publication,
    list: Option<&(u64, Vec<u8>)>,
    last_generation: u32,
    policy: &Policy,
    now: u64,
) -> Result<NewDevice, Refusal> {
    let known = list.map(|(_, list)| DeviceList::from_bytes(list)).transpose()?;
    let verified =
        publication.verify(&Provider::Default, known.as_ref(), last_generation, now, policy)?;
    let (publication, newest) = (verified.publication(), verified.device_list());
    let batch = publication.batch();
    let encoded = |id: u32| batch.prekey(id).map(Wire::to_bytes).ok_or(Refusal::Malformed);
    let stock = |of: PrekeyType| {
        let ids = verified.ids(of).into_iter();
        ids.map(|id| Ok((id, encoded(id)?))).collect::<Result<Vec<_>, Refusal>>()
    };
    Ok(NewDevice {
        account_id: verified.account_id().as_bytes().to_vec(),
        list: (newest.tbs().number, newest.to_bytes()),
        against: list.map_or(0, |(number, _)| *number),
        device: Device {
            lists: publication.device_lists().to_bytes(),
            credential: publication.credential().to_bytes(),
            batch: batch.batch.to_bytes(),
            signed: encoded(0)?,
            last_resort: encoded(1)?,
            generation: batch.batch.tbs().generation,
            expiry: batch.batch.tbs().expiry,
        },
        one_time: stock(PrekeyType::OneTime)?,
        kem: stock(PrekeyType::KemOneTime)?,
    })
}

/// `PrekeyBundle` from encoded parts.
#[must_use]
pub fn bundle(served: &Served) -> Vec<u8> {
    let Served { device, one_time, kem } = served;
    let mut w = Writer::default();
    w.u8(0).raw(&device.lists).raw(&device.credential).raw(&device.batch).raw(&device.signed);
    match one_time {
        None => w.u8(0),
        Some(key) => w.u8(1).raw(key),
    };
    w.raw(kem.as_ref().unwrap_or(&device.last_resort));
    w.0
}

/// The serials that an account's list has.
///
/// # Errors
/// [`Refusal::Malformed`]
pub fn serials(list: &[u8]) -> Result<Vec<u64>, Refusal> {
    let list = DeviceList::from_bytes(list)?;
    Ok(list.tbs().devices.iter().map(|entry| entry.serial).collect())
}
