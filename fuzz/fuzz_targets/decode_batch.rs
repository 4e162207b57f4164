//! Attacker: a device publishes a batch, read by the directory.
//! Reached: decoder of batch, its signatures, keys with paths. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::pairwise::PublishedBatch;
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    decodes::<PublishedBatch>(bytes);
});
