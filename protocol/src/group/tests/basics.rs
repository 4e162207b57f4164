//! Labels, HPKE, key schedule, pre-shared keys, transcript hashes.

use super::{Fed, crypto, number, run_all, same, secret};
use crate::codec::Wire;
use crate::codec::decode_all;
use crate::crypto::labels::mls as labels;
use crate::crypto::{Provider, Secret, kdf};
use crate::error::{Error, Peer};
use crate::group::active::check_export_label;
use crate::group::check::check_psk_nonce;
use crate::group::crypto::{Crypto, HpkeKeyPair};
use crate::group::error::Check;
use crate::group::framing::confirmation_tag;
use crate::group::policy::{AcceptAny, GroupPolicy};
use crate::group::schedule::{
    CommitSecret, ConfirmationKey, EpochSecret, EpochSecrets, ExporterSecret, ExternalSecret,
    InitSecret, JoinerSecret, PskSecret, confirmed_transcript_hash, export,
    interim_transcript_hash, psk_secret,
};
use crate::group::suite::CipherSuite;
use crate::group::types::{
    AuthenticatedContent, Extension, GroupContext, HpkeCiphertext, PreSharedKeyId, PskKind,
    ResumptionUsage,
};
use sceau_test_vectors::{Fields, Vector};
use std::vec::Vec;

fn text(label: &str) -> &str {
    label
}

#[test]
fn group_crypto() {
    run_all("group-crypto", |operation, input, vector| {
        if operation == "check_suite" {
            return check_suite(input);
        }
        let crypto = crypto(input);
        let bytes = |name: &str| input.bytes(name).unwrap();
        let label = || text(input.text("label").unwrap());
        match operation {
            "expand_with_label" => {
                let length = number(input, "length") as usize;
                let secret = secret(input, "secret");
                let got = crypto.expand(&secret, label(), &bytes("context"), length)?;
                same(vector, "output", got.as_bytes());
            }
            "derive_secret" => {
                let got = crypto.derive_secret(&secret(input, "secret"), label())?;
                same(vector, "output", got.as_bytes());
            }
            "derive_tree_secret" => {
                let generation = number(input, "generation").to_be_bytes();
                let length = number(input, "length") as usize;
                let got = crypto.expand(&secret(input, "secret"), label(), &generation, length)?;
                same(vector, "output", got.as_bytes());
            }
            "ref_hash" => {
                let hash = crypto.suite().hash();
                let label = ["", label()];
                let got = kdf::ref_hash_of(&Provider::Default, hash, label, &bytes("value"))?;
                same(vector, "reference", &got);
            }
            "references" => {
                let value = bytes("value");
                let got = crypto.reference(labels::KEY_PACKAGE_REFERENCE, &value)?;
                same(vector, "key_package_ref", &got);
                let got = crypto.reference(labels::PROPOSAL_REFERENCE, &value)?;
                same(vector, "proposal_ref", &got);
            }
            "sign_with_label" => {
                let key = secret(input, "private_key");
                let signature = crypto.suite().signature();
                let public = Provider::Default.get().signature_public(signature, key.as_bytes())?;
                same(vector, "public_key", &public);
                let got = crypto.sign(&key, label(), &bytes("content"))?;
                same(vector, "signature", &got);
                assert!(crypto.verify(&public, label(), &bytes("content"), &got)?);
            }
            "verify_with_label" => {
                let (key, content) = (bytes("public_key"), bytes("content"));
                if !crypto.verify(&key, label(), &content, &bytes("signature"))? {
                    return Err(Peer::BadSignature.into());
                }
            }
            "derive_key_pair" => {
                let pair = crypto.derive_key_pair(&secret(input, "ikm"))?;
                same(vector, "private_key", pair.private.as_bytes());
                same(vector, "public_key", &pair.public);
            }
            "export" => hpke_export(&crypto, input, vector)?,
            "encrypt_with_label" => {
                let info = crypto.encrypt_context(label(), &bytes("context"))?;
                let (key, plaintext) = (bytes("public_key"), bytes("plaintext"));
                let mut rng = Fed::new([bytes("hpke")]);
                let sealed = crypto.seal(&key, &info, &plaintext, &mut rng)?;
                same(vector, "kem_output", &sealed.kem_output);
                same(vector, "ciphertext", &sealed.ciphertext);
            }
            "decrypt_with_label" => {
                let info = crypto.encrypt_context(label(), &bytes("context"))?;
                let private = secret(input, "private_key");
                let sealed = HpkeCiphertext {
                    kem_output: bytes("kem_output"),
                    ciphertext: bytes("ciphertext"),
                };
                let public = public_of(&crypto, &private);
                let opened = crypto.open(&private, &public, &info, &sealed)?;
                opened.ok_or(Check::Undecryptable.refuse())?;
            }
            other => panic!("{other}"),
        }
        Ok(())
    });
}

