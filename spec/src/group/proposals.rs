//! Proposals (§12.1).

use super::extensions::read_group_extensions;
use super::key_package::{KeyPackage, encode_key_package, read_key_package};
use super::known_types::check_known_proposal;
use super::leaf_node::{LeafNode, encode_leaf_node, read_leaf_node};
use super::limits::MAX_GROUP_ID;
use super::psk::{PreSharedKeyId, encode_psk_id, read_psk_id};
use super::suite::CipherSuite;
use super::tree_math::LeafIndex;
use crate::octets::{Octets, empty, u16_be, u32_be};
use crate::pairwise::codec::{
    Extensions, Reader, finish, read_opaque, read_u16, read_u32, reader, write_extensions,
    write_opaque,
};
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::limits::{MAX_KEY, MAX_MESSAGE};

/// Proposal type `add` (§17.4).
pub const ADD: u16 = 0x0001;
/// Proposal type `update` (§17.4).
pub const UPDATE: u16 = 0x0002;
/// Proposal type `remove` (§17.4).
pub const REMOVE: u16 = 0x0003;
/// Proposal type `psk` (§17.4).
pub const PSK: u16 = 0x0004;
/// Proposal type `reinit` (§17.4).
pub const REINIT: u16 = 0x0005;
/// Proposal type `external_init` (§17.4).
pub const EXTERNAL_INIT: u16 = 0x0006;
/// Proposal type `group_context_extensions` (§17.4).
pub const GROUP_CONTEXT_EXTENSIONS: u16 = 0x0007;

/// ReInit (§12.1.5).
#[derive(Clone, Debug, Default)]
pub struct ReInit {
    /// The new group.
    pub group_id: Octets,
    /// Its version.
    pub version: u16,
    /// Its suite.
    pub cipher_suite: CipherSuite,
    /// Its extensions.
    pub extensions: Extensions,
}

/// Proposal.
#[derive(Clone, Debug, Default)]
pub enum Proposal {
    /// Reserved: no proposal.
    #[default]
    Reserved,
    /// Adds the client of a KeyPackage (§12.1.1).
    Add(KeyPackage),
    /// Replaces the sender's leaf (§12.1.2).
    Update(LeafNode),
    /// Removes a member (§12.1.3).
    Remove(LeafIndex),
    /// Injects a PSK (§12.1.4).
    PreSharedKey(PreSharedKeyId),
    /// Begins the group anew (§12.1.5).
    ReInit(ReInit),
    /// Carries the KEM output of an external Commit (§12.1.6).
    ExternalInit(Octets),
    /// Replaces the group's extensions (§12.1.7).
    GroupContextExtensions(Extensions),
    /// A type that is not known here, and its `opaque<V>` (`[GRP-18]`).
    Other(u16, Octets),
}

/// The type of a proposal.
pub fn proposal_type(proposal: &Proposal) -> u16 {
    match proposal {
        Proposal::Reserved => 0,
        Proposal::Add(_) => ADD,
        Proposal::Update(_) => UPDATE,
        Proposal::Remove(_) => REMOVE,
        Proposal::PreSharedKey(_) => PSK,
        Proposal::ReInit(_) => REINIT,
        Proposal::ExternalInit(_) => EXTERNAL_INIT,
        Proposal::GroupContextExtensions(_) => GROUP_CONTEXT_EXTENSIONS,
        Proposal::Other(proposal_type, _) => *proposal_type,
    }
}

/// Reads what follows the type: of one that RFC 9420 does not define an `opaque<V>`; 0 is no type.
/// See also [GDS-45], [GRP-18], [LIM-01].
pub fn read_proposal_content(
    proposal_type: u16,
    r: Reader,
) -> Result<(Proposal, Reader), ErrorClass> {
    match proposal_type {
        ADD => {
            let (key_package, r) = read_key_package(r)?;
            Ok((Proposal::Add(key_package), r))
        }
        UPDATE => {
            let (leaf_node, r) = read_leaf_node(r)?;
            Ok((Proposal::Update(leaf_node), r))
        }
        REMOVE => {
            let (removed, r) = read_u32(r)?;
            Ok((Proposal::Remove(removed), r))
        }
        PSK => {
            let (id, r) = read_psk_id(r)?;
            Ok((Proposal::PreSharedKey(id), r))
        }
        REINIT => {
            let (group_id, r) = read_opaque(r, MAX_GROUP_ID)?;
            let (version, r) = read_u16(r)?;
            let (cipher_suite, r) = read_u16(r)?;
            let (extensions, r) = read_group_extensions(r)?;
            Ok((Proposal::ReInit(ReInit { group_id, version, cipher_suite, extensions }), r))
        }
        EXTERNAL_INIT => {
            let (kem_output, r) = read_opaque(r, MAX_KEY)?;
            Ok((Proposal::ExternalInit(kem_output), r))
        }
        GROUP_CONTEXT_EXTENSIONS => {
            let (extensions, r) = read_group_extensions(r)?;
            Ok((Proposal::GroupContextExtensions(extensions), r))
        }
        _ => {
            check(proposal_type != 0, ErrorClass::Malformed)?;
            let (content, r) = read_opaque(r, MAX_MESSAGE)?;
            Ok((Proposal::Other(proposal_type, content), r))
        }
    }
}

/// Reads a Proposal.
pub fn read_proposal(r: Reader) -> Result<(Proposal, Reader), ErrorClass> {
    let (proposal_type, r) = read_u16(r)?;
    read_proposal_content(proposal_type, r)
}

/// Decodes a Proposal. A type that is not known is refused (`[GRP-18]`).
pub fn decode_proposal(bytes: &Octets) -> Result<Proposal, ErrorClass> {
    let (proposal, r) = read_proposal(reader(bytes))?;
    finish(&r)?;
    check_known_proposal(&proposal)?;
    Ok(proposal)
}

/// The encoding of what follows the type.
pub fn encode_proposal_content(proposal: &Proposal) -> Octets {
    match proposal {
        Proposal::Reserved => empty(),
        Proposal::Add(key_package) => encode_key_package(key_package),
        Proposal::Update(leaf_node) => encode_leaf_node(leaf_node),
        Proposal::Remove(removed) => u32_be(*removed),
        Proposal::PreSharedKey(id) => encode_psk_id(id),
        Proposal::ReInit(reinit) => write_opaque(&reinit.group_id)
            .concat(&u16_be(reinit.version))
            .concat(&u16_be(reinit.cipher_suite))
            .concat(&write_extensions(&reinit.extensions)),
        Proposal::ExternalInit(kem_output) => write_opaque(kem_output),
        Proposal::GroupContextExtensions(extensions) => write_extensions(extensions),
        Proposal::Other(_, content) => write_opaque(content),
    }
}

/// `encode(Proposal)`.
pub fn encode_proposal(proposal: &Proposal) -> Octets {
    u16_be(proposal_type(proposal)).concat(&encode_proposal_content(proposal))
}
