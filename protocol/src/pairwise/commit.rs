//! From a step to its changes, and from the state to its records (page *State*).

use super::account::Account;
use super::session::SessionId;
use super::state::{Change, Changes, Key, Record, RecordKey, Step};
use crate::codec::{Encode, Writer, opaque_len};
use alloc::vec::Vec;

impl Account {
    /// Puts what a step has changed into records. This is the only place that counts generations
    /// (`STA-02`, `STA-03`).
    pub(crate) fn commit(&mut self, mut step: Step) -> Changes {
        for (account, serial) in step.take_archives() {
            self.bound_archive(&mut step, &account, serial);
        }
        // Whatever leaves a pair without sessions, or a list without a device, has said so.
        for (account, before) in step.take_pairs() {
            if let Some(peer) = self.peers.get_mut(&account) {
                peer.drop_idle_pairs();
                if peer.pairs != before {
                    step.touch(Key::Peer(account));
                }
            }
        }
        let keys = step.into_keys();
        let mut changes = Vec::with_capacity(keys.len().saturating_add(1));
        for (key, deleted) in keys {
            let change = match deleted {
                Some(generation) => {
                    let retired = self.head.retired.saturating_add(generation);
                    self.head.retired = retired.saturating_add(1);
                    Some(Change::delete(key.record_key(), generation))
                }
                None => self.changed(&key),
            };
            if let Some(change) = change {
                self.head.changes = self.head.changes.saturating_add(1);
                changes.push(change);
            }
        }
        if !changes.is_empty() {
            let expected = self.head_generation;
            self.head_generation = expected.saturating_add(1);
            let record = self.head_record();
            changes.push(Change::store(record, expected));
        }
        Changes(changes)
    }

    pub(crate) fn head_record(&self) -> Record {
        let mut w = Writer::with_capacity(16);
        w.item(&self.head);
        Record::new(RecordKey::head(), self.head_generation, w.into_bytes())
    }

    fn changed(&mut self, key: &Key) -> Option<Change> {
        let generation = self.generation_of(key)?;
        let expected = *generation;
        *generation = expected.saturating_add(1);
        let record = self.record(key)?;
        Some(Change::store(record, expected))
    }

    fn generation_of(&mut self, key: &Key) -> Option<&mut u64> {
        Some(match key {
            Key::Account => &mut self.generation,
            Key::Batch(batch) => &mut self.batches.get_mut(batch)?.generation,
            Key::Prekey(batch, id) => {
                &mut self.batches.get_mut(batch)?.prekeys.get_mut(id)?.generation
            }
            Key::Replay(batch, reference) => {
                &mut self.batches.get_mut(batch)?.replay.get_mut(reference)?.generation
            }
            Key::Peer(account) => &mut self.peers.get_mut(account)?.generation,
            Key::Session(session) => &mut self.sessions.get_mut(session)?.generation,
        })
    }

    /// The record of a key, as it is now.
    pub(crate) fn record(&self, key: &Key) -> Option<Record> {
        let mut w;
        let generation = match key {
            Key::Account => {
                w = Writer::new();
                self.encode_account(&mut w);
                self.generation
            }
            Key::Batch(batch) => {
                let batch = self.batches.get(batch)?;
                w = Writer::new();
                w.item(&batch.batch);
                w.item(&batch.credential);
                batch.generation
            }
            Key::Prekey(batch, id) => {
                let prekey = self.batches.get(batch)?.prekeys.get(id)?;
                w = Writer::with_capacity(opaque_len(prekey.private.len()).saturating_add(1));
                w.item(&prekey.prekey_type);
                prekey.private.write(&mut w);
                prekey.generation
            }
            Key::Replay(batch, reference) => {
                let replay = self.batches.get(batch)?.replay.get(reference)?;
                w = Writer::with_capacity(SessionId::LEN.saturating_add(1));
                w.item(&replay.session);
                replay.generation
            }
            Key::Peer(account) => {
                let peer = self.peers.get(account)?;
                w = Writer::new();
                w.item(peer);
                peer.generation
            }
            Key::Session(session) => {
                let session = self.sessions.get(session)?;
                w = Writer::with_capacity(session.encoded_len());
                session.encode(&mut w);
                session.generation
            }
        };
        Some(Record::new(key.record_key(), generation, w.into_bytes()))
    }

    /// `AccountState`
    fn encode_account(&self, w: &mut Writer) {
        self.keyring.encode(w);
        w.item(&self.device_list);
        w.item(&self.credential);
        w.u32(self.last_batch_generation);
    }

    /// All keys but the head's, in ascending order.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let mut keys = alloc::vec![Key::Account];
        keys.extend(self.batches.keys().map(|batch| Key::Batch(*batch)));
        for (generation, batch) in &self.batches {
            keys.extend(batch.prekeys.keys().map(|id| Key::Prekey(*generation, *id)));
        }
        for (generation, batch) in &self.batches {
            keys.extend(batch.replay.keys().map(|r| Key::Replay(*generation, r.clone())));
        }
        keys.extend(self.peers.keys().map(|account| Key::Peer(account.clone())));
        keys.extend(self.sessions.keys().map(|session| Key::Session(*session)));
        keys
    }
}
