//! Leaves of Updates.

use super::kinds::member as case;
use super::twins::{by_update, unusual_update};
use crate::case::Case;

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative_of("GR-UPD-SIG-001n", "An Update's leaf whose signature does not verify is refused.", by_update, "leaf-bad-signature"), &["GRP-60"], &[]),
    case(Case::negative_of("GR-UPD-SIG-002n", "An Update's leaf signed under another label is refused.", by_update, "leaf-wrong-label"), &["GRP-60", "GRP-19"], &[]),
    case(Case::negative_of("GR-UPD-SOURCE-003n", "An Update's leaf of an unknown source is refused.", by_update, "leaf-source-unknown loose"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-UPD-SUITE-004n", "An Update's leaf that does not list the group's suite is refused.", by_update, "leaf-capabilities-without-suite"), &["GRP-52"], &["T12b"]),
    case(Case::negative_of("GR-UPD-SUITE-005n", "An Update's leaf that does not list the group's version is refused.", by_update, "leaf-capabilities-without-version"), &["GRP-52"], &["T12b"]),
    case(Case::negative_of("GR-UPD-TYPE-006n", "An Update's leaf that does not list credentials in use is refused.", by_update, "leaf-capabilities-without-basic"), &["GRP-54"], &[]),
    case(Case::negative_of("GR-UPD-TYPE-007n", "An Update's leaf with a credential type that others do not list is refused.", by_update, "leaf-credential-x509"), &["GRP-54"], &[]),
    case(Case::negative_of("GR-UPD-EXT-008n", "An Update's leaf with an extension that it does not list is refused.", by_update, "leaf-extension-unlisted"), &["GRP-56"], &["T12c"]),
    case(Case::negative_of("GR-UPD-EXT-009n", "An Update's leaf with an extension twice is refused.", by_update, "leaf-extension-repeated loose"), &["GRP-16"], &[]),
    case(Case::negative_of("GR-UPD-KEY-010n", "An Update's leaf with a key that is too short is refused.", by_update, "leaf-encryption-key-short loose"), &["GRP-13"], &[]),
    case(Case::negative_of("GR-UPD-LIST-011n", "An Update's leaf with half a value in its capabilities is refused.", by_update, "leaf-odd-capabilities loose"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-UPD-SIG-012n", "An Update's leaf signed for another group is refused.", by_update, "leaf-other-group-id"), &["GRP-60"], &[]),
    case(Case::negative_of("GR-UPD-SIG-013n", "An Update's leaf signed for another place is refused.", by_update, "leaf-other-index"), &["GRP-60"], &[]),
    case(Case::negative_of("GR-UPD-SOURCE-014n", "An Update's leaf of source key_package is refused.", by_update, "leaf-source-key-package"), &["GRP-57"], &["T10"]),
    case(Case::negative_of("GR-UPD-REQUIRED-015n", "An Update's leaf without what the group requires is refused.", by_update, "leaf-capabilities-empty required"), &["GRP-53"], &["T12"]).suite(super::OWN_PROFILE),
    case(Case::negative_of("GR-UPD-KEY-016n", "An Update's leaf with the committer's signature key is refused.", by_update, "leaf-duplicate-signature-key"), &["GRP-59"], &[]),
    case(Case::negative_of("GR-UPD-KEY-017n", "An Update's leaf with another member's encryption key is refused.", by_update, "leaf-duplicate-encryption-key dave"), &["GRP-59"], &["T6", "T23"]),
    case(Case::negative_of("GR-UPD-KEY-018n", "An Update's leaf with the key that it had before is refused.", by_update, "leaf-encryption-key-kept"), &["GRP-58"], &["T21"]),
    case(Case::positive_of("GR-UPD-GREASE-019p", "An Update's leaf with an extension of a GREASE type is accepted.", unusual_update, "leaf-extension-grease"), &["GRP-18"], &[]),
    case(Case::negative_of("GR-UPD-KEY-020n", "An Update's leaf with the committer's encryption key is refused.", by_update, "leaf-duplicate-encryption-key"), &["GRP-59"], &[]),
    case(Case::negative_of("GR-UPD-TYPE-021n", "An Update with an unknown credential is refused, though no Commit refers to it.", by_update, "leaf-credential-unknown loose"), &["GRP-18"], &[]).suite(super::OWN_PROFILE),
    case(Case::negative_of("GR-UPD-SOURCE-022n", "An Update's leaf of source commit is refused.", by_update, "leaf-source-commit"), &["GRP-57"], &["T10"]),
    case(Case::negative_of("GR-UPD-IDENTITY-023n", "An Update's leaf of another identity is refused.", by_update, "leaf-other-identity"), &["GRP-51"], &[]),
    case(Case::positive_of("GR-UPD-NEWKEY-024p", "An Update with a new signature key is taken.", unusual_update, "leaf-new-signature-key"), &["GRP-43", "GRP-51"], &[]),
    case(Case::negative_of("GR-UPD-KEY-025n", "An Update's leaf with another member's signature key is refused.", by_update, "leaf-duplicate-signature-key dave"), &["GRP-59"], &["T7"]),
];
