//! The relay's store on one machine: one SQLite file.
//!
//! All writes go through one thread, which commits what has come in meanwhile in one transaction (so
//! that a disk's flush is shared) and answers only after the commit. Reads have connections of their
//! own. What is deleted is overwritten (`secure_delete`).

use super::auth::Challenges;
use super::store::{Device, Left, NewDevice, PutRules, Served, Store, StoreError};
use crate::crypto;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sceau::delivery::{Handle, StoredEnvelope};
use sceau::pairwise::{Envelope, MailboxId};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot};

/// Writes that may wait; more are refused (`Busy`).
const QUEUE: usize = 1_024;
/// Writes that share a transaction.
const GROUP: usize = 256;
/// Connections that read.
const READERS: usize = 4;
/// How often the journal is carried over into the file, beside the writes; only when it gets longer than this many
/// pages does a write wait for it.
const CHECKPOINT: Duration = Duration::from_millis(200);
const LONGEST_JOURNAL: u32 = 16_384;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS envelope (
    mailbox BLOB NOT NULL, handle BLOB NOT NULL, expiry INTEGER NOT NULL, message BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS envelope_of ON envelope (mailbox, handle, expiry);
CREATE INDEX IF NOT EXISTS envelope_expiry ON envelope (expiry);
CREATE TABLE IF NOT EXISTS account (
    id BLOB PRIMARY KEY, number INTEGER NOT NULL, list BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS device (
    contact BLOB PRIMARY KEY, account BLOB NOT NULL, lists BLOB NOT NULL, credential BLOB NOT NULL,
    batch BLOB NOT NULL, signed BLOB NOT NULL, last_resort BLOB NOT NULL,
    generation INTEGER NOT NULL, expiry INTEGER NOT NULL,
    hour INTEGER NOT NULL, one_time_taken INTEGER NOT NULL, kem_taken INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS prekey (
    contact BLOB NOT NULL, kem INTEGER NOT NULL, id INTEGER NOT NULL, proven BLOB NOT NULL,
    PRIMARY KEY (contact, kem, id));
";

type Job = Box<dyn FnOnce(&Connection) -> Reply + Send>;
/// Tells whoever waits for a write how its transaction ended.
type Reply = Box<dyn FnOnce(Option<StoreError>) + Send>;

/// The store in `DIR/relay.db`.
pub struct Sqlite {
    path: PathBuf,
    jobs: SyncSender<Job>,
    readers: Mutex<Vec<Connection>>,
    permits: Semaphore,
    /// There is one relay on this store.
    challenges: Challenges,
    /// Ends the thread that carries the journal over, when it is dropped.
    _open: SyncSender<()>,
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(error.to_string())
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        failed(error)
    }
}

/// Opens a database as both relay and tests want it.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let db = Connection::open(path)?;
    db.busy_timeout(Duration::from_secs(10))?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
         PRAGMA foreign_keys = ON;",
    )?;
    Ok(db)
}

impl Sqlite {
    /// Opens or makes the store in a folder.
    ///
    /// # Errors
    /// [`StoreError::Failed`] where that is not possible.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir).map_err(failed)?;
        let path = dir.join("relay.db");
        let writer = connect(&path)?;
        writer.execute_batch(SCHEMA)?;
        writer.pragma_update(None, "wal_autocheckpoint", LONGEST_JOURNAL)?;
        let readers = (0..READERS).map(|_| connect(&path)).collect::<Result<_, _>>()?;
        let (jobs, queue) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || write_all(&writer, &queue))
            .map_err(failed)?;
        let (open, closed) = sync_channel(0);
        let carrier = connect(&path)?;
        std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || carry_over(&carrier, &closed))
            .map_err(failed)?;
        Ok(Self {
            _open: open,
            path,
            jobs,
            readers: Mutex::new(readers),
            permits: Semaphore::new(READERS),
            challenges: Challenges::default(),
        })
    }

    /// Limits the file to a number of pages of 4,096 bytes: what a full disk does, for tests.
    ///
    /// # Errors
    /// As any write.
    pub async fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        self.write(move |db| Ok(db.pragma_update(None, "max_page_count", pages)?)).await
    }

    /// Runs a write in the next transaction, and returns when that is on the disk.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            let done = in_savepoint(db, work);
            Box::new(move |failure| {
                let _ = answer.send(failure.map_or(done, Err));
            })
        });
        match self.jobs.try_send(job) {
            Ok(()) => result.await.map_err(failed)?,
            Err(TrySendError::Full(_)) => Err(StoreError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(failed("its thread has ended")),
        }
    }

    /// Runs a read on one of the connections for it.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _permit = self.permits.acquire().await.map_err(failed)?;
        let pop = || self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let db = match pop() {
            Some(db) => db,
            None => connect(&self.path)?,
        };
        let (db, done) = tokio::task::spawn_blocking(move || {
            let done = work(&db);
            (db, done)
        })
        .await
        .map_err(failed)?;
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(db);
        done
    }
}

