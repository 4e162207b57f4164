//! `prim.*`: the primitives that the library uses.

use sceau::crypto::{
    AeadAlgorithm, AgreementAlgorithm, CryptoProvider, DefaultProvider, Expand, HashAlgorithm,
    KemAlgorithm, SignatureAlgorithm, Suite,
};
use sceau_adapter::line::{Answer, No, Out, Request};

/// The commands.
pub const COMMANDS: &[&str] = &[
    "prim.sha256",
    "prim.hmac_sha256",
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
];

const MALFORMED: No = No::Reject("malformed");

/// Carries out one.
pub fn run(request: &Request) -> Answer {
    let (cmd, suite) = (request.cmd.as_str(), Suite::Core);
    if !COMMANDS.contains(&cmd) {
        return Err(No::Unsupported(cmd.to_owned()));
    }
    match cmd {
        "prim.sha256" | "prim.hmac_sha256" => hash(request, suite.hash()),
        "prim.hkdf_sha256_extract" | "prim.hkdf_sha256_expand" => hkdf(request, suite.hash()),
        "prim.x25519" | "prim.x25519_base" => x25519(request, suite.agreement()),
        "prim.aes256gcmsiv_seal" | "prim.aes256gcmsiv_open" => aead(request, suite.aead()),
        _ if cmd.starts_with("prim.ed25519") => ed25519(request, SignatureAlgorithm::Ed25519),
        _ => ml_kem(request, suite.kem()),
    }
}

fn sized(request: &Request, name: &str, length: usize) -> Result<Vec<u8>, No> {
    let bytes = request.bytes(name)?;
    if bytes.len() == length { Ok(bytes) } else { Err(MALFORMED) }
}

fn hash(request: &Request, algorithm: HashAlgorithm) -> Answer {
    let mut out = vec![0; algorithm.digest_len()];
    if request.cmd == "prim.sha256" {
        request.only(&["msg"])?;
        DefaultProvider.hash(algorithm, &[&request.bytes("msg")?], &mut out)?;
        return Ok(Out::default().bytes("digest", &out));
    }
    // HKDF-Extract is HMAC with the salt as its key (RFC 5869 §2.2).
    request.only(&["key", "msg"])?;
    let (key, message) = (request.bytes("key")?, request.bytes("msg")?);
    DefaultProvider.hkdf_extract(algorithm, &key, &[&message], &mut out)?;
    Ok(Out::default().bytes("tag", &out))
}

fn hkdf(request: &Request, algorithm: HashAlgorithm) -> Answer {
    if request.cmd == "prim.hkdf_sha256_extract" {
        request.only(&["salt", "ikm"])?;
        let mut out = vec![0; algorithm.digest_len()];
        let (salt, ikm) = (request.bytes("salt")?, request.bytes("ikm")?);
        DefaultProvider.hkdf_extract(algorithm, &salt, &[&ikm], &mut out)?;
        return Ok(Out::default().bytes("prk", &out));
    }
    request.only(&["prk", "info", "len"])?;
    let (prk, info) = (request.bytes("prk")?, request.bytes("info")?);
    let length = usize::try_from(request.integer("len")?).map_err(|_| MALFORMED)?;
    if length > 255 * algorithm.digest_len() || prk.len() < algorithm.digest_len() {
        return Err(MALFORMED);
    }
    let mut out = vec![0; length];
    let mut jobs = [Expand { info: &[&info], out: &mut out }];
    DefaultProvider.hkdf_expand(algorithm, &prk, &mut jobs)?;
    Ok(Out::default().bytes("okm", &out))
}

fn x25519(request: &Request, algorithm: AgreementAlgorithm) -> Answer {
    let scalar = sized(request, "scalar", algorithm.private_len())?;
    if request.cmd == "prim.x25519_base" {
        request.only(&["scalar"])?;
        let mut out = vec![0; algorithm.public_len()];
        DefaultProvider.agreement_public(algorithm, &scalar, &mut out)?;
        return Ok(Out::default().bytes("point", &out));
    }
    request.only(&["scalar", "point"])?;
    let point = sized(request, "point", algorithm.public_len())?;
    let mut out = vec![0; algorithm.output_len()];
    DefaultProvider.agree(algorithm, &scalar, &point, &mut out)?;
    match out.iter().all(|&byte| byte == 0) {
        true => Err(No::Reject("low_order")),
        false => Ok(Out::default().bytes("shared", &out)),
    }
}

