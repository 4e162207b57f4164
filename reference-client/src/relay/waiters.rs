//! Who waits for which mailbox (long polling).

use sceau::pairwise::MailboxId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// The requests that wait until something comes into one of their mailboxes.
#[derive(Default)]
pub struct Waiters {
    waiting: Mutex<HashMap<MailboxId, Vec<Arc<Notify>>>>,
}

/// A request that waits; it leaves when it is dropped.
pub struct Waiter<'a> {
    waiters: &'a Waiters,
    mailboxes: Vec<MailboxId>,
    notify: Arc<Notify>,
}

impl Waiters {
    /// Begins to wait for mailboxes. Look into them after this call, and again after each arrival.
    pub fn wait(&self, mailboxes: Vec<MailboxId>) -> Waiter<'_> {
        let notify = Arc::new(Notify::new());
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for mailbox in &mailboxes {
            waiting.entry(*mailbox).or_default().push(Arc::clone(&notify));
        }
        Waiter { waiters: self, mailboxes, notify }
    }

    /// Something has come into a mailbox.
    pub fn arrived(&self, mailbox: &MailboxId) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for notify in waiting.get(mailbox).into_iter().flatten() {
            notify.notify_one();
        }
    }
}

impl Waiter<'_> {
    /// Returns when something has come since the last call.
    pub async fn arrival(&self) {
        self.notify.notified().await;
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut waiting = self.waiters.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for mailbox in &self.mailboxes {
            if let Some(others) = waiting.get_mut(mailbox) {
                others.retain(|other| !Arc::ptr_eq(other, &self.notify));
                if others.is_empty() {
                    waiting.remove(mailbox);
                }
            }
        }
    }
}
