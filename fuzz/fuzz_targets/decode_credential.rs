//! Attacker: a peer or an issuer hands out credentials.
//! Reached: decoder of credential, its keys, suites, extensions, attestations. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::pairwise::Credential;
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    decodes::<Credential>(bytes);
});
