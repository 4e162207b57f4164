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
    WelcomeContents, alter_welcome, forge, forge_content, protect, sign_group_info,
    sign_key_package, sign_leaf_node, wanted_tag, wanted_tag_of,
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
use super::delivery::{CommitBundle, GroupContent};
use super::device::LeafCredential;
use super::suite::CipherSuite;
use super::types;
use crate::codec::Wire;
use crate::crypto::Provider;
use crate::delivery::RelayName;
use crate::error::Error;
use alloc::vec::Vec;

fn crypto(suite: CipherSuite) -> Crypto {
    Crypto::new(&Provider::Default, suite)
}

type Reencode = fn(&[u8]) -> Result<Vec<u8>, Error>;

fn again<T: Wire>(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    T::from_bytes(bytes).map(|value| value.to_bytes())
}

fn again_tree(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    super::tree::decode_ratchet_tree(bytes).map(|tree| super::tree::encode_ratchet_tree(&tree))
}

macro_rules! structures {
    ($($name:literal: $reencode:expr,)*) => {
        /// The names that [`reencode`] knows.
        pub const STRUCTURES: &[&str] = &[$($name),*];

        /// The same, in the same order, with what each does.
        const REENCODE: &[(&str, Reencode)] = &[$(($name, $reencode)),*];
    };
}

structures! {
    "MLSMessage": again::<types::MlsMessage>,
    "AuthenticatedContent": again::<types::AuthenticatedContent>,
    "PublicMessage": again::<types::PublicMessage>,
    "PrivateMessage": again::<types::PrivateMessage>,
    "FramedContent": again::<types::FramedContent>,
    "Commit": again::<types::Commit>,
    "UpdatePath": again::<types::UpdatePath>,
    "Proposal": again::<types::Proposal>,
    "Add": again::<types::KeyPackage>,
    "Update": again::<types::LeafNode>,
    "Remove": again::<bodies::Remove>,
    "PreSharedKey": again::<types::PreSharedKeyId>,
    "ReInit": again::<types::ReInit>,
    "ExternalInit": again::<bodies::ExternalInit>,
    "GroupContextExtensions": again::<bodies::Extensions>,
    "GroupContext": again::<types::GroupContext>,
    "GroupInfo": again::<types::GroupInfo>,
    "GroupSecrets": again::<types::GroupSecrets>,
    "KeyPackage": again::<types::KeyPackage>,
    "LeafNode": again::<types::LeafNode>,
    "Welcome": again::<types::Welcome>,
    "Credential": again::<types::Credential>,
    "ratchet_tree": again_tree,
    "GroupContent": again::<GroupContent>,
    "GroupDelivery": again::<RelayName>,
    "CommitBundle": again::<CommitBundle>,
    "LeafCredential": again::<LeafCredential>,
}

/// Decodes a structure of RFC 9420 by its name and encodes it again; none for a name that is not known.
///
/// # Errors
/// [`Error::Malformed`] for anything but a valid encoding.
#[must_use]
pub fn reencode(name: &str, bytes: &[u8]) -> Option<Result<Vec<u8>, Error>> {
    let (_, reencode) = REENCODE.iter().find(|(known, _)| *known == name)?;
    Some(reencode(bytes))
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
