//! The registries `spec/models/*.toml`: runs with their queries, assumptions, and claims that are
//! not asked of a tool.

use crate::error::{About, Error, Result};
use crate::models::results::Outcome;
use serde::Deserialize;
use std::fmt;
use std::path::Path;

/// The file beside the registries that is none.
pub const RECORD: &str = "record.toml";

/// What answers a run.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Tool {
    /// Proves for any number of sessions.
    ProVerif,
    /// Looks for attacks within a bound.
    Verifpal,
    /// A Rust program of one file that tries all orders of a bounded number of steps.
    Search,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ProVerif, Self::Verifpal, Self::Search];

    /// As registries and the command line name it.
    pub fn id(self) -> &'static str {
        match self {
            Self::ProVerif => "proverif",
            Self::Verifpal => "verifpal",
            Self::Search => "search",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ProVerif => "ProVerif",
            Self::Verifpal => "Verifpal",
            Self::Search => "search",
        })
    }
}

/// One query of a run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// What it asks, in words.
    pub name: String,
    /// What the tool is to say.
    pub expect: Outcome,
    /// Verifpal alone: the query, where it isn't one of the model's own.
    #[serde(default)]
    pub ask: Option<String>,
}

/// A change of a model's text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Stands once in the model.
    pub from: String,
    /// Stands there instead.
    pub to: String,
}

impl Query {
    /// Whether it asks if a state cannot be reached, so that its failing is what is wanted.
    pub fn is_reachability(&self) -> bool {
        self.name.starts_with("reachable")
    }

    /// Whether it shows an attack that the goal itself names.
    pub fn is_stated(&self) -> bool {
        self.name.starts_with("stated")
    }
}

/// One model with its queries.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Once in all registries.
    pub id: String,
    /// The goal, such as `G-01`.
    pub claim: String,
    /// What answers it.
    pub tool: Tool,
    /// The model, from `spec/models`.
    pub main: String,
    /// Files that are read before it, in this order.
    #[serde(default)]
    pub libs: Vec<String>,
    /// What is changed in the model before it is run, one after the other.
    #[serde(default)]
    pub edits: Vec<Edit>,
    /// The clauses that it models.
    pub clauses: Vec<String>,
    /// In the order in which the tool prints results.
    pub queries: Vec<Query>,
    /// `unbounded`, or the bound.
    pub scope: String,
    /// What it leaves out.
    #[serde(default)]
    pub abstracts: Vec<String>,
    /// Ids of assumptions.
    #[serde(default)]
    pub assumptions: Vec<String>,
    /// In a twin: the run whose twin it is; else empty.
    #[serde(default)]
    pub twin_of: String,
    /// In a twin: what was taken away, or given to the attacker; else empty.
    #[serde(default)]
    pub removed: String,
    /// The seeded bug that a twin stands for; may be empty.
    #[serde(default)]
    pub mutant: String,
    /// Verifpal alone: runs of each principal.
    #[serde(default)]
    pub sessions: Option<u8>,
    /// Seconds after which it has failed.
    #[serde(default = "default_limit")]
    pub limit: u64,
}

impl Run {
    /// Whether it is to fail.
    pub fn is_twin(&self) -> bool {
        !self.twin_of.is_empty()
    }

    /// Whether what is run is not the model as it stands.
    pub fn is_edited(&self) -> bool {
        !self.edits.is_empty() || self.queries.iter().any(|query| query.ask.is_some())
    }

    /// The model as it is run: with its edits, and with the queries of the registry in place of its
    /// own block of queries (Verifpal's, which ends a file).
    pub fn edited(&self, source: &str) -> Result<String> {
        let mut text = source.to_owned();
        for Edit { from, to } in &self.edits {
            let count = text.matches(from).count();
            if count != 1 {
                return Err(Error::new(format!(
                    "\"{from}\" stands {count} times in {}",
                    self.main
                )));
            }
            text = text.replace(from, to);
        }
        let asked: Vec<&str> = self.queries.iter().filter_map(|q| q.ask.as_deref()).collect();
        if !asked.is_empty() {
            let block = text.rfind("queries[").filter(|_| asked.len() == self.queries.len());
            let block = block.ok_or_else(|| Error::new("not all queries are asked anew"))?;
            text.truncate(block);
            text += &format!("queries[\n\t{}\n]\n", asked.join("\n\t"));
        }
        Ok(text)
    }

    /// All its files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.main.as_str()).chain(self.libs.iter().map(String::as_str))
    }
}

/// Seconds, where a run names no limit.
fn default_limit() -> u64 {
    600
}

/// What a model takes for granted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumption {
    /// Such as `A-replay-cache`.
    pub id: String,
    /// In words.
    pub text: String,
}

/// Why a claim holds that no tool is asked about.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// An argument in the text.
    Argued,
    /// A published proof.
    Cited,
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Argued => "argued",
            Self::Cited => "cited",
        })
    }
}

/// A claim that rests on a text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The goal.
    pub id: String,
    /// Argued or cited.
    pub status: Basis,
    /// The reason; of a paper, what of it carries over.
    pub text: String,
    /// The page of `spec/prose` with the argument, or the paper.
    #[serde(rename = "where")]
    pub place: String,
}

/// All registries together.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    /// Runs, in the order of files and rows.
    #[serde(default, rename = "run")]
    pub runs: Vec<Run>,
    /// Assumptions.
    #[serde(default, rename = "assumption")]
    pub assumptions: Vec<Assumption>,
    /// Claims that rest on a text.
    #[serde(default, rename = "claim")]
    pub claims: Vec<Claim>,
}

impl Registry {
    /// Reads every registry of a folder.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).about(folder.display())? {
            let path = entry.about(folder.display())?.path();
            let is_registry = path.extension().is_some_and(|ending| ending == "toml")
                && path.file_name().is_some_and(|name| name != RECORD);
            if is_registry {
                paths.push(path);
            }
        }
        paths.sort();
        let mut all = Self::default();
        for path in paths {
            let text = std::fs::read_to_string(&path).about(path.display())?;
            let one: Self = toml::from_str(&text).about(path.display())?;
            all.runs.extend(one.runs);
            all.assumptions.extend(one.assumptions);
            all.claims.extend(one.claims);
        }
        Ok(all)
    }

    /// The run with this id.
    pub fn run(&self, id: &str) -> Option<&Run> {
        self.runs.iter().find(|run| run.id == id)
    }

    /// The runs whose ids begin with one of these words; all, if there is none.
    pub fn chosen(&self, words: &[String]) -> Result<Vec<&Run>> {
        let begins = |word: &String, run: &Run| run.id.starts_with(word.as_str());
        if let Some(word) = words.iter().find(|word| !self.runs.iter().any(|r| begins(word, r))) {
            return Err(Error::new(format!("no run begins with {word}")));
        }
        let is_chosen = |run: &&Run| words.is_empty() || words.iter().any(|word| begins(word, run));
        Ok(self.runs.iter().filter(is_chosen).collect())
    }
}
