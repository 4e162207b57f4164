//! Attacker: a peer announces a renewal.
//! Reached: decoder of body of content type 2. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::pairwise::CredentialUpdate;
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    decodes::<CredentialUpdate>(bytes);
});
