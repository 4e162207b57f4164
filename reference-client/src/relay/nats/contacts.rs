//! Which mailboxes are contact mailboxes, followed in memory: one look less for each envelope that is put.
//!
//! It is behind by what the server takes to tell, so it decides nothing but whether a put looks at all (how long an
//! envelope may live, `DS-13`). Who opens a contact mailbox is decided by the directory itself (`DS-02`).

use super::failed;
use crate::relay::store::StoreError;
use async_nats::jetstream::kv;
use futures_util::StreamExt;
use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::task::AbortHandle;

/// Time after which a watch that has ended begins again.
const PAUSE: Duration = Duration::from_secs(1);

/// The keys of all devices' entries.
pub(super) struct Contacts {
    keys: Arc<RwLock<HashSet<String>>>,
    task: AbortHandle,
}

impl Contacts {
    /// Begins to follow the directory.
    pub(super) async fn follow(directory: &kv::Store) -> Result<Self, StoreError> {
        let keys: Arc<RwLock<HashSet<String>>> = Arc::default();
        let (directory, followed) = (directory.clone(), Arc::clone(&keys));
        let mut watch = directory.watch_with_history("device.*").await.map_err(failed)?;
        let follow = async move {
            loop {
                while let Some(entry) = watch.next().await {
                    let Ok(entry) = entry else { break };
                    followed.write().unwrap_or_else(PoisonError::into_inner).insert(entry.key);
                }
                loop {
                    tokio::time::sleep(PAUSE).await;
                    if let Ok(again) = directory.watch_with_history("device.*").await {
                        watch = again;
                        break;
                    }
                }
            }
        };
        Ok(Self { keys, task: tokio::spawn(follow).abort_handle() })
    }

    /// Whether there is, or was, a device under a key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    /// Adds a device that this relay has published.
    pub(super) fn add(&self, key: String) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).insert(key);
    }
}

impl Drop for Contacts {
    fn drop(&mut self) {
        self.task.abort();
    }
}
