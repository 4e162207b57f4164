//! Key packages (RFC 9420 §10).

use super::extension::{decode_extensions, find};
use super::{Extension, LeafNode, MLS10, decode_version, extension_type};
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::Malformed;
use crate::limits::{MAX_KEY, MAX_SIGNATURE};
use alloc::vec::Vec;

/// `Lifetime`, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// First second.
    pub not_before: u64,
    /// Last second.
    pub not_after: u64,
}

impl Decode for Lifetime {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { not_before: r.u64()?, not_after: r.u64()? })
    }
}

impl Encode for Lifetime {
    fn encode(&self, w: &mut Writer) {
        w.u64(self.not_before);
        w.u64(self.not_after);
    }
}

/// `KeyPackage`: with what others add a client to a group. As received, not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyPackage {
    /// Protocol version.
    pub version: u16,
    /// Value of the cipher suite.
    pub cipher_suite: u16,
    /// HPKE public key that a Welcome is encrypted to.
    pub init_key: Vec<u8>,
    /// The leaf that the client will have.
    pub leaf_node: LeafNode,
    /// Extensions; unknown ones are ignored.
    pub extensions: Vec<Extension>,
    /// `SignWithLabel(., "KeyPackageTBS", KeyPackageTBS)`
    pub signature: Vec<u8>,
}

impl KeyPackage {
    /// `KeyPackageTBS`
    pub(crate) fn tbs(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(512);
        self.encode_unsigned(&mut w);
        w.into_bytes()
    }

    /// Whether it may be used more than once.
    #[must_use]
    pub fn is_last_resort(&self) -> bool {
        find(&self.extensions, extension_type::LAST_RESORT).is_some()
    }

    fn encode_unsigned(&self, w: &mut Writer) {
        w.u16(self.version);
        w.u16(self.cipher_suite);
        w.opaque(&self.init_key);
        w.item(&self.leaf_node);
        w.list(&self.extensions, Writer::item);
    }
}

impl Decode for KeyPackage {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        // GRP-17: before what follows it.
        decode_version(r)?;
        Ok(Self {
            version: MLS10,
            cipher_suite: r.u16()?,
            init_key: r.opaque(MAX_KEY)?.to_vec(),
            leaf_node: LeafNode::decode(r)?,
            extensions: decode_extensions(r)?,
            signature: r.opaque(MAX_SIGNATURE)?.to_vec(),
        })
    }
}

impl Encode for KeyPackage {
    fn encode(&self, w: &mut Writer) {
        self.encode_unsigned(w);
        w.opaque(&self.signature);
    }
}
