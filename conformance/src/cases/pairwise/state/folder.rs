//! The folders that states are stored in, and what the runner does with them.

use crate::case::{Outcome, Stop};
use crate::cases::pairwise::stage::Device;
use crate::digest::hex;
use crate::scene::{Call, Party, START, Scene};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// `party.load` from a folder, where the caller knows of so many changes.
pub fn load_call<'s, 'a>(
    scene: &'s mut Scene<'a>,
    party: Party,
    folder: &Path,
    least: Option<u64>,
) -> Call<'s, 'a> {
    let call = scene.at(party.home, "party.load").party(party.name);
    let call = call.text("folder", &folder.to_string_lossy()).long("now", START);
    match least {
        Some(least) => call.long("least_changes", least),
        None => call,
    }
}

/// `party.save`; gives the number of changes.
///
/// # Errors
/// It is refused.
pub fn save(scene: &mut Scene, party: Party) -> Outcome<u64> {
    scene.call(party, "party.save").ok()?.long("changes")
}

/// Whether some bytes stand in a file of the device's folder: as they are, or in hexadecimal.
///
/// # Errors
/// The state is not stored.
pub fn stands(scene: &mut Scene, device: &Device, secret: &[u8]) -> Outcome<bool> {
    scene.save(device.party)?;
    let text = hex(secret);
    for path in disk(files(&scene.folder(device.party)))? {
        let bytes = disk(fs::read(&path))?;
        let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        if has(secret) || has(text.as_bytes()) || has(text.to_ascii_uppercase().as_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Most bytes of a stored state that are looked at.
const LARGEST: u64 = 256 << 20;

/// The files of a folder, in order. A pipe, a device or a link would be opened for as long as it likes.
///
/// # Errors
/// Such a thing is there, or too much, or the disk fails.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut found, mut size) = (Vec::new(), 0);
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let about = fs::symlink_metadata(&path)?;
            if about.is_dir() {
                folders.push(path);
            } else if about.is_file() {
                size += about.len();
                found.push(path);
            } else {
                let what = format!("{} is neither a file nor a folder", path.display());
                return Err(io::Error::other(what));
            }
        }
    }
    if size > LARGEST {
        return Err(io::Error::other(format!("a state of {size} bytes")));
    }
    found.sort();
    Ok(found)
}

/// Makes a folder what another one is.
///
/// # Errors
/// A file is none, or the disk fails.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let files = files(from)?;
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for path in files {
        let target = to.join(path.strip_prefix(from).unwrap_or(&path));
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&path, target)?;
    }
    Ok(())
}

/// What the disk has done.
///
/// # Errors
/// It has failed: that says nothing of the implementation.
pub fn disk<T>(result: io::Result<T>) -> Outcome<T> {
    result.map_err(|error| Stop::Inconclusive(format!("storage folder: {error}")))
}

#[cfg(test)]
mod tests {
    use super::files;
    use std::{fs, io};

    #[test]
    fn what_is_no_file_is_not_opened() -> io::Result<()> {
        let folder = std::env::temp_dir().join(format!("sceau-stored-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("inner"))?;
        fs::write(folder.join("inner/record"), b"1")?;
        assert_eq!(files(&folder)?, [folder.join("inner/record")]);
        let link = folder.join("inner/link");
        std::os::unix::fs::symlink("..", &link)?;
        assert!(files(&folder).is_err(), "a link that leads back");
        fs::remove_file(&link)?;
        let made = std::process::Command::new("mkfifo").arg(folder.join("pipe")).status()?;
        assert!(made.success() && files(&folder).is_err(), "a pipe");
        fs::remove_file(folder.join("pipe"))?;
        let large = fs::File::create(folder.join("large"))?;
        large.set_len(1 << 40)?;
        assert!(files(&folder).is_err(), "a file of a tebibyte");
        fs::remove_dir_all(&folder)
    }
}
