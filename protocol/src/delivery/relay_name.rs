//! The name of a relay, which a device signs (`DS-02`, `DS-03`).

use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Malformed, Misuse};
use crate::limits::MAX_RELAY_NAME;
use alloc::borrow::ToOwned;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;
use core::net::Ipv6Addr;

/// The name by which a device's channel authenticates a relay: 1 to 255 bytes, compared byte by byte.
///
/// A device takes it from its channel, never from what came with a challenge (`DS-03`); a relay has those that its operator
/// gives it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelayName(Vec<u8>);

impl RelayName {
    /// A name as the channel's profile gives it; for TLS use [`RelayName::host`].
    ///
    /// # Errors
    /// `malformed` for no bytes or more than 255.
    pub fn new(bytes: &[u8]) -> Result<Self, Error> {
        match bytes.len() {
            0 => Err(Malformed::Empty.into()),
            length if u32::try_from(length).is_ok_and(|length| length <= MAX_RELAY_NAME) => {
                Ok(Self(bytes.to_vec()))
            }
            _ => Err(Malformed::TooLong.into()),
        }
    }

    /// The name of a relay behind TLS: the host of its URL, in lower case and without a final dot. An IPv6 address comes
    /// with or without brackets, and is written as RFC 5952 says, without them.
    ///
    /// # Errors
    /// As [`RelayName::new`]; [`Misuse::Arguments`] for what is no host name, one with a port among it. A name in another
    /// script is to be given in its ASCII form.
    pub fn host(host: &str) -> Result<Self, Error> {
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let name = match bare.unwrap_or(host).parse::<Ipv6Addr>() {
            Ok(address) => address.to_string(),
            Err(_) => host.strip_suffix('.').unwrap_or(host).to_owned(),
        };
        let is_address = name.contains(':') && name.parse::<Ipv6Addr>().is_ok();
        let of_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !is_address && !name.chars().all(of_host) {
            return Err(Misuse::Arguments.into());
        }
        Self::new(name.to_ascii_lowercase().as_bytes())
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for RelayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RelayName({})", self.0.escape_ascii())
    }
}

impl RelayName {
    /// Of what `opaque relay<V>` holds, at most 255 bytes of it.
    pub(crate) fn from_opaque(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.is_empty() { Err(Malformed::Empty) } else { Ok(Self(bytes.to_vec())) }
    }
}

impl Decode for RelayName {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Self::from_opaque(r.opaque(MAX_RELAY_NAME)?)
    }
}

impl Encode for RelayName {
    fn encode(&self, w: &mut Writer) {
        w.opaque(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn hosts() {
        let name = |host: &str| RelayName::host(host).unwrap().as_bytes().to_vec();
        assert_eq!(name("Relay.Example.ORG."), b"relay.example.org");
        assert_eq!(name("localhost"), b"localhost");
        assert_eq!(name("192.0.2.7"), b"192.0.2.7");
        assert_eq!(name("[2001:DB8:0:0::1]"), b"2001:db8::1");
        assert_eq!(name("2001:db8::1"), b"2001:db8::1");
        assert_eq!(name(&"a".repeat(255)).len(), 255);
        for wrong in ["relay.example.org:443", "[relay]", "r\u{e9}lais.example", "a b", "a/b"] {
            assert_eq!(RelayName::host(wrong), Err(Misuse::Arguments.into()), "{wrong}");
        }
    }

    #[test]
    fn lengths() {
        let class = |name: Result<RelayName, Error>| name.map_err(|error| error.class());
        assert_eq!(class(RelayName::new(b"")), Err("malformed"));
        assert_eq!(class(RelayName::new(&[0; 256])), Err("malformed"));
        for wrong in ["", ".", &"a".repeat(256)] {
            assert_eq!(class(RelayName::host(wrong)), Err("malformed"));
        }
        for length in [1, 255] {
            assert_eq!(RelayName::new(&vec![7; length]).unwrap().as_bytes().len(), length);
        }
    }
}
