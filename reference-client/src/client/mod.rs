//! The client: a device with its store, and what people do with it.

pub mod address;
pub mod anchor;
pub mod attachment;
pub mod device;
mod files;
pub mod follow;
pub mod group;
pub mod model;
pub mod net;
mod notice;
pub mod offline;
pub mod patience;
pub mod receive;
pub mod received;
mod refusal;
pub mod relays;
pub mod removal;
pub mod seal;
pub mod send;
pub mod store;
mod upkeep;
