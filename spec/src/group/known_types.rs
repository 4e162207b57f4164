//! Types of proposals and credentials that are known here: those of RFC 9420, and Sceau's own credential. Of another
//! one the content is read as an `opaque<V>`; outside of a bundle it is refused.

use super::commit::{Commit, ProposalOrRef};
use super::credentials::Credential;
use super::framing::Content;
use super::leaf_node::LeafNode;
use super::proposals::Proposal;
use crate::pairwise::error::ErrorClass;

// ANCHOR: known_types
/// Refuses a credential of a type that is not known (`[GRP-18]`).
pub fn check_known_credential(credential: &Credential) -> Result<(), ErrorClass> {
    match credential {
        Credential::Other(_, _) => Err(ErrorClass::Malformed),
        _ => Ok(()),
    }
}

/// Refuses a leaf with such a credential.
pub fn check_known_leaf(leaf: &LeafNode) -> Result<(), ErrorClass> {
    check_known_credential(&leaf.credential)
}

/// Refuses a proposal of a type that is not known, and one with such a credential (`[GRP-18]`).
pub fn check_known_proposal(proposal: &Proposal) -> Result<(), ErrorClass> {
    match proposal {
        Proposal::Other(_, _) => Err(ErrorClass::Malformed),
        Proposal::Add(key_package) => check_known_leaf(&key_package.leaf_node),
        Proposal::Update(leaf) => check_known_leaf(leaf),
        _ => Ok(()),
    }
}

/// Refuses a Commit that has such a proposal or credential in it.
pub fn check_known_commit(commit: &Commit) -> Result<(), ErrorClass> {
    for i in 0..commit.proposals.len() {
        match &commit.proposals[i] {
            ProposalOrRef::Proposal(proposal) => check_known_proposal(proposal)?,
            _ => {}
        }
    }
    match &commit.path {
        Some(path) => check_known_leaf(&path.leaf_node),
        None => Ok(()),
    }
}

/// Refuses a content that has such a proposal or credential in it.
pub fn check_known_content(content: &Content) -> Result<(), ErrorClass> {
    match content {
        Content::Proposal(proposal) => check_known_proposal(proposal),
        Content::Commit(commit) => check_known_commit(commit),
        _ => Ok(()),
    }
}
// ANCHOR_END: known_types
