//! What the benchmarks share: the operations, their floors, the peer, and the table that closes a run.
//!
//! | | |
//! |---|---|
//! | `cargo bench -p sceau-benches` | the table of groups (in `benches/groups`, with a front page of its own), criterion's series of each pairwise operation, then their table |
//! | `cargo bench -p sceau-benches --bench table` | the table alone, in a minute |
//! | `cargo bench -p sceau-benches -- encrypt` | the operations whose name contains `encrypt` |
//! | `cargo bench -p sceau-benches -- --test` | everything once, to see that it runs |
//! | `… --bench table -- --count NAME WHO N` | runs one operation N times and measures nothing: for an instruction counter ([`operations`]) |
//!
//! The table also lies in `target/sceau-benches/` as `table.json` and, drawn, as `ratios.svg`.
//!
//! # Floors
//!
//! A *floor* is the primitives that an operation of the specification needs, called from their crates with inputs
//! of the same sizes and with nothing around them: no state, no encoding, no checks. It is measured in the same
//! run as the operation; the ratio of the two is what the library adds. State has no primitive; its floor is a copy of
//! its bytes, and says only how far from one it is.
//!
//! # The peer
//!
//! vodozemac, the implementation of Olm that Matrix's clients use, with its default features, in the same build
//! (`profile.bench`) and with the same crates below: both sign and agree with dalek's, encrypt with RustCrypto's. Each
//! gets the same bodies, and turns them into the bytes that travel and back. What it does less, or more:
//!
//! | | Sceau | vodozemac (Olm) |
//! |---|---|---|
//! | header | encrypted: no counter and no key on the wire | in clear |
//! | padding | to a bucket: 1 KiB travels as 2 KiB | to 16 bytes |
//! | message | AES-256-GCM-SIV, tags of 16 bytes | AES-256-CBC, HMAC-SHA-256 cut to 8 bytes |
//! | post-quantum | ML-KEM-768 in each handshake | none |
//! | handshake | five agreements; batch, list and credential signed | three agreements; nothing signed by Olm: Matrix signs identity and one-time keys, so the peer signs each here, and verifies both before a session |
//! | sender of a first message | encrypted, authenticated by credential and list | in clear; who it is, is the caller's to know |
//! | what a step gives | the changed records, encoded, to be stored before it is sent | nothing; the caller pickles the session when it likes |
//! | gap | keeps each skipped key, up to 1,000 in a gap | passes up to 2,000, keeps the last 40 keys |
//! | whose message it is | the mailbox says it; else the header is tried | each session of the sender is tried, with a DH step and the chain up to the message's number |
//! | state | bytes, in clear, sealed by the caller | serde, in clear; sealed only where the caller calls `encrypt` |
//! | safety number | 60 digits | none: people compare emoji of an interactive exchange |
//! | randomness | here a counter, for equal runs | the thread's generator: less than 1 µs for each key that is drawn |
//!
//! libsignal is not compared: its authors publish no crate. What the registry has under similar names is other people's
//! work or copies, and the copies come under the AGPL, which this workspace links nowhere.
//!
//! # How the table is measured
//!
//! On a machine that does other things, two series that are measured one after the other differ by what happened
//! meanwhile. So the table does not come from criterion's series: operation, floor and peer run in turn, in batches of
//! about a millisecond, and each round starts with another one of the three ([`paired`]). Within a round they have met
//! the same machine. Time is the process's own, without that in which others had the processor. What disturbs, only ever adds time: so the times are those of the least disturbed batch, and the ratio is
//! theirs. The median of the rounds' own ratios stands beside it as a check: where the two differ by more than a few
//! hundredths, something disturbed all along, and the run is to be repeated.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "benchmarks")]

pub mod bytes;
pub mod chart;
pub mod floor;
pub mod measure;
pub mod operations;
pub mod pair;
pub mod paired;
pub mod peer;
pub mod results;
pub mod stage;
pub mod table;
