//! Clients that bear on a relay: connections of one thread, so that they take as little as can be from a relay on the
//! same machine, as those of people elsewhere would.
//!
//! Each puts envelopes into its mailboxes, and now and then empties one; at the end all mailboxes are emptied, and every
//! envelope that was answered must have come, once.

use super::Figures;
use crate::cli::Load;
use crate::error::{About, Error, Result};
use crate::time::now;
use bytes::Bytes;
use futures_util::future::join_all;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use sceau::Wire;
use sceau::delivery::{AcknowledgeRequest, GetAnswer, GetRequest};
use sceau::pairwise::{Envelope, MailboxId};
use std::cell::RefCell;
use std::collections::HashSet;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// Puts after which a client empties a mailbox.
const EMPTY_EACH: u64 = 8;
/// Envelopes of a get.
const MOST: u16 = 256;

/// Runs the clients on as many mailboxes, as fast as it goes or at a rate of puts a second.
///
/// # Errors
/// A relay that refuses what it should not, or goes away.
pub(super) fn clients(
    urls: &[String],
    options: &Load,
    mailboxes: usize,
    time: Duration,
    rate: Option<f64>,
) -> Result<Figures> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let count = options.clients.min(mailboxes).max(1);
    #[allow(clippy::cast_precision_loss)]
    let pause = rate.map(|rate| Duration::from_secs_f64(count as f64 / rate));
    let started = Instant::now();
    let done = runtime.about("the clients' thread")?.block_on(async {
        let client = |number: usize| {
            // The one half puts at one relay and gets at the other.
            let (put, get) = (&urls[number % urls.len()], &urls[(number + 1) % urls.len()]);
            let own = mailboxes / count + usize::from(number < mailboxes % count);
            // Not all in the same moment.
            #[allow(clippy::cast_precision_loss)]
            let late = pause.unwrap_or_default().mul_f64(number as f64 / count as f64);
            client((put, get), own, options.size, started + late, (time, pause))
        };
        join_all((0..count).map(client)).await
    });
    let mut all = Figures::default();
    for figures in done {
        let figures = figures?;
        all.seconds = all.seconds.max(figures.seconds);
        all.add(figures);
    }
    all.seconds = all.seconds.max(time.as_secs_f64()).min(started.elapsed().as_secs_f64());
    all.puts.sort_unstable();
    all.gets.sort_unstable();
    Ok(all)
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// What a client knows of its mailboxes.
struct Mailboxes {
    key: [u8; 32],
    count: u64,
    /// Envelopes that were put and did not come yet.
    waiting: RefCell<HashSet<u64>>,
}

impl Mailboxes {
    fn id(&self, number: u64) -> MailboxId {
        let number = number % self.count.max(1);
        MailboxId::new(crate::crypto::sha256(&[&self.key, &number.to_be_bytes()]))
    }
}

async fn client(
    (put, get): (&str, &str),
    mailboxes: usize,
    size: usize,
    started: Instant,
    (time, pause): (Duration, Option<Duration>),
) -> Result<Figures> {
    let key = crate::crypto::random::<32>().unwrap_or_default();
    let mailboxes = Mailboxes { key, count: mailboxes as u64, waiting: RefCell::default() };
    let (mut putting, mut getting) = (Connection::new(put).await?, Connection::new(get).await?);
    // What comes does not keep what goes waiting, nor the other way round, but that neither gets far ahead.
    let (full, mut fulls) = mpsc::channel(1);
    let puts = async {
        let full = full;
        let mut figures = Figures::default();
        let mut number = 0u64;
        while started.elapsed() < time {
            let mut due = Instant::now();
            if let Some(pause) = pause {
                due = started + pause.mul_f64(f64::from(u32::try_from(number).unwrap_or(u32::MAX)));
                tokio::time::sleep_until(due.into()).await;
            }
            put_one(&mut putting, &mailboxes, number, size, due, &mut figures).await?;
            number += 1;
            if number.is_multiple_of(EMPTY_EACH) {
                let full = full.send(number / EMPTY_EACH);
                full.await.map_err(|_| Error::fault("the other half of a client"))?;
            }
        }
        figures.seconds = started.elapsed().as_secs_f64();
        Ok::<_, Error>(figures)
    };
    let gets = async {
        let mut figures = Figures::default();
        while let Some(number) = fulls.recv().await {
            let began = Instant::now();
            empty(&mut getting, &mailboxes, number, &mut figures).await?;
            figures.gets.push(micros(began));
        }
        Ok::<_, Error>(figures)
    };
    let (mut figures, got) = tokio::try_join!(puts, gets)?;
    figures.add(got);
    for number in 0..mailboxes.count {
        // An emptied mailbox answers with nothing: the second look finds what the first was too early for.
        while empty(&mut getting, &mailboxes, number, &mut figures).await? > 0 {}
    }
    figures.lost = mailboxes.waiting.borrow().len();
    Ok(figures)
}

