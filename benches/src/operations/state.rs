//! State, and what people compare.

use super::Ways;
use crate::measure::{Run, plain};
use crate::pair::Pair;
use crate::stage::{Counter, Crowd, person};
use crate::{floor, peer, stage};
use sceau::crypto::Provider;
use sceau::pairwise::{Account, Policy};
use std::hint::black_box;

/// A device with one session and a batch of 22 keys, or with many, who have used up its batch.
fn device(sessions: u32) -> Account {
    if sessions == 1 { stage::Talk::established().bob } else { Crowd::new(sessions).bob }
}

/// The whole state to bytes.
pub(super) fn out(sessions: u32) -> Ways {
    let device = device(sessions);
    let talk = peer::Talk::established();
    Ways {
        floor: copying(&device),
        sceau: plain(move || device.export_state()),
        peer: (sessions == 1).then(|| plain(move || peer::state(&talk.bob_account, &talk.bob))),
    }
}

/// And back.
pub(super) fn back(sessions: u32) -> Ways {
    let device = device(sessions);
    let talk = peer::Talk::established();
    let (state, olm) = (device.export_state(), peer::state(&talk.bob_account, &talk.bob));
    let import =
        |state: &[u8]| Account::import(state, None, Provider::Default, Policy::default()).unwrap();
    Ways {
        floor: copying(&device),
        sceau: plain(move || import(black_box(&state))),
        peer: (sessions == 1).then(|| plain(move || peer::restore(black_box(&olm)))),
    }
}

/// Copies as many bytes.
fn copying(device: &Account) -> Run {
    let state = device.export_state();
    plain(move || black_box(&state).to_vec())
}

pub(super) fn safety_number() -> Ways {
    let mut rng = Counter(6);
    let (ada, bob) = (person(&mut rng), person(&mut rng));
    Ways {
        sceau: plain(move || ada.safety_number(black_box(bob.account_keys())).unwrap()),
        floor: plain(floor::safety_number),
        peer: None,
    }
}
