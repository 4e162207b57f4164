//! Checks of a commit beside its proposals (RFC 9420 §12.4).

use crate::error::Error;
use crate::group::error::Check;
use crate::group::tree::{Diff, TreeView, math};
use crate::group::types::{Commit, GroupContext, Proposal, ProposalOrRef, UpdatePath};
use alloc::collections::BTreeSet;

/// §8.1: the next epoch has the next number.
pub(crate) fn check_next_epoch(context: &GroupContext) -> Result<(), Error> {
    Check::LastEpoch.require(context.epoch < u64::MAX)
}

/// `GRP-87`, §12.4: the path is there where there are no proposals, or one that requires it.
pub(crate) fn check_path_present<'a>(
    commit: &Commit,
    mut proposals: impl Iterator<Item = &'a Proposal>,
) -> Result<(), Error> {
    let required = commit.proposals.is_empty() || proposals.any(Proposal::requires_path);
    Check::PathMissing.require(commit.path.is_some() || !required)
}

/// `GRP-26`, §7.5: a node for each of the filtered direct path.
pub(crate) fn check_path_length(path: &UpdatePath, filtered: &[(u32, u32)]) -> Result<(), Error> {
    Check::PathLength.require(path.nodes.len() == filtered.len())
}

/// `GRP-90`, §12.4.2: "none of the public keys in the UpdatePath appear in any node of the new ratchet tree": here
/// those on the committer's own path, which the path replaces, and each other; the rest of the tree is
/// compared after the path was merged.
pub(crate) fn check_path_keys_new(
    diff: &Diff<'_>,
    leaf: u32,
    path: &UpdatePath,
) -> Result<(), Error> {
    let own = core::iter::once(math::leaf_node(leaf))
        .chain(math::direct_path(math::leaf_node(leaf), diff.size()));
    let replaced: BTreeSet<&[u8]> = own.filter_map(|node| diff.public_key(node)).collect();
    let new = path.nodes.iter().map(|node| &node.encryption_key);
    let mut seen = BTreeSet::new();
    for key in new.chain([&path.leaf_node.encryption_key]) {
        let fresh = seen.insert(key.as_slice()) && !replaced.contains(key.as_slice());
        Check::PathKeyReused.require(fresh)?;
    }
    Ok(())
}

/// `GRP-82`, `GRP-87`, §12.4.3.2: an external commit has a path, and no proposals by reference.
pub(crate) fn check_external_commit_form(commit: &Commit) -> Result<(), Error> {
    Check::PathMissing.require(commit.path.is_some())?;
    let by_value = |p: &ProposalOrRef| matches!(p, ProposalOrRef::Proposal(_));
    Check::ExternalReference.require(commit.proposals.iter().all(by_value))
}
