//! Attacker: a peer sends a reference to a file.
//! Reached: decoder of attachment reference. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::pairwise::content::AttachmentReference;
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    decodes::<AttachmentReference>(bytes);
});
