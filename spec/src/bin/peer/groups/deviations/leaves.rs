//! Deviations of leaves (§7.2, §7.3) and key packages (§10).

use super::{Deviation, GROUP_LEAF, KEY_PACKAGE, LEAF, d};

pub const NAMES: &[Deviation] = &[
    // Leaves: of a key package, an Update, a Commit's path, an external Commit's path.
    d("leaf-bad-signature", LEAF, "the leaf's signature does not verify", "§7.2, §7.3"),
    d("leaf-wrong-label", LEAF, "the leaf is signed under another label", "§5.1.2, §7.2"),
    d("leaf-other-group-id", GROUP_LEAF, "the leaf is signed for another group", "§7.2, §7.3"),
    d("leaf-other-index", GROUP_LEAF, "the leaf is signed for another place", "§7.2, §7.3"),
    d(
        "leaf-source-key-package",
        GROUP_LEAF,
        "leaf_node_source key_package, with a lifetime",
        "§7.3, §12.4.2",
    ),
    d(
        "leaf-source-update",
        &["mls.create_key_package", "mls.commit", "mls.external_join"],
        "leaf_node_source update",
        "§7.3, §10.1, §12.4.2",
    ),
    d(
        "leaf-source-commit",
        &["mls.create_key_package", "mls.update_proposal"],
        "leaf_node_source commit, with an empty parent hash",
        "§7.3, §10.1",
    ),
    d("leaf-source-unknown", LEAF, "leaf_node_source 4", "§7.2"),
    d("leaf-lifetime-past", KEY_PACKAGE, "the lifetime ended an hour ago", "§7.3"),
    d("leaf-lifetime-future", KEY_PACKAGE, "the lifetime begins in a day", "§7.3"),
    d("leaf-lifetime-too-long", KEY_PACKAGE, "a lifetime of a hundred years", "§7.2"),
    d(
        "leaf-capabilities-empty",
        LEAF,
        "the capabilities list no extension and no proposal type: none that the group requires",
        "§7.3, §11.1",
    ),
    d(
        "leaf-capabilities-without-basic",
        LEAF,
        "the capabilities list another credential type than the leaf's",
        "§7.3",
    ),
    d(
        "leaf-capabilities-without-suite",
        LEAF,
        "the capabilities list another suite",
        "§7.2, §11.1",
    ),
    d(
        "leaf-capabilities-without-version",
        LEAF,
        "the capabilities list another version",
        "§7.2, §11.1",
    ),
    d(
        "leaf-credential-x509",
        LEAF,
        "an X.509 credential, which the capabilities list and other members' do not",
        "§7.3",
    ),
    d("leaf-credential-unknown", LEAF, "a credential of type 0xF0CE, listed", "§5.3, §7.3, §13.3"),
    d("leaf-extension-unlisted", LEAF, "an extension that the capabilities do not list", "§7.3"),
    d("leaf-extension-repeated", LEAF, "an extension twice", "§13.4"),
    d("leaf-extension-grease", LEAF, "allowed: an extension of a GREASE type, listed", "§13.5"),
    d(
        "leaf-duplicate-signature-key",
        LEAF,
        "the signature key of another member (of a key package: of another party of this peer)",
        "§7.3",
    ),
    d(
        "leaf-duplicate-encryption-key",
        LEAF,
        "the encryption key of another member (of a key package: of the party's last one before)",
        "§7.3",
    ),
    d(
        "leaf-encryption-key-kept",
        &["mls.update_proposal", "mls.commit"],
        "the encryption key of the member's leaf before",
        "§7.3, §12.4.2",
    ),
    d("leaf-encryption-key-short", LEAF, "the encryption key without its last byte", "§5.1.1"),
    d(
        "leaf-odd-capabilities",
        LEAF,
        "an odd number of bytes in a list of the capabilities",
        "§2, §7.2",
    ),
    // Key packages.
    d("key-package-bad-signature", KEY_PACKAGE, "its signature does not verify", "§10.1"),
    d("key-package-wrong-label", KEY_PACKAGE, "signed under another label", "§5.1.2, §10"),
    d(
        "key-package-other-signature-key",
        KEY_PACKAGE,
        "signed by another key than the leaf's",
        "§10.1",
    ),
    d(
        "key-package-version",
        KEY_PACKAGE,
        "its version is 2, that of the MLSMessage is 1",
        "§10, §10.1",
    ),
    d(
        "key-package-other-suite",
        KEY_PACKAGE,
        "cipher_suite names another suite of the same sizes (0001 for 0003, and the other way)",
        "§10.1",
    ),
    d("key-package-init-key-in-leaf", KEY_PACKAGE, "init key and encryption key are one", "§10.1"),
    d(
        "key-package-init-key-short",
        KEY_PACKAGE,
        "the init key without its last byte",
        "§5.1.1, §10",
    ),
    d(
        "key-package-init-key-zero",
        KEY_PACKAGE,
        "an init key of zeros, for who adds: nothing can be encrypted to it",
        "RFC 9180 §7.1.4",
    ),
    d("key-package-extension-repeated", KEY_PACKAGE, "an extension twice", "§13.4"),
    d(
        "key-package-extension-grease",
        KEY_PACKAGE,
        "allowed: an extension of a GREASE type",
        "§13.5",
    ),
];
