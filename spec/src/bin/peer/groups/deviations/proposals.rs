//! Deviations of proposals and their lists (§12.1, §12.2).

use super::{COMMIT, Deviation, OUTSIDE, PROPOSALS, d};

pub const NAMES: &[Deviation] = &[
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
