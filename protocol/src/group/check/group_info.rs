//! Checks of who joins (RFC 9420 §12.4.3).

use super::leaf_node::known_to;
use super::proposals::check_psk_nonce;
use crate::crypto::labels::mls as labels;
use crate::error::Error;
use crate::group::crypto::Crypto;
use crate::group::error::Check;
use crate::group::policy::{GroupPolicy, MemberId};
use crate::group::suite::CipherSuite;
use crate::group::tree::{Tree, TreeView};
use crate::group::types::{
    Extension, GroupContext, GroupInfo, KeyPackage, LeafNode, MLS10, PreSharedKeyId, PskKind,
    ReInit, ResumptionUsage, Welcome,
};
use alloc::collections::BTreeSet;

/// `GJN-02`, §12.4.3.1: the suites of welcome and key package are the same.
pub(crate) fn check_welcome_suite(
    welcome: &Welcome,
    key_package: &KeyPackage,
) -> Result<CipherSuite, Error> {
    Check::WelcomeSuite.require(welcome.cipher_suite == key_package.cipher_suite)?;
    CipherSuite::from_u16(welcome.cipher_suite).ok_or(Check::WelcomeSuite.refuse())
}

/// `GJN-09`, §12.4.3.1: a resumption key with usage `reinit` or `branch` "is the only such PSK"; `GRP-32`, §12.1.4 and §12.2:
/// nonces of the right length, and no key twice.
pub(crate) fn check_welcome_psks<'a>(
    crypto: &Crypto,
    psks: &'a [PreSharedKeyId],
) -> Result<Option<&'a PreSharedKeyId>, Error> {
    let mut seen = BTreeSet::new();
    for id in psks {
        check_psk_nonce(crypto, id)?;
        Check::PskTwice.require(seen.insert(id))?;
    }
    let special = |id: &&PreSharedKeyId| {
        matches!(id.usage(), Some(ResumptionUsage::Reinit | ResumptionUsage::Branch))
    };
    let mut special = psks.iter().filter(special);
    let first = special.next();
    Check::WelcomePsks.require(special.next().is_none())?;
    Ok(first)
}

/// `GJN-03`, §12.4.3: the signature verifies with the key of the signer's leaf, which is not blank.
pub(crate) fn check_group_info_signature(
    crypto: &Crypto,
    tree: &Tree,
    info: &GroupInfo,
) -> Result<(), Error> {
    let signer = tree.leaf(info.signer).ok_or(Check::GroupInfoSigner.refuse())?;
    let (key, tbs) = (&signer.signature_key, info.tbs());
    let valid = crypto.verify(key, labels::GROUP_INFO, &tbs, &info.signature)?;
    Check::GroupInfoSignature.require(valid)
}

/// `GJN-07`, §12.4.3: "New members MUST verify that `group_id` is unique among the groups they are currently
/// participating in."
pub(crate) fn check_group_unknown(
    group_id: &[u8],
    known: &dyn Fn(&[u8]) -> bool,
) -> Result<(), Error> {
    Check::GroupKnown.require(!known(group_id))
}

/// `GJN-04`, §12.4.3.3: "the client MUST verify that the root hash of the ratchet tree matches the `tree_hash`".
pub(crate) fn check_tree_hash(tree: &Tree, context: &GroupContext) -> Result<(), Error> {
    Check::TreeHash.require(tree.tree_hash(tree.root()).as_bytes() == context.tree_hash)
}

/// `GJN-08`, §13.4: "A client joining a group MUST verify that it supports every extension in the GroupContext".
pub(crate) fn check_group_extensions(
    own: &LeafNode,
    extensions: &[Extension],
) -> Result<(), Error> {
    Check::GroupExtension.require(known_to(own, extensions))
}

/// `GJN-16`, §8.6: whether a key is of a group.
pub(crate) fn is_of_group(id: &PreSharedKeyId, old: &GroupContext) -> bool {
    matches!(&id.kind, PskKind::Resumption { group_id, .. } if *group_id == old.group_id)
}

/// `GJN-18`: whether a key is of a group's present epoch, or of the one before.
pub(crate) fn is_of_late_epoch(id: &PreSharedKeyId, old: &GroupContext) -> bool {
    let late = |epoch: u64| epoch == old.epoch || epoch.checked_add(1) == Some(old.epoch);
    matches!(&id.kind, PskKind::Resumption { epoch, .. } if late(*epoch))
}

/// `GJN-17`, §11.2: the key is the old group's, and "the `epoch` field indicates the epoch after the Commit covering the
/// ReInit".
pub(crate) fn check_reinit_psk(id: &PreSharedKeyId, old: &GroupContext) -> Result<(), Error> {
    let of = matches!(&id.kind, PskKind::Resumption { epoch, .. } if *epoch == old.epoch);
    Check::ReInitMismatch.require(of && is_of_group(id, old))
}

fn check_first_epoch(context: &GroupContext) -> Result<(), Error> {
    Check::NotFirstEpoch.require(context.epoch == 1)
}

/// `GJN-14`, §12.4.3.1, usage `reinit`: the new group is what the ReInit said, and has all members of the old one.
pub(crate) fn check_reinit(
    context: &GroupContext,
    tree: &Tree,
    reinit: &ReInit,
    old_tree: &Tree,
    policy: &GroupPolicy,
) -> Result<(), Error> {
    check_first_epoch(context)?;
    // A context that decodes is of version mls10 (GRP-17).
    let same = reinit.version == MLS10
        && context.group_id == reinit.group_id
        && context.cipher_suite == reinit.cipher_suite
        && context.extensions == reinit.extensions;
    Check::ReInitMismatch.require(same)?;
    Check::ReInitMembers.require(all_among(leaves(old_tree), leaves(tree), policy))
}

/// `GJN-15`, `GJN-18`, §12.4.3.1, usage `branch`: version and suite are the old group's, and so are the members.
pub(crate) fn check_branch(
    context: &GroupContext,
    tree: &Tree,
    (old, old_tree): (&GroupContext, &Tree),
    policy: &GroupPolicy,
) -> Result<(), Error> {
    check_first_epoch(context)?;
    Check::BranchMismatch.require(context.cipher_suite == old.cipher_suite)?;
    Check::BranchMembers.require(all_among(leaves(tree), leaves(old_tree), policy))
}

/// Whether each of some leaves is the same member as one of others.
pub(crate) fn all_among<'a>(
    leaves: impl IntoIterator<Item = &'a LeafNode>,
    others: impl IntoIterator<Item = &'a LeafNode>,
    policy: &GroupPolicy,
) -> bool {
    let id = |leaf: &LeafNode| MemberId::of(&*policy.validator, leaf);
    let others: BTreeSet<MemberId> = others.into_iter().map(id).collect();
    leaves.into_iter().all(|leaf| others.contains(&id(leaf)))
}

fn leaves(tree: &Tree) -> impl Iterator<Item = &LeafNode> {
    tree.members().map(|(_, leaf)| &**leaf)
}
