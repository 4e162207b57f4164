//! What each run gave when it was last run: `spec/models/record.toml`.

use crate::error::{About, Result};
use crate::models::registry::{RECORD, Registry, Run};
use crate::models::results::Outcome;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;

const HEAD: &str = "# Written by `cargo models --record`: what each run gave, and the SHA-256 of its files (see `hash` in
# xtask/src/models/record.rs). Never by hand.
";

/// The file.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// One row a run, in the registries' order.
    #[serde(default, rename = "run")]
    pub runs: Vec<Row>,
}

/// What one run gave.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The run.
    pub id: String,
    /// The tool with its version.
    pub tool: String,
    /// Of its files.
    pub hash: String,
    /// What it said to each query.
    pub got: Vec<Outcome>,
    /// How long it took.
    pub seconds: f64,
}

impl Record {
    /// Reads it; a folder without one has an empty one.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(RECORD);
        if !path.exists() {
            return Ok(Self::default());
        }
        toml::from_str(&std::fs::read_to_string(&path).about(RECORD)?).about(RECORD)
    }

    /// The row of a run.
    pub fn row(&self, id: &str) -> Option<&Row> {
        self.runs.iter().find(|row| row.id == id)
    }

    /// Puts new rows in place of old ones and drops those of runs that are gone.
    pub fn renew(&mut self, registry: &Registry, new: Vec<Row>) {
        self.runs.retain(|row| new.iter().all(|fresh| fresh.id != row.id));
        self.runs.extend(new);
        let place = |row: &Row| registry.runs.iter().position(|run| run.id == row.id);
        self.runs.retain(|row| place(row).is_some());
        self.runs.sort_by_key(place);
    }

    /// Writes it.
    pub fn write(&self, folder: &Path) -> Result {
        let text = toml::to_string_pretty(self).about(RECORD)?;
        std::fs::write(folder.join(RECORD), format!("{HEAD}\n{text}")).about(RECORD)
    }

    /// What is wrong with the record: missing, stale, not as expected, of a run that is gone.
    pub fn problems(&self, folder: &Path, registry: &Registry) -> Vec<String> {
        let mut problems = Vec::new();
        for run in &registry.runs {
            let Some(row) = self.row(&run.id) else {
                problems.push(format!("{}: no record", run.id));
                continue;
            };
            // A file that is missing, or an edit that doesn't fit, is the audit's to say.
            if hash(folder, run).is_ok_and(|hash| hash != row.hash) {
                problems.push(format!("{}: changed since its record", run.id));
            }
            let expected: Vec<Outcome> = run.queries.iter().map(|query| query.expect).collect();
            if row.got != expected {
                problems.push(format!("{}: its record is not what is expected", run.id));
            }
        }
        let is_gone = |row: &&Row| registry.run(&row.id).is_none();
        let gone = self.runs.iter().filter(is_gone);
        problems.extend(gone.map(|row| format!("{}: a record of no run", row.id)));
        problems
    }
}

/// SHA-256 of a run's files, main first, and of the main file as it is run: of each the path, its
/// length before it, and the content likewise (lengths in bytes as 64-bit big-endian numbers); in hex.
pub fn hash(folder: &Path, run: &Run) -> Result<String> {
    let mut digest = Sha256::new();
    let mut add = |file: &str, content: &[u8]| {
        for part in [file.as_bytes(), content] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
    };
    for file in run.files() {
        add(file, &std::fs::read(folder.join(file)).about(file)?);
    }
    if run.is_edited() {
        let source = std::fs::read_to_string(folder.join(&run.main)).about(&run.main)?;
        add(&run.id, run.edited(&source)?.as_bytes());
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
