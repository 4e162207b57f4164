//! Records: what leaves the library, and the changes that a step makes to them (State).

use super::codec::MAX_VECTOR;
use super::codec::{
    Reader, at_end, finish, precedes, read_opaque, read_presence, read_u8, read_u64, reader,
    write_opaque,
};
use super::error::{ErrorClass, check};
use super::identities::read_version;
use super::limits::MAX_KEY;
use crate::octets::{Octets, byte, empty, u64_be};
use hacspec_lib::*;

/// Record kind: the head.
pub const HEAD: u8 = 0;
/// Record kind: the own account.
pub const ACCOUNT: u8 = 1;
/// Record kind: a prekey batch.
pub const BATCH: u8 = 2;
/// Record kind: a private prekey.
pub const PREKEY: u8 = 3;
/// Record kind: an entry of the replay cache.
pub const REPLAY: u8 = 4;
/// Record kind: a peer's account.
pub const PEER: u8 = 5;
/// Record kind: a session.
pub const SESSION: u8 = 6;

/// `RecordKey`.
#[derive(Clone, Debug, Default)]
pub struct RecordKey {
    /// Its kind.
    pub kind: u8,
    /// Which one of the kind.
    pub id: Octets,
}

/// `Record`.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Its key.
    pub key: RecordKey,
    /// 1 when made, one more at each change (`[STA-02]`).
    pub generation: u64,
    /// Its content.
    pub body: Octets,
}

/// Records in ascending order of their keys.
pub type Records = Seq<Record>;

/// `Change`.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The record's key.
    pub key: RecordKey,
    /// Its generation before; 0: new (`[STA-06]`).
    pub expected: u64,
    /// The record after; none: deleted.
    pub record: Option<Record>,
}

/// The changes of a step, ascending by key, the head last.
pub type Changes = Seq<Change>;

/// `Head`.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Changes made so far (`[STA-03]`).
    pub changes: u64,
    /// Those made to records that are deleted (`[STA-03]`).
    pub retired: u64,
}

/// `encode(RecordKey)`.
pub fn encode_record_key(key: &RecordKey) -> Octets {
    byte(key.kind).concat(&write_opaque(&key.id))
}

/// `encode(Record)`.
pub fn encode_record(record: &Record) -> Octets {
    byte(0)
        .concat_owned(encode_record_key(&record.key))
        .concat_owned(u64_be(record.generation))
        .concat_owned(write_opaque(&record.body))
}

/// Reads a `RecordKey`, of a known kind.
pub fn read_record_key(r: Reader) -> Result<(RecordKey, Reader), ErrorClass> {
    let (kind, r) = read_u8(r)?;
    check(kind <= SESSION, ErrorClass::Malformed)?;
    let (id, r) = read_opaque(r, MAX_KEY)?;
    Ok((RecordKey { kind, id }, r))
}

/// Reads a `Record`.
pub fn read_record(r: Reader) -> Result<(Record, Reader), ErrorClass> {
    let r = read_version(r)?;
    let (key, r) = read_record_key(r)?;
    let (generation, r) = read_u64(r)?;
    let (body, r) = read_opaque(r, MAX_VECTOR)?;
    check(generation > 0, ErrorClass::Malformed)?;
    Ok((Record { key, generation, body }, r))
}

/// The encodings of records, joined (`[STA-01]`).
pub fn encode_records(records: &Records) -> Octets {
    let mut out = empty();
    for i in 0..records.len() {
        out = out.concat_owned(encode_record(&records[i]));
    }
    out
}

/// Reads records until nothing is left; their keys ascend strictly (`[STA-01]`).
pub fn decode_records(bytes: &Octets) -> Result<Records, ErrorClass> {
    let mut r = reader(bytes);
    let mut records = Records::new(0);
    for _i in 0..bytes.len() {
        if !at_end(&r) {
            let (record, rest) = read_record(r)?;
            let n = records.len();
            check(n == 0 || key_precedes(&records[n - 1].key, &record.key), ErrorClass::Malformed)?;
            records = records.push_owned(record);
            r = rest;
        }
    }
    Ok(records)
}

