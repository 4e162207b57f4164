//! Proposals of groups: framing.

use super::kinds::psk as case;
use super::twins::by_proposal;
use crate::case::Case;

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative_of("GR-PRP-SIG-001n", "A proposal whose signature does not verify is refused.", by_proposal, "content-bad-signature"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-PRP-SIG-002n", "A proposal signed by a key that nobody knows is refused.", by_proposal, "content-other-signature-key"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-PRP-SIG-003n", "A proposal signed under the label of a leaf is refused.", by_proposal, "content-wrong-label"), &["GRP-19", "GRP-43"], &[]),
    case(Case::negative_of("GR-PRP-SIG-004n", "A proposal signed without the GroupContext is refused.", by_proposal, "content-without-context"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-PRP-SIG-005n", "A proposal signed for the other wire format is refused.", by_proposal, "content-other-wire-format"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-PRP-SIG-006n", "A proposal in the name of another member is refused.", by_proposal, "sender-other-member"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-PRP-GROUP-007n", "A proposal of another group is refused.", by_proposal, "content-other-group-id"), &["GRP-84"], &["M18"]),
    case(Case::negative_of("GR-PRP-EPOCH-008n", "A proposal of the next epoch is refused.", by_proposal, "content-next-epoch"), &["GRP-84"], &[]),
    case(Case::negative_of("GR-PRP-EPOCH-009n", "A proposal that claims the epoch before is refused.", by_proposal, "content-last-epoch"), &["GRP-84"], &[]),
    case(Case::negative_of("GR-PRP-SENDER-010n", "A proposal from a blank leaf is refused.", by_proposal, "sender-blank-leaf blank"), &["GRP-85"], &[]),
    case(Case::negative_of("GR-PRP-SENDER-011n", "A proposal from a leaf beyond the tree is refused.", by_proposal, "sender-out-of-range"), &["GRP-85"], &[]),
    case(Case::negative_of("GR-PRP-TYPE-012n", "A proposal of an unknown content type is refused.", by_proposal, "content-type-unknown"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-PRP-TAIL-013n", "A proposal with a byte behind it is refused.", by_proposal, "message-trailing"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-PRP-TAIL-014n", "A proposal without its last byte is refused.", by_proposal, "message-truncated"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-PRP-LEN-015n", "A proposal with a length in too many bytes is refused.", by_proposal, "message-length-not-minimal"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-PRP-LEN-016n", "A proposal with a length that begins with 11 is refused.", by_proposal, "message-length-reserved"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-PRP-LEN-017n", "A proposal with a length of one too many is refused.", by_proposal, "message-length-overrun"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-PRP-LEN-018n", "A proposal with the largest length there is is refused.", by_proposal, "message-length-largest"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-PRP-VERSION-019n", "A proposal of version 2 is refused.", by_proposal, "message-version"), &["GRP-17"], &[]),
    case(Case::negative_of("GR-PRP-FORMAT-020n", "A proposal of an unknown wire format is refused.", by_proposal, "message-wire-format-unknown"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-PRP-AAD-021n", "A proposal sealed without associated data is refused.", by_proposal, "private-aad-empty"), &["GRP-49"], &[]),
    case(Case::negative_of("GR-PRP-AAD-022n", "A proposal whose sender data lack associated data is refused.", by_proposal, "sender-data-aad-empty"), &["GRP-49"], &[]),
    case(Case::negative_of("GR-PRP-GUARD-023n", "A proposal without the reuse guard in its nonce is refused.", by_proposal, "reuse-guard-not-applied"), &["GRP-49"], &[]),
    case(Case::negative_of("GR-PRP-RATCHET-024n", "A proposal under the sender's other ratchet is refused.", by_proposal, "ratchets-swapped"), &["GRP-49"], &[]),
    case(Case::negative_of("GR-PRP-PADDING-025n", "A proposal whose padding ends in a 1 is refused.", by_proposal, "padding-nonzero"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-PRP-GEN-026n", "A proposal more than max_skip generations ahead is refused.", by_proposal, "generation-past-limit"), &["GRP-44"], &["M13"]),
    case(Case::negative_of("GR-PRP-TAG-027n", "A proposal whose membership tag is wrong is refused.", by_proposal, "membership-tag-wrong public"), &["GRP-46"], &["M2"]),
    case(Case::negative_of("GR-PRP-TAG-028n", "A proposal whose membership tag is empty is refused.", by_proposal, "membership-tag-empty public"), &["GRP-46"], &["M2"]),
    case(Case::negative_of("GR-PRP-TAG-029n", "A proposal without a membership tag is refused.", by_proposal, "membership-tag-missing public"), &["GRP-46"], &["M3"]),
    case(Case::negative_of("GR-PRP-TAG-030n", "A proposal with a part of the membership tag is refused.", by_proposal, "membership-tag-truncated public"), &["GRP-46"], &["M2"]),
    case(Case::negative_of("GR-PRP-TAG-031n", "A proposal whose tag lacks the GroupContext is refused.", by_proposal, "membership-tag-without-context public"), &["GRP-46"], &["M2"]),
    case(Case::negative_of("GR-PRP-TYPE-032n", "A proposal of an unknown sender type is refused.", by_proposal, "sender-type-unknown public"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-PRP-SIG-033n", "A public proposal whose signature does not verify is refused.", by_proposal, "content-bad-signature public"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-PRP-EPOCH-034n", "A public proposal of the epoch before is refused.", by_proposal, "content-last-epoch public"), &["GRP-84"], &["M19"]),
    case(Case::negative_of("GR-PRP-TYPE-035n", "A proposal from an external sender that is not listed is refused.", by_proposal, "sender-external public"), &["GRP-70"], &[]),
    case(Case::negative_of("GR-PRP-TYPE-036n", "A PreSharedKey proposal of a newcomer's is refused.", by_proposal, "sender-new-member-proposal public"), &["GRP-48"], &[]),
    case(Case::negative_of("GR-PRP-TYPE-037n", "A proposal of sender type new_member_commit is refused.", by_proposal, "sender-new-member-commit public"), &["GRP-48"], &[]),
];
