//! What must hold of registries, models and record before anything is run.

use crate::error::{About, Result};
use crate::models::registry::{Basis, Registry, Run, Tool};
use crate::models::sources::{self, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A goal of the page *Security goals*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Such as `G-01`.
    pub id: String,
    /// Its name.
    pub title: String,
}

/// The goals of the page: paragraphs that begin `**G-01 Secrecy, initiator.**`
pub fn goals(page: &str) -> Vec<Goal> {
    let goal = |line: &str| {
        let (id, rest) = line.strip_prefix("**")?.split_once(' ')?;
        let (title, _) = rest.split_once(".**")?;
        id.starts_with("G-").then(|| Goal { id: id.to_owned(), title: title.to_owned() })
    };
    page.lines().filter_map(goal).collect()
}

/// Everything that is wrong with the registries and the files that they list. `pages` is the folder
/// of the prose.
pub fn problems(
    folder: &Path,
    pages: &Path,
    registry: &Registry,
    goals: &[Goal],
) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    rows(registry, goals, &mut problems);
    twins(registry, &mut problems);
    claims(registry, goals, pages, &mut problems);
    files(folder, registry, &mut problems)?;
    assumptions(folder, registry, &mut problems)?;
    Ok(problems)
}

/// Ids, expectations and scopes.
fn rows(registry: &Registry, goals: &[Goal], problems: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for run in &registry.runs {
        let id = &run.id;
        let mut say = |what: String| problems.push(format!("{id}: {what}"));
        if !seen.insert(id) {
            say("a second run of this id".to_owned());
        }
        if goals.iter().all(|goal| goal.id != run.claim) {
            say(format!("there is no goal {}", run.claim));
        }
        if run.queries.is_empty() {
            say("it has no queries".to_owned());
        }
        if run.clauses.is_empty() {
            say("it models no clause".to_owned());
        }
        let claims_all = run.scope.contains("unbounded") || run.scope.contains("proved");
        if run.scope.is_empty() || (claims_all && run.tool != Tool::ProVerif) {
            say(format!("its scope cannot be \"{}\"", run.scope));
        }
        if run.queries.iter().any(|query| query.ask.is_some()) && run.tool != Tool::Verifpal {
            say("queries are asked anew of Verifpal alone".to_owned());
        }
        if run.sessions.is_some() && run.tool != Tool::Verifpal {
            say("sessions are counted in Verifpal's runs alone".to_owned());
        }
        for query in &run.queries {
            let (name, expect) = (&query.name, query.expect);
            if !expect.is_of(run.tool) {
                say(format!("{} never says \"{expect}\" ({name})", run.tool));
            }
            if query.is_reachability() && !expect.fails() {
                say(format!("a state that is reached makes its query fail ({name})"));
            }
            if !run.is_twin() && !expect.holds() && !query.is_reachability() && !query.is_stated() {
                say(format!("an attack is expected and not called stated ({name})"));
            }
        }
    }
}

/// Each twin is a run with one thing changed, in which a query of the same name fails.
fn twins(registry: &Registry, problems: &mut Vec<String>) {
    for run in &registry.runs {
        let mut say = |what: &str| problems.push(format!("{}: {what}", run.id));
        if !run.is_twin() {
            if !run.removed.is_empty() || !run.mutant.is_empty() {
                say("it removes something and is nobody's twin");
            }
            continue;
        }
        let Some(whole) = registry.run(&run.twin_of).filter(|whole| !whole.is_twin()) else {
            say("it is the twin of no run");
            continue;
        };
        if whole.claim != run.claim || whole.tool != run.tool {
            say("a twin has the claim and the tool of its run");
        }
        if run.removed.is_empty() {
            say("a twin says what was removed");
        }
        if !differs(whole, run) {
            say("no query fails in the twin that holds in its run");
        }
    }
}

/// Whether a query holds in a run and fails, under the same name, in its twin.
fn differs(whole: &Run, twin: &Run) -> bool {
    let fails = |name: &str| twin.queries.iter().any(|q| q.name == name && q.expect.fails());
    whole
        .queries
        .iter()
        .any(|query| query.expect.holds() && !query.is_reachability() && fails(&query.name))
}

