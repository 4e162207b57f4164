//! Attacker: a member that sends application data, in its own name or another's, private or not.
//! Reached: framing and secret tree. It is taken once, where it is private and its sender's; a refusal leaves the state as it
//! was, and the next honest commit is accepted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau_fuzz::groups::{AnyApplication, Groups};

fuzz_target!(|data: AnyApplication| {
    Groups::with(|groups| groups.application(&data));
});
