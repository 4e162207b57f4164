//! All tests.

use crate::error::Result;
use crate::run::{cargo, has_cargo_command, run};

/// Runs the tests of the workspace, those in its documentation, and the specification's with its own
/// primitives and with the registry's. nextest is faster where it is installed.
pub fn run_all() -> Result {
    let runner: &[&str] =
        if has_cargo_command("nextest") { &["nextest", "run"] } else { &["test"] };
    let spec = ["--manifest-path", "spec/Cargo.toml"];
    run(cargo(runner).arg("--workspace"))?;
    run(&mut cargo(["test", "--workspace", "--doc"]))?;
    run(cargo(runner).args(spec))?;
    run(cargo(runner).args(spec).args(["--features", "fast"]))
}
