//! The pairwise protocol, one topic a file; `stage` sets the scenes.
//!
//! Where a case needs the same scene for many deviations it is a table: one function, and a row for each.

pub mod stage;

use crate::case::Case;

/// All cases of the pairwise protocol.
#[must_use]
pub fn all() -> Vec<Case> {
    let topics: [&[Case]; 0] = [];
    topics.concat()
}
