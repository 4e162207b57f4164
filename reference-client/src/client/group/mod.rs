//! Groups: RFC 9420 by the library, delivered as page *Delivery of groups* says.
//!
//! ```text
//!  sessions ──keep──► inbox ──look──► group, messages, key packages        (one transaction each)
//!  wishes ──make──► pending commit ──the relay's `commit`──► kept: merge, Welcome
//!                        ▲                                └► taken: drop, process the winner, make again
//!                        └─────────────────────────────────┘
//!  draft ──seal, in the present epoch──► outbox ──► gone, once the epoch was still near enough
//! ```
//! Everything that waits for something (a commit for the relay's word, a message for its epoch, a draft for being
//! sent) is an item of the store, so that a command which ends anywhere is gone on with by the next one.

pub mod advance;
mod answer;
pub mod change;
pub mod identity;
pub mod inbox;
pub mod join;
pub mod leave;
pub mod limits;
pub mod model;
pub mod packages;
pub mod people;
pub mod reach;
pub mod records;
pub mod send;
pub mod settle;
mod told;

/// A content extension for private use: the name of the group that a Welcome is for, as UTF-8.
pub const GROUP_NAME: u16 = 0xF000;