/// The public key of an HPKE private key.
fn public_of(crypto: &Crypto, private: &Secret) -> Vec<u8> {
    use crate::group::suite::HpkeKem;
    match crypto.suite().kem() {
        HpkeKem::Dh(dh) => kdf::agreement_public(&Provider::Default, dh, private).unwrap(),
        HpkeKem::Kem(kem) => {
            Provider::Default.get().kem_key_pair(kem, private.as_bytes()).unwrap().0
        }
    }
}

/// The profile's rule for suites, with those that the policy names for interoperability.
fn check_suite(input: &Fields) -> Result<(), Error> {
    let mut policy = GroupPolicy::new(AcceptAny);
    let suite = |value: u64| CipherSuite::from_u16(u16::try_from(value).unwrap());
    for value in input.list("interoperability").unwrap() {
        policy.suites.extend(suite(value.as_u64().unwrap()));
    }
    let asked = suite(input.u64("cipher_suite").unwrap());
    policy.check_suite(asked.ok_or(Check::SuiteNotAllowed.refuse())?)
}

/// The library exports with one label and no info alone, as RFC 9420 does: its steps are compared where they meet the
/// vector's, which has an info; the exported value is held by vectors of `external_init`.
fn hpke_export(crypto: &Crypto, input: &Fields, vector: &Vector) -> Result<(), Error> {
    let public = input.bytes("public_key").unwrap();
    let info = crypto.hpke_info(&input.bytes("info").unwrap())?;
    let mut rng = Fed::new([input.bytes("hpke").unwrap()]);
    let context = input.bytes("exporter_context").unwrap();
    let length = number(input, "length") as usize;
    let (enc, steps) = crypto.export_steps(&public, &info, &context, length, &mut rng)?;
    same(vector, "enc", &enc);
    let [key, base_nonce, exporter_secret, exported] = steps;
    same(vector, "key", key.as_bytes());
    same(vector, "base_nonce", base_nonce.as_bytes());
    same(vector, "exporter_secret", exporter_secret.as_bytes());
    same(vector, "exported", exported.as_bytes());
    Ok(())
}

fn context(input: &Fields) -> GroupContext {
    let types = input.list("extension_types").unwrap().iter();
    let types = types.map(|value| u16::try_from(value.as_u64().unwrap()).unwrap());
    let data = input.bytes_list("extension_data").unwrap();
    GroupContext {
        cipher_suite: u16::try_from(input.u64("cipher_suite").unwrap()).unwrap(),
        group_id: input.bytes("group_id").unwrap(),
        epoch: input.u64("epoch").unwrap(),
        tree_hash: input.bytes("tree_hash").unwrap(),
        confirmed_transcript_hash: input.bytes("confirmed_transcript_hash").unwrap(),
        extensions: types.zip(data).map(|(value, data)| Extension::new(value, data)).collect(),
    }
}

#[test]
fn group_key_schedule() {
    run_all("group-key-schedule", |operation, input, vector| {
        if operation == "check_export_label" {
            return Ok(check_export_label(input.text("label").unwrap())?);
        }
        let crypto = crypto(input);
        match operation {
            "epoch" => epoch(&crypto, input, vector)?,
            "mls_exporter" => {
                let exporter = ExporterSecret(secret(input, "exporter_secret"));
                let (label, context) =
                    (input.text("label").unwrap(), input.bytes("context").unwrap());
                let length = number(input, "length") as usize;
                let got = export(&crypto, &exporter, label, &context, length)?;
                same(vector, "exported", got.as_bytes());
            }
            "external_init" => {
                let pair = crypto.derive_key_pair(&secret(input, "external_secret"))?;
                same(vector, "external_pub", &pair.public);
                let mut rng = Fed::new([input.bytes("hpke").unwrap()]);
                let (kem_output, init) = InitSecret::to_group(&crypto, &pair.public, &mut rng)?;
                same(vector, "kem_output", &kem_output);
                same(vector, "init_secret", init.0.as_bytes());
                let received = from_joiner(&crypto, input, &kem_output)?;
                same(vector, "init_secret", received.0.as_bytes());
            }
            "external_init_secret" => {
                from_joiner(&crypto, input, &input.bytes("kem_output").unwrap())?;
            }
            "check_confirmation_tag" => {
                let key = ConfirmationKey(secret(input, "confirmation_key"));
                let confirmed = input.bytes("confirmed_transcript_hash").unwrap();
                let expected = confirmation_tag(&crypto, &key, &confirmed)?;
                let tag = input.bytes("confirmation_tag").unwrap();
                Check::ConfirmationTag.require(expected == tag)?;
            }
            other => panic!("{other}"),
        }
        Ok(())
    });
}

