//! Sceau, a formally specified messaging protocol: the library.
//!
//! A first session, whole (`examples/hello.rs`):
//!
//! ```
#![doc = include_str!("../examples/hello.rs")]
//! ```
//!
//! The crate does no I/O, has no clock and no threads: bytes and time go in, bytes and changes come out.
//! Randomness is an argument: one call of `fill_bytes` for each draw that the specification names, in its
//! order. It needs `alloc`, not `std`.
//!
//! # What is wiped, and what stays
//!
//! Secrets lie in heap blocks of [`crypto::Secret`], which are wiped before they are freed; buffers that hold
//! encoded secrets wipe what they leave behind when they grow, and [`pairwise::Record`] wipes its bytes.
//! `tests/wiping.rs` looks for known secrets in freed heap blocks.
//!
//! **On the stack** stay: copies that the primitives' crates make of keys while they work (AES round keys, hash
//! states, the expanded ML-KEM key, scalar and field elements), and the arrays through which keys are
//! given to them. The crate's own temporaries on the stack (AEAD key and nonce of a message) are wiped. A caller who needs
//! more can run each call on a stack of its own and wipe that.
//!
//! # Errors
//!
//! See [`error`]: four families, and for each error the class of the specification's registry.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        clippy::arithmetic_side_effects
    )
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod codec;
pub mod crypto;
pub mod delivery;
pub mod error;
pub mod hazmat;
pub mod limits;
pub mod pairwise;

pub use codec::Wire;
pub use error::{Error, Result};
