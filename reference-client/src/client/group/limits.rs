//! Limits of page *Limits* that bind a client alone, and that the library so does not have. Times are in seconds.

/// `commit_poll`: how long the relay's answer for an epoch lets a device send in it (`GDS-08`). Without a younger one this
/// client sends nothing, so `max_commit_silence` is never reached.
pub const COMMIT_POLL: u64 = 60;
/// `max_early`: messages of a peer that wait for their epoch or their group (`GDS-38`).
pub const MAX_EARLY: usize = 256;
/// Bytes of a peer that wait so, beside their number.
pub const MAX_EARLY_BYTES: usize = 16 << 20;
/// From here on no more are got of that peer: one answer of a relay (8 MiB) fits in beside them.
pub const FULL_EARLY_BYTES: usize = MAX_EARLY_BYTES / 2;
/// `max_leaf_age`: after this a leaf gets new keys (`GDS-27`), 7 days.
pub const MAX_LEAF_AGE: u64 = 604_800;
