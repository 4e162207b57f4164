//! Attacker: a relay that feeds bytes into the mailbox of an established session; it may have recorded
//! an honest message.
//! Reached: candidates, header keys, body. No panic, and a refusal leaves the state as it was.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau_fuzz::{Altered, Scene};

fuzz_target!(|altered: Altered| {
    Scene::with(|scene| scene.deliver_ratchet(&altered));
});
