//! Attacker: a peer seals what it likes to the responder.
//! Reached: decoder of initiator's lists, credential, PSK id, extensions. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::pairwise::InitiatorIdentity;
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    decodes::<InitiatorIdentity>(bytes);
});
