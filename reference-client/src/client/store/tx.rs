//! A transaction of the store: what one step changes.

use super::{
    Kind, RawItem, Seal, item_place, items, part_name, part_place, raw_items, record_place,
};
use crate::error::{About, Result};
use rusqlite::{OptionalExtension, Transaction, params};
use sceau::Wire;
use sceau::pairwise::{Changes, MailboxId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// A transaction of the store.
pub struct Tx<'a> {
    pub(in crate::client) db: Transaction<'a>,
    pub(in crate::client) seal: &'a Seal,
    /// Changes of groups that were stored in it.
    pub(in crate::client) group_changes: u64,
}

impl Tx<'_> {
    /// Applies what a step of the protocol changes.
    ///
    /// # Errors
    /// `stale_state` when another process was first: then nothing of this transaction may be used.
    pub fn apply(&mut self, changes: &Changes) -> Result<()> {
        for change in changes.iter() {
            let name = self.seal.name(&change.key().to_bytes());
            let stored: Option<u64> = self
                .db
                .prepare_cached("SELECT generation FROM record WHERE name = ?")?
                .query_row([name], |row| row.get(0))
                .optional()?;
            if stored.unwrap_or(0) != change.expected() {
                return Err(sceau::Error::from(sceau::error::Misuse::StaleState).into());
            }
            match change.record() {
                None => {
                    self.db.prepare_cached("DELETE FROM record WHERE name = ?")?.execute([name])?;
                }
                Some(record) => {
                    let generation = record.generation();
                    let bytes = Zeroizing::new(record.to_bytes());
                    let sealed = self.seal.seal(&record_place(&name, generation), &bytes)?;
                    self.db
                        .prepare_cached("INSERT OR REPLACE INTO record VALUES (?, ?, ?)")?
                        .execute(params![name, generation, sealed])?;
                }
            }
        }
        Ok(())
    }

    /// Whether an item is there.
    ///
    /// # Errors
    /// As any read.
    pub fn has(&self, kind: Kind, id: i64) -> Result<bool> {
        let mut select = self.db.prepare_cached("SELECT 1 FROM item WHERE id = ? AND kind = ?")?;
        Ok(select.exists(params![id, kind as u8])?)
    }

    /// Adds an item; gives its id, which is greater than all before.
    ///
    /// # Errors
    /// As any write.
    pub fn add(&mut self, kind: Kind, item: &impl Serialize) -> Result<i64> {
        let bytes = Zeroizing::new(serde_json::to_vec(item).about("an item of the store")?);
        self.add_raw(kind, &bytes)
    }

    /// Adds an item of bytes.
    ///
    /// # Errors
    /// As any write.
    pub fn add_raw(&mut self, kind: Kind, bytes: &[u8]) -> Result<i64> {
        self.db
            .prepare_cached("INSERT INTO item (kind, sealed) VALUES (?, x'')")?
            .execute([kind as u8])?;
        let id = self.db.last_insert_rowid();
        self.write(kind, id, bytes)?;
        Ok(id)
    }

    /// Replaces an item.
    ///
    /// # Errors
    /// As any write.
    pub fn replace(&mut self, kind: Kind, id: i64, item: &impl Serialize) -> Result<()> {
        let bytes = Zeroizing::new(serde_json::to_vec(item).about("an item of the store")?);
        self.write(kind, id, &bytes)
    }

    fn write(&mut self, kind: Kind, id: i64, bytes: &[u8]) -> Result<()> {
        let sealed = self.seal.seal(&item_place(kind, id), bytes)?;
        self.db
            .prepare_cached("UPDATE item SET sealed = ? WHERE id = ? AND kind = ?")?
            .execute(params![sealed, id, kind as u8])?;
        Ok(())
    }

    /// Deletes an item.
    ///
    /// # Errors
    /// As any write.
    pub fn delete(&mut self, kind: Kind, id: i64) -> Result<()> {
        self.db
            .prepare_cached("DELETE FROM item WHERE id = ? AND kind = ?")?
            .execute(params![id, kind as u8])?;
        Ok(())
    }

    /// The items of a kind, oldest first.
    ///
    /// # Errors
    /// A row that is damaged.
    pub fn items<T: DeserializeOwned>(&self, kind: Kind) -> Result<Vec<(i64, T)>> {
        items(&self.db, self.seal, kind)
    }

    /// The items of a kind as bytes, oldest first.
    ///
    /// # Errors
    /// A row that is damaged.
    pub fn raw_items(&self, kind: Kind) -> Result<Vec<RawItem>> {
        raw_items(&self.db, self.seal, kind, 0, usize::MAX)
    }

    /// Keeps the chunk of a file until its expiry.
    ///
    /// # Errors
    /// As any write.
    pub fn put_part(&mut self, mailbox: &MailboxId, expiry: u64, chunk: &[u8]) -> Result<()> {
        let name = part_name(self.seal, mailbox);
        let sealed = self.seal.seal(&part_place(&name), chunk)?;
        self.db
            .prepare_cached("INSERT OR REPLACE INTO part VALUES (?, ?, ?)")?
            .execute(params![name, expiry, sealed])?;
        Ok(())
    }

    /// Deletes the chunk of a file; gives how many were there.
    ///
    /// # Errors
    /// As any write.
    pub fn drop_part(&mut self, mailbox: &MailboxId) -> Result<u64> {
        let name = part_name(self.seal, mailbox);
        let dropped = self.db.prepare_cached("DELETE FROM part WHERE name = ?")?.execute([name])?;
        Ok(dropped as u64)
    }

    /// Deletes the chunks whose time has come.
    ///
    /// # Errors
    /// As any write.
    pub fn expire_parts(&mut self, now: u64) -> Result<()> {
        self.db.prepare_cached("DELETE FROM part WHERE expiry <= ?")?.execute([now])?;
        Ok(())
    }

    /// Deletes all items of a kind.
    ///
    /// # Errors
    /// As any write.
    pub fn clear(&mut self, kind: Kind) -> Result<()> {
        self.db.prepare_cached("DELETE FROM item WHERE kind = ?")?.execute([kind as u8])?;
        Ok(())
    }
}
