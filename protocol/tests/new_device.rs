//! A device that is new in an account which was known before (`REP-15`, case 1 of page *Replacement*).
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
use common::family::*;
use common::*;
use sceau::Wire;
use sceau::pairwise::{DeviceList, Event, Frame, SessionId, content_type};

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

fn accept(own: &mut Device, id: &SessionId) {
    own.check(|a, now, _| a.accept_session(id, now).map(|c| ((), c))).unwrap();
}

fn live(own: &Device, peer: &Device) -> Option<SessionId> {
    own.account.live_session(&peer.id(), peer.account.serial())
}

#[test]
fn it_waits_for_the_caller() {
    for accepted in [true, false] {
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
        if accepted {
            accept(&mut own, &new);
            assert_eq!((own.status(&new), live(&own, &second)), ("established", Some(new)));
            talk(&mut own, &mut second, &new);
        } else {
            own.check(|a, now, _| a.decline_session(&new, now).map(|c| ((), c))).unwrap();
            assert_eq!((own.status(&new), live(&own, &second)), ("none", None));
            // Nobody has said yes: the next handshake of it is a question again.
            second.now += DAY;
            let (next, out) = write(&mut second, &own, 7);
            let got = own.get(&out).unwrap();
            assert_eq!((got.event, got.devices.is_empty()), (Event::SessionReplaced, true));
            assert_eq!((own.status(&next), live(&own, &second)), ("unaccepted", None));
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

/// How the list with both devices can come before any message of the second one does.
#[derive(Clone, Copy, Debug)]
enum Ahead {
    Applied,
    Announced,
    BesideCredential,
    /// In the bundle of the device that is known.
    Bundle,
    /// With another first message of the device that is known.
    FirstMessage,
}

fn brings(ahead: Ahead, first: &mut Device, own: &mut Device, list: &DeviceList) -> Vec<u64> {
    let (id, lists) = (first.id(), device_lists(&[list]));
    let credential = first.account.credential().to_bytes();
    let known = session(own, first);
    let mut announce = |content_type, body: &[u8]| {
        let out = first.send_frame(&known, &Frame::new(content_type, body)).unwrap();
        own.get(&out).unwrap().devices.added
    };
    match ahead {
        Ahead::Announced => announce(content_type::DEVICE_LIST, &lists),
        Ahead::BesideCredential => {
            announce(content_type::CREDENTIAL_UPDATE, &[lists, credential].concat())
        }
        Ahead::Applied => {
            let applied = own.check(|a, now, _| a.apply_device_lists(&id, &lists, now)).unwrap();
            applied.devices.added
        }
        Ahead::Bundle => {
            first.take_list(list);
            own.initiate(&id, &first.bundle(None, 5)).unwrap().devices.added
        }
        Ahead::FirstMessage => {
            first.take_list(list);
            let (_, out) = write(first, own, 8);
            own.get(&out).unwrap().devices.added
        }
    }
}

#[test]
fn however_its_list_came() {
    use Ahead::{Announced, Applied, BesideCredential, Bundle, FirstMessage};
    for ahead in [Applied, Announced, BesideCredential, Bundle, FirstMessage] {
        let (mut first, mut second, mut own) = devices();
        let list = second.account.device_list().clone();
        assert_eq!(brings(ahead, &mut first, &mut own, &list), [2], "{ahead:?}");
        own.reload(); // The pair keeps it.
        let (new, out) = write(&mut second, &own, 6);
        let got = own.get(&out).unwrap();
        assert_eq!((got.event, got.devices.is_empty()), (Event::SessionReplaced, true));
        assert_eq!((own.status(&new), live(&own, &second)), ("unaccepted", None));
        // Of the device that was there before, nothing is asked.
        assert!(live(&own, &first).is_some());
        // Accepted once, it is like others of its account: a second handshake is case 5, not case 1.
        accept(&mut own, &new);
        talk(&mut own, &mut second, &new);
        own.send_frame(&new, &Frame::new(content_type::CLOSE, b"")).unwrap();
        assert_eq!(live(&own, &second), None);
        second.now += DAY;
        let (next, out) = write(&mut second, &own, 7);
        assert_eq!(own.get(&out).unwrap().event, Event::NewSession);
        assert_eq!(live(&own, &second), Some(next));
    }
}

#[test]
fn its_list_in_the_first_message_of_another() {
    // Nothing was pinned before; the handshake pins a list, and the body another in its place.
    let (mut first, mut second, mut own) = devices();
    let lists = device_lists(&[second.account.device_list()]);
    let made = first.initiate(&own.id(), &own.bundle(None, 8)).unwrap().session;
    let out = first.send_frame(&made, &Frame::new(content_type::DEVICE_LIST, &lists)).unwrap();
    assert_eq!(own.get(&out).unwrap().event, Event::NewSession);
    let (new, out) = write(&mut second, &own, 6);
    assert_eq!(own.get(&out).unwrap().event, Event::SessionReplaced);
    assert_eq!((own.status(&new), own.status(&made)), ("unaccepted", "established"));
}

#[test]
fn not_where_the_own_side_has_initiated() {
    // The step that initiates brings the list, or it came before.
    for ahead in [false, true] {
        let (mut first, mut second, mut own) = devices();
        session(&mut own, &mut first);
        let added: &[u64] = if ahead { &[] } else { &[2] };
        if ahead {
            let (id, lists) = (first.id(), device_lists(&[second.account.device_list()]));
            own.check(|a, now, _| a.apply_device_lists(&id, &lists, now)).unwrap();
        }
        let made = own.initiate(&second.id(), &second.bundle(None, 4)).unwrap();
        assert_eq!((made.serial, &made.devices.added[..]), (2, added));
        assert_eq!(own.status(&made.session), "waiting");
        let (_, out) = write(&mut second, &own, 6);
        assert_eq!(own.get(&out).unwrap().event, Event::NewSession);
        // It stays so when that session has ended.
        let live = live(&own, &second).unwrap();
        own.send_frame(&live, &Frame::new(content_type::CLOSE, b"")).unwrap();
        second.now += DAY;
        let (_, out) = write(&mut second, &own, 7);
        assert_eq!(own.get(&out).unwrap().event, Event::NewSession);
    }
}

#[test]
fn initiating_leaves_the_question_that_is_open() {
    let (mut first, mut second, mut own) = devices();
    session(&mut own, &mut first);
    let (new, out) = write(&mut second, &own, 6);
    own.get(&out).unwrap();
    let made = own.initiate(&second.id(), &second.bundle(None, 4)).unwrap().session;
    assert_eq!((own.status(&new), own.status(&made)), ("unaccepted", "waiting"));
    assert_eq!(live(&own, &second), Some(made));
    own.reload();
    accept(&mut own, &new);
    assert_eq!((own.status(&new), own.status(&made)), ("established", "archived"));
}

#[test]
fn one_decision_at_a_time() {
    // The second unaccepted session of the pair deletes the first, in case 1 and in case 5.
    let (mut first, mut second, mut own) = devices();
    let known = session(&mut own, &mut first);
    let (new, out) = write(&mut second, &own, 6);
    own.get(&out).unwrap();
    second.now += DAY;
    let (next, out) = write(&mut second, &own, 7);
    assert_eq!(own.get(&out).unwrap().event, Event::SessionReplaced);
    assert_eq!((own.status(&new), own.status(&next)), ("none", "unaccepted"));
    accept(&mut own, &next);
    let mut again = || {
        second.now += DAY;
        let (id, out) = write(&mut second, &own, 1);
        assert_eq!(own.get(&out).unwrap().event, Event::SessionReplaced);
        id
    };
    let (last, newest) = (again(), again());
    assert_eq!((own.status(&last), own.status(&newest)), ("none", "unaccepted"));
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
