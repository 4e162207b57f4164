//! The adapters, and what is said to them.

use crate::adapter::Adapter;
use crate::process::clip;
use crate::wire::{Answer, Clock, Fields, Request, Value};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An adapter with its name.
struct Side {
    name: String,
    adapter: Adapter,
    requests: u64,
    /// The time that each party was given last, where the adapter's clock is fed.
    clocks: Option<BTreeMap<String, u64>>,
}

/// All adapters.
pub struct Sides {
    sides: Vec<Side>,
    transcript: String,
}

/// Why a command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum No {
    /// The adapter has no such thing.
    Unsupported,
    /// Anything else.
    Failed(String),
}

/// A party behind one of the adapters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Which of the adapters.
    pub side: usize,
    /// The party's name, which is its identity too.
    pub party: String,
}

impl Sides {
    /// Starts all adapters.
    ///
    /// # Errors
    /// One of them does not start.
    pub fn start(with: &[(String, Vec<String>)], timeout: Duration) -> Result<Self, String> {
        let start = |(name, words): &(String, Vec<String>)| {
            let adapter = Adapter::start(words, timeout).map_err(|why| format!("{name}: {why}"))?;
            let fed = adapter.hello().clock == Clock::Fed;
            let clocks = fed.then(BTreeMap::new);
            Ok(Side { name: name.clone(), adapter, requests: 0, clocks })
        };
        let sides = with.iter().map(start).collect::<Result<_, String>>()?;
        Ok(Self { sides, transcript: String::new() })
    }

    /// Their names.
    pub fn names(&self) -> Vec<String> {
        self.sides.iter().map(|side| side.name.clone()).collect()
    }

    /// What was said since the last reset, one line each.
    pub fn transcript(&self) -> &str {
        &self.transcript
    }

    /// No party is left anywhere; who has crashed is started again.
    ///
    /// # Errors
    /// An adapter is not to be had any more.
    pub fn reset(&mut self) -> Result<(), String> {
        self.transcript.clear();
        for side in 0..self.sides.len() {
            self.sides[side].adapter.revive().map_err(|why| why.to_string())?;
            let who = Who { side, party: String::new() };
            let reset = self.call(&who, "", "meta.reset", Fields::default());
            reset.map_err(|why| format!("meta.reset: {why:?}"))?;
        }
        Ok(())
    }

    /// Those that speak a suite.
    pub fn speaking(&mut self, suite: u16) -> Vec<usize> {
        if self.reset().is_err() {
            return Vec::new();
        }
        let all = 0..self.sides.len();
        let speaks = |side: &usize| {
            let who = Who { side: *side, party: "probe".to_owned() };
            let mut input = Fields::default();
            input.set("suite", Value::Text(format!("{suite:04x}")));
            input.set("identity", Value::Text("00".to_owned()));
            self.join_in(&who).is_ok()
                && self.call(&who, "", "mls.create_key_package", input).is_ok()
        };
        all.filter(speaks).collect()
    }

    /// Whether an adapter has a command.
    pub fn has(&self, side: usize, command: &str) -> bool {
        self.sides.get(side).is_some_and(|side| side.adapter.hello().has(command))
    }

    /// Creates a party, at the machine's time.
    ///
    /// # Errors
    /// As the adapter says.
    pub fn join_in(&mut self, who: &Who) -> Result<(), No> {
        let now = now();
        let mut input = Fields::default();
        // Nothing is stored: the folder is named and never looked at.
        input.set("folder", Value::Text(std::env::temp_dir().to_string_lossy().into_owned()));
        input.set("now", Value::Text(now.to_string()));
        self.call(who, "", "party.new", input)?;
        if let Some(clocks) = self.sides.get_mut(who.side).and_then(|side| side.clocks.as_mut()) {
            clocks.insert(who.party.clone(), now);
        }
        Ok(())
    }

    /// Parties whose clock is fed have the machine's time, as the others do.
    fn tell_time(&mut self, who: &Who) -> Result<(), No> {
        let clocks = self.sides.get_mut(who.side).and_then(|side| side.clocks.as_mut());
        let told = clocks.and_then(|clocks| clocks.get_mut(&who.party));
        let Some(told) = told.filter(|told| **told != now()) else { return Ok(()) };
        *told = now();
        let mut input = Fields::default();
        input.set("now", Value::Text(told.to_string()));
        self.exchange(who, "", "party.clock", input).map(|_| ())
    }

    /// A party's command on a group.
    ///
    /// # Errors
    /// It was not carried out.
    pub fn call(&mut self, who: &Who, group: &str, cmd: &str, input: Fields) -> Result<Fields, No> {
        if cmd.starts_with("mls.") {
            self.tell_time(who)?;
        }
        self.exchange(who, group, cmd, input)
    }

    fn exchange(&mut self, who: &Who, group: &str, cmd: &str, input: Fields) -> Result<Fields, No> {
        let side = self.sides.get_mut(who.side).ok_or(No::Unsupported)?;
        if cmd == "meta.reset" {
            side.requests = 0;
            side.clocks = side.clocks.take().map(|_| BTreeMap::new());
        }
        side.requests += 1;
        let mut request = Request::new(cmd);
        request.id = side.requests;
        request.party = (!who.party.is_empty()).then(|| who.party.clone());
        request.group = (!group.is_empty()).then(|| group.to_owned());
        request.input = input;
        let line = request.line();
        self.transcript.push_str(&format!("> {} {line}\n", side.name));
        let said = side.adapter.exchange(&line);
        let answer = match said {
            Ok(said) => {
                self.transcript.push_str(&format!("< {} {said}\n", side.name));
                side.adapter.read(&said, request.id).map(|answer| (answer, note(&said)))
            }
            Err(crash) => Err(crash),
        };
        match answer {
            Ok((Answer::Ok { out, .. }, _)) => Ok(out),
            Ok((Answer::Unsupported { .. }, _)) => Err(No::Unsupported),
            Ok((Answer::Reject { class }, note)) => {
                Err(No::Failed(format!("{} refuses {cmd}: {class} {}", side.name, clip(&note))))
            }
            Ok((other, _)) => {
                Err(No::Failed(format!("{}, {cmd}: {}", side.name, clip(&format!("{other:?}")))))
            }
            Err(crash) => Err(No::Failed(format!("{}, {cmd}: {crash}", side.name))),
        }
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}

/// The note of an answer, which only people read.
fn note(line: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(line).ok();
    let note = value.as_ref().and_then(|value| value.get("note")?.as_str());
    note.unwrap_or_default().to_owned()
}
