//! A handshake that was given up and is answered comes back (`REP-14`), and its neighbour, case 2 of replacement
//! for a live session that waits.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::*;
use sceau::pairwise::{Changes, Event, Frame, Outgoing, SessionId, content_type};

fn live(a: &Device, b: &Device) -> Option<SessionId> {
    a.account.live_session(&b.id(), 1)
}

fn accept(d: &mut Device, id: &SessionId) {
    d.check(|a, now, _| a.accept_session(id, now).map(|c: Changes| ((), c))).unwrap();
}

fn decline(d: &mut Device, id: &SessionId) {
    d.check(|a, now, _| a.decline_session(id, now).map(|c: Changes| ((), c))).unwrap();
}

/// The first handshake, which a gives up, the second one, and b's answer in the first.
struct GivenUp {
    a: Device,
    b: Device,
    s: SessionId,
    l: SessionId,
    answer: Outgoing,
}

/// b takes the first handshake, answers, and is then asked about the second one; its answer is under way.
fn given_up(recovery: bool) -> GivenUp {
    let (mut a, mut b) = two();
    let s = a.initiate(&b.id(), &b.bundle(Some(2), 4)).unwrap().session;
    b.get(&a.send(&s, b"first").unwrap()).unwrap();
    let answer = b.send(&s, b"answer").unwrap();
    a.now += if recovery { 1 } else { DAY };
    let bundle = b.bundle(Some(3), 5);
    let made = if recovery { a.recover(&b.id(), &bundle) } else { a.initiate(&b.id(), &bundle) };
    let l = made.unwrap().session;
    assert_eq!((a.status(&s), a.status(&l), live(&a, &b)), ("archived", "waiting", Some(l)));
    let got = b.get(&a.send(&l, b"second").unwrap()).unwrap();
    assert_eq!((got.event, got.session), (Event::SessionReplaced, l));
    GivenUp { a, b, s, l, answer }
}

#[test]
fn answered_first_then_declined() {
    for recovery in [false, true] {
        let GivenUp { mut a, mut b, s, l, answer } = given_up(recovery);
        let mut wrong = answer.clone();
        *wrong.message.last_mut().unwrap() ^= 1;
        assert_eq!(class(a.get(&wrong)), "undecryptable");
        assert_eq!((a.status(&s), live(&a, &b)), ("archived", Some(l)));
        let got = a.get(&answer).unwrap();
        assert_eq!((got.event, got.session), (Event::Message, s));
        assert_eq!(
            (a.status(&s), a.status(&l), live(&a, &b)),
            ("established", "archived", Some(s))
        );
        decline(&mut b, &l);
        assert_eq!((b.status(&s), b.status(&l), live(&b, &a)), ("established", "none", Some(s)));
        // Plain messages from now on, both ways.
        assert!(!a.send(&s, b"x").unwrap().contact);
        talk(&mut a, &mut b, &s);
        talk(&mut b, &mut a, &s);
    }
}

#[test]
fn answered_first_then_the_second_is_accepted() {
    let GivenUp { mut a, mut b, s, l, answer } = given_up(false);
    a.get(&answer).unwrap();
    talk(&mut a, &mut b, &s);
    let late = b.send(&s, b"late").unwrap();
    accept(&mut b, &l);
    assert_eq!((b.status(&s), live(&b, &a)), ("archived", Some(l)));
    // The answer in L, which was made after S, moves both there.
    talk(&mut b, &mut a, &l);
    assert_eq!((a.status(&s), a.status(&l), live(&a, &b)), ("archived", "established", Some(l)));
    // Not its first message: S stays where it is.
    assert_eq!(a.get(&late).unwrap().session, s);
    assert_eq!((a.status(&s), live(&a, &b)), ("archived", Some(l)));
    talk(&mut a, &mut b, &l);
    talk(&mut b, &mut a, &l);
}

#[test]
fn the_second_accepted_first() {
    let GivenUp { mut a, mut b, s, l, answer } = given_up(false);
    accept(&mut b, &l);
    talk(&mut b, &mut a, &l);
    assert_eq!((a.status(&l), live(&a, &b)), ("established", Some(l)));
    // S is the older one, and L no longer waits.
    assert_eq!(a.get(&answer).unwrap().session, s);
    assert_eq!((a.status(&s), a.status(&l), live(&a, &b)), ("archived", "established", Some(l)));
    talk(&mut a, &mut b, &l);
}

