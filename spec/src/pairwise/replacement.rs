//! How a session that a first message has made enters its pair (Replacement).

use super::codec::{Extension, Extensions, find_extension, precedes};
use super::error::ErrorClass;
use super::frame::{CLOSE, EXTENSION_ABSORB};
use super::kdf::expand_with_label;
use super::labels::ABSORB;
use super::limits::{Limits, age};
use super::pairs::{
    archive, archive_optional, find_pair, get_session, live_session, make_live, make_unaccepted,
    set_session,
};
use super::session::{
    ABSORB_ANNOUNCED, ABSORB_ARMED, ABSORB_NONE, ARCHIVED, ESTABLISHED, INITIATOR, RESPONDER,
    SessionState, WAITING, find_session,
};
use super::state::DeviceState;
use super::suite::NH;
use crate::octets::Octets;

/// The agreement identity keys of a pair's two devices.
#[derive(Clone, Debug, Default)]
pub struct PairKeys {
    /// The own one.
    pub own: Octets,
    /// The peer's.
    pub peer: Octets,
}

/// What the caller is told of a session that a first message has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Event {
    /// A message in a session known already.
    #[default]
    Message,
    /// A new session, live or archived.
    NewSession,
    /// A new session that awaits acceptance.
    SessionReplaced,
}

// ANCHOR: same_origin
/// Whether N is of L's origin: L was made without a resumption PSK, or both with the same one.
fn same_origin(live: &SessionState, new: &SessionState) -> bool {
    live.resumed_from.len() == 0 || live.resumed_from == new.resumed_from
}
// ANCHOR_END: same_origin

// ANCHOR: own_wins
/// Whether the session that the own side has initiated is the winner: the one with `recovery` where
/// one alone has it, else the one whose initiator has the smaller agreement key.
pub fn own_wins(own: &SessionState, new: &SessionState, keys: &PairKeys) -> bool {
    if own.recovery != new.recovery { own.recovery == 1 } else { precedes(&keys.own, &keys.peer) }
}
// ANCHOR_END: own_wins

// ANCHOR: absorb_secret
/// What the loser gives the winner.
pub fn absorb_secret(loser: &SessionState, winner: &SessionState) -> Octets {
    expand_with_label(&loser.exporter_secret, ABSORB, &winner.session_id, NH)
}
// ANCHOR_END: absorb_secret

// ANCHOR: announce
/// The winner's initiator keeps the secret and announces the loser (`[REP-05]`); a later loser is
/// not absorbed.
fn announce(state: &DeviceState, winner: &SessionState, loser: &SessionState) -> DeviceState {
    if winner.absorb_status == ABSORB_NONE {
        let announced = SessionState {
            absorb_status: ABSORB_ANNOUNCED,
            absorb_secret: absorb_secret(loser, winner),
            absorb_session: loser.session_id.clone(),
            ..winner.clone()
        };
        set_session(state, &announced)
    } else {
        state.clone()
    }
}
// ANCHOR_END: announce

// ANCHOR: arm
/// The winner's responder has got the extension `absorb` in a message of the winner (`[REP-06]`).
/// What does not fit is ignored.
pub fn arm(
    state: &DeviceState,
    session_id: &Octets,
    non_critical: &Extensions,
) -> Result<DeviceState, ErrorClass> {
    let winner = get_session(state, session_id)?;
    let data = find_extension(non_critical, EXTENSION_ABSORB).unwrap_or_default();
    let free = winner.role == RESPONDER && winner.absorb_status == ABSORB_NONE;
    match find_session(&state.sessions, &data) {
        Some(loser) => {
            let of_pair = loser.role == INITIATOR
                && loser.peer_account == winner.peer_account
                && loser.peer_serial == winner.peer_serial;
            if free && of_pair {
                let armed = SessionState {
                    absorb_status: ABSORB_ARMED,
                    absorb_secret: absorb_secret(&loser, &winner),
                    absorb_session: loser.session_id.clone(),
                    ..winner
                };
                Ok(set_session(state, &armed))
            } else {
                Ok(state.clone())
            }
        }
        None => Ok(state.clone()),
    }
}
// ANCHOR_END: arm

/// The extensions of a message, with `absorb` where the session announces it (`[REP-05]`). The
/// caller's own are in ascending order.
pub fn with_absorb(session: &SessionState, non_critical: &Extensions) -> Extensions {
    if session.absorb_status == ABSORB_ANNOUNCED {
        let data = session.absorb_session.clone();
        let absorb = Extension { extension_type: EXTENSION_ABSORB, data };
        let mut out = Extensions::new(0);
        let mut placed = false;
        for i in 0..non_critical.len() {
            if !placed && non_critical[i].extension_type > EXTENSION_ABSORB {
                out = out.push(&absorb);
                placed = true;
            }
            out = out.push(&non_critical[i]);
        }
        if placed { out } else { out.push(&absorb) }
    } else {
        non_critical.clone()
    }
}

/// The state with N archived.
fn enter_archived(state: &DeviceState, new: &SessionState, now: u64) -> DeviceState {
    let new = SessionState { status: ARCHIVED, ..new.clone() };
    archive(state, &new, now)
}

