//! The directory's bucket: what devices have published, and which one-time keys are left.

use super::stock::Stock;
use super::{AT_ONCE, Nats, failed};
use crate::relay::store::{Left, NewDevice, Served, Store, StoreError};
use crate::wire::{Reader, Writer};
use async_nats::jetstream::kv::{Operation, UpdateErrorKind};
use futures_util::{StreamExt, TryStreamExt, stream as futures};
use sceau::pairwise::MailboxId;

/// Tries to change an entry that others change too.
const TRIES: usize = 200;
/// The key of the lists of revoked accounts.
pub(super) const REVOKED: &str = "revoked";
/// Longest value.
const MANY: usize = 1 << 24;

/// Values behind each other.
pub(super) fn joined(values: &[Vec<u8>]) -> Vec<u8> {
    let mut joined = Writer::default();
    for value in values {
        joined.opaque(value);
    }
    joined.0
}

impl Nats {
    pub(super) fn list_key(&self, account_id: &[u8]) -> String {
        format!("list.{}", self.cover.name("list", account_id))
    }

    pub(super) fn device_key(&self, contact: &MailboxId) -> String {
        format!("device.{}", self.cover.name("device", contact.as_bytes()))
    }

    /// The keys under which the one-time keys of a device's batch lie, by the key of its entry.
    pub(super) fn one_time_keys(&self, device: &str, generation: u32, ids: &[u32]) -> Vec<String> {
        let name = |id: &u32| {
            let mut of = Writer::default();
            of.opaque(device.as_bytes()).u32(generation).u32(*id);
            format!("key.{}", self.cover.name("key", &of.0))
        };
        ids.iter().map(name).collect()
    }

    /// The value of a key with its revision.
    pub(super) async fn entry(&self, key: String) -> Result<Option<(Vec<u8>, u64)>, StoreError> {
        let entry = self.directory.entry(key.as_str()).await.map_err(failed)?;
        let entry = entry.filter(|entry| entry.operation == Operation::Put);
        entry.map(|entry| Ok((self.cover.open(&key, &entry.value)?, entry.revision))).transpose()
    }

    /// The entry of a device with its revision.
    pub(super) async fn stock(
        &self,
        contact: &MailboxId,
    ) -> Result<Option<(Stock, u64)>, StoreError> {
        let entry = self.entry(self.device_key(contact)).await?;
        entry.map(|(value, revision)| Ok((Stock::from_bytes(&value)?, revision))).transpose()
    }

