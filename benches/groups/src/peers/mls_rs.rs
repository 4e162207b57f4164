//! mls-rs, with either of two providers of cryptography.

use crate::library::Library;
use mls_rs::client_builder::{
    BaseConfig, PaddingMode, WithCryptoProvider, WithGroupStateStorage, WithIdentityProvider,
    WithKeyPackageRepo, WithMlsRules,
};
use mls_rs::group::ReceivedMessage;
use mls_rs::identity::SigningIdentity;
use mls_rs::identity::basic::{BasicCredential, BasicIdentityProvider};
use mls_rs::mls_rules::{CommitOptions, DefaultMlsRules, EncryptionOptions};
use mls_rs::storage_provider::in_memory::{InMemoryGroupStateStorage, InMemoryKeyPackageStorage};
use mls_rs::{
    CipherSuite, CipherSuiteProvider, Client, CryptoProvider, ExtensionList, Group, MlsMessage,
};
use mls_rs_core::group::GroupStateStorage;
use mls_rs_core::key_package::KeyPackageData;
use mls_rs_crypto_awslc::AwsLcCryptoProvider;
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use std::marker::PhantomData;
use std::time::Duration;

const SUITE: CipherSuite = CipherSuite::CURVE25519_AES128;

/// A provider of mls-rs with a name in the table.
pub trait Named: CryptoProvider + Clone + Default + 'static {
    /// The name.
    const NAME: &'static str;
}

impl Named for RustCryptoProvider {
    const NAME: &'static str = "mls-rs";
}

impl Named for AwsLcCryptoProvider {
    const NAME: &'static str = "mls-rs, AWS-LC";
}

type Config<P> = WithMlsRules<
    DefaultMlsRules,
    WithGroupStateStorage<
        InMemoryGroupStateStorage,
        WithKeyPackageRepo<
            InMemoryKeyPackageStorage,
            WithIdentityProvider<BasicIdentityProvider, WithCryptoProvider<P, BaseConfig>>,
        >,
    >,
>;

/// mls-rs with a provider.
pub struct MlsRs<P>(PhantomData<P>);

/// Somebody: a client with a key package.
pub struct Person<P: Named> {
    client: Client<Config<P>>,
    storage: InMemoryGroupStateStorage,
    key_packages: InMemoryKeyPackageStorage,
    own: Vec<(Vec<u8>, KeyPackageData)>,
    key_package: Vec<u8>,
}

/// A member, with its storage.
pub struct Member<P: Named> {
    client: Client<Config<P>>,
    storage: InMemoryGroupStateStorage,
    group: Group<Config<P>>,
}

/// The stored snapshot, and the client that loads it.
pub struct Stored<P: Named> {
    client: Client<Config<P>>,
    storage: InMemoryGroupStateStorage,
    id: Vec<u8>,
}

fn message(bytes: &[u8]) -> MlsMessage {
    MlsMessage::from_bytes(bytes).unwrap()
}

impl<P: Named> Library for MlsRs<P> {
    const NAME: &'static str = P::NAME;
    type Person = Person<P>;
    type Member = Member<P>;
    type Stored = Stored<P>;

    fn person(name: &str) -> Person<P> {
        let crypto = P::default();
        let provider = crypto.cipher_suite_provider(SUITE).unwrap();
        let (signer, public) = provider.signature_key_generate().unwrap();
        let credential = BasicCredential::new(name.as_bytes().to_vec()).into_credential();
        let storage = InMemoryGroupStateStorage::new();
        let key_packages = InMemoryKeyPackageStorage::new();
        let rules = DefaultMlsRules::new()
            .with_commit_options(CommitOptions::new().with_path_required(true))
            .with_encryption_options(EncryptionOptions::new(true, PaddingMode::StepFunction));
        let client = Client::builder()
            .crypto_provider(crypto)
            .identity_provider(BasicIdentityProvider::new())
            .key_package_repo(key_packages.clone())
            .group_state_storage(storage.clone())
            .mls_rules(rules)
            // Its default of a year is longer than Sceau's policy lets a leaf live.
            .key_package_lifetime(Duration::from_secs(28 * 86_400))
            .signing_identity(SigningIdentity::new(credential, public), signer, SUITE)
            .build();
        let none = ExtensionList::new();
        let package = client.generate_key_package_message(none.clone(), none, None).unwrap();
        let (own, key_package) = (key_packages.key_packages(), package.to_bytes().unwrap());
        Person { client, storage, key_packages, own, key_package }
    }

