//! Whole first messages: `initiate` and `send` on one side, `receive` on the other.

use crate::identities::{issuer_policy, policy_fields};
use crate::vector::{Fields, Topic, counting, draw, edit, fields, items, must, put};
use crate::world::{DAY, Device, NOW, World, device_of, initiate_randomness};
use sceau_spec::octets::{Octets, ascii, empty};
use sceau_spec::pairwise::accept::Expectation;
use sceau_spec::pairwise::bundle::{VerifiedBundle, encode_prekey_bundle};
use sceau_spec::pairwise::codec::Extensions;
use sceau_spec::pairwise::credentials::{sign_credential, suite_keys};
use sceau_spec::pairwise::device;
use sceau_spec::pairwise::device_lists::{Cosigners, sign_device_list};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::frame::APPLICATION;
use sceau_spec::pairwise::handshake::{
    FirstMessage, HandshakeMessage, InitiatorIdentity, Psk, PskId, decode_first_message,
    encode_first_message, no_psk,
};
use sceau_spec::pairwise::identities::{Credential, CredentialTbs, DeviceList, DeviceLists};
use sceau_spec::pairwise::initiate::{external_psk, initiator_key_schedule, new_session};
use sceau_spec::pairwise::limits::Policy;
use sceau_spec::pairwise::pairs::get_session;
use sceau_spec::pairwise::ratchet::{encrypt, ratchet_start_initiator};
use sceau_spec::pairwise::records::encode_change;
use sceau_spec::pairwise::replacement::Event;
use sceau_spec::pairwise::session::{INITIATOR, SessionState, WAITING, encode_session};
use sceau_spec::pairwise::state::{DeviceState, export_state};
use sceau_spec::pairwise::suite::Suites;

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
#[allow(clippy::too_many_arguments)]
pub fn receive(
    state: &DeviceState,
    mailbox: &Octets,
    message: &Octets,
    data: &Octets,
    expected: &Expectation,
    key: &Octets,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, device::Receipt), ErrorClass> {
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
    repeated(&mut t, world, &done);
    wire(&mut t, world, &done);
    forged(&mut t, world);
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

/// Messages of a handshake that was accepted.
fn repeated(t: &mut Topic, world: &World, done: &Done) {
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

/// First messages that were altered.
fn wire(t: &mut Topic, world: &World, done: &Done) {
    let mailbox = device::own_contact_mailbox(&world.bob.state);
    let key = t.draw(30, "ratchet_key", 32);
    let first = must("decode", decode_first_message(&done.message));
    let with = |change: &dyn Fn(&mut HandshakeMessage)| {
        let mut handshake = first.handshake.clone();
        change(&mut handshake);
        encode_first_message(&FirstMessage { handshake, message: first.message.clone() })
    };
    let mut format = done.message.clone();
    format[0usize] = 1;
    let mut presence = done.message.clone();
    presence[9usize] = 2;
    let mut body = done.message.clone();
    let last = body.len() - 1;
    body[last] ^= 1;
    let malformed = ErrorClass::Malformed;
    let unknown = ErrorClass::UnknownPrekey;
    let undecryptable = ErrorClass::Undecryptable;
    for (number, clauses, about, message, class) in [
        (
            30,
            "ENV-03 ENC-05",
            "the wire format of a ratchet message in the contact mailbox",
            format,
            malformed,
        ),
        (31, "ENC-03", "a presence byte of 2", presence, malformed),
        (32, "HS-17", "an unknown batch", with(&|h| h.batch_generation = 2), unknown),
        (
            33,
            "HS-17",
            "an unknown one-time prekey",
            with(&|h| h.one_time_prekey_id = Some(9)),
            unknown,
        ),
        (34, "HS-17", "an unknown KEM prekey", with(&|h| h.kem_prekey_id = 9), unknown),
        (
            35,
            "HS-17 PRE-09",
            "a one-time prekey in the signed one's place",
            with(&|h| h.signed_prekey_id = 2),
            malformed,
        ),
        (
            36,
            "HS-17 PRE-09",
            "the signed prekey in the KEM key's place",
            with(&|h| h.kem_prekey_id = 0),
            malformed,
        ),
        (
            37,
            "HS-17",
            "an ephemeral key of 31 bytes",
            with(&|h| h.ephemeral_key = h.ephemeral_key.slice(0, 31)),
            malformed,
        ),
        (
            38,
            "HS-17 SUI-03",
            "a KEM ciphertext of 1,087 bytes",
            with(&|h| h.kem_ciphertext = h.kem_ciphertext.slice(0, 1087)),
            malformed,
        ),
        (
            39,
            "HS-17",
            "a sealed identity of a byte more",
            with(&|h| h.sealed_identity = h.sealed_identity.concat(&Octets::new(1))),
            malformed,
        ),
        (
            40,
            "HS-17",
            "a sealed identity that is a tag alone",
            with(&|h| h.sealed_identity = h.sealed_identity.slice(0, 16)),
            malformed,
        ),
        (
            41,
            "SUI-01",
            "an ephemeral key of small order",
            with(&|h| h.ephemeral_key = Octets::new(32)),
            ErrorClass::LowOrder,
        ),
        (
            42,
            "SUI-04 HS-15",
            "a wrong bit in the KEM ciphertext",
            with(&|h| h.kem_ciphertext[7usize] ^= 1),
            undecryptable,
        ),
        (
            43,
            "HS-15",
            "another ephemeral key",
            with(&|h| h.ephemeral_key[0usize] ^= 1),
            undecryptable,
        ),
        (
            44,
            "SUI-07",
            "a wrong bit in the sealed identity",
            with(&|h| h.sealed_identity[0usize] ^= 1),
            undecryptable,
        ),
        (
            45,
            "HS-15",
            "the one-time prekey's id is left out",
            with(&|h| h.one_time_prekey_id = None),
            undecryptable,
        ),
        (
            46,
            "HS-15",
            "the last-resort key's id in place of the one-time one's",
            with(&|h| h.kem_prekey_id = 1),
            undecryptable,
        ),
        (47, "RAT-17", "a wrong bit in the message within", body, undecryptable),
        (48, "ENC-02", "a byte behind it", done.message.concat(&Octets::new(1)), malformed),
        (49, "ENC-04", "a byte short", done.message.slice(0, last), malformed),
        (50, "ENC-13 ENV-03", "nothing", empty(), malformed),
    ] {
        let result = receive(
            &world.bob.state,
            &mailbox,
            &message,
            &empty(),
            &Expectation::default(),
            &key,
            NOW,
            &world.policy,
        );
        let mut fields =
            input(state_of("HS-FM-001.in.responder_state"), &mailbox, &message, &key, NOW);
        if message.len() > 100 {
            fields.shift_remove("message");
            put(
                &mut fields,
                "message_edit",
                edit("HS-FM-001.out.first_message", &done.message, &message),
            );
        }
        t.refused(number, clauses, about, fields, result, class);
    }
}

/// A first message to Bob with any identity within.
fn forge(
    world: &World,
    of: &str,
    device: &Device,
    lists: &[DeviceList],
    credential: &Credential,
    psk: &Psk,
) -> Octets {
    let bundle = world.bob.bundle(None, 1);
    let keys = must("keys", suite_keys(&bundle.credential));
    let verified = VerifiedBundle {
        device_list: world.bob.state.account.device_list.clone(),
        keys,
        bundle: bundle.clone(),
    };
    let mut device_lists = DeviceLists::new(0);
    for list in lists {
        device_lists = device_lists.push(list);
    }
    let identity = InitiatorIdentity {
        device_lists,
        credential: credential.clone(),
        psk: psk.id.clone(),
        extensions: Extensions::new(0),
    };
    let random = initiate_randomness(NAME, of);
    let made = initiator_key_schedule(
        &verified,
        &identity,
        &device.enrolment.identity_agree,
        psk,
        &random,
    );
    let (handshake, outputs) = must(of, made);
    let session = SessionState {
        role: INITIATOR,
        status: WAITING,
        ..new_session(&outputs, &handshake, &psk.id, false, NOW)
    };
    let remote = &bundle.signed_prekey.prekey.key;
    let session =
        must(of, ratchet_start_initiator(&session, &outputs, remote, &random.ratchet_key));
    let frame = device::frame(APPLICATION, &ascii("hello"));
    let (_, message) = must(of, encrypt(&session, &frame, &empty(), NOW, &world.policy.limits));
    encode_first_message(&FirstMessage { handshake, message })
}

/// Handshakes of initiators that are not as they should be.
fn forged(t: &mut Topic, world: &World) {
    let (alice, bob) = (&world.alice, &world.bob);
    let mailbox = device::own_contact_mailbox(&bob.state);
    let key = t.draw(60, "ratchet_key", 32);
    let own = &alice.state.account;
    let (list, credential) = (own.device_list.clone(), own.credential.clone());
    let lists = std::slice::from_ref(&list);
    let account_key = &alice.enrolment.account_key;
    let with = |change: &dyn Fn(&mut CredentialTbs)| {
        let mut tbs = credential.tbs.clone();
        change(&mut tbs);
        let credential = sign_credential(tbs, account_key, &None);
        let list = crate::identities::list_of(
            &list.tbs.account_keys,
            1,
            NOW - DAY,
            std::slice::from_ref(&credential),
        );
        (credential, sign_device_list(list, account_key, &Cosigners::default()))
    };
    let none = no_psk();
    let plain = &world.policy;
    let strict = issuer_policy(true);
    let anyone = Expectation::default();
    let carol = device_of("carol");
    let expecting = Expectation { account: Some(carol.account()), psk: None };
    let other_psk =
        Expectation { account: None, psk: Some(external_psk(&ascii("other"), &counting(32))) };
    let (old, old_list) = with(&|tbs| tbs.not_after = NOW);
    let (young, young_list) = with(&|tbs| tbs.not_before = NOW + 301);
    let (suite, suite_list) = with(&|tbs| tbs.suites = Suites::new(0).push(&2));
    let mirrored = bob.enrolment.identity_agree.clone();
    let bob_key = bob.state.account.credential.tbs.identity_keys[1usize].clone();
    let (mirror, mirror_list) =
        with(&|tbs| tbs.identity_keys = tbs.identity_keys.slice(0, 1).push(&bob_key));
    let mut mirror_device = alice.clone();
    mirror_device.enrolment.identity_agree = mirrored;
    let resumption = Psk { id: PskId { psk_type: 2, id: counting(32) }, secret: counting(32) };
    let external = external_psk(&ascii("a PSK's id"), &counting(32));
    let wrong_secret = Expectation {
        account: None,
        psk: Some(external_psk(&ascii("a PSK's id"), &draw(NAME, "wrong", "psk", 32))),
    };
    let unlisted = sign_credential(
        CredentialTbs { generation: 2, ..credential.tbs.clone() },
        account_key,
        &None,
    );
    let mut bad = list.clone();
    bad.attestations[0usize].signature[0usize] ^= 1;
    let stale = crate::identities::list_of(
        &list.tbs.account_keys,
        1,
        NOW - 30 * DAY - 1,
        std::slice::from_ref(&credential),
    );
    let stale = sign_device_list(stale, account_key, &Cosigners::default());
    let cases: Vec<(u32, &str, &str, Octets, &Expectation, &Policy, ErrorClass)> = vec![
        (
            60,
            "HS-13 ID-04",
            "the caller expects another account",
            forge(world, "60", alice, lists, &credential, &none),
            &expecting,
            plain,
            ErrorClass::IdentityMismatch,
        ),
        (
            61,
            "HS-13 ID-10",
            "the credential is not listed",
            forge(world, "61", alice, lists, &unlisted, &none),
            &anyone,
            plain,
            ErrorClass::NotListed,
        ),
        (
            62,
            "HS-13 ID-05",
            "the device list's signature is wrong",
            forge(world, "62", alice, &[bad], &credential, &none),
            &anyone,
            plain,
            ErrorClass::BadSignature,
        ),
        (
            63,
            "HS-13 ID-12 LIM-02",
            "the credential has ended",
            forge(world, "63", alice, &[old_list], &old, &none),
            &anyone,
            plain,
            ErrorClass::Expired,
        ),
        (
            64,
            "HS-13 ID-12",
            "the credential has not begun",
            forge(world, "64", alice, &[young_list], &young, &none),
            &anyone,
            plain,
            ErrorClass::NotYetValid,
        ),
        (
            65,
            "HS-13 ID-09",
            "the device list is too old",
            forge(world, "65", alice, &[stale], &credential, &none),
            &anyone,
            plain,
            ErrorClass::StaleList,
        ),
        (
            66,
            "SUI-08",
            "no suite in common",
            forge(world, "66", alice, &[suite_list], &suite, &none),
            &anyone,
            plain,
            ErrorClass::UnsupportedSuite,
        ),
        (
            67,
            "ID-13 HS-13",
            "the policy requires an issuer",
            forge(world, "67", alice, lists, &credential, &none),
            &anyone,
            &strict,
            ErrorClass::UnauthorisedDevice,
        ),
        (
            68,
            "HS-14",
            "an external PSK that the responder's caller does not give",
            forge(world, "68", alice, lists, &credential, &external),
            &anyone,
            plain,
            ErrorClass::UnknownPsk,
        ),
        (
            69,
            "HS-14",
            "an external PSK of another id than the caller's",
            forge(world, "69", alice, lists, &credential, &external),
            &other_psk,
            plain,
            ErrorClass::UnknownPsk,
        ),
        (
            70,
            "HS-14",
            "the resumption PSK of an unknown session",
            forge(world, "70", alice, lists, &credential, &resumption),
            &anyone,
            plain,
            ErrorClass::UnknownPsk,
        ),
        (
            71,
            "HS-14 RAT-17",
            "the right id with another secret",
            forge(world, "71", alice, lists, &credential, &external),
            &wrong_secret,
            plain,
            ErrorClass::Undecryptable,
        ),
        (
            72,
            "ID-02 HS-11",
            "an initiator with the responder's agreement key",
            forge(world, "72", &mirror_device, &[mirror_list], &mirror, &none),
            &anyone,
            plain,
            ErrorClass::Reflection,
        ),
        (
            73,
            "HS-11",
            "an initiator that is the responder's device",
            forge(
                world,
                "73",
                bob,
                std::slice::from_ref(&bob.state.account.device_list),
                &bob.state.account.credential,
                &none,
            ),
            &anyone,
            plain,
            ErrorClass::Reflection,
        ),
        (
            74,
            "HS-02 HS-13",
            "another agreement key than the credential's",
            forge(world, "74", &carol, lists, &credential, &none),
            &anyone,
            plain,
            ErrorClass::Undecryptable,
        ),
    ];
    for (number, clauses, about, message, expected, policy, class) in cases {
        let result = receive(&bob.state, &mailbox, &message, &empty(), expected, &key, NOW, policy);
        let mut fields =
            input(state_of("HS-FM-001.in.responder_state"), &mailbox, &message, &key, NOW);
        if let Some(account) = &expected.account {
            put(&mut fields, "expected_account_id", account);
        }
        if let Some(psk) = &expected.psk {
            put(&mut fields, "psk", fields! { id: psk.id.id, secret: psk.secret });
        }
        if policy.require_issuer {
            put(&mut fields, "policy", policy_fields(policy));
        }
        t.refused(number, clauses, about, fields, result, class);
    }
}
