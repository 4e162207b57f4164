//! The named deviations of the commands `mls.*`. As with those of pairs, each makes the peer deviate in
//! exactly one respect: what depends on the deviating part is hashed, signed, MACed and encrypted again, so
//! that only the named check can fire. Those marked *allowed* are unusual and must be accepted.
//!
//! What a deviation of `mls.commit` says of a proposal is added to the list that the command gives, by
//! value, behind the rest; with `mls.propose` it takes the place of what the words say. A deviation of a
//! Welcome or of its tree is for the newcomer alone: members take the Commit. Who commits takes what he is
//! told to: a list that RFC 9420 §12.2 forbids needs no deviation where `by_reference` and `by_value` can say it.
//! A request that gives a deviation nothing to bite on (no Add for that of a Welcome, no blank leaf for that of
//! a blank one) is a `fault`.

/// A deviation.
pub struct Deviation {
    /// Its name.
    pub name: &'static str,
    /// The commands that take it.
    pub commands: &'static [&'static str],
    /// What it does.
    #[allow(dead_code)]
    pub what: &'static str,
    /// The section of RFC 9420 whose check must fire.
    #[allow(dead_code)]
    pub section: &'static str,
}

/// What carries an MLSMessage.
const MESSAGE: &[&str] = &[
    "mls.create_key_package",
    "mls.group_info",
    "mls.propose",
    "mls.update_proposal",
    "mls.commit",
    "mls.external_join",
    "mls.protect",
    "peer.external_propose",
];
/// Framed contents.
const FRAMED: &[&str] = &[
    "mls.propose",
    "mls.update_proposal",
    "mls.commit",
    "mls.external_join",
    "mls.protect",
    "peer.external_propose",
];
/// Framed contents of members.
const MEMBER: &[&str] = &["mls.propose", "mls.update_proposal", "mls.commit", "mls.protect"];
/// Public messages of members: the group's `encrypt_handshake` is 0, but for `application-public`.
const PUBLIC: &[&str] = &["mls.propose", "mls.update_proposal", "mls.commit"];
/// Private messages: the group's `encrypt_handshake` is 1, but for `mls.protect`.
const PRIVATE: &[&str] = MEMBER;
const PROTECT: &[&str] = &["mls.protect"];
const COMMIT: &[&str] = &["mls.commit"];
const JOIN: &[&str] = &["mls.external_join"];
/// All Commits.
const COMMITS: &[&str] = &["mls.commit", "mls.external_join"];
/// Proposals, by reference or by value.
const PROPOSALS: &[&str] = &["mls.propose", "mls.commit"];
const KEY_PACKAGE: &[&str] = &["mls.create_key_package"];
/// Where a leaf is made.
const LEAF: &[&str] =
    &["mls.create_key_package", "mls.update_proposal", "mls.commit", "mls.external_join"];
/// Where a leaf is made within a group.
const GROUP_LEAF: &[&str] = &["mls.update_proposal", "mls.commit", "mls.external_join"];
/// The Welcome of a Commit that adds somebody.
const WELCOME: &[&str] = &["mls.commit"];
/// GroupInfos: within the Welcome of a Commit, or by itself.
const GROUP_INFO: &[&str] = &["mls.commit", "mls.group_info"];
/// A group that replaces another, or branches off it.
const SUCCESSOR: &[&str] = &["mls.reinit_welcome", "mls.create_branch"];
const REINIT: &[&str] = &["mls.reinit_welcome"];
/// Proposals from outside of the group.
const OUTSIDE: &[&str] = &["peer.external_propose"];

const fn d(
    name: &'static str,
    commands: &'static [&'static str],
    what: &'static str,
    section: &'static str,
) -> Deviation {
    Deviation { name, commands, what, section }
}

