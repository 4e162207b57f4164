//! Framing (RFC 9420 §6): the structures; what protects them is in `framing`.

use super::{Commit, GroupInfo, KeyPackage, MLS10, Proposal, Welcome, decode_version};
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::Malformed;
use crate::limits::{MAX_GROUP_CIPHERTEXT, MAX_GROUP_ID, MAX_KEY, MAX_MESSAGE, MAX_SIGNATURE};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// `ContentType`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentType {
    /// Application data.
    Application = 1,
    /// A proposal.
    Proposal = 2,
    /// A commit.
    Commit = 3,
}

impl Decode for ContentType {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match r.u8()? {
            1 => Self::Application,
            2 => Self::Proposal,
            3 => Self::Commit,
            _ => return Err(Malformed::Enumeration),
        })
    }
}

impl Encode for ContentType {
    fn encode(&self, w: &mut Writer) {
        w.u8(match self {
            Self::Application => 1,
            Self::Proposal => 2,
            Self::Commit => 3,
        });
    }
}

/// `Sender`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The member of a leaf index.
    Member(u32),
    /// The external sender of an index.
    External(u32),
    /// A client that proposes to be added.
    NewMemberProposal,
    /// A client that joins by an external commit.
    NewMemberCommit,
}

impl Sender {
    /// The leaf of a member.
    pub(crate) fn leaf(self) -> Option<u32> {
        match self {
            Self::Member(leaf) => Some(leaf),
            _ => None,
        }
    }

    /// Whether the group context is part of what is signed (§6.1).
    pub(crate) fn signs_context(self) -> bool {
        matches!(self, Self::Member(_) | Self::NewMemberCommit)
    }
}

impl Decode for Sender {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match r.u8()? {
            1 => Self::Member(r.u32()?),
            2 => Self::External(r.u32()?),
            3 => Self::NewMemberProposal,
            4 => Self::NewMemberCommit,
            _ => return Err(Malformed::Enumeration),
        })
    }
}

impl Encode for Sender {
    fn encode(&self, w: &mut Writer) {
        match self {
            Self::Member(leaf) => {
                w.u8(1);
                w.u32(*leaf);
            }
            Self::External(index) => {
                w.u8(2);
                w.u32(*index);
            }
            Self::NewMemberProposal => w.u8(3),
            Self::NewMemberCommit => w.u8(4),
        }
    }
}

/// What a message carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Application data.
    Application(Vec<u8>),
    /// A proposal.
    Proposal(Box<Proposal>),
    /// A commit.
    Commit(Box<Commit>),
}

impl Content {
    /// Its type.
    #[must_use]
    pub fn content_type(&self) -> ContentType {
        match self {
            Self::Application(_) => ContentType::Application,
            Self::Proposal(_) => ContentType::Proposal,
            Self::Commit(_) => ContentType::Commit,
        }
    }

    /// The content alone, its type known.
    pub(crate) fn decode_body(
        content_type: ContentType,
        r: &mut Reader<'_>,
    ) -> Result<Self, Malformed> {
        Ok(match content_type {
            ContentType::Application => Self::Application(r.opaque(MAX_MESSAGE)?.to_vec()),
            ContentType::Proposal => Self::Proposal(Box::new(Proposal::decode(r)?)),
            ContentType::Commit => Self::Commit(Box::new(Commit::decode(r)?)),
        })
    }

    pub(crate) fn encode_body(&self, w: &mut Writer) {
        match self {
            Self::Application(data) => w.opaque(data),
            Self::Proposal(proposal) => w.item(&**proposal),
            Self::Commit(commit) => w.item(&**commit),
        }
    }
}

/// `FramedContent`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FramedContent {
    /// The group.
    pub group_id: Vec<u8>,
    /// The epoch that it is sent in.
    pub epoch: u64,
    /// Who sends it.
    pub sender: Sender,
    /// Data of the application that is authenticated, not encrypted.
    pub authenticated_data: Vec<u8>,
    /// The content.
    pub content: Content,
}

impl Decode for FramedContent {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            group_id: r.opaque(MAX_GROUP_ID)?.to_vec(),
            epoch: r.u64()?,
            sender: Sender::decode(r)?,
            authenticated_data: r.opaque(MAX_MESSAGE)?.to_vec(),
            content: {
                let content_type = ContentType::decode(r)?;
                Content::decode_body(content_type, r)?
            },
        })
    }
}

impl Encode for FramedContent {
    fn encode(&self, w: &mut Writer) {
        w.opaque(&self.group_id);
        w.u64(self.epoch);
        w.item(&self.sender);
        w.opaque(&self.authenticated_data);
        w.item(&self.content.content_type());
        self.content.encode_body(w);
    }
}

/// `FramedContentAuthData`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthData {
    /// `SignWithLabel(., "FramedContentTBS", FramedContentTBS)`
    pub signature: Vec<u8>,
    /// `MAC(confirmation_key, confirmed_transcript_hash)`: of commits, and of them only.
    pub confirmation_tag: Option<Vec<u8>>,
}

impl AuthData {
    pub(crate) fn decode_for(
        content_type: ContentType,
        r: &mut Reader<'_>,
    ) -> Result<Self, Malformed> {
        let signature = r.opaque(MAX_SIGNATURE)?.to_vec();
        let confirmation_tag = match content_type {
            ContentType::Commit => Some(r.opaque(MAX_KEY)?.to_vec()),
            _ => None,
        };
        Ok(Self { signature, confirmation_tag })
    }
}

impl Encode for AuthData {
    fn encode(&self, w: &mut Writer) {
        w.opaque(&self.signature);
        if let Some(tag) = &self.confirmation_tag {
            w.opaque(tag);
        }
    }
}