#[test]
fn nothing_else_comes_back() {
    // An archived session that has received before.
    let (mut a, mut b) = two();
    let old = session(&mut a, &mut b);
    let late = b.send(&old, b"late").unwrap();
    let new = a.initiate(&b.id(), &b.bundle(None, 5)).unwrap().session;
    a.get(&late).unwrap();
    assert_eq!((a.status(&old), a.status(&new), live(&a, &b)), ("archived", "waiting", Some(new)));

    // Past its time in the archive.
    let GivenUp { mut a, b, s, l, answer } = given_up(false);
    a.now += 14 * DAY;
    assert_eq!(class(a.get(&answer)), "undecryptable");
    assert_eq!((a.status(&s), live(&a, &b)), ("archived", Some(l)));
}

#[test]
fn where_there_is_no_live_session() {
    // The own side has closed what came after S: the answer in S is better than none.
    for recovery in [false, true] {
        let GivenUp { mut a, mut b, s, l, answer } = given_up(recovery);
        a.send_frame(&l, &Frame::new(content_type::CLOSE, b"")).unwrap();
        assert_eq!(live(&a, &b), None);
        a.reload();
        let got = a.get(&answer).unwrap();
        assert_eq!((got.event, got.session), (Event::Message, s));
        assert_eq!((a.status(&s), a.status(&l), live(&a, &b)), ("established", "closed", Some(s)));
        talk(&mut a, &mut b, &s);
        talk(&mut b, &mut a, &s);
    }

    // The peer closes the session that came back, and goes on in the one that was made after it.
    let GivenUp { mut a, mut b, s, l, answer } = given_up(false);
    a.get(&answer).unwrap();
    let close = b.send_frame(&s, &Frame::new(content_type::CLOSE, b"")).unwrap();
    accept(&mut b, &l);
    let goes_on = b.send(&l, b"goes on").unwrap();
    a.get(&close).unwrap();
    assert_eq!((a.status(&s), a.status(&l), live(&a, &b)), ("closed", "archived", None));
    assert_eq!(a.get(&goes_on).unwrap().session, l);
    assert_eq!((a.status(&l), live(&a, &b)), ("established", Some(l)));
    talk(&mut a, &mut b, &l);
    talk(&mut b, &mut a, &l);
}

#[test]
fn where_there_is_no_live_session_but_a_close() {
    let GivenUp { mut a, mut b, s, l, .. } = given_up(false);
    let close = b.send_frame(&s, &Frame::new(content_type::CLOSE, b"")).unwrap();
    a.send_frame(&l, &Frame::new(content_type::CLOSE, b"")).unwrap();
    a.get(&close).unwrap();
    assert_eq!((a.status(&s), a.status(&l), live(&a, &b)), ("closed", "closed", None));

    // One that has received before stays in the archive.
    let (mut a, mut b) = two();
    let old = session(&mut a, &mut b);
    let late = b.send(&old, b"late").unwrap();
    let new = a.initiate(&b.id(), &b.bundle(None, 5)).unwrap().session;
    a.send_frame(&new, &Frame::new(content_type::CLOSE, b"")).unwrap();
    a.get(&late).unwrap();
    assert_eq!((a.status(&old), live(&a, &b)), ("archived", None));
}

/// A session of old, a renewal of it that is answered but given up, and what a does then.
fn renewal_given_up(wait: u64, recovery: bool) -> (Device, Device, [SessionId; 3], Outgoing) {
    let (mut a, mut b) = two();
    let old = session(&mut a, &mut b);
    let s = a.initiate(&b.id(), &b.bundle(None, 1)).unwrap();
    assert!(s.resumed);
    b.get(&a.send(&s.session, b"first").unwrap()).unwrap();
    let answer = b.send(&s.session, b"answer").unwrap();
    a.now += wait;
    let bundle = b.bundle(None, 1);
    let made = if recovery { a.recover(&b.id(), &bundle) } else { a.initiate(&b.id(), &bundle) };
    let l = made.unwrap();
    assert_eq!(l.resumed, !recovery);
    (a, b, [old, s.session, l.session], answer)
}

