//! Which session of a pair is live: replacement, acceptance, ages, closing.

use super::stage::{
    ASKED, ASKED_STORED, DAY, Device, LIMITED, Mail, Part, Step, WATCH, accept, accept_call, cast,
    connect, count, demand, demand_of, established, event, fetch, initiate, initiate_call, limits,
    mail, meet, pass, receive, receive_call, restart, send, send_call, status, talk, waiting,
};
use super::twins::judge;
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::Scene;

const fn case(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, WATCH).suite(super::PROFILE).with_peer()
}

const fn asked(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses)
        .mutants(&["H22"])
        .needs(Access::L2, ASKED)
        .suite(super::PROFILE)
        .with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive("PW-REP-FIRST-001p", "A pair's first session is established at once (case 1).", first), &["REP-01"]),
    case(Case::positive("PW-REP-RESUME-002p", "A session made with the live one's PSK replaces it (case 2).", resumed_by_peer), &["REP-01", "REP-03"]).mutants(&["H28"]),
    case(Case::positive("PW-REP-RESUME-003p", "Who initiates again uses the live session's PSK (case 2).", resumed), &["REP-03"]).mutants(&["H28", "H22"]),
    case(Case::positive("PW-REP-RESUME-004p", "Resumption goes on from session to session.", chain), &["REP-03", "REP-01"]).mutants(&["H28"]),
    asked(Case::positive("PW-REP-ASK-005p", "Without that PSK the caller is asked (case 5), as responder of the old one.", asked_responder), &["REP-01", "REP-02"]),
    asked(Case::positive("PW-REP-ASK-006p", "Without that PSK the caller is asked (case 5), as initiator of the old one.", asked_initiator), &["REP-01", "REP-02"]),
    asked(Case::positive("PW-REP-ASK-007p", "A peer that lost its session and says nothing of it is not let in.", lost), &["REP-01"]),
    asked(Case::negative("PW-REP-SILENT-008n", "Nothing is sent in an unaccepted session.", unaccepted), &["REP-02"]),
    asked(Case::positive("PW-REP-ACCEPT-009p", "An accepted session takes the live one's place.", accepted), &["REP-02"]),
    asked(Case::positive("PW-REP-DECLINE-010p", "A declined session is gone and the live one stays.", declined), &["REP-02", "HS-10"]),
    asked(Case::positive("PW-REP-SECOND-011p", "A second unaccepted session takes the place of the first, which is deleted.", second), &["REP-02"]),
    asked(Case::positive("PW-REP-RECEIVE-012p", "An unaccepted session receives, and so does the live one.", both_receive), &["REP-02"]),
    asked(Case::positive("PW-REP-RESTART-013p", "The question outlives a restart.", restarted), &["REP-02", "STA-08"]).needs(Access::L2, ASKED_STORED),
    case(Case::negative("PW-REP-AGAIN-014n", "While a young session waits no other is begun.", again), &["REP-13", "LIM-02"]),
    case(Case::positive("PW-REP-AGAIN-015p", "A session that has waited too long gives way to a new one.", again_later), &["REP-13", "REP-03"]),
    case(Case::negative("PW-REP-EXTERNAL-016n", "An external PSK beside a resumption PSK is misuse.", external), &["REP-03"]).mutants(&["H28"]),
    case(Case::negative("PW-REP-ARCHIVED-017n", "Nothing is sent in an archived session.", archived), &["REP-03"]),
    case(Case::positive("PW-REP-ARCHIVED-018p", "An archived session receives what was under way.", drained), &["REP-03", "REP-04"]),
    case(Case::negative("PW-REP-AGE-019n", "A session older than max_session_age does not send.", too_old), &["REP-08", "LIM-02"]),
    case(Case::positive("PW-REP-AGE-020p", "A session older than max_session_age receives.", too_old_receives), &["REP-08"]),
    case(Case::negative("PW-REP-KEPT-021n", "An archived session goes after archive_age.", archive_age), &["REP-09", "LIM-02", "STA-10"]),
    case(Case::negative("PW-REP-KEPT-022n", "The oldest archived session goes when there are too many.", archive_count), &["REP-09"]).needs(Access::L2, LIMITED),
    case(Case::negative("PW-REP-CLOSE-023n", "Nothing is sent in a session that was closed here.", closed), &["REP-10"]),
    case(Case::negative("PW-REP-CLOSE-024n", "Nothing is sent in a session that the peer has closed.", closed_by_peer), &["REP-10"]),
    case(Case::negative("PW-REP-CLOSE-025n", "Nothing is received in a closed session.", closed_receives), &["REP-10", "ENV-04"]),
    case(Case::positive("PW-REP-CLOSE-026p", "After a close the pair begins anew without a PSK.", closed_anew), &["REP-10", "REP-03"]),
    asked(Case::positive("PW-REP-PENDING-027p", "A pending question outlives a handshake of the own side.", pending), &["REP-03", "REP-02"]),
    asked(Case::positive("PW-REP-OLDER-029p", "A session made with the PSK of an older one does not replace the live one.", older_psk), &["REP-01"]).mutants(&["H22"]),
    asked(Case::negative("PW-REP-PENDING-028n", "Nobody recovers while a question is pending.", pending_recovery), &["REP-13"]),
];

