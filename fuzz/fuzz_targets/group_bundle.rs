//! Attacker: a member. Its bundle opens at the relay; its proposals and commit are signed and tagged as they should.
//! Reached: `receive_bundle`. A bundle is worth what its messages are that come one after the other; a refusal leaves the state
//! as it was, and the next honest commit is accepted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau_fuzz::groups::{AnyBundle, Groups};

fuzz_target!(|bundle: AnyBundle| {
    Groups::with(|groups| groups.bundle(&bundle));
});
