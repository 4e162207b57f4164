//! The relay's store on a NATS cluster with JetStream: several relays can serve the same mailboxes.
//!
//! | where | what |
//! |---|---|
//! | stream `SCEAU_MAIL`, subject `sceau.mail.MAILBOX` | envelopes; the server bounds how many a subject holds |
//! | bucket `SCEAU_DIRECTORY`, key `list.ACCOUNT` | an account's newest list |
//! | key `device.CONTACT` | what a device has published, and which one-time keys are left |
//! | key `key.CONTACT.GENERATION.ID` | one-time keys |
//! | key `handles` | the key from which handles are made |
//! | bucket `SCEAU_CHALLENGES` (in memory) | challenges that were given out and not used yet |
//! | subject `sceau.new.MAILBOX` (not stored) | tells all relays of an arrival |
//!
//! A one-time key is handed out by whoever takes its id off the device's entry, which one writer alone
//! can do (compare-and-swap on the entry's revision). A handle is the block-cipher image of the
//! envelope's sequence number, so that every relay can resolve it and it tells nobody of order.
//!
//! JetStream itself stamps each message with its time, finer than DS-18 allows: see the operators' page.

mod stock;
mod sweep;

use self::stock::Stock;
use super::auth::fresh;
use super::store::{Device, Left, NewDevice, PutRules, Served, Store, StoreError};
use crate::crypto;
use crate::wire::{Reader, Writer};
use aes::Aes256;
use aes::cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use async_nats::jetstream::kv::{self, Entry, Operation, UpdateErrorKind};
use async_nats::jetstream::stream::{self, DirectGetErrorKind, DiscardPolicy, StorageType};
use async_nats::jetstream::{self, message::StreamMessage};
use async_nats::{Client, HeaderMap};
use futures_util::{StreamExt, TryStreamExt, stream as futures};
use sceau::delivery::{Handle, StoredEnvelope};
use sceau::limits::MAX_MESSAGE;
use sceau::pairwise::{Envelope, MailboxId};
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::mpsc;

const MAIL: &str = "SCEAU_MAIL";
const DIRECTORY: &str = "SCEAU_DIRECTORY";
const CHALLENGES: &str = "SCEAU_CHALLENGES";
/// Longest time that the server keeps a challenge, and bytes of them; above that the oldest goes first.
const CHALLENGE_TIME: Duration = Duration::from_secs(600);
const CHALLENGE_BYTES: i64 = 64 << 20;
/// The header that a sweep reads.
const EXPIRY: &str = "Sceau-Expiry";
/// Longest time that an envelope is kept: 30 days, an hour, and the clocks' difference.
const MAX_AGE: Duration = Duration::from_secs(30 * 86_400 + 3_600 + 300);
/// Requests to the server at a time for one request to the relay.
const AT_ONCE: usize = 32;
/// Tries to change an entry that others change too.
const TRIES: usize = 200;

/// The store on a NATS server or cluster.
pub struct Nats {
    client: Client,
    context: jetstream::Context,
    mail: stream::Stream,
    directory: kv::Store,
    challenges: kv::Store,
    handles: Aes256,
    arrivals: Mutex<Option<mpsc::Receiver<MailboxId>>>,
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(error.to_string())
}

