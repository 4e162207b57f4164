//! The relay's store on one machine: one SQLite file.
//!
//! All writes go through one thread, which commits what has come in meanwhile in one transaction (so
//! that a disk's flush is shared) and answers only after the commit. Reads have connections and threads of
//! their own, a few: each thread that is awake keeps the writing one waiting for a processor. What is deleted is
//! overwritten (`secure_delete`).

mod commits;
mod directory;

use self::directory::{device_of, keep_revoked, left, list, publish, revoked, take};
use super::auth::Challenges;
use super::commits::CommitRules;
use super::store::{Device, Left, NewDevice, PutRules, Served, Store, StoreError};
use crate::crypto;
use crate::private;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sceau::delivery::{CommitAnswer, CommitHandle, Handle, StoredEnvelope};
use sceau::pairwise::{Envelope, MailboxId};
use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Writes that may wait, and reads of one thread; more are refused (`Busy`).
const QUEUE: usize = 1_024;
/// Writes that share a transaction.
const GROUP: usize = 256;
/// Threads that read.
const READERS: usize = 4;
/// How often the journal is carried over into the file, beside the writes. When it gets longer than this many pages,
/// a write carries over the little that is left, and begins the journal anew. Before that, from three quarters of it on,
/// the file is flushed beside the writes, so that the one which does it finds little to flush.
const CHECKPOINT: Duration = Duration::from_millis(200);
const LONGEST_JOURNAL: u32 = 16_384;
const FLUSH_FROM: u32 = LONGEST_JOURNAL / 4 * 3;
/// Tries to empty it.
const EMPTYING: u32 = 500;

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
CREATE TABLE IF NOT EXISTS revoked (list BLOB NOT NULL);
";

type Read = Box<dyn FnOnce(&Connection) + Send>;
type Job = Box<dyn FnOnce(&Connection) -> Reply + Send>;
/// Tells whoever waits for a write how its transaction ended.
type Reply = Box<dyn FnOnce(Option<StoreError>) + Send>;

/// The store in `DIR/relay.db`.
pub struct Sqlite {
    path: PathBuf,
    jobs: SyncSender<Job>,
    readers: Vec<SyncSender<Read>>,
    /// Counts reads: they go to the threads in turn.
    turn: AtomicUsize,
    /// There is one relay on this store: `_alone` is locked.
    challenges: Challenges,
    _alone: File,
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
    /// [`StoreError::Failed`] where that is not possible, and where another relay has it open: each keeps the challenges
    /// that it has given out to itself, and what one is told of arrivals the other would not know.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        private::folder(dir).map_err(failed)?;
        let alone = private::open(&dir.join("relay.lock")).map_err(failed)?;
        alone.try_lock().map_err(|_| failed("another relay uses it"))?;
        let path = dir.join("relay.db");
        // The journal gets the file's mode.
        private::open(&path).map_err(failed)?;
        let writer = connect(&path)?;
        writer.execute_batch(SCHEMA)?;
        writer.execute_batch(commits::SCHEMA)?;
        writer.pragma_update(None, "wal_autocheckpoint", LONGEST_JOURNAL)?;
        let readers = (0..READERS).map(|_| reader(&path)).collect::<Result<_, _>>()?;
        let (jobs, queue) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || write_all(&writer, &queue))
            .map_err(failed)?;
        let (open, closed) = sync_channel(0);
        let carrier = connect(&path)?;
        // Never closed: closing it would end the locks that SQLite's own descriptors hold (fcntl, "locks are released
        // when any descriptor is closed").
        let file = ManuallyDrop::new(File::open(&path).map_err(failed)?);
        std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || carry_over(&carrier, &file, &closed))
            .map_err(failed)?;
        Ok(Self {
            _open: open,
            path,
            jobs,
            readers,
            turn: AtomicUsize::new(0),
            challenges: Challenges::default(),
            _alone: alone,
        })
    }

    /// Limits the file to a number of pages of 4,096 bytes: above that writes fail as on a full disk.
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

    /// Runs a read on one of the threads for it.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, result) = oneshot::channel();
        let read: Read = Box::new(move |db| {
            let _ = answer.send(work(db));
        });
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % READERS;
        match self.readers.get(turn).map(|reader| reader.try_send(read)) {
            Some(Ok(())) => result.await.map_err(failed)?,
            Some(Err(TrySendError::Full(_))) => Err(StoreError::Busy),
            _ => Err(failed("its thread has ended")),
        }
    }
}

/// A thread that reads: ends when the store is dropped.
fn reader(path: &Path) -> Result<SyncSender<Read>, StoreError> {
    let db = connect(path)?;
    let (reads, queue) = sync_channel::<Read>(QUEUE);
    let work = move || queue.iter().for_each(|read| read(&db));
    std::thread::Builder::new().name("read".to_owned()).spawn(work).map_err(failed)?;
    Ok(reads)
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
fn carry_over(db: &Connection, file: &File, closed: &Receiver<()>) {
    while closed.recv_timeout(CHECKPOINT) == Err(RecvTimeoutError::Timeout) {
        // What fails now (a full disk, say) fails at a write too, and is told there.
        let pages = db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(1));
        if pages.is_ok_and(|pages| pages >= i64::from(FLUSH_FROM)) {
            let _ = file.sync_data();
        }
    }
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

    async fn commit(
        &self,
        handle: CommitHandle,
        message: Vec<u8>,
        rules: CommitRules,
        now: u64,
    ) -> Result<CommitAnswer, StoreError> {
        if message.is_empty() {
            let kept = self.read(move |db| commits::kept(db, &handle, now)).await?;
            return Ok(kept.map_or(CommitAnswer::Empty, |kept| super::commits::answer(kept, b"")));
        }
        self.write(move |db| commits::commit(db, &handle, &message, rules, now)).await
    }

    async fn committed(
        &self,
        handles: Vec<CommitHandle>,
        now: u64,
    ) -> Result<Vec<CommitHandle>, StoreError> {
        self.read(move |db| commits::committed(db, handles, now)).await
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
                commits::expire(db, now)?;
                db.execute(
                    "DELETE FROM prekey WHERE contact IN (SELECT contact FROM device WHERE expiry <= ?)",
                    [now],
                )?;
                Ok(db.query_row("SELECT count(*) FROM envelope", [], |row| row.get(0))?)
            })
            .await?;
        // The journal holds copies of what was deleted until it is emptied.
        let path = self.path.clone();
        let empty = move || {
            let db = connect(&path)?;
            // The first, which keeps no write waiting, leaves little to do for the others.
            db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
            for _ in 0..EMPTYING {
                // Busy, without having waited, while the journal's thread carries over.
                let busy: i64 =
                    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
                if busy == 0 {
                    return Ok(left);
                }
                std::thread::sleep(CHECKPOINT / 20);
            }
            Err(failed("the journal can't be emptied"))
        };
        tokio::task::spawn_blocking(empty).await.map_err(failed)?
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

    async fn revoked(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        self.read(revoked).await
    }

    async fn keep_revoked(
        &self,
        before: Vec<Vec<u8>>,
        lists: Vec<Vec<u8>>,
    ) -> Result<bool, StoreError> {
        self.write(move |db| keep_revoked(db, &before, &lists)).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.list(Vec::new()).await?;
        self.write(|_| Ok(())).await
    }

    fn arrivals(&self) -> Option<mpsc::Receiver<MailboxId>> {
        None
    }
}
