//! Nothing but the named thing is wrong: who does not look at the rules follows where the committer is.

use super::circle::Circle;
use super::deviating::commit_of;
use serde_json::json;

/// Deviations of a member's Commit that only a rule forbids.
const COMMITS: &[&str] = &[
    "remove-self",
    "remove-blank-leaf",
    "remove-out-of-range",
    "remove-twice",
    "remove-updated",
    "update-by-value",
    "add-twice",
    "add-member",
    "psk-twice",
    "psk-nonce-short",
    "psk-nonce-long",
    "psk-usage-reinit",
    "psk-usage-branch",
    "extensions-twice",
    "extensions-unsupported",
    "extensions-required-unsupported",
    "reinit-mixed",
    "reinit-version",
    "external-init-by-member",
    "reference-twice",
    "path-missing",
    "path-ciphertext-missing",
    "path-ciphertext-extra",
    "path-encrypted-to-added",
    "path-duplicate-key",
    "path-key-short",
    "leaf-bad-signature",
    "leaf-wrong-label",
    "leaf-other-group-id",
    "leaf-other-index",
    "leaf-capabilities-empty",
    "leaf-capabilities-without-basic",
    "leaf-credential-x509",
    "leaf-other-identity",
    "leaf-extension-unlisted",
    "leaf-duplicate-signature-key",
    "leaf-duplicate-encryption-key",
    "leaf-encryption-key-kept",
    "leaf-encryption-key-short",
];

/// Deviations of an external Commit that only a rule forbids.
const EXTERNAL: &[&str] = &[
    "external-init-twice",
    "external-remove-other",
    "external-remove-two",
    "external-remove-blank",
    "external-add",
    "external-update",
    "external-extensions",
    "external-reinit",
    "leaf-bad-signature",
    "leaf-other-index",
    "leaf-credential-x509",
    "leaf-duplicate-signature-key",
    "leaf-duplicate-encryption-key",
    "path-duplicate-key",
];

/// Deviations of a Welcome that only a rule forbids.
const WELCOMES: &[&str] = &[
    "group-info-context-unsupported",
    "welcome-path-secret-missing",
    "tree-parent-hash-wrong",
    "tree-unmerged-not-below",
    "tree-unmerged-blank",
    "tree-leaf-bad-signature",
    "tree-leaf-without-required",
    "tree-leaf-extension-unlisted",
    "tree-leaf-credential-x509",
    "tree-duplicate-encryption-key",
    "tree-duplicate-signature-key",
    "tree-duplicate-parent-key",
];

const UNCHECKED: &[&str] = &["rules-unchecked"];

#[test]
fn who_looks_at_no_rule_follows() {
    for suite in ["0001", "f64a"] {
        let mut circle = Circle::new(suite, true);
        for name in COMMITS {
            circle.stage();
            let (made, references) = commit_of(&mut circle, name);
            let input = json!({"proposals": references, "commit": made["commit"]});
            let followed = circle.dare("mls.handle_commit", "victor", UNCHECKED, input);
            let own = circle.ok("mls.handle_pending_commit", "alice", json!({}));
            assert_eq!(followed, own, "{name}");
        }
        for name in EXTERNAL {
            circle.stage();
            circle.key_package("eve", &[]);
            let input = circle.external_input("wanda", "bob", &[]);
            let made = circle.dare("mls.external_join", "wanda", &[name], input);
            let input = json!({"proposals": [], "commit": made["commit"]});
            let followed = circle.dare("mls.handle_commit", "victor", UNCHECKED, input);
            let own = circle.ok("mls.state_auth", "wanda", json!({}));
            assert_eq!(followed, own, "{name}");
        }
        for name in WELCOMES {
            circle.stage();
            let add = circle.add("wanda");
            let input = Circle::commit_input(&[], &[add], true);
            let made = circle.dare("mls.commit", "alice", &[name], input);
            let input = json!({"welcome": made["welcome"], "encrypt_handshake": 1});
            circle.dare("mls.join_group", "wanda", UNCHECKED, input);
        }
    }
}
