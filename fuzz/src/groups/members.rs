//! Members, what they store and what they send.

use super::{NOW, SUITE};
use crate::history::tape::Tape;
use sceau::Wire;
use sceau::crypto::{Provider, Secret};
use sceau::group::{
    AcceptAny, Commit, Content, Credential, Extension, Group, GroupPolicy, GroupRecordKey,
    LeafParams, MlsMessage, OwnKeyPackage, Proposal, PskStore, SigningIdentity,
};
use std::collections::BTreeMap;

pub type Records = BTreeMap<GroupRecordKey, Vec<u8>>;

pub fn policy() -> GroupPolicy {
    let mut policy = GroupPolicy::interoperable(AcceptAny);
    policy.external_commits = true;
    policy.external_proposals = true;
    policy.external_pub = true;
    policy
}

pub fn psks() -> PskStore {
    let mut psks = PskStore::new();
    psks.insert_external(b"known", Secret::from_slice(&[7; 32]));
    psks
}

pub fn records(group: &Group) -> Records {
    let change = |change: &sceau::group::GroupChange| {
        (change.key().clone(), change.body().expect("a record").to_vec())
    };
    group.export_state().iter().map(change).collect()
}

pub fn load(records: &Records) -> Group {
    let records = records.iter().map(|(key, body)| (key, body.as_slice()));
    Group::import(records, policy(), &Provider::Default).expect("an export")
}

pub fn identity(name: &[u8], rng: &mut Tape) -> SigningIdentity {
    let credential = Credential::Basic(name.to_vec());
    SigningIdentity::generate(SUITE, credential, &Provider::Default, rng).expect("a key")
}

pub fn leaf() -> LeafParams {
    LeafParams::new(NOW - 10, NOW + 1_000)
}

pub fn package(name: &[u8], rng: &mut Tape) -> OwnKeyPackage {
    let identity = identity(name, rng);
    OwnKeyPackage::generate(SUITE, &identity, &leaf(), vec![], &Provider::Default, rng)
        .expect("a key package")
}

pub fn add(own: &OwnKeyPackage) -> Proposal {
    Proposal::Add(Box::new(own.key_package().clone()))
}

/// The commit of an encoded public message.
pub fn commit_of(message: &[u8]) -> Commit {
    match MlsMessage::from_bytes(message) {
        Ok(MlsMessage::Public(message)) => match message.content.content {
            Content::Commit(commit) => *commit,
            _ => unreachable!(),
        },
        _ => unreachable!(),
    }
}

pub fn extensions(list: &[(u16, Vec<u8>)]) -> Vec<Extension> {
    list.iter().map(|(value, data)| Extension::new(*value, data.clone())).collect()
}
