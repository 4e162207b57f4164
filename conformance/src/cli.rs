//! The commands.

mod execute;

use crate::case::{Access, Case};
use crate::coverage::Mode;
use crate::exit::Exit;
use crate::seed::Seed;
use crate::wire::Randomness;
use crate::{cases, coverage, digest, doctor, interop, replay, report};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Tells whether an implementation of Sceau conforms.
#[derive(Parser)]
#[command(name = "sceau-conformance", version, about)]
#[command(
    after_help = "In the repository `cargo conformance mutants` tries out the suite itself on seeded bugs, and \
                  `cargo conformance mls-vectors` runs the library on files in the MLS working group's formats."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the cases and writes a report.
    Run(RunArguments),
    /// Runs the cases with a seed drawn now and the implementation's own randomness.
    Fresh(RunArguments),
    /// Lists the cases.
    List {
        /// Only cases whose id matches: a prefix, or a pattern with `*`.
        #[arg(value_name = "PATTERN")]
        only: Vec<String>,
    },
    /// Tells what a case is about.
    Explain {
        /// The case.
        id: String,
    },
    /// Checks an adapter before it is tested, and tells what is wrong with it.
    Doctor(Programs),
    /// Runs the case of a transcript again and compares what is said.
    Replay {
        /// The transcript.
        file: PathBuf,
        #[command(flatten)]
        programs: Programs,
    },
    /// Makes implementations of groups (RFC 9420) talk to each other, and prints what works between whom.
    Interop(InteropArguments),
    /// Compares two reports.
    Diff {
        /// A report, or its folder.
        a: PathBuf,
        /// Another.
        b: PathBuf,
    },
    /// Lists the specification's clauses with how many definitions, functions, vectors and cases
    /// answer each.
    Coverage {
        /// The repository's folder.
        #[arg(long, default_value = ".")]
        root: PathBuf,
        /// Exits with 2 if `spec/map.toml` is not what the sources say or has a gap.
        #[arg(long)]
        check: bool,
        /// Brings `spec/map.toml` up to date.
        #[arg(long, conflicts_with = "check")]
        write: bool,
    },
}

/// The programs of a run.
#[derive(Args, Clone)]
struct Programs {
    /// Command line of the implementation's adapter.
    #[arg(long, value_name = "CMD ARGS")]
    adapter: String,
    /// Command line of the peer.
    #[arg(long, value_name = "CMD ARGS")]
    peer: Option<String>,
    /// Longest time that one answer may take, in milliseconds.
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    timeout_ms: u64,
    /// Longest time that the implementation's answers may take in one run of a case, all together, in
    /// milliseconds.
    #[arg(long, default_value_t = 3_600_000, value_name = "N")]
    case_timeout_ms: u64,
}

#[derive(Args, Clone)]
struct RunArguments {
    #[command(flatten)]
    programs: Programs,
    /// Only cases whose id matches: a prefix, or a pattern with `*`.
    #[arg(long, value_name = "PATTERN", num_args = 1..)]
    only: Vec<String>,
    /// Deepest access to test at; the adapter's own by default.
    #[arg(long, value_parser = access, value_name = "L1|L2|L3")]
    level: Option<Access>,
    /// Seed of all randomness: 32 bytes in hexadecimal.
    #[arg(long, value_parser = seed, value_name = "HEX")]
    seed: Option<Seed>,
    /// Source of the implementation's randomness: fed, seed or own; the first that it supports by
    /// default.
    #[arg(long, value_parser = randomness, value_name = "SOURCE")]
    randomness: Option<Randomness>,
    /// Folder of the report.
    #[arg(long, default_value = "report", value_name = "DIR")]
    report: PathBuf,
    /// Worker threads; as many as processors by default.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Crashes after which the remaining cases are not run.
    #[arg(long, default_value_t = 10, value_name = "N")]
    most_crashes: usize,
    /// Writes the transcripts of all cases, not only of those that failed.
    #[arg(long)]
    all_transcripts: bool,
    /// Name of the laboratory, for the report.
    #[arg(long, value_name = "NAME")]
    laboratory: Option<String>,
    /// Folder of the specification, for its hash.
    #[arg(long, default_value = "spec/prose", value_name = "DIR")]
    specification: PathBuf,
    /// Folder of the vectors, for their hash.
    #[arg(long, default_value = "test-vectors", value_name = "DIR")]
    vectors: PathBuf,
}

