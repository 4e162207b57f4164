//! Content authentication (§6.1): the signature of a FramedContent, and who may send what.

use super::crypto::{sign_with_label, verify_with_label};
use super::framing::{
    AuthenticatedContent, Content, EXTERNAL, FramedContent, FramedContentAuthData, MEMBER,
    NEW_MEMBER_COMMIT, NEW_MEMBER_PROPOSAL, encode_framed_content,
};
use super::labels::FRAMED_CONTENT_TBS;
use super::leaf_node::MLS10;
use super::proposals::{EXTERNAL_INIT, Proposal, UPDATE, proposal_type};
use super::suite::CipherSuite;
use crate::octets::{Octets, empty, u16_be};
use crate::pairwise::error::{ErrorClass, check};

// ANCHOR: framed_content_tbs
/// `encode(FramedContentTBS)`: a member and a joiner by external Commit sign the group's context as well.
/// `group_context` is encoded.
pub fn framed_content_tbs(
    wire_format: u16,
    content: &FramedContent,
    group_context: &Octets,
) -> Octets {
    let sender_type = content.sender.sender_type;
    let context = if sender_type == MEMBER || sender_type == NEW_MEMBER_COMMIT {
        group_context.clone()
    } else {
        empty()
    };
    u16_be(MLS10)
        .concat(&u16_be(wire_format))
        .concat(&encode_framed_content(content))
        .concat(&context)
}

/// A signed content, yet without the confirmation tag that a Commit needs.
pub fn sign_framed_content(
    suite: CipherSuite,
    private_key: &Octets,
    wire_format: u16,
    content: &FramedContent,
    group_context: &Octets,
) -> AuthenticatedContent {
    let tbs = framed_content_tbs(wire_format, content, group_context);
    let signature = sign_with_label(suite, private_key, FRAMED_CONTENT_TBS, &tbs);
    AuthenticatedContent {
        wire_format,
        content: content.clone(),
        auth: FramedContentAuthData { signature, confirmation_tag: empty() },
    }
}

/// Refuses a content that the sender's key did not sign. Which key that is depends on the type of the sender
/// and is the caller's to know.
/// See also [GRP-43].
pub fn verify_framed_content(
    suite: CipherSuite,
    public_key: &Octets,
    authenticated: &AuthenticatedContent,
    group_context: &Octets,
) -> Result<(), ErrorClass> {
    let content = &authenticated.content;
    let tbs = framed_content_tbs(authenticated.wire_format, content, group_context);
    let signature = &authenticated.auth.signature;
    verify_with_label(suite, public_key, FRAMED_CONTENT_TBS, &tbs, signature)
}
// ANCHOR_END: framed_content_tbs

// ANCHOR: check_sender_content
/// Refuses what a sender of this type may not send (§6.1, §12.1.8; `[GRP-48]`).
pub fn check_sender_content(content: &FramedContent) -> Result<(), ErrorClass> {
    let allowed = match content.sender.sender_type {
        MEMBER => true,
        EXTERNAL => match &content.content {
            Content::Proposal(proposal) => {
                proposal_type(proposal) != UPDATE && proposal_type(proposal) != EXTERNAL_INIT
            }
            _ => false,
        },
        NEW_MEMBER_PROPOSAL => match &content.content {
            Content::Proposal(Proposal::Add(_)) => true,
            _ => false,
        },
        NEW_MEMBER_COMMIT => match &content.content {
            Content::Commit(_) => true,
            _ => false,
        },
        _ => false,
    };
    check(allowed, ErrorClass::Malformed)
}
// ANCHOR_END: check_sender_content
