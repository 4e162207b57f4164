//! Message framing (§6): the structures around a proposal, a Commit or application data.

use super::commit::{Commit, encode_commit, read_commit};
use super::key_package::{KeyPackage, encode_key_package, read_key_package};
use super::known_types::{check_known_content, check_known_leaf};
use super::leaf_node::MLS10;
use super::limits::MAX_GROUP_ID;
use super::private_message::{PrivateMessage, encode_private_message, read_private_message};
use super::proposals::{Proposal, encode_proposal, read_proposal};
use super::public_message::{PublicMessage, encode_public_message, read_public_message};
use super::welcome::{
    GroupInfo, Welcome, encode_group_info, encode_welcome, read_group_info, read_welcome,
};
use crate::octets::{Octets, byte, empty, u16_be, u32_be, u64_be};
use crate::pairwise::codec::{
    Reader, finish, read_opaque, read_u8, read_u16, read_u32, read_u64, reader, write_opaque,
};
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::limits::{MAX_KEY, MAX_MESSAGE, MAX_SIGNATURE};

/// ContentType `application`.
pub const APPLICATION: u8 = 1;
/// ContentType `proposal`.
pub const PROPOSAL: u8 = 2;
/// ContentType `commit`.
pub const COMMIT: u8 = 3;

/// SenderType `member`.
pub const MEMBER: u8 = 1;
/// SenderType `external`.
pub const EXTERNAL: u8 = 2;
/// SenderType `new_member_proposal`.
pub const NEW_MEMBER_PROPOSAL: u8 = 3;
/// SenderType `new_member_commit`.
pub const NEW_MEMBER_COMMIT: u8 = 4;

/// WireFormat `mls_public_message` (§17.2).
pub const MLS_PUBLIC_MESSAGE: u16 = 1;
/// WireFormat `mls_private_message` (§17.2).
pub const MLS_PRIVATE_MESSAGE: u16 = 2;
/// WireFormat `mls_welcome` (§17.2).
pub const MLS_WELCOME: u16 = 3;
/// WireFormat `mls_group_info` (§17.2).
pub const MLS_GROUP_INFO: u16 = 4;
/// WireFormat `mls_key_package` (§17.2).
pub const MLS_KEY_PACKAGE: u16 = 5;

/// Sender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// SenderType.
    pub sender_type: u8,
    /// Leaf index of a member, or index of an external sender.
    pub index: u32,
}

/// What is framed.
#[derive(Clone, Debug, Default)]
pub enum Content {
    /// Reserved: nothing.
    #[default]
    Reserved,
    /// Application data.
    Application(Octets),
    /// A proposal.
    Proposal(Proposal),
    /// A Commit.
    Commit(Commit),
}

/// FramedContent.
#[derive(Clone, Debug, Default)]
pub struct FramedContent {
    /// The group.
    pub group_id: Octets,
    /// The epoch in which it is sent.
    pub epoch: u64,
    /// Who sends it.
    pub sender: Sender,
    /// The application's data, authenticated and not encrypted.
    pub authenticated_data: Octets,
    /// What is framed.
    pub content: Content,
}

/// FramedContentAuthData.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FramedContentAuthData {
    /// Signature over FramedContentTBS.
    pub signature: Octets,
    /// Confirmation tag, of a Commit.
    pub confirmation_tag: Octets,
}

/// AuthenticatedContent.
#[derive(Clone, Debug, Default)]
pub struct AuthenticatedContent {
    /// The wire format for which it is signed.
    pub wire_format: u16,
    /// The content.
    pub content: FramedContent,
    /// Its authentication.
    pub auth: FramedContentAuthData,
}

/// MLSMessage; its version is mls10.
#[derive(Clone, Debug, Default)]
pub enum MlsMessage {
    /// Reserved: no message.
    #[default]
    Reserved,
    /// PublicMessage.
    PublicMessage(PublicMessage),
    /// PrivateMessage.
    PrivateMessage(PrivateMessage),
    /// Welcome.
    Welcome(Welcome),
    /// GroupInfo.
    GroupInfo(GroupInfo),
    /// KeyPackage.
    KeyPackage(KeyPackage),
}

/// The ContentType of a content.
pub fn content_type(content: &Content) -> u8 {
    match content {
        Content::Reserved => 0,
        Content::Application(_) => APPLICATION,
        Content::Proposal(_) => PROPOSAL,
        Content::Commit(_) => COMMIT,
    }
}

/// Reads a content of a type.
pub fn read_content(content_type: u8, r: Reader) -> Result<(Content, Reader), ErrorClass> {
    match content_type {
        APPLICATION => {
            let (application_data, r) = read_opaque(r, MAX_MESSAGE)?;
            Ok((Content::Application(application_data), r))
        }
        PROPOSAL => {
            let (proposal, r) = read_proposal(r)?;
            Ok((Content::Proposal(proposal), r))
        }
        COMMIT => {
            let (commit, r) = read_commit(r)?;
            Ok((Content::Commit(commit), r))
        }
        _ => Err(ErrorClass::Malformed),
    }
}

/// The encoding of a content, without its type.
pub fn encode_content(content: &Content) -> Octets {
    match content {
        Content::Reserved => empty(),
        Content::Application(application_data) => write_opaque(application_data),
        Content::Proposal(proposal) => encode_proposal(proposal),
        Content::Commit(commit) => encode_commit(commit),
    }
}

/// Reads a Sender.
fn read_sender(r: Reader) -> Result<(Sender, Reader), ErrorClass> {
    let (sender_type, r) = read_u8(r)?;
    match sender_type {
        MEMBER | EXTERNAL => {
            let (index, r) = read_u32(r)?;
            Ok((Sender { sender_type, index }, r))
        }
        NEW_MEMBER_PROPOSAL | NEW_MEMBER_COMMIT => Ok((Sender { sender_type, index: 0 }, r)),
        _ => Err(ErrorClass::Malformed),
    }
}

