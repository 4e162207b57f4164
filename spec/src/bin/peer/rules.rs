//! Receiving by other rules than the specification's: what an implementation might do that never heard
//! of one of them. Nothing on the wire tells; the conformance suite is held against these.

use crate::party::Party;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::credentials::suite_keys;
use sceau_spec::pairwise::device::own_contact_mailbox;
use sceau_spec::pairwise::enrolment::identity_agree;
use sceau_spec::pairwise::envelope::{Mailboxes, incoming_mailboxes};
use sceau_spec::pairwise::error::ErrorClass;
use sceau_spec::pairwise::expiry::expire;
use sceau_spec::pairwise::frame::{APPLICATION, CLOSE};
use sceau_spec::pairwise::handshake::decode_initiator_identity;
use sceau_spec::pairwise::limits::Limits;
use sceau_spec::pairwise::pairs::{
    archive, archive_optional, bound_archives, find_pair, get_session, make_live, make_unaccepted,
    set_pair, set_session,
};
use sceau_spec::pairwise::receive::Receipt;
use sceau_spec::pairwise::replacement::{self, Event, PairKeys, revive};
use sceau_spec::pairwise::session::{
    ARCHIVED, ESTABLISHED, INITIATOR, RESPONDER, SessionState, WAITING, find_session,
};
use sceau_spec::pairwise::state::{DeviceState, PairState, commit};
use sceau_spec::pairwise::suite::dh_public_key;

fn asked(names: &[String], name: &str) -> bool {
    names.iter().any(|asked| asked == name)
}

/// Refuses what lies in a mailbox that is not looked into, if that is asked for.
pub fn look(party: &Party, mailbox: &Octets, names: &[String]) -> Result<(), ErrorClass> {
    let none = DeviceState::default();
    let state = party.state.as_ref().unwrap_or(&none);
    if !names.iter().any(|name| name.starts_with("rotation-"))
        || *mailbox == own_contact_mailbox(state)
    {
        return Ok(());
    }
    let found = (0..state.sessions.len()).any(|i| {
        let known = incoming(&state.sessions[i], party.now, &party.policy.limits, names);
        (0..known.len()).any(|j| known[j] == *mailbox)
    });
    if found { Ok(()) } else { Err(ErrorClass::Undecryptable) }
}

/// The incoming mailboxes, without those that are not looked into.
pub fn incoming(session: &SessionState, now: u64, limits: &Limits, names: &[String]) -> Mailboxes {
    let all = incoming_mailboxes(session, now, limits);
    if names.is_empty() {
        return all;
    }
    // Of the first rotation and the next.
    let first = SessionState { rotation_receive: 0, ..session.clone() };
    let of_one = incoming_mailboxes(&first, now, limits).len() / 2;
    // The current rotation, the one before it, the one after it.
    let (mut from, mut to) = (of_one.min(all.len()), all.len());
    if asked(names, "rotation-not-behind") && session.rotation_receive > 0 {
        from = (2 * of_one).min(all.len());
    }
    if asked(names, "rotation-not-ahead") && session.rotation_receive < u32::MAX {
        to = to.saturating_sub(of_one).max(from);
    }
    all.slice(0, of_one.min(all.len())).concat(&all.slice(from, to - from))
}

/// What was before a message that was received.
struct Before<'a> {
    /// The device, expired.
    state: DeviceState,
    pair: PairState,
    live: Option<SessionState>,
    account: Octets,
    now: u64,
    limits: &'a Limits,
}

impl Before<'_> {
    /// A state as the one after the step.
    fn end(&self, state: DeviceState, party: &Party) -> DeviceState {
        let old = party.state.clone().unwrap_or_default();
        let state = bound_archives(&self.state, &state, self.limits);
        commit(&DeviceState { head: old.head, records: old.records, ..state })
    }

    /// The state after the step, with pair and sessions as they were before it.
    fn undone(&self, state: &DeviceState) -> DeviceState {
        let sessions = self.state.sessions.clone();
        set_pair(&DeviceState { sessions, ..state.clone() }, &self.account, &self.pair)
    }
}

/// The state and the receipt of a message that was received, by the rules that are asked for.
pub fn enter(
    party: &Party,
    state: DeviceState,
    receipt: Receipt,
    names: &[String],
) -> Result<(DeviceState, Receipt), ErrorClass> {
    if names.is_empty() {
        return Ok((state, receipt));
    }
    let (now, limits) = (party.now, &party.policy.limits);
    let old = expire(&party.state.clone().unwrap_or_default(), now, limits);
    let Some(session) = find_session(&state.sessions, &receipt.session_id) else {
        return Ok((state, receipt));
    };
    let account = session.peer_account.clone();
    let pair = find_pair(&old, &account, session.peer_serial);
    let live = pair.live.as_ref().and_then(|id| find_session(&old.sessions, id));
    let before = Before { state: old, pair, live, account, now, limits };
    let other = match find_session(&before.state.sessions, &receipt.session_id) {
        Some(known) => answered(&before, &state, &known, &session, &receipt, names)
            .map(|state| (state, receipt.event)),
        None => made(&before, &state, &session, &receipt, names)?,
    };
    Ok(match other {
        Some((state, event)) => (before.end(state, party), Receipt { event, ..receipt }),
        None => (state, receipt),
    })
}

