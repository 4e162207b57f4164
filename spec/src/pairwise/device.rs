//! The steps of a device. Each takes the state and gives the new one, whose `changes` are to be
//! stored before anything that the step produced leaves the device (`[RAT-05]`, `[STA-07]`), or it
//! refuses with a class, and the state stays what it was (`[ENC-11]`). Each carries out `expire`
//! first (`[STA-10]`).

use super::accept::{Accepted, Expectation, accept, session_of_handshake};
use super::bundle::{PrekeyBundle, VerifiedBundle, verify_bundle};
use super::codec::{Extensions, find_extension};
use super::credentials::verify_credential;
use super::device_lists::{apply_device_lists, check_first_key};
use super::enrolment::{self, Enrolment};
use super::envelope::{contact_mailbox, outgoing_mailbox, receives_from};
use super::error::{ErrorClass, check};
use super::expiry;
use super::frame::{
    CLOSE, CREDENTIAL_UPDATE, DEVICE_LISTS, EXTENSION_ABSORB, InnerFrame, MAILBOX_ROTATION,
    RECEIPT, decode_credential_update, decode_device_lists, decode_mailbox_rotation,
};
use super::handshake::{
    FIRST_V0, FirstMessage, Psk, RATCHET_V0, decode_first_message, decode_handshake_message,
    encode_first_message, handshake_ref,
};
use super::header::Header;
use super::identities::{DeviceLists, account_id, encode_typed_keys, find_device, signing_keys};
use super::initiate::{self, InitiateRandomness, Initiated};
use super::limits::{Limits, Policy};
use super::pairs::{self, find_pair, get_session, pin, pinned_list, set_session};
use super::prekeys::{BatchRandomness, PublishedBatch};
use super::ratchet::{Received, decrypt, encrypt};
use super::replacement::{Event, arm, revive, with_absorb};
use super::session::{CLOSED, INITIATOR, SessionState, Sessions, find_session};
use super::state::{DeviceState, commit};
use crate::octets::{Octets, empty};
use hacspec_lib::*;

/// What `send` gives.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// The message.
    pub message: Octets,
    /// The mailbox that it goes to.
    pub mailbox: Octets,
    /// Whether that is the peer's contact mailbox.
    pub contact: bool,
}

/// What `receive` gives.
#[derive(Clone, Debug, Default)]
pub struct Receipt {
    /// The session.
    pub session_id: Octets,
    /// What has happened.
    pub event: Event,
    /// The frame.
    pub frame: InnerFrame,
    /// The header.
    pub header: Header,
    /// Whether `ratchet_key` was drawn.
    pub drew: bool,
    /// The peer's account (`[HS-16]`).
    pub account_id: Octets,
    /// The peer's device (`[HS-16]`).
    pub serial: u64,
    /// Whether the handshake used a one-time prekey.
    pub one_time: bool,
    /// Whether the handshake used the last-resort KEM key.
    pub last_resort: bool,
    /// The encoded `InitiatorIdentity` of a handshake.
    pub identity: Octets,
}

/// The own account id.
pub fn own_account(state: &DeviceState) -> Octets {
    account_id(&state.account.device_list.tbs.account_keys)
}

/// The own contact mailbox.
pub fn own_contact_mailbox(state: &DeviceState) -> Octets {
    contact_mailbox(&own_account(state), state.account.credential.tbs.serial)
}

/// Makes account and device.
pub fn create(enrolment: &Enrolment, now: u64) -> DeviceState {
    commit(&enrolment::create(enrolment, now))
}

/// Renews the credential.
pub fn renew(
    state: &DeviceState,
    not_after: u64,
    issuer: &Option<(Octets, Octets)>,
    now: u64,
    policy: &Policy,
) -> Result<DeviceState, ErrorClass> {
    let state = expiry::expire(state, now, &policy.limits);
    Ok(commit(&enrolment::renew(&state, not_after, issuer, now)?))
}

