//! Credentials (RFC 9420 §5.3).

use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::Malformed;
use crate::limits::{MAX_GROUP_CERTIFICATES, MAX_IDENTITY};
use alloc::vec::Vec;

/// Values of `CredentialType` (RFC 9420 §17.5).
pub mod credential_type {
    /// `basic`
    pub const BASIC: u16 = 0x0001;
    /// `x509`
    pub const X509: u16 = 0x0002;
    /// Sceau's device credential; a value for private use.
    pub const SCEAU: u16 = 0xF64A;
}

/// `Credential`. That it holds is said by a [`CredentialValidator`](crate::group::CredentialValidator).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credential {
    /// A bare assertion.
    Basic(Vec<u8>),
    /// Certificates in DER, the end entity's first.
    X509(Vec<Vec<u8>>),
    /// An encoded [`LeafCredential`](crate::group::LeafCredential).
    Sceau(Vec<u8>),
    /// Any other type, its content as `opaque<V>`.
    Custom(u16, Vec<u8>),
}

impl Credential {
    /// The value of its type.
    #[must_use]
    pub fn credential_type(&self) -> u16 {
        match self {
            Self::Basic(_) => credential_type::BASIC,
            Self::X509(_) => credential_type::X509,
            Self::Sceau(_) => credential_type::SCEAU,
            Self::Custom(value, _) => *value,
        }
    }
}

impl Decode for Credential {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let opaque = |r: &mut Reader<'_>| Ok(r.opaque(MAX_IDENTITY)?.to_vec());
        Ok(match r.u16()? {
            credential_type::BASIC => Self::Basic(opaque(r)?),
            credential_type::X509 => Self::X509(r.list(MAX_GROUP_CERTIFICATES, opaque)?),
            credential_type::SCEAU => Self::Sceau(opaque(r)?),
            0 => return Err(Malformed::Enumeration),
            value => Self::Custom(value, opaque(r)?),
        })
    }
}

impl Encode for Credential {
    fn encode(&self, w: &mut Writer) {
        w.u16(self.credential_type());
        match self {
            Self::X509(certificates) => w.list(certificates, |w, bytes| w.opaque(bytes)),
            Self::Basic(bytes) | Self::Sceau(bytes) | Self::Custom(_, bytes) => w.opaque(bytes),
        }
    }
}
