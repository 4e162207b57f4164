//! What takes more than one cargo command: `cargo xtask --help` lists it.

mod book;
mod ci;
mod conformance;
mod error;
mod mutants;
mod no_std;
mod run;
mod test;
mod vectors;

use clap::{Parser, Subcommand};
use error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

/// What takes more than one cargo command.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs all tests: the workspace's and the specification's.
    Test,
    /// Runs everything that must hold.
    Ci(ci::Options),
    /// Builds the conformance suite, the built-in adapter and the peer, and passes the arguments on.
    #[command(disable_help_flag = true)]
    Conformance {
        /// What the runner gets; `--help` lists it.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Generates the test vectors from the executable specification.
    Vectors {
        /// Generates elsewhere and compares every byte.
        #[arg(long)]
        check: bool,
    },
    /// Proves by linking and running that the library needs neither `std` nor an operating system.
    NoStd,
    /// The preprocessor that mdBook calls: replaces `{{#vector …}}` and `{{#clauses}}`.
    Book {
        #[command(subcommand)]
        supports: Option<book::Supports>,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Test => test::run_all(),
        Command::Ci(options) => ci::run_steps(&options),
        Command::Conformance { arguments } => return conformance::run(&arguments),
        Command::Vectors { check } => vectors::run_vectors(check),
        Command::NoStd => no_std::run_proof(),
        Command::Book { supports: Some(book::Supports::Supports { renderer }) } => {
            return ExitCode::from(u8::from(renderer != "html"));
        }
        Command::Book { supports: None } => book::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}

fn complain(error: &Error) -> ExitCode {
    eprintln!("xtask: {error}");
    ExitCode::FAILURE
}

/// The repository's root.
fn root() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path
}
