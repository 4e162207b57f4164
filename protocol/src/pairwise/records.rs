//! Export and import of the whole state (page *State*, `STA-01`, `STA-04`).

use super::account::{Account, Batch, Replay, StoredPrekey};
use super::credential::Credential;
use super::device_list::DeviceList;
use super::identity::AccountId;
use super::keyring::Keyring;
use super::peer::{Pair, Peer};
use super::policy::Policy;
use super::prekeys::{PrekeyBatch, PrekeyType};
use super::session::{SessionId, SessionState, SessionStatus, decode_session_id};
use super::state::{Head, Record, RecordKind};
use crate::codec::{Decode, Reader, Writer, decode_all};
use crate::crypto::{Provider, Secret, Suite};
use crate::error::{Error, Malformed, Peer as Refused};
use crate::limits::MAX_KEY;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use zeroize::Zeroizing;

impl Account {
    /// All records in ascending order of (kind, id), one behind the other (`STA-01`). An export is no step: what is past
    /// its age stays in it until the next one (`STA-10`). It holds private keys; wiped when dropped.
    #[must_use]
    pub fn export_state(&self) -> Zeroizing<Vec<u8>> {
        let mut w = Writer::with_capacity(4096);
        w.item(&self.head_record());
        for key in self.keys() {
            if let Some(record) = self.record(&key) {
                w.item(&record);
            }
        }
        Zeroizing::new(w.into_bytes())
    }

    /// Makes a device from its stored records, joined in ascending order (`STA-04`). Signatures are not verified
    /// again. `least_changes` is the highest [`Account::changes`] that the caller knows of.
    ///
    /// # Errors
    /// `unsupported_version`; `malformed`; `unsupported_suite` for a session, batch or private key of a suite or type that
    /// this crate does not have; `rollback` when the head's sum does not agree or its changes are below
    /// `least_changes`: the copy is old, and the device is to be enrolled anew (`STA-05`).
    pub fn import(
        records: &[u8],
        least_changes: Option<u64>,
        provider: Provider,
        policy: Policy,
    ) -> Result<Self, Error> {
        let records = split(records)?;
        let mut records = records.into_iter();
        let head = records.next().filter(|record| record.key().kind() == RecordKind::Head);
        let head = head.filter(|head| head.key().id().is_empty()).ok_or(Malformed::Value)?;
        let sums: Head = decode_all(head.body())?;
        let account = records.next().filter(|record| record.key().kind() == RecordKind::Account);
        let account = account.filter(|record| record.key().id().is_empty());
        let mut imported = decode_account(&account.ok_or(Malformed::Value)?, provider, policy)?;
        imported.head = sums;
        imported.head_generation = head.generation();
        let mut sum = u128::from(imported.generation);
        for record in records {
            sum = sum.saturating_add(u128::from(record.generation()));
            imported.take_record(&record)?;
        }
        imported.check_references()?;
        let sum = sum.saturating_add(u128::from(sums.retired));
        if sum != u128::from(sums.changes)
            || least_changes.is_some_and(|least| sums.changes < least)
        {
            return Err(Refused::Rollback.into());
        }
        imported.next_expiry = 0;
        Ok(imported)
    }

    fn take_record(&mut self, record: &Record) -> Result<(), Error> {
        let (id, body, generation) = (record.key().id(), record.body(), record.generation());
        let mut r = Reader::new(id);
        match record.key().kind() {
            RecordKind::Head | RecordKind::Account => Err(Malformed::Order.into()),
            RecordKind::Batch => {
                let number = r.u32()?;
                r.finish()?;
                let batch = decode_batch(body, generation)?;
                if batch.batch.tbs().generation != number || number > self.last_batch_generation {
                    return Err(Malformed::Value.into());
                }
                self.batches.insert(number, batch);
                Ok(())
            }
            RecordKind::Prekey => {
                let (number, prekey) = (r.u32()?, r.u32()?);
                r.finish()?;
                let batch = self.batches.get_mut(&number).ok_or(Malformed::Value)?;
                let stored = decode_prekey(body, batch.suite, generation)?;
                batch.prekeys.insert(prekey, stored);
                Ok(())
            }
            RecordKind::Replay => {
                let number = r.u32()?;
                let batch = self.batches.get_mut(&number).ok_or(Malformed::Value)?;
                let reference = r.rest();
                if reference.len() != batch.suite.hash().digest_len() {
                    return Err(Malformed::Value.into());
                }
                let session = decode_session_id(body)?;
                batch.replay.insert(reference.to_vec(), Replay { generation, session });
                Ok(())
            }
            RecordKind::Peer => {
                let mut r = Reader::new(body);
                let peer = Peer::decode(&mut r, generation)?;
                r.finish()?;
                let account = AccountId::new(id);
                if peer.device_list.tbs().account_keys.account_id(&self.provider)? != account {
                    return Err(Malformed::Value.into());
                }
                self.peers.insert(account, peer);
                Ok(())
            }
            RecordKind::Session => {
                let mut session = SessionState::from_record(body)?;
                session.generation = generation;
                if session.id.as_bytes() != id {
                    return Err(Malformed::Value.into());
                }
                self.sessions.insert(session.id, Box::new(session));
                Ok(())
            }
        }
    }

