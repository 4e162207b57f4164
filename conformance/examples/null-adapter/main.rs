//! Adapters that must not be found conformant, and one that must: for the tests of the runner.
//!
//! `--mode MODE`; `honest` answers as an adapter should, with primitives of published crates. The
//! others are what a lazy, broken or dishonest adapter would do instead. Test code only: it panics
//! where the runner would be at fault.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

mod party;
mod prim;

use sceau_conformance::digest::{hex, sha256, unhex};
use sceau_conformance::seed::Seed;
use sceau_conformance::wire::{Fields, Node, Value, parse_object};
use std::io::{BufRead, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What a command comes to.
pub enum Answer {
    /// Done.
    Ok(Vec<(&'static str, Value)>),
    /// Refused, with a class.
    Reject(&'static str),
    /// Not there.
    Unsupported(String),
    /// The request cannot be served.
    Fault(String),
}

/// The commands that the honest adapter has.
const COMMANDS: &[&str] = &[
    "meta.hello",
    "meta.reset",
    "meta.echo",
    "meta.poll",
    "meta.draw",
    "party.new",
    "party.free",
    "party.clock",
    "party.observe",
    "party.save",
    "party.load",
    "prim.sha256",
    "prim.hmac_sha256",
    "prim.hmac_sha256_verify",
    "prim.hkdf_sha256_extract",
    "prim.hkdf_sha256_expand",
    "prim.x25519",
    "prim.x25519_base",
    "prim.ed25519_public",
    "prim.ed25519_sign",
    "prim.ed25519_verify",
    "prim.aes256gcmsiv_seal",
    "prim.aes256gcmsiv_open",
    "prim.mlkem768_keygen",
    "prim.mlkem768_encap",
    "prim.mlkem768_decap",
    "prim.mlkem768_decap_expanded",
    "prim.mlkem768_encap_split",
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let mode = option("--mode").unwrap_or_else(|| "honest".to_owned());
    if mode == "proxy" {
        return proxy(&option("--to").expect("--to CMD"));
    }
    let mut state = party::Parties::default();
    let mut answered = 0;
    let mut before = Before::default();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line of text");
        let honest = serve(&line, &mut state);
        let greeting = line.contains("\"meta.hello\"") || line.contains("\"meta.reset\"");
        answered += 1;
        let said = match mode.as_str() {
            "honest" => honest,
            "slow" => {
                std::thread::sleep(Duration::from_millis(30));
                honest
            }
            "leftover" => honest.replace("\"rand_used\":[\"a:32\",", "\"rand_used\":["),
            "pending" => pending(&line, honest, &mut state),
            "echo-all" => line,
            "claims" if greeting => {
                honest.replace("[\"core\"]", "[\"core\",\"portable state\",\"eu-gov\"]")
            }
            "escapes" if greeting => honest.replace("null-adapter", "null\\u001b[2Jadapter"),
            "second-run" => before.compare(&line, honest),
            "own-only" if greeting => honest.replace("[\"fed\",\"seed\",\"own\"]", "[\"own\"]"),
            "huge-line" if !greeting => "x".repeat(17 << 20),
            _ if greeting => honest,
            "accept-all" => format!(r#"{{"id":{},"answer":"ok","out":{{}}}}"#, id(&line)),
            "reject-all" => {
                format!(r#"{{"id":{},"answer":"reject","class":"malformed"}}"#, id(&line))
            }
            "unsupported-all" => format!(r#"{{"id":{},"answer":"unsupported"}}"#, id(&line)),
            "fault-all" => format!(r#"{{"id":{},"answer":"fault"}}"#, id(&line)),
            "pending-all" => format!(r#"{{"id":{},"answer":"pending","poll":"x"}}"#, id(&line)),
            "wrong-id" => honest.replacen("{\"id\":", "{\"id\":9", 1),
            "echo" => line,
            "crash" => std::process::exit(3),
            "crash-on-reject" if honest.contains("\"reject\"") => std::process::abort(),
            "hang" => loop {
                std::thread::sleep(Duration::from_secs(600));
            },
            "garbage" => "\u{fffd} not json".to_owned(),
            "duplicate-keys" => honest.replacen('{', "{\"id\":0,", 1),
            "flood" => format!("{honest}{}", "\n{\"id\":0,\"answer\":\"ok\"}".repeat(10_000)),
            "stderr" => {
                eprintln!("{}", "x".repeat(200_000));
                honest
            }
            "late" => {
                std::thread::sleep(Duration::from_millis(700));
                honest
            }
            "ends-behind-a-reject" if honest.contains("\"reject\"") => {
                println!("{honest}");
                std::process::exit(3);
            }
            "escape-class" => honest.replace("\"class\":\"", "\"class\":\"\\u001b[31m"),
            "bloats" => {
                let more = "x".repeat(3 << 20);
                honest.replacen('{', &format!("{{\"more\":\"{more}\","), 1)
            }
            "chatter" => format!("{honest}\n{{\"id\":0,\"answer\":\"ok\"}}"),
            "constant-digest" => constant(&honest),
            "accept-bad" => honest.replace("\"answer\":\"reject\"", "\"answer\":\"ok\""),
            "liar" if answered % 7 == 0 => honest.replace("00", "01"),
            _ => honest,
        };
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{said}").and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

/// The requests of the run before and of this one: of two twins, the second shows where the first was right.
#[derive(Default)]
struct Before {
    last: Vec<String>,
    this: Vec<String>,
}

impl Before {
    /// Checks nothing, and refuses what differs from the run before.
    fn compare(&mut self, line: &str, honest: String) -> String {
        if line.contains("\"meta.reset\"") {
            // The question behind a case, and the one before the next.
            if !self.this.is_empty() {
                self.last = std::mem::take(&mut self.this);
            }
            return honest;
        }
        self.this.push(line.to_owned());
        let known = self.last.get(..self.this.len());
        let differs = known.is_some_and(|last| {
            let (here, same) = self.this.split_last().unwrap();
            last.starts_with(same) && last.last() != Some(here)
        });
        match differs {
            true => honest,
            false => honest.replace("\"answer\":\"reject\"", "\"answer\":\"ok\""),
        }
    }
}

/// The request's number, 0 if there is none.
fn id(line: &str) -> u64 {
    let entries = parse_object(line).unwrap_or_default();
    match entries.iter().find(|(name, _)| name == "id") {
        Some((_, Node::Value(Value::Integer(id)))) => *id,
        _ => 0,
    }
}

/// The answer of the honest adapter to a line.
fn serve(line: &str, parties: &mut party::Parties) -> String {
    let answer = match request(line) {
        Ok(request) => match run(&request, parties) {
            Ok(answer) | Err(answer) => answer,
        },
        Err(why) => Answer::Fault(why),
    };
    let id = id(line);
    match answer {
        Answer::Ok(out) => {
            let mut fields = Fields::default();
            let mut used = Value::List(vec![]);
            for (name, value) in out {
                if name == USED {
                    used = value;
                } else {
                    fields.set(name, value);
                }
            }
            let used = serde_json::to_string(&used).unwrap();
            let out = serde_json::to_string(&fields).unwrap();
            format!(r#"{{"id":{id},"answer":"ok","out":{out},"rand_used":{used}}}"#)
        }
        Answer::Reject(class) => format!(r#"{{"id":{id},"answer":"reject","class":"{class}"}}"#),
        Answer::Unsupported(note) => {
            let note = serde_json::to_string(&note).unwrap();
            format!(r#"{{"id":{id},"answer":"unsupported","note":{note}}}"#)
        }
        Answer::Fault(note) => {
            let note = serde_json::to_string(&note).unwrap();
            format!(r#"{{"id":{id},"answer":"fault","note":{note}}}"#)
        }
    }
}

/// A request that has been read.
pub struct Request {
    cmd: String,
    party: String,
    deviates: bool,
    rand: Fields,
    seed: Option<Seed>,
    id: u64,
    input: Fields,
}

fn request(line: &str) -> Result<Request, String> {
    let mut request = Request {
        cmd: String::new(),
        party: String::new(),
        deviates: false,
        rand: Fields::default(),
        seed: None,
        id: 0,
        input: Fields::default(),
    };
    let mut numbered = false;
    for (name, node) in parse_object(line)? {
        match (name.as_str(), node) {
            ("id", Node::Value(Value::Integer(id))) => {
                numbered = true;
                request.id = id;
            }
            ("cmd", Node::Value(Value::Text(cmd))) => request.cmd = cmd,
            ("party", Node::Value(Value::Text(party))) => request.party = party,
            ("deviate", Node::Value(Value::List(list))) => request.deviates = !list.is_empty(),
            ("in", Node::Object(input)) => request.input = input,
            ("rand", Node::Object(rand)) => request.rand = rand,
            ("seed", Node::Value(Value::Text(seed))) => {
                let seed = unhex(&seed).and_then(|bytes| bytes.try_into().ok());
                request.seed = Some(Seed(seed.ok_or("seed")?));
            }
            (other, _) => return Err(format!("member {other}")),
        }
    }
    if numbered { Ok(request) } else { Err("no id".to_owned()) }
}

fn run(request: &Request, parties: &mut party::Parties) -> Result<Answer, Answer> {
    if request.deviates {
        return Err(Answer::Unsupported("deviations".to_owned()));
    }
    if !COMMANDS.contains(&request.cmd.as_str()) {
        return Err(Answer::Unsupported(request.cmd.clone()));
    }
    match request.cmd.as_str() {
        "meta.hello" => Ok(hello()),
        "meta.reset" => {
            parties.clear();
            Ok(Answer::Ok(vec![]))
        }
        "meta.echo" => {
            request.only(&["text", "number", "data"])?;
            let data = request.bytes("data")?;
            let number: u64 =
                request.text("number")?.parse().map_err(|_| Answer::Fault("number".to_owned()))?;
            Ok(Answer::Ok(vec![
                ("text", Value::Text(request.text("text")?.to_owned())),
                ("number", Value::Text(number.to_string())),
                ("len", Value::Integer(data.len() as u64)),
                ("sha256", Value::Text(sha256(&data))),
            ]))
        }
        "meta.draw" => draw(request),
        cmd if cmd.starts_with("party.") => parties.run(request),
        _ => prim::run(request),
    }
}

/// Draws what the request names, from `rand` or from `seed`.
fn draw(request: &Request) -> Result<Answer, Answer> {
    let draws = request.input.list("draws").ok_or_else(|| Answer::Fault("draws".to_owned()))?;
    let mut drawn = Vec::new();
    for draw in draws {
        let (name, length) = draw.split_once(':').unwrap();
        let length: usize = length.parse().unwrap();
        let value = match &request.seed {
            Some(seed) => Some(seed.value(&request.party, request.id, name, length)),
            None => request.rand.bytes(name),
        };
        let value = value.filter(|value| value.len() == length);
        drawn.push(hex(&value.ok_or_else(|| Answer::Fault(format!("no randomness {name}")))?));
    }
    let used = Value::List(draws.to_vec());
    Ok(Answer::Ok(vec![("drawn", Value::List(drawn)), (USED, used)]))
}

/// Name under which a command hands on what belongs into `rand_used`.
const USED: &str = "rand_used";

fn hello() -> Answer {
    let text = |text: &str| Value::Text(text.to_owned());
    let list = |items: &[&str]| Value::List(items.iter().map(|&item| item.to_owned()).collect());
    Answer::Ok(vec![
        ("version", text("0")),
        ("largest_line", Value::Integer(16 << 20)),
        ("implementation", text("null-adapter")),
        ("implementation_version", text("0")),
        ("profiles", list(&["core"])),
        ("access", text("L3")),
        ("commands", list(COMMANDS)),
        ("randomness", list(&["fed", "seed", "own"])),
        ("clock", text("fed")),
    ])
}

impl Request {
    fn text(&self, name: &str) -> Result<&str, Answer> {
        self.input.text(name).ok_or_else(|| Answer::Fault(format!("no {name}")))
    }

    fn integer(&self, name: &str) -> Result<usize, Answer> {
        let integer = self.input.integer(name).and_then(|n| usize::try_from(n).ok());
        integer.ok_or_else(|| Answer::Fault(format!("no {name}")))
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, Answer> {
        let text = self.text(name)?;
        decode(text).ok_or_else(|| Answer::Fault(format!("{name} is no bytes")))
    }

    fn array<const N: usize>(&self, name: &str) -> Result<[u8; N], Answer> {
        self.bytes(name)?.try_into().map_err(|_| Answer::Reject("malformed"))
    }

    fn only(&self, names: &[&str]) -> Result<(), Answer> {
        match self.input.iter().find(|(name, _)| !names.contains(name)) {
            Some((name, _)) => Err(Answer::Unsupported(format!("parameter {name}"))),
            None => Ok(()),
        }
    }
}

/// Bytes of a value: hexadecimal, `@repeat:BYTE:LENGTH` or `@file:SHA256:PATH`.
fn decode(text: &str) -> Option<Vec<u8>> {
    let Some(form) = text.strip_prefix('@') else { return unhex(text) };
    match form.splitn(3, ':').collect::<Vec<_>>().as_slice() {
        ["repeat", byte, length] => match unhex(byte)?.as_slice() {
            [byte] => Some(vec![*byte; length.parse().ok()?]),
            _ => None,
        },
        ["file", hash, path] => {
            let data = std::fs::read(Path::new(path)).ok()?;
            (sha256(&data) == *hash).then_some(data)
        }
        _ => None,
    }
}

/// Bytes as a value.
pub fn value(bytes: &[u8]) -> Value {
    Value::Text(hex(bytes))
}

/// Answers every other command later: first `pending`, then at `meta.poll` what it keeps.
fn pending(line: &str, honest: String, parties: &mut party::Parties) -> String {
    if line.contains("meta.poll") {
        return parties.kept.take().unwrap_or(honest);
    }
    if line.contains("meta.hello") || honest.contains("\"id\":0") {
        return honest;
    }
    parties.kept = Some(honest);
    format!(r#"{{"id":{},"answer":"pending","poll":"later"}}"#, id(line))
}

fn constant(honest: &str) -> String {
    match honest.split_once("\"digest\":\"") {
        // Digests of states, not of messages: these have counters beside them.
        Some((head, tail)) if honest.contains("\"clock\"") => {
            format!("{head}\"digest\":\"{}{}", "0".repeat(64), &tail[64..])
        }
        _ => honest.to_owned(),
    }
}

/// Relays every line to another adapter. It cannot be told from that adapter, because it is that
/// adapter with a longer way; the hashes in the report tell.
fn proxy(to: &str) {
    let words = sceau_conformance::process::words(to).unwrap();
    let mut child = Command::new(&words[0])
        .args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut lines = std::io::BufReader::new(output).lines();
    for line in std::io::stdin().lock().lines() {
        writeln!(input, "{}", line.unwrap()).unwrap();
        input.flush().unwrap();
        let Some(Ok(answer)) = lines.next() else { break };
        println!("{answer}");
    }
    drop(input);
    let _ = child.wait();
}