/// Makes a batch of prekeys.
pub fn create_batch(
    state: &DeviceState,
    lifetime: u64,
    random: &BatchRandomness,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, PublishedBatch), ErrorClass> {
    let state = expiry::expire(state, now, &policy.limits);
    let (state, published) = enrolment::create_batch(&state, now, lifetime, random)?;
    Ok((commit(&state), published))
}

/// Verifies a bundle without acting on it.
pub fn check_bundle(
    state: &DeviceState,
    account: &Octets,
    bundle: &PrekeyBundle,
    now: u64,
    policy: &Policy,
) -> Result<VerifiedBundle, ErrorClass> {
    let pinned = pinned_list(state, account);
    verify_bundle(bundle, account, &pinned, &state.account.credential, now, policy)
}

/// Accepts device lists of an account and pins the last.
pub fn apply_lists(
    state: &DeviceState,
    account: &Octets,
    lists: &DeviceLists,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, u64), ErrorClass> {
    let state = expiry::expire(state, now, &policy.limits);
    let list = apply_device_lists(&pinned_list(&state, account), account, lists, now, policy)?;
    let state = pin(&state, account, &list, now, &policy.limits);
    Ok((commit(&state), list.tbs.number))
}

/// Initiates a session.
pub fn initiate(
    state: &DeviceState,
    account: &Octets,
    bundle: &PrekeyBundle,
    external: &Option<Psk>,
    recovery: bool,
    random: &InitiateRandomness,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, Initiated), ErrorClass> {
    let state = expiry::expire(state, now, &policy.limits);
    let (state, initiated) =
        initiate::initiate(&state, account, bundle, external, recovery, random, now, policy)?;
    Ok((commit(&state), initiated))
}

// ANCHOR: wrap
/// The message as it is sent: while the session waits, a first message to the contact mailbox
/// (`[HS-06]`, `[ENV-01]`).
pub fn wrap(session: &SessionState, message: &Octets, now: u64) -> Result<Sent, ErrorClass> {
    match &session.waiting {
        Some(waiting) => {
            let handshake = decode_handshake_message(waiting)?;
            let first = FirstMessage { handshake, message: message.clone() };
            let mailbox = contact_mailbox(&session.peer_account, session.peer_serial);
            Ok(Sent { message: encode_first_message(&first), mailbox, contact: true })
        }
        None => {
            let mailbox = outgoing_mailbox(session, now);
            Ok(Sent { message: message.clone(), mailbox, contact: false })
        }
    }
}
// ANCHOR_END: wrap

/// Whether extensions stand in strictly ascending order.
fn ascending(extensions: &Extensions) -> bool {
    let mut ascending = true;
    for i in 1..extensions.len() {
        ascending = ascending && extensions[i - 1].extension_type < extensions[i].extension_type;
    }
    ascending
}

// ANCHOR: sender_effect
/// What a body that the library handles does on the side that sends it (`[REP-10]`, `[ENV-05]`: a
/// rotation is the one before plus one).
pub fn sender_effect(
    state: &DeviceState,
    session: &SessionState,
    frame: &InnerFrame,
    now: u64,
    limits: &Limits,
) -> Result<DeviceState, ErrorClass> {
    match frame.content_type {
        CLOSE => {
            check(frame.body.len() == 0, ErrorClass::Malformed)?;
            Ok(pairs::close(state, session, now, limits))
        }
        CREDENTIAL_UPDATE => {
            let _update = decode_credential_update(&frame.body)?;
            Ok(set_session(state, session))
        }
        DEVICE_LISTS => {
            let _lists = decode_device_lists(&frame.body)?;
            Ok(set_session(state, session))
        }
        MAILBOX_ROTATION => {
            let rotation_send = decode_mailbox_rotation(&frame.body)?;
            let next = session.rotation_send.checked_add(1);
            check(next == Some(rotation_send), ErrorClass::Malformed)?;
            Ok(set_session(state, &SessionState { rotation_send, ..session.clone() }))
        }
        _ => Ok(set_session(state, session)),
    }
}
// ANCHOR_END: sender_effect

