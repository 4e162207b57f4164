//! A responder's batches: what is used once, what stays, when it ends.

use super::stage::{
    DAY, EXPIRE, GRACE, Keys, LIFETIME, LIMITED, Mail, Part, STORED, Step, TALK, WATCH, accept,
    accept_call, batch_call, bundle, cast, connect, count, demand, device, fetch, initiate, limits,
    meet, pass, publish, restart, send,
};
use super::state::records::Reader;
use super::twins::judge;
use super::wire;
use crate::case::{Access, Case, Outcome, Twin};
use crate::digest::unhex;
use crate::scene::{Home, Out, Scene};

const fn talk(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    case.clauses(clauses).mutants(mutants).needs(Access::L2, TALK).suite(super::PROFILE).with_peer()
}

const fn watch(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    talk(case, clauses, mutants).needs(Access::L2, WATCH)
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    talk(Case::positive("PW-PRE-FLAGS-033p", "The initiator is told of missing and last-resort keys.", flags_initiator), &["PRE-06"], &["H10"]),
    talk(Case::positive("PW-PRE-FLAGS-034p", "The responder is told of missing and last-resort keys.", flags_responder), &["PRE-06"], &["H10"]),
    watch(Case::positive("PW-PRE-DELETE-035p", "One-time keys go with their first use, the last-resort key stays.", deleted), &["HS-08"], &["H9", "H10"]),
    watch(Case::negative("PW-PRE-AGAIN-036n", "A one-time prekey serves once.", one_time_again), &["HS-08"], &["H9"]),
    watch(Case::negative("PW-PRE-AGAIN-037n", "A one-time KEM prekey serves once.", kem_again), &["HS-08"], &["H9", "H10"]),
    watch(Case::positive("PW-PRE-AGAIN-038p", "The last-resort KEM key serves again and again.", last_again), &["HS-08"], &["H10"]),
    watch(Case::negative("PW-PRE-AGAIN-039n", "A one-time prekey used stays used after a restart.", one_time_restart), &["HS-08", "STA-08"], &["H9"]).needs(Access::L2, STORED),
    talk(Case::negative("PW-PRE-GRACE-040n", "Prekeys serve until prekey_grace after the expiry.", grace), &["PRE-05", "LIM-02", "STA-10"], &["H18"]),
    watch(Case::positive("PW-PRE-ERASE-041p", "After the grace all private prekeys of a batch are erased.", erased), &["PRE-05"], &["H18"]).needs(Access::L2, EXPIRE),
    talk(Case::negative("PW-PRE-UNKNOWN-042n", "Prekeys that never were are unknown.", unknown), &["HS-15"], &[]),
    watch(Case::negative("PW-PRE-LIFE-043n", "A batch lives for max_batch_lifetime at most, and not for nothing.", lifetime), &["PRE-04"], &["H18"]),
    watch(Case::negative("PW-PRE-COUNT-044n", "A batch has max_batch_keys at most.", too_many), &["LIM-01"], &[]),
    watch(Case::positive("PW-PRE-PUBLISHED-071p", "A published batch holds each of its keys once, in ascending order of id.", published), &["PRE-14", "PRE-01", "PRE-02"], &[]),
    watch(Case::positive("PW-PRE-BATCHES-046p", "Bundles of several batches are served side by side.", batches), &["PRE-04", "PRE-05"], &[]),
    watch(Case::negative("PW-PRE-FULL-047n", "A full replay cache refuses further handshakes and forgets none.", full), &["HS-09"], &["H24"]).needs(Access::L2, LIMITED),
];

fn told(out: &Out, keys: Keys) -> Outcome {
    let told = (out.integer("one_time")? == 1, out.integer("last_resort")? == 1);
    let right = told == (keys.one_time.is_some(), keys.kem == 1);
    demand(right, &format!("with {keys:?} one_time is {}, last_resort is {}", told.0, told.1))
}

fn flags_initiator(scene: &mut Scene) -> Outcome {
    let alice = device(scene, "alice", Home::Iut)?;
    for (keys, name) in Keys::ALL.into_iter().zip(["b", "c", "d", "e"]) {
        let bob = device(scene, name, Home::Peer)?;
        let generation = publish(scene, &bob, 1, 1)?;
        let served = bundle(scene, &bob, generation, keys)?;
        told(&initiate(scene, &alice, &bob, name, &served)?, keys)?;
        meet(scene, &alice, &bob, name)?;
    }
    Ok(())
}

