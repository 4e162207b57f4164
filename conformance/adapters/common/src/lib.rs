//! What adapters of the conformance suite in Rust have in common: the line protocol of `conformance/ADAPTERS.md`,
//! and the commands `mls.*` of `GROUPS.md`, carried out by whatever implements [`mls::Client`].
//!
//! An adapter for another implementation of RFC 9420 is that trait, and a `main` that calls [`serve::serve`].

pub mod line;
pub mod meta;
pub mod mls;
pub mod serve;

/// Longest line that is taken, bytes.
pub const LARGEST_LINE: u32 = 16 << 20;
