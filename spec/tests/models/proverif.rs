//! The ProVerif models, read as terms: the definitions in all files that a run reads which is no twin.

use crate::term::{Term, read};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Files of runs that hold for less than the protocol: they drop inputs, which the attacker then need not know. A test
/// holds each against the whole.
pub const WEAKER: [&str; 1] = ["proverif/lib/handshake_secret_dh1.pvl"];

/// The files, without comments, and the constants of labels.
pub struct Models {
    sources: BTreeMap<String, String>,
    labels: BTreeMap<String, Vec<String>>,
    signed: BTreeMap<String, String>,
}

impl Models {
    pub fn read() -> Self {
        let mut models =
            Self { sources: BTreeMap::new(), labels: BTreeMap::new(), signed: BTreeMap::new() };
        for file in files() {
            let text = std::fs::read_to_string(folder().join(&file));
            let text = text.unwrap_or_else(|error| panic!("{file}: {error}"));
            models.labels.extend(labels(&text));
            models.signed.extend(signed(&text));
            models.sources.insert(file, without_comments(&text));
        }
        models
    }

    /// Each constant for a label, with the texts that the comment on its line quotes, without `Sceau 1 `.
    pub fn labels(&self) -> &BTreeMap<String, Vec<String>> {
        &self.labels
    }

    /// The label of each constructor of a signed structure, from the comment above it.
    pub fn signed(&self) -> &BTreeMap<String, String> {
        &self.signed
    }

    /// The body of a `letfun`, which is the same wherever it is defined.
    pub fn function(&self, name: &str) -> Term {
        self.after(&format!("letfun {name}("), |rest| {
            let (_, body) = rest.split_once('=').expect("a body");
            body
        })
    }

    /// The body of a `letfun` in one of the files that hold for less.
    pub fn weaker(&self, file: &str, name: &str) -> Term {
        let source = self.sources.get(file).unwrap_or_else(|| panic!("no run reads {file}"));
        let (_, rest) = source.split_once(&format!("letfun {name}(")).expect("the function");
        self.labelled(&read(rest.split_once('=').expect("a body").1))
    }

    /// What follows a piece of text: the same in each file that has it.
    pub fn after(&self, start: &str, skip: fn(&str) -> &str) -> Term {
        let mut found: Option<Term> = None;
        for (file, source) in &self.sources {
            if WEAKER.contains(&file.as_str()) {
                continue;
            }
            for (at, _) in source.match_indices(start) {
                let term = read(skip(&source[at + start.len()..]));
                let before = found.get_or_insert_with(|| term.clone());
                assert_eq!(*before, term, "{file}: another definition after {start}");
            }
        }
        self.labelled(&found.unwrap_or_else(|| panic!("no model has {start}")))
    }

    /// A `let` of a process in one file.
    pub fn local(&self, file: &str, name: &str) -> Term {
        let source = self.sources.get(file).unwrap_or_else(|| panic!("no run reads {file}"));
        let start = format!("let {name} = ");
        let at = source.find(&start).unwrap_or_else(|| panic!("no {start} in {file}"));
        self.labelled(&read(&source[at + start.len()..]))
    }

    /// The types of a constructor's arguments.
    pub fn types(&self, constructor: &str) -> Vec<String> {
        self.after(&format!("fun {constructor}("), |rest| {
            // As one term: `(a, b)` without its opening bracket was read past.
            Box::leak(format!("types({rest}").into_boxed_str())
        })
        .args
        .into_iter()
        .map(|arg| arg.name)
        .collect()
    }

    /// With the text of a label in place of its constant, where it stands for one.
    fn labelled(&self, term: &Term) -> Term {
        let text = |name: &String, quoted: &Vec<String>| match quoted.as_slice() {
            [one] => Some((name.clone(), format!("\"{one}\""))),
            _ => None,
        };
        let names: Vec<_> = self.labels.iter().filter_map(|(name, q)| text(name, q)).collect();
        let names: Vec<_> = names.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        term.renamed(&names)
    }
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}

/// Main files and libraries of every ProVerif run that is no twin.
fn files() -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder()).expect("models") {
        let path = entry.expect("entry").path();
        if path.extension().is_none_or(|e| e != "toml") || path.ends_with("record.toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("registry");
        let registry: Table = text.parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let word = |run: &Value, key: &str| run.get(key).and_then(Value::as_str).map(str::to_owned);
        for run in registry.get("run").and_then(Value::as_array).into_iter().flatten() {
            let is_twin = word(run, "twin_of").is_some_and(|of| !of.is_empty());
            if !is_twin && word(run, "tool").as_deref() == Some("proverif") {
                found.extend(word(run, "main"));
                let libs = run.get("libs").and_then(Value::as_array).into_iter().flatten();
                found.extend(libs.filter_map(Value::as_str).map(str::to_owned));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// A source without its comments, which nest.
fn without_comments(text: &str) -> String {
    let (mut code, mut depth, mut rest) = (String::new(), 0, text);
    while let Some(next) = rest.chars().next() {
        if rest.starts_with("(*") {
            (depth, rest) = (depth + 1, &rest[2..]);
        } else if depth > 0 && rest.starts_with("*)") {
            (depth, rest) = (depth - 1, &rest[2..]);
        } else {
            if depth == 0 {
                code.push(next);
            }
            rest = &rest[next.len_utf8()..];
        }
    }
    code
}

/// Lines such as `const label_root: label.   (* "root" *)`.
fn labels(text: &str) -> Vec<(String, Vec<String>)> {
    let label = |line: &str| {
        let (name, rest) = line.strip_prefix("const ")?.split_once(':')?;
        let quoted = quoted(rest);
        (!quoted.is_empty()).then(|| (name.to_owned(), quoted))
    };
    text.lines().filter_map(label).collect()
}

/// A comment that says `label "…"`, and the first constructor after it.
fn signed(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut label = None;
    for line in text.lines() {
        if line.starts_with("(*") && line.contains(": label \"") {
            label = quoted(line).pop();
        } else if let Some(rest) = line.strip_prefix("fun ")
            && let Some(label) = label.take()
        {
            let name = rest.split('(').next().unwrap_or_default();
            found.push((name.to_owned(), label));
        }
    }
    found
}

fn quoted(text: &str) -> Vec<String> {
    let inner = text.split('"').skip(1).step_by(2);
    inner.map(|label| label.trim_start_matches("Sceau 1 ").to_owned()).collect()
}
