//! Replacement, simultaneous handshakes, ages and recovery.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::*;
use sceau::pairwise::{Event, Frame, RecordKind, SessionId, content_type};

/// Two devices of which the first has the smaller agreement identity key.
fn ordered() -> (Device, Device) {
    let (a, b) = two_from(3);
    let key = |d: &Device| d.account.credential().tbs().identity_keys.get(0x0101).unwrap().to_vec();
    if key(&a) < key(&b) { (a, b) } else { (b, a) }
}

fn live(a: &Device, b: &Device) -> Option<SessionId> {
    a.account.live_session(&b.id(), 1)
}

#[test]
fn a_session_is_resumed() {
    let (mut a, mut b) = two();
    let old = session(&mut a, &mut b);
    let made = a.initiate(&b.id(), &b.bundle(None, 5)).unwrap();
    assert!(made.resumed);
    assert_eq!((a.status(&old), a.status(&made.session)), ("archived", "waiting"));
    let late = b.send(&old, b"late").unwrap();
    let out = a.send(&made.session, b"new").unwrap();
    let got = b.get(&out).unwrap();
    assert_eq!(got.event, Event::NewSession);
    assert_eq!((b.status(&old), b.status(&made.session)), ("archived", "established"));
    assert_eq!(a.get(&late).unwrap().session, old);
    assert_eq!(class(a.send(&old, b"x")), "archived");
    talk(&mut b, &mut a, &made.session);
    assert_eq!(a.account.session(&made.session).unwrap().resumed_from(), Some(old));
}

#[test]
fn a_session_without_its_psk_asks_the_user() {
    for accept in [true, false] {
        let (mut a, mut b) = two();
        let old = session(&mut a, &mut b);
        // b has lost nothing, but recovers: a new session without the resumption PSK.
        let made = b.recover(&a.id(), &a.bundle(None, 5)).unwrap();
        assert!(!made.resumed);
        let bundle = a.bundle(None, 4);
        assert_eq!(class(b.recover(&a.id(), &bundle)), "limit");
        let out = b.send(&made.session, b"lost").unwrap();
        let got = a.get(&out).unwrap();
        assert_eq!(got.event, Event::SessionReplaced);
        assert_eq!((a.status(&old), a.status(&made.session)), ("established", "unaccepted"));
        assert_eq!(class(a.send(&made.session, b"x")), "session_replaced");
        a.get(&b.send(&made.session, b"more").unwrap()).unwrap();
        assert_eq!(class(a.recover(&b.id(), &b.bundle(None, 5))), "misuse");
        assert_eq!(
            class(a.check(|a, now, _| a.accept_session(&old, now).map(|c| ((), c)))),
            "misuse"
        );
        if accept {
            a.check(|a, now, _| a.accept_session(&made.session, now).map(|c| ((), c))).unwrap();
            assert_eq!((a.status(&old), live(&a, &b)), ("archived", Some(made.session)));
            talk(&mut a, &mut b, &made.session);
        } else {
            a.check(|a, now, _| a.decline_session(&made.session, now).map(|c| ((), c))).unwrap();
            assert_eq!((a.status(&made.session), live(&a, &b)), ("none", Some(old)));
            talk(&mut a, &mut b, &old);
        }
        b.now += 3600;
        let after = b.recover(&a.id(), &a.bundle(None, 4));
        after.unwrap();
    }
}

#[test]
fn simultaneous_handshakes_converge_and_absorb() {
    // Which first message arrives first, and whether the winner is answered before the loser arrives.
    for order in 0..3 {
        let (mut w, mut l) = ordered();
        let win = w.initiate(&l.id(), &l.bundle(Some(2), 4)).unwrap().session;
        let lose = l.initiate(&w.id(), &w.bundle(Some(2), 4)).unwrap().session;
        assert_eq!(class(w.initiate(&l.id(), &l.bundle(Some(3), 5))), "misuse");
        let from_w = w.send(&win, b"from winner").unwrap();
        let from_l = l.send(&lose, b"from loser").unwrap();
        let get = |d: &mut Device, out| assert_eq!(d.get(out).unwrap().event, Event::NewSession);
        match order {
            0 => {
                get(&mut w, &from_l);
                get(&mut l, &from_w);
            }
            1 => {
                get(&mut l, &from_w);
                get(&mut w, &from_l);
            }
            _ => {
                get(&mut l, &from_w);
                talk(&mut l, &mut w, &win);
                get(&mut w, &from_l);
            }
        }
        assert_eq!((live(&w, &l), live(&l, &w)), (Some(win), Some(win)));
        assert_eq!((w.status(&lose), l.status(&lose)), ("archived", "archived"));
        // Enough turns that the loser is announced, armed, mixed in, and announced late once more.
        let late = w.send(&win, b"late, with the extension").unwrap();
        for _ in 0..4 {
            talk(&mut w, &mut l, &win);
            talk(&mut l, &mut w, &win);
        }
        l.get(&late).unwrap();
        for _ in 0..2 {
            talk(&mut l, &mut w, &win);
            talk(&mut w, &mut l, &win);
        }
        let state = |d: &Device, id: &SessionId| d.account.export(id, b"", b"", 32).unwrap();
        assert!(state(&w, &win) == state(&l, &win));
    }
}

