//! The issuer's own list of withdrawn accounts, and which one was the last that it signed.
//!
//! `DIR/revoked` may be put back from an old copy by mistake, and the list after that one would bring back whom the newer
//! lists have withdrawn. So `DIR/issuer.last` keeps number and hash of the last list, sealed under the issuer's passphrase, and
//! the next list follows on that one alone, unless the officer says that it is lost.

use super::{Opened, read_keys};
use crate::crypto::sha256;
use crate::error::{About, Error, Kind, Result};
use crate::private;
use crate::revocation::{self, RevocationList};
use crate::time::now;
use crate::wire::{Reader, Writer};
use sceau::Wire;
use sceau::pairwise::TypedKeys;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The place in which [`Last`] is sealed.
const LAST: &[u8] = b"last list";

/// What an officer does to the list.
#[derive(Clone, Debug)]
pub enum Change {
    /// Signs it anew, with another date.
    Renew,
    /// Withdraws an account, or with a serial one of its devices.
    Add(Vec<u8>, u64),
    /// Takes that back.
    Remove(Vec<u8>, u64),
}

/// Number and hash of a list: `uint64 number; opaque hash[32]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Last {
    number: u64,
    hash: [u8; 32],
}

/// The list of an issuer's folder, whichever it is.
///
/// # Errors
/// One that is not there, or is not signed by this issuer.
pub fn revoked(dir: &Path) -> Result<RevocationList> {
    Ok(there(dir)?.0)
}

/// Checks that the list in the folder is the last one that was signed, and gives it.
///
/// # Errors
/// `rollback` for an older one.
pub fn newest(dir: &Path, issuer: &Opened) -> Result<RevocationList> {
    let (list, encoded) = there(dir)?;
    let last = read_last(dir, issuer)?;
    // A newer one than was noted: the process that signed it was ended in between.
    let same = list.number == last.number && sha256(&[&encoded]) == last.hash;
    if same || list.number > last.number {
        return Ok(list);
    }
    let mut error = Error::refused(format!(
        "{} is list {}, but list {} was signed last: whom the lists in between have withdrawn would be back",
        dir.join("revoked").display(),
        list.number,
        last.number
    ))
    .next(lost());
    error.class = Some("rollback");
    Err(error)
}

/// Makes the first list.
pub(super) fn first(dir: &Path, issuer: &Opened) -> Result<()> {
    write(dir, issuer, &RevocationList { number: 1, issued_at: now(), ..RevocationList::default() })
        .map(|_| ())
}

/// Makes the next list of an issuer's folder, and signs it. `anyway` follows on the list that is there, or on an empty one,
/// where the last one is lost: its number is greater than that one's all the same.
///
/// # Errors
/// A list that is not the last one, can't be read or written.
pub fn revoke(
    dir: &Path,
    issuer: &Opened,
    change: Change,
    anyway: bool,
) -> Result<(PathBuf, RevocationList)> {
    let mut list = match (newest(dir, issuer), anyway) {
        (Ok(list), _) => list,
        (Err(error), false) => return Err(error),
        (Err(_), true) => {
            let there = revoked(dir).or_else(|error| match error.kind {
                Kind::NotFound => Ok(RevocationList::default()),
                _ => Err(error),
            })?;
            let number = there.number.max(read_last(dir, issuer)?.number);
            RevocationList { number, ..there }
        }
    };
    match change {
        Change::Renew => {}
        Change::Add(account, serial) => drop(list.revoked.insert((account, serial))),
        Change::Remove(account, serial) => {
            if !list.revoked.remove(&(account, serial)) {
                return Err(Error::not_found("that is not in the list of revoked accounts")
                    .next("give the account, and the serial, with which it was revoked"));
            }
        }
    }
    list.number = list.number.checked_add(1).ok_or_else(|| Error::fault("no greater number"))?;
    list.issued_at = now();
    Ok((write(dir, issuer, &list)?, list))
}

/// The list of a folder, and its encoding.
fn there(dir: &Path) -> Result<(RevocationList, Vec<u8>)> {
    let path = dir.join("revoked");
    if !path.exists() {
        return Err(Error::not_found(format!("{} is not there", path.display())).next(lost()));
    }
    let keys = hex::decode(read_keys(&dir.join("issuer.pub"))?).about("the issuer's keys")?;
    let bytes = revocation::read(&path).map_err(|error| error.next(lost()))?;
    let list = RevocationList::verified(&bytes, &[TypedKeys::from_bytes(&keys)?]);
    Ok((list.map_err(|error| error.next(lost()))?.1, bytes))
}

fn lost() -> &'static str {
    "put the newest list back: relays and clients have it in the file of their --revoked. Where it is lost, \
     `sceau issuer revoke DIR --anyway` follows on the one that is there, or on none; then withdraw again whom it does not have"
}

