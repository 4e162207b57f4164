//! Two devices of the executable specification talk with each other.

mod delivery;
mod devices;
mod given_up;
mod party;
mod rotation;
#[path = "../../src/bin/peer/second_device.rs"]
mod second_device;
mod unaccepted;

use hacspec_lib::*;
use party::{DAY, NOW, Party, conversation};
use sceau_spec::octets::{ascii, byte, empty, from_bytes, repeat};
use sceau_spec::pairwise::accept::Expectation;
use sceau_spec::pairwise::codec::{Extension, Extensions};
use sceau_spec::pairwise::device::{self, Sent};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::{APPLICATION, DEVICE_LISTS, MAILBOX_ROTATION};
use sceau_spec::pairwise::identities::{DeviceLists, encode_device_lists};
use sceau_spec::pairwise::initiate::{InitiateRandomness, external_psk};
use sceau_spec::pairwise::pairs::{find_pair, get_session};
use sceau_spec::pairwise::records::{Change, decode_change, encode_change};
use sceau_spec::pairwise::replacement::Event;
use sceau_spec::pairwise::session::{ABSORB_DONE, ARCHIVED, CLOSED, ESTABLISHED, WAITING};
use sceau_spec::pairwise::skipped::stored_keys;
use sceau_spec::pairwise::state::{export_state, import_state};

