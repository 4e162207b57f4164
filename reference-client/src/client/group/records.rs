//! The library's records of groups in the store, each sealed.

use super::model::GroupItem;
use crate::client::store::{ClientStore, Kind, Tx};
use crate::error::{Error, Result};
use crate::wire::{Reader, Writer};
use rusqlite::{Connection, OptionalExtension, params};
use sceau::crypto::Provider;
use sceau::group::{Group, GroupChanges, GroupPolicy, GroupRecordKey};
use zeroize::Zeroizing;

/// Made in stores that do not have it.
pub const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS group_record (
    name BLOB PRIMARY KEY, of BLOB NOT NULL, generation INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS group_record_of ON group_record (of);
";

/// Longest key of a record.
const MAX_KEY: usize = 4_096;

fn place(name: &[u8; 32], generation: u64) -> Vec<u8> {
    let mut place = Writer::default();
    place.raw(b"group").raw(name).u64(generation);
    place.0
}

impl Tx<'_> {
    fn group_name(&self, group_id: &[u8], key: Option<&GroupRecordKey>) -> [u8; 32] {
        let mut name = Writer::default();
        name.raw(b"group").opaque(group_id);
        if let Some(key) = key {
            name.opaque(&key.to_bytes());
        }
        self.seal.name(&name.0)
    }

    /// A group as it is stored.
    ///
    /// # Errors
    /// A row that is damaged; one that is not there.
    pub fn group(&self, group_id: &[u8], policy: GroupPolicy) -> Result<Group> {
        let group = self.group_if_kept(group_id, policy)?;
        group.ok_or_else(|| Error::fault("there is no such group in the store"))
    }

    /// A group as it is stored; none once it was erased.
    ///
    /// # Errors
    /// A row that is damaged.
    pub fn group_if_kept(&self, group_id: &[u8], policy: GroupPolicy) -> Result<Option<Group>> {
        let of = self.group_name(group_id, None);
        let sql = "SELECT name, generation, sealed FROM group_record WHERE of = ?";
        let mut select = self.db.prepare_cached(sql)?;
        let mut rows = select.query([of])?;
        let mut records: Vec<(GroupRecordKey, Zeroizing<Vec<u8>>)> = Vec::new();
        while let Some(row) = rows.next()? {
            let (name, generation): ([u8; 32], u64) = (row.get(0)?, row.get(1)?);
            let opened = self.seal.open_row(&place(&name, generation), row.get(2)?)?;
            let mut r = Reader::new(&opened);
            let key = GroupRecordKey::from_bytes(r.opaque(MAX_KEY)?).map_err(sceau::Error::from)?;
            records.push((key, Zeroizing::new(r.rest().to_vec())));
        }
        if records.is_empty() {
            return Ok(None);
        }
        let records = records.iter().map(|(key, body)| (key, body.as_slice()));
        Ok(Some(Group::import(records, policy, &Provider::Default)?))
    }

    /// Stores what has changed in a group since it was loaded.
    ///
    /// # Errors
    /// `stale_state` when another process was first.
    pub fn save_group(&mut self, group: &mut Group) -> Result<()> {
        let changes = group.take_changes();
        if changes.is_empty() { Ok(()) } else { self.apply_group(group.group_id(), &changes) }
    }

    /// Erases all of a group (`GDS-46`).
    ///
    /// # Errors
    /// As [`Tx::save_group`].
    pub fn erase_group(&mut self, group: Group) -> Result<()> {
        let id = group.group_id().to_vec();
        self.apply_group(&id, &group.erase())
    }

    fn apply_group(&mut self, id: &[u8], changes: &GroupChanges) -> Result<()> {
        let (of, head) =
            (self.group_name(id, None), self.group_name(id, Some(&GroupRecordKey::head())));
        if generation(&self.db, &head)? != changes.expected() {
            return Err(sceau::Error::from(sceau::error::Misuse::StaleState).into());
        }
        let generation = changes.expected() + 1;
        for change in changes.iter() {
            let name = self.group_name(id, Some(change.key()));
            let Some(body) = change.body() else {
                let sql = "DELETE FROM group_record WHERE name = ?";
                self.db.prepare_cached(sql)?.execute([name])?;
                continue;
            };
            let mut row = Writer::default();
            row.opaque(&change.key().to_bytes()).raw(body);
            let row = Zeroizing::new(row.0);
            let sealed = self.seal.seal(&place(&name, generation), &row)?;
            self.db
                .prepare_cached("INSERT OR REPLACE INTO group_record VALUES (?, ?, ?, ?)")?
                .execute(params![name, of, generation, sealed])?;
        }
        self.group_changes += 1;
        Ok(())
    }

    /// The item of a group.
    ///
    /// # Errors
    /// None of this id.
    pub fn group_item(&self, id: &str) -> Result<(i64, GroupItem)> {
        let found = self.group_item_if_known(id)?;
        found.ok_or_else(|| Error::fault("there is no such group in the store"))
    }

    /// The item of a group; none of one that the device does not know, or that another one has replaced.
    ///
    /// # Errors
    /// A row that is damaged.
    pub fn group_item_if_known(&self, id: &str) -> Result<Option<(i64, GroupItem)>> {
        let items: Vec<(i64, GroupItem)> = self.items(Kind::Group)?;
        Ok(items.into_iter().find(|(_, item)| item.id == id))
    }
}

fn generation(db: &Connection, name: &[u8; 32]) -> Result<u64> {
    let mut select = db.prepare_cached("SELECT generation FROM group_record WHERE name = ?")?;
    Ok(select.query_row([name], |row| row.get(0)).optional()?.unwrap_or(0))
}

impl ClientStore {
    /// All groups.
    ///
    /// # Errors
    /// A row that is damaged.
    pub fn groups(&self) -> Result<Vec<(i64, GroupItem)>> {
        self.items(Kind::Group)
    }

    /// The group of a name.
    ///
    /// # Errors
    /// None of this name.
    pub fn group_of_name(&self, name: &str) -> Result<(i64, GroupItem)> {
        let found = self.groups()?.into_iter().find(|(_, item)| item.name == name);
        found.ok_or_else(|| {
            Error::not_found(format!("there is no group {name}")).next(format!(
                "make one with `sceau group create {name}`; `sceau group list` shows all"
            ))
        })
    }
}
