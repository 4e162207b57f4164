//! Small steps on a device's state: finding and setting its parts, archiving, closing and deleting
//! sessions (Replacement).

use super::codec::precedes;
use super::device_lists::device_changes;
use super::error::ErrorClass;
use super::identities::{DeviceList, find_device};
use super::limits::Limits;
use super::session::{
    ARCHIVED, CLOSED, ESTABLISHED, SessionState, Sessions, UNACCEPTED, WAITING, find_session,
};
use super::state::{DeviceState, PairState, PeerState, SessionRef, has_sessions};
use crate::octets::Octets;
use hacspec_lib::*;

/// The session of an id, or `misuse`.
pub fn get_session(state: &DeviceState, session_id: &Octets) -> Result<SessionState, ErrorClass> {
    find_session(&state.sessions, session_id).ok_or(ErrorClass::Misuse)
}

/// The state with a session, new or changed.
pub fn set_session(state: &DeviceState, session: &SessionState) -> DeviceState {
    let mut sessions = Sessions::new(0);
    let mut placed = false;
    for i in 0..state.sessions.len() {
        let here = state.sessions[i].session_id.clone();
        if !placed && !precedes(&here, &session.session_id) {
            sessions = sessions.push_owned(session.clone());
            placed = true;
        }
        if here != session.session_id {
            sessions = sessions.push_owned(state.sessions[i].clone());
        }
    }
    if !placed {
        sessions = sessions.push_owned(session.clone());
    }
    DeviceState { sessions, ..state.clone() }
}

/// The peer of an account, if there is one.
pub fn find_peer(state: &DeviceState, account_id: &Octets) -> Option<PeerState> {
    let mut found = None;
    for i in 0..state.peers.len() {
        if state.peers[i].account_id == *account_id {
            found = Some(state.peers[i].clone());
        }
    }
    found
}

// ANCHOR: pinned_list
/// The list that is pinned for an account: the last one accepted for it as a peer's, if there is one. The
/// own current list is none, so the own account's other devices are held against their peer's record as
/// anybody's are.
pub fn pinned_list(state: &DeviceState, account_id: &Octets) -> Option<DeviceList> {
    match find_peer(state, account_id) {
        Some(peer) => Some(peer.device_list),
        None => None,
    }
}
// ANCHOR_END: pinned_list

/// The state with a peer, new or changed.
pub fn set_peer(state: &DeviceState, peer: &PeerState) -> DeviceState {
    let mut peers = Seq::<PeerState>::new(0);
    let mut placed = false;
    for i in 0..state.peers.len() {
        let here = state.peers[i].account_id.clone();
        if !placed && !precedes(&here, &peer.account_id) {
            peers = peers.push(peer);
            placed = true;
        }
        if here != peer.account_id {
            peers = peers.push(&state.peers[i]);
        }
    }
    if !placed {
        peers = peers.push(peer);
    }
    DeviceState { peers, ..state.clone() }
}

/// The pair with a peer's device; a new one if there is none.
pub fn find_pair(state: &DeviceState, account_id: &Octets, serial: u64) -> PairState {
    let mut found = PairState { serial, ..PairState::default() };
    match find_peer(state, account_id) {
        Some(peer) => {
            for i in 0..peer.pairs.len() {
                if peer.pairs[i].serial == serial {
                    found = peer.pairs[i].clone();
                }
            }
        }
        None => {}
    }
    found
}

/// The state with a pair, new or changed. The peer is there.
pub fn set_pair(state: &DeviceState, account_id: &Octets, pair: &PairState) -> DeviceState {
    match find_peer(state, account_id) {
        Some(peer) => {
            let mut pairs = Seq::<PairState>::new(0);
            let mut placed = false;
            for i in 0..peer.pairs.len() {
                if !placed && peer.pairs[i].serial >= pair.serial {
                    pairs = pairs.push(pair);
                    placed = true;
                }
                if peer.pairs[i].serial != pair.serial {
                    pairs = pairs.push(&peer.pairs[i]);
                }
            }
            if !placed {
                pairs = pairs.push(pair);
            }
            set_peer(state, &PeerState { pairs, ..peer })
        }
        None => state.clone(),
    }
}