/// Refuses to send to a device that the pinned list does not have (`[ID-17]`).
pub fn check_listed(state: &DeviceState, session: &SessionState) -> Result<(), ErrorClass> {
    let listed = match pinned_list(state, &session.peer_account) {
        Some(list) => find_device(&list, session.peer_serial).is_some(),
        None => false,
    };
    check(listed, ErrorClass::NotListed)
}

// ANCHOR: send
/// Sends a frame in a session.
pub fn send(
    state: &DeviceState,
    session_id: &Octets,
    frame: &InnerFrame,
    authenticated_data: &Octets,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, Sent), ErrorClass> {
    let state = expiry::expire(state, now, &policy.limits);
    let session = get_session(&state, session_id)?;
    check_listed(&state, &session)?;
    let known = frame.content_type <= RECEIPT;
    let ordered = ascending(&frame.critical) && ascending(&frame.non_critical);
    // `absorb` is the device's own to send ([REP-05]).
    let given = find_extension(&frame.non_critical, EXTENSION_ABSORB).is_some();
    let non_critical = with_absorb(&session, &frame.non_critical);
    let frame = InnerFrame { non_critical, ..frame.clone() };
    let (sealed, message) = encrypt(&session, &frame, authenticated_data, now, &policy.limits)?;
    check(known, ErrorClass::UnsupportedVersion)?;
    check(ordered, ErrorClass::Malformed)?;
    check(!given, ErrorClass::Misuse)?;
    let sent = wrap(&session, &message, now)?;
    let state = sender_effect(&state, &sealed, &frame, now, &policy.limits)?;
    Ok((commit(&state), sent))
}
// ANCHOR_END: send

// ANCHOR: apply_credential_update
/// A renewed credential: of the session's peer device, with the signing keys that are pinned
/// (`[FRM-06]`); its lists are pinned.
fn apply_credential_update(
    state: &DeviceState,
    session: &SessionState,
    body: &Octets,
    now: u64,
    policy: &Policy,
) -> Result<DeviceState, ErrorClass> {
    let update = decode_credential_update(body)?;
    let account = session.peer_account.clone();
    let pinned = pinned_list(state, &account);
    let list = apply_device_lists(&pinned, &account, &update.device_lists, now, policy)?;
    let _keys = verify_credential(&update.credential, &list, now, policy)?;
    let tbs = update.credential.tbs.clone();
    check(tbs.serial == session.peer_serial, ErrorClass::IdentityMismatch)?;
    let old = find_device(&pinned.unwrap_or_default(), tbs.serial).ok_or(ErrorClass::NotListed)?;
    let new_keys = encode_typed_keys(&signing_keys(&tbs.identity_keys));
    let same = new_keys == encode_typed_keys(&old.signature_keys);
    check(same, ErrorClass::IdentityMismatch)?;
    Ok(pin(state, &account, &list, now, &policy.limits))
}
// ANCHOR_END: apply_credential_update

// ANCHOR: receiver_effect
/// What a body that the library handles does; if it is refused, so is the message (`[FRM-05]`). The
/// session of the message has been entered.
pub fn receiver_effect(
    state: &DeviceState,
    session_id: &Octets,
    frame: &InnerFrame,
    now: u64,
    policy: &Policy,
) -> Result<DeviceState, ErrorClass> {
    let state = arm(state, session_id, &frame.non_critical)?;
    let session = get_session(&state, session_id)?;
    match frame.content_type {
        CLOSE => {
            check(frame.body.len() == 0, ErrorClass::Malformed)?;
            Ok(pairs::close(&state, &session, now, &policy.limits))
        }
        CREDENTIAL_UPDATE => apply_credential_update(&state, &session, &frame.body, now, policy),
        DEVICE_LISTS => {
            let lists = decode_device_lists(&frame.body)?;
            let account = session.peer_account;
            let pinned = pinned_list(&state, &account);
            let list = apply_device_lists(&pinned, &account, &lists, now, policy)?;
            Ok(pin(&state, &account, &list, now, &policy.limits))
        }
        MAILBOX_ROTATION => {
            let rotation = decode_mailbox_rotation(&frame.body)?;
            check(rotation > session.rotation_receive, ErrorClass::Malformed)?;
            let rotated = SessionState {
                rotation_receive_previous: session.rotation_receive,
                rotation_receive: rotation,
                ..session
            };
            Ok(set_session(&state, &rotated))
        }
        _ => Ok(state),
    }
}
// ANCHOR_END: receiver_effect

