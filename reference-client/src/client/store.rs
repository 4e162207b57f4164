//! The client's store: one SQLite file, every row sealed.
//!
//! What a step of the protocol changes, the envelopes that it makes and what a person sees of it go
//! into one transaction (`STA-07`). Records are compared with the generation that the step expects
//! (`STA-06`).

use super::seal::{Cost, Seal};
use crate::error::{About, Error, Result};
use crate::private;
use crate::wire::Writer;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use sceau::Wire;
use sceau::pairwise::{MailboxId, Record};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

mod tx;

pub use tx::Tx;

const SCHEMA: &str = "
CREATE TABLE lock (id INTEGER PRIMARY KEY CHECK (id = 1), lock BLOB NOT NULL);
CREATE TABLE record (name BLOB PRIMARY KEY, generation INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE TABLE item (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE INDEX item_kind ON item (kind, id);
CREATE TABLE part (name BLOB PRIMARY KEY, expiry INTEGER NOT NULL, sealed BLOB NOT NULL);
";

/// What an item is. The numbers are part of the store's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The profile; there is one.
    Profile = 1,
    /// A contact.
    Contact = 2,
    /// A message that was received or sent.
    Message = 3,
    /// An envelope to be sent.
    Outbox = 4,
    /// A publication to be published.
    Publication = 5,
    /// A file on its way.
    Transfer = 6,
    /// The newest list of revoked accounts of an issuer.
    Revoked = 7,
    /// A group.
    Group = 8,
    /// A message that is to be sent to a group.
    GroupDraft = 9,
    /// What came for a group and was not looked at yet.
    GroupInbox = 10,
    /// A key package that a device has given to be added with.
    TheirPackage = 11,
    /// An own key package, and who has it.
    GivenPackage = 12,
    /// The account of a contact that was removed.
    Removed = 13,
    /// An announcement that a session is still to get.
    Owed = 14,
    /// What the person was not told yet.
    Notice = 15,
}

/// An item's id and bytes.
pub type RawItem = (i64, Zeroizing<Vec<u8>>);

/// An opened store.
pub struct ClientStore {
    db: Connection,
    seal: Seal,
}

fn path(home: &Path) -> PathBuf {
    home.join("client.db")
}

fn connect(path: &Path) -> Result<Connection> {
    let db = Connection::open(path)?;
    db.busy_timeout(std::time::Duration::from_secs(30))?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;",
    )?;
    Ok(db)
}

impl ClientStore {
    /// Whether there is a store in a folder.
    #[must_use]
    pub fn exists(home: &Path) -> bool {
        path(home).exists()
    }

    /// Makes a store; `fill` puts the first things into it, in the same transaction.
    ///
    /// # Errors
    /// A store that is there already, or can't be written.
    pub fn create(
        home: &Path,
        passphrase: &str,
        cost: Cost,
        fill: impl FnOnce(&mut Tx<'_>) -> Result<()>,
    ) -> Result<Self> {
        if Self::exists(home) {
            return Err(Error::usage(format!("there is a store in {} already", home.display()))
                .next("use it, or choose another folder with --home"));
        }
        private::folder(home).about(format!("the folder {}", home.display()))?;
        // Complete under another name first: what has the store's name is whole.
        let making = home.join("client.db.new");
        for old in ["client.db.new", "client.db.new-wal", "client.db.new-shm"] {
            let _ = std::fs::remove_file(home.join(old));
        }
        let (seal, lock) = Seal::new(passphrase, cost)?;
        // The journal gets the file's mode.
        private::create(&making).about("the new store")?;
        let db = connect(&making)?;
        db.execute_batch(SCHEMA)?;
        db.execute_batch(super::group::records::SCHEMA)?;
        db.execute("INSERT INTO lock VALUES (1, ?)", [lock])?;
        let mut made = Self { db, seal };
        made.transaction(fill)?;
        let Self { db, seal } = made;
        // The journal goes with the last connection, into the file that gets the store's name.
        db.close().map_err(|(_, error)| error)?;
        std::fs::rename(&making, path(home)).about("the new store")?;
        Ok(Self { db: connect(&path(home))?, seal })
    }

    /// Opens the store of a folder.
    ///
    /// # Errors
    /// A wrong passphrase; no store.
    pub fn open(home: &Path, passphrase: &str) -> Result<Self> {
        if !Self::exists(home) {
            return Err(Error::not_found(format!("there is no store in {}", home.display()))
                .next("make one with `sceau init`, or name its folder with --home"));
        }
        let db = connect(&path(home))?;
        db.execute_batch(super::group::records::SCHEMA)?;
        let lock: Vec<u8> = db.query_row("SELECT lock FROM lock", [], |row| row.get(0))?;
        Ok(Self { seal: Seal::open(passphrase, &lock)?, db })
    }

    /// Runs `work` in one transaction; nothing of it stays when it fails.
    ///
    /// # Errors
    /// Those of `work`, and of the disk.
    pub fn transaction<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut tx = Tx { db: transaction, seal: &self.seal, group_changes: 0 };
        let done = work(&mut tx)?;
        tx.db.commit()?;
        Ok(done)
    }

