//! The peer's deviations: each is refused by the specification itself, with a class that belongs to it,
//! and leaves the state as it was; the allowed ones are accepted.

mod adapter;
mod delivery;
mod groups;
mod lists;
mod peer;
mod replacement;
mod rules;

use peer::Peer;
use serde_json::{Value, json};

/// Name, commands and description of every deviation, from the peer's source.
fn deviations() -> Vec<(String, String, String)> {
    let source = include_str!("../../src/bin/peer/deviations.rs");
    let table = source.split_once("pub const NAMES").unwrap().1;
    let entry = |text: &str| {
        let parts: Vec<&str> = text.split('"').collect();
        let commands = parts[2].trim_matches(|c: char| !c.is_alphabetic());
        (parts[1].to_owned(), commands.to_owned(), parts[3].to_owned())
    };
    table.split("d(").skip(1).map(entry).collect()
}

fn allowed(what: &str) -> bool {
    what.starts_with("allowed")
}

fn judge(name: &str, what: &str, answer: &Value) {
    let expected = if allowed(what) { "ok" } else { "reject" };
    assert_eq!(answer["answer"], expected, "{name}: {answer}");
}

#[test]
fn the_table_is_what_the_peer_declares() {
    let mut peer = Peer::start();
    let hello = peer.ok("meta.hello", "", json!({"versions": ["0"], "largest_line": 1 << 24}));
    let mut names: Vec<_> = deviations().into_iter().map(|(name, ..)| name).collect();
    names.extend(groups::names());
    assert_eq!(hello["deviations"], json!(names));
    assert!(names.len() > 130);
}

#[test]
fn deviating_bundles_are_refused() {
    let mut peer = Peer::start();
    for (name, commands, what) in deviations() {
        if !["BUNDLE", "IDENTITY"].contains(&commands.as_str()) {
            continue;
        }
        let [_, bob] = peer.stage(name.contains("issuer"));
        peer.pin("alice", &bob);
        let bundle = peer.bundle(&[&name]);
        let input = json!({"account_id": bob["account_id"], "bundle": bundle});
        let answer = peer.ask("pw.initiate", "alice", &[], input);
        judge(&name, &what, &answer);
        if allowed(&what) {
            peer.converse(false);
        }
    }
}

#[test]
fn deviating_accounts_are_refused_on_either_side() {
    let mut peer = Peer::start();
    for (name, _, what) in deviations().into_iter().filter(|(_, commands, _)| commands == "CREATE")
    {
        let [_, bob] = peer.stage_with(false, "bob", &name);
        let input = json!({"account_id": bob["account_id"], "bundle": peer.bundle(&[])});
        let answer = peer.ask("pw.initiate", "alice", &[], input);
        judge(&name, &what, &answer);
        if allowed(&what) {
            peer.converse(false);
        }
        let [_, bob] = peer.stage_with(false, "alice", &name);
        peer.initiate(&bob, &[], false);
        let sent = peer.send("alice", &[], json!({"body": "00"}));
        judge(&name, &what, &peer.receive("bob", &sent, false));
    }
}

#[test]
fn a_state_at_the_end_of_its_sending_chain() {
    let mut peer = Peer::start();
    let [_, bob] = peer.stage(false);
    peer.initiate(&bob, &[], false);
    peer.converse(false);
    let deviate = ["state-sending-chain-last"];
    let state = peer.dare("party.export_state", "alice", &deviate, json!({}))["state"].clone();
    let id = peer.ok("party.observe", "alice", json!({}))["session_id"].clone();
    peer.ok("party.import_state", "alice", json!({"state": state}));
    peer.ok("party.policy", "bob", json!({"limits": ["max_skip=65536"]}));
    let name = format!("s:{}", id.as_str().unwrap());
    let send = |peer: &mut Peer| {
        let request = json!({"id": 1, "cmd": "pw.send", "party": "alice", "session": name,
            "in": {"body": "00"}});
        peer.line(&request)
    };
    let last = send(&mut peer);
    let read = peer.receive("bob", &last["out"], false);
    assert_eq!(read["out"]["x_n"], 65_535, "{read}");
    let none = send(&mut peer);
    assert_eq!(none["class"], "chain_exhausted", "{none}");
    // The next chain says how long this one was.
    let answer = peer.send("bob", &[], json!({"body": "00"}));
    let input = json!({"mailbox": answer["mailbox"], "message": answer["message"]});
    peer.ok("pw.receive", "alice", input);
    let next = send(&mut peer);
    let read = peer.receive("bob", &next["out"], false);
    assert_eq!((&read["out"]["x_n"], &read["out"]["x_pn"]), (&json!(0), &json!(65_536)), "{read}");
}

