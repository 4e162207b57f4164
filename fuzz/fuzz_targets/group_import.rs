//! Attacker: a damaged or exchanged store; the state is inside the trust boundary, so that only crashes count.
//! Reached: import of a group's records, then each kind of step on what was imported. No panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau_fuzz::Altered;
use sceau_fuzz::groups::Groups;

fuzz_target!(|edits: Vec<(u8, Altered)>| {
    Groups::with(|groups| groups.import(&edits));
});
