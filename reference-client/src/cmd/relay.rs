//! `relay`

use super::{Out, first_line};
use crate::cli::Relay as Options;
use crate::crypto;
use crate::error::{About, Error, Result};
use crate::issuer;
use crate::relay::http::App;
use crate::relay::listen::{Listen, serve, tls};
use crate::relay::nats::Nats;
use crate::relay::sqlite::Sqlite;
use crate::relay::store::Store;
use crate::relay::{Relay, Rules};
use crate::revocation;
use sceau::delivery::RelayName;
use serde_json::json;
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use zeroize::Zeroizing;

/// How often the files of revoked accounts are looked at, and after how many looks what other relays have kept.
const WATCH: Duration = Duration::from_secs(2);
const OTHERS: u32 = 30;

/// Runs a relay until it is told to stop.
pub fn run(options: &Options, out: &Out) -> Result<()> {
    let ansi = std::io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_ansi(ansi)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    let runtime = tokio::runtime::Runtime::new().about("the relay's threads")?;
    runtime.block_on(async {
        let rules = rules(options)?;
        match (&options.nats, &options.data) {
            (Some(url), _) => {
                let key = options.nats_key.as_deref();
                let key = nats_key(key.ok_or_else(|| Error::usage("--nats needs --nats-key"))?)?;
                let most = rules.policy.limits.max_mailbox;
                let store = Nats::connect(url, &key, options.replicas, most).await;
                let store = store.map_err(|error| {
                    Error::fault(error.to_string()).next(
                        "the server must run with JetStream (`nats-server -js -sd DIR`), and all relays on it must \
                         have the same --nats-key file",
                    )
                })?;
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
                with_store(store, rules, options, out).await
            }
            (None, None) => Err(Error::usage("a relay needs --data DIR or --nats URL")),
        }
    })
}

/// The key that relays on one NATS server share: 64 hexadecimal digits in a file, which is made if it is not there.
fn nats_key(path: &Path) -> Result<Zeroizing<[u8; 32]>> {
    let about = || format!("the relays' key {}", path.display());
    if !path.exists() {
        let key = crypto::random::<32>().map(Zeroizing::new);
        let key = key.ok_or_else(|| Error::fault("the system has no randomness"))?;
        let mut file = File::options();
        let file = file.write(true).create_new(true).mode(0o600).open(path);
        let line = Zeroizing::new(format!("{}\n", hex::encode(key.as_ref())));
        let mut file = file.about(about())?;
        file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).about(about())?;
        return Ok(key);
    }
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(first_line(path)?.trim(), key.as_mut()).map_err(|_| {
        Error::usage(format!("{} does not hold 64 hexadecimal digits", about()))
            .next("copy the file from another relay on the same NATS server")
    })?;
    Ok(key)
}

fn rules(options: &Options) -> Result<Rules> {
    let mut rules = Rules::default();
    rules.policy.issuers = issuer::issuers(&issuer_keys(options)?)?;
    rules.policy.require_issuer = !rules.policy.issuers.is_empty();
    rules.names = names(options)?;
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
    let token = options.token.as_deref().map(first_line).transpose()?;
    let token = token.map(|token| token.as_str().to_owned());
    let tls = match (&options.cert, &options.key) {
        (Some(cert), Some(key)) => Some(tls(cert, key)?),
        _ => None,
    };
    let app = Arc::new(App::new(Relay::new(store, rules), token));
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
    let (stop, stopping) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate()).about("signals")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        let _ = stop.send(true);
    });
    let listen = Listen { max_connections: options.max_connections, tls };
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
                let _ = say_refused(&refused);
                tracing::info!("read the list of revoked accounts");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!("the old list of revoked accounts stays: {}", error.what())
            }
        }
    }
}
