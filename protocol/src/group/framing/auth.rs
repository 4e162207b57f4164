//! Content authentication (RFC 9420 §6.1).

use crate::codec::Writer;
use crate::crypto::labels::mls as labels;
use crate::error::{Error, ProviderFailed};
use crate::group::SigningIdentity;
use crate::group::crypto::Crypto;
use crate::group::error::Check;
use crate::group::schedule::ConfirmationKey;
use crate::group::types::{FramedContent, MLS10};
use alloc::vec::Vec;

/// `FramedContentTBS`: the encoded group context counts for members and those who join by a commit.
pub(crate) fn framed_content_tbs(
    wire_format: u16,
    content: &FramedContent,
    group_context: &[u8],
) -> Vec<u8> {
    let mut w = Writer::with_capacity(group_context.len().saturating_add(512));
    w.u16(MLS10);
    w.u16(wire_format);
    w.item(content);
    if content.sender.signs_context() {
        w.raw(group_context);
    }
    w.into_bytes()
}

/// The signature of a content.
pub(crate) fn sign_content(
    crypto: &Crypto,
    identity: &SigningIdentity,
    tbs: &[u8],
) -> Result<Vec<u8>, ProviderFailed> {
    identity.sign(crypto, labels::FRAMED_CONTENT, tbs)
}

/// `GRP-43`, RFC 9420 §6.1: "Recipients of an MLSMessage MUST verify the signature with the key depending on the
/// `sender_type`".
pub(crate) fn verify_content(
    crypto: &Crypto,
    signature_key: &[u8],
    tbs: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let valid = crypto.verify(signature_key, labels::FRAMED_CONTENT, tbs, signature)?;
    Check::ContentSignature.require(valid)
}

/// `confirmation_tag`
pub(crate) fn confirmation_tag(
    crypto: &Crypto,
    key: &ConfirmationKey,
    confirmed_transcript_hash: &[u8],
) -> Result<Vec<u8>, ProviderFailed> {
    crypto.mac(&key.0, &[confirmed_transcript_hash])
}
