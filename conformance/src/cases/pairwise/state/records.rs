//! Records of an exported state, taken apart and put together again.

use crate::case::{Outcome, Stop};
use crate::cases::pairwise::codec::draft::Draft;

/// Kinds of record.
pub const HEAD: u8 = 0;
/// See [`HEAD`].
pub const ACCOUNT: u8 = 1;
/// See [`HEAD`].
pub const BATCH: u8 = 2;
/// See [`HEAD`].
pub const PEER: u8 = 5;
/// See [`HEAD`].
pub const SESSION: u8 = 6;

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its version.
    pub version: u8,
    /// Its kind.
    pub kind: u8,
    /// Its id.
    pub id: Vec<u8>,
    /// Its generation.
    pub generation: u64,
    /// Its body.
    pub body: Vec<u8>,
}

/// A change of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Kind and id of the record.
    pub key: (u8, Vec<u8>),
    /// Its generation before.
    pub expected: u64,
    /// What it is now; nothing if deleted.
    pub record: Option<Record>,
}

/// Bytes that are read from the front.
pub struct Reader<'b>(pub &'b [u8]);

impl<'b> Reader<'b> {
    /// So many bytes.
    ///
    /// # Errors
    /// There are fewer.
    pub fn take(&mut self, count: usize) -> Outcome<&'b [u8]> {
        let short = || Stop::Fail("an exported state ends in the middle of a field".to_owned());
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(short)?;
        self.0 = rest;
        Ok(taken)
    }

    /// An integer of so many bytes.
    ///
    /// # Errors
    /// There are fewer.
    pub fn integer(&mut self, size: usize) -> Outcome<u64> {
        Ok(self.take(size)?.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
    }

    /// `opaque x<V>`.
    ///
    /// # Errors
    /// It is cut off.
    pub fn opaque(&mut self) -> Outcome<&'b [u8]> {
        let first = self.integer(1)?;
        let more = match first >> 6 {
            0 => 0,
            1 => 1,
            2 => 3,
            _ => return Err(Stop::Fail("an exported state has a length of prefix 11".to_owned())),
        };
        let count = (first & 0x3f) << (8 * more) | self.integer(more)?;
        self.take(count as usize)
    }

    fn record(&mut self) -> Outcome<Record> {
        Ok(Record {
            version: self.integer(1)? as u8,
            kind: self.integer(1)? as u8,
            id: self.opaque()?.to_vec(),
            generation: self.integer(8)?,
            body: self.opaque()?.to_vec(),
        })
    }
}

impl Record {
    /// Its encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let draft = Draft::new().u8(self.version).u8(self.kind).opaque(&self.id);
        draft.u64(self.generation).opaque(&self.body).bytes().to_vec()
    }

    /// Kind and id.
    #[must_use]
    pub fn key(&self) -> (u8, Vec<u8>) {
        (self.kind, self.id.clone())
    }
}

/// The records of a state.
///
/// # Errors
/// It is not encoded as STA-01 says.
pub fn parse(state: &[u8]) -> Outcome<Vec<Record>> {
    let (mut reader, mut records) = (Reader(state), Vec::new());
    while !reader.0.is_empty() {
        records.push(reader.record()?);
    }
    Ok(records)
}

/// A state of these records.
#[must_use]
pub fn join(records: &[Record]) -> Vec<u8> {
    records.iter().flat_map(Record::encode).collect()
}

/// The changes of a step, one behind the other.
///
/// # Errors
/// They are not encoded as they must be.
pub fn parse_changes(bytes: &[u8]) -> Outcome<Vec<Change>> {
    let mut reader = Reader(bytes);
    let mut changes = Vec::new();
    while !reader.0.is_empty() {
        let key = (reader.integer(1)? as u8, reader.opaque()?.to_vec());
        let expected = reader.integer(8)?;
        let record = match reader.integer(1)? {
            0 => None,
            _ => Some(reader.record()?),
        };
        changes.push(Change { key, expected, record });
    }
    Ok(changes)
}

/// `changes` and `retired` of the head record.
///
/// # Errors
/// There is none.
pub fn head(records: &[Record]) -> Outcome<(u64, u64)> {
    let head = records.iter().find(|record| record.kind == HEAD);
    let head = head.ok_or_else(|| Stop::Fail("an exported state has no head".to_owned()))?;
    let mut reader = Reader(&head.body);
    Ok((reader.integer(8)?, reader.integer(8)?))
}

/// The records without those chosen, and the head as if they had been deleted in steps.
///
/// # Errors
/// There is no head.
pub fn without(records: &[Record], chosen: impl Fn(&Record) -> bool) -> Outcome<Vec<Record>> {
    let (mut changes, mut retired) = head(records)?;
    let mut left = records.to_vec();
    for record in records.iter().filter(|record| chosen(record)) {
        changes += 1;
        retired += record.generation + 1;
    }
    left.retain(|record| !chosen(record));
    for record in left.iter_mut().filter(|record| record.kind == HEAD) {
        record.body = Draft::new().u64(changes).u64(retired).bytes().to_vec();
    }
    Ok(left)
}

/// A session's record with the number of the next message in its sending chain set.
///
/// # Errors
/// The body is not a `SessionState`, or has no sending chain.
pub fn with_next(record: &Record, next: u32) -> Outcome<Record> {
    let mut reader = Reader(&record.body);
    reader.take(2 + 1 + 1 + 8)?;
    reader.opaque()?;
    reader.opaque()?;
    reader.take(8)?;
    reader.opaque()?;
    reader.opaque()?;
    reader.take(1)?;
    // Exporter secret to next header keys: eight fields.
    for _ in 0..8 {
        reader.opaque()?;
    }
    if reader.integer(1)? != 1 {
        return Err(Stop::Fail("an established session has no sending chain".to_owned()));
    }
    reader.opaque()?;
    reader.opaque()?;
    let at = record.body.len() - reader.0.len();
    let mut changed = record.clone();
    if let Some(place) = changed.body.get_mut(at..at + 4) {
        place.copy_from_slice(&next.to_be_bytes());
    }
    Ok(changed)
}