fn ed25519(request: &Request, algorithm: SignatureAlgorithm) -> Answer {
    match request.cmd.as_str() {
        "prim.ed25519_public" => {
            request.only(&["secret"])?;
            let secret = sized(request, "secret", algorithm.private_len())?;
            let public = DefaultProvider.signature_public(algorithm, &secret)?;
            Ok(Out::default().bytes("public", &public))
        }
        "prim.ed25519_sign" => {
            request.only(&["secret", "msg"])?;
            let secret = sized(request, "secret", algorithm.private_len())?;
            let signature = DefaultProvider.sign(algorithm, &secret, &request.bytes("msg")?)?;
            Ok(Out::default().bytes("signature", &signature))
        }
        _ => {
            request.only(&["public", "msg", "signature"])?;
            let public = sized(request, "public", algorithm.public_len())?;
            let (message, signature) = (request.bytes("msg")?, request.bytes("signature")?);
            match DefaultProvider.verify(algorithm, &public, &message, &signature)? {
                true => Ok(Out::default()),
                false => Err(No::Reject("bad_signature")),
            }
        }
    }
}

fn aead(request: &Request, algorithm: AeadAlgorithm) -> Answer {
    let key = sized(request, "key", algorithm.key_len())?;
    let nonce = sized(request, "nonce", algorithm.nonce_len())?;
    let ad = request.bytes("ad")?;
    if request.cmd == "prim.aes256gcmsiv_seal" {
        request.only(&["key", "nonce", "ad", "plaintext"])?;
        let mut data = request.bytes("plaintext")?;
        let mut tag = vec![0; algorithm.tag_len()];
        DefaultProvider.aead_seal(algorithm, &key, &nonce, &ad, &mut data, &mut tag)?;
        return Ok(Out::default().bytes("ciphertext", &[data, tag].concat()));
    }
    request.only(&["key", "nonce", "ad", "ciphertext"])?;
    let mut data = request.bytes("ciphertext")?;
    let length = data.len().checked_sub(algorithm.tag_len()).ok_or(MALFORMED)?;
    let tag = data.split_off(length);
    match DefaultProvider.aead_open(algorithm, &key, &nonce, &ad, &mut data, &tag)? {
        true => Ok(Out::default().bytes("plaintext", &data)),
        false => Err(No::Reject("undecryptable")),
    }
}

fn ml_kem(request: &Request, algorithm: KemAlgorithm) -> Answer {
    match request.cmd.as_str() {
        "prim.mlkem768_keygen" => {
            request.only(&["seed"])?;
            let seed = sized(request, "seed", algorithm.seed_len())?;
            let (ek, _) = DefaultProvider.kem_key_pair(algorithm, &seed)?;
            Ok(Out::default().bytes("ek", &ek))
        }
        "prim.mlkem768_encap" => {
            request.only(&["ek", "m"])?;
            let ek = sized(request, "ek", algorithm.public_len())?;
            let randomness = sized(request, "m", algorithm.randomness_len())?;
            if !DefaultProvider.kem_check(algorithm, &ek)? {
                return Err(MALFORMED);
            }
            let (ct, shared) = DefaultProvider.kem_encapsulate(algorithm, &ek, &randomness)?;
            Ok(Out::default().bytes("ct", &ct).bytes("shared", shared.as_bytes()))
        }
        _ => {
            request.only(&["seed", "ct"])?;
            let seed = sized(request, "seed", algorithm.seed_len())?;
            let ct = sized(request, "ct", algorithm.ciphertext_len())?;
            let (_, key) = DefaultProvider.kem_key_pair(algorithm, &seed)?;
            let shared = DefaultProvider.kem_decapsulate(algorithm, &key, &ct)?;
            Ok(Out::default().bytes("shared", shared.as_bytes()))
        }
    }
}