    fn key_package(person: &Person<P>) -> Vec<u8> {
        person.key_package.clone()
    }

    fn create(person: &Person<P>, key_packages: &[Vec<u8>]) -> (Member<P>, Vec<u8>) {
        let (client, storage) = (person.client.clone(), person.storage.clone());
        let none = ExtensionList::new();
        let mut group = client.create_group(none.clone(), none, None).unwrap();
        let mut builder = group.commit_builder();
        for package in key_packages {
            builder = builder.add_member(message(package)).unwrap();
        }
        let output = builder.build().unwrap();
        let welcome = output.welcome_messages.first().unwrap().to_bytes().unwrap();
        group.apply_pending_commit().unwrap();
        (Member { client, storage, group }, welcome)
    }

    fn before_joining(person: &Person<P>) -> Person<P> {
        // The key package is used up with the first write to storage.
        for (id, package) in &person.own {
            person.key_packages.insert(id.clone(), package.clone());
        }
        Person {
            client: person.client.clone(),
            storage: person.storage.clone(),
            key_packages: person.key_packages.clone(),
            own: person.own.clone(),
            key_package: person.key_package.clone(),
        }
    }

    fn join(person: &Person<P>, welcome: &[u8]) -> Member<P> {
        let (client, storage) = (person.client.clone(), person.storage.clone());
        let group = client.join_group(None, &message(welcome), None).unwrap().0;
        Member { client, storage, group }
    }

    fn commit(member: &mut Member<P>) -> Vec<u8> {
        let output = member.group.commit_builder().build().unwrap();
        output.commit_message.to_bytes().unwrap()
    }

    fn clear(member: &mut Member<P>) {
        member.group.clear_pending_commit();
    }

    fn merge(member: &mut Member<P>) {
        member.group.apply_pending_commit().unwrap();
    }

    /// Past epochs wait in memory for being stored.
    fn settle(member: &mut Member<P>) {
        member.group.write_to_storage().unwrap();
    }

    fn process(member: &mut Member<P>, commit: &[u8]) {
        match member.group.process_incoming_message(message(commit)).unwrap() {
            ReceivedMessage::Commit(_) => {}
            other => panic!("{other:?}"),
        }
    }

    fn encrypt(member: &mut Member<P>, data: &[u8]) -> Vec<u8> {
        let message = member.group.encrypt_application_message(data, Vec::new()).unwrap();
        message.to_bytes().unwrap()
    }

    fn decrypt(member: &mut Member<P>, bytes: &[u8]) -> Vec<u8> {
        match member.group.process_incoming_message(message(bytes)).unwrap() {
            ReceivedMessage::ApplicationMessage(message) => message.data().to_vec(),
            other => panic!("{other:?}"),
        }
    }

    fn store(member: &mut Member<P>) -> Stored<P> {
        member.group.write_to_storage().unwrap();
        let id = member.group.group_id().to_vec();
        Stored { client: member.client.clone(), storage: member.storage.clone(), id }
    }

    fn load(stored: &Stored<P>) -> Member<P> {
        let group = stored.client.load_group(&stored.id).unwrap();
        Member { client: stored.client.clone(), storage: stored.storage.clone(), group }
    }

    fn stored_bytes(stored: &Stored<P>) -> usize {
        let state = stored.storage.state(&stored.id).unwrap().unwrap();
        let last = stored.storage.max_epoch_id(&stored.id).unwrap();
        let epochs = last.into_iter().flat_map(|last| last.saturating_sub(4)..=last);
        let epochs = epochs.filter_map(|epoch| stored.storage.epoch(&stored.id, epoch).unwrap());
        state.len() + epochs.map(|epoch| epoch.len()).sum::<usize>()
    }
}
