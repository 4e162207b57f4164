//! The other relays on a cluster: that they have the same key, and what they are told.

use super::cover::Cover;
use super::{Nats, failed};
use crate::relay::store::StoreError;
use async_nats::Client;
use async_nats::jetstream::kv;
use futures_util::StreamExt;
use sceau::pairwise::MailboxId;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The subject of announcements.
const NEW: &str = "sceau.new";

impl Nats {
    /// Tells the other relays of an arrival. One that is lost delays a waiter until it asks again.
    pub(super) async fn announce(&self, id: &[u8; 32]) -> Result<(), StoreError> {
        let announced = self.cover.seal(NEW, id)?;
        let _ = self.client.publish(NEW, announced.into()).await;
        Ok(())
    }
}

/// Refuses a cluster whose relays have another key than this one; the first relay on it leaves what shows that.
pub(super) async fn check(directory: &kv::Store, cover: &Cover) -> Result<(), StoreError> {
    // Whoever is first wins; then all read the same.
    let _ = directory.create("check", cover.seal("check", b"Sceau")?.into()).await;
    let there = directory.get("check").await.map_err(failed)?.ok_or_else(|| failed("no entry"))?;
    cover.open("check", &there).map(|_| ()).map_err(|_| {
        failed("the relays on this server have another key: give this one the same --nats-key file")
    })
}

/// What all relays announce.
pub(super) async fn listen(
    client: &Client,
    cover: Arc<Cover>,
) -> Result<mpsc::Receiver<MailboxId>, StoreError> {
    let mut announced = client.subscribe(NEW).await.map_err(failed)?;
    let (arrived, arrivals) = mpsc::channel(1_024);
    tokio::spawn(async move {
        while let Some(message) = announced.next().await {
            let id = cover.open(NEW, &message.payload).ok().and_then(|id| id.try_into().ok());
            let Some(id) = id else { continue };
            if arrived.send(MailboxId::new(id)).await.is_err() {
                return;
            }
        }
    });
    Ok(arrivals)
}
