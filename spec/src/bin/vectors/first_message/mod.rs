//! Whole first messages: `initiate` and `send` on one side, `receive` on the other.

mod forged;
pub mod lists;
mod new_devices;
mod own_account;
mod repeated;
mod wire;

use crate::vector::{Fields, Topic, counting, fields, items, must, put};
use crate::world::{NOW, World, initiate_randomness};
use sceau_spec::octets::{Octets, ascii, empty};
use sceau_spec::pairwise::accept::Expectation;
use sceau_spec::pairwise::bundle::encode_prekey_bundle;
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::APPLICATION;
use sceau_spec::pairwise::handshake::Psk;
use sceau_spec::pairwise::initiate::external_psk;
use sceau_spec::pairwise::limits::Policy;
use sceau_spec::pairwise::pairs::get_session;
use sceau_spec::pairwise::receive::Receipt;
use sceau_spec::pairwise::records::encode_change;
use sceau_spec::pairwise::replacement::Event;
use sceau_spec::pairwise::session::encode_session;
use sceau_spec::pairwise::state::{DeviceState, export_state};

const NAME: &str = "first-message";

/// The changes of a device's last step.
pub fn changes(state: &DeviceState) -> Vec<Octets> {
    items(&state.changes).iter().map(encode_change).collect()
}

/// What has happened, by name.
pub fn event_name(event: Event) -> &'static str {
    match event {
        Event::Message => "message",
        Event::NewSession => "new_session",
        Event::SessionReplaced => "session_replaced",
    }
}

/// Receives, as a device does.
pub fn receive(
    state: &DeviceState,
    mailbox: &Octets,
    message: &Octets,
    data: &Octets,
    expected: &Expectation,
    key: &Octets,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, Receipt), ErrorClass> {
    device::receive(state, mailbox, message, data, expected, key, now, policy)
}

/// What a handshake differs in.
struct Case {
    one_time_id: Option<u32>,
    kem_id: u32,
    psk: Option<Psk>,
    recovery: bool,
    data: Octets,
}

/// The two states behind a first message, and the message.
struct Done {
    alice: DeviceState,
    bob: DeviceState,
    session_id: Octets,
    message: Octets,
}

fn complete(
    t: &mut Topic,
    world: &World,
    number: u32,
    clauses: &str,
    about: &str,
    case: &Case,
) -> Done {
    let (alice, bob) = (&world.alice, &world.bob);
    let policy = &world.policy;
    let random = initiate_randomness(NAME, &t.id(number));
    let ratchet_key = t.draw(number, "ratchet_key.responder", 32);
    let bundle = bob.bundle(case.one_time_id, case.kem_id);
    let made = device::initiate(
        &alice.state,
        &bob.account(),
        &bundle,
        &case.psk,
        case.recovery,
        &random,
        NOW,
        policy,
    );
    let (initiated_state, initiated) = must(about, made);
    let frame = device::frame(APPLICATION, &ascii("hello"));
    let sent =
        device::send(&initiated_state, &initiated.session_id, &frame, &case.data, NOW, policy);
    let (alice_state, sent) = must(about, sent);
    let expected = Expectation { account: Some(alice.account()), psk: case.psk.clone() };
    let received = receive(
        &bob.state,
        &sent.mailbox,
        &sent.message,
        &case.data,
        &expected,
        &ratchet_key,
        NOW,
        policy,
    );
    let (bob_state, receipt) = must(about, received);
    assert_eq!(receipt.session_id, initiated.session_id);
    let mut input = fields! {
        initiator_state: export_state(&alice.state),
        responder_state: export_state(&bob.state),
        account_id: bob.account(), expected_account_id: alice.account(),
        bundle: encode_prekey_bundle(&bundle), recovery: case.recovery, now: NOW,
        body: frame.body, authenticated_data: case.data,
        ephemeral_key: random.ephemeral_key, kem_encapsulation: random.kem_encapsulation,
        ratchet_key: random.ratchet_key, responder_ratchet_key: ratchet_key,
    };
    if let Some(psk) = &case.psk {
        put(&mut input, "psk", fields! { id: psk.id.id, secret: psk.secret });
    }
    let session = |state: &DeviceState| {
        encode_session(&must("session", get_session(state, &initiated.session_id)))
    };
    let mut out = fields! {
        mailbox: sent.mailbox, first_message: sent.message, session_id: receipt.session_id,
        event: event_name(receipt.event), account_id: receipt.account_id, serial: receipt.serial,
        one_time: receipt.one_time, last_resort: receipt.last_resort,
        initiator_session: session(&alice_state), responder_session: session(&bob_state),
    };
    if number == 1 {
        put(&mut out, "initiator_state", export_state(&alice_state));
        put(&mut out, "responder_state", export_state(&bob_state));
    }
    let deleted: Vec<u32> = items(&bob.state.prekeys)
        .iter()
        .map(|key| key.prekey.id)
        .filter(|id| !items(&bob_state.prekeys).iter().any(|key| key.prekey.id == *id))
        .collect();
    put(&mut out, "deleted_prekeys", deleted);
    t.valid(number, clauses, about, input, fields! { initiator_identity: receipt.identity }, out);
    Done {
        alice: alice_state,
        bob: bob_state,
        session_id: initiated.session_id,
        message: sent.message,
    }
}

/// The vectors.
pub fn topic(world: &World) -> Topic {
    let mut t = Topic::new(NAME, "HS-FM");
    let case =
        || Case { one_time_id: Some(2), kem_id: 3, psk: None, recovery: false, data: empty() };
    let clauses = "HS-06 HS-07 HS-08 HS-09 HS-13 HS-16 PRE-06 RAT-04 RAT-05 STA-02 ENV-01 REP-01";
    let done = complete(&mut t, world, 1, clauses, "one-time keys of both kinds", &case());
    let last = Case { one_time_id: None, kem_id: 1, ..case() };
    complete(
        &mut t,
        world,
        2,
        "HS-08 PRE-06",
        "the last-resort KEM key, which is kept, and no one-time prekey",
        &last,
    );
    let psk = Some(external_psk(&ascii("a PSK's id"), &t.draw(3, "psk", 32)));
    complete(&mut t, world, 3, "HS-14", "an external PSK", &Case { psk, ..case() });
    let recovery = Case { recovery: true, data: counting(32), ..case() };
    complete(&mut t, world, 4, "REP-12 RAT-14", "a recovery, with authenticated data", &recovery);
    repeated::repeated(&mut t, world, &done);
    wire::wire(&mut t, world, &done);
    forged::forged(&mut t, world);
    lists::lists(&mut t, world);
    new_devices::new_devices(&mut t, world);
    own_account::own_account(&mut t, world);
    t
}

/// Input of a `receive`.
fn input(state: Fields, mailbox: &Octets, message: &Octets, key: &Octets, now: u64) -> Fields {
    crate::vector::join(
        state,
        fields! { operation: "receive", mailbox: mailbox, message: message, authenticated_data: empty(), ratchet_key: key, now: now },
    )
}

/// A state that stands in another vector.
fn state_of(path: &str) -> Fields {
    fields! { state_of: path }
}

fn state(state: &DeviceState) -> Fields {
    fields! { state: export_state(state) }
}
