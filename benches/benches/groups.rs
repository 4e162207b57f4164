//! Starts the benches of groups, which are a workspace of their own: nobody who builds Sceau builds their peers.
#![allow(missing_docs, clippy::unwrap_used, reason = "benchmarks")]

use std::process::{Command, exit};

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/groups/Cargo.toml");
const TARGET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target");

fn main() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| TARGET.into());
    let mut bench = Command::new(cargo);
    bench.args(["bench", "--locked", "--manifest-path", MANIFEST, "--"]);
    bench.args(std::env::args_os().skip(1).filter(|argument| argument != "--bench"));
    let status = bench.env("CARGO_TARGET_DIR", target).status().unwrap();
    exit(status.code().unwrap_or(1));
}
