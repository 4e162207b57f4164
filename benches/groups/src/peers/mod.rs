//! The other libraries.

pub mod mls_rs;
pub mod openmls;
