//! A relay that lies: it reorders, replays, drops, truncates, and answers what it likes.

use super::Draw;
use sceau::delivery::{CommitAnswer, CommitHandle, Handle, RelayName, StoredEnvelope};
use sceau::pairwise::{Envelope, MailboxId};
use sceau_client::relay::commits::CommitRules;
use sceau_client::relay::http::App;
use sceau_client::relay::listen::{Listen, serve};
use sceau_client::relay::sqlite::Sqlite;
use sceau_client::relay::store::{
    Device as Published, Left, NewDevice, PutRules, Served, Store, StoreError,
};
use sceau_client::relay::{Relay, Rules};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// How the relay lies.
#[derive(Default)]
pub struct Lies {
    /// About envelopes.
    pub about_mail: AtomicBool,
    /// About commits: each counts, and to whom asks there is none.
    pub about_commits: AtomicBool,
    /// About the past: every commit was too long ago.
    pub gone: AtomicBool,
    /// About what it keeps: it gives a commit back to whoever has brought it.
    pub kept_is_taken: AtomicBool,
    /// About what it keeps: rubbish, for every handle.
    pub rubbish: AtomicBool,
    /// The same to those who bring a commit.
    pub rubbish_for_who_brings: AtomicBool,
    /// About mail: the same again, and there is always more, so many times.
    pub endless: AtomicUsize,
    /// About mailboxes: nobody is told which hold something, by a failure.
    pub mute: AtomicBool,
    /// About prekeys: everybody gets this device's.
    pub prekeys_of: Mutex<Option<MailboxId>>,
    /// How often it was asked for a commit.
    pub asked: AtomicUsize,
    draw: Mutex<Option<Draw>>,
    /// All that was ever in a mailbox.
    seen: Mutex<HashMap<MailboxId, Vec<Vec<u8>>>>,
}

struct Liar {
    store: Sqlite,
    lies: Arc<Lies>,
}

impl Liar {
    /// Envelopes in another order, some of them left out, with old, cut, changed and strange ones among them.
    fn lie(&self, mailbox: MailboxId, mut found: Vec<StoredEnvelope>) -> Vec<StoredEnvelope> {
        let mut draw = self.lies.draw.lock().unwrap();
        let draw = draw.get_or_insert(Draw(4));
        let mut seen = self.lies.seen.lock().unwrap();
        let all = seen.entry(mailbox).or_default();
        all.extend(found.iter().map(|stored| stored.message.clone()));
        let made = |message: Vec<u8>, draw: &mut Draw| {
            let handle = Handle::new([u8::try_from(draw.below(256)).unwrap(); 16]);
            StoredEnvelope { handle, expiry: 0, message }
        };
        found.retain(|_| draw.below(3) > 0);
        for message in all.clone() {
            let at = usize::try_from(draw.below(message.len() as u64)).unwrap();
            match draw.below(12) {
                0 | 1 => found.push(made(message, draw)),
                2 => found.push(made(message[..at].to_vec(), draw)),
                3 => {
                    let mut changed = message;
                    changed[at] ^= 1 << draw.below(8);
                    found.push(made(changed, draw));
                }
                _ => {}
            }
        }
        let strangers: Vec<Vec<u8>> = seen
            .iter()
            .filter(|(of, _)| **of != mailbox)
            .filter_map(|(_, m)| m.last().cloned())
            .collect();
        found.extend(strangers.into_iter().take(2).map(|message| made(message, draw)));
        found.sort_by_cached_key(|_| draw.below(1 << 30));
        found
    }
}

