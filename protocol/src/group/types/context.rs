//! Group context (RFC 9420 §8.1) and group info (§12.4.3).

use super::extension::decode_extensions;
use super::{Extension, MLS10, decode_version};
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::Malformed;
use crate::limits::{MAX_GROUP_ID, MAX_KEY, MAX_SIGNATURE};
use alloc::vec::Vec;

/// `GroupContext`: the state that all members of an epoch agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupContext {
    /// Value of the cipher suite.
    pub cipher_suite: u16,
    /// The group's id.
    pub group_id: Vec<u8>,
    /// The epoch.
    pub epoch: u64,
    /// Tree hash of the root.
    pub tree_hash: Vec<u8>,
    /// `confirmed_transcript_hash`
    pub confirmed_transcript_hash: Vec<u8>,
    /// The group's extensions.
    pub extensions: Vec<Extension>,
}

impl Decode for GroupContext {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        decode_version(r)?;
        Ok(Self {
            cipher_suite: r.u16()?,
            group_id: r.opaque(MAX_GROUP_ID)?.to_vec(),
            epoch: r.u64()?,
            tree_hash: r.opaque(MAX_KEY)?.to_vec(),
            confirmed_transcript_hash: r.opaque(MAX_KEY)?.to_vec(),
            extensions: decode_extensions(r)?,
        })
    }
}

impl Encode for GroupContext {
    fn encode(&self, w: &mut Writer) {
        w.u16(MLS10);
        w.u16(self.cipher_suite);
        w.opaque(&self.group_id);
        w.u64(self.epoch);
        w.opaque(&self.tree_hash);
        w.opaque(&self.confirmed_transcript_hash);
        w.list(&self.extensions, Writer::item);
    }
}

/// `GroupInfo`: what a newcomer needs to know of a group. As received, not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupInfo {
    /// The group's context.
    pub group_context: GroupContext,
    /// Extensions, such as the tree or the external public key; unknown ones are ignored.
    pub extensions: Vec<Extension>,
    /// The confirmation tag of the commit that began the epoch.
    pub confirmation_tag: Vec<u8>,
    /// Leaf index of the member that signed it.
    pub signer: u32,
    /// `SignWithLabel(., "GroupInfoTBS", GroupInfoTBS)`
    pub signature: Vec<u8>,
}

impl GroupInfo {
    /// `GroupInfoTBS`
    pub(crate) fn tbs(&self) -> Vec<u8> {
        let mut w = Writer::new();
        self.encode_unsigned(&mut w);
        w.into_bytes()
    }

    fn encode_unsigned(&self, w: &mut Writer) {
        w.item(&self.group_context);
        w.list(&self.extensions, Writer::item);
        w.opaque(&self.confirmation_tag);
        w.u32(self.signer);
    }
}

impl Decode for GroupInfo {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            group_context: GroupContext::decode(r)?,
            extensions: decode_extensions(r)?,
            confirmation_tag: r.opaque(MAX_KEY)?.to_vec(),
            signer: r.u32()?,
            signature: r.opaque(MAX_SIGNATURE)?.to_vec(),
        })
    }
}

impl Encode for GroupInfo {
    fn encode(&self, w: &mut Writer) {
        self.encode_unsigned(w);
        w.opaque(&self.signature);
    }
}
