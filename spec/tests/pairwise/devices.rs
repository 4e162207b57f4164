//! Lists that a device accepts.
