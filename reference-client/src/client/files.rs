//! Files on the person's disk: which ones are sent, and where received ones go.

use crate::error::{About, Error, Result};
use crate::text::one_line;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Opens a file that is to be sent.
///
/// # Errors
/// One that is not there, or is none: a folder, a pipe and a device have no size.
pub fn open(path: &Path) -> Result<File> {
    let about = || format!("the file {}", one_line(&path.to_string_lossy()));
    let found = std::fs::metadata(path).map_err(|error| {
        Error::not_found(format!("{}: {error}", about())).next("check the path")
    })?;
    if !found.is_file() {
        return Err(Error::usage(format!("{} is no ordinary file", about()))
            .next("put what is to be sent into one: a folder with `tar`, say"));
    }
    File::open(path).about(about())
}

/// A path in a folder that is not taken: the sender's name without its folders, numbered where there is such a file.
#[must_use]
pub fn free_name(folder: &Path, name: &[u8]) -> PathBuf {
    let name = String::from_utf8_lossy(name);
    let name: String =
        name.rsplit(['/', '\\']).next().unwrap_or_default().chars().take(120).collect();
    let name: String = one_line(name.trim_end());
    let name = name.trim_start_matches('.');
    let name = if name.is_empty() { "file" } else { name };
    let numbered = (1..).map(|n: u64| folder.join(format!("{n}-{name}")));
    let mut paths = std::iter::once(folder.join(name)).chain(numbered);
    paths.find(|path| !path.exists()).unwrap_or_else(|| folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_folder() {
        let folder = tempfile::tempdir().unwrap();
        let name = |name: &[u8]| free_name(folder.path(), name);
        assert_eq!(name(b"../../etc/passwd"), folder.path().join("passwd"));
        assert_eq!(name(b"a\\b\\.bashrc\n"), folder.path().join("bashrc"));
        assert_eq!(name(b".."), folder.path().join("file"));
        std::fs::write(folder.path().join("a"), b"").unwrap();
        assert_eq!(name(b"a"), folder.path().join("1-a"));
    }
}
