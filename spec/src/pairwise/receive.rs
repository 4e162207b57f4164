//! Receiving: which session a message is for, and what it leaves (Envelope; Handshake, *The responder*).

use super::accept::{Accepted, Expectation, accept, session_of_handshake};
use super::device_lists::{DeviceChanges, both_changes, device_changes};
use super::effects::receiver_effect;
use super::envelope::receives_from;
use super::error::{ErrorClass, check};
use super::frame::InnerFrame;
use super::handshake::{FIRST_V0, decode_first_message, handshake_ref};
use super::header::{Header, decode_ratchet_message};
use super::limits::{Limits, Policy};
use super::pairs::{find_pair, get_session, pinned_list, set_session};
use super::ratchet::{Received, decrypt};
use super::replacement::{Event, revive};
use super::session::{CLOSED, INITIATOR, SessionState, Sessions};
use super::state::DeviceState;
use crate::octets::Octets;
use hacspec_lib::*;

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
    /// What has changed in the list of the peer's account (`[ID-23]`).
    pub devices: DeviceChanges,
}

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
/// Receives a ratchet message in a session. `first`: it came as a first message (`[ID-24]`).
fn receive_in(
    state: &DeviceState,
    session: &SessionState,
    message: &Octets,
    first: bool,
    authenticated_data: &Octets,
    ratchet_key: &Octets,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, Receipt), ErrorClass> {
    let before = session;
    let (session, received) =
        decrypt(before, message, authenticated_data, ratchet_key, now, &policy.limits)?;
    let state = set_session(state, &session);
    let content_type = received.frame.content_type;
    let state = revive(&state, before, &session, content_type, now);
    let frame = &received.frame;
    let after = receiver_effect(&state, &session.session_id, frame, first, now, policy)?;
    let devices = changes_between(&state, &after, &session.peer_account);
    Ok((after, Receipt { devices, ..receipt(&session, Event::Message, &received) }))
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

// ANCHOR: receive_ratchet
/// Receives an envelope's message from a session mailbox: one that is no `RatchetMessage`, too short a
/// one included, is refused when there are candidates; the first candidate that decrypts takes it; when
/// none does, the class of the last one whose header opened (`[ENV-03]`, `[ENV-04]`).
pub fn receive_ratchet(
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
    let _well_formed = decode_ratchet_message(message)?;
    let mut result = Err(ErrorClass::Undecryptable);
    for i in 0..sessions.len() {
        if result.is_err() && i < policy.limits.max_candidates {
            let next = receive_in(
                state,
                &sessions[i],
                message,
                false,
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
// ANCHOR_END: receive_ratchet

/// Receives an envelope's message from the contact mailbox: step 1 of `accept`, and `accept`.
pub fn receive_first(
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
                true,
                authenticated_data,
                ratchet_key,
                now,
                policy,
            )
        }
        None => {
            let (entered, accepted) =
                accept(state, &first, authenticated_data, expectation, ratchet_key, now, policy)?;
            enter_accepted(state, &entered, &accepted, now, policy)
        }
    }
}

/// What lies between two states in the list that is pinned for an account (`[ID-23]`).
fn changes_between(
    before: &DeviceState,
    after: &DeviceState,
    account_id: &Octets,
) -> DeviceChanges {
    device_changes(&pinned_list(before, account_id), &pinned_list(after, account_id))
}

/// What a first message has the device do whose session has been entered. `before`: the state before the
/// handshake, which has pinned the first of the two series that the caller is told of (`[ID-23]`).
pub fn enter_accepted(
    before: &DeviceState,
    entered: &DeviceState,
    accepted: &Accepted,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, Receipt), ErrorClass> {
    let frame = accepted.received.frame.clone();
    let session = get_session(entered, &accepted.session_id)?;
    let state = receiver_effect(entered, &accepted.session_id, &frame, true, now, policy)?;
    let account_id = session.peer_account.clone();
    let by_handshake = changes_between(before, entered, &account_id);
    let by_body = changes_between(entered, &state, &account_id);
    let out = Receipt {
        devices: both_changes(&by_handshake, &by_body),
        one_time: accepted.one_time,
        last_resort: accepted.last_resort,
        identity: accepted.identity.clone(),
        ..receipt(&session, accepted.event, &accepted.received)
    };
    Ok((state, out))
}
