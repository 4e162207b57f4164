//! `relay`

use super::{Out, first_line};
use crate::cli::Relay as Options;
use crate::crypto;
use crate::error::{About, Error, Result};
use crate::issuer;
use crate::private;
use crate::relay::http::App;
use crate::relay::listen::{Listen, serve, tls};
use crate::relay::nats::Nats;
use crate::relay::sqlite::Sqlite;
use crate::relay::store::Store;
use crate::relay::{Relay, Rules};
use crate::revocation;
use sceau::delivery::RelayName;
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;
use zeroize::Zeroizing;

/// How often the files of revoked accounts are looked at, and after how many looks what other relays have kept.
const WATCH: Duration = Duration::from_secs(2);
const OTHERS: u32 = 30;

/// Runs a relay until it is told to stop.
pub fn run(options: &Options, out: &Out) -> Result<()> {
    log();
    let runtime = tokio::runtime::Runtime::new().about("the relay's threads")?;
    runtime.block_on(async {
        let rules = rules(options)?;
        match (&options.nats, &options.data) {
            (Some(url), _) => {
                let path = options.nats_key.as_deref();
                let path = path.ok_or_else(|| Error::usage("--nats needs --nats-key"))?;
                let (key, new) = nats_key(path)?;
                // Under another name until it has turned out to be the key of its server.
                let unproven = PathBuf::from(format!("{}.new", path.display()));
                if new {
                    write_nats_key(&unproven, &key)?;
                }
                let most = rules.policy.limits.max_mailbox;
                let store = Nats::connect(url, &key, options.replicas, most).await;
                let store = store.map_err(|error| {
                    if new {
                        let _ = std::fs::remove_file(&unproven);
                    }
                    Error::fault(error.to_string()).next(
                        "the server must run with JetStream (`nats-server -js -sd DIR`), and all relays on it must \
                         have the same --nats-key file",
                    )
                })?;
                if new {
                    std::fs::rename(&unproven, path).about("the relays' key")?;
                }
                with_store(store, rules, options, out).await
            }
            (None, Some(data)) => {
                let store = Sqlite::open(data).map_err(|error| {
                    Error::fault(format!("the relay's store in {}: {error}", data.display()))
                        .next(
                            "check that the folder may be written, its disk has room, and no other relay uses it; \
                             several relays that serve the same mailboxes keep them on NATS (--nats)",
                        )
                })?;
                if let Some(most) = options.max_store {
                    store.limit_pages(most.saturating_mul(256)).await.about("the relay's store")?;
                }
                with_store(store, rules, options, out).await
            }
            (None, None) => Err(Error::usage("a relay needs --data DIR or --nats URL")),
        }
    })
}

/// The log: standard error.
fn log() {
    // What the NATS client tells at each of its tries to connect, the relay says once, when a request fails.
    let quiet =
        Targets::new().with_default(LevelFilter::INFO).with_target("async_nats", LevelFilter::WARN);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .with_target(false);
    tracing_subscriber::registry().with(lines.with_filter(quiet)).init();
}

/// The key that relays on one NATS server share: 64 hexadecimal digits in a file. Where that is not there, a new key.
fn nats_key(path: &Path) -> Result<(Zeroizing<[u8; 32]>, bool)> {
    let about = || format!("the relays' key {}", path.display());
    if !path.exists() {
        let key = crypto::random::<32>().map(Zeroizing::new);
        return Ok((key.ok_or_else(|| Error::fault("the system has no randomness"))?, true));
    }
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(first_line(path)?.trim(), key.as_mut()).map_err(|_| {
        Error::usage(format!("{} does not hold 64 hexadecimal digits", about()))
            .next("copy the file from another relay on the same NATS server")
    })?;
    Ok((key, false))
}

fn write_nats_key(path: &Path, key: &[u8; 32]) -> Result<()> {
    let about = || format!("the relays' key {}", path.display());
    let mut file = private::create(path).about(about())?;
    let line = Zeroizing::new(format!("{}\n", hex::encode(key)));
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).about(about())
}

/// The tokens in a file, one a line.
fn tokens(path: &Path) -> Result<Vec<String>> {
    let about = || format!("the tokens in {}", path.display());
    let text = Zeroizing::new(std::fs::read_to_string(path).about(about())?);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let tokens: Vec<String> = lines.map(str::to_owned).collect();
    match tokens.is_empty() {
        true => Err(Error::usage(format!("there is nothing for {}", about()))
            .next("write one token into each line; clients have one in the first line of a file")),
        false => Ok(tokens),
    }
}

fn rules(options: &Options) -> Result<Rules> {
    let mut rules = Rules::default();
    rules.policy.issuers = issuer::issuers(&issuer_keys(options)?)?;
    rules.policy.require_issuer = !rules.policy.issuers.is_empty();
    rules.names = names(options)?;
    rules.new_handles = Some(options.max_commits);
    Ok(rules)
}

