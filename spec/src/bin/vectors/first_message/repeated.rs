//! First messages that come again.

use super::{Done, NAME, changes, event_name, input, receive, state, state_of};
use crate::vector::{Fields, Topic, fields, must, put};
use crate::world::{DAY, NOW, World, initiate_randomness};
use sceau_spec::octets::{Octets, ascii, empty};
use sceau_spec::pairwise::accept::Expectation;
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::APPLICATION;
use sceau_spec::pairwise::state::DeviceState;

/// Messages of a handshake that was accepted.
pub fn repeated(t: &mut Topic, world: &World, done: &Done) {
    let policy = &world.policy;
    let none = Expectation::default();
    let bob_mailbox = device::own_contact_mailbox(&done.bob);
    let key = t.draw(10, "ratchet_key", 32);
    let frame = device::frame(APPLICATION, &ascii("again"));
    let (_, again) =
        must("send", device::send(&done.alice, &done.session_id, &frame, &empty(), NOW, policy));
    let (after, receipt) = must(
        "receive",
        receive(&done.bob, &bob_mailbox, &again.message, &empty(), &none, &key, NOW, policy),
    );
    let after_state = "HS-FM-001.out.responder_state";
    t.valid(
        10,
        "HS-06 HS-10",
        "the initiator's second first message reaches the session that the first has made",
        input(state_of(after_state), &bob_mailbox, &again.message, &key, NOW),
        fields! {},
        fields! { session_id: receipt.session_id, body: receipt.frame.body, event: event_name(receipt.event), drew: receipt.drew, changes: changes(&after) },
    );
    let mut refused = |number: u32,
                       clauses: &str,
                       about: &str,
                       state_fields: Fields,
                       state: &DeviceState,
                       mailbox: &Octets,
                       message: &Octets,
                       now: u64,
                       class| {
        let result = receive(state, mailbox, message, &empty(), &none, &key, now, policy);
        t.refused(
            number,
            clauses,
            about,
            input(state_fields, mailbox, message, &key, now),
            result,
            class,
        );
    };
    refused(
        11,
        "HS-10 RAT-10",
        "a first message a second time",
        state_of(after_state),
        &done.bob,
        &bob_mailbox,
        &done.message,
        NOW,
        ErrorClass::Duplicate,
    );
    let alice_mailbox = device::own_contact_mailbox(&done.alice);
    refused(
        12,
        "HS-11",
        "the own first message comes back",
        state_of("HS-FM-001.out.initiator_state"),
        &done.alice,
        &alice_mailbox,
        &done.message,
        NOW,
        ErrorClass::Reflection,
    );
    let (closed, _) = must(
        "close",
        device::send(&done.bob, &done.session_id, &device::close_frame(), &empty(), NOW, policy),
    );
    refused(
        13,
        "HS-10 REP-10",
        "a first message of a session that is closed",
        state(&closed),
        &closed,
        &bob_mailbox,
        &again.message,
        NOW,
        ErrorClass::Closed,
    );
    let gone = device::expire(&closed, NOW + 14 * DAY, policy);
    refused(
        14,
        "HS-09 HS-10",
        "a first message whose session is gone",
        state(&gone),
        &gone,
        &bob_mailbox,
        &done.message,
        NOW + 14 * DAY,
        ErrorClass::Replay,
    );
    // Another handshake with the same one-time keys.
    let random = initiate_randomness(NAME, "second");
    let bundle = world.bob.bundle(Some(2), 3);
    let made = device::initiate(
        &world.alice.state,
        &world.bob.account(),
        &bundle,
        &None,
        false,
        &random,
        NOW,
        policy,
    );
    let (second, initiated) = must("initiate", made);
    let (_, sent) =
        must("send", device::send(&second, &initiated.session_id, &frame, &empty(), NOW, policy));
    refused(
        15,
        "HS-08",
        "the one-time keys were used by another handshake",
        state_of(after_state),
        &done.bob,
        &bob_mailbox,
        &sent.message,
        NOW,
        ErrorClass::UnknownPrekey,
    );
    refused(
        16,
        "PRE-05 STA-10 HS-17",
        "the batch is past its grace",
        state_of("HS-FM-001.in.responder_state"),
        &world.bob.state,
        &bob_mailbox,
        &sent.message,
        NOW + 27 * DAY,
        ErrorClass::UnknownPrekey,
    );
    // A cache that holds no more.
    let bundle = world.bob.bundle(None, 1);
    let made = device::initiate(
        &world.alice.state,
        &world.bob.account(),
        &bundle,
        &None,
        false,
        &random,
        NOW,
        policy,
    );
    let (second, initiated) = must("initiate", made);
    let (_, sent) =
        must("send", device::send(&second, &initiated.session_id, &frame, &empty(), NOW, policy));
    let mut small = policy.clone();
    small.limits.replay_cache_size = 1;
    let result =
        receive(&done.bob, &bob_mailbox, &sent.message, &empty(), &none, &key, NOW, &small);
    let mut fields = input(state_of(after_state), &bob_mailbox, &sent.message, &key, NOW);
    put(&mut fields, "replay_cache_size", 1);
    t.refused(
        17,
        "HS-09",
        "the replay cache holds as many entries as it may, here one",
        fields,
        result,
        ErrorClass::Limit,
    );
}
