//! Both sides have initiated: one session wins on both, whatever arrives first.
//!
//! `a` is the implementation's session, `b` the peer's. The peer's agreement key is chosen so that its
//! public key begins with `0000` or `ffff`: the smaller public key's initiator wins.

use super::stage::{
    DAY, Device, Mail, Part, Setup, Step, USUAL, WATCH, accept, accept_call, connect, demand,
    demand_of, device, device_as, established, event, fetch, initiate, initiate_call, mail, pass,
    receive, send, send_call, status, talk,
};
use super::wire;
use crate::case::{Access, Case, Outcome, Stop, Twin};
use crate::scene::{Home, Out, Scene};

/// X25519 private keys; the public ones begin with 0000 and with ffff.
const SMALL: &str = "1ddd5b69afbed127bc18656783d3b0927dbd5cac6b8ee986f20f1cb44640ab46";
const LARGE: &str = "97a9f4f75c676c4fd5bfc59397790fad6459ba456b2c4edf2a4668e7d65e0bb6";

const fn case(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, WATCH).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive_of("PW-SIM-CROSSED-001p", "Crossed first messages: the implementation's session wins.", crossed, "iut"), &["REP-04"]),
    case(Case::positive_of("PW-SIM-CROSSED-002p", "Crossed first messages: the peer's session wins.", crossed, "peer"), &["REP-04"]),
    case(Case::positive_of("PW-SIM-PEERFIRST-003p", "The peer knows first: the implementation's session wins.", peer_first, "iut"), &["REP-04"]),
    case(Case::positive_of("PW-SIM-PEERFIRST-004p", "The peer knows first: the peer's session wins.", peer_first, "peer"), &["REP-04"]),
    case(Case::positive("PW-SIM-ANSWER-005p", "The answer overtakes the loser's first message (case 4).", answer_first), &["REP-04", "REP-05"]),
    case(Case::positive("PW-SIM-ANSWER-006p", "The own answer overtakes the own first message at the peer.", own_answer_first), &["REP-04", "REP-06"]),
    case(Case::negative("PW-SIM-WINDOW-007n", "Past simultaneous_window a late loser is a question to the caller.", window), &["REP-01", "LIM-02"]),
    case(Case::positive("PW-SIM-OLD-008p", "A session that still waits takes part at any age (case 3).", old), &["REP-04"]),
    case(Case::positive_of("PW-SIM-RESUMED-009p", "Both resume the same session: the implementation's wins.", resumed, "iut"), &["REP-04", "REP-03"]).mutants(&["H28"]),
    case(Case::positive_of("PW-SIM-RESUMED-010p", "Both resume the same session: the peer's wins.", resumed, "peer"), &["REP-04", "REP-03"]).mutants(&["H28"]),
    case(Case::positive("PW-SIM-ORIGIN-011p", "A resumed session that waits is not replaced from outside.", other_origin), &["REP-01"]).mutants(&["H22"]),
    case(Case::positive("PW-SIM-RECOVERY-012p", "Of two first sessions the recovery wins.", recovery_wins), &["REP-04", "REP-12"]),
    case(Case::positive("PW-SIM-RECOVERY-013p", "Against an established session a recovery is a question.", recovery_late), &["REP-01", "REP-12"]).mutants(&["H22"]),
    case(Case::positive_of("PW-SIM-LOSER-014p", "The loser still receives and does not send; ours loses.", loser, "peer"), &["REP-04"]),
    case(Case::positive_of("PW-SIM-LOSER-015p", "The loser still receives and does not send; theirs loses.", loser, "iut"), &["REP-04"]),
    case(Case::positive("PW-SIM-ABSORB-016p", "The winner's initiator announces the loser until it was absorbed.", announces), &["REP-05", "REP-07"]),
    case(Case::positive("PW-SIM-ABSORB-017p", "The winner's responder absorbs the loser and says so, once.", absorbs), &["REP-06", "REP-07"]),
    case(Case::positive("PW-SIM-ABSORB-018p", "An unknown session in the extension absorb is ignored.", unknown_loser), &["REP-06", "FRM-04"]),
    case(Case::positive("PW-SIM-REPLAY-019p", "The loser's first message received again changes nothing.", again), &["REP-04", "HS-10"]).mutants(&["H9", "H22"]),
];

/// Both sides with their first messages on the way.
struct Crossing {
    alice: Device,
    bob: Device,
    a: Mail,
    b: Mail,
    a_id: String,
    b_id: String,
}

