//! Cipher suites (§5.1, §17.1): their algorithms and sizes. These are known in this module and in
//! [`super::kem`] alone.

use crate::octets::Octets;
use crate::primitives::{
    aes_gcm_open, aes_gcm_seal, chacha20_poly1305_open, chacha20_poly1305_seal, ed25519_public_key,
    ed25519_sign, ed25519_verify, hkdf_sha256_expand, hkdf_sha256_extract, hkdf_sha384_expand,
    hkdf_sha384_extract, hmac_sha256, hmac_sha384, sha256, sha384,
};

/// A cipher suite's value (§17.1).
pub type CipherSuite = u16;

/// MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 (§17.1).
pub const AES128GCM_SHA256: CipherSuite = 0x0001;
/// MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519 (§17.1).
pub const CHACHA20POLY1305_SHA256: CipherSuite = 0x0003;
/// MLKEM768X25519_AES256GCM_SHA384_Ed25519, at a private code point (`[GRP-10]`).
pub const MLKEM768X25519_SHA384: CipherSuite = 0xf64a;

/// AEAD.Nn: the size of a nonce, in each of these suites.
pub const NN: usize = 12;
/// The size of an AEAD's tag, in each of these suites.
pub const NT: usize = 16;

/// Whether this specification knows the suite.
/// See also [GRP-10].
pub fn is_supported(suite: CipherSuite) -> bool {
    suite == AES128GCM_SHA256 || suite == CHACHA20POLY1305_SHA256 || suite == MLKEM768X25519_SHA384
}

/// KDF.Nh: the size of a digest and of what `KDF.Extract` gives.
pub fn nh(suite: CipherSuite) -> usize {
    if suite == MLKEM768X25519_SHA384 { 48 } else { 32 }
}

/// AEAD.Nk: the size of a key.
pub fn nk(suite: CipherSuite) -> usize {
    if suite == AES128GCM_SHA256 { 16 } else { 32 }
}

/// The KDF's identifier in HPKE (RFC 9180 §7.2): HKDF-SHA256 or HKDF-SHA384.
pub fn kdf_id(suite: CipherSuite) -> u16 {
    if suite == MLKEM768X25519_SHA384 { 0x0002 } else { 0x0001 }
}

/// The AEAD's identifier in HPKE (RFC 9180 §7.3): AES-128-GCM, AES-256-GCM or ChaCha20Poly1305.
pub fn aead_id(suite: CipherSuite) -> u16 {
    match suite {
        AES128GCM_SHA256 => 0x0001,
        MLKEM768X25519_SHA384 => 0x0002,
        _ => 0x0003,
    }
}

/// Hash: `Nh` bytes.
pub fn hash(suite: CipherSuite, message: &Octets) -> Octets {
    if suite == MLKEM768X25519_SHA384 { sha384(message) } else { sha256(message) }
}

/// MAC: HMAC with the suite's hash, `Nh` bytes (§17.1).
pub fn mac(suite: CipherSuite, key: &Octets, message: &Octets) -> Octets {
    if suite == MLKEM768X25519_SHA384 {
        hmac_sha384(key, message)
    } else {
        hmac_sha256(key, message)
    }
}

/// KDF.Extract: `Nh` bytes.
pub fn kdf_extract(suite: CipherSuite, salt: &Octets, ikm: &Octets) -> Octets {
    if suite == MLKEM768X25519_SHA384 {
        hkdf_sha384_extract(salt, ikm)
    } else {
        hkdf_sha256_extract(salt, ikm)
    }
}

/// KDF.Expand: `length` bytes, at most 255 times `Nh`.
pub fn kdf_expand(suite: CipherSuite, prk: &Octets, info: &Octets, length: usize) -> Octets {
    if suite == MLKEM768X25519_SHA384 {
        hkdf_sha384_expand(prk, info, length)
    } else {
        hkdf_sha256_expand(prk, info, length)
    }
}

/// AEAD.Seal: ciphertext and tag. Key and nonce have the suite's sizes.
pub fn aead_seal(
    suite: CipherSuite,
    key: &Octets,
    nonce: &Octets,
    aad: &Octets,
    plaintext: &Octets,
) -> Octets {
    if suite == CHACHA20POLY1305_SHA256 {
        chacha20_poly1305_seal(key, nonce, aad, plaintext)
    } else {
        aes_gcm_seal(key, nonce, aad, plaintext)
    }
}

/// AEAD.Open: the plaintext, if it authenticates. Key and nonce have the suite's sizes.
pub fn aead_open(
    suite: CipherSuite,
    key: &Octets,
    nonce: &Octets,
    aad: &Octets,
    ciphertext: &Octets,
) -> Option<Octets> {
    if suite == CHACHA20POLY1305_SHA256 {
        chacha20_poly1305_open(key, nonce, aad, ciphertext)
    } else {
        aes_gcm_open(key, nonce, aad, ciphertext)
    }
}

/// The public key of a signature private key of 32 bytes. Every suite here signs with Ed25519.
pub fn signature_public_key(_suite: CipherSuite, private_key: &Octets) -> Octets {
    ed25519_public_key(private_key)
}

/// Signature.Sign: 64 bytes.
pub fn sign(_suite: CipherSuite, private_key: &Octets, message: &Octets) -> Octets {
    ed25519_sign(private_key, message)
}

/// Signature.Verify, pinned as in suite `core` (`[GRP-12]`).
pub fn verify(
    _suite: CipherSuite,
    public_key: &Octets,
    message: &Octets,
    signature: &Octets,
) -> bool {
    ed25519_verify(public_key, message, signature)
}
