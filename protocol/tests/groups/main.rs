//! Groups as applications use them: every suite, every kind of proposal, and what goes wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;
mod bundles;
mod changes;
#[path = "../common/mod.rs"]
mod common;
mod delivery;
mod devices;
mod expiry;
mod external;
mod histories;
mod long;
mod messages;
mod profile;
mod published;
mod refusals;
mod spoiling;
mod stage;
mod state;
mod successors;
