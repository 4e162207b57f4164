//! What travels of a group: `GroupContent` in sessions, sealed commits at the relay (page *Delivery of groups*).

use crate::crypto::{self, TAG};
use crate::error::{About, Error, Result};
use crate::wire::{Reader, Writer};
use sceau::Wire;
use sceau::delivery::{CommitHandle, RelayName};
use sceau::error::Malformed;
use sceau::group::{ContentType, Group, MlsMessage};
use sceau::limits::{MAX_FRAME, MAX_MESSAGE, MAX_RELAY_NAME};
use zeroize::Zeroizing;

/// `group`: the content type of a `GroupContent`.
pub const GROUP: u16 = 4;
/// A content extension for private use: the name of the group that a Welcome is for, as UTF-8.
pub const GROUP_NAME: u16 = 0xF000;
/// Bytes of a nonce.
const NONCE: usize = 12;

/// `struct { uint8 version; opaque relay<V>; opaque message<V>; } GroupContent`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupContent {
    /// With a Welcome: the name of the relay that orders the group's commits; else none (`GDS-02`).
    pub relay: Option<RelayName>,
    /// An encoded `MLSMessage`.
    pub message: Vec<u8>,
}

impl GroupContent {
    /// Of a message that goes without a relay's name.
    #[must_use]
    pub fn of(message: Vec<u8>) -> Self {
        Self { relay: None, message }
    }

    /// Its encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.u8(0).opaque(self.relay.as_ref().map_or(&[], RelayName::as_bytes)).opaque(&self.message);
        w.0
    }

    /// The content of an encoding, and the message in it: such a one as may travel in a session (`GDS-44`), with a relay's
    /// name where there must be one (`GDS-02`).
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn from_bytes(bytes: &[u8]) -> std::result::Result<(Self, MlsMessage), Malformed> {
        let mut r = Reader::new(bytes);
        if r.u8()? != 0 {
            return Err(Malformed::UnsupportedVersion);
        }
        let relay = r.opaque(MAX_RELAY_NAME as usize)?;
        let relay = (!relay.is_empty()).then(|| RelayName::new(relay));
        let relay = relay.transpose().map_err(|_| Malformed::Value)?;
        let content = Self { relay, message: r.opaque(MAX_FRAME as usize)?.to_vec() };
        r.finish()?;
        let message = MlsMessage::from_bytes(&content.message).map_err(|_| Malformed::Value)?;
        let travels = match &message {
            MlsMessage::KeyPackage(_) | MlsMessage::Welcome(_) => true,
            MlsMessage::Private(private) => private.content_type != ContentType::Commit,
            _ => false,
        };
        let named = content.relay.is_some() == matches!(message, MlsMessage::Welcome(_));
        if travels && named { Ok((content, message)) } else { Err(Malformed::Value) }
    }
}

/// `struct { uint8 version; GroupMessage proposals<V>; opaque commit<V>; } CommitBundle`: a commit with the proposals to which
/// it refers (`GDS-36`), each an encoded `MLSMessage`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitBundle {
    /// In the order in which the committer has them.
    pub proposals: Vec<Vec<u8>>,
    /// The commit.
    pub commit: Vec<u8>,
}

