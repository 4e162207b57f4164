//! Proposals (RFC 9420 §12.1).

use super::extension::decode_extensions;
use super::{Extension, KeyPackage, LeafNode, PreSharedKeyId};
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::Malformed;
use crate::limits::{MAX_GROUP_ID, MAX_KEY, MAX_MESSAGE};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Values of `ProposalType` (RFC 9420 §17.4).
pub mod proposal_type {
    /// `add`
    pub const ADD: u16 = 0x0001;
    /// `update`
    pub const UPDATE: u16 = 0x0002;
    /// `remove`
    pub const REMOVE: u16 = 0x0003;
    /// `psk`
    pub const PSK: u16 = 0x0004;
    /// `reinit`
    pub const REINIT: u16 = 0x0005;
    /// `external_init`
    pub const EXTERNAL_INIT: u16 = 0x0006;
    /// `group_context_extensions`
    pub const GROUP_CONTEXT_EXTENSIONS: u16 = 0x0007;

    /// Whether every client supports a type, so that no one lists it (§7.2).
    #[must_use]
    pub fn is_default(value: u16) -> bool {
        matches!(value, ADD..=GROUP_CONTEXT_EXTENSIONS)
    }
}

/// `ReInit`: the parameters of the group that is to replace this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReInit {
    /// Id of the new group.
    pub group_id: Vec<u8>,
    /// Its protocol version.
    pub version: u16,
    /// Value of its cipher suite.
    pub cipher_suite: u16,
    /// Its context's extensions.
    pub extensions: Vec<Extension>,
}

/// `Proposal`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proposal {
    /// Adds a client.
    Add(Box<KeyPackage>),
    /// Replaces the sender's leaf.
    Update(Box<LeafNode>),
    /// Removes the member of a leaf index.
    Remove(u32),
    /// Injects a pre-shared key.
    PreSharedKey(PreSharedKeyId),
    /// Replaces the group.
    ReInit(ReInit),
    /// Joins by an external commit: the KEM output.
    ExternalInit(Vec<u8>),
    /// Replaces the extensions of the group context.
    GroupContextExtensions(Vec<Extension>),
    /// Any other type, its content as `opaque<V>`.
    Custom {
        /// Its type.
        proposal_type: u16,
        /// Its content.
        data: Vec<u8>,
    },
}

impl Proposal {
    /// The value of its type.
    #[must_use]
    pub fn proposal_type(&self) -> u16 {
        match self {
            Self::Add(_) => proposal_type::ADD,
            Self::Update(_) => proposal_type::UPDATE,
            Self::Remove(_) => proposal_type::REMOVE,
            Self::PreSharedKey(_) => proposal_type::PSK,
            Self::ReInit(_) => proposal_type::REINIT,
            Self::ExternalInit(_) => proposal_type::EXTERNAL_INIT,
            Self::GroupContextExtensions(_) => proposal_type::GROUP_CONTEXT_EXTENSIONS,
            Self::Custom { proposal_type, .. } => *proposal_type,
        }
    }

    /// Whether a commit of it needs a path (§12.4); of unknown types too, to be safe.
    pub(crate) fn requires_path(&self) -> bool {
        !matches!(self, Self::Add(_) | Self::PreSharedKey(_) | Self::ReInit(_))
    }
}

impl Decode for ReInit {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            group_id: r.opaque(MAX_GROUP_ID)?.to_vec(),
            version: r.u16()?,
            cipher_suite: r.u16()?,
            extensions: decode_extensions(r)?,
        })
    }
}

impl Encode for ReInit {
    fn encode(&self, w: &mut Writer) {
        w.opaque(&self.group_id);
        w.u16(self.version);
        w.u16(self.cipher_suite);
        w.list(&self.extensions, Writer::item);
    }
}

impl Decode for Proposal {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match r.u16()? {
            0 => return Err(Malformed::Enumeration),
            proposal_type::ADD => Self::Add(Box::new(KeyPackage::decode(r)?)),
            proposal_type::UPDATE => Self::Update(Box::new(LeafNode::decode(r)?)),
            proposal_type::REMOVE => Self::Remove(r.u32()?),
            proposal_type::PSK => Self::PreSharedKey(PreSharedKeyId::decode(r)?),
            proposal_type::REINIT => Self::ReInit(ReInit::decode(r)?),
            proposal_type::EXTERNAL_INIT => Self::ExternalInit(r.opaque(MAX_KEY)?.to_vec()),
            proposal_type::GROUP_CONTEXT_EXTENSIONS => {
                Self::GroupContextExtensions(decode_extensions(r)?)
            }
            proposal_type => Self::Custom { proposal_type, data: r.opaque(MAX_MESSAGE)?.to_vec() },
        })
    }
}

impl Encode for Proposal {
    fn encode(&self, w: &mut Writer) {
        w.u16(self.proposal_type());
        match self {
            Self::Add(key_package) => w.item(&**key_package),
            Self::Update(leaf_node) => w.item(&**leaf_node),
            Self::Remove(removed) => w.u32(*removed),
            Self::PreSharedKey(id) => w.item(id),
            Self::ReInit(reinit) => w.item(reinit),
            Self::ExternalInit(kem_output) => w.opaque(kem_output),
            Self::GroupContextExtensions(extensions) => w.list(extensions, Writer::item),
            Self::Custom { data, .. } => w.opaque(data),
        }
    }
}
