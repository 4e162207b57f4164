//! Messages and handshakes between two people, each beside its bare primitives.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "benchmarks")]

use criterion::{BatchSize, Criterion};
use sceau::pairwise::{Frame, Outgoing};
use sceau_benches::floor::{self, Handshake};
use sceau_benches::stage::{Counter, NOW, Stage, copy, receive};
use sceau_benches::table::{Row, print};
use std::hint::black_box;
use std::path::PathBuf;

/// Bytes of the message.
const BODY: [u8; 1024] = [b'x'; 1024];
/// Bytes of its padded frame.
const FRAMED: [u8; 2048] = [b'x'; 2048];

const ROWS: &[Row] = &[
    Row { group: "encrypt 1 KiB", aim: 1.5 },
    Row { group: "decrypt 1 KiB", aim: 1.5 },
    Row { group: "ping-pong 1 KiB", aim: 1.1 },
    Row { group: "first message out", aim: 1.15 },
    Row { group: "first message in", aim: 1.15 },
];

/// Messages of one chain; below the bound of a chain.
const CHAIN: usize = 1_000;

fn encrypt(c: &mut Criterion) {
    let mut group = c.benchmark_group("encrypt 1 KiB");
    let (stage, session) = Stage::established();
    let frame = Frame::application(&BODY);
    group.bench_function("sceau", |b| {
        let (mut sent, mut ada) = (0, copy(&stage.ada));
        b.iter(|| {
            // A chain ends; so the bench goes on in a copy.
            if sent == 60_000 {
                (sent, ada) = (0, copy(&stage.ada));
            }
            sent += 1;
            ada.encrypt(&session, &frame, b"", NOW).unwrap()
        });
    });
    group.bench_function("floor", |b| b.iter(|| floor::encrypt(black_box(&FRAMED))));
    group.finish();
}

fn decrypt(c: &mut Criterion) {
    let mut group = c.benchmark_group("decrypt 1 KiB");
    let (mut stage, session) = Stage::established();
    let chain: Vec<Outgoing> = (0..CHAIN).map(|_| stage.ada_sends(&session, &BODY)).collect();
    group.bench_function("sceau", |b| {
        let (mut rng, mut next, mut bob) = (Counter(7), 0, copy(&stage.bob));
        receive(&mut bob, &chain[0], &mut rng);
        b.iter_custom(|iterations| {
            let mut total = std::time::Duration::ZERO;
            for _ in 0..iterations {
                next += 1;
                if next == CHAIN {
                    (next, bob) = (1, copy(&stage.bob));
                    receive(&mut bob, &chain[0], &mut rng);
                }
                let start = std::time::Instant::now();
                black_box(receive(&mut bob, &chain[next], &mut rng));
                total += start.elapsed();
            }
            total
        });
    });
    let sealed = floor::encrypt(&FRAMED);
    group.bench_function("floor", |b| b.iter(|| floor::decrypt(black_box(&sealed))));
    group.finish();
}

fn ping_pong(c: &mut Criterion) {
    let mut group = c.benchmark_group("ping-pong 1 KiB");
    let (mut stage, session) = Stage::established();
    group.bench_function("sceau", |b| {
        b.iter(|| {
            let ping = stage.ada_sends(&session, &BODY);
            stage.bob_gets(&ping);
            let pong = stage.bob_sends(&session, &BODY);
            stage.ada_gets(&pong)
        });
    });
    let step = floor::Step::new();
    group.bench_function("floor", |b| {
        b.iter(|| {
            for _ in 0..2 {
                let sealed = floor::encrypt(black_box(&FRAMED));
                floor::dh_step(&step);
                black_box(floor::decrypt(&sealed));
            }
        });
    });
    group.finish();
}

fn first_out(c: &mut Criterion) {
    let mut group = c.benchmark_group("first message out");
    let stage = Stage::new();
    let (account, frame) = (stage.bob.account_id().clone(), Frame::application(&BODY));
    group.bench_function("sceau", |b| {
        let start = || (copy(&stage.ada), Counter(3));
        b.iter_batched(
            start,
            |(mut ada, mut rng)| {
                let (initiated, _) =
                    ada.initiate(&account, &stage.bundle, None, NOW, &mut rng).unwrap();
                let sent = ada.encrypt(&initiated.session, &frame, b"", NOW).unwrap();
                (ada, sent)
            },
            BatchSize::SmallInput,
        );
    });
    let handshake = Handshake::new();
    group.bench_function("floor", |b| b.iter(|| handshake.first_out(black_box(&FRAMED))));
    group.finish();
}

fn first_in(c: &mut Criterion) {
    let mut group = c.benchmark_group("first message in");
    let mut stage = Stage::new();
    let session = stage.initiate();
    let first = stage.ada_sends(&session, &BODY);
    group.bench_function("sceau", |b| {
        let start = || (copy(&stage.bob), Counter(3));
        b.iter_batched(
            start,
            |(mut bob, mut rng)| {
                let body = receive(&mut bob, &first, &mut rng);
                (bob, body)
            },
            BatchSize::SmallInput,
        );
    });
    let (handshake, sealed) = (Handshake::new(), floor::encrypt(&FRAMED));
    let (identity, tag) = Handshake::identity();
    group.bench_function("floor", |b| {
        b.iter(|| handshake.first_in(black_box(&sealed), &identity, tag))
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    encrypt(&mut criterion);
    decrypt(&mut criterion);
    ping_pong(&mut criterion);
    first_out(&mut criterion);
    first_in(&mut criterion);
    criterion.final_summary();
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target")),
        PathBuf::from,
    );
    print(&target.join("criterion"), ROWS);
}
