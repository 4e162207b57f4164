//! `coverage`: clauses against what answers them, as `spec/map.toml` joins them.

use crate::cli::Refusal;
use crate::exit::Exit;
use crate::map::{Map, join};
use std::path::Path;

/// What is done with the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is shown.
    Show,
    /// It is compared with the sources, and must have no gap.
    Check,
    /// It is brought up to date with the sources.
    Write,
}

/// Shows, checks or writes the map of the repository in `root`.
///
/// # Errors
/// The map or one of the sources cannot be read or written.
pub fn run(root: &Path, mode: Mode) -> Result<Exit, Refusal> {
    let file = root.join("spec/map.toml");
    let usage = |why: String| (Exit::Usage, why);
    let kept = Map::read(&file).map_err(usage)?;
    let found = join(root, &kept).map_err(usage)?;
    if mode == Mode::Write {
        let before = std::fs::read_to_string(&file).map_err(|error| usage(error.to_string()))?;
        let text = found.text(&before).map_err(usage)?;
        std::fs::write(&file, text).map_err(|error| usage(error.to_string()))?;
    }
    println!("clause   defined  library  vectors  cases  models");
    for row in &found.clause {
        let lists = [&row.definition, &row.library, &row.vectors, &row.cases, &row.models];
        let [definition, library, vectors, cases, models] = lists.map(Vec::len);
        let id = &row.id;
        println!("{id:<8} {definition:>7} {library:>8} {vectors:>8} {cases:>6} {models:>7}");
    }
    let gaps = found.gaps();
    gaps.iter().for_each(|gap| println!("{gap}"));
    let stale = mode != Mode::Write && kept != found;
    if stale {
        println!("spec/map.toml is not what the sources say: `cargo conformance coverage --write`");
    }
    println!("{} clauses, {} gaps", found.clause.len(), gaps.len());
    let open = mode == Mode::Check && (stale || !gaps.is_empty());
    Ok(if open { Exit::Inconclusive } else { Exit::Conformant })
}
