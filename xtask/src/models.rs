//! `cargo models`: the symbolic models, run with the tools that are there, and held against what is
//! expected of them. Where a tool is absent, what it gave before is held against the files.

mod audit;
mod page;
mod record;
mod registry;
mod results;
mod sources;
mod table;
mod tools;

use crate::error::{About, Error, Result};
use audit::Goal;
use clap::Args;
use record::{Record, Row};
use registry::{Registry, Run, Tool};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;
use table::Line;
use tools::{Ended, Present};

/// Runs at the same time, where nothing else is said.
const JOBS: usize = 2;

/// What is run, and what is done with it.
#[derive(Args, Default)]
pub struct Options {
    /// Fails where this tool is absent (proverif, verifpal).
    #[arg(long, value_name = "TOOL")]
    require: Vec<String>,
    /// Runs those alone whose ids begin with one of these words.
    #[arg(long, num_args = 1.., value_name = "ID")]
    only: Vec<String>,
    /// Runs at the same time.
    #[arg(long, default_value_t = JOBS, value_name = "N")]
    jobs: usize,
    /// Writes what the tools said into the record.
    #[arg(long)]
    record: bool,
    /// Writes the page Proofs.
    #[arg(long)]
    write: bool,
    /// Runs nothing: checks registries, files, record and page.
    #[arg(long)]
    check: bool,
}

/// The folders and what is read from them.
struct Models {
    folder: PathBuf,
    prose: PathBuf,
    registry: Registry,
    record: Record,
    goals: Vec<Goal>,
}

impl Models {
    /// Reads the models of a specification.
    fn read(spec: &Path) -> Result<Self> {
        let (folder, prose) = (spec.join("models"), spec.join("prose"));
        let page = prose.join("security-goals.md");
        let goals = audit::goals(&std::fs::read_to_string(&page).about(page.display())?);
        let registry = Registry::read(&folder)?;
        let record = Record::read(&folder)?;
        Ok(Self { folder, prose, registry, record, goals })
    }

    /// Everything that is wrong without running anything.
    fn problems(&self) -> Result<Vec<String>> {
        let Self { folder, prose, registry, record, goals } = self;
        let mut problems = audit::problems(folder, prose, registry, goals)?;
        problems.extend(record.problems(folder, registry));
        let page = page::page(folder, registry, record, goals)?;
        let committed = std::fs::read_to_string(self.page()).unwrap_or_default();
        if committed != page {
            problems.push("proofs.md is not what the models give: `cargo models --write`".into());
        }
        Ok(problems)
    }

    fn page(&self) -> PathBuf {
        self.prose.join("proofs.md")
    }

    fn write_page(&self) -> Result {
        let page = page::page(&self.folder, &self.registry, &self.record, &self.goals)?;
        std::fs::write(self.page(), page).about("proofs.md")
    }
}

/// Runs all models; these tools have to be there.
pub fn run_with(required: &[&str]) -> Result {
    let require = required.iter().map(|tool| (*tool).to_owned()).collect();
    run(&Options { require, jobs: JOBS, ..Options::default() })
}

/// The command.
pub fn run(options: &Options) -> Result {
    let started = Instant::now();
    let mut models = Models::read(&crate::root().join("spec"))?;
    let chosen = models.registry.chosen(&options.only)?;
    let tools = tools_of(&chosen, &options.require)?;
    let lines =
        if options.check { Vec::new() } else { run_all(&models, &chosen, &tools, options)? };
    table::print(&lines);
    let differing = lines.iter().filter(|line| !line.is_as_expected()).count();
    if options.record {
        let rows = rows(&models, &chosen, &lines, &tools)?;
        models.record.renew(&models.registry, rows);
        models.record.write(&models.folder)?;
    }
    if options.write {
        models.write_page()?;
    }
    let problems = models.problems()?;
    problems.iter().for_each(|problem| println!("{problem}"));
    let standings = models.goals.iter().map(|goal| page::standing(goal, &models.registry));
    table::standings(standings);
    for tool in Tool::ALL.into_iter().filter(|tool| !options.check && !tools.contains_key(tool)) {
        let count = models.registry.runs.iter().filter(|run| run.tool == tool).count();
        if count > 0 && options.only.is_empty() {
            println!("{tool} is not here: the records of its {count} runs were checked, no more");
        }
    }
    println!(
        "{} queries, {differing} not as expected, {} other problems; {:.0} s",
        lines.len(),
        problems.len(),
        started.elapsed().as_secs_f64()
    );
    if differing + problems.len() > 0 {
        return Err(Error::new("the models do not give what they are to give"));
    }
    Ok(())
}

