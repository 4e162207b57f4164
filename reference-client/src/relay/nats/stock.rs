//! The entry of a device in the directory's bucket: what it has published, and which one-time keys are
//! left.

use super::failed;
use crate::relay::store::{Device, Left, StoreError};
use crate::wire::{Malformed, Reader, Writer};

/// Longest vector in an entry.
const MANY: usize = 1 << 24;

/// The entry of a device.
#[derive(Default)]
pub(super) struct Stock {
    pub(super) account_id: Vec<u8>,
    pub(super) device: Device,
    /// The hour of the counters, and how many keys of each type were taken in it.
    pub(super) hour: u64,
    pub(super) taken: [u32; 2],
    /// Ids of the one-time keys that are left.
    pub(super) one_time: Vec<u32>,
    pub(super) kem: Vec<u32>,
}

impl Stock {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::default();
        let device = &self.device;
        w.opaque(&self.account_id);
        for part in
            [&device.lists, &device.credential, &device.batch, &device.signed, &device.last_resort]
        {
            w.opaque(part);
        }
        w.u32(device.generation).u64(device.expiry).u64(self.hour);
        w.u32(self.taken[0]).u32(self.taken[1]);
        for ids in [&self.one_time, &self.kem] {
            w.opaque(&ids.iter().flat_map(|id| id.to_be_bytes()).collect::<Vec<u8>>());
        }
        w.0
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let parse = || -> Result<Self, Malformed> {
            let mut r = Reader::new(bytes);
            let mut part = || r.opaque(MANY).map(<[u8]>::to_vec);
            let account_id = part()?;
            let (lists, credential, batch) = (part()?, part()?, part()?);
            let (signed, last_resort) = (part()?, part()?);
            let (generation, expiry) = (r.u32()?, r.u64()?);
            let device =
                Device { lists, credential, batch, signed, last_resort, generation, expiry };
            let (hour, taken) = (r.u64()?, [r.u32()?, r.u32()?]);
            let mut ids = || -> Result<Vec<u32>, Malformed> {
                let (ids, _) = r.opaque(MANY)?.as_chunks::<4>();
                Ok(ids.iter().map(|id| u32::from_be_bytes(*id)).collect())
            };
            Ok(Self { account_id, device, hour, taken, one_time: ids()?, kem: ids()? })
        };
        parse().map_err(|_| failed("an entry that is not Sceau's"))
    }

    pub(super) fn left(&self) -> Left {
        let count = |ids: &Vec<u32>| u32::try_from(ids.len()).unwrap_or(u32::MAX);
        Left { one_time: count(&self.one_time), kem: count(&self.kem) }
    }

    /// The ids of all one-time keys that are left.
    pub(super) fn ids(&self) -> Vec<u32> {
        [&self.one_time[..], &self.kem].concat()
    }
}
