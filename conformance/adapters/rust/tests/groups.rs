//! The commands `mls.*`: a group across two processes, and requests that are refused.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use jsonschema::Validator;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// An adapter with one party, `a`; what is said fits the schema.
struct Party {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    id: u64,
    requests: Validator,
    states: Validator,
}

impl Drop for Party {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn part(definition: &str) -> Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/adapter-0.json");
    let mut whole: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    whole.as_object_mut().unwrap().remove("oneOf");
    whole["$ref"] = json!(format!("#/$defs/{definition}"));
    jsonschema::validator_for(&whole).unwrap()
}

impl Party {
    fn new() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sceau-adapter-rust"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (requests, states) = (part("mls_request"), part("mls_state"));
        let mut party = Self { child, input, output, id: 0, requests, states };
        let new = json!({"folder": "/nowhere", "now": "1800000000"});
        assert_eq!(party.exchange("party.new", json!({"in": new}))["answer"], "ok");
        party
    }

    fn exchange(&mut self, cmd: &str, mut members: Value) -> Value {
        self.id += 1;
        members["id"] = json!(self.id);
        members["cmd"] = json!(cmd);
        members["party"] = json!("a");
        if cmd.starts_with("mls.") && members.get("strange").is_none() {
            let errors: Vec<_> =
                self.requests.iter_errors(&members).map(|e| e.to_string()).collect();
            assert!(errors.is_empty(), "{errors:?} in {members}");
        }
        members.as_object_mut().unwrap().remove("strange");
        writeln!(self.input, "{members}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn ok(&mut self, cmd: &str, input: Value) -> Value {
        let said = self.exchange(cmd, json!({"group": "g", "in": input}));
        assert_eq!(said["answer"], "ok", "{cmd}: {said}");
        let out = said["out"].clone();
        assert!(out.get("epoch").is_none() || self.states.is_valid(&out), "{out}");
        out
    }

    /// A request that the schema does not have either, or that makes no sense.
    fn strange(&mut self, cmd: &str, mut members: Value) -> Value {
        members["strange"] = json!(1);
        self.exchange(cmd, members)
    }

    fn state(&mut self) -> Value {
        self.ok("mls.state_auth", json!({}))
    }
}

fn hex(text: &str) -> String {
    hex::encode(text)
}

/// A group of two, in two processes.
fn two() -> (Party, Party) {
    let (mut ada, mut bob) = (Party::new(), Party::new());
    let new = json!({"suite": "0001", "group_id": hex("id"), "identity": hex("ada")});
    ada.ok("mls.create_group", new);
    let package = json!({"suite": "0001", "identity": hex("bob"), "grease": 1});
    let package = bob.ok("mls.create_key_package", package);
    let add = format!("add:{}", package["key_package"].as_str().unwrap());
    let made = ada.ok("mls.commit", json!({"by_value": [add], "external_tree": 1}));
    let entered = ada.ok("mls.handle_pending_commit", json!({}));
    let welcome = json!({"welcome": made["welcome"]});
    let refused = bob.exchange("mls.join_group", json!({"group": "g", "in": welcome}));
    assert_eq!(refused["class"], "malformed", "the tree is beside");
    let welcome = json!({"welcome": made["welcome"], "ratchet_tree": made["ratchet_tree"]});
    assert_eq!(bob.ok("mls.join_group", welcome), entered);
    (ada, bob)
}