fn first(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    status(scene, &bob, "s", "established")?;
    talk(scene, &alice, &bob, "s")
}

/// A new session of the pair, as the peer makes it: its first message.
fn renewed(
    scene: &mut Scene,
    peer: &Device,
    iut: &Device,
    session: &str,
    recovery: bool,
) -> Outcome<Mail> {
    let served = fetch(scene, iut)?;
    let call = initiate_call(scene, peer.party, iut, session, &served);
    let call = if recovery { call.integer("recovery", 1) } else { call };
    call.ok()?;
    send(scene, peer, session, "hello again")
}

fn resumed_by_peer(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let hello = renewed(scene, &alice, &bob, "t", false)?;
    accept(scene, &bob, &hello, "t")?;
    status(scene, &bob, "s", "archived")?;
    status(scene, &bob, "t", "established")?;
    pass(scene, &bob, &alice, "t", "hello again", Step::Dh)?;
    talk(scene, &alice, &bob, "t")
}

fn resumed(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let served = fetch(scene, &bob)?;
    let out = initiate(scene, &alice, &bob, "t", &served)?;
    demand(out.integer("resumed")? == 1, "pw.initiate: not resumed")?;
    status(scene, &alice, "s", "archived")?;
    status(scene, &alice, "t", "waiting")?;
    meet(scene, &alice, &bob, "t")?;
    pass(scene, &bob, &alice, "t", "hello again", Step::Dh)?;
    talk(scene, &alice, &bob, "t")
}

/// In both directions, so that the PSK of a session in which the own side responded is used too.
fn chain(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let hello = renewed(scene, &bob, &alice, "t", false)?;
    accept(scene, &alice, &hello, "t")?;
    pass(scene, &alice, &bob, "t", "hello again", Step::Dh)?;
    let served = fetch(scene, &bob)?;
    demand(initiate(scene, &alice, &bob, "u", &served)?.integer("resumed")? == 1, "not resumed")?;
    meet(scene, &alice, &bob, "u")?;
    pass(scene, &bob, &alice, "u", "hello again", Step::Dh)?;
    let hello = renewed(scene, &bob, &alice, "v", false)?;
    accept(scene, &alice, &hello, "v")?;
    pass(scene, &alice, &bob, "v", "hello again", Step::Dh)
}

/// The implementation and the peer with a live session `s` and an unaccepted one `n`.
fn question(scene: &mut Scene, part: Part) -> Outcome<(Device, Device)> {
    let (alice, bob) = established(scene, part)?;
    let (iut, peer) = if part == Part::Initiator { (alice, bob) } else { (bob, alice) };
    let hello = renewed(scene, &peer, &iut, "n", true)?;
    let out = accept_call(scene, iut.party, &hello, "n").accepted()?;
    event(&out, &iut, "session_replaced")?;
    out.is("body", &hello.body)?;
    status(scene, &iut, "n", "unaccepted")?;
    status(scene, &iut, "s", "established")?;
    Ok((iut, peer))
}

