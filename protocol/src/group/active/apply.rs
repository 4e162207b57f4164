//! Applying a list of proposals to tree and context (RFC 9420 §12.3).

use crate::error::Error;
use crate::group::check::{ListedProposal, check_types_supported};
use crate::group::tree::Diff;
use crate::group::types::{Extension, KeyPackage, LeafNode, PreSharedKeyId, Proposal, ReInit};
use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// What a list does beside changing the tree.
#[derive(Debug, Default)]
pub(crate) struct Applied<'a> {
    /// The new extensions of the context, if they change.
    pub(crate) extensions: Option<&'a [Extension]>,
    /// Each Add's leaf, in order.
    pub(crate) added: Vec<(u32, &'a KeyPackage)>,
    pub(crate) new_leaves: BTreeSet<u32>,
    pub(crate) updated: Vec<u32>,
    pub(crate) removed: Vec<u32>,
    pub(crate) psks: Vec<PreSharedKeyId>,
    pub(crate) external_init: Option<&'a [u8]>,
    pub(crate) reinit: Option<&'a ReInit>,
}

/// Applies a list that was checked, in the order of `GRP-83` and §12.3: Updates, Removes, Adds.
pub(crate) fn apply_proposals<'a>(
    diff: &mut Diff<'_>,
    proposals: &[ListedProposal<'a>],
) -> Result<Applied<'a>, Error> {
    let mut applied = Applied::default();
    for listed in proposals {
        match listed.proposal {
            Proposal::Update(leaf_node) => {
                if let Some(leaf) = listed.sender.leaf() {
                    diff.update_leaf(leaf, Arc::new(LeafNode::clone(leaf_node)));
                    applied.updated.push(leaf);
                }
            }
            Proposal::PreSharedKey(id) => applied.psks.push(id.clone()),
            Proposal::ReInit(reinit) => applied.reinit = Some(reinit),
            Proposal::ExternalInit(kem_output) => applied.external_init = Some(kem_output),
            Proposal::GroupContextExtensions(extensions) => applied.extensions = Some(extensions),
            Proposal::Add(_) | Proposal::Remove(_) | Proposal::Custom { .. } => {}
        }
    }
    for listed in proposals {
        if let Proposal::Remove(removed) = listed.proposal {
            diff.remove_leaf(*removed);
            applied.removed.push(*removed);
        }
    }
    check_types_supported(diff, proposals)?;
    if !applied.removed.is_empty() {
        diff.truncate();
    }
    let mut from = 0;
    for listed in proposals {
        if let Proposal::Add(key_package) = listed.proposal {
            let leaf = diff.blank_from(from)?;
            diff.add_leaf(leaf, Arc::new(key_package.leaf_node.clone()));
            applied.added.push((leaf, key_package));
            applied.new_leaves.insert(leaf);
            from = leaf;
        }
    }
    Ok(applied)
}