#[test]
fn deviating_first_messages_are_refused() {
    let mut peer = Peer::start();
    for (name, commands, what) in deviations() {
        if !["IDENTITY", "INITIATE"].contains(&commands.as_str()) {
            continue;
        }
        let [alice, bob] = peer.stage(name.contains("issuer"));
        peer.pin("bob", &alice);
        let psk = ["no-psk-although-named", "psk-not-named-but-mixed"].contains(&name.as_str());
        peer.initiate(&bob, &[&name], psk);
        let sent = peer.send("alice", &[], json!({"body": "00"}));
        let mut sent = sent;
        sent["expected_account"] = alice["account_id"].clone();
        let answer = peer.receive("bob", &sent, psk);
        judge(&name, &what, &answer);
        if allowed(&what) {
            peer.converse(true);
        }
    }
}

#[test]
fn deviating_messages_are_refused_and_the_next_one_is_read() {
    let mut peer = Peer::start();
    for (name, _, what) in deviations().into_iter().filter(|(_, commands, _)| commands == "SEND") {
        let [_, bob] = peer.stage(name.contains("issuer"));
        peer.initiate(&bob, &[], false);
        let first = name.starts_with("first-");
        if !first {
            let sent = peer.send("alice", &[], json!({"body": "00"}));
            assert_eq!(peer.receive("bob", &sent, false)["answer"], "ok");
            talk(&mut peer, name.contains("in-chain"));
        }
        let mut input = json!({"body": "0102"});
        if name == "rotation-unbounded" {
            input = json!({"content_type": 4, "body": "00000007"});
        } else if name == "body-unchecked" {
            input = json!({"content_type": 4, "body": "00"});
        } else if name == "body-aad-without-caller-data" {
            input["authenticated_data"] = json!("cc");
        }
        let data = input.get("authenticated_data").cloned();
        let mut sent = peer.send("alice", &[&name], input);
        if let Some(data) = data {
            sent["authenticated_data"] = data;
        }
        let answer = peer.receive("bob", &sent, false);
        judge(&name, &what, &answer);
        // The ratchet key is one for a whole chain.
        let again: &[&str] = if name == "header-top-bit" { &[&name] } else { &[] };
        let next = peer.send("alice", again, json!({"body": "03"}));
        let answer = peer.receive("bob", &next, false);
        assert_eq!(answer["answer"], "ok", "after {name}: {answer}");
        if allowed(&what) {
            let reply = peer.send("bob", &[], json!({"body": "04"}));
            assert_eq!(peer.receive("alice", &reply, false)["answer"], "ok", "after {name}");
        }
    }
}

/// Brings the conversation to where Alice has a new chain, in which nothing was sent unless `used`.
fn talk(peer: &mut Peer, used: bool) {
    for turn in 0..2 {
        let answer = peer.send("bob", &[], json!({"body": "00"}));
        assert_eq!(peer.receive("alice", &answer, false)["answer"], "ok");
        if turn == 0 || used {
            let sent = peer.send("alice", &[], json!({"body": "00"}));
            assert_eq!(peer.receive("bob", &sent, false)["answer"], "ok");
        }
    }
}

#[test]
fn a_peer_may_deviate_always() {
    let mut peer = Peer::start_with(&["--deviate", "rotation-not-ahead,credential-expired"]);
    let [_, bob] = peer.stage(false);
    let input = json!({"account_id": bob["account_id"], "bundle": peer.bundle(&[])});
    assert_eq!(peer.ask("pw.verify_bundle", "alice", &[], input)["class"], "expired");
}
