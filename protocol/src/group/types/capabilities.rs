//! What a client supports (RFC 9420 §7.2) and what a group requires (§11.1).

use super::extension::{grease, is_grease};
use super::{MLS10, credential_type, extension_type, proposal_type};
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::Malformed;
use crate::group::suite::CipherSuite;
use crate::limits::MAX_GROUP_TYPES;
use alloc::vec;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// `Capabilities`: registered values, unknown ones included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Protocol versions.
    pub versions: Vec<u16>,
    /// Cipher suites.
    pub cipher_suites: Vec<u16>,
    /// Extension types that are not default.
    pub extensions: Vec<u16>,
    /// Proposal types that are not default.
    pub proposals: Vec<u16>,
    /// Credential types.
    pub credentials: Vec<u16>,
}

impl Default for Capabilities {
    /// What this crate supports by itself.
    fn default() -> Self {
        Self {
            versions: vec![MLS10],
            cipher_suites: CipherSuite::ALL.iter().map(|suite| suite.to_u16()).collect(),
            extensions: vec![
                extension_type::LAST_RESORT,
                extension_type::POLICY,
                extension_type::DELIVERY,
            ],
            proposals: Vec::new(),
            credentials: vec![
                credential_type::BASIC,
                credential_type::X509,
                credential_type::SCEAU,
            ],
        }
    }
}

impl Capabilities {
    /// Adds a GREASE value to each list that may have one (§13.5); four draws of 1 byte.
    #[must_use]
    pub fn with_grease(mut self, rng: &mut impl CryptoRng) -> Self {
        for list in [
            &mut self.cipher_suites,
            &mut self.extensions,
            &mut self.proposals,
            &mut self.credentials,
        ] {
            list.push(grease(rng));
        }
        self
    }

    pub(crate) fn supports_extension(&self, value: u16) -> bool {
        extension_type::is_default(value) || self.extensions.contains(&value)
    }

    /// Whether it is listed and no GREASE value, which nobody supports (`GRP-53`, §13.5).
    pub(crate) fn really_supports_extension(&self, value: u16) -> bool {
        self.supports_extension(value) && !is_grease(value)
    }
}

fn types(r: &mut Reader<'_>) -> Result<Vec<u16>, Malformed> {
    r.list(MAX_GROUP_TYPES, Reader::u16)
}

fn write(w: &mut Writer, types: &[u16]) {
    w.length(types.len().saturating_mul(2));
    types.iter().for_each(|value| w.u16(*value));
}

impl Decode for Capabilities {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            versions: types(r)?,
            cipher_suites: types(r)?,
            extensions: types(r)?,
            proposals: types(r)?,
            credentials: types(r)?,
        })
    }
}

impl Encode for Capabilities {
    fn encode(&self, w: &mut Writer) {
        write(w, &self.versions);
        write(w, &self.cipher_suites);
        write(w, &self.extensions);
        write(w, &self.proposals);
        write(w, &self.credentials);
    }
}

/// `RequiredCapabilities`: what every member must support beside the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequiredCapabilities {
    /// Extension types.
    pub extensions: Vec<u16>,
    /// Proposal types.
    pub proposals: Vec<u16>,
    /// Credential types.
    pub credentials: Vec<u16>,
}

impl RequiredCapabilities {
    /// Whether capabilities have all that is required.
    pub(crate) fn are_met_by(&self, capabilities: &Capabilities) -> bool {
        let listed = |list: &[u16], value: &u16| list.contains(value) && !is_grease(*value);
        let proposal = |value: &u16| {
            proposal_type::is_default(*value) || listed(&capabilities.proposals, value)
        };
        self.extensions.iter().all(|value| capabilities.really_supports_extension(*value))
            && self.proposals.iter().all(proposal)
            && self.credentials.iter().all(|value| listed(&capabilities.credentials, value))
    }
}

impl Decode for RequiredCapabilities {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { extensions: types(r)?, proposals: types(r)?, credentials: types(r)? })
    }
}

impl Encode for RequiredCapabilities {
    fn encode(&self, w: &mut Writer) {
        write(w, &self.extensions);
        write(w, &self.proposals);
        write(w, &self.credentials);
    }
}
