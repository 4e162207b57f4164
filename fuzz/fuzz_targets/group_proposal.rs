//! Attacker: a member. Its proposals are signed and tagged as they should.
//! Reached: every check of a proposal by itself. A refusal leaves the state as it was, and the next honest commit is accepted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau_fuzz::groups::{AnyProposal, Groups};

fuzz_target!(|input: (AnyProposal, bool, Option<u32>)| {
    let (proposal, private, sender) = input;
    Groups::with(|groups| groups.propose(&proposal, private, sender));
});
