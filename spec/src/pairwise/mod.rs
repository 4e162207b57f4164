//! The pairwise protocol. Each module is the executable side of a page of the prose, or of a part of
//! one, and its functions have the names of the prose's steps.

pub mod accept;
pub mod bundle;
pub mod chain;
pub mod codec;
pub mod content;
pub mod credentials;
pub mod delivery;
pub mod delivery_auth;
pub mod device;
pub mod device_lists;
pub mod enrolment;
pub mod envelope;
pub mod error;
pub mod expiry;
pub mod frame;
pub mod handshake;
pub mod header;
pub mod identities;
pub mod initiate;
pub mod kdf;
pub mod key_schedule;
pub mod labels;
pub mod limits;
pub mod merkle;
pub mod pairs;
pub mod prekeys;
pub mod ratchet;
pub mod records;
pub mod replacement;
pub mod session;
pub mod skipped;
pub mod state;
pub mod suite;
pub mod verification;
