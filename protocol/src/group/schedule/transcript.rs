//! Transcript hashes (RFC 9420 §8.2).

use crate::codec::Writer;
use crate::error::ProviderFailed;
use crate::group::crypto::Crypto;
use crate::group::types::AuthenticatedContent;
use alloc::vec::Vec;

/// `confirmed_transcript_hash` of the epoch that a commit begins (`GRP-30`).
pub(crate) fn confirmed_transcript_hash(
    crypto: &Crypto,
    interim_before: &[u8],
    commit: &AuthenticatedContent,
) -> Result<Vec<u8>, ProviderFailed> {
    let mut w = Writer::new();
    w.u16(commit.wire_format);
    w.item(&commit.content);
    w.opaque(&commit.auth.signature);
    crypto.hash(&[interim_before, &w.into_bytes()])
}

/// `interim_transcript_hash` of the epoch that a commit begins (`GRP-30`).
pub(crate) fn interim_transcript_hash(
    crypto: &Crypto,
    confirmed: &[u8],
    confirmation_tag: &[u8],
) -> Result<Vec<u8>, ProviderFailed> {
    let mut w = Writer::new();
    w.opaque(confirmation_tag);
    crypto.hash(&[confirmed, &w.into_bytes()])
}
