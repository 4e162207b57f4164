//! ML-KEM-768 (FIPS 203).
//!
//! The randomness (d, z, m) is an input, as in the standard's internal algorithms. What a peer
//! supplies, an encapsulation key or a ciphertext, is checked (FIPS 203 §7.2, §7.3). The parts of
//! K-PKE stand apart in [`k_pke`], so that the ciphertext's two halves can be computed one by one.

pub mod encode;
pub mod k_pke;
pub mod ring;

use super::sha3::{sha3_256, sha3_512, shake256};
use crate::octets::Octets;
use encode::{byte_decode, byte_encode};
use k_pke::{k_pke_decrypt, k_pke_encrypt, k_pke_key_gen};

/// k of ML-KEM-768 (FIPS 203 §8 table 2).
pub const K: usize = 3;
/// η1 and η2 of ML-KEM-768 (FIPS 203 §8 table 2).
pub const ETA: usize = 2;
/// d_u of ML-KEM-768 (FIPS 203 §8 table 2).
pub const D_U: usize = 10;
/// d_v of ML-KEM-768 (FIPS 203 §8 table 2).
pub const D_V: usize = 4;

/// The size of an encapsulation key in bytes (FIPS 203 §8 table 3).
pub const EK_SIZE: usize = 384 * K + 32;
/// The size of a decapsulation key in bytes (FIPS 203 §8 table 3).
pub const DK_SIZE: usize = 768 * K + 96;
/// The size of a ciphertext in bytes (FIPS 203 §8 table 3).
pub const CIPHERTEXT_SIZE: usize = C1_SIZE + C2_SIZE;
/// The size of the ciphertext's first half c1 in bytes (FIPS 203 Alg. 14 step 22).
pub const C1_SIZE: usize = 32 * D_U * K;
/// The size of the ciphertext's second half c2 in bytes (FIPS 203 Alg. 14 step 23).
pub const C2_SIZE: usize = 32 * D_V;

/// ML-KEM.KeyGen from the seeds d and z of 32 bytes each: encapsulation key (1184 bytes) and
/// decapsulation key (2400 bytes) (FIPS 203 Alg. 16).
pub fn ml_kem_768_keygen(d: &Octets, z: &Octets) -> (Octets, Octets) {
    let (ek_pke, dk_pke) = k_pke_key_gen(d);
    let dk = dk_pke.concat(&ek_pke).concat(&h(&ek_pke)).concat(z);
    (ek_pke, dk)
}

/// The encapsulation key check: length and modulus (FIPS 203 §7.2).
pub fn ml_kem_768_check_ek(ek: &Octets) -> bool {
    if ek.len() == EK_SIZE {
        let mut canonical = true;
        for i in 0..K {
            let part = ek.slice(384 * i, 384);
            canonical = canonical && byte_encode(12, byte_decode(12, &part)) == part;
        }
        canonical
    } else {
        false
    }
}

/// ML-KEM.Encaps with the randomness m of 32 bytes: shared secret (32 bytes) and ciphertext (1088
/// bytes), or `None` if the encapsulation key fails its check (FIPS 203 Alg. 20 over Alg. 17).
pub fn ml_kem_768_encaps(ek: &Octets, m: &Octets) -> Option<(Octets, Octets)> {
    if ml_kem_768_check_ek(ek) { Some(encaps_internal(ek, m)) } else { None }
}

/// ML-KEM.Decaps: the shared secret (32 bytes), which is a pseudorandom one where the ciphertext is
/// not the one that its content gives; `None` if ciphertext or decapsulation key have the wrong
/// length or the hash in the decapsulation key is wrong (FIPS 203 Alg. 21 with §7.3).
pub fn ml_kem_768_decaps(dk: &Octets, ciphertext: &Octets) -> Option<Octets> {
    if ciphertext.len() == CIPHERTEXT_SIZE && check_dk(dk) {
        Some(decaps_internal(dk, ciphertext))
    } else {
        None
    }
}

/// The decapsulation key check: length and hash (FIPS 203 §7.3).
fn check_dk(dk: &Octets) -> bool {
    dk.len() == DK_SIZE && h(&dk.slice(384 * K, EK_SIZE)) == dk.slice(768 * K + 32, 32)
}

/// ML-KEM.Encaps_internal (FIPS 203 Alg. 17).
fn encaps_internal(ek: &Octets, m: &Octets) -> (Octets, Octets) {
    let (shared, r) = g(&m.concat(&h(ek)));
    let ciphertext = k_pke_encrypt(ek, m, &r);
    (shared, ciphertext)
}

/// ML-KEM.Decaps_internal (FIPS 203 Alg. 18).
fn decaps_internal(dk: &Octets, ciphertext: &Octets) -> Octets {
    let dk_pke = dk.slice(0, 384 * K);
    let ek_pke = dk.slice(384 * K, EK_SIZE);
    let hash = dk.slice(768 * K + 32, 32);
    let z = dk.slice(768 * K + 64, 32);
    let m = k_pke_decrypt(&dk_pke, ciphertext);
    let (shared, r) = g(&m.concat(&hash));
    let rejection = j(&z.concat(ciphertext));
    if k_pke_encrypt(&ek_pke, &m, &r) == *ciphertext { shared } else { rejection }
}

/// H: SHA3-256 (FIPS 203 §4.1).
pub fn h(s: &Octets) -> Octets {
    sha3_256(s)
}

/// J: 32 bytes of SHAKE256 (FIPS 203 §4.1).
pub fn j(s: &Octets) -> Octets {
    shake256(s, 32)
}

/// G: SHA3-512 in two halves (FIPS 203 §4.1).
pub fn g(s: &Octets) -> (Octets, Octets) {
    let out = sha3_512(s);
    (out.slice(0, 32), out.slice(32, 32))
}
