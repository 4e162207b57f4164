//! The replay cache: the handshakes that were accepted, as long as their batch's private keys are there
//! (`[HS-09]`).

use super::codec::precedes;
use super::state::{DeviceState, ReplayState};
use crate::octets::{Octets, u32_be};
use hacspec_lib::*;

/// How many handshakes the replay cache has for a batch.
pub fn cached(state: &DeviceState, generation: u32) -> usize {
    let mut count = 0;
    for i in 0..state.replay.len() {
        if state.replay[i].generation == generation {
            count += 1;
        }
    }
    count
}

/// Whether a handshake is in the replay cache.
pub fn is_replay(state: &DeviceState, reference: &Octets) -> bool {
    let mut found = false;
    for i in 0..state.replay.len() {
        found = found || state.replay[i].handshake_ref == *reference;
    }
    found
}

/// Where an entry of the replay cache stands.
fn replay_id(entry: &ReplayState) -> Octets {
    u32_be(entry.generation).concat(&entry.handshake_ref)
}

/// The state with an entry in the replay cache (`[HS-09]`).
pub fn remember(state: &DeviceState, entry: &ReplayState) -> DeviceState {
    let mut replay = Seq::<ReplayState>::new(0);
    let mut placed = false;
    for i in 0..state.replay.len() {
        if !placed && precedes(&replay_id(entry), &replay_id(&state.replay[i])) {
            replay = replay.push_owned(entry.clone());
            placed = true;
        }
        replay = replay.push_owned(state.replay[i].clone());
    }
    if !placed {
        replay = replay.push_owned(entry.clone());
    }
    DeviceState { replay, ..state.clone() }
}
