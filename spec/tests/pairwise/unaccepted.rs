//! New devices of a known account, sessions that await the caller's decision, and what an archive keeps.

use crate::party::{DAY, Party, conversation};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::pairs::{delete_session, find_pair, get_session};
use sceau_spec::pairwise::replacement::Event;
use sceau_spec::pairwise::session::{ARCHIVED, ESTABLISHED, UNACCEPTED, WAITING};
use sceau_spec::pairwise::state::commit;

#[test]
fn a_device_that_is_new_in_a_known_account_is_asked_about() {
    let (alice, mut bob, first) = conversation();
    let mut thief = Party::second("thief", &alice);
    let session = thief.initiate(&bob, None, 1);
    let hello = thief.send(&session, "it is me");
    let receipt = bob.receive(&hello, "it is me");
    assert_eq!((receipt.event, receipt.serial), (Event::SessionReplaced, 2));
    assert_eq!((bob.status(&session), bob.status(&first)), (UNACCEPTED, ESTABLISHED));
    assert_eq!(find_pair(&bob.state, &alice.account(), 2).live, None);
    assert_eq!(bob.try_send(&session, "no").err(), Some(ErrorClass::SessionReplaced));
    // Its further first messages are read, and the decision stays open.
    let more = thief.send(&session, "more");
    assert_eq!(bob.receive(&more, "more").event, Event::Message);
    assert_eq!(bob.status(&session), UNACCEPTED);
    bob.decide(&session, true);
    assert_eq!((bob.status(&session), bob.status(&first)), (ESTABLISHED, ESTABLISHED));
    let answer = bob.send(&session, "welcome");
    thief.receive(&answer, "welcome");
}

#[test]
fn a_declined_device_is_not_new_the_next_time() {
    // The list is pinned; what the caller said to it is his to remember.
    let (alice, mut bob, _) = conversation();
    let mut thief = Party::second("thief", &alice);
    let session = thief.initiate(&bob, None, 1);
    let hello = thief.send(&session, "it is me");
    bob.receive(&hello, "it is me");
    bob.decide(&session, false);
    let mut again = Party::second("thief", &alice);
    again.random(7);
    let session = again.initiate(&bob, None, 1);
    let hello = again.send(&session, "once more");
    assert_eq!(bob.receive(&hello, "once more").event, Event::NewSession);
}

#[test]
fn a_device_is_not_asked_about_where_its_account_is_unknown_or_its_list_was_pinned() {
    let alice = Party::new("alice");
    let mut second = Party::second("second", &alice);
    let mut bob = Party::new("bob");
    let session = second.initiate(&bob, None, 1);
    let hello = second.send(&session, "hello");
    assert_eq!(bob.receive(&hello, "hello").event, Event::NewSession);

    let (alice, mut bob, _) = conversation();
    let mut second = Party::second("second", &alice);
    bob.apply(&alice, &[&second.state.account.device_list]).unwrap();
    let session = second.initiate(&bob, None, 1);
    let hello = second.send(&session, "hello");
    assert_eq!(bob.receive(&hello, "hello").event, Event::NewSession);
}

#[test]
fn another_unaccepted_session_takes_the_place_of_the_earlier() {
    let (mut alice, mut bob, live) = conversation();
    let recover = |alice: &mut Party, bob: &mut Party| {
        alice.now += DAY;
        bob.now = alice.now;
        let session = alice.recover(bob);
        let sent = alice.send(&session, "lost");
        assert_eq!(bob.receive(&sent, "lost").event, Event::SessionReplaced);
        (session, sent)
    };
    let (earlier, sent) = recover(&mut alice, &mut bob);
    let kept = bob.state.sessions.len();
    for _ in 0..6 {
        let (later, _) = recover(&mut alice, &mut bob);
        assert_eq!(bob.status(&later), UNACCEPTED);
        assert_eq!(bob.state.sessions.len(), kept);
    }
    let pair = find_pair(&bob.state, &alice.account(), 1);
    assert_eq!(pair.archived.len(), 0);
    assert_eq!(pair.live, Some(live));
    assert_eq!(get_session(&bob.state, &earlier).err(), Some(ErrorClass::Misuse));
    assert_eq!(bob.try_receive(&sent).err(), Some(ErrorClass::Replay));
}

