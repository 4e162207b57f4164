//! Sceau's reference client and relay: small, readable, real. The binary `sceau` is a thin shell around
//! this library.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod cli;
pub mod client;
pub mod cmd;
pub mod crypto;
pub mod demo;
pub mod error;
pub mod issuer;
pub mod load;
pub mod private;
pub mod process;
pub mod relay;
pub mod revocation;
pub mod text;
pub mod time;
pub mod wire;
