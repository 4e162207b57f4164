//! Transcript hashes (§8.2).

use super::framing::{AuthenticatedContent, encode_framed_content};
use super::suite::{CipherSuite, hash};
use crate::octets::{Octets, u16_be};
use crate::pairwise::codec::write_opaque;

// ANCHOR: transcript_hashes
/// `encode(ConfirmedTranscriptHashInput)` of a Commit.
pub fn confirmed_transcript_hash_input(commit: &AuthenticatedContent) -> Octets {
    u16_be(commit.wire_format)
        .concat(&encode_framed_content(&commit.content))
        .concat(&write_opaque(&commit.auth.signature))
}

/// confirmed_transcript_hash of the epoch that a Commit begins: `Nh` bytes (`[GRP-30]`).
pub fn confirmed_transcript_hash(
    suite: CipherSuite,
    interim_transcript_hash_before: &Octets,
    commit: &AuthenticatedContent,
) -> Octets {
    let input = confirmed_transcript_hash_input(commit);
    hash(suite, &interim_transcript_hash_before.concat(&input))
}

/// interim_transcript_hash of an epoch: `Nh` bytes (`[GRP-30]`).
pub fn interim_transcript_hash(
    suite: CipherSuite,
    confirmed_transcript_hash: &Octets,
    confirmation_tag: &Octets,
) -> Octets {
    hash(suite, &confirmed_transcript_hash.concat(&write_opaque(confirmation_tag)))
}
// ANCHOR_END: transcript_hashes
