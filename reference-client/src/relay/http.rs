//! How requests are carried: HTTP, one path an action, bodies in the formats of page *Delivery service*.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `GET /v0/challenge` | | 32 bytes, good once, on any connection, for a minute |
//! | `POST /v0/publish` | `Publication` | empty |
//! | `POST /v0/fetch` | `FetchRequest` | `FetchAnswer` |
//! | `POST /v0/put` | `Envelope` | empty: it is kept |
//! | `POST /v0/get` | `GetRequest` | `GetAnswer` |
//! | `POST /v0/acknowledge` | `AcknowledgeRequest` | empty: they are gone |
//! | `POST /v0/commit` | `CommitRequest` | `CommitAnswer` |
//! | `POST /v0/wait` | mailbox ids, then handles of commits, 32 bytes each | those of them that hold something |
//!
//! `GET /v0/health` needs no token and answers `ok`, or 507 where the store does not answer.
//!
//! Headers: `Sceau-Auth` carries a `DeliveryAuth` (base64url without padding); `Sceau-Wait: SECONDS` lets `get`
//! and `wait` wait; `Sceau-Handles: N` says that the last `N` ids of a `wait` are handles of commits; `Sceau-Prekeys` in an answer carries a `PrekeyStock` (base64url without padding, `DS-08`);
//! `Authorization: Bearer TOKEN` where the operator wants one. A refusal has its class as text.
//!
//! The relay's name, which a device signs, is the host of the URL, with TLS and without it: in lower case, without a
//! final dot, without the port; an IPv6 address without brackets.

use super::intake::Intake;
use super::store::{Left, Store};
use super::{MAX_WATCHED, Refusal, Relay};
use crate::time::now;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sceau::Wire;
use sceau::delivery::{CommitHandle, DeliveryAuth, PrekeyStock};
use sceau::limits::{MAX_BATCH_KEYS, MAX_MESSAGE};
use sceau::pairwise::MailboxId;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};
use tokio::sync::{Semaphore, SemaphorePermit};

/// The header with a `DeliveryAuth`.
pub const AUTH: &str = "sceau-auth";
/// The header with the seconds to wait.
pub const WAIT: &str = "sceau-wait";
/// The header with the number of handles.
pub const HANDLES: &str = "sceau-handles";
/// The header with a `PrekeyStock`.
pub const PREKEYS: &str = "sceau-prekeys";

/// Bytes of the longest bodies.
const MAX_PUT: usize = MAX_MESSAGE as usize + 64;
const MAX_PUBLISH: usize = (MAX_BATCH_KEYS as usize + 64) * 2_048;
const MAX_SMALL: usize = MAX_WATCHED * 32;
/// Requests with long bodies, once they are in, that are worked on at a time; others wait, and are refused after a while.
const MAX_AT_ONCE: usize = 256;
const PATIENCE: Duration = Duration::from_secs(2);
/// Time that the store has to show that it works.
const HEALTH_TIME: Duration = Duration::from_secs(3);

/// A relay as HTTP serves it.
pub struct App<S> {
    /// What it does.
    pub relay: Relay<S>,
    /// Hashes of the tokens of which every request must bear one; none: it needs none.
    tokens: Vec<[u8; 32]>,
    clock: fn() -> u64,
    intake: Intake,
    at_once: Semaphore,
    /// What was done since the last look, for the log: counts say nothing of anybody.
    pub counts: Counts,
}

/// How often something was done.
#[derive(Default)]
pub struct Counts {
    /// Envelopes put.
    pub puts: AtomicU64,
    /// Gets.
    pub gets: AtomicU64,
    /// Commits put or asked for.
    pub commits: AtomicU64,
    /// Bundles fetched.
    pub fetches: AtomicU64,
    /// Requests refused, of any kind.
    pub refused: AtomicU64,
}

impl<S: Store> App<S> {
    /// An app; every request must bear one of the `tokens`, if the operator wants that.
    pub fn new(relay: Relay<S>, tokens: impl IntoIterator<Item = String>) -> Self {
        let hash = |token: String| crate::crypto::sha256(&[token.as_bytes()]);
        let tokens = tokens.into_iter().map(hash).collect();
        let at_once = Semaphore::new(MAX_AT_ONCE);
        let (intake, counts) = (Intake::default(), Counts::default());
        Self { relay, tokens, clock: now, intake, at_once, counts }
    }