#[derive(Args, Clone)]
struct InteropArguments {
    /// An adapter: its name, and its command line.
    #[arg(long, value_parser = named, value_name = "NAME=CMD ARGS")]
    with: Vec<(String, String)>,
    /// File of peers' faults that are known.
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
    /// Cipher suites: four hexadecimal digits.
    #[arg(long, value_parser = suite, num_args = 1.., value_name = "HEX", default_values = ["0001", "0002", "0003"])]
    suite: Vec<u16>,
    /// Seed of the histories' choices: 32 bytes in hexadecimal.
    #[arg(long, value_parser = seed, value_name = "HEX")]
    seed: Option<Seed>,
    /// Random histories for each suite.
    #[arg(long, default_value_t = 8, value_name = "N")]
    histories: u32,
    /// Steps of a history.
    #[arg(long, default_value_t = 40, value_name = "N")]
    steps: u32,
    /// Most members of a history's group.
    #[arg(long, default_value_t = 20, value_name = "N")]
    members: u32,
    /// Longest time that one answer may take, in milliseconds.
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    timeout_ms: u64,
    /// Folder of the transcripts of what failed.
    #[arg(long, default_value = "report/interop", value_name = "DIR")]
    report: PathBuf,
}

/// Runs the command that the command line names.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            let usage = error.use_stderr();
            return if usage { Exit::Usage } else { Exit::Conformant }.into();
        }
    };
    let ended = match cli.command {
        Command::Run(arguments) => execute::run(arguments, false),
        Command::Fresh(arguments) => execute::run(arguments, true),
        Command::List { only } => list(&only),
        Command::Explain { id } => explain(&id),
        Command::Doctor(programs) => execute::options(&programs).map(|o| doctor::run(&o)),
        Command::Replay { file, programs } => {
            execute::options(&programs).and_then(|options| replay::run(&file, options))
        }
        Command::Interop(arguments) => interop(arguments),
        Command::Diff { a, b } => diff(&a, &b),
        Command::Coverage { root, check, write } => coverage::run(&root, mode(check, write)),
    };
    ended.unwrap_or_else(|(exit, why)| complain(exit, &why)).into()
}

fn mode(check: bool, write: bool) -> Mode {
    match (check, write) {
        (true, _) => Mode::Check,
        (_, true) => Mode::Write,
        _ => Mode::Show,
    }
}

/// A command that could not do what it was asked: its exit code and why.
pub type Refusal = (Exit, String);

fn complain(exit: Exit, why: &str) -> Exit {
    eprintln!("sceau-conformance: {why}");
    exit
}

fn interop(arguments: InteropArguments) -> Result<Exit, Refusal> {
    interop::run(&interop::Options {
        with: arguments.with,
        known: arguments.known,
        suites: arguments.suite,
        seed: arguments.seed.unwrap_or(Seed::DEFAULT),
        histories: arguments.histories,
        steps: arguments.steps,
        members: arguments.members,
        timeout: std::time::Duration::from_millis(arguments.timeout_ms),
        report: arguments.report,
    })
}

fn list(only: &[String]) -> Result<Exit, Refusal> {
    for case in select(only)? {
        println!("{:<28} {}  {}", case.id, case.access.name(), case.title);
    }
    Ok(Exit::Conformant)
}

