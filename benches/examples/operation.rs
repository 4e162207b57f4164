//! Runs one operation, or its floor, many times: for a profiler, or an instruction counter that does not mind
//! what else the machine does.
//!
//! ```text
//! cargo build --profile bench -p sceau-benches --example operation
//! valgrind --tool=callgrind --toggle-collect='*measured*' target/release/examples/operation decrypt sceau 200
//! operation ratios 200        # smallest time of each, measured in turn
//! ```
#![allow(clippy::unwrap_used, clippy::panic, reason = "benchmarks")]

use sceau::pairwise::{Account, Frame, Outgoing, SessionId};
use sceau_benches::floor::{self, Handshake, Sealed, Step};
use sceau_benches::stage::{Counter, NOW, Stage, copy, receive};
use std::hint::black_box;
use std::time::{Duration, Instant};

const BODY: [u8; 1024] = [b'x'; 1024];
const FRAMED: [u8; 2048] = [b'x'; 2048];
const NAMES: [&str; 5] = ["encrypt", "decrypt", "ping-pong", "first-out", "first-in"];

/// What is timed or counted.
#[inline(never)]
fn measured<T>(run: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(run());
    start.elapsed()
}

struct Operations {
    stage: Stage,
    session: SessionId,
    /// Two that answer each other: nothing is skipped.
    talk: (Stage, SessionId),
    frame: Frame,
    chain: Vec<Outgoing>,
    receiver: Account,
    next: usize,
    rng: Counter,
    before: Stage,
    first: Outgoing,
    handshake: Handshake,
    step: Step,
    sealed: Sealed,
    identity: (Vec<u8>, [u8; 16]),
}

impl Operations {
    fn new() -> Self {
        let (mut stage, session) = Stage::established();
        let mut rng = Counter(7);
        let chain: Vec<_> = (0..500).map(|_| stage.ada_sends(&session, &BODY)).collect();
        let mut receiver = copy(&stage.bob);
        receive(&mut receiver, &chain[0], &mut rng);
        receive(&mut stage.bob, &chain[0], &mut rng);
        let mut started = Stage::new();
        let first = started.initiate();
        let first = started.ada_sends(&first, &BODY);
        Self {
            stage,
            session,
            talk: Stage::established(),
            frame: Frame::application(&BODY),
            chain,
            receiver,
            next: 0,
            rng,
            before: Stage::new(),
            first,
            handshake: Handshake::new(),
            step: Step::new(),
            sealed: floor::encrypt(&FRAMED),
            identity: Handshake::identity(),
        }
    }

    fn sceau(&mut self, name: &str) -> Duration {
        match name {
            "encrypt" => {
                let (ada, session, frame) = (&mut self.stage.ada, &self.session, &self.frame);
                measured(|| ada.encrypt(session, frame, b"", NOW).unwrap())
            }
            "decrypt" => {
                self.next += 1;
                if self.next == self.chain.len() {
                    self.receiver = copy(&self.stage.bob);
                    self.next = 1;
                    self.receiver.candidates(&self.chain[0].mailbox, NOW).unwrap();
                }
                let (receiver, sent, rng) =
                    (&mut self.receiver, &self.chain[self.next], &mut self.rng);
                measured(|| receive(receiver, sent, rng))
            }
            "ping-pong" => {
                let (stage, session) = &mut self.talk;
                let session = *session;
                measured(|| {
                    let ping = stage.ada_sends(&session, &BODY);
                    stage.bob_gets(&ping);
                    let pong = stage.bob_sends(&session, &BODY);
                    stage.ada_gets(&pong)
                })
            }
            "first-out" => {
                let (mut ada, mut rng) = (copy(&self.before.ada), Counter(3));
                let (account, bundle) = (self.before.bob.account_id(), &self.before.bundle);
                measured(|| {
                    let made = ada.initiate(account, bundle, None, NOW, &mut rng).unwrap();
                    (made.1, ada.encrypt(&made.0.session, &self.frame, b"", NOW).unwrap())
                })
            }
            "first-in" => {
                let (mut bob, mut rng) = (copy(&self.before.bob), Counter(3));
                measured(|| receive(&mut bob, &self.first, &mut rng))
            }
            _ => panic!("one of {NAMES:?}"),
        }
    }

    fn floor(&mut self, name: &str) -> Duration {
        match name {
            "encrypt" => measured(|| floor::encrypt(black_box(&FRAMED))),
            "decrypt" => measured(|| floor::decrypt(black_box(&self.sealed))),
            "ping-pong" => measured(|| {
                for _ in 0..2 {
                    let sealed = floor::encrypt(black_box(&FRAMED));
                    floor::dh_step(&self.step);
                    black_box(floor::decrypt(&sealed));
                }
            }),
            "first-out" => measured(|| self.handshake.first_out(black_box(&FRAMED))),
            "first-in" => {
                let (identity, tag) = &self.identity;
                measured(|| self.handshake.first_in(black_box(&self.sealed), identity, *tag))
            }
            _ => panic!("one of {NAMES:?}"),
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut operations = Operations::new();
    match arguments[..] {
        ["ratios", n] => {
            println!("{:<12} {:>10} {:>10} {:>6}", "operation", "sceau µs", "floor µs", "ratio");
            for name in NAMES {
                let (mut sceau, mut floor) = (Duration::MAX, Duration::MAX);
                for _ in 0..n.parse().unwrap() {
                    sceau = sceau.min(operations.sceau(name));
                    floor = floor.min(operations.floor(name));
                }
                let (a, b) = (sceau.as_secs_f64() * 1e6, floor.as_secs_f64() * 1e6);
                println!("{name:<12} {a:>10.2} {b:>10.2} {:>6.2}", a / b);
            }
        }
        [name, what, n] => {
            for _ in 0..n.parse().unwrap() {
                match what {
                    "sceau" => operations.sceau(name),
                    "floor" => operations.floor(name),
                    _ => panic!("sceau or floor"),
                };
            }
        }
        _ => panic!("operation NAME sceau|floor N, or operation ratios N"),
    }
}
