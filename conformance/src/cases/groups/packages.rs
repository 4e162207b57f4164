//! Key packages that the implementation is to add.

use super::kinds::member as case;
use super::twins::{by_package, unusual_package};
use crate::case::Case;

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative_of("GR-KPS-SIG-001n", "A leaf in a key package whose signature does not verify is refused.", by_package, "leaf-bad-signature"), &["GRP-60"], &["T8"]),
    case(Case::negative_of("GR-KPS-SIG-002n", "A leaf in a key package signed under another label is refused.", by_package, "leaf-wrong-label"), &["GRP-60", "GRP-19"], &[]),
    case(Case::negative_of("GR-KPS-SOURCE-003n", "A leaf in a key package of an unknown source is refused.", by_package, "leaf-source-unknown"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-KPS-SUITE-004n", "A leaf in a key package that does not list the group's suite is refused.", by_package, "leaf-capabilities-without-suite"), &["GRP-52"], &["T12b"]),
    case(Case::negative_of("GR-KPS-SUITE-005n", "A leaf in a key package that does not list the group's version is refused.", by_package, "leaf-capabilities-without-version"), &["GRP-52"], &["T12b"]),
    case(Case::negative_of("GR-KPS-TYPE-006n", "A leaf in a key package that does not list credentials in use is refused.", by_package, "leaf-capabilities-without-basic"), &["GRP-54"], &[]),
    case(Case::negative_of("GR-KPS-TYPE-007n", "A leaf in a key package with a credential type that others do not list is refused.", by_package, "leaf-credential-x509"), &["GRP-54"], &["T13"]),
    case(Case::negative_of("GR-KPS-TYPE-008n", "A leaf in a key package with a credential of an unknown type is refused.", by_package, "leaf-credential-unknown"), &["GRP-54", "GRP-18"], &[]),
    case(Case::negative_of("GR-KPS-EXT-009n", "A leaf in a key package with an extension that it does not list is refused.", by_package, "leaf-extension-unlisted"), &["GRP-56"], &["T12c"]),
    case(Case::negative_of("GR-KPS-EXT-010n", "A leaf in a key package with an extension twice is refused.", by_package, "leaf-extension-repeated"), &["GRP-16"], &[]),
    case(Case::negative_of("GR-KPS-KEY-011n", "A leaf in a key package with a key that is too short is refused.", by_package, "leaf-encryption-key-short"), &["GRP-13"], &[]),
    case(Case::negative_of("GR-KPS-LIST-012n", "A leaf in a key package with half a value in its capabilities is refused.", by_package, "leaf-odd-capabilities"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-KPS-SOURCE-013n", "A key package of source update is refused.", by_package, "leaf-source-update"), &["GRP-57"], &[]),
    case(Case::negative_of("GR-KPS-SOURCE-014n", "A key package of source commit is refused.", by_package, "leaf-source-commit"), &["GRP-57"], &[]),
    case(Case::negative_of("GR-KPS-LIFE-015n", "A key package whose lifetime has ended is refused.", by_package, "leaf-lifetime-past"), &["GRP-55"], &["T11"]),
    case(Case::negative_of("GR-KPS-LIFE-016n", "A key package whose lifetime has not begun is refused.", by_package, "leaf-lifetime-future"), &["GRP-55"], &["T11"]),
    case(Case::negative_of("GR-KPS-LIFE-017n", "A key package with a lifetime of a hundred years is refused.", by_package, "leaf-lifetime-too-long"), &["GDS-22"], &["T11"]),
    case(Case::negative_of("GR-KPS-REQUIRED-018n", "A key package without what the group requires is refused.", by_package, "leaf-capabilities-empty required"), &["GRP-53"], &["T12"]).suite(super::OWN_PROFILE),
    case(Case::negative_of("GR-KPS-PKGSIG-019n", "A key package of a bad signature is refused.", by_package, "key-package-bad-signature"), &["GRP-63"], &["T8b"]),
    case(Case::negative_of("GR-KPS-PKGSIG-020n", "A key package signed under another label is refused.", by_package, "key-package-wrong-label"), &["GRP-63", "GRP-19"], &["T8b"]),
    case(Case::negative_of("GR-KPS-PKGSIG-021n", "A key package signed by another key than its leaf's is refused.", by_package, "key-package-other-signature-key"), &["GRP-63"], &["T8b"]),
    case(Case::negative_of("GR-KPS-VERSION-022n", "A key package of version 2 is refused.", by_package, "key-package-version"), &["GRP-62", "GRP-17"], &[]),
    case(Case::negative_of("GR-KPS-SUITE-023n", "A key package of another suite is refused.", by_package, "key-package-other-suite"), &["GRP-62"], &[]),
    case(Case::negative_of("GR-KPS-INIT-024n", "A key package whose init key is its leaf's key is refused.", by_package, "key-package-init-key-in-leaf"), &["GRP-64"], &[]),
    case(Case::negative_of("GR-KPS-INIT-025n", "A key package with an init key that is too short is refused.", by_package, "key-package-init-key-short"), &["GRP-13"], &[]),
    case(Case::negative_of("GR-KPS-EXT-026n", "A key package with an extension twice is refused.", by_package, "key-package-extension-repeated"), &["GRP-16"], &[]),
    case(Case::negative_of("GR-KPS-TAIL-027n", "A key package with a byte behind it is refused.", by_package, "message-trailing"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-KPS-TAIL-028n", "A key package with a length in too many bytes is refused.", by_package, "message-length-not-minimal"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-KPS-INIT-029n", "A key package with an init key of zeros is refused.", by_package, "key-package-init-key-zero"), &["GRP-14"], &[]),
    case(Case::negative_of("GR-KPS-KEY-030n", "A key package with a member's signature key is refused.", by_package, "leaf-duplicate-signature-key package"), &["GRP-59"], &["T7"]),
    case(Case::positive_of("GR-KPS-EXT-031p", "A key package with an extension that its leaf does not list is added.", unusual_package, "key-package-extension-unlisted"), &["GRP-97"], &[]).suite(super::OWN_PROFILE),
    case(Case::positive_of("GR-KPS-LIST-032p", "A leaf in a key package that lists default types is added.", unusual_package, "leaf-capabilities-defaults"), &["GRP-97"], &[]).suite(super::OWN_PROFILE),
];
