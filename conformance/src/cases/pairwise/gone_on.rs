//! A handshake that was given up for another, whose PSK the peer goes on with before it has answered (case 2).
//!
//! The implementation makes `s`, which the peer takes, and gives it up for another. Where the two handshakes under way were
//! taken for simultaneous ones, the keys would decide for the implementation's: so the verdict can come of case 2 alone.

use super::simultaneous::rivals;
use super::stage::{
    ASKED, DAY, Device, Mail, STORED, Step, WATCH, accept, accept_call, connect, demand_of, event,
    fetch, initiate, initiate_call, pass, receive, restart, send, send_call, status, talk,
};
use crate::case::{Access, Case, Outcome};
use crate::scene::Scene;

const fn case(case: Case, clauses: &'static [&'static str]) -> Case {
    case.clauses(clauses).needs(Access::L2, WATCH).suite(super::PROFILE).with_peer()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::positive("PW-REP-GONEON-039p", "A session made with the PSK of a handshake given up takes the waiting one's place.", waiting), &["REP-01", "REP-14"]),
    case(Case::positive_of("PW-REP-GONEON-040p", "Of three handshakes given up in turn the peer has gone on from the first.", several, "s"), &["REP-01", "REP-14"]),
    case(Case::positive_of("PW-REP-GONEON-041p", "Of three handshakes given up in turn the peer has gone on from the second.", several, "t"), &["REP-01", "REP-14"]),
    case(Case::positive("PW-REP-GONEON-042p", "A session made with the PSK of the later of two handshakes takes an answered one's place.", answered), &["REP-01", "REP-14"]).needs(Access::L2, ASKED),
    case(Case::positive("PW-REP-GONEON-043p", "So it is where the handshake was given up for a recovery.", recovery), &["REP-01", "REP-12"]),
    case(Case::positive("PW-REP-GONEON-044p", "So it is after a restart.", restarted), &["REP-01", "STA-08"]).needs(Access::L2, STORED),
    case(Case::positive("PW-REP-GONEON-045p", "So it is where both handshakes resume the same session.", resumed), &["REP-01", "REP-03"]),
    case(Case::positive("PW-REP-GONEON-046p", "The PSK of a handshake that was answered replaces no session but its own.", spent), &["REP-01"]).mutants(&["H22"]),
    case(Case::positive("PW-REP-GONEON-047p", "The PSK of a handshake given up does not replace a session that the peer has made.", of_the_peer), &["REP-01"]).mutants(&["H22"]),
    case(Case::positive("PW-REP-GONEON-048p", "The PSK of a handshake of another origin does not decide.", other_origin), &["REP-04", "REP-14"]),
    case(Case::positive("PW-REP-GONEON-049p", "Of two answered in one order the earlier one's PSK is a question.", earlier), &["REP-01", "REP-14"]).mutants(&["H22"]),
    case(Case::positive("PW-REP-GONEON-050p", "Who has gone on from a handshake that its maker gave up meets him there.", taker), &["REP-01", "REP-02"]).needs(Access::L2, ASKED),
];

/// A handshake from Alice; gives its first message.
fn begin(scene: &mut Scene, alice: &Device, bob: &Device, session: &str) -> Outcome<Mail> {
    let served = fetch(scene, bob)?;
    initiate(scene, alice, bob, session, &served)?;
    send(scene, alice, session, "hello")
}

/// `s` is given up for `t`; gives their first messages.
fn given_up(scene: &mut Scene) -> Outcome<(Device, Device, [Mail; 2])> {
    let (alice, bob) = rivals(scene, "iut")?;
    let first = begin(scene, &alice, &bob, "s")?;
    scene.advance(2 * DAY, &[alice.party, bob.party])?;
    let second = begin(scene, &alice, &bob, "t")?;
    status(scene, &alice, "s", "archived")?;
    Ok((alice, bob, [first, second]))
}

/// A handshake from Bob, who resumes what is live with him; gives its first message.
fn goes_on(scene: &mut Scene, bob: &Device, alice: &Device, session: &str) -> Outcome<Mail> {
    let served = fetch(scene, alice)?;
    let out = initiate_call(scene, bob.party, alice, session, &served).ok()?;
    demand_of(bob.party.home, out.integer("resumed")? == 1, || "not resumed".to_owned())?;
    send(scene, bob, session, "going on")
}