/// `encode(Sender)`.
fn encode_sender(sender: &Sender) -> Octets {
    let index = if sender.sender_type == MEMBER || sender.sender_type == EXTERNAL {
        u32_be(sender.index)
    } else {
        empty()
    };
    byte(sender.sender_type).concat(&index)
}

/// Reads a FramedContent.
pub fn read_framed_content(r: Reader) -> Result<(FramedContent, Reader), ErrorClass> {
    let (group_id, r) = read_opaque(r, MAX_GROUP_ID)?;
    let (epoch, r) = read_u64(r)?;
    let (sender, r) = read_sender(r)?;
    let (authenticated_data, r) = read_opaque(r, MAX_MESSAGE)?;
    let (content_type, r) = read_u8(r)?;
    let (content, r) = read_content(content_type, r)?;
    Ok((FramedContent { group_id, epoch, sender, authenticated_data, content }, r))
}

/// `encode(FramedContent)`.
pub fn encode_framed_content(content: &FramedContent) -> Octets {
    write_opaque(&content.group_id)
        .concat(&u64_be(content.epoch))
        .concat(&encode_sender(&content.sender))
        .concat(&write_opaque(&content.authenticated_data))
        .concat(&byte(content_type(&content.content)))
        .concat(&encode_content(&content.content))
}

/// Reads the FramedContentAuthData of a content of a type.
pub fn read_auth_data(
    content_type: u8,
    r: Reader,
) -> Result<(FramedContentAuthData, Reader), ErrorClass> {
    let (signature, r) = read_opaque(r, MAX_SIGNATURE)?;
    let (confirmation_tag, r) =
        if content_type == COMMIT { read_opaque(r, MAX_KEY)? } else { (empty(), r) };
    Ok((FramedContentAuthData { signature, confirmation_tag }, r))
}

/// `encode(FramedContentAuthData)` of a content of a type.
pub fn encode_auth_data(content_type: u8, auth: &FramedContentAuthData) -> Octets {
    let tag = if content_type == COMMIT { write_opaque(&auth.confirmation_tag) } else { empty() };
    write_opaque(&auth.signature).concat(&tag)
}

/// Decodes an AuthenticatedContent, of whatever types: what a bundle holds (`[GDS-45]`).
pub fn decode_authenticated_content(bytes: &Octets) -> Result<AuthenticatedContent, ErrorClass> {
    let (wire_format, r) = read_u16(reader(bytes))?;
    let (content, r) = read_framed_content(r)?;
    let (auth, r) = read_auth_data(content_type(&content.content), r)?;
    finish(&r)?;
    Ok(AuthenticatedContent { wire_format, content, auth })
}

/// `encode(AuthenticatedContent)`; its hash is the reference of a proposal (§5.2).
pub fn encode_authenticated_content(authenticated: &AuthenticatedContent) -> Octets {
    let content = &authenticated.content;
    u16_be(authenticated.wire_format)
        .concat(&encode_framed_content(content))
        .concat(&encode_auth_data(content_type(&content.content), &authenticated.auth))
}

// ANCHOR: decode_mls_message
/// Decodes an MLSMessage. The version of a KeyPackage is the message's (§10, `[GRP-17]`); a type that is not known
/// is refused (`[GRP-18]`).
/// See also [GRP-15].
pub fn decode_mls_message(bytes: &Octets) -> Result<MlsMessage, ErrorClass> {
    let (version, r) = read_u16(reader(bytes))?;
    check(version == MLS10, ErrorClass::UnsupportedVersion)?;
    let (wire_format, r) = read_u16(r)?;
    let (message, r) = match wire_format {
        MLS_PUBLIC_MESSAGE => {
            let (message, r) = read_public_message(r)?;
            check_known_content(&message.content.content)?;
            (MlsMessage::PublicMessage(message), r)
        }
        MLS_PRIVATE_MESSAGE => {
            let (message, r) = read_private_message(r)?;
            (MlsMessage::PrivateMessage(message), r)
        }
        MLS_WELCOME => {
            let (welcome, r) = read_welcome(r)?;
            (MlsMessage::Welcome(welcome), r)
        }
        MLS_GROUP_INFO => {
            let (group_info, r) = read_group_info(r)?;
            (MlsMessage::GroupInfo(group_info), r)
        }
        MLS_KEY_PACKAGE => {
            let (key_package, r) = read_key_package(r)?;
            check_known_leaf(&key_package.leaf_node)?;
            (MlsMessage::KeyPackage(key_package), r)
        }
        _ => Err(ErrorClass::Malformed)?,
    };
    finish(&r)?;
    Ok(message)
}
// ANCHOR_END: decode_mls_message

/// `encode(MLSMessage)`.
pub fn encode_mls_message(message: &MlsMessage) -> Octets {
    let (wire_format, body) = match message {
        MlsMessage::Reserved => (0, empty()),
        MlsMessage::PublicMessage(m) => (MLS_PUBLIC_MESSAGE, encode_public_message(m)),
        MlsMessage::PrivateMessage(m) => (MLS_PRIVATE_MESSAGE, encode_private_message(m)),
        MlsMessage::Welcome(m) => (MLS_WELCOME, encode_welcome(m)),
        MlsMessage::GroupInfo(m) => (MLS_GROUP_INFO, encode_group_info(m)),
        MlsMessage::KeyPackage(m) => (MLS_KEY_PACKAGE, encode_key_package(m)),
    };
    u16_be(MLS10).concat(&u16_be(wire_format)).concat(&body)
}
