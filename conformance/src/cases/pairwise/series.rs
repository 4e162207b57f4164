//! Lists that come together: each is held against the one before, and all of them as one against what was pinned (ID-20).
//!
//! Alice is the implementation; Bob's account says which devices it has.

use super::devices::{OTHER_PUBLIC, alice_and_bob};
use super::forge::{Entry, Known, List, known};
use super::new_devices::{devices, further, question, welcome};
use super::stage::{
    Device, LISTED, LISTS, USUAL, accept_call, device, event, fetch, initiate_call, mail, send,
    send_call, status, vector,
};
use super::twins::{apply_call, judge, pin};
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Home, Scene};

const fn lists(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, LISTS).suite(super::PROFILE).with_peer()
}

const fn talk(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, LISTED).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    lists(Case::negative_of("PW-ID-SERIES-183n", "A serial that the pinned list has does not come back in a series that leaves it out first.", back, "again"), &["ID-08", "ID-20"]),
    lists(Case::negative_of("PW-ID-SERIES-184n", "Nor does it with other keys.", back, "other"), &["ID-08", "ID-20"]),
    lists(Case::negative_of("PW-ID-SERIES-185n", "A new serial is above those of all lists before it in the series.", back, "between"), &["ID-08", "ID-20"]),
    lists(Case::negative("PW-ID-SERIES-186n", "Where nothing is pinned, a serial does not come back in a series either.", back_of_first), &["ID-08", "ID-20"]),
    lists(Case::positive_of("PW-ID-SERIES-187p", "Of a device that a series adds and removes the caller is told nothing.", told, "passing"), &["ID-20", "ID-23"]),
    lists(Case::positive_of("PW-ID-SERIES-188p", "Of all devices that the lists of a series add the caller is told.", told, "growing"), &["ID-20", "ID-23"]),
    lists(Case::positive_of("PW-ID-SERIES-189p", "Of a device that a series puts in the place of another the caller is told.", told, "changing"), &["ID-20", "ID-23"]),
    lists(Case::positive("PW-ID-SERIES-190p", "Of the devices of a series the caller is not told where nothing was pinned.", told_first), &["ID-20", "ID-23"]),
    talk(Case::positive("PW-ID-SERIES-191p", "The sessions of a device that a series removes are closed.", removed), &["ID-20", "ID-17"]),
    talk(Case::positive("PW-REP-SERIES-086p", "A device that an earlier list of a series has added is a question.", asked), &["ID-20", "REP-15"]),
    talk(Case::positive("PW-REP-SERIES-087p", "Where a series is the first that is pinned, none of its devices is a question.", not_asked), &["ID-20", "REP-15"]),
    talk(Case::positive("PW-ID-SERIES-193p", "A first message can bring two series, in its handshake and as its body: both are told.", two_series), &["ID-20", "ID-23"]),
    lists(Case::negative("PW-ID-SERIES-192n", "All lists of a series are accepted, or none.", all_or_none), &["ID-20", "ID-06"]),
];

