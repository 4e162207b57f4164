//! The primitives under the names that the protocol uses. By default they are those of
//! [`hacspec`]; the feature `fast` puts the registry's crates behind the same names, for the live
//! peer and for fuzzing. `tests/fast.rs` holds both against each other.

pub mod hacspec;

#[cfg(feature = "fast")]
pub mod fast;

#[cfg(feature = "fast")]
use fast as backend;
#[cfg(not(feature = "fast"))]
use hacspec as backend;

pub use backend::{aes_256_gcm_siv_open, aes_256_gcm_siv_seal};
pub use backend::{aes_gcm_open, aes_gcm_seal, chacha20_poly1305_open, chacha20_poly1305_seal};
pub use backend::{ed25519_public_key, ed25519_sign, ed25519_valid_public_key, ed25519_verify};
pub use backend::{hkdf_sha256, hkdf_sha256_expand, hkdf_sha256_extract, hmac_sha256};
pub use backend::{hkdf_sha384_expand, hkdf_sha384_extract, hmac_sha384};
pub use backend::{ml_kem_768_check_ek, ml_kem_768_decaps, ml_kem_768_encaps, ml_kem_768_keygen};
pub use backend::{sha3_256, sha3_512, sha256, sha384, sha512, shake128, shake256};
pub use backend::{x25519, x25519_agree, x25519_public_key};