/// What a message of a known session gives.
fn receipt(session: &SessionState, event: Event, received: &Received) -> Receipt {
    Receipt {
        session_id: session.session_id.clone(),
        event,
        frame: received.frame.clone(),
        header: received.header.clone(),
        drew: received.drew,
        account_id: session.peer_account.clone(),
        serial: session.peer_serial,
        ..Receipt::default()
    }
}

// ANCHOR: receive_in
/// Receives a ratchet message in a session.
fn receive_in(
    state: &DeviceState,
    session: &SessionState,
    message: &Octets,
    authenticated_data: &Octets,
    ratchet_key: &Octets,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, Receipt), ErrorClass> {
    let before = session;
    let (session, received) =
        decrypt(before, message, authenticated_data, ratchet_key, now, &policy.limits)?;
    let state = set_session(state, &session);
    let state = revive(&state, before, &session, now, &policy.limits);
    let state = receiver_effect(&state, &session.session_id, &received.frame, now, policy)?;
    Ok((state, receipt(&session, Event::Message, &received)))
}
// ANCHOR_END: receive_in

// ANCHOR: candidates
/// The sessions that have a mailbox among their incoming ones: the live one first, then the
/// unaccepted, then archived ones from the newest archived (`[ENV-04]`).
pub fn candidates(state: &DeviceState, mailbox: &Octets, now: u64, limits: &Limits) -> Sessions {
    let mut live = Sessions::new(0);
    let mut unaccepted = Sessions::new(0);
    let mut archived = Sessions::new(0);
    for i in 0..state.sessions.len() {
        let session = state.sessions[i].clone();
        if session.status != CLOSED && receives_from(&session, mailbox, now, limits) {
            let pair = find_pair(state, &session.peer_account, session.peer_serial);
            if pair.live == Some(session.session_id.clone()) {
                live = live.push(&session);
            } else if pair.unaccepted == Some(session.session_id.clone()) {
                unaccepted = unaccepted.push(&session);
            } else {
                archived = archived.push(&session);
            }
        }
    }
    live.concat(&unaccepted).concat(&archived)
}
// ANCHOR_END: candidates

/// Receives an envelope's message from a session mailbox: the first candidate that decrypts takes
/// it; when none does, the class of the last one whose header opened (`[ENV-03]`, `[ENV-04]`).
fn receive_ratchet(
    state: &DeviceState,
    mailbox: &Octets,
    message: &Octets,
    authenticated_data: &Octets,
    ratchet_key: &Octets,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, Receipt), ErrorClass> {
    let sessions = candidates(state, mailbox, now, &policy.limits);
    check(sessions.len() > 0, ErrorClass::Undecryptable)?;
    check(message.len() > 0 && message[0usize] == RATCHET_V0, ErrorClass::Malformed)?;
    let mut result = Err(ErrorClass::Undecryptable);
    for i in 0..sessions.len() {
        if result.is_err() && i < policy.limits.max_candidates {
            let next = receive_in(
                state,
                &sessions[i],
                message,
                authenticated_data,
                ratchet_key,
                now,
                policy,
            );
            result = match (next, result) {
                (Err(ErrorClass::Undecryptable), before) => before,
                (next, _) => next,
            };
        }
    }
    result
}

