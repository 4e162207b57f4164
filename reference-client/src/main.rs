//! The command `sceau`.

use clap::Parser;
use sceau_client::cli::Cli;
use sceau_client::cmd::{self, Out};
use sceau_client::error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
                let what = error.to_string();
                let (what, next) = what.split_once("\n\n").unwrap_or((&what, "see --help"));
                let what = what.trim().trim_start_matches("error: ");
                Out::new(true).error(&Error::usage(what).next(next.trim()));
            } else {
                let _ = error.print();
            }
            return ExitCode::from(if error.use_stderr() { 64 } else { 0 });
        }
    };
    match cmd::run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            Out::new(cli.json).error(&error);
            ExitCode::from(error.code())
        }
    }
}
