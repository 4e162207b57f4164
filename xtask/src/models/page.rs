//! The page *Proofs* of the specification, from the registries, the record and the text
//! `spec/models/proofs.md`.

use crate::error::{About, Error, Result};
use crate::models::audit::Goal;
use crate::models::record::Record;
use crate::models::registry::{Assumption, Query, Registry, Run, Tool};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// The text around the tables, in the models' folder.
const TEMPLATE: &str = "proofs.md";
/// What the tables stand for in it.
const MARK: &str = "{{results}}";

/// The page's text.
pub fn page(folder: &Path, registry: &Registry, record: &Record, goals: &[Goal]) -> Result<String> {
    let template = std::fs::read_to_string(folder.join(TEMPLATE)).about(TEMPLATE)?;
    if template.matches(MARK).count() != 1 {
        return Err(Error::new(format!("{TEMPLATE} has not one {MARK}")));
    }
    let mut notes = Notes::default();
    let mut sections = String::new();
    for goal in goals {
        section(&mut sections, goal, registry, record, &mut notes).about(&goal.id)?;
    }
    let mut all = String::new();
    overview(&mut all, goals, registry).about("overview")?;
    all.push_str(&sections);
    notes.list(&mut all).about("what is left out")?;
    list_assumptions(&mut all, &registry.assumptions).about("assumptions")?;
    let page = template.replace(MARK, all.trim());
    Ok(format!("{}\n", page.trim_end()))
}

/// How a claim stands, in few words: what its models give, bounded ones only where there is no proof, and on what else it
/// rests.
pub fn standing(goal: &Goal, registry: &Registry) -> String {
    let mut found = BTreeSet::new();
    for run in registry.runs.iter().filter(|run| run.claim == goal.id && !run.is_twin()) {
        let holds = run.queries.iter().any(|query| query.expect.holds());
        found.extend(holds.then(|| match run.tool {
            Tool::ProVerif if run.scope == "unbounded" => Standing::Proved,
            Tool::ProVerif => Standing::ProvedForSteps,
            Tool::Verifpal | Tool::Search => Standing::Bounded,
        }));
    }
    if found.len() > 1 {
        found.remove(&Standing::Bounded);
    }
    let models = found.into_iter().map(|standing| match standing {
        Standing::Proved => "proved".to_owned(),
        Standing::ProvedForSteps => "proved for k steps".to_owned(),
        Standing::Bounded => "no attack found (bounded)".to_owned(),
    });
    let of_goal = registry.claims.iter().filter(|claim| claim.id == goal.id);
    let texts = of_goal.map(|claim| claim.status.to_string());
    models.chain(texts).collect::<Vec<_>>().join("; ")
}

/// What a model gives, the strongest first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// For any number of sessions and steps.
    Proved,
    /// For any number of sessions of so many steps.
    ProvedForSteps,
    /// Within a bound.
    Bounded,
}

/// What a query's expected answer amounts to. Verifpal and searches never prove.
fn result(run: &Run, query: &Query) -> String {
    let holds = query.expect.holds();
    match run.tool {
        _ if query.is_reachability() => "reached".to_owned(),
        _ if !holds && query.is_stated() => "attack, as stated".to_owned(),
        Tool::ProVerif if holds && run.scope == "unbounded" => "proved".to_owned(),
        Tool::ProVerif if holds => format!("proved for {}", run.scope),
        Tool::Verifpal if holds => format!("no attack found ({})", bound(run)),
        Tool::Search if holds => format!("no attack found ({})", bound(run)),
        _ if query.expect.fails() => "attack".to_owned(),
        _ => query.expect.to_string(),
    }
}

/// The bound, said to be one.
fn bound(run: &Run) -> String {
    if run.scope.starts_with("bounded") {
        run.scope.clone()
    } else {
        format!("bounded: {}", run.scope)
    }
}

fn overview(text: &mut String, goals: &[Goal], registry: &Registry) -> std::fmt::Result {
    writeln!(text, "## Overview\n\n| claim | result | queries | twins |\n|---|---|---|---|")?;
    for goal in goals {
        let runs = || registry.runs.iter().filter(|run| run.claim == goal.id);
        let queries: usize = runs().filter(|run| !run.is_twin()).map(|run| run.queries.len()).sum();
        let twins = runs().filter(|run| run.is_twin()).count();
        let (id, title) = (&goal.id, &goal.title);
        let standing = cell(&standing(goal, registry));
        writeln!(text, "| [{id}](#{}) {title} | {standing} | {queries} | {twins} |", anchor(id))?;
    }
    Ok(())
}

