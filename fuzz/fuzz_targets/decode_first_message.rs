//! Attacker: anybody puts bytes into a contact mailbox.
//! Reached: decoder of first message and the handshake in it. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::pairwise::FirstMessage;
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    decodes::<FirstMessage>(bytes);
});
