//! The session whose resumption PSK a waiting one was made with is held (`REP-03`, `REP-09`).
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::*;
use sceau::pairwise::{Event, SessionId};

/// An own handshake after another, each with the PSK of a session s.
fn initiate(a: &mut Device, b: &Device) -> SessionId {
    let made = a.initiate(&b.id(), &b.bundle(None, 1)).unwrap();
    assert!(made.resumed);
    made.session
}

fn answer(a: &mut Device, b: &mut Device, id: &SessionId) {
    let out = a.send(id, b"first").unwrap();
    assert_eq!(b.get(&out).unwrap().event, Event::NewSession);
    talk(b, a, id);
}

#[test]
fn beyond_the_count() {
    let (mut a, mut b) = two();
    let s = session(&mut a, &mut b);
    let mut given_up = vec![initiate(&mut a, &b)];
    for made in 2..8 {
        a.now += DAY;
        given_up.push(initiate(&mut a, &b));
        // s is in the archive beside the given-up ones, of which four are kept.
        assert_eq!(a.account.sessions().count(), 2 + 4.min(made - 1));
        assert_eq!(a.status(&s), "archived");
        assert_eq!(a.account.session(given_up.last().unwrap()).unwrap().resumed_from(), Some(s));
    }
    a.reload();
    let last = given_up.pop().unwrap();
    b.now = a.now;
    // With the answer it counts as others do, and is the oldest.
    answer(&mut a, &mut b, &last);
    assert_eq!((a.status(&last), a.status(&s)), ("established", "none"));
    let kept = given_up.iter().filter(|id| a.status(id) == "archived").count();
    assert_eq!((kept, a.account.sessions().count()), (4, 5));
    talk(&mut a, &mut b, &last);
}

#[test]
fn beyond_the_age() {
    let expire = |a: &mut Device| a.check(|a, now, _| Ok(((), a.expire(now)))).unwrap();
    let (mut a, mut b) = two();
    let s = session(&mut a, &mut b);
    let l = initiate(&mut a, &b);
    let late = b.send(&s, b"late").unwrap();
    a.now += 14 * DAY;
    expire(&mut a);
    assert_eq!((a.status(&s), a.status(&l)), ("archived", "waiting"));
    assert_eq!(a.get(&late).unwrap().session, s);
    // The one that was given up is past its age at the same time; s is held for the next.
    let next = initiate(&mut a, &b);
    a.now += 14 * DAY - 1;
    expire(&mut a);
    assert_eq!((a.status(&s), a.status(&l)), ("archived", "archived"));
    a.now += 1;
    expire(&mut a);
    assert_eq!((a.status(&s), a.status(&l), a.status(&next)), ("archived", "none", "waiting"));
    // The answer ends that: the step after it erases s.
    b.now = a.now;
    answer(&mut a, &mut b, &next);
    assert_eq!(a.status(&s), "archived");
    talk(&mut a, &mut b, &next);
    assert_eq!((a.status(&s), a.status(&next)), ("none", "established"));
}

#[test]
fn not_when_the_waiting_one_is_archived() {
    let (mut a, mut b) = two();
    let s = session(&mut a, &mut b);
    let l = initiate(&mut a, &b);
    a.now += 14 * DAY;
    // A recovery is made with no PSK.
    a.recover(&b.id(), &b.bundle(None, 1)).unwrap();
    assert_eq!((a.status(&s), a.status(&l)), ("archived", "archived"));
    a.check(|a, now, _| Ok(((), a.expire(now)))).unwrap();
    assert_eq!((a.status(&s), a.status(&l)), ("none", "archived"));
}
