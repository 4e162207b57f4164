//! A handshake that was given up for another and is answered after all.

use super::gone_on::of_two_origins;
use super::simultaneous::rivals;
use super::stage::{
    ASKED, DAY, Device, Mail, Part, STORED, Step, WATCH, accept, accept_call, established, event,
    fetch, initiate, initiate_call, mail, pass, receive, receive_call, restart, send, send_call,
    status, talk, waiting,
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
    case(Case::positive("PW-REP-BACK-036p", "One that resumed another session than the live one did does not come back.", other_origin), &["REP-14"]),
    case(Case::positive("PW-REP-BACK-037p", "It stays live after a restart.", restarted), &["REP-14", "STA-08"]).needs(Access::L2, STORED),
    case(Case::positive("PW-REP-WAITING-038p", "A session resumed by the peer replaces the one that waits for its answer (case 2).", resumed_by_peer), &["REP-01", "REP-14"]),
    case(Case::positive("PW-REP-TIE-051p", "Of two of the same second the recovery is the later one: answered, it is live again.", tie), &["REP-14"]).needs(Access::L2, ASKED),
    case(Case::positive("PW-REP-TIE-052p", "Of two of the same second the other one is the earlier: answered late, it stays archived.", tie_earlier), &["REP-14"]).needs(Access::L2, ASKED),
    case(Case::positive("PW-REP-CLOSED-053p", "A handshake given up whose first answer is a `close` is closed, and the other one goes on.", closed), &["REP-14", "REP-10"]),
    case(Case::positive("PW-REP-CLOSED-054p", "So it is where the other one was answered in the meantime.", closed_answered), &["REP-14", "REP-10"]).needs(Access::L2, ASKED),
    case(Case::positive("PW-REP-NOLIVE-080p", "A handshake that was given up is live when it is answered and the other one is closed.", own_close), &["REP-14", "REP-10"]),
    case(Case::positive("PW-REP-NOLIVE-081p", "So it is after a restart.", own_close_restarted), &["REP-14", "STA-08"]).needs(Access::L2, STORED),
    case(Case::positive("PW-REP-NOLIVE-082p", "Where the peer closes the one that came back and goes on in the later one, that is live.", goes_on_in_later), &["REP-14", "REP-10"]).needs(Access::L2, ASKED),
    case(Case::positive("PW-REP-NOLIVE-083p", "A `close` brings nothing back where no session is live.", close_alone), &["REP-14", "REP-10"]),
    case(Case::positive("PW-REP-NOLIVE-084p", "A session that has been answered before stays archived where no session is live.", received_before), &["REP-14"]),
    case(Case::positive("PW-REP-NOLIVE-085p", "A session that the peer has made stays archived where no session is live.", made_by_peer), &["REP-14"]),
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
    let (alice, bob, first) = same_second(scene)?;
    accept(scene, &bob, &first, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    both(scene, &alice, "established", "archived")?;
    talk(scene, &alice, &bob, "s")
}

/// `s`, and in the same second `t` as a recovery; the first message of `s` is on its way.
fn same_second(scene: &mut Scene) -> Outcome<(Device, Device, Mail)> {
    let (alice, bob) = waiting(scene, Part::Initiator)?;
    let first = send(scene, &alice, "s", "hello")?;
    let served = fetch(scene, &bob)?;
    initiate_call(scene, alice.party, &bob, "t", &served).integer("recovery", 1).accepted()?;
    both(scene, &alice, "archived", "waiting")?;
    Ok((alice, bob, first))
}

/// The peer answers `s`, so that it is back, and its user accepts the recovery then.
fn tie(scene: &mut Scene) -> Outcome {
    let (alice, bob, first) = same_second(scene)?;
    let second = send(scene, &alice, "t", "hello again")?;
    accept(scene, &bob, &first, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    both(scene, &alice, "established", "archived")?;
    event(&accept_call(scene, bob.party, &second, "t").accepted()?, &bob, "session_replaced")?;
    scene.call(bob.party, "pw.accept_session").session("t").ok()?;
    pass(scene, &bob, &alice, "t", "hello again to you", Step::Dh)?;
    both(scene, &alice, "archived", "established")?;
    talk(scene, &alice, &bob, "t")
}

/// The peer has the recovery first, and its user accepts `s` then.
fn tie_earlier(scene: &mut Scene) -> Outcome {
    let (alice, bob, first) = same_second(scene)?;
    let second = send(scene, &alice, "t", "hello again")?;
    accept(scene, &bob, &second, "t")?;
    pass(scene, &bob, &alice, "t", "hello to you", Step::Dh)?;
    event(&accept_call(scene, bob.party, &first, "s").accepted()?, &bob, "session_replaced")?;
    scene.call(bob.party, "pw.accept_session").session("s").ok()?;
    pass(scene, &bob, &alice, "s", "in the older one", Step::Dh)?;
    both(scene, &alice, "archived", "established")
}

/// `close` in a session, as it is sent.
fn last(scene: &mut Scene, by: &Device, session: &str) -> Outcome<Mail> {
    let call = scene.call(by.party, "pw.send").session(session).integer("content_type", 1);
    mail(&call.text("body", "").accepted()?, "")
}

/// The peer has taken `s` and closes it.
fn close(scene: &mut Scene, alice: &Device, bob: &Device, first: &Mail) -> Outcome {
    accept(scene, bob, first, "s")?;
    let last = last(scene, bob, "s")?;
    receive_call(scene, alice.party, &last, Step::Dh).accepted().map(drop)
}

fn closed(scene: &mut Scene) -> Outcome {
    let (alice, bob, first) = given_up(scene)?;
    close(scene, &alice, &bob, &first)?;
    both(scene, &alice, "closed", "waiting")?;
    send_call(scene, alice.party, "s", "hello").refused_with("closed")?;
    let second = send(scene, &alice, "t", "hello again")?;
    accept(scene, &bob, &second, "t")?;
    pass(scene, &bob, &alice, "t", "hello to you", Step::Dh)?;
    talk(scene, &alice, &bob, "t")
}

/// `t`, made later, is archived when `s` is answered, and closed by its own first answer.
fn closed_answered(scene: &mut Scene) -> Outcome {
    let (alice, bob, first) = given_up(scene)?;
    let second = send(scene, &alice, "t", "hello again")?;
    accept(scene, &bob, &first, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    both(scene, &alice, "established", "archived")?;
    event(&accept_call(scene, bob.party, &second, "t").ok()?, &bob, "session_replaced")?;
    scene.call(bob.party, "pw.accept_session").session("t").ok()?;
    let last = last(scene, &bob, "t")?;
    receive_call(scene, alice.party, &last, Step::Dh).accepted()?;
    both(scene, &alice, "established", "closed")?;
    pass(scene, &alice, &bob, "s", "still there", Step::Dh)
}

/// `s` is given up for `t`, which the caller closes.
fn closed_by_caller(scene: &mut Scene) -> Outcome<(Device, Device, Mail)> {
    let (alice, bob, first) = given_up(scene)?;
    last(scene, &alice, "t")?;
    both(scene, &alice, "archived", "closed")?;
    send_call(scene, alice.party, "s", "hello").refused_with("archived")?;
    Ok((alice, bob, first))
}

fn own_close(scene: &mut Scene) -> Outcome {
    let (alice, bob, first) = closed_by_caller(scene)?;
    accept(scene, &bob, &first, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    both(scene, &alice, "established", "closed")?;
    talk(scene, &alice, &bob, "s")
}

fn own_close_restarted(scene: &mut Scene) -> Outcome {
    let (alice, bob, first) = closed_by_caller(scene)?;
    restart(scene, &alice)?;
    accept(scene, &bob, &first, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    restart(scene, &alice)?;
    both(scene, &alice, "established", "closed")?;
    talk(scene, &alice, &bob, "s")
}

/// What the peer says in `t`, which its user has accepted, arrives behind the `close` of `s`.
fn goes_on_in_later(scene: &mut Scene) -> Outcome {
    let (alice, bob, first) = given_up(scene)?;
    accept(scene, &bob, &first, "s")?;
    ask(scene, &alice, &bob, "t")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    both(scene, &alice, "established", "archived")?;
    let close = last(scene, &bob, "s")?;
    scene.call(bob.party, "pw.accept_session").session("t").ok()?;
    let news = send(scene, &bob, "t", "going on here")?;
    receive_call(scene, alice.party, &close, Step::Same).accepted()?;
    both(scene, &alice, "closed", "archived")?;
    receive(scene, &alice, &news, Step::Dh)?;
    both(scene, &alice, "closed", "established")?;
    talk(scene, &alice, &bob, "t")
}

fn close_alone(scene: &mut Scene) -> Outcome {
    let (alice, bob, first) = closed_by_caller(scene)?;
    close(scene, &alice, &bob, &first)?;
    both(scene, &alice, "closed", "closed")?;
    send_call(scene, alice.party, "s", "hello").refused_with("closed")
}

/// `s` was answered; `t`, which resumes it, is closed by the caller.
fn received_before(scene: &mut Scene) -> Outcome {
    let (alice, bob) = established(scene, Part::Initiator)?;
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "t", &served)?;
    last(scene, &alice, "t")?;
    pass(scene, &bob, &alice, "s", "late", Step::Same)?;
    both(scene, &alice, "archived", "closed")?;
    send_call(scene, alice.party, "s", "hello").refused_with("archived")
}

/// Both have initiated at once: the implementation's `a` wins, and the caller closes it.
fn made_by_peer(scene: &mut Scene) -> Outcome {
    let (alice, bob) = rivals(scene, "iut")?;
    let (of_alice, of_bob) = (fetch(scene, &alice)?, fetch(scene, &bob)?);
    initiate(scene, &alice, &bob, "a", &of_bob)?;
    initiate(scene, &bob, &alice, "b", &of_alice)?;
    let first = send(scene, &bob, "b", "hello")?;
    accept(scene, &alice, &first, "b")?;
    status(scene, &alice, "b", "archived")?;
    last(scene, &alice, "a")?;
    pass(scene, &bob, &alice, "b", "still there", Step::Same)?;
    status(scene, &alice, "a", "closed")?;
    status(scene, &alice, "b", "archived")?;
    send_call(scene, alice.party, "b", "hello").refused_with("archived")
}

/// A session is established; `t` and, two days later, `u` resume it.
fn resumed_twice(scene: &mut Scene) -> Outcome<(Device, Device)> {
    let (alice, bob) = established(scene, Part::Initiator)?;
    // The stage's first session has the name `s`: the two of this topic are `t` and `u`.
    let served = fetch(scene, &bob)?;
    initiate(scene, &alice, &bob, "t", &served)?;
    let first = send(scene, &alice, "t", "hello again")?;
    scene.advance(2 * DAY, &[alice.party, bob.party])?;
    let served = fetch(scene, &bob)?;
    let out = initiate(scene, &alice, &bob, "u", &served)?;
    super::stage::demand(out.integer("resumed")? == 1, "the second handshake lacks the PSK")?;
    status(scene, &alice, "t", "archived")?;
    accept(scene, &bob, &first, "t")?;
    pass(scene, &bob, &alice, "t", "hello to you", Step::Dh)?;
    Ok((alice, bob))
}

fn same_origin(scene: &mut Scene) -> Outcome {
    let (alice, bob) = resumed_twice(scene)?;
    status(scene, &alice, "t", "established")?;
    status(scene, &alice, "u", "archived")?;
    talk(scene, &alice, &bob, "t")
}

fn other_origin(scene: &mut Scene) -> Outcome {
    let (alice, bob) = of_two_origins(scene)?;
    let answer = send(scene, &bob, "s", "hello to you")?;
    receive(scene, &alice, &answer, Step::Dh)?;
    status(scene, &alice, "s", "archived")?;
    status(scene, &alice, "t", "waiting")
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
