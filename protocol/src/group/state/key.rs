//! Keys of records, and what a step has changed.

use crate::codec::{Decode, Reader, Writer};
use crate::error::Malformed;
use crate::group::schedule::{RatchetKind, SecretTreeChanges};
use crate::limits::MAX_KEY;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::fmt;
use zeroize::Zeroizing;

/// What a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum GroupRecordKind {
    /// Counts changes; there is one.
    Head = 0,
    /// The epoch; there is one.
    Epoch = 1,
    /// A member's leaf.
    Leaf = 2,
    /// A parent node.
    Parent = 3,
    /// A private key.
    Private = 4,
    /// A node of a secret tree.
    SecretNode = 5,
    /// A sender ratchet.
    Ratchet = 6,
    /// A past epoch.
    Past = 7,
    /// A resumption key.
    Resumption = 8,
    /// A proposal.
    Proposal = 9,
    /// The private side of an Update.
    Update = 10,
    /// A commit of one's own that is not merged; there is one at most.
    Pending = 11,
}

/// Where a record of a group is stored.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupRecordKey(pub(crate) Key);

/// Which record, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Head,
    Epoch,
    Leaf(u32),
    Parent(u32),
    Private(u32),
    SecretNode(u64, u32),
    Ratchet(u64, u32, RatchetKind),
    Past(u64),
    Resumption(u64),
    Proposal(Vec<u8>),
    Update(Vec<u8>),
    Pending,
}

impl Key {
    fn kind(&self) -> GroupRecordKind {
        match self {
            Self::Head => GroupRecordKind::Head,
            Self::Epoch => GroupRecordKind::Epoch,
            Self::Leaf(_) => GroupRecordKind::Leaf,
            Self::Parent(_) => GroupRecordKind::Parent,
            Self::Private(_) => GroupRecordKind::Private,
            Self::SecretNode(..) => GroupRecordKind::SecretNode,
            Self::Ratchet(..) => GroupRecordKind::Ratchet,
            Self::Past(_) => GroupRecordKind::Past,
            Self::Resumption(_) => GroupRecordKind::Resumption,
            Self::Proposal(_) => GroupRecordKind::Proposal,
            Self::Update(_) => GroupRecordKind::Update,
            Self::Pending => GroupRecordKind::Pending,
        }
    }
}

impl GroupRecordKey {
    /// The head's key.
    #[must_use]
    pub fn head() -> Self {
        Self(Key::Head)
    }

    /// The epoch's key.
    #[must_use]
    pub fn epoch() -> Self {
        Self(Key::Epoch)
    }

    /// A past epoch's key.
    #[must_use]
    pub fn past(epoch: u64) -> Self {
        Self(Key::Past(epoch))
    }

    /// What the record holds.
    #[must_use]
    pub fn kind(&self) -> GroupRecordKind {
        self.0.kind()
    }

    /// The key as bytes: the kind, then the id; ordered as the keys are.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(32);
        w.u8(match self.0.kind() {
            GroupRecordKind::Head => 0,
            GroupRecordKind::Epoch => 1,
            GroupRecordKind::Leaf => 2,
            GroupRecordKind::Parent => 3,
            GroupRecordKind::Private => 4,
            GroupRecordKind::SecretNode => 5,
            GroupRecordKind::Ratchet => 6,
            GroupRecordKind::Past => 7,
            GroupRecordKind::Resumption => 8,
            GroupRecordKind::Proposal => 9,
            GroupRecordKind::Update => 10,
            GroupRecordKind::Pending => 11,
        });
        match &self.0 {
            Key::Head | Key::Epoch | Key::Pending => {}
            Key::Leaf(index) | Key::Parent(index) | Key::Private(index) => w.u32(*index),
            Key::SecretNode(epoch, node) => {
                w.u64(*epoch);
                w.u32(*node);
            }
            Key::Ratchet(epoch, leaf, kind) => {
                w.u64(*epoch);
                w.u32(*leaf);
                w.u8(match kind {
                    RatchetKind::Handshake => 0,
                    RatchetKind::Application => 1,
                });
            }
            Key::Past(epoch) | Key::Resumption(epoch) => w.u64(*epoch),
            Key::Proposal(bytes) | Key::Update(bytes) => w.raw(bytes),
        }
        w.into_bytes()
    }

    /// The key of bytes.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(bytes);
        let key = match r.u8()? {
            0 => Key::Head,
            1 => Key::Epoch,
            2 => Key::Leaf(r.u32()?),
            3 => Key::Parent(r.u32()?),
            4 => Key::Private(r.u32()?),
            5 => Key::SecretNode(r.u64()?, r.u32()?),
            6 => Key::Ratchet(r.u64()?, r.u32()?, RatchetKind::decode(&mut r)?),
            7 => Key::Past(r.u64()?),
            8 => Key::Resumption(r.u64()?),
            9 => Key::Proposal(bounded(r.rest())?),
            10 => Key::Update(bounded(r.rest())?),
            11 => Key::Pending,
            _ => return Err(Malformed::Enumeration),
        };
        r.finish()?;
        Ok(Self(key))
    }
}

