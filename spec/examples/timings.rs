//! What each primitive costs: `cargo run --release --example timings`, and the registry's crates with
//! `--features fast`. Mean of as many runs as half a second has.

use sceau_spec::octets::from_bytes;
use sceau_spec::primitives::*;
use std::hint::black_box;
use std::time::Instant;

fn time<T>(name: &str, mut run: impl FnMut() -> T) {
    black_box(run());
    let start = Instant::now();
    let mut runs = 0;
    while start.elapsed().as_millis() < 500 {
        black_box(run());
        runs += 1;
    }
    println!("{name:<32} {:>10.1} µs", start.elapsed().as_secs_f64() * 1e6 / f64::from(runs));
}

fn main() {
    let (a, b) = (from_bytes(&[7; 32]), from_bytes(&[9; 32]));
    let kib = from_bytes(&[1; 1024]);
    let nonce = from_bytes(&[3; 12]);
    let signature = ed25519_sign(&a, &kib);
    let public_key = ed25519_public_key(&a);
    let sealed = aes_256_gcm_siv_seal(&a, &nonce, &b, &kib);
    let (ek, dk) = ml_kem_768_keygen(&a, &b);
    let (_, ciphertext) = ml_kem_768_encaps(&ek, &a).expect("the key is valid");

    time("sha256, 1 KiB", || sha256(&kib));
    time("sha512, 1 KiB", || sha512(&kib));
    time("sha3_256, 1 KiB", || sha3_256(&kib));
    time("hmac_sha256, 1 KiB", || hmac_sha256(&a, &kib));
    time("hkdf_sha256, 32 to 96 bytes", || hkdf_sha256(&a, &b, &b, 96));
    time("x25519_agree", || x25519_agree(&a, &public_key));
    time("ed25519_sign, 1 KiB", || ed25519_sign(&a, &kib));
    time("ed25519_verify, 1 KiB", || ed25519_verify(&public_key, &kib, &signature));
    time("aes_256_gcm_siv_seal, 1 KiB", || aes_256_gcm_siv_seal(&a, &nonce, &b, &kib));
    time("aes_256_gcm_siv_open, 1 KiB", || aes_256_gcm_siv_open(&a, &nonce, &b, &sealed));
    time("ml_kem_768_keygen", || ml_kem_768_keygen(&a, &b));
    time("ml_kem_768_encaps", || ml_kem_768_encaps(&ek, &a));
    time("ml_kem_768_decaps", || ml_kem_768_decaps(&dk, &ciphertext));
}
