//! Builds what the conformance suite needs and becomes its runner.

use crate::error::{About, Result};
use crate::mutants;
use crate::run::{self, build_binary, program, words};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What the runner itself would answer: fault of the harness (70).
pub const HARNESS: u8 = 70;

/// Other implementations of groups, and the workspaces of their adapters.
pub const PEERS: [(&str, &str); 2] = [
    ("openmls", "conformance/adapters/openmls/Cargo.toml"),
    ("mls-rs", "conformance/adapters/mls-rs/Cargo.toml"),
];

/// Passes the arguments on to the runner, with adapter and peer where its command takes them, and
/// the runner's exit code back.
pub fn run(arguments: &[String]) -> ExitCode {
    if let Some(("mutants", rest)) = command(arguments) {
        return mutants::run(rest);
    }
    let ended = runner(arguments).and_then(|mut runner| runner.status().about(words(&runner)));
    match ended {
        Ok(status) => {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            ExitCode::from(code.unwrap_or(HARNESS))
        }
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::from(HARNESS)
        }
    }
}

/// Fails unless the built-in adapter passes every case.
pub fn check() -> Result {
    run::run(&mut runner(&["run".to_owned()])?)
}

/// Fails unless all implementations of groups understand each other.
pub fn check_interop() -> Result {
    let arguments = ["interop", "--histories", "3"].map(str::to_owned);
    run::run(&mut runner(&arguments)?)
}

/// The runner, built, with its arguments.
fn runner(arguments: &[String]) -> Result<Command> {
    let (runner, arguments) = prepare(arguments)?;
    Ok(program(&runner.to_string_lossy(), arguments))
}

fn prepare(arguments: &[String]) -> Result<(PathBuf, Vec<String>)> {
    // The runner links no implementation: what runs the library on vectors is a program of its own.
    if let Some(("mls-vectors", rest)) = command(arguments) {
        let package = ["--release", "-p", "sceau-mls-vectors"];
        return Ok((build_binary("sceau-mls-vectors", &package)?, rest.to_vec()));
    }
    let mut arguments = arguments.to_vec();
    if command(&arguments).is_some_and(|(first, _)| first == "interop") && !has_help(&arguments) {
        arguments.extend(implementations()?);
    }
    let runner = build_binary("sceau-conformance", &["--release", "-p", "sceau-conformance"])?;
    if takes_programs(&arguments) {
        if !has(&arguments, "--adapter") {
            let package = ["--release", "-p", "sceau-adapter-rust"];
            let adapter = build_binary("sceau-adapter-rust", &package)?;
            arguments.extend(["--adapter".to_owned(), quoted(&adapter)]);
        }
        if !has(&arguments, "--peer") {
            arguments.extend(["--peer".to_owned(), quoted(&peer()?)]);
        }
    }
    Ok((runner, arguments))
}

/// The peer, built.
pub fn peer() -> Result<PathBuf> {
    let manifest = ["--release", "--manifest-path", "spec/Cargo.toml"];
    build_binary("peer", &[&manifest[..], &["--features", "fast", "--bin", "peer"]].concat())
}

/// The first word, and those behind it.
fn command(arguments: &[String]) -> Option<(&str, &[String])> {
    arguments.split_first().map(|(first, rest)| (first.as_str(), rest))
}

/// Whether the runner's command starts an implementation.
fn takes_programs(arguments: &[String]) -> bool {
    let command = arguments.first().map(String::as_str);
    matches!(command, Some("run" | "fresh" | "doctor" | "replay")) && !has_help(arguments)
}

fn has_help(arguments: &[String]) -> bool {
    has(arguments, "--help") || has(arguments, "-h")
}

/// The adapters whose implementations share groups, built, and what is known of them.
fn implementations() -> Result<Vec<String>> {
    let mut arguments = Vec::new();
    let mut with = |name: &str, adapter: &Path| {
        arguments.extend(["--with".to_owned(), format!("{name}={}", quoted(adapter))]);
    };
    let sceau = build_binary("sceau-adapter-rust", &["--release", "-p", "sceau-adapter-rust"])?;
    with("sceau", &sceau);
    for (name, manifest) in PEERS {
        let package = ["--release", "--locked", "--manifest-path", manifest];
        with(name, &build_binary(&format!("sceau-adapter-{name}"), &package)?);
    }
    arguments.extend(["--known", "conformance/adapters/known.json"].map(str::to_owned));
    Ok(arguments)
}

fn has(arguments: &[String], option: &str) -> bool {
    let with_value = format!("{option}=");
    arguments.iter().any(|word| word == option || word.starts_with(&with_value))
}

/// A path as one word of a command line.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn only_what_starts_an_implementation_gets_one() {
        assert!(takes_programs(&line("run --only PW-*")));
        assert!(takes_programs(&line("replay report/transcripts/a.jsonl")));
        assert!(!takes_programs(&line("run --help")));
        assert!(!takes_programs(&line("explain run")));
        assert!(!takes_programs(&[]));
    }

    #[test]
    fn the_users_choice_stands() {
        assert!(has(&line("run --adapter python3"), "--adapter"));
        assert!(has(&line("run --adapter=python3"), "--adapter"));
        assert!(has_help(&line("interop -h")) && !has_help(&line("interop --histories 1")));
        assert!(!has(&line("run --adapters"), "--adapter"));
    }
}
