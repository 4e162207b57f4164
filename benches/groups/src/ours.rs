//! Sceau's groups, with any of its suites.

use crate::library::{Library, now};
use sceau::Wire;
use sceau::crypto::Provider;
use sceau::group::{
    AcceptAny, CipherSuite, CommitOptions, Credential, Group, GroupChange, GroupParams,
    GroupPolicy, GroupRecordKey, JoinParams, LeafParams, MlsMessage, OwnKeyPackage, Proposal,
    PskStore, Received, SigningIdentity, StoredGroup,
};
use sceau_benches::stage::Counter;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Sceau with the suite of this number.
pub struct Sceau<const SUITE: u16>;

/// The suite that every library has: MLS 0x0001.
pub const COMMON: u16 = 1;
/// Sceau's default: ML-KEM-768 beside X25519.
pub const HYBRID: u16 = 0xf64a;

/// The suite of a number.
///
/// # Panics
/// For one that Sceau does not have.
#[must_use]
pub fn suite(number: u16) -> CipherSuite {
    CipherSuite::from_u16(number).unwrap()
}

/// A generator that none had before.
#[must_use]
pub fn rng() -> Counter {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Counter(NEXT.fetch_add(1, Ordering::Relaxed) << 40)
}

/// What every leaf says: no GREASE, at which openmls 0.9 takes offence in key packages.
#[must_use]
pub fn leaf() -> LeafParams {
    let now = now();
    let mut leaf = LeafParams::new(now - 3_600, now + 28 * 86_400);
    leaf.grease = false;
    leaf
}

/// Every credential is accepted, as by the peers here.
#[must_use]
pub fn policy() -> GroupPolicy {
    let mut policy = GroupPolicy::interoperable(AcceptAny);
    policy.external_commits = true;
    policy
}

/// Somebody with a key package.
pub struct Person {
    /// Who it is.
    pub identity: SigningIdentity,
    /// The key package, with its private keys.
    pub package: OwnKeyPackage,
}

impl Person {
    /// Of an identity.
    #[must_use]
    pub fn new(suite: CipherSuite, identity: SigningIdentity) -> Self {
        let (provider, mut rng) = (Provider::default(), rng());
        let package =
            OwnKeyPackage::generate(suite, &identity, &leaf(), vec![], &provider, &mut rng);
        Self { identity, package: package.unwrap() }
    }
}

/// A member.
pub struct Member {
    /// Its group.
    pub group: Group,
    /// Its randomness.
    pub rng: Counter,
}

/// The records of a group.
pub type Stored = BTreeMap<GroupRecordKey, Vec<u8>>;

/// The records of changes that are not deletions.
#[must_use]
pub fn records<'a>(changes: impl IntoIterator<Item = &'a GroupChange>) -> Stored {
    let record = |change: &GroupChange| Some((change.key().clone(), change.body()?.to_vec()));
    changes.into_iter().filter_map(record).collect()
}

/// Bytes of records with their keys.
#[must_use]
pub fn bytes(records: &Stored) -> usize {
    records.iter().map(|(key, body)| key.to_bytes().len() + body.len()).sum()
}

impl<const SUITE: u16> Library for Sceau<SUITE> {
    const NAME: &'static str = "Sceau";
    type Person = Person;
    type Member = Member;
    type Stored = Stored;

    fn person(name: &str) -> Person {
        let (suite, credential) = (suite(SUITE), Credential::Basic(name.as_bytes().to_vec()));
        let identity =
            SigningIdentity::generate(suite, credential, &Provider::default(), &mut rng());
        Person::new(suite, identity.unwrap())
    }

    fn key_package(person: &Person) -> Vec<u8> {
        MlsMessage::KeyPackage(Box::new(person.package.key_package().clone())).to_bytes()
    }

    fn create(person: &Person, key_packages: &[Vec<u8>]) -> (Member, Vec<u8>) {
        let (now, mut rng) = (now(), rng());
        let add = |package: &Vec<u8>| match MlsMessage::from_bytes(package).unwrap() {
            MlsMessage::KeyPackage(package) => Proposal::Add(package),
            other => panic!("{other:?}"),
        };
        let adds = key_packages.iter().map(add).collect();
        let params = GroupParams::new(suite(SUITE), leaf(), policy());
        let identity = person.identity.clone();
        let mut group = Group::create(params, identity, now, &mut rng).unwrap();
        let options = CommitOptions::new(adds);
        let output = group.commit(&options, &PskStore::new(), now, &mut rng).unwrap();
        group.merge_pending().unwrap();
        (Member { group, rng }, output.welcome.unwrap())
    }

    fn before_joining(person: &Person) -> Person {
        let record = person.package.to_record();
        let package = OwnKeyPackage::from_record(&record, &Provider::default()).unwrap();
        Person { identity: person.identity.clone(), package }
    }

    fn join(person: &Person, welcome: &[u8]) -> Member {
        let psks = PskStore::new();
        let params = JoinParams::new(policy(), &psks);
        let group = Group::join(welcome, &[&person.package], params, now()).unwrap().0;
        Member { group, rng: rng() }
    }

    fn commit(member: &mut Member) -> Vec<u8> {
        let options = CommitOptions::default();
        let output = member.group.commit(&options, &PskStore::new(), now(), &mut member.rng);
        output.unwrap().commit
    }

    fn clear(member: &mut Member) {
        member.group.clear_pending().unwrap();
    }

    fn merge(member: &mut Member) {
        member.group.merge_pending().unwrap();
    }

    /// Which records have changed is remembered until they are taken.
    fn settle(member: &mut Member) {
        let _ = member.group.take_changes();
    }

    fn process(member: &mut Member, commit: &[u8]) {
        match member.group.receive(commit, &PskStore::new(), now()).unwrap() {
            Received::Commit(staged) => member.group.merge(*staged).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn encrypt(member: &mut Member, data: &[u8]) -> Vec<u8> {
        member.group.encrypt(data, b"", &mut member.rng).unwrap()
    }

    fn decrypt(member: &mut Member, message: &[u8]) -> Vec<u8> {
        match member.group.receive(message, &PskStore::new(), now()).unwrap() {
            Received::Application { data, .. } => data,
            other => panic!("{other:?}"),
        }
    }

    fn store(member: &mut Member) -> Stored {
        records(&member.group.export_state())
    }

    fn load(stored: &Stored) -> Member {
        let records = stored.iter().map(|(key, body)| (key, body.as_slice()));
        let group = Group::import(records, policy(), &Provider::default()).unwrap();
        Member { group, rng: rng() }
    }

    fn decrypt_stored(stored: &Stored, message: &[u8]) -> Vec<u8> {
        let get = |key: &GroupRecordKey| stored.get(key).map(Vec::as_slice);
        let (head, epoch) = (GroupRecordKey::head(), GroupRecordKey::epoch());
        let (head, epoch) = (get(&head).unwrap(), get(&epoch).unwrap());
        let group = StoredGroup::open(head, epoch, [], policy(), &Provider::default()).unwrap();
        let keys = group.needs(message).unwrap();
        let records = keys.iter().filter_map(|key| Some((key, get(key)?)));
        match group.read(message, records, now()).unwrap().0 {
            Received::Application { data, .. } => data,
            other => panic!("{other:?}"),
        }
    }

    fn stored_bytes(stored: &Stored) -> usize {
        bytes(stored)
    }
}
