//! Receiving by other rules than the specification's: what an implementation might do that never heard
//! of one of them. Nothing on the wire tells; the conformance suite is held against these.

use crate::party::Party;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::device::own_contact_mailbox;
use sceau_spec::pairwise::envelope::{Mailboxes, incoming_mailboxes};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::limits::Limits;
use sceau_spec::pairwise::pairs::{
    archive_optional, find_pair, get_session, make_live, make_unaccepted, set_pair, set_session,
};
use sceau_spec::pairwise::receive::Receipt;
use sceau_spec::pairwise::replacement::Event;
use sceau_spec::pairwise::session::{
    ARCHIVED, ESTABLISHED, INITIATOR, SessionState, WAITING, find_session,
};
use sceau_spec::pairwise::state::{DeviceState, commit};

/// Refuses what lies in a mailbox of the next rotation, if that is asked for.
pub fn look(party: &Party, mailbox: &Octets, names: &[String]) -> Result<(), ErrorClass> {
    let none = DeviceState::default();
    let state = party.state.as_ref().unwrap_or(&none);
    if !names.iter().any(|name| name == "rotation-not-ahead")
        || *mailbox == own_contact_mailbox(state)
    {
        return Ok(());
    }
    let found = (0..state.sessions.len()).any(|i| {
        let known = not_ahead(&state.sessions[i], party.now, &party.policy.limits);
        (0..known.len()).any(|j| known[j] == *mailbox)
    });
    if found { Ok(()) } else { Err(ErrorClass::Undecryptable) }
}

/// The incoming mailboxes without those of the next rotation.
pub fn not_ahead(session: &SessionState, now: u64, limits: &Limits) -> Mailboxes {
    let all = incoming_mailboxes(session, now, limits);
    // Of the first rotation and the next.
    let first = SessionState { rotation_receive: 0, ..session.clone() };
    let of_one = incoming_mailboxes(&first, now, limits).len() / 2;
    let next = if session.rotation_receive == u32::MAX { 0 } else { of_one };
    all.slice(0, all.len().saturating_sub(next))
}

/// The state and the receipt of a message that was received, by the rules that are asked for.
pub fn enter(
    party: &Party,
    state: DeviceState,
    receipt: Receipt,
    names: &[String],
) -> Result<(DeviceState, Receipt), ErrorClass> {
    let asked = |name: &str| names.iter().any(|asked| asked == name);
    let (old, limits) = (party.state.clone().unwrap_or_default(), &party.policy.limits);
    let session = get_session(&state, &receipt.session_id)?;
    let (account, serial) = (session.peer_account.clone(), session.peer_serial);
    let pair = find_pair(&old, &account, serial);
    let live = pair.live.as_ref().and_then(|id| find_session(&old.sessions, id));
    let back = |state: DeviceState| {
        let (head, records) = (old.head.clone(), old.records.clone());
        commit(&DeviceState { head, records, ..state })
    };
    if let Some(before) = find_session(&old.sessions, &receipt.session_id) {
        let unanswered =
            before.status == ARCHIVED && before.role == INITIATOR && before.receiving.is_none();
        if asked("given-up-stays") && unanswered && session.status == ESTABLISHED {
            let mut undone =
                set_session(&state, &SessionState { status: ARCHIVED, ..session.clone() });
            if let Some(live) = live {
                undone = set_session(&undone, &live);
            }
            return Ok((back(set_pair(&undone, &account, &pair)), receipt));
        }
        if asked("given-up-always-back") && unanswered && session.status == ARCHIVED {
            let state = make_live(&state, &session, ESTABLISHED);
            let state = archive_optional(&state, &pair.live, party.now, limits);
            return Ok((back(state), receipt));
        }
        return Ok((state, receipt));
    }
    if let Some(live) = live
        && asked("waiting-not-replaced")
        && live.status == WAITING
        && session.resumed_from == live.session_id
    {
        let undone = set_pair(&set_session(&state, &live), &account, &pair);
        let state = make_unaccepted(&undone, &session, party.now, limits);
        return Ok((back(state), Receipt { event: Event::SessionReplaced, ..receipt }));
    }
    Ok((state, receipt))
}
