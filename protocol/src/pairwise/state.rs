//! Records, generations and changes (page *State*). How a caller stores them stands at the front of the module above.

use super::id_bytes::IdBytes;
use super::identity::AccountId;
use super::peer::Pair;
use super::session::SessionId;
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::crypto::Secret;
use crate::error::Malformed;
use crate::limits::MAX_KEY;
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
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordKey {
    kind: RecordKind,
    id: IdBytes,
}

impl RecordKey {
    fn new(kind: RecordKind, id: &[u8]) -> Self {
        Self { kind, id: IdBytes::new(id) }
    }

    pub(crate) fn head() -> Self {
        Self::new(RecordKind::Head, &[])
    }

    /// What it holds.
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        self.kind
    }

    /// Which one of its kind.
    #[must_use]
    pub fn id(&self) -> &[u8] {
        self.id.as_slice()
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordKey").field("kind", &self.kind).field("id", &self.id()).finish()
    }
}

impl Decode for RecordKey {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self::new(RecordKind::decode(r)?, r.opaque(MAX_KEY)?))
    }
}

impl Encode for RecordKey {
    fn encode(&self, w: &mut Writer) {
        w.item(&self.kind);
        w.opaque(self.id());
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
    expected: u64,
    to: To,
}

/// What a change makes of a record.
#[derive(Debug, PartialEq, Eq)]
enum To {
    Stored(Record),
    Deleted(RecordKey),
}

impl Change {
    /// A record is made or replaced.
    pub(crate) fn store(record: Record, expected: u64) -> Self {
        Self { expected, to: To::Stored(record) }
    }

    /// A record is deleted.
    pub(crate) fn delete(key: RecordKey, expected: u64) -> Self {
        Self { expected, to: To::Deleted(key) }
    }

    /// Which record.
    #[must_use]
    pub fn key(&self) -> &RecordKey {
        match &self.to {
            To::Stored(record) => &record.key,
            To::Deleted(key) => key,
        }
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
        match &self.to {
            To::Stored(record) => Some(record),
            To::Deleted(_) => None,
        }
    }
}

impl Decode for Change {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (key, expected) = (RecordKey::decode(r)?, r.u64()?);
        match r.optional(Record::decode)? {
            None => Ok(Self::delete(key, expected)),
            Some(record) => {
                let next = expected.checked_add(1) == Some(record.generation);
                let fits = next && record.key == key;
                if fits { Ok(Self::store(record, expected)) } else { Err(Malformed::Value) }
            }
        }
    }
}

impl Encode for Change {
    fn encode(&self, w: &mut Writer) {
        w.item(self.key());
        w.u64(self.expected);
        w.optional(self.record(), Writer::item);
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
        match self {
            Self::Account => RecordKey::new(RecordKind::Account, &[]),
            Self::Batch(generation) => RecordKey::new(RecordKind::Batch, &generation.to_be_bytes()),
            Self::Prekey(generation, id) => {
                let id = [generation.to_be_bytes(), id.to_be_bytes()].concat();
                RecordKey::new(RecordKind::Prekey, &id)
            }
            Self::Replay(generation, reference) => {
                let id = [&generation.to_be_bytes()[..], reference].concat();
                RecordKey::new(RecordKind::Replay, &id)
            }
            Self::Peer(account) => RecordKey::new(RecordKind::Peer, account.as_bytes()),
            Self::Session(session) => RecordKey::new(RecordKind::Session, session.as_bytes()),
        }
    }
}

/// What a step that is being carried out has changed so far. Carrying out cannot fail: what can, was
/// done before.
#[derive(Default)]
pub(crate) struct Step {
    /// In the order of the step; of what is said of one record, the last counts. `None`: changed or made; else deleted,
    /// with the generation that it had.
    keys: Vec<(Key, Option<u64>)>,
    /// Pairs whose archive has got a session more, or holds one no longer.
    archives: Vec<(AccountId, u64)>,
    /// The pairs with an account as they were when the step first had to do with one of them.
    pairs: Vec<(AccountId, Vec<Pair>)>,
}

impl Step {
    /// At the end of the step, the archive of the pair with this device is brought back to its bound (`REP-09`).
    pub(crate) fn bound_archive(&mut self, account: &AccountId, serial: u64) {
        let pair = (account.clone(), serial);
        if !self.archives.contains(&pair) {
            self.archives.push(pair);
        }
    }

    /// A pair with this account may change; these are those that there are now. At the end of the step it shows whether the
    /// record is another one: a session that comes and goes in the step leaves it as it was.
    pub(crate) fn may_change(&mut self, account: &AccountId, pairs: &[Pair]) {
        if !self.pairs.iter().any(|(of, _)| of == account) {
            self.pairs.push((account.clone(), pairs.to_vec()));
        }
    }

    /// What [`Self::may_change`] has noted.
    pub(crate) fn take_pairs(&mut self) -> Vec<(AccountId, Vec<Pair>)> {
        core::mem::take(&mut self.pairs)
    }

    /// The pairs of [`Self::bound_archive`], each once.
    pub(crate) fn take_archives(&mut self) -> Vec<(AccountId, u64)> {
        core::mem::take(&mut self.archives)
    }

    /// A record was made or changed.
    pub(crate) fn touch(&mut self, key: Key) {
        self.keys.push((key, None));
    }

    /// A record was deleted that had this generation: 0 if this step itself had made it.
    pub(crate) fn delete(&mut self, key: Key, generation: u64) {
        self.keys.push((key, Some(generation)));
    }

    /// Each record once, in ascending order of key.
    pub(crate) fn into_keys(mut self) -> Vec<(Key, Option<u64>)> {
        self.keys.sort_by(|(a, _), (b, _)| a.cmp(b)); // Stable: what is said of one record keeps its order.
        self.keys.dedup_by(|(later, deleted), (key, counts)| {
            let same = later == key;
            if same {
                *counts = *deleted;
            }
            same
        });
        self.keys.retain(|(_, deleted)| *deleted != Some(0));
        self.keys
    }
}
