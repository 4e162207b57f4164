//! A handshake that was given up and is answered after all (`[REP-14]`, and case 2 for a `waiting` L).

use crate::party::{DAY, Party};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::device::Sent;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::CLOSE;
use sceau_spec::pairwise::replacement::Event;
use sceau_spec::pairwise::session::{ARCHIVED, CLOSED, ESTABLISHED, UNACCEPTED, WAITING};

/// Alice has initiated twice. Bob has taken the first and is asked about the second; his answer in the
/// first is under way.
struct GivenUp {
    alice: Party,
    bob: Party,
    first: Octets,
    second: Octets,
    answer: Sent,
}

fn given_up(recovery: bool) -> GivenUp {
    let (mut alice, mut bob) = (Party::new("alice"), Party::new("bob"));
    let first = alice.initiate(&bob, None, 1);
    let hello = alice.send(&first, "hello");
    bob.receive(&hello, "hello");
    let answer = bob.send(&first, "answer");
    let second = if recovery {
        alice.now += 60;
        alice.recover(&bob)
    } else {
        alice.now += DAY;
        alice.initiate(&bob, None, 1)
    };
    bob.now = alice.now;
    assert_eq!((alice.status(&first), alice.status(&second)), (ARCHIVED, WAITING));
    let again = alice.send(&second, "hello again");
    assert_eq!(bob.receive(&again, "hello again").event, Event::SessionReplaced);
    assert_eq!((bob.status(&first), bob.status(&second)), (ESTABLISHED, UNACCEPTED));
    GivenUp { alice, bob, first, second, answer }
}

/// Both talk in the session, and in no other.
fn agree(alice: &mut Party, bob: &mut Party, session: &Octets) {
    assert_eq!(alice.live(bob).as_ref(), Some(session));
    assert_eq!(bob.live(alice).as_ref(), Some(session));
    for _ in 0..2 {
        let ping = alice.send(session, "ping");
        bob.receive(&ping, "ping");
        let pong = bob.send(session, "pong");
        alice.receive(&pong, "pong");
    }
}

#[test]
fn the_first_answer_brings_it_back() {
    for recovery in [false, true] {
        let GivenUp { mut alice, mut bob, first, second, answer } = given_up(recovery);
        assert_eq!(alice.receive(&answer, "answer").event, Event::Message);
        assert_eq!((alice.status(&first), alice.status(&second)), (ESTABLISHED, ARCHIVED));
        bob.decide(&second, false);
        agree(&mut alice, &mut bob, &first);
    }
}

#[test]
fn the_answer_in_the_second_moves_both_there() {
    for recovery in [false, true] {
        let GivenUp { mut alice, mut bob, first, second, answer } = given_up(recovery);
        alice.receive(&answer, "answer");
        bob.decide(&second, true);
        let late = bob.send(&second, "welcome");
        alice.receive(&late, "welcome");
        assert_eq!((alice.status(&first), alice.status(&second)), (ARCHIVED, ESTABLISHED));
        agree(&mut alice, &mut bob, &second);
    }
}

#[test]
fn once_the_second_is_answered_the_first_stays_archived() {
    let GivenUp { mut alice, mut bob, first, second, answer } = given_up(false);
    bob.decide(&second, true);
    let welcome = bob.send(&second, "welcome");
    alice.receive(&welcome, "welcome");
    alice.receive(&answer, "answer");
    assert_eq!((alice.status(&first), alice.status(&second)), (ARCHIVED, ESTABLISHED));
    agree(&mut alice, &mut bob, &second);
}

#[test]
fn only_the_first_message_brings_it_back() {
    let GivenUp { mut alice, mut bob, first, second, answer } = given_up(false);
    let more = bob.send(&first, "more");
    alice.receive(&answer, "answer");
    bob.decide(&second, true);
    let welcome = bob.send(&second, "welcome");
    alice.receive(&welcome, "welcome");
    alice.receive(&more, "more");
    assert_eq!((alice.status(&first), alice.status(&second)), (ARCHIVED, ESTABLISHED));
}

#[test]
fn a_session_of_another_origin_is_not_displaced() {
    // The first was made with the PSK of a session that has meanwhile gone; the second without one.
    let (mut alice, mut bob, old) = crate::party::conversation();
    let first = alice.initiate(&bob, None, 1);
    let hello = alice.send(&first, "hello");
    bob.receive(&hello, "hello");
    let answer = bob.send(&first, "answer");
    alice.now += DAY;
    let gone = sceau_spec::pairwise::pairs::get_session(&alice.state, &old).unwrap();
    let state = sceau_spec::pairwise::pairs::delete_session(&alice.state, &gone);
    alice.take(sceau_spec::pairwise::state::commit(&state));
    let second = alice.initiate(&bob, None, 1);
    alice.receive(&answer, "answer");
    assert_eq!((alice.status(&first), alice.status(&second)), (ARCHIVED, WAITING));
}

#[test]
fn the_first_message_may_close_it() {
    let GivenUp { mut alice, mut bob, first, second, .. } = given_up(false);
    let close = bob.try_send_frame(&first, CLOSE, &Octets::new(0)).unwrap();
    alice.try_receive(&close).unwrap();
    assert_eq!((alice.status(&first), alice.status(&second)), (CLOSED, ARCHIVED));
    assert_eq!(alice.live(&bob), None);
}

#[test]
fn nothing_of_the_archive_is_lost() {
    let GivenUp { mut alice, mut bob, first, second, answer } = given_up(false);
    alice.policy.limits.max_archived = 1;
    alice.receive(&answer, "answer");
    assert_eq!((alice.status(&first), alice.status(&second)), (ESTABLISHED, ARCHIVED));
    bob.decide(&second, false);
    agree(&mut alice, &mut bob, &first);
}

#[test]
fn a_session_made_from_an_unanswered_one_takes_its_place() {
    let (mut alice, mut bob) = (Party::new("alice"), Party::new("bob"));
    let first = alice.initiate(&bob, None, 1);
    let hello = alice.send(&first, "hello");
    bob.receive(&hello, "hello");
    let answer = bob.send(&first, "answer");
    let second = bob.initiate(&alice, None, 1);
    let news = bob.send(&second, "news");
    assert_eq!(alice.status(&first), WAITING);
    assert_eq!(alice.receive(&news, "news").event, Event::NewSession);
    assert_eq!((alice.status(&first), alice.status(&second)), (ARCHIVED, ESTABLISHED));
    // The answer comes late: the live session is the peer's, so nothing comes back.
    alice.receive(&answer, "answer");
    assert_eq!(alice.try_send(&first, "no").err(), Some(ErrorClass::Archived));
    agree(&mut alice, &mut bob, &second);
}
