//! Attacker: a relay hands out envelopes.
//! Reached: decoder of envelope. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::pairwise::Envelope;
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    decodes::<Envelope>(bytes);
});
