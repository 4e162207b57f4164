//! What a relay keeps of one commit an epoch: the steps of `test-vectors/pairwise/delivery-commit.json`, at each store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Bench, NOW};
use sceau::Wire;
use sceau::delivery::{CommitAnswer, CommitHandle, CommitRequest};
use sceau_client::relay::commits::CommitRules;
use sceau_client::relay::store::{Store, StoreError};
use sceau_test_vectors::Vector;

const RULES: CommitRules =
    CommitRules { expiry: NOW + 36_000, forget: NOW + 360_000, most: 1_000_000 };

async fn steps(bench: &mut impl Bench) {
    let store = bench.open().await;
    let file = sceau_test_vectors::load_whole("delivery-commit").unwrap();
    let is_step = |vector: &&Vector| vector.input.text("operation") == Ok("commit");
    let steps: Vec<_> = file.vectors.iter().filter(is_step).collect();
    assert!(steps.len() >= 12, "{} steps", steps.len());
    for (number, vector) in (1..).zip(steps) {
        step(&store, number, vector).await;
    }
}

/// One vector, under a handle of its own: a store is none to which nothing has happened.
async fn step(store: &impl Store, number: u8, vector: &Vector) {
    let (id, input) = (&vector.id, &vector.input);
    let handle = CommitHandle::new([number; 32]);
    let request = CommitRequest::from_bytes(&input.bytes("commit_request").unwrap()).unwrap();
    let (kept, mut now) = (input.text("kept").unwrap(), NOW);
    if kept != "nothing" {
        let message = input.bytes("kept_message").unwrap_or_else(|_| b"deleted".to_vec());
        assert_eq!(store.commit(handle, message, RULES, NOW).await, Ok(CommitAnswer::Kept));
    }
    if kept == "deleted" {
        now = RULES.expiry;
    }
    let room = input.u64("room").unwrap() > 0;
    let rules = CommitRules { most: if room { RULES.most } else { 0 }, ..RULES };
    let answer = store.commit(handle, request.message, rules, now).await;
    if let Ok(out) = vector.out() {
        let expected = CommitAnswer::from_bytes(&out.bytes("commit_answer").unwrap()).unwrap();
        assert_eq!(answer, Ok(expected), "{id} {}", vector.description);
        let left = match out.text("kept").unwrap() {
            "nothing" => CommitAnswer::Empty,
            "message" => CommitAnswer::Taken(out.bytes("kept_message").unwrap()),
            "deleted" => CommitAnswer::Gone,
            other => panic!("{id}: {other}"),
        };
        assert_eq!(store.commit(handle, vec![], RULES, now).await, Ok(left), "{id}");
    } else {
        assert_eq!(vector.error().unwrap(), "limit", "{id}");
        assert_eq!(answer, Err(StoreError::Limit), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    steps(&mut common::SqliteBench::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats() {
    let Some(mut bench) = common::NatsBench::start().await else { return };
    steps(&mut bench).await;
}
