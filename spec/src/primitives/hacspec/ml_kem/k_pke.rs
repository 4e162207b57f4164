//! K-PKE, the encryption scheme inside ML-KEM (FIPS 203 §5). It is no scheme of its own: nothing but
//! ML-KEM may use it.

use super::super::sha3::shake256;
use super::encode::{byte_decode, byte_encode, compress, decompress};
use super::ring::{
    Polynomial, Vector, ntt, ntt_inverse, poly_add, poly_sub, sample_ntt, sample_poly_cbd,
    vector_dot, vector_ntt,
};
use super::{C1_SIZE, C2_SIZE, D_U, D_V, ETA, K, g};
use crate::octets::{Octets, byte, empty};

/// K-PKE.KeyGen: encryption key and decryption key (FIPS 203 Alg. 13).
pub fn k_pke_key_gen(d: &Octets) -> (Octets, Octets) {
    let (rho, sigma) = g(&d.concat(&byte(K as u8)));
    let s_hat = vector_ntt(&sample_vector(&sigma, 0));
    let e_hat = vector_ntt(&sample_vector(&sigma, K as u8));
    let mut t_hat = Vector::new(K);
    for i in 0..K {
        t_hat[i] = poly_add(vector_dot(&matrix_row(&rho, i), &s_hat), e_hat[i]);
    }
    (encode_vector(&t_hat).concat(&rho), encode_vector(&s_hat))
}

/// K-PKE.Encrypt of m under the randomness r: c1 || c2 (FIPS 203 Alg. 14).
pub fn k_pke_encrypt(ek_pke: &Octets, m: &Octets, r: &Octets) -> Octets {
    let t_hat = ek_pke.slice(0, 384 * K);
    let rho = ek_pke.slice(384 * K, 32);
    k_pke_encrypt_c1(&rho, r).concat(&k_pke_encrypt_c2(&t_hat, m, r))
}

/// The first half of K-PKE.Encrypt, which needs only ρ of the encryption key: c1, 960 bytes (FIPS
/// 203 Alg. 14 steps 3 to 16, 18, 19 and 22).
pub fn k_pke_encrypt_c1(rho: &Octets, r: &Octets) -> Octets {
    let y_hat = vector_ntt(&sample_vector(r, 0));
    let e1 = sample_vector(r, K as u8);
    let mut c1 = empty();
    for i in 0..K {
        let product = ntt_inverse(vector_dot(&matrix_column(rho, i), &y_hat));
        let u = poly_add(product, e1[i]);
        c1 = c1.concat(&byte_encode(D_U, compress(D_U, u)));
    }
    c1
}

/// The second half of K-PKE.Encrypt, which needs only t̂ of the encryption key: c2, 128 bytes (FIPS
/// 203 Alg. 14 steps 2, 9 to 12, 17, 18, 20, 21 and 23).
pub fn k_pke_encrypt_c2(t_hat: &Octets, m: &Octets, r: &Octets) -> Octets {
    let y_hat = vector_ntt(&sample_vector(r, 0));
    let e2 = sample_noise(r, 2 * K as u8);
    let mu = decompress(1, byte_decode(1, m));
    let product = ntt_inverse(vector_dot(&decode_vector(t_hat), &y_hat));
    let v = poly_add(poly_add(product, e2), mu);
    byte_encode(D_V, compress(D_V, v))
}

/// K-PKE.Decrypt: m, 32 bytes (FIPS 203 Alg. 15).
pub fn k_pke_decrypt(dk_pke: &Octets, ciphertext: &Octets) -> Octets {
    let c1 = ciphertext.slice(0, C1_SIZE);
    let c2 = ciphertext.slice(C1_SIZE, C2_SIZE);
    let mut u_hat = Vector::new(K);
    for i in 0..K {
        let part = c1.slice(32 * D_U * i, 32 * D_U);
        u_hat[i] = ntt(decompress(D_U, byte_decode(D_U, &part)));
    }
    let v = decompress(D_V, byte_decode(D_V, &c2));
    let w = poly_sub(v, ntt_inverse(vector_dot(&decode_vector(dk_pke), &u_hat)));
    byte_encode(1, compress(1, w))
}

/// Row i of the matrix Â of ρ: Â[i, j] for every j (FIPS 203 Alg. 13 steps 3 to 7).
fn matrix_row(rho: &Octets, i: usize) -> Vector {
    let mut row = Vector::new(K);
    for j in 0..K {
        row[j] = sample_ntt(rho, j as u8, i as u8);
    }
    row
}

/// Column i of the matrix Â of ρ, which is row i of its transpose: Â[j, i] for every j (FIPS 203
/// Alg. 14 steps 4 to 8 and 19).
fn matrix_column(rho: &Octets, i: usize) -> Vector {
    let mut column = Vector::new(K);
    for j in 0..K {
        column[j] = sample_ntt(rho, i as u8, j as u8);
    }
    column
}

/// k polynomials of noise, for the counters n, n + 1, ... (FIPS 203 Alg. 13 steps 8 to 15).
fn sample_vector(seed: &Octets, n: u8) -> Vector {
    let mut out = Vector::new(K);
    for i in 0..K {
        out[i] = sample_noise(seed, n + i as u8);
    }
    out
}

/// SamplePolyCBD of PRF(seed, n) (FIPS 203 §4.1 eq. 4.3).
fn sample_noise(seed: &Octets, n: u8) -> Polynomial {
    sample_poly_cbd(ETA, &shake256(&seed.concat(&byte(n)), 64 * ETA))
}

/// ByteEncode_12 of each polynomial of a vector (FIPS 203 §2.4.8).
fn encode_vector(v: &Vector) -> Octets {
    let mut out = empty();
    for i in 0..K {
        out = out.concat(&byte_encode(12, v[i]));
    }
    out
}

/// ByteDecode_12 of each part of 384 bytes (FIPS 203 §2.4.8).
fn decode_vector(s: &Octets) -> Vector {
    let mut out = Vector::new(K);
    for i in 0..K {
        out[i] = byte_decode(12, &s.slice(384 * i, 384));
    }
    out
}
