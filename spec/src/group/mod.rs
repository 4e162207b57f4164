//! Groups: Messaging Layer Security, RFC 9420, in the RFC's terms; the prose has Sceau's profile of it.
//! This is the first half of it: what is computed within an epoch. The changes from one epoch to the
//! next are not here.
//!
//! ```text
//! suite ── kem ── hpke ── crypto                         algorithms, §5
//! tree_math ── ratchet_tree ── resolution ── tree_hash ── parent_hash            §4, §7
//!                                             ├─ tree_validation
//!                                             └─ tree_kem
//! group_context ── transcript ── key_schedule ── psk     §8
//! secret_tree ── hash_ratchet                            §9
//! framing ── content_auth ── public_message, private_message                 §6
//! credentials, leaf_node, key_package, proposals, commit, welcome            structures
//! known_types                                            which types are known here
//! limits                                                 how long and how many
//! capabilities, external_senders                         what leaves must support, who may propose from outside
//! profile, leaf_credential, confirmation                 what Sceau asks beyond the RFC
//! delivery                                               what sessions and a relay carry
//! ```
//!
//! Structures are encoded and decoded with [`crate::pairwise::codec`], whose vectors are those of RFC 9420
//! §2.1. A refusal is a class of the registry ([`crate::pairwise::error`]).
//!
//! # Suites
//! A function that takes a suite expects one of [`suite::is_supported`]; who reads a suite from the wire
//! asks first.

pub mod capabilities;
pub mod commit;
pub mod confirmation;
pub mod content_auth;
pub mod credentials;
pub mod crypto;
pub mod delivery;
pub mod extensions;
pub mod external_senders;
pub mod framing;
pub mod group_context;
pub mod hash_ratchet;
pub mod hpke;
pub mod kem;
pub mod key_package;
pub mod key_schedule;
pub mod known_types;
pub mod labels;
pub mod leaf_credential;
pub mod leaf_node;
pub mod limits;
pub mod parent_hash;
pub mod private_message;
pub mod profile;
pub mod proposals;
pub mod psk;
pub mod public_message;
pub mod ratchet_tree;
pub mod resolution;
pub mod secret_tree;
pub mod suite;
pub mod transcript;
pub mod tree_hash;
pub mod tree_kem;
pub mod tree_math;
pub mod tree_validation;
pub mod welcome;
