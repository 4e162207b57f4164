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
        Peer::start_with(&[])
    }

    fn start_with(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_peer"))
            .args(arguments)
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
        self.line(&Value::Object(request))
    }

    fn line(&mut self, request: &Value) -> Value {
        writeln!(self.input, "{request}").unwrap();
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
        self.stage_with(issuer, "", "")
    }

    /// The same, with a deviation in the creation of the one that is named.
    fn stage_with(&mut self, issuer: bool, who: &str, deviation: &str) -> [Value; 2] {
        self.ok("meta.reset", "", json!({}));
        ["alice", "bob"].map(|name| {
            let deviate: &[&str] = if name == who { &[deviation] } else { &[] };
            self.ok("party.new", name, json!({"folder": "/nonexistent", "now": NOW.to_string()}));
            let mut account = json!({
                "serial": 1, "not_before": (NOW - 1000).to_string(),
                "not_after": (NOW + 10_000_000).to_string(), "suites": ["0001"],
                "list_number": 3,
            });
            if issuer {
                account["issuer_seed"] = json!("77".repeat(32));
            }
            let created = self.dare("pw.create", name, deviate, account);
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

    /// Messages of either side to the other, behind a handshake that Bob has not seen yet, or has.
    fn converse(&mut self, seen: bool) {
        let turns = [("alice", "bob"), ("bob", "alice"), ("alice", "bob")];
        for (from, to) in turns.into_iter().skip(usize::from(seen)) {
            let sent = self.send(from, &[], json!({"body": "07"}));
            assert_eq!(self.receive(to, &sent, false)["answer"], "ok", "{from}");
        }
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

/// Alice has a session that waits and one, unanswered, that she gave up for it; Bob has answered the
/// one given up. What Alice says of both after the answer: given up, waiting.
fn given_up(peer: &mut Peer, rule: &str) -> [String; 2] {
    let [_, bob] = peer.stage(false);
    peer.initiate(&bob, &[], false);
    let first = peer.send("alice", &[], json!({"body": "00"}));
    assert_eq!(peer.receive("bob", &first, false)["answer"], "ok");
    let answer = peer.send("bob", &[], json!({"body": "01"}));
    for name in ["alice", "bob"] {
        peer.ok("party.clock", name, json!({"now": (NOW + 100_000).to_string()}));
    }
    let keys = json!({"generation": 1, "kem_id": 1});
    let bundle = peer.ok("pw.bundle", "bob", keys)["bundle"].clone();
    let again = json!({"id": 1, "cmd": "pw.initiate", "party": "alice", "session": "t",
        "seed": "00".repeat(32), "in": {"account_id": bob["account_id"], "bundle": bundle}});
    assert_eq!(peer.line(&again)["answer"], "ok");
    let read = json!({"mailbox": answer["mailbox"], "message": answer["message"]});
    let rules: &[&str] = if rule.is_empty() { &[] } else { &[rule] };
    let read = peer.ask("pw.receive", "alice", rules, read);
    assert_eq!(read["answer"], "ok", "{read}");
    ["s", "t"].map(|session| {
        let observe = json!({"id": 1, "cmd": "party.observe", "party": "alice",
            "session": session, "in": {}});
        peer.line(&observe)["out"]["status"].as_str().unwrap().to_owned()
    })
}

#[test]
fn rules_of_a_handshake_given_up() {
    let mut peer = Peer::start();
    assert_eq!(given_up(&mut peer, ""), ["established", "archived"]);
    assert_eq!(given_up(&mut peer, "given-up-stays"), ["archived", "waiting"]);
    assert_eq!(given_up(&mut peer, "given-up-always-back"), ["established", "archived"]);
}

/// Alice's session waits; Bob has taken it and has made another one from it, whose first message
/// comes before the answer. What happens at Alice's, and what of the first session after the answer.
fn gone_on(peer: &mut Peer, rule: &str) -> [String; 2] {
    let [alice, bob] = peer.stage(false);
    peer.initiate(&bob, &[], false);
    let first = peer.send("alice", &[], json!({"body": "00"}));
    assert_eq!(peer.receive("bob", &first, false)["answer"], "ok");
    let answer = peer.send("bob", &[], json!({"body": "01"}));
    let keys = json!({"generation": 1, "kem_id": 1});
    let bundle = peer.ok("pw.bundle", "alice", keys)["bundle"].clone();
    let from_bob = |cmd: &str, input: Value| {
        json!({"id": 2, "cmd": cmd, "party": "bob", "session": "t", "seed": "00".repeat(32),
            "in": input})
    };
    let input = json!({"account_id": alice["account_id"], "bundle": bundle});
    assert_eq!(peer.line(&from_bob("pw.initiate", input))["out"]["resumed"], 1);
    let news = peer.line(&from_bob("pw.send", json!({"body": "02"})))["out"].clone();
    let rules: &[&str] = if rule.is_empty() { &[] } else { &[rule] };
    let input = json!({"mailbox": news["mailbox"], "message": news["message"], "new_session": "t"});
    let event = peer.dare("pw.receive", "alice", rules, input)["event"].clone();
    let input = json!({"mailbox": answer["mailbox"], "message": answer["message"]});
    peer.dare("pw.receive", "alice", rules, input);
    let status = peer.ok("party.observe", "alice", json!({}))["status"].clone();
    [event, status].map(|text| text.as_str().unwrap().to_owned())
}

#[test]
fn rules_of_a_session_made_from_one_that_waits() {
    let mut peer = Peer::start();
    assert_eq!(gone_on(&mut peer, ""), ["new_session", "archived"]);
    assert_eq!(gone_on(&mut peer, "given-up-always-back"), ["new_session", "established"]);
    assert_eq!(gone_on(&mut peer, "waiting-not-replaced"), ["session_replaced", "established"]);
}

#[test]
fn rules_of_rotation() {
    let mut peer = Peer::start();
    let [_, bob] = peer.stage(false);
    peer.initiate(&bob, &[], false);
    peer.converse(false);
    peer.send("alice", &[], json!({"content_type": 4, "body": "00000001"}));
    let sent = peer.send("alice", &[], json!({"body": "07"}));
    let look = ["rotation-not-ahead"];
    let count = |out: &Value| out["incoming"].as_array().unwrap().len();
    assert_eq!(count(&peer.ok("pw.mailboxes", "bob", json!({}))), 14);
    assert_eq!(count(&peer.dare("pw.mailboxes", "bob", &look, json!({}))), 7);
    let input = json!({"mailbox": sent["mailbox"], "message": sent["message"]});
    assert_eq!(peer.ask("pw.receive", "bob", &look, input.clone())["class"], "undecryptable");
    assert_eq!(peer.ask("pw.receive", "bob", &[], input)["answer"], "ok");
}

#[test]
fn a_peer_may_deviate_always() {
    let mut peer = Peer::start_with(&["--deviate", "rotation-not-ahead,credential-expired"]);
    let [_, bob] = peer.stage(false);
    let input = json!({"account_id": bob["account_id"], "bundle": peer.bundle(&[])});
    assert_eq!(peer.ask("pw.verify_bundle", "alice", &[], input)["class"], "expired");
}
