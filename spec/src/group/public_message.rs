//! PublicMessage (§6.2): signed, not encrypted, and with a member's membership tag.

use super::content_auth::{check_sender_content, framed_content_tbs};
use super::framing::{
    APPLICATION, AuthenticatedContent, FramedContent, FramedContentAuthData, MEMBER,
    MLS_PUBLIC_MESSAGE, content_type, encode_auth_data, encode_framed_content, read_auth_data,
    read_framed_content,
};
use super::suite::{CipherSuite, mac};
use crate::octets::{Octets, empty};
use crate::pairwise::codec::{Reader, read_opaque, write_opaque};
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::limits::MAX_KEY;

/// PublicMessage.
#[derive(Clone, Debug, Default)]
pub struct PublicMessage {
    /// The content.
    pub content: FramedContent,
    /// Its authentication.
    pub auth: FramedContentAuthData,
    /// Membership tag, of a member's message.
    pub membership_tag: Octets,
}

/// Reads a PublicMessage.
pub fn read_public_message(r: Reader) -> Result<(PublicMessage, Reader), ErrorClass> {
    let (content, r) = read_framed_content(r)?;
    let (auth, r) = read_auth_data(content_type(&content.content), r)?;
    let (membership_tag, r) =
        if content.sender.sender_type == MEMBER { read_opaque(r, MAX_KEY)? } else { (empty(), r) };
    Ok((PublicMessage { content, auth, membership_tag }, r))
}

/// `encode(PublicMessage)`.
pub fn encode_public_message(message: &PublicMessage) -> Octets {
    let tag = if message.content.sender.sender_type == MEMBER {
        write_opaque(&message.membership_tag)
    } else {
        empty()
    };
    encode_framed_content(&message.content)
        .concat(&encode_auth_data(content_type(&message.content.content), &message.auth))
        .concat(&tag)
}

// ANCHOR: membership_tag
/// membership_tag: the MAC of AuthenticatedContentTBM (§6.2). `group_context` is encoded.
pub fn membership_tag(
    suite: CipherSuite,
    membership_key: &Octets,
    authenticated: &AuthenticatedContent,
    group_context: &Octets,
) -> Octets {
    let content = &authenticated.content;
    let tbs = framed_content_tbs(authenticated.wire_format, content, group_context);
    let auth = encode_auth_data(content_type(&content.content), &authenticated.auth);
    mac(suite, membership_key, &tbs.concat(&auth))
}
// ANCHOR_END: membership_tag

// ANCHOR: protect_public
/// A content that was signed as a PublicMessage, as one. Application data is refused (§6).
pub fn protect_public(
    suite: CipherSuite,
    authenticated: &AuthenticatedContent,
    group_context: &Octets,
    membership_key: &Octets,
) -> Result<PublicMessage, ErrorClass> {
    let content = &authenticated.content;
    check(authenticated.wire_format == MLS_PUBLIC_MESSAGE, ErrorClass::Misuse)?;
    check(content_type(&content.content) != APPLICATION, ErrorClass::Misuse)?;
    let membership_tag = if content.sender.sender_type == MEMBER {
        membership_tag(suite, membership_key, authenticated, group_context)
    } else {
        empty()
    };
    Ok(PublicMessage { content: content.clone(), auth: authenticated.auth.clone(), membership_tag })
}

/// The content of a PublicMessage, its membership tag checked; its signature, and a Commit's confirmation
/// tag, remain to be verified (§6.2; `[GRP-46]`, `[GRP-47]`).
pub fn unprotect_public(
    suite: CipherSuite,
    message: &PublicMessage,
    group_context: &Octets,
    membership_key: &Octets,
) -> Result<AuthenticatedContent, ErrorClass> {
    let content = &message.content;
    check(content_type(&content.content) != APPLICATION, ErrorClass::Malformed)?;
    check_sender_content(content)?;
    let authenticated = AuthenticatedContent {
        wire_format: MLS_PUBLIC_MESSAGE,
        content: content.clone(),
        auth: message.auth.clone(),
    };
    if content.sender.sender_type == MEMBER {
        let expected = membership_tag(suite, membership_key, &authenticated, group_context);
        check(message.membership_tag == expected, ErrorClass::BadSignature)?;
    }
    Ok(authenticated)
}
// ANCHOR_END: protect_public
