//! Joining by an external commit (RFC 9420 §12.4.3.2).

use super::apply::apply_proposals;
use super::build::build_path;
use super::group::Group;
use super::identity::{LeafParams, SigningIdentity};
use super::join::{JoinParams, check_delivery, check_origin, check_signer, verified_tree};
use super::psks::look_up;
use super::send::check_lengths;
use super::stage::{EpochInputs, next_epoch};
use crate::codec::{Wire, decode_all};
use crate::crypto::kdf;
use crate::error::{Error, Malformed, Misuse};
use crate::group::check::{
    LeafPlace, LeafRules, ListedProposal, check_changed_leaves, check_clients_unique,
    check_group_extensions, check_next_epoch, check_proposal_list,
};
use crate::group::crypto::Crypto;
use crate::group::error::Check;
use crate::group::framing::{framed_content_tbs, sign_content};
use crate::group::schedule::{
    CommitSecret, InitSecret, confirmed_transcript_hash, interim_transcript_hash, psk_secret,
};
use crate::group::tree::{Diff, PrivateTree, TreeView};
use crate::group::types::{
    AuthData, AuthenticatedContent, Commit, Content, FramedContent, GroupInfo, LeafNode,
    LeafNodeSource, MlsMessage, PreSharedKeyId, Proposal, ProposalOrRef, PskKind, PublicMessage,
    Sender, WIRE_PUBLIC, external_pub,
};
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// How to join by an external commit.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExternalJoin {
    /// The leaf of the member whose place the client takes: its own, lost one.
    pub resync: Option<u32>,
    /// Ids of external pre-shared keys to inject.
    pub external_psks: Vec<Vec<u8>>,
    /// The client's leaf.
    pub leaf: LeafParams,
    /// Data of the application to be authenticated.
    pub authenticated_data: Vec<u8>,
}

impl ExternalJoin {
    /// The defaults: a new member.
    #[must_use]
    pub fn new(leaf: LeafParams) -> Self {
        Self { resync: None, external_psks: Vec::new(), leaf, authenticated_data: Vec::new() }
    }
}