/// The names that devices may sign for: the operator's, or those by which a client on the same network can mean the
/// address where the relay listens.
fn names(options: &Options) -> Result<Vec<RelayName>> {
    let ip = options.listen.ip();
    let hosts = match (&options.name[..], ip.is_loopback()) {
        ([], _) if ip.is_unspecified() || options.behind_proxy => {
            return Err(Error::usage("the relay does not know the name that its clients use")
                .next("give the host of its URL with --name; it may be repeated"));
        }
        ([], true) => {
            let local = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
            [&local[..], &[ip.to_string()]].concat()
        }
        ([], false) => vec![ip.to_string()],
        (given, _) => given.to_vec(),
    };
    let name = |host: &String| {
        RelayName::host(host).map_err(|_| {
            Error::usage(format!("{host} is no host name"))
                .next("give --name the host of the relay's URL, without scheme and port")
        })
    };
    hosts.iter().map(name).collect()
}

async fn with_store<S: Store>(store: S, rules: Rules, options: &Options, out: &Out) -> Result<()> {
    let tokens = options.token.as_deref().map(tokens).transpose()?.unwrap_or_default();
    let tls = match (&options.cert, &options.key) {
        (Some(cert), Some(key)) => Some(tls(cert, key)?),
        _ => None,
    };
    let app = Arc::new(App::new(Relay::new(store, rules), tokens));
    if !options.issuer.is_empty() {
        let issuers = issuer_keys(options)?;
        // At the start a list that can't be read, or that nobody has signed, is refused with the whole relay.
        let lists = read_lists(&options.revoked)?;
        say_refused(&app.relay.take_revoked(&issuers, &lists).await?)?;
        tokio::spawn(watch_revoked(Arc::clone(&app), issuers, options.revoked.clone()));
    }
    let listener = TcpListener::bind(options.listen).await.map_err(|error| {
        Error::fault(format!("can't listen at {}: {error}", options.listen))
            .next("another relay may run there: end it, or choose another port with --listen")
    })?;
    let address = listener.local_addr().about("the relay's address")?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    out.say(
        format!("listening at {scheme}://{address}"),
        &json!({ "listening": format!("{scheme}://{address}") }),
    );
    if tls.is_none() && !options.behind_proxy && !address.ip().is_loopback() {
        tracing::warn!(
            "without TLS, whoever sees the network sees mailbox ids: --cert, or --behind-proxy"
        );
    }
    if !options.issuer.is_empty() && options.token.is_none() {
        tracing::warn!(
            "--issuer decides whose prekeys are kept and whose mailboxes open; without --token anybody may put and fetch"
        );
    }
    let (stop, stopping) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate()).about("signals")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        let _ = stop.send(true);
    });
    let max_connections = usize::try_from(options.max_connections).unwrap_or(usize::MAX);
    let listen = Listen { max_connections, tls };
    serve(listener, app, listen, stopping).await
}

fn issuer_keys(options: &Options) -> Result<Vec<String>> {
    options.issuer.iter().map(|path| issuer::read_keys(path)).collect()
}

fn read_lists(files: &[PathBuf]) -> Result<Vec<Vec<u8>>> {
    files.iter().map(|file| revocation::read(file)).collect()
}

/// Logs what was refused of the lists: an older one leaves the newest in force. What is no list of the issuer's is given
/// back.
fn say_refused(refused: &[Error]) -> Result<()> {
    for error in refused {
        tracing::error!("{}", error.what());
    }
    let wrong = refused.iter().find(|e| matches!(e.class, Some("malformed" | "bad_signature")));
    wrong.cloned().map_or(Ok(()), Err)
}

/// Reads the lists of withdrawn accounts again when they have changed, and now and then what other relays have kept.
async fn watch_revoked<S: Store>(app: Arc<App<S>>, issuers: Vec<String>, files: Vec<PathBuf>) {
    let modified = |file: &PathBuf| std::fs::metadata(file).and_then(|data| data.modified()).ok();
    let changed = || files.iter().map(modified).collect::<Vec<_>>();
    let (mut last, mut rounds) = (changed(), 0);
    loop {
        tokio::time::sleep(WATCH).await;
        let now = changed();
        rounds += 1;
        if now == last && rounds < OTHERS {
            continue;
        }
        let new = now != last;
        (last, rounds) = (now, 0);
        let lists = match read_lists(&files) {
            Ok(lists) => lists,
            Err(error) => {
                tracing::error!("the old list of revoked accounts stays: {}", error.what());
                Vec::new()
            }
        };
        match app.relay.take_revoked(&issuers, &lists).await {
            Ok(refused) if new => {
                if refused.is_empty() && !lists.is_empty() {
                    tracing::info!("read the list of revoked accounts");
                }
                let _ = say_refused(&refused);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!("the old list of revoked accounts stays: {}", error.what())
            }
        }
    }
}
