//! Receiving a message (RFC 9420 §6, §12.1, §12.4.2, §15).

use super::group::{CachedProposal, Group, Proposals, Status};
use super::psks::PskStore;
use super::stage::Given;
use super::staged::StagedCommit;
use crate::codec::{Wire, decode_all};
use crate::crypto::labels::mls as labels;
use crate::error::{Error, Malformed, Misuse, Peer};
use crate::group::crypto::Crypto;
use crate::group::device::LeafCredential;
use crate::group::error::{Check, blame};
use crate::group::framing::{
    SenderData, framed_content_tbs, open_content, open_sender_data, verify_content,
    verify_membership,
};
use crate::group::schedule::{
    RatchetKind, RatchetLimits, SecretTree, SecretTreeUse, SenderDataSecret,
};
use crate::group::state::Key;
use crate::group::tree::TreeView;
use crate::group::types::{
    AuthenticatedContent, Content, ContentType, Extension, ExternalSender, LeafNode, MlsMessage,
    PrivateMessage, Proposal, PublicMessage, Sender, WIRE_PUBLIC, external_senders,
};
use crate::pairwise::AccountId;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// What a message was.
#[derive(Debug)]
#[non_exhaustive]
pub enum Received {
    /// Application data.
    Application {
        /// Leaf index of the sender in that epoch: [`Group::member_at`] says who it is.
        sender: u32,
        /// The epoch that it was sent in, which may be a past one.
        epoch: u64,
        /// Whether the sender has been removed from the group since then (`GDS-33`): it still has the epoch's keys.
        removed: bool,
        /// The data.
        data: Vec<u8>,
        /// Data that was authenticated, not encrypted.
        authenticated_data: Vec<u8>,
    },
    /// A proposal, kept for a commit of this epoch.
    Proposal {
        /// `ProposalRef`
        reference: Vec<u8>,
        /// Who proposes.
        sender: Sender,
    },
    /// A commit: nothing has changed until it is merged.
    Commit(Box<StagedCommit>),
}

/// A message whose framing was verified, with the key that it has used.
pub(crate) struct Opened {
    pub(crate) message: AuthenticatedContent,
    pub(crate) used: Option<SecretTreeUse>,
}

/// `GRP-70`: the external sender of this index.
pub(crate) fn external_sender(
    extensions: &[Extension],
    index: u32,
) -> Result<ExternalSender, Error> {
    let senders = external_senders(extensions)?;
    let sender = usize::try_from(index).ok().and_then(|index| senders.into_iter().nth(index));
    sender.ok_or(Check::UnknownSender.refuse())
}

impl Group {
    /// Receives an encoded `MLSMessage`; `now` in seconds since 1970.
    ///
    /// # Errors
    /// [`Error::Malformed`]; [`Error::Group`] with the check that failed and, where one is to blame, the leaf.
    pub fn receive(
        &mut self,
        message: &[u8],
        psks: &PskStore,
        now: u64,
    ) -> Result<Received, Error> {
        let opened = self.open(message, now)?;
        self.take(opened, psks, now)
    }

    /// [`receive`](Self::receive) of what came in a session with a device, by account and serial: the leaf that sent it must be
    /// of that device (`GDS-03`). What another one passes on is refused and uses no key, so that it is taken when its sender
    /// brings it.
    ///
    /// # Errors
    /// As [`receive`](Self::receive); `identity_mismatch`.
    pub fn receive_from(
        &mut self,
        message: &[u8],
        (account, serial): (&AccountId, u64),
        psks: &PskStore,
        now: u64,
    ) -> Result<Received, Error> {
        let opened = self.open(message, now)?;
        let content = &opened.message.content;
        let sender = content.sender.leaf().and_then(|leaf| self.member_at(content.epoch, leaf));
        let sender = sender.ok_or(Peer::IdentityMismatch)?;
        LeafCredential::of(&sender.credential)?.check_device(account, serial)?;
        self.take(opened, psks, now)
    }

    fn open(&self, message: &[u8], now: u64) -> Result<Opened, Error> {
        match decode_all(message)? {
            MlsMessage::Public(message) => self.open_public(*message),
            MlsMessage::Private(message) => self.open_of_epoch(&message, now),
            _ => Err(Malformed::Value.into()),
        }
    }

    fn open_public(&self, message: PublicMessage) -> Result<Opened, Error> {
        self.epochs().check_group(&message.content.group_id)?;
        self.check_epoch(message.content.epoch)?;
        self.check_public_form(&message)?;
        let tbs = framed_content_tbs(WIRE_PUBLIC, &message.content, &self.context_bytes);
        verify_membership(&self.crypto, &self.secrets.membership_key, &message, &tbs)?;
        let key = self.public_signature_key(&message)?;
        verify_content(&self.crypto, &key, &tbs, &message.auth.signature)?;
        let PublicMessage { content, auth, .. } = message;
        let message = AuthenticatedContent { wire_format: WIRE_PUBLIC, content, auth };
        Ok(Opened { message, used: None })
    }

