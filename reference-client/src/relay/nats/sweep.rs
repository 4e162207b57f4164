//! Deletes what has expired from stream and bucket.

use super::stock::Stock;
use super::{Nats, delete, expiry, failed};
use crate::relay::store::StoreError;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::jetstream::stream::Stream;
use futures_util::{StreamExt, TryStreamExt};
use sceau::pairwise::MailboxId;
use std::collections::HashSet;
use std::time::Duration;

/// Deletes expired envelopes of a stream, by their headers; gives how many are left.
pub(super) async fn sweep_mail(stream: &Stream, now: u64) -> Result<u64, StoreError> {
    let mut left = stream.get_info().await.map_err(failed)?.state.messages;
    if left == 0 {
        return Ok(0);
    }
    let config = OrderedConfig { headers_only: true, ..OrderedConfig::default() };
    let consumer = stream.create_consumer(config).await.map_err(failed)?;
    let mut messages = consumer.messages().await.map_err(failed)?;
    let mut expired = Vec::new();
    for _ in 0..left {
        let next = tokio::time::timeout(Duration::from_secs(10), messages.next()).await;
        let Ok(Some(message)) = next else { break };
        let message = message.map_err(failed)?;
        let sequence = message.info().map_err(failed)?.stream_sequence;
        if expiry(message.headers.as_ref()) <= now {
            expired.push(sequence);
        }
    }
    left = left.saturating_sub(expired.len() as u64);
    for sequence in expired {
        delete(stream, sequence).await?;
    }
    Ok(left)
}

impl Nats {
    /// Deletes one-time keys of expired batches, and lists of accounts without a device.
    pub(super) async fn sweep_directory(&self, now: u64) -> Result<(), StoreError> {
        let keys = self.directory.keys().await.map_err(failed)?;
        let keys: Vec<String> = keys.try_collect().await.map_err(failed)?;
        let mut accounts = HashSet::new();
        for key in keys.iter().filter(|key| key.starts_with("device.")) {
            let Some((value, revision)) = self.entry(key.clone()).await? else { continue };
            let mut stock = Stock::from_bytes(&value)?;
            let old = stock.ids();
            if stock.device.expiry <= now && !old.is_empty() {
                (stock.one_time, stock.kem) = (Vec::new(), Vec::new());
                if self.swap(key, &stock.to_bytes(), revision).await? {
                    let old = self.one_time_keys(key, stock.device.generation, &old);
                    self.remove_keys(old).await?;
                }
            }
            accounts.insert(self.list_key(&stock.account_id));
        }
        let orphans = |key: &&String| key.starts_with("list.") && !accounts.contains(*key);
        self.remove_keys(keys.iter().filter(orphans).cloned().collect()).await
    }

    /// Removes devices whose batch has ended at `before` or earlier; their accounts' lists go with the next sweep.
    pub(super) async fn remove_devices(
        &self,
        contacts: Vec<MailboxId>,
        before: u64,
    ) -> Result<(), StoreError> {
        for contact in contacts {
            let Some((stock, revision)) = self.stock(&contact).await? else { continue };
            let key = self.device_key(&contact);
            // One that has just published again stays.
            if stock.device.expiry <= before && self.remove_key(&key, Some(revision)).await? {
                let keys = self.one_time_keys(&key, stock.device.generation, &stock.ids());
                self.remove_keys(keys).await?;
            }
        }
        Ok(())
    }
}
