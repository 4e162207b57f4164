//! Welcomes, and the trees that come with them.

use super::kinds::{member as case, psk as case_psk};
use super::stage::{USUAL, added, agree, group, join_call, pair, psk, step, store_psk};
use super::twins::{by_welcome, unusual_welcome};
use crate::case::{Case, Outcome, Twin};
use crate::scene::Scene;

/// The cases, one a line.
#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case(Case::negative_of("GR-WEL-SIG-001n", "A Welcome whose GroupInfo's signature does not verify is refused.", by_welcome, "group-info-bad-signature"), &["GJN-03", "GJN-11"], &["W1"]),
    case(Case::negative_of("GR-WEL-SIG-002n", "A GroupInfo signed under another label is refused.", by_welcome, "group-info-wrong-label"), &["GJN-03", "GRP-19"], &["W1"]),
    case(Case::negative_of("GR-WEL-SIGNER-003n", "A GroupInfo signed by a blank leaf is refused.", by_welcome, "group-info-signer-blank blanks"), &["GJN-03"], &[]),
    case(Case::negative_of("GR-WEL-SIGNER-004n", "A GroupInfo signed by a leaf beyond the tree is refused.", by_welcome, "group-info-signer-out-of-range"), &["GJN-03"], &[]),
    case(Case::negative_of("GR-WEL-SIGNER-005n", "A GroupInfo in the name of another member is refused.", by_welcome, "group-info-signer-other"), &["GJN-03"], &["W1"]),
    case(Case::negative_of("GR-WEL-CONFIRM-006n", "A GroupInfo whose confirmation tag is wrong is refused.", by_welcome, "group-info-confirmation-tag"), &["GRP-31"], &["W2"]),
    case(Case::negative_of("GR-WEL-SUITE-007n", "A GroupInfo of another suite than the Welcome's is refused.", by_welcome, "group-info-other-suite"), &["GJN-02"], &["W6"]),
    case(Case::negative_of("GR-WEL-VERSION-008n", "A GroupInfo of version 2 is refused.", by_welcome, "group-info-version"), &["GJN-02", "GRP-17"], &[]),
    case(Case::negative_of("GR-WEL-TREE-009n", "A tree whose hash is not the GroupContext's is refused.", by_welcome, "group-info-tree-hash"), &["GJN-04"], &["T3"]),
    case(Case::negative_of("GR-WEL-EXT-010n", "A GroupInfo with an extension twice is refused.", by_welcome, "group-info-extension-repeated"), &["GRP-16"], &[]),
    case(Case::negative_of("GR-WEL-EXT-011n", "A group's extension that the newcomer does not support is refused.", by_welcome, "group-info-context-unsupported"), &["GJN-08", "GRP-61"], &[]),
    case(Case::negative_of("GR-WEL-TAIL-012n", "A byte behind the GroupInfo is refused.", by_welcome, "group-info-trailing"), &["GRP-15"], &[]),
    case(Case::positive_of("GR-WEL-GREASE-013p", "A GroupInfo with an extension of a GREASE type is accepted.", unusual_welcome, "group-info-extension-grease"), &["GRP-18"], &[]),
    case(Case::positive_of("GR-WEL-TREE-014p", "A newcomer takes a blank place of a tree whose other nodes are filled.", unusual_welcome, "- blank"), &["GRP-24", "GRP-25"], &[]),
    case(Case::positive_of("GR-WEL-TREE-015p", "A tree with blanks at its end is one to join.", unusual_welcome, "- blanks"), &["GRP-24", "GRP-25"], &[]),
    case(Case::positive_of("GR-WEL-TREE-016p", "A tree with blanks between a node and its descendant is one to join.", unusual_welcome, "- seven"), &["GRP-24", "GRP-21"], &["T4"]),
    case(Case::negative_of("GR-WEL-TREE-017n", "A tree that ends in blank nodes is refused.", by_welcome, "tree-trailing-blank"), &["GRP-20"], &[]),
    case(Case::negative_of("GR-WEL-TREE-018n", "A tree with a node of an unknown type is refused.", by_welcome, "tree-node-type-unknown"), &["GRP-20", "GRP-15"], &[]),
    case(Case::negative_of("GR-WEL-TREE-019n", "A tree with a leaf at a parent's place is refused.", by_welcome, "tree-leaf-as-parent"), &["GRP-20"], &[]),
    case(Case::negative_of("GR-WEL-HASH-020n", "A tree with a wrong parent hash in a leaf is refused.", by_welcome, "tree-parent-hash-wrong forced"), &["GRP-24"], &["T1"]),
    case(Case::negative_of("GR-WEL-HASH-021n", "A tree with a key that no parent hash covers is refused.", by_welcome, "tree-parent-hash-stale forced"), &["GRP-24"], &["T1"]),
    case(Case::negative_of("GR-WEL-UNMERGED-022n", "An unmerged leaf that is not below its node is refused.", by_welcome, "tree-unmerged-not-below forced"), &["GRP-21"], &[]),
    case(Case::negative_of("GR-WEL-UNMERGED-023n", "An unmerged leaf that is blank is refused.", by_welcome, "tree-unmerged-blank forced blanks"), &["GRP-21"], &["T24"]),
    case(Case::negative_of("GR-WEL-UNMERGED-024n", "An unmerged leaf beyond the tree is refused.", by_welcome, "tree-unmerged-out-of-range forced"), &["GRP-21", "GRP-20"], &["T24"]),
    case(Case::negative_of("GR-WEL-UNMERGED-025n", "An unmerged leaf that stands twice is refused.", by_welcome, "tree-unmerged-twice blank"), &["GRP-20"], &[]),
    case(Case::negative_of("GR-WEL-UNMERGED-026n", "An unmerged leaf that a node between does not list is refused.", by_welcome, "tree-unmerged-missing seven"), &["GRP-21"], &[]),
    case(Case::negative_of("GR-WEL-LEAF-027n", "A tree with a leaf whose signature does not verify is refused.", by_welcome, "tree-leaf-bad-signature forced"), &["GRP-23", "GRP-60"], &[]),
    case(Case::negative_of("GR-WEL-LEAF-028n", "A tree with a leaf that lacks what is required is refused.", by_welcome, "tree-leaf-without-required forced required"), &["GRP-53"], &["T12"]).suite(super::OWN_PROFILE),
    case(Case::negative_of("GR-WEL-LEAF-029n", "A tree with a leaf's unlisted extension is refused.", by_welcome, "tree-leaf-extension-unlisted forced"), &["GRP-23", "GRP-56"], &["T12c"]),
    case(Case::negative_of("GR-WEL-LEAF-030n", "A tree with a credential type that not all support is refused.", by_welcome, "tree-leaf-credential-x509 forced"), &["GRP-54"], &["T13"]),
    case(Case::negative_of("GR-WEL-KEY-031n", "A tree with an encryption key in two leaves is refused.", by_welcome, "tree-duplicate-encryption-key forced"), &["GRP-22", "GRP-59"], &["T6"]),
    case(Case::negative_of("GR-WEL-KEY-032n", "A tree with a signature key in two leaves is refused.", by_welcome, "tree-duplicate-signature-key forced"), &["GRP-22", "GRP-59"], &["T7"]),
    case(Case::negative_of("GR-WEL-KEY-033n", "A tree with an encryption key in two nodes is refused.", by_welcome, "tree-duplicate-parent-key forced"), &["GRP-22"], &["T6"]),
    case(Case::negative_of("GR-WEL-OWN-034n", "A tree without the newcomer is refused.", by_welcome, "tree-without-newcomer"), &["GJN-05"], &[]),
    case(Case::negative_of("GR-WEL-REF-035n", "A Welcome for another key package is refused.", by_welcome, "welcome-other-reference"), &["GJN-01"], &["W3"]),
    case(Case::negative_of("GR-WEL-SUITE-036n", "A Welcome of another suite than the key package's is refused.", by_welcome, "welcome-other-suite"), &["GJN-02"], &[]),
    case(Case::negative_of("GR-WEL-SUITE-037n", "A Welcome of an unknown suite is refused.", by_welcome, "welcome-unknown-suite"), &["GJN-02", "GRP-11"], &[]),
    case(Case::negative_of("GR-WEL-SECRET-038n", "Group secrets under an empty context are refused.", by_welcome, "welcome-without-context"), &["GJN-10"], &[]),
    case(Case::negative_of("GR-WEL-SECRET-039n", "A path secret that does not give the tree's keys is refused.", by_welcome, "welcome-path-secret-wrong forced"), &["GJN-06"], &["W7"]),
    case(Case::negative_of("GR-WEL-SECRET-040n", "A path secret for a node that it does not fit is refused.", by_welcome, "welcome-path-secret-unexpected"), &["GJN-06"], &["W7"]),
    case(Case::negative_of("GR-WEL-SECRET-041n", "Another joiner secret is refused.", by_welcome, "welcome-joiner-secret-wrong"), &["GJN-10"], &[]),
    case(Case::negative_of("GR-WEL-TAIL-042n", "A byte behind the GroupSecrets is refused.", by_welcome, "welcome-secrets-trailing"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-WEL-TAIL-043n", "A byte behind the Welcome is refused.", by_welcome, "welcome-trailing"), &["GRP-15"], &[]),
    case(Case::negative_of("GR-WEL-PSK-044n", "A Welcome with a pre-shared key that nobody has is refused.", by_welcome, "welcome-psk-unknown"), &["GRP-67"], &["W8"]),
    case_psk(Case::negative_of("GR-WEL-PSK-045n", "A Welcome whose key schedule lacks a listed key is refused.", by_welcome, "welcome-psk-not-mixed psk"), &["GJN-10"], &[]),
    case_psk(Case::negative_of("GR-WEL-PSK-046n", "A Welcome that does not list a key of its Commit is refused.", by_welcome, "welcome-psk-left-out psk"), &["GJN-10"], &[]),
    case(Case::negative_of("GR-WEL-UNMERGED-047n", "Unmerged leaves that are out of order are refused.", by_welcome, "tree-unmerged-out-of-order seven second"), &["GRP-20"], &[]),
    case(Case::negative_of("GR-WEL-SECRET-048n", "A Welcome that lacks the path secret of its Commit is refused.", by_welcome, "welcome-path-secret-missing forced"), &["GJN-19"], &[]).suite(super::OWN_PROFILE),
    case_psk(Case::negative("GR-WEL-PSK-049n", "A Welcome whose pre-shared key is missing is refused, until it is there.", missing_psk), &["GRP-67", "GJN-11"], &[]),
    case(Case::positive_of("GR-WEL-NEWKEY-050p", "A GroupInfo signed by the new key of its Commit's path is accepted.", unusual_welcome, "leaf-new-signature-key forced"), &["GJN-03"], &[]),
    case(Case::negative_of("GR-WEL-NEWKEY-051n", "A GroupInfo signed by the key before that of its Commit's path is refused.", by_welcome, "group-info-old-signature-key forced"), &["GJN-03"], &["W1"]),
];

/// Control: the newcomer has the key.
fn missing_psk(scene: &mut Scene, twin: Twin) -> Outcome {
    let (alice, bob) = pair(scene, USUAL)?;
    store_psk(scene, &alice)?;
    group(scene, &alice, &[])?;
    let mut change = added(scene, &bob)?;
    change.by_value.push(psk());
    let made = step(scene, &alice, &[], &change)?;
    if twin == Twin::Control {
        store_psk(scene, &bob)?;
    }
    join_call(scene, &bob, made.welcome()?).judged(twin)?;
    if twin == Twin::Deviant {
        // The key package is still there, and the key makes the same Welcome good.
        store_psk(scene, &bob)?;
        join_call(scene, &bob, made.welcome()?).taken()?;
    }
    agree(scene, &[&alice, &bob])
}
