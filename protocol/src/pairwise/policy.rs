//! What a deployment decides.

use super::identity::Issuer;
use crate::limits::Limits;
use alloc::vec::Vec;

/// The policy of a device: whom it trusts beside accounts, and its limits. It is not part of the
/// stored state; the caller gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Whether a credential needs the attestation of a trusted issuer (`ID-13`).
    pub require_issuer: bool,
    /// The trusted issuers.
    pub issuers: Vec<Issuer>,
    /// The limits (page *Limits*).
    pub limits: Limits,
}
