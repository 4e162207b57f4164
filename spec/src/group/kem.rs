//! The KEMs of HPKE (RFC 9180 §4): DHKEM(X25519, HKDF-SHA256), 0x0020, of suites 0x0001 and 0x0003, and
//! MLKEM768-X25519, 0x647a, of the hybrid suite: X-Wing (draft-connolly-cfrg-xwing-kem), as
//! draft-ietf-hpke-pq makes it a KEM of HPKE (Group suites, `[GRP-10]`).
//!
//! Randomness comes in: for DHKEM the ephemeral private key, 32 bytes; for MLKEM768-X25519 64 bytes, m of
//! ML-KEM and then the ephemeral private key.

use super::suite::{CipherSuite, MLKEM768X25519_SHA384};
use crate::octets::{Octets, ascii, checked_slice, empty, u16_be};
use crate::primitives::{
    hkdf_sha256_expand, hkdf_sha256_extract, ml_kem_768_decaps, ml_kem_768_encaps,
    ml_kem_768_keygen, sha3_256, shake256, x25519, x25519_agree, x25519_public_key,
};
use hacspec_lib::*;

/// DHKEM(X25519, HKDF-SHA256) (RFC 9180 §7.1).
pub const DHKEM_X25519: u16 = 0x0020;
/// MLKEM768-X25519 (draft-ietf-hpke-pq §7.2).
pub const MLKEM768_X25519: u16 = 0x647a;

/// Nsecret: the size of a shared secret, of both KEMs.
pub const NSECRET: usize = 32;
/// The size of an X25519 key.
const NX: usize = 32;
/// The size of an ML-KEM-768 encapsulation key.
const NEK: usize = 1184;
/// The size of an ML-KEM-768 ciphertext.
const NCT: usize = 1088;

/// A private key and its public key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPair {
    /// The private key: 32 bytes with both KEMs (a seed with MLKEM768-X25519).
    pub private_key: Octets,
    /// The public key: 32 or 1216 bytes.
    pub public_key: Octets,
}

/// A shared secret and what it is encapsulated in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encapsulation {
    /// The shared secret, 32 bytes.
    pub shared_secret: Octets,
    /// enc: 32 or 1120 bytes.
    pub enc: Octets,
}

/// The KEM of a suite.
pub fn kem_id(suite: CipherSuite) -> u16 {
    if suite == MLKEM768X25519_SHA384 { MLKEM768_X25519 } else { DHKEM_X25519 }
}

/// Npk: the size of a public key.
pub fn npk(suite: CipherSuite) -> usize {
    if suite == MLKEM768X25519_SHA384 { NEK + NX } else { NX }
}

/// Nsk: the size of a private key, of both KEMs.
pub fn nsk(_suite: CipherSuite) -> usize {
    32
}

/// Nenc: the size of an encapsulated secret.
pub fn nenc(suite: CipherSuite) -> usize {
    if suite == MLKEM768X25519_SHA384 { NCT + NX } else { NX }
}

/// The size of the randomness of [`encap`].
pub fn nrandom(suite: CipherSuite) -> usize {
    if suite == MLKEM768X25519_SHA384 { 64 } else { NX }
}

/// The public key of a private key of [`nsk`] bytes.
pub fn public_key(suite: CipherSuite, private_key: &Octets) -> Octets {
    if suite == MLKEM768X25519_SHA384 {
        let keys = expand_decapsulation_key(private_key);
        keys.ek.concat(&x25519_public_key(&keys.x25519_private_key))
    } else {
        x25519_public_key(private_key)
    }
}

// ANCHOR: derive_key_pair
/// DeriveKeyPair(ikm) (RFC 9180 §7.1.3; draft-ietf-hpke-pq §4).
pub fn derive_key_pair(suite: CipherSuite, ikm: &Octets) -> KeyPair {
    let private_key = if suite == MLKEM768X25519_SHA384 {
        shake256_labeled_derive(ikm, "DeriveKeyPair", &empty(), 32)
    } else {
        let dkp_prk = labeled_extract(&empty(), "dkp_prk", ikm);
        labeled_expand(&dkp_prk, "sk", &empty(), 32)
    };
    KeyPair { public_key: public_key(suite, &private_key), private_key }
}
// ANCHOR_END: derive_key_pair

// ANCHOR: encap
/// Encap(pkR) with its randomness of [`nrandom`] bytes; `None` for a public key of wrong length, one
/// that fails ML-KEM's check (FIPS 203 §7.2), or, with DHKEM, one that gives an all-zero secret (RFC 9180
/// §7.1.4; `[GRP-13]`, `[GRP-14]`).
pub fn encap(
    suite: CipherSuite,
    public_key: &Octets,
    randomness: &Octets,
) -> Option<Encapsulation> {
    if suite == MLKEM768X25519_SHA384 {
        hybrid_encap(public_key, randomness)
    } else {
        let enc = x25519_public_key(randomness);
        let dh = x25519_agree(randomness, public_key)?;
        Some(Encapsulation { shared_secret: extract_and_expand(&dh, &enc.concat(public_key)), enc })
    }
}
// ANCHOR_END: encap

