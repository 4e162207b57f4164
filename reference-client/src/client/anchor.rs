//! The count of changes that is kept apart from the store (`STA-05`).
//!
//! ```text
//!  step: transaction of the store ──► count on the disk ──► outbox, prekeys, files for media
//!  load: records of the store ──────► count on the disk ──►      (of a step that ended in between)
//! ```
//! So nothing of a step leaves the device before the count has followed the store. A store that has seen
//! fewer changes than its count is an old copy, and is not used. The file has one line: the count of changes of the account,
//! the account whose store it counts, since a count of another store would show nothing, and the count of changes of
//! its groups, if there are any.

use crate::error::{Error, Result};
use crate::private;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A file with the highest count of changes.
pub struct Anchor {
    path: PathBuf,
    /// The account whose store it counts, in hex.
    account: String,
    last: Option<(u64, u64)>,
}

impl Anchor {
    /// The anchor of an account's store in a file.
    #[must_use]
    pub fn new(path: &Path, account: &[u8]) -> Self {
        Self { path: path.to_owned(), account: hex::encode(account), last: None }
    }

    /// Whether its file is there.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// The highest counts that were written: of the account's changes, and of its groups'.
    ///
    /// # Errors
    /// A file that is not there, holds no number, or counts another store.
    pub fn read(&mut self) -> Result<(u64, u64)> {
        let path = self.path.display().to_string();
        let text = std::fs::read_to_string(&self.path).map_err(|error| {
            Error::refused(format!("the store's counter {path} can't be read: {error}"))
                .next(
                    "without it an old copy of the store could not be told: put the file back, or enrol a new \
                     device with `sceau init` (a store is not moved by copying it)",
                )
        })?;
        let (count, account) = text.trim().split_once(' ').unwrap_or_default();
        let (account, groups) = account.split_once(' ').unwrap_or((account, "0"));
        let (Ok(count), Ok(groups)) = (count.parse(), groups.parse()) else {
            return Err(Error::refused(format!("the store's counter {path} holds no number")));
        };
        if account != self.account {
            return Err(Error::refused(format!("{path} is the counter of another device's store"))
                .next(
                    "put this store's own counter back, or enrol a new device with `sceau init`",
                ));
        }
        self.last = Some((count, groups));
        Ok((count, groups))
    }

    /// Writes both counts, which survive a crash when this returns.
    ///
    /// # Errors
    /// A file that can't be written, or counts below those that were written or read last: then nothing may be sent.
    pub fn write(&mut self, counts: (u64, u64)) -> Result<()> {
        if self.last == Some(counts) {
            return Ok(());
        }
        if self.last.is_some_and(|last| counts.0 < last.0 || counts.1 < last.1) {
            return Err(Error::fault("the store has seen fewer changes than were counted"));
        }
        let failed = |error: std::io::Error| {
            Error::fault(format!("the store's counter {}: {error}", self.path.display())).next(
                "make room on its disk, and see that it can be written; what was done is stored, and leaves the device when \
                 the counter has followed",
            )
        };
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        private::folder(folder).map_err(failed)?;
        let new = self.path.with_extension("new");
        let mut file = private::create(&new).map_err(failed)?;
        let (changes, groups) = counts;
        let line = match groups {
            0 => format!("{changes} {}\n", self.account),
            _ => format!("{changes} {} {groups}\n", self.account),
        };
        file.write_all(line.as_bytes()).map_err(failed)?;
        file.sync_data().map_err(failed)?;
        std::fs::rename(&new, &self.path).map_err(failed)?;
        // The name too survives a loss of power.
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        self.last = Some(counts);
        Ok(())
    }
}
