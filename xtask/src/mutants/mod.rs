//! `cargo conformance mutants`: seeded bugs, each of which the suite must find through the adapter.
//!
//! A patch of `conformance/mutants/` is applied to a copy of the repository, the built-in adapter is built
//! there, and the runner is put to it as to anybody's adapter. The cases that are meant to find the bug
//! run first; where one of them does not, the whole suite says whether another does.

mod bench;
mod patch;

use crate::conformance;
use crate::error::{Error, Result};
use crate::run::build_binary;
use bench::{Bench, Came, Kill};
use clap::Parser;
use patch::Patch;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;

/// Applies each seeded bug to a copy, runs the suite against it and prints who has found it.
#[derive(Parser)]
#[command(name = "cargo conformance mutants")]
struct Options {
    /// Only these bugs: an id, or what ids begin with.
    #[arg(long, value_name = "ID", num_args = 1..)]
    only: Vec<String>,
    /// Copies that are worked on at a time.
    #[arg(long, default_value_t = 1, value_name = "N")]
    jobs: usize,
    /// Runs the whole suite against each bug, also where the cases meant for it find it.
    #[arg(long)]
    suite: bool,
}

/// Programs that are the same for all bugs.
pub struct Programs {
    /// The runner.
    pub runner: PathBuf,
    /// The peer.
    pub peer: PathBuf,
}

/// Exits with 0 when every bug was found by the cases meant for it, with 1 when one was not, with 70
/// when that could not be tried.
pub fn run(arguments: &[String]) -> ExitCode {
    let words = std::iter::once("mutants").chain(arguments.iter().map(String::as_str));
    let options = match Options::try_parse_from(words) {
        Ok(options) => options,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 64 } else { 0 });
        }
    };
    match kill_table(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::from(conformance::HARNESS)
        }
    }
}

/// Whether every bug was found as meant.
fn kill_table(options: &Options) -> Result<bool> {
    let patches = chosen(patch::all()?, &options.only)?;
    let programs = Programs {
        runner: build_binary("sceau-conformance", &["--release", "-p", "sceau-conformance"])?,
        peer: conformance::peer()?,
    };
    honest(&programs, &patches)?;
    let queue = Mutex::new(patches.iter());
    let came: Mutex<Vec<(&Patch, Result<Came>)>> = Mutex::new(Vec::new());
    let work = |number: usize| {
        let bench = Bench::set_up(number, &programs, options.suite);
        while let Some(patch) = queue.lock().ok().and_then(|mut queue| queue.next()) {
            let result = match &bench {
                Ok(bench) => bench.try_out(patch),
                Err(error) => Err(Error::new(error.to_string())),
            };
            println!("{}", line(patch, &result));
            if let Ok(mut came) = came.lock() {
                came.push((patch, result));
            }
        }
    };
    thread::scope(|scope| {
        for number in 0..options.jobs.clamp(1, patches.len().max(1)) {
            let work = &work;
            scope.spawn(move || work(number));
        }
    });
    let came = came.into_inner().unwrap_or_default();
    Ok(tally(&came))
}

/// What the built-in adapter does with the cases that are meant to find a bug: pass, or a failure says
/// nothing.
fn honest(programs: &Programs, patches: &[Patch]) -> Result {
    let adapter = build_binary("sceau-adapter-rust", &["--release", "-p", "sceau-adapter-rust"])?;
    let cases = patches.iter().flat_map(|patch| &patch.cases).cloned().collect::<Vec<_>>();
    let report = bench::folder()?.join("honest");
    let verdicts = bench::verdicts(programs, &adapter, &report, &cases)?;
    match cases.iter().find(|case| verdicts.get(*case).map(String::as_str) != Some("pass")) {
        Some(case) => Err(Error::new(format!("{case} does not pass without a bug"))),
        None => Ok(()),
    }
}

fn chosen(patches: Vec<Patch>, only: &[String]) -> Result<Vec<Patch>> {
    let begins =
        |patch: &Patch, id: &String| patch.id.to_lowercase().starts_with(&id.to_lowercase());
    if let Some(none) = only.iter().find(|id| !patches.iter().any(|patch| begins(patch, id))) {
        return Err(Error::new(format!("no seeded bug {none}")));
    }
    let wanted = |patch: &Patch| only.is_empty() || only.iter().any(|id| begins(patch, id));
    Ok(patches.into_iter().filter(wanted).collect())
}

fn line(patch: &Patch, result: &Result<Came>) -> String {
    let head = format!("{:<5} {:<9} {}", patch.id, word(result), patch.level);
    let about = format!("{} [{}]", patch.bug, patch.clauses);
    match result {
        Ok(Came { kill: Kill::AsMeant, cases }) => format!("{head} {}", cases.join(" ")),
        Ok(came) => format!("{head} {}\n      {about}", came.cases.join(" ")),
        Err(error) => format!("{head} {error}\n      {about}"),
    }
}

fn word(result: &Result<Came>) -> &'static str {
    match result.as_ref().map(|came| came.kill) {
        Ok(Kill::AsMeant) => "killed",
        Ok(Kill::ByOthers) => "otherwise",
        Ok(Kill::Survives) => "SURVIVES",
        Err(_) => "not tried",
    }
}

/// Prints what came of each section, and says whether all was as meant.
fn tally(came: &[(&Patch, Result<Came>)]) -> bool {
    let mut sections: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (patch, result) in came {
        let section = sections.entry(patch.section()).or_default();
        section.1 += 1;
        section.0 += usize::from(word(result) == "killed");
    }
    println!();
    for (section, (killed, all)) in &sections {
        println!("{section}  {killed} of {all} killed by the cases meant for them");
    }
    let killed: usize = sections.values().map(|(killed, _)| killed).sum();
    println!("{killed} of {} seeded bugs killed", came.len());
    killed == came.len()
}
