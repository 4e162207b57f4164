//! The pairwise protocol, one topic a file; `stage` sets the scenes.
//!
//! Where a case needs the same scene for many deviations it is a table: one function, and a row for each.

pub mod codec;
pub mod envelope;
pub mod frame;
pub mod ratchet;
pub mod stage;
pub mod state;

use crate::case::Case;

/// All cases of the pairwise protocol.
#[must_use]
pub fn all() -> Vec<Case> {
    let topics = [codec::CASES, frame::CASES, envelope::CASES];
    let mut cases = topics.concat();
    cases.extend(ratchet::cases());
    cases.extend(state::cases());
    cases
}
