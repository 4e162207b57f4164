//! Attacker: a member. Its commits are signed and have the membership and confirmation tags that they should.
//! Reached: every check of proposals, path, tree and key schedule. A refusal leaves the state as it was, and the next honest
//! commit is accepted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau_fuzz::groups::{AnyCommit, Groups};

fuzz_target!(|commit: AnyCommit| {
    Groups::with(|groups| groups.commit(&commit));
});
