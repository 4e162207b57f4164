//! Attacker: a caller reads keys from an address book or a code.
//! Reached: decoder of typed keys. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::pairwise::TypedKeys;
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    decodes::<TypedKeys>(bytes);
});