fn asked_responder(scene: &mut Scene) -> Outcome {
    let (iut, peer) = question(scene, Part::Responder)?;
    let mail = send(scene, &iut, "s", "in the old one")?;
    receive(scene, &peer, &mail, Step::Same).map(drop)
}

fn asked_initiator(scene: &mut Scene) -> Outcome {
    let (iut, peer) = question(scene, Part::Initiator)?;
    let mail = send(scene, &iut, "s", "in the old one")?;
    receive(scene, &peer, &mail, Step::Dh).map(drop)
}

/// Its state is from before the session; the implementation was the responder.
fn lost(scene: &mut Scene) -> Outcome {
    let (alice, bob) = cast(scene, Part::Responder)?;
    scene.save(alice.party)?;
    connect(scene, &alice, &bob, "s")?;
    scene.call(alice.party, "party.free").ok()?;
    scene.load(alice.party)?;
    let hello = renewed(scene, &alice, &bob, "n", false)?;
    let out = accept_call(scene, bob.party, &hello, "n").accepted()?;
    event(&out, &bob, "session_replaced")?;
    status(scene, &bob, "n", "unaccepted")?;
    status(scene, &bob, "s", "established")
}

/// The peer's state is from before the live session, which it has made itself.
fn older_psk(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    scene.save(alice.party)?;
    let hello = renewed(scene, &alice, &bob, "t", false)?;
    accept(scene, &bob, &hello, "t")?;
    scene.call(alice.party, "party.free").ok()?;
    scene.load(alice.party)?;
    let served = fetch(scene, &bob)?;
    let out = initiate_call(scene, alice.party, &bob, "n", &served).ok()?;
    demand_of(alice.party.home, out.integer("resumed")? == 1, || "not resumed".to_owned())?;
    let hello = send(scene, &alice, "n", "hello from before")?;
    let out = accept_call(scene, bob.party, &hello, "n").accepted()?;
    event(&out, &bob, "session_replaced")?;
    status(scene, &bob, "n", "unaccepted")?;
    status(scene, &bob, "t", "established")
}

/// Control: in the live session.
fn unaccepted(scene: &mut Scene, twin: Twin) -> Outcome {
    let (iut, peer) = question(scene, Part::Responder)?;
    judge(send_call(scene, iut.party, twin.pick("s", "n"), "hello"), twin, "session_replaced")?;
    scene.call(iut.party, "pw.accept_session").session("n").accepted()?;
    pass(scene, &iut, &peer, "n", "welcome back", Step::Dh)
}

fn accepted(scene: &mut Scene) -> Outcome {
    let (iut, peer) = question(scene, Part::Responder)?;
    scene.call(iut.party, "pw.accept_session").session("n").accepted()?;
    status(scene, &iut, "n", "established")?;
    status(scene, &iut, "s", "archived")?;
    pass(scene, &iut, &peer, "n", "welcome back", Step::Dh)?;
    talk(scene, &peer, &iut, "n")?;
    send_call(scene, iut.party, "s", "in the old one").refused_with("archived")
}

fn declined(scene: &mut Scene) -> Outcome {
    let (iut, peer) = question(scene, Part::Responder)?;
    let late = send(scene, &peer, "n", "are you there")?;
    scene.call(iut.party, "pw.decline_session").session("n").accepted()?;
    count(scene, &iut, "sessions", 1)?;
    accept_call(scene, iut.party, &late, "again").refused_with("replay")?;
    status(scene, &iut, "s", "established")?;
    let mail = send(scene, &iut, "s", "in the old one")?;
    receive(scene, &peer, &mail, Step::Same).map(drop)
}