fn section(
    text: &mut String,
    goal: &Goal,
    registry: &Registry,
    record: &Record,
    notes: &mut Notes,
) -> std::fmt::Result {
    writeln!(text, "\n## <a id=\"{}\"></a>{} {}", anchor(&goal.id), goal.id, goal.title)?;
    let runs = || registry.runs.iter().filter(|run| run.claim == goal.id);
    let tool = |run: &Run| {
        record.row(&run.id).map_or_else(|| run.tool.to_string(), |row| row.tool.clone())
    };
    if runs().any(|run| !run.is_twin()) {
        let columns = "model | query | tool | result | leaves out | assumes";
        writeln!(text, "\n| {columns} |\n|---|---|---|---|---|---|")?;
    }
    for run in runs().filter(|run| !run.is_twin()) {
        let out = run.abstracts.iter().map(|out| notes.link(out)).collect::<Vec<_>>();
        let assumed = run.assumptions.iter().map(|id| format!("[{id}](#{})", anchor(id)));
        let (out, assumed) = (out.join(", "), assumed.collect::<Vec<_>>().join(", "));
        for query in &run.queries {
            let (name, result) = (cell(&query.name), cell(&result(run, query)));
            let (id, tool) = (&run.id, tool(run));
            writeln!(text, "| {id} | {name} | {tool} | {result} | {out} | {assumed} |")?;
        }
    }
    if runs().any(Run::is_twin) {
        writeln!(text, "\n| twin of | what is different | what fails | tool |\n|---|---|---|---|")?;
    }
    for twin in runs().filter(|run| run.is_twin()) {
        let failing = twin.queries.iter().filter(|q| q.expect.fails() && !q.is_reachability());
        let failing: Vec<String> = failing.map(|query| cell(&query.name)).collect();
        let mutant = match twin.mutant.as_str() {
            "" => String::new(),
            mutant => format!(" ({mutant})"),
        };
        let (of, removed) = (&twin.twin_of, cell(&twin.removed));
        let failing = failing.join("; ");
        writeln!(text, "| {of} | {removed}{mutant} | {failing} | {} |", tool(twin))?;
    }
    for claim in registry.claims.iter().filter(|claim| claim.id == goal.id) {
        let place = match claim.place.split_once(".md") {
            Some((page, _)) => format!("[{page}]({})", claim.place),
            None => claim.place.clone(),
        };
        writeln!(text, "\n*{}* ({place}): {}", sentence(&claim.status.to_string()), claim.text)?;
    }
    Ok(())
}

fn list_assumptions(text: &mut String, assumptions: &[Assumption]) -> std::fmt::Result {
    writeln!(text, "\n## Assumptions\n")?;
    let mut sorted: Vec<&Assumption> = assumptions.iter().collect();
    sorted.sort_by_key(|assumption| &assumption.id);
    for Assumption { id, text: what } in sorted {
        writeln!(text, "- <a id=\"{}\"></a>**{id}** {}", anchor(id), what.trim())?;
    }
    Ok(())
}

/// What models leave out, each thing once, numbered in the order in which it comes up.
#[derive(Default)]
struct Notes {
    numbers: BTreeMap<String, usize>,
}

impl Notes {
    fn link(&mut self, out: &str) -> String {
        let next = self.numbers.len() + 1;
        let number = *self.numbers.entry(out.trim().to_owned()).or_insert(next);
        format!("[{number}](#out-{number})")
    }

    fn list(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "\n## What the models leave out\n")?;
        let mut sorted: Vec<_> = self.numbers.iter().map(|(out, number)| (number, out)).collect();
        sorted.sort_unstable();
        for (number, out) in sorted {
            writeln!(text, "{number}. <a id=\"out-{number}\"></a>{}", sentence(out))?;
        }
        Ok(())
    }
}

/// What a cell of a table can bear.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

/// With a capital at its start.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default()
        + letters.as_str()
}

fn anchor(id: &str) -> String {
    id.to_lowercase()
}
