//! Sceau's reference client and relay: small, readable, real. The binary `sceau` is a thin shell around
//! this library.

pub mod crypto;
pub mod error;
pub mod relay;
pub mod time;
pub mod wire;
