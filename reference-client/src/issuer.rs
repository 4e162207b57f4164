//! An organisation that signs its accounts' credentials, and takes them back.

use crate::error::{About, Error, Result};
use crate::relay::directory::Revoked;
use sceau::Wire;
use sceau::crypto::Provider;
use sceau::pairwise::{Issuer, TypedKeys};
use std::path::{Path, PathBuf};

/// The public keys in a file of `sceau issuer init`: one line of hex, an encoded `TypedKey issuer_keys<V>`.
///
/// # Errors
/// A file that holds something else.
pub fn read_keys(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).about(format!("the issuer's keys in {}", path.display()))?;
    let line = text.lines().next().unwrap_or_default().trim().to_owned();
    let bytes = hex::decode(&line).about(format!("the issuer's keys in {}", path.display()))?;
    TypedKeys::from_bytes(&bytes)?;
    Ok(line)
}

/// The issuers in files of `sceau issuer init`.
///
/// # Errors
/// As [`read_keys`].
pub fn read_all(paths: &[PathBuf]) -> Result<Vec<Issuer>> {
    let issuer = |path: &PathBuf| {
        let keys = hex::decode(read_keys(path)?).about("an issuer's keys")?;
        Ok(Issuer::new(&Provider::Default, TypedKeys::from_bytes(&keys)?)?)
    };
    paths.iter().map(issuer).collect()
}

/// The accounts in a file of `sceau issuer revoke`: a line each, an account id in hex and, for one device alone, its
/// serial.
///
/// # Errors
/// A file that holds something else.
pub fn read_revoked(path: &Path) -> Result<Revoked> {
    let text = std::fs::read_to_string(path).about(format!("the list in {}", path.display()))?;
    let mut revoked = Revoked::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words = line.split_whitespace();
        let account = words.next().and_then(|word| hex::decode(word).ok());
        let serial = words.next().map_or(Some(0), |word| word.parse().ok());
        match (account, serial, words.next()) {
            (Some(account), Some(serial), None) => revoked.add(account, serial),
            _ => return Err(Error::fault(format!("{}: not a revoked account: {line}", path.display()))),
        }
    }
    Ok(revoked)
}
