//! Runs other programs, from the repository's root.

use crate::error::{About, Error, Result};
use serde_json::Value;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A program with its arguments.
pub fn program<I: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(crate::root());
    command
}

/// The cargo that runs this task.
pub fn cargo<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Command {
    program(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()), arguments)
}

/// The cargo of another toolchain, which only rustup's own `cargo` can find.
pub fn cargo_of<I: AsRef<OsStr>>(
    toolchain: &str,
    arguments: impl IntoIterator<Item = I>,
) -> Command {
    let mut command = program("cargo", [format!("+{toolchain}")]);
    command.args(arguments).env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
    command
}

/// How a command is written, for messages.
pub fn words(command: &Command) -> String {
    let name = PathBuf::from(command.get_program());
    let name = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let arguments = command.get_args().map(|word| word.to_string_lossy().into_owned());
    std::iter::once(name).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Runs a command and fails if it does.
pub fn run(command: &mut Command) -> Result {
    let what = words(command);
    let status = command.status().about(&what)?;
    if status.success() { Ok(()) } else { Err(Error::new(format!("`{what}` failed ({status})"))) }
}

/// Runs a command for its standard output; what it says elsewhere goes to the terminal.
pub fn output(command: &mut Command) -> Result<Vec<u8>> {
    let what = words(command);
    let output = command.stderr(Stdio::inherit()).output().about(&what)?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(Error::new(format!("`{what}` failed ({})", output.status)))
    }
}

/// Whether `cargo NAME` is installed.
pub fn has_cargo_command(name: &str) -> bool {
    let mut command = cargo([name, "--version"]);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Runs `cargo build` with these arguments and returns the path of the binary `name` that it built.
/// cargo's progress goes to the terminal.
pub fn build_binary(name: &str, arguments: &[&str]) -> Result<PathBuf> {
    let mut command = cargo(["build", "--message-format=json-render-diagnostics"]);
    let messages = output(command.args(arguments))?;
    let executable = |line: &[u8]| {
        let message: Value = serde_json::from_slice(line).ok()?;
        let is_it = message.pointer("/target/name")?.as_str()? == name;
        let path = message.get("executable")?.as_str()?;
        is_it.then(|| PathBuf::from(path))
    };
    let found = messages.split(|byte| *byte == b'\n').filter_map(executable).next_back();
    found.ok_or_else(|| Error::new(format!("`{}` built no binary {name}", words(&command))))
}
