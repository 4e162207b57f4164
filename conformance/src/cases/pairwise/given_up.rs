//! A handshake that was given up for another and is answered after all.

use super::simultaneous::rivals;
use super::stage::{
    DAY, Device, Mail, Part, STORED, Step, WATCH, accept, accept_call, established, event, fetch,
    initiate, initiate_call, pass, receive, restart, send, status, talk, waiting,
};
use crate::case::{Access, Case, Outcome};
use crate::scene::Scene;

const fn case(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, WATCH).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive("PW-REP-BACK-030p", "A session given up is live again when the peer answers in it.", back), &["REP-14"]),
    case(Case::positive("PW-REP-BACK-031p", "It is so where the peer's user has declined the other one.", declined), &["REP-14", "REP-02"]),
    case(Case::positive("PW-REP-BACK-032p", "An answer in the older one does not move a later one that was answered.", answered_later), &["REP-14"]),
    case(Case::positive("PW-REP-BACK-033p", "An answer in the later one moves both sides there.", both_ways), &["REP-14"]),
    case(Case::positive("PW-REP-BACK-034p", "A session given up for a recovery comes back too.", for_recovery), &["REP-14", "REP-12"]),
    case(Case::positive("PW-REP-BACK-035p", "Of two that resume the same session the one that is answered is live.", same_origin), &["REP-14", "REP-03"]),
    case(Case::positive("PW-REP-BACK-036p", "One that resumed does not come back for one that did not.", other_origin), &["REP-14"]),
    case(Case::positive("PW-REP-BACK-037p", "It stays live after a restart.", restarted), &["REP-14", "STA-08"]).needs(Access::L2, STORED),
    case(Case::positive("PW-REP-WAITING-038p", "A session resumed by the peer replaces the one that waits for its answer (case 2).", resumed_by_peer), &["REP-01", "REP-14"]),
];

/// `s` is given up for `t` two days later; the first message of `s` is still on its way.
fn given_up(scene: &mut Scene) -> Outcome<(Device, Device, Mail)> {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    let first = send(scene, &alice, "s", "hello")?;
    scene.advance(2 * DAY, &[alice.party, bob.party])?;
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "t", &served)?;
    both(scene, &alice, "archived", "waiting")?;
    Ok((alice, bob, first))
}

fn both(scene: &mut Scene, alice: &Device, s: &str, t: &str) -> Outcome {
    status(scene, alice, "s", s)?;
    status(scene, alice, "t", t)
}

