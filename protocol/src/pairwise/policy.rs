//! What a deployment decides.

use super::identity::Issuer;
use crate::limits::Limits;
use alloc::vec::Vec;

/// The policy of a device: whom it trusts beside accounts, and its limits. It is not part of the
/// stored state; the caller gives it. By default no issuer is trusted, none is required, and the limits are those of page
/// *Limits*.
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

impl Policy {
    /// One more issuer is trusted (`ID-08`, `ID-13`).
    #[must_use]
    pub fn with_issuer(mut self, issuer: Issuer) -> Self {
        self.issuers.push(issuer);
        self
    }

    /// A credential needs the attestation of a trusted issuer (`ID-13`).
    #[must_use]
    pub fn requiring_issuer(mut self) -> Self {
        self.require_issuer = true;
        self
    }

    /// Other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}
