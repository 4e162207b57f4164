//! What the benchmarks share: floors, a stage, and the table that closes a run.
//!
//! A *floor* is the primitives that an operation of the specification needs, called from their crates with inputs
//! of the same sizes and with nothing around them: no state, no encoding, no checks. It is measured in the same
//! run as the operation; the ratio of the two is what the library adds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "benchmarks")]

pub mod floor;
pub mod stage;
pub mod table;
