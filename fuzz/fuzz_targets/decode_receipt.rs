//! Attacker: a peer sends a receipt.
//! Reached: decoder of receipt. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::pairwise::content::Receipt;
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    decodes::<Receipt>(bytes);
});