/// `WireFormat` of a framed content: `mls_public_message` or `mls_private_message`.
pub(crate) const WIRE_PUBLIC: u16 = 0x0001;
/// See [`WIRE_PUBLIC`].
pub(crate) const WIRE_PRIVATE: u16 = 0x0002;

/// `AuthenticatedContent`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthenticatedContent {
    /// 1 for a public message, 2 for a private one.
    pub wire_format: u16,
    /// The content.
    pub content: FramedContent,
    /// What authenticates it.
    pub auth: AuthData,
}

impl Decode for AuthenticatedContent {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let wire_format = r.u16()?;
        if !matches!(wire_format, WIRE_PUBLIC | WIRE_PRIVATE) {
            return Err(Malformed::Enumeration);
        }
        let content = FramedContent::decode(r)?;
        let auth = AuthData::decode_for(content.content.content_type(), r)?;
        Ok(Self { wire_format, content, auth })
    }
}

impl Encode for AuthenticatedContent {
    fn encode(&self, w: &mut Writer) {
        w.u16(self.wire_format);
        w.item(&self.content);
        w.item(&self.auth);
    }
}

/// `PublicMessage`. As received, not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublicMessage {
    /// The content.
    pub content: FramedContent,
    /// What authenticates it.
    pub auth: AuthData,
    /// `MAC(membership_key, AuthenticatedContentTBM)`: of members, and of them only.
    pub membership_tag: Option<Vec<u8>>,
}

impl Decode for PublicMessage {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let content = FramedContent::decode(r)?;
        let auth = AuthData::decode_for(content.content.content_type(), r)?;
        let membership_tag = match content.sender {
            Sender::Member(_) => Some(r.opaque(MAX_KEY)?.to_vec()),
            _ => None,
        };
        Ok(Self { content, auth, membership_tag })
    }
}

impl Encode for PublicMessage {
    fn encode(&self, w: &mut Writer) {
        w.item(&self.content);
        w.item(&self.auth);
        if let Some(tag) = &self.membership_tag {
            w.opaque(tag);
        }
    }
}

/// `PrivateMessage`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrivateMessage {
    /// The group.
    pub group_id: Vec<u8>,
    /// The epoch that it is sent in.
    pub epoch: u64,
    /// Type of the content.
    pub content_type: ContentType,
    /// Data of the application that is authenticated, not encrypted.
    pub authenticated_data: Vec<u8>,
    /// The encrypted sender.
    pub encrypted_sender_data: Vec<u8>,
    /// The encrypted content.
    pub ciphertext: Vec<u8>,
}

impl Decode for PrivateMessage {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            group_id: r.opaque(MAX_GROUP_ID)?.to_vec(),
            epoch: r.u64()?,
            content_type: ContentType::decode(r)?,
            authenticated_data: r.opaque(MAX_MESSAGE)?.to_vec(),
            encrypted_sender_data: r.opaque(MAX_KEY)?.to_vec(),
            ciphertext: r.opaque(MAX_GROUP_CIPHERTEXT)?.to_vec(),
        })
    }
}

impl Encode for PrivateMessage {
    fn encode(&self, w: &mut Writer) {
        w.opaque(&self.group_id);
        w.u64(self.epoch);
        w.item(&self.content_type);
        w.opaque(&self.authenticated_data);
        w.opaque(&self.encrypted_sender_data);
        w.opaque(&self.ciphertext);
    }
}

/// `MLSMessage`: everything that travels.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MlsMessage {
    /// Signed, not encrypted.
    Public(Box<PublicMessage>),
    /// Signed and encrypted.
    Private(PrivateMessage),
    /// For newcomers.
    Welcome(Welcome),
    /// For who joins by an external commit.
    GroupInfo(Box<GroupInfo>),
    /// For who adds a client.
    KeyPackage(Box<KeyPackage>),
}

impl MlsMessage {
    /// The group that it belongs to, where it says so in the clear.
    #[must_use]
    pub fn group_id(&self) -> Option<&[u8]> {
        match self {
            Self::Public(message) => Some(&message.content.group_id),
            Self::Private(message) => Some(&message.group_id),
            Self::GroupInfo(info) => Some(&info.group_context.group_id),
            Self::Welcome(_) | Self::KeyPackage(_) => None,
        }
    }
}

impl Decode for MlsMessage {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        decode_version(r)?;
        Ok(match r.u16()? {
            WIRE_PUBLIC => Self::Public(Box::new(PublicMessage::decode(r)?)),
            WIRE_PRIVATE => Self::Private(PrivateMessage::decode(r)?),
            3 => Self::Welcome(Welcome::decode(r)?),
            4 => Self::GroupInfo(Box::new(GroupInfo::decode(r)?)),
            // RFC 9420 §10: the versions of message and key package are the same; both are looked at.
            5 => Self::KeyPackage(Box::new(KeyPackage::decode(r)?)),
            _ => return Err(Malformed::Enumeration),
        })
    }
}

impl Encode for MlsMessage {
    fn encode(&self, w: &mut Writer) {
        w.u16(MLS10);
        match self {
            Self::Public(message) => {
                w.u16(WIRE_PUBLIC);
                w.item(&**message);
            }
            Self::Private(message) => {
                w.u16(WIRE_PRIVATE);
                w.item(message);
            }
            Self::Welcome(welcome) => {
                w.u16(3);
                w.item(welcome);
            }
            Self::GroupInfo(info) => {
                w.u16(4);
                w.item(&**info);
            }
            Self::KeyPackage(key_package) => {
                w.u16(5);
                w.item(&**key_package);
            }
        }
    }
}
