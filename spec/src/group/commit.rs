//! Commits (§12.4) and the update paths in them (§7.6).

use super::hpke::HpkeCiphertext;
use super::known_types::check_known_commit;
use super::leaf_node::{LeafNode, encode_leaf_node, read_leaf_node};
use super::limits::{MAX_GROUP_PATH, MAX_GROUP_PROPOSALS, MAX_GROUP_PSKS, MAX_GROUP_SECRETS};
use super::proposals::{Proposal, encode_proposal, read_proposal};
use crate::octets::{Octets, byte, empty};
use crate::pairwise::codec::{
    Reader, at_end, finish, read_opaque, read_presence, read_u8, read_vector, reader, write_opaque,
};
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::limits::MAX_KEY;
use hacspec_lib::*;

/// ProposalOrRefType `proposal`.
pub const BY_VALUE: u8 = 1;
/// ProposalOrRefType `reference`.
pub const BY_REFERENCE: u8 = 2;

/// ProposalOrRef.
#[derive(Clone, Debug, Default)]
pub enum ProposalOrRef {
    /// Reserved: nothing.
    #[default]
    Reserved,
    /// A proposal of the committer.
    Proposal(Proposal),
    /// The ProposalRef of one that was sent before.
    Reference(Octets),
}

/// A list of proposals and references.
pub type ProposalsOrRefs = Seq<ProposalOrRef>;
/// A list of ciphertexts.
pub type HpkeCiphertexts = Seq<HpkeCiphertext>;

/// UpdatePathNode.
#[derive(Clone, Debug, Default)]
pub struct UpdatePathNode {
    /// The node's new public key.
    pub encryption_key: Octets,
    /// The node's path secret, for each node of the copath child's resolution.
    pub encrypted_path_secret: HpkeCiphertexts,
}

/// The nodes of a filtered direct path, from below.
pub type UpdatePathNodes = Seq<UpdatePathNode>;

/// UpdatePath.
#[derive(Clone, Debug, Default)]
pub struct UpdatePath {
    /// The committer's new leaf.
    pub leaf_node: LeafNode,
    /// The nodes above it.
    pub nodes: UpdatePathNodes,
}

/// Commit.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// What is committed.
    pub proposals: ProposalsOrRefs,
    /// The path, if there is one.
    pub path: Option<UpdatePath>,
}

/// Reads an HPKECiphertext.
pub fn read_hpke_ciphertext(r: Reader) -> Result<(HpkeCiphertext, Reader), ErrorClass> {
    let (kem_output, r) = read_opaque(r, MAX_KEY)?;
    let (ciphertext, r) = read_opaque(r, MAX_GROUP_SECRETS)?;
    Ok((HpkeCiphertext { kem_output, ciphertext }, r))
}

/// `encode(HPKECiphertext)`.
pub fn encode_hpke_ciphertext(sealed: &HpkeCiphertext) -> Octets {
    write_opaque(&sealed.kem_output).concat(&write_opaque(&sealed.ciphertext))
}

/// Reads a ProposalOrRef.
fn read_proposal_or_ref(r: Reader) -> Result<(ProposalOrRef, Reader), ErrorClass> {
    let (kind, r) = read_u8(r)?;
    match kind {
        BY_VALUE => {
            let (proposal, r) = read_proposal(r)?;
            Ok((ProposalOrRef::Proposal(proposal), r))
        }
        BY_REFERENCE => {
            let (reference, r) = read_opaque(r, MAX_KEY)?;
            Ok((ProposalOrRef::Reference(reference), r))
        }
        _ => Err(ErrorClass::Malformed),
    }
}

/// `encode(ProposalOrRef)`.
fn encode_proposal_or_ref(item: &ProposalOrRef) -> Octets {
    match item {
        ProposalOrRef::Reserved => byte(0),
        ProposalOrRef::Proposal(proposal) => byte(BY_VALUE).concat(&encode_proposal(proposal)),
        ProposalOrRef::Reference(reference) => byte(BY_REFERENCE).concat(&write_opaque(reference)),
    }
}