/// A session that was known has received: its state before is `known`, after it `session`.
fn answered(
    before: &Before,
    state: &DeviceState,
    known: &SessionState,
    session: &SessionState,
    receipt: &Receipt,
    names: &[String],
) -> Option<DeviceState> {
    let unanswered =
        known.status == ARCHIVED && known.role == INITIATOR && known.receiving.is_none();
    if !unanswered {
        return None;
    }
    let came_back = session.status == ESTABLISHED;
    let archived = || {
        let archived = SessionState { status: ARCHIVED, ..session.clone() };
        set_pair(&set_session(state, &archived), &before.account, &before.pair)
    };
    let Some(live) = &before.live else {
        let stays = asked(names, "given-up-stays") || asked(names, "none-live-stays");
        return (stays && came_back).then(archived);
    };
    let back = |state: &DeviceState| {
        let state = make_live(state, session, ESTABLISHED);
        archive(&state, live, before.now)
    };
    let same_second = live.created_at == known.created_at && live.status != WAITING;
    let stays = asked(names, "given-up-stays") || (asked(names, "tie-stays") && same_second);
    if stays && came_back {
        return Some(set_session(&archived(), live));
    }
    if asked(names, "given-up-always-back") && session.status == ARCHIVED {
        return Some(back(state));
    }
    // As if L had been made a second before.
    let earlier = SessionState { created_at: live.created_at.saturating_sub(1), ..live.clone() };
    let would = |live: &SessionState| {
        let old = set_session(&before.state, live);
        let after = revive(&old, known, known, APPLICATION, before.now);
        find_pair(&after, &before.account, known.peer_serial).live == Some(known.session_id.clone())
    };
    if asked(names, "tie-always-back") && same_second && !came_back && would(&earlier) {
        return Some(back(state));
    }
    if asked(names, "close-brings-back") && receipt.frame.content_type == CLOSE && would(live) {
        return Some(archive_optional(state, &before.pair.live, before.now));
    }
    None
}

/// The state after a session has been declined, with a pair that is confirmed if that is asked for.
pub fn decline(
    party: &Party,
    state: DeviceState,
    of: &SessionState,
    names: &[String],
) -> DeviceState {
    if !asked(names, "decline-confirms") {
        return state;
    }
    let pair = find_pair(&state, &of.peer_account, of.peer_serial);
    let confirmed = set_pair(&state, &of.peer_account, &PairState { unconfirmed: 0, ..pair });
    let old = party.state.clone().unwrap_or_default();
    commit(&DeviceState { head: old.head, records: old.records, ..confirmed })
}

/// A first message has made a session.
fn made(
    before: &Before,
    state: &DeviceState,
    session: &SessionState,
    receipt: &Receipt,
    names: &[String],
) -> Result<Option<(DeviceState, Event)>, ErrorClass> {
    let (now, limits) = (before.now, before.limits);
    let asks = receipt.event == Event::SessionReplaced;
    if asks && before.pair.unaccepted.is_some() && asked(names, "unaccepted-archived") {
        let state = archive_optional(&before.undone(state), &before.pair.unaccepted, now);
        return Ok(Some((make_unaccepted(&state, session), Event::SessionReplaced)));
    }
    let Some(live) = &before.live else {
        let added = &receipt.devices.added;
        let told = (0..added.len()).any(|i| added[i] == receipt.serial);
        let passes = asked(names, "new-device-established")
            || (asked(names, "new-device-asked-once") && !told);
        return Ok((asks && passes)
            .then(|| (make_live(&before.undone(state), session, ESTABLISHED), Event::NewSession)));
    };
    let from_live = session.resumed_from == live.session_id;
    if asked(names, "waiting-not-replaced") && live.status == WAITING && from_live {
        let undone = before.undone(state);
        let state = make_unaccepted(&undone, session);
        return Ok(Some((state, Event::SessionReplaced)));
    }
    let archived = find_session(&before.state.sessions, &session.resumed_from)
        .filter(|source| source.status == ARCHIVED);
    let Some(source) = archived else { return Ok(None) };
    if asked(names, "given-up-psk-unknown") {
        // A session that the peer has made is none that was given up.
        let hidden = SessionState { role: RESPONDER, ..source.clone() };
        let undone = set_session(&before.undone(state), &hidden);
        let theirs = decode_initiator_identity(&receipt.identity)?;
        let keys = PairKeys {
            own: dh_public_key(&identity_agree(state)?),
            peer: suite_keys(&theirs.credential)?.agreement,
        };
        let (entered, event) = replacement::enter(&undone, session, &keys, now, limits);
        let entered = match get_session(&entered, &source.session_id) {
            Ok(hidden) => set_session(&entered, &SessionState { role: source.role, ..hidden }),
            Err(_) => entered,
        };
        return Ok(Some((entered, event)));
    }
    if asked(names, "archived-psk-replaces") {
        let undone = archive(&before.undone(state), live, now);
        return Ok(Some((make_live(&undone, session, ESTABLISHED), Event::NewSession)));
    }
    Ok(None)
}
