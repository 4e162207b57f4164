//! The MLS working group's test vectors (<https://github.com/mlswg/mls-implementations>) and passive-client scripts
//! in the same format, run on the library `sceau`.
//!
//! A package for itself: the runner of the conformance suite links no implementation, and these cases look at inner
//! values (tree hashes, key schedule, path secrets) that no adapter should have to show. The library's tests and
//! `cargo conformance mls-vectors` run the same code.

mod basics;
mod case;
mod files;
mod format;
mod passive;
mod protection;
mod schedule;
mod trees;

pub use case::{Failure, Outcome};
pub use files::{Report, json_files, run_file};
pub use format::{FORMATS, Format, run_case};