/// The implementation's Alice and the peer's Bob, whose keys decide that the named side wins.
///
/// # Errors
/// They are not made, or the keys decide otherwise.
pub fn rivals(scene: &mut Scene, winner: &str) -> Outcome<(Device, Device)> {
    let key = if winner == "iut" { LARGE } else { SMALL };
    let alice = device(scene, "alice", Home::Iut)?;
    let bob = device_as(scene, "bob", Home::Peer, &Setup { identity_agree: Some(key), ..USUAL })?;
    let last =
        |device: &Device| Ok(wire::identity_keys(&device.credential)?.pop().unwrap_or_default());
    let (here, there): (String, String) = (last(&alice)?, last(&bob)?);
    match (here < there) == (winner == "iut") {
        true => Ok((alice, bob)),
        false => Err(Stop::Inconclusive(format!("{here} and {there}: the other one wins"))),
    }
}

fn crossing(scene: &mut Scene, winner: &str) -> Outcome<Crossing> {
    let (alice, bob) = rivals(scene, winner)?;
    begun(scene, alice, bob, false)
}

fn begun(scene: &mut Scene, alice: Device, bob: Device, recovery: bool) -> Outcome<Crossing> {
    let (of_alice, of_bob) = (fetch(scene, &alice)?, fetch(scene, &bob)?);
    let a_id = initiate(scene, &alice, &bob, "a", &of_bob)?.hex("session_id")?;
    let call = initiate_call(scene, bob.party, &alice, "b", &of_alice);
    let call = if recovery { call.integer("recovery", 1) } else { call };
    let b_id = call.ok()?.hex("session_id")?;
    let (a, b) = (send(scene, &alice, "a", "from a")?, send(scene, &bob, "b", "from b")?);
    Ok(Crossing { alice, bob, a, b, a_id, b_id })
}

/// What the implementation's two sessions must be once it has seen both first messages.
fn decided(scene: &mut Scene, alice: &Device, winner: &str, own: &str) -> Outcome {
    let (a, b) = if winner == "iut" { (own, "archived") } else { ("archived", "established") };
    status(scene, alice, "a", a)?;
    status(scene, alice, "b", b)
}

/// The winner's initiator speaks first, for the other may have an answer under way already.
fn converged(scene: &mut Scene, c: &Crossing, winner: &str) -> Outcome {
    let (session, first, second) = match winner {
        "iut" => ("a", &c.alice, &c.bob),
        _ => ("b", &c.bob, &c.alice),
    };
    pass(scene, first, second, session, "the winner's", Step::Same)?;
    pass(scene, second, first, session, "indeed", Step::Dh)?;
    for _ in 0..4 {
        talk(scene, first, second, session)?;
    }
    status(scene, &c.alice, session, "established")
}

fn crossed(scene: &mut Scene, winner: &'static str) -> Outcome {
    let c = crossing(scene, winner)?;
    accept(scene, &c.alice, &c.b, "b")?;
    decided(scene, &c.alice, winner, "waiting")?;
    accept(scene, &c.bob, &c.a, "a")?;
    converged(scene, &c, winner)
}

fn peer_first(scene: &mut Scene, winner: &'static str) -> Outcome {
    let c = crossing(scene, winner)?;
    accept(scene, &c.bob, &c.a, "a")?;
    let early = send(scene, &c.bob, if winner == "iut" { "a" } else { "b" }, "already decided")?;
    accept(scene, &c.alice, &c.b, "b")?;
    decided(scene, &c.alice, winner, "waiting")?;
    receive(scene, &c.alice, &early, if winner == "iut" { Step::Dh } else { Step::Same })?;
    let (session, step) = if winner == "iut" { ("a", Step::Dh) } else { ("b", Step::Dh) };
    pass(scene, &c.alice, &c.bob, session, "so it is", step)?;
    for _ in 0..4 {
        talk(scene, &c.bob, &c.alice, session)?;
    }
    status(scene, &c.alice, session, "established")
}

fn answer_first(scene: &mut Scene) -> Outcome {
    let c = crossing(scene, "iut")?;
    accept(scene, &c.bob, &c.a, "a")?;
    pass(scene, &c.bob, &c.alice, "a", "the answer", Step::Dh)?;
    status(scene, &c.alice, "a", "established")?;
    accept(scene, &c.alice, &c.b, "b")?;
    decided(scene, &c.alice, "iut", "established")?;
    for _ in 0..4 {
        talk(scene, &c.alice, &c.bob, "a")?;
    }
    Ok(())
}

