//! `spec/map.toml`: which definition, library function, vector, case and model answers which clause.
//!
//! Goals and reasons are written by hand; ids and pages come from the prose, and the five lists are what a scan of the
//! sources finds: a definition or function answers a clause when its documentation cites it, a
//! vector, case or run of a model when it names it. [`join`] brings rows and scan together; [`Map::gaps`] tells
//! where a clause stays without an answer and without a reason.

use crate::cases;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A reason why the map could not be read or made.
pub type Reason = String;

/// The whole map.
#[derive(Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Map {
    /// One row a clause, in the order of their ids.
    #[serde(default)]
    pub clause: Vec<Row>,
}

/// One clause and what answers it.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Id, such as `RAT-07`.
    pub id: String,
    /// Page of the specification, without its ending.
    pub page: String,
    /// Functions and types of the executable specification whose documentation cites it.
    #[serde(default)]
    pub definition: Vec<String>,
    /// The same of the library.
    #[serde(default)]
    pub library: Vec<String>,
    /// Vectors that name it.
    #[serde(default)]
    pub vectors: Vec<String>,
    /// Cases that name it.
    #[serde(default)]
    pub cases: Vec<String>,
    /// Runs of symbolic models that name it, twins left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// Security goals that rest on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<String>,
    /// Why there is no definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_definition: Option<String>,
    /// Why there is no case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_case: Option<String>,
}

impl Map {
    /// Reads the map of a repository.
    ///
    /// # Errors
    /// It is not there, or not of this form.
    pub fn read(file: &Path) -> Result<Self, Reason> {
        let text = fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
        toml::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))
    }

    /// Clauses without a definition, or without a case, and without a reason; and reasons that
    /// are stale because there is one after all.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        let mut gaps = Vec::new();
        for row in &self.clause {
            let sides = [
                ("definition", row.definition.is_empty(), &row.no_definition),
                ("case", row.cases.is_empty(), &row.no_case),
            ];
            for (what, none, reason) in sides {
                match (none, reason) {
                    (true, None) => gaps.push(format!("{}: no {what} and no reason", row.id)),
                    (false, Some(_)) => {
                        gaps.push(format!("{}: a reason for no {what}, but there is one", row.id));
                    }
                    _ => {}
                }
            }
        }
        gaps
    }

    /// The file's text, under the comment that stood at its top.
    ///
    /// # Errors
    /// It cannot be written as TOML.
    pub fn text(&self, before: &str) -> Result<String, Reason> {
        let head: Vec<&str> = before.lines().take_while(|line| line.starts_with('#')).collect();
        let body = toml::to_string_pretty(self).map_err(|error| error.to_string())?;
        Ok(format!("{}\n\n{body}", head.join("\n")))
    }
}

/// The map that a repository's sources give, with the reasons of the rows in `map`.
///
/// # Errors
/// A folder or file cannot be read; a definition, vector or case names a clause that the prose
/// does not have; a clause stands twice.
pub fn join(root: &Path, map: &Map) -> Result<Map, Reason> {
    let mut rows = BTreeMap::new();
    for (id, page) in clauses(&root.join("spec/prose"))? {
        let old = map.clause.iter().find(|row| row.id == id);
        let kept = old.cloned().unwrap_or_default();
        let Row { goals, no_definition, no_case, .. } = kept;
        let row = Row { id: id.clone(), page, goals, no_definition, no_case, ..Row::default() };
        if rows.insert(id.clone(), row).is_some() {
            return Err(format!("{id} stands twice in the prose"));
        }
    }
    let mut stray = BTreeSet::new();
    let mut enter = |found: Vec<(String, String)>, list: fn(&mut Row) -> &mut Vec<String>| {
        for (clause, name) in found {
            match rows.get_mut(&clause) {
                Some(row) => list(row).push(name),
                None => drop(stray.insert(format!("{name} cites {clause}"))),
            }
        }
    };
    enter(citations(&root.join("spec/src"))?, |row| &mut row.definition);
    enter(citations(&root.join("protocol/src"))?, |row| &mut row.library);
    for area in ["group", "pairwise"] {
        enter(vectors(&root.join("test-vectors").join(area))?, |row| &mut row.vectors);
    }
    enter(named_by_cases(), |row| &mut row.cases);
    enter(named_by_models(&root.join("spec/models"))?, |row| &mut row.models);
    if !stray.is_empty() {
        let all: Vec<String> = stray.into_iter().collect();
        return Err(format!("no such clause in the prose:\n{}", all.join("\n")));
    }
    let mut clause: Vec<Row> = rows.into_values().collect();
    for row in &mut clause {
        let Row { definition, library, vectors, cases, models, .. } = row;
        for list in [definition, library, vectors, cases, models] {
            list.sort();
            list.dedup();
        }
    }
    Ok(Map { clause })
}

