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

/// Kills clients and relay until it has happened `kills` times; with `coming_and_going` Ada removes and adds Carol
/// meanwhile. Gives what was reported as sent.
fn play(
    trio: &mut Trio,
    draw: &mut Draw,
    kills: u64,
    coming_and_going: bool,
) -> (u64, Vec<(&'static str, String)>) {
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
            4 if coming_and_going && name == "ada" => {
                vec!["group", ["add", "remove"][usize::from(draw.below(2) == 0)], "team", "carol"]
            }
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
                std::thread::sleep(usual.mul_f64(unit(draw)));
                trio.relay.kill();
                child.wait().unwrap();
                trio.restart();
                (killed, relays) = (killed + 1, relays + 1);
            }
            // The client dies.
            _ => {
                std::thread::sleep(usual.mul_f64(1.2 * unit(draw)));
                let done = child.try_wait().unwrap().is_some();
                child.kill().unwrap();
                child.wait().unwrap();
                killed += u64::from(!done);
            }
        }
    }
    trio.settle();
    (relays, acknowledged)
}

fn behind_proxy(seed: u64) -> (Trio, Proxy) {
    let mut proxy = None;
    let trio = Trio::at(|relay| {
        let started = Proxy::start(relay.address(), seed);
        let url = started.url.clone();
        proxy = Some(started);
        url
    });
    trio.make_group();
    (trio, proxy.unwrap())
}

#[test]
fn in_a_group_nothing_is_lost_and_nothing_comes_twice() {
    let (kills, seed) = (setting("SCEAU_KILLS", 150), setting("SCEAU_SEED", 1));
    let (mut trio, proxy) = behind_proxy(seed);
    let started = Instant::now();
    let (relays, acknowledged) = play(&mut trio, &mut Draw(seed), kills, false);
    let mut messages = 0;
    let people = trio.people();
    for (name, person) in people {
        let sent = texts(person, "team", "out");
        messages += sent.len();
        let mut reported = acknowledged.iter().filter(|(by, _)| *by == name);
        assert!(reported.all(|(_, text)| sent.contains(text)), "what was reported is kept");
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
        "{kills} kills ({relays} of the relay) in {:.0} s, seed {seed}: {messages} messages, epoch {}, {puts} envelopes \
         put, {headers} different headers",
        started.elapsed().as_secs_f32(),
        branch(&trio.ada, "team").0
    );
}

/// Carol is removed and added again and again: she reads nothing that was not for her, and the others lose nothing.
#[test]
fn while_somebody_comes_and_goes() {
    let (kills, seed) = (setting("SCEAU_KILLS", 150) / 2, setting("SCEAU_SEED", 1) + 100);
    let (mut trio, proxy) = behind_proxy(seed);
    let (_, acknowledged) = play(&mut trio, &mut Draw(seed), kills, true);
    let stays = [("ada", &trio.ada), ("bob", &trio.bob)];
    for (name, person) in stays {
        let all = heard(person, "team");
        let mut once = all.clone();
        once.dedup();
        assert_eq!(all, once, "{name}: nothing comes twice");
        let (_, other) = stays[usize::from(name == "ada")];
        let of_other: Vec<_> = all.iter().filter(|text| !text.starts_with("carol")).collect();
        let mut sent = texts(other, "team", "out");
        sent.sort();
        assert_eq!(of_other, sent.iter().collect::<Vec<_>>(), "{name}: nothing is lost");
        // What Carol was told is sent has come: she was a member.
        let of_carol = acknowledged.iter().filter(|(by, _)| *by == "carol");
        let lost: Vec<_> = of_carol.filter(|(_, text)| !all.contains(text)).collect();
        assert!(lost.is_empty(), "{name}: {lost:?}");
    }
    assert_eq!(branch(&trio.ada, "team"), branch(&trio.bob, "team"));
    let (all, sent) = (heard(&trio.carol, "team"), stays.map(|(_, p)| texts(p, "team", "out")));
    let mut once = all.clone();
    once.dedup();
    assert_eq!(all, once);
    assert!(all.iter().all(|text| sent.concat().contains(text)));
    // In the end she is in.
    if !trio.ada.run(&["group", "add", "team", "carol"]).unwrap().status.success() {
        trio.settle();
        trio.ada.json(&["group", "add", "team", "carol"]).unwrap();
    }
    trio.settle();
    trio.ada.json(&["group", "send", "team", "the end"]).unwrap();
    trio.settle();
    assert!(heard(&trio.carol, "team").contains(&"the end".to_owned()));
    assert_eq!(branch(&trio.ada, "team"), branch(&trio.carol, "team"));
    assert_eq!(proxy.seen().2, 0, "two different messages under one sealed header");
}

fn unit(draw: &mut Draw) -> f64 {
    f64::from(u32::try_from(draw.below(1 << 20)).unwrap()) / f64::from(1 << 20)
}
