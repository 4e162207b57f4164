//! A TCP proxy between clients and a relay: records what clients put, and cuts or slows connections.

use sceau::Wire;
use sceau::pairwise::{Envelope, FirstMessage};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Bytes of the sealed header of suite `core`: 40, and a tag of 16.
const SEALED_HEADER: usize = 56;

/// What the proxy does to connections.
#[derive(Clone, Copy, Default)]
pub struct Weather {
    /// One of so many connections is cut, at a random byte of either direction; 0: none.
    pub cut_one_in: u64,
    /// Milliseconds before each piece is passed on, at most.
    pub slow: u64,
}

/// A running proxy.
pub struct Proxy {
    /// Where it listens.
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    to: Mutex<String>,
    weather: Mutex<Weather>,
    random: AtomicU64,
    seen: Mutex<Seen>,
}

/// What clients have put.
#[derive(Default)]
pub struct Seen {
    /// The message behind each sealed header.
    headers: HashMap<Vec<u8>, Vec<u8>>,
    /// Envelopes, repeated ones too.
    pub puts: usize,
    /// Sealed headers under which two different messages were put: must stay 0.
    pub repeated: usize,
}

impl Proxy {
    /// Listens, and passes everything on to an address.
    pub fn start(to: &str, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            to: Mutex::new(to.to_owned()),
            weather: Mutex::default(),
            random: AtomicU64::new(seed),
            seen: Mutex::default(),
        });
        let for_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&for_thread);
                std::thread::spawn(move || {
                    let _ = pass(&shared, stream?);
                    std::io::Result::Ok(())
                });
            }
        });
        Self { url, shared }
    }

    /// What is done to connections from now on.
    pub fn weather(&self, weather: Weather) {
        *self.shared.weather.lock().unwrap() = weather;
    }

    /// How many envelopes were put, different headers there were, and headers that stood over two different messages.
    pub fn seen(&self) -> (usize, usize, usize) {
        let seen = self.shared.seen.lock().unwrap();
        (seen.puts, seen.headers.len(), seen.repeated)
    }
}

impl Shared {
    fn draw(&self, below: u64) -> u64 {
        let state = self.random.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        super::mix(state) % below.max(1)
    }

    fn record(&self, message: Vec<u8>) {
        let ratchet = match message.first() {
            Some(1) => message.clone(),
            // An attachment's chunk may begin with any byte.
            _ => match FirstMessage::from_bytes(&message) {
                Ok(first) => first.message,
                Err(_) => return,
            },
        };
        let header = ratchet[1..=SEALED_HEADER].to_vec();
        let mut seen = self.seen.lock().unwrap();
        seen.puts += 1;
        let other = seen.headers.insert(header, message.clone());
        if other.is_some_and(|other| other != message) {
            seen.repeated += 1;
        }
    }
}

fn pass(shared: &Arc<Shared>, client: TcpStream) -> std::io::Result<()> {
    let to = shared.to.lock().unwrap().clone();
    let relay = TcpStream::connect(to)?;
    client.set_nodelay(true)?;
    relay.set_nodelay(true)?;
    let weather = *shared.weather.lock().unwrap();
    let cut = weather.cut_one_in > 0 && shared.draw(weather.cut_one_in) == 0;
    let budget = |of| if cut { shared.draw(of) } else { u64::MAX };
    let (up, down) = (budget(6_000), budget(6_000));
    let (from, into) = (client.try_clone()?, relay.try_clone()?);
    let for_up = Arc::clone(shared);
    let upward = std::thread::spawn(move || copy(&for_up, from, into, up, weather.slow, true));
    copy(shared, relay, client, down, weather.slow, false);
    let _ = upward.join();
    Ok(())
}

fn copy(shared: &Shared, mut from: TcpStream, mut to: TcpStream, budget: u64, slow: u64, up: bool) {
    let (mut left, mut buffer, mut stream) = (budget, vec![0; 16_384], Vec::new());
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if slow > 0 {
            std::thread::sleep(Duration::from_millis(shared.draw(slow)));
        }
        let part = usize::try_from(left).unwrap_or(usize::MAX).min(read);
        if up {
            stream.extend_from_slice(&buffer[..part]);
            take_puts(shared, &mut stream);
        }
        if to.write_all(&buffer[..part]).is_err() || part < read {
            break;
        }
        left -= part as u64;
    }
    let _ = from.shutdown(std::net::Shutdown::Both);
    let _ = to.shutdown(std::net::Shutdown::Both);
}

/// Takes whole requests off the front of what a client has sent, and records the envelopes.
fn take_puts(shared: &Shared, stream: &mut Vec<u8>) {
    while let Some(end) = stream.windows(4).position(|four| four == b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&stream[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
        let whole = end + 4 + length;
        if stream.len() < whole {
            return;
        }
        let body = &stream[end + 4..whole];
        let put = head.starts_with("post /v0/put ");
        if let Some(envelope) = Envelope::from_bytes(body).ok().filter(|_| put) {
            shared.record(envelope.message);
        }
        stream.drain(..whole);
    }
}
