//! What the person is told: kept with the step that it tells of, in one transaction, until it was shown. Where a process
//! ends between the two, the next one shows it, so it may be told twice, and is never lost.

use super::device::Device;
use super::store::{Kind, Tx};
use crate::error::Result;

impl Tx<'_> {
    /// Keeps what the person is to be told of what this transaction changes.
    ///
    /// # Errors
    /// As any write.
    pub fn tell(&mut self, notices: impl IntoIterator<Item = String>) -> Result<()> {
        notices.into_iter().try_for_each(|notice| self.add(Kind::Notice, &notice).map(|_| ()))
    }
}

impl Device {
    /// What the person was not told yet, with its items, oldest first.
    ///
    /// # Errors
    /// A store that is damaged.
    pub fn untold(&mut self) -> Result<Vec<(i64, String)>> {
        self.store().items(Kind::Notice)
    }

    /// The person has seen these.
    ///
    /// # Errors
    /// As any write.
    pub fn has_told(&mut self, notices: &[(i64, String)]) -> Result<()> {
        self.store().transaction(|tx| {
            notices.iter().try_for_each(|(number, _)| tx.delete(Kind::Notice, *number))
        })
    }
}
