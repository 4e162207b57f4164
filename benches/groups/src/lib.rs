//! Benchmarks of Sceau's groups beside openmls and mls-rs.
//!
//! | | |
//! |---|---|
//! | `cargo bench -p sceau-benches --bench groups` | all, in a quarter of an hour |
//! | `… --bench groups -- 1000` | groups of 1,000 members alone; several sizes may be named |
//! | `… --bench groups -- join 'encrypt 1 KiB'` | the operations whose name contains one of these |
//! | `… --bench groups -- --test` | everything once in small groups, to see that it runs |
//!
//! The table also lies in `target/sceau-benches/` as `groups.txt`, `groups.json` and, drawn, as `groups.svg`. How times are
//! compared is told on the front page of `sceau_benches`: all libraries and the floor in turn, in one run and one thread.
//!
//! # Members and trees
//!
//! Ann and Bob have the library that is measured; all other members' key packages are Sceau's. A *fresh* group is one
//! that Ann has created with all others added by one commit: its tree has leaves and Ann's path. In a *grown* one
//! every member has committed ([`grown`]): its tree has no blank node that it could have filled. Ann and Bob are in
//! different halves of the tree, so that a commit of the one shares the root alone with the other.
//!
//! | operation | from | to |
//! |---|---|---|
//! | create | encoded key packages | a group, merged, and the encoded Welcome with the tree |
//! | join | the encoded Welcome | a group |
//! | commit | a group | new keys for oneself: an encoded private message; not merged |
//! | process | the encoded commit | the next epoch, merged |
//! | encrypt, decrypt | bytes | the encoded message, and back |
//! | store, load | a group | its stored state, and back |
//!
//! # Floors
//!
//! The primitives that the operation cannot do without ([`floor`]), from the same crates, with inputs of the same
//! lengths: of a join a signature verification (`verify_strict`) a leaf and the hashes of the tree; of a commit an HPKE
//! encryption for each node of the copath. Store and load are measured beside a copy of their bytes.
//!
//! # The peers
//!
//! openmls 0.9 on its RustCrypto provider, mls-rs 0.57 on its RustCrypto provider and on AWS-LC (assembly, in C; Sceau
//! is in Rust alone, and is held to the faster of the first two). What they do less, or more:
//!
//! | | Sceau | openmls | mls-rs |
//! |---|---|---|---|
//! | storing | says which records a step has changed; the caller takes them | each step writes to a storage, here in memory, as JSON; *store* copies what it has written | the caller writes the whole snapshot when it likes; a step does not |
//! | Ed25519 | dalek's `verify`, small order and encodings that are not canonical refused | dalek's `verify_strict` | dalek's `verify` |
//! | padding | to a bucket: 100 B travel as 256, 1 KiB as 2,048 | here to a multiple of 256: 256, 1,280 | to an eighth of the next power of two: 192, 1,280 |
//! | signing | with both keys | with the private key, from which the public one is computed | with both, which it checks against each other |
//! | randomness | here a counter | a generator in memory | the system's |
//! | threads | none | rayon, here with one thread | none: without its feature `rayon` |
//! | lifetimes of leaves | must be running of those that one adds; of all others the length is checked | must be running, in a tree too | must be running of those that one adds; in a tree where a time is given, which is not done here |
//! | hybrid suite | a private code point | – | – |
//!
//! # Sizes
//!
//! Bytes of a commit, of the Welcome that Bob has joined with, and of the state with its keys; the most memory that is
//! used while one message is decrypted by a group in memory, and by a device that has nothing in memory yet and
//! reads from its store what it needs: openmls and mls-rs load the group. *Written* is what Sceau gives to be stored for one message.
#![allow(clippy::unwrap_used, clippy::panic, reason = "benchmarks")]

pub mod bytes;
pub mod floor;
pub mod grown;
pub mod library;
pub mod memory;
pub mod operations;
pub mod ours;
pub mod peers;
pub mod report;
pub mod scene;
pub mod scenes;