fn own_answer_first(scene: &mut Scene) -> Outcome {
    let c = crossing(scene, "peer")?;
    accept(scene, &c.alice, &c.b, "b")?;
    decided(scene, &c.alice, "peer", "")?;
    pass(scene, &c.alice, &c.bob, "b", "the answer", Step::Dh)?;
    accept(scene, &c.bob, &c.a, "a")?;
    for _ in 0..4 {
        talk(scene, &c.bob, &c.alice, "b")?;
    }
    Ok(())
}

/// Case 4 up to the window, case 5 from then on: the event is the difference.
fn window(scene: &mut Scene, twin: Twin) -> Outcome {
    let c = crossing(scene, "iut")?;
    accept(scene, &c.bob, &c.a, "a")?;
    pass(scene, &c.bob, &c.alice, "a", "the answer", Step::Dh)?;
    scene.advance(DAY - twin.pick(1, 0), &[c.alice.party, c.bob.party])?;
    let out = accept_call(scene, c.alice.party, &c.b, "b").accepted()?;
    event(&out, &c.alice, twin.pick("new_session", "session_replaced"))?;
    status(scene, &c.alice, "b", twin.pick("archived", "unaccepted"))?;
    status(scene, &c.alice, "a", "established")?;
    if twin == Twin::Deviant {
        send_call(scene, c.alice.party, "b", "hello").refused_with("session_replaced")?;
    }
    talk(scene, &c.alice, &c.bob, "a")
}

fn old(scene: &mut Scene) -> Outcome {
    let c = crossing(scene, "iut")?;
    scene.advance(3 * DAY, &[c.alice.party, c.bob.party])?;
    accept(scene, &c.alice, &c.b, "b")?;
    decided(scene, &c.alice, "iut", "waiting")?;
    accept(scene, &c.bob, &c.a, "a")?;
    converged(scene, &c, "iut")
}

fn resumed(scene: &mut Scene, winner: &'static str) -> Outcome {
    let (alice, bob) = rivals(scene, winner)?;
    connect(scene, &alice, &bob, "s")?;
    let c = begun(scene, alice, bob, false)?;
    accept(scene, &c.alice, &c.b, "b")?;
    decided(scene, &c.alice, winner, "waiting")?;
    status(scene, &c.alice, "s", "archived")?;
    accept(scene, &c.bob, &c.a, "a")?;
    converged(scene, &c, winner)
}

fn other_origin(scene: &mut Scene) -> Outcome {
    let (alice, bob) = rivals(scene, "peer")?;
    connect(scene, &alice, &bob, "s")?;
    let c = begun(scene, alice, bob, true)?;
    let out = accept_call(scene, c.alice.party, &c.b, "b").accepted()?;
    event(&out, &c.alice, "session_replaced")?;
    status(scene, &c.alice, "a", "waiting")?;
    status(scene, &c.alice, "b", "unaccepted")?;
    send_call(scene, c.alice.party, "b", "hello").refused_with("session_replaced")
}

/// By its key the implementation would win.
fn recovery_wins(scene: &mut Scene) -> Outcome {
    let (alice, bob) = rivals(scene, "iut")?;
    let c = begun(scene, alice, bob, true)?;
    accept(scene, &c.alice, &c.b, "b")?;
    decided(scene, &c.alice, "peer", "")?;
    accept(scene, &c.bob, &c.a, "a")?;
    converged(scene, &c, "peer")
}

fn recovery_late(scene: &mut Scene) -> Outcome {
    let (alice, bob) = rivals(scene, "peer")?;
    connect(scene, &alice, &bob, "s")?;
    let served = fetch(scene, &alice)?;
    initiate_call(scene, bob.party, &alice, "b", &served).integer("recovery", 1).ok()?;
    let b = send(scene, &bob, "b", "from b")?;
    event(&accept_call(scene, alice.party, &b, "b").accepted()?, &alice, "session_replaced")?;
    status(scene, &alice, "s", "established")?;
    status(scene, &alice, "b", "unaccepted")
}

fn loser(scene: &mut Scene, winner: &'static str) -> Outcome {
    let c = crossing(scene, winner)?;
    let late = send(scene, &c.bob, "b", "late")?;
    let own_late = send(scene, &c.alice, "a", "late")?;
    accept(scene, &c.alice, &c.b, "b")?;
    accept(scene, &c.bob, &c.a, "a")?;
    let lost = if winner == "iut" { "b" } else { "a" };
    send_call(scene, c.alice.party, lost, "hello").refused_with("archived")?;
    converged(scene, &c, winner)?;
    receive(scene, &c.alice, &late, Step::Same)?;
    receive(scene, &c.bob, &own_late, Step::Same).map(drop)
}

