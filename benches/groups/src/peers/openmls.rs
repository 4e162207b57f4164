//! openmls on RustCrypto, with its storage in memory, which every step writes.

use crate::library::Library;
use openmls::group::{MlsGroup, MlsGroupCreateConfig, MlsGroupJoinConfig, StagedWelcome};
use openmls::prelude::tls_codec::Deserialize;
use openmls::prelude::*;
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;
/// Messages are padded to multiples of so many bytes.
const PADDING: usize = 256;

/// openmls.
pub struct OpenMls;

type Records = HashMap<Vec<u8>, Vec<u8>>;

/// Somebody, with what openmls has stored.
pub struct Person {
    signer: Arc<SignatureKeyPair>,
    credential: CredentialWithKey,
    key_package: Vec<u8>,
    records: Records,
}

/// A member, with its storage.
pub struct Member {
    provider: Rc<OpenMlsRustCrypto>,
    signer: Arc<SignatureKeyPair>,
    group: MlsGroup,
}

/// What openmls has stored.
pub struct Stored {
    id: GroupId,
    signer: Arc<SignatureKeyPair>,
    provider: Rc<OpenMlsRustCrypto>,
}

fn provider(records: &Records) -> OpenMlsRustCrypto {
    let provider = OpenMlsRustCrypto::default();
    *provider.storage().values.write().unwrap() = records.clone();
    provider
}

fn records(provider: &OpenMlsRustCrypto) -> Records {
    provider.storage().values.read().unwrap().clone()
}

fn body(message: &[u8]) -> MlsMessageBodyIn {
    MlsMessageIn::tls_deserialize_exact(message).unwrap().extract()
}

fn process(member: &mut Member, message: &[u8]) -> ProcessedMessageContent {
    let MlsMessageBodyIn::PrivateMessage(message) = body(message) else { panic!("not private") };
    member.group.process_message(&*member.provider, message).unwrap().into_content()
}

impl Library for OpenMls {
    const NAME: &'static str = "openmls";
    type Person = Person;
    type Member = Member;
    type Stored = Stored;

    fn person(name: &str) -> Person {
        let provider = OpenMlsRustCrypto::default();
        let signer = SignatureKeyPair::new(SUITE.signature_algorithm()).unwrap();
        let credential = CredentialWithKey {
            credential: BasicCredential::new(name.as_bytes().to_vec()).into(),
            signature_key: signer.to_public_vec().into(),
        };
        let bundle =
            KeyPackage::builder().build(SUITE, &provider, &signer, credential.clone()).unwrap();
        let key_package = MlsMessageOut::from(bundle.key_package().clone()).to_bytes().unwrap();
        Person { signer: Arc::new(signer), credential, key_package, records: records(&provider) }
    }

    fn key_package(person: &Person) -> Vec<u8> {
        person.key_package.clone()
    }

    fn create(person: &Person, key_packages: &[Vec<u8>]) -> (Member, Vec<u8>) {
        let provider = OpenMlsRustCrypto::default();
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(SUITE)
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .max_past_epochs(2)
            .padding_size(PADDING)
            .build();
        let mut group =
            MlsGroup::new(&provider, &*person.signer, &config, person.credential.clone()).unwrap();
        let packages = key_packages.iter().map(|package| match body(package) {
            MlsMessageBodyIn::KeyPackage(package) => {
                package.validate(provider.crypto(), ProtocolVersion::Mls10).unwrap()
            }
            _ => panic!("no key package"),
        });
        let bundle = group
            .commit_builder()
            .propose_adds(packages)
            .load_psks(provider.storage())
            .unwrap()
            .build(provider.rand(), provider.crypto(), &*person.signer, |_| true)
            .unwrap()
            .stage_commit(&provider)
            .unwrap();
        let welcome = bundle.to_welcome_msg().unwrap().to_bytes().unwrap();
        group.merge_pending_commit(&provider).unwrap();
        (Member { provider: Rc::new(provider), signer: person.signer.clone(), group }, welcome)
    }

    fn before_joining(person: &Person) -> Person {
        Person {
            signer: person.signer.clone(),
            credential: person.credential.clone(),
            key_package: person.key_package.clone(),
            records: person.records.clone(),
        }
    }

    fn join(person: &Person, welcome: &[u8]) -> Member {
        let provider = provider(&person.records);
        let config = MlsGroupJoinConfig::builder()
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .max_past_epochs(2)
            .padding_size(PADDING)
            .build();
        let MlsMessageBodyIn::Welcome(welcome) = body(welcome) else { panic!("no welcome") };
        let staged = StagedWelcome::build_from_welcome(&provider, &config, welcome).unwrap();
        let group = staged.build().unwrap().into_group(&provider).unwrap();
        Member { provider: Rc::new(provider), signer: person.signer.clone(), group }
    }

    fn commit(member: &mut Member) -> Vec<u8> {
        let provider = &*member.provider;
        let bundle = member
            .group
            .commit_builder()
            .force_self_update(true)
            .load_psks(provider.storage())
            .unwrap()
            .build(provider.rand(), provider.crypto(), &*member.signer, |_| true)
            .unwrap()
            .stage_commit(provider)
            .unwrap();
        bundle.commit().to_bytes().unwrap()
    }

    fn clear(member: &mut Member) {
        member.group.clear_pending_commit(member.provider.storage()).unwrap();
    }

    fn merge(member: &mut Member) {
        member.group.merge_pending_commit(&*member.provider).unwrap();
    }

    fn process(member: &mut Member, commit: &[u8]) {
        match process(member, commit) {
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                member.group.merge_staged_commit(&*member.provider, *staged).unwrap();
            }
            _ => panic!("no commit"),
        }
    }

    fn encrypt(member: &mut Member, data: &[u8]) -> Vec<u8> {
        let message = member.group.create_message(&*member.provider, &*member.signer, data);
        message.unwrap().to_bytes().unwrap()
    }

    fn decrypt(member: &mut Member, message: &[u8]) -> Vec<u8> {
        match process(member, message) {
            ProcessedMessageContent::ApplicationMessage(message) => message.into_bytes(),
            _ => panic!("no application data"),
        }
    }

    /// Every step has stored what it changed: these are copied.
    fn store(member: &mut Member) -> Stored {
        let provider = Rc::new(provider(&records(&member.provider)));
        Stored { id: member.group.group_id().clone(), signer: member.signer.clone(), provider }
    }

    fn load(stored: &Stored) -> Member {
        let (provider, signer) = (stored.provider.clone(), stored.signer.clone());
        let group = MlsGroup::load(provider.storage(), &stored.id).unwrap().unwrap();
        Member { provider, signer, group }
    }

    fn stored_bytes(stored: &Stored) -> usize {
        let records = stored.provider.storage().values.read().unwrap();
        records.iter().map(|(key, value)| key.len() + value.len()).sum()
    }
}
