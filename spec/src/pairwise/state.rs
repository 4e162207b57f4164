//! The whole state of a device, as structures and as records (State).

use super::codec::write_opaque;
use super::error::{ErrorClass, check};
use super::identities::{Credential, DeviceList, find_device};
use super::prekeys::{PrekeyBatch, PrivatePrekey};
use super::record_bodies::{
    decode_account, decode_batch, decode_peer, decode_prekey, decode_replay, encode_account,
    encode_batch, encode_peer, encode_prekey_state,
};
use super::records::{
    ACCOUNT, BATCH, Change, Changes, HEAD, Head, PEER, PREKEY, REPLAY, Record, RecordKey, Records,
    SESSION, decode_head, decode_records, difference, encode_head, encode_records, unnumbered,
};
use super::session::{
    ARCHIVED, CLOSED, ESTABLISHED, SessionState, Sessions, UNACCEPTED, WAITING, decode_session,
    encode_session, find_session,
};
use super::typed_keys::{TypedKeys, account_id};
use crate::octets::{Octets, empty, u32_be};
use hacspec_lib::*;

/// `AccountState`.
#[derive(Clone, Debug, Default)]
pub struct AccountState {
    /// Private account keys; empty when they are held elsewhere.
    pub account_private: TypedKeys,
    /// Private identity keys of the device.
    pub identity_private: TypedKeys,
    /// The own list.
    pub device_list: DeviceList,
    /// The own credential.
    pub credential: Credential,
    /// Generation of the last batch; 0: none yet.
    pub last_batch_generation: u32,
}

/// `BatchState`; its generation is in the batch.
#[derive(Clone, Debug, Default)]
pub struct BatchState {
    /// The batch.
    pub batch: PrekeyBatch,
    /// The credential under which it was published.
    pub credential: Credential,
}

/// `PrekeyState`, with the generation of its batch.
#[derive(Clone, Debug, Default)]
pub struct PrekeyState {
    /// Generation of its batch.
    pub generation: u32,
    /// The key.
    pub prekey: PrivatePrekey,
}

/// An entry of the replay cache.
#[derive(Clone, Debug, Default)]
pub struct ReplayState {
    /// Generation of the batch.
    pub generation: u32,
    /// The handshake.
    pub handshake_ref: Octets,
    /// The session that it has made.
    pub session_id: Octets,
}

/// `SessionRef`.
#[derive(Clone, Debug, Default)]
pub struct SessionRef {
    /// The session.
    pub session_id: Octets,
    /// Time of archiving or closing, seconds.
    pub archived_at: u64,
}

/// `PairState`.
#[derive(Clone, Debug, Default)]
pub struct PairState {
    /// The peer's device.
    pub serial: u64,
    /// The live session.
    pub live: Option<Octets>,
    /// The session that awaits the caller's acceptance.
    pub unaccepted: Option<Octets>,
    /// Archived and closed ones, newest first.
    pub archived: Seq<SessionRef>,
    /// Time of the last recovery; 0: never.
    pub last_recovery: u64,
    /// Whether the device is new in its account and nobody has decided about it yet: 0 or 1 (`[REP-15]`).
    pub unconfirmed: u8,
}

/// Whether a pair has a session.
pub fn has_sessions(pair: &PairState) -> bool {
    pair.live.is_some() || pair.unaccepted.is_some() || pair.archived.len() > 0
}

/// `PeerState`, with its account id.
#[derive(Clone, Debug, Default)]
pub struct PeerState {
    /// The account.
    pub account_id: Octets,
    /// The pinned list.
    pub device_list: DeviceList,
    /// The pairs, in ascending order of serial.
    pub pairs: Seq<PairState>,
}

/// A device. Each list is in ascending order of its records' keys.
#[derive(Clone, Debug, Default)]
pub struct DeviceState {
    /// The own account.
    pub account: AccountState,
    /// Batches whose keys are kept.
    pub batches: Seq<BatchState>,
    /// Private prekeys.
    pub prekeys: Seq<PrekeyState>,
    /// The replay cache.
    pub replay: Seq<ReplayState>,
    /// Peers.
    pub peers: Seq<PeerState>,
    /// Sessions.
    pub sessions: Sessions,
    /// The head.
    pub head: Head,
    /// The records as the last step left them, head included.
    pub records: Records,
    /// What the last step changed.
    pub changes: Changes,
}

