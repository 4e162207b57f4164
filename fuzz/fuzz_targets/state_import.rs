//! Attacker: a damaged or exchanged store; the state is inside the trust boundary, so that only crashes
//! count.
//! Reached: import of records, then each kind of step on what was imported. No panic; what is imported
//! exports to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau_fuzz::{Altered, Scene};

fuzz_target!(|altered: Altered| {
    Scene::with(|scene| scene.import(&altered));
});
