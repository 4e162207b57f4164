//! Runs the case of a transcript again, with its seed, and compares what is said.

use crate::cli::Refusal;
use crate::exit::Exit;
use crate::runner::{Options, Pair, Storage, Trouble, run_case};
use crate::seed::Seed;
use crate::transcript::{Header, SCHEMA, render};
use crate::wire::Randomness;
use crate::{EDITION, cases, digest};
use std::path::Path;

/// Runs it. Exits as a run of this one case does, or with 1 if what is said differs.
///
/// # Errors
/// The file is no transcript of this edition, or the adapter does not start.
pub fn run(file: &Path, options: Options) -> Result<Exit, Refusal> {
    let usage = |why: String| (Exit::Usage, format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| usage(error.to_string()))?;
    let first = text.lines().next().unwrap_or_default();
    let header: Header = serde_json::from_str(first).map_err(|error| usage(error.to_string()))?;
    if header.schema != SCHEMA || header.edition != EDITION {
        return Err(usage(format!("not a transcript of edition {EDITION}")));
    }
    let all = cases::all();
    let case = all.iter().find(|case| case.id == header.case);
    let case = case.ok_or_else(|| usage(format!("no case {}", header.case)))?;
    let seed = digest::unhex(&header.seed).and_then(|bytes| bytes.try_into().ok()).map(Seed);
    let seed = seed.ok_or_else(|| usage("no seed".to_owned()))?;
    let randomness = Randomness::of(&header.randomness);
    let randomness = randomness.ok_or_else(|| usage("no randomness".to_owned()))?;

    let mut pair = Pair::start(&options).map_err(|trouble| match trouble {
        Trouble::NoAdapter(why) => (Exit::NoAdapter, why),
        Trouble::Harness(why) => (Exit::Harness, why),
        Trouble::Usage(why) => (Exit::Usage, why),
    })?;
    let storage = Storage::create().map_err(|error| (Exit::Harness, error.to_string()))?;
    let options = Options { seed, ..options };
    let folder = storage.0.join("0");
    let result = run_case(case, &mut pair, &options, randomness, &folder);

    let again = render(&header, &result.entries);
    println!("{}: {} {}", result.id, result.verdict.word(), result.reason);
    let mut lines = (text.lines(), again.lines());
    for number in 1.. {
        match (lines.0.next(), lines.1.next()) {
            (None, None) => break,
            (old, new) if old == new => {}
            (old, new) => {
                println!("line {number} differs");
                println!("- {}\n+ {}", old.unwrap_or("(end)"), new.unwrap_or("(end)"));
                return Ok(Exit::Nonconformity);
            }
        }
    }
    println!("said the same");
    Ok(Exit::Conformant)
}
