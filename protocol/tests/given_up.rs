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

    // No live session: the second handshake was closed.
    let GivenUp { mut a, b, s, l, answer } = given_up(false);
    a.send_frame(&l, &Frame::new(content_type::CLOSE, b"")).unwrap();
    a.get(&answer).unwrap();
    assert_eq!((a.status(&s), a.status(&l), live(&a, &b)), ("archived", "closed", None));

    // Past its time in the archive.
    let GivenUp { mut a, b, s, l, answer } = given_up(false);
    a.now += 14 * DAY;
    assert_eq!(class(a.get(&answer)), "undecryptable");
    assert_eq!((a.status(&s), live(&a, &b)), ("archived", Some(l)));
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
    assert_eq!(l.resumed, wait < 14 * DAY && !recovery);
    (a, b, [old, s.session, l.session], answer)
}

#[test]
fn of_one_origin() {
    for (wait, recovery, back) in [
        (DAY, false, true),       // both with the resumption PSK of one session
        (14 * DAY, false, false), // that session is gone: the second is without PSK
        (14 * DAY, true, true),   // a recovery
        (1, true, true),
    ] {
        let (mut a, b, [_, s, l], answer) = renewal_given_up(wait, recovery);
        let got = a.get(&answer).unwrap();
        assert_eq!((got.event, got.session), (Event::Message, s));
        let expected = if back { ("established", "archived") } else { ("archived", "waiting") };
        assert_eq!((a.status(&s), a.status(&l)), expected, "{wait} {recovery}");
        assert_eq!(live(&a, &b), Some(if back { s } else { l }));
    }
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
fn the_answer_closes() {
    let (mut a, mut b) = two();
    let s = a.initiate(&b.id(), &b.bundle(Some(2), 4)).unwrap().session;
    b.get(&a.send(&s, b"first").unwrap()).unwrap();
    let close = b.send_frame(&s, &Frame::new(content_type::CLOSE, b"")).unwrap();
    a.now += DAY;
    let l = a.initiate(&b.id(), &b.bundle(Some(3), 5)).unwrap().session;
    a.get(&close).unwrap();
    // It is live again, and then closed.
    assert_eq!((a.status(&s), a.status(&l), live(&a, &b)), ("closed", "archived", None));
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
fn restarts_make_no_difference() {
    let GivenUp { mut a, mut b, s, l, answer } = given_up(false);
    a.reload();
    a.restart = true;
    a.get(&answer).unwrap();
    accept(&mut b, &l);
    talk(&mut b, &mut a, &l);
    assert_eq!((a.status(&s), a.status(&l), live(&a, &b)), ("archived", "established", Some(l)));
}