/// Alice takes `u` without a question; what she has of others is `archived`.
fn taken(scene: &mut Scene, alice: &Device, bob: &Device, news: &Mail, old: &[&str]) -> Outcome {
    accept(scene, alice, news, "u")?;
    status(scene, alice, "u", "established")?;
    for session in old {
        status(scene, alice, session, "archived")?;
        send_call(scene, alice.party, session, "hello").refused_with("archived")?;
    }
    pass(scene, alice, bob, "u", "hello to you", Step::Dh)?;
    talk(scene, bob, alice, "u")
}

fn waiting(scene: &mut Scene) -> Outcome {
    let (alice, bob, [first, second]) = given_up(scene)?;
    accept(scene, &bob, &first, "s")?;
    let answer = send(scene, &bob, "s", "under way")?;
    let news = goes_on(scene, &bob, &alice, "u")?;
    taken(scene, &alice, &bob, &news, &["s", "t"])?;
    // Neither the late answer nor what the peer's user is asked of changes it.
    receive(scene, &alice, &answer, Step::Dh)?;
    status(scene, &alice, "s", "archived")?;
    event(&accept_call(scene, bob.party, &second, "t").ok()?, &bob, "session_replaced")?;
    scene.call(bob.party, "pw.decline_session").session("t").ok()?;
    status(scene, &alice, "u", "established")?;
    talk(scene, &bob, &alice, "u")
}

fn several(scene: &mut Scene, met: &'static str) -> Outcome {
    let (alice, bob, [first, second]) = given_up(scene)?;
    scene.advance(2 * DAY, &[alice.party, bob.party])?;
    begin(scene, &alice, &bob, "v")?;
    accept(scene, &bob, if met == "s" { &first } else { &second }, met)?;
    let news = goes_on(scene, &bob, &alice, "u")?;
    taken(scene, &alice, &bob, &news, &["s", "t", "v"])
}

/// `s` is answered after all, so that `t`, made later, waits in the archive; the peer's user takes `t` too.
fn answered(scene: &mut Scene) -> Outcome {
    let (alice, bob, [first, second]) = given_up(scene)?;
    accept(scene, &bob, &first, "s")?;
    pass(scene, &bob, &alice, "s", "hello to you", Step::Dh)?;
    status(scene, &alice, "s", "established")?;
    event(&accept_call(scene, bob.party, &second, "t").ok()?, &bob, "session_replaced")?;
    scene.call(bob.party, "pw.accept_session").session("t").ok()?;
    scene.advance(2 * DAY, &[alice.party, bob.party])?;
    let news = goes_on(scene, &bob, &alice, "u")?;
    taken(scene, &alice, &bob, &news, &["s", "t"])
}

fn recovery(scene: &mut Scene) -> Outcome {
    let (alice, bob) = rivals(scene, "iut")?;
    let first = begin(scene, &alice, &bob, "s")?;
    let served = fetch(scene, &bob)?;
    initiate_call(scene, alice.party, &bob, "t", &served).integer("recovery", 1).accepted()?;
    accept(scene, &bob, &first, "s")?;
    let news = goes_on(scene, &bob, &alice, "u")?;
    taken(scene, &alice, &bob, &news, &["s", "t"])
}

fn restarted(scene: &mut Scene) -> Outcome {
    let (alice, bob, [first, _]) = given_up(scene)?;
    restart(scene, &alice)?;
    accept(scene, &bob, &first, "s")?;
    let news = goes_on(scene, &bob, &alice, "u")?;
    taken(scene, &alice, &bob, &news, &["s", "t"])
}

/// `r` is established; `s` and `t` resume it.
fn resumed(scene: &mut Scene) -> Outcome {
    let (alice, bob) = rivals(scene, "iut")?;
    connect(scene, &alice, &bob, "r")?;
    let first = begin(scene, &alice, &bob, "s")?;
    scene.advance(2 * DAY, &[alice.party, bob.party])?;
    begin(scene, &alice, &bob, "t")?;
    accept(scene, &bob, &first, "s")?;
    let news = goes_on(scene, &bob, &alice, "u")?;
    taken(scene, &alice, &bob, &news, &["r", "s", "t"])
}

/// Bob's state goes back to what was saved last.
fn forgets(scene: &mut Scene, bob: &Device) -> Outcome {
    scene.call(bob.party, "party.free").ok()?;
    scene.load(bob.party)
}

/// Alice is asked about `n`; the session named stays live.
fn asked(scene: &mut Scene, alice: &Device, news: &Mail, live: &str) -> Outcome {
    event(&accept_call(scene, alice.party, news, "n").accepted()?, alice, "session_replaced")?;
    status(scene, alice, "n", "unaccepted")?;
    send_call(scene, alice.party, "n", "hello").refused_with("session_replaced")?;
    status(scene, alice, live, "established")
}

