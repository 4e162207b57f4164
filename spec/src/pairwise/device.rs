//! The steps of a device. Each takes the state and gives the new one, whose `changes` are to be
//! stored before anything that the step produced leaves the device (`[RAT-05]`, `[STA-07]`), or it
//! refuses with a class, and the state stays what it was (`[ENC-11]`). Each carries out `expire`
//! first (`[STA-10]`).

use super::accept::Expectation;
use super::bundle::{PrekeyBundle, VerifiedBundle, verify_bundle};
use super::codec::{Extensions, find_extension};
use super::device_lists::{DeviceChanges, apply_device_lists, check_first_key, device_changes};
use super::effects::sender_effect;
use super::enrolment::{self, Enrolment};
use super::envelope::{contact_mailbox, outgoing_mailbox};
use super::error::{ErrorClass, check};
use super::expiry;
use super::frame::{CLOSE, EXTENSION_ABSORB, InnerFrame, RECEIPT};
use super::handshake::{FirstMessage, Psk, decode_handshake_message, encode_first_message};
use super::identities::{DeviceLists, find_device};
use super::initiate::{self, InitiateRandomness, Initiated};
use super::limits::Policy;
use super::pairs::{self, bound_archives, get_session, pin, pinned_list};
use super::prekeys::{BatchRandomness, PublishedBatch};
use super::ratchet::encrypt;
use super::receive::Receipt;
use super::receive::{receive_first, receive_ratchet};
use super::replacement::with_absorb;
use super::session::SessionState;
use super::state::{DeviceState, commit};
use super::typed_keys::account_id;
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

/// The own account id.
pub fn own_account(state: &DeviceState) -> Octets {
    account_id(&state.account.device_list.tbs.account_keys)
}

/// The own contact mailbox.
pub fn own_contact_mailbox(state: &DeviceState) -> Octets {
    contact_mailbox(&own_account(state), state.account.credential.tbs.serial)
}

/// Ends a step that began with `before`, expired: archives are brought back to their bound (`[REP-09]`), and
/// the changes are made up.
pub fn end(before: &DeviceState, after: &DeviceState, policy: &Policy) -> DeviceState {
    commit(&bound_archives(before, after, &policy.limits))
}

/// Makes account and device.
pub fn create(enrolment: &Enrolment, now: u64) -> Result<DeviceState, ErrorClass> {
    Ok(commit(&enrolment::create(enrolment, now)?))
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

/// Signs the own list anew.
pub fn reissue_list(
    state: &DeviceState,
    now: u64,
    policy: &Policy,
) -> Result<DeviceState, ErrorClass> {
    let state = expiry::expire(state, now, &policy.limits);
    Ok(commit(&enrolment::reissue_list(&state, now)?))
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

/// What `apply_lists` gives.
#[derive(Clone, Debug, Default)]
pub struct AppliedLists {
    /// Number of the list that is pinned now.
    pub number: u64,
    /// What has changed in it (`[ID-23]`).
    pub devices: DeviceChanges,
}

/// Accepts device lists of an account and pins the last.
pub fn apply_lists(
    state: &DeviceState,
    account: &Octets,
    lists: &DeviceLists,
    now: u64,
    policy: &Policy,
) -> Result<(DeviceState, AppliedLists), ErrorClass> {
    let state = expiry::expire(state, now, &policy.limits);
    let pinned = pinned_list(&state, account);
    let list = apply_device_lists(&pinned, account, lists, now, policy)?;
    let after = pin(&state, account, &list, now);
    let number = list.tbs.number;
    let devices = device_changes(&pinned, &Some(list));
    Ok((end(&state, &after, policy), AppliedLists { number, devices }))
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
    let (after, initiated) =
        initiate::initiate(&state, account, bundle, external, recovery, random, now, policy)?;
    Ok((end(&state, &after, policy), initiated))
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

/// Refuses to send to a device that its account's list does not have (`[ID-17]`).
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
    let after = sender_effect(&state, &sealed, &frame, now)?;
    Ok((end(&state, &after, policy), sent))
}
// ANCHOR_END: send

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
    let (after, out) = if *mailbox == own_contact_mailbox(&state) {
        receive_first(&state, message, authenticated_data, expectation, ratchet_key, now, policy)?
    } else {
        receive_ratchet(&state, mailbox, message, authenticated_data, ratchet_key, now, policy)?
    };
    Ok((end(&state, &after, policy), out))
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
    let after = pairs::accept_session(&state, session_id, now)?;
    Ok(end(&state, &after, policy))
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
    account_keys: &super::typed_keys::TypedKeys,
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
