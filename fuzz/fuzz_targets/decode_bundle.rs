//! Attacker: a directory, or who stands before it, serves bundles.
//! Reached: decoder of bundle, lists, credential, batch, keys with paths. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::pairwise::PrekeyBundle;
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    decodes::<PrekeyBundle>(bytes);
});
