//! The relay's store on a NATS cluster with JetStream: several relays can serve the same mailboxes.
//!
//! | where | what |
//! |---|---|
//! | streams `SCEAU_MAIL_0` to `_7`, subject `sceau.mail.N.NAME` | envelopes; the server bounds how many a subject holds |
//! | bucket `SCEAU_DIRECTORY`, key `list.NAME` | an account's newest list |
//! | key `device.NAME` | what a device has published, and which one-time keys are left |
//! | key `key.NAME` | one-time keys |
//! | key `revoked` | the issuers' newest lists of revoked accounts |
//! | key `check` | shows a relay that it has the same key as the others |
//! | stream `SCEAU_COMMITS`, subject `sceau.commit.NAME` | the first message of a handle, then that there was one |
//! | bucket `SCEAU_CHALLENGES` (in memory) | challenges that were given out and not used yet |
//! | subject `sceau.new` (not stored) | tells all relays of an arrival |
//!
//! JetStream stamps each message with its time by itself. So `NAME` is a hash under a key that the relays have and the
//! server has not, and all values are sealed (module `cover`, `DS-18`). In clear stands an envelope's expiry, a full hour.
//!
//! A one-time key is handed out by whoever takes its id off the device's entry, which one writer alone
//! can do (compare-and-swap on the entry's revision). A handle is the block-cipher image of the
//! envelope's sequence number, so that every relay can resolve it and it tells nobody of order. What is removed leaves no
//! marker behind.
//!
//! A deleted envelope is overwritten (`DS-12`), and the server flushes that before it does anything else, for the
//! connection as for the stream. So envelopes lie in several streams, by their mailboxes, and what is asked of each goes
//! over a connection of its own: what is put does not wait for what is deleted elsewhere.

mod challenges;
mod commits;
mod contacts;
mod cover;
mod directory;
mod others;
mod stock;
mod sweep;

use self::challenges::Challenges;
use self::commits::Commits;
use self::contacts::Contacts;
use self::cover::Cover;
use self::directory::{REVOKED, joined};
use self::others::{check, listen};
use super::commits::CommitRules;
use super::store::{Device, Left, NewDevice, PutRules, Served, Store, StoreError};
use crate::wire::Reader;
use async_nats::jetstream::kv;
use async_nats::jetstream::stream::{self, DirectGetErrorKind, DiscardPolicy, StorageType};
use async_nats::jetstream::{self, message::StreamMessage};
use async_nats::{Client, HeaderMap};
use futures_util::{StreamExt, TryStreamExt, stream as futures};
use sceau::delivery::{CommitAnswer, CommitHandle, Handle, StoredEnvelope};
use sceau::limits::MAX_MESSAGE;
use sceau::pairwise::{Envelope, MailboxId};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;

const MAIL: &str = "SCEAU_MAIL";
/// Streams of envelopes.
const STREAMS: usize = 8;
const DIRECTORY: &str = "SCEAU_DIRECTORY";
/// The header that a sweep reads.
const EXPIRY: &str = "Sceau-Expiry";
/// Longest time that an envelope is kept: 30 days, an hour, and the clocks' difference.
const MAX_AGE: Duration = Duration::from_secs(30 * 86_400 + 3_600 + 300);
/// Requests to the server at a time for one request to the relay.
const AT_ONCE: usize = 32;
/// The store on a NATS server or cluster.
pub struct Nats {
    client: Client,
    context: jetstream::Context,
    /// The streams of envelopes, each over a connection of its own.
    mail: Vec<stream::Stream>,
    directory: kv::Store,
    challenges: Challenges,
    cover: Arc<Cover>,
    commits: Commits,
    contacts: Contacts,
    arrivals: Mutex<Option<mpsc::Receiver<MailboxId>>>,
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(error.to_string())
}