// ANCHOR: decap
/// Decap(enc, skR): the shared secret; `None` for an encapsulation of wrong length or, with DHKEM, one that
/// gives an all-zero secret (RFC 9180 §7.1.4; `[GRP-14]`). The private key has [`nsk`] bytes.
pub fn decap(suite: CipherSuite, enc: &Octets, private_key: &Octets) -> Option<Octets> {
    if suite == MLKEM768X25519_SHA384 {
        hybrid_decap(enc, private_key)
    } else {
        let dh = x25519_agree(private_key, enc)?;
        Some(extract_and_expand(&dh, &enc.concat(&x25519_public_key(private_key))))
    }
}
// ANCHOR_END: decap

// ANCHOR: hybrid
/// The keys that the seed of MLKEM768-X25519 stands for.
struct HybridKeys {
    /// The encapsulation key of ML-KEM-768.
    ek: Octets,
    /// The decapsulation key of ML-KEM-768.
    dk: Octets,
    /// The X25519 private key.
    x25519_private_key: Octets,
}

/// expandDecapsulationKey (X-Wing, *Key generation*).
fn expand_decapsulation_key(seed: &Octets) -> HybridKeys {
    let expanded = shake256(seed, 96);
    let (ek, dk) = ml_kem_768_keygen(&expanded.slice(0, 32), &expanded.slice(32, 32));
    HybridKeys { ek, dk, x25519_private_key: expanded.slice(64, 32) }
}

/// Encapsulate of MLKEM768-X25519 (X-Wing, *Encapsulation*).
fn hybrid_encap(public_key: &Octets, randomness: &Octets) -> Option<Encapsulation> {
    if public_key.len() == NEK + NX {
        let ephemeral = randomness.slice(32, 32);
        let pk_x = public_key.slice(NEK, NX);
        let (ss_m, ct_m) = ml_kem_768_encaps(&public_key.slice(0, NEK), &randomness.slice(0, 32))?;
        let ct_x = x25519_public_key(&ephemeral);
        let ss_x = x25519(&ephemeral, &pk_x)?;
        let shared_secret = combiner(&ss_m, &ss_x, &ct_x, &pk_x);
        Some(Encapsulation { shared_secret, enc: ct_m.concat(&ct_x) })
    } else {
        None
    }
}

/// Decapsulate of MLKEM768-X25519 (X-Wing, *Decapsulation*).
fn hybrid_decap(enc: &Octets, seed: &Octets) -> Option<Octets> {
    let keys = expand_decapsulation_key(seed);
    let ct_m = checked_slice(enc, 0, NCT)?;
    let ct_x = enc.slice(NCT, enc.len() - NCT);
    let ss_x = x25519(&keys.x25519_private_key, &ct_x)?;
    let ss_m = ml_kem_768_decaps(&keys.dk, &ct_m)?;
    Some(combiner(&ss_m, &ss_x, &ct_x, &x25519_public_key(&keys.x25519_private_key)))
}

/// The combiner (X-Wing, *Combiner*); the label is drawn `\./` over `/^\`.
fn combiner(ss_m: &Octets, ss_x: &Octets, ct_x: &Octets, pk_x: &Octets) -> Octets {
    sha3_256(&ss_m.concat(ss_x).concat(ct_x).concat(pk_x).concat(&ascii("\\.//^\\")))
}
// ANCHOR_END: hybrid

/// SHAKE256.LabeledDerive under the id of MLKEM768-X25519 (draft-ietf-hpke-pq §5): the input, the version,
/// `"KEM" || kem_id`, the label behind its length in two bytes, the output's length in two bytes, and the context.
fn shake256_labeled_derive(ikm: &Octets, label: &str, context: &Octets, length: usize) -> Octets {
    let labeled_ikm = ikm
        .concat(&ascii("HPKE-v1"))
        .concat(&ascii("KEM"))
        .concat(&u16_be(MLKEM768_X25519))
        .concat(&u16_be(label.len() as u16))
        .concat(&ascii(label))
        .concat(&u16_be(length as u16))
        .concat(context);
    shake256(&labeled_ikm, length)
}

/// suite_id of DHKEM(X25519, HKDF-SHA256) (RFC 9180 §4.1).
fn suite_id() -> Octets {
    ascii("KEM").concat(&u16_be(DHKEM_X25519))
}

/// LabeledExtract with the KEM's own KDF, HKDF-SHA256 (RFC 9180 §4).
fn labeled_extract(salt: &Octets, label: &str, ikm: &Octets) -> Octets {
    let labeled_ikm = ascii("HPKE-v1").concat(&suite_id()).concat(&ascii(label)).concat(ikm);
    hkdf_sha256_extract(salt, &labeled_ikm)
}

/// LabeledExpand with the KEM's own KDF, HKDF-SHA256 (RFC 9180 §4).
fn labeled_expand(prk: &Octets, label: &str, info: &Octets, length: usize) -> Octets {
    let labeled_info = u16_be(length as u16)
        .concat(&ascii("HPKE-v1"))
        .concat(&suite_id())
        .concat(&ascii(label))
        .concat(info);
    hkdf_sha256_expand(prk, &labeled_info, length)
}

/// ExtractAndExpand (RFC 9180 §4.1).
fn extract_and_expand(dh: &Octets, kem_context: &Octets) -> Octets {
    let eae_prk = labeled_extract(&empty(), "eae_prk", dh);
    labeled_expand(&eae_prk, "shared_secret", kem_context, NSECRET)
}
