//! Exit codes, the same for every command.

use std::process::ExitCode;

/// How a command ended, as a number that scripts can rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Conformant; or the command did what it was asked.
    Conformant = 0,
    /// At least one nonconformity; or two reports differ.
    Nonconformity = 1,
    /// Nothing failed, but something stayed open: inconclusive cases, mandatory ones not run.
    Inconclusive = 2,
    /// The file of expected failures does not fit what happened.
    Expectations = 3,
    /// The command line is wrong.
    Usage = 64,
    /// The harness itself failed.
    Harness = 70,
    /// The adapter, or the peer, does not start.
    NoAdapter = 75,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}
