//! Writes a report's folder.

use super::{Report, summary};
use crate::EDITION;
use crate::runner::CaseResult;
use crate::seed::Seed;
use crate::transcript::{Header, SCHEMA, render};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Writes `report.json` and `summary.txt`.
///
/// # Errors
/// The folder cannot be written.
pub fn write(folder: &Path, report: &Report) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let json = serde_json::to_string_pretty(report).map_err(io::Error::other)?;
    fs::write(folder.join("report.json"), json + "\n")?;
    fs::write(folder.join("summary.txt"), summary(report))
}

/// The transcripts beside the report, written as the cases come in: all of them together may have no room in memory.
pub struct Transcripts {
    folder: PathBuf,
    seed: Seed,
    all: bool,
}

impl Transcripts {
    /// Those of a report's folder, of all cases or of those that fail. What an earlier run left is removed, or it would be
    /// taken for this one's.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn open(report: &Path, seed: Seed, all: bool) -> io::Result<Self> {
        let folder = report.join("transcripts");
        fs::create_dir_all(report)?;
        if folder.is_dir() {
            fs::remove_dir_all(&folder)?;
        }
        Ok(Self { folder, seed, all })
    }

    /// Writes that of a case, if it is wanted and anything was said.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write(&self, result: &CaseResult) -> io::Result<()> {
        if !result.said || !(self.all || result.has_transcript()) {
            return Ok(());
        }
        fs::create_dir_all(&self.folder)?;
        let header = Header {
            schema: SCHEMA.to_owned(),
            case: result.id.to_owned(),
            edition: EDITION.to_owned(),
            seed: crate::digest::hex(&self.seed.0),
            randomness: result.randomness.word().to_owned(),
        };
        let name = format!("{}.jsonl", result.id);
        fs::write(self.folder.join(name), render(&header, &result.entries))?;
        if !result.stderr.is_empty() {
            fs::write(self.folder.join(format!("{}.stderr.txt", result.id)), &result.stderr)?;
        }
        Ok(())
    }
}
