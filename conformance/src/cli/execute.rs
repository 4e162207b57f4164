//! `run` and `fresh`.

use super::{Programs, Refusal, RunArguments, select};
use crate::case::Verdict;
use crate::exit::Exit;
use crate::process::words;
use crate::report::{self, Context, Report, Transcripts, Volatile};
use crate::runner::{self, CaseResult, Options, Trouble};
use crate::seed::Seed;
use crate::wire::Randomness;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The options that the programs' arguments give, the others at their defaults.
///
/// # Errors
/// A command line cannot be split into words.
pub fn options(programs: &Programs) -> Result<Options, Refusal> {
    let split = |line: &str| words(line).map_err(|why| (Exit::Usage, why));
    Ok(Options {
        adapter: split(&programs.adapter)?,
        peer: programs.peer.as_deref().map(split).transpose()?,
        level: None,
        seed: Seed::DEFAULT,
        randomness: None,
        jobs: std::thread::available_parallelism().map_or(1, usize::from),
        timeout: Duration::from_millis(programs.timeout_ms),
        case_timeout: Duration::from_millis(programs.case_timeout_ms),
        most_crashes: 10,
    })
}

/// Runs the cases and writes a report. With `fresh`, seed and randomness are new ones.
///
/// # Errors
/// The adapter does not start, the command line is wrong or the machine fails.
pub fn run(arguments: RunArguments, fresh: bool) -> Result<Exit, Refusal> {
    let cases = select(&arguments.only)?;
    let mut options = options(&arguments.programs)?;
    options.level = arguments.level;
    options.randomness = arguments.randomness;
    options.most_crashes = arguments.most_crashes.max(1);
    options.jobs = arguments.jobs.unwrap_or(options.jobs).max(1);
    if fresh {
        options.seed = Seed::fresh().map_err(|e| (Exit::Harness, format!("seed: {e}")))?;
        options.randomness = options.randomness.or(Some(Randomness::Own));
    }
    options.seed = arguments.seed.unwrap_or(options.seed);

    let started = now();
    let folder = &arguments.report;
    let broken = |error: std::io::Error| (Exit::Harness, format!("{}: {error}", folder.display()));
    let transcripts = Transcripts::open(folder, options.seed, arguments.all_transcripts);
    let transcripts = transcripts.map_err(broken)?;
    let mut written = Ok(());
    let progress = Progress::new(cases.len());
    let results = runner::run(&cases, &options, &mut |result| {
        progress.tell(result);
        if written.is_ok() {
            written = transcripts.write(result);
        }
    });
    progress.finish();
    let results = results.map_err(refusal)?;
    written.map_err(broken)?;
    let volatile = Volatile {
        id: name(started),
        started,
        finished: now(),
        jobs: options.jobs,
        machine: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
    };
    let context = Context {
        laboratory: arguments.laboratory,
        specification: Some(arguments.specification),
        vectors: Some(arguments.vectors),
        selection: arguments.only,
        volatile,
    };
    let report = Report::new(&cases, &options, &results, context);
    report::write(folder, &report).map_err(broken)?;
    for gap in &report.gaps {
        println!("not said: {gap}");
    }
    let conclusion = format!("{:?}", report.conclusion).to_lowercase();
    let level = report.method.level.name();
    println!("{conclusion} at {level}, report in {}", folder.display());
    let totals = report.totals;
    println!("{} passed, {} failed, {} skipped", totals.passed, totals.failed, totals.skipped);
    Ok(report.conclusion.exit())
}

/// What a command says of trouble.
#[must_use]
pub fn refusal(trouble: Trouble) -> Refusal {
    match trouble {
        Trouble::NoAdapter(why) => (Exit::NoAdapter, why),
        Trouble::Harness(why) => (Exit::Harness, why),
        Trouble::Usage(why) => (Exit::Usage, why),
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A unique name: the time and 64 random bits.
fn name(started: u64) -> String {
    let random = Seed::fresh()
        .map_or_else(|_| std::process::id().to_string(), |seed| crate::digest::hex(&seed.0[..8]));
    format!("sceau-{started}-{random}")
}

/// A bar on a terminal; elsewhere one line for each case that did not pass.
struct Progress(ProgressBar);

impl Progress {
    fn new(count: usize) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = if terminal { ProgressBar::new(count as u64) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {elapsed} {msg}") {
            bar.set_style(style);
        }
        Progress(bar)
    }

    fn tell(&self, result: &CaseResult) {
        self.0.set_message(result.id);
        self.0.inc(1);
        if matches!(result.verdict, Verdict::Fail | Verdict::Inconclusive) {
            let (id, word) = (result.id, result.verdict.word());
            let line = format!("{word} {id}: {}", result.reason);
            self.0.suspend(|| eprintln!("{line}"));
        }
    }

    fn finish(&self) {
        self.0.finish_and_clear();
    }
}
