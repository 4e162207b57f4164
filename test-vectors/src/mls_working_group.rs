//! The MLS working group's own test vectors (<https://github.com/mlswg/mls-implementations>, folder
//! `test-vectors`), which are read where they lie and not copied here: in the folder that
//! `SCEAU_MLS_VECTORS` names, or else in `../shared/mls-vectors` beside the repository.

use crate::LoadError;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The variable that names the folder.
const FOLDER: &str = "SCEAU_MLS_VECTORS";
/// The variable that makes it an error when there is none.
const REQUIRED: &str = "SCEAU_REQUIRE_MLS";

/// The folder of the files, if it is there.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    let named = std::env::var_os(FOLDER).map(PathBuf::from);
    let beside = crate::folder().join("../../shared/mls-vectors");
    [named, Some(beside)].into_iter().flatten().find(|folder| folder.is_dir())
}

/// Cases in all of the files.
pub const ALL_CASES: usize = 785;

/// What is said of cases that cannot be run because the files are not there.
///
/// # Errors
/// The same, where they must be there: `SCEAU_REQUIRE_MLS` is `1`.
pub fn not_run(what: &str, count: usize) -> Result<String, LoadError> {
    let reason = format!(
        "not run, {count} of {ALL_CASES} cases. Get the files from test-vectors/ of \
         https://github.com/mlswg/mls-implementations and name their folder in {FOLDER}."
    );
    if std::env::var_os(REQUIRED).is_some_and(|value| value == "1") {
        return Err(LoadError::Malformed { path: what.to_owned(), reason });
    }
    Ok(format!("{what}: {reason}"))
}

/// The cases of a file, such as `tree-math`, whose number is known. None where there is no folder: then
/// standard error says that they were not run.
///
/// # Errors
/// The file cannot be read, is not a list, or has another number of cases. There is no folder although
/// `SCEAU_REQUIRE_MLS` is `1`.
pub fn cases(file: &str, count: usize) -> Result<Option<Vec<Value>>, LoadError> {
    if let Some(folder) = folder() {
        return cases_in(&folder, file, count).map(Some);
    }
    eprintln!("{}", not_run(file, count)?);
    Ok(None)
}

/// The cases of a file in a folder.
///
/// # Errors
/// As for [`cases`].
pub fn cases_in(folder: &Path, file: &str, count: usize) -> Result<Vec<Value>, LoadError> {
    let name = format!("{file}.json");
    let path = folder.join(&name);
    let text = std::fs::read(&path).map_err(|source| LoadError::Io { path, source })?;
    let malformed = |reason: String| LoadError::Malformed { path: name.clone(), reason };
    let cases: Vec<Value> =
        serde_json::from_slice(&text).map_err(|error| malformed(error.to_string()))?;
    if cases.len() != count {
        return Err(malformed(format!("{} cases, not {count}", cases.len())));
    }
    Ok(cases)
}
