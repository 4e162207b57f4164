//! A copy of the repository in which one bug at a time is tried out.

use super::Programs;
use super::patch::Patch;
use crate::error::{About, Error, Result};
use crate::run::words;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What became of a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kill {
    /// Every case that is meant to find it fails.
    AsMeant,
    /// Others fail.
    ByOthers,
    /// None does.
    Survives,
}

/// That, and the cases that found it, or should have.
pub struct Came {
    /// What became of it.
    pub kill: Kill,
    /// Cases with their verdicts where these are not `fail`.
    pub cases: Vec<String>,
}

/// A copy with a folder for what is built in it.
pub struct Bench<'p> {
    copy: PathBuf,
    target: PathBuf,
    report: PathBuf,
    programs: &'p Programs,
    suite: bool,
}

/// Cases that fail, of those that a line names.
const NAMED: usize = 4;

impl<'p> Bench<'p> {
    /// Copies the repository. In the copy a warning is no error: a bug may leave a variable unused.
    pub fn set_up(number: usize, programs: &'p Programs, suite: bool) -> Result<Self> {
        let folder = folder()?;
        let copy = folder.join(format!("copy-{number}"));
        if copy.exists() {
            fs::remove_dir_all(&copy).about(copy.display())?;
        }
        copy_tree(&crate::root(), &copy, &folder)?;
        for manifest in ["Cargo.toml", "protocol/Cargo.toml"] {
            let path = copy.join(manifest);
            let text = fs::read_to_string(&path).about(path.display())?;
            fs::write(&path, text.replace("\"deny\"", "\"allow\"")).about(path.display())?;
        }
        let target = folder.join(format!("target-{number}"));
        let report = folder.join(format!("report-{number}"));
        Ok(Self { copy, target, report, programs, suite })
    }

    /// Tries out a bug, and takes it back.
    pub fn try_out(&self, patch: &Patch) -> Result<Came> {
        let file = patch.file.to_string_lossy();
        quiet(&mut git(&self.copy, &["apply", &file]))?;
        let came = self.build().and_then(|adapter| self.judge(patch, &adapter));
        quiet(&mut git(&self.copy, &["apply", "-R", &file]))?;
        came
    }

    fn build(&self) -> Result<PathBuf> {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let mut command = Command::new(cargo);
        command.args(["build", "-q", "-p", "sceau-adapter-rust", "--target-dir"]).arg(&self.target);
        // The library's own code is built as fast as can be; what it rests on is optimised anyway.
        command.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
        quiet(command.current_dir(&self.copy))?;
        Ok(self.target.join("debug/sceau-adapter-rust"))
    }

    fn judge(&self, patch: &Patch, adapter: &Path) -> Result<Came> {
        let verdict = |verdicts: &BTreeMap<String, String>, case: &String| {
            verdicts.get(case).cloned().unwrap_or_else(|| "no verdict".to_owned())
        };
        let mut verdicts = BTreeMap::new();
        let mut as_meant = false;
        for only in [patch.cases.as_slice(), &[]] {
            if only.is_empty() && as_meant && !self.suite {
                break;
            }
            verdicts = self::verdicts(self.programs, adapter, &self.report, only)?;
            as_meant = patch.cases.iter().all(|case| verdict(&verdicts, case) == "fail");
        }
        let tell = |case: &String| match verdict(&verdicts, case).as_str() {
            "fail" => case.clone(),
            other => format!("{case} ({other})"),
        };
        let mut cases: Vec<String> = patch.cases.iter().map(tell).collect();
        let fails = verdicts.iter().filter(|(_, verdict)| *verdict == "fail");
        let others: Vec<&String> =
            fails.map(|(case, _)| case).filter(|case| !patch.cases.contains(case)).collect();
        if !others.is_empty() {
            let more = others.len().saturating_sub(NAMED);
            let named = others.iter().take(NAMED).map(|case| case.as_str());
            cases.push(format!("| {}", named.collect::<Vec<_>>().join(" ")));
            if more > 0 {
                cases.push(format!("and {more} more"));
            }
        }
        let kill = match (as_meant, verdicts.values().any(|verdict| verdict == "fail")) {
            (true, _) => Kill::AsMeant,
            (false, true) => Kill::ByOthers,
            (false, false) => Kill::Survives,
        };
        Ok(Came { kill, cases })
    }
}

/// Runs cases, all where none is named, and gives the verdict of each.
pub fn verdicts(
    programs: &Programs,
    adapter: &Path,
    report: &Path,
    only: &[String],
) -> Result<BTreeMap<String, String>> {
    let quoted = |path: &Path| format!("'{}'", path.display());
    let mut command = Command::new(&programs.runner);
    command.current_dir(crate::root()).args(["run", "--adapter", &quoted(adapter)]);
    command.args(["--peer", &quoted(&programs.peer), "--most-crashes", "40", "--report"]);
    command.arg(report);
    if !only.is_empty() {
        command.arg("--only").args(only);
    }
    let output = command.output().about(words(&command))?;
    if output.status.code().is_none_or(|code| code > 2) {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Error::new(format!("the runner ends with {}: {said}", output.status)));
    }
    let file = report.join("report.json");
    let report: Value =
        serde_json::from_slice(&fs::read(&file).about(file.display())?).about(file.display())?;
    let cases = report["cases"].as_array().into_iter().flatten();
    let text = |case: &Value, name: &str| case[name].as_str().unwrap_or_default().to_owned();
    Ok(cases.map(|case| (text(case, "id"), text(case, "verdict"))).collect())
}

/// Where copies are kept: beside what else is built.
pub fn folder() -> Result<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target =
        target.map_or_else(|| crate::root().join("target"), |path| crate::root().join(path));
    let folder = target.join("mutants");
    fs::create_dir_all(&folder).about(folder.display())?;
    Ok(folder)
}

/// Git in a folder, whatever repository is around it.
pub fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments);
    if let Some(around) = folder.parent() {
        command.env("GIT_CEILING_DIRECTORIES", around);
    }
    command
}

/// Runs a command that says nothing unless it fails.
fn quiet(command: &mut Command) -> Result {
    let what = words(command);
    let output = command.output().about(&what)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::new(format!("`{what}` failed: {}", said.trim())))
}

/// All but what was built, what git keeps, and the copies themselves.
fn copy_tree(from: &Path, to: &Path, copies: &Path) -> Result {
    fs::create_dir_all(to).about(to.display())?;
    for entry in fs::read_dir(from).about(from.display())? {
        let path = entry.about(from.display())?.path();
        let name = path.file_name().unwrap_or_default();
        let built = ["target", ".git", "report", "book"].iter().any(|left| name == *left);
        if built || copies.starts_with(&path) {
            continue;
        }
        let target = to.join(name);
        if path.is_dir() {
            copy_tree(&path, &target, copies)?;
        } else {
            fs::copy(&path, &target).about(path.display())?;
        }
    }
    Ok(())
}
