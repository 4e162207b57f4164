//! The client: a device with its store, and what people do with it.

pub mod anchor;
pub mod device;
pub mod follow;
pub mod model;
pub mod net;
pub mod receive;
pub mod relays;
pub mod seal;
pub mod send;
pub mod store;
