//! The pairwise protocol. Each module is the executable side of a page of the prose, or of a part of
//! one, and its functions have the names of the prose's steps.

pub mod bundle;
pub mod codec;
pub mod credentials;
pub mod device_lists;
pub mod error;
pub mod identities;
pub mod kdf;
pub mod labels;
pub mod limits;
pub mod merkle;
pub mod prekeys;
pub mod suite;
pub mod handshake;
pub mod key_schedule;
pub mod session;
pub mod frame;
pub mod header;
pub mod chain;
pub mod skipped;
pub mod ratchet;
pub mod envelope;
pub mod verification;
pub mod content;
pub mod records;
pub mod state;
pub mod pairs;
pub mod replacement;
pub mod expiry;
pub mod enrolment;
pub mod initiate;
pub mod accept;
pub mod device;