fn bounded(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    match u32::try_from(bytes.len()) {
        Ok(length) if length <= MAX_KEY => Ok(bytes.to_vec()),
        _ => Err(Malformed::TooLong),
    }
}

impl fmt::Debug for GroupRecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Decode for RatchetKind {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        match r.u8()? {
            0 => Ok(Self::Handshake),
            1 => Ok(Self::Application),
            _ => Err(Malformed::Enumeration),
        }
    }
}

/// One record to be made or replaced, or to be deleted.
#[derive(PartialEq, Eq)]
pub struct GroupChange {
    pub(crate) key: GroupRecordKey,
    pub(crate) body: Option<Zeroizing<Vec<u8>>>,
}

impl GroupChange {
    /// Which record.
    #[must_use]
    pub fn key(&self) -> &GroupRecordKey {
        &self.key
    }

    /// Its new body; none to delete it.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_ref().map(|body| body.as_slice())
    }
}

impl fmt::Debug for GroupChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {:?} bytes", self.key, self.body.as_ref().map(|body| body.len()))
    }
}

/// What has changed since the changes were last taken, in ascending order of the keys.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "changes are to be stored before anything that the step produced is sent or shown"]
pub struct GroupChanges {
    pub(crate) expected: u64,
    pub(crate) changes: Vec<GroupChange>,
}

impl GroupChanges {
    /// The number that the stored head must have before, 0 for no head; else the state is stale.
    #[must_use]
    pub fn expected(&self) -> u64 {
        self.expected
    }

    /// What deletes records.
    pub(crate) fn deletion(expected: u64, keys: BTreeSet<Key>) -> Self {
        let delete = |key| GroupChange { key: GroupRecordKey(key), body: None };
        Self { expected, changes: keys.into_iter().map(delete).collect() }
    }

    /// The number of an encoded head.
    ///
    /// # Errors
    /// [`Malformed`]
    pub fn number_of(head: &[u8]) -> Result<u64, Malformed> {
        let mut r = Reader::new(head);
        super::body::version(&mut r)?;
        r.u64()
    }

    /// Each change.
    pub fn iter(&self) -> impl Iterator<Item = &GroupChange> {
        self.changes.iter()
    }

    /// Whether nothing has changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// The records that were changed since the changes were last taken.
#[derive(Debug, Default)]
pub(crate) struct Touched(pub(crate) BTreeSet<Key>);

impl Touched {
    pub(crate) fn touch(&mut self, key: Key) {
        self.0.insert(key);
    }

    pub(crate) fn touch_secret_tree(&mut self, epoch: u64, changes: SecretTreeChanges) {
        self.0.extend(changes.nodes.into_iter().map(|node| Key::SecretNode(epoch, node)));
        let ratchets = changes.ratchets.into_iter();
        self.0.extend(ratchets.map(|(leaf, kind)| Key::Ratchet(epoch, leaf, kind)));
    }
}
