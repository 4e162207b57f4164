//! Attacker: somebody shows a QR code.
//! Reached: decoder of verification code. What decodes re-encodes to the same bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sceau::pairwise::VerificationCode;
use sceau_fuzz::decodes;

fuzz_target!(|bytes: &[u8]| {
    decodes::<VerificationCode>(bytes);
});
