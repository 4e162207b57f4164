//! What the tests share.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod liar;
pub mod proxy;
pub mod trio;

use sceau_client::process::{ClientProcess, RelayProcess};
use sceau_client::relay::nats::Nats;
use sceau_client::relay::sqlite::Sqlite;
use sceau_client::relay::store::{Store, StoreError};
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
    /// The key of the relays on it.
    pub key: [u8; 32],
    /// What it keeps.
    pub folder: TempDir,
}

/// Whether a NATS server is needed: `SCEAU_REQUIRE_NATS` is set where it must be there.
fn nats_program() -> Option<&'static str> {
    let there = |program: &&str| {
        std::process::Command::new(program)
            .arg("--version")
            .output()
            .is_ok_and(|o| o.status.success())
    };
    let found = ["nats-server", "/usr/sbin/nats-server"].into_iter().find(there);
    if found.is_none() {
        assert!(std::env::var_os("SCEAU_REQUIRE_NATS").is_none(), "nats-server is required here");
        // Not by the macro, whose output the test harness swallows.
        let said = b"NOT RUN: there is no nats-server; install it (Debian: nats-server)\n";
        std::io::Write::write_all(&mut std::io::stderr(), said).unwrap();
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
        let server = nats_server(program, folder.path(), port).await;
        let url = format!("nats://127.0.0.1:{port}");
        Some(Self { server, url, key: [3; 32], folder })
    }

    /// Ends the server, as `kill -9` does.
    pub fn kill(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    /// Starts it again where it was, with what it had on its disk.
    pub async fn start_again(&mut self) {
        let port = self.url.rsplit(':').next().unwrap().parse().unwrap();
        self.server = nats_server(nats_program().unwrap(), self.folder.path(), port).await;
    }
}

async fn nats_server(program: &str, folder: &std::path::Path, port: u16) -> std::process::Child {
    let server = std::process::Command::new(program)
        .args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"])
        .arg(folder)
        .arg("-c")
        .arg(folder.join("nats.conf"))
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let started = std::time::Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(started.elapsed().as_secs() < 20, "nats-server does not listen");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    server
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
        Nats::connect(&self.url, &self.key, 1, MAX_MAILBOX).await.unwrap()
    }
}

/// A folder with a SQLite store.
pub struct SqliteBench(TempDir);

impl SqliteBench {
    /// An empty one.
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Opens the store, if that is possible.
    pub fn try_open(&self) -> Result<Sqlite, StoreError> {
        Sqlite::open(self.0.path())
    }

    /// The journal's file.
    pub fn journal(&self) -> std::path::PathBuf {
        self.0.path().join("relay.db-wal")
    }
}

impl Bench for SqliteBench {
    type Store = Sqlite;
    async fn open(&mut self) -> Sqlite {
        Sqlite::open(self.0.path()).unwrap()
    }
}

/// The program under test.
pub fn program() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_BIN_EXE_sceau"))
}

/// SplitMix64's output function.
pub fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Random numbers from a seed: the same ones at each run.
pub struct Draw(pub u64);

impl Draw {
    /// A number below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        mix(self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)) % bound.max(1)
    }
}

/// A number from the environment.
pub fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(value) => value.parse().unwrap(),
        Err(_) => default,
    }
}

/// A relay's process, and two people who know each other; their stores open fast.
pub struct Stage {
    /// Everything is in it.
    pub folder: TempDir,
    /// The relay.
    pub relay: RelayProcess,
    /// One person.
    pub ada: ClientProcess,
    /// Another.
    pub bob: ClientProcess,
}

impl Stage {
    /// Starts a relay, and enrols two people at `url` (of a proxy before it), or at the relay itself.
    pub fn new(url: impl FnOnce(&RelayProcess) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("relay");
        let data = ["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
        let relay = RelayProcess::start(program(), &data).unwrap();
        let url = url(&relay);
        let person = |name: &str| {
            let client = ClientProcess::new(program(), &folder.path().join(name));
            client.json(&["init", "--relay", &url, "--name", name, "--kdf-memory", "8"]).unwrap();
            client
        };
        let (ada, bob) = (person("ada"), person("bob"));
        ada.json(&["add", "bob", &bob.account().unwrap()]).unwrap();
        bob.json(&["add", "ada", &ada.account().unwrap()]).unwrap();
        Self { folder, relay, ada, bob }
    }

    /// Starts the relay again, at the same address.
    pub fn restart(&mut self) {
        self.relay.kill();
        let (address, data) = (self.relay.address().to_owned(), self.folder.path().join("relay"));
        let arguments = ["--listen", &address, "--data", data.to_str().unwrap()];
        self.relay = RelayProcess::start(program(), &arguments).unwrap();
    }

    /// Both fetch and send until nothing moves any more.
    pub fn settle(&self) {
        let mut quiet = 0;
        for _ in 0..100 {
            let mut moved = 0;
            for person in [&self.ada, &self.bob] {
                let said = person.json(&["receive"]).unwrap();
                let number =
                    |key: &str| said.iter().filter_map(|line| line.get(key)?.as_u64()).sum::<u64>();
                moved += number("received") + number("sent");
            }
            quiet = if moved == 0 { quiet + 1 } else { 0 };
            if quiet == 2 {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    /// Checks that what each has sent the other has once, and nothing else; gives how many messages there are.
    pub fn check(&self) -> usize {
        let (ada, bob) = (texts(&self.ada), texts(&self.bob));
        for (sender, receiver) in [(&ada, &bob), (&bob, &ada)] {
            let sent = sorted(&sender.1);
            let received = sorted(&receiver.0);
            let mut once = received.clone();
            once.dedup();
            assert_eq!(received, once, "nothing is shown twice");
            assert_eq!(received, sent, "nothing is lost, and nothing comes from nowhere");
        }
        ada.1.len() + bob.1.len()
    }
}

fn sorted(texts: &[String]) -> Vec<String> {
    let mut sorted = texts.to_vec();
    sorted.sort();
    sorted
}

/// Copies the files of a folder, in place of what the other one has.
pub fn copy(from: &std::path::Path, to: &std::path::Path) {
    let _ = std::fs::remove_dir_all(to);
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// The texts that somebody has received, and those that he has sent.
pub fn texts(person: &ClientProcess) -> (Vec<String>, Vec<String>) {
    let listed = person.json(&["list", "--last", "1000000"]).unwrap();
    let of = |direction: &str| {
        let lines =
            listed.iter().filter(|line| line.get("direction").is_some_and(|d| d == direction));
        lines.filter_map(|line| Some(line.get("text")?.as_str()?.to_owned())).collect()
    };
    (of("in"), of("out"))
}