fn read_last(dir: &Path, issuer: &Opened) -> Result<Last> {
    let path = dir.join("issuer.last");
    let sealed = match std::fs::read(&path) {
        Ok(sealed) => sealed,
        // A folder of an earlier version.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Last::default()),
        Err(error) => return Err(error).about(path.display()),
    };
    let row = issuer.seal.open_row(LAST, sealed).map_err(|_| {
        Error::refused(format!("{} is damaged, or of another issuer", path.display())).next(
            "put it back from a copy, with DIR/revoked of the same time; or remove it after you have checked that DIR/revoked \
             is the newest list",
        )
    })?;
    let mut r = Reader::new(&row);
    Ok(Last { number: r.u64()?, hash: r.array()? })
}

/// Signs a list, puts it in the place of the one before, and notes that it was the last.
fn write(dir: &Path, issuer: &Opened, list: &RevocationList) -> Result<PathBuf> {
    let encoded = list.signed(&issuer.seed)?;
    let mut last = Writer::default();
    last.u64(list.number).raw(&sha256(&[&encoded]));
    let path = dir.join("revoked");
    replace(&path, format!("{}\n", hex::encode(&encoded)).as_bytes())?;
    replace(&dir.join("issuer.last"), &issuer.seal.seal(LAST, &last.0)?)?;
    Ok(path)
}

/// Puts a file in the place of the one before, in one step.
fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let new = path.with_extension("new");
    let mut file = private::create(&new).about(new.display())?;
    file.write_all(bytes).and_then(|()| file.sync_all()).about(new.display())?;
    std::fs::rename(&new, path).about(path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuer::{init, open};

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("ca");
        init(&dir, "pass").unwrap();
        (folder, dir)
    }

    #[test]
    fn an_old_list_brings_nobody_back() {
        let (_folder, dir) = folder();
        let issuer = open(&dir, "pass").unwrap();
        let old = std::fs::read(dir.join("revoked")).unwrap();
        let ada = Change::Add(vec![1; 32], 0);
        assert_eq!(revoke(&dir, &issuer, ada, false).unwrap().1.number, 2);
        let newest_file = std::fs::read(dir.join("revoked")).unwrap();
        std::fs::write(dir.join("revoked"), &old).unwrap();
        let bob = Change::Add(vec![2; 32], 0);
        let refused = revoke(&dir, &issuer, bob.clone(), false).unwrap_err();
        assert_eq!(refused.class, Some("rollback"));
        assert!(refused.to_string().contains("list 1") && refused.to_string().contains("--anyway"));
        assert_eq!(std::fs::read(dir.join("revoked")).unwrap(), old, "nothing was made");
        // Put back, it goes on; ada is still withdrawn.
        std::fs::write(dir.join("revoked"), &newest_file).unwrap();
        let (_, list) = revoke(&dir, &issuer, bob, false).unwrap();
        assert_eq!((list.number, list.revoked.len()), (3, 2));
        // Lost: it goes on from what is there, with a number that readers take.
        std::fs::write(dir.join("revoked"), &old).unwrap();
        let (_, list) = revoke(&dir, &issuer, Change::Renew, true).unwrap();
        assert_eq!((list.number, list.revoked.len()), (4, 0));
        std::fs::remove_file(dir.join("revoked")).unwrap();
        let refused = revoke(&dir, &issuer, Change::Renew, false).unwrap_err();
        assert!(refused.what_next().unwrap().contains("--anyway"), "{refused}");
        assert_eq!(revoke(&dir, &issuer, Change::Renew, true).unwrap().1.number, 5);
    }

    #[test]
    fn another_list_of_the_same_number_is_not_the_last() {
        let (_folder, dir) = folder();
        let issuer = open(&dir, "pass").unwrap();
        let old = std::fs::read(dir.join("revoked")).unwrap();
        revoke(&dir, &issuer, Change::Add(vec![1; 32], 0), false).unwrap();
        let (last, list) = ("issuer.last", std::fs::read(dir.join("revoked")).unwrap());
        let noted = std::fs::read(dir.join(last)).unwrap();
        // A second list 2, made on a copy of the folder.
        std::fs::write(dir.join("revoked"), &old).unwrap();
        std::fs::remove_file(dir.join(last)).unwrap();
        revoke(&dir, &issuer, Change::Add(vec![2; 32], 0), false).unwrap();
        std::fs::write(dir.join(last), &noted).unwrap();
        assert_eq!(newest(&dir, &issuer).unwrap_err().class, Some("rollback"));
        std::fs::write(dir.join("revoked"), &list).unwrap();
        assert_eq!(newest(&dir, &issuer).unwrap().number, 2);
    }

    #[test]
    fn an_end_between_the_two_files_costs_nothing() {
        let (_folder, dir) = folder();
        let issuer = open(&dir, "pass").unwrap();
        let noted = std::fs::read(dir.join("issuer.last")).unwrap();
        revoke(&dir, &issuer, Change::Add(vec![1; 32], 0), false).unwrap();
        std::fs::write(dir.join("issuer.last"), noted).unwrap();
        let (_, list) = revoke(&dir, &issuer, Change::Renew, false).unwrap();
        assert_eq!((list.number, list.revoked.len()), (3, 1));
    }
}
