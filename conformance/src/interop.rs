//! `interop`: parties of one group live behind different adapters.
//!
//! The runner is the delivery service: it hands each message to all who should get it, and compares what they say of the
//! epoch afterwards. First each operation alone, by each implementation, in a small group with each other one; then
//! random histories of larger groups of all of them, whose choices hang on the seed. A script that fails ends there.

mod commit;
mod history;
mod matrix;
mod outside;
mod scripts;
mod sides;
mod table;

use crate::exit::Exit;
use crate::process::words;
use crate::seed::Seed;
use matrix::{Known, Matrix};
use sides::Sides;
use std::path::PathBuf;
use std::time::Duration;

/// What is run, and with whom.
pub struct Options {
    /// Name and command line of each adapter.
    pub with: Vec<(String, String)>,
    /// The file of known faults.
    pub known: Option<PathBuf>,
    /// Cipher suites.
    pub suites: Vec<u16>,
    /// Seed of the histories' choices.
    pub seed: Seed,
    /// Histories for each suite.
    pub histories: u32,
    /// Steps of a history.
    pub steps: u32,
    /// Most members of a history's group.
    pub members: u32,
    /// Longest time of an answer.
    pub timeout: Duration,
    /// Where transcripts of what failed go.
    pub report: PathBuf,
}

/// Runs everything, prints the matrix, and says what failed.
///
/// # Errors
/// An adapter does not start; the command line is wrong.
pub fn run(options: &Options) -> Result<Exit, (Exit, String)> {
    if options.with.len() < 2 {
        return Err((Exit::Usage, "interop needs at least two adapters".to_owned()));
    }
    let mut split = Vec::new();
    for (name, line) in &options.with {
        split.push((name.clone(), words(line).map_err(|why| (Exit::Usage, why))?));
    }
    let mut sides = Sides::start(&split, options.timeout).map_err(|why| (Exit::NoAdapter, why))?;
    let mut matrix = Matrix::new(sides.names(), known(options)?);
    for suite in &options.suites {
        let able = sides.speaking(*suite);
        if able.len() < 2 {
            println!("suite {suite:04x}: fewer than two adapters speak it");
            continue;
        }
        for script in scripts::all(&able) {
            play(&mut sides, &mut matrix, options, &script.id(*suite), |table| {
                table.set(*suite, script.encrypt_handshake);
                scripts::play(table, &script)
            });
        }
        for number in 0..options.histories {
            let id = format!("history-{suite:04x}-{number}");
            play(&mut sides, &mut matrix, options, &id, |table| {
                let draws = history::Draws::new(options.seed.case(&id));
                table.set(*suite, number % 2 == 0);
                history::play(table, draws, &able, options.members, options.steps)
            });
        }
    }
    print!("{matrix}");
    let [passed, failed, unsupported] = matrix.totals();
    println!("{passed} passed, {failed} failed, {unsupported} skipped");
    let stale = matrix.stale();
    for known in &stale {
        println!("not seen any more: {}, {}>{}", known.operation, known.from, known.to);
    }
    Ok(match (passed, failed) {
        (1.., 0) if !stale.is_empty() => Exit::Expectations,
        (_, 1..) => Exit::Nonconformity,
        (0, 0) => Exit::Inconclusive,
        _ => Exit::Conformant,
    })
}

fn known(options: &Options) -> Result<Vec<Known>, (Exit, String)> {
    let Some(path) = &options.known else { return Ok(Vec::new()) };
    let text = std::fs::read(path).map_err(|error| error.to_string());
    let read = text.and_then(|text| serde_json::from_slice(&text).map_err(|e| e.to_string()));
    read.map_err(|why| (Exit::Usage, format!("{}: {why}", path.display())))
}

/// Plays one script with fresh parties; what failed is told and its transcript written.
fn play(
    sides: &mut Sides,
    matrix: &mut Matrix,
    options: &Options,
    id: &str,
    script: impl FnOnce(&mut table::Table<'_>) -> Result<(), table::Stop>,
) {
    if let Err(why) = sides.reset() {
        matrix.fail_outright(format!("{id}: {why}"));
        return;
    }
    let mut table = table::Table::new(sides, matrix);
    match script(&mut table) {
        Ok(()) | Err(table::Stop::Unsupported) => {}
        Err(table::Stop::Failed(why)) => {
            println!("{id}: {why}");
            let path = options.report.join(format!("{id}.jsonl"));
            let written = std::fs::create_dir_all(&options.report)
                .and_then(|()| std::fs::write(&path, sides.transcript()));
            if let Err(error) = written {
                println!("    no transcript: {error}");
            }
        }
    }
}
