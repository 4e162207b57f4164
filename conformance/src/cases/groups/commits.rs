//! Commits of groups: framing and confirmation.

use super::stage::MEMBER;
use super::twins::{by_commit, unusual_commit};
use crate::case::{Access, Case};

const fn case(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    case.clauses(clauses)
        .mutants(mutants)
        .needs(Access::L1, MEMBER)
        .suite(super::PROFILE)
        .with_peer()
        .unfed()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative_of("GR-CMT-SIG-001n", "A Commit whose signature does not verify is refused.", by_commit, "content-bad-signature"), &["GRP-43"], &["M1"]),
    case(Case::negative_of("GR-CMT-SIG-002n", "A Commit signed by a key that nobody knows is refused.", by_commit, "content-other-signature-key"), &["GRP-43"], &["M1"]),
    case(Case::negative_of("GR-CMT-SIG-003n", "A Commit signed under the label of a leaf is refused.", by_commit, "content-wrong-label"), &["GRP-19", "GRP-43"], &[]),
    case(Case::negative_of("GR-CMT-SIG-004n", "A Commit signed without the GroupContext is refused.", by_commit, "content-without-context"), &["GRP-43"], &["M6"]),
    case(Case::negative_of("GR-CMT-SIG-005n", "A Commit signed for the other wire format is refused.", by_commit, "content-other-wire-format"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-CMT-SIG-006n", "A Commit in the name of another member is refused.", by_commit, "sender-other-member"), &["GRP-43"], &["M1"]),
    case(Case::negative_of("GR-CMT-GROUP-007n", "A Commit of another group is refused.", by_commit, "content-other-group-id"), &["GRP-84"], &["M18"]),
    case(Case::negative_of("GR-CMT-EPOCH-008n", "A Commit of the next epoch is refused.", by_commit, "content-next-epoch"), &["GRP-84"], &["M19"]),
    case(Case::negative_of("GR-CMT-EPOCH-009n", "A Commit that claims the epoch before is refused.", by_commit, "content-last-epoch"), &["GRP-84"], &["M19"]),
    case(Case::negative_of("GR-CMT-SENDER-010n", "A Commit from a blank leaf is refused.", by_commit, "sender-blank-leaf blank"), &["GRP-85"], &["M20"]),
    case(Case::negative_of("GR-CMT-SENDER-011n", "A Commit from a leaf beyond the tree is refused.", by_commit, "sender-out-of-range"), &["GRP-85"], &["M20"]),
    case(Case::negative_of("GR-CMT-TYPE-012n", "A Commit of an unknown content type is refused.", by_commit, "content-type-unknown"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-CMT-TAIL-013n", "A Commit with a byte behind it is refused.", by_commit, "message-trailing"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-CMT-TAIL-014n", "A Commit without its last byte is refused.", by_commit, "message-truncated"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-CMT-LEN-015n", "A Commit with a length in too many bytes is refused.", by_commit, "message-length-not-minimal"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-CMT-LEN-016n", "A Commit with a length that begins with 11 is refused.", by_commit, "message-length-reserved"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-CMT-LEN-017n", "A Commit with a length of one too many is refused.", by_commit, "message-length-overrun"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-CMT-LEN-018n", "A Commit with the largest length there is is refused.", by_commit, "message-length-largest"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-CMT-VERSION-019n", "A Commit of version 2 is refused.", by_commit, "message-version"), &["GRP-17"], &[]),
    case(Case::negative_of("GR-CMT-FORMAT-020n", "A Commit of an unknown wire format is refused.", by_commit, "message-wire-format-unknown"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-CMT-AAD-021n", "A Commit sealed without associated data is refused.", by_commit, "private-aad-empty"), &["GRP-49"], &["M10"]),
    case(Case::negative_of("GR-CMT-AAD-022n", "A Commit sealed without its authenticated data is refused.", by_commit, "private-aad-without-authenticated-data"), &["GRP-49"], &["M10"]),
    case(Case::negative_of("GR-CMT-AAD-023n", "A Commit whose sender data lack associated data is refused.", by_commit, "sender-data-aad-empty"), &["GRP-49"], &[]),
    case(Case::negative_of("GR-CMT-SAMPLE-024n", "A Commit whose sender data key comes from 16 bytes is refused.", by_commit, "sender-data-short-sample"), &["GRP-49"], &["M11"]),
    case(Case::negative_of("GR-CMT-TAIL-025n", "A Commit with a byte behind the SenderData is refused.", by_commit, "sender-data-trailing"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-CMT-GUARD-026n", "A Commit without the reuse guard in its nonce is refused.", by_commit, "reuse-guard-not-applied"), &["GRP-49"], &["M8"]),
    case(Case::negative_of("GR-CMT-RATCHET-027n", "A Commit under the sender's other ratchet is refused.", by_commit, "ratchets-swapped"), &["GRP-49"], &["M14"]),
    case(Case::negative_of("GR-CMT-PADDING-028n", "A Commit whose padding ends in a 1 is refused.", by_commit, "padding-nonzero"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-CMT-PADDING-029n", "A Commit whose padding begins with a 1 is refused.", by_commit, "padding-first-nonzero"), &["GRP-43"], &[]),
    case(Case::positive_of("GR-CMT-PADDING-030p", "A Commit without padding is accepted.", unusual_commit, "padding-none"), &["GRP-43"], &[]),
    case(Case::positive_of("GR-CMT-PADDING-031p", "A Commit with 3 bytes of padding is accepted.", unusual_commit, "padding-odd"), &["GRP-43"], &[]),
    case(Case::negative_of("GR-CMT-GEN-032n", "A Commit more than max_skip generations ahead is refused.", by_commit, "generation-past-limit other"), &["GRP-44"], &["M13"]),
    case(Case::negative_of("GR-CMT-GEN-033n", "A Commit of the last generation there is is refused.", by_commit, "generation-largest"), &["GRP-44"], &["M13"]),
    case(Case::positive_of("GR-CMT-GEN-034p", "A Commit max_skip generations ahead is accepted.", unusual_commit, "generation-at-limit"), &["GRP-44"], &[]),
    case(Case::negative_of("GR-CMT-TAG-035n", "A Commit whose membership tag is wrong is refused.", by_commit, "membership-tag-wrong public"), &["GRP-46"], &["M2"]),
    case(Case::negative_of("GR-CMT-TAG-036n", "A Commit whose membership tag is empty is refused.", by_commit, "membership-tag-empty public"), &["GRP-46"], &["M2", "M3"]),
    case(Case::negative_of("GR-CMT-TAG-037n", "A Commit without a membership tag is refused.", by_commit, "membership-tag-missing public"), &["GRP-46"], &["M3"]),
    case(Case::negative_of("GR-CMT-TAG-038n", "A Commit with a part of the membership tag is refused.", by_commit, "membership-tag-truncated public"), &["GRP-46"], &["M2"]),
    case(Case::negative_of("GR-CMT-TAG-039n", "A Commit whose tag lacks the GroupContext is refused.", by_commit, "membership-tag-without-context public"), &["GRP-46"], &["M2"]),
    case(Case::negative_of("GR-CMT-TYPE-040n", "A Commit of an unknown sender type is refused.", by_commit, "sender-type-unknown public"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-CMT-SIG-041n", "A public Commit whose signature does not verify is refused.", by_commit, "content-bad-signature public"), &["GRP-43"], &["M1"]),
    case(Case::negative_of("GR-CMT-SIG-042n", "A public Commit signed without the GroupContext is refused.", by_commit, "content-without-context public"), &["GRP-43"], &["M6"]),
    case(Case::negative_of("GR-CMT-GROUP-043n", "A public Commit of another group is refused.", by_commit, "content-other-group-id public"), &["GRP-84"], &["M18"]),
    case(Case::negative_of("GR-CMT-EPOCH-044n", "A public Commit of the next epoch is refused.", by_commit, "content-next-epoch public"), &["GRP-84"], &["M19"]),
    case(Case::negative_of("GR-CMT-EPOCH-045n", "A public Commit of the epoch before is refused.", by_commit, "content-last-epoch public"), &["GRP-84"], &["M19"]),
    case(Case::negative_of("GR-CMT-SENDER-046n", "A public Commit from a blank leaf is refused.", by_commit, "sender-blank-leaf public blank"), &["GRP-85"], &["M20"]),
    case(Case::negative_of("GR-CMT-SENDER-047n", "A public Commit from a leaf beyond the tree is refused.", by_commit, "sender-out-of-range public"), &["GRP-85"], &["M20"]),
    case(Case::negative_of("GR-CMT-TYPE-048n", "A Commit from an external sender is refused.", by_commit, "sender-external public"), &["GRP-48"], &[]),
    case(Case::negative_of("GR-CMT-TYPE-049n", "A Commit of sender type new_member_proposal is refused.", by_commit, "sender-new-member-proposal public"), &["GRP-48"], &[]),
    case(Case::negative_of("GR-CMT-TYPE-050n", "A member's Commit of sender type new_member_commit is refused.", by_commit, "sender-new-member-commit public"), &["GRP-48"], &[]),
    case(Case::negative_of("GR-CMT-CONFIRM-051n", "A Commit whose confirmation tag is wrong is refused.", by_commit, "confirmation-tag-wrong"), &["GRP-31"], &["M4"]),
    case(Case::negative_of("GR-CMT-CONFIRM-052n", "A Commit whose confirmation tag is empty is refused.", by_commit, "confirmation-tag-empty"), &["GRP-31", "GRP-88"], &["M4"]),
    case(Case::negative_of("GR-CMT-CONFIRM-053n", "A Commit with a part of its confirmation tag is refused.", by_commit, "confirmation-tag-truncated"), &["GRP-31"], &["M4"]),
    case(Case::negative_of("GR-CMT-CONFIRM-054n", "A public Commit whose confirmation tag is wrong is refused.", by_commit, "confirmation-tag-wrong public"), &["GRP-31"], &["M4"]),
    case(Case::negative_of("GR-CMT-CONFIRM-055n", "A Commit without a path whose confirmation tag is wrong is refused.", by_commit, "confirmation-tag-wrong add"), &["GRP-31"], &["M4"]),
    case(Case::negative_of("GR-CMT-PRESENCE-056n", "A path whose presence byte is 2 is refused.", by_commit, "path-presence"), &["GRP-15"], &[]),
];