fn flags_responder(scene: &mut Scene) -> Outcome {
    let bob = device(scene, "bob", Home::Iut)?;
    for (keys, name) in Keys::ALL.into_iter().zip(["b", "c", "d", "e"]) {
        let alice = device(scene, name, Home::Peer)?;
        let generation = publish(scene, &bob, 1, 1)?;
        let served = bundle(scene, &bob, generation, keys)?;
        initiate(scene, &alice, &bob, name, &served)?;
        told(&meet(scene, &alice, &bob, name)?, keys)?;
    }
    Ok(())
}

/// Four keys; after each handshake what is left of them.
fn deleted(scene: &mut Scene) -> Outcome {
    let bob = device(scene, "bob", Home::Iut)?;
    let generation = publish(scene, &bob, 2, 2)?;
    count(scene, &bob, "prekeys", 6)?;
    for (name, one_time, kem, left) in
        [("b", None, 1, 6), ("c", Some(2), 1, 5), ("d", None, 4, 4), ("e", Some(3), 5, 2)]
    {
        let alice = device(scene, name, Home::Peer)?;
        let served = bundle(scene, &bob, generation, Keys { one_time, kem })?;
        initiate(scene, &alice, &bob, name, &served)?;
        count(
            scene,
            &bob,
            "prekeys",
            if one_time.is_some() || kem > 1 { prior(left, one_time, kem) } else { left },
        )?;
        meet(scene, &alice, &bob, name)?;
        count(scene, &bob, "prekeys", left)?;
    }
    Ok(())
}

fn prior(left: u64, one_time: Option<u64>, kem: u64) -> u64 {
    left + u64::from(one_time.is_some()) + u64::from(kem > 1)
}

/// Two initiators use bundles of one batch; the second's keys are those of the first, or fresh ones.
fn twice(scene: &mut Scene, twin: Twin, fresh: Keys, used: Keys, stop: bool) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let carol = device(scene, "carol", Home::Peer)?;
    let generation = publish(scene, &bob, 2, 2)?;
    let first = bundle(scene, &bob, generation, used)?;
    let second = bundle(scene, &bob, generation, twin.pick(fresh, used))?;
    initiate(scene, &alice, &bob, "s", &first)?;
    initiate(scene, &carol, &bob, "c", &second)?;
    meet(scene, &alice, &bob, "s")?;
    if stop {
        restart(scene, &bob)?;
    }
    let late = send(scene, &carol, "c", "hello")?;
    judge(accept_call(scene, bob.party, &late, "c"), twin, "unknown_prekey")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)
}

fn one_time_again(scene: &mut Scene, twin: Twin) -> Outcome {
    let keys = |id| Keys { one_time: Some(id), kem: 1 };
    twice(scene, twin, keys(3), keys(2), false)
}

fn kem_again(scene: &mut Scene, twin: Twin) -> Outcome {
    let keys = |kem| Keys { one_time: None, kem };
    twice(scene, twin, keys(5), keys(4), false)
}

fn one_time_restart(scene: &mut Scene, twin: Twin) -> Outcome {
    let keys = |id, kem| Keys { one_time: Some(id), kem };
    twice(scene, twin, keys(3, 5), keys(2, 4), true)
}

fn last_again(scene: &mut Scene) -> Outcome {
    let bob = device(scene, "bob", Home::Iut)?;
    let generation = publish(scene, &bob, 0, 0)?;
    let served = bundle(scene, &bob, generation, Keys::LAST)?;
    for name in ["b", "c", "d", "e"] {
        let alice = device(scene, name, Home::Peer)?;
        initiate(scene, &alice, &bob, name, &served)?;
        meet(scene, &alice, &bob, name)?;
    }
    count(scene, &bob, "prekeys", 2)
}

/// The message was sent in time and comes late; nobody has run `expire`.
fn grace(scene: &mut Scene, twin: Twin) -> Outcome {
    let bob = device(scene, "bob", Home::Iut)?;
    let served = fetch(scene, &bob)?;
    scene.advance(LIFETIME - 1, &[])?;
    let alice = device(scene, "alice", Home::Peer)?;
    initiate(scene, &alice, &bob, "s", &served)?;
    let first = send(scene, &alice, "s", "hello")?;
    scene.advance(1 + GRACE - twin.pick(1, 0), &[bob.party])?;
    judge(accept_call(scene, bob.party, &first, "s"), twin, "unknown_prekey")
}

fn erased(scene: &mut Scene) -> Outcome {
    let bob = device(scene, "bob", Home::Iut)?;
    fetch(scene, &bob)?;
    scene.advance(LIFETIME + GRACE - 1, &[bob.party])?;
    scene.call(bob.party, "pw.expire").ok()?;
    count(scene, &bob, "prekeys", 4)?;
    scene.advance(1, &[bob.party])?;
    scene.call(bob.party, "pw.expire").accepted()?;
    count(scene, &bob, "prekeys", 0)
}

