//! The peer as a program, and a stage on which Alice and Bob talk.

use serde_json::{Map, Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub const NOW: u64 = 1_798_761_600;

/// A running peer.
pub struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    id: u64,
}

impl Peer {
    pub fn start() -> Self {
        Peer::start_with(&[])
    }

    pub fn start_with(arguments: &[&str]) -> Self {
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

    pub fn ask(&mut self, cmd: &str, party: &str, deviate: &[&str], input: Value) -> Value {
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

    /// A request about a session of this name.
    pub fn about(
        &mut self,
        cmd: &str,
        party: &str,
        session: &str,
        deviate: &[&str],
        input: Value,
    ) -> Value {
        self.id += 1;
        let request = json!({"id": self.id, "cmd": cmd, "party": party, "session": session,
            "seed": "00".repeat(32), "deviate": deviate, "in": input});
        let answer = self.line(&request);
        assert_eq!(answer["answer"], "ok", "{cmd} {session} {deviate:?}: {answer}");
        answer["out"].clone()
    }

    /// The answer to a request about a group of this name.
    pub fn of_group(
        &mut self,
        cmd: &str,
        party: &str,
        group: &str,
        deviate: &[&str],
        input: Value,
    ) -> Value {
        self.id += 1;
        let request = json!({"id": self.id, "cmd": cmd, "party": party, "group": group,
            "seed": "00".repeat(32), "deviate": deviate, "in": input});
        self.line(&request)
    }

    pub fn line(&mut self, request: &Value) -> Value {
        writeln!(self.input, "{request}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    pub fn ok(&mut self, cmd: &str, party: &str, input: Value) -> Value {
        self.dare(cmd, party, &[], input)
    }

    pub fn dare(&mut self, cmd: &str, party: &str, deviate: &[&str], input: Value) -> Value {
        let answer = self.ask(cmd, party, deviate, input);
        assert_eq!(answer["answer"], "ok", "{cmd} {deviate:?}: {answer}");
        answer["out"].clone()
    }

    /// Alice and Bob, each with a batch, and what `pw.create` told of them.
    /// With an issuer behind both only where `issuer`, since its attestation stands for a device's.
    pub fn stage(&mut self, issuer: bool) -> [Value; 2] {
        self.stage_with(issuer, "", "")
    }

    /// The same, with a deviation in the creation of the one that is named.
    pub fn stage_with(&mut self, issuer: bool, who: &str, deviation: &str) -> [Value; 2] {
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
    pub fn pin(&mut self, at: &str, whose: &Value) {
        let list = whose["device_list"].as_str().unwrap();
        let lists = format!("{:04x}{list}", 0x4000 | (list.len() / 2));
        let input = json!({"account_id": whose["account_id"], "device_lists": lists});
        self.ok("pw.apply_lists", at, input);
    }

    pub fn bundle(&mut self, deviate: &[&str]) -> Value {
        let keys = json!({"generation": 1, "one_time_id": 2, "kem_id": 5});
        self.dare("pw.bundle", "bob", deviate, keys)["bundle"].clone()
    }

    /// Messages of either side to the other, behind a handshake that Bob has not seen yet, or has.
    pub fn converse(&mut self, seen: bool) {
        let turns = [("alice", "bob"), ("bob", "alice"), ("alice", "bob")];
        for (from, to) in turns.into_iter().skip(usize::from(seen)) {
            let sent = self.send(from, &[], json!({"body": "07"}));
            assert_eq!(self.receive(to, &sent, false)["answer"], "ok", "{from}");
        }
    }

    pub fn send(&mut self, party: &str, deviate: &[&str], input: Value) -> Value {
        self.dare("pw.send", party, deviate, input)
    }

    /// Receives what was sent; a refusal leaves the digest as it was.
    pub fn receive(&mut self, party: &str, sent: &Value, psk: bool) -> Value {
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

    pub fn initiate(&mut self, bob: &Value, deviate: &[&str], psk: bool) {
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
