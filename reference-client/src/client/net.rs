//! Requests to a relay, over HTTP ([`crate::relay::http`] has the table).

use super::address::{certificates, name_of};
use super::refusal::{ahead_of, not_a_relay, refusal};
use crate::error::{Error, Result};
use crate::relay::MAX_WATCHED;
use crate::relay::http::{AUTH, HANDLES, PREKEYS, WAIT};
use crate::time::now;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sceau::Wire;
use sceau::delivery::{
    AcknowledgeRequest, AuthRequest, Challenge, CommitAnswer, CommitHandle, CommitRequest,
    DeliveryAction, DeliveryAuth, FetchAnswer, FetchRequest, GetAnswer, GetRequest, Handle,
    PrekeyStock, RelayName,
};
use sceau::pairwise::{AccountId, Envelope, MailboxId};
use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use ureq::tls::{RootCerts, TlsConfig};

/// Longest answer.
const MAX_ANSWER: u64 = 64 << 20;

/// Time that a request may take, with its answer.
const WHOLE: Duration = Duration::from_secs(120);

/// Bytes that are sent in a second, at least.
const SLOWEST: u64 = 32 << 10;

/// Time that a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// What signs a challenge for a request: the device.
pub type Sign<'a> = &'a dyn Fn(&AuthRequest<'_>) -> Result<DeliveryAuth>;

/// Connections to one relay. What must not be joined goes over different ones (`DS-20`).
pub struct Net {
    agent: ureq::Agent,
    url: String,
    /// The host of the URL: what the device signs for (`DS-03`).
    name: RelayName,
    token: Option<String>,
    /// Seconds by which the own clock was ahead of the relay's at its last answer.
    ahead: AtomicI64,
    /// Milliseconds that an answer may take, all of it.
    whole: AtomicU64,
}

struct Answer {
    body: Vec<u8>,
    stock: Option<PrekeyStock>,
}

impl Net {
    /// A relay at `http://…` or `https://…`; `ca` are the certificates that vouch for it.
    ///
    /// # Errors
    /// An address without a host; certificates that can't be read.
    pub fn new(url: &str, token: Option<&str>, ca: Option<&Path>) -> Result<Self> {
        Self::within(url, token, ca, None)
    }

    /// As [`Net::new`], for a relay that begins each answer within a time.
    ///
    /// # Errors
    /// As [`Net::new`].
    pub fn within(
        url: &str,
        token: Option<&str>,
        ca: Option<&Path>,
        time: Option<Duration>,
    ) -> Result<Self> {
        let name = name_of(url)?;
        // What is signed is for this relay: it does not send the device on to another.
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_idle_connections_per_host(1)
            .timeout_connect(Some(CONNECT.min(time.unwrap_or(CONNECT))))
            .timeout_recv_response(time)
            .timeout_global(Some(WHOLE));
        if let Some(ca) = ca {
            let certificates = certificates(ca)?;
            let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
            let roots = RootCerts::new_with_certs(&certificates);
            let tls = TlsConfig::builder().root_certs(roots);
            config = config.tls_config(tls.unversioned_rustls_crypto_provider(provider).build());
        } else if url.starts_with("https:") {
            return Err(Error::usage("a relay with TLS needs the certificates that vouch for it")
                .next("name the operator's file with --ca"));
        }
        Ok(Self {
            agent: config.build().new_agent(),
            url: url.trim_end_matches('/').to_owned(),
            name,
            token: token.map(str::to_owned),
            ahead: AtomicI64::new(0),
            whole: AtomicU64::new(u64::MAX),
        })
    }

    /// Sets how long what is posted from now on may take with its whole answer, beside what it takes to send; none: as
    /// long as any request.
    pub fn bound(&self, time: Option<Duration>) {
        let time =
            time.map_or(u64::MAX, |time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        self.whole.store(time, Ordering::Relaxed);
    }

    /// Seconds by which the own clock is ahead of the relay's (negative: behind), as the relay's last answer said; 0 before
    /// the first.
    #[must_use]
    pub fn ahead(&self) -> i64 {
        self.ahead.load(Ordering::Relaxed)
    }

    /// Asks the relay for nothing but an answer, as whoever may use it: shows that it is one, and its clock.
    ///
    /// # Errors
    /// As [`Net::publish`].
    pub fn greet(&self) -> Result<()> {
        self.challenge().map(|_| ())
    }

    fn challenge(&self) -> Result<Challenge> {
        let mut get = self.agent.get(format!("{}/v0/challenge", self.url));
        if let Some(token) = &self.token {
            get = get.header("Authorization", format!("Bearer {token}"));
        }
        let challenge = self.read(get.call())?.body;
        let challenge = challenge.try_into().map_err(|_| not_a_relay(&self.url))?;
        Ok(Challenge::new(challenge))
    }

    /// The name by which the channel authenticates the relay (`DS-03`).
    #[must_use]
    pub fn name(&self) -> &RelayName {
        &self.name
    }

    /// Publishes prekeys; how many one-time keys the relay has then.
    ///
    /// # Errors
    /// What the relay refuses, and a relay that can't be reached.
    pub fn publish(&self, publication: &[u8], sign: Sign<'_>) -> Result<Option<PrekeyStock>> {
        let action = DeliveryAction::Publish;
        Ok(self.signed("publish", action, publication, sign, 0)?.stock)
    }

    /// Prekey bundles of an account.
    ///
    /// # Errors
    /// As [`Net::publish`].
    pub fn fetch(&self, account_id: &AccountId) -> Result<FetchAnswer> {
        let request = FetchRequest { account_id: account_id.clone(), serial: 0 };
        Ok(FetchAnswer::from_bytes(&self.post("fetch", &request.to_bytes(), None, 0)?.body)?)
    }

    /// Puts an envelope.
    ///
    /// # Errors
    /// As [`Net::publish`].
    pub fn put(&self, envelope: &Envelope) -> Result<()> {
        self.post("put", &envelope.to_bytes(), None, 0).map(|_| ())
    }

    /// Envelopes of a mailbox; waits up to `wait` seconds for the first one. With `sign` for a contact mailbox.
    ///
    /// # Errors
    /// As [`Net::publish`].
    pub fn get(
        &self,
        mailbox: MailboxId,
        sign: Option<Sign<'_>>,
        wait: u64,
    ) -> Result<(GetAnswer, Option<PrekeyStock>)> {
        self.get_some(mailbox, 256, sign, wait)
    }

    /// As [`Net::get`], of at most `most` envelopes.
    ///
    /// # Errors
    /// As [`Net::publish`].
    pub fn get_some(
        &self,
        mailbox: MailboxId,
        most: u16,
        sign: Option<Sign<'_>>,
        wait: u64,
    ) -> Result<(GetAnswer, Option<PrekeyStock>)> {
        let request = GetRequest { mailbox_id: mailbox, most }.to_bytes();
        let answer = match sign {
            None => self.post("get", &request, None, wait)?,
            Some(sign) => self.signed("get", DeliveryAction::Get, &request, sign, wait)?,
        };
        Ok((GetAnswer::from_bytes(&answer.body)?, answer.stock))
    }

    /// Acknowledges envelopes: the relay deletes them.
    ///
    /// # Errors
    /// As [`Net::publish`].
    pub fn acknowledge(
        &self,
        mailbox: MailboxId,
        handles: Vec<Handle>,
        sign: Option<Sign<'_>>,
    ) -> Result<()> {
        let request = AcknowledgeRequest { mailbox_id: mailbox, handles }.to_bytes();
        let action = DeliveryAction::Acknowledge;
        match sign {
            None => self.post("acknowledge", &request, None, 0)?,
            Some(sign) => self.signed("acknowledge", action, &request, sign, 0)?,
        };
        Ok(())
    }

    /// Asks for the commit of a handle, or puts one where there is none yet (`DS-22`); empty: only asks. That the own one is
    /// there is `kept` (`GDS-34`).
    ///
    /// # Errors
    /// As [`Net::publish`]; an answer that does not fit (`DS-25`).
    pub fn commit(&self, handle: CommitHandle, message: Vec<u8>) -> Result<CommitAnswer> {
        let request = CommitRequest { handle, message };
        let answer =
            self.post("commit", &request.to_bytes(), None, 0).map_err(|error| {
                match error.class {
                    Some("limit") => Error::unreachable(
                        "the relay takes no more new commits, for today or for good",
                    )
                    .next(
                        "tell its operator; the change is kept here, and goes with a later command",
                    ),
                    _ => error,
                }
            })?;
        let answer = CommitAnswer::from_bytes(&answer.body)?;
        answer.check(&request).map_err(sceau::Error::from)?;
        Ok(match answer {
            CommitAnswer::Taken(kept) if kept == request.message => CommitAnswer::Kept,
            answer => answer,
        })
    }

    /// Waits up to `wait` seconds until one of the mailboxes, or of the handles of commits, holds something; whether one
    /// does. Of more than one request takes, the last ones alone are waited for, the others are asked after.
    ///
    /// # Errors
    /// As [`Net::publish`].
    pub fn wait_for(
        &self,
        mailboxes: &[MailboxId],
        handles: &[CommitHandle],
        wait: u64,
    ) -> Result<bool> {
        let mailboxes = mailboxes.iter().map(|id| (*id.as_bytes(), false));
        let handles = handles.iter().map(|handle| (*handle.as_bytes(), true));
        let ids: Vec<([u8; 32], bool)> = mailboxes.chain(handles).collect();
        let mut left = ids.len();
        for portion in ids.chunks(MAX_WATCHED) {
            left -= portion.len();
            let bytes: Vec<u8> = portion.iter().flat_map(|(id, _)| *id).collect();
            let handles = portion.iter().filter(|(_, is_handle)| *is_handle).count();
            let wait = if left == 0 { wait } else { 0 };
            let headers = [(WAIT, wait.to_string()), (HANDLES, handles.to_string())];
            if !self.post_with("wait", &bytes, &headers)?.body.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Those of the mailboxes that hold something; waits up to `wait` seconds for the first one, as [`Net::wait_for`] does.
    ///
    /// # Errors
    /// As [`Net::publish`].
    pub fn wait(&self, mailboxes: &[MailboxId], wait: u64) -> Result<Vec<MailboxId>> {
        let (mut all, mut left) = (Vec::new(), mailboxes.len());
        for portion in mailboxes.chunks(MAX_WATCHED) {
            left -= portion.len();
            let ids: Vec<u8> = portion.iter().flat_map(|id| *id.as_bytes()).collect();
            let wait = if left == 0 && all.is_empty() { wait } else { 0 };
            let answer = self.post("wait", &ids, None, wait)?;
            let (holding, _) = answer.body.as_chunks::<32>();
            // A relay that lies names others, or one twice.
            let holding: HashSet<&[u8; 32]> = holding.iter().collect();
            all.extend(portion.iter().filter(|id| holding.contains(id.as_bytes())).copied());
        }
        Ok(all)
    }

    /// A request that the device signs, with a challenge of the relay.
    fn signed(
        &self,
        path: &str,
        action: DeliveryAction,
        request: &[u8],
        sign: Sign<'_>,
        wait: u64,
    ) -> Result<Answer> {
        let mut tries = 0;
        loop {
            let challenge = &self.challenge()?;
            let auth = sign(&AuthRequest { challenge, relay: &self.name, action, request })?;
            match self.post(path, request, Some(&auth), wait) {
                // The challenge may have got too old meanwhile, or the relay has started anew.
                Err(error) if error.class == Some("bad_signature") && tries < 2 => tries += 1,
                done => return done,
            }
        }
    }

    fn post(
        &self,
        path: &str,
        body: &[u8],
        auth: Option<&DeliveryAuth>,
        wait: u64,
    ) -> Result<Answer> {
        let mut headers = Vec::new();
        headers.extend(auth.map(|auth| (AUTH, URL_SAFE_NO_PAD.encode(auth.to_bytes()))));
        headers.extend((wait > 0).then(|| (WAIT, wait.to_string())));
        self.post_with(path, body, &headers)
    }

    fn post_with(&self, path: &str, body: &[u8], headers: &[(&str, String)]) -> Result<Answer> {
        let sending = Duration::from_secs(body.len() as u64 / SLOWEST);
        let whole = Duration::from_millis(self.whole.load(Ordering::Relaxed)) + sending;
        let post = self.agent.post(format!("{}/v0/{path}", self.url));
        let mut post = post.config().timeout_global(Some(whole.min(WHOLE))).build();
        if let Some(token) = &self.token {
            post = post.header("Authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            post = post.header(*name, value);
        }
        self.read(post.content_type("application/octet-stream").send(body))
    }

    fn read(
        &self,
        answer: std::result::Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Answer> {
        let unreachable = |error: ureq::Error| {
            let why = error.to_string();
            let next = match why.contains("certificate") {
                true => {
                    "what is in the --ca file does not vouch for it: ask its operator for the right one, and give it with \
                         `sceau set --ca FILE`; nothing is lost"
                }
                false => {
                    "nothing is lost: what was to be sent is kept, and goes with the next command that reaches it"
                }
            };
            Error::unreachable(format!("the relay {} can't be reached: {why}", self.url)).next(next)
        };
        let mut answer = answer.map_err(unreachable)?;
        let status = answer.status().as_u16();
        let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
        if let Some(ahead) = date.and_then(|date| ahead_of(date, now())) {
            self.ahead.store(ahead, Ordering::Relaxed);
        }
        let stock = answer.headers().get(PREKEYS).and_then(|value| {
            PrekeyStock::from_bytes(&URL_SAFE_NO_PAD.decode(value.as_bytes()).ok()?).ok()
        });
        let body = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        let body = body.map_err(unreachable)?;
        if status == 200 {
            return Ok(Answer { body, stock });
        }
        Err(refusal(&self.url, status, &String::from_utf8_lossy(&body), self.ahead()))
    }
}