/// The state without a pair that has no sessions, whose device the pinned list does not have.
fn drop_unlisted(state: &DeviceState, account_id: &Octets, serial: u64) -> DeviceState {
    match find_peer(state, account_id) {
        Some(peer) => {
            let listed = find_device(&peer.device_list, serial).is_some();
            let mut pairs = Seq::<PairState>::new(0);
            for i in 0..peer.pairs.len() {
                let other = peer.pairs[i].serial != serial;
                if other || listed || has_sessions(&peer.pairs[i]) {
                    pairs = pairs.push(&peer.pairs[i]);
                }
            }
            set_peer(state, &PeerState { pairs, ..peer })
        }
        None => state.clone(),
    }
}

/// The live session of a pair, if there is one.
pub fn live_session(state: &DeviceState, account_id: &Octets, serial: u64) -> Option<SessionState> {
    match find_pair(state, account_id, serial).live {
        Some(id) => find_session(&state.sessions, &id),
        None => None,
    }
}

/// The state without a session, and its pair without the reference; without the pair where that was the
/// last session of a device that is not listed.
pub fn delete_session(state: &DeviceState, session: &SessionState) -> DeviceState {
    let mut sessions = Sessions::new(0);
    for i in 0..state.sessions.len() {
        if state.sessions[i].session_id != session.session_id {
            sessions = sessions.push_owned(state.sessions[i].clone());
        }
    }
    let state = DeviceState { sessions, ..state.clone() };
    let pair = find_pair(&state, &session.peer_account, session.peer_serial);
    let pair = without(&pair, &session.session_id);
    let state = set_pair(&state, &session.peer_account, &pair);
    drop_unlisted(&state, &session.peer_account, session.peer_serial)
}

/// A pair without a session.
fn without(pair: &PairState, session_id: &Octets) -> PairState {
    let mut archived = Seq::<SessionRef>::new(0);
    for i in 0..pair.archived.len() {
        if pair.archived[i].session_id != *session_id {
            archived = archived.push(&pair.archived[i]);
        }
    }
    PairState {
        live: if pair.live == Some(session_id.clone()) { None } else { pair.live.clone() },
        unaccepted: if pair.unaccepted == Some(session_id.clone()) {
            None
        } else {
            pair.unaccepted.clone()
        },
        archived,
        ..pair.clone()
    }
}

/// Whether a pair's archive has a session.
fn in_archive(pair: &PairState, session_id: &Octets) -> bool {
    let mut found = false;
    for i in 0..pair.archived.len() {
        found = found || pair.archived[i].session_id == *session_id;
    }
    found
}

// ANCHOR: bound_archive
/// Whether a session is the one whose resumption PSK the pair's live one was made with, and that one
/// waits: then it is neither counted nor deleted (`[REP-09]`).
pub fn kept_for_live(state: &DeviceState, pair: &PairState, session_id: &Octets) -> bool {
    let live = match &pair.live {
        Some(id) => find_session(&state.sessions, id),
        None => None,
    };
    match live {
        Some(live) => live.status == WAITING && live.resumed_from == *session_id,
        None => false,
    }
}

/// Deletes what a pair's archive cannot hold, the session archived longest ago first (`[REP-09]`).
pub fn bound_archive(
    state: &DeviceState,
    account_id: &Octets,
    serial: u64,
    limits: &Limits,
) -> DeviceState {
    let pair = find_pair(state, account_id, serial);
    let mut out = state.clone();
    let mut counted = 0usize;
    for i in 0..pair.archived.len() {
        let session_id = pair.archived[i].session_id.clone();
        if !kept_for_live(state, &pair, &session_id) {
            counted += 1;
            out = match find_session(&out.sessions, &session_id) {
                Some(oldest) if counted > limits.max_archived => delete_session(&out, &oldest),
                _ => out,
            };
        }
    }
    out
}