/// `s` was answered and resumed by `t`, which was answered too; Bob has forgotten `t`.
fn spent(scene: &mut Scene) -> Outcome {
    let (alice, bob) = rivals(scene, "iut")?;
    connect(scene, &alice, &bob, "s")?;
    scene.save(bob.party)?;
    connect(scene, &alice, &bob, "t")?;
    scene.advance(2 * DAY, &[alice.party, bob.party])?;
    forgets(scene, &bob)?;
    let news = goes_on(scene, &bob, &alice, "n")?;
    asked(scene, &alice, &news, "t")
}

/// Bob goes on from `s` twice, having forgotten the first time.
fn of_the_peer(scene: &mut Scene) -> Outcome {
    let (alice, bob, [first, _]) = given_up(scene)?;
    accept(scene, &bob, &first, "s")?;
    scene.save(bob.party)?;
    let news = goes_on(scene, &bob, &alice, "u")?;
    accept(scene, &alice, &news, "u")?;
    forgets(scene, &bob)?;
    let news = goes_on(scene, &bob, &alice, "n")?;
    asked(scene, &alice, &news, "u")
}

/// `s`, which resumes `r`, has lost against Bob's `n`, which does too; `t`, which resumes `n`, waits. Bob has forgotten
/// `n`, and has taken `s` instead.
pub(super) fn of_two_origins(scene: &mut Scene) -> Outcome<(Device, Device)> {
    let (alice, bob) = rivals(scene, "peer")?;
    connect(scene, &alice, &bob, "r")?;
    let first = begin(scene, &alice, &bob, "s")?;
    scene.save(bob.party)?;
    let news = goes_on(scene, &bob, &alice, "n")?;
    forgets(scene, &bob)?;
    accept(scene, &bob, &first, "s")?;
    accept(scene, &alice, &news, "n")?;
    status(scene, &alice, "n", "established")?;
    begin(scene, &alice, &bob, "t")?;
    status(scene, &alice, "s", "archived")?;
    Ok((alice, bob))
}

fn other_origin(scene: &mut Scene) -> Outcome {
    let (alice, bob) = of_two_origins(scene)?;
    let news = goes_on(scene, &bob, &alice, "u")?;
    event(&accept_call(scene, alice.party, &news, "u").accepted()?, &alice, "session_replaced")?;
    status(scene, &alice, "u", "unaccepted")?;
    status(scene, &alice, "t", "waiting")
}

/// `t`, made later, was answered: what Bob's user has made of `s` since is a question.
fn earlier(scene: &mut Scene) -> Outcome {
    let (alice, bob, [first, second]) = given_up(scene)?;
    scene.save(bob.party)?;
    accept(scene, &bob, &second, "t")?;
    pass(scene, &bob, &alice, "t", "hello to you", Step::Dh)?;
    scene.advance(2 * DAY, &[alice.party, bob.party])?;
    forgets(scene, &bob)?;
    accept(scene, &bob, &first, "s")?;
    let news = goes_on(scene, &bob, &alice, "n")?;
    asked(scene, &alice, &news, "t")
}

/// The other side of the first case: the implementation takes `s` and goes on, the peer has given `s` up.
fn taker(scene: &mut Scene) -> Outcome {
    let (iut, peer) = rivals(scene, "peer")?;
    let first = begin(scene, &peer, &iut, "s")?;
    scene.advance(2 * DAY, &[iut.party, peer.party])?;
    let second = begin(scene, &peer, &iut, "t")?;
    accept(scene, &iut, &first, "s")?;
    let served = fetch(scene, &peer)?;
    let out = initiate(scene, &iut, &peer, "u", &served)?;
    demand_of(iut.party.home, out.integer("resumed")? == 1, || "not resumed".to_owned())?;
    let news = send(scene, &iut, "u", "going on")?;
    // `t` was made without a PSK, and `u` waits: a question.
    event(&accept_call(scene, iut.party, &second, "t").accepted()?, &iut, "session_replaced")?;
    scene.call(iut.party, "pw.decline_session").session("t").accepted()?;
    accept(scene, &peer, &news, "u")?;
    pass(scene, &peer, &iut, "u", "hello to you", Step::Dh)?;
    status(scene, &iut, "u", "established")?;
    talk(scene, &iut, &peer, "u")
}
