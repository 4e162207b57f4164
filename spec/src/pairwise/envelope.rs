//! Envelopes and mailbox ids (Envelope and mailboxes).

use super::codec::{finish, read_bytes, read_opaque, read_u64, reader, write_opaque};
use super::error::{ErrorClass, check};
use super::identities::read_version;
use super::kdf::{expand_with_label, ref_hash};
use super::labels::{CONTACT_MAILBOX, MAILBOX, MAILBOX_SECRET};
use super::limits::{Limits, MAILBOX_PERIOD, MAX_MESSAGE};
use super::session::{CLOSED, INITIATOR, SessionState};
use super::suite::NH;
use crate::octets::{Octets, byte, u32_be, u64_be};
use hacspec_lib::*;

/// Direction from the session's initiator to its responder.
pub const TO_RESPONDER: u8 = 1;
/// Direction from the session's responder to its initiator.
pub const TO_INITIATOR: u8 = 2;

/// A list of mailbox ids.
pub type Mailboxes = Seq<Octets>;

/// `Envelope`.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    /// Where the message lies.
    pub mailbox_id: Octets,
    /// When the relay deletes it, seconds.
    pub expiry: u64,
    /// The message.
    pub message: Octets,
}

/// `encode(Envelope)`.
pub fn encode_envelope(envelope: &Envelope) -> Octets {
    byte(0)
        .concat(&envelope.mailbox_id)
        .concat(&u64_be(envelope.expiry))
        .concat(&write_opaque(&envelope.message))
}

/// Decodes an `Envelope`; its expiry is a full hour.
pub fn decode_envelope(bytes: &Octets) -> Result<Envelope, ErrorClass> {
    let r = read_version(reader(bytes))?;
    let (mailbox_id, r) = read_bytes(r, 32)?;
    let (expiry, r) = read_u64(r)?;
    let (message, r) = read_opaque(r, MAX_MESSAGE)?;
    finish(&r)?;
    check(expiry % 3600 == 0, ErrorClass::Malformed)?;
    Ok(Envelope { mailbox_id, expiry, message })
}

/// The expiry of an envelope sent at `now` to be kept for `seconds`: a full hour, at most
/// `max_envelope_age` and one hour away, that of a first message at most `prekey_grace` (`[ENV-06]`).
pub fn envelope_expiry(
    now: u64,
    seconds: u64,
    first_message: bool,
    limits: &Limits,
) -> Result<u64, ErrorClass> {
    let expiry = now.saturating_add(seconds).div_ceil(3600).saturating_mul(3600);
    let longest = if first_message { limits.prekey_grace } else { limits.max_envelope_age + 3600 };
    check(expiry.saturating_sub(now) <= longest, ErrorClass::Malformed)?;
    Ok(expiry)
}

// ANCHOR: mailbox_id
/// `mailbox_secret`.
pub fn mailbox_secret(exporter_secret: &Octets, session_id: &Octets) -> Octets {
    expand_with_label(exporter_secret, MAILBOX_SECRET, session_id, NH)
}

/// A session's mailbox of a direction, rotation and period.
pub fn mailbox_id(session: &SessionState, direction: u8, rotation: u32, period: u64) -> Octets {
    let context = byte(direction).concat(&u32_be(rotation)).concat(&u64_be(period));
    let secret = mailbox_secret(&session.exporter_secret, &session.session_id);
    expand_with_label(&secret, MAILBOX, &context, 32)
}
// ANCHOR_END: mailbox_id

// ANCHOR: contact_mailbox
/// The mailbox for first messages to a device.
pub fn contact_mailbox(account_id: &Octets, serial: u64) -> Octets {
    ref_hash(CONTACT_MAILBOX, &write_opaque(account_id).concat(&u64_be(serial)))
}
// ANCHOR_END: contact_mailbox

/// The direction in which a device with this role sends.
fn outgoing_direction(role: u8) -> u8 {
    if role == INITIATOR { TO_RESPONDER } else { TO_INITIATOR }
}

/// The direction in which a device with this role receives.
fn incoming_direction(role: u8) -> u8 {
    if role == INITIATOR { TO_INITIATOR } else { TO_RESPONDER }
}

/// Where a `RatchetMessage` of a session goes (`[ENV-01]`).
pub fn outgoing_mailbox(session: &SessionState, now: u64) -> Octets {
    let direction = outgoing_direction(session.role);
    mailbox_id(session, direction, session.rotation_send, now / MAILBOX_PERIOD)
}

// ANCHOR: incoming_mailboxes
/// The rotations that a receiver looks into: the current one, the one before it and the one after it,
/// where there are such (`[ENV-04]`, `[ENV-05]`).
fn incoming_rotations(session: &SessionState) -> Seq<u32> {
    let current = session.rotation_receive;
    let rotations = Seq::<u32>::new(0).push(&current);
    let rotations = match current.checked_sub(1) {
        Some(previous) => rotations.push(&previous),
        None => rotations,
    };
    match current.checked_add(1) {
        Some(next) => rotations.push(&next),
        None => rotations,
    }
}

/// `incoming`: where messages of a session may lie, for each of these rotations, from
/// `mailbox_look_back` periods ago to the next one (`[ENV-04]`). A closed session does not receive.
pub fn incoming_mailboxes(session: &SessionState, now: u64, limits: &Limits) -> Mailboxes {
    let mut mailboxes = Mailboxes::new(0);
    let direction = incoming_direction(session.role);
    let period = now / MAILBOX_PERIOD;
    let first = period.saturating_sub(limits.mailbox_look_back);
    let rotations = incoming_rotations(session);
    if session.status != CLOSED {
        for i in 0..rotations.len() {
            for p in first..period + 2 {
                mailboxes = mailboxes.push(&mailbox_id(session, direction, rotations[i], p));
            }
        }
    }
    mailboxes
}
// ANCHOR_END: incoming_mailboxes

/// Whether a session may receive from a mailbox.
pub fn receives_from(session: &SessionState, mailbox: &Octets, now: u64, limits: &Limits) -> bool {
    let mailboxes = incoming_mailboxes(session, now, limits);
    let mut found = false;
    for i in 0..mailboxes.len() {
        found = found || mailboxes[i] == *mailbox;
    }
    found
}
