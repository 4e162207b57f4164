//! Credentials (§5.3).

use super::limits::MAX_GROUP_CERTIFICATES;
use crate::octets::{Octets, empty, u16_be};
use crate::pairwise::codec::{Reader, at_end, read_opaque, read_u16, read_vector, write_opaque};
use crate::pairwise::error::{ErrorClass, check};
use crate::pairwise::limits::MAX_IDENTITY;
use hacspec_lib::*;

/// Credential type `basic` (§17.5).
pub const BASIC: u16 = 0x0001;
/// Credential type `x509` (§17.5).
pub const X509: u16 = 0x0002;

/// Credential type of Sceau's own credential, for private use (`[GRP-04]`).
pub const SCEAU: u16 = 0xf64a;

/// A list of certificates, the member's own first.
pub type Certificates = Seq<Octets>;

/// Credential.
#[derive(Clone, Debug, Default)]
pub enum Credential {
    /// Reserved: no credential.
    #[default]
    Reserved,
    /// An identity, barely asserted.
    Basic(Octets),
    /// DER-encoded X.509 certificates.
    X509(Certificates),
    /// The encoding of a device credential of Sceau.
    Sceau(Octets),
    /// A type that is not known here, and its `opaque<V>` (`[GRP-18]`).
    Other(u16, Octets),
}

/// The type of a credential.
pub fn credential_type(credential: &Credential) -> u16 {
    match credential {
        Credential::Reserved => 0,
        Credential::Basic(_) => BASIC,
        Credential::X509(_) => X509,
        Credential::Sceau(_) => SCEAU,
        Credential::Other(credential_type, _) => *credential_type,
    }
}

/// Reads a Credential. One of a type that RFC 9420 does not define has the content `opaque<V>`; 0 is no type.
/// See also [GDS-45], [GRP-18], [LIM-01].
pub fn read_credential(r: Reader) -> Result<(Credential, Reader), ErrorClass> {
    let (credential_type, r) = read_u16(r)?;
    match credential_type {
        BASIC => {
            let (identity, r) = read_opaque(r, MAX_IDENTITY)?;
            Ok((Credential::Basic(identity), r))
        }
        X509 => {
            let (mut inner, r) = read_vector(r)?;
            let mut certificates = Certificates::new(0);
            for _i in 0..inner.bytes.len() {
                if !at_end(&inner) {
                    let (certificate, rest) = read_opaque(inner, MAX_IDENTITY)?;
                    certificates = certificates.push_owned(certificate);
                    inner = rest;
                }
            }
            check(certificates.len() <= MAX_GROUP_CERTIFICATES, ErrorClass::Malformed)?;
            Ok((Credential::X509(certificates), r))
        }
        SCEAU => {
            let (credential, r) = read_opaque(r, MAX_IDENTITY)?;
            Ok((Credential::Sceau(credential), r))
        }
        _ => {
            check(credential_type != 0, ErrorClass::Malformed)?;
            let (content, r) = read_opaque(r, MAX_IDENTITY)?;
            Ok((Credential::Other(credential_type, content), r))
        }
    }
}

/// `encode(Credential)`.
pub fn encode_credential(credential: &Credential) -> Octets {
    let content = match credential {
        Credential::Reserved => empty(),
        Credential::Basic(identity) => write_opaque(identity),
        Credential::Sceau(credential) => write_opaque(credential),
        Credential::Other(_, content) => write_opaque(content),
        Credential::X509(certificates) => {
            let mut body = empty();
            for i in 0..certificates.len() {
                body = body.concat_owned(write_opaque(&certificates[i]));
            }
            write_opaque(&body)
        }
    };
    u16_be(credential_type(credential)).concat(&content)
}
