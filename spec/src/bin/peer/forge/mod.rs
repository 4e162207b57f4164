//! Objects that deviate: taken apart, changed in one thing, and signed again.

mod account;
mod bundle;
mod identity;
pub mod signature;

pub use account::create;
pub use bundle::bundle;
pub use identity::{Identity, encode_lists, encode_own_credential, identity};

use sceau_spec::octets::{Octets, ascii};
use sceau_spec::primitives::sha256;

/// Whether a deviation is asked for.
pub fn asked(names: &[String], name: &str) -> bool {
    names.iter().any(|asked| asked == name)
}

/// Bytes that nobody else has, for the parts that a deviation makes up.
pub fn made_up(what: &str, seed: &Octets) -> Octets {
    sha256(&ascii("sceau peer made up ").concat(&ascii(what)).concat(seed))
}

/// The bytes with one bit flipped.
pub fn flip(bytes: &Octets, at: usize) -> Octets {
    let mut out = bytes.clone();
    out[at] ^= 1;
    out
}

/// The encoding of a structure that starts with its version, with version 1.
pub fn with_version(encoded: &Octets) -> Octets {
    flip(encoded, 0)
}

/// An X25519 public key with its top bit set, which counts for nothing in the computation.
pub fn with_top_bit(key: &Octets) -> Octets {
    let mut out = key.clone();
    out[31usize] |= 0x80;
    out
}
