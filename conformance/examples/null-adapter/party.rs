//! Parties that have a clock and nothing else.

use super::{Answer, Request, Value};
use sceau_conformance::digest::sha256;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// The parties, and an answer that is kept for a poll.
#[derive(Default)]
pub struct Parties {
    clocks: BTreeMap<String, (PathBuf, String)>,
    /// What the next poll is answered with.
    pub kept: Option<String>,
}

impl Parties {
    /// Forgets them all.
    pub fn clear(&mut self) {
        self.clocks.clear();
    }

    /// Runs a command of the family `party`.
    pub fn run(&mut self, request: &Request) -> Result<Answer, Answer> {
        let name = request.party.clone();
        let known = self.clocks.contains_key(&name);
        let creates = matches!(request.cmd.as_str(), "party.new" | "party.load");
        if known == creates || name.is_empty() {
            return Err(Answer::Fault(format!("the party {name}")));
        }
        let now = || request.text("now").map(str::to_owned);
        let state = |now: &str| sha256(format!("{name} {now}").as_bytes());
        match request.cmd.as_str() {
            "party.new" => {
                let folder = PathBuf::from(request.text("folder")?);
                self.clocks.insert(name, (folder, now()?));
            }
            "party.load" => {
                let folder = PathBuf::from(request.text("folder")?);
                if fs::read_to_string(folder.join("state")).ok().as_ref() != Some(&name) {
                    return Err(Answer::Reject("malformed"));
                }
                self.clocks.insert(name, (folder, now()?));
            }
            "party.free" => drop(self.clocks.remove(&name)),
            "party.clock" => {
                let now = now()?;
                self.clocks.entry(name).and_modify(|party| party.1 = now);
            }
            "party.save" => {
                let (folder, _) = &self.clocks[&name];
                let written = fs::write(folder.join("state"), &name);
                written.map_err(|error| Answer::Fault(error.to_string()))?;
            }
            _ => {
                let now = &self.clocks[&name].1;
                let digest = Value::Text(state(now));
                return Ok(Answer::Ok(vec![
                    ("digest", digest),
                    ("clock", Value::Text(now.clone())),
                ]));
            }
        }
        Ok(Answer::Ok(vec![]))
    }
}
