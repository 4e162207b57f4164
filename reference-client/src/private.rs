//! Files and folders for their owner alone, whatever the umask says.

use std::fs::{DirBuilder, File};
use std::io::Result;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Makes a folder with those above it, as far as they are not there: mode 0700.
///
/// # Errors
/// As of the system.
pub fn folder(path: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Opens a file for writing and leaves what is in it; one that is not there is made with mode 0600.
///
/// # Errors
/// As of the system.
pub fn open(path: &Path) -> Result<File> {
    File::options().create(true).truncate(false).write(true).mode(0o600).open(path)
}

/// Makes a file with mode 0600, or empties the one that is there.
///
/// # Errors
/// As of the system.
pub fn create(path: &Path) -> Result<File> {
    File::options().create(true).truncate(true).write(true).mode(0o600).open(path)
}
