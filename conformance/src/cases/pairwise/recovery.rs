//! Recovery after a lost state.

use super::stage::{
    DAY, Device, Part, STORED, Step, WATCH, accept_call, cast, connect, count, demand, device,
    established, event, fetch, initiate_call, mail, meet, pass, receive_call, send, send_call,
    status, talk, waiting,
};
use super::twins::judge;
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::{Call, Decision, Home, Scene};

const fn case(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, WATCH).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive("PW-REC-LOST-001p", "What cannot be read starts nothing; the caller recovers.", lost), &["REP-11", "REP-12"]).needs(Access::L2, STORED),
    case(Case::positive("PW-REC-EXTENSION-002p", "A recovery says that it is one, and uses no resumption PSK.", extension), &["REP-12"]).mutants(&["H28"]),
    case(Case::negative("PW-REC-INTERVAL-003n", "A second recovery within recovery_interval is refused.", interval), &["REP-12"]),
    case(Case::positive("PW-REC-OTHERS-004p", "The interval is of one pair alone.", others), &["REP-12"]),
    case(Case::positive("PW-REC-WAITING-005p", "A recovery may be begun while a session waits.", while_waiting), &["REP-13", "REP-12"]),
    case(Case::positive("PW-REC-PSK-006p", "A recovery may use an external PSK.", external), &["REP-03", "REP-12"]),
    case(Case::positive("PW-REC-EMPTY-007p", "A recovery at a peer without a session is accepted at once.", nothing_there), &["REP-12"]),
    case(Case::negative("PW-REC-REFUSED-008n", "A recovery that was refused does not count.", refused), &["REP-12", "ENC-11"]),
];

fn recover<'s, 'a>(
    scene: &'s mut Scene<'a>,
    from: &Device,
    to: &Device,
    session: &str,
    bundle: &str,
) -> Call<'s, 'a> {
    initiate_call(scene, from.party, to, session, bundle).integer("recovery", 1)
}

/// The implementation's state is from before the session; the peer's user is asked.
fn lost(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Initiator)?;
    scene.save(alice.party)?;
    connect(scene, &alice, &bob, "s")?;
    scene.call(alice.party, "party.free").ok()?;
    scene.load(alice.party)?;
    let unread = send(scene, &bob, "s", "unread")?;
    receive_call(scene, alice.party, &unread, Step::Dh).refused_with("undecryptable")?;
    count(scene, &alice, "sessions", 0)?;
    let served = fetch(scene, &bob)?;
    recover(scene, &alice, &bob, "r", &served).accepted()?;
    let first = send(scene, &alice, "r", "I have lost it")?;
    let out = accept_call(scene, bob.party, &first, "r").ok()?;
    event(&out, &bob, "session_replaced")?;
    scene.call(bob.party, "pw.accept_session").session("r").ok()?;
    pass(scene, &bob, &alice, "r", "never mind", Step::Dh)?;
    talk(scene, &alice, &bob, "r")
}

/// As the peer has opened the identity: no PSK, and one extension of type 1 without data.
fn extension(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let served = fetch(scene, &bob)?;
    let out = recover(scene, &alice, &bob, "r", &served).accepted()?;
    demand(out.integer("resumed")? == 0, "a recovery is resumed")?;
    status(scene, &alice, "s", "archived")?;
    let first = send(scene, &alice, "r", "hello")?;
    let out = accept_call(scene, bob.party, &first, "r").ok()?;
    let identity = out.hex("x_identity")?;
    let expected = alice.lists() + &alice.credential + "000003000100";
    demand(identity == expected, &format!("InitiatorIdentity is {identity}, not {expected}"))?;
    event(&out, &bob, "session_replaced")
}

fn interval(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let served = fetch(scene, &bob)?;
    recover(scene, &alice, &bob, "r", &served).accepted()?;
    scene.advance(3600 - twin.pick(0, 1), &[alice.party, bob.party])?;
    let served = fetch(scene, &bob)?;
    judge(recover(scene, &alice, &bob, "t", &served), twin, "limit")?;
    let first = send(scene, &alice, twin.pick("t", "r"), "hello")?;
    event(&accept_call(scene, bob.party, &first, "n").ok()?, &bob, "session_replaced")
}

fn others(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let carol = device(scene, "carol", Home::Peer)?;
    connect(scene, &alice, &carol, "c")?;
    for (other, session) in [(&bob, "r"), (&carol, "t")] {
        let served = fetch(scene, other)?;
        recover(scene, &alice, other, session, &served).accepted()?;
    }
    Ok(())
}

fn while_waiting(scene: &mut Scene) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    let served = fetch(scene, &bob)?;
    initiate_call(scene, alice.party, &bob, "r", &served).refused_with("misuse")?;
    recover(scene, &alice, &bob, "r", &served).accepted()?;
    status(scene, &alice, "s", "archived")?;
    meet(scene, &alice, &bob, "r")?;
    pass(scene, &bob, &alice, "r", "hello to you", Step::Dh)
}

fn external(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let served = fetch(scene, &bob)?;
    let call = recover(scene, &alice, &bob, "r", &served);
    call.text("psk_id", "6b").text("psk", "5f").accepted()?;
    let out = send_call(scene, alice.party, "r", "hello").accepted()?;
    let first = mail(&out, "hello")?;
    let call = accept_call(scene, bob.party, &first, "r").text("psk_id", "6b").text("psk", "5f");
    event(&call.ok()?, &bob, "session_replaced")
}

fn nothing_there(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    let served = fetch(scene, &bob)?;
    recover(scene, &alice, &bob, "r", &served).ok()?;
    meet(scene, &alice, &bob, "r")?;
    status(scene, &bob, "r", "established")?;
    pass(scene, &bob, &alice, "r", "hello to you", Step::Dh)
}

/// Control: none was tried before.
fn refused(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let served = fetch(scene, &bob)?;
    let cut = served.get(..served.len() - 2).unwrap_or_default();
    let call = recover(scene, &alice, &bob, "r", twin.pick(&served, cut));
    judge(call, twin, "malformed")?;
    if twin == Twin::Deviant {
        let call = recover(scene, &alice, &bob, "r", &served);
        match call.send()? {
            Decision::Accepted(_) => {}
            Decision::Refused(class) => demand(false, &format!("then refused with \"{class}\""))?,
        }
    }
    scene.advance(DAY, &[alice.party, bob.party])?;
    send(scene, &alice, "r", "hello").map(drop)
}