    /// Goes by another clock than the system's, in seconds since 1970.
    #[must_use]
    pub fn with_clock(mut self, clock: fn() -> u64) -> Self {
        self.clock = clock;
        self
    }

    fn now(&self) -> u64 {
        (self.clock)()
    }

    async fn permit(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        match tokio::time::timeout(PATIENCE, self.at_once.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Refusal::Busy),
        }
    }
}

/// All paths of a relay.
pub fn router<S: Store>(app: Arc<App<S>>) -> Router {
    Router::new()
        .route("/v0/challenge", get(challenge::<S>))
        .route("/v0/publish", post(publish::<S>))
        .route("/v0/fetch", post(fetch::<S>))
        .route("/v0/put", post(put::<S>))
        .route("/v0/get", post(get_envelopes::<S>))
        .route("/v0/acknowledge", post(acknowledge::<S>))
        .route("/v0/commit", post(commit::<S>))
        .route("/v0/wait", post(wait::<S>))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), check_token::<S>))
        .route("/v0/health", get(health::<S>))
        .with_state(app)
}

type Shared<S> = State<Arc<App<S>>>;
type Answer = Result<Response, Refusal>;

/// Whose token a request bears, as its number among the tokens.
#[derive(Clone, Copy)]
struct User(usize);

async fn check_token<S: Store>(
    State(app): Shared<S>,
    mut request: Request,
    next: axum::middleware::Next,
) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let given = given.and_then(|given| given.strip_prefix(b"Bearer "));
    let given = given.map(|given| crate::crypto::sha256(&[given]));
    let user = match app.tokens.is_empty() {
        true => Some(0),
        false => app.tokens.iter().position(|token| Some(token) == given.as_ref()),
    };
    let mut answer = if let Some(user) = user {
        request.extensions_mut().insert(User(user));
        next.run(request).await
    } else {
        (StatusCode::UNAUTHORIZED, "this relay wants an access token").into_response()
    };
    if !answer.status().is_success() {
        app.counts.refused.fetch_add(1, Ordering::Relaxed);
    }
    // The clock that expiries are held against (DS-13): whose own is wrong learns it here.
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(app.now()));
    if let Ok(date) = HeaderValue::from_str(&date) {
        answer.headers_mut().insert(header::DATE, date);
    }
    answer
}

async fn health<S: Store>(State(app): Shared<S>) -> Result<&'static str, Refusal> {
    match tokio::time::timeout(HEALTH_TIME, app.relay.check_store()).await {
        Ok(Ok(())) => Ok("ok"),
        _ => Err(Refusal::Unavailable),
    }
}

async fn challenge<S: Store>(State(app): Shared<S>) -> Answer {
    Ok(app.relay.challenge(app.now()).await?.to_vec().into_response())
}

async fn publish<S: Store>(State(app): Shared<S>, headers: HeaderMap, body: Body) -> Answer {
    let body = app.intake.read(&headers, body, MAX_PUBLISH).await?;
    let _permit = app.permit().await?;
    let left = app.relay.publish(auth(&headers)?.as_ref(), &body.bytes, app.now()).await?;
    Ok(with_left(StatusCode::OK.into_response(), Some(left)))
}

async fn fetch<S: Store>(State(app): Shared<S>, headers: HeaderMap, body: Body) -> Answer {
    app.counts.fetches.fetch_add(1, Ordering::Relaxed);
    let body = app.intake.read(&headers, body, MAX_SMALL).await?;
    Ok(app.relay.fetch(&body.bytes, app.now()).await?.into_response())
}

async fn put<S: Store>(State(app): Shared<S>, headers: HeaderMap, body: Body) -> Answer {
    let body = app.intake.read(&headers, body, MAX_PUT).await?;
    let _permit = app.permit().await?;
    app.relay.put(&body.bytes, app.now()).await?;
    app.counts.puts.fetch_add(1, Ordering::Relaxed);
    Ok(StatusCode::OK.into_response())
}

