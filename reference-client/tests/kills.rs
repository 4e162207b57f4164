//! `kill -9` of client and relay at random points of a long conversation.
//!
//! The seed is fixed; `SCEAU_SEED` and `SCEAU_KILLS` change it and the number of kills. Ten thousand:
//! `SCEAU_KILLS=10000 cargo test -p sceau-client --test kills -- --nocapture`
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::proxy::Proxy;
use common::{Draw, Stage, setting};
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn nothing_is_lost_nothing_comes_twice_no_key_serves_twice() {
    let (kills, seed) = (setting("SCEAU_KILLS", 300), setting("SCEAU_SEED", 1));
    let mut draw = Draw(seed);
    let mut proxy = None;
    let mut stage = Stage::new(|relay| {
        let started = Proxy::start(relay.address(), seed);
        let url = started.url.clone();
        proxy = Some(started);
        url
    });
    let proxy = proxy.unwrap();
    let started = Instant::now();
    let (mut killed, mut relays, mut number, mut acknowledged) = (0, 0, 0, Vec::new());
    // How long a command takes, so that kills come at each of its points.
    let mut usual = Duration::from_millis(60);
    while killed < kills {
        let person = if draw.below(2) == 0 { &stage.ada } else { &stage.bob };
        let peer = if std::ptr::eq(person, &stage.ada) { "bob" } else { "ada" };
        number += 1;
        let text = format!("message {number}");
        let send = draw.below(5) < 3;
        let arguments = if send { vec!["send", peer, &text] } else { vec!["receive"] };
        let mut command = person.command(&arguments);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null());
        let began = Instant::now();
        let mut child = child.spawn().unwrap();
        match draw.below(10) {
            // A quiet one, which tells how long it takes.
            0..=2 => {
                if child.wait().unwrap().success() && send {
                    acknowledged.push(text);
                }
                usual = (usual * 7 + began.elapsed()) / 8;
            }
            // The relay dies under it.
            3 => {
                std::thread::sleep(usual.mul_f64(unit(&mut draw)));
                stage.relay.kill();
                child.wait().unwrap();
                stage.restart();
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
    stage.settle();
    let messages = stage.check();
    let sent = [common::texts(&stage.ada).1, common::texts(&stage.bob).1].concat();
    assert!(
        acknowledged.iter().all(|text| sent.contains(text)),
        "what was reported as sent is kept"
    );
    let (puts, headers, repeated) = proxy.seen();
    assert_eq!(repeated, 0, "two different messages under one sealed header");
    assert!(headers >= messages, "{headers} headers for {messages} messages");
    println!(
        "{killed} kills ({relays} of the relay) in {:.0} s, seed {seed}: {messages} messages, {puts} envelopes put, \
         {headers} different headers",
        started.elapsed().as_secs_f32()
    );
}

fn unit(draw: &mut Draw) -> f64 {
    f64::from(u32::try_from(draw.below(1 << 20)).unwrap()) / f64::from(1 << 20)
}
