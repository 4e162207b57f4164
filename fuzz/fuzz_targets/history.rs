//! Attacker: network, directory, store and peers with valid keys, in any order of steps.
//! Reached: every step of a device. The library and the executable specification (with fast primitives)
//! give the same bytes, verdicts and states.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau_fuzz::history::begin::prelude;
use sceau_fuzz::history::op::History;
use sceau_fuzz::history::{Statistics, play};

fuzz_target!(|input: (u8, History)| {
    let (kind, mut history) = input;
    history.ops.splice(..0, prelude(kind, history.setting));
    let played = play(&history, &mut Statistics::default());
    assert!(played.is_ok(), "{}", played.unwrap_err());
});
