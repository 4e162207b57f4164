//! Attacker: a peer or a directory hands out device lists.
//! Reached: decoder of series of lists, entries, attestations. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::pairwise::DeviceLists;
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    decodes::<DeviceLists>(bytes);
});