/// Lists with the numbers from 2 on, attested by the device that all of them have.
fn series(scene: &mut Scene, bob: &Known, all: &[Vec<Entry>]) -> Outcome<String> {
    let mut lists = Vec::new();
    for (number, entries) in (2..).zip(all) {
        lists.push(bob.list(scene, &List::new(number, entries.clone()), &[bob.signer()])?);
    }
    Ok(vector(&lists.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// Further devices of Bob's, of which nothing is known but that each has another key.
fn stranger(serial: u64) -> Entry {
    let mut key = OTHER_PUBLIC.to_vec();
    if let Some(byte) = key.last_mut() {
        *byte = byte.wrapping_add(serial as u8);
    }
    Entry::stranger(serial, &key)
}

/// `with` that device, and as the account's list of number 1.
fn first_list(scene: &mut Scene, alice: &Device, bob: &Known, more: &[u64]) -> Outcome {
    let lists = bob.lists(scene, &List::new(1, of(bob, more)), &[])?;
    apply_call(scene, alice, &bob.device, &lists).accepted().map(drop)
}

/// Bob's device and others.
fn of(bob: &Known, more: &[u64]) -> Vec<Entry> {
    let more = more.iter().map(|&serial| stranger(serial));
    [bob.entry()].into_iter().chain(more).collect()
}

/// Pinned: devices 1 and 2, or 1 alone.
fn back(scene: &mut Scene, twin: Twin, row: &'static str) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    first_list(scene, &alice, &bob, if row == "between" { &[] } else { &[2] })?;
    let second = |serial| Entry { credential_ref: vec![0x5d; 32], ..stranger(serial) };
    let all = match row {
        "again" => vec![of(&bob, &[]), of(&bob, &[twin.pick(3, 2)])],
        "other" => vec![of(&bob, &[]), vec![bob.entry(), second(twin.pick(3, 2))]],
        _ => vec![of(&bob, &[4]), of(&bob, &[]), of(&bob, &[twin.pick(5, 3)])],
    };
    let lists = series(scene, &bob, &all)?;
    judge(apply_call(scene, &alice, &bob.device, &lists), twin, "unauthorised_device")
}

fn back_of_first(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    let all = [of(&bob, &[2]), of(&bob, &[]), of(&bob, &[twin.pick(3, 2)])];
    let lists = series(scene, &bob, &all)?;
    judge(apply_call(scene, &alice, &bob.device, &lists), twin, "unauthorised_device")
}

fn told(scene: &mut Scene, row: &'static str) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    first_list(scene, &alice, &bob, if row == "changing" { &[2] } else { &[] })?;
    let (all, added, removed): (_, &[&str], &[&str]) = match row {
        "passing" => (vec![of(&bob, &[2]), of(&bob, &[])], &[], &[]),
        "growing" => (vec![of(&bob, &[2]), of(&bob, &[2, 3])], &["2", "3"], &[]),
        _ => (vec![of(&bob, &[]), of(&bob, &[3])], &["3"], &["2"]),
    };
    let lists = series(scene, &bob, &all)?;
    devices(&apply_call(scene, &alice, &bob.device, &lists).accepted()?, added, removed)
}

fn told_first(scene: &mut Scene) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    let lists = series(scene, &bob, &[of(&bob, &[2]), of(&bob, &[2, 3]), of(&bob, &[3])])?;
    devices(&apply_call(scene, &alice, &bob.device, &lists).accepted()?, &[], &[])
}

/// Bob's account with a further device that can talk, and Alice, who has pinned nothing.
fn with_further(scene: &mut Scene) -> Outcome<(Device, Known, Device)> {
    let bob = known(scene, "bob", &USUAL)?;
    let alice = device(scene, "alice", Home::Iut)?;
    let mallory = further(scene, "mallory", &bob.device)?;
    Ok((alice, bob, mallory))
}

fn removed(scene: &mut Scene) -> Outcome {
    let (alice, bob, mallory) = with_further(scene)?;
    welcome(scene, &alice, &mallory, "m")?;
    // The list that her first message has brought is number 2.
    let third = bob.list(scene, &List::new(3, of(&bob, &[])), &[bob.signer()])?;
    let fourth = bob.list(scene, &List::new(4, of(&bob, &[3])), &[bob.signer()])?;
    let lists = vector(&[&third, &fourth]);
    let out = apply_call(scene, &alice, &bob.device, &lists).accepted()?;
    devices(&out, &["3"], &["2"])?;
    status(scene, &alice, "m", "closed")?;
    send_call(scene, alice.party, "m", "are you there").refused_with("not_listed")
}

/// A list of both devices, and one of them and another.
fn both_and_more(scene: &mut Scene, bob: &Known, mallory: &Device) -> Outcome<String> {
    let both = vec![bob.entry(), Entry::of(mallory)?];
    let more = vec![bob.entry(), Entry::of(mallory)?, stranger(3)];
    let (second, third) = (List::new(2, both), List::new(3, more));
    let second = bob.list(scene, &second, &[bob.signer()])?;
    let third = bob.list(scene, &third, &[bob.signer()])?;
    Ok(vector(&[&second, &third]))
}

fn asked(scene: &mut Scene) -> Outcome {
    let (alice, bob, mallory) = with_further(scene)?;
    pin(scene, &alice, &bob.device)?;
    let lists = both_and_more(scene, &bob, &mallory)?;
    devices(&apply_call(scene, &alice, &bob.device, &lists).accepted()?, &["2", "3"], &[])?;
    question(scene, &alice, &mallory, "m")
}

fn not_asked(scene: &mut Scene) -> Outcome {
    let (alice, bob, mallory) = with_further(scene)?;
    let lists = both_and_more(scene, &bob, &mallory)?;
    devices(&apply_call(scene, &alice, &bob.device, &lists).accepted()?, &[], &[])?;
    let served = fetch(scene, &alice)?;
    initiate_call(scene, mallory.party, &alice, "m", &served).ok()?;
    let first = send(scene, &mallory, "m", "hello")?;
    event(&accept_call(scene, alice.party, &first, "m").accepted()?, &alice, "new_session")
}

/// In the deviant twin the second of two lists adds a device that nobody entitled has attested.
fn all_or_none(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    pin(scene, &alice, &bob.device)?;
    let second = bob.list(scene, &List::new(2, of(&bob, &[2])), &[bob.signer()])?;
    let third = List::new(3, of(&bob, &[2, 3]));
    let third = match twin {
        Twin::Control => bob.list(scene, &third, &[bob.signer()])?,
        Twin::Deviant => bob.list(scene, &third, &[])?,
    };
    let lists = vector(&[&second, &third]);
    judge(apply_call(scene, &alice, &bob.device, &lists), twin, "unauthorised_device")
}

/// Bob's handshake carries the list with a further device, its body the next one without it.
fn two_series(scene: &mut Scene) -> Outcome {
    let (alice, bob, mallory) = with_further(scene)?;
    pin(scene, &alice, &bob.device)?;
    scene.call(bob.device.party, "peer.own_list").text("of", mallory.party.name).ok()?;
    let served = fetch(scene, &alice)?;
    initiate_call(scene, bob.device.party, &alice, "s", &served).ok()?;
    let body = bob.lists(scene, &List::new(3, of(&bob, &[])), &[bob.signer()])?;
    let call = scene.call(bob.device.party, "pw.send").session("s").integer("content_type", 3);
    let first = mail(&call.text("body", &body).deviate("body-unchecked").ok()?, "")?;
    let out = accept_call(scene, alice.party, &first, "s").accepted()?;
    event(&out, &alice, "new_session")?;
    devices(&out, &["2"], &["2"])
}
