//! Attacker: a member who invites. Its group info is signed and has the tag that it should; tree hashes fit.
//! Reached: every check of who joins, of trees above all. The honest Welcome is accepted after it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau_fuzz::Altered;
use sceau_fuzz::groups::{Groups, WelcomeEdit};

fuzz_target!(|input: (Option<Altered>, Vec<WelcomeEdit>)| {
    let (bytes, edits) = input;
    Groups::with(|groups| match bytes {
        Some(altered) => groups.welcome_bytes(&altered),
        None => groups.welcome(&edits),
    });
});
