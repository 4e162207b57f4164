//! Devices in leaves.

use super::{run_all, same};
use crate::codec::Wire;
use crate::crypto::{Provider, SignatureAlgorithm, kdf, labels};
use crate::error::{Error, Peer};
use crate::group::device::credential::{follows, leaf_key_tbs};
use crate::group::device::{Contacts, DeviceCredentials, LeafCredential};
use crate::group::hazmat::reencode;
use crate::group::policy::Confirmation;
use crate::group::suite::CipherSuite;
use crate::pairwise::{
    AccountId, Credential, DeviceList, Issuer, Policy, TypedKey, TypedKeys, TypedSignature,
};
use sceau_test_vectors::{Fields, Vector};
use std::sync::Arc;
use std::vec::Vec;

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
            "confirmation" => {
                let expected = match vector.out().unwrap().text("confirmation").unwrap() {
                    "confirmed" => Confirmation::Confirmed,
                    "unconfirmed" => Confirmation::Unconfirmed,
                    "refuted" => Confirmation::Refuted,
                    other => panic!("{other}"),
                };
                assert_eq!(confirmation(input), expected, "{} {}", vector.id, vector.description);
            }
            "check_leaf_device" => {
                let account = AccountId::new(&input.bytes("peer_account").unwrap());
                leaf(input, None).check_device(&account, input.u64("peer_serial").unwrap())?;
            }
            other => panic!("{other}"),
        }
        Ok::<(), Error>(())
    });
}

/// A leaf's content with this credential; what stands beside it was verified before.
fn leaf(input: &Fields, list: Option<&DeviceList>) -> LeafCredential {
    let credential = Credential::from_bytes(&input.bytes("credential").unwrap()).unwrap();
    let one =
        || TypedKeys::new(std::vec![TypedKey { key_type: 1, key: std::vec![0; 32] }]).unwrap();
    let account_keys = list.map_or_else(one, |list| list.tbs().account_keys.clone());
    LeafCredential { credential, account_keys, signatures: Vec::new() }
}

/// What a device has of one account.
struct Known {
    list: Option<Arc<DeviceList>>,
    had: bool,
}

impl Contacts for Known {
    fn device_list(&self, _: &AccountId) -> Option<Arc<DeviceList>> {
        self.list.clone()
    }

    fn had_device(&self, _: &AccountId, _: u64) -> bool {
        self.had
    }
}

fn confirmation(input: &Fields) -> Confirmation {
    let list = input.bytes("device_list").ok();
    let list = list.map(|list| Arc::new(DeviceList::from_bytes(&list).unwrap()));
    let leaf = leaf(input, list.as_deref());
    let fields = input.object("policy").unwrap();
    let mut policy = Policy::default();
    for keys in fields.bytes_list("issuers").unwrap() {
        let keys = TypedKeys::from_bytes(&keys).unwrap();
        policy = policy.with_issuer(Issuer::new(&Provider::Default, keys).unwrap());
    }
    policy.require_issuer = fields.u64("require_issuer").unwrap() == 1;
    let known = Known { list, had: input.u64("had_serial").unwrap() == 1 };
    let devices = DeviceCredentials::new(Arc::new(known), policy, Provider::Default);
    devices.known_of(&leaf).unwrap()
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
