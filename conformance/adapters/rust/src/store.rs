//! The caller's side of state: records in a folder, stored by the rules of the specification's page
//! *State*.

use crate::groups::Kept;
use sceau::Wire;
use sceau::pairwise::{Changes, PublishedBatch, RecordKey, SessionId};
use sceau_adapter::line::{No, unhex};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Changes that have not been stored yet, in the order in which they were made.
#[derive(Default)]
pub struct Pending(Vec<Changes>);

/// What stands in the folder beside the library's records.
#[derive(Default)]
pub struct Aside {
    /// The runner's names of sessions.
    pub names: BTreeMap<String, SessionId>,
    /// What was set of the policy.
    pub policy: Set,
    /// Batches as they were published.
    pub published: BTreeMap<u32, PublishedBatch>,
    /// Groups.
    pub groups: Kept,
}

/// What `party.policy` has set.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Set {
    /// Whether an issuer must have signed.
    pub require_issuer: bool,
    /// The issuers' keys, in hexadecimal.
    pub issuers: Vec<String>,
    /// Limits by their names.
    pub limits: BTreeMap<String, u64>,
}

/// The file `state` of a party's folder.
#[derive(Default, Serialize, Deserialize)]
struct Stored {
    /// Records in ascending order of key: encoding of the key, generation, encoding of the record.
    records: Vec<(String, u64, String)>,
    names: BTreeMap<String, String>,
    policy: Set,
    published: Vec<String>,
    #[serde(default)]
    groups: Kept,
}

impl Pending {
    /// Adds what a step has changed.
    pub fn add(&mut self, changes: Changes) {
        self.0.push(changes);
    }

    /// Stores all of it in one go, or nothing (`STA-06`, `STA-07`).
    ///
    /// # Errors
    /// `stale_state` when a record's stored generation is not the one expected.
    pub fn store(&mut self, folder: &Path, aside: &Aside) -> Result<(), No> {
        let stored = read(folder)?.unwrap_or_default();
        let mut records: BTreeMap<String, (u64, String)> = stored
            .records
            .into_iter()
            .map(|(key, generation, record)| (key, (generation, record)))
            .collect();
        for change in self.0.iter().flat_map(Changes::iter) {
            let key = sort_key(change.key());
            if records.get(&key).map_or(0, |(generation, _)| *generation) != change.expected() {
                return Err(No::Reject("stale_state"));
            }
            match change.record() {
                Some(record) => {
                    let bytes = hex::encode(record.to_bytes());
                    records.insert(key, (record.generation(), bytes))
                }
                None => records.remove(&key),
            };
        }
        let written = Stored {
            records: records.into_iter().map(|(k, (generation, r))| (k, generation, r)).collect(),
            names: aside
                .names
                .iter()
                .map(|(n, id)| (n.clone(), hex::encode(id.as_bytes())))
                .collect(),
            policy: aside.policy.clone(),
            published: aside.published.values().map(|b| hex::encode(b.to_bytes())).collect(),
            groups: aside.groups.clone(),
        };
        replace(folder, &serde_json::to_vec(&written).map_err(fault)?).map_err(fault)?;
        self.0.clear();
        Ok(())
    }
}

/// Reads what a folder has: the export that the records make, and what stands beside them.
///
/// # Errors
/// `malformed` where there is no state, or it is damaged.
pub fn load(folder: &Path) -> Result<(Vec<u8>, Aside), No> {
    let malformed = |_| No::Reject("malformed");
    let stored = read(folder)?.ok_or(No::Reject("malformed"))?;
    let mut state = Vec::new();
    for (_, _, record) in &stored.records {
        state.extend(unhex(record).map_err(malformed)?);
    }
    let mut aside = Aside { policy: stored.policy, groups: stored.groups, ..Aside::default() };
    for (name, id) in stored.names {
        let id =
            unhex(&id).ok().and_then(|id| id.try_into().ok()).ok_or(No::Reject("malformed"))?;
        aside.names.insert(name, SessionId::new(id));
    }
    for batch in stored.published {
        let batch = PublishedBatch::from_bytes(&unhex(&batch).map_err(malformed)?)?;
        aside.published.insert(batch.batch.tbs().generation, batch);
    }
    Ok((state, aside))
}

fn read(folder: &Path) -> Result<Option<Stored>, No> {
    match fs::read(folder.join("state")) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| No::Reject("malformed")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault(error)),
    }
}

/// Puts a new file into the place of the old one, so that a crash leaves one of the two.
fn replace(folder: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let new = folder.join("state.new");
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(new, folder.join("state"))?;
    File::open(folder)?.sync_all()
}

/// Kind and id, so that the order of the text is that of (kind, id).
fn sort_key(key: &RecordKey) -> String {
    format!("{:?}:{}", key.kind() as u8, hex::encode(key.id()))
}

fn fault(error: impl ToString) -> No {
    No::Fault(error.to_string())
}
