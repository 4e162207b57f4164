//! Attacker: anybody who sends messages of groups, key packages, Welcomes, group infos.
//! Reached: decoder of each structure of RFC 9420 and of Sceau's credential. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::group::LeafCredential;
use sceau::group::hazmat::{STRUCTURES, reencode};
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    let Some((which, bytes)) = bytes.split_first() else { return };
    match STRUCTURES.get(usize::from(*which) % (STRUCTURES.len() + 1)) {
        Some(name) => {
            if let Some(Ok(again)) = reencode(name, bytes) {
                // A tree travels without the blank nodes at its end, which a decoder refuses.
                assert_eq!(again, bytes, "{name}");
            }
        }
        None => decodes::<LeafCredential>(bytes),
    }
});
