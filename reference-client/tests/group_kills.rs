//! `kill -9` of clients and relay at random points of a group's conversation, in which all commit at random.
//!
//! The seed is fixed; `SCEAU_SEED` and `SCEAU_KILLS` change it and the number of kills.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::proxy::Proxy;
use common::trio::{Trio, branch, heard, texts};
use common::{Draw, setting};
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn in_a_group_nothing_is_lost_and_nothing_comes_twice() {
    let (kills, seed) = (setting("SCEAU_KILLS", 150), setting("SCEAU_SEED", 1));
    let mut draw = Draw(seed);
    let mut proxy = None;
    let mut trio = Trio::at(|relay| {
        let started = Proxy::start(relay.address(), seed);
        let url = started.url.clone();
        proxy = Some(started);
        url
    });
    let proxy = proxy.unwrap();
    trio.make_group();
    let started = Instant::now();
    let (mut killed, mut relays, mut number, mut acknowledged) = (0, 0, 0, Vec::new());
    // How long a command takes, so that kills come at each of its points.
    let mut usual = Duration::from_millis(120);
    while killed < kills {
        let (name, person) = trio.people()[usize::try_from(draw.below(3)).unwrap()];
        number += 1;
        let text = format!("{name} {number:04}");
        let choice = draw.below(8);
        let arguments = match choice {
            0..=3 => vec!["group", "send", "team", &text],
            4 => vec!["group", "update", "team"],
            _ => vec!["receive"],
        };
        let mut command = person.command(&arguments);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let began = Instant::now();
        match draw.below(10) {
            // A quiet one, which tells how long it takes.
            0..=2 => {
                if child.wait().unwrap().success() && choice <= 3 {
                    acknowledged.push((name, text));
                }
                usual = (usual * 7 + began.elapsed()) / 8;
            }
            // The relay dies under it.
            3 => {
                std::thread::sleep(usual.mul_f64(unit(&mut draw)));
                trio.relay.kill();
                child.wait().unwrap();
                trio.restart();
                (killed, relays) = (killed + 1, relays + 1);
            }
            // The client dies.
            _ => {
                std::thread::sleep(usual.mul_f64(1.2 * unit(&mut draw)));
                let done = child.try_wait().unwrap().is_some();
                child.kill().unwrap();
                child.wait().unwrap();
                killed += u64::from(!done);
            }
        }
    }
    trio.settle();
    let mut messages = 0;
    let people = trio.people();
    for (name, person) in people {
        let sent = texts(person, "team", "out");
        messages += sent.len();
        let reported = acknowledged.iter().filter(|(by, _)| *by == name);
        assert!(
            reported.into_iter().all(|(_, text)| sent.contains(text)),
            "what was reported is kept"
        );
        let mut expected: Vec<String> = Vec::new();
        for (_, other) in people.iter().filter(|(other, _)| *other != name) {
            expected.extend(texts(other, "team", "out"));
        }
        expected.sort();
        assert_eq!(heard(person, "team"), expected, "{name}: nothing is lost, nothing comes twice");
        assert_eq!(branch(person, "team"), branch(&trio.ada, "team"));
    }
    let (puts, headers, repeated) = proxy.seen();
    assert_eq!(repeated, 0, "two different messages under one sealed header");
    assert!(headers >= 2 * messages, "{headers} headers for {messages} messages to two people");
    println!(
        "{killed} kills ({relays} of the relay) in {:.0} s, seed {seed}: {messages} messages, epoch {}, {puts} envelopes \
         put, {headers} different headers",
        started.elapsed().as_secs_f32(),
        branch(&trio.ada, "team").0
    );
}

fn unit(draw: &mut Draw) -> f64 {
    f64::from(u32::try_from(draw.below(1 << 20)).unwrap()) / f64::from(1 << 20)
}
