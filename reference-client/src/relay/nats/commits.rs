//! The stream of commits: who is first, decided by the server's compare-and-swap on a subject.
//!
//! Under a subject lies the message, then what remembers that there was one. That is put behind the message before the
//! message is deleted (and overwritten), so that a subject once used is never empty before it is to be forgotten.

use super::cover::Cover;
use super::{delete, failed};
use crate::relay::commits::{CommitRules, answer, room};
use crate::relay::store::StoreError;
use async_nats::HeaderMap;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::stream::{self, DiscardPolicy, LastRawMessageErrorKind, StorageType};
use async_nats::jetstream::{self, consumer::pull::OrderedConfig};
use futures_util::StreamExt;
use sceau::delivery::{CommitAnswer, CommitHandle};
use std::time::Duration;

const NAME: &str = "SCEAU_COMMITS";
/// The headers that a sweep reads: when the message goes, and when the handle does.
const EXPIRY: &str = "Sceau-Expiry";
const FORGET: &str = "Sceau-Forget";
const EXPECTED: &str = "Nats-Expected-Last-Subject-Sequence";

/// The stream, over a connection of its own.
pub(super) struct Commits {
    context: jetstream::Context,
    stream: stream::Stream,
}

/// What lies last under a subject.
struct Last {
    message: Option<Vec<u8>>,
    expiry: u64,
    forget: u64,
    sequence: u64,
}

fn number(headers: &HeaderMap, name: &str) -> u64 {
    headers.get(name).and_then(|value| value.as_str().parse().ok()).unwrap_or(0)
}

fn subject(cover: &Cover, handle: &CommitHandle) -> String {
    format!("sceau.commit.{}", cover.name("commit", handle.as_bytes()))
}

/// The place in which a value is sealed.
fn place(subject: &str, expiry: u64, forget: u64) -> String {
    format!("{subject} {expiry} {forget}")
}

impl Commits {
    /// Opens the stream, and makes it where it is not there.
    pub(super) async fn open(url: &str, replicas: usize) -> Result<Self, StoreError> {
        let context = jetstream::new(async_nats::connect(url).await.map_err(failed)?);
        // Read where it is written (no `allow_direct`): a copy could miss the commit of a moment ago.
        let config = stream::Config {
            name: NAME.to_owned(),
            subjects: vec!["sceau.commit.*".to_owned()],
            storage: StorageType::File,
            num_replicas: replicas,
            discard: DiscardPolicy::New,
            discard_new_per_subject: true,
            max_messages_per_subject: 2,
            ..stream::Config::default()
        };
        let stream = context.get_or_create_stream(config).await.map_err(failed)?;
        Ok(Self { context, stream })
    }

    async fn last(&self, cover: &Cover, subject: &str) -> Result<Option<Last>, StoreError> {
        let message = match self.stream.get_last_raw_message_by_subject(subject).await {
            Ok(message) => message,
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => {
                return Ok(None);
            }
            Err(error) => return Err(failed(error)),
        };
        let (expiry, forget) = (number(&message.headers, EXPIRY), number(&message.headers, FORGET));
        let value = cover.open(&place(subject, expiry, forget), &message.payload)?;
        let message_of = value.split_first().filter(|(kind, _)| **kind == 1);
        let kept = message_of.map(|(_, kept)| kept.to_vec());
        Ok(Some(Last { message: kept, expiry, forget, sequence: message.sequence }))
    }

    /// Puts a value behind the one of a sequence number, 0 for none; false when another one is there.
    async fn put(
        &self,
        subject: &str,
        sealed: Vec<u8>,
        (expiry, forget): (u64, u64),
        behind: u64,
    ) -> Result<bool, StoreError> {
        let mut headers = HeaderMap::new();
        headers.insert(EXPIRY, expiry.to_string());
        headers.insert(FORGET, forget.to_string());
        headers.insert(EXPECTED, behind.to_string());
        let subject = subject.to_owned();
        let put = self.context.publish_with_headers(subject, headers, sealed.into()).await;
        match put.map_err(failed)?.await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// `DS-22`
    pub(super) async fn commit(
        &self,
        cover: &Cover,
        handle: &CommitHandle,
        message: &[u8],
        rules: CommitRules,
        now: u64,
    ) -> Result<CommitAnswer, StoreError> {
        let subject = subject(cover, handle);
        let mut behind = 0;
        // Each turn ends unless another relay was between its two steps.
        for _ in 0..10 {
            if let Some(last) = self.last(cover, &subject).await? {
                if last.forget > now {
                    return Ok(answer(last.message.filter(|_| last.expiry > now), message));
                }
                // To be forgotten, and not swept yet.
                behind = last.sequence;
            }
            if message.is_empty() {
                return Ok(CommitAnswer::Empty);
            }
            let kept = self.stream.get_info().await.map_err(failed)?.state.messages;
            room(kept, rules)?;
            let times = (rules.expiry, rules.forget);
            let sealed =
                cover.seal(&place(&subject, times.0, times.1), &[&[1], message].concat())?;
            if self.put(&subject, sealed, times, behind).await? {
                return Ok(CommitAnswer::Kept);
            }
        }
        Err(StoreError::Busy)
    }

    /// Whether a handle holds a message.
    pub(super) async fn holds(
        &self,
        cover: &Cover,
        handle: &CommitHandle,
        now: u64,
    ) -> Result<bool, StoreError> {
        let last = self.last(cover, &subject(cover, handle)).await?;
        Ok(last.is_some_and(|last| last.message.is_some() && last.expiry > now))
    }

    /// Deletes messages and handles whose time has come (`DS-24`).
    pub(super) async fn sweep(&self, cover: &Cover, now: u64) -> Result<(), StoreError> {
        let there = self.stream.get_info().await.map_err(failed)?.state.messages;
        if there == 0 {
            return Ok(());
        }
        let config = OrderedConfig { headers_only: true, ..OrderedConfig::default() };
        let consumer = self.stream.create_consumer(config).await.map_err(failed)?;
        let mut messages = consumer.messages().await.map_err(failed)?;
        let mut old = Vec::new();
        for _ in 0..there {
            let next = tokio::time::timeout(Duration::from_secs(10), messages.next()).await;
            let Ok(Some(message)) = next else { break };
            let message = message.map_err(failed)?;
            let sequence = message.info().map_err(failed)?.stream_sequence;
            let headers = message.headers.clone().unwrap_or_default();
            let (expiry, forget) = (number(&headers, EXPIRY), number(&headers, FORGET));
            if expiry <= now {
                old.push((message.subject.to_string(), sequence, forget));
            }
        }
        for (subject, sequence, forget) in old {
            if forget > now {
                // What remembers has no time of its own but that of being forgotten.
                let times = (forget, forget);
                let sealed = cover.seal(&place(&subject, forget, forget), &[0])?;
                self.put(&subject, sealed, times, sequence).await?;
            }
            delete(&self.stream, sequence).await?;
        }
        Ok(())
    }
}
