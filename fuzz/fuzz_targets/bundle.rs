//! Attacker: a directory that serves hostile bundles.
//! Reached: `verify_bundle` and `initiate`. No panic, nothing drawn, and a refusal leaves the state as it was.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau_fuzz::{Altered, Scene};

fuzz_target!(|altered: Altered| {
    Scene::with(|scene| scene.take_bundle(&altered));
});
