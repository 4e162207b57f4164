//! Everything that must hold, one step after the other.

use crate::error::{About, Error, Result};
use crate::run::{cargo, cargo_of, output, program, run};
use crate::{conformance, models, no_std, test, vectors};
use clap::Args;
use serde_json::Value;
use std::process::Command;
use std::time::Instant;

/// Which steps are run, and how long.
#[derive(Args)]
pub struct Options {
    /// Leaves out the tests, for whoever has just run them.
    #[arg(long)]
    no_test: bool,
    /// Runs these steps alone, by name.
    #[arg(long, num_args = 1.., value_name = "STEP")]
    only: Vec<String>,
    /// Lists the steps and runs none.
    #[arg(long)]
    list: bool,
    /// Seconds for which each fuzz target runs.
    #[arg(long, default_value_t = 6, value_name = "N")]
    fuzz_seconds: u32,
}

/// The manifests of the workspaces; the peers' adapters have their own.
const ROOT: &str = "Cargo.toml";
const SPEC: &str = "spec/Cargo.toml";
const FUZZ: &str = "fuzz/Cargo.toml";
/// The benches of groups, with their peers.
const GROUPS: &str = "benches/groups/Cargo.toml";
/// A package for itself, linked without `std`.
const PROOF: &str = "protocol/tests/no_std/Cargo.toml";

struct Step {
    name: &'static str,
    run: fn(&Options) -> Result,
}

const STEPS: [Step; 15] = [
    Step { name: "test", run: |_| test::run_all() },
    Step { name: "fmt", run: |_| fmt() },
    Step { name: "clippy", run: |_| clippy() },
    Step { name: "docs", run: |_| docs() },
    Step { name: "features", run: |_| features() },
    Step { name: "deny", run: |_| deny() },
    Step { name: "vectors", run: |_| vectors::run_vectors(true) },
    Step { name: "conformance", run: |_| conformance::check() },
    Step { name: "interop", run: |_| conformance::check_interop() },
    // ProVerif is not to be had from a registry: it is used wherever it is found.
    Step { name: "models", run: |_| models::run_with(&["verifpal"]) },
    Step { name: "book", run: |_| run(&mut program("mdbook", ["build", "spec"])) },
    Step { name: "no-std", run: |_| no_std::run_proof() },
    Step { name: "example", run: |_| examples() },
    Step { name: "fuzz", run: fuzz },
    Step {
        name: "bench",
        run: |_| run(&mut cargo(["bench", "-p", "sceau-benches", "--", "--test"])),
    },
];

/// Runs the steps in their order and stops at the first that fails.
pub fn run_steps(options: &Options) -> Result {
    let unknown = |name: &&String| STEPS.iter().all(|step| step.name != name.as_str());
    if let Some(name) = options.only.iter().find(unknown) {
        return Err(Error::new(format!("there is no step {name}: see `cargo xtask ci --list`")));
    }
    let chosen = |step: &&Step| match options.only.as_slice() {
        [] => !(options.no_test && step.name == "test"),
        only => only.iter().any(|name| name == step.name),
    };
    if options.list {
        STEPS.iter().filter(chosen).for_each(|step| println!("{}", step.name));
        return Ok(());
    }
    let started = Instant::now();
    for step in STEPS.iter().filter(chosen) {
        println!("==> {}", step.name);
        let step_started = Instant::now();
        let done = (step.run)(options);
        let seconds = step_started.elapsed().as_secs_f32();
        done.map_err(|error| {
            Error::new(format!("step {} failed after {seconds:.1} s: {error}", step.name))
        })?;
        println!("<== {}: {seconds:.1} s", step.name);
    }
    println!("everything held, in {:.0} s", started.elapsed().as_secs_f32());
    Ok(())
}

fn fmt() -> Result {
    let peers = conformance::PEERS.map(|(_, manifest)| manifest);
    for manifest in [ROOT, SPEC, FUZZ, GROUPS, PROOF].into_iter().chain(peers) {
        run(&mut cargo(["fmt", "--all", "--check", "--manifest-path", manifest]))?;
    }
    // The searches are of no package.
    let mut rustfmt = program("rustfmt", ["--check", "--edition", "2024"]);
    run(rustfmt.args(models::searches()?))
}

fn clippy() -> Result {
    let lint = |manifest: &str, more: &[&str]| {
        let mut command = cargo(["clippy", "-q", "--manifest-path", manifest]);
        run(command.args(more).args(["--", "-D", "warnings"]))
    };
    lint(ROOT, &["--workspace", "--all-targets"])?;
    lint(SPEC, &["--all-targets"])?;
    lint(SPEC, &["--all-targets", "--features", "fast"])?;
    for (_, manifest) in conformance::PEERS {
        lint(manifest, &["--release", "--all-targets"])?;
    }
    // As the step `bench` builds it.
    lint(GROUPS, &["--profile", "bench", "--all-targets"])?;
    lint(PROOF, &["--release"])
}

fn docs() -> Result {
    let strict = |mut command: Command| run(command.env("RUSTDOCFLAGS", "-D warnings"));
    strict(cargo(["doc", "-q", "--no-deps", "--workspace"]))?;
    strict(cargo(["doc", "-q", "--no-deps", "--manifest-path", SPEC]))
}

/// The library without any feature, and with each of them alone.
fn features() -> Result {
    let metadata = output(&mut cargo(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_slice(&metadata).about("cargo metadata")?;
    let packages = metadata.get("packages").and_then(Value::as_array);
    let is_library =
        |package: &&Value| package.get("name").and_then(Value::as_str) == Some("sceau");
    let package = packages.into_iter().flatten().find(is_library);
    let features = package.and_then(|package| package.get("features")?.as_object());
    let features = features.ok_or_else(|| Error::new("cargo metadata knows no package sceau"))?;
    let check = ["check", "-q", "-p", "sceau", "--no-default-features"];
    run(&mut cargo(check))?;
    for feature in features.keys() {
        run(cargo(check).args(["--features", feature]))?;
    }
    println!("built without features and with each alone: {}", list(features.keys()));
    Ok(())
}

fn examples() -> Result {
    let example = |name| run(&mut cargo(["run", "-q", "-p", "sceau", "--example", name]));
    ["hello", "store", "group"].into_iter().try_for_each(example)
}

fn deny() -> Result {
    let peers = conformance::PEERS.map(|(_, manifest)| manifest);
    for manifest in [ROOT, SPEC, FUZZ, GROUPS].into_iter().chain(peers) {
        let mut command = cargo(["deny", "--config", "deny.toml", "--manifest-path", manifest]);
        run(command.args(["check", "bans", "licenses", "sources"]))?;
    }
    Ok(())
}

fn fuzz(options: &Options) -> Result {
    let fuzz = |arguments: &[&str]| {
        let mut command = cargo_of("nightly", ["fuzz"]);
        command.args(arguments);
        command
    };
    let targets = output(&mut fuzz(&["list", "--fuzz-dir", "fuzz"]))?;
    let targets = String::from_utf8(targets).about("cargo fuzz list")?;
    if targets.trim().is_empty() {
        return Err(Error::new("there are no fuzz targets"));
    }
    let time = format!("-max_total_time={}", options.fuzz_seconds);
    for target in targets.split_whitespace() {
        run(&mut fuzz(&["run", "--fuzz-dir", "fuzz", target, "--", &time]))?;
    }
    println!("fuzzed for {} s each: {}", options.fuzz_seconds, list(targets.split_whitespace()));
    Ok(())
}

fn list<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
    names.join(", ")
}
