//! The primitives, each defined in hacspec beside its standard. These are always compiled; the
//! facade [`crate::primitives`] re-exports them unless the feature `fast` is on.

pub mod aes;
pub mod blocks;
pub mod chacha20;
pub mod chacha20_poly1305;
pub mod ed25519;
pub mod field25519;
pub mod gcm;
pub mod gcm_siv;
pub mod hkdf;
pub mod hmac;
pub mod ml_kem;
pub mod poly1305;
pub mod sha2;
pub mod sha3;
pub mod x25519;

pub use chacha20_poly1305::{chacha20_poly1305_open, chacha20_poly1305_seal};
pub use ed25519::{ed25519_public_key, ed25519_sign, ed25519_valid_public_key, ed25519_verify};
pub use gcm::{aes_gcm_open, aes_gcm_seal};
pub use gcm_siv::{aes_256_gcm_siv_open, aes_256_gcm_siv_seal};
pub use hkdf::{hkdf_sha256, hkdf_sha256_expand, hkdf_sha256_extract};
pub use hkdf::{hkdf_sha384_expand, hkdf_sha384_extract};
pub use hmac::{hmac_sha256, hmac_sha384};
pub use ml_kem::{ml_kem_768_check_ek, ml_kem_768_decaps, ml_kem_768_encaps, ml_kem_768_keygen};
pub use sha2::{sha256, sha384, sha512};
pub use sha3::{sha3_256, sha3_512, shake128, shake256};
pub use x25519::{x25519, x25519_agree, x25519_public_key};
