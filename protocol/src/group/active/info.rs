//! Group infos (RFC 9420 §12.4.3).

use super::group::{EpochState, Group};
use super::identity::SigningIdentity;
use crate::codec::Wire;
use crate::crypto::labels::mls as labels;
use crate::error::Error;
use crate::group::check::check_no_duplicate_extensions;
use crate::group::crypto::Crypto;
use crate::group::error::Check;
use crate::group::tree::{TreeView, encode_ratchet_tree};
use crate::group::types::{
    Extension, GroupInfo, MlsMessage, extension_type, external_pub_extension, find, grease,
};
use alloc::boxed::Box;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// What a group info says beside the group's context.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GroupInfoOptions {
    /// Whether it has the tree: yes. Without it, the tree is to be given to newcomers otherwise.
    pub ratchet_tree: bool,
    /// Whether it has the external public key, so that others can join by external commits, where policy allows it: no.
    pub external_pub: bool,
    /// Further extensions; one of the external public key counts as [`external_pub`](Self::external_pub) does.
    pub extensions: Vec<Extension>,
    /// Whether a GREASE extension is added (§13.5): yes.
    pub grease: bool,
}

impl Default for GroupInfoOptions {
    fn default() -> Self {
        Self { ratchet_tree: true, external_pub: false, extensions: Vec::new(), grease: true }
    }
}

/// A signed group info of an epoch; GREASE (`GRP-06`) draws 1 byte.
pub(crate) fn make_group_info(
    crypto: &Crypto,
    (epoch, tree): (&EpochView<'_>, &impl TreeView),
    options: &GroupInfoOptions,
    (signer, identity): (u32, &SigningIdentity),
    rng: &mut impl CryptoRng,
) -> Result<GroupInfo, Error> {
    let mut extensions = options.extensions.clone();
    if options.ratchet_tree {
        let tree = encode_ratchet_tree(tree);
        extensions.push(Extension::new(extension_type::RATCHET_TREE, tree));
    }
    if options.external_pub {
        let pair = epoch.secrets.external_key_pair(crypto)?;
        extensions.push(external_pub_extension(&pair.public));
    }
    check_no_duplicate_extensions(&extensions)?;
    if options.grease {
        let value = grease(rng);
        let new = extensions.iter().all(|e| e.extension_type != value);
        extensions.extend(new.then(|| Extension::new(value, Vec::new())));
    }
    let mut info = GroupInfo {
        group_context: epoch.context.clone(),
        extensions,
        confirmation_tag: epoch.confirmation_tag.to_vec(),
        signer,
        signature: Vec::new(),
    };
    info.signature = identity.sign(crypto, labels::GROUP_INFO, &info.tbs())?;
    Ok(info)
}

/// What a group info says of an epoch.
pub(crate) struct EpochView<'a> {
    pub(crate) context: &'a crate::group::types::GroupContext,
    pub(crate) confirmation_tag: &'a [u8],
    pub(crate) secrets: &'a crate::group::schedule::EpochSecrets,
}

impl EpochState {
    pub(crate) fn view(&self) -> EpochView<'_> {
        EpochView {
            context: &self.context,
            confirmation_tag: &self.confirmation_tag,
            secrets: &self.secrets,
        }
    }
}

impl Group {
    /// A signed group info of this epoch: an encoded `MLSMessage`.
    ///
    /// # Errors
    /// [`crate::error::Misuse::GroupInactive`]; [`Check::ExternalPubForbidden`]; [`Check::DuplicateExtension`].
    pub fn group_info(
        &self,
        options: &GroupInfoOptions,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        self.require_active()?;
        self.check_external_pub(options)?;
        let view = EpochView {
            context: &self.context,
            confirmation_tag: &self.confirmation_tag,
            secrets: &self.secrets,
        };
        let signer = (self.own_leaf(), &self.identity);
        let info = make_group_info(&self.crypto, (&view, &self.tree), options, signer, rng)?;
        Ok(MlsMessage::GroupInfo(Box::new(info)).to_bytes())
    }

    /// `GRP-03`: in whichever way the extension would come in.
    pub(crate) fn check_external_pub(&self, options: &GroupInfoOptions) -> Result<(), Error> {
        let given = find(&options.extensions, extension_type::EXTERNAL_PUB).is_some();
        let some = options.external_pub || given;
        Check::ExternalPubForbidden.require(self.policy.external_pub || !some)
    }

    /// The encoded tree, for newcomers whose Welcome or group info does not have it.
    #[must_use]
    pub fn ratchet_tree(&self) -> Vec<u8> {
        encode_ratchet_tree(&self.tree)
    }
}
