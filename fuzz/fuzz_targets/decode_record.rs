//! Attacker: the store gives back other bytes than were stored.
//! Reached: decoder of record and its key. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::pairwise::Record;
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    decodes::<Record>(bytes);
});