impl Nats {
    /// Connects, and makes stream and bucket where they are not there; `max_mailbox` envelopes a mailbox. All relays on
    /// a cluster have the same `key`.
    ///
    /// # Errors
    /// [`StoreError::Failed`]: no server, no JetStream, one that takes no long messages, or another key.
    pub async fn connect(
        url: &str,
        key: &[u8; 32],
        replicas: usize,
        max_mailbox: u32,
    ) -> Result<Self, StoreError> {
        let cover = Arc::new(Cover::new(key));
        let client = async_nats::connect(url).await.map_err(failed)?;
        let most = client.server_info().max_payload;
        let needed = MAX_MESSAGE as usize + 1_024;
        if most < needed {
            return Err(failed(format!(
                "the NATS server takes {most} bytes a message, and an envelope has up to {needed}: set `max_payload: 2MB` \
                 in its configuration"
            )));
        }
        // Before anything that is answered: what is answered shows that the server knows of the subscription.
        let arrivals = Mutex::new(Some(listen(&client, Arc::clone(&cover)).await?));
        let context = jetstream::new(client.clone());
        let mut mail = Vec::new();
        for number in 0..STREAMS {
            let config = stream::Config {
                name: format!("{MAIL}_{number}"),
                subjects: vec![format!("sceau.mail.{number}.*")],
                storage: StorageType::File,
                num_replicas: replicas,
                discard: DiscardPolicy::New,
                discard_new_per_subject: true,
                max_messages_per_subject: max_mailbox.into(),
                max_age: MAX_AGE,
                allow_direct: true,
                ..stream::Config::default()
            };
            let own = jetstream::new(async_nats::connect(url).await.map_err(failed)?);
            mail.push(own.get_or_create_stream(config).await.map_err(failed)?);
        }
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
        let challenges = Challenges::open(&context, replicas).await?;
        check(&directory, &cover).await?;
        let contacts = Contacts::follow(&directory).await?;
        let commits = Commits::open(url, replicas).await?;
        Ok(Self {
            client,
            context,
            mail,
            directory,
            challenges,
            cover,
            commits,
            contacts,
            arrivals,
        })
    }

    /// The stream and the subject of a mailbox.
    fn place_of(&self, mailbox: &MailboxId) -> Result<(&stream::Stream, String), StoreError> {
        let name = self.cover.name("mail", mailbox.as_bytes());
        let digit = name.chars().next().and_then(|digit| digit.to_digit(16)).unwrap_or(0);
        let number = digit as usize % STREAMS;
        let stream = self.mail.get(number).ok_or_else(|| failed("no stream"))?;
        Ok((stream, format!("sceau.mail.{number}.{name}")))
    }
}

