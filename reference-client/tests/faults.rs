//! Restarts, bad connections, full disks, old copies, two processes, and a relay that lies.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::proxy::{Proxy, Weather};
use common::{Stage, copy, texts};
use sceau_client::process::ClientProcess;
use std::process::Stdio;

fn behind_proxy(seed: u64) -> (Stage, Proxy) {
    let mut proxy = None;
    let stage = Stage::new(|relay| {
        let started = Proxy::start(relay.address(), seed);
        let url = started.url.clone();
        proxy = Some(started);
        url
    });
    (stage, proxy.unwrap())
}

#[test]
fn cut_and_slow_connections() {
    let (stage, proxy) = behind_proxy(2);
    let mut failed = 0;
    for number in 0..60 {
        proxy.weather(Weather { cut_one_in: 3, slow: if number % 10 == 0 { 20 } else { 0 } });
        let (person, peer) = [(&stage.ada, "bob"), (&stage.bob, "ada")][number % 2];
        let output = match number % 3 {
            2 => person.run(&["receive"]).unwrap(),
            _ => person.run(&["send", peer, &format!("message {number}")]).unwrap(),
        };
        // Done, the relay out of reach, or an answer that was cut short.
        assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{output:?}");
        failed += u32::from(!output.status.success());
    }
    assert!(failed > 5, "connections were cut under {failed} commands only");
    proxy.weather(Weather::default());
    stage.settle();
    assert!(stage.check() >= 20);
    assert_eq!(proxy.seen().2, 0, "two different messages under one sealed header");
}

#[test]
fn the_relay_restarts_while_somebody_waits() {
    let mut stage = Stage::new(|relay| relay.url.clone());
    let mut waiting = stage.bob.command(&["receive", "--follow", "--json"]);
    let mut waiting = waiting.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    stage.ada.json(&["send", "bob", "one"]).unwrap();
    stage.restart();
    stage.ada.json(&["send", "bob", "two"]).unwrap();
    let out = std::io::BufReader::new(waiting.stdout.take().unwrap());
    let (told, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::BufRead::lines(out) {
            let _ = told.send(line.unwrap());
        }
    });
    let mut shown = String::new();
    while !(shown.contains("one") && shown.contains("two")) {
        let wait = std::time::Duration::from_secs(60);
        shown.push_str(&lines.recv_timeout(wait).expect("it waits for nothing"));
    }
    waiting.kill().unwrap();
    waiting.wait().unwrap();
    stage.settle();
    assert_eq!(stage.check(), 2);
}

#[test]
fn an_old_copy_of_the_store_is_refused() {
    let stage = Stage::new(|relay| relay.url.clone());
    stage.ada.json(&["send", "bob", "before"]).unwrap();
    let (home, old) = (stage.ada.home(), stage.folder.path().join("old"));
    copy(home, &old);
    stage.ada.json(&["send", "bob", "after"]).unwrap();
    let newest = stage.folder.path().join("newest");
    copy(home, &newest);
    copy(&old, home);
    for arguments in [&["send", "bob", "again"][..], &["receive"], &["list"]] {
        let refused = stage.ada.run(&[&["--json"], arguments].concat()).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        let said: serde_json::Value = serde_json::from_slice(&refused.stderr).unwrap();
        assert_eq!(said["class"], "rollback");
        assert!(said["next"].as_str().unwrap().contains("enrol"), "{said}");
    }
    // Without its counter no store is used either.
    copy(&newest, home);
    let (counter, away) = (home.with_extension("count"), stage.folder.path().join("away"));
    std::fs::rename(&counter, &away).unwrap();
    assert_eq!(stage.ada.run(&["list"]).unwrap().status.code(), Some(1));
    // The newest store goes on.
    std::fs::rename(&away, &counter).unwrap();
    stage.ada.json(&["send", "bob", "last"]).unwrap();
    stage.settle();
    assert_eq!(texts(&stage.bob).0, ["before", "after", "last"]);
}

#[test]
fn a_wrong_passphrase_opens_nothing() {
    let stage = Stage::new(|relay| relay.url.clone());
    let mut command = stage.ada.command(&["--json", "list"]);
    let refused = command.env("SCEAU_PASSPHRASE", "wrong").output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stdout.is_empty());
}

#[test]
fn two_processes_on_one_store() {
    let (stage, proxy) = behind_proxy(3);
    stage.bob.json(&["send", "ada", "first"]).unwrap();
    stage.ada.json(&["receive"]).unwrap();
    let work = |client: ClientProcess, name: &'static str| {
        std::thread::spawn(move || {
            for number in 0..15 {
                let text = format!("{name} {number}");
                let arguments: &[&str] =
                    if number % 4 == 3 { &["receive"] } else { &["send", "bob", &text] };
                let output = client.run(arguments).unwrap();
                assert!(output.status.success(), "{output:?}");
            }
        })
    };
    let workers = ["a", "b", "c"].map(|name| work(stage.ada.clone(), name));
    for _ in 0..5 {
        stage.bob.json(&["receive"]).unwrap();
        stage.bob.json(&["send", "ada", "more"]).unwrap();
    }
    for worker in workers {
        worker.join().unwrap();
    }
    stage.settle();
    let received = texts(&stage.bob).0;
    assert_eq!(received.len(), 3 * 12);
    assert_eq!(texts(&stage.ada).0.len(), 6);
    assert_eq!(proxy.seen().2, 0, "two different messages under one sealed header");
}
