//! Leaf nodes (RFC 9420 §7.2).

use super::extension::decode_extensions;
use super::key_package::Lifetime;
use super::{Capabilities, Credential, Extension};
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::Malformed;
use crate::limits::{MAX_KEY, MAX_SIGNATURE};
use alloc::vec::Vec;

/// `leaf_node_source` with what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeafNodeSource {
    /// From a key package.
    KeyPackage(Lifetime),
    /// From an Update proposal.
    Update,
    /// From the path of a commit: the parent hash.
    Commit(Vec<u8>),
}

/// `LeafNode`: a member's appearance in the group, signed by it. As received, not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeafNode {
    /// HPKE public key.
    pub encryption_key: Vec<u8>,
    /// Public key of the signatures on its messages.
    pub signature_key: Vec<u8>,
    /// Who it is.
    pub credential: Credential,
    /// What it supports.
    pub capabilities: Capabilities,
    /// Where it comes from.
    pub source: LeafNodeSource,
    /// Its extensions.
    pub extensions: Vec<Extension>,
    /// `SignWithLabel(., "LeafNodeTBS", LeafNodeTBS)`
    pub signature: Vec<u8>,
}

impl LeafNode {
    fn encode_unsigned(&self, w: &mut Writer) {
        w.opaque(&self.encryption_key);
        w.opaque(&self.signature_key);
        w.item(&self.credential);
        w.item(&self.capabilities);
        match &self.source {
            LeafNodeSource::KeyPackage(lifetime) => {
                w.u8(1);
                w.item(lifetime);
            }
            LeafNodeSource::Update => w.u8(2),
            LeafNodeSource::Commit(parent_hash) => {
                w.u8(3);
                w.opaque(parent_hash);
            }
        }
        w.list(&self.extensions, Writer::item);
    }
}

/// `LeafNodeTBS`: group id and leaf index count for sources `update` and `commit` only.
pub(crate) fn leaf_node_tbs(leaf: &LeafNode, group_id: &[u8], leaf_index: u32) -> Vec<u8> {
    let mut w = Writer::with_capacity(512);
    leaf.encode_unsigned(&mut w);
    if !matches!(leaf.source, LeafNodeSource::KeyPackage(_)) {
        w.opaque(group_id);
        w.u32(leaf_index);
    }
    w.into_bytes()
}

impl Decode for LeafNode {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            encryption_key: r.opaque(MAX_KEY)?.to_vec(),
            signature_key: r.opaque(MAX_KEY)?.to_vec(),
            credential: Credential::decode(r)?,
            capabilities: Capabilities::decode(r)?,
            source: match r.u8()? {
                1 => LeafNodeSource::KeyPackage(Lifetime::decode(r)?),
                2 => LeafNodeSource::Update,
                3 => LeafNodeSource::Commit(r.opaque(MAX_KEY)?.to_vec()),
                _ => return Err(Malformed::Enumeration),
            },
            extensions: decode_extensions(r)?,
            signature: r.opaque(MAX_SIGNATURE)?.to_vec(),
        })
    }
}

impl Encode for LeafNode {
    fn encode(&self, w: &mut Writer) {
        self.encode_unsigned(w);
        w.opaque(&self.signature);
    }
}