/// Reads an UpdatePathNode.
fn read_update_path_node(r: Reader) -> Result<(UpdatePathNode, Reader), ErrorClass> {
    let (encryption_key, r) = read_opaque(r, MAX_KEY)?;
    let (mut inner, r) = read_vector(r)?;
    let mut encrypted_path_secret = HpkeCiphertexts::new(0);
    for _i in 0..inner.bytes.len() {
        if !at_end(&inner) {
            let (sealed, rest) = read_hpke_ciphertext(inner)?;
            encrypted_path_secret = encrypted_path_secret.push_owned(sealed);
            inner = rest;
        }
    }
    Ok((UpdatePathNode { encryption_key, encrypted_path_secret }, r))
}

/// `encode(UpdatePathNode)`.
fn encode_update_path_node(node: &UpdatePathNode) -> Octets {
    let mut body = empty();
    for i in 0..node.encrypted_path_secret.len() {
        body = body.concat_owned(encode_hpke_ciphertext(&node.encrypted_path_secret[i]));
    }
    write_opaque(&node.encryption_key).concat(&write_opaque(&body))
}

/// Reads an UpdatePath.
/// See also [LIM-01].
pub fn read_update_path(r: Reader) -> Result<(UpdatePath, Reader), ErrorClass> {
    let (leaf_node, r) = read_leaf_node(r)?;
    let (mut inner, r) = read_vector(r)?;
    let mut nodes = UpdatePathNodes::new(0);
    for _i in 0..inner.bytes.len() {
        if !at_end(&inner) {
            let (node, rest) = read_update_path_node(inner)?;
            nodes = nodes.push_owned(node);
            inner = rest;
        }
    }
    check(nodes.len() <= MAX_GROUP_PATH, ErrorClass::Malformed)?;
    Ok((UpdatePath { leaf_node, nodes }, r))
}

/// `encode(UpdatePath)`.
pub fn encode_update_path(path: &UpdatePath) -> Octets {
    let mut body = empty();
    for i in 0..path.nodes.len() {
        body = body.concat_owned(encode_update_path_node(&path.nodes[i]));
    }
    encode_leaf_node(&path.leaf_node).concat(&write_opaque(&body))
}

/// How many PSKs are brought in by the proposals that a Commit has by value.
fn psks_by_value(proposals: &ProposalsOrRefs) -> usize {
    let mut count = 0;
    for i in 0..proposals.len() {
        match &proposals[i] {
            ProposalOrRef::Proposal(Proposal::PreSharedKey(_)) => count += 1,
            _ => {}
        }
    }
    count
}

/// Reads a Commit.
/// See also [LIM-01].
pub fn read_commit(r: Reader) -> Result<(Commit, Reader), ErrorClass> {
    let (mut inner, r) = read_vector(r)?;
    let mut proposals = ProposalsOrRefs::new(0);
    for _i in 0..inner.bytes.len() {
        if !at_end(&inner) {
            let (item, rest) = read_proposal_or_ref(inner)?;
            proposals = proposals.push_owned(item);
            inner = rest;
        }
    }
    check(proposals.len() <= MAX_GROUP_PROPOSALS, ErrorClass::Malformed)?;
    check(psks_by_value(&proposals) <= MAX_GROUP_PSKS, ErrorClass::Malformed)?;
    let (present, r) = read_presence(r)?;
    if present {
        let (path, r) = read_update_path(r)?;
        Ok((Commit { proposals, path: Some(path) }, r))
    } else {
        Ok((Commit { proposals, path: None }, r))
    }
}

/// Decodes a Commit. A type that is not known is refused (`[GRP-18]`).
pub fn decode_commit(bytes: &Octets) -> Result<Commit, ErrorClass> {
    let (commit, r) = read_commit(reader(bytes))?;
    finish(&r)?;
    check_known_commit(&commit)?;
    Ok(commit)
}

/// `encode(Commit)`.
pub fn encode_commit(commit: &Commit) -> Octets {
    let mut body = empty();
    for i in 0..commit.proposals.len() {
        body = body.concat_owned(encode_proposal_or_ref(&commit.proposals[i]));
    }
    let path = match &commit.path {
        Some(path) => byte(1).concat(&encode_update_path(path)),
        None => byte(0),
    };
    write_opaque(&body).concat(&path)
}