/// Whether a message that the peer has received announces a loser.
fn announced(out: &Out, id: &str) -> Outcome<bool> {
    let announcement = format!("0001:{id}");
    Ok(out.list("non_critical")?.contains(&announcement))
}

fn announces(scene: &mut Scene) -> Outcome {
    let c = crossing(scene, "iut")?;
    accept(scene, &c.bob, &c.a, "a")?;
    let before = send(scene, &c.alice, "a", "before")?;
    accept(scene, &c.alice, &c.b, "b")?;
    demand(
        !announced(&receive(scene, &c.bob, &before, Step::Same)?, &c.b_id)?,
        "announced before it knew",
    )?;
    for body in ["one", "two"] {
        let mail = send(scene, &c.alice, "a", body)?;
        let out = receive(scene, &c.bob, &mail, Step::Same)?;
        demand(announced(&out, &c.b_id)?, "the loser is not announced")?;
    }
    pass(scene, &c.bob, &c.alice, "a", "without the flag", Step::Dh)?;
    let mail = send(scene, &c.alice, "a", "three")?;
    let out = receive(scene, &c.bob, &mail, Step::Dh)?;
    demand(announced(&out, &c.b_id)?, "no longer announced though no flag has come")?;
    pass(scene, &c.bob, &c.alice, "a", "with the flag", Step::Dh)?;
    for body in ["four", "five", "six"] {
        let mail = send(scene, &c.alice, "a", body)?;
        let out = receive(scene, &c.bob, &mail, Step::Dh)?;
        demand(!announced(&out, &c.b_id)?, "still announced after the flag")?;
        demand(out.integer("x_flags")? == 0, "the winner's initiator sets the flag")?;
        pass(scene, &c.bob, &c.alice, "a", "so it is", Step::Dh)?;
    }
    Ok(())
}

fn flags(scene: &mut Scene, c: &Crossing, body: &str, step: Step, expected: u64) -> Outcome {
    let mail = send(scene, &c.alice, "b", body)?;
    let flags = receive(scene, &c.bob, &mail, step)?.integer("x_flags")?;
    demand(flags == expected, &format!("\"{body}\" has flags {flags}, not {expected}"))
}

fn absorbs(scene: &mut Scene) -> Outcome {
    let c = crossing(scene, "peer")?;
    accept(scene, &c.alice, &c.b, "b")?;
    accept(scene, &c.bob, &c.a, "a")?;
    let mail = send(scene, &c.bob, "b", "the loser was")?;
    let out = receive(scene, &c.alice, &mail, Step::Same)?;
    demand_of(Home::Peer, announced(&out, &c.a_id)?, || "does not announce the loser".to_owned())?;
    flags(scene, &c, "armed", Step::Dh, 0)?;
    flags(scene, &c, "still armed", Step::Same, 0)?;
    pass(scene, &c.bob, &c.alice, "b", "go on", Step::Dh)?;
    flags(scene, &c, "absorbed", Step::Dh, 1)?;
    flags(scene, &c, "in the whole chain", Step::Same, 1)?;
    pass(scene, &c.bob, &c.alice, "b", "thanks", Step::Dh)?;
    flags(scene, &c, "done", Step::Dh, 0)?;
    pass(scene, &c.bob, &c.alice, "b", "thanks", Step::Dh)?;
    flags(scene, &c, "done for ever", Step::Dh, 0)
}

fn unknown_loser(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    for deviation in ["absorb-unknown-session", "absorb-malformed"] {
        let out = send_call(scene, alice.party, "s", "hello").deviate(deviation).ok()?;
        receive(scene, &bob, &mail(&out, "hello")?, Step::Dh)?;
        let answer = send(scene, &bob, "s", "well")?;
        let out = receive(scene, &alice, &answer, Step::Dh)?;
        demand(out.integer("x_flags")? == 0, "the flag is set without a loser")?;
    }
    talk(scene, &alice, &bob, "s")
}

fn again(scene: &mut Scene) -> Outcome {
    let c = crossing(scene, "iut")?;
    accept(scene, &c.alice, &c.b, "b")?;
    accept_call(scene, c.alice.party, &c.b, "c").refused_with("duplicate")?;
    accept(scene, &c.bob, &c.a, "a")?;
    converged(scene, &c, "iut")?;
    accept_call(scene, c.alice.party, &c.b, "c").refused_with("duplicate")?;
    decided(scene, &c.alice, "iut", "established")
}
