//! A NATS server that is ended and started again under its relays.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Bench, NatsBench, program};
use sceau::pairwise::{Envelope, MailboxId};
use sceau_client::process::ClientProcess;
use sceau_client::relay::store::{PutRules, Store};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Its memory is empty then, its disk is not.
#[tokio::test]
async fn what_was_in_its_memory_is_made_again() {
    let Some(mut bench) = NatsBench::start().await else { return };
    let store = bench.open().await;
    let now = common::NOW;
    let envelope =
        Envelope { mailbox_id: MailboxId::new([5; 32]), expiry: now + 3_477, message: vec![1] };
    let rules = PutRules { max_mailbox: 5, contact_expiry: u64::MAX };
    store.put(envelope, rules).await.unwrap();
    store.give_challenge([1; 32], now, 60).await.unwrap();
    store.give_challenge([2; 32], now, 60).await.unwrap();
    assert!(store.take_challenge([1; 32], now, 60).await.unwrap());
    bench.kill();
    assert!(store.check().await.is_err(), "nobody answers");
    bench.start_again().await;
    let began = Instant::now();
    while store.check().await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(40), "it does not connect again");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // The first one who asks, whether for a challenge of before or for a new one.
    assert!(!store.take_challenge([2; 32], now, 60).await.unwrap(), "gone with the memory");
    store.give_challenge([3; 32], now, 60).await.unwrap();
    assert!(store.take_challenge([3; 32], now, 60).await.unwrap());
    assert!(!store.take_challenge([3; 32], now, 60).await.unwrap());
    let (kept, _) = store.get(MailboxId::new([5; 32]), 5, now).await.unwrap();
    assert_eq!(kept.len(), 1);
    bench.kill();
    bench.start_again().await;
    while store.check().await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(80), "it does not connect again");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    store.give_challenge([4; 32], now, 60).await.unwrap();
    assert!(store.take_challenge([4; 32], now, 60).await.unwrap());
}

fn health(address: &str) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /v0/health HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer)[9..12].parse().unwrap()
}

/// The relay says that it can't serve, without filling its log, and serves again by itself.
#[tokio::test]
async fn a_relay_outlives_its_server() {
    let Some(mut bench) = NatsBench::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let mut relay = std::process::Command::new(program())
        .args(["--json", "relay", "--listen", "127.0.0.1:0", "--nats", &bench.url])
        .args(["--nats-key", &path("key")])
        .stdout(std::process::Stdio::piped())
        .stderr(std::fs::File::create(path("log")).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let out = relay.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
    let said: serde_json::Value = serde_json::from_str(&line).unwrap();
    let url = said["listening"].as_str().unwrap().to_owned();
    let address = url.strip_prefix("http://").unwrap();
    let ada = ClientProcess::new(program(), &folder.path().join("ada"));
    ada.json(&["init", "--relay", &url, "--kdf-memory", "8"]).unwrap();
    assert_eq!(health(address), 200);
    let lines = || std::fs::read_to_string(path("log")).unwrap().lines().count();
    let before = lines();
    bench.kill();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(lines() - before <= 5, "{}", std::fs::read_to_string(path("log")).unwrap());
    assert_eq!(health(address), 507);
    bench.start_again().await;
    let began = Instant::now();
    while health(address) != 200 {
        assert!(began.elapsed() < Duration::from_secs(40), "it does not connect again");
    }
    let done = ada.run(&["receive"]).unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    relay.kill().unwrap();
    relay.wait().unwrap();
}
