//! `prim.*`: the primitives, one by one.

use crate::wire::{Answer, Out, Request, Stop};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::error::{ErrorClass, check};
use sceau_spec::primitives as p;
use sceau_spec::primitives::hacspec;

/// The commands.
pub const COMMANDS: &[&str] = &[
    "prim.sha256",
    "prim.hmac_sha256",
    "prim.hmac_sha256_verify",
    "prim.hkdf_sha256_extract",
    "prim.hkdf_sha256_expand",
    "prim.x25519",
    "prim.x25519_base",
    "prim.ed25519_public",
    "prim.ed25519_sign",
    "prim.ed25519_verify",
    "prim.aes256gcmsiv_seal",
    "prim.aes256gcmsiv_open",
    "prim.mlkem768_keygen",
    "prim.mlkem768_encap",
    "prim.mlkem768_decap",
    "prim.mlkem768_decap_expanded",
];

/// A parameter of exactly `length` bytes.
fn sized(request: &Request, name: &str, length: usize) -> Result<Octets, Stop> {
    let bytes = request.bytes(name)?;
    check(bytes.len() == length, ErrorClass::Malformed)?;
    Ok(bytes)
}

/// Runs one.
pub fn run(request: &Request) -> Answer {
    let out = Out::default();
    match request.cmd.as_str() {
        "prim.sha256" => {
            request.knows(&["msg"])?;
            Ok(out.bytes("digest", &p::sha256(&request.bytes("msg")?)))
        }
        "prim.hmac_sha256" => {
            request.knows(&["key", "msg"])?;
            Ok(out.bytes("tag", &p::hmac_sha256(&request.bytes("key")?, &request.bytes("msg")?)))
        }
        "prim.hmac_sha256_verify" => {
            request.knows(&["key", "msg", "tag"])?;
            let tag = p::hmac_sha256(&request.bytes("key")?, &request.bytes("msg")?);
            check(tag == request.bytes("tag")?, ErrorClass::BadSignature)?;
            Ok(out)
        }
        "prim.hkdf_sha256_extract" => {
            request.knows(&["salt", "ikm"])?;
            let prk = p::hkdf_sha256_extract(&request.bytes("salt")?, &request.bytes("ikm")?);
            Ok(out.bytes("prk", &prk))
        }
        "prim.hkdf_sha256_expand" => {
            request.knows(&["prk", "info", "len"])?;
            let (prk, info, length) =
                (request.bytes("prk")?, request.bytes("info")?, request.int("len")?);
            check(length <= 255 * 32, ErrorClass::Malformed)?;
            Ok(out.bytes("okm", &p::hkdf_sha256_expand(&prk, &info, length as usize)))
        }
        "prim.x25519" => {
            request.knows(&["scalar", "point"])?;
            let (scalar, point) = (sized(request, "scalar", 32)?, sized(request, "point", 32)?);
            Ok(out.bytes("shared", &p::x25519_agree(&scalar, &point).ok_or(ErrorClass::LowOrder)?))
        }
        "prim.x25519_base" => {
            request.knows(&["scalar"])?;
            Ok(out.bytes("point", &p::x25519_public_key(&sized(request, "scalar", 32)?)))
        }
        "prim.ed25519_public" => {
            request.knows(&["secret"])?;
            Ok(out.bytes("public", &p::ed25519_public_key(&sized(request, "secret", 32)?)))
        }
        "prim.ed25519_sign" => {
            request.knows(&["secret", "msg"])?;
            let secret = sized(request, "secret", 32)?;
            Ok(out.bytes("signature", &p::ed25519_sign(&secret, &request.bytes("msg")?)))
        }
        "prim.ed25519_verify" => {
            request.knows(&["public", "msg", "signature"])?;
            let (public, signature) =
                (sized(request, "public", 32)?, sized(request, "signature", 64)?);
            let valid = p::ed25519_verify(&public, &request.bytes("msg")?, &signature);
            check(valid, ErrorClass::BadSignature)?;
            Ok(out)
        }
        "prim.aes256gcmsiv_seal" | "prim.aes256gcmsiv_open" => aead(request),
        _ => kem(request),
    }
}

fn aead(request: &Request) -> Answer {
    let seal = request.cmd.ends_with("seal");
    let text = if seal { "plaintext" } else { "ciphertext" };
    request.knows(&["key", "nonce", "ad", text])?;
    let (key, nonce) = (sized(request, "key", 32)?, sized(request, "nonce", 12)?);
    let (ad, text) = (request.bytes("ad")?, request.bytes(text)?);
    if seal {
        let sealed = p::aes_256_gcm_siv_seal(&key, &nonce, &ad, &text);
        return Ok(Out::default().bytes("ciphertext", &sealed));
    }
    check(text.len() >= 16, ErrorClass::Malformed)?;
    let opened = p::aes_256_gcm_siv_open(&key, &nonce, &ad, &text);
    Ok(Out::default().bytes("plaintext", &opened.ok_or(ErrorClass::Undecryptable)?))
}

fn kem(request: &Request) -> Answer {
    let out = Out::default();
    match request.cmd.as_str() {
        "prim.mlkem768_keygen" => {
            request.knows(&["seed"])?;
            let seed = sized(request, "seed", 64)?;
            let (ek, _dk) = p::ml_kem_768_keygen(&seed.slice(0, 32), &seed.slice(32, 32));
            Ok(out.bytes("ek", &ek))
        }
        "prim.mlkem768_encap" => {
            request.knows(&["ek", "m"])?;
            let (ek, m) = (sized(request, "ek", 1184)?, sized(request, "m", 32)?);
            let (shared, ct) = p::ml_kem_768_encaps(&ek, &m).ok_or(ErrorClass::Malformed)?;
            Ok(out.bytes("ct", &ct).bytes("shared", &shared))
        }
        "prim.mlkem768_decap" => {
            request.knows(&["seed", "ct"])?;
            let (seed, ct) = (sized(request, "seed", 64)?, sized(request, "ct", 1088)?);
            let (_ek, dk) = p::ml_kem_768_keygen(&seed.slice(0, 32), &seed.slice(32, 32));
            let shared = p::ml_kem_768_decaps(&dk, &ct).ok_or(ErrorClass::Malformed)?;
            Ok(out.bytes("shared", &shared))
        }
        "prim.mlkem768_decap_expanded" => {
            request.knows(&["dk", "ct"])?;
            let (dk, ct) = (sized(request, "dk", 2400)?, sized(request, "ct", 1088)?);
            // The registry's crate does not check the hash in the key.
            let shared = hacspec::ml_kem_768_decaps(&dk, &ct).ok_or(ErrorClass::Malformed)?;
            Ok(out.bytes("shared", &shared))
        }
        other => Err(Stop::Unsupported(other.to_owned())),
    }
}
