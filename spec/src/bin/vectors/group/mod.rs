//! Vectors of groups, for suites 0x0001, 0x0003 and 0xF64A.

mod capabilities;
mod crypto;
mod delivery;
mod field_lengths;
mod framing;
mod leaf_credential;
mod lengths;
mod limits;
mod members;
mod psk;
mod schedule;
mod secret_tree;
mod transcript;
mod tree;
mod tree_math;
mod trees_refused;

use crate::vector::Topic;
use crate::world::World;
use sceau_spec::group::suite::{
    AES128GCM_SHA256, CHACHA20POLY1305_SHA256, CipherSuite, MLKEM768X25519_SHA384,
};

/// The suites, each with the hundreds of its vectors' numbers.
const SUITES: [(u32, CipherSuite); 3] =
    [(100, AES128GCM_SHA256), (300, CHACHA20POLY1305_SHA256), (600, MLKEM768X25519_SHA384)];

/// The vectors.
pub fn topics(world: &World) -> Vec<Topic> {
    vec![
        crypto::topic(),
        tree_math::topic(),
        tree::topic(),
        schedule::topic(),
        psk::topic(),
        transcript::topic(),
        secret_tree::topic(),
        framing::topic(),
        leaf_credential::topic(world),
        delivery::topic(),
        limits::topic(),
        capabilities::topic(),
    ]
}