/// All deviations.
pub const NAMES: &[Deviation] = &[
    // The encoding of messages. The part concerned is covered by no signature, MAC or associated data.
    d("message-trailing", MESSAGE, "a byte behind the MLSMessage", "§2, §6"),
    d("message-truncated", MESSAGE, "the last byte is missing", "§2, §6"),
    d(
        "message-length-not-minimal",
        MESSAGE,
        "a length in more bytes than it needs: of the last vector",
        "§2.1.2",
    ),
    d("message-length-reserved", MESSAGE, "the length of the last vector begins with 11", "§2.1.2"),
    d("message-length-overrun", MESSAGE, "the last vector claims one byte too many", "§2.1.2"),
    d("message-length-largest", MESSAGE, "the last vector claims 2^30 - 1 bytes", "§2.1.2"),
    d("message-version", MESSAGE, "the MLSMessage's version is 2", "§6"),
    d("message-wire-format-unknown", MESSAGE, "the wire format is 6", "§6"),
    d("welcome-trailing", WELCOME, "a byte behind the Welcome", "§12.4.3.1"),
    // Framed contents.
    d("content-bad-signature", FRAMED, "the signature does not verify", "§6.1"),
    d("content-other-signature-key", FRAMED, "signed by a key that nobody knows", "§6.1"),
    d("content-wrong-label", FRAMED, "signed under the label of a leaf", "§5.1.2, §6.1"),
    d("content-without-context", MEMBER, "signed without the GroupContext", "§6.1"),
    d("content-other-wire-format", FRAMED, "signed for the other wire format", "§6.1"),
    d("content-other-group-id", FRAMED, "of another group id", "§6, §12.4.2"),
    d("content-next-epoch", FRAMED, "of the next epoch", "§6, §12.4.2"),
    d(
        "content-last-epoch",
        FRAMED,
        "of the epoch before, under the keys of this one",
        "§6, §12.4.2",
    ),
    d("content-type-unknown", MEMBER, "content type 4", "§6"),
    d("sender-blank-leaf", MEMBER, "the sender is a blank leaf", "§6, §6.1, §6.3.2"),
    d("sender-out-of-range", MEMBER, "the sender is a leaf beyond the tree", "§6, §6.1, §6.3.2"),
    d("sender-other-member", MEMBER, "the sender is another member; the own key signs", "§6.1"),
    d("sender-type-unknown", PUBLIC, "sender type 5", "§6"),
    d("sender-external", PUBLIC, "of sender type external, index 0, unlisted", "§6.1, §12.1.8"),
    d(
        "sender-new-member-proposal",
        PUBLIC,
        "of sender type new_member_proposal, whatever it carries",
        "§6.1",
    ),
    d("sender-new-member-commit", PUBLIC, "of sender type new_member_commit", "§6.1, §12.4.3.2"),
    // Public messages.
    d("membership-tag-wrong", PUBLIC, "the membership tag is wrong in one bit", "§6.2"),
    d("membership-tag-empty", PUBLIC, "the membership tag is empty", "§6.2"),
    d("membership-tag-missing", PUBLIC, "there is no membership tag, nor its length", "§6.2"),
    d("membership-tag-truncated", PUBLIC, "the membership tag without its last byte", "§6.2"),
    d(
        "membership-tag-without-context",
        PUBLIC,
        "the membership tag lacks the GroupContext",
        "§6.2",
    ),
    d("application-public", PROTECT, "application data as a PublicMessage", "§6, §6.2"),
    // Private messages.
    d("private-aad-empty", PRIVATE, "the content is sealed without associated data", "§6.3.1"),
    d(
        "private-aad-without-authenticated-data",
        PRIVATE,
        "its associated data ends before the authenticated data",
        "§6.3.1",
    ),
    d(
        "sender-data-aad-empty",
        PRIVATE,
        "the sender data are sealed without associated data",
        "§6.3.2",
    ),
    d(
        "sender-data-short-sample",
        PRIVATE,
        "their key comes from 16 bytes of the ciphertext",
        "§6.3.2",
    ),
    d("sender-data-trailing", PRIVATE, "a byte behind the SenderData", "§6.3.2"),
    d("reuse-guard-not-applied", PRIVATE, "the nonce without the reuse guard", "§6.3.1"),
    d("ratchets-swapped", PRIVATE, "sealed under the sender's other ratchet", "§9, §9.1"),
    d("padding-nonzero", PRIVATE, "the last byte of the padding is 1", "§6.3.1"),
    d("padding-none", PRIVATE, "allowed: no padding", "§6.3.1"),
    d("padding-odd", PRIVATE, "allowed: 3 bytes of padding", "§6.3.1"),
    d("padding-first-nonzero", PRIVATE, "the padding begins with a byte of 1", "§6.3.1"),
    d(
        "generation-reused",
        PRIVATE,
        "the generation of the sender's last message of the kind again",
        "§9.1, §9.2",
    ),
    d("generation-at-limit", PRIVATE, "allowed: max_skip generations left out", "§9.1 (GRP-44)"),
    d("generation-past-limit", PRIVATE, "max_skip + 1 generations left out", "§9.1 (GRP-44)"),
    d(
        "generation-largest",
        PRIVATE,
        "generation 2^32 - 1, under a key that nobody can have",
        "§9.1 (GRP-44)",
    ),
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
    // Lists of proposals, in a member's Commit or, where mls.propose takes it, one by one.
    d("remove-self", COMMIT, "a Remove of the committer, who stays", "§12.2"),
    d("remove-blank-leaf", PROPOSALS, "a Remove of a blank leaf", "§12.1.3, §12.2"),
    d("remove-out-of-range", PROPOSALS, "a Remove of a leaf beyond the tree", "§12.1.3, §12.2"),
    d("remove-twice", COMMIT, "the Remove that the list has, again", "§12.2"),
    d("remove-updated", COMMIT, "a Remove of the member whose Update the list refers to", "§12.2"),
    d("update-by-value", COMMIT, "an Update of the committer, by value", "§12.2"),
    d("add-twice", COMMIT, "the Add that the list has, again", "§12.2"),
    d(
        "add-member",
        PROPOSALS,
        "an Add of a member: its leaf's signature key in a new key package (of the committer himself)",
        "§12.2, §7.3",
    ),
    d("psk-twice", COMMIT, "the PreSharedKey that the list has, again, nonce and all", "§12.2"),
    d("psk-nonce-short", PROPOSALS, "the nonce of each PSK without its last byte", "§8.4, §12.1.4"),
    d("psk-nonce-long", PROPOSALS, "the nonce of each PSK has a byte too many", "§8.4, §12.1.4"),
    d(
        "psk-nonce-constant",
        PROPOSALS,
        "allowed, as nobody can tell from one Commit: each nonce is of bytes 0x11",
        "§8.4",
    ),
    d("psk-unknown", PROPOSALS, "an external PSK that nobody has", "§12.4.2"),
    d("psk-resumption-unknown", PROPOSALS, "a resumption PSK of an epoch to come", "§12.4.2"),
    d(
        "psk-usage-reinit",
        PROPOSALS,
        "a resumption PSK of this epoch of usage reinit; with an Add, for the newcomer too (who was in that epoch)",
        "§11.2, §12.1.4",
    ),
    d("psk-usage-branch", PROPOSALS, "the same of usage branch", "§11.3, §12.1.4"),
    d("psk-usage-unknown", PROPOSALS, "the same of usage 4", "§8.4"),
    d("psk-kind-unknown", PROPOSALS, "a PSK of type 3", "§8.4"),
    d(
        "extensions-twice",
        COMMIT,
        "two GroupContextExtensions, of the group's own extensions",
        "§12.2",
    ),
    d(
        "extensions-unsupported",
        PROPOSALS,
        "a GroupContextExtensions with an extension of type 0xF0CE, which nobody lists",
        "§13.4",
    ),
    d(
        "extensions-required-unsupported",
        PROPOSALS,
        "required_capabilities ask for extension type 0xF0CE, which nobody lists",
        "§11.1, §12.1.7",
    ),
    d(
        "extensions-repeated",
        PROPOSALS,
        "a GroupContextExtensions with an extension twice",
        "§13.4",
    ),
    d(
        "reinit-mixed",
        COMMIT,
        "a ReInit beside what the list has (a GroupContextExtensions, if nothing)",
        "§12.2",
    ),
    d("reinit-version", PROPOSALS, "a ReInit to version 0", "§12.1.5"),
    d(
        "external-init-by-member",
        PROPOSALS,
        "an ExternalInit; all compute init_secret as without",
        "§12.1.6, §12.2",
    ),
    d(
        "proposal-type-unsupported",
        PROPOSALS,
        "a proposal of type 0xF0CE, which no capabilities list, with 4 bytes",
        "§12.2",
    ),
    d("proposal-type-reserved", PROPOSALS, "a proposal of type 0", "§12.1, §17.4"),
    d("reference-unknown", COMMIT, "a reference to a proposal that was never sent", "§12.4"),
    d("reference-twice", COMMIT, "the reference that the list has, again", "§12.2, §12.4"),
    d("reference-kind-unknown", COMMIT, "a ProposalOrRef of type 3", "§12.4"),
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
    // GroupInfos, and what is done to the tree: all under a GroupContext that fits.
    d(
        "group-info-bad-signature",
        GROUP_INFO,
        "its signature does not verify",
        "§12.4.3, §12.4.3.1",
    ),
    d("group-info-wrong-label", GROUP_INFO, "signed under another label", "§5.1.2, §12.4.3"),
    d("group-info-signer-blank", GROUP_INFO, "the signer is a blank leaf", "§12.4.3.1"),
    d(
        "group-info-signer-out-of-range",
        GROUP_INFO,
        "the signer is a leaf beyond the tree",
        "§12.4.3.1",
    ),
    d(
        "group-info-signer-other",
        GROUP_INFO,
        "the signer is another member; the own key signs",
        "§12.4.3",
    ),
    d(
        "group-info-confirmation-tag",
        WELCOME,
        "its confirmation tag is wrong in one bit",
        "§12.4.3.1",
    ),
    d(
        "group-info-other-suite",
        WELCOME,
        "its GroupContext names another suite (as key-package-other-suite), and is signed",
        "§12.4.3.1",
    ),
    d("group-info-version", GROUP_INFO, "its GroupContext is of version 2", "§8.1, §12.4.3"),
    d("group-info-tree-hash", GROUP_INFO, "its tree hash is another", "§7.8, §12.4.3.1"),
    d("group-info-extension-repeated", GROUP_INFO, "an extension twice", "§13.4"),
    d("group-info-extension-grease", GROUP_INFO, "allowed: an extension of a GREASE type", "§13.5"),
    d(
        "group-info-context-unsupported",
        GROUP_INFO,
        "its GroupContext has an extension of type 0xF0CE, which nobody lists",
        "§12.4.3, §13.4",
    ),
    d(
        "group-info-trailing",
        WELCOME,
        "a byte behind the GroupInfo, within the ciphertext",
        "§12.4.3.1",
    ),
    d("group-info-without-external-pub", &["mls.group_info"], "no external_pub", "§12.4.3.2"),
    d(
        "group-info-external-pub-short",
        &["mls.group_info"],
        "the external_pub without its last byte",
        "§12.4.3.2",
    ),
    d("tree-trailing-blank", GROUP_INFO, "blank nodes behind the last member", "§12.4.3.3"),
    d("tree-node-type-unknown", GROUP_INFO, "a node of type 3", "§12.4.3.3"),
    d("tree-leaf-as-parent", GROUP_INFO, "a leaf at a parent's place", "§12.4.3.3"),
    d(
        "tree-parent-hash-wrong",
        GROUP_INFO,
        "the parent hash of the signer's leaf is wrong in one bit (its last Commit has a path)",
        "§7.9.2, §12.4.3.1",
    ),
    d(
        "tree-parent-hash-stale",
        GROUP_INFO,
        "a node above the signer has another key, which its parent hash and its children's do not cover",
        "§7.9.2, §12.4.3.1",
    ),
    d(
        "tree-unmerged-not-below",
        GROUP_INFO,
        "a node lists a leaf as unmerged that is not below it (four leaves or more)",
        "§12.4.3.1",
    ),
    d(
        "tree-unmerged-blank",
        GROUP_INFO,
        "a node lists a blank leaf below it as unmerged",
        "§12.4.3.1",
    ),
    d(
        "tree-unmerged-out-of-range",
        GROUP_INFO,
        "the root lists a leaf beyond the tree as unmerged",
        "§12.4.3.1",
    ),
    d(
        "tree-unmerged-twice",
        GROUP_INFO,
        "a node lists an unmerged leaf twice (there is one: an Add had no path)",
        "§7.1 (GRP-20)",
    ),
    d(
        "tree-unmerged-missing",
        WELCOME,
        "the lowest node above the newcomer does not list it as unmerged, a higher one does (leaf 5 of 7 was \
         removed, leaf 6 committed, and the Add has no path)",
        "§12.4.3.1",
    ),
    d(
        "tree-leaf-bad-signature",
        GROUP_INFO,
        "the signature of the signer's leaf does not verify",
        "§7.3, §12.4.3.1",
    ),
    d(
        "tree-leaf-without-required",
        GROUP_INFO,
        "the signer's leaf lists none of what the group requires",
        "§7.3, §12.4.3.1",
    ),
    d(
        "tree-leaf-extension-unlisted",
        GROUP_INFO,
        "the signer's leaf has an extension that it does not list",
        "§7.3, §12.4.3.1",
    ),
    d(
        "tree-leaf-credential-x509",
        GROUP_INFO,
        "the signer's leaf has an X.509 credential, which it lists and others do not",
        "§7.3, §12.4.3.1",
    ),
    d(
        "tree-duplicate-encryption-key",
        GROUP_INFO,
        "the signer's leaf has another member's encryption key",
        "§7.3, §12.4.3.1",
    ),
    d(
        "tree-duplicate-signature-key",
        GROUP_INFO,
        "another member's leaf has the signer's signature key, and is signed by it",
        "§7.3, §12.4.3.1",
    ),
    d(
        "tree-duplicate-parent-key",
        GROUP_INFO,
        "a parent has the encryption key of another node",
        "§12.4.3.1",
    ),
    d("tree-without-newcomer", WELCOME, "the newcomer's leaf is blank", "§12.4.3.1"),
    // Welcomes.
    d("welcome-other-reference", WELCOME, "new_member names another KeyPackage", "§12.4.3.1"),
    d(
        "welcome-other-suite",
        WELCOME,
        "cipher_suite names another suite (as key-package-other-suite); the reference is of that suite's hash",
        "§12.4.3.1",
    ),
    d("welcome-unknown-suite", WELCOME, "cipher_suite 0x0BAD", "§12.4.3.1"),
    d(
        "welcome-without-context",
        WELCOME,
        "the secrets are encrypted under an empty context",
        "§12.4.3.1",
    ),
    d(
        "welcome-path-secret-wrong",
        WELCOME,
        "another path secret (the Commit has a path)",
        "§12.4.3.1",
    ),
    d(
        "welcome-path-secret-unexpected",
        WELCOME,
        "a path secret although the Commit has no path, and the node is blank or another's",
        "§12.4.3.1",
    ),
    d("welcome-joiner-secret-wrong", WELCOME, "another joiner secret", "§12.4.3.1"),
    d("welcome-secrets-trailing", WELCOME, "a byte behind the GroupSecrets", "§12.4.3.1"),
    d(
        "welcome-psk-unknown",
        WELCOME,
        "an external PSK that nobody has is listed, and not mixed",
        "§12.4.3.1",
    ),
    d(
        "welcome-psk-not-mixed",
        WELCOME,
        "an external PSK (of mls.store_psk) is listed, and not mixed",
        "§8.4, §12.4.3.1",
    ),
    d(
        "welcome-psk-left-out",
        WELCOME,
        "the Commit's PSK is mixed, and not listed",
        "§8.4, §12.4.3.1",
    ),
    // Groups that replace another or branch off it. Who is left out, or is too many, is the runner's to say by key_packages.
    d(
        "successor-psk-missing",
        SUCCESSOR,
        "no PSK links the new group to the old one",
        "§11.2, §11.3",
    ),
    d("successor-psk-twice", SUCCESSOR, "two PSKs do, with different nonces", "§12.4.3.1"),
    d("successor-usage-application", SUCCESSOR, "the PSK's usage is application", "§11.2, §11.3"),
    d(
        "successor-usage-other",
        SUCCESSOR,
        "the PSK's usage is branch for reinit, reinit for branch",
        "§11.2, §11.3",
    ),
    d("successor-epoch", SUCCESSOR, "the new group's epoch is 2", "§11.2, §11.3, §12.4.3.1"),
    d(
        "successor-other-suite",
        SUCCESSOR,
        "the new group has another suite (as key-package-other-suite): key packages are to be of that",
        "§11.2, §11.3, §12.4.3.1",
    ),
    d(
        "reinit-other-group-id",
        REINIT,
        "the new group has another group id than the ReInit says",
        "§11.2, §12.4.3.1",
    ),
    d(
        "reinit-other-extensions",
        REINIT,
        "the new group has another extension beside those of the ReInit",
        "§11.2, §12.4.3.1",
    ),
    d(
        "reinit-psk-epoch",
        REINIT,
        "the PSK is that of the epoch in which the ReInit was committed",
        "§11.2",
    ),
    // From outside.
    d(
        "external-sender-other-key",
        OUTSIDE,
        "signed by a key that external_senders does not list",
        "§6.1, §12.1.8",
    ),
    d("external-sender-index", OUTSIDE, "sender_index is one too large", "§6.1, §12.1.8"),
    d("external-sender-update", OUTSIDE, "an Update", "§12.1.8"),
    d("external-sender-external-init", OUTSIDE, "an ExternalInit", "§12.1.8"),
    d(
        "new-member-remove",
        OUTSIDE,
        "of sender type new_member_proposal, a Remove of leaf 0",
        "§6.1",
    ),
    d(
        "new-member-other-key",
        OUTSIDE,
        "of sender type new_member_proposal, signed by another key than the KeyPackage's",
        "§6.1",
    ),
];