    /// Lets the file grow by a number of pages of 4,096 bytes, or again without bound: what a full disk does, for
    /// tests.
    ///
    /// # Errors
    /// As any read.
    pub fn limit_pages(&mut self, more: Option<u32>) -> Result<()> {
        let pages: u32 = self.db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let most = more.map_or(u32::MAX - 1, |more| pages.saturating_add(more));
        Ok(self.db.pragma_update(None, "max_page_count", most)?)
    }

    /// The generation of the head record: tells whether another process has changed something.
    ///
    /// # Errors
    /// As any read.
    pub fn head_generation(&self) -> Result<u64> {
        let name = self.seal.name(&HEAD);
        let mut select = self.db.prepare_cached("SELECT generation FROM record WHERE name = ?")?;
        Ok(select.query_row([name], |row| row.get(0)).optional()?.unwrap_or(0))
    }

    /// All records, joined in ascending order (`STA-01`).
    ///
    /// # Errors
    /// A row that is damaged.
    pub fn records(&self) -> Result<Zeroizing<Vec<u8>>> {
        let mut select = self.db.prepare_cached("SELECT name, generation, sealed FROM record")?;
        let mut rows = select.query([])?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            let (name, generation): ([u8; 32], u64) = (row.get(0)?, row.get(1)?);
            let bytes = self.seal.open_row(&record_place(&name, generation), row.get(2)?)?;
            records.push(Record::from_bytes(&bytes)?);
        }
        records.sort_by(|a, b| a.key().cmp(b.key()));
        let mut joined = Zeroizing::new(Vec::with_capacity(records.len() * 128));
        for record in records {
            joined.extend_from_slice(&Zeroizing::new(record.to_bytes()));
        }
        Ok(joined)
    }

    /// The chunk of a file that a medium has brought, by its mailbox.
    ///
    /// # Errors
    /// A row that is damaged.
    pub fn part(&self, mailbox: &MailboxId) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let name = part_name(&self.seal, mailbox);
        let mut select = self.db.prepare_cached("SELECT sealed FROM part WHERE name = ?")?;
        let sealed: Option<Vec<u8>> = select.query_row([name], |row| row.get(0)).optional()?;
        sealed.map(|sealed| self.seal.open_row(&part_place(&name), sealed)).transpose()
    }

    /// The items of a kind with their ids, oldest first.
    ///
    /// # Errors
    /// A row that is damaged.
    pub fn items<T: DeserializeOwned>(&self, kind: Kind) -> Result<Vec<(i64, T)>> {
        items(&self.db, &self.seal, kind)
    }

    /// The items of a kind as bytes, oldest first: `most` of those whose id is greater than `after`.
    ///
    /// # Errors
    /// A row that is damaged.
    pub fn raw_items(&self, kind: Kind, after: i64, most: usize) -> Result<Vec<RawItem>> {
        raw_items(&self.db, &self.seal, kind, after, most)
    }
}

fn part_name(seal: &Seal, mailbox: &MailboxId) -> [u8; 32] {
    let mut key = Writer::default();
    key.raw(b"part").raw(mailbox.as_bytes());
    seal.name(&key.0)
}

fn part_place(name: &[u8; 32]) -> Vec<u8> {
    [b"part", &name[..]].concat()
}

/// The key of the head record.
const HEAD: [u8; 2] = [0, 0];

fn record_place(name: &[u8; 32], generation: u64) -> Vec<u8> {
    let mut place = Writer::default();
    place.raw(b"record").raw(name).u64(generation);
    place.0
}

fn item_place(kind: Kind, id: i64) -> Vec<u8> {
    let mut place = Writer::default();
    place.raw(b"item").u8(kind as u8).raw(&id.to_be_bytes());
    place.0
}

fn raw_items(
    db: &Connection,
    seal: &Seal,
    kind: Kind,
    after: i64,
    most: usize,
) -> Result<Vec<RawItem>> {
    let mut select = db.prepare_cached(
        "SELECT id, sealed FROM item WHERE kind = ? AND id > ? ORDER BY id LIMIT ?",
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut rows = select.query(params![kind as u8, after, most])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        found.push((id, seal.open_row(&item_place(kind, id), row.get(1)?)?));
    }
    Ok(found)
}

fn items<T: DeserializeOwned>(db: &Connection, seal: &Seal, kind: Kind) -> Result<Vec<(i64, T)>> {
    let rows = raw_items(db, seal, kind, 0, usize::MAX)?;
    rows.into_iter()
        .map(|(id, row)| Ok((id, serde_json::from_slice(&row).about("an item of the store")?)))
        .collect()
}
