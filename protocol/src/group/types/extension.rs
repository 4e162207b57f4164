//! Extensions (RFC 9420 §13.4), the ones that the RFC defines, and GREASE (§13.5).

use super::{Credential, RequiredCapabilities};
use crate::codec::{Decode, Encode, Reader, Wire, Writer, decode_all};
use crate::crypto::kdf;
use crate::delivery::RelayName;
use crate::error::Malformed;
use crate::limits::{MAX_GROUP_EXTENSIONS, MAX_GROUP_SENDERS, MAX_GROUP_TREE, MAX_KEY};
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// Values of `ExtensionType` (RFC 9420 §17.3).
pub mod extension_type {
    /// `application_id`, in leaf nodes.
    pub const APPLICATION_ID: u16 = 0x0001;
    /// `ratchet_tree`, in a GroupInfo.
    pub const RATCHET_TREE: u16 = 0x0002;
    /// `required_capabilities`, in the group context.
    pub const REQUIRED_CAPABILITIES: u16 = 0x0003;
    /// `external_pub`, in a GroupInfo.
    pub const EXTERNAL_PUB: u16 = 0x0004;
    /// `external_senders`, in the group context.
    pub const EXTERNAL_SENDERS: u16 = 0x0005;
    /// `last_resort`, in a key package (draft-ietf-mls-extensions).
    pub const LAST_RESORT: u16 = 0x000A;
    /// Sceau's policy extension, reserved; a value for private use. Each leaf lists it in its capabilities (`GRP-05`).
    pub const POLICY: u16 = 0xF64A;
    /// `delivery`, in the group context: the relay that orders the group's commits (`GDS-30`); a value for private use.
    pub const DELIVERY: u16 = 0xF64B;

    /// Whether every client supports a type, so that no one lists it (§7.2).
    #[must_use]
    pub fn is_default(value: u16) -> bool {
        matches!(value, APPLICATION_ID..=EXTERNAL_SENDERS)
    }
}

/// `Extension`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its type (RFC 9420 §17.3).
    pub extension_type: u16,
    /// Its data.
    pub data: Vec<u8>,
}

impl Extension {
    /// An extension of any type.
    #[must_use]
    pub fn new(extension_type: u16, data: Vec<u8>) -> Self {
        Self { extension_type, data }
    }

    /// `required_capabilities`, for the group context (§11.1).
    #[must_use]
    pub fn required_capabilities(required: &RequiredCapabilities) -> Self {
        Self::new(extension_type::REQUIRED_CAPABILITIES, required.to_bytes())
    }

    /// `external_senders`, for the group context (§12.1.8.1).
    #[must_use]
    pub fn external_senders(senders: &[ExternalSender]) -> Self {
        let mut w = Writer::new();
        w.list(senders, Writer::item);
        Self::new(extension_type::EXTERNAL_SENDERS, w.into_bytes())
    }

    /// `delivery`, for the group context: the relay that orders the group's commits (`GDS-30`).
    #[must_use]
    pub fn delivery(relay: &RelayName) -> Self {
        Self::new(extension_type::DELIVERY, relay.to_bytes())
    }

    /// `last_resort`, for a key package that may be used more than once.
    #[must_use]
    pub fn last_resort() -> Self {
        Self::new(extension_type::LAST_RESORT, Vec::new())
    }
}

impl Decode for Extension {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { extension_type: r.u16()?, data: r.opaque(MAX_GROUP_TREE)?.to_vec() })
    }
}

impl Encode for Extension {
    fn encode(&self, w: &mut Writer) {
        w.u16(self.extension_type);
        w.opaque(&self.data);
    }
}

/// `Extension extensions<V>`, in the sender's order (`GRP-16`).
pub(crate) fn decode_extensions(r: &mut Reader<'_>) -> Result<Vec<Extension>, Malformed> {
    r.list(MAX_GROUP_EXTENSIONS, Extension::decode)
}

/// The data of the extension of a type.
pub(crate) fn find(extensions: &[Extension], extension_type: u16) -> Option<&[u8]> {
    let found = extensions.iter().find(|extension| extension.extension_type == extension_type);
    found.map(|extension| extension.data.as_slice())
}

/// The `required_capabilities` of a list, if it has any.
pub(crate) fn required_capabilities(
    extensions: &[Extension],
) -> Result<Option<RequiredCapabilities>, Malformed> {
    find(extensions, extension_type::REQUIRED_CAPABILITIES).map(decode_all).transpose()
}

/// The `external_senders` of a list.
pub(crate) fn external_senders(extensions: &[Extension]) -> Result<Vec<ExternalSender>, Malformed> {
    let Some(data) = find(extensions, extension_type::EXTERNAL_SENDERS) else {
        return Ok(Vec::new());
    };
    let mut r = Reader::new(data);
    let senders = r.list(MAX_GROUP_SENDERS, ExternalSender::decode)?;
    r.finish()?;
    Ok(senders)
}

/// The relay of a list's `delivery`, if it has one: `GroupDelivery`.
pub(crate) fn delivery(extensions: &[Extension]) -> Result<Option<RelayName>, Malformed> {
    find(extensions, extension_type::DELIVERY).map(decode_all).transpose()
}

/// The `external_pub` of a GroupInfo's extensions.
pub(crate) fn external_pub(extensions: &[Extension]) -> Result<Option<Vec<u8>>, Malformed> {
    let Some(data) = find(extensions, extension_type::EXTERNAL_PUB) else { return Ok(None) };
    let mut r = Reader::new(data);
    let key = r.opaque(MAX_KEY)?.to_vec();
    r.finish()?;
    Ok(Some(key))
}

/// `ExternalPub` as an extension.
pub(crate) fn external_pub_extension(key: &[u8]) -> Extension {
    let mut w = Writer::new();
    w.opaque(key);
    Extension::new(extension_type::EXTERNAL_PUB, w.into_bytes())
}

/// `ExternalSender`: who may propose from outside (§12.1.8.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalSender {
    /// The key that its proposals are signed with.
    pub signature_key: Vec<u8>,
    /// Who it is.
    pub credential: Credential,
}

impl Decode for ExternalSender {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { signature_key: r.opaque(MAX_KEY)?.to_vec(), credential: Credential::decode(r)? })
    }
}

impl Encode for ExternalSender {
    fn encode(&self, w: &mut Writer) {
        w.opaque(&self.signature_key);
        w.item(&self.credential);
    }
}

/// One of the 15 values that every registry reserves for GREASE (§13.5); one draw of 1 byte.
#[must_use]
pub fn grease(rng: &mut impl CryptoRng) -> u16 {
    let draw = kdf::random(rng, 1);
    let high = draw.as_bytes().first().map_or(0, |byte| byte % 15);
    u16::from_be_bytes([(high << 4) | 0x0A, (high << 4) | 0x0A])
}

/// Whether a value is one of those: `0x0A0A`, `0x1A1A` to `0xEAEA`.
pub(crate) fn is_grease(value: u16) -> bool {
    let [high, low] = value.to_be_bytes();
    high == low && high & 0x0F == 0x0A && high != 0xFA
}
