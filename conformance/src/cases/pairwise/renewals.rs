//! Series of lists, renewals, announcements.

use super::stage::{
    DAY, Device, Keys, Part, RENEW, Step, accept_call, bundle_call, decided, demand, device,
    established, fetch, initiate, initiate_call, mail, pass, receive_call, send, talk, vector,
};
use super::twins::{apply_call, judge};
use super::wire;
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Home, START, Scene};

const fn renewed(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, RENEW).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    renewed(Case::negative("PW-ID-SERIES-046n", "Lists stand in ascending order.", descending), &["ID-20"]),
    renewed(Case::positive("PW-ID-SERIES-047p", "In a series only the last list must be fresh.", series_age), &["ID-20", "ID-09"]),
    renewed(Case::positive("PW-ID-SERIES-048p", "Lists older than the pinned one are skipped in a series.", series_skip), &["ID-20"]),
    renewed(Case::negative("PW-ID-NEWER-049n", "After a newer list the older one is refused.", back_to_old), &["ID-06"]).mutants(&["H20"]),
    renewed(Case::positive("PW-ID-RENEW-050p", "A renewed responder is met again.", renewed_responder), &["ID-07", "ID-08", "ID-15"]),
    renewed(Case::positive("PW-ID-RENEW-051p", "A renewed initiator is met again.", renewed_initiator), &["ID-07", "ID-08", "ID-15"]),
    renewed(Case::negative("PW-ID-RENEW-052n", "A batch of the old credential goes with it.", old_batch), &["ID-10", "PRE-04"]),
    renewed(Case::positive("PW-ID-NEWS-053p", "A list announced in a session is pinned.", announced), &["ID-15", "ID-16"]),
    renewed(Case::negative("PW-ID-NEWS-054n", "An announced list that nobody entitled signed is refused.", bad_news), &["ID-08", "ID-16", "FRM-05"]).mutants(&["H30"]),
    renewed(Case::positive("PW-ID-NEWER-055p", "Accepting pins a list newer than the pinned one.", accepted_newer), &["HS-13", "ID-06"]).mutants(&["H20"]),
    renewed(Case::positive("PW-ID-NEWER-056p", "Initiating pins a list newer than the pinned one.", initiated_newer), &["HS-13", "ID-06"]).mutants(&["H20"]),
];

/// Alice of the implementation, and Bob who has lists 1 and 2.
fn renewal(scene: &mut Scene, later: u64) -> Outcome<(Device, Device, String)> {
    let bob = device(scene, "bob", Home::Peer)?;
    scene.advance(later, &[bob.party])?;
    let alice = device(scene, "alice", Home::Iut)?;
    let second = renew(scene, &bob)?;
    Ok((alice, bob, second))
}

/// Renews the device's credential; gives its new list.
fn renew(scene: &mut Scene, device: &Device) -> Outcome<String> {
    let call = scene.call(device.party, "pw.renew").long("not_after", START + 400 * DAY);
    call.ok()?.hex("device_list")
}

fn descending(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob, second) = renewal(scene, 60)?;
    let lists = twin.pick(vector(&[&bob.list, &second]), vector(&[&second, &bob.list]));
    judge(apply_call(scene, &alice, &bob, &lists), twin, "malformed")
}

fn series_age(scene: &mut Scene) -> Outcome {
    let (alice, bob, second) = renewal(scene, 40 * DAY)?;
    apply_call(scene, &alice, &bob, &bob.lists()).refused_with("stale_list")?;
    let out = apply_call(scene, &alice, &bob, &vector(&[&bob.list, &second])).accepted()?;
    demand(out.long("number")? == 2, "the series ends with list 2")
}

