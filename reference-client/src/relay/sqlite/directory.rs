//! The directory's tables: what devices have published, and which one-time keys are left.

use crate::relay::store::{Device, Left, NewDevice, Served, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, params};
use sceau::pairwise::MailboxId;

pub(super) fn device_of(row: &Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        lists: row.get("lists")?,
        credential: row.get("credential")?,
        batch: row.get("batch")?,
        signed: row.get("signed")?,
        last_resort: row.get("last_resort")?,
        generation: row.get("generation")?,
        expiry: row.get("expiry")?,
    })
}

pub(super) fn left(db: &Connection, contact: &MailboxId) -> Result<Left, StoreError> {
    let mut count =
        db.prepare_cached("SELECT count(*) FROM prekey WHERE contact = ? AND kem = ?")?;
    let mut of = |kem: bool| count.query_row(params![contact.as_bytes(), kem], |row| row.get(0));
    Ok(Left { one_time: of(false)?, kem: of(true)? })
}

pub(super) fn list(
    db: &Connection,
    account_id: &[u8],
) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
    let mut select = db.prepare_cached("SELECT number, list FROM account WHERE id = ?")?;
    Ok(select.query_row([account_id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Takes a one-time key out of the stock.
fn take_key(
    db: &Connection,
    contact: &MailboxId,
    kem: bool,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut delete = db.prepare_cached(
        "DELETE FROM prekey WHERE contact = ?1 AND kem = ?2 AND id =
             (SELECT min(id) FROM prekey WHERE contact = ?1 AND kem = ?2) RETURNING proven",
    )?;
    let mut rows = delete.query(params![contact.as_bytes(), kem])?;
    let taken = rows.next()?.map(|row| row.get(0)).transpose()?;
    while rows.next()?.is_some() {}
    Ok(taken)
}

pub(super) fn publish(
    db: &Connection,
    contact: &MailboxId,
    new: &NewDevice,
) -> Result<Left, StoreError> {
    if list(db, &new.account_id)?.map_or(0, |(number, _)| number) != new.against {
        return Err(StoreError::Conflict);
    }
    let id = contact.as_bytes();
    let old: Option<u32> = db
        .prepare_cached("SELECT generation FROM device WHERE contact = ?")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let device = &new.device;
    if old.is_some_and(|old| device.generation <= old) {
        return Err(StoreError::Rollback);
    }
    db.prepare_cached("INSERT OR REPLACE INTO account VALUES (?, ?, ?)")?.execute(params![
        new.account_id,
        new.list.0,
        new.list.1
    ])?;
    // A new batch does not reset the counters of the hour.
    db.prepare_cached(
        "INSERT INTO device VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)
         ON CONFLICT (contact) DO UPDATE SET lists = excluded.lists, credential = excluded.credential,
             batch = excluded.batch, signed = excluded.signed, last_resort = excluded.last_resort,
             generation = excluded.generation, expiry = excluded.expiry",
    )?
    .execute(params![
        id,
        new.account_id,
        device.lists,
        device.credential,
        device.batch,
        device.signed,
        device.last_resort,
        device.generation,
        device.expiry
    ])?;
    db.prepare_cached("DELETE FROM prekey WHERE contact = ?")?.execute([id])?;
    let mut insert = db.prepare_cached("INSERT INTO prekey VALUES (?, ?, ?, ?)")?;
    for (kem, keys) in [(false, &new.one_time), (true, &new.kem)] {
        for (number, proven) in keys {
            insert.execute(params![id, kem, number, proven])?;
        }
    }
    left(db, contact)
}

pub(super) fn take(
    db: &Connection,
    contact: &MailboxId,
    rate: u32,
    now: u64,
) -> Result<Option<Served>, StoreError> {
    let id = contact.as_bytes();
    let mut select = db.prepare_cached("SELECT * FROM device WHERE contact = ? AND expiry > ?")?;
    let found = select
        .query_row(params![id, now], |row| {
            let counters: (u64, u32, u32) =
                (row.get("hour")?, row.get("one_time_taken")?, row.get("kem_taken")?);
            Ok((device_of(row)?, counters))
        })
        .optional()?;
    let Some((device, (hour, mut one_time_taken, mut kem_taken))) = found else { return Ok(None) };
    let this_hour = now / 3600;
    if hour != this_hour {
        (one_time_taken, kem_taken) = (0, 0);
    }
    let one_time = if one_time_taken < rate { take_key(db, contact, false)? } else { None };
    let kem = if kem_taken < rate { take_key(db, contact, true)? } else { None };
    one_time_taken += u32::from(one_time.is_some());
    kem_taken += u32::from(kem.is_some());
    db.prepare_cached(
        "UPDATE device SET hour = ?, one_time_taken = ?, kem_taken = ? WHERE contact = ?",
    )?
    .execute(params![this_hour, one_time_taken, kem_taken, id])?;
    Ok(Some(Served { device, one_time, kem }))
}

pub(super) fn revoked(db: &Connection) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut select = db.prepare_cached("SELECT list FROM revoked ORDER BY rowid")?;
    Ok(select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

pub(super) fn keep_revoked(
    db: &Connection,
    before: &[Vec<u8>],
    lists: &[Vec<u8>],
) -> Result<bool, StoreError> {
    if revoked(db)? != before {
        return Ok(false);
    }
    db.execute("DELETE FROM revoked", [])?;
    for list in lists {
        db.execute("INSERT INTO revoked VALUES (?)", [list])?;
    }
    Ok(true)
}
