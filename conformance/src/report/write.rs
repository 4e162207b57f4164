//! Writes a report's folder.

use super::{Report, summary};
use crate::EDITION;
use crate::runner::CaseResult;
use crate::transcript::{Header, SCHEMA, render};
use std::path::Path;
use std::{fs, io};

/// Writes `report.json`, `summary.txt` and `transcripts/` (of all cases, or of those that failed).
///
/// # Errors
/// The folder cannot be written.
pub fn write(folder: &Path, report: &Report, results: &[CaseResult], all: bool) -> io::Result<()> {
    let transcripts = folder.join("transcripts");
    fs::create_dir_all(folder)?;
    if transcripts.is_dir() {
        // What an earlier run left would be taken for this one's.
        fs::remove_dir_all(&transcripts)?;
    }
    let json = serde_json::to_string_pretty(report).map_err(io::Error::other)?;
    fs::write(folder.join("report.json"), json + "\n")?;
    fs::write(folder.join("summary.txt"), summary(report))?;
    for result in results {
        if result.entries.is_empty() || !(all || result.has_transcript()) {
            continue;
        }
        fs::create_dir_all(&transcripts)?;
        let header = Header {
            schema: SCHEMA.to_owned(),
            case: result.id.to_owned(),
            edition: EDITION.to_owned(),
            seed: report.seeds.run.clone(),
            randomness: result.randomness.word().to_owned(),
        };
        let name = format!("{}.jsonl", result.id);
        fs::write(transcripts.join(name), render(&header, &result.entries))?;
        if !result.stderr.is_empty() {
            fs::write(transcripts.join(format!("{}.stderr.txt", result.id)), &result.stderr)?;
        }
    }
    Ok(())
}
