//! A handshake that was given up and is answered after all (`[REP-14]`, and case 2).

use crate::party::{DAY, Party};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::device::Sent;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::CLOSE;
use sceau_spec::pairwise::pairs::{get_session, set_session};
use sceau_spec::pairwise::replacement::Event;
use sceau_spec::pairwise::session::{
    ARCHIVED, CLOSED, ESTABLISHED, SessionState, UNACCEPTED, WAITING,
};
use sceau_spec::pairwise::state::commit;

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

/// As if a session had been made without a PSK.
fn without_psk(party: &mut Party, session: &Octets) {
    let made = get_session(&party.state, session).unwrap();
    let other = SessionState { resumed_from: Octets::new(0), ..made };
    party.take(commit(&set_session(&party.state, &other)));
}

#[test]
fn a_session_of_another_origin_is_not_displaced() {
    let (mut alice, mut bob, _) = crate::party::conversation();
    let first = alice.initiate(&bob, None, 1);
    let hello = alice.send(&first, "hello");
    bob.receive(&hello, "hello");
    let answer = bob.send(&first, "answer");
    alice.now += DAY;
    let second = alice.initiate(&bob, None, 1);
    without_psk(&mut alice, &second);
    alice.receive(&answer, "answer");
    assert_eq!((alice.status(&first), alice.status(&second)), (ARCHIVED, WAITING));
}

#[test]
fn the_first_message_may_close_it() {
    let GivenUp { mut alice, mut bob, first, second, .. } = given_up(false);
    let close = bob.try_send_frame(&first, CLOSE, &Octets::new(0)).unwrap();
    alice.try_receive(&close).unwrap();
    assert_eq!((alice.status(&first), alice.status(&second)), (CLOSED, WAITING));
    assert_eq!(alice.live(&bob).as_ref(), Some(&second));
    // Nothing of the first is read any more; the second one goes on.
    bob.decide(&second, true);
    let welcome = bob.send(&second, "welcome");
    alice.receive(&welcome, "welcome");
    agree(&mut alice, &mut bob, &second);
}

#[test]
fn an_answer_brings_it_back_where_no_session_is_live() {
    let GivenUp { mut alice, mut bob, first, second, answer } = given_up(false);
    alice.try_send_frame(&second, CLOSE, &Octets::new(0)).unwrap();
    assert_eq!(alice.live(&bob), None);
    alice.receive(&answer, "answer");
    assert_eq!((alice.status(&first), alice.status(&second)), (ESTABLISHED, CLOSED));
    bob.decide(&second, false);
    agree(&mut alice, &mut bob, &first);
}

#[test]
fn the_peer_goes_on_in_the_one_made_after_the_one_it_closes() {
    let GivenUp { mut alice, mut bob, first, second, answer } = given_up(false);
    alice.receive(&answer, "answer");
    let close = bob.try_send_frame(&first, CLOSE, &Octets::new(0)).unwrap();
    bob.decide(&second, true);
    let welcome = bob.send(&second, "welcome");
    alice.try_receive(&close).unwrap();
    assert_eq!((alice.status(&second), alice.live(&bob)), (ARCHIVED, None));
    alice.receive(&welcome, "welcome");
    assert_eq!((alice.status(&first), alice.status(&second)), (CLOSED, ESTABLISHED));
    agree(&mut alice, &mut bob, &second);
}

