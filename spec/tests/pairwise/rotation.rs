//! Mailboxes that rotate (`[ENV-04]`, `[ENV-05]`).

use crate::party::conversation;
use sceau_spec::octets::{Octets, empty, u32_be};
use sceau_spec::pairwise::device::{Sent, frame};
use sceau_spec::pairwise::envelope::{incoming_mailboxes, mailbox_id};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::MAILBOX_ROTATION;
use sceau_spec::pairwise::limits::{MAILBOX_PERIOD, default_limits};
use sceau_spec::pairwise::pairs::get_session;
use sceau_spec::pairwise::ratchet::encrypt;
use sceau_spec::pairwise::session::{ESTABLISHED, RESPONDER, SessionState};

fn rotations(session: &SessionState) -> Vec<u32> {
    let now = 2950 * MAILBOX_PERIOD;
    let incoming = incoming_mailboxes(session, now, &default_limits());
    assert_eq!(incoming.len() % 7, 0);
    let all = [0, 1, 2, 3, 4, u32::MAX - 2, u32::MAX - 1, u32::MAX];
    (0..incoming.len() / 7)
        .map(|i| {
            let of = |rotation: &&u32| mailbox_id(session, 1, **rotation, 2945) == incoming[7 * i];
            *all.iter().find(of).expect("one of these rotations")
        })
        .collect()
}

#[test]
fn a_receiver_looks_one_rotation_ahead_and_one_behind() {
    let session = |current: u32| SessionState {
        role: RESPONDER,
        status: ESTABLISHED,
        rotation_receive: current,
        exporter_secret: Octets::new(32),
        session_id: Octets::new(32),
        ..SessionState::default()
    };
    assert_eq!(rotations(&session(0)), [0, 1]);
    assert_eq!(rotations(&session(1)), [1, 0, 2]);
    assert_eq!(rotations(&session(3)), [3, 2, 4]);
    assert_eq!(rotations(&session(u32::MAX - 1)), [u32::MAX - 1, u32::MAX - 2, u32::MAX]);
    assert_eq!(rotations(&session(u32::MAX)), [u32::MAX, u32::MAX - 1]);
}

#[test]
fn a_lost_rotation_strands_nothing() {
    let (mut alice, mut bob, session) = conversation();
    let before = alice.send(&session, "before");
    let lost = alice.try_send_frame(&session, MAILBOX_ROTATION, &u32_be(1)).unwrap();
    let after = alice.send(&session, "after");
    assert_ne!(before.mailbox, after.mailbox);
    bob.receive(&after, "after");
    bob.receive(&before, "before");
    assert_eq!(get_session(&bob.state, &session).unwrap().rotation_receive, 0);
    // What was lost comes after all.
    bob.try_receive(&lost).unwrap();
    assert_eq!(get_session(&bob.state, &session).unwrap().rotation_receive, 1);
    bob.receive(&alice.send(&session, "on"), "on");
}

#[test]
fn a_second_rotation_is_stranded_by_two_losses() {
    let (mut alice, mut bob, session) = conversation();
    for rotation in [1, 2] {
        alice.try_send_frame(&session, MAILBOX_ROTATION, &u32_be(rotation)).unwrap();
    }
    let after = alice.send(&session, "after");
    assert_eq!(bob.try_receive(&after).err(), Some(ErrorClass::Undecryptable));
}

#[test]
fn a_sender_rotates_by_one_and_a_receiver_takes_any_that_is_greater() {
    let (mut alice, mut bob, session) = conversation();
    for rotation in [0, 2, 7, u32::MAX] {
        let refused = alice.try_send_frame(&session, MAILBOX_ROTATION, &u32_be(rotation));
        assert_eq!(refused.err(), Some(ErrorClass::Malformed), "{rotation}");
    }
    let first = alice.try_send_frame(&session, MAILBOX_ROTATION, &u32_be(1)).unwrap();
    let second = alice.try_send_frame(&session, MAILBOX_ROTATION, &u32_be(2)).unwrap();
    // The second overtakes the first.
    bob.try_receive(&second).unwrap();
    assert_eq!(get_session(&bob.state, &session).unwrap().rotation_receive, 2);
    // Nobody looks there any more.
    assert_eq!(bob.try_receive(&first).err(), Some(ErrorClass::Undecryptable));
}

#[test]
fn a_receiver_takes_no_rotation_that_does_not_grow() {
    let (mut alice, mut bob, session) = conversation();
    bob.try_receive(&alice.try_send_frame(&session, MAILBOX_ROTATION, &u32_be(1)).unwrap())
        .unwrap();
    for rotation in [0, 1] {
        // A sender that does not ask whether it grows.
        let mailbox = alice.send(&session, "lost").mailbox;
        let sender = get_session(&alice.state, &session).unwrap();
        let frame = frame(MAILBOX_ROTATION, &u32_be(rotation));
        let limits = default_limits();
        let (_, message) = encrypt(&sender, &frame, &empty(), alice.now, &limits).unwrap();
        let sent = Sent { message, mailbox, contact: false };
        assert_eq!(bob.try_receive(&sent).err(), Some(ErrorClass::Malformed), "{rotation}");
    }
}

#[test]
fn what_was_sent_between_two_rotations_is_found_when_the_first_is_lost() {
    let (mut alice, mut bob, session) = conversation();
    alice.try_send_frame(&session, MAILBOX_ROTATION, &u32_be(1)).unwrap();
    let between = alice.send(&session, "between");
    let second = alice.try_send_frame(&session, MAILBOX_ROTATION, &u32_be(2)).unwrap();
    bob.try_receive(&second).unwrap();
    bob.receive(&between, "between");
    bob.receive(&alice.send(&session, "on"), "on");
}

#[test]
fn the_last_rotation_is_the_last() {
    let (mut alice, _, session) = conversation();
    let last = get_session(&alice.state, &session).unwrap();
    let last = SessionState { rotation_send: u32::MAX, ..last };
    let state = sceau_spec::pairwise::pairs::set_session(&alice.state, &last);
    alice.take(sceau_spec::pairwise::state::commit(&state));
    let refused = alice.try_send_frame(&session, MAILBOX_ROTATION, &u32_be(0));
    assert_eq!(refused.err(), Some(ErrorClass::Malformed));
}
