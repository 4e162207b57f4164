//! Devices that an account has removed (ID-17): their sessions, bundles and first messages.

use super::devices::{OTHER_PUBLIC, alice_and_bob, session};
use super::forge::{Entry, Known, List};
use super::stage::{
    LISTED, PINNED, Part, Step, USUAL, accept_call, fetch, initiate_call, meet, pass, receive_call,
    send, send_call, status,
};
use super::twins::{apply_call, judge};
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::Scene;

const fn case(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, LISTED).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive_of("PW-ID-REMOVED-086p", "The sessions of a removed device are closed (as initiator).", removed, "initiator"), &["ID-17"]),
    case(Case::positive_of("PW-ID-REMOVED-091p", "The sessions of a removed device are closed (as responder).", removed, "responder"), &["ID-17"]),
    case(Case::positive("PW-ID-REMOVED-092p", "Archived and unaccepted sessions of a removed device are closed too.", removed_all), &["ID-17"]),
    case(Case::negative("PW-ID-REMOVED-093n", "A bundle of a removed device is refused.", removed_bundle), &["ID-17", "ID-10"]).needs(Access::L2, PINNED),
    case(Case::positive("PW-ID-REMOVED-094p", "Removing one device leaves the sessions of another.", removed_other), &["ID-17"]),
];

/// A list of the account without the device, which attests the one that takes its place.
fn farewell(scene: &mut Scene, bob: &Known) -> Outcome<String> {
    let list = List::new(2, vec![Entry::stranger(2, &OTHER_PUBLIC)]);
    bob.lists(scene, &list, &[bob.signer()])
}

fn removed(scene: &mut Scene, row: &'static str) -> Outcome {
    let part = if row == "initiator" { Part::Initiator } else { Part::Responder };
    let (iut, bob) = session(scene, part)?;
    let under_way = send(scene, &bob.device, "s", "under way")?;
    let lists = farewell(scene, &bob)?;
    apply_call(scene, &iut, &bob.device, &lists).accepted()?;
    status(scene, &iut, "s", "closed")?;
    send_call(scene, iut.party, "s", "are you there").refused_with("not_listed")?;
    receive_call(scene, iut.party, &under_way, Step::Same).refused_with("undecryptable")?;
    // Its first messages bring the list that it is in; the pinned one, which is newer, stands for it.
    let served = fetch(scene, &iut)?;
    initiate_call(scene, bob.device.party, &iut, "t", &served).ok()?;
    let first = send(scene, &bob.device, "t", "let me in")?;
    accept_call(scene, iut.party, &first, "t").refused_with("not_listed")
}

fn removed_all(scene: &mut Scene) -> Outcome {
    let (iut, bob) = session(scene, Part::Responder)?;
    let bob_device = &bob.device;
    let served = fetch(scene, &iut)?;
    initiate_call(scene, bob_device.party, &iut, "t", &served).ok()?;
    meet(scene, bob_device, &iut, "t")?;
    let served = fetch(scene, &iut)?;
    initiate_call(scene, bob_device.party, &iut, "n", &served).integer("recovery", 1).ok()?;
    let first = send(scene, bob_device, "n", "hello")?;
    accept_call(scene, iut.party, &first, "n").accepted()?;
    for (session, expected) in [("s", "archived"), ("t", "established"), ("n", "unaccepted")] {
        status(scene, &iut, session, expected)?;
    }
    let lists = farewell(scene, &bob)?;
    apply_call(scene, &iut, bob_device, &lists).accepted()?;
    for session in ["s", "t", "n"] {
        status(scene, &iut, session, "closed")?;
        send_call(scene, iut.party, session, "hello").refused_with("not_listed")?;
    }
    Ok(())
}

/// The bundle's list is the pinned one, with the device in it or without.
fn removed_bundle(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = alice_and_bob(scene, &USUAL)?;
    apply_call(scene, &alice, &bob.device, &bob.device.lists()).accepted()?;
    let served = fetch(scene, &bob.device)?;
    let with = List::new(2, vec![bob.entry(), Entry::stranger(2, &OTHER_PUBLIC)]);
    let lists = match twin {
        Twin::Control => bob.lists(scene, &with, &[bob.signer()])?,
        Twin::Deviant => farewell(scene, &bob)?,
    };
    apply_call(scene, &alice, &bob.device, &lists).accepted()?;
    let credential = bob.device.credential.clone();
    let changed = bob.bundle(scene, &served, (&lists, &credential), &[])?;
    judge(initiate_call(scene, alice.party, &bob.device, "s", &changed), twin, "not_listed")
}

fn removed_other(scene: &mut Scene) -> Outcome {
    let (iut, bob) = session(scene, Part::Initiator)?;
    let with = List::new(2, vec![bob.entry(), Entry::stranger(2, &OTHER_PUBLIC)]);
    let without = List::new(3, vec![bob.entry()]);
    for list in [with, without] {
        let lists = bob.lists(scene, &list, &[bob.signer()])?;
        apply_call(scene, &iut, &bob.device, &lists).accepted()?;
        status(scene, &iut, "s", "established")?;
    }
    pass(scene, &iut, &bob.device, "s", "still there", Step::Dh)?;
    pass(scene, &bob.device, &iut, "s", "so am I", Step::Dh)
}
