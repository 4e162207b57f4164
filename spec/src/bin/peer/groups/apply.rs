//! What a list of proposals makes of a group (§12.3). A proposal that applies to nothing changes nothing.

use super::list::Item;
use super::member::members;
use crate::wire::Stop;
use sceau_spec::group::key_package::KeyPackage;
use sceau_spec::group::leaf_node::LeafNode;
use sceau_spec::group::proposals::{Proposal, ReInit};
use sceau_spec::group::psk::PreSharedKeyId;
use sceau_spec::group::ratchet_tree::{
    LeafIndices, RatchetTree, add_leaf, leaf_at, remove_leaf, update_leaf,
};
use sceau_spec::group::tree_math::LeafIndex;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::codec::Extensions;

/// The group with the proposals applied.
#[derive(Clone)]
pub struct Applied {
    pub tree: RatchetTree,
    pub extensions: Extensions,
    /// Who was added, and where.
    pub added: Vec<(LeafIndex, KeyPackage)>,
    pub removed: Vec<LeafIndex>,
    pub updated: Vec<(LeafIndex, LeafNode)>,
    pub psks: Vec<PreSharedKeyId>,
    pub external_init: Option<Octets>,
    pub reinit: Option<ReInit>,
    /// Whether the Commit needs a path (§12.4).
    pub path_required: bool,
}

impl Applied {
    /// The added leaves.
    pub fn added_leaves(&self) -> LeafIndices {
        self.added.iter().fold(LeafIndices::new(0), |all, (leaf, _)| all.push(leaf))
    }
}

/// Applies a list. A Remove of the committer is left out: he commits, and so he stays.
pub fn apply(
    tree: &RatchetTree,
    extensions: &Extensions,
    items: &[Item],
    committer: Option<LeafIndex>,
) -> Result<Applied, Stop> {
    let mut out = Applied {
        tree: tree.clone(),
        extensions: extensions.clone(),
        added: Vec::new(),
        removed: Vec::new(),
        updated: Vec::new(),
        psks: Vec::new(),
        external_init: None,
        reinit: None,
        path_required: items.is_empty(),
    };
    for item in items {
        match &item.proposal {
            Proposal::GroupContextExtensions(extensions) => {
                out.extensions = extensions.clone();
                out.path_required = true;
            }
            Proposal::Update(leaf) => {
                out.path_required = true;
                if let Some(sender) = item.sender.filter(|sender| leaf_at(tree, *sender).is_some())
                {
                    out.tree = update_leaf(&out.tree, sender, leaf)?;
                    out.updated.push((sender, leaf.clone()));
                }
            }
            Proposal::Remove(_) | Proposal::Reserved | Proposal::Other(_, _) => {
                out.path_required = true;
            }
            Proposal::PreSharedKey(id) => out.psks.push(id.clone()),
            Proposal::ExternalInit(kem_output) => {
                out.external_init = Some(kem_output.clone());
                out.path_required = true;
            }
            Proposal::ReInit(reinit) => out.reinit = Some(reinit.clone()),
            Proposal::Add(_) => {}
        }
    }
    for item in items {
        let Proposal::Remove(leaf) = &item.proposal else { continue };
        let stays = committer == Some(*leaf);
        if !stays && leaf_at(&out.tree, *leaf).is_some() && members(&out.tree).len() > 1 {
            out.tree = remove_leaf(&out.tree, *leaf)?;
            out.removed.push(*leaf);
        }
    }
    for item in items {
        let Proposal::Add(key_package) = &item.proposal else { continue };
        let (tree, leaf) = add_leaf(&out.tree, &key_package.leaf_node)?;
        out.tree = tree;
        out.added.push((leaf, key_package.clone()));
    }
    Ok(out)
}
