//! Later.

use super::store::*;
use crate::wire::{Handle, StoredEnvelope};
use sceau::pairwise::{Envelope, MailboxId};
use tokio::sync::mpsc;

/// Later.
pub struct Nats;

fn later<T>() -> Result<T, StoreError> {
    Err(StoreError::Failed("not yet".to_owned()))
}

impl Nats {
    /// Later.
    ///
    /// # Errors
    /// Later.
    pub async fn connect(_: &str, _: usize) -> Result<Self, StoreError> {
        later()
    }
}

impl Store for Nats {
    async fn put(&self, _: Envelope, _: PutRules) -> Result<(), StoreError> {
        later()
    }
    async fn get(&self, _: MailboxId, _: u16, _: u64) -> Result<(Vec<StoredEnvelope>, bool), StoreError> {
        later()
    }
    async fn acknowledge(&self, _: MailboxId, _: Vec<Handle>) -> Result<(), StoreError> {
        later()
    }
    async fn holding(&self, _: Vec<MailboxId>, _: u64) -> Result<Vec<MailboxId>, StoreError> {
        later()
    }
    async fn list(&self, _: Vec<u8>) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        later()
    }
    async fn device(&self, _: MailboxId) -> Result<Option<(Device, Left)>, StoreError> {
        later()
    }
    async fn publish(&self, _: MailboxId, _: NewDevice) -> Result<Left, StoreError> {
        later()
    }
    async fn take(&self, _: MailboxId, _: u32, _: u64) -> Result<Option<Served>, StoreError> {
        later()
    }
    async fn expire(&self, _: u64, _: u64) -> Result<u64, StoreError> {
        later()
    }
    fn arrivals(&self) -> Option<mpsc::Receiver<MailboxId>> {
        None
    }
}
