//! Attacker: a relay, or anybody who knows a contact mailbox, without keys; it may have recorded an
//! honest first message.
//! Reached: parsing of first messages, prekey lookup, decapsulation, opening of the identity. No panic,
//! and a refusal leaves the state as it was.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau_fuzz::{Altered, Scene};

fuzz_target!(|altered: Altered| {
    Scene::with(|scene| scene.deliver_first(&altered));
});
