//! New devices of a known account, sessions that await the caller's decision, and what an archive keeps.

use crate::party::{DAY, Party, conversation};
use hacspec_lib::*;
use sceau_spec::octets::{Octets, empty, u64_be};
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::enrolment::identity_sign;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::CLOSE;
use sceau_spec::pairwise::identities::{DeviceEntry, DeviceListTbs};
use sceau_spec::pairwise::pairs::{delete_session, find_pair, find_peer, get_session};
use sceau_spec::pairwise::replacement::Event;
use sceau_spec::pairwise::session::{
    ABSORB_ARMED, ARCHIVED, CLOSED, ESTABLISHED, UNACCEPTED, WAITING,
};
use sceau_spec::pairwise::state::{PairState, commit, export_state, import_state};

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

/// A second device of Alice's whose list has reached Bob, who knows her account, before its first message.
fn listed() -> (Party, Party, Party) {
    let (alice, mut bob, _) = conversation();
    let second = Party::second("second", &alice);
    bob.apply(&alice, &[&second.state.account.device_list]).unwrap();
    (alice, bob, second)
}

/// The first message of a device that initiates anew, and what happens.
fn comes(device: &mut Party, bob: &mut Party) -> (Octets, Event) {
    let session = device.initiate(bob, None, 1);
    let hello = device.send(&session, "hello");
    (session, bob.receive(&hello, "hello").event)
}

fn close(party: &mut Party, session: &Octets) {
    party.try_send_frame(session, CLOSE, &empty()).unwrap();
}

#[test]
fn a_declined_device_is_asked_about_again() {
    let (alice, mut bob, mut thief) = listed();
    for _ in 0..3 {
        thief.now += DAY;
        bob.now = thief.now;
        let (session, event) = comes(&mut thief, &mut bob);
        assert_eq!(event, Event::SessionReplaced);
        let pair = find_pair(&bob.state, &alice.account(), 2);
        assert_eq!((pair.unconfirmed, pair.live), (1, None));
        bob.decide(&session, false);
        assert_eq!(find_pair(&bob.state, &alice.account(), 2).unconfirmed, 1);
    }
    thief.now += DAY;
    bob.now = thief.now;
    let (session, _) = comes(&mut thief, &mut bob);
    bob.decide(&session, true);
    let pair = find_pair(&bob.state, &alice.account(), 2);
    assert_eq!((pair.unconfirmed, pair.live), (0, Some(session.clone())));
    // From then on it is a device like others.
    close(&mut bob, &session);
    thief.now += DAY;
    assert_eq!(comes(&mut thief, &mut bob).1, Event::NewSession);
}

#[test]
fn a_device_is_not_asked_about_where_its_account_is_unknown() {
    let alice = Party::new("alice");
    let mut second = Party::second("second", &alice);
    let mut bob = Party::new("bob");
    assert_eq!(comes(&mut second, &mut bob).1, Event::NewSession);
}

#[test]
fn who_initiates_has_decided() {
    // The list came before, or comes with the bundle.
    for earlier in [true, false] {
        let (alice, mut bob, _) = conversation();
        let mut second = Party::second("second", &alice);
        if earlier {
            bob.apply(&alice, &[&second.state.account.device_list]).unwrap();
        }
        let session = bob.initiate(&second, None, 1);
        let pair = find_pair(&bob.state, &alice.account(), 2);
        assert_eq!((pair.unconfirmed, pair.live), (0, Some(session.clone())));
        close(&mut bob, &session);
        assert_eq!(comes(&mut second, &mut bob).1, Event::NewSession);
    }
}

#[test]
fn a_list_is_compared_with_the_one_pinned_before_the_step() {
    let (alice, mut bob, _) = conversation();
    let second = Party::second("second", &alice);
    let with = &second.state.account.device_list;
    let number = |number: u64, devices: Seq<DeviceEntry>| {
        let key = &second.state.account.account_private[0usize].key;
        let tbs = DeviceListTbs { number, devices, ..with.tbs.clone() };
        let device = Some((u64_be(1), identity_sign(&alice.state).unwrap()));
        sign_device_list(tbs, key, &Cosigners { device, issuer: None })
    };
    let all = with.tbs.devices.clone();
    let without = number(3, all.slice(0, 1));
    let again = number(4, all.clone());
    let unconfirmed = |bob: &Party| find_pair(&bob.state, &alice.account(), 2).unconfirmed;
    let pairs = |bob: &Party| find_peer(&bob.state, &alice.account()).unwrap().pairs.len();
    bob.apply(&alice, &[with]).unwrap();
    assert_eq!((unconfirmed(&bob), pairs(&bob)), (1, 2));
    // A pair without sessions goes with its device.
    let mut copy = bob.state.clone();
    bob.apply(&alice, &[&without]).unwrap();
    assert_eq!(pairs(&bob), 1);
    bob.apply(&alice, &[&again]).unwrap();
    assert_eq!((unconfirmed(&bob), pairs(&bob)), (1, 2));
    // No serial comes again within a series, so what was there before and is there is the same device.
    copy.peers[0usize].pairs[1usize].unconfirmed = 0;
    bob.take(commit(&copy));
    let refused = bob.apply(&alice, &[&without, &again]);
    assert_eq!(refused.err(), Some(ErrorClass::UnauthorisedDevice));
    assert_eq!((unconfirmed(&bob), pairs(&bob)), (0, 2));
    // What comes and goes within one leaves no pair.
    let mut dave = Party::new("dave");
    dave.apply(&alice, &[&alice.state.account.device_list]).unwrap();
    dave.apply(&alice, &[with, &without]).unwrap();
    assert_eq!(pairs(&dave), 0);
}

