//! Proposals of one's own, and from outside (RFC 9420 §12.1).

use super::group::{CachedProposal, Group, PendingUpdate};
use super::identity::{LeafParams, SigningIdentity};
use super::key_package::{OwnKeyPackage, sign_leaf_node};
use crate::codec::Wire;
use crate::crypto::labels::mls as labels;
use crate::crypto::{Provider, Secret, kdf};
use crate::error::{Error, Misuse};
use crate::group::crypto::Crypto;
use crate::group::framing::{framed_content_tbs, sign_content};
use crate::group::state::Key;
use crate::group::suite::CipherSuite;
use crate::group::types::{
    AuthData, Content, FramedContent, GroupContext, LeafNode, LeafNodeSource, MlsMessage,
    PreSharedKeyId, Proposal, PskKind, PublicMessage, ResumptionUsage, Sender, WIRE_PUBLIC,
};
use alloc::boxed::Box;
use alloc::vec::Vec;
use rand_core::CryptoRng;

impl Group {
    /// Proposes something to the group: an encoded `MLSMessage`, private unless `public` (which policy must
    /// allow). The proposal is kept for the next commit.
    ///
    /// # Errors
    /// [`Misuse::GroupInactive`]; [`Error::Group`] for a proposal that others would refuse; [`Misuse::Limit`] for authenticated or
    /// custom data of more than [`MAX_MESSAGE`](crate::limits::MAX_MESSAGE) bytes, and for one more than is kept (`GDS-25`).
    pub fn propose(
        &mut self,
        proposal: Proposal,
        public: bool,
        authenticated_data: &[u8],
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        self.require_active()?;
        let sender = Sender::Member(self.own_leaf());
        let rules = self.rules(&self.context.extensions, now)?.adding();
        self.check_single(&rules, &proposal, sender, None)?;
        let format = self.handshake_format(public)?;
        let content = Content::Proposal(Box::new(proposal.clone()));
        let (message, tbs) = self.sign(content, authenticated_data, format)?;
        let encoded = message.to_bytes();
        self.check_room_for(&encoded)?;
        let reference = self.crypto.reference(labels::PROPOSAL_REFERENCE, &encoded)?;
        let message = self.protect(message, &tbs, rng)?.to_bytes();
        let order = self.next_order();
        let cached =
            CachedProposal { proposal, sender, order, content: encoded, committable: true };
        self.cache_proposal(reference, cached);
        Ok(message)
    }

    /// Proposes new keys for the device's own leaf, and a new identity if one is given. Draws: the leaf's key,
    /// and what [`propose`](Self::propose) draws.
    ///
    /// # Errors
    /// As [`propose`](Self::propose).
    pub fn propose_update(
        &mut self,
        identity: Option<&SigningIdentity>,
        public: bool,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        self.require_active()?;
        let identity = identity.unwrap_or(&self.identity).clone();
        let (leaf_node, encryption_key) =
            self.new_leaf(&identity, None, LeafNodeSource::Update, rng)?;
        let leaf_node = self.signed(leaf_node, &identity)?;
        let key = leaf_node.encryption_key.clone();
        let proposal = Proposal::Update(Box::new(leaf_node));
        let message = self.propose(proposal, public, &[], now, rng)?;
        self.touched.touch(Key::Update(key.clone()));
        self.pending_updates.insert(key, PendingUpdate { encryption_key, identity });
        Ok(message)
    }

    /// A PreSharedKey proposal for an external key; one draw of the nonce.
    #[must_use]
    pub fn external_psk(&self, id: &[u8], rng: &mut impl CryptoRng) -> Proposal {
        let nonce = kdf::random(rng, self.crypto.nh()).as_bytes().to_vec();
        Proposal::PreSharedKey(PreSharedKeyId { kind: PskKind::External(id.to_vec()), nonce })
    }