    pub(super) async fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        let sealed = self.cover.seal(key, value)?;
        self.directory.put(key, sealed.into()).await.map(|_| ()).map_err(failed)
    }

    /// Replaces an entry if nobody else has meanwhile; revision 0 is that of none.
    pub(super) async fn swap(
        &self,
        key: &str,
        value: &[u8],
        revision: u64,
    ) -> Result<bool, StoreError> {
        let sealed = self.cover.seal(key, value)?;
        match self.directory.update(key, sealed.into(), revision).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// Removes a key up to a revision, without a marker that would stay; false when it has got a newer one.
    pub(super) async fn remove_key(
        &self,
        key: &str,
        revision: Option<u64>,
    ) -> Result<bool, StoreError> {
        let purge = self.directory.stream.purge().filter(format!("{}{key}", self.directory.prefix));
        let purged = match revision {
            Some(revision) => purge.sequence(revision + 1).await,
            None => purge.await,
        };
        Ok(purged.map_err(failed)?.purged > 0)
    }

    pub(super) async fn remove_keys(&self, keys: Vec<String>) -> Result<(), StoreError> {
        let remove = async |key: String| self.remove_key(&key, None).await.map(|_| ());
        futures::iter(keys.into_iter().map(remove)).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// The lists of revoked accounts, with their revision.
    pub(super) async fn kept_lists(&self) -> Result<(Vec<Vec<u8>>, u64), StoreError> {
        let (value, revision) = self.entry(REVOKED.to_owned()).await?.unwrap_or_default();
        let (mut r, mut lists) = (Reader::new(&value), Vec::new());
        while !r.rest().is_empty() {
            let list = r.opaque(MANY).map_err(|_| failed("an entry that is not Sceau's"))?;
            lists.push(list.to_vec());
        }
        Ok((lists, revision))
    }

    pub(super) async fn publish_device(
        &self,
        contact: MailboxId,
        new: NewDevice,
    ) -> Result<Left, StoreError> {
        let known = self.list(new.account_id.clone()).await?.map_or(0, |(number, _)| number);
        if known != new.against {
            return Err(StoreError::Conflict);
        }
        let old = self.stock(&contact).await?;
        if old.as_ref().is_some_and(|(old, _)| new.device.generation <= old.device.generation) {
            return Err(StoreError::Rollback);
        }
        let device = self.device_key(&contact);
        let ids = |keys: &[(u32, Vec<u8>)]| keys.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        let mut stock = Stock {
            account_id: new.account_id.clone(),
            one_time: ids(&new.one_time),
            kem: ids(&new.kem),
            device: new.device,
            ..Stock::default()
        };
        let keys = self.one_time_keys(&device, stock.device.generation, &stock.ids());
        let keys = keys.into_iter().zip(new.one_time.into_iter().chain(new.kem));
        let put =
            async |(key, (_, proven)): (String, (u32, Vec<u8>))| self.set(&key, &proven).await;
        let () = futures::iter(keys.map(put)).buffer_unordered(AT_ONCE).try_collect().await?;
        let list = self.list_key(&new.account_id);
        let mut value = Writer::default();
        value.u64(new.list.0).raw(&new.list.1);
        if known != new.list.0 {
            let revision = self.entry(list.clone()).await?.map_or(0, |(_, revision)| revision);
            if !self.swap(&list, &value.0, revision).await? {
                return Err(StoreError::Conflict);
            }
        }
        // A new batch does not reset the counters of the hour.
        let mut revision = 0;
        if let Some((old, at)) = &old {
            (stock.hour, stock.taken, revision) = (old.hour, old.taken, *at);
        }
        let mut gone = old.map(|(old, _)| old);
        for _ in 0..TRIES {
            if self.swap(&device, &stock.to_bytes(), revision).await? {
                self.contacts.add(device.clone());
                if let Some(gone) = gone {
                    let keys = self.one_time_keys(&device, gone.device.generation, &gone.ids());
                    self.remove_keys(keys).await?;
                }
                // A sweep may have come between list and device.
                if self.entry(list.clone()).await?.is_none() {
                    self.set(&list, &value.0).await?;
                }
                return Ok(stock.left());
            }
            // Somebody has taken a key, or the device has published elsewhere.
            match self.stock(&contact).await? {
                Some((now, _)) if now.device.generation >= stock.device.generation => {
                    return Err(StoreError::Rollback);
                }
                Some((now, at)) => {
                    (stock.hour, stock.taken, revision) = (now.hour, now.taken, at);
                    gone = Some(now);
                }
                None => revision = 0,
            }
        }
        Err(StoreError::Busy)
    }

    pub(super) async fn take_keys(
        &self,
        contact: MailboxId,
        rate: u32,
        now: u64,
    ) -> Result<Option<Served>, StoreError> {
        let device = self.device_key(&contact);
        for _ in 0..TRIES {
            let Some((mut stock, revision)) = self.stock(&contact).await? else { return Ok(None) };
            if stock.device.expiry <= now {
                return Ok(None);
            }
            let hour = now / 3_600;
            if stock.hour != hour {
                (stock.hour, stock.taken) = (hour, [0, 0]);
            }
            let mut pick = |ids: fn(&mut Stock) -> &mut Vec<u32>, of: usize| {
                let may = stock.taken[of] < rate && !ids(&mut stock).is_empty();
                stock.taken[of] += u32::from(may);
                may.then(|| ids(&mut stock).remove(0))
            };
            let one_time = pick(|stock| &mut stock.one_time, 0);
            let kem = pick(|stock| &mut stock.kem, 1);
            if (one_time.is_some() || kem.is_some())
                && !self.swap(&device, &stock.to_bytes(), revision).await?
            {
                continue;
            }
            let generation = stock.device.generation;
            let get = async |id: Option<u32>| -> Result<Option<Vec<u8>>, StoreError> {
                let keys = self.one_time_keys(&device, generation, id.as_slice());
                let Some(key) = keys.into_iter().next() else { return Ok(None) };
                let value = self.entry(key.clone()).await?.map(|(value, _)| value);
                self.remove_key(&key, None).await?;
                Ok(value)
            };
            let (one_time, kem) = (get(one_time).await?, get(kem).await?);
            return Ok(Some(Served { device: stock.device, one_time, kem }));
        }
        Err(StoreError::Busy)
    }
}