fn second(scene: &mut Scene) -> Outcome {
    let (iut, peer) = question(scene, Part::Responder)?;
    scene.advance(2 * DAY, &[iut.party, peer.party])?;
    let hello = renewed(scene, &peer, &iut, "o", true)?;
    let out = accept_call(scene, iut.party, &hello, "o").accepted()?;
    event(&out, &iut, "session_replaced")?;
    status(scene, &iut, "o", "unaccepted")?;
    status(scene, &iut, "s", "established")?;
    count(scene, &iut, "sessions", 2)?;
    scene.call(iut.party, "pw.accept_session").session("n").refused_with("misuse")?;
    scene.call(iut.party, "pw.accept_session").session("o").accepted()?;
    pass(scene, &iut, &peer, "o", "welcome back", Step::Dh)
}

fn both_receive(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Responder)?;
    let under_way = send(scene, &alice, "s", "under way")?;
    let hello = renewed(scene, &alice, &bob, "n", true)?;
    event(&accept_call(scene, bob.party, &hello, "n").accepted()?, &bob, "session_replaced")?;
    let more = send(scene, &alice, "n", "are you there")?;
    receive(scene, &bob, &more, Step::Same)?;
    receive(scene, &bob, &under_way, Step::Dh).map(drop)
}

fn restarted(scene: &mut Scene) -> Outcome {
    let (iut, peer) = question(scene, Part::Responder)?;
    restart(scene, &iut)?;
    status(scene, &iut, "n", "unaccepted")?;
    send_call(scene, iut.party, "n", "hello").refused_with("session_replaced")?;
    scene.call(iut.party, "pw.accept_session").session("n").accepted()?;
    pass(scene, &iut, &peer, "n", "welcome back", Step::Dh)
}

fn again(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    let later = DAY - twin.pick(0, 1);
    scene.advance(later, &[alice.party, bob.party])?;
    let served = fetch(scene, &bob)?;
    judge(initiate_call(scene, alice.party, &bob, "t", &served), twin, "misuse")?;
    meet(scene, &alice, &bob, twin.pick("t", "s")).map(drop)
}

fn again_later(scene: &mut Scene) -> Outcome {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    send(scene, &alice, "s", "lost")?;
    scene.advance(2 * DAY, &[alice.party, bob.party])?;
    let served = fetch(scene, &bob)?;
    let out = initiate(scene, &alice, &bob, "t", &served)?;
    demand(out.integer("resumed")? == 0, "resumed from a session that nobody has answered")?;
    status(scene, &alice, "s", "archived")?;
    meet(scene, &alice, &bob, "t")?;
    pass(scene, &bob, &alice, "t", "hello to you", Step::Dh)?;
    talk(scene, &alice, &bob, "t")
}

fn external(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let served = fetch(scene, &bob)?;
    let call = initiate_call(scene, alice.party, &bob, "t", &served);
    let call =
        if twin == Twin::Deviant { call.text("psk_id", "6b").text("psk", "5f") } else { call };
    judge(call, twin, "misuse")?;
    if twin == Twin::Deviant {
        talk(scene, &alice, &bob, "s")?;
    }
    Ok(())
}

/// Control: in the session that took its place.
fn archived(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "t", &served)?;
    judge(send_call(scene, alice.party, twin.pick("t", "s"), "hello"), twin, "archived")?;
    meet(scene, &alice, &bob, "t").map(drop)
}

fn drained(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let one = send(scene, &bob, "s", "one")?;
    let two = send(scene, &bob, "s", "two")?;
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "t", &served)?;
    receive(scene, &alice, &two, Step::Same)?;
    meet(scene, &alice, &bob, "t")?;
    receive(scene, &alice, &one, Step::Same)?;
    status(scene, &alice, "s", "archived")
}

fn too_old(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    scene.advance(90 * DAY - twin.pick(1, 0), &[alice.party, bob.party])?;
    judge(send_call(scene, alice.party, "s", "hello"), twin, "session_expired")
}

fn too_old_receives(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    scene.advance(90 * DAY - 1, &[alice.party, bob.party])?;
    let one = send(scene, &bob, "s", "just in time")?;
    scene.advance(2, &[alice.party])?;
    receive(scene, &alice, &one, Step::Same)?;
    send_call(scene, alice.party, "s", "too late").refused_with("session_expired")
}

