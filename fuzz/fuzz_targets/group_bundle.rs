//! Attacker: a member, whose bundle is sealed as it should, with proposals and a commit that are signed and tagged; or the relay,
//! which alters what is sealed.
//! Reached: decoding and opening of bundles, `receive_bundle`. Who has the proposals as messages and who has none judge a bundle
//! alike; a refusal leaves the state as it was, and the next honest commit is accepted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau_fuzz::groups::{AnyBundle, Groups};

fuzz_target!(|bundle: AnyBundle| {
    Groups::with(|groups| groups.bundle(&bundle));
});