#[test]
fn a_close_brings_nothing_back_where_no_session_is_live() {
    let GivenUp { mut alice, mut bob, first, second, .. } = given_up(false);
    let close = bob.try_send_frame(&first, CLOSE, &Octets::new(0)).unwrap();
    alice.try_send_frame(&second, CLOSE, &Octets::new(0)).unwrap();
    alice.try_receive(&close).unwrap();
    assert_eq!((alice.status(&first), alice.status(&second)), (CLOSED, CLOSED));
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

/// Alice has recovered in the second of her first handshake, which Bob has taken; he is asked about the
/// recovery. The two sessions, and his answer in the first.
fn within_a_second() -> (Party, Party, [Octets; 2], Sent) {
    let (mut alice, mut bob) = (Party::new("alice"), Party::new("bob"));
    let first = alice.initiate(&bob, None, 1);
    let hello = alice.send(&first, "hello");
    bob.receive(&hello, "hello");
    let answer = bob.send(&first, "answer");
    let second = alice.recover(&bob);
    let again = alice.send(&second, "again");
    assert_eq!(bob.receive(&again, "again").event, Event::SessionReplaced);
    (alice, bob, [first, second], answer)
}

#[test]
fn a_recovery_of_the_same_second_counts_as_later() {
    let (mut alice, mut bob, [first, second], answer) = within_a_second();
    alice.receive(&answer, "answer");
    assert_eq!(alice.live(&bob).as_ref(), Some(&first));
    bob.decide(&second, true);
    let welcome = bob.send(&second, "welcome");
    alice.receive(&welcome, "welcome");
    agree(&mut alice, &mut bob, &second);
}

#[test]
fn a_first_one_of_the_same_second_does_not() {
    let (mut alice, mut bob, [first, second], answer) = within_a_second();
    bob.decide(&second, true);
    let welcome = bob.send(&second, "welcome");
    alice.receive(&welcome, "welcome");
    alice.receive(&answer, "answer");
    assert_eq!(alice.status(&first), ARCHIVED);
    agree(&mut alice, &mut bob, &second);
}

#[test]
fn a_session_made_from_the_one_given_up_takes_the_place_of_both() {
    for recovery in [false, true] {
        let GivenUp { mut alice, mut bob, first, second, answer } = given_up(recovery);
        bob.decide(&second, false);
        let third = bob.initiate(&alice, None, 1);
        let news = bob.send(&third, "news");
        assert_eq!(alice.receive(&news, "news").event, Event::NewSession);
        let statuses = [&first, &second, &third].map(|id| alice.status(id));
        assert_eq!(statuses, [ARCHIVED, ARCHIVED, ESTABLISHED]);
        // The answer in the first comes late and brings nothing back.
        alice.receive(&answer, "answer");
        assert_eq!(alice.status(&first), ARCHIVED);
        agree(&mut alice, &mut bob, &third);
    }
}

#[test]
fn both_decline_and_still_meet() {
    // Alice gave the first up; Bob declines the second and initiates from the first, twice.
    let GivenUp { mut alice, mut bob, first, second, .. } = given_up(false);
    bob.decide(&second, false);
    let third = bob.initiate(&alice, None, 1);
    bob.now += DAY;
    alice.now = bob.now;
    let fourth = bob.initiate(&alice, None, 1);
    let news = bob.send(&fourth, "news");
    assert_eq!(alice.receive(&news, "news").event, Event::NewSession);
    assert_eq!(bob.status(&third), ARCHIVED);
    assert_eq!(alice.status(&first), ARCHIVED);
    agree(&mut alice, &mut bob, &fourth);
}

#[test]
fn an_answered_session_has_no_such_place() {
    // Alice has Bob's answer in the first, and recovers; Bob initiates from the first.
    let (mut alice, mut bob, first) = crate::party::conversation();
    let second = alice.recover(&bob);
    let third = bob.initiate(&alice, None, 1);
    let news = bob.send(&third, "news");
    alice.receive(&news, "news");
    // The recovery wins a simultaneous handshake (case 3).
    assert_eq!((alice.status(&second), alice.status(&third)), (WAITING, ARCHIVED));
    assert_eq!(alice.status(&first), ARCHIVED);
}

#[test]
fn a_handshake_given_up_for_one_of_another_origin_has_none() {
    let (mut alice, mut bob, _) = crate::party::conversation();
    let first = alice.initiate(&bob, None, 1);
    let hello = alice.send(&first, "hello");
    bob.receive(&hello, "hello");
    alice.now += DAY;
    bob.now = alice.now;
    let second = alice.initiate(&bob, None, 1);
    without_psk(&mut alice, &second);
    let third = bob.initiate(&alice, None, 1);
    let news = bob.send(&third, "news");
    assert_eq!(alice.receive(&news, "news").event, Event::NewSession);
    // Case 3: one of the two is the winner, the same one for both sides.
    let winner = [ESTABLISHED, WAITING].contains(&alice.status(&second));
    assert_eq!(alice.status(&third), if winner { ARCHIVED } else { ESTABLISHED });
}

#[test]
fn the_peers_own_second_handshake_is_asked_about() {
    let (mut alice, mut bob) = (Party::new("alice"), Party::new("bob"));
    let first = alice.initiate(&bob, None, 1);
    let hello = alice.send(&first, "hello");
    bob.receive(&hello, "hello");
    let second = bob.initiate(&alice, None, 1);
    let news = bob.send(&second, "news");
    alice.receive(&news, "news");
    bob.now += DAY;
    alice.now = bob.now;
    let third = bob.initiate(&alice, None, 1);
    let more = bob.send(&third, "more");
    // The live session is the peer's: the first would not come back.
    assert_eq!(alice.receive(&more, "more").event, Event::SessionReplaced);
    assert_eq!((alice.status(&first), alice.status(&second)), (ARCHIVED, ESTABLISHED));
    assert_eq!(alice.status(&third), UNACCEPTED);
}