/// Whether an archive has a session that was archived since it was another one's.
fn archived_since(before: &PairState, pair: &PairState) -> bool {
    let mut since = false;
    for i in 0..pair.archived.len() {
        let mut known = false;
        for j in 0..before.archived.len() {
            known = known
                || (before.archived[j].session_id == pair.archived[i].session_id
                    && before.archived[j].archived_at == pair.archived[i].archived_at);
        }
        since = since || !known;
    }
    since
}

/// Whether a session waits.
fn waits(state: &DeviceState, session_id: &Octets) -> bool {
    match find_session(&state.sessions, session_id) {
        Some(session) => session.status == WAITING,
        None => false,
    }
}

/// The state at the end of a step that began with `before`: the archive of each pair in which a session was
/// archived, or whose live session no longer waits, is back at its bound (`[REP-09]`).
pub fn bound_archives(before: &DeviceState, after: &DeviceState, limits: &Limits) -> DeviceState {
    let mut out = after.clone();
    for i in 0..after.peers.len() {
        let account_id = after.peers[i].account_id.clone();
        for j in 0..after.peers[i].pairs.len() {
            let pair = after.peers[i].pairs[j].clone();
            let old = find_pair(before, &account_id, pair.serial);
            let answered = match &old.live {
                Some(id) => waits(before, id) && !waits(after, id),
                None => false,
            };
            if answered || archived_since(&old, &pair) {
                out = bound_archive(&out, &account_id, pair.serial, limits);
            }
        }
    }
    out
}
// ANCHOR_END: bound_archive

// ANCHOR: retire
/// Gives a session the status `archived` or `closed` and its place in the archive, which is brought back to
/// its bound at the end of the step (`[REP-09]`); one that is there keeps place and time.
fn retire(state: &DeviceState, session: &SessionState, status: u8, now: u64) -> DeviceState {
    let pair = find_pair(state, &session.peer_account, session.peer_serial);
    let session_id = session.session_id.clone();
    let retired = SessionState { status, waiting: None, ..session.clone() };
    let state = set_session(state, &retired);
    if in_archive(&pair, &session_id) {
        state
    } else {
        let pair = without(&pair, &session_id);
        let newest = SessionRef { session_id, archived_at: now };
        let archived = Seq::<SessionRef>::new(0).push(&newest).concat(&pair.archived);
        set_pair(&state, &session.peer_account, &PairState { archived, ..pair })
    }
}

/// Archives a session: from now on it only receives.
pub fn archive(state: &DeviceState, session: &SessionState, now: u64) -> DeviceState {
    retire(state, session, ARCHIVED, now)
}

/// Closes a session (`[REP-10]`).
pub fn close(state: &DeviceState, session: &SessionState, now: u64) -> DeviceState {
    retire(state, session, CLOSED, now)
}
// ANCHOR_END: retire

/// Archives the session of an optional id.
pub fn archive_optional(state: &DeviceState, session_id: &Option<Octets>, now: u64) -> DeviceState {
    match session_id {
        Some(id) => match find_session(&state.sessions, id) {
            Some(session) => archive(state, &session, now),
            None => state.clone(),
        },
        None => state.clone(),
    }
}

/// Makes a session the pair's live one, with a status. The one before has been archived, or is then. The pair
/// is confirmed with it (`[REP-15]`).
pub fn make_live(state: &DeviceState, session: &SessionState, status: u8) -> DeviceState {
    let session_id = session.session_id.clone();
    let state = set_session(state, &SessionState { status, ..session.clone() });
    let pair = find_pair(&state, &session.peer_account, session.peer_serial);
    let pair = without(&pair, &session_id);
    set_pair(
        &state,
        &session.peer_account,
        &PairState { live: Some(session_id), unconfirmed: 0, ..pair },
    )
}