#[test]
fn a_group_across_processes() {
    let (mut ada, mut bob) = two();
    for party in [&mut ada, &mut bob] {
        party.ok("mls.store_psk", json!({"psk_id": "01", "psk_secret": "0203"}));
    }
    let update = bob.ok("mls.update_proposal", json!({}))["proposal"].clone();
    let psk = ada.ok("mls.propose", json!({"proposal": "external_psk:01"}))["proposal"].clone();
    let proposals = json!([update, psk]);
    let made = ada.ok("mls.commit", json!({"by_reference": proposals, "force_path": 1}));
    let handled =
        bob.ok("mls.handle_commit", json!({"proposals": proposals, "commit": made["commit"]}));
    assert_eq!(ada.ok("mls.handle_pending_commit", json!({})), handled);
    assert_eq!((&handled["epoch"], &handled["members"]), (&json!("2"), &json!(2)));
    let said = json!({"plaintext": hex("hello"), "authenticated_data": hex("open")});
    let sealed = ada.ok("mls.protect", said.clone());
    assert_eq!(bob.ok("mls.unprotect", json!({"ciphertext": sealed["ciphertext"]})), said);
    let export = json!({"label": "l", "context": "00", "key_length": 40});
    assert_eq!(ada.ok("mls.export", export.clone()), bob.ok("mls.export", export));
    // Bob has lost his state and comes again; then Ada removes him.
    let info = ada.ok("mls.group_info", json!({"external_tree": 0}));
    let again =
        json!({"group_info": info["group_info"], "identity": hex("bob"), "remove_prior": 1});
    let mut joined = bob.ok("mls.external_join", again);
    let commit = joined.as_object_mut().unwrap().remove("commit").unwrap();
    assert_eq!(ada.ok("mls.handle_commit", json!({"commit": commit})), joined);
    let remove = json!({"by_value": [format!("remove:{}", hex("bob"))]});
    let made = ada.ok("mls.commit", remove);
    let gone = bob.ok("mls.handle_commit", json!({"commit": made["commit"]}));
    assert_eq!(gone["active"], 0);
    assert_eq!(ada.ok("mls.handle_pending_commit", json!({}))["members"], 1);
}

#[test]
fn what_is_refused_changes_nothing() {
    let (mut ada, mut bob) = two();
    let made = ada.ok("mls.commit", json!({"force_path": 1}));
    let before = bob.state();
    let good = made["commit"].as_str().unwrap();
    let last = if good.ends_with('0') { "1" } else { "0" };
    let forged = format!("{}{last}", &good[..good.len() - 1]);
    for (commit, class) in [(forged.as_str(), None), ("0001", Some("malformed"))] {
        let said =
            bob.exchange("mls.handle_commit", json!({"group": "g", "in": {"commit": commit}}));
        assert_eq!(said["answer"], "reject", "{said}");
        assert!(class.is_none_or(|class| said["class"] == class), "{said}");
        assert_eq!(bob.state(), before);
    }
    assert_eq!(bob.ok("mls.handle_commit", json!({"commit": good}))["epoch"], "2");
    ada.ok("mls.clear_pending_commit", json!({}));
    assert_eq!(ada.state()["epoch"], "1");
}

#[test]
fn requests_that_make_no_sense() {
    let (mut ada, _bob) = two();
    let before = ada.state();
    for (cmd, members, answer) in [
        ("mls.state_auth", json!({"group": "other", "in": {}}), "fault"),
        ("mls.state_auth", json!({"group": "g", "in": {"more": "1"}}), "unsupported"),
        ("mls.state_auth", json!({"group": "g", "in": {}, "seed": "00".repeat(32)}), "unsupported"),
        ("mls.dance", json!({"group": "g", "in": {}}), "unsupported"),
        (
            "mls.create_key_package",
            json!({"in": {"suite": "7777", "identity": "00"}}),
            "unsupported",
        ),
        ("mls.create_key_package", json!({"in": {"suite": "1", "identity": "00"}}), "fault"),
        ("mls.propose", json!({"group": "g", "in": {"proposal": "dance:00"}}), "unsupported"),
        ("mls.propose", json!({"group": "g", "in": {"proposal": "remove:XX"}}), "fault"),
        ("mls.commit", json!({"group": "g", "in": {"by_reference": "00"}}), "fault"),
        ("mls.reinit_welcome", json!({"group": "g", "in": {"new_group": "n"}}), "reject"),
    ] {
        let said = ada.strange(cmd, members);
        assert_eq!(said["answer"], answer, "{cmd}: {said}");
        assert_eq!(ada.state(), before);
    }
}