#[test]
fn the_pair_of_a_device_that_is_not_listed_goes_with_its_last_session() {
    let (alice, mut bob, mut second) = listed();
    let (session, _) = comes(&mut second, &mut bob);
    bob.decide(&session, true);
    let mut tbs = second.state.account.device_list.tbs.clone();
    (tbs.number, tbs.devices) = (tbs.number + 1, tbs.devices.slice(0, 1));
    let key = second.state.account.account_private[0usize].key.clone();
    let list = sign_device_list(tbs, &key, &Cosigners::default());
    bob.apply(&alice, &[&list]).unwrap();
    let pairs = |bob: &Party| find_peer(&bob.state, &alice.account()).unwrap().pairs.len();
    assert_eq!((bob.status(&session), pairs(&bob)), (CLOSED, 2));
    bob.now += bob.policy.limits.archive_age - 1;
    bob.take(device::expire(&bob.state, bob.now, &bob.policy));
    assert_eq!(pairs(&bob), 2);
    bob.now += 1;
    bob.take(device::expire(&bob.state, bob.now, &bob.policy));
    assert_eq!(pairs(&bob), 1);
    assert_eq!(find_pair(&bob.state, &alice.account(), 1).serial, 1);
}

#[test]
fn an_importer_refuses_pairs_that_no_step_leaves() {
    let (_, bob, _) = listed();
    assert!(import_state(&export_state(&bob.state), 0).is_ok());
    let refused = |change: &dyn Fn(&mut PairState, &mut PairState)| {
        let mut state = bob.state.clone();
        let (mut first, mut second) =
            (state.peers[0usize].pairs[0usize].clone(), state.peers[0usize].pairs[1usize].clone());
        change(&mut first, &mut second);
        state.peers[0usize].pairs = Seq::from_vec(vec![first, second]);
        import_state(&export_state(&commit(&state)), 0).err()
    };
    assert_eq!(refused(&|_, second| second.unconfirmed = 0), None);
    let malformed = Some(ErrorClass::Malformed);
    assert_eq!(refused(&|_, second| second.unconfirmed = 2), malformed);
    assert_eq!(refused(&|first, _| first.unconfirmed = 1), malformed);
    assert_eq!(refused(&|_, second| second.serial = 3), malformed);
}

#[test]
fn a_device_of_the_own_account_is_a_peer_like_any_other() {
    let mut alice = Party::new("alice");
    let first = alice.state.account.device_list.clone();
    let mut second = Party::second("second", &alice);
    let own = Party::second("own", &alice);
    alice.apply(&own, &[&first]).unwrap();
    let (session, event) = comes(&mut second, &mut alice);
    assert_eq!(event, Event::SessionReplaced);
    alice.decide(&session, true);
    assert_eq!(find_pair(&alice.state, &own.account(), 2).unconfirmed, 0);
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

#[test]
fn an_archive_is_trimmed_at_the_end_of_the_step() {
    let (alice, bob) = (Party::new("alice"), Party::new("bob"));
    let key = |party: &Party| party.state.account.credential.tbs.identity_keys[1usize].key.to_hex();
    let [mut one, mut other] = if key(&alice) < key(&bob) { [alice, bob] } else { [bob, alice] };
    one.policy.limits.max_archived = 1;
    other.policy.limits.max_archived = 1;
    let winner = one.initiate(&other, None, 1);
    let loser = other.initiate(&one, None, 1);
    let late = other.send(&loser, "late");
    one.receive(&late, "late");
    let hello = one.send(&winner, "hello");
    // The loser has been given up: it is the one session of the archive when the winner comes.
    other.now += DAY;
    let next = other.initiate(&one, None, 1);
    assert_eq!((other.status(&loser), other.status(&next)), (ARCHIVED, WAITING));
    assert_eq!(other.receive(&hello, "hello").event, Event::NewSession);
    assert_eq!(get_session(&other.state, &winner).unwrap().absorb_status, ABSORB_ARMED);
    assert_eq!((other.status(&next), other.state.sessions.len()), (ARCHIVED, 2));
    let answer = other.send(&winner, "answer");
    one.receive(&answer, "answer");
}

#[test]
fn an_archive_is_trimmed_only_where_a_session_was_archived() {
    let (mut alice, mut bob, first) = conversation();
    for _ in 0..3 {
        alice.now += 2 * DAY;
        bob.now = alice.now;
        comes(&mut alice, &mut bob);
        let live = alice.state.peers[0usize].pairs[0usize].live.clone().unwrap();
        let answer = bob.send(&live, "answer");
        alice.receive(&answer, "answer");
    }
    assert_eq!((bob.status(&first), bob.state.sessions.len()), (ARCHIVED, 4));
    // A lower bound counts when a session is archived the next time.
    bob.policy.limits.max_archived = 1;
    let live = bob.state.peers[0usize].pairs[0usize].live.clone().unwrap();
    bob.send(&live, "more");
    assert_eq!(bob.state.sessions.len(), 4);
    close(&mut bob, &live);
    assert_eq!((bob.status(&live), bob.state.sessions.len()), (CLOSED, 1));
}