/// The searches' main files, from the repository's root.
pub fn searches() -> Result<Vec<PathBuf>> {
    let folder = Path::new("spec").join("models").join("search");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(crate::root().join(&folder)).about(folder.display())? {
        found.push(folder.join(entry.about(folder.display())?.file_name()).join("main.rs"));
    }
    found.sort();
    Ok(found)
}

/// The tools that are there, of those that are needed or required.
fn tools_of(chosen: &[&Run], required: &[String]) -> Result<BTreeMap<Tool, Present>> {
    if let Some(name) = required.iter().find(|name| Tool::ALL.iter().all(|t| t.id() != *name)) {
        return Err(Error::new(format!("there is no tool {name}")));
    }
    let mut tools = BTreeMap::new();
    for tool in Tool::ALL {
        let is_required = required.iter().any(|name| name == tool.id());
        if is_required || chosen.iter().any(|run| run.tool == tool) {
            match tools::find(tool)? {
                Some(present) => drop(tools.insert(tool, present)),
                None if is_required => return Err(Error::new(format!("{tool} is not here"))),
                None => {}
            }
        }
    }
    Ok(tools)
}

/// Runs whatever has a tool, so many at a time, the longest first; lines in the registries' order.
fn run_all(
    models: &Models,
    chosen: &[&Run],
    tools: &BTreeMap<Tool, Present>,
    options: &Options,
) -> Result<Vec<Line>> {
    let scratch = crate::root().join("target").join("models");
    let seconds = |run: &Run| models.record.row(&run.id).map_or(f64::MAX, |row| row.seconds);
    let mut queue: Vec<(usize, &Run, &Present)> = Vec::new();
    for (place, run) in chosen.iter().enumerate() {
        if let Some(tool) = tools.get(&run.tool) {
            queue.push((place, run, tool));
        }
    }
    // The longest is taken first, from the end.
    queue.sort_by(|(_, a, _), (_, b, _)| seconds(a).total_cmp(&seconds(b)));
    let (queue, ended) = (Mutex::new(queue), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().ok().and_then(|mut queue| queue.pop());
                    let Some((place, run, tool)) = next else { break };
                    let done = tool.run(&models.folder, &scratch, run);
                    eprintln!("{} {:.1} s", run.id, done.seconds);
                    if let Ok(mut ended) = ended.lock() {
                        ended.insert(place, (run, done));
                    }
                }
            });
        }
    });
    let ended = ended.into_inner().map_err(|_| Error::new("a run panicked"))?;
    Ok(ended.into_values().flat_map(|(run, done)| lines(run, done)).collect())
}

/// One line a query; a run that gave no answers, or another number of them, gives one more.
fn lines(run: &Run, ended: Ended) -> Vec<Line> {
    let line = |query: String, expected: String, got: String, outcome| Line {
        claim: run.claim.clone(),
        run: run.id.clone(),
        query,
        tool: run.tool,
        expected,
        got,
        outcome,
        seconds: ended.seconds,
    };
    let got = match &ended.got {
        Ok(got) => got,
        Err(why) => {
            let count = format!("{} results", run.queries.len());
            return vec![line("all".to_owned(), count, why.to_string(), None)];
        }
    };
    let mut lines = Vec::new();
    for (query, outcome) in run.queries.iter().zip(got) {
        let (expected, got) = (query.expect.to_string(), outcome.to_string());
        lines.push(line(query.name.clone(), expected, got, Some(*outcome)));
    }
    if got.len() != run.queries.len() {
        let count = |count: usize| format!("{count} results");
        let query = "number of queries".to_owned();
        lines.push(line(query, count(run.queries.len()), count(got.len()), None));
    }
    lines
}

/// What is recorded: every run of which each query was answered.
fn rows(
    models: &Models,
    chosen: &[&Run],
    lines: &[Line],
    tools: &BTreeMap<Tool, Present>,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for run in chosen {
        let of_run: Vec<&Line> = lines.iter().filter(|line| line.run == run.id).collect();
        let got: Option<Vec<_>> = of_run.iter().map(|line| line.outcome).collect();
        let seconds = of_run.first().map(|line| line.seconds);
        if let (Some(got), Some(seconds), Some(tool)) = (got, seconds, tools.get(&run.tool)) {
            let hash = record::hash(&models.folder, run)?;
            let seconds = (seconds * 10.0).round() / 10.0;
            rows.push(Row { id: run.id.clone(), tool: tool.version.clone(), hash, got, seconds });
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests;
