//! Key packages that another member adds.

use super::kinds::member as case;
use super::twins::{by_added_package, unusual_added};
use crate::case::Case;

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative_of("GR-ADD-SIG-001n", "An added leaf whose signature does not verify is refused.", by_added_package, "leaf-bad-signature"), &["GRP-60"], &["T8"]),
    case(Case::negative_of("GR-ADD-SIG-002n", "An added leaf signed under another label is refused.", by_added_package, "leaf-wrong-label"), &["GRP-60", "GRP-19"], &["T8"]),
    case(Case::negative_of("GR-ADD-SOURCE-003n", "An added leaf of an unknown source is refused.", by_added_package, "leaf-source-unknown"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-ADD-SUITE-004n", "An added leaf that does not list the group's suite is refused.", by_added_package, "leaf-capabilities-without-suite"), &["GRP-52"], &["T12b"]),
    case(Case::negative_of("GR-ADD-SUITE-005n", "An added leaf that does not list the group's version is refused.", by_added_package, "leaf-capabilities-without-version"), &["GRP-52"], &["T12b"]),
    case(Case::negative_of("GR-ADD-TYPE-006n", "An added leaf that does not list credentials in use is refused.", by_added_package, "leaf-capabilities-without-basic"), &["GRP-54"], &[]),
    case(Case::negative_of("GR-ADD-TYPE-007n", "An added leaf with a credential type that others do not list is refused.", by_added_package, "leaf-credential-x509"), &["GRP-54"], &["T13"]),
    case(Case::negative_of("GR-ADD-TYPE-008n", "An added leaf with a credential of an unknown type is refused.", by_added_package, "leaf-credential-unknown"), &["GRP-54", "GRP-18"], &[]),
    case(Case::negative_of("GR-ADD-EXT-009n", "An added leaf with an extension that it does not list is refused.", by_added_package, "leaf-extension-unlisted"), &["GRP-56"], &["T12c"]),
    case(Case::negative_of("GR-ADD-EXT-010n", "An added leaf with an extension twice is refused.", by_added_package, "leaf-extension-repeated"), &["GRP-16"], &[]),
    case(Case::negative_of("GR-ADD-KEY-011n", "An added leaf with a key that is too short is refused.", by_added_package, "leaf-encryption-key-short"), &["GRP-13"], &[]),
    case(Case::negative_of("GR-ADD-LIST-012n", "An added leaf with half a value in its capabilities is refused.", by_added_package, "leaf-odd-capabilities"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-ADD-SOURCE-013n", "An added key package of source update is refused.", by_added_package, "leaf-source-update"), &["GRP-57"], &[]),
    case(Case::negative_of("GR-ADD-SOURCE-014n", "An added key package of source commit is refused.", by_added_package, "leaf-source-commit"), &["GRP-57"], &[]),
    case(Case::negative_of("GR-ADD-LIFE-017n", "An added key package with a lifetime of a hundred years is refused.", by_added_package, "leaf-lifetime-too-long"), &["GDS-22"], &["T11"]),
    case(Case::negative_of("GR-ADD-REQUIRED-018n", "An added key package without what the group requires is refused.", by_added_package, "leaf-capabilities-empty required"), &["GRP-53"], &["T12"]).suite(super::OWN_PROFILE),
    case(Case::negative_of("GR-ADD-PKGSIG-019n", "An added key package of a bad signature is refused.", by_added_package, "key-package-bad-signature"), &["GRP-63"], &["T8b"]),
    case(Case::negative_of("GR-ADD-PKGSIG-020n", "An added key package signed under another label is refused.", by_added_package, "key-package-wrong-label"), &["GRP-63", "GRP-19"], &["T8b"]),
    case(Case::negative_of("GR-ADD-PKGSIG-021n", "An added key package signed by another key than its leaf's is refused.", by_added_package, "key-package-other-signature-key"), &["GRP-63"], &["T8b"]),
    case(Case::negative_of("GR-ADD-VERSION-022n", "An added key package of version 2 is refused.", by_added_package, "key-package-version"), &["GRP-62", "GRP-17"], &[]),
    case(Case::negative_of("GR-ADD-SUITE-023n", "An added key package of another suite is refused.", by_added_package, "key-package-other-suite"), &["GRP-62"], &[]),
    case(Case::negative_of("GR-ADD-INIT-024n", "An added key package whose init key is its leaf's key is refused.", by_added_package, "key-package-init-key-in-leaf"), &["GRP-64"], &[]),
    case(Case::negative_of("GR-ADD-EXT-025n", "An added key package with an extension twice is refused.", by_added_package, "key-package-extension-repeated"), &["GRP-16"], &[]),
    case(Case::positive_of("GR-ADD-GREASE-026p", "An added key package with an extension of a GREASE type is taken.", unusual_added, "key-package-extension-grease"), &["GRP-18"], &[]),
    case(Case::negative_of("GR-ADD-KEY-027n", "An added leaf with a member's encryption key is refused.", by_added_package, "leaf-duplicate-encryption-key earlier"), &["GRP-59"], &["T6", "T23"]),
    case(Case::negative_of("GR-ADD-KEY-028n", "An added leaf with a member's signature key is refused.", by_added_package, "leaf-duplicate-signature-key package"), &["GRP-59"], &["T7"]),
    case(Case::positive_of("GR-ADD-EXT-029p", "An added key package with an extension that its leaf does not list is taken.", unusual_added, "key-package-extension-unlisted"), &["GRP-97"], &[]).suite(super::OWN_PROFILE),
    case(Case::positive_of("GR-ADD-LIST-030p", "An added leaf that lists default types is taken.", unusual_added, "leaf-capabilities-defaults"), &["GRP-97"], &[]).suite(super::OWN_PROFILE),
];
