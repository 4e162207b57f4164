//! Requests that make no sense: `fault` or `unsupported`, and the party is as it was (`ADAPTERS.md`).
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const NOW: u64 = 1_800_000_000;
const DAY: u64 = 86_400;

struct Adapter {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    folder: String,
    id: u64,
}

impl Drop for Adapter {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn answer(of: &Value) -> &str {
    of["answer"].as_str().unwrap()
}

impl Adapter {
    fn new(test: &str) -> Self {
        let folder = format!("{}/{test}", env!("CARGO_TARGET_TMPDIR"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sceau-adapter-rust"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output, folder, id: 0 }
    }

    /// Sends a request with these members besides id, command and party.
    fn ask(&mut self, party: &str, cmd: &str, mut members: Value) -> Value {
        self.id += 1;
        let request = members.as_object_mut().unwrap();
        request.insert("id".to_owned(), json!(self.id));
        request.insert("cmd".to_owned(), json!(cmd));
        request.insert("party".to_owned(), json!(party));
        writeln!(self.input, "{members}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let answered: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answered["id"], self.id);
        answered
    }

    fn ok(&mut self, party: &str, cmd: &str, members: Value) -> Value {
        let answered = self.ask(party, cmd, members);
        assert_eq!(answer(&answered), "ok", "{cmd}: {answered}");
        answered["out"].clone()
    }

    fn digest(&mut self, party: &str) -> Value {
        self.ok(party, "party.observe", json!({}))["digest"].clone()
    }

    /// The answer to a request that must not change the party.
    fn unchanged(&mut self, party: &str, cmd: &str, members: Value) -> Value {
        let before = self.digest(party);
        let answered = self.ask(party, cmd, members);
        assert_eq!(self.digest(party), before, "{cmd}");
        self.ok(party, "party.save", json!({}));
        answered
    }

    fn fault(&mut self, party: &str, cmd: &str, members: Value) {
        let answered = self.unchanged(party, cmd, members);
        assert_eq!(answer(&answered), "fault", "{cmd}: {answered}");
    }

    fn empty(&mut self, party: &str) {
        let folder = format!("{}/{party}", self.folder);
        std::fs::create_dir_all(&folder).unwrap();
        let new = json!({"in": {"folder": folder, "now": NOW.to_string()}});
        self.ok(party, "party.new", new);
    }

    /// A party with an account and a batch of one key of each type.
    fn device(&mut self, party: &str, seed: u8) {
        self.empty(party);
        self.ok(party, "pw.create", create(&json!({}), &drawn(&KEYS, 32, seed)));
        let rand = drawn(&["signed_prekey", "one_time_prekey.0"], 32, seed + 3);
        self.ok(party, "pw.batch", batch(&with_kem(rand, 64)));
    }

    fn bundle(&mut self, party: &str) -> Value {
        let bundle = json!({"in": {"generation": 1, "one_time_id": 2, "kem_id": 3}});
        self.ok(party, "pw.bundle", bundle)["bundle"].clone()
    }

    fn account_id(&mut self, party: &str) -> Value {
        self.ok(party, "party.save", json!({}));
        let load = json!({"in": {"folder": format!("{}/{party}", self.folder), "now": "1"}});
        let id = self.ok("reader", "party.load", load)["account_id"].clone();
        self.ok("reader", "party.free", json!({}));
        id
    }
}

const KEYS: [&str; 3] = ["account_key", "identity_sign", "identity_agree"];
const EPHEMERAL: [&str; 3] = ["ephemeral_key", "kem_encapsulation", "ratchet_key"];

/// Randomness under these names, each of so many bytes.
fn drawn(names: &[&str], length: usize, seed: u8) -> Value {
    let value = |at: usize| json!(format!("{:02x}", usize::from(seed) + at).repeat(length));
    names.iter().enumerate().map(|(at, name)| ((*name).to_owned(), value(at))).collect()
}

fn with_kem(mut rand: Value, length: usize) -> Value {
    for (name, byte) in [("kem_last_resort", "51"), ("kem_prekey.0", "52")] {
        rand[name] = json!(format!("@repeat:{byte}:{length}"));
    }
    rand
}

/// `pw.create`, with other parameters put in.
fn create(others: &Value, rand: &Value) -> Value {
    let mut input = json!({"serial": 1, "not_before": NOW.to_string(), "suites": ["0001"]});
    input["not_after"] = json!((NOW + 365 * DAY).to_string());
    for (name, value) in others.as_object().unwrap() {
        input[name] = value.clone();
    }
    json!({"in": input, "rand": rand})
}

fn batch(rand: &Value) -> Value {
    let lifetime = (30 * DAY).to_string();
    json!({"in": {"one_time": 1, "kem_one_time": 1, "lifetime": lifetime}, "rand": rand})
}

fn limits(limits: &[&str]) -> Value {
    json!({"in": {"limits": limits}})
}

#[test]
fn a_policy_is_set_as_a_whole() {
    let mut adapter = Adapter::new("policy");
    adapter.device("a", 1);
    for wrong in ["no_such=1", "max_frame=7", "max_skip=4294967296"] {
        let members =
            json!({"in": {"require_issuer": 1, "issuers": [], "limits": ["max_skip=7", wrong]}});
        let answered = adapter.unchanged("a", "party.policy", members);
        assert_eq!(answer(&answered), "unsupported");
    }
    for wrong in ["max_skip", "max_skip=", "max_skip=+7", "max_skip=x"] {
        adapter.fault("a", "party.policy", limits(&["max_skip=7", wrong]));
    }
    adapter.fault("a", "party.policy", json!({"in": {"require_issuer": 2}}));
    adapter.fault("a", "party.policy", json!({"in": {"limits": "max_skip=7"}}));
    // What is stored counts for the digest, and comes back.
    let mut last = adapter.digest("a");
    for set in [limits(&["max_skip=7"]), json!({"in": {"require_issuer": 1}})] {
        adapter.ok("a", "party.policy", set.clone());
        let now = adapter.digest("a");
        assert_ne!(now, last);
        adapter.ok("a", "party.policy", set);
        assert_eq!(adapter.digest("a"), now, "the same again");
        last = now;
    }
    adapter.ok("a", "party.save", json!({}));
    let load = json!({"in": {"folder": format!("{}/a", adapter.folder), "now": NOW.to_string()}});
    adapter.ok("again", "party.load", load);
    assert_eq!(adapter.digest("again"), last);
    let (id, bundle) = (adapter.account_id("a"), adapter.bundle("a"));
    adapter.device("b", 50);
    let verify = json!({"in": {"account_id": id, "bundle": bundle}});
    adapter.ok("b", "pw.verify_bundle", verify);
    let id = adapter.account_id("b");
    let verify = json!({"in": {"account_id": id, "bundle": adapter.bundle("b")}});
    let refused = adapter.ask("again", "pw.verify_bundle", verify);
    assert_eq!(refused["class"], "unauthorised_device");
}

#[test]
fn a_missing_draw_changes_nothing() {
    let mut adapter = Adapter::new("draws");
    adapter.empty("a");
    for rand in [json!({}), drawn(&KEYS[..2], 32, 1), drawn(&KEYS, 31, 1), drawn(&KEYS, 33, 1)] {
        adapter.fault("a", "pw.create", create(&json!({}), &rand));
    }
    adapter.ok("a", "pw.create", create(&json!({}), &drawn(&KEYS, 32, 1)));
    let rand = drawn(&["signed_prekey", "one_time_prekey.0"], 32, 4);
    for rand in [json!({}), rand.clone(), with_kem(rand.clone(), 63), with_kem(json!({}), 64)] {
        adapter.fault("a", "pw.batch", batch(&rand));
    }
    adapter.ok("a", "pw.batch", batch(&with_kem(rand, 64)));

    adapter.device("b", 50);
    let (id, bundle) = (adapter.account_id("a"), adapter.bundle("a"));
    let initiate = |rand: Value| {
        let input = json!({"account_id": id, "bundle": bundle});
        json!({"session": "s", "in": input, "rand": rand})
    };
    for rand in [json!({}), drawn(&EPHEMERAL[..2], 32, 9), drawn(&EPHEMERAL, 33, 9)] {
        adapter.fault("b", "pw.initiate", initiate(rand));
    }
    adapter.ok("b", "pw.initiate", initiate(drawn(&EPHEMERAL, 32, 9)));
    let sent = adapter.ok("b", "pw.send", json!({"session": "s", "in": {"body": "00"}}));
    let receive = |rand: Value| {
        let input = json!({"mailbox": sent["mailbox"], "message": sent["message"]});
        json!({"in": input, "rand": rand})
    };
    for rand in [json!({}), drawn(&EPHEMERAL[2..], 31, 9)] {
        adapter.fault("a", "pw.receive", receive(rand));
    }
    adapter.ok("a", "pw.receive", receive(drawn(&EPHEMERAL[2..], 32, 70)));
    // What draws nothing needs none, and without `rand` the randomness is the adapter's own.
    let refused = adapter.ask("b", "pw.create", create(&json!({}), &json!({})));
    assert_eq!(answer(&refused), "fault");
    adapter.empty("c");
    let refused = adapter.ask("c", "pw.create", create(&json!({"serial": 0}), &json!({})));
    assert_eq!(refused["class"], "misuse");
    let mut own = create(&json!({}), &json!({}));
    own.as_object_mut().unwrap().remove("rand");
    adapter.ok("c", "pw.create", own);
}

#[test]
fn values_of_another_form() {
    let mut adapter = Adapter::new("values");
    adapter.empty("a");
    for suites in [json!(["01"]), json!(["1"]), json!(["00001"]), json!(["F0F0"]), json!("0001")] {
        let rand = drawn(&KEYS, 32, 1);
        adapter.fault("a", "pw.create", create(&json!({"suites": suites}), &rand));
    }
    for (name, value) in
        [("not_after", json!("+1900000000")), ("serial", json!("1")), ("list_number", json!("1"))]
    {
        let mut others = json!({});
        others[name] = value;
        adapter.fault("a", "pw.create", create(&others, &drawn(&KEYS, 32, 1)));
    }
    adapter.device("b", 10);
    adapter.device("c", 50);
    let (id, bundle) = (adapter.account_id("c"), adapter.bundle("c"));
    let initiate = |others: Value| {
        let mut input = json!({"account_id": id, "bundle": bundle});
        for (name, value) in others.as_object().unwrap() {
            input[name] = value.clone();
        }
        json!({"session": "s", "in": input, "rand": drawn(&EPHEMERAL, 32, 9)})
    };
    for others in
        [json!({"psk_id": "01"}), json!({"psk": "01"}), json!({"recovery": 2}), json!({"psk": 1})]
    {
        adapter.fault("b", "pw.initiate", initiate(others));
    }
    adapter.ok("b", "pw.initiate", initiate(json!({"psk_id": "01", "psk": "02"})));
    for (name, value) in [
        ("critical", json!(["1:00"])),
        ("non_critical", json!(["0A0A:"])),
        ("non_critical", json!(["0a0a:0A"])),
        ("non_critical", json!(["0a0a"])),
        ("non_critical", json!("0a0a:")),
        ("content_type", json!(256)),
        ("content_type", json!("0")),
        ("authenticated_data", json!(0)),
    ] {
        let mut members = json!({"session": "s", "in": {"body": "00"}});
        members["in"][name] = value;
        adapter.fault("b", "pw.send", members);
    }
    let good = json!({"session": "s", "in": {"body": "00", "non_critical": ["0a0a:", "1a1a:00"]}});
    adapter.ok("b", "pw.send", good);
}

#[test]
fn a_session_that_is_deleted() {
    let mut adapter = Adapter::new("deleted");
    adapter.device("a", 10);
    adapter.device("b", 50);
    let (id, bundle) = (adapter.account_id("b"), adapter.bundle("b"));
    let input = json!({"account_id": id, "bundle": bundle});
    let initiate = json!({"session": "s", "in": input, "rand": drawn(&EPHEMERAL, 32, 9)});
    adapter.ok("a", "pw.initiate", initiate.clone());
    let close = json!({"session": "s", "in": {"body": "", "content_type": 1}});
    adapter.ok("a", "pw.send", close);
    let observed = adapter.ok("a", "party.observe", json!({"session": "s"}));
    assert_eq!(observed["status"], "closed");
    let later = json!({"in": {"now": (NOW + 14 * DAY).to_string()}});
    adapter.ok("a", "party.clock", later);
    adapter.ok("a", "pw.expire", json!({}));
    let export = json!({"session": "s", "in": {"label": "", "context": "", "length": 32}});
    for (cmd, members) in
        [("party.observe", json!({"session": "s"})), ("pw.export", export.clone())]
    {
        assert_eq!(adapter.unchanged("a", cmd, members)["class"], "misuse");
    }
    adapter.fault("a", "party.observe", json!({"session": "t"}));
    adapter.fault("a", "pw.initiate", initiate);
    adapter.empty("c");
    adapter.fault("c", "party.observe", json!({"session": "s"}));
}
