//! Public messages (RFC 9420 §6.2).

use crate::codec::Writer;
use crate::error::{Error, ProviderFailed};
use crate::group::crypto::Crypto;
use crate::group::error::Check;
use crate::group::schedule::MembershipKey;
use crate::group::types::{AuthData, AuthenticatedContent, PublicMessage, Sender};
use alloc::vec::Vec;

/// What the membership tag covers behind the `FramedContentTBS`.
fn auth_bytes(auth: &AuthData) -> Vec<u8> {
    let mut w = Writer::new();
    w.item(auth);
    w.into_bytes()
}

/// A public message of a content; a member's gets its membership tag.
pub(crate) fn protect_public(
    crypto: &Crypto,
    membership_key: &MembershipKey,
    message: AuthenticatedContent,
    tbs: &[u8],
) -> Result<PublicMessage, ProviderFailed> {
    let AuthenticatedContent { content, auth, .. } = message;
    let membership_tag = match content.sender {
        Sender::Member(_) => Some(crypto.mac(&membership_key.0, &[tbs, &auth_bytes(&auth)])?),
        _ => None,
    };
    Ok(PublicMessage { content, auth, membership_tag })
}

/// `GRP-46`, RFC 9420 §6.2: "the application MUST check `membership_tag`", of members' messages.
pub(crate) fn verify_membership(
    crypto: &Crypto,
    membership_key: &MembershipKey,
    message: &PublicMessage,
    tbs: &[u8],
) -> Result<(), Error> {
    let Some(tag) = &message.membership_tag else { return Ok(()) };
    let parts: [&[u8]; 2] = [tbs, &auth_bytes(&message.auth)];
    Check::MembershipTag.require(crypto.verify_mac(&membership_key.0, &parts, tag)?)
}
