//! Sending: application data, and what proposals and commits have in common (RFC 9420 §6, §15).

use super::group::Group;
use crate::codec::Wire;
use crate::error::{Error, Misuse};
use crate::group::framing::{
    PrivateKeys, check_bucket, framed_content_tbs, protect_private, protect_public, sign_content,
};
use crate::group::schedule::RatchetKind;
use crate::group::types::{
    AuthData, AuthenticatedContent, Content, ContentType, FramedContent, MlsMessage, Proposal,
    ProposalOrRef, Sender, WIRE_PRIVATE, WIRE_PUBLIC,
};
use crate::limits::MAX_MESSAGE;
use alloc::boxed::Box;
use alloc::vec::Vec;
use rand_core::CryptoRng;

impl Group {
    /// Encrypts application data for the group: an encoded `MLSMessage`. One draw of 4 bytes.
    ///
    /// # Errors
    /// [`Misuse::GroupInactive`]; [`Misuse::ProposalsPending`] when proposals wait for a commit (§12.4, `GDS-29`; see
    /// [`must_commit`](Self::must_commit)), unless one of the device's own is pending (`GDS-35`);
    /// [`Misuse::ChainExhausted`]; [`Error::Provider`]; [`Misuse::Limit`] for data, authenticated or not, of more than
    /// [`MAX_MESSAGE`](crate::limits::MAX_MESSAGE) bytes, and for more than has a bucket in a group that a relay orders
    /// (`GDS-11`).
    pub fn encrypt(
        &mut self,
        data: &[u8],
        authenticated_data: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        self.require_active()?;
        if self.has_proposals_to_commit()? {
            return Err(Misuse::ProposalsPending.into());
        }
        let content = Content::Application(data.to_vec());
        let (message, tbs) = self.sign(content, authenticated_data, WIRE_PRIVATE)?;
        Ok(self.protect(message, &tbs, rng)?.to_bytes())
    }

    /// A signed content of this device in this epoch, with its TBS; a commit's confirmation tag is to follow.
    pub(crate) fn sign(
        &self,
        content: Content,
        authenticated_data: &[u8],
        wire_format: u16,
    ) -> Result<(AuthenticatedContent, Vec<u8>), Error> {
        check_lengths(&content, authenticated_data)?;
        let content = FramedContent {
            group_id: self.context.group_id.clone(),
            epoch: self.context.epoch,
            sender: Sender::Member(self.own_leaf()),
            authenticated_data: authenticated_data.to_vec(),
            content,
        };
        let tbs = framed_content_tbs(wire_format, &content, &self.context_bytes);
        let signature = sign_content(&self.crypto, &self.identity, &tbs)?;
        let auth = AuthData { signature, confirmation_tag: None };
        Ok((AuthenticatedContent { wire_format, content, auth }, tbs))
    }

    /// The wire format of this device's handshake messages: private where policy or the caller wants it.
    pub(crate) fn handshake_format(&self, public: bool) -> Result<u16, Error> {
        match public {
            false => Ok(WIRE_PRIVATE),
            true if self.policy.private_handshake => Err(Misuse::Arguments.into()),
            true => Ok(WIRE_PUBLIC),
        }
    }

    /// Protects a signed content in its wire format; a private message uses up a key.
    pub(crate) fn protect(
        &mut self,
        message: AuthenticatedContent,
        tbs: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<MlsMessage, Error> {
        if message.wire_format == WIRE_PUBLIC {
            let key = &self.secrets.membership_key;
            let message = protect_public(&self.crypto, key, message, tbs)?;
            return Ok(MlsMessage::Public(Box::new(message)));
        }
        let content_type = message.content.content.content_type();
        if self.relay().is_some() && content_type != ContentType::Commit {
            check_bucket(&message)?;
        }
        let kind = match content_type {
            ContentType::Application => RatchetKind::Application,
            _ => RatchetKind::Handshake,
        };
        let key = (self.own_leaf(), kind);
        let (generation, message_key, changes) = self.secret_tree.next(&self.crypto, key)?;
        self.touched.touch_secret_tree(self.context.epoch, changes);
        let sender_data_secret = &self.secrets.sender_data_secret;
        let keys = PrivateKeys { sender_data_secret, generation, message_key };
        let message = protect_private(&self.crypto, keys, message, self.policy.padding, rng)?;
        Ok(MlsMessage::Private(message))
    }
}

/// What a decoder would refuse for its length, a member's or that of the device's own record, is not sent: bytes of the
/// application.
///
/// # Errors
/// [`Misuse::Limit`]
pub(super) fn check_lengths(content: &Content, authenticated_data: &[u8]) -> Result<(), Error> {
    let fits = |bytes: &[u8]| u32::try_from(bytes.len()).is_ok_and(|length| length <= MAX_MESSAGE);
    let custom_fits = |proposal: &Proposal| match proposal {
        Proposal::Custom { data, .. } => fits(data),
        _ => true,
    };
    let content_fits = match content {
        Content::Application(data) => fits(data),
        Content::Proposal(proposal) => custom_fits(proposal),
        Content::Commit(commit) => commit.proposals.iter().all(|entry| match entry {
            ProposalOrRef::Proposal(proposal) => custom_fits(proposal),
            ProposalOrRef::Reference(_) => true,
        }),
    };
    if content_fits && fits(authenticated_data) { Ok(()) } else { Err(Misuse::Limit.into()) }
}
