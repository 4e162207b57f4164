//! Stored and portable state: restarts, interrupted and concurrent writers, rollback, records.

mod importer;
mod portable;
pub mod records;
mod stored;

use crate::case::Case;

/// The cases.
#[must_use]
pub fn cases() -> Vec<Case> {
    [stored::CASES, portable::CASES, importer::CASES].concat()
}