// ANCHOR: to_records
/// All records but the head, in ascending order of their keys.
fn to_records(state: &DeviceState) -> Records {
    let mut out = Records::new(0);
    out = out.push_owned(unnumbered(ACCOUNT, &empty(), encode_account(&state.account)));
    for i in 0..state.batches.len() {
        let id = u32_be(state.batches[i].batch.tbs.generation);
        let body = encode_batch(&state.batches[i]);
        out = out.push_owned(unnumbered(BATCH, &id, body));
    }
    for i in 0..state.prekeys.len() {
        let key = state.prekeys[i].prekey.clone();
        let id = u32_be(state.prekeys[i].generation).concat(&u32_be(key.id));
        let body = encode_prekey_state(&key);
        out = out.push_owned(unnumbered(PREKEY, &id, body));
    }
    for i in 0..state.replay.len() {
        let id = u32_be(state.replay[i].generation).concat(&state.replay[i].handshake_ref);
        out = out.push_owned(unnumbered(REPLAY, &id, write_opaque(&state.replay[i].session_id)));
    }
    for i in 0..state.peers.len() {
        let body = encode_peer(&state.peers[i]);
        out = out.push_owned(unnumbered(PEER, &state.peers[i].account_id, body));
    }
    for i in 0..state.sessions.len() {
        let body = encode_session(&state.sessions[i]);
        out = out.push_owned(unnumbered(SESSION, &state.sessions[i].session_id, body));
    }
    out
}
// ANCHOR_END: to_records

// ANCHOR: commit
/// Ends a step: the changes from the records of the step before (`[STA-02]`, `[STA-03]`), with that
/// of the head last. A step that changes no record leaves the head alone.
/// See also [STA-09].
pub fn commit(state: &DeviceState) -> DeviceState {
    let old = state.records.clone();
    let fresh = old.len() == 0;
    let rest = if fresh { old.clone() } else { old.slice(1, old.len() - 1) };
    let (changes, records, retired) = difference(&rest, &to_records(state));
    if changes.len() == 0 {
        DeviceState { changes, ..state.clone() }
    } else {
        let head = Head {
            changes: state.head.changes + changes.len() as u64,
            retired: state.head.retired + retired,
        };
        let expected = if fresh { 0 } else { old[0usize].generation };
        let key = RecordKey { kind: HEAD, id: empty() };
        let body = encode_head(&head);
        let record = Record { key: key.clone(), generation: expected + 1, body };
        let first = Records::new(0).push(&record);
        DeviceState {
            head,
            records: first.concat(&records),
            changes: changes.push(&Change { key, expected, record: Some(record) }),
            ..state.clone()
        }
    }
}
// ANCHOR_END: commit

/// All records, joined (`[STA-01]`).
pub fn export_state(state: &DeviceState) -> Octets {
    encode_records(&state.records)
}

// ANCHOR: read_records
/// The account's record: its credential is of its list's account.
fn read_account(body: &Octets) -> Result<AccountState, ErrorClass> {
    let account = decode_account(body)?;
    let own = account_id(&account.device_list.tbs.account_keys);
    check(account.credential.tbs.account_id == own, ErrorClass::Malformed)?;
    Ok(account)
}

/// A batch's record: its generation is the id.
fn read_batch(id: &Octets, body: &Octets) -> Result<BatchState, ErrorClass> {
    let batch = decode_batch(body)?;
    check(u32_be(batch.batch.tbs.generation) == *id, ErrorClass::Malformed)?;
    Ok(batch)
}

/// Whether a pair may stand in a peer's record: it has no live session while it is unconfirmed
/// (`[REP-15]`), and without sessions it is of a listed device.
fn pair_may_stand(peer: &PeerState, pair: &PairState) -> bool {
    let listed = find_device(&peer.device_list, pair.serial).is_some();
    (pair.unconfirmed == 0 || pair.live.is_none()) && (listed || has_sessions(pair))
}

/// A peer's record: its list's account is the id.
fn read_peer(id: &Octets, body: &Octets) -> Result<PeerState, ErrorClass> {
    let peer = decode_peer(body)?;
    let mut fits = peer.account_id == *id;
    for i in 0..peer.pairs.len() {
        fits = fits && pair_may_stand(&peer, &peer.pairs[i]);
    }
    check(fits, ErrorClass::Malformed)?;
    Ok(peer)
}

/// A session's record: its session id is the id.
fn read_session(id: &Octets, body: &Octets) -> Result<SessionState, ErrorClass> {
    let session = decode_session(body)?;
    check(session.session_id == *id, ErrorClass::Malformed)?;
    Ok(session)
}
// ANCHOR_END: read_records

