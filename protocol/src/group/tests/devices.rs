//! Devices in leaves.

use super::{run_all, same};
use crate::codec::Wire;
use crate::crypto::{Provider, SignatureAlgorithm, kdf, labels};
use crate::error::{Error, Peer};
use crate::group::device::LeafCredential;
use crate::group::device::credential::{follows, leaf_key_tbs};
use crate::group::hazmat::reencode;
use crate::group::suite::CipherSuite;
use crate::pairwise::{Credential, TypedKeys, TypedSignature};
use sceau_test_vectors::{Fields, Vector};

#[test]
fn group_leaf_credential() {
    run_all("group-leaf-credential", |operation, input, vector| {
        match operation {
            "decode" => {
                let bytes = input.bytes("bytes").unwrap();
                assert_eq!(reencode(input.text("type").unwrap(), &bytes).unwrap()?, bytes);
            }
            "leaf_credential" => leaf_credential(input, vector),
            "verify_leaf_credential" => {
                let leaf = LeafCredential::from_bytes(&input.bytes("leaf_credential").unwrap())?;
                let key = input.bytes("signature_key").unwrap();
                leaf.verify(&Provider::Default, suite(input), &key)?;
                let (tbs, out) = (leaf.credential.tbs(), vector.out().unwrap());
                same(vector, "account_id", leaf.account_id().as_bytes());
                assert_eq!(tbs.serial, out.u64("serial").unwrap(), "{}", vector.id);
                assert_eq!(u64::from(tbs.generation), out.u64("generation").unwrap());
            }
            "check_successor" => {
                let of = |name: &str| Credential::from_bytes(&input.bytes(name).unwrap()).unwrap();
                if !follows(&of("after"), &of("before")) {
                    return Err(Peer::IdentityMismatch.into());
                }
            }
            other => panic!("{other}"),
        }
        Ok::<(), Error>(())
    });
}

fn suite(input: &Fields) -> CipherSuite {
    let value = u16::try_from(input.u64("cipher_suite").unwrap()).unwrap();
    CipherSuite::from_u16(value).unwrap()
}

fn leaf_credential(input: &Fields, vector: &Vector) {
    let bytes = |name: &str| input.bytes(name).unwrap();
    let credential = Credential::from_bytes(&bytes("credential")).unwrap();
    let account_keys = TypedKeys::from_bytes(&bytes("account_keys")).unwrap();
    let hash = account_keys.hash().unwrap();
    let credential_ref = credential.reference(&Provider::Default, hash).unwrap();
    same(vector, "credential_ref", &credential_ref);
    let tbs = leaf_key_tbs(&credential_ref, suite(input), &bytes("signature_key"));
    same(vector, "leaf_key_tbs", &tbs);
    let content = kdf::sign_content(labels::LEAF_KEY, &tbs);
    same(vector, "sign_content", &content);
    let provider = Provider::Default;
    let ed25519 = SignatureAlgorithm::Ed25519;
    let signature = provider.get().sign(ed25519, &bytes("identity_sign"), &content).unwrap();
    let signatures = std::vec![TypedSignature::new(1, signature)];
    let leaf = LeafCredential { credential, account_keys, signatures };
    same(vector, "leaf_credential", &leaf.to_bytes());
    assert!(leaf.verify(&Provider::Default, suite(input), &bytes("signature_key")).is_ok());
}
