//! What a frame that the library handles does on either side (Inner frame; `[FRM-05]`).

use super::credentials::verify_credential;
use super::device_lists::{apply_device_lists, older_than_pinned};
use super::error::{ErrorClass, check};
use super::frame::{
    CLOSE, CREDENTIAL_UPDATE, DEVICE_LISTS, InnerFrame, MAILBOX_ROTATION, decode_credential_update,
    decode_device_lists, decode_mailbox_rotation,
};
use super::identities::{CredentialTbs, DeviceLists, find_device};
use super::limits::Policy;
use super::pairs::{self, get_session, pin, pinned_list, set_session};
use super::replacement::arm;
use super::session::SessionState;
use super::state::DeviceState;
use super::typed_keys::{account_id, encode_typed_keys, signing_keys};
use crate::octets::Octets;

// ANCHOR: sender_effect
/// What a body that the library handles does on the side that sends it (`[REP-10]`, `[ENV-05]`: a
/// rotation is the one before plus one).
pub fn sender_effect(
    state: &DeviceState,
    session: &SessionState,
    frame: &InnerFrame,
    now: u64,
) -> Result<DeviceState, ErrorClass> {
    match frame.content_type {
        CLOSE => {
            check(frame.body.len() == 0, ErrorClass::Malformed)?;
            Ok(pairs::close(state, session, now))
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

// ANCHOR: apply_credential_update
/// Whether a credential is of the session's peer device, by what it says (`[FRM-06]`).
fn is_peer_device(session: &SessionState, tbs: &CredentialTbs) -> bool {
    tbs.account_id == session.peer_account && tbs.serial == session.peer_serial
}

/// A renewed credential: of the session's peer device, which is looked at first, and with the signing keys
/// that were pinned (`[FRM-06]`); its lists are pinned.
fn apply_credential_update(
    state: &DeviceState,
    session: &SessionState,
    body: &Octets,
    now: u64,
    policy: &Policy,
) -> Result<DeviceState, ErrorClass> {
    let update = decode_credential_update(body)?;
    let account = session.peer_account.clone();
    let tbs = update.credential.tbs.clone();
    check(is_peer_device(session, &tbs), ErrorClass::IdentityMismatch)?;
    let pinned = pinned_list(state, &account);
    let list = apply_device_lists(&pinned, &account, &update.device_lists, now, policy)?;
    let _keys = verify_credential(&update.credential, &list, now, policy)?;
    let before = pinned.unwrap_or_default();
    let old = find_device(&before, tbs.serial).ok_or(ErrorClass::NotListed)?;
    let new_keys = encode_typed_keys(&signing_keys(&tbs.identity_keys));
    let same = new_keys == encode_typed_keys(&old.signature_keys);
    check(same, ErrorClass::IdentityMismatch)?;
    Ok(pin(state, &account, &list, now))
}
// ANCHOR_END: apply_credential_update

// ANCHOR: receiver_effect
/// Whether lists are of the account of a session's peer and older than the one that is pinned then
/// (`[ID-24]`).
fn lists_older(state: &DeviceState, session: &SessionState, lists: &DeviceLists) -> bool {
    let of_peer = account_id(&lists[0usize].tbs.account_keys) == session.peer_account;
    of_peer && older_than_pinned(&pinned_list(state, &session.peer_account), lists)
}

/// Whether the body of a first message brings lists that are older than the one that is pinned then: they
/// were the newest when it was made, and it changes nothing (`[ID-24]`). It decodes, and is of the peer's
/// account and device (`[FRM-06]`).
fn passed_over(
    state: &DeviceState,
    session: &SessionState,
    frame: &InnerFrame,
) -> Result<bool, ErrorClass> {
    match frame.content_type {
        CREDENTIAL_UPDATE => {
            let update = decode_credential_update(&frame.body)?;
            let of_device = is_peer_device(session, &update.credential.tbs);
            Ok(of_device && lists_older(state, session, &update.device_lists))
        }
        DEVICE_LISTS => {
            let lists = decode_device_lists(&frame.body)?;
            Ok(lists_older(state, session, &lists))
        }
        _ => Ok(false),
    }
}

/// What a body that the library handles does; if it is refused, so is the message (`[FRM-05]`). The
/// session of the message has been entered. `first`: it is a first message.
pub fn receiver_effect(
    state: &DeviceState,
    session_id: &Octets,
    frame: &InnerFrame,
    first: bool,
    now: u64,
    policy: &Policy,
) -> Result<DeviceState, ErrorClass> {
    let state = arm(state, session_id, &frame.non_critical)?;
    let session = get_session(&state, session_id)?;
    let passed_over = first && passed_over(&state, &session, frame)?;
    match frame.content_type {
        _ if passed_over => Ok(state),
        CLOSE => {
            check(frame.body.len() == 0, ErrorClass::Malformed)?;
            Ok(pairs::close(&state, &session, now))
        }
        CREDENTIAL_UPDATE => apply_credential_update(&state, &session, &frame.body, now, policy),
        DEVICE_LISTS => {
            let lists = decode_device_lists(&frame.body)?;
            let account = session.peer_account;
            let pinned = pinned_list(&state, &account);
            let list = apply_device_lists(&pinned, &account, &lists, now, policy)?;
            Ok(pin(&state, &account, &list, now))
        }
        MAILBOX_ROTATION => {
            let rotation = decode_mailbox_rotation(&frame.body)?;
            check(rotation > session.rotation_receive, ErrorClass::Malformed)?;
            let rotated = SessionState { rotation_receive: rotation, ..session };
            Ok(set_session(&state, &rotated))
        }
        _ => Ok(state),
    }
}
// ANCHOR_END: receiver_effect
