//! The table of commits.

use crate::relay::commits::{CommitRules, answer, room};
use crate::relay::store::StoreError;
use rusqlite::{Connection, OptionalExtension, params};
use sceau::delivery::{CommitAnswer, CommitHandle};

/// A message that is deleted leaves NULL behind. How many handles there are is counted once, when the store is opened.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS handle (
    handle BLOB PRIMARY KEY, message BLOB, expiry INTEGER NOT NULL, forget INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS handle_forget ON handle (forget);
CREATE TABLE IF NOT EXISTS handles (kept INTEGER NOT NULL);
DELETE FROM handles;
INSERT INTO handles SELECT count(*) FROM handle;
CREATE TRIGGER IF NOT EXISTS handle_kept AFTER INSERT ON handle BEGIN UPDATE handles SET kept = kept + 1; END;
CREATE TRIGGER IF NOT EXISTS handle_gone AFTER DELETE ON handle BEGIN UPDATE handles SET kept = kept - 1; END;
";

/// What is kept: none for a handle that nobody has used, or that is forgotten.
pub(super) fn kept(
    db: &Connection,
    handle: &CommitHandle,
    now: u64,
) -> Result<Option<Option<Vec<u8>>>, StoreError> {
    let mut select = db.prepare_cached(
        "SELECT CASE WHEN expiry > ?2 THEN message END FROM handle WHERE handle = ?1 AND forget > ?2",
    )?;
    Ok(select.query_row(params![handle.as_bytes(), now], |row| row.get(0)).optional()?)
}

pub(super) fn commit(
    db: &Connection,
    handle: &CommitHandle,
    message: &[u8],
    rules: CommitRules,
    now: u64,
) -> Result<CommitAnswer, StoreError> {
    if let Some(kept) = kept(db, handle, now)? {
        return Ok(answer(kept, message));
    }
    let mut count = db.prepare_cached("SELECT kept FROM handles")?;
    room(count.query_row([], |row| row.get(0))?, rules)?;
    // One that was to be forgotten.
    db.prepare_cached("DELETE FROM handle WHERE handle = ?")?.execute([handle.as_bytes()])?;
    db.prepare_cached("INSERT INTO handle VALUES (?, ?, ?, ?)")?.execute(params![
        handle.as_bytes(),
        message,
        rules.expiry,
        rules.forget
    ])?;
    Ok(CommitAnswer::Kept)
}

/// Those of the handles that hold a message.
pub(super) fn committed(
    db: &Connection,
    handles: Vec<CommitHandle>,
    now: u64,
) -> Result<Vec<CommitHandle>, StoreError> {
    let sql = "SELECT 1 FROM handle WHERE handle = ? AND expiry > ? AND message IS NOT NULL";
    let mut select = db.prepare_cached(sql)?;
    let mut found = Vec::new();
    for handle in handles {
        if select.exists(params![handle.as_bytes(), now])? {
            found.push(handle);
        }
    }
    Ok(found)
}

pub(super) fn expire(db: &Connection, now: u64) -> Result<(), StoreError> {
    db.execute(
        "UPDATE handle SET message = NULL WHERE expiry <= ? AND message IS NOT NULL",
        [now],
    )?;
    db.execute("DELETE FROM handle WHERE forget <= ?", [now])?;
    Ok(())
}