fn explain(id: &str) -> Result<Exit, Refusal> {
    let all = cases::all();
    let case = all.iter().find(|case| case.id.eq_ignore_ascii_case(id));
    let case = case.ok_or_else(|| (Exit::Usage, format!("no case {id}; `list` has them all")))?;
    let kind = match case.is_negative() {
        true => "negative: a control twin must be accepted, its deviant twin refused",
        false => "positive: everything must be accepted",
    };
    println!("{}\n{}\n", case.id, case.title);
    println!("polarity  {kind}");
    println!("level     {:?}", case.level);
    println!("clauses   {}", case.clauses.join(", "));
    println!("access    {}", case.access.name());
    println!("suite     {}", case.suite.unwrap_or("any"));
    println!("commands  {}", case.needs.join(", "));
    println!("randomness {}", if case.unfed { "its own, in every run" } else { "the run's" });
    println!("peer      {}", if case.peer { "takes part" } else { "not needed" });
    println!(
        "mutants   {}",
        if case.mutants.is_empty() { "none".into() } else { case.mutants.join(", ") }
    );
    Ok(Exit::Conformant)
}

fn diff(a: &std::path::Path, b: &std::path::Path) -> Result<Exit, Refusal> {
    let read = |path| report::read(path).map_err(|why| (Exit::Usage, why));
    let lines = report::difference(&read(a)?, &read(b)?);
    for line in &lines {
        println!("{line}");
    }
    match lines.is_empty() {
        true => println!("no difference but in `volatile`"),
        false => return Ok(Exit::Nonconformity),
    }
    Ok(Exit::Conformant)
}

/// The cases whose id matches one of the patterns; all if there is none.
///
/// # Errors
/// A pattern matches no case.
fn select(only: &[String]) -> Result<Vec<Case>, Refusal> {
    let all = cases::all();
    for pattern in only {
        if !all.iter().any(|case| matches(pattern, case.id)) {
            return Err((Exit::Usage, format!("no case matches \"{pattern}\"")));
        }
    }
    let wanted = |case: &Case| only.is_empty() || only.iter().any(|p| matches(p, case.id));
    Ok(all.into_iter().filter(wanted).collect())
}

/// Whether an id matches a pattern: as a prefix, or in full where the pattern has a `*`.
fn matches(pattern: &str, id: &str) -> bool {
    let (pattern, id) = (pattern.to_ascii_uppercase(), id.to_ascii_uppercase());
    let Some((head, tail)) = pattern.split_once('*') else { return id.starts_with(&pattern) };
    let Some(mut rest) = id.strip_prefix(head) else { return false };
    let mut pieces = tail.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        match rest.split_once(piece) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

fn access(name: &str) -> Result<Access, String> {
    Access::of(name).ok_or_else(|| "one of L1, L2, L3".to_owned())
}

fn randomness(word: &str) -> Result<Randomness, String> {
    Randomness::of(word).ok_or_else(|| "one of fed, seed, own".to_owned())
}

fn named(text: &str) -> Result<(String, String), String> {
    let named = text.split_once('=').filter(|(name, line)| !name.is_empty() && !line.is_empty());
    let (name, line) = named.ok_or_else(|| "NAME=CMD ARGS".to_owned())?;
    Ok((name.to_owned(), line.to_owned()))
}

fn suite(text: &str) -> Result<u16, String> {
    let bytes = digest::unhex(text).and_then(|bytes| bytes.try_into().ok());
    bytes.map(u16::from_be_bytes).ok_or_else(|| "four lowercase hexadecimal digits".to_owned())
}

fn seed(text: &str) -> Result<Seed, String> {
    let bytes = digest::unhex(text).and_then(|bytes| bytes.try_into().ok());
    bytes.map(Seed).ok_or_else(|| "64 lowercase hexadecimal digits".to_owned())
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_select_as_people_expect() {
        for (pattern, id, expected) in [
            ("PRIM", "PRIM-X25519-LOWORDER-003n", true),
            ("prim-x", "PRIM-X25519-LOWORDER-003n", true),
            ("X25519", "PRIM-X25519-LOWORDER-003n", false),
            ("*X25519*", "PRIM-X25519-LOWORDER-003n", true),
            ("PRIM-*n", "PRIM-X25519-LOWORDER-003n", true),
            ("PRIM-*p", "PRIM-X25519-LOWORDER-003n", false),
            ("*-003n", "PRIM-X25519-LOWORDER-003n", true),
        ] {
            assert_eq!(matches(pattern, id), expected, "{pattern}");
        }
    }
}
