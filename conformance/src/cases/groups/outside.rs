//! Joining from outside, by GroupInfo and external Commit.

use super::stage::OUTSIDE;
use super::twins::{by_external_commit, by_group_info, by_outsider, unusual_outsider};
use crate::case::{Access, Case};

const fn case(
    case: Case,
    clauses: &'static [&'static str],
    mutants: &'static [&'static str],
) -> Case {
    case.clauses(clauses)
        .mutants(mutants)
        .needs(Access::L1, OUTSIDE)
        .suite(super::PROFILE)
        .with_peer()
        .unfed()
}

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative_of("GR-INF-SIG-001n", "A GroupInfo whose signature does not verify is refused.", by_group_info, "group-info-bad-signature"), &["GJN-12", "GJN-03"], &["W1"]),
    case(Case::negative_of("GR-INF-SIG-002n", "A GroupInfo signed under another label is refused outside.", by_group_info, "group-info-wrong-label"), &["GJN-12", "GJN-03"], &["W1"]),
    case(Case::negative_of("GR-INF-SIGNER-003n", "A GroupInfo signed by a blank leaf is refused outside.", by_group_info, "group-info-signer-blank blank"), &["GJN-12", "GJN-03"], &["W1"]),
    case(Case::negative_of("GR-INF-SIGNER-004n", "A GroupInfo signed from beyond the tree is refused outside.", by_group_info, "group-info-signer-out-of-range"), &["GJN-12", "GJN-03"], &["W1"]),
    case(Case::negative_of("GR-INF-SIGNER-005n", "A GroupInfo in another member's name is refused outside.", by_group_info, "group-info-signer-other"), &["GJN-12", "GJN-03"], &["W1"]),
    case(Case::negative_of("GR-INF-VERSION-006n", "A GroupInfo of version 2 is refused outside.", by_group_info, "group-info-version"), &["GJN-12", "GRP-17"], &[]),
    case(Case::negative_of("GR-INF-TREE-007n", "A tree whose hash is not the GroupContext's is refused outside.", by_group_info, "group-info-tree-hash"), &["GJN-12", "GJN-04"], &["T3"]),
    case(Case::negative_of("GR-INF-EXT-008n", "A GroupInfo with an extension twice is refused outside.", by_group_info, "group-info-extension-repeated"), &["GRP-16"], &[]),
    case(Case::negative_of("GR-INF-EXT-009n", "A group's unsupported extension is refused outside.", by_group_info, "group-info-context-unsupported"), &["GJN-12", "GJN-08"], &[]),
    case(Case::negative_of("GR-INF-PUB-010n", "A GroupInfo without external_pub is refused.", by_group_info, "group-info-without-external-pub"), &["GJN-12"], &[]),
    case(Case::negative_of("GR-INF-PUB-011n", "An external_pub that is too short is refused.", by_group_info, "group-info-external-pub-short"), &["GRP-13", "GJN-12"], &[]),
    case(Case::negative_of("GR-INF-TREE-012n", "A tree that ends in blank nodes is refused outside.", by_group_info, "tree-trailing-blank"), &["GRP-20", "GJN-12"], &[]),
    case(Case::negative_of("GR-INF-TREE-013n", "A tree with an unknown node type is refused outside.", by_group_info, "tree-node-type-unknown"), &["GRP-20", "GJN-12"], &[]),
    case(Case::negative_of("GR-INF-TREE-014n", "A tree with a leaf at a parent's place is refused outside.", by_group_info, "tree-leaf-as-parent"), &["GRP-20", "GJN-12"], &[]),
    case(Case::negative_of("GR-INF-HASH-015n", "A tree with a wrong parent hash is refused outside.", by_group_info, "tree-parent-hash-wrong"), &["GRP-24", "GJN-12"], &["T1"]),
    case(Case::negative_of("GR-INF-HASH-016n", "A tree with a key that no parent hash covers is refused outside.", by_group_info, "tree-parent-hash-stale"), &["GRP-24", "GJN-12"], &["T1"]),
    case(Case::negative_of("GR-INF-UNMERGED-017n", "An unmerged leaf not below its node is refused outside.", by_group_info, "tree-unmerged-not-below"), &["GRP-21", "GJN-12"], &[]),
    case(Case::negative_of("GR-INF-LEAF-018n", "A tree with a leaf of a bad signature is refused outside.", by_group_info, "tree-leaf-bad-signature"), &["GRP-23", "GJN-12"], &["T8"]),
    case(Case::negative_of("GR-INF-LEAF-019n", "A tree with a leaf's unlisted extension is refused outside.", by_group_info, "tree-leaf-extension-unlisted"), &["GRP-23", "GJN-12"], &[]),
    case(Case::negative_of("GR-INF-LEAF-020n", "A credential type that not all support is refused outside.", by_group_info, "tree-leaf-credential-x509"), &["GRP-54", "GJN-12"], &["T13"]),
    case(Case::negative_of("GR-INF-KEY-021n", "An encryption key in two leaves is refused outside.", by_group_info, "tree-duplicate-encryption-key"), &["GRP-22", "GJN-12"], &["T6"]),
    case(Case::negative_of("GR-INF-KEY-022n", "A signature key in two leaves is refused outside.", by_group_info, "tree-duplicate-signature-key"), &["GRP-22", "GJN-12"], &["T7"]),
    case(Case::negative_of("GR-INF-KEY-023n", "An encryption key in two nodes is refused outside.", by_group_info, "tree-duplicate-parent-key"), &["GRP-22", "GJN-12"], &["T6"]),
    case(Case::negative_of("GR-INF-TAIL-024n", "A byte behind a GroupInfo is refused.", by_group_info, "message-trailing"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-INF-TAIL-025n", "A GroupInfo without its last byte is refused.", by_group_info, "message-truncated"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-INF-FORMAT-026n", "A GroupInfo of an unknown wire format is refused.", by_group_info, "message-wire-format-unknown"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-XCM-SIG-001n", "An external Commit whose signature does not verify is refused.", by_external_commit, "content-bad-signature"), &["GJN-13", "GRP-43"], &["M1"]),
    case(Case::negative_of("GR-XCM-SIG-002n", "An external Commit signed by an unknown key is refused.", by_external_commit, "content-other-signature-key"), &["GJN-13", "GRP-43"], &["M1"]),
    case(Case::negative_of("GR-XCM-EPOCH-003n", "An external Commit of the next epoch is refused.", by_external_commit, "content-next-epoch"), &["GRP-84"], &["M19"]),
    case(Case::negative_of("GR-XCM-GROUP-004n", "An external Commit of another group is refused.", by_external_commit, "content-other-group-id"), &["GRP-84"], &["M18"]),
    case(Case::negative_of("GR-XCM-CONFIRM-005n", "An external Commit whose confirmation tag is wrong is refused.", by_external_commit, "confirmation-tag-wrong"), &["GRP-31"], &["M4"]),
    case(Case::negative_of("GR-XCM-CONFIRM-006n", "An external Commit whose confirmation tag is empty is refused.", by_external_commit, "confirmation-tag-empty"), &["GRP-31"], &["M4"]),
    case(Case::negative_of("GR-XCM-INIT-007n", "An external Commit without an ExternalInit is refused.", by_external_commit, "external-init-missing"), &["GRP-80"], &[]),
    case(Case::negative_of("GR-XCM-INIT-008n", "An external Commit with two ExternalInits is refused.", by_external_commit, "external-init-twice"), &["GRP-80"], &[]),
    case(Case::negative_of("GR-XCM-INIT-009n", "A kem_output of an ExternalInit that is too short is refused.", by_external_commit, "external-init-short"), &["GRP-33"], &[]),
    case(Case::negative_of("GR-XCM-INIT-010n", "A kem_output of an ExternalInit of zeros is refused.", by_external_commit, "external-init-zero"), &["GRP-33", "GRP-14"], &[]),
    case(Case::negative_of("GR-XCM-INIT-011n", "An ExternalInit to another key than the epoch's is refused.", by_external_commit, "external-pub-stale"), &["GJN-13"], &[]),
    case(Case::negative_of("GR-XCM-REMOVE-012n", "An external Commit that removes somebody else is refused.", by_external_commit, "external-remove-other four"), &["GRP-81", "GRP-51"], &["W12"]),
    case(Case::negative_of("GR-XCM-REMOVE-013n", "An external Commit of a stranger that removes the implementation is refused.", by_external_commit, "external-remove-other"), &["GRP-81", "GRP-51"], &["W12"]),
    case(Case::negative_of("GR-XCM-REMOVE-014n", "An external Commit with two Removes is refused.", by_external_commit, "external-remove-two"), &["GRP-81"], &["W12"]),
    case(Case::negative_of("GR-XCM-REMOVE-015n", "An external Commit that removes a blank leaf is refused.", by_external_commit, "external-remove-blank blank"), &["GRP-81", "GRP-25"], &[]),
    case(Case::negative_of("GR-XCM-LIST-016n", "An external Commit with an Add is refused.", by_external_commit, "external-add package"), &["GRP-82"], &[]),
    case(Case::negative_of("GR-XCM-LIST-017n", "An external Commit with an Update is refused.", by_external_commit, "external-update"), &["GRP-82"], &[]),
    case(Case::negative_of("GR-XCM-LIST-018n", "An external Commit with a GroupContextExtensions is refused.", by_external_commit, "external-extensions"), &["GRP-82"], &[]),
    case(Case::negative_of("GR-XCM-LIST-019n", "An external Commit with a proposal by reference is refused.", by_external_commit, "external-reference reference public"), &["GRP-82"], &[]),
    case(Case::negative_of("GR-XCM-LIST-020n", "An external Commit with a ReInit is refused.", by_external_commit, "external-reinit"), &["GRP-82"], &[]),
    case(Case::negative_of("GR-XCM-PATH-021n", "An external Commit without a path is refused.", by_external_commit, "path-missing"), &["GRP-87"], &["C1"]),
    case(Case::negative_of("GR-XCM-PATH-022n", "An external Commit whose path lacks a node is refused.", by_external_commit, "path-node-missing"), &["GRP-26"], &["T15"]),
    case(Case::negative_of("GR-XCM-PATH-023n", "An external Commit with a ciphertext too few is refused.", by_external_commit, "path-ciphertext-missing"), &["GRP-26"], &["T15"]),
    case(Case::negative_of("GR-XCM-PATH-024n", "An external Commit with a key that is not its secret's is refused.", by_external_commit, "path-key-mismatch"), &["GRP-27"], &["T14"]),
    case(Case::negative_of("GR-XCM-PATH-025n", "An external Commit's path secrets of the old context are refused.", by_external_commit, "path-old-context"), &["GRP-91"], &["T22"]),
    case(Case::negative_of("GR-XCM-PATH-026n", "An external Commit with a wrong parent hash is refused.", by_external_commit, "path-parent-hash-wrong"), &["GRP-26"], &["T1"]),
    case(Case::negative_of("GR-XCM-LEAF-027n", "An external Commit with a leaf of a bad signature is refused.", by_external_commit, "leaf-bad-signature"), &["GRP-89", "GRP-60"], &["T8"]),
    case(Case::negative_of("GR-XCM-LEAF-028n", "An external Commit with a leaf of source update is refused.", by_external_commit, "leaf-source-update"), &["GRP-57", "GRP-26"], &["T10"]),
    case(Case::negative_of("GR-XCM-LEAF-029n", "An external Commit with a leaf of source key_package is refused.", by_external_commit, "leaf-source-key-package"), &["GRP-57"], &["T10"]),
    case(Case::negative_of("GR-XCM-LEAF-030n", "An external Commit with a leaf signed for another place is refused.", by_external_commit, "leaf-other-index"), &["GRP-60"], &["T8"]),
    case(Case::negative_of("GR-XCM-LEAF-031n", "An external leaf that does not list the suite is refused.", by_external_commit, "leaf-capabilities-without-suite"), &["GRP-52"], &["T12"]),
    case(Case::negative_of("GR-XCM-LEAF-032n", "An external leaf with an unsupported credential is refused.", by_external_commit, "leaf-credential-x509"), &["GRP-54"], &["T13"]),
    case(Case::negative_of("GR-XCM-LEAF-033n", "An external leaf with an unlisted extension is refused.", by_external_commit, "leaf-extension-unlisted"), &["GRP-56"], &[]),
    case(Case::negative_of("GR-XCM-KEY-034n", "An external leaf with a member's signature key is refused.", by_external_commit, "leaf-duplicate-signature-key"), &["GRP-59"], &["T7"]),
    case(Case::negative_of("GR-XCM-KEY-035n", "An external leaf with a member's encryption key is refused.", by_external_commit, "leaf-duplicate-encryption-key"), &["GRP-59"], &["T6"]),
    case(Case::negative_of("GR-XCM-TAIL-036n", "A byte behind an external Commit is refused.", by_external_commit, "message-trailing"), &["GRP-15"], &[]),
    case(Case::positive_of("GR-XPR-REMOVE-001p", "An external sender's Remove is one that a Commit can refer to.", unusual_outsider, "-"), &["GRP-70"], &[]),
    case(Case::positive_of("GR-XPR-ADD-002p", "A newcomer's own Add is one that a Commit can refer to.", unusual_outsider, "- new"), &["GRP-71"], &[]),
    case(Case::negative_of("GR-XPR-KEY-003n", "A proposal of who is no external sender is refused.", by_outsider, "external-sender-other-key"), &["GRP-70"], &["C11"]),
    case(Case::negative_of("GR-XPR-INDEX-004n", "An external sender's index beyond the list is refused.", by_outsider, "external-sender-index"), &["GRP-70"], &["C11"]),
    case(Case::negative_of("GR-XPR-UPDATE-005n", "An Update from an external sender is refused.", by_outsider, "external-sender-update"), &["GRP-48"], &["C12"]),
    case(Case::negative_of("GR-XPR-INIT-006n", "An ExternalInit from an external sender is refused.", by_outsider, "external-sender-external-init"), &["GRP-48"], &["C12"]),
    case(Case::negative_of("GR-XPR-NEW-007n", "A Remove from who wants to be added is refused.", by_outsider, "new-member-remove new"), &["GRP-48"], &[]),
    case(Case::negative_of("GR-XPR-NEW-008n", "A newcomer's Add that another key signed is refused.", by_outsider, "new-member-other-key new"), &["GRP-71"], &[]),
];
