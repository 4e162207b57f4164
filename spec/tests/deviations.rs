//! The peer's deviations: each is refused by the specification itself, with a class that belongs to it,
//! and leaves the state as it was; the allowed ones are accepted.

use serde_json::{Map, Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const NOW: u64 = 1_798_761_600;

struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    id: u64,
}

impl Peer {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_peer"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Peer { child, input, output, id: 0 }
    }

    fn ask(&mut self, cmd: &str, party: &str, deviate: &[&str], input: Value) -> Value {
        self.id += 1;
        let mut request = Map::new();
        request.insert("id".into(), json!(self.id));
        request.insert("cmd".into(), json!(cmd));
        request.insert("seed".into(), json!("00".repeat(32)));
        request.insert("in".into(), input);
        if !party.is_empty() {
            request.insert("party".into(), json!(party));
            request.insert("session".into(), json!("s"));
        }
        if !deviate.is_empty() {
            request.insert("deviate".into(), json!(deviate));
        }
        writeln!(self.input, "{}", Value::Object(request)).unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn ok(&mut self, cmd: &str, party: &str, input: Value) -> Value {
        self.dare(cmd, party, &[], input)
    }

    fn dare(&mut self, cmd: &str, party: &str, deviate: &[&str], input: Value) -> Value {
        let answer = self.ask(cmd, party, deviate, input);
        assert_eq!(answer["answer"], "ok", "{cmd} {deviate:?}: {answer}");
        answer["out"].clone()
    }

    /// Alice and Bob, each with a batch, and what `pw.create` told of them.
    /// With an issuer behind both only where `issuer`, since its attestation stands for a device's.
    fn stage(&mut self, issuer: bool) -> [Value; 2] {
        self.ok("meta.reset", "", json!({}));
        ["alice", "bob"].map(|name| {
            self.ok("party.new", name, json!({"folder": "/nonexistent", "now": NOW.to_string()}));
            let mut account = json!({
                "serial": 1, "not_before": (NOW - 1000).to_string(),
                "not_after": (NOW + 10_000_000).to_string(), "suites": ["0001"],
                "list_number": 3,
            });
            if issuer {
                account["issuer_seed"] = json!("77".repeat(32));
            }
            let created = self.ok("pw.create", name, account);
            let batch = json!({"one_time": 3, "kem_one_time": 3, "lifetime": "604800"});
            self.ok("pw.batch", name, batch);
            self.ok("party.clock", name, json!({"now": (NOW + 600).to_string()}));
            if issuer {
                let public = self.ok("prim.ed25519_public", "", json!({"secret": "77".repeat(32)}));
                let issuer = format!("23000120{}", public["public"].as_str().unwrap());
                self.ok("party.policy", name, json!({"require_issuer": 1, "issuers": [issuer]}));
            }
            created
        })
    }

    /// Pins the list of `whose` at `where`.
    fn pin(&mut self, at: &str, whose: &Value) {
        let list = whose["device_list"].as_str().unwrap();
        let lists = format!("{:04x}{list}", 0x4000 | (list.len() / 2));
        let input = json!({"account_id": whose["account_id"], "device_lists": lists});
        self.ok("pw.apply_lists", at, input);
    }

    fn bundle(&mut self, deviate: &[&str]) -> Value {
        let keys = json!({"generation": 1, "one_time_id": 2, "kem_id": 5});
        self.dare("pw.bundle", "bob", deviate, keys)["bundle"].clone()
    }

    fn send(&mut self, party: &str, deviate: &[&str], input: Value) -> Value {
        self.dare("pw.send", party, deviate, input)
    }

    /// Receives what was sent; a refusal leaves the digest as it was.
    fn receive(&mut self, party: &str, sent: &Value, psk: bool) -> Value {
        let mut input = json!({"mailbox": sent["mailbox"], "message": sent["message"]});
        for name in ["authenticated_data", "expected_account"] {
            if let Some(value) = sent.get(name) {
                input[name] = value.clone();
            }
        }
        if party == "bob" && sent["contact"] == 1 {
            input["new_session"] = json!("s");
        }
        if psk {
            (input["psk_id"], input["psk"]) = (json!("aa"), json!("bb"));
        }
        let before = self.ask("party.observe", party, &[], json!({}))["out"]["digest"].clone();
        let answer = self.ask("pw.receive", party, &[], input);
        let after = self.ask("party.observe", party, &[], json!({}))["out"]["digest"].clone();
        assert_eq!(before != after, answer["answer"] == "ok", "{answer}");
        answer
    }

    fn initiate(&mut self, bob: &Value, deviate: &[&str], psk: bool) {
        let bundle = self.bundle(&[]);
        let mut input = json!({"account_id": bob["account_id"], "bundle": bundle});
        if psk {
            (input["psk_id"], input["psk"]) = (json!("aa"), json!("bb"));
        }
        self.dare("pw.initiate", "alice", deviate, input);
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Name, commands and description of every deviation, from the peer's source.
fn deviations() -> Vec<(String, String, String)> {
    let source = include_str!("../src/bin/peer/deviations.rs");
    let table = source.split_once("pub const NAMES").unwrap().1;
    let entry = |text: &str| {
        let parts: Vec<&str> = text.split('"').collect();
        let commands = parts[2].trim_matches(|c: char| !c.is_alphabetic());
        (parts[1].to_owned(), commands.to_owned(), parts[3].to_owned())
    };
    table.split("d(").skip(1).map(entry).collect()
}

fn judge(name: &str, what: &str, answer: &Value) {
    let expected = if what.starts_with("allowed") { "ok" } else { "reject" };
    assert_eq!(answer["answer"], expected, "{name}: {answer}");
}

#[test]
fn the_table_is_what_the_peer_declares() {
    let mut peer = Peer::start();
    let hello = peer.ok("meta.hello", "", json!({"versions": ["0"], "largest_line": 1 << 24}));
    let names: Vec<_> = deviations().into_iter().map(|(name, ..)| name).collect();
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
    }
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
        if name == "body-unchecked" {
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
        let next = peer.send("alice", &[], json!({"body": "03"}));
        let answer = peer.receive("bob", &next, false);
        assert_eq!(answer["answer"], "ok", "after {name}: {answer}");
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
