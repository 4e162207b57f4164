//! Raw steps of RFC 9420, for its test vectors and for conformance tests. Nothing here has a place in an
//! application.

mod basics;
mod forge;
mod protection;
mod schedule;
mod trees;

pub use basics::{
    decrypt_with_label, derive_key_pair, derive_secret, encrypt_with_label, expand_with_label,
    node_math, ref_hash, sign_with_label, verify_with_label,
};
pub use forge::{
    WelcomeContents, alter_welcome, forge, sign_group_info, sign_key_package, sign_leaf_node,
    wanted_tag,
};
pub use protection::{
    Protection, open_welcome, sender_data_keys, vector_length, verify_group_info,
};
pub use schedule::{
    Epoch, confirmation_tag, epoch, export, export_of, message_key, psk_secret, transcript_hashes,
};
pub use trees::{
    Parent, ProcessedPath, TreeKemMember, apply_proposal, parent, tree_hashes, tree_resolutions,
    verify_tree, with_parent,
};

use super::crypto::Crypto;
use super::suite::CipherSuite;
use super::types::{self, KeyPackage, MlsMessage, Proposal, Welcome};
use crate::codec::Wire;
use crate::crypto::Provider;
use crate::error::Error;
use alloc::vec::Vec;

fn crypto(suite: CipherSuite) -> Crypto {
    Crypto::new(&Provider::Default, suite)
}

/// The names that [`reencode`] knows.
pub const STRUCTURES: &[&str] = &[
    "MLSMessage",
    "AuthenticatedContent",
    "PublicMessage",
    "PrivateMessage",
    "FramedContent",
    "Commit",
    "UpdatePath",
    "Proposal",
    "Add",
    "Update",
    "Remove",
    "PreSharedKey",
    "ReInit",
    "ExternalInit",
    "GroupContextExtensions",
    "GroupContext",
    "GroupInfo",
    "GroupSecrets",
    "KeyPackage",
    "LeafNode",
    "Welcome",
    "Credential",
    "ratchet_tree",
];

/// Decodes a structure of RFC 9420 by its name and encodes it again; none for a name that is not known.
///
/// # Errors
/// [`Error::Malformed`] for anything but a valid encoding.
#[must_use]
pub fn reencode(name: &str, bytes: &[u8]) -> Option<Result<Vec<u8>, Error>> {
    fn again<T: Wire>(bytes: &[u8]) -> Result<Vec<u8>, Error> {
        T::from_bytes(bytes).map(|value| value.to_bytes())
    }
    Some(match name {
        "MLSMessage" => again::<MlsMessage>(bytes),
        "AuthenticatedContent" => again::<types::AuthenticatedContent>(bytes),
        "PublicMessage" => again::<types::PublicMessage>(bytes),
        "PrivateMessage" => again::<types::PrivateMessage>(bytes),
        "FramedContent" => again::<types::FramedContent>(bytes),
        "Commit" => again::<types::Commit>(bytes),
        "UpdatePath" => again::<types::UpdatePath>(bytes),
        "Proposal" => again::<Proposal>(bytes),
        "Add" => again::<KeyPackage>(bytes),
        "Update" => again::<types::LeafNode>(bytes),
        "Remove" => again::<Remove>(bytes),
        "PreSharedKey" => again::<types::PreSharedKeyId>(bytes),
        "ReInit" => again::<types::ReInit>(bytes),
        "ExternalInit" => again::<ExternalInit>(bytes),
        "GroupContextExtensions" => again::<Extensions>(bytes),
        "GroupContext" => again::<types::GroupContext>(bytes),
        "GroupInfo" => again::<types::GroupInfo>(bytes),
        "GroupSecrets" => again::<types::GroupSecrets>(bytes),
        "KeyPackage" => again::<KeyPackage>(bytes),
        "LeafNode" => again::<types::LeafNode>(bytes),
        "Welcome" => again::<Welcome>(bytes),
        "Credential" => again::<types::Credential>(bytes),
        "ratchet_tree" => super::tree::decode_ratchet_tree(bytes)
            .map(|tree| super::tree::encode_ratchet_tree(&tree)),
        _ => return None,
    })
}

mod bodies {
    use crate::codec::{Decode, Encode, Reader, Writer};
    use crate::error::Malformed;
    use crate::group::types::Extension;
    use alloc::vec::Vec;

    /// The body of a Remove proposal.
    pub(super) struct Remove(u32);
    /// The body of an ExternalInit proposal.
    pub(super) struct ExternalInit(Vec<u8>);
    /// The body of a GroupContextExtensions proposal.
    pub(super) struct Extensions(Vec<Extension>);

    impl Decode for Remove {
        fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
            Ok(Self(r.u32()?))
        }
    }

    impl Encode for Remove {
        fn encode(&self, w: &mut Writer) {
            w.u32(self.0);
        }
    }

    impl Decode for ExternalInit {
        fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
            Ok(Self(r.opaque(crate::limits::MAX_KEY)?.to_vec()))
        }
    }

    impl Encode for ExternalInit {
        fn encode(&self, w: &mut Writer) {
            w.opaque(&self.0);
        }
    }

    impl Decode for Extensions {
        fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
            Ok(Self(r.list(crate::limits::MAX_GROUP_EXTENSIONS, Extension::decode)?))
        }
    }

    impl Encode for Extensions {
        fn encode(&self, w: &mut Writer) {
            w.list(&self.0, Writer::item);
        }
    }
}

use bodies::{Extensions, ExternalInit, Remove};