#[test]
fn of_one_origin() {
    for (wait, recovery) in [
        (DAY, false),      // both with the resumption PSK of one session
        (14 * DAY, false), // which is held while the first waits
        (14 * DAY, true),  // a recovery
        (1, true),
    ] {
        let (mut a, b, [_, s, l], answer) = renewal_given_up(wait, recovery);
        let got = a.get(&answer).unwrap();
        assert_eq!((got.event, got.session), (Event::Message, s));
        let expected = ("established", "archived", Some(s));
        assert_eq!((a.status(&s), a.status(&l), live(&a, &b)), expected, "{wait} {recovery}");
    }
}

#[test]
fn of_another_origin() {
    // The renewal's successor was closed, so that the next handshake is made with no PSK.
    let (mut a, b, [_, s, l], answer) = renewal_given_up(DAY, false);
    a.send_frame(&l, &Frame::new(content_type::CLOSE, b"")).unwrap();
    let next = a.initiate(&b.id(), &b.bundle(None, 1)).unwrap();
    assert!(!next.resumed);
    let got = a.get(&answer).unwrap();
    assert_eq!((got.event, got.session), (Event::Message, s));
    assert_eq!((a.status(&s), live(&a, &b)), ("archived", Some(next.session)));
}

#[test]
fn a_recovery_given_up() {
    // S is the recovery, L the plain one after it.
    let (mut a, mut b) = two();
    let s = a.recover(&b.id(), &b.bundle(None, 4)).unwrap().session;
    b.get(&a.send(&s, b"first").unwrap()).unwrap();
    let answer = b.send(&s, b"answer").unwrap();
    a.now += DAY;
    let l = a.initiate(&b.id(), &b.bundle(None, 5)).unwrap().session;
    a.get(&answer).unwrap();
    assert_eq!((a.status(&s), a.status(&l), live(&a, &b)), ("established", "archived", Some(s)));
}

#[test]
fn the_archive_keeps_its_size() {
    let GivenUp { mut a, b, s, l, answer } = given_up(false);
    let mut policy = a.account.policy().clone();
    policy.limits.set("max_archived", 1);
    a.account.set_policy(policy);
    a.get(&answer).unwrap();
    // S leaves the archive before L comes in.
    assert_eq!((a.status(&s), a.status(&l), live(&a, &b)), ("established", "archived", Some(s)));
}

#[test]
fn a_close_brings_nothing_back() {
    for close_first in [true, false] {
        let (mut a, mut b) = two();
        let s = a.initiate(&b.id(), &b.bundle(Some(2), 4)).unwrap().session;
        b.get(&a.send(&s, b"first").unwrap()).unwrap();
        let answer = b.send(&s, b"answer").unwrap();
        let close = b.send_frame(&s, &Frame::new(content_type::CLOSE, b"")).unwrap();
        a.now += DAY;
        let l = a.initiate(&b.id(), &b.bundle(Some(3), 5)).unwrap().session;
        if close_first {
            a.get(&close).unwrap();
            // The peer has ended S; the handshake that is under way stays, and is taken.
            assert_eq!((a.status(&s), a.status(&l), live(&a, &b)), ("closed", "waiting", Some(l)));
            assert_eq!(class(a.get(&answer)), "undecryptable");
            let got = b.get(&a.send(&l, b"second").unwrap()).unwrap();
            assert_eq!((got.event, got.session), (Event::NewSession, l));
            talk(&mut b, &mut a, &l);
        } else {
            // The answer came first: S is live again when it is closed.
            a.get(&answer).unwrap();
            assert_eq!(live(&a, &b), Some(s));
            a.get(&close).unwrap();
            assert_eq!((a.status(&s), a.status(&l), live(&a, &b)), ("closed", "archived", None));
        }
    }
}