/// Receives an envelope's message from the contact mailbox: step 1 of `accept`, and `accept`.
fn receive_first(
    state: &DeviceState,
    message: &Octets,
    authenticated_data: &Octets,
    expectation: &Expectation,
    ratchet_key: &Octets,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, Receipt), ErrorClass> {
    check(message.len() > 0 && message[0usize] == FIRST_V0, ErrorClass::Malformed)?;
    let first = decode_first_message(message)?;
    match session_of_handshake(state, &handshake_ref(&first.handshake)) {
        Some(session) => {
            check(session.role != INITIATOR, ErrorClass::Reflection)?;
            receive_in(
                state,
                &session,
                &first.message,
                authenticated_data,
                ratchet_key,
                now,
                policy,
            )
        }
        None => {
            let (state, accepted) =
                accept(state, &first, authenticated_data, expectation, ratchet_key, now, policy)?;
            enter_accepted(&state, &accepted, now, policy)
        }
    }
}

/// What a first message has the device do whose session has been entered.
pub fn enter_accepted(
    state: &DeviceState,
    accepted: &Accepted,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, Receipt), ErrorClass> {
    let frame = accepted.received.frame.clone();
    let session = find_session(&state.sessions, &accepted.session_id);
    let session = session.ok_or(ErrorClass::Limit)?;
    let state = receiver_effect(state, &accepted.session_id, &frame, now, policy)?;
    let out = Receipt {
        one_time: accepted.one_time,
        last_resort: accepted.last_resort,
        identity: accepted.identity.clone(),
        ..receipt(&session, accepted.event, &accepted.received)
    };
    Ok((state, out))
}

// ANCHOR: receive
/// Receives the message of an envelope from a mailbox.
pub fn receive(
    state: &DeviceState,
    mailbox: &Octets,
    message: &Octets,
    authenticated_data: &Octets,
    expectation: &Expectation,
    ratchet_key: &Octets,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, Receipt), ErrorClass> {
    let state = expiry::expire(state, now, &policy.limits);
    let (state, out) = if *mailbox == own_contact_mailbox(&state) {
        receive_first(&state, message, authenticated_data, expectation, ratchet_key, now, policy)?
    } else {
        receive_ratchet(&state, mailbox, message, authenticated_data, ratchet_key, now, policy)?
    };
    Ok((commit(&state), out))
}
// ANCHOR_END: receive

/// Accepts a session that stands for another.
pub fn accept_session(
    state: &DeviceState,
    session_id: &Octets,
    now: u64,
    policy: &Policy,
) -> Result<DeviceState, ErrorClass> {
    let state = expiry::expire(state, now, &policy.limits);
    Ok(commit(&pairs::accept_session(&state, session_id, now, &policy.limits)?))
}

/// Declines it.
pub fn decline_session(
    state: &DeviceState,
    session_id: &Octets,
    now: u64,
    policy: &Policy,
) -> Result<DeviceState, ErrorClass> {
    let state = expiry::expire(state, now, &policy.limits);
    Ok(commit(&pairs::decline_session(&state, session_id)?))
}

/// Erases what is past its age.
pub fn expire(state: &DeviceState, now: u64, policy: &Policy) -> DeviceState {
    commit(&expiry::expire(state, now, &policy.limits))
}

/// The safety number with a peer's account keys.
pub fn safety_number(
    state: &DeviceState,
    account_keys: &super::identities::TypedKeys,
) -> Result<Octets, ErrorClass> {
    check_first_key(account_keys)?;
    let own = state.account.device_list.tbs.account_keys.clone();
    super::verification::safety_number(&own, account_keys)
}

/// An empty frame of a content type with a body.
pub fn frame(content_type: u8, body: &Octets) -> InnerFrame {
    let none = Extensions::new(0);
    InnerFrame { content_type, critical: none.clone(), non_critical: none, body: body.clone() }
}

/// A frame that closes a session.
pub fn close_frame() -> InnerFrame {
    frame(CLOSE, &empty())
}
