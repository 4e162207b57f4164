//! A new group (RFC 9420 §11).

use super::group::{EpochState, Group};
use super::identity::{LeafParams, SigningIdentity};
use super::key_package::sign_leaf_node;
use crate::crypto::{Provider, kdf};
use crate::delivery::RelayName;
use crate::error::Error;
use crate::group::check::{LeafPlace, LeafRules, check_context_extensions};
use crate::group::crypto::Crypto;
use crate::group::framing::confirmation_tag;
use crate::group::policy::GroupPolicy;
use crate::group::schedule::{EpochSecret, EpochSecrets, SecretTree, interim_transcript_hash};
use crate::group::suite::CipherSuite;
use crate::group::tree::{Diff, PrivateTree, Tree, TreeView};
use crate::group::types::{
    Extension, GroupContext, LeafNode, LeafNodeSource, delivery, extension_type,
};
use alloc::sync::Arc;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// What a new group starts from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GroupParams {
    /// The cipher suite.
    pub suite: CipherSuite,
    /// The group's id; drawn where there is none.
    pub group_id: Option<Vec<u8>>,
    /// Extensions of the group context.
    pub extensions: Vec<Extension>,
    /// The creator's leaf.
    pub leaf: LeafParams,
    /// The device's rules.
    pub policy: GroupPolicy,
    /// The device's cryptography.
    pub provider: Provider,
}

impl GroupParams {
    /// With a relay that orders the group's commits, for good (`GDS-30`).
    #[must_use]
    pub fn ordered_by(mut self, relay: &RelayName) -> Self {
        self.extensions.retain(|e| e.extension_type != extension_type::DELIVERY);
        self.extensions.push(Extension::delivery(relay));
        self
    }

    /// The defaults.
    #[must_use]
    pub fn new(suite: CipherSuite, leaf: LeafParams, policy: GroupPolicy) -> Self {
        let provider = Provider::default();
        Self { suite, group_id: None, extensions: Vec::new(), leaf, policy, provider }
    }
}

impl Group {
    /// Creates a group of one member. Draws: the id (`Nh` bytes, `GDS-50`) unless it is given, GREASE (four of 1
    /// byte), the leaf's key, the epoch secret.
    ///
    /// # Errors
    /// [`Error::Group`] for extensions that the creator itself does not support.
    pub fn create(
        params: GroupParams,
        identity: SigningIdentity,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        params.policy.check_suite(params.suite)?;
        let crypto = Crypto::new(&params.provider, params.suite);
        let group_id =
            params.group_id.unwrap_or_else(|| kdf::random(rng, crypto.nh()).as_bytes().to_vec());
        check_context_extensions(&params.extensions)?;
        delivery(&params.extensions)?;
        let (capabilities, extensions) = params.leaf.draw(rng);
        let leaf_key = crypto.generate_key_pair(rng)?;
        let mut leaf = LeafNode {
            encryption_key: leaf_key.public,
            signature_key: identity.signature_key().to_vec(),
            credential: identity.credential().clone(),
            capabilities,
            source: LeafNodeSource::KeyPackage(params.leaf.lifetime),
            extensions,
            signature: Vec::new(),
        };
        sign_leaf_node(&crypto, &identity, &mut leaf, &group_id, 0)?;
        let rules = LeafRules::new(&crypto, &params.policy, &group_id, &params.extensions, now)?;
        rules.verify(&leaf, LeafPlace::KeyPackage, None)?;
        drop(rules);

        let mut tree = Tree::empty();
        let mut diff = Diff::new(&tree);
        diff.set_leaf(0, Arc::new(leaf));
        diff.update_hashes(&crypto)?;
        let changes = diff.into_changes();
        tree.apply(changes);
        let context = GroupContext {
            cipher_suite: params.suite.to_u16(),
            group_id,
            epoch: 0,
            tree_hash: tree.tree_hash(tree.root()).as_bytes().to_vec(),
            confirmed_transcript_hash: Vec::new(),
            extensions: params.extensions,
        };
        let epoch_secret = EpochSecret::draw(&crypto, rng);
        let (secrets, encryption) = EpochSecrets::derive(&crypto, epoch_secret)?;
        let tag = confirmation_tag(&crypto, &secrets.confirmation_key, &[])?;
        let epoch = EpochState {
            interim_transcript_hash: interim_transcript_hash(&crypto, &[], &tag)?,
            confirmation_tag: tag,
            secret_tree: SecretTree::new(tree.size(), encryption),
            secrets,
            context,
        };
        let private = PrivateTree::new(0, leaf_key.private);
        Ok(Self::start(crypto, params.policy, identity, (tree, private), epoch))
    }
}