/// Alice's handshake waits, made from a session that both have used.
fn waiting() -> (Party, Party, Octets, Octets) {
    let (mut alice, bob, source) = conversation();
    let session = alice.initiate(&bob, None, 1);
    assert_eq!((alice.status(&source), alice.status(&session)), (ARCHIVED, WAITING));
    (alice, bob, source, session)
}

#[test]
fn without_the_session_of_the_psk_only_recovery_is_left() {
    let (mut alice, bob, source, session) = waiting();
    alice.now += DAY;
    let gone = get_session(&alice.state, &source).unwrap();
    let damaged = commit(&delete_session(&alice.state, &gone));
    alice.take(damaged);
    let refused = alice.try_initiate(&bob.account(), &bob.bundle(None, 1), false).err();
    assert_eq!(refused, Some(ErrorClass::Misuse));
    let recovery = alice.try_initiate(&bob.account(), &bob.bundle(None, 1), true).unwrap();
    assert!(!recovery.resumed);
    assert_eq!((alice.status(&session), alice.status(&recovery.session_id)), (ARCHIVED, WAITING));
}

#[test]
fn the_session_of_the_psk_is_kept_while_the_one_made_from_it_waits() {
    let (mut alice, mut bob, source, _) = waiting();
    alice.policy.limits.max_archived = 1;
    let mut last = None;
    for _ in 0..3 {
        alice.now += 20 * DAY;
        alice.take(device::reissue_list(&alice.state, alice.now, &alice.policy).unwrap());
        let resumed = alice.try_initiate(&bob.account(), &bob.fresh_bundle(alice.now), false);
        let resumed = resumed.unwrap();
        assert!(resumed.resumed);
        last = Some(resumed.session_id);
        assert_eq!(alice.status(&source), ARCHIVED);
        // The one before it, and the source, which does not count.
        assert_eq!(find_pair(&alice.state, &bob.account(), 1).archived.len(), 2);
    }
    let last = last.unwrap();
    let hello = alice.send(&last, "hello");
    bob.receive(&hello, "hello");
    let answer = bob.send(&last, "answer");
    alice.receive(&answer, "answer");
    // It waits no more: the archive has its bound again.
    assert_eq!(alice.status(&last), ESTABLISHED);
    assert_eq!(get_session(&alice.state, &source).err(), Some(ErrorClass::Misuse));
    assert_eq!(find_pair(&alice.state, &bob.account(), 1).archived.len(), 1);
}

#[test]
fn the_session_of_the_psk_ages_again_when_the_other_is_answered() {
    let (mut alice, mut bob, source, session) = waiting();
    let hello = alice.send(&session, "hello");
    bob.receive(&hello, "hello");
    let answer = bob.send(&session, "answer");
    alice.now += 20 * DAY;
    alice.take(device::expire(&alice.state, alice.now, &alice.policy));
    assert_eq!(alice.status(&source), ARCHIVED);
    alice.receive(&answer, "answer");
    assert_eq!(alice.status(&source), ARCHIVED);
    alice.take(device::expire(&alice.state, alice.now, &alice.policy));
    assert_eq!(get_session(&alice.state, &source).err(), Some(ErrorClass::Misuse));
}

#[test]
fn a_recovery_keeps_no_source() {
    let (mut alice, bob, source, session) = waiting();
    alice.policy.limits.max_archived = 1;
    let recovery = alice.recover(&bob);
    assert_eq!((alice.status(&session), alice.status(&recovery)), (ARCHIVED, WAITING));
    assert_eq!(get_session(&alice.state, &source).err(), Some(ErrorClass::Misuse));
}
