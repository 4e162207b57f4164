//! The command `sceau`.

use clap::Parser;
use sceau_client::cli::Cli;
use sceau_client::cmd::{self, Out};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
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