/// Each clause of the prose with its page.
fn clauses(prose: &Path) -> Result<Vec<(String, String)>, Reason> {
    let mut found = Vec::new();
    for file in sources(prose, "md")? {
        let page = stem(prose, &file);
        for line in read(&file)?.lines() {
            if let Some((id, _)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']'))
                && is_clause(id)
            {
                found.push((id.to_owned(), page.clone()));
            }
        }
    }
    Ok(found)
}

/// Each clause that the documentation of an item cites, with the item's path.
fn citations(sources_root: &Path) -> Result<Vec<(String, String)>, Reason> {
    let mut found = Vec::new();
    for file in sources(sources_root, "rs")? {
        let module = stem(sources_root, &file).trim_end_matches("/mod").replace('/', "::");
        if module.starts_with("bin") {
            continue;
        }
        let (mut cited, mut documented) = (BTreeSet::new(), false);
        for line in read(&file)?.lines().map(str::trim) {
            if line == "mod tests {" {
                break;
            }
            if line.starts_with("//!") {
                found.extend(ids(line).into_iter().map(|id| (id, module.clone())));
            } else if line.starts_with("///") {
                documented = true;
                cited.extend(ids(line));
            } else if documented && !line.starts_with("#[") && !line.starts_with("//") {
                let name = item(line).map_or(module.clone(), |item| format!("{module}::{item}"));
                found.extend(cited.iter().map(|id| (id.clone(), name.clone())));
                (cited, documented) = (BTreeSet::new(), false);
            }
        }
    }
    Ok(found)
}

/// The name of the item that a line of source begins.
fn item(line: &str) -> Option<String> {
    let mut words =
        line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty());
    let kinds = ["fn", "struct", "enum", "const", "trait", "type", "static", "mod"];
    while let Some(word) = words.next() {
        if kinds.contains(&word) {
            let name = words.next().filter(|next| *next != "fn").or_else(|| words.next());
            return name.map(str::to_owned);
        }
    }
    None
}

/// Each clause that a vector names, with `file/id`.
fn vectors(folder: &Path) -> Result<Vec<(String, String)>, Reason> {
    #[derive(Deserialize)]
    struct File {
        vectors: Vec<Vector>,
    }
    #[derive(Deserialize)]
    struct Vector {
        id: String,
        clauses: Vec<String>,
    }
    let mut found = Vec::new();
    for path in sources(folder, "json")? {
        let topic = stem(folder, &path);
        let file: File = serde_json::from_str(&read(&path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        for vector in file.vectors {
            let name = format!("{topic}/{}", vector.id);
            found.extend(vector.clauses.into_iter().map(|id| (id, name.clone())));
        }
    }
    Ok(found)
}

/// Each clause that a case names; those of the adapter protocol stand in `ADAPTERS.md`.
fn named_by_cases() -> Vec<(String, String)> {
    let all = cases::all();
    let named = all.iter().flat_map(|case| {
        case.clauses.iter().map(|clause| ((*clause).to_owned(), case.id.to_owned()))
    });
    named.filter(|(clause, _)| !clause.starts_with("ADP-")).collect()
}

/// Each clause that a run of a symbolic model names in its registry. A twin shows nothing of a clause but that the model
/// can fail.
fn named_by_models(folder: &Path) -> Result<Vec<(String, String)>, Reason> {
    #[derive(Deserialize)]
    struct Registry {
        #[serde(default)]
        run: Vec<Run>,
    }
    #[derive(Deserialize)]
    struct Run {
        id: String,
        #[serde(default)]
        clauses: Vec<String>,
        #[serde(default)]
        twin_of: String,
    }
    let mut found = Vec::new();
    for path in sources(folder, "toml")? {
        let registry: Registry = toml::from_str(&read(&path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        for run in registry.run.into_iter().filter(|run| run.twin_of.is_empty()) {
            found.extend(run.clauses.into_iter().map(|clause| (clause, run.id.clone())));
        }
    }
    Ok(found)
}

/// Clause ids anywhere in a line.
fn ids(line: &str) -> Vec<String> {
    let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.filter(|word| is_clause(word)).map(str::to_owned).collect()
}

/// Whether it looks as `HS-07` does. (`SHA-256` and `AES-256` have three digits.)
fn is_clause(text: &str) -> bool {
    text.split_once('-').is_some_and(|(topic, number)| {
        (2..=3).contains(&topic.len())
            && topic.bytes().all(|b| b.is_ascii_uppercase())
            && number.len() == 2
            && number.bytes().all(|b| b.is_ascii_digit())
    })
}

fn read(file: &Path) -> Result<String, Reason> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// Path below `root` without its ending, with `/`.
fn stem(root: &Path, file: &Path) -> String {
    let below = file.strip_prefix(root).unwrap_or(file).with_extension("");
    below.to_string_lossy().replace('\\', "/")
}

/// All files below a folder with an ending, in order.
fn sources(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, Reason> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        let entries = fs::read_dir(&next).map_err(|e| format!("{}: {e}", next.display()))?;
        for entry in entries {
            let path = entry.map_err(|error| error.to_string())?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