/// Ids are in the message's clear part: generation behind the wire format, the signed prekey behind it.
fn unknown(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "s", &served)?;
    let first = send(scene, &alice, "s", "hello")?;
    if twin == Twin::Deviant {
        for place in [1..5, 10..14, 14..18] {
            let message = wire::put(&first.message, &place, "000003e7");
            let mail = Mail { message, ..first.clone() };
            accept_call(scene, bob.party, &mail, "s").refused_with("unknown_prekey")?;
        }
    }
    accept(scene, &bob, &first, "s").map(drop)
}

fn lifetime(scene: &mut Scene, twin: Twin) -> Outcome {
    let bob = device(scene, "bob", Home::Iut)?;
    judge(batch_call(scene, bob.party, 0, 0, 30 * DAY + twin.pick(0, 1)), twin, "limit")?;
    judge(batch_call(scene, bob.party, 0, 0, twin.pick(1, 0)), twin, "limit")
}

fn too_many(scene: &mut Scene, twin: Twin) -> Outcome {
    let bob = device(scene, "bob", Home::Iut)?;
    judge(batch_call(scene, bob.party, twin.pick(1022, 1023), 0, LIFETIME), twin, "limit")
}

/// Its keys are those that the text names, in its order: one signed, the last-resort one, one-time keys of either kind.
fn published(scene: &mut Scene) -> Outcome {
    let bob = device(scene, "bob", Home::Iut)?;
    for (one_time, kem_one_time) in [(0, 0), (1, 0), (0, 1), (3, 2)] {
        let out = batch_call(scene, bob.party, one_time, kem_one_time, LIFETIME).ok()?;
        let bytes = unhex(&out.hex("published")?).unwrap_or_default();
        let mut batch = Reader(&bytes);
        batch.take(1 + 2)?;
        batch.opaque()?;
        batch.take(4 + 8 + 8)?;
        let size = batch.integer(4)?;
        for _ in ["root", "extensions", "signatures"] {
            batch.opaque()?;
        }
        let (mut keys, mut found) = (Reader(batch.opaque()?), Vec::new());
        demand(batch.0.is_empty(), "bytes behind a published batch")?;
        while !keys.0.is_empty() {
            let (kind, id) = (keys.integer(1)?, keys.integer(4)?);
            found.push((kind, id, keys.opaque()?.len()));
            keys.opaque()?;
        }
        let kinds = [vec![1, 4], vec![2; one_time as usize], vec![3; kem_one_time as usize]];
        let length = |kind| if kind < 3 { 32 } else { 1184 };
        let right = (0..).zip(kinds.concat()).map(|(id, kind)| (kind, id, length(kind)));
        demand(found == right.collect::<Vec<_>>(), &format!("keys (type, id, length) {found:?}"))?;
        demand(size == found.len() as u64, &format!("size {size} of {} keys", found.len()))?;
    }
    Ok(())
}

fn batches(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let old = fetch(scene, &bob)?;
    scene.advance(DAY, &[alice.party, bob.party])?;
    let new = fetch(scene, &bob)?;
    let carol = device(scene, "carol", Home::Peer)?;
    initiate(scene, &alice, &bob, "s", &old)?;
    initiate(scene, &carol, &bob, "c", &new)?;
    meet(scene, &carol, &bob, "c")?;
    meet(scene, &alice, &bob, "s").map(drop)
}

/// Room for two: a third handshake finds it, or not.
fn full(scene: &mut Scene, twin: Twin) -> Outcome {
    let bob = device(scene, "bob", Home::Iut)?;
    limits(scene, bob.party, &[twin.pick("replay_cache_size=3", "replay_cache_size=2")])?;
    let generation = publish(scene, &bob, 0, 0)?;
    let served = bundle(scene, &bob, generation, Keys::LAST)?;
    for name in ["b", "c"] {
        let alice = device(scene, name, Home::Peer)?;
        initiate(scene, &alice, &bob, name, &served)?;
        meet(scene, &alice, &bob, name)?;
    }
    count(scene, &bob, "replay", 2)?;
    let alice = device(scene, "d", Home::Peer)?;
    initiate(scene, &alice, &bob, "d", &served)?;
    let third = send(scene, &alice, "d", "hello")?;
    judge(accept_call(scene, bob.party, &third, "d"), twin, "limit")?;
    count(scene, &bob, "replay", twin.pick(3, 2))?;
    let carol = device(scene, "carol", Home::Peer)?;
    connect(scene, &carol, &bob, "other")
}
