//! Erasing what is past its age (State, `expire`).

use super::limits::{Limits, age};
use super::pairs::{delete_session, kept_for_live};
use super::session::{SessionState, Sessions, find_session};
use super::skipped::expire_skipped;
use super::state::{BatchState, DeviceState, PrekeyState, ReplayState};
use hacspec_lib::*;

/// Whether the keys of a batch are past their grace (`[PRE-05]`).
fn batch_expired(batch: &BatchState, now: u64, limits: &Limits) -> bool {
    let expiry = batch.batch.tbs.expiry;
    now >= expiry && age(expiry, now) >= limits.prekey_grace
}

// ANCHOR: expire_batches
/// The state without the batches past their grace, their prekeys and replay entries (`[PRE-05]`,
/// `[HS-09]`).
fn expire_batches(state: &DeviceState, now: u64, limits: &Limits) -> DeviceState {
    let mut out = state.clone();
    for i in 0..state.batches.len() {
        if batch_expired(&state.batches[i], now, limits) {
            out = without_batch(&out, state.batches[i].batch.tbs.generation);
        }
    }
    out
}
// ANCHOR_END: expire_batches

/// The state without a batch.
fn without_batch(state: &DeviceState, generation: u32) -> DeviceState {
    let mut batches = Seq::<BatchState>::new(0);
    let mut prekeys = Seq::<PrekeyState>::new(0);
    let mut replay = Seq::<ReplayState>::new(0);
    for i in 0..state.batches.len() {
        if state.batches[i].batch.tbs.generation != generation {
            batches = batches.push_owned(state.batches[i].clone());
        }
    }
    for i in 0..state.prekeys.len() {
        if state.prekeys[i].generation != generation {
            prekeys = prekeys.push_owned(state.prekeys[i].clone());
        }
    }
    for i in 0..state.replay.len() {
        if state.replay[i].generation != generation {
            replay = replay.push_owned(state.replay[i].clone());
        }
    }
    DeviceState { batches, prekeys, replay, ..state.clone() }
}

// ANCHOR: expire_sessions
/// The state without the archived and closed sessions past their age, save the one that a live session
/// which waits was made from (`[REP-09]`).
fn expire_sessions(state: &DeviceState, now: u64, limits: &Limits) -> DeviceState {
    let mut out = state.clone();
    for i in 0..state.peers.len() {
        for j in 0..state.peers[i].pairs.len() {
            let pair = state.peers[i].pairs[j].clone();
            let archived = pair.archived.clone();
            for k in 0..archived.len() {
                let kept = kept_for_live(state, &pair, &archived[k].session_id);
                if age(archived[k].archived_at, now) >= limits.archive_age && !kept {
                    out = match find_session(&out.sessions, &archived[k].session_id) {
                        Some(session) => delete_session(&out, &session),
                        None => out,
                    };
                }
            }
        }
    }
    out
}
// ANCHOR_END: expire_sessions

/// The state without the skipped keys past their age (`[RAT-09]`).
fn expire_keys(state: &DeviceState, now: u64, limits: &Limits) -> DeviceState {
    let mut sessions = Sessions::new(0);
    for i in 0..state.sessions.len() {
        let skipped = expire_skipped(&state.sessions[i].skipped, now, limits);
        let session = SessionState { skipped, ..state.sessions[i].clone() };
        sessions = sessions.push_owned(session);
    }
    DeviceState { sessions, ..state.clone() }
}

// ANCHOR: expire
/// Erases what is past its age. Every step begins with it (`[STA-10]`).
pub fn expire(state: &DeviceState, now: u64, limits: &Limits) -> DeviceState {
    let state = expire_batches(state, now, limits);
    let state = expire_sessions(&state, now, limits);
    expire_keys(&state, now, limits)
}
// ANCHOR_END: expire
