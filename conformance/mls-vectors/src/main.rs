//! `cargo conformance mls-vectors [DIR]`: runs a folder of files in the MLS working group's formats.

use sceau_mls_vectors::{json_files, run_file};
use sceau_test_vectors::mls_working_group::{ALL_CASES, folder, not_run};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
Runs a folder of files in the MLS working group's formats: test vectors, passive-client scripts.

Usage: cargo conformance mls-vectors [DIR]

Without DIR, the folder that SCEAU_MLS_VECTORS names, or ../shared/mls-vectors. Folders in it are looked through too.
A file is a list of cases, or one case; what a case tests is told by the members that it has, not by the file's name.

Exit codes: 0 no case failed, 1 a case failed or a file could not be read, 2 no case was run, 64 usage.";

const FAILED: u8 = 1;
const INCOMPLETE: u8 = 2;
const BAD_USAGE: u8 = 64;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["-h" | "--help"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        [] => match folder() {
            Some(folder) => run(&folder),
            None => {
                let said = not_run("the working group's files", ALL_CASES);
                println!("{}", said.unwrap_or_else(|required| required.to_string()));
                println!("0 passed, 0 failed, {ALL_CASES} skipped");
                ExitCode::from(INCOMPLETE)
            }
        },
        [named] if !named.starts_with('-') => run(Path::new(named)),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(BAD_USAGE)
        }
    }
}

fn run(folder: &Path) -> ExitCode {
    let files = match json_files(folder) {
        Ok(files) => files,
        Err(error) => {
            eprintln!("mls-vectors: {}: {error}", folder.display());
            return ExitCode::from(BAD_USAGE);
        }
    };
    let name = |file: &PathBuf| {
        let name = file.strip_prefix(folder).unwrap_or(file);
        name.to_string_lossy().into_owned()
    };
    let width = files.iter().map(|file| name(file).len()).max().unwrap_or(0);
    let (mut passed, mut failed, mut unsupported) = (0, 0, 0);
    for file in &files {
        let shown = name(file);
        match run_file(file) {
            Ok(report) => {
                let counts = [report.passed, report.failed.len(), report.unsupported];
                let [p, f, u] = counts;
                println!("{shown:width$}  {p:>4} passed, {f:>4} failed, {u:>4} unsupported");
                for (place, why) in &report.failed {
                    println!("    case {place}: {why}");
                }
                passed += p;
                failed += f;
                unsupported += u;
            }
            Err(why) => {
                println!("{shown:width$}  failed: {why}");
                failed += 1;
            }
        }
    }
    println!("{passed} passed, {failed} failed, {unsupported} skipped");
    ExitCode::from(match (passed, failed) {
        (_, 1..) => FAILED,
        (0, 0) => INCOMPLETE,
        _ => 0,
    })
}
