//! Files of cases.

use crate::case::Failure;
use crate::format::run_case;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// How many cases of a file passed, and what is wrong with the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Cases that passed.
    pub passed: usize,
    /// Cases that failed: their place in the file, and why.
    pub failed: Vec<(usize, String)>,
    /// Cases of cipher suites that the library does not speak.
    pub unsupported: usize,
}

/// Runs all cases of a file: a list of cases, or a single one.
///
/// # Errors
/// The file can't be read, is no JSON, or has no case.
pub fn run_file(path: &Path) -> Result<Report, String> {
    let text = std::fs::read(path).map_err(|error| error.to_string())?;
    let cases = match serde_json::from_slice(&text).map_err(|error| error.to_string())? {
        Value::Array(cases) => cases,
        case => vec![case],
    };
    if cases.is_empty() {
        return Err("it has no case".to_owned());
    }
    let mut report = Report::default();
    for (place, case) in cases.iter().enumerate() {
        match run_case(case) {
            Ok(()) => report.passed += 1,
            Err(Failure::Unsupported(_)) => report.unsupported += 1,
            Err(Failure::Failed(why)) => report.failed.push((place, why)),
        }
    }
    Ok(report)
}

/// The JSON files of a folder and the folders in it, in the order of their names.
///
/// # Errors
/// A folder can't be read.
pub fn json_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(json_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(files)
}