#[test]
fn a_conversation() {
    let mut alice = Party::new("alice");
    let mut bob = Party::new("bob");
    let prekeys = bob.state.prekeys.len();
    let session = alice.initiate(&bob, Some(2), 4);
    assert_eq!(alice.status(&session), WAITING);
    let first = alice.send(&session, "one");
    let second = alice.send(&session, "two");
    assert!(first.contact && second.contact);
    let receipt = bob.receive(&second, "two");
    assert_eq!(receipt.event, Event::NewSession);
    assert!(receipt.one_time && !receipt.last_resort);
    assert_eq!(bob.state.prekeys.len(), prekeys - 2);
    assert_eq!(bob.receive(&first, "one").event, Event::Message);
    assert_eq!(bob.try_receive(&first).err(), Some(ErrorClass::Duplicate));
    assert_eq!(alice.try_receive(&first).err(), Some(ErrorClass::Undecryptable));
    let answer = bob.send(&session, "three");
    assert!(!answer.contact);
    assert_eq!(answer.message.len(), 73 + 256);
    alice.receive(&answer, "three");
    assert_eq!(alice.status(&session), ESTABLISHED);
    for turn in 0..4 {
        let body = format!("ping {turn}");
        let ping = alice.send(&session, &body);
        assert!(bob.receive(&ping, &body).drew);
        let pong = bob.send(&session, "pong");
        alice.receive(&pong, "pong");
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let (alice, bob, _) = conversation();
    let (other_alice, other_bob, _) = conversation();
    assert_eq!(export_state(&alice.state), export_state(&other_alice.state));
    assert_eq!(export_state(&bob.state), export_state(&other_bob.state));
}

#[test]
fn skipped_messages_are_read_later_and_once() {
    let (mut alice, mut bob, session) = conversation();
    let sent: Vec<Sent> = (0..5).map(|i| alice.send(&session, &i.to_string())).collect();
    bob.receive(&sent[3], "3");
    let answer = bob.send(&session, "next chain");
    alice.receive(&answer, "next chain");
    let later = alice.send(&session, "later");
    bob.receive(&later, "later");
    assert_eq!(stored_keys(&get_session(&bob.state, &session).unwrap().skipped), 4);
    for i in [1, 0, 4, 2] {
        bob.receive(&sent[i], &i.to_string());
        assert!(bob.try_receive(&sent[i]).is_err());
    }
    assert_eq!(stored_keys(&get_session(&bob.state, &session).unwrap().skipped), 0);
}

#[test]
fn a_message_too_short_is_malformed_where_there_are_candidates() {
    let (mut alice, mut bob, session) = conversation();
    let sent = alice.send(&session, "whole");
    let short = |n: usize| Sent { message: sent.message.slice(0, n), ..sent.clone() };
    for n in [0, 1, 72] {
        assert_eq!(bob.try_receive(&short(n)).err(), Some(ErrorClass::Malformed), "{n}");
        let elsewhere = Sent { mailbox: repeat(7, 32), ..short(n) };
        assert_eq!(bob.try_receive(&elsewhere).err(), Some(ErrorClass::Undecryptable), "{n}");
    }
    assert_eq!(bob.try_receive(&short(73)).err(), Some(ErrorClass::Undecryptable));
    bob.receive(&sent, "whole");
}

#[test]
fn a_changes_record_has_its_key_and_the_generation_that_follows() {
    let (alice, _, _) = conversation();
    let changes = &alice.state.changes;
    for i in 0..changes.len() {
        let change = &changes[i];
        let read = decode_change(&encode_change(change)).unwrap();
        assert_eq!(encode_change(&read), encode_change(change));
        for expected in [change.expected + 1, change.expected.wrapping_sub(1), u64::MAX] {
            let wrong = encode_change(&Change { expected, ..change.clone() });
            let refused = decode_change(&wrong).err();
            assert_eq!(refused, Some(ErrorClass::Malformed), "{expected}");
        }
        let mut other = change.clone();
        other.key.id = other.key.id.concat(&byte(0));
        assert_eq!(decode_change(&encode_change(&other)).err(), Some(ErrorClass::Malformed));
    }
}

#[test]
fn a_skip_is_bounded() {
    let (mut alice, mut bob, session) = conversation();
    bob.policy.limits.max_skip = 3;
    let sent: Vec<Sent> = (0..5).map(|i| alice.send(&session, &i.to_string())).collect();
    assert_eq!(bob.try_receive(&sent[4]).err(), Some(ErrorClass::TooFar));
    bob.receive(&sent[3], "3");
    bob.now += bob.policy.limits.skipped_key_age;
    assert_eq!(bob.try_receive(&sent[0]).err(), Some(ErrorClass::Duplicate));
}

#[test]
fn a_forged_message_changes_nothing() {
    let (mut alice, mut bob, session) = conversation();
    let sent = alice.send(&session, "x");
    let before = export_state(&bob.state);
    for i in 0..sent.message.len() {
        let mut forged = sent.clone();
        forged.message[i] ^= 1;
        assert!(bob.try_receive(&forged).is_err());
    }
    for n in 0..sent.message.len() {
        let short = Sent { message: sent.message.slice(0, n), ..sent.clone() };
        assert!(bob.try_receive(&short).is_err());
    }
    assert_eq!(export_state(&bob.state), before);
    bob.receive(&sent, "x");
}

#[test]
fn a_resumed_session_replaces_the_old_one() {
    let (mut alice, mut bob, old) = conversation();
    let new = bob.initiate(&alice, Some(2), 1);
    assert_eq!(bob.status(&old), ARCHIVED);
    let first = bob.send(&new, "resumed");
    let receipt = alice.receive(&first, "resumed");
    assert_eq!(receipt.event, Event::NewSession);
    assert!(receipt.last_resort);
    assert_eq!(alice.status(&old), ARCHIVED);
    assert_eq!(alice.try_send(&old, "no").err(), Some(ErrorClass::Archived));
}

#[test]
fn a_recovery_awaits_acceptance() {
    let (mut alice, mut bob, old) = conversation();
    let bundle = alice.bundle(None, 1);
    let account = alice.account();
    bob.now += 7200;
    alice.now += 7200;
    let new = bob.try_initiate(&account, &bundle, true).unwrap().session_id;
    assert_eq!(bob.try_initiate(&account, &bundle, true).err(), Some(ErrorClass::Limit));
    let first = bob.send(&new, "lost it");
    assert_eq!(alice.receive(&first, "lost it").event, Event::SessionReplaced);
    assert_eq!(alice.try_send(&new, "no").err(), Some(ErrorClass::SessionReplaced));
    alice.send(&old, "still live");
    let state = device::accept_session(&alice.state, &new, alice.now, &alice.policy).unwrap();
    alice.take(state);
    let answer = alice.send(&new, "welcome back");
    bob.receive(&answer, "welcome back");
    assert_eq!(alice.status(&old), ARCHIVED);
}

#[test]
fn simultaneous_handshakes_converge_and_absorb() {
    let mut alice = Party::new("alice");
    let mut bob = Party::new("bob");
    let of_alice = alice.initiate(&bob, Some(2), 4);
    let of_bob = bob.initiate(&alice, Some(2), 4);
    let from_alice = alice.send(&of_alice, "a");
    let from_bob = bob.send(&of_bob, "b");
    alice.receive(&from_bob, "b");
    bob.receive(&from_alice, "a");
    let live = find_pair(&alice.state, &bob.account(), 1).live.unwrap();
    assert_eq!(find_pair(&bob.state, &alice.account(), 1).live.as_ref(), Some(&live));
    assert!(live == of_alice || live == of_bob);
    let flags: Vec<u16> = (0..3)
        .flat_map(|turn| {
            let body = turn.to_string();
            let ping = alice.send(&live, &body);
            let a = bob.receive(&ping, &body).header.flags;
            let pong = bob.send(&live, &body);
            let b = alice.receive(&pong, &body).header.flags;
            [a, b]
        })
        .collect();
    assert_eq!(flags.iter().sum::<u16>(), 1, "{flags:?}");
    for state in [&alice.state, &bob.state] {
        let session = get_session(state, &live).unwrap();
        assert_eq!(session.absorb_status, ABSORB_DONE);
        assert_eq!(session.absorb_secret.len(), 0);
    }
}

#[test]
fn a_replayed_first_message_makes_no_second_session() {
    let mut alice = Party::new("alice");
    let mut bob = Party::new("bob");
    let session = alice.initiate(&bob, None, 1);
    let first = alice.send(&session, "hello");
    bob.receive(&first, "hello");
    assert_eq!(bob.try_receive(&first).err(), Some(ErrorClass::Duplicate));
    let frame = device::close_frame();
    let (state, _) =
        device::send(&bob.state, &session, &frame, &empty(), bob.now, &bob.policy).unwrap();
    bob.take(state);
    assert_eq!(bob.status(&session), CLOSED);
    assert_eq!(bob.try_receive(&first).err(), Some(ErrorClass::Closed));
    bob.now += bob.policy.limits.archive_age;
    assert_eq!(bob.try_receive(&first).err(), Some(ErrorClass::Replay));
    bob.now += 14 * DAY;
    assert_eq!(bob.try_receive(&first).err(), Some(ErrorClass::UnknownPrekey));
    bob.take(device::expire(&bob.state, bob.now, &bob.policy));
    assert_eq!(bob.state.prekeys.len() + bob.state.replay.len() + bob.state.sessions.len(), 0);
}

#[test]
fn the_library_handles_its_own_frames() {
    let (mut alice, mut bob, session) = conversation();
    let state = device::renew(&bob.state, NOW + 400 * DAY, &None, bob.now, &bob.policy).unwrap();
    bob.take(state);
    let lists = DeviceLists::new(0).push(&bob.state.account.device_list);
    let rotation = from_bytes(&[0, 0, 0, 1]);
    for frame in [
        device::frame(DEVICE_LISTS, &encode_device_lists(&lists)),
        device::frame(MAILBOX_ROTATION, &rotation),
    ] {
        let (state, sent) =
            device::send(&bob.state, &session, &frame, &empty(), bob.now, &bob.policy).unwrap();
        bob.take(state);
        alice.try_receive(&sent).unwrap();
    }
    let answer = bob.send(&session, "from another mailbox");
    alice.receive(&answer, "from another mailbox");
    let mut critical = device::frame(APPLICATION, &empty());
    let unknown = Extension { extension_type: 0xf000, data: empty() };
    critical.critical = Extensions::new(0).push(&unknown);
    let (state, sent) =
        device::send(&bob.state, &session, &critical, &empty(), bob.now, &bob.policy).unwrap();
    bob.take(state);
    assert_eq!(alice.try_receive(&sent).err(), Some(ErrorClass::CriticalExtension));
}

#[test]
fn an_external_psk_must_be_known_to_both() {
    let mut alice = Party::new("alice");
    let mut bob = Party::new("bob");
    let psk = external_psk(&ascii("name"), &ascii("secret"));
    let random = InitiateRandomness {
        ephemeral_key: alice.random(32),
        kem_encapsulation: alice.random(32),
        ratchet_key: alice.random(32),
    };
    let (state, initiated) = device::initiate(
        &alice.state,
        &bob.account(),
        &bob.bundle(None, 4),
        &Some(psk.clone()),
        false,
        &random,
        NOW,
        &alice.policy,
    )
    .unwrap();
    alice.take(state);
    let first = alice.send(&initiated.session_id, "secret");
    assert_eq!(bob.try_receive(&first).err(), Some(ErrorClass::UnknownPsk));
    let key = bob.random(32);
    for (secret, verdict) in
        [("other", Err(ErrorClass::Undecryptable)), ("secret", Ok(initiated.session_id.clone()))]
    {
        let psk = Some(external_psk(&ascii("name"), &ascii(secret)));
        let expectation = Expectation { account: Some(alice.account()), psk };
        let result = device::receive(
            &bob.state,
            &first.mailbox,
            &first.message,
            &empty(),
            &expectation,
            &key,
            NOW,
            &bob.policy,
        );
        assert_eq!(result.map(|(_, receipt)| receipt.session_id), verdict);
    }
}

#[test]
fn an_old_export_is_refused() {
    let (mut alice, _, session) = conversation();
    let old = export_state(&alice.state);
    alice.send(&session, "x");
    let least = alice.state.head.changes;
    assert_eq!(import_state(&old, least).err(), Some(ErrorClass::Rollback));
    let mut forged = old.clone();
    let last = forged.len() - 1;
    forged[last] ^= 2;
    assert!(import_state(&forged, 0).is_err());
}
