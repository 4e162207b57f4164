//! The group's context (§8.1).

use super::extensions::read_group_extensions;
use super::leaf_node::MLS10;
use super::limits::MAX_GROUP_ID;
use super::suite::CipherSuite;
use crate::octets::{Octets, u16_be, u64_be};
use crate::pairwise::codec::{
    Extensions, Reader, read_opaque, read_u16, read_u64, write_extensions, write_opaque,
};
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::limits::MAX_KEY;

/// GroupContext; its version is mls10.
#[derive(Clone, Debug, Default)]
pub struct GroupContext {
    /// The group's suite.
    pub cipher_suite: CipherSuite,
    /// The group.
    pub group_id: Octets,
    /// The epoch.
    pub epoch: u64,
    /// Tree hash of the root, `Nh` bytes.
    pub tree_hash: Octets,
    /// Confirmed transcript hash, `Nh` bytes, or none in epoch 0.
    pub confirmed_transcript_hash: Octets,
    /// Extensions.
    pub extensions: Extensions,
}

/// Reads a GroupContext.
pub fn read_group_context(r: Reader) -> Result<(GroupContext, Reader), ErrorClass> {
    let (version, r) = read_u16(r)?;
    check(version == MLS10, ErrorClass::UnsupportedVersion)?;
    let (cipher_suite, r) = read_u16(r)?;
    let (group_id, r) = read_opaque(r, MAX_GROUP_ID)?;
    let (epoch, r) = read_u64(r)?;
    let (tree_hash, r) = read_opaque(r, MAX_KEY)?;
    let (confirmed_transcript_hash, r) = read_opaque(r, MAX_KEY)?;
    let (extensions, r) = read_group_extensions(r)?;
    let context = GroupContext {
        cipher_suite,
        group_id,
        epoch,
        tree_hash,
        confirmed_transcript_hash,
        extensions,
    };
    Ok((context, r))
}

// ANCHOR: encode_group_context
/// `encode(GroupContext)`.
pub fn encode_group_context(context: &GroupContext) -> Octets {
    u16_be(MLS10)
        .concat(&u16_be(context.cipher_suite))
        .concat(&write_opaque(&context.group_id))
        .concat(&u64_be(context.epoch))
        .concat(&write_opaque(&context.tree_hash))
        .concat(&write_opaque(&context.confirmed_transcript_hash))
        .concat(&write_extensions(&context.extensions))
}
// ANCHOR_END: encode_group_context
