//! Records, generations and changes (page *State*). How a caller stores them stands at the front of the module above.

use super::identity::AccountId;
use super::session::SessionId;
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::crypto::Secret;
use crate::error::Malformed;
use crate::limits::MAX_KEY;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

/// `RecordKind`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordKind {
    /// Counts changes; there is one.
    Head = 0,
    /// The device's keys, list and credential; there is one.
    Account = 1,
    /// A prekey batch.
    Batch = 2,
    /// A private prekey.
    Prekey = 3,
    /// A handshake that was accepted.
    Replay = 4,
    /// A peer's device list and pairs.
    Peer = 5,
    /// A session.
    Session = 6,
}

impl Decode for RecordKind {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match r.u8()? {
            0 => Self::Head,
            1 => Self::Account,
            2 => Self::Batch,
            3 => Self::Prekey,
            4 => Self::Replay,
            5 => Self::Peer,
            6 => Self::Session,
            _ => return Err(Malformed::Enumeration),
        })
    }
}

impl Encode for RecordKind {
    fn encode(&self, w: &mut Writer) {
        w.u8(match self {
            Self::Head => 0,
            Self::Account => 1,
            Self::Batch => 2,
            Self::Prekey => 3,
            Self::Replay => 4,
            Self::Peer => 5,
            Self::Session => 6,
        });
    }
}

/// `RecordKey`: where a record is stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordKey {
    kind: RecordKind,
    id: Vec<u8>,
}

impl RecordKey {
    pub(crate) fn head() -> Self {
        Self { kind: RecordKind::Head, id: Vec::new() }
    }

    /// What it holds.
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        self.kind
    }

    /// Which one of its kind.
    #[must_use]
    pub fn id(&self) -> &[u8] {
        &self.id
    }
}

impl Decode for RecordKey {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { kind: RecordKind::decode(r)?, id: r.opaque(MAX_KEY)?.to_vec() })
    }
}

impl Encode for RecordKey {
    fn encode(&self, w: &mut Writer) {
        w.item(&self.kind);
        w.opaque(&self.id);
    }
}

/// `Record`: a part of the state. It holds private keys: the caller seals it. Wiped when dropped; its encoding
/// ([`Wire::to_bytes`](crate::Wire::to_bytes)) is the caller's to wipe.
#[derive(PartialEq, Eq)]
pub struct Record {
    key: RecordKey,
    generation: u64,
    body: Secret,
}

impl Record {
    pub(crate) fn new(key: RecordKey, generation: u64, body: Vec<u8>) -> Self {
        Self { key, generation, body: Secret::from_vec(body) }
    }

    /// Where it is stored.
    #[must_use]
    pub fn key(&self) -> &RecordKey {
        &self.key
    }

    /// 1 when it is made, one more at each change (`STA-02`).
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    pub(crate) fn body(&self) -> &[u8] {
        self.body.as_bytes()
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("key", &self.key)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

impl Decode for Record {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        if r.u8()? != 0 {
            return Err(Malformed::UnsupportedVersion);
        }
        let (key, generation) = (RecordKey::decode(r)?, r.u64()?);
        Ok(Self::new(key, generation, r.opaque(u32::MAX)?.to_vec()))
    }
}

impl Encode for Record {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.item(&self.key);
        w.u64(self.generation);
        self.body.write(w);
    }
}

/// `Change`: one record to be made, replaced or deleted. The record, where there is one, has the change's key, and a
/// generation one above [`Change::expected`] (`STA-11`).
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    key: RecordKey,
    expected: u64,
    record: Option<Record>,
}

impl Change {
    pub(crate) fn new(key: RecordKey, expected: u64, record: Option<Record>) -> Self {
        Self { key, expected, record }
    }

    /// Which record.
    #[must_use]
    pub fn key(&self) -> &RecordKey {
        &self.key
    }

    /// The generation that must be stored before: 0 for none. Else the step is refused as a whole with
    /// `stale_state` (`STA-06`).
    #[must_use]
    pub fn expected(&self) -> u64 {
        self.expected
    }

    /// The new record; none to delete it.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        self.record.as_ref()
    }
}

impl Decode for Change {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (key, expected) = (RecordKey::decode(r)?, r.u64()?);
        let record: Option<Record> = r.optional(Record::decode)?;
        let fits = |record: &Record| {
            record.key == key && expected.checked_add(1) == Some(record.generation)
        };
        if !record.as_ref().is_none_or(fits) {
            return Err(Malformed::Value);
        }
        Ok(Self { key, expected, record })
    }
}

impl Encode for Change {
    fn encode(&self, w: &mut Writer) {
        w.item(&self.key);
        w.u64(self.expected);
        w.optional(self.record.as_ref(), Writer::item);
    }
}

/// What one step changes, in ascending order of key, the head last; empty when nothing does.
#[derive(Debug, Default, PartialEq, Eq)]
#[must_use = "changes are to be stored before anything that the step produced is sent or shown"]
pub struct Changes(pub(crate) Vec<Change>);

impl Changes {
    /// Each change.
    pub fn iter(&self) -> impl Iterator<Item = &Change> {
        self.0.iter()
    }

    /// Number of changes, the head's included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing has changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The encodings of all changes, one behind the other, private keys in clear: the caller's to seal and wipe.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        self.0.iter().for_each(|change| w.item(change));
        w.into_bytes()
    }
}

impl IntoIterator for Changes {
    type Item = Change;
    type IntoIter = alloc::vec::IntoIter<Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// `Head`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) changes: u64,
    pub(crate) retired: u64,
}

impl Decode for Head {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { changes: r.u64()?, retired: r.u64()? })
    }
}

impl Encode for Head {
    fn encode(&self, w: &mut Writer) {
        w.u64(self.changes);
        w.u64(self.retired);
    }
}

/// Which record, with its id taken apart; ordered as [`RecordKey`] is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Account,
    Batch(u32),
    Prekey(u32, u32),
    Replay(u32, Vec<u8>),
    Peer(AccountId),
    Session(SessionId),
}

impl Key {
    pub(crate) fn record_key(&self) -> RecordKey {
        let (kind, id) = match self {
            Self::Account => (RecordKind::Account, Vec::new()),
            Self::Batch(generation) => (RecordKind::Batch, generation.to_be_bytes().to_vec()),
            Self::Prekey(generation, id) => {
                (RecordKind::Prekey, [generation.to_be_bytes(), id.to_be_bytes()].concat())
            }
            Self::Replay(generation, reference) => {
                (RecordKind::Replay, [&generation.to_be_bytes()[..], reference].concat())
            }
            Self::Peer(account) => (RecordKind::Peer, account.as_bytes().to_vec()),
            Self::Session(session) => (RecordKind::Session, session.as_bytes().to_vec()),
        };
        RecordKey { kind, id }
    }
}

/// What a step that is being carried out has changed so far. Carrying out cannot fail: what can, was
/// done before.
#[derive(Default)]
pub(crate) struct Step {
    /// `None`: changed or made; else deleted, with the generation that it had.
    keys: BTreeMap<Key, Option<u64>>,
}

impl Step {
    /// A record was made or changed.
    pub(crate) fn touch(&mut self, key: Key) {
        self.keys.insert(key, None);
    }

    /// A record was deleted that had this generation: 0 if this step itself had made it.
    pub(crate) fn delete(&mut self, key: Key, generation: u64) {
        if generation == 0 {
            self.keys.remove(&key);
        } else {
            self.keys.insert(key, Some(generation));
        }
    }

    pub(crate) fn into_keys(self) -> BTreeMap<Key, Option<u64>> {
        self.keys
    }
}
