//! Ed25519 and ML-KEM keys by the rules that Sceau pins, which RFC 9420 leaves open.

use super::kinds::of_sceau as case;
use super::twins::{by_commit, by_message, by_package, by_welcome};
use crate::case::Case;

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative_of("GR-SGN-COFACTOR-001n", "A content's signature that needs the cofactor is refused.", by_message, "content-signature-cofactored"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-SMALLR-002n", "A content's signature with an R of small order is refused.", by_message, "content-signature-small-order-r"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-CANONR-003n", "A content's signature with an R that is not canonical is refused.", by_message, "content-signature-noncanonical-r"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-LARGES-004n", "A content's signature with an S that is not reduced is refused.", by_message, "content-signature-s-not-reduced"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-COFACTOR-005n", "A signature of a path's leaf that needs the cofactor is refused.", by_commit, "leaf-signature-cofactored"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-SMALLR-006n", "A signature of a path's leaf with an R of small order is refused.", by_commit, "leaf-signature-small-order-r"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-CANONR-007n", "A signature of a path's leaf with an R that is not canonical is refused.", by_commit, "leaf-signature-noncanonical-r"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-LARGES-008n", "A signature of a path's leaf with an S that is not reduced is refused.", by_commit, "leaf-signature-s-not-reduced"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-COFACTOR-009n", "A key package's signature that needs the cofactor is refused.", by_package, "key-package-signature-cofactored"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-SMALLR-010n", "A key package's signature with an R of small order is refused.", by_package, "key-package-signature-small-order-r"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-CANONR-011n", "A key package's signature with an R that is not canonical is refused.", by_package, "key-package-signature-noncanonical-r"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-LARGES-012n", "A key package's signature with an S that is not reduced is refused.", by_package, "key-package-signature-s-not-reduced"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-SMALLKEY-013n", "A signature key of small order is refused.", by_package, "leaf-signature-key-small-order"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-CANONKEY-014n", "A signature key that is not canonical is refused.", by_package, "leaf-signature-key-noncanonical"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-MODULUS-015n", "A leaf's key with a coefficient that is not reduced is refused.", by_package, "leaf-encryption-key-not-reduced f64a"), &["GRP-13"], &[]),
    case(Case::negative_of("GR-SGN-MODULUS-016n", "An init key with a coefficient that is not reduced is refused.", by_package, "key-package-init-key-not-reduced f64a"), &["GRP-13"], &[]),
    case(Case::negative_of("GR-SGN-MODULUS-017n", "A key of a path's leaf that is not reduced is refused.", by_commit, "leaf-encryption-key-not-reduced f64a"), &["GRP-13"], &[]),
    case(Case::negative_of("GR-SGN-COFACTOR-018n", "A GroupInfo's signature that needs the cofactor is refused.", by_welcome, "group-info-signature-cofactored"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-SMALLR-019n", "A GroupInfo's signature with an R of small order is refused.", by_welcome, "group-info-signature-small-order-r"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-CANONR-020n", "A GroupInfo's signature with an R that is not canonical is refused.", by_welcome, "group-info-signature-noncanonical-r"), &["GRP-12"], &[]),
    case(Case::negative_of("GR-SGN-LARGES-021n", "A GroupInfo's signature with an S that is not reduced is refused.", by_welcome, "group-info-signature-s-not-reduced"), &["GRP-12"], &[]),
];
