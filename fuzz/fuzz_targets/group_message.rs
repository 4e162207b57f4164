//! Attacker: the delivery service, without keys; it has honest messages of the epoch, private and public ones.
//! Reached: framing, sender data, secret tree, membership tags. A refusal leaves the state as it was, and the next honest
//! commit is accepted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau_fuzz::Altered;
use sceau_fuzz::groups::Groups;

fuzz_target!(|input: (u8, Altered)| {
    let (which, altered) = input;
    Groups::with(|groups| groups.message(which, &altered));
});
