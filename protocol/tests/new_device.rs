//! A device that is new in an account which was known before (case 1 of page *Replacement*).
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::family::*;
use common::*;
use sceau::pairwise::{Event, SessionId};

const SEED: u64 = 1;

/// A peer's first device and its second one, whose list has both and is unknown to anybody; and the own device.
fn devices() -> (Device, Device, Device) {
    let (mut first, mut own) = (Device::new(SEED), Device::new(70));
    let mut second = sister(&first, SEED, 2, 2, 2);
    let list = list_of_two(&first, SEED, &second);
    second.take_list(&list);
    first.publish(2, 2);
    second.publish(2, 2);
    own.publish(4, 4);
    (first, second, own)
}

/// A first message of a session of its own.
fn write(from: &mut Device, to: &Device, kem: u32) -> (SessionId, sceau::pairwise::Outgoing) {
    let made = from.recover(&to.id(), &to.bundle(None, kem)).unwrap();
    (made.session, from.send(&made.session, b"first").unwrap())
}

fn live(own: &Device, peer: &Device) -> Option<SessionId> {
    own.account.live_session(&peer.id(), peer.account.serial())
}

#[test]
fn it_waits_for_the_caller() {
    for accept in [true, false] {
        let (mut first, mut second, mut own) = devices();
        let known = session(&mut own, &mut first);
        let (new, out) = write(&mut second, &own, 6);
        let got = own.get(&out).unwrap();
        assert_eq!((got.event, got.session, got.serial), (Event::SessionReplaced, new, 2));
        assert_eq!((&got.devices.added[..], &got.devices.removed[..]), (&[2][..], &[][..]));
        assert_eq!(got.devices.account, first.id());
        assert_eq!((own.status(&new), live(&own, &second)), ("unaccepted", None));
        assert_eq!(class(own.send(&new, b"x")), "session_replaced");
        // It receives; what it has told is told once.
        let got = own.get(&second.send(&new, b"more").unwrap()).unwrap();
        assert_eq!((got.event, got.devices.is_empty()), (Event::Message, true));
        // The other device's session goes on.
        talk(&mut own, &mut first, &known);
        if accept {
            own.check(|a, now, _| a.accept_session(&new, now).map(|c| ((), c))).unwrap();
            assert_eq!((own.status(&new), live(&own, &second)), ("established", Some(new)));
            talk(&mut own, &mut second, &new);
        } else {
            own.check(|a, now, _| a.decline_session(&new, now).map(|c| ((), c))).unwrap();
            assert_eq!((own.status(&new), live(&own, &second)), ("none", None));
            // Now it is known: the next handshake of it is no question.
            second.now += DAY;
            let (next, out) = write(&mut second, &own, 7);
            assert_eq!(own.get(&out).unwrap().event, Event::NewSession);
            assert_eq!(live(&own, &second), Some(next));
        }
    }
}

#[test]
fn not_where_nothing_was_pinned() {
    let (_, mut second, mut own) = devices();
    let (new, out) = write(&mut second, &own, 6);
    let got = own.get(&out).unwrap();
    assert_eq!((got.event, got.devices.is_empty()), (Event::NewSession, true));
    assert_eq!(own.status(&new), "established");
}

#[test]
fn not_where_it_was_listed_before_the_step() {
    let (mut first, mut second, mut own) = devices();
    session(&mut own, &mut first);
    let lists = device_lists(&[second.account.device_list()]);
    let id = first.id();
    let applied = own.check(|a, now, _| a.apply_device_lists(&id, &lists, now)).unwrap();
    assert_eq!((applied.number, &applied.devices.added[..]), (2, &[2][..]));
    let (new, out) = write(&mut second, &own, 6);
    assert_eq!(own.get(&out).unwrap().event, Event::NewSession);
    assert_eq!(own.status(&new), "established");
}

#[test]
fn not_where_the_own_side_has_initiated() {
    let (mut first, mut second, mut own) = devices();
    session(&mut own, &mut first);
    let made = own.initiate(&second.id(), &second.bundle(None, 4)).unwrap();
    assert_eq!((made.serial, &made.devices.added[..]), (2, &[2][..]));
    assert_eq!(own.status(&made.session), "waiting");
    let (_, out) = write(&mut second, &own, 6);
    assert_eq!(own.get(&out).unwrap().event, Event::NewSession);
}

#[test]
fn one_decision_at_a_time() {
    // The second unaccepted session of the pair deletes the first, in both cases that make one.
    let (mut first, mut second, mut own) = devices();
    let known = session(&mut own, &mut first);
    let (new, out) = write(&mut second, &own, 6);
    own.get(&out).unwrap();
    second.now += DAY;
    let (next, out) = write(&mut second, &own, 7);
    // Case 1 finds the device in the list that the step before has pinned.
    assert_eq!(own.get(&out).unwrap().event, Event::NewSession);
    assert_eq!((own.status(&new), own.status(&next)), ("unaccepted", "established"));
    let (last, out) = {
        second.now += DAY;
        write(&mut second, &own, 8)
    };
    assert_eq!(own.get(&out).unwrap().event, Event::SessionReplaced);
    assert_eq!((own.status(&new), own.status(&last)), ("none", "unaccepted"));
    assert_eq!(live(&own, &second), Some(next));
    // What comes late for it is read by nobody, and its first message is no new session.
    let late = second.send(&new, b"late");
    assert_eq!(class(late), "archived");
    assert_eq!(
        class(own.check(|a, now, _| a.accept_session(&new, now).map(|c| ((), c)))),
        "misuse"
    );
    talk(&mut own, &mut first, &known);
}
