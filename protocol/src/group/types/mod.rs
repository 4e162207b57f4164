//! The structures of RFC 9420 with their encodings, by the strict rules of Sceau's own (`GRP-15`).

mod capabilities;
mod commit;
mod context;
mod credential;
mod extension;
mod key_package;
mod leaf_node;
mod message;
mod proposal;
mod psk;
mod welcome;

pub use capabilities::{Capabilities, RequiredCapabilities};
pub use commit::{Commit, HpkeCiphertext, ProposalOrRef, UpdatePath, UpdatePathNode};
pub use context::{GroupContext, GroupInfo};
pub use credential::{Credential, credential_type};
pub use extension::{Extension, ExternalSender, extension_type, grease};
pub(crate) use extension::{
    delivery, external_pub, external_pub_extension, external_senders, find, is_grease,
    required_capabilities,
};
pub use key_package::{KeyPackage, Lifetime};
pub(crate) use leaf_node::leaf_node_tbs;
pub use leaf_node::{LeafNode, LeafNodeSource};
pub use message::{
    AuthData, AuthenticatedContent, Content, ContentType, FramedContent, MlsMessage,
    PrivateMessage, PublicMessage, Sender,
};
pub(crate) use message::{WIRE_PRIVATE, WIRE_PUBLIC};
pub use proposal::{Proposal, ReInit, proposal_type};
pub use psk::{PreSharedKeyId, PskKind, ResumptionUsage};
pub(crate) use welcome::GroupSecrets;
pub use welcome::{EncryptedGroupSecrets, Welcome};

use crate::error::Malformed;

/// `ProtocolVersion` `mls10`.
pub(crate) const MLS10: u16 = 1;

/// A version field: anything but `mls10` is unsupported (`GRP-17`).
pub(crate) fn decode_version(r: &mut crate::codec::Reader<'_>) -> Result<(), Malformed> {
    if r.u16()? == MLS10 { Ok(()) } else { Err(Malformed::UnsupportedVersion) }
}
