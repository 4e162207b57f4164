//! Deviations of Commits (§12.4) and external Commits (§12.4.3.2).

use super::{COMMIT, COMMITS, Deviation, JOIN, RULE, d};

pub const NAMES: &[Deviation] = &[
    d(
        "rules-unchecked",
        RULE,
        "what §7.3, §12.2 and §12.4.3.1 say of lists, leaves and trees is not looked at; what is left are hashes, MACs \
         and signatures of messages",
        "none",
    ),
    // Commits and their paths.
    d(
        "confirmation-tag-wrong",
        COMMITS,
        "the confirmation tag is wrong in one bit",
        "§6.1, §12.4.2",
    ),
    d("confirmation-tag-empty", COMMITS, "the confirmation tag is empty", "§6.1"),
    d("confirmation-tag-truncated", COMMITS, "the confirmation tag without its last byte", "§6.1"),
    d(
        "path-missing",
        COMMITS,
        "no path although one is required; commit_secret is zeros",
        "§12.4, §12.4.2, §12.4.3.2",
    ),
    d("path-presence", COMMIT, "the path's presence byte is 2", "§2.1.1"),
    d("path-node-missing", COMMITS, "the path lacks its last node", "§7.5, §7.6"),
    d(
        "path-node-extra",
        COMMITS,
        "a node behind the path's last, without ciphertexts",
        "§7.5, §7.6",
    ),
    d(
        "path-ciphertext-missing",
        COMMITS,
        "the last ciphertext of the path's last node is missing",
        "§7.6",
    ),
    d(
        "path-ciphertext-extra",
        COMMITS,
        "the last ciphertext of the path's last node twice",
        "§7.6",
    ),
    d(
        "path-encrypted-to-added",
        COMMIT,
        "path secrets are encrypted to the added leaves too",
        "§7.6, §12.4.1",
    ),
    d(
        "path-key-mismatch",
        COMMITS,
        "the top node's public key is not that of its path secret",
        "§7.5, §7.6",
    ),
    d(
        "path-duplicate-key",
        COMMITS,
        "the lowest node's public key is another member's, for the receivers above it",
        "§12.4.2",
    ),
    d("path-key-short", COMMITS, "the lowest node's public key without its last byte", "§5.1.1"),
    d(
        "path-old-context",
        COMMITS,
        "path secrets are encrypted under the GroupContext before",
        "§7.6, §12.4.1",
    ),
    d(
        "path-other-secret",
        COMMITS,
        "each ciphertext holds a path secret that no node has",
        "§7.5, §7.6",
    ),
    d(
        "path-parent-hash-wrong",
        COMMITS,
        "the leaf's parent hash is wrong in one bit, and signed",
        "§7.9, §7.9.2",
    ),
    d(
        "path-parent-hash-empty",
        COMMITS,
        "the leaf's parent hash is empty, and signed",
        "§7.9, §7.9.2",
    ),
    d("path-kem-output-short", COMMITS, "each kem_output without its last byte", "§7.6"),
    d("path-kem-output-zero", COMMITS, "each kem_output is zeros", "§7.6"),
    // External Commits.
    d("external-init-missing", JOIN, "no ExternalInit; init_secret as if there were one", "§12.2"),
    d("external-init-twice", JOIN, "the same ExternalInit twice", "§12.2"),
    d("external-init-short", JOIN, "the kem_output without its last byte", "§8.3"),
    d("external-init-zero", JOIN, "a kem_output of zeros", "§8.3"),
    d(
        "external-pub-stale",
        JOIN,
        "the ExternalInit is to the key of stale_group_info (a parameter), or to a fresh one",
        "§8.3, §12.4.3.2",
    ),
    d(
        "external-remove-other",
        JOIN,
        "a Remove of a member of another identity (who is who is the application's to say)",
        "§12.2, §12.4.3.2",
    ),
    d("external-remove-two", JOIN, "Removes of two members", "§12.2"),
    d(
        "external-remove-both",
        JOIN,
        "a Remove of a second earlier leaf of the joiner's identity",
        "§12.2 (GRP-81)",
    ),
    d("external-remove-blank", JOIN, "a Remove of a blank leaf", "§12.1.3, §12.2"),
    d(
        "external-add",
        JOIN,
        "an Add by value, of another party's key package of this peer",
        "§12.2",
    ),
    d("external-update", JOIN, "an Update by value", "§12.2"),
    d(
        "external-extensions",
        JOIN,
        "a GroupContextExtensions by value, of the group's own extensions",
        "§12.2",
    ),
    d("external-reinit", JOIN, "a ReInit by value", "§12.2"),
    d(
        "external-reference",
        JOIN,
        "a proposal by reference: the message of by_reference (a parameter), applied",
        "§12.4.3.2",
    ),
];
