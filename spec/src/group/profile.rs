//! What Sceau's profile of RFC 9420 asks beyond it (Groups, *The profile*; Group suites).

use super::credentials::{SCEAU, credential_type};
use super::extensions::{Values, has_value};
use super::framing::{MEMBER, MlsMessage};
use super::leaf_node::{LeafNode, SOURCE_KEY_PACKAGE};
use super::suite::{CipherSuite, MLKEM768X25519_SHA384, is_supported};
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::limits::MAX_LEAF_LIFETIME;

/// The policy extension's type, for private use (`[GRP-05]`).
pub const POLICY_EXTENSION: u16 = 0xf64a;
/// The type of the GroupContext's extension `delivery`, for private use (`[GDS-30]`).
pub const DELIVERY_EXTENSION: u16 = 0xf64b;

// ANCHOR: check_suite
/// Refuses a suite that is neither the profile's nor one of those that the policy names for
/// interoperability, and one that is not known here (`[GRP-11]`).
pub fn check_suite(suite: CipherSuite, interoperability: &Values) -> Result<(), ErrorClass> {
    let named = suite == MLKEM768X25519_SHA384 || has_value(interoperability, suite);
    check(named && is_supported(suite), ErrorClass::UnsupportedSuite)
}
// ANCHOR_END: check_suite

// ANCHOR: check_wire_format
/// Refuses what a group takes as PrivateMessage alone (`[GRP-01]`), and what comes from outside of it
/// (`[GRP-02]`). Edition 0 has no authorisation that could admit the latter.
pub fn check_wire_format(message: &MlsMessage) -> Result<(), ErrorClass> {
    match message {
        MlsMessage::PublicMessage(public) => {
            let from_member = public.content.sender.sender_type == MEMBER;
            check(!from_member, ErrorClass::Malformed)?;
            Err(ErrorClass::UnauthorisedDevice)
        }
        _ => Ok(()),
    }
}
// ANCHOR_END: check_wire_format

// ANCHOR: check_leaf_profile
/// Refuses a leaf whose credential is not Sceau's, unless the policy allows others (`[GRP-04]`), and one whose
/// capabilities leave out the policy extension (`[GRP-05]`).
pub fn check_leaf_profile(leaf: &LeafNode, other_credentials: bool) -> Result<(), ErrorClass> {
    let own = credential_type(&leaf.credential) == SCEAU;
    check(own || other_credentials, ErrorClass::UnauthorisedDevice)?;
    check(has_value(&leaf.capabilities.extensions, POLICY_EXTENSION), ErrorClass::Malformed)
}
// ANCHOR_END: check_leaf_profile

// ANCHOR: check_leaf_lifetime
/// Refuses a leaf whose lifetime is longer than one may be, or does not end after it begins (`[GDS-22]`); one that was
/// made in a group has none.
/// See also [LIM-02].
pub fn check_leaf_lifetime(leaf: &LeafNode) -> Result<(), ErrorClass> {
    let (begin, end) = (leaf.not_before, leaf.not_after);
    let fits = end > begin && end - begin <= MAX_LEAF_LIFETIME;
    check(leaf.leaf_node_source != SOURCE_KEY_PACKAGE || fits, ErrorClass::Malformed)
}
// ANCHOR_END: check_leaf_lifetime
