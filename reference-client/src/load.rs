//! `load`: a relay under load, beside bare SQLite transactions on the same disk.
//!
//! The module `clients` is what bears on it. First as fast as it goes, then at half of that rate, where times are measured
//! from when a request was due: what a client does late, for whatever reason, counts.

mod clients;

use crate::cli::Load;
use crate::cmd::Out;
use crate::error::{About, Error, Result};
use crate::process::RelayProcess;
use clients::clients;
use rusqlite::Connection;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What a measurement gave.
#[derive(Debug, Default)]
struct Figures {
    seconds: f64,
    /// Times of puts, in microseconds, sorted.
    puts: Vec<u64>,
    /// Of gets that emptied a mailbox, with their acknowledgement.
    gets: Vec<u64>,
    /// Requests that the relay had no time for; they were tried again.
    busy: u64,
    /// Envelopes that were answered and did not come.
    lost: usize,
    /// Envelopes that came though nobody had put them, or twice after they were acknowledged.
    strange: usize,
}

impl Figures {
    #[allow(clippy::cast_precision_loss)]
    fn rate(&self) -> f64 {
        self.puts.len() as f64 / self.seconds
    }

    fn add(&mut self, other: Self) {
        self.puts.extend(other.puts);
        self.gets.extend(other.gets);
        self.busy += other.busy;
        self.lost += other.lost;
        self.strange += other.strange;
    }
}

/// Milliseconds below which so many of a thousand lie.
#[allow(clippy::cast_precision_loss)]
fn percentile(times: &[u64], thousandths: usize) -> f64 {
    let at = (times.len() * thousandths / 1000).min(times.len().saturating_sub(1));
    times.get(at).map_or(0.0, |micros| *micros as f64 / 1000.0)
}

/// Measures, and prints a table.
///
/// # Errors
/// A relay that does not start; envelopes that were lost.
pub fn run(options: &Load, out: &Out) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("sceau-load-{}", std::process::id()));
    std::fs::create_dir_all(&folder).about("a folder")?;
    let measured = measure(options, &folder, out);
    let _ = std::fs::remove_dir_all(&folder);
    measured
}

fn measure(options: &Load, folder: &Path, out: &Out) -> Result<()> {
    let time = Duration::from_secs(options.seconds);
    let bare = bare_rate(&folder.join("bare.db"), options.size, time)?;
    out.say(
        format!(
            "bare SQLite, one transaction an envelope of {} bytes: {bare:.0} a second\n\n\
             mailboxes    puts/s  of bare   p50 ms   p99 ms | at half: p50 ms   p99 ms  get p99 | busy  lost   memory",
            options.size
        ),
        &json!({ "bare_per_second": bare, "size": options.size }),
    );
    let mut lost = 0;
    for mailboxes in &options.mailboxes {
        let relays = start(options, &folder.join(mailboxes.to_string()))?;
        let urls: Vec<String> = relays.iter().map(|relay| relay.url.clone()).collect();
        let full = clients(&urls, options, *mailboxes, time, None)?;
        let half = clients(&urls, options, *mailboxes, time, Some(full.rate() / 2.0))?;
        let memory: u64 = relays.iter().map(|relay| memory(relay.id())).sum();
        let ratio = full.rate() / bare;
        lost += full.lost + half.lost + full.strange + half.strange;
        let (p50, p99) = (percentile(&full.puts, 500), percentile(&full.puts, 990));
        let (half50, half99) = (percentile(&half.puts, 500), percentile(&half.puts, 990));
        let gets = percentile(&half.gets, 990);
        out.say(
            format!(
                "{mailboxes:>9} {:>9.0} {ratio:>8.2} {p50:>8.1} {p99:>8.1} | {half50:>15.1} {half99:>8.1} {gets:>8.1} | \
                 {:>4} {:>5} {:>5} MB",
                full.rate(),
                full.busy + half.busy,
                full.lost + half.lost + full.strange + half.strange,
                memory / 1024
            ),
            &json!({
                "mailboxes": mailboxes, "relays": relays.len(), "clients": options.clients,
                "puts_per_second": full.rate(), "of_bare": ratio, "p50_ms": p50, "p99_ms": p99,
                "half": { "puts_per_second": half.rate(), "p50_ms": half50, "p99_ms": half99, "get_p99_ms": gets },
                "busy": full.busy + half.busy, "lost": full.lost + half.lost,
                "strange": full.strange + half.strange, "memory_kib": memory,
            }),
        );
    }
    if lost > 0 {
        return Err(Error::refused(format!("{lost} envelopes were lost, or came that should not")));
    }
    Ok(())
}

/// Transactions of one envelope a second, in a file with the relay's settings.
#[allow(clippy::cast_precision_loss)]
fn bare_rate(path: &Path, size: usize, time: Duration) -> Result<f64> {
    let db = Connection::open(path)?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
         CREATE TABLE envelope (mailbox BLOB, handle BLOB, expiry INTEGER, message BLOB);",
    )?;
    let (started, mut done) = (Instant::now(), 0u64);
    let message = vec![7u8; size];
    while started.elapsed() < time {
        let key = crate::crypto::sha256(&[&done.to_be_bytes()]);
        db.prepare_cached("INSERT INTO envelope VALUES (?, ?, 0, ?)")?
            .execute(rusqlite::params![key, &key[..16], message])?;
        done += 1;
    }
    Ok(done as f64 / started.elapsed().as_secs_f64())
}

fn start(options: &Load, data: &Path) -> Result<Vec<RelayProcess>> {
    let program = std::env::current_exe().about("the own program")?;
    let data = data.to_string_lossy().into_owned();
    let key = options.nats_key.as_deref().unwrap_or(Path::new("")).to_string_lossy().into_owned();
    let mut arguments = vec!["--listen", "127.0.0.1:0"];
    let relays = match &options.nats {
        Some(url) => {
            arguments.extend(["--nats", url, "--nats-key", &key]);
            2
        }
        None => {
            arguments.extend(["--data", &data]);
            1
        }
    };
    (0..relays).map(|_| RelayProcess::start(&program, &arguments)).collect()
}

/// KiB of memory that a process has had at most.
fn memory(process: u32) -> u64 {
    let path = PathBuf::from(format!("/proc/{process}/status"));
    let status = std::fs::read_to_string(path).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