    pub(crate) fn open_of_epoch(
        &self,
        message: &PrivateMessage,
        now: u64,
    ) -> Result<Opened, Error> {
        self.epochs().check_group(&message.group_id)?;
        if message.content_type != ContentType::Application {
            self.check_epoch(message.epoch)?;
        }
        self.open_private(message, now)
    }

    /// `GRP-93`, `GRP-94`: nothing changes in a group that the device was removed from, or that a ReInit has ended. `GRP-84`,
    /// §12.1 and §12.4.2: "the `epoch` field of the enclosing FramedContent is equal to the `epoch` field of the current
    /// GroupContext object".
    pub(super) fn check_epoch(&self, epoch: u64) -> Result<(), Error> {
        match self.status {
            Status::Active => {}
            Status::Removed { .. } => return Err(Check::Removed.refuse()),
            Status::Replaced { .. } => return Err(Check::Replaced.refuse()),
        }
        Check::WrongEpoch.require(epoch == self.context.epoch)
    }

    /// `GRP-01`, `GRP-02`, `GRP-47`, `GRP-48`, §6 and §6.1: what may travel as a public message, and from whom.
    pub(crate) fn check_public_form(&self, message: &PublicMessage) -> Result<(), Error> {
        let content = &message.content.content;
        Check::ApplicationNotPrivate.require(content.content_type() != ContentType::Application)?;
        let sender = message.content.sender;
        Check::NotPrivate.require(!self.policy.private_handshake || sender.leaf().is_none())?;
        if sender == Sender::Member(self.own_leaf()) {
            return Err(Check::OwnMessage.refuse());
        }
        let fits = match sender {
            Sender::Member(_) => true,
            Sender::External(_) => matches!(content, Content::Proposal(_)),
            Sender::NewMemberProposal => {
                matches!(content, Content::Proposal(p) if matches!(**p, Proposal::Add(_)))
            }
            Sender::NewMemberCommit => matches!(content, Content::Commit(_)),
        };
        Check::SenderType.require(fits)?;
        let admitted = match sender {
            Sender::Member(_) => true,
            Sender::External(_) | Sender::NewMemberProposal => self.policy.external_proposals,
            Sender::NewMemberCommit => self.policy.external_commits,
        };
        Check::ExternalForbidden.require(admitted)
    }

    /// `GRP-43`, §6.1: the key that the sender of a public message signs with: of a member (`GRP-85`), of an external sender
    /// (`GRP-70`), in what a newcomer proposes (`GRP-71`) or commits (`GJN-13`).
    fn public_signature_key(&self, message: &PublicMessage) -> Result<Vec<u8>, Error> {
        let unknown = || Check::UnknownSender.refuse();
        Ok(match message.content.sender {
            Sender::Member(leaf) => self.tree.leaf(leaf).ok_or_else(unknown)?.signature_key.clone(),
            Sender::External(index) => {
                external_sender(&self.context.extensions, index)?.signature_key
            }
            Sender::NewMemberProposal => match &message.content.content {
                Content::Proposal(proposal) => match &**proposal {
                    Proposal::Add(key_package) => key_package.leaf_node.signature_key.clone(),
                    _ => return Err(Check::SenderType.refuse()),
                },
                _ => return Err(Check::SenderType.refuse()),
            },
            Sender::NewMemberCommit => match &message.content.content {
                Content::Commit(commit) => {
                    let path = commit.path.as_ref().ok_or(Check::PathMissing.refuse())?;
                    path.leaf_node.signature_key.clone()
                }
                _ => return Err(Check::SenderType.refuse()),
            },
        })
    }

    /// Decrypts a private message of this or a past epoch, from somebody who was a member in it (`GRP-85`), and verifies its
    /// signature; the key is used when that is carried out.
    pub(crate) fn open_private(&self, message: &PrivateMessage, now: u64) -> Result<Opened, Error> {
        let limits = self.policy.ratchet_limits(now);
        let (secret, tree, context) = self.epoch_keys(message.epoch, now)?;
        let sender = open_sender_data(&self.crypto, secret, message)?;
        let leaf = sender.leaf_index;
        if leaf == self.own_leaf() {
            return Err(Check::OwnMessage.refuse());
        }
        // §6.3.2: "the recipient MUST verify that the leaf index [...] identifies a non-blank node".
        let node = self.leaf_at(message.epoch, leaf).ok_or(Check::UnknownSender.refuse())?;
        // Nobody is to blame for it: any member can have sealed it, as whom he likes.
        let (opened, used) =
            open_private(&self.crypto, limits, (tree, context, node), sender, message)?;
        Ok(Opened { message: opened, used: Some(used) })
    }

    fn epoch_keys(
        &self,
        epoch: u64,
        now: u64,
    ) -> Result<(&SenderDataSecret, &SecretTree, &[u8]), Error> {
        let epochs = self.epochs();
        let found = epochs.find(epoch)?;
        epochs.check_age(found, now)?;
        Ok(match found {
            Some(past) => (&past.sender_data_secret, &past.secret_tree, &past.context),
            None => (&self.secrets.sender_data_secret, &self.secret_tree, &self.context_bytes),
        })
    }