fn from_joiner(crypto: &Crypto, input: &Fields, kem_output: &[u8]) -> Result<InitSecret, Error> {
    let (mut secrets, _) =
        EpochSecrets::derive(crypto, EpochSecret(Secret::zeros(crypto.nh()))).unwrap();
    secrets.external_secret = ExternalSecret(secret(input, "external_secret"));
    InitSecret::from_joiner(crypto, &secrets, kem_output)
}

fn epoch(crypto: &Crypto, input: &Fields, vector: &Vector) -> Result<(), Error> {
    let context = context(input).to_bytes();
    same(vector, "group_context", &context);
    let init = InitSecret(secret(input, "init_secret"));
    let commit = CommitSecret(secret(input, "commit_secret"));
    let joiner = JoinerSecret::new(crypto, &init, commit, &context)?;
    same(vector, "joiner_secret", joiner.0.as_bytes());
    let member = joiner.member_secret(crypto, PskSecret(secret(input, "psk_secret")))?;
    let welcome = member.welcome_secret(crypto)?;
    same(vector, "welcome_secret", welcome.0.as_bytes());
    let (key, nonce) = welcome.key_and_nonce(crypto)?;
    same(vector, "welcome_key", key.as_bytes());
    same(vector, "welcome_nonce", nonce.as_bytes());
    let epoch_secret = member.epoch_secret(crypto, &context)?;
    same(vector, "epoch_secret", epoch_secret.0.as_bytes());
    let (secrets, encryption) = EpochSecrets::derive(crypto, epoch_secret)?;
    for (name, secret) in [
        ("sender_data_secret", &secrets.sender_data_secret.0),
        ("encryption_secret", &encryption.0),
        ("exporter_secret", &secrets.exporter_secret.0),
        ("external_secret", &secrets.external_secret.0),
        ("confirmation_key", &secrets.confirmation_key.0),
        ("membership_key", &secrets.membership_key.0),
        ("resumption_psk", &secrets.resumption_psk.0),
        ("epoch_authenticator", &secrets.epoch_authenticator.0),
        ("init_secret", &secrets.init_secret.0),
    ] {
        same(vector, name, secret.as_bytes());
    }
    let HpkeKeyPair { public, .. } = secrets.external_key_pair(crypto)?;
    same(vector, "external_pub", &public);
    let confirmed = input.bytes("confirmed_transcript_hash").unwrap();
    let tag = confirmation_tag(crypto, &secrets.confirmation_key, &confirmed)?;
    same(vector, "confirmation_tag", &tag);
    Ok(())
}

#[test]
fn group_psk() {
    run_all("group-psk", |operation, input, vector| {
        let crypto = crypto(input);
        if operation == "check_psk_nonce" {
            let id: PreSharedKeyId = decode_all(&input.bytes("psk_id").unwrap())?;
            return check_psk_nonce(&crypto, &id);
        }
        assert_eq!(operation, "psk_secret");
        let psks: Vec<_> = input.object_list("psks").unwrap().iter().map(psk).collect();
        let ids: Vec<_> = psks.iter().map(|(id, _)| id.to_bytes()).collect();
        let steps = vector.steps.as_ref().unwrap();
        assert_eq!(ids, steps.bytes_list("psk_ids").unwrap(), "{}", vector.id);
        same(vector, "psk_secret", psk_secret(&crypto, &psks)?.0.as_bytes());
        Ok(())
    });
}

fn psk(fields: &Fields) -> (PreSharedKeyId, Secret) {
    let kind = match fields.u64("type").unwrap() {
        1 => PskKind::External(fields.bytes("psk_id").unwrap()),
        _ => PskKind::Resumption {
            usage: match fields.u64("usage").unwrap() {
                1 => ResumptionUsage::Application,
                2 => ResumptionUsage::Reinit,
                _ => ResumptionUsage::Branch,
            },
            group_id: fields.bytes("psk_group_id").unwrap(),
            epoch: fields.u64("psk_epoch").unwrap(),
        },
    };
    (PreSharedKeyId { kind, nonce: fields.bytes("psk_nonce").unwrap() }, secret(fields, "psk"))
}

#[test]
fn group_transcript_hashes() {
    run_all("group-transcript-hashes", |operation, input, vector| {
        assert_eq!(operation, "transcript_hashes");
        let crypto = crypto(input);
        let commit: AuthenticatedContent =
            decode_all(&input.bytes("authenticated_content").unwrap())?;
        let before = input.bytes("interim_transcript_hash_before").unwrap();
        let confirmed = confirmed_transcript_hash(&crypto, &before, &commit)?;
        same(vector, "confirmed_transcript_hash", &confirmed);
        let key = ConfirmationKey(secret(input, "confirmation_key"));
        let tag = confirmation_tag(&crypto, &key, &confirmed)?;
        same(vector, "confirmation_tag", &tag);
        let interim = interim_transcript_hash(&crypto, &confirmed, &tag)?;
        same(vector, "interim_transcript_hash", &interim);
        Ok(())
    });
}
