//! Attacker: a peer with the session's keys seals any plaintext.
//! Reached: padding, extensions and body of the inner frame. What decodes is its encoding and the
//! zeros of its bucket.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::pairwise::Frame;
use sceau_fuzz::decodes_padded;

fuzz_target!(|bytes: &[u8]| {
    decodes_padded::<Frame>(bytes);
});