/// `encode(Change)`.
pub fn encode_change(change: &Change) -> Octets {
    let record = match &change.record {
        Some(record) => byte(1).concat_owned(encode_record(record)),
        None => byte(0),
    };
    encode_record_key(&change.key).concat_owned(u64_be(change.expected)).concat_owned(record)
}

/// The encodings of changes, joined.
pub fn encode_changes(changes: &Changes) -> Octets {
    let mut out = empty();
    for i in 0..changes.len() {
        out = out.concat_owned(encode_change(&changes[i]));
    }
    out
}

// ANCHOR: decode_change
/// Whether a change's record, if there is one, has its key and the generation that follows (`[STA-11]`).
fn fits(change: &Change) -> bool {
    match &change.record {
        Some(record) => {
            record.key.kind == change.key.kind
                && record.key.id == change.key.id
                && change.expected.checked_add(1) == Some(record.generation)
        }
        None => true,
    }
}

/// Decodes a `Change`.
pub fn decode_change(bytes: &Octets) -> Result<Change, ErrorClass> {
    let (key, r) = read_record_key(reader(bytes))?;
    let (expected, r) = read_u64(r)?;
    let (present, r) = read_presence(r)?;
    let (record, r) = if present {
        let (record, r) = read_record(r)?;
        (Some(record), r)
    } else {
        (None, r)
    };
    finish(&r)?;
    let change = Change { key, expected, record };
    check(fits(&change), ErrorClass::Malformed)?;
    Ok(change)
}
// ANCHOR_END: decode_change

/// `encode(Head)`.
pub fn encode_head(head: &Head) -> Octets {
    u64_be(head.changes).concat(&u64_be(head.retired))
}

/// Decodes a `Head`.
pub fn decode_head(bytes: &Octets) -> Result<Head, ErrorClass> {
    let (changes, r) = read_u64(reader(bytes))?;
    let (retired, r) = read_u64(r)?;
    finish(&r)?;
    Ok(Head { changes, retired })
}

/// Whether a key stands before another.
pub fn key_precedes(a: &RecordKey, b: &RecordKey) -> bool {
    a.kind < b.kind || (a.kind == b.kind && precedes(&a.id, &b.id))
}

/// A record that is yet without its generation.
pub fn unnumbered(kind: u8, id: &Octets, body: Octets) -> Record {
    Record { key: RecordKey { kind, id: id.clone() }, generation: 0, body }
}

// ANCHOR: difference
/// The changes from `old` records to `new` ones, both ascending and without the head; the new records
/// with their generations (`[STA-02]`), and how many generations were retired (`[STA-03]`).
pub fn difference(old: &Records, new: &Records) -> (Changes, Records, u64) {
    let mut changes = Changes::new(0);
    let mut numbered = Records::new(0);
    let mut retired = 0u64;
    let mut i = 0usize;
    let mut j = 0usize;
    for _step in 0..old.len() + new.len() {
        let gone = i < old.len() && (j == new.len() || key_precedes(&old[i].key, &new[j].key));
        let made = j < new.len() && (i == old.len() || key_precedes(&new[j].key, &old[i].key));
        if gone {
            let key = old[i].key.clone();
            changes = changes.push_owned(Change { key, expected: old[i].generation, record: None });
            retired += old[i].generation + 1;
            i += 1;
        } else if made {
            let record = Record { generation: 1, ..new[j].clone() };
            let key = record.key.clone();
            changes = changes.push_owned(Change { key, expected: 0, record: Some(record.clone()) });
            numbered = numbered.push_owned(record);
            j += 1;
        } else if i < old.len() && j < new.len() {
            let changed = old[i].body != new[j].body;
            let expected = old[i].generation;
            let generation = if changed { expected + 1 } else { expected };
            let record = Record { generation, ..new[j].clone() };
            if changed {
                let key = record.key.clone();
                changes =
                    changes.push_owned(Change { key, expected, record: Some(record.clone()) });
            }
            numbered = numbered.push_owned(record);
            i += 1;
            j += 1;
        }
    }
    (changes, numbered, retired)
}
// ANCHOR_END: difference
