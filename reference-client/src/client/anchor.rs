//! The count of changes that is kept apart from the store (`STA-05`).
//!
//! After each step it is written, before anything of the step is sent. A store that has seen fewer
//! changes than its anchor is an old copy, and is not used.

use crate::error::{About, Error, Result};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A file with the highest count of changes.
pub struct Anchor {
    path: PathBuf,
    last: Option<u64>,
}

impl Anchor {
    /// The anchor in a file, which must be there unless the store is new.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), last: None }
    }

    /// The highest count that was written.
    ///
    /// # Errors
    /// A file that is not there or holds no number.
    pub fn read(&self) -> Result<u64> {
        let text = std::fs::read_to_string(&self.path).map_err(|error| {
            Error::refused(format!("the store's counter {} can't be read: {error}", self.path.display()))
                .next(
                    "without it an old copy of the store could not be told: put the file back, or enrol a new \
                     device with `sceau init` (a store is not moved by copying it)",
                )
        })?;
        text.trim().parse().map_err(|_| {
            Error::refused(format!("the store's counter {} holds no number", self.path.display()))
        })
    }

    /// Writes a count, which survives a crash when this returns.
    ///
    /// # Errors
    /// A file that can't be written: then nothing may be sent.
    pub fn write(&mut self, changes: u64) -> Result<()> {
        if self.last == Some(changes) {
            return Ok(());
        }
        let about = || format!("the store's counter {}", self.path.display());
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).about(about())?;
        }
        let new = self.path.with_extension("new");
        let mut file = File::create(&new).about(about())?;
        file.write_all(changes.to_string().as_bytes()).about(about())?;
        file.sync_data().about(about())?;
        std::fs::rename(&new, &self.path).about(about())?;
        self.last = Some(changes);
        Ok(())
    }
}