/// The first list is damaged: it is older than the pinned one, so nobody verifies it.
fn series_skip(scene: &mut Scene) -> Outcome {
    let (alice, bob, second) = renewal(scene, 60)?;
    apply_call(scene, &alice, &bob, &vector(&[&bob.list, &second])).accepted()?;
    let third = renew(scene, &bob)?;
    let damaged = wire::turn(&bob.list, &(0..0), bob.list.len() / 2 - 1);
    let out = apply_call(scene, &alice, &bob, &vector(&[&damaged, &second, &third])).accepted()?;
    demand(out.long("number")? == 3, "the series ends with list 3")
}

fn back_to_old(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob, second) = renewal(scene, 60)?;
    apply_call(scene, &alice, &bob, &vector(&[&bob.list, &second])).accepted()?;
    let call = apply_call(scene, &alice, &bob, &vector(&[twin.pick(&second, &bob.list)]));
    match twin {
        Twin::Control => decided(call, twin),
        Twin::Deviant => call.refused_with("rollback"),
    }
}

fn renewed_responder(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    scene.advance(DAY, &[alice.party, bob.party])?;
    renew(scene, &bob)?;
    connect_again(scene, &alice, &bob)
}

fn renewed_initiator(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    scene.advance(DAY, &[alice.party, bob.party])?;
    renew(scene, &alice)?;
    connect_again(scene, &alice, &bob)
}

/// From then on the older list is refused.
fn accepted_newer(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    decided(apply_call(scene, &bob, &alice, &alice.lists()), Twin::Control)?;
    renew(scene, &alice)?;
    connect_again(scene, &alice, &bob)?;
    apply_call(scene, &bob, &alice, &alice.lists()).refused_with("rollback")
}

fn initiated_newer(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    decided(apply_call(scene, &alice, &bob, &bob.lists()), Twin::Control)?;
    renew(scene, &bob)?;
    connect_again(scene, &alice, &bob)?;
    apply_call(scene, &alice, &bob, &bob.lists()).refused_with("rollback")
}

fn connect_again(scene: &mut Scene, alice: &Device, bob: &Device) -> Outcome {
    let served = fetch(scene, bob)?;
    initiate(scene, alice, bob, "t", &served)?;
    let first = send(scene, alice, "t", "hello again")?;
    accept_call(scene, bob.party, &first, "t").accepted()?;
    pass(scene, bob, alice, "t", "hello again to you", Step::Dh)
}

fn old_batch(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = (device(scene, "alice", Home::Iut)?, device(scene, "bob", Home::Peer)?);
    let old = fetch(scene, &bob)?;
    let list = renew(scene, &bob)?;
    let served = twin.pick(fetch(scene, &bob)?, old);
    apply_call(scene, &alice, &bob, &vector(&[&list])).accepted()?;
    judge(initiate_call(scene, alice.party, &bob, "s", &served), twin, "")
}

/// The old list is refused from then on, wherever it comes from.
fn announced(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let old = fetch(scene, &bob)?;
    let list = renew(scene, &bob)?;
    talk(scene, &alice, &bob, "s")?;
    let call = scene.call(bob.party, "pw.send").session("s").integer("content_type", 3);
    let out = call.text("body", &vector(&[&list])).ok()?;
    let news = mail(&out, "")?;
    receive_call(scene, alice.party, &news, Step::Same).accepted()?;
    initiate_call(scene, alice.party, &bob, "t", &old).refused_with("rollback")?;
    talk(scene, &alice, &bob, "s")
}

/// Two lists with a further device; one of them is attested by the first.
fn bad_news(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let deviation = twin.pick("list-added-device", "list-unauthorised-device");
    let served =
        bundle_call(scene, bob.party, 1, Keys::LAST).deviate(deviation).ok()?.hex("bundle")?;
    let lists = wire::get(&served, &wire::bundle(&served)?.lists).to_owned();
    let call = scene.call(bob.party, "pw.send").session("s").integer("content_type", 3);
    let news = mail(&call.text("body", &lists).deviate("body-unchecked").ok()?, "")?;
    judge(receive_call(scene, alice.party, &news, Step::Same), twin, "unauthorised_device")?;
    pass(scene, &alice, &bob, "s", "still there", Step::Dh)
}