/// Two handshakes of one second, X and then Y, both taken by b; the answer in X arrives first. Gives whether the answer
/// in Y then brings Y back.
fn tie(x_recovers: bool, y_recovers: bool) -> bool {
    let (mut a, mut b) = two();
    let mut policy = a.account.policy().clone();
    policy.limits.set("simultaneous_window", 0);
    policy.limits.set("recovery_interval", 0);
    a.account.set_policy(policy);
    let [first, second] = [b.bundle(Some(2), 4), b.bundle(Some(3), 5)];
    let mut taken = |bundle: Vec<u8>, recovers: bool, asked: bool| {
        let made =
            if recovers { a.recover(&b.id(), &bundle) } else { a.initiate(&b.id(), &bundle) };
        let id = made.unwrap().session;
        b.get(&a.send(&id, b"first").unwrap()).unwrap();
        if asked {
            accept(&mut b, &id);
        }
        (id, b.send(&id, b"answer").unwrap())
    };
    let (x, in_x) = taken(first, x_recovers, false);
    let (y, in_y) = taken(second, y_recovers, true);
    assert_eq!((a.status(&x), a.status(&y), live(&a, &b)), ("archived", "waiting", Some(y)));
    a.get(&in_x).unwrap();
    assert_eq!((a.status(&x), a.status(&y), live(&a, &b)), ("established", "archived", Some(x)));
    a.get(&in_y).unwrap();
    let back = live(&a, &b) == Some(y);
    let expected = if back { ("archived", "established") } else { ("established", "archived") };
    assert_eq!((a.status(&x), a.status(&y)), expected);
    back
}

#[test]
fn of_one_second() {
    assert!(tie(false, true), "the recovery was made after the plain one");
    assert!(!tie(true, false));
    assert!(!tie(true, true));
    assert!(!tie(false, false));
}

#[test]
fn the_peer_has_gone_on() {
    for seed in [1, 3, 5, 7] {
        // b takes L, its answer is under way, and b renews: case 2 for a session that waits, whoever would win
        // simultaneous handshakes.
        let (mut a, mut b) = two_from(seed);
        let l = a.initiate(&b.id(), &b.bundle(Some(2), 4)).unwrap().session;
        b.get(&a.send(&l, b"first").unwrap()).unwrap();
        let answer = b.send(&l, b"answer").unwrap();
        let made = b.initiate(&a.id(), &a.bundle(Some(2), 4)).unwrap();
        assert!(made.resumed);
        let n = made.session;
        let got = a.get(&b.send(&n, b"renewed").unwrap()).unwrap();
        assert_eq!((got.event, got.session), (Event::NewSession, n));
        assert_eq!(
            (a.status(&l), a.status(&n), live(&a, &b)),
            ("archived", "established", Some(n))
        );
        // The answer in L comes late; the live session is the peer's, so L stays in the archive.
        a.get(&answer).unwrap();
        assert_eq!((a.status(&l), live(&a, &b)), ("archived", Some(n)));
        talk(&mut a, &mut b, &n);
        talk(&mut b, &mut a, &n);
        assert_eq!((live(&b, &a), b.status(&l)), (Some(n), "archived"));
    }
}

#[test]
fn the_peer_has_gone_on_from_a_handshake_given_up() {
    for (seed, recovery) in [(1, false), (1, true), (3, false), (5, false), (7, true)] {
        // a has given S up, b declines L and renews S: case 2 for a PSK of S, whoever would win simultaneous
        // handshakes.
        let (mut a, mut b) = two_from(seed);
        let s = a.initiate(&b.id(), &b.bundle(Some(2), 4)).unwrap().session;
        b.get(&a.send(&s, b"first").unwrap()).unwrap();
        let answer = b.send(&s, b"answer").unwrap();
        a.now += DAY;
        let bundle = b.bundle(Some(3), 5);
        let made =
            if recovery { a.recover(&b.id(), &bundle) } else { a.initiate(&b.id(), &bundle) };
        let l = made.unwrap().session;
        b.get(&a.send(&l, b"second").unwrap()).unwrap();
        decline(&mut b, &l);
        let made = b.initiate(&a.id(), &a.bundle(Some(2), 4)).unwrap();
        assert!(made.resumed);
        let n = made.session;
        let got = a.get(&b.send(&n, b"renewed").unwrap()).unwrap();
        assert_eq!((got.event, got.session), (Event::NewSession, n));
        let status = |id| a.status(id);
        assert_eq!(
            (status(&s), status(&l), status(&n), live(&a, &b)),
            ("archived", "archived", "established", Some(n))
        );
        a.get(&answer).unwrap();
        assert_eq!((a.status(&s), live(&a, &b)), ("archived", Some(n)));
        talk(&mut a, &mut b, &n);
        talk(&mut b, &mut a, &n);
        assert_eq!(live(&b, &a), Some(n));
    }
}