    /// Each session stands in its pair, and each pair's sessions are there, closed where its device is not listed (`ID-17`),
    /// unaccepted or closed where the pair is unconfirmed (`REP-15`).
    fn check_references(&self) -> Result<(), Malformed> {
        let mut named = 0usize;
        for (account, peer) in &self.peers {
            for pair in &peer.pairs {
                let listed = peer.device_list.entry(pair.serial).is_some();
                for (id, right) in named_sessions(pair) {
                    named = named.saturating_add(1);
                    let session = self.sessions.get(&id).ok_or(Malformed::Value)?;
                    let of_pair =
                        session.peer_account == *account && session.peer_serial == pair.serial;
                    let may_stand = match session.status {
                        SessionStatus::Closed => true,
                        SessionStatus::Unaccepted => listed,
                        _ => listed && !pair.unconfirmed, // REP-15
                    };
                    if !of_pair || !right(session.status) || !may_stand {
                        return Err(Malformed::Value);
                    }
                }
            }
        }
        // Each status fits one place of one pair, so equal numbers mean that none is left over or
        // named twice.
        let unique: usize = self.sessions.len();
        if named == unique { Ok(()) } else { Err(Malformed::Value) }
    }
}

type RightStatus = fn(SessionStatus) -> bool;

fn named_sessions(pair: &Pair) -> Vec<(SessionId, RightStatus)> {
    let live: RightStatus = |s| matches!(s, SessionStatus::Waiting | SessionStatus::Established);
    let unaccepted: RightStatus = |s| s == SessionStatus::Unaccepted;
    let archived: RightStatus = |s| matches!(s, SessionStatus::Archived | SessionStatus::Closed);
    let mut named: Vec<(SessionId, RightStatus)> = Vec::new();
    named.extend(pair.live.map(|id| (id, live)));
    named.extend(pair.unaccepted.map(|id| (id, unaccepted)));
    named.extend(pair.archived.iter().map(|reference| (reference.session_id, archived)));
    named
}

/// Takes an export apart; strictly ascending keys, no generation 0.
fn split(bytes: &[u8]) -> Result<Vec<Record>, Malformed> {
    let mut r = Reader::new(bytes);
    let mut records: Vec<Record> = Vec::new();
    while !r.is_empty() {
        let record = Record::decode(&mut r)?;
        if record.generation() == 0 {
            return Err(Malformed::Value);
        }
        if records.last().is_some_and(|last| last.key() >= record.key()) {
            return Err(Malformed::Order);
        }
        records.push(record);
    }
    Ok(records)
}

fn decode_account(record: &Record, provider: Provider, policy: Policy) -> Result<Account, Error> {
    let mut r = Reader::new(record.body());
    let keyring = Keyring::decode(&mut r)?;
    let device_list = DeviceList::decode(&mut r)?;
    let credential = Credential::decode(&mut r)?;
    let last_batch_generation = r.u32()?;
    r.finish()?;
    keyring.check_types()?;
    let mut account = Account::assemble(provider, policy, keyring, device_list, credential)?;
    if account.credential.tbs().account_id != account.account_id.as_bytes() {
        return Err(Malformed::Value.into());
    }
    account.last_batch_generation = last_batch_generation;
    account.generation = record.generation();
    Ok(account)
}

fn decode_batch(body: &[u8], generation: u64) -> Result<Batch, Error> {
    let mut r = Reader::new(body);
    let batch = PrekeyBatch::decode(&mut r)?;
    let credential = Credential::decode(&mut r)?;
    r.finish()?;
    let suite = Suite::from_u16(batch.tbs().suite)?;
    let (prekeys, replay) = (BTreeMap::new(), BTreeMap::new());
    Ok(Batch { generation, batch, credential, suite, prekeys, replay })
}

fn decode_prekey(body: &[u8], suite: Suite, generation: u64) -> Result<StoredPrekey, Malformed> {
    let mut r = Reader::new(body);
    let prekey_type = PrekeyType::decode(&mut r)?;
    let private = r.opaque(MAX_KEY)?;
    r.finish()?;
    if private.len() != prekey_type.private_len(suite) {
        return Err(Malformed::Key);
    }
    Ok(StoredPrekey { generation, prekey_type, private: Secret::from_slice(private), public: None })
}