impl Nats {
    /// Connects, and makes stream and bucket where they are not there; `max_mailbox` envelopes a mailbox.
    ///
    /// # Errors
    /// [`StoreError::Failed`]: no server, no JetStream, or one that takes no long messages.
    pub async fn connect(url: &str, replicas: usize, max_mailbox: u32) -> Result<Self, StoreError> {
        let client = async_nats::connect(url).await.map_err(failed)?;
        let most = client.server_info().max_payload;
        let needed = MAX_MESSAGE as usize + 1_024;
        if most < needed {
            return Err(failed(format!(
                "the NATS server takes {most} bytes a message, and an envelope has up to {needed}: set `max_payload: 2MB` \
                 in its configuration"
            )));
        }
        let context = jetstream::new(client.clone());
        let config = stream::Config {
            name: MAIL.to_owned(),
            subjects: vec!["sceau.mail.*".to_owned()],
            storage: StorageType::File,
            num_replicas: replicas,
            discard: DiscardPolicy::New,
            discard_new_per_subject: true,
            max_messages_per_subject: max_mailbox.into(),
            max_age: MAX_AGE,
            allow_direct: true,
            ..stream::Config::default()
        };
        let mail = context.get_or_create_stream(config).await.map_err(failed)?;
        // A bucket is a stream of this form. It is made as one, since the crate asks for the account's figures
        // before it makes a bucket, and does not read the answer of a server of version 2.9.
        let bucket = stream::Config {
            name: format!("KV_{DIRECTORY}"),
            subjects: vec![format!("$KV.{DIRECTORY}.>")],
            storage: StorageType::File,
            num_replicas: replicas,
            discard: DiscardPolicy::New,
            max_messages_per_subject: 1,
            allow_rollup: true,
            deny_delete: true,
            allow_direct: true,
            ..stream::Config::default()
        };
        context.get_or_create_stream(bucket).await.map_err(failed)?;
        let directory = context.get_key_value(DIRECTORY).await.map_err(failed)?;
        // Read where it is written: a copy could miss the challenge of a moment ago.
        let bucket = stream::Config {
            name: format!("KV_{CHALLENGES}"),
            subjects: vec![format!("$KV.{CHALLENGES}.>")],
            storage: StorageType::Memory,
            num_replicas: replicas,
            discard: DiscardPolicy::Old,
            max_messages_per_subject: 1,
            max_age: CHALLENGE_TIME,
            max_bytes: CHALLENGE_BYTES,
            allow_rollup: true,
            deny_delete: true,
            ..stream::Config::default()
        };
        context.get_or_create_stream(bucket).await.map_err(failed)?;
        let challenges = context.get_key_value(CHALLENGES).await.map_err(failed)?;
        let handles = handle_key(&directory).await?;
        let arrivals = Mutex::new(Some(listen(&client).await?));
        Ok(Self { client, context, mail, directory, challenges, handles, arrivals })
    }

    fn handle(&self, mailbox: &MailboxId, sequence: u64) -> Handle {
        let mut block = Block::<Aes256>::default();
        block[..8].copy_from_slice(&sequence.to_be_bytes());
        block[8..].copy_from_slice(&mailbox.as_bytes()[..8]);
        self.handles.encrypt_block(&mut block);
        Handle::new(block.into())
    }

    /// The sequence number behind a handle that was given out for this mailbox.
    fn sequence(&self, mailbox: &MailboxId, handle: Handle) -> Option<u64> {
        let mut block = Block::<Aes256>::from(*handle.as_bytes());
        self.handles.decrypt_block(&mut block);
        let (sequence, of) = block.split_first_chunk::<8>()?;
        (*of == mailbox.as_bytes()[..8]).then(|| u64::from_be_bytes(*sequence))
    }

    async fn entry(&self, key: String) -> Result<Option<Entry>, StoreError> {
        let entry = self.directory.entry(key).await.map_err(failed)?;
        Ok(entry.filter(|entry| entry.operation == Operation::Put))
    }

    /// The entry of a device with its revision.
    async fn stock(&self, contact: &MailboxId) -> Result<Option<(Stock, u64)>, StoreError> {
        let entry = self.entry(device_key(contact)).await?;
        entry.map(|entry| Ok((Stock::from_bytes(&entry.value)?, entry.revision))).transpose()
    }

    /// Replaces an entry if nobody else has meanwhile.
    async fn swap(&self, key: String, value: Vec<u8>, revision: u64) -> Result<bool, StoreError> {
        match self.directory.update(key, value.into(), revision).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// Revision of a key whose value is gone or never was: what a swap expects that makes it anew.
    async fn revision(&self, key: String) -> Result<u64, StoreError> {
        let entry = self.directory.entry(key).await.map_err(failed)?;
        Ok(entry.map_or(0, |entry| entry.revision))
    }

    /// Takes a one-time key that is nobody else's any more out of the bucket.
    async fn take_key(&self, key: String) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.entry(key.clone()).await?.map(|entry| entry.value.to_vec());
        self.directory.purge(key).await.map_err(failed)?;
        Ok(value)
    }