/// The first envelope of a subject from a sequence number on.
async fn first(
    stream: &stream::Stream,
    subject: &str,
    after: u64,
) -> Result<Option<StreamMessage>, StoreError> {
    match stream.direct_get_next_for_subject(subject, Some(after)).await {
        Ok(message) => Ok(Some(message)),
        Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// Deletes an envelope, and overwrites it.
async fn delete(stream: &stream::Stream, sequence: u64) -> Result<(), StoreError> {
    let Err(error) = stream.delete_message(sequence).await else { return Ok(()) };
    // Gone already: the answer to an earlier acknowledgement was lost, or it has expired.
    match stream.direct_get(sequence).await {
        Err(gone) if gone.kind() == DirectGetErrorKind::NotFound => Ok(()),
        _ => Err(failed(error)),
    }
}

/// The place in which a message is sealed: its subject and its expiry.
fn place(subject: &str, expiry: u64) -> String {
    format!("{subject} {expiry}")
}

fn expiry(headers: Option<&HeaderMap>) -> u64 {
    let value = headers.and_then(|headers| headers.get(EXPIRY));
    value.and_then(|value| value.as_str().parse().ok()).unwrap_or(0)
}

impl Store for Nats {
    async fn put(&self, envelope: Envelope, rules: PutRules) -> Result<(), StoreError> {
        let mailbox = envelope.mailbox_id;
        let device = self.device_key(&mailbox);
        if envelope.expiry > rules.contact_expiry
            && self.contacts.has(&device)
            && self.directory.entry(device).await.map_err(failed)?.is_some()
        {
            return Err(StoreError::TooLong);
        }
        let (_, subject) = self.place_of(&mailbox)?;
        let message = self.cover.seal(&place(&subject, envelope.expiry), &envelope.message)?;
        let mut headers = HeaderMap::new();
        headers.insert(EXPIRY, envelope.expiry.to_string());
        let published = self.context.publish_with_headers(subject, headers, message.into()).await;
        match published.map_err(failed)?.await {
            Ok(_) => {}
            Err(error) if format!("{error:?}").contains("maximum messages per subject") => {
                return Err(StoreError::Limit);
            }
            Err(error) => return Err(failed(error)),
        }
        self.announce(mailbox.as_bytes()).await
    }

    async fn get(
        &self,
        mailbox: MailboxId,
        most: u16,
        now: u64,
    ) -> Result<(Vec<StoredEnvelope>, bool), StoreError> {
        let (stream, subject) = self.place_of(&mailbox)?;
        let (mut after, mut found) = (0, Vec::new());
        while let Some(message) = first(stream, &subject, after).await? {
            after = message.sequence + 1;
            let expiry = expiry(Some(&message.headers));
            if expiry <= now {
                delete(stream, message.sequence).await?;
                continue;
            }
            if found.len() == usize::from(most) {
                return Ok((found, true));
            }
            let handle = self.cover.handle(&mailbox, message.sequence);
            let message = self.cover.open(&place(&subject, expiry), &message.payload)?;
            found.push(StoredEnvelope { handle, expiry, message });
        }
        Ok((found, false))
    }

    async fn acknowledge(
        &self,
        mailbox: MailboxId,
        handles: Vec<Handle>,
    ) -> Result<(), StoreError> {
        let (stream, _) = self.place_of(&mailbox)?;
        let sequence = |handle| self.cover.sequence(&mailbox, handle);
        let sequences = handles.into_iter().filter_map(sequence);
        futures::iter(sequences.map(|sequence| delete(stream, sequence)))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn holding(
        &self,
        mailboxes: Vec<MailboxId>,
        _: u64,
    ) -> Result<Vec<MailboxId>, StoreError> {
        let look = async |mailbox: MailboxId| -> Result<Option<MailboxId>, StoreError> {
            let (stream, subject) = self.place_of(&mailbox)?;
            let holds = first(stream, &subject, 0).await?.is_some();
            let open = holds && self.entry(self.device_key(&mailbox)).await?.is_none();
            Ok(open.then_some(mailbox))
        };
        let looked: Vec<Option<MailboxId>> =
            futures::iter(mailboxes.into_iter().map(look)).buffered(AT_ONCE).try_collect().await?;
        Ok(looked.into_iter().flatten().collect())
    }

    async fn commit(
        &self,
        handle: CommitHandle,
        message: Vec<u8>,
        rules: CommitRules,
        now: u64,
    ) -> Result<CommitAnswer, StoreError> {
        let answer = self.commits.commit(&self.cover, &handle, &message, rules, now).await?;
        if answer == CommitAnswer::Kept {
            self.announce(handle.as_bytes()).await?;
        }
        Ok(answer)
    }

    async fn committed(
        &self,
        handles: Vec<CommitHandle>,
        now: u64,
    ) -> Result<Vec<CommitHandle>, StoreError> {
        let mut found = Vec::new();
        for handle in handles {
            if self.commits.holds(&self.cover, &handle, now).await? {
                found.push(handle);
            }
        }
        Ok(found)
    }

    async fn list(&self, account_id: Vec<u8>) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        let Some((value, _)) = self.entry(self.list_key(&account_id)).await? else {
            return Ok(None);
        };
        let mut r = Reader::new(&value);
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
        self.publish_device(contact, new).await
    }

    async fn take(
        &self,
        contact: MailboxId,
        rate: u32,
        now: u64,
    ) -> Result<Option<Served>, StoreError> {
        self.take_keys(contact, rate, now).await
    }

    async fn expire(&self, now: u64) -> Result<u64, StoreError> {
        self.sweep_directory(now).await?;
        self.commits.sweep(&self.cover, now).await?;
        let mut left = 0;
        for stream in &self.mail {
            left += sweep::sweep_mail(stream, now).await?;
        }
        Ok(left)
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
        self.challenges.give(&self.cover, &challenge, now).await
    }

    async fn take_challenge(
        &self,
        challenge: [u8; 32],
        now: u64,
        age: u64,
    ) -> Result<bool, StoreError> {
        self.challenges.take(&self.cover, &challenge, now, age).await
    }

    async fn revoked(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        Ok(self.kept_lists().await?.0)
    }

    async fn keep_revoked(
        &self,
        before: Vec<Vec<u8>>,
        lists: Vec<Vec<u8>>,
    ) -> Result<bool, StoreError> {
        let (there, revision) = self.kept_lists().await?;
        Ok(there == before && self.swap(REVOKED, &joined(&lists), revision).await?)
    }

    fn arrivals(&self) -> Option<mpsc::Receiver<MailboxId>> {
        self.arrivals.lock().ok()?.take()
    }
}
