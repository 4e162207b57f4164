//! The tree as it travels: `optional<Node> ratchet_tree<V>` (RFC 9420 §12.4.3.3).

use super::{ParentNode, Tree, TreeView, math};
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Malformed};
use crate::group::error::Check;
use crate::group::types::LeafNode;
use crate::limits::MAX_GROUP_LEAVES;
use alloc::sync::Arc;
use alloc::vec::Vec;

const LEAF: u8 = 1;
const PARENT: u8 = 2;

/// Decodes a tree (`GRP-20`), whose last node must not be blank, and extends it to a full one. Its hashes are not
/// computed, nothing is verified.
///
/// # Errors
/// [`Malformed`]; [`Check::TreeEncoding`].
pub(crate) fn decode_ratchet_tree(bytes: &[u8]) -> Result<Tree, Error> {
    let mut outer = Reader::new(bytes);
    let mut r = Reader::new(outer.opaque(u32::MAX)?);
    outer.finish()?;
    let (mut leaves, mut parents) = (Vec::new(), Vec::new());
    let mut blank = true;
    let mut index = 0u32;
    while !r.is_empty() {
        if index >= math::node_count(MAX_GROUP_LEAVES) {
            return Err(Malformed::TooLong.into());
        }
        let is_leaf = index & 1 == 0;
        let present = r.optional(|r| {
            let node_type = r.u8()?;
            if !matches!(node_type, LEAF | PARENT) {
                return Err(Malformed::Enumeration);
            }
            if (node_type == LEAF) != is_leaf {
                return Err(Malformed::Value);
            }
            if is_leaf {
                leaves.push(Some(Arc::new(LeafNode::decode(r)?)));
            } else {
                parents.push(Some(Arc::new(ParentNode::decode(r)?)));
            }
            Ok(())
        })?;
        blank = present.is_none();
        if blank && is_leaf {
            leaves.push(None);
        } else if blank {
            parents.push(None);
        }
        index = index.saturating_add(1);
    }
    check_last_node_present(blank)?;
    let count = u32::try_from(leaves.len().max(parents.len().saturating_add(1)));
    let size = count.ok().and_then(math::full_size).ok_or(Malformed::TooLong)?;
    leaves.resize(usize::try_from(size).map_err(|_| Malformed::TooLong)?, None);
    parents.resize(leaves.len().saturating_sub(1), None);
    Ok(Tree::from_nodes(leaves, parents))
}

/// `GRP-20`, RFC 9420 §12.4.3.3: "The receiver MUST check that the last node in `ratchet_tree` is non-blank".
fn check_last_node_present(blank: bool) -> Result<(), Error> {
    Check::TreeEncoding.require(!blank)
}

/// Encodes a tree without the blank nodes at its end.
pub(crate) fn encode_ratchet_tree(tree: &impl TreeView) -> Vec<u8> {
    let nodes = math::node_count(tree.size());
    let count = (0..nodes)
        .rev()
        .find(|node| !tree.is_blank(*node))
        .map_or(0, |node| node.saturating_add(1));
    let mut w = Writer::with_capacity(usize::try_from(count).unwrap_or(0).saturating_mul(256));
    w.vector(|w| (0..count).for_each(|node| encode_node(w, tree, node)));
    w.into_bytes()
}

fn encode_node(w: &mut Writer, tree: &impl TreeView, node: u32) {
    match math::leaf_of(node) {
        Some(leaf) => w.optional(tree.leaf(leaf), |w, leaf| {
            w.u8(LEAF);
            leaf.encode(w);
        }),
        None => w.optional(tree.parent(node), |w, parent| {
            w.u8(PARENT);
            parent.encode(w);
        }),
    }
}
