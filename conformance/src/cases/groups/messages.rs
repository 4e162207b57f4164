//! Application messages of groups.

use super::kinds::member as case;
use super::twins::{by_message, unusual_message};
use crate::case::Case;

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative_of("GR-MSG-SIG-001n", "A message whose signature does not verify is refused.", by_message, "content-bad-signature"), &["GRP-43"], &["M1"]),
    case(Case::negative_of("GR-MSG-SIG-002n", "A message signed by a key that nobody knows is refused.", by_message, "content-other-signature-key"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-MSG-SIG-003n", "A message signed under the label of a leaf is refused.", by_message, "content-wrong-label"), &["GRP-19", "GRP-43"], &[]),
    case(Case::negative_of("GR-MSG-SIG-004n", "A message signed without the GroupContext is refused.", by_message, "content-without-context"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-MSG-SIG-005n", "A message signed for the other wire format is refused.", by_message, "content-other-wire-format"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-MSG-SIG-006n", "A message in the name of another member is refused.", by_message, "sender-other-member"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-MSG-GROUP-007n", "A message of another group is refused.", by_message, "content-other-group-id"), &["GRP-84"], &["M18"]),
    case(Case::negative_of("GR-MSG-EPOCH-008n", "A message of the next epoch is refused.", by_message, "content-next-epoch"), &["GRP-84"], &[]),
    case(Case::negative_of("GR-MSG-EPOCH-009n", "A message that claims the epoch before is refused.", by_message, "content-last-epoch"), &["GRP-84"], &[]),
    case(Case::negative_of("GR-MSG-SENDER-010n", "A message from a blank leaf is refused.", by_message, "sender-blank-leaf blank"), &["GRP-85"], &["M20"]),
    case(Case::negative_of("GR-MSG-SENDER-011n", "A message from a leaf beyond the tree is refused.", by_message, "sender-out-of-range"), &["GRP-85"], &[]),
    case(Case::negative_of("GR-MSG-TYPE-012n", "A message of an unknown content type is refused.", by_message, "content-type-unknown"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-MSG-TAIL-013n", "A message with a byte behind it is refused.", by_message, "message-trailing"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-MSG-TAIL-014n", "A message without its last byte is refused.", by_message, "message-truncated"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-MSG-LEN-015n", "A message with a length in too many bytes is refused.", by_message, "message-length-not-minimal"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-MSG-LEN-016n", "A message with a length that begins with 11 is refused.", by_message, "message-length-reserved"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-MSG-LEN-017n", "A message with a length of one too many is refused.", by_message, "message-length-overrun"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-MSG-LEN-018n", "A message with the largest length there is is refused.", by_message, "message-length-largest"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-MSG-VERSION-019n", "A message of version 2 is refused.", by_message, "message-version"), &["GRP-17"], &[]),
    case(Case::negative_of("GR-MSG-FORMAT-020n", "A message of an unknown wire format is refused.", by_message, "message-wire-format-unknown"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-MSG-AAD-021n", "A message sealed without associated data is refused.", by_message, "private-aad-empty"), &["GRP-49"], &[]),
    case(Case::negative_of("GR-MSG-AAD-022n", "A message sealed without its authenticated data is refused.", by_message, "private-aad-without-authenticated-data"), &["GRP-49"], &[]),
    case(Case::negative_of("GR-MSG-AAD-023n", "A message whose sender data lack associated data is refused.", by_message, "sender-data-aad-empty"), &["GRP-49"], &[]),
    case(Case::negative_of("GR-MSG-SAMPLE-024n", "A message whose sender data key comes from 16 bytes is refused.", by_message, "sender-data-short-sample"), &["GRP-49"], &[]),
    case(Case::negative_of("GR-MSG-TAIL-025n", "A message with a byte behind the SenderData is refused.", by_message, "sender-data-trailing"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-MSG-GUARD-026n", "A message without the reuse guard in its nonce is refused.", by_message, "reuse-guard-not-applied"), &["GRP-49"], &[]),
    case(Case::negative_of("GR-MSG-RATCHET-027n", "A message under the sender's other ratchet is refused.", by_message, "ratchets-swapped"), &["GRP-49"], &[]),
    case(Case::negative_of("GR-MSG-PADDING-028n", "A message whose padding ends in a 1 is refused.", by_message, "padding-nonzero"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-MSG-PADDING-029n", "A message whose padding begins with a 1 is refused.", by_message, "padding-first-nonzero"), &["GRP-43"], &[]),
    case(Case::positive_of("GR-MSG-PADDING-030p", "A message without padding is accepted.", unusual_message, "padding-none"), &["GRP-43"], &[]),
    case(Case::positive_of("GR-MSG-PADDING-031p", "A message with 3 bytes of padding is accepted.", unusual_message, "padding-odd"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-MSG-GEN-032n", "A message more than max_skip generations ahead is refused.", by_message, "generation-past-limit other"), &["GRP-44"], &["M13"]),
    case(Case::negative_of("GR-MSG-GEN-033n", "A message of the last generation there is is refused.", by_message, "generation-largest"), &["GRP-44"], &[]),
    case(Case::positive_of("GR-MSG-GEN-034p", "A message max_skip generations ahead is accepted.", unusual_message, "generation-at-limit"), &["GRP-44"], &[]),
    case(Case::negative_of("GR-MSG-GEN-035n", "A message of a generation that was used is refused.", by_message, "generation-reused before"), &["GRP-44"], &[]),
    case(Case::negative_of("GR-MSG-PUBLIC-036n", "Application data in a PublicMessage are refused.", by_message, "application-public"), &["GRP-47"], &["M17"]),
];