/// What was under way in a session that is archived then.
fn archive_age(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let under_way = send(scene, &bob, "s", "under way")?;
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "t", &served)?;
    meet(scene, &alice, &bob, "t")?;
    // With this answer `t` waits no more, and what it was made from is like other archived ones.
    pass(scene, &bob, &alice, "t", "hello to you", Step::Dh)?;
    scene.advance(14 * DAY - twin.pick(1, 0), &[alice.party, bob.party])?;
    judge(receive_call(scene, alice.party, &under_way, Step::Same), twin, "undecryptable")?;
    pass(scene, &bob, &alice, "t", "hello to you", Step::Same)
}

fn archive_count(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    limits(scene, alice.party, &[twin.pick("max_archived=3", "max_archived=2")])?;
    let under_way = send(scene, &bob, "s", "under way")?;
    for session in ["t", "u", "v"] {
        let served = fetch(scene, &bob)?;
        initiate(scene, &alice, &bob, session, &served)?;
        meet(scene, &alice, &bob, session)?;
        pass(scene, &bob, &alice, session, "hello again", Step::Dh)?;
    }
    count(scene, &alice, "sessions", twin.pick(4, 3))?;
    judge(receive_call(scene, alice.party, &under_way, Step::Same), twin, "undecryptable")?;
    talk(scene, &alice, &bob, "v")
}

fn close(scene: &mut Scene, at: &Device, session: &str) -> Outcome<Mail> {
    let call = scene.call(at.party, "pw.send").session(session).integer("content_type", 1);
    mail(&call.text("body", "").accepted()?, "")
}

fn closed(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    if twin == Twin::Deviant {
        let last = close(scene, &alice, "s")?;
        status(scene, &alice, "s", "closed")?;
        receive_call(scene, bob.party, &last, Step::Dh).accepted()?;
    }
    judge(send_call(scene, alice.party, "s", "hello"), twin, "closed")
}

fn closed_by_peer(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    if twin == Twin::Deviant {
        let last = close(scene, &bob, "s")?;
        receive_call(scene, alice.party, &last, Step::Same).accepted()?;
        status(scene, &alice, "s", "closed")?;
    }
    judge(send_call(scene, alice.party, "s", "hello"), twin, "closed")
}

fn closed_receives(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let under_way = send(scene, &bob, "s", "under way")?;
    if twin == Twin::Deviant {
        close(scene, &alice, "s")?;
    }
    judge(receive_call(scene, alice.party, &under_way, Step::Same), twin, "undecryptable")
}

fn closed_anew(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let last = close(scene, &alice, "s")?;
    receive_call(scene, bob.party, &last, Step::Dh).accepted()?;
    let served = fetch(scene, &bob)?;
    let out = initiate(scene, &alice, &bob, "t", &served)?;
    demand(out.integer("resumed")? == 0, "resumed from a closed session")?;
    meet(scene, &alice, &bob, "t")?;
    pass(scene, &bob, &alice, "t", "hello again", Step::Dh)
}

/// The caller resumes the live session first, and accepts the other one then.
fn pending(scene: &mut Scene) -> Outcome {
    let (iut, peer) = question(scene, Part::Responder)?;
    let served = fetch(scene, &peer)?;
    let out = initiate(scene, &iut, &peer, "t", &served)?;
    demand(out.integer("resumed")? == 1, "not resumed")?;
    status(scene, &iut, "s", "archived")?;
    status(scene, &iut, "t", "waiting")?;
    status(scene, &iut, "n", "unaccepted")?;
    scene.call(iut.party, "pw.accept_session").session("n").accepted()?;
    status(scene, &iut, "t", "archived")?;
    status(scene, &iut, "n", "established")?;
    pass(scene, &iut, &peer, "n", "welcome back", Step::Dh)
}

fn pending_recovery(scene: &mut Scene, twin: Twin) -> Outcome {
    let (iut, peer) = question(scene, Part::Responder)?;
    let served = fetch(scene, &peer)?;
    if twin == Twin::Control {
        scene.call(iut.party, "pw.decline_session").session("n").accepted()?;
    }
    let call = initiate_call(scene, iut.party, &peer, "r", &served);
    judge(call.integer("recovery", 1), twin, "misuse")
}
