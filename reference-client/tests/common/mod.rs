//! What the tests share.
#![allow(dead_code, clippy::unwrap_used)]

use sceau_client::relay::nats::Nats;
use sceau_client::relay::sqlite::Sqlite;
use sceau_client::relay::store::Store;
use tempfile::TempDir;

/// A time, in seconds since 1970.
pub const NOW: u64 = 1_800_000_123;

/// Where a store can be opened again and again.
#[allow(async_fn_in_trait)]
pub trait Bench {
    /// The store.
    type Store: Store;
    /// Opens it, as a relay does when it starts.
    async fn open(&mut self) -> Self::Store;
}

/// Envelopes a mailbox in these tests.
pub const MAX_MAILBOX: u32 = 5;

/// A NATS server of its own, ended when this is dropped.
pub struct NatsBench {
    server: std::process::Child,
    /// Where it listens.
    pub url: String,
    _folder: TempDir,
}

/// Whether a NATS server is needed: `SCEAU_REQUIRE_NATS` is set where it must be there.
fn nats_program() -> Option<&'static str> {
    let there = |program: &&str| {
        std::process::Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success())
    };
    let found = ["nats-server", "/usr/sbin/nats-server"].into_iter().find(there);
    if found.is_none() {
        assert!(std::env::var_os("SCEAU_REQUIRE_NATS").is_none(), "nats-server is required here");
        eprintln!("NOT RUN: there is no nats-server; install it (Debian: nats-server)");
    }
    found
}

impl NatsBench {
    /// Starts a server, if there is a program for it.
    pub async fn start() -> Option<Self> {
        let program = nats_program()?;
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("nats.conf");
        std::fs::write(&config, "max_payload: 2MB\n").unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = std::process::Command::new(program)
            .args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"])
            .arg(folder.path())
            .arg("-c")
            .arg(&config)
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let url = format!("nats://127.0.0.1:{port}");
        let started = std::time::Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed().as_secs() < 20, "nats-server does not listen");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Some(Self { server, url, _folder: folder })
    }
}

impl Drop for NatsBench {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Bench for NatsBench {
    type Store = Nats;
    async fn open(&mut self) -> Nats {
        Nats::connect(&self.url, 1, MAX_MAILBOX).await.unwrap()
    }
}

/// A folder with a SQLite store.
pub struct SqliteBench(TempDir);

impl SqliteBench {
    /// An empty one.
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

impl Bench for SqliteBench {
    type Store = Sqlite;
    async fn open(&mut self) -> Sqlite {
        Sqlite::open(self.0.path()).unwrap()
    }
}
