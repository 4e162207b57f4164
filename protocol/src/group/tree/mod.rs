//! The ratchet tree (RFC 9420 §4, §7, appendix C).
//!
//! A flat array of leaves and one of parents, with the tree hash of each node. A change is a [`Diff`]
//! over a tree: it holds what is new and reads through to the rest; merging one writes only that.

mod census;
mod codec;
mod diff;
mod flat;
mod hash;
mod kem;
pub(crate) mod math;
mod parent_hash;
mod private;
mod resolution;
mod verify;

pub(crate) use census::Census;
pub(crate) use codec::{decode_ratchet_tree, encode_ratchet_tree};
pub(crate) use diff::{Diff, TreeChanges};
pub(crate) use flat::{Tree, TreeView};
pub(crate) use kem::{NewPath, PathKeys, check_ciphertext_counts, decrypt_path, derive_upwards};
pub(crate) use parent_hash::set_path;
pub(crate) use private::{PrivateChanges, PrivateTree};
pub(crate) use resolution::{filtered_direct_path, resolution};
pub(crate) use verify::{KeyIndex, verify_parent_hashes, verify_structure};

use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::Malformed;
use crate::limits::{MAX_GROUP_LEAVES, MAX_KEY};
use alloc::vec::Vec;

/// `ParentNode`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParentNode {
    pub(crate) encryption_key: Vec<u8>,
    pub(crate) parent_hash: Vec<u8>,
    /// Leaf indices, ascending (`GRP-20`).
    pub(crate) unmerged_leaves: Vec<u32>,
}

impl Decode for ParentNode {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let node = Self {
            encryption_key: r.opaque(MAX_KEY)?.to_vec(),
            parent_hash: r.opaque(MAX_KEY)?.to_vec(),
            unmerged_leaves: r.list(MAX_GROUP_LEAVES, Reader::u32)?,
        };
        // §7.1: sorted in increasing order.
        crate::codec::check_ascending(&node.unmerged_leaves, |leaf| *leaf)?;
        Ok(node)
    }
}

impl Encode for ParentNode {
    fn encode(&self, w: &mut Writer) {
        w.opaque(&self.encryption_key);
        w.opaque(&self.parent_hash);
        w.length(self.unmerged_leaves.len().saturating_mul(4));
        self.unmerged_leaves.iter().for_each(|leaf| w.u32(*leaf));
    }
}