/// Each goal has a run with a twin by the same tool, or says on what it rests.
fn claims(registry: &Registry, goals: &[Goal], pages: &Path, problems: &mut Vec<String>) {
    for claim in &registry.claims {
        let mut say = |what: String| problems.push(format!("{}: {what}", claim.id));
        if goals.iter().all(|goal| goal.id != claim.id) {
            say("there is no such goal".to_owned());
        }
        if claim.text.is_empty() || claim.place.is_empty() {
            say(format!("{} without a reason or a place", claim.status));
        }
        if claim.status == Basis::Argued && !pages.join(&claim.place).is_file() {
            say(format!("argued on a page that is not there ({})", claim.place));
        }
    }
    let mut unasked = 0;
    for goal in goals {
        let of_goal = |run: &&Run| run.claim == goal.id;
        let mut tools: BTreeMap<Tool, [usize; 2]> = BTreeMap::new();
        for run in registry.runs.iter().filter(of_goal) {
            let [whole, twins] = tools.entry(run.tool).or_default();
            *(if run.is_twin() { twins } else { whole }) += 1;
        }
        for (tool, _) in tools.iter().filter(|(_, counts)| counts.contains(&0)) {
            problems.push(format!("{}: {tool} has no run with a twin", goal.id));
        }
        if tools.is_empty() {
            unasked += 1;
            if registry.claims.iter().all(|claim| claim.id != goal.id) {
                problems.push(format!("{}: no run, and neither argued nor cited", goal.id));
            }
        }
    }
    if unasked * 4 >= goals.len() {
        problems.push(format!("{unasked} of {} goals are asked of no tool", goals.len()));
    }
}

/// What is listed is there, and what is there is listed.
fn files(folder: &Path, registry: &Registry, problems: &mut Vec<String>) -> Result {
    let mut listed = BTreeSet::new();
    for run in &registry.runs {
        for file in run.files() {
            if listed.insert(file.to_owned()) && !folder.join(file).is_file() {
                problems.push(format!("{}: there is no {file}", run.id));
            }
        }
        if run.is_edited() && folder.join(&run.main).is_file() {
            let source = std::fs::read_to_string(folder.join(&run.main)).about(&run.main)?;
            if let Err(why) = run.edited(&source) {
                problems.push(format!("{}: {why}", run.id));
            }
        }
    }
    let unlisted = models(folder)?.into_iter().filter(|file| !listed.contains(file));
    problems.extend(unlisted.map(|file| format!("{file}: no registry lists it")));
    Ok(())
}

/// Every file of the folder that is neither a registry nor a text.
fn models(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).about(next.display())? {
            let path = entry.about(next.display())?.path();
            let is_text = path.extension().is_some_and(|end| end == "toml" || end == "md");
            if path.is_dir() {
                open.push(path);
            } else if !is_text {
                let below = path.strip_prefix(folder).unwrap_or(&path);
                found.push(below.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Assumptions are defined once, used, and named where a model makes them.
fn assumptions(folder: &Path, registry: &Registry, problems: &mut Vec<String>) -> Result {
    let mut defined = BTreeSet::new();
    for assumption in &registry.assumptions {
        if !defined.insert(&assumption.id) {
            problems.push(format!("{}: defined twice", assumption.id));
        }
        if assumption.text.is_empty() {
            problems.push(format!("{}: it says nothing", assumption.id));
        }
    }
    let used: BTreeSet<_> = registry.runs.iter().flat_map(|run| &run.assumptions).collect();
    problems.extend(used.difference(&defined).map(|id| format!("{id}: nowhere defined")));
    problems.extend(defined.difference(&used).map(|id| format!("{id}: no run makes it")));
    let mut found = BTreeSet::new();
    for run in &registry.runs {
        for file in run.files().filter(|file| folder.join(file).is_file()) {
            let mut source = std::fs::read_to_string(folder.join(file)).about(file)?;
            if file == run.main {
                source = run.edited(&source).unwrap_or(source);
            }
            for Place { line, what, named } in places(run.tool, &source) {
                if named.is_empty() {
                    found.insert(format!("{file}:{line}: {what} without an assumption's id"));
                }
                for id in named.iter().filter(|id| !run.assumptions.contains(id)) {
                    found.insert(format!("{}: {file}:{line} assumes {id}", run.id));
                }
            }
        }
    }
    problems.extend(found);
    Ok(())
}

/// Where a model takes something for granted.
fn places(tool: Tool, source: &str) -> Vec<Place> {
    match tool {
        Tool::ProVerif => sources::proverif(source),
        Tool::Verifpal => sources::verifpal(source),
        Tool::Search => Vec::new(),
    }
}
