//! Differential histories: the same steps played to the executable specification and to the library,
//! everything that either produces compared after each step. Used by `tests/differential.rs`, which
//! generates histories with proptest, and by the fuzz target `history`.
//!
//! | file | what |
//! |---|---|
//! | `begin` | how histories begin |
//! | `op` | what can happen, as values that shrink and print |
//! | `tape` | the random bytes of a step |
//! | `side` | what a device can do, and how it answers |
//! | `specified`, `library` | the two sides |
//! | `forge` | what a peer with valid keys can make beside what the text allows |
//! | `world` | devices, envelopes in flight, a clock; plays operations and compares |

pub mod begin;
pub mod forge;
pub mod library;
pub mod op;
pub mod side;
pub mod specified;
pub mod tape;
pub mod world;

pub use world::{Statistics, play};