impl Store for Liar {
    async fn put(
        &self,
        envelope: Envelope,
        rules: PutRules,
    ) -> std::result::Result<(), StoreError> {
        self.store.put(envelope, rules).await
    }
    async fn get(
        &self,
        mailbox: MailboxId,
        most: u16,
        now: u64,
    ) -> std::result::Result<(Vec<StoredEnvelope>, bool), StoreError> {
        let (found, more) = self.store.get(mailbox, most, now).await?;
        if self.lies.about_mail.load(Ordering::Relaxed) {
            return Ok((self.lie(mailbox, found), false));
        }
        let mut seen = self.lies.seen.lock().unwrap();
        let all = seen.entry(mailbox).or_default();
        all.extend(found.iter().map(|stored| stored.message.clone()));
        let lies = self.lies.endless.load(Ordering::Relaxed);
        if lies > 0 {
            self.lies.endless.store(lies - 1, Ordering::Relaxed);
            let again = |message: &Vec<u8>| StoredEnvelope {
                handle: Handle::new([1; 16]),
                expiry: 0,
                message: message.clone(),
            };
            return Ok((all.iter().map(again).collect(), true));
        }
        Ok((found, more))
    }
    async fn acknowledge(
        &self,
        mailbox: MailboxId,
        handles: Vec<Handle>,
    ) -> std::result::Result<(), StoreError> {
        self.store.acknowledge(mailbox, handles).await
    }
    async fn holding(
        &self,
        of: Vec<MailboxId>,
        now: u64,
    ) -> std::result::Result<Vec<MailboxId>, StoreError> {
        if self.lies.mute.load(Ordering::Relaxed) {
            return Err(StoreError::Limit);
        }
        let endless = self.lies.endless.load(Ordering::Relaxed) > 0;
        if endless || self.lies.about_mail.load(Ordering::Relaxed) {
            return Ok(of);
        }
        self.store.holding(of, now).await
    }
    async fn commit(
        &self,
        handle: CommitHandle,
        message: Vec<u8>,
        rules: CommitRules,
        now: u64,
    ) -> std::result::Result<CommitAnswer, StoreError> {
        self.lies.asked.fetch_add(1, Ordering::Relaxed);
        if self.lies.gone.load(Ordering::Relaxed) {
            return Ok(CommitAnswer::Gone);
        }
        let rubbish = self.lies.rubbish.load(Ordering::Relaxed);
        let to_bringers = self.lies.rubbish_for_who_brings.load(Ordering::Relaxed);
        if rubbish || to_bringers && !message.is_empty() {
            return Ok(CommitAnswer::Taken(vec![9; 300]));
        }
        match (self.lies.about_commits.load(Ordering::Relaxed), message.is_empty()) {
            (true, true) => Ok(CommitAnswer::Empty),
            (true, false) => Ok(CommitAnswer::Kept),
            _ => {
                let answer = self.store.commit(handle, message.clone(), rules, now).await?;
                let taken = self.lies.kept_is_taken.load(Ordering::Relaxed);
                Ok(match answer {
                    CommitAnswer::Kept if taken => CommitAnswer::Taken(message),
                    answer => answer,
                })
            }
        }
    }
    async fn committed(
        &self,
        handles: Vec<CommitHandle>,
        now: u64,
    ) -> std::result::Result<Vec<CommitHandle>, StoreError> {
        self.store.committed(handles, now).await
    }
    async fn list(
        &self,
        account: Vec<u8>,
    ) -> std::result::Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.store.list(account).await
    }
    async fn device(
        &self,
        contact: MailboxId,
    ) -> std::result::Result<Option<(Published, Left)>, StoreError> {
        self.store.device(contact).await
    }
    async fn publish(
        &self,
        contact: MailboxId,
        new: NewDevice,
    ) -> std::result::Result<Left, StoreError> {
        self.store.publish(contact, new).await
    }
    async fn take(
        &self,
        contact: MailboxId,
        rate: u32,
        now: u64,
    ) -> std::result::Result<Option<Served>, StoreError> {
        let lied = *self.lies.prekeys_of.lock().unwrap();
        self.store.take(lied.unwrap_or(contact), rate, now).await
    }
    async fn expire(&self, now: u64) -> std::result::Result<u64, StoreError> {
        self.store.expire(now).await
    }
    async fn remove(
        &self,
        contacts: Vec<MailboxId>,
        before: u64,
    ) -> std::result::Result<(), StoreError> {
        self.store.remove(contacts, before).await
    }
    async fn give_challenge(
        &self,
        challenge: [u8; 32],
        now: u64,
        age: u64,
    ) -> std::result::Result<(), StoreError> {
        self.store.give_challenge(challenge, now, age).await
    }
    async fn take_challenge(
        &self,
        challenge: [u8; 32],
        now: u64,
        age: u64,
    ) -> std::result::Result<bool, StoreError> {
        self.store.take_challenge(challenge, now, age).await
    }
    async fn revoked(&self) -> std::result::Result<Vec<Vec<u8>>, StoreError> {
        self.store.revoked().await
    }
    async fn keep_revoked(
        &self,
        before: Vec<Vec<u8>>,
        lists: Vec<Vec<u8>>,
    ) -> std::result::Result<bool, StoreError> {
        self.store.keep_revoked(before, lists).await
    }
    fn arrivals(&self) -> Option<mpsc::Receiver<MailboxId>> {
        None
    }
}

/// A relay that lies, in this process.
pub struct Stage {
    /// How it lies.
    pub lies: Arc<Lies>,
    /// Where it listens.
    pub url: String,
    /// Everything is in it.
    pub folder: TempDir,
    _runtime: tokio::runtime::Runtime,
}

/// Starts the relay, which is honest at first.
pub fn stage() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let lies = Arc::new(Lies::default());
    let store = Liar {
        store: Sqlite::open(&folder.path().join("relay")).unwrap(),
        lies: Arc::clone(&lies),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let names = vec![RelayName::host("127.0.0.1").unwrap()];
    let rules = Rules { names, ..Rules::default() };
    let app = Arc::new(App::new(Relay::new(store, rules), None));
    runtime.spawn(async move {
        let listen = Listen { max_connections: 100, tls: None };
        let (_stop, stopping) = tokio::sync::watch::channel(false);
        serve(listener, app, listen, stopping).await.unwrap();
    });
    Stage { lies, url, folder, _runtime: runtime }
}