impl CommitBundle {
    /// Its encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (mut proposals, mut w) = (Writer::default(), Writer::default());
        for proposal in &self.proposals {
            proposals.opaque(proposal);
        }
        w.u8(0).opaque(&proposals.0).opaque(&self.commit);
        w.0
    }

    /// The bundle of an encoding. What its messages are, the group sees (`GDS-45`).
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn from_bytes(bytes: &[u8]) -> std::result::Result<Self, Malformed> {
        let mut r = Reader::new(bytes);
        if r.u8()? != 0 {
            return Err(Malformed::UnsupportedVersion);
        }
        let mut list = Reader::new(r.opaque(MAX_MESSAGE as usize)?);
        let mut proposals = Vec::new();
        while !list.rest().is_empty() {
            proposals.push(list.opaque(MAX_MESSAGE as usize)?.to_vec());
        }
        let commit = r.opaque(MAX_MESSAGE as usize)?.to_vec();
        r.finish()?;
        Ok(Self { proposals, commit })
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

    /// `sealed_commit` of an encoded bundle.
    ///
    /// # Errors
    /// One that is too long for the relay (`GDS-11`).
    pub fn seal(&self, bundle: &[u8]) -> Result<Vec<u8>> {
        if bundle.len() + NONCE + TAG > MAX_MESSAGE as usize {
            let mut error = Error::refused("the commit is too long for the relay")
                .next("add fewer people at a time");
            error.class = Some("limit");
            return Err(error);
        }
        let nonce: [u8; NONCE] =
            crypto::random().ok_or_else(|| Error::fault("the system has no randomness"))?;
        let mut sealed = bundle.to_vec();
        crypto::seal(&self.key, &nonce, self.handle.as_bytes(), &mut sealed);
        Ok([&nonce[..], &sealed].concat())
    }

    /// What a `sealed_commit` holds; none where it does not open.
    #[must_use]
    pub fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let mut bundle = sealed.to_vec();
        crypto::open(&self.key, nonce, self.handle.as_bytes(), &mut bundle).then_some(bundle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PrivateMessage (RFC 9420 §6.3).
    fn private(content_type: ContentType) -> Vec<u8> {
        let mut w = Writer::default();
        w.u16(1).u16(2).opaque(b"group").u64(1).u8(content_type as u8);
        w.opaque(b"").opaque(&[1; 20]).opaque(&[2; 40]);
        w.0
    }

    /// A Welcome (RFC 9420 §12.4.3.1).
    fn welcome() -> Vec<u8> {
        let mut w = Writer::default();
        w.u16(1).u16(3).u16(0xF64A).opaque(b"").opaque(&[7; 50]);
        w.0
    }

    #[test]
    fn contents() {
        let welcome = welcome();
        let relay = RelayName::new(b"relay.example").unwrap();
        let content = GroupContent { relay: Some(relay.clone()), message: welcome.clone() };
        let bytes = content.to_bytes();
        assert_eq!(bytes[..3], [0, 13, b'r']);
        let refused = |bytes: &[u8]| GroupContent::from_bytes(bytes).unwrap_err();
        assert_eq!(GroupContent::from_bytes(&bytes).unwrap().0, content);
        assert_eq!(refused(&[&bytes[..], b"x"].concat()), Malformed::Value);
        // GDS-44
        assert_eq!(refused(&[&[1], &bytes[1..]].concat()), Malformed::UnsupportedVersion);
        for content_type in [ContentType::Application, ContentType::Proposal] {
            let content = GroupContent::of(private(content_type));
            assert_eq!(GroupContent::from_bytes(&content.to_bytes()).unwrap().0, content);
            // GDS-02
            let named = GroupContent { relay: Some(relay.clone()), ..content };
            assert_eq!(refused(&named.to_bytes()), Malformed::Value);
        }
        assert_eq!(refused(&GroupContent::of(welcome).to_bytes()), Malformed::Value);
        let commit = GroupContent::of(private(ContentType::Commit));
        assert_eq!(refused(&commit.to_bytes()), Malformed::Value);
        assert_eq!(refused(&GroupContent::of(vec![9; 30]).to_bytes()), Malformed::Value);
        let long = [&[0, 0x41, 0x00][..], &[b'a'; 256], &[0]].concat();
        assert_eq!(refused(&long), Malformed::Value);
    }

    #[test]
    fn bundles() {
        let bundle = CommitBundle { proposals: vec![vec![1; 3], vec![2; 70]], commit: vec![3; 2] };
        let bytes = bundle.to_bytes();
        assert_eq!(bytes[..6], [0, 0x40, 76, 3, 1, 1]);
        assert_eq!(CommitBundle::from_bytes(&bytes), Ok(bundle));
        let alone = CommitBundle { proposals: vec![], commit: vec![3; 2] };
        assert_eq!(alone.to_bytes(), [0, 0, 2, 3, 3]);
        assert_eq!(CommitBundle::from_bytes(&[0, 0, 2, 3, 3]), Ok(alone));
        for wrong in [&[0, 0, 2, 3][..], &[0, 0, 2, 3, 3, 3], &[0, 1, 2, 2, 3, 3], &[]] {
            assert_eq!(CommitBundle::from_bytes(wrong), Err(Malformed::Value), "{wrong:?}");
        }
        let other = CommitBundle::from_bytes(&[1, 0, 2, 3, 3]);
        assert_eq!(other, Err(Malformed::UnsupportedVersion));
    }
}