fn in_savepoint<T>(
    db: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    db.execute_batch("SAVEPOINT job")?;
    let done = work(db);
    let end = if done.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    db.execute_batch(end)?;
    done
}

/// The writing thread: ends when the store is dropped.
fn write_all(db: &Connection, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut failure = db.execute_batch("BEGIN IMMEDIATE").err().map(StoreError::from);
        let jobs = std::iter::once(first).chain(queue.try_iter().take(GROUP - 1));
        let replies: Vec<Reply> = jobs.map(|job| job(db)).collect();
        if failure.is_none() {
            failure = db.execute_batch("COMMIT").err().map(StoreError::from);
        }
        if failure.is_some() && !db.is_autocommit() {
            let _ = db.execute_batch("ROLLBACK");
        }
        for reply in replies {
            reply(failure.clone());
        }
    }
}

/// The thread that carries the journal over into the file, without keeping writes from going on.
fn carry_over(db: &Connection, closed: &Receiver<()>) {
    while closed.recv_timeout(CHECKPOINT) == Err(RecvTimeoutError::Timeout) {
        // What fails now (a full disk, say) fails at a write too, and is told there.
        let _ = db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    }
}

fn device_of(row: &Row<'_>) -> rusqlite::Result<Device> {
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

fn left(db: &Connection, contact: &MailboxId) -> Result<Left, StoreError> {
    let mut count =
        db.prepare_cached("SELECT count(*) FROM prekey WHERE contact = ? AND kem = ?")?;
    let mut of = |kem: bool| count.query_row(params![contact.as_bytes(), kem], |row| row.get(0));
    Ok(Left { one_time: of(false)?, kem: of(true)? })
}

fn list(db: &Connection, account_id: &[u8]) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
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

fn publish(db: &Connection, contact: &MailboxId, new: &NewDevice) -> Result<Left, StoreError> {
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

fn take(
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

fn put(db: &Connection, envelope: &Envelope, rules: PutRules) -> Result<(), StoreError> {
    let mailbox = envelope.mailbox_id.as_bytes();
    let exists =
        |sql: &str| -> Result<bool, StoreError> { Ok(db.prepare_cached(sql)?.exists([mailbox])?) };
    if envelope.expiry > rules.contact_expiry && exists("SELECT 1 FROM device WHERE contact = ?")? {
        return Err(StoreError::TooLong);
    }
    let held: u32 = db
        .prepare_cached("SELECT count(*) FROM envelope WHERE mailbox = ?")?
        .query_row([mailbox], |row| row.get(0))?;
    if held >= rules.max_mailbox {
        return Err(StoreError::Limit);
    }
    let handle: [u8; 16] = crypto::random().ok_or_else(|| failed("no randomness"))?;
    db.prepare_cached("INSERT INTO envelope VALUES (?, ?, ?, ?)")?.execute(params![
        mailbox,
        handle,
        envelope.expiry,
        envelope.message
    ])?;
    Ok(())
}

impl Store for Sqlite {
    async fn put(&self, envelope: Envelope, rules: PutRules) -> Result<(), StoreError> {
        self.write(move |db| put(db, &envelope, rules)).await
    }

    async fn get(
        &self,
        mailbox: MailboxId,
        most: u16,
        now: u64,
    ) -> Result<(Vec<StoredEnvelope>, bool), StoreError> {
        self.read(move |db| {
            let mut select = db.prepare_cached(
                "SELECT handle, expiry, message FROM envelope
                 WHERE mailbox = ? AND expiry > ? ORDER BY rowid LIMIT ?",
            )?;
            let bound = params![mailbox.as_bytes(), now, u32::from(most) + 1];
            let stored = |row: &Row<'_>| {
                let handle = Handle::new(row.get(0)?);
                Ok(StoredEnvelope { handle, expiry: row.get(1)?, message: row.get(2)? })
            };
            let mut found: Vec<_> = select.query_map(bound, stored)?.collect::<Result<_, _>>()?;
            let more = found.len() > usize::from(most);
            found.truncate(usize::from(most));
            Ok((found, more))
        })
        .await
    }

    async fn acknowledge(
        &self,
        mailbox: MailboxId,
        handles: Vec<Handle>,
    ) -> Result<(), StoreError> {
        self.write(move |db| {
            let mut delete =
                db.prepare_cached("DELETE FROM envelope WHERE mailbox = ? AND handle = ?")?;
            for handle in handles {
                delete.execute(params![mailbox.as_bytes(), handle.as_bytes()])?;
            }
            Ok(())
        })
        .await
    }

    async fn holding(
        &self,
        mailboxes: Vec<MailboxId>,
        now: u64,
    ) -> Result<Vec<MailboxId>, StoreError> {
        self.read(move |db| {
            let mut select = db.prepare_cached(
                "SELECT 1 FROM envelope WHERE mailbox = ?1 AND expiry > ?2
                 AND NOT EXISTS (SELECT 1 FROM device WHERE contact = ?1)",
            )?;
            let mut holding = Vec::new();
            for mailbox in mailboxes {
                if select.exists(params![mailbox.as_bytes(), now])? {
                    holding.push(mailbox);
                }
            }
            Ok(holding)
        })
        .await
    }

    async fn list(&self, account_id: Vec<u8>) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.read(move |db| list(db, &account_id)).await
    }

    async fn device(&self, contact: MailboxId) -> Result<Option<(Device, Left)>, StoreError> {
        self.read(move |db| {
            let mut select = db.prepare_cached("SELECT * FROM device WHERE contact = ?")?;
            let device = select.query_row([contact.as_bytes()], device_of).optional()?;
            device.map(|device| Ok((device, left(db, &contact)?))).transpose()
        })
        .await
    }

    async fn publish(&self, contact: MailboxId, new: NewDevice) -> Result<Left, StoreError> {
        self.write(move |db| publish(db, &contact, &new)).await
    }

    async fn take(
        &self,
        contact: MailboxId,
        rate: u32,
        now: u64,
    ) -> Result<Option<Served>, StoreError> {
        self.write(move |db| take(db, &contact, rate, now)).await
    }

    async fn expire(&self, now: u64) -> Result<u64, StoreError> {
        let left = self
            .write(move |db| {
                db.execute("DELETE FROM envelope WHERE expiry <= ?", [now])?;
                db.execute(
                    "DELETE FROM prekey WHERE contact IN (SELECT contact FROM device WHERE expiry <= ?)",
                    [now],
                )?;
                Ok(db.query_row("SELECT count(*) FROM envelope", [], |row| row.get(0))?)
            })
            .await?;
        // The journal holds copies of what was deleted until it is emptied.
        self.read(|db| {
            db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(failed)
        })
        .await?;
        Ok(left)
    }

    async fn remove(&self, contacts: Vec<MailboxId>, before: u64) -> Result<(), StoreError> {
        self.write(move |db| {
            for contact in contacts {
                let gone = params![contact.as_bytes(), before];
                db.execute("DELETE FROM device WHERE contact = ? AND expiry <= ?", gone)?;
            }
            db.execute("DELETE FROM prekey WHERE contact NOT IN (SELECT contact FROM device)", [])?;
            db.execute("DELETE FROM account WHERE id NOT IN (SELECT account FROM device)", [])?;
            Ok(())
        })
        .await
    }

    async fn give_challenge(
        &self,
        challenge: [u8; 32],
        now: u64,
        age: u64,
    ) -> Result<(), StoreError> {
        self.challenges.give(challenge, now, age);
        Ok(())
    }

    async fn take_challenge(
        &self,
        challenge: [u8; 32],
        now: u64,
        age: u64,
    ) -> Result<bool, StoreError> {
        Ok(self.challenges.take(&challenge, now, age))
    }

    fn arrivals(&self) -> Option<mpsc::Receiver<MailboxId>> {
        None
    }
}
