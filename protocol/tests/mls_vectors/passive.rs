//! Passive clients: join by Welcome, then follow commits.

use crate::files::{cases, hex, list, suite_cases};
use crate::protection::own_key_package;
use sceau::crypto::Secret;
use sceau::group::{AcceptAny, CipherSuite, Group, GroupPolicy, JoinParams, PskStore, Received};
use serde_json::Value;

/// The scripts' senders use public messages, external commits and lifetimes that are over.
fn policy() -> GroupPolicy {
    let mut policy = GroupPolicy::new(AcceptAny);
    policy.private_handshake = false;
    policy.external_commits = true;
    policy.check_lifetimes = false;
    policy
}

fn follow(case: &Value) -> usize {
    let own = own_key_package(case);
    let mut psks = PskStore::new();
    for psk in list(&case["external_psks"]) {
        psks.insert_external(&hex(&psk["psk_id"]), Secret::from_vec(hex(&psk["psk"])));
    }
    let tree = (!case["ratchet_tree"].is_null()).then(|| hex(&case["ratchet_tree"]));
    let mut params = JoinParams::new(policy(), &psks);
    params.ratchet_tree = tree.as_deref();
    let (mut group, used) = Group::join(&hex(&case["welcome"]), &[&own], params, 0).unwrap();
    assert_eq!(used, own.reference());
    assert_eq!(group.epoch_authenticator(), hex(&case["initial_epoch_authenticator"]));
    let epochs = list(&case["epochs"]);
    for epoch in epochs {
        for proposal in list(&epoch["proposals"]) {
            let got = group.receive(&hex(proposal), &psks, 0).unwrap();
            assert!(matches!(got, Received::Proposal { .. }));
        }
        let got = group.receive(&hex(&epoch["commit"]), &psks, 0).unwrap();
        let Received::Commit(staged) = got else { panic!("no commit") };
        group.merge(*staged).unwrap();
        assert_eq!(group.epoch_authenticator(), hex(&epoch["epoch_authenticator"]));
    }
    epochs.len()
}

#[test]
fn passive_client_welcome() {
    for (_, case) in suite_cases("passive-client-welcome", 56, 24) {
        follow(&case);
    }
}

#[test]
fn passive_client_handling_commit() {
    for (_, case) in suite_cases("passive-client-handling-commit", 91, 39) {
        follow(&case);
    }
}

#[test]
fn passive_client_random() {
    for case in cases("passive-client-random", 1) {
        assert_eq!(case["cipher_suite"], CipherSuite::X25519Aes128.to_u16());
        assert_eq!(follow(&case), 200);
    }
}
