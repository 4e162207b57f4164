//! Attacker: a peer sends an application body.
//! Reached: decoder of content. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::pairwise::content::Content;
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    decodes::<Content>(bytes);
});
