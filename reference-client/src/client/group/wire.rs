//! What travels of a group: `GroupContent` in sessions, sealed commits at the relay (page *Delivery of groups*).

use crate::crypto::{self, TAG};
use crate::error::{About, Error, Result};
use crate::wire::{Malformed, Reader, Writer};
use sceau::delivery::CommitHandle;
use sceau::group::Group;
use sceau::limits::{MAX_FRAME, MAX_MESSAGE};
use zeroize::Zeroizing;

/// `group`: the content type of a `GroupContent`.
pub const GROUP: u16 = 4;
/// A content extension for private use: the name of the group that a Welcome is for, as UTF-8.
pub const GROUP_NAME: u16 = 0xF000;
/// Longest name of a relay.
const MAX_RELAY: usize = 255;
/// Bytes of a nonce.
const NONCE: usize = 12;

/// `struct { uint8 version; opaque relay<V>; opaque message<V>; } GroupContent`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupContent {
    /// With a Welcome: the name of the relay that orders the group's commits; else empty (`GDS-02`).
    pub relay: Vec<u8>,
    /// An encoded `MLSMessage`.
    pub message: Vec<u8>,
}

impl GroupContent {
    /// Its encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.u8(0).opaque(&self.relay).opaque(&self.message);
        w.0
    }

    /// The content of an encoding.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn from_bytes(bytes: &[u8]) -> std::result::Result<Self, Malformed> {
        let mut r = Reader::new(bytes);
        if r.u8()? != 0 {
            return Err(Malformed);
        }
        let relay = r.opaque(MAX_RELAY)?.to_vec();
        let message = r.opaque(MAX_FRAME as usize)?.to_vec();
        r.finish()?;
        Ok(Self { relay, message })
    }
}

/// What orders and seals the commit that ends an epoch (`GDS-04`).
pub struct CommitSecrets {
    /// `commit_handle`
    pub handle: CommitHandle,
    key: Zeroizing<[u8; 32]>,
}

impl CommitSecrets {
    /// Those of the epoch that a group is in.
    ///
    /// # Errors
    /// A failing provider.
    pub fn of(group: &Group) -> Result<Self> {
        let secrets = group.commit_secrets()?;
        let key: [u8; 32] = secrets.key.as_bytes().try_into().about("an exported secret")?;
        Ok(Self { handle: CommitHandle::new(secrets.handle), key: Zeroizing::new(key) })
    }

    /// `sealed_commit` of an encoded `MLSMessage`.
    ///
    /// # Errors
    /// One that is too long for the relay (`GDS-11`).
    pub fn seal(&self, message: &[u8]) -> Result<Vec<u8>> {
        if message.len() + NONCE + TAG > MAX_MESSAGE as usize {
            return Err(Error::refused("the commit is too long for the relay")
                .next("add fewer people at a time"));
        }
        let nonce: [u8; NONCE] =
            crypto::random().ok_or_else(|| Error::fault("the system has no randomness"))?;
        let mut sealed = message.to_vec();
        crypto::seal(&self.key, &nonce, self.handle.as_bytes(), &mut sealed);
        Ok([&nonce[..], &sealed].concat())
    }

    /// The `MLSMessage` of a `sealed_commit`; none for what does not open.
    #[must_use]
    pub fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let mut message = sealed.to_vec();
        crypto::open(&self.key, nonce, self.handle.as_bytes(), &mut message).then_some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents() {
        let content = GroupContent { relay: b"relay.example".to_vec(), message: vec![7; 100] };
        let bytes = content.to_bytes();
        assert_eq!(bytes[..3], [0, 13, b'r']);
        assert_eq!(GroupContent::from_bytes(&bytes), Ok(content));
        assert_eq!(GroupContent::from_bytes(&bytes[1..]), Err(Malformed));
        assert_eq!(GroupContent::from_bytes(&[&bytes[..], b"x"].concat()), Err(Malformed));
        assert_eq!(GroupContent::from_bytes(&[1, 0, 0]), Err(Malformed));
        let long = [&[0, 0x41, 0x00][..], &[b'a'; 256], &[0]].concat();
        assert_eq!(GroupContent::from_bytes(&long), Err(Malformed));
    }
}
