//! Lists of proposals that a Commit must not have.

use super::kinds::{member as case, psk as case_psk};
use super::twins::{by_commit, unusual_commit};
use crate::case::Case;

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative_of("GR-LST-REMOVE-001n", "A Commit that removes its committer is refused.", by_commit, "remove-self"), &["GRP-73"], &["C2"]),
    case(Case::negative_of("GR-LST-REMOVE-002n", "A Remove of a blank leaf is refused.", by_commit, "remove-blank-leaf blank"), &["GRP-25"], &["C5"]),
    case(Case::negative_of("GR-LST-REMOVE-003n", "A Remove of a leaf beyond the tree is refused.", by_commit, "remove-out-of-range"), &["GRP-25"], &["C5"]),
    case(Case::negative_of("GR-LST-SAME-004n", "Two Removes of one leaf are refused.", by_commit, "remove-twice remove"), &["GRP-74"], &["C4"]),
    case(Case::negative_of("GR-LST-SAME-005n", "An Update and a Remove of one leaf are refused.", by_commit, "remove-updated update"), &["GRP-74"], &["C4"]),
    case(Case::negative_of("GR-LST-SAME-006n", "One Update twice, by the same reference, is refused.", by_commit, "reference-twice update"), &["GRP-74"], &["C4"]),
    case(Case::negative_of("GR-LST-UPDATE-007n", "The committer's own Update is refused.", by_commit, "update-by-value"), &["GRP-72"], &["C3"]),
    case(Case::negative_of("GR-LST-ADD-008n", "Two Adds of one client are refused.", by_commit, "add-twice add"), &["GRP-75"], &[]),
    case(Case::negative_of("GR-LST-ADD-009n", "An Add of a member is refused.", by_commit, "add-member"), &["GRP-75", "GRP-59"], &[]),
    case_psk(Case::negative_of("GR-LST-PSK-010n", "One pre-shared key twice is refused.", by_commit, "psk-twice psk"), &["GRP-76"], &["C13"]),
    case_psk(Case::negative_of("GR-LST-PSK-011n", "A nonce of a pre-shared key that is too short is refused.", by_commit, "psk-nonce-short psk"), &["GRP-32"], &[]),
    case_psk(Case::negative_of("GR-LST-PSK-012n", "A nonce of a pre-shared key that is too long is refused.", by_commit, "psk-nonce-long psk"), &["GRP-32"], &[]),
    case(Case::negative_of("GR-LST-PSK-013n", "A pre-shared key that nobody has is refused.", by_commit, "psk-unknown"), &["GRP-67"], &[]),
    case(Case::negative_of("GR-LST-PSK-014n", "A resumption key of an epoch to come is refused.", by_commit, "psk-resumption-unknown"), &["GRP-67"], &[]),
    case(Case::negative_of("GR-LST-PSK-015n", "A resumption key of usage reinit is refused in a Commit.", by_commit, "psk-usage-reinit"), &["GRP-66"], &["W9"]),
    case(Case::negative_of("GR-LST-PSK-016n", "A resumption key of usage branch is refused in a Commit.", by_commit, "psk-usage-branch"), &["GRP-66"], &["W9"]),
    case(Case::negative_of("GR-LST-PSK-017n", "A resumption key of an unknown usage is refused.", by_commit, "psk-usage-unknown"), &["GRP-15", "GRP-66"], &[]),
    case(Case::negative_of("GR-LST-PSK-018n", "A pre-shared key of an unknown type is refused.", by_commit, "psk-kind-unknown"), &["GRP-15"], &[]),
    case_psk(Case::positive_of("GR-LST-PSK-019p", "A nonce of equal bytes is one as any other.", unusual_commit, "psk-nonce-constant psk"), &["GRP-32"], &[]),
    case(Case::negative_of("GR-LST-CONTEXT-020n", "Two GroupContextExtensions are refused.", by_commit, "extensions-twice"), &["GRP-77"], &["C16"]),
    case(Case::negative_of("GR-LST-CONTEXT-021n", "A group's extension that a member does not support is refused.", by_commit, "extensions-unsupported"), &["GRP-69", "GRP-61"], &[]),
    case(Case::negative_of("GR-LST-CONTEXT-022n", "A requirement that a member does not meet is refused.", by_commit, "extensions-required-unsupported"), &["GRP-69"], &["C15"]),
    case(Case::negative_of("GR-LST-CONTEXT-023n", "A group's extension that stands twice is refused.", by_commit, "extensions-repeated"), &["GRP-16"], &[]),
    case(Case::negative_of("GR-LST-REINIT-024n", "A ReInit beside another proposal is refused.", by_commit, "reinit-mixed extensions"), &["GRP-78"], &["C6"]),
    case(Case::negative_of("GR-LST-REINIT-025n", "A ReInit to an older version is refused.", by_commit, "reinit-version reinit"), &["GRP-68"], &[]),
    case(Case::negative_of("GR-LST-INIT-026n", "An ExternalInit in a member's Commit is refused.", by_commit, "external-init-by-member"), &["GRP-79"], &[]),
    case(Case::negative_of("GR-LST-TYPE-027n", "A proposal of a type that nobody lists is refused.", by_commit, "proposal-type-unsupported"), &["GRP-65", "GRP-18"], &[]),
    case(Case::negative_of("GR-LST-TYPE-028n", "A proposal of type 0 is refused.", by_commit, "proposal-type-reserved"), &["GRP-18"], &[]),
    case(Case::negative_of("GR-LST-REF-029n", "A reference to a proposal that was never sent is refused.", by_commit, "reference-unknown"), &["GRP-86"], &["C9"]),
    case(Case::negative_of("GR-LST-REF-030n", "An unknown reference beside a known one is refused.", by_commit, "reference-unknown update"), &["GRP-86"], &["C9"]),
    case(Case::negative_of("GR-LST-REF-031n", "A proposal that is neither by value nor by reference is refused.", by_commit, "reference-kind-unknown"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-LST-INIT-032n", "An ExternalInit in a member's Commit that nothing uses is refused.", by_commit, "external-init-without-use"), &["GRP-79"], &["C7"]),
];
