//! Primitives of published crates, with the checks that the specification asks for.

use super::{Answer, Request, value};
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use libcrux_ml_kem::mlkem768::{
    self, MlKem768Ciphertext, MlKem768PrivateKey, MlKem768PublicKey, incremental,
};
use sha2::{Digest, Sha256};

/// Runs a command of the family `prim`.
pub fn run(request: &Request) -> Result<Answer, Answer> {
    let bytes = |name| request.bytes(name);
    let one = |name, bytes: &[u8]| Ok(Answer::Ok(vec![(name, value(bytes))]));
    match request.cmd.as_str() {
        "prim.sha256" => one("digest", &Sha256::digest(bytes("msg")?)),
        "prim.hmac_sha256" => one("tag", &hmac(request)?.finalize().into_bytes()),
        "prim.hmac_sha256_verify" => match hmac(request)?.verify_slice(&bytes("tag")?) {
            Ok(()) => Ok(Answer::Ok(vec![])),
            Err(_) => Err(Answer::Reject("undecryptable")),
        },
        "prim.hkdf_sha256_extract" => {
            let salt = bytes("salt")?;
            let (prk, _) = Hkdf::<Sha256>::extract(Some(&salt), &bytes("ikm")?);
            one("prk", &prk)
        }
        "prim.hkdf_sha256_expand" => {
            let prk = bytes("prk")?;
            let hkdf = Hkdf::<Sha256>::from_prk(&prk).map_err(|_| Answer::Reject("malformed"))?;
            let mut okm = vec![0; request.integer("len")?.min(1 << 20)];
            let expanded = hkdf.expand(&bytes("info")?, &mut okm);
            expanded.map_err(|_| Answer::Reject("malformed"))?;
            one("okm", &okm)
        }
        "prim.x25519" => {
            let shared = x25519_dalek::x25519(request.array("scalar")?, request.array("point")?);
            if shared == [0; 32] {
                return Err(Answer::Reject("low_order"));
            }
            one("shared", &shared)
        }
        "prim.x25519_base" => {
            let base = x25519_dalek::X25519_BASEPOINT_BYTES;
            one("point", &x25519_dalek::x25519(request.array("scalar")?, base))
        }
        "prim.ed25519_public" => one(
            "public",
            SigningKey::from_bytes(&request.array("secret")?).verifying_key().as_bytes(),
        ),
        "prim.ed25519_sign" => {
            let key = SigningKey::from_bytes(&request.array("secret")?);
            one("signature", &key.sign(&bytes("msg")?).to_bytes())
        }
        "prim.ed25519_verify" => verify(request),
        "prim.aes256gcmsiv_seal" => {
            let (cipher, nonce, ad) = aead(request)?;
            let payload = Payload { msg: &bytes("plaintext")?, aad: &ad };
            let sealed = cipher.encrypt(&nonce, payload);
            one("ciphertext", &sealed.map_err(|_| Answer::Reject("malformed"))?)
        }
        "prim.aes256gcmsiv_open" => {
            let (cipher, nonce, ad) = aead(request)?;
            let payload = Payload { msg: &bytes("ciphertext")?, aad: &ad };
            let opened = cipher.decrypt(&nonce, payload);
            one("plaintext", &opened.map_err(|_| Answer::Reject("undecryptable"))?)
        }
        "prim.mlkem768_keygen" => {
            one("ek", mlkem768::generate_key_pair(request.array("seed")?).pk())
        }
        "prim.mlkem768_encap" => {
            let ek = MlKem768PublicKey::from(request.array("ek")?);
            if !mlkem768::validate_public_key(&ek) {
                return Err(Answer::Reject("malformed"));
            }
            let (ct, shared) = mlkem768::encapsulate(&ek, request.array("m")?);
            Ok(Answer::Ok(vec![("ct", value(ct.as_ref())), ("shared", value(&shared))]))
        }
        "prim.mlkem768_decap" => {
            let pair = mlkem768::generate_key_pair(request.array("seed")?);
            let ct = MlKem768Ciphertext::from(request.array("ct")?);
            one("shared", &mlkem768::decapsulate(pair.private_key(), &ct))
        }
        "prim.mlkem768_decap_expanded" => {
            let dk = MlKem768PrivateKey::from(request.array("dk")?);
            let ct = MlKem768Ciphertext::from(request.array("ct")?);
            if !mlkem768::validate_private_key(&dk, &ct) {
                return Err(Answer::Reject("malformed"));
            }
            one("shared", &mlkem768::decapsulate(&dk, &ct))
        }
        "prim.mlkem768_encap_split" => split(request),
        other => Err(Answer::Unsupported(other.to_owned())),
    }
}

fn hmac(request: &Request) -> Result<Hmac<Sha256>, Answer> {
    let mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&request.bytes("key")?);
    Ok(mac.map_err(|_| Answer::Reject("malformed"))?.chain_update(request.bytes("msg")?))
}

fn verify(request: &Request) -> Result<Answer, Answer> {
    let refused = |_| Answer::Reject("bad_signature");
    let bytes: [u8; 32] = request.array("public")?;
    let key = VerifyingKey::from_bytes(&bytes).map_err(refused)?;
    // dalek takes second encodings of a point; the specification does not.
    if key.to_edwards().compress().to_bytes() != bytes {
        return Err(Answer::Reject("bad_signature"));
    }
    let signature = Signature::from_bytes(&request.array("signature")?);
    key.verify_strict(&request.bytes("msg")?, &signature).map_err(refused)?;
    Ok(Answer::Ok(vec![]))
}

fn aead(request: &Request) -> Result<(Aes256GcmSiv, Nonce, Vec<u8>), Answer> {
    let cipher = Aes256GcmSiv::new(&request.array::<32>("key")?.into());
    Ok((cipher, request.array::<12>("nonce")?.into(), request.bytes("ad")?))
}

fn split(request: &Request) -> Result<Answer, Answer> {
    let (header, vector) = (request.bytes("header")?, request.bytes("vector")?);
    let refused = || Answer::Reject("malformed");
    incremental::validate_pk_bytes(&header, &vector).map_err(|_| refused())?;
    let mut state = vec![0; incremental::encaps_state_len()];
    let mut shared = [0; 32];
    let m = request.array("m")?;
    let ct1 =
        incremental::encapsulate1(&header, m, &mut state, &mut shared).map_err(|_| refused())?;
    let vector: [u8; 1152] = request.array("vector")?;
    let state: [u8; incremental::encaps_state_len()] = state.try_into().map_err(|_| refused())?;
    let ct2 = incremental::encapsulate2(&state, &vector);
    Ok(Answer::Ok(vec![
        ("ct1", value(&ct1.value)),
        ("ct2", value(&ct2.value)),
        ("shared", value(&shared)),
    ]))
}