    async fn purge_all(&self, keys: Vec<String>) -> Result<(), StoreError> {
        let purge = async |key: String| self.directory.purge(key).await.map_err(failed);
        futures::iter(keys.into_iter().map(purge)).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn first(&self, subject: &str, after: u64) -> Result<Option<StreamMessage>, StoreError> {
        match self.mail.direct_get_next_for_subject(subject, Some(after)).await {
            Ok(message) => Ok(Some(message)),
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    async fn delete(&self, sequence: u64) -> Result<(), StoreError> {
        let Err(error) = self.mail.delete_message(sequence).await else { return Ok(()) };
        // Gone already: the answer to an earlier acknowledgement was lost, or it has expired.
        match self.mail.direct_get(sequence).await {
            Err(gone) if gone.kind() == DirectGetErrorKind::NotFound => Ok(()),
            _ => Err(failed(error)),
        }
    }
}

/// The key from which handles are made: the first relay on the store draws it.
async fn handle_key(directory: &kv::Store) -> Result<Aes256, StoreError> {
    let drawn = crypto::random::<32>().ok_or_else(|| failed("no randomness"))?;
    // Whoever is first wins; then all read the same.
    let _ = directory.create("handles", drawn.to_vec().into()).await;
    let key = directory.get("handles").await.map_err(failed)?.ok_or_else(|| failed("no key"))?;
    let key: [u8; 32] = key.as_ref().try_into().map_err(failed)?;
    Ok(Aes256::new(&key.into()))
}

/// What all relays announce.
async fn listen(client: &Client) -> Result<mpsc::Receiver<MailboxId>, StoreError> {
    let mut announced = client.subscribe("sceau.new.*").await.map_err(failed)?;
    let (arrived, arrivals) = mpsc::channel(1_024);
    tokio::spawn(async move {
        while let Some(message) = announced.next().await {
            let id = message.subject.strip_prefix("sceau.new.").and_then(|id| hex::decode(id).ok());
            let Some(id) = id.and_then(|id| id.try_into().ok()) else { continue };
            if arrived.send(MailboxId::new(id)).await.is_err() {
                return;
            }
        }
    });
    Ok(arrivals)
}

fn subject(mailbox: &MailboxId) -> String {
    format!("sceau.mail.{}", hex::encode(mailbox.as_bytes()))
}

fn list_key(account_id: &[u8]) -> String {
    format!("list.{}", hex::encode(account_id))
}

fn device_key(contact: &MailboxId) -> String {
    format!("device.{}", hex::encode(contact.as_bytes()))
}

fn expiry(headers: Option<&HeaderMap>) -> u64 {
    let value = headers.and_then(|headers| headers.get(EXPIRY));
    value.and_then(|value| value.as_str().parse().ok()).unwrap_or(0)
}

impl Store for Nats {
    async fn put(&self, envelope: Envelope, rules: PutRules) -> Result<(), StoreError> {
        let mailbox = envelope.mailbox_id;
        if envelope.expiry > rules.contact_expiry
            && self.entry(device_key(&mailbox)).await?.is_some()
        {
            return Err(StoreError::TooLong);
        }
        let mut headers = HeaderMap::new();
        headers.insert(EXPIRY, envelope.expiry.to_string());
        let message = envelope.message.into();
        let published =
            self.context.publish_with_headers(subject(&mailbox), headers, message).await;
        match published.map_err(failed)?.await {
            Ok(_) => {}
            Err(error) if format!("{error:?}").contains("maximum messages per subject") => {
                return Err(StoreError::Limit);
            }
            Err(error) => return Err(failed(error)),
        }
        let announced = format!("sceau.new.{}", hex::encode(mailbox.as_bytes()));
        // One that is lost delays a waiter until it asks again.
        let _ = self.client.publish(announced, Vec::new().into()).await;
        Ok(())
    }

    async fn get(
        &self,
        mailbox: MailboxId,
        most: u16,
        now: u64,
    ) -> Result<(Vec<StoredEnvelope>, bool), StoreError> {
        let (subject, mut after, mut found) = (subject(&mailbox), 0, Vec::new());
        while let Some(message) = self.first(&subject, after).await? {
            after = message.sequence + 1;
            let expiry = expiry(Some(&message.headers));
            if expiry <= now {
                self.delete(message.sequence).await?;
                continue;
            }
            if found.len() == usize::from(most) {
                return Ok((found, true));
            }
            let handle = self.handle(&mailbox, message.sequence);
            found.push(StoredEnvelope { handle, expiry, message: message.payload.to_vec() });
        }
        Ok((found, false))
    }

    async fn acknowledge(
        &self,
        mailbox: MailboxId,
        handles: Vec<Handle>,
    ) -> Result<(), StoreError> {
        let sequences = handles.into_iter().filter_map(|handle| self.sequence(&mailbox, handle));
        let delete = sequences.map(|sequence| self.delete(sequence));
        futures::iter(delete).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn holding(
        &self,
        mailboxes: Vec<MailboxId>,
        _: u64,
    ) -> Result<Vec<MailboxId>, StoreError> {
        let look = async |mailbox: MailboxId| -> Result<Option<MailboxId>, StoreError> {
            let subjects = self.mail.info_with_subjects(subject(&mailbox)).await.map_err(failed)?;
            let counts: Vec<(String, usize)> = subjects.try_collect().await.map_err(failed)?;
            let holds = counts.iter().any(|(_, count)| *count > 0);
            if !holds || self.entry(device_key(&mailbox)).await?.is_some() {
                return Ok(None);
            }
            Ok(Some(mailbox))
        };
        let looked: Vec<Option<MailboxId>> =
            futures::iter(mailboxes.into_iter().map(look)).buffered(AT_ONCE).try_collect().await?;
        Ok(looked.into_iter().flatten().collect())
    }

    async fn list(&self, account_id: Vec<u8>) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        let Some(entry) = self.entry(list_key(&account_id)).await? else { return Ok(None) };
        let mut r = Reader::new(&entry.value);
        let number = r.u64().map_err(|_| failed("an entry that is not Sceau's"))?;
        Ok(Some((number, r.rest().to_vec())))
    }

    async fn device(&self, contact: MailboxId) -> Result<Option<(Device, Left)>, StoreError> {
        let stock = self.stock(&contact).await?;
        Ok(stock.map(|(stock, _)| {
            let left = stock.left();
            (stock.device, left)
        }))
    }

    async fn publish(&self, contact: MailboxId, new: NewDevice) -> Result<Left, StoreError> {
        let known = self.list(new.account_id.clone()).await?.map_or(0, |(number, _)| number);
        if known != new.against {
            return Err(StoreError::Conflict);
        }
        let old = self.stock(&contact).await?;
        if old.as_ref().is_some_and(|(old, _)| new.device.generation <= old.device.generation) {
            return Err(StoreError::Rollback);
        }
        let device = device_key(&contact);
        let ids = |keys: &[(u32, Vec<u8>)]| keys.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        let mut stock = Stock {
            account_id: new.account_id.clone(),
            one_time: ids(&new.one_time),
            kem: ids(&new.kem),
            device: new.device,
            ..Stock::default()
        };
        let keys = stock.keys(&device).into_iter().zip(new.one_time.into_iter().chain(new.kem));
        let put = async |(key, (_, proven)): (String, (u32, Vec<u8>))| {
            self.directory.put(key, proven.into()).await.map(|_| ()).map_err(failed)
        };
        let () = futures::iter(keys.map(put)).buffer_unordered(AT_ONCE).try_collect().await?;
        let list = list_key(&new.account_id);
        let mut value = Writer::default();
        value.u64(new.list.0).raw(&new.list.1);
        if known != new.list.0 {
            let revision = self.revision(list.clone()).await?;
            if !self.swap(list.clone(), value.0.clone(), revision).await? {
                return Err(StoreError::Conflict);
            }
        }
        // A new batch does not reset the counters of the hour.
        let mut revision = match &old {
            Some((old, revision)) => {
                (stock.hour, stock.taken) = (old.hour, old.taken);
                *revision
            }
            None => self.revision(device.clone()).await?,
        };
        let mut gone = old.map(|(old, _)| old);
        for _ in 0..TRIES {
            if self.swap(device.clone(), stock.to_bytes(), revision).await? {
                if let Some(gone) = gone {
                    self.purge_all(gone.keys(&device)).await?;
                }
                // A sweep may have come between list and device.
                if self.entry(list.clone()).await?.is_none() {
                    self.directory.put(list, value.0.into()).await.map_err(failed)?;
                }
                return Ok(stock.left());
            }
            // Somebody has taken a key, or the device has published elsewhere.
            match self.stock(&contact).await? {
                Some((now, _)) if now.device.generation >= stock.device.generation => {
                    return Err(StoreError::Rollback);
                }
                Some((now, at)) => {
                    (stock.hour, stock.taken, revision) = (now.hour, now.taken, at);
                    gone = Some(now);
                }
                None => revision = self.revision(device.clone()).await?,
            }
        }
        Err(StoreError::Busy)
    }

    async fn take(
        &self,
        contact: MailboxId,
        rate: u32,
        now: u64,
    ) -> Result<Option<Served>, StoreError> {
        let (device, hex) = (device_key(&contact), hex::encode(contact.as_bytes()));
        for _ in 0..TRIES {
            let Some((mut stock, revision)) = self.stock(&contact).await? else { return Ok(None) };
            if stock.device.expiry <= now {
                return Ok(None);
            }
            let hour = now / 3_600;
            if stock.hour != hour {
                (stock.hour, stock.taken) = (hour, [0, 0]);
            }
            let mut pick = |ids: fn(&mut Stock) -> &mut Vec<u32>, of: usize| {
                let may = stock.taken[of] < rate && !ids(&mut stock).is_empty();
                stock.taken[of] += u32::from(may);
                may.then(|| ids(&mut stock).remove(0))
            };
            let one_time = pick(|stock| &mut stock.one_time, 0);
            let kem = pick(|stock| &mut stock.kem, 1);
            if (one_time.is_some() || kem.is_some())
                && !self.swap(device.clone(), stock.to_bytes(), revision).await?
            {
                continue;
            }
            let generation = stock.device.generation;
            let get = async |id: Option<u32>| match id {
                Some(id) => self.take_key(format!("key.{hex}.{generation}.{id}")).await,
                None => Ok(None),
            };
            let (one_time, kem) = (get(one_time).await?, get(kem).await?);
            return Ok(Some(Served { device: stock.device, one_time, kem }));
        }
        Err(StoreError::Busy)
    }

    async fn expire(&self, now: u64) -> Result<u64, StoreError> {
        self.sweep_directory(now).await?;
        self.sweep_mail(now).await
    }

    async fn remove(&self, contacts: Vec<MailboxId>, before: u64) -> Result<(), StoreError> {
        self.remove_devices(contacts, before).await
    }

    async fn give_challenge(
        &self,
        challenge: [u8; 32],
        now: u64,
        _: u64,
    ) -> Result<(), StoreError> {
        let value = now.to_be_bytes().to_vec().into();
        self.challenges.create(hex::encode(challenge), value).await.map(|_| ()).map_err(failed)
    }

    async fn take_challenge(
        &self,
        challenge: [u8; 32],
        now: u64,
        age: u64,
    ) -> Result<bool, StoreError> {
        let key = hex::encode(challenge);
        let entry = self.challenges.entry(key.as_str()).await.map_err(failed)?;
        let Some(entry) = entry.filter(|entry| entry.operation == Operation::Put) else {
            return Ok(false);
        };
        // Whoever takes it off first has used it.
        let taken = self.challenges.purge_expect_revision(key, Some(entry.revision)).await.is_ok();
        let at = entry.value.as_ref().try_into().map(u64::from_be_bytes).map_err(failed)?;
        Ok(taken && fresh(at, now, age))
    }

    fn arrivals(&self) -> Option<mpsc::Receiver<MailboxId>> {
        self.arrivals.lock().ok()?.take()
    }
}