/// b has taken S and L, of which it accepted the later one; the answer in S has brought S back at a, and b renews L.
/// L and S as a sees them when N, made with the PSK of the later one, arrives; `wait` seconds lie between the two.
fn renews_the_later(wait: u64, recovery: bool) -> (Event, [&'static str; 2]) {
    let (mut a, mut b) = two();
    let s = a.initiate(&b.id(), &b.bundle(Some(2), 4)).unwrap().session;
    b.get(&a.send(&s, b"first").unwrap()).unwrap();
    let answer = b.send(&s, b"answer").unwrap();
    a.now += wait;
    let bundle = b.bundle(Some(3), 5);
    let made = if recovery { a.recover(&b.id(), &bundle) } else { a.initiate(&b.id(), &bundle) };
    let l = made.unwrap().session;
    b.get(&a.send(&l, b"second").unwrap()).unwrap();
    a.get(&answer).unwrap();
    assert_eq!(live(&a, &b), Some(s));
    accept(&mut b, &l);
    b.send(&l, b"lost").unwrap();
    let made = b.initiate(&a.id(), &a.bundle(Some(2), 4)).unwrap();
    assert!(made.resumed);
    a.now += DAY;
    let got = a.get(&b.send(&made.session, b"renewed").unwrap()).unwrap();
    assert_eq!(got.session, made.session);
    (got.event, [a.status(&s), a.status(&made.session)])
}

#[test]
fn the_psk_of_a_later_one_beside_an_answered_one() {
    let replaced = (Event::NewSession, ["archived", "established"]);
    assert_eq!(renews_the_later(DAY, false), replaced);
    // In one second: the recovery is the later one.
    assert_eq!(renews_the_later(0, true), replaced);
}

#[test]
fn the_psk_of_another_archived_session_asks() {
    // The session of old has received, so its PSK says nothing new, when the live one is answered too.
    let (mut a, mut b) = two();
    let old = session(&mut a, &mut b);
    let n = b.initiate(&a.id(), &a.bundle(None, 4)).unwrap();
    assert!(n.resumed);
    let renewed = b.send(&n.session, b"renewed").unwrap();
    let l = a.recover(&b.id(), &b.bundle(None, 5)).unwrap().session;
    let got = b.get(&a.send(&l, b"recovered").unwrap()).unwrap();
    assert_eq!(got.event, Event::SessionReplaced);
    accept(&mut b, &l);
    talk(&mut b, &mut a, &l);
    a.now += DAY;
    let got = a.get(&renewed).unwrap();
    assert_eq!((got.event, a.status(&old)), (Event::SessionReplaced, "archived"));
    assert_eq!((a.status(&n.session), live(&a, &b)), ("unaccepted", Some(l)));

    // Of an earlier one than the live one, which is answered (REP-14 would not make it live).
    let GivenUp { mut a, mut b, s, l, .. } = given_up(false);
    let n = b.initiate(&a.id(), &a.bundle(None, 4)).unwrap();
    assert!(n.resumed);
    let renewed = b.send(&n.session, b"renewed").unwrap();
    accept(&mut b, &l);
    talk(&mut b, &mut a, &l);
    a.now += DAY;
    assert_eq!(a.get(&renewed).unwrap().event, Event::SessionReplaced);
    assert_eq!((a.status(&s), live(&a, &b)), ("archived", Some(l)));
}

#[test]
fn the_psk_of_a_session_that_is_gone() {
    for (age, expected) in [(14 * DAY - 1, None), (14 * DAY, Some("unknown_psk"))] {
        let GivenUp { mut a, mut b, l, .. } = given_up(false);
        let n = b.initiate(&a.id(), &a.bundle(None, 4)).unwrap().session;
        let renewed = b.send(&n, b"renewed").unwrap();
        a.now += age;
        let got = a.get(&renewed);
        match expected {
            None => assert_eq!((got.unwrap().event, live(&a, &b)), (Event::NewSession, Some(n))),
            Some(expected) => {
                assert_eq!((class(got), live(&a, &b)), (expected, Some(l)));
            }
        }
    }
}

#[test]
fn restarts_make_no_difference() {
    let GivenUp { mut a, mut b, s, l, answer } = given_up(false);
    a.reload();
    a.restart = true;
    a.get(&answer).unwrap();
    accept(&mut b, &l);
    talk(&mut b, &mut a, &l);
    assert_eq!((a.status(&s), a.status(&l), live(&a, &b)), ("archived", "established", Some(l)));
}