async fn put_one(
    connection: &mut Connection,
    mailboxes: &Mailboxes,
    number: u64,
    size: usize,
    due: Instant,
    figures: &mut Figures,
) -> Result<()> {
    let mut message = number.to_be_bytes().to_vec();
    message.resize(size.max(8), 7);
    let expiry = (now() + 86_400).next_multiple_of(3_600);
    let envelope = Envelope { mailbox_id: mailboxes.id(number), expiry, message };
    // It may come before its answer does.
    mailboxes.waiting.borrow_mut().insert(number);
    if connection.post("put", envelope.to_bytes()).await?.is_some() {
        figures.puts.push(micros(due));
    } else {
        mailboxes.waiting.borrow_mut().remove(&number);
        figures.busy += 1;
    }
    Ok(())
}

async fn empty(
    connection: &mut Connection,
    mailboxes: &Mailboxes,
    number: u64,
    figures: &mut Figures,
) -> Result<usize> {
    let mailbox_id = mailboxes.id(number);
    let request = GetRequest { mailbox_id, most: MOST };
    let Some(answer) = connection.post("get", request.to_bytes()).await? else {
        figures.busy += 1;
        return Ok(1);
    };
    let answer = GetAnswer::from_bytes(&answer)?;
    for stored in &answer.envelopes {
        let number = stored.message.first_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes));
        if !number.is_some_and(|number| mailboxes.waiting.borrow_mut().remove(&number)) {
            figures.strange += 1;
        }
    }
    let handles: Vec<_> = answer.envelopes.iter().map(|stored| stored.handle).collect();
    let count = handles.len();
    if count > 0 {
        let request = AcknowledgeRequest { mailbox_id, handles }.to_bytes();
        while connection.post("acknowledge", request.clone()).await?.is_none() {
            figures.busy += 1;
        }
    }
    Ok(count)
}

/// A connection to a relay.
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Connection {
    async fn new(url: &str) -> Result<Self> {
        let host = url.strip_prefix("http://").unwrap_or(url).to_owned();
        let stream = TcpStream::connect(&host).await.about("the relay")?;
        stream.set_nodelay(true).about("the relay")?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.about("the relay")?;
        tokio::spawn(connection);
        Ok(Self { sender, host })
    }

    /// The answer to a request; none where the relay has no time for it.
    async fn post(&mut self, path: &str, body: Vec<u8>) -> Result<Option<Bytes>> {
        let request = Request::post(format!("/v0/{path}")).header("host", &self.host);
        let request = request.body(Full::new(Bytes::from(body))).about("a request")?;
        self.sender.ready().await.about("the relay")?;
        let answer = self.sender.send_request(request).await.about("the relay")?;
        let status = answer.status();
        let body = answer.into_body().collect().await.about("the relay")?.to_bytes();
        match status {
            StatusCode::OK => Ok(Some(body)),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => Ok(None),
            _ => Err(Error::refused(format!("the relay answered {status} to {path}"))),
        }
    }
}