fn back(scene: &mut Scene) -> Outcome {
    let (alice, bob, first) = given_up(scene)?;
    accept(scene, &bob, &first, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    both(scene, &alice, "established", "archived")?;
    talk(scene, &alice, &bob, "s")
}

/// The peer's user is asked for a session.
fn ask(scene: &mut Scene, alice: &Device, bob: &Device, session: &str) -> Outcome {
    let first = send(scene, alice, session, "hello again")?;
    let out = accept_call(scene, bob.party, &first, session).accepted()?;
    event(&out, bob, "session_replaced")
}

fn declined(scene: &mut Scene) -> Outcome {
    let (alice, bob, first) = given_up(scene)?;
    accept(scene, &bob, &first, "s")?;
    ask(scene, &alice, &bob, "t")?;
    scene.call(bob.party, "pw.decline_session").session("t").ok()?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    both(scene, &alice, "established", "archived")?;
    talk(scene, &alice, &bob, "s")
}

/// The peer has seen `t` first, and its user accepts `s` then.
fn answered_later(scene: &mut Scene) -> Outcome {
    let (alice, bob, first) = given_up(scene)?;
    let second = send(scene, &alice, "t", "hello again")?;
    accept(scene, &bob, &second, "t")?;
    pass(scene, &bob, &alice, "t", "hello to you", Step::Dh)?;
    let out = accept_call(scene, bob.party, &first, "s").accepted()?;
    event(&out, &bob, "session_replaced")?;
    scene.call(bob.party, "pw.accept_session").session("s").ok()?;
    pass(scene, &bob, &alice, "s", "in the older one", Step::Dh)?;
    both(scene, &alice, "archived", "established")
}

/// The peer answers in `s`, and its user accepts `t` later; what comes in `s` then changes nothing.
fn both_ways(scene: &mut Scene) -> Outcome {
    let (alice, bob, first) = given_up(scene)?;
    accept(scene, &bob, &first, "s")?;
    ask(scene, &alice, &bob, "t")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    both(scene, &alice, "established", "archived")?;
    let late = send(scene, &bob, "s", "late")?;
    scene.call(bob.party, "pw.accept_session").session("t").ok()?;
    pass(scene, &bob, &alice, "t", "hello again to you", Step::Dh)?;
    both(scene, &alice, "archived", "established")?;
    receive(scene, &alice, &late, Step::Same)?;
    both(scene, &alice, "archived", "established")?;
    talk(scene, &alice, &bob, "t")
}

fn for_recovery(scene: &mut Scene) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    let first = send(scene, &alice, "s", "hello")?;
    let served = fetch(scene, &bob)?;
    initiate_call(scene, alice.party, &bob, "t", &served).integer("recovery", 1).accepted()?;
    both(scene, &alice, "archived", "waiting")?;
    accept(scene, &bob, &first, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    both(scene, &alice, "established", "archived")?;
    talk(scene, &alice, &bob, "s")
}

/// `r` is established; `s` and after `later` `t` are made then.
fn resumed_twice(scene: &mut Scene, later: u64, resumed: u64) -> Outcome<(Device, Device)> {
    let (alice, bob) = established(scene, Part::Initiator)?;
    // The stage's first session has the name `s`: the two of this topic are `t` and `u`.
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "t", &served)?;
    let first = send(scene, &alice, "t", "hello again")?;
    scene.advance(later, &[alice.party, bob.party])?;
    let served = fetch(scene, &bob)?;
    let out = initiate(scene, &alice, &bob, "u", &served)?;
    super::stage::demand(
        out.integer("resumed")? == resumed,
        "the second handshake has the PSK that it must not have, or lacks it",
    )?;
    status(scene, &alice, "t", "archived")?;
    accept(scene, &bob, &first, "t")?;
    pass(scene, &bob, &alice, "t", "hello to you", Step::Dh)?;
    Ok((alice, bob))
}

fn same_origin(scene: &mut Scene) -> Outcome {
    let (alice, bob) = resumed_twice(scene, 2 * DAY, 1)?;
    status(scene, &alice, "t", "established")?;
    status(scene, &alice, "u", "archived")?;
    talk(scene, &alice, &bob, "t")
}

/// The session that the first has resumed is deleted when the second is made.
fn other_origin(scene: &mut Scene) -> Outcome {
    let (alice, _) = resumed_twice(scene, 14 * DAY, 0)?;
    status(scene, &alice, "t", "archived")?;
    status(scene, &alice, "u", "waiting")
}

fn restarted(scene: &mut Scene) -> Outcome {
    let (alice, bob, first) = given_up(scene)?;
    restart(scene, &alice)?;
    accept(scene, &bob, &first, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    restart(scene, &alice)?;
    both(scene, &alice, "established", "archived")?;
    talk(scene, &alice, &bob, "s")
}

/// The peer has answered `s` and gone on to `t` before its answer arrives. Were the two simultaneous, `s`
/// would win.
fn resumed_by_peer(scene: &mut Scene) -> Outcome {
    let (alice, bob) = rivals(scene, "iut")?;
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "s", &served)?;
    let first = send(scene, &alice, "s", "hello")?;
    accept(scene, &bob, &first, "s")?;
    let answer = send(scene, &bob, "s", "under way")?;
    let served = fetch(scene, &alice)?;
    initiate_call(scene, bob.party, &alice, "t", &served).ok()?;
    let second = send(scene, &bob, "t", "from the new one")?;
    accept(scene, &alice, &second, "t")?;
    both(scene, &alice, "archived", "established")?;
    receive(scene, &alice, &answer, Step::Dh)?;
    both(scene, &alice, "archived", "established")?;
    pass(scene, &alice, &bob, "t", "hello to you", Step::Dh)?;
    talk(scene, &bob, &alice, "t")
}
