//! SHA-256 of files and folders, and lowercase hexadecimal.

use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Lowercase hexadecimal of `bytes`.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|&byte| [digit(byte >> 4), digit(byte)]).collect()
}

/// The bytes of lowercase hexadecimal; `None` for anything else, upper case included.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|&[high, low]| Some(nibble(high)? << 4 | nibble(low)?)).collect()
}

/// SHA-256 of `bytes` in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of one file.
///
/// # Errors
/// The file cannot be read.
pub fn file(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut reader = fs::File::open(path)?;
    let mut block = vec![0; 1 << 16];
    loop {
        match io::Read::read(&mut reader, &mut block)? {
            0 => return Ok(hex(&hash.finalize())),
            count => hash.update(&block[..count]),
        }
    }
}

/// SHA-256 over the sorted list `HASH  RELATIVE PATH` of a folder's files, hidden ones and build
/// products left out; of a file, [`file()`].
///
/// # Errors
/// Something in it cannot be read.
pub fn tree(root: &Path) -> io::Result<String> {
    if root.is_file() {
        return file(root);
    }
    let mut paths = Vec::new();
    collect(root, &mut paths)?;
    let mut lines = Vec::new();
    for path in paths {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        lines.push(format!("{}  {name}\n", file(&path)?));
    }
    lines.sort_by(|a, b| a.get(66..).cmp(&b.get(66..)));
    Ok(sha256(lines.concat().as_bytes()))
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') || name == "target" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), into)?;
        } else {
            into.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{hex, unhex};

    #[test]
    fn hexadecimal_is_strict() {
        assert_eq!(hex(&[0, 0xaf, 0x10]), "00af10");
        assert_eq!(unhex("00af10"), Some(vec![0, 0xaf, 0x10]));
        assert_eq!(unhex("00AF"), None);
        assert_eq!(unhex("0"), None);
        assert_eq!(unhex("zz"), None);
    }
}