// ANCHOR: make_unaccepted
/// Makes a session the pair's unaccepted one; an earlier one is deleted, as by a decline.
pub fn make_unaccepted(state: &DeviceState, session: &SessionState) -> DeviceState {
    let pair = find_pair(state, &session.peer_account, session.peer_serial);
    let earlier = match &pair.unaccepted {
        Some(id) => find_session(&state.sessions, id),
        None => None,
    };
    let state = match earlier {
        Some(earlier) => delete_session(state, &earlier),
        None => state.clone(),
    };
    let state = set_session(&state, &SessionState { status: UNACCEPTED, ..session.clone() });
    let pair = find_pair(&state, &session.peer_account, session.peer_serial);
    let unaccepted = Some(session.session_id.clone());
    set_pair(&state, &session.peer_account, &PairState { unaccepted, ..pair })
}
// ANCHOR_END: make_unaccepted

/// In which turn a session of a removed device is closed: archived ones, the unaccepted, the live.
fn turn(state: &DeviceState, session: &SessionState) -> usize {
    let pair = find_pair(state, &session.peer_account, session.peer_serial);
    if pair.live == Some(session.session_id.clone()) {
        2
    } else if pair.unaccepted == Some(session.session_id.clone()) {
        1
    } else {
        0
    }
}

// ANCHOR: pin
/// The state in which the pairs with the devices that a list adds to the pinned one, if there is one, are
/// unconfirmed, save the one with the own device (`[REP-15]`).
fn mark_unconfirmed(
    state: &DeviceState,
    account_id: &Octets,
    pinned: &Option<DeviceList>,
    list: &DeviceList,
) -> DeviceState {
    let added = device_changes(pinned, &Some(list.clone())).added;
    let own = state.account.credential.tbs.clone();
    let mut out = state.clone();
    for i in 0..added.len() {
        if *account_id != own.account_id || added[i] != own.serial {
            let pair = find_pair(&out, account_id, added[i]);
            out = set_pair(&out, account_id, &PairState { unconfirmed: 1, ..pair });
        }
    }
    out
}

/// Pins an accepted list. The sessions of devices that it no longer has are closed, the live one of a
/// pair last, so that it is the newest in the archive (`[ID-17]`); their pairs go where there are none.
/// Those of the devices that it adds are unconfirmed (`[REP-15]`).
pub fn pin(state: &DeviceState, account_id: &Octets, list: &DeviceList, now: u64) -> DeviceState {
    let pinned = pinned_list(state, account_id);
    let peer = find_peer(state, account_id).unwrap_or_default();
    let pairs = peer.pairs.clone();
    let peer = PeerState { account_id: account_id.clone(), device_list: list.clone(), ..peer };
    let mut out = set_peer(state, &peer);
    for now_closed in 0..3 {
        for i in 0..state.sessions.len() {
            let session = state.sessions[i].clone();
            let removed = session.peer_account == *account_id
                && find_device(list, session.peer_serial).is_none();
            if removed && turn(state, &session) == now_closed {
                out = close(&out, &session, now);
            }
        }
    }
    for i in 0..pairs.len() {
        out = drop_unlisted(&out, account_id, pairs[i].serial);
    }
    mark_unconfirmed(&out, account_id, &pinned, list)
}
// ANCHOR_END: pin

// ANCHOR: accept_session
/// The caller accepts a session that stands for another: it is live from now on, and its pair is confirmed
/// (`[REP-02]`, `[REP-15]`).
pub fn accept_session(
    state: &DeviceState,
    session_id: &Octets,
    now: u64,
) -> Result<DeviceState, ErrorClass> {
    let session = get_session(state, session_id)?;
    if session.status == UNACCEPTED {
        let pair = find_pair(state, &session.peer_account, session.peer_serial);
        let state = archive_optional(state, &pair.live, now);
        Ok(make_live(&state, &session, ESTABLISHED))
    } else {
        Err(ErrorClass::Misuse)
    }
}

/// The caller declines it: it is deleted (`[REP-02]`). An unconfirmed pair stays so (`[REP-15]`).
pub fn decline_session(
    state: &DeviceState,
    session_id: &Octets,
) -> Result<DeviceState, ErrorClass> {
    let session = get_session(state, session_id)?;
    if session.status == UNACCEPTED {
        Ok(delete_session(state, &session))
    } else {
        Err(ErrorClass::Misuse)
    }
}
// ANCHOR_END: accept_session