    /// A PreSharedKey proposal for the resumption key of an epoch of a group, for the application's use; one
    /// draw of the nonce.
    #[must_use]
    pub fn resumption_psk_proposal(
        &self,
        group_id: &[u8],
        epoch: u64,
        rng: &mut impl CryptoRng,
    ) -> Proposal {
        let usage = ResumptionUsage::Application;
        Proposal::PreSharedKey(resumption_id(&self.crypto, usage, group_id, epoch, rng))
    }

    /// The device's leaf with a fresh key, not signed yet.
    pub(crate) fn new_leaf(
        &self,
        identity: &SigningIdentity,
        params: Option<&LeafParams>,
        source: LeafNodeSource,
        rng: &mut impl CryptoRng,
    ) -> Result<(LeafNode, Secret), Error> {
        let old = self.own_leaf_node()?;
        let pair = self.crypto.generate_key_pair(rng)?;
        let (capabilities, extensions) = match params {
            Some(params) => params.draw(rng),
            None => (old.capabilities.clone(), old.extensions.clone()),
        };
        let leaf_node = LeafNode {
            encryption_key: pair.public,
            signature_key: identity.signature_key().to_vec(),
            credential: identity.credential().clone(),
            capabilities,
            source,
            extensions,
            signature: Vec::new(),
        };
        Ok((leaf_node, pair.private))
    }

    pub(crate) fn signed(
        &self,
        mut leaf_node: LeafNode,
        identity: &SigningIdentity,
    ) -> Result<LeafNode, Error> {
        sign_leaf_node(&self.crypto, identity, &mut leaf_node, self.group_id(), self.own_leaf())?;
        Ok(leaf_node)
    }
}

/// The id of a resumption key with a fresh nonce.
pub(crate) fn resumption_id(
    crypto: &Crypto,
    usage: ResumptionUsage,
    group_id: &[u8],
    epoch: u64,
    rng: &mut impl CryptoRng,
) -> PreSharedKeyId {
    let nonce = kdf::random(rng, crypto.nh()).as_bytes().to_vec();
    let kind = PskKind::Resumption { usage, group_id: group_id.to_vec(), epoch };
    PreSharedKeyId { kind, nonce }
}

/// Proposes from outside: as an external sender of a group (§12.1.8), by its index in the group's list, or,
/// without an index, as a client that proposes to be added itself. An encoded `MLSMessage`.
///
/// # Errors
/// [`Misuse::Arguments`] for a suite that is unknown, or a proposal that such a sender may not make.
pub fn propose_externally(
    context: &GroupContext,
    proposal: Proposal,
    sender_index: Option<u32>,
    identity: &SigningIdentity,
    provider: &Provider,
) -> Result<Vec<u8>, Error> {
    let suite = CipherSuite::from_u16(context.cipher_suite).ok_or(Misuse::Arguments)?;
    let crypto = Crypto::new(provider, suite);
    let sender = match (sender_index, &proposal) {
        (Some(index), _) => Sender::External(index),
        (None, Proposal::Add(_)) => Sender::NewMemberProposal,
        (None, _) => return Err(Misuse::Arguments.into()),
    };
    let content = FramedContent {
        group_id: context.group_id.clone(),
        epoch: context.epoch,
        sender,
        authenticated_data: Vec::new(),
        content: Content::Proposal(Box::new(proposal)),
    };
    let tbs = framed_content_tbs(WIRE_PUBLIC, &content, &[]);
    let signature = sign_content(&crypto, identity, &tbs)?;
    let auth = AuthData { signature, confirmation_tag: None };
    let message = PublicMessage { content, auth, membership_tag: None };
    Ok(MlsMessage::Public(Box::new(message)).to_bytes())
}

impl OwnKeyPackage {
    /// A proposal to add this client, from itself (§12.1.8): an encoded `MLSMessage`.
    ///
    /// # Errors
    /// As [`propose_externally`].
    pub fn propose_self(
        &self,
        context: &GroupContext,
        provider: &Provider,
    ) -> Result<Vec<u8>, Error> {
        let proposal = Proposal::Add(Box::new(self.key_package().clone()));
        propose_externally(context, proposal, None, self.identity(), provider)
    }
}