/// Adds what a record says to a state.
fn add_record(state: &DeviceState, record: &Record) -> Result<DeviceState, ErrorClass> {
    let id = record.key.id.clone();
    let body = record.body.clone();
    let old = state.clone();
    match record.key.kind {
        HEAD => Ok(DeviceState { head: decode_head(&body)?, ..old }),
        ACCOUNT => Ok(DeviceState { account: read_account(&body)?, ..old }),
        BATCH => {
            let batches = old.batches.push(&read_batch(&id, &body)?);
            Ok(DeviceState { batches, ..old })
        }
        PREKEY => {
            let prekeys = old.prekeys.push(&decode_prekey(&id, &body)?);
            Ok(DeviceState { prekeys, ..old })
        }
        REPLAY => {
            let replay = old.replay.push(&decode_replay(&id, &body)?);
            Ok(DeviceState { replay, ..old })
        }
        PEER => {
            let peers = old.peers.push(&read_peer(&id, &body)?);
            Ok(DeviceState { peers, ..old })
        }
        _ => {
            let sessions = old.sessions.push(&read_session(&id, &body)?);
            Ok(DeviceState { sessions, ..old })
        }
    }
}

/// Whether the batch of a generation is there.
fn has_batch(state: &DeviceState, generation: u32) -> bool {
    let mut found = false;
    for i in 0..state.batches.len() {
        found = found || state.batches[i].batch.tbs.generation == generation;
    }
    found
}

/// Whether a session of a pair is there, with one of two statuses.
fn has_session(
    state: &DeviceState,
    peer: &PeerState,
    serial: u64,
    id: &Octets,
    a: u8,
    b: u8,
) -> bool {
    match find_session(&state.sessions, id) {
        Some(session) => {
            session.peer_account == peer.account_id
                && session.peer_serial == serial
                && (session.status == a || session.status == b)
        }
        None => false,
    }
}

/// Whether an optional reference leads to a session of a pair.
fn refers(
    state: &DeviceState,
    peer: &PeerState,
    serial: u64,
    id: &Option<Octets>,
    a: u8,
    b: u8,
) -> bool {
    match id {
        Some(id) => has_session(state, peer, serial, id, a, b),
        None => true,
    }
}

// ANCHOR: references
/// Whether all that records refer to is there, each session stands in its pair, and those of a device that
/// is not listed are closed, as are those in the archive of an unconfirmed pair (`[STA-04]`).
fn references_hold(state: &DeviceState) -> bool {
    let mut hold = true;
    let mut referred = 0usize;
    for i in 0..state.prekeys.len() {
        hold = hold && has_batch(state, state.prekeys[i].generation);
    }
    for i in 0..state.replay.len() {
        hold = hold && has_batch(state, state.replay[i].generation);
    }
    for i in 0..state.peers.len() {
        let peer = state.peers[i].clone();
        for j in 0..peer.pairs.len() {
            let pair = peer.pairs[j].clone();
            let listed = find_device(&peer.device_list, pair.serial).is_some();
            let least = if listed && pair.unconfirmed == 0 { ARCHIVED } else { CLOSED };
            hold = hold && (listed || (pair.live.is_none() && pair.unaccepted.is_none()));
            hold = hold && refers(state, &peer, pair.serial, &pair.live, WAITING, ESTABLISHED);
            hold =
                hold && refers(state, &peer, pair.serial, &pair.unaccepted, UNACCEPTED, UNACCEPTED);
            for k in 0..pair.archived.len() {
                let id = pair.archived[k].session_id.clone();
                hold = hold && has_session(state, &peer, pair.serial, &id, least, CLOSED);
            }
            referred += pair.archived.len()
                + pair.live.is_some() as usize
                + pair.unaccepted.is_some() as usize;
        }
    }
    hold && referred == state.sessions.len()
}
// ANCHOR_END: references

// ANCHOR: import_state
/// Reads an export, checks it, and refuses one that is older than the caller knows of (`[STA-04]`,
/// `[STA-05]`).
pub fn import_state(bytes: &Octets, least_changes: u64) -> Result<DeviceState, ErrorClass> {
    let records = decode_records(bytes)?;
    let complete = records.len() >= 2
        && records[0usize].key.kind == HEAD
        && records[1usize].key.kind == ACCOUNT
        && records[0usize].key.id.len() == 0
        && records[1usize].key.id.len() == 0;
    check(complete, ErrorClass::Malformed)?;
    let mut state = DeviceState::default();
    let mut sum = 0u64;
    for i in 0..records.len() {
        let unique = records[i].key.kind > ACCOUNT || i < 2;
        check(unique, ErrorClass::Malformed)?;
        state = add_record(&state, &records[i])?;
        if i > 0 {
            sum = sum.wrapping_add(records[i].generation);
        }
    }
    check(references_hold(&state), ErrorClass::Malformed)?;
    check(sum.wrapping_add(state.head.retired) == state.head.changes, ErrorClass::Rollback)?;
    check(state.head.changes >= least_changes, ErrorClass::Rollback)?;
    Ok(DeviceState { records, ..state })
}
// ANCHOR_END: import_state