async fn get_envelopes<S: Store>(State(app): Shared<S>, headers: HeaderMap, body: Body) -> Answer {
    app.counts.gets.fetch_add(1, Ordering::Relaxed);
    let (auth, wait) = (auth(&headers)?, waiting(&headers)?);
    let body = app.intake.read(&headers, body, MAX_SMALL).await?;
    let (answer, left) = app.relay.get(auth.as_ref(), &body.bytes, wait, app.now()).await?;
    Ok(with_left(answer.to_bytes().into_response(), left))
}

async fn acknowledge<S: Store>(State(app): Shared<S>, headers: HeaderMap, body: Body) -> Answer {
    let body = app.intake.read(&headers, body, MAX_SMALL).await?;
    let auth = auth(&headers)?;
    let left = app.relay.acknowledge(auth.as_ref(), &body.bytes, app.now()).await?;
    Ok(with_left(StatusCode::OK.into_response(), left))
}

async fn commit<S: Store>(
    State(app): Shared<S>,
    Extension(User(user)): Extension<User>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let body = app.intake.read(&headers, body, MAX_PUT).await?;
    let _permit = app.permit().await?;
    app.counts.commits.fetch_add(1, Ordering::Relaxed);
    Ok(app.relay.commit(user, &body.bytes, app.now()).await?.to_bytes().into_response())
}

async fn wait<S: Store>(State(app): Shared<S>, headers: HeaderMap, body: Body) -> Answer {
    let body = app.intake.read(&headers, body, MAX_SMALL).await?;
    let (ids, rest) = body.bytes.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(Refusal::Malformed);
    }
    let handles = number(&headers, HANDLES)?.unwrap_or(0);
    let mailboxes = usize::try_from(handles).ok().and_then(|last| ids.len().checked_sub(last));
    let (ids, handles) = ids.split_at(mailboxes.ok_or(Refusal::Malformed)?);
    let ids = ids.iter().map(|id| MailboxId::new(*id)).collect();
    let handles = handles.iter().map(|id| CommitHandle::new(*id)).collect();
    let holding = app.relay.wait(ids, handles, waiting(&headers)?, app.now()).await?;
    Ok(holding.concat().into_response())
}

fn auth(headers: &HeaderMap) -> Result<Option<DeliveryAuth>, Refusal> {
    let Some(value) = headers.get(AUTH) else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(value.as_bytes()).map_err(|_| Refusal::Malformed)?;
    Ok(Some(DeliveryAuth::from_bytes(&bytes)?))
}

fn waiting(headers: &HeaderMap) -> Result<Duration, Refusal> {
    Ok(number(headers, WAIT)?.map_or(Duration::ZERO, Duration::from_secs))
}

fn number(headers: &HeaderMap, name: &str) -> Result<Option<u64>, Refusal> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.parse().ok());
    number.map(Some).ok_or(Refusal::Malformed)
}

fn with_left(mut answer: Response, left: Option<Left>) -> Response {
    let encoded = |left: Left| {
        let stock = PrekeyStock { one_time: left.one_time, kem_one_time: left.kem };
        URL_SAFE_NO_PAD.encode(stock.to_bytes())
    };
    if let Some(Ok(value)) = left.map(|left| HeaderValue::from_str(&encoded(left))) {
        answer.headers_mut().insert(PREKEYS, value);
    }
    answer
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, class) = match self {
            Self::Malformed => (StatusCode::BAD_REQUEST, "malformed"),
            Self::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "malformed"),
            Self::Slow => (StatusCode::REQUEST_TIMEOUT, "slow"),
            Self::BadSignature => (StatusCode::FORBIDDEN, "bad_signature"),
            Self::Refused(class) => (StatusCode::CONFLICT, class),
            Self::Limit => (StatusCode::TOO_MANY_REQUESTS, "limit"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::Unavailable => (StatusCode::INSUFFICIENT_STORAGE, "unavailable"),
        };
        let mut answer = (status, class).into_response();
        if matches!(self, Self::Busy | Self::Unavailable | Self::Limit) {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        answer
    }
}