/// The state with N established and L archived.
fn replace(state: &DeviceState, live: &SessionState, new: &SessionState, now: u64) -> DeviceState {
    archive(&make_live(state, new, ESTABLISHED), live, now)
}

// ANCHOR: made_from
/// Whether N was made with the resumption PSK of L, or of a session that the own side gave up for L and
/// that would come back with its first message (case 2; `[REP-14]`).
fn made_from(state: &DeviceState, live: &SessionState, new: &SessionState) -> bool {
    let given_up = match find_session(&state.sessions, &new.resumed_from) {
        Some(source) => comes_back(&source, live),
        None => false,
    };
    new.resumed_from == live.session_id || given_up
}
// ANCHOR_END: made_from

// ANCHOR: enter
/// Enters a session N whose first message has authenticated, by the first case that fits. The peer's
/// list is pinned, and the session whose PSK N was made with, if there is one, is of this pair.
/// See also [REP-01], [REP-04], [REP-15].
pub fn enter(
    state: &DeviceState,
    new: &SessionState,
    keys: &PairKeys,
    now: u64,
    limits: &Limits,
) -> (DeviceState, Event) {
    match live_session(state, &new.peer_account, new.peer_serial) {
        // Case 1.
        None => {
            if find_pair(state, &new.peer_account, new.peer_serial).unconfirmed == 1 {
                (make_unaccepted(state, new), Event::SessionReplaced)
            } else {
                (make_live(state, new, ESTABLISHED), Event::NewSession)
            }
        }
        Some(live) => {
            let waiting = live.status == WAITING;
            let resumed = made_from(state, &live, new);
            let origin = same_origin(&live, new);
            let crossed = !waiting
                && live.role == INITIATOR
                && age(live.created_at, now) < limits.simultaneous_window
                && origin;
            let wins = own_wins(&live, new, keys);
            if resumed {
                // Case 2.
                (replace(state, &live, new, now), Event::NewSession)
            } else if (waiting && origin && wins) || (crossed && wins) {
                // Case 3, the own session wins ([REP-04]), and case 4.
                let state = announce(state, &live, new);
                (enter_archived(&state, new, now), Event::NewSession)
            } else if waiting && origin {
                // Case 3, N wins ([REP-04]).
                (replace(state, &live, new, now), Event::NewSession)
            } else {
                // Case 5.
                (make_unaccepted(state, new), Event::SessionReplaced)
            }
        }
    }
}
// ANCHOR_END: enter

// ANCHOR: revive
/// Whether L was made before S: at an earlier time, or in the same second where S alone is a recovery
/// (`[REP-14]`).
fn made_before(live: &SessionState, given_up: &SessionState) -> bool {
    let recovered = given_up.recovery == 1 && live.recovery == 0;
    live.created_at < given_up.created_at || (live.created_at == given_up.created_at && recovered)
}

/// Whether S is archived, the own side initiated it and has received no message in it.
fn unanswered(given_up: &SessionState) -> bool {
    given_up.status == ARCHIVED && given_up.role == INITIATOR && given_up.receiving.is_none()
}

/// Whether S, which the own side initiated and gave up for L, comes back with its first message
/// (`[REP-14]`).
fn comes_back(given_up: &SessionState, live: &SessionState) -> bool {
    let before = live.status == WAITING || made_before(live, given_up);
    let recovery = given_up.recovery == 1 || live.recovery == 1;
    let origin = live.resumed_from == given_up.resumed_from || recovery;
    unanswered(given_up) && live.role == INITIATOR && before && origin
}

/// A handshake that was given up is answered: `before` is its session before this first message,
/// `session` the one after it, entered already, `content_type` what the message holds. In every case
/// but those of `[REP-14]` nothing changes: a `close` brings nothing back.
pub fn revive(
    state: &DeviceState,
    before: &SessionState,
    session: &SessionState,
    content_type: u8,
    now: u64,
) -> DeviceState {
    match live_session(state, &before.peer_account, before.peer_serial) {
        Some(live) => {
            if content_type != CLOSE && comes_back(before, &live) {
                // The one leaves the archive before the other enters it, so that none is lost.
                let state = make_live(state, session, ESTABLISHED);
                archive(&state, &live, now)
            } else {
                state.clone()
            }
        }
        None => {
            if content_type != CLOSE && unanswered(before) {
                make_live(state, session, ESTABLISHED)
            } else {
                state.clone()
            }
        }
    }
}
// ANCHOR_END: revive

// ANCHOR: enter_initiated
/// Enters a session that the own side has initiated: live; the one before is archived, an
/// unaccepted one stays (`[REP-03]`).
pub fn enter_initiated(state: &DeviceState, new: &SessionState, now: u64) -> DeviceState {
    let pair = find_pair(state, &new.peer_account, new.peer_serial);
    // N is live before L enters the archive: the session that N was made from is kept.
    archive_optional(&make_live(state, new, WAITING), &pair.live, now)
}
// ANCHOR_END: enter_initiated