    fn take(&mut self, opened: Opened, psks: &PskStore, now: u64) -> Result<Received, Error> {
        let Opened { message, used } = opened;
        if let Content::Commit(_) = message.content.content {
            let given = Given { bundled: &Proposals::new(), psks, now };
            let mut staged = self.stage_commit(&message, given)?;
            staged.used = used.as_ref().map(SecretTreeUse::generation);
            return Ok(Received::Commit(Box::new(staged)));
        }
        if let Content::Proposal(_) = message.content.content {
            let sender = message.content.sender;
            let encoded = message.to_bytes();
            self.check_room_for(&encoded)?;
            let (reference, mut cached) = self.received_proposal(message, encoded, now)?;
            let rules = self.rules(&self.context.extensions, now)?.adding();
            cached.committable = self.is_committable(&rules, &cached, psks);
            if let Some(used) = used {
                self.use_key(self.context.epoch, used, now);
            }
            self.cache_proposal(reference.clone(), cached);
            return Ok(Received::Proposal { reference, sender });
        }
        if let Some(used) = used {
            self.use_key(message.content.epoch, used, now);
        }
        let (sender, epoch) = (message.content.sender, message.content.epoch);
        let sender = sender.leaf().ok_or(Check::SenderType.refuse())?;
        match message.content.content {
            Content::Application(data) => Ok(Received::Application {
                sender,
                epoch,
                removed: self.epochs().removed_since(epoch, sender),
                data,
                authenticated_data: message.content.authenticated_data,
            }),
            _ => Err(Malformed::Value.into()),
        }
    }

    fn use_key(&mut self, epoch: u64, used: SecretTreeUse, now: u64) {
        let limits = self.policy.ratchet_limits(now);
        let tree = if epoch == self.context.epoch {
            Some(&mut self.secret_tree)
        } else {
            self.past.get_mut(&epoch).map(|past| &mut past.secret_tree)
        };
        if let Some(tree) = tree {
            self.touched.touch_secret_tree(epoch, tree.carry_out_use(used, limits));
        }
    }

    /// §12.1: a proposal is verified before it is kept; with its encoding. Gives its reference, and what is kept.
    pub(crate) fn received_proposal(
        &self,
        message: AuthenticatedContent,
        content: Vec<u8>,
        now: u64,
    ) -> Result<(Vec<u8>, CachedProposal), Error> {
        let reference = self.crypto.reference(labels::PROPOSAL_REFERENCE, &content)?;
        let rules = self.rules(&self.context.extensions, now)?;
        let sender = message.content.sender;
        let Content::Proposal(proposal) = message.content.content else {
            return Err(Malformed::Value.into());
        };
        self.check_single(&rules, &proposal, sender, None).map_err(blame(sender.leaf()))?;
        let (proposal, order) = (*proposal, self.next_order());
        Ok((reference, CachedProposal { proposal, sender, order, content, committable: true }))
    }

    /// `GDS-25`: there is room for one more proposal of the epoch, an encoded `AuthenticatedContent`.
    pub(super) fn check_room_for(&self, content: &[u8]) -> Result<(), Error> {
        let limit = |most: u32| usize::try_from(most).unwrap_or(usize::MAX);
        let kept = self.proposals.values().map(|cached| cached.content.len());
        let bytes = kept.fold(content.len(), usize::saturating_add);
        let fits = self.proposals.len() < limit(self.policy.max_proposals)
            && bytes <= limit(self.policy.max_proposal_bytes);
        if fits { Ok(()) } else { Err(Misuse::Limit.into()) }
    }

    /// The place of the next proposal among the epoch's.
    pub(crate) fn next_order(&self) -> u32 {
        let orders = self.proposals.values().map(|cached| cached.order);
        orders.max().map_or(0, |last| last.saturating_add(1))
    }

    pub(crate) fn cache_proposal(&mut self, reference: Vec<u8>, cached: CachedProposal) {
        if self.proposals.contains_key(&reference) {
            return;
        }
        self.touched.touch(Key::Proposal(reference.clone()));
        self.proposals.insert(reference, cached);
    }
}

/// Decrypts the content of a private message, with the secret tree, the encoded context and the sender's leaf of its
/// epoch, and verifies its signature; the key is used when that is carried out.
///
/// # Errors
/// [`Check::Duplicate`], [`Check::TooFar`], [`Check::Undecryptable`], [`Check::ContentSignature`]; [`Malformed`].
pub(crate) fn open_private(
    crypto: &Crypto,
    limits: RatchetLimits,
    (tree, context, leaf): (&SecretTree, &[u8], &LeafNode),
    sender: SenderData,
    message: &PrivateMessage,
) -> Result<(AuthenticatedContent, SecretTreeUse), Error> {
    let kind = match message.content_type {
        ContentType::Application => RatchetKind::Application,
        _ => RatchetKind::Handshake,
    };
    let key = (sender.leaf_index, kind);
    let (key, used) = tree.find(crypto, key, sender.generation, limits)?;
    let opened = open_content(crypto, &key, sender, message)?;
    let tbs = framed_content_tbs(opened.wire_format, &opened.content, context);
    verify_content(crypto, &leaf.signature_key, &tbs, &opened.auth.signature)?;
    Ok((opened, used))
}
