//! Stored and portable state: restarts, interrupted and concurrent writers, rollback, records.

mod copies;
mod folder;
mod importer;
mod pairs;
mod portable;
pub mod records;
mod stored;
mod suites;

use super::stage::STORED;
use crate::case::{Access, Case, Outcome, Twin};
use crate::scene::Scene;

/// The cases.
#[must_use]
pub fn cases() -> Vec<Case> {
    let portable = [portable::CASES, importer::CASES, pairs::CASES, suites::CASES].concat();
    [stored::CASES, copies::CASES, &portable].concat()
}

const fn good(id: &'static str, title: &'static str, run: fn(&mut Scene) -> Outcome) -> Case {
    Case::positive(id, title, run).suite("core").needs(Access::L2, STORED).with_peer()
}

const fn bad(id: &'static str, title: &'static str, run: fn(&mut Scene, Twin) -> Outcome) -> Case {
    Case::negative(id, title, run).suite("core").needs(Access::L2, STORED).with_peer()
}