impl Group {
    /// Joins a group by a commit of one's own, with an encoded group info that has the external public key (`GJN-12`).
    /// Gives the group of the new epoch and the encoded commit; the group is to be dropped if the commit does
    /// not become the epoch's. Draws: GREASE, the leaf's key, the encapsulation for the group, the nonces of the
    /// pre-shared keys, `path_secret[0]`, an encapsulation for each ciphertext of the path.
    ///
    /// # Errors
    /// [`Error::Malformed`]; [`Error::Group`]; [`Misuse::Arguments`] for a leaf to take the place of that there is not, and for
    /// a state that is to give way and is another group's.
    pub fn join_external(
        group_info: &[u8],
        identity: &SigningIdentity,
        join: &ExternalJoin,
        params: JoinParams<'_>,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, Vec<u8>), Error> {
        let MlsMessage::GroupInfo(info) = decode_all(group_info)? else {
            return Err(Malformed::Value.into());
        };
        let suite = params.policy.suite(info.group_context.cipher_suite)?;
        let crypto = Crypto::new(&params.provider, suite);
        let group_id = info.group_context.group_id.clone();
        if join.resync.is_none() || params.replaces.is_some() {
            params.check_group_id(&group_id)?;
        }
        let mut tree = verified_tree(&crypto, &info, params.ratchet_tree, &params.policy, now)?;
        check_delivery(&info.group_context.extensions, params.relay)?;
        check_signer(&tree, info.signer, params.peer)?;
        check_origin(&info, &tree, None, (params.from, params.ended), &params.policy)?;
        let external_pub = external_pub(&info.extensions)?.ok_or(Check::ExternalPub.refuse())?;
        let (capabilities, extensions) = join.leaf.draw(rng);
        let leaf_key = crypto.generate_key_pair(rng)?;
        let leaf_node = LeafNode {
            encryption_key: leaf_key.public,
            signature_key: identity.signature_key().to_vec(),
            credential: identity.credential().clone(),
            capabilities,
            source: LeafNodeSource::Commit(Vec::new()),
            extensions,
            signature: Vec::new(),
        };
        let (kem_output, init_secret) = InitSecret::to_group(&crypto, &external_pub, rng)?;
        let proposals = external_proposals(&crypto, join, kem_output, rng);
        let listed: Vec<ListedProposal<'_>> = proposals.iter().map(listed).collect();
        check_proposal_list(None, &listed, &params.policy)?;

        let mut diff = Diff::new(&tree);
        let old = join.resync.map(|leaf| tree.leaf(leaf).ok_or(Misuse::Arguments)).transpose()?;
        let applied = apply_proposals(&mut diff, &listed)?;
        let leaf = diff.blank_from(0)?;
        let extensions = &info.group_context.extensions;
        let rules = LeafRules::new(&crypto, &params.policy, &group_id, extensions, now)?;
        check_group_extensions(&leaf_node, extensions)?;
        let place = LeafPlace::Commit(leaf);
        rules.verify_unsigned(&leaf_node, place, old.map(|old| &**old))?;
        let mut context = info.group_context.clone();
        check_next_epoch(&context)?;
        context.epoch = context.epoch.saturating_add(1);
        let built = build_path(
            &crypto,
            &mut diff,
            (leaf, leaf_node),
            identity,
            &mut context,
            &applied.new_leaves,
            rng,
        )?;
        check_changed_leaves(&diff)?;
        check_clients_unique(&diff, &BTreeSet::from([leaf]), &params.policy)?;
        let psks = look_up(&applied.psks, params.psks, &[])?;

        let commit = Commit {
            proposals: proposals.iter().cloned().map(ProposalOrRef::Proposal).collect(),
            path: Some(built.path),
        };
        let message = signed_commit(&crypto, &info, commit, identity, &join.authenticated_data)?;
        let interim = interim_of(&crypto, &info)?;
        context.confirmed_transcript_hash = confirmed_transcript_hash(&crypto, &interim, &message)?;
        let inputs = EpochInputs {
            init_secret: &init_secret,
            commit_secret: CommitSecret(built.new.keys.commit_secret),
            psk_secret: psk_secret(&crypto, &psks)?,
            context,
        };
        let (state, _, _) = next_epoch(&crypto, inputs, diff.size())?;
        let mut private = PrivateTree::new(leaf, leaf_key.private);
        private.apply(built.new.keys.private);
        let AuthenticatedContent { content, mut auth, .. } = message;
        auth.confirmation_tag = Some(state.confirmation_tag.clone());
        let message = PublicMessage { content, auth, membership_tag: None };
        drop((applied, rules));
        let changes = diff.into_changes();
        tree.apply(changes);
        let identity = identity.clone();
        let mut group = Self::start(crypto, params.policy, identity, (tree, private), state);
        group.take_place_of(params.replaces);
        Ok((group, MlsMessage::Public(Box::new(message)).to_bytes()))
    }
}

fn listed(proposal: &Proposal) -> ListedProposal<'_> {
    ListedProposal { proposal, sender: Sender::NewMemberCommit, checked: true }
}

fn external_proposals(
    crypto: &Crypto,
    join: &ExternalJoin,
    kem_output: Vec<u8>,
    rng: &mut impl CryptoRng,
) -> Vec<Proposal> {
    let mut proposals = alloc::vec![Proposal::ExternalInit(kem_output)];
    proposals.extend(join.resync.map(Proposal::Remove));
    for id in &join.external_psks {
        let nonce = kdf::random(rng, crypto.nh()).as_bytes().to_vec();
        let kind = PskKind::External(id.clone());
        proposals.push(Proposal::PreSharedKey(PreSharedKeyId { kind, nonce }));
    }
    proposals
}

fn interim_of(crypto: &Crypto, info: &GroupInfo) -> Result<Vec<u8>, Error> {
    let confirmed = &info.group_context.confirmed_transcript_hash;
    Ok(interim_transcript_hash(crypto, confirmed, &info.confirmation_tag)?)
}

fn signed_commit(
    crypto: &Crypto,
    info: &GroupInfo,
    commit: Commit,
    identity: &SigningIdentity,
    authenticated_data: &[u8],
) -> Result<AuthenticatedContent, Error> {
    let content = FramedContent {
        group_id: info.group_context.group_id.clone(),
        epoch: info.group_context.epoch,
        sender: Sender::NewMemberCommit,
        authenticated_data: authenticated_data.to_vec(),
        content: Content::Commit(Box::new(commit)),
    };
    check_lengths(&content.content, authenticated_data)?;
    let tbs = framed_content_tbs(WIRE_PUBLIC, &content, &info.group_context.to_bytes());
    let signature = sign_content(crypto, identity, &tbs)?;
    let auth = AuthData { signature, confirmation_tag: None };
    Ok(AuthenticatedContent { wire_format: WIRE_PUBLIC, content, auth })
}