#[test]
fn a_loser_that_comes_and_goes_in_one_step() {
    // The archive keeps nothing, so the pair is as it was: its record is no change (`Device::check` looks).
    let (mut w, mut l) = ordered();
    let mut policy = w.account.policy().clone();
    policy.limits.set("max_archived", 0);
    w.account.set_policy(policy);
    let win = w.initiate(&l.id(), &l.bundle(None, 4)).unwrap().session;
    let lose = l.initiate(&w.id(), &w.bundle(None, 4)).unwrap().session;
    let from_l = l.send(&lose, b"x").unwrap();
    let record = |w: &Device| {
        let mut records = w.store.0.iter().filter(|(key, _)| key.kind() == RecordKind::Peer);
        records.next().unwrap().1.clone()
    };
    let before = record(&w);
    let got = w.get(&from_l).unwrap();
    assert_eq!((got.event, got.session, w.status(&lose)), (Event::NewSession, lose, "none"));
    assert_eq!((record(&w), live(&w, &l)), (before, Some(win)));
}

#[test]
fn the_loser_drains() {
    let (mut w, mut l) = ordered();
    let win = w.initiate(&l.id(), &l.bundle(None, 4)).unwrap().session;
    let lose = l.initiate(&w.id(), &w.bundle(None, 4)).unwrap().session;
    let outs: Vec<_> = (0..3u8).map(|i| l.send(&lose, &[i]).unwrap()).collect();
    let from_w = w.send(&win, b"x").unwrap();
    l.get(&from_w).unwrap();
    assert_eq!(class(l.send(&lose, b"x")), "archived");
    for out in outs {
        assert_eq!(w.get(&out).unwrap().session, lose);
    }
    w.now += 14 * DAY;
    w.check(|a, now, _| Ok(((), a.expire(now)))).unwrap();
    assert_eq!(w.status(&lose), "none");
    talk(&mut l, &mut w, &win);
}

#[test]
fn a_recovery_wins() {
    let (mut w, mut l) = ordered();
    // The one that would lose recovers.
    let own = w.initiate(&l.id(), &l.bundle(None, 4)).unwrap().session;
    let recovered = l.recover(&w.id(), &w.bundle(None, 4)).unwrap().session;
    let (x, y) = (w.send(&own, b"x").unwrap(), l.send(&recovered, b"y").unwrap());
    w.get(&y).unwrap();
    l.get(&x).unwrap();
    assert_eq!((live(&w, &l), live(&l, &w)), (Some(recovered), Some(recovered)));
    talk(&mut w, &mut l, &recovered);
}

#[test]
fn ages() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let out = b.send(&id, b"late").unwrap();
    a.now += 90 * DAY - 1;
    a.send(&id, b"x").unwrap();
    a.now += 1;
    assert_eq!(class(a.send(&id, b"x")), "session_expired");
    a.now = NOW;
    a.get(&out).unwrap();
}

#[test]
fn the_archive_is_bounded() {
    let (mut a, mut b) = two();
    let mut ids = vec![session(&mut a, &mut b)];
    for _ in 0..6 {
        let made = a.initiate(&b.id(), &b.bundle(None, 1)).unwrap();
        assert!(made.resumed);
        let out = a.send(&made.session, b"x").unwrap();
        b.get(&out).unwrap();
        talk(&mut b, &mut a, &made.session);
        ids.push(made.session);
    }
    let states: Vec<_> = ids.iter().map(|id| b.status(id)).collect();
    assert_eq!(
        states,
        ["none", "none", "archived", "archived", "archived", "archived", "established"]
    );
    assert_eq!(states, ids.iter().map(|id| a.status(id)).collect::<Vec<_>>());
}

#[test]
fn closing() {
    let (mut a, mut b) = two();
    let id = session(&mut a, &mut b);
    let out = a.send_frame(&id, &Frame::new(content_type::CLOSE, b"")).unwrap();
    assert_eq!((a.status(&id), live(&a, &b)), ("closed", None));
    let answer = b.send(&id, b"crossing").unwrap();
    assert_eq!(class(a.get(&answer)), "undecryptable");
    let got = b.get(&out).unwrap();
    assert_eq!(got.content_type, content_type::CLOSE);
    assert_eq!((b.status(&id), live(&b, &a)), ("closed", None));
    let made = b.initiate(&a.id(), &a.bundle(None, 4)).unwrap();
    assert!(!made.resumed);
    let out = b.send(&made.session, b"x").unwrap();
    assert_eq!(a.get(&out).unwrap().event, Event::NewSession);
}

#[test]
fn a_second_question_deletes_the_first() {
    let (mut a, mut b) = two();
    let old = session(&mut a, &mut b);
    let mut outs = Vec::new();
    let mut asked = |a: &mut Device, b: &mut Device| {
        let made = b.recover(&a.id(), &a.bundle(None, 1)).unwrap();
        let out = b.send(&made.session, b"x").unwrap();
        assert_eq!(a.get(&out).unwrap().event, Event::SessionReplaced);
        outs.push(out);
        b.now += 3600;
        made.session
    };
    let (first, second) = (asked(&mut a, &mut b), asked(&mut a, &mut b));
    assert_eq!((a.status(&first), a.status(&second)), ("none", "unaccepted"));
    assert_eq!((a.status(&old), live(&a, &b)), ("established", Some(old)));
    assert_eq!(a.account.sessions().count(), 2);
    // As by a decline: its first message is a replay, and nothing of it can be decided on.
    assert_eq!(class(a.get(&outs[0])), "replay");
    let wrong = a.check(|a, now, _| a.decline_session(&first, now).map(|c| ((), c)));
    assert_eq!(class(wrong), "misuse");
    a.check(|a, now, _| a.accept_session(&second, now).map(|c| ((), c))).unwrap();
    assert_eq!((a.status(&old), live(&a, &b)), ("archived", Some(second)));
}
