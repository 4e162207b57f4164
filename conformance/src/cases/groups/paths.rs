//! Paths of Commits.

use super::kinds::member as case;
use super::twins::{by_commit, unusual_commit};
use crate::case::Case;

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative_of("GR-PTH-SIG-001n", "A path's leaf whose signature does not verify is refused.", by_commit, "leaf-bad-signature"), &["GRP-60", "GRP-89"], &[]),
    case(Case::negative_of("GR-PTH-SIG-002n", "A path's leaf signed under another label is refused.", by_commit, "leaf-wrong-label"), &["GRP-60", "GRP-19", "GRP-89"], &[]),
    case(Case::negative_of("GR-PTH-SOURCE-003n", "A path's leaf of an unknown source is refused.", by_commit, "leaf-source-unknown"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-PTH-SUITE-004n", "A path's leaf that does not list the group's suite is refused.", by_commit, "leaf-capabilities-without-suite"), &["GRP-52"], &["T12b"]),
    case(Case::negative_of("GR-PTH-SUITE-005n", "A path's leaf that does not list the group's version is refused.", by_commit, "leaf-capabilities-without-version"), &["GRP-52"], &["T12b"]),
    case(Case::negative_of("GR-PTH-TYPE-006n", "A path's leaf that does not list credentials in use is refused.", by_commit, "leaf-capabilities-without-basic"), &["GRP-54"], &[]),
    case(Case::negative_of("GR-PTH-TYPE-007n", "A path's leaf with a credential type that others do not list is refused.", by_commit, "leaf-credential-x509"), &["GRP-54"], &["T13"]),
    case(Case::negative_of("GR-PTH-TYPE-008n", "A path's leaf with a credential of an unknown type is refused.", by_commit, "leaf-credential-unknown"), &["GRP-54", "GRP-18"], &[]),
    case(Case::negative_of("GR-PTH-EXT-009n", "A path's leaf with an extension that it does not list is refused.", by_commit, "leaf-extension-unlisted"), &["GRP-56"], &["T12c"]),
    case(Case::negative_of("GR-PTH-EXT-010n", "A path's leaf with an extension twice is refused.", by_commit, "leaf-extension-repeated"), &["GRP-16"], &[]),
    case(Case::negative_of("GR-PTH-KEY-011n", "A path's leaf with a key that is too short is refused.", by_commit, "leaf-encryption-key-short"), &["GRP-13"], &[]),
    case(Case::negative_of("GR-PTH-LIST-012n", "A path's leaf with half a value in its capabilities is refused.", by_commit, "leaf-odd-capabilities"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-PTH-SIG-013n", "A path's leaf signed for another group is refused.", by_commit, "leaf-other-group-id"), &["GRP-60"], &[]),
    case(Case::negative_of("GR-PTH-SIG-014n", "A path's leaf signed for another place is refused.", by_commit, "leaf-other-index"), &["GRP-60"], &[]),
    case(Case::negative_of("GR-PTH-SOURCE-015n", "A path's leaf of source key_package is refused.", by_commit, "leaf-source-key-package"), &["GRP-57", "GRP-26"], &[]),
    case(Case::negative_of("GR-PTH-REQUIRED-016n", "A path's leaf without what the group requires is refused.", by_commit, "leaf-capabilities-empty required"), &["GRP-53"], &["T12"]).suite(super::OWN_PROFILE),
    case(Case::negative_of("GR-PTH-KEY-017n", "A path's leaf with another member's signature key is refused.", by_commit, "leaf-duplicate-signature-key"), &["GRP-59"], &["T7"]),
    case(Case::negative_of("GR-PTH-KEY-018n", "A path's leaf with another member's encryption key is refused.", by_commit, "leaf-duplicate-encryption-key"), &["GRP-59"], &["T6", "T23"]),
    case(Case::negative_of("GR-PTH-KEY-019n", "A path's leaf with the key that it had before is refused.", by_commit, "leaf-encryption-key-kept"), &["GRP-58"], &["T21"]),
    case(Case::positive_of("GR-PTH-GREASE-020p", "A path's leaf with an extension of a GREASE type is accepted.", unusual_commit, "leaf-extension-grease"), &["GRP-18"], &[]),
    case(Case::negative_of("GR-PTH-SOURCE-021n", "A path's leaf of source update is refused.", by_commit, "leaf-source-update"), &["GRP-57", "GRP-26"], &[]),
    case(Case::negative_of("GR-PTH-NONE-022n", "A Remove without a path is refused.", by_commit, "path-missing remove"), &["GRP-87"], &["C1"]),
    case(Case::negative_of("GR-PTH-NONE-023n", "An Update without a path is refused.", by_commit, "path-missing update"), &["GRP-87"], &["C1"]),
    case(Case::negative_of("GR-PTH-NONE-024n", "A GroupContextExtensions without a path is refused.", by_commit, "path-missing extensions"), &["GRP-87"], &["C1"]),
    case(Case::negative_of("GR-PTH-NONE-025n", "A Commit of nothing without a path is refused.", by_commit, "path-missing"), &["GRP-87"], &["C1"]),
    case(Case::negative_of("GR-PTH-NODES-026n", "A path that lacks a node is refused.", by_commit, "path-node-missing"), &["GRP-26"], &[]),
    case(Case::negative_of("GR-PTH-NODES-027n", "A path with a node too many is refused.", by_commit, "path-node-extra"), &["GRP-26"], &[]),
    case(Case::negative_of("GR-PTH-NODES-028n", "A path that lacks a node, in a tree that is filled, is refused.", by_commit, "path-node-missing filled"), &["GRP-26"], &[]),
    case(Case::negative_of("GR-PTH-TEXTS-029n", "A path with a ciphertext too few is refused.", by_commit, "path-ciphertext-missing"), &["GRP-26"], &[]),
    case(Case::negative_of("GR-PTH-TEXTS-030n", "A path with a ciphertext too many is refused.", by_commit, "path-ciphertext-extra"), &["GRP-26"], &["T15"]),
    case(Case::negative_of("GR-PTH-TEXTS-031n", "A path with a ciphertext too few, beside a blank leaf, is refused.", by_commit, "path-ciphertext-missing blank"), &["GRP-26"], &[]),
    case(Case::negative_of("GR-PTH-ADDED-032n", "A path that is encrypted to who is added is refused.", by_commit, "path-encrypted-to-added add forced"), &["GRP-95", "GRP-26"], &[]),
    case(Case::negative_of("GR-PTH-KEYS-033n", "A key that its path secret does not give is refused.", by_commit, "path-key-mismatch filled"), &["GRP-27"], &["T14"]),
    case(Case::negative_of("GR-PTH-KEYS-034n", "A path with the key of another node is refused.", by_commit, "path-duplicate-key filled four"), &["GRP-90"], &["T6", "T23"]),
    case(Case::negative_of("GR-PTH-KEYS-035n", "A key of the path that is too short is refused.", by_commit, "path-key-short"), &["GRP-13"], &[]),
    case(Case::negative_of("GR-PTH-SECRET-036n", "Path secrets under the GroupContext before are refused.", by_commit, "path-old-context"), &["GRP-91"], &[]),
    case(Case::negative_of("GR-PTH-SECRET-037n", "Path secrets under the GroupContext before are refused, in a filled tree.", by_commit, "path-old-context filled"), &["GRP-91"], &[]),
    case(Case::negative_of("GR-PTH-SECRET-038n", "A path secret that no node has is refused.", by_commit, "path-other-secret filled"), &["GRP-27"], &[]),
    case(Case::negative_of("GR-PTH-SECRET-039n", "A kem_output that is too short is refused.", by_commit, "path-kem-output-short"), &["GRP-91"], &[]),
    case(Case::negative_of("GR-PTH-SECRET-040n", "A kem_output of zeros is refused.", by_commit, "path-kem-output-zero"), &["GRP-14", "GRP-91"], &[]),
    case(Case::negative_of("GR-PTH-HASH-041n", "A path's leaf with a wrong parent hash is refused.", by_commit, "path-parent-hash-wrong filled"), &["GRP-26"], &["T1b"]),
    case(Case::negative_of("GR-PTH-HASH-042n", "A path's leaf with an empty parent hash is refused.", by_commit, "path-parent-hash-empty filled"), &["GRP-26"], &["T1b"]),
];
