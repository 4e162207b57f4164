//! Attacker: the peer of an established session sends authentic frames with any body.
//! Reached: what the library does with close, credential updates, device lists, rotations and unknown
//! types. No panic, and a refusal leaves the state as it was.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau_fuzz::{AnyFrame, Scene};

fuzz_target!(|frame: AnyFrame| {
    Scene::with(|scene| scene.deliver_frame(&frame));
});
