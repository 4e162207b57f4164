//! The executable specification of Sceau, in the style of hacspec: the purely functional subset of
//! Rust over `hacspec-lib`. It is meant to be read beside the prose and beside the standards it
//! cites, and it serves as the oracle that the library `sceau` is held against, so it shares no
//! code with it.
//!
//! # Byte strings
//! There is one type for byte strings, [`octets::Octets`]. It is hacspec's `PublicByteSeq`; the
//! module [`octets`] says why it is not the secret `ByteSeq`, and has the few helpers that
//! hacspec-lib lacks.
//!
//! # The subset
//! `tests/subset` refuses every file in `src` (binaries aside) that leaves the subset: no
//! traits, no `impl`, no generics of one's own, no closures, no `while` or `loop`, no early
//! `return`, no `&mut`, no `unsafe`, no floats, no I/O, no macro other than hacspec's array and
//! byte macros, nothing that panics on purpose. Local reassignment, `for` over ranges, `if`,
//! `match`, `?`, structs and enums are in. Lists are `Seq<T>`, never `Vec<T>`;
//! `T` needs `Clone` and `Default` (an enum names its default with `#[default]`). `==` is defined on
//! `Octets` and on structs and enums of them, but not on a `Seq` of structs: compare encodings there.
//!
//! # Lengths
//! A length that an attacker decides is checked by the function that meets it and answered with
//! `None`, `Err` or `false`. A length that the caller alone decides (of a seed, an AEAD key, a
//! nonce, an output) is a precondition stated at the function.

pub mod group;
pub mod octets;
pub mod pairwise;
pub mod primitives;
