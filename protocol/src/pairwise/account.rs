//! The state of a device: one object that owns its keys, batches, peers and sessions.

use super::bundle::{Own, PrekeyBundle, VerifiedBundle, verify_bundle};
use super::credential::Credential;
use super::device_list::{DeviceList, DeviceLists, apply_device_lists};
use super::frame::CredentialUpdate;
use super::identity::{AccountId, TypedKeys};
use super::keyring::Keyring;
use super::mailbox::{MailboxId, MailboxIndex, contact_mailbox};
use super::peer::Peer;
use super::policy::Policy;
use super::prekeys::{PrekeyBatch, PrekeyType, PublishedBatch};
use super::session::{Session, SessionId, SessionState, SessionStatus};
use super::state::{Change, Changes, Head, Key, Record, RecordKey, Step};
use super::verification::{VerificationCode, safety_number};
use crate::codec::{Encode, Wire, Writer};
use crate::crypto::{KeyAgreement, Provider, Secret, Signer, Suite};
use crate::error::{Error, Misuse, Peer as Refused};
use crate::limits::{Limits, MAX_BATCH_KEYS, reached};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

/// A private prekey; its generation is that of its record.
pub(crate) struct StoredPrekey {
    pub(crate) generation: u64,
    pub(crate) prekey_type: PrekeyType,
    pub(crate) private: Secret,
    /// The public key of one that agrees, where it is at hand; not stored.
    pub(crate) public: Option<Vec<u8>>,
}

/// An accepted handshake.
pub(crate) struct Replay {
    pub(crate) generation: u64,
    pub(crate) session: SessionId,
}

/// A batch with what belongs to it.
pub(crate) struct Batch {
    pub(crate) generation: u64,
    pub(crate) batch: PrekeyBatch,
    /// The credential under which it was published (`HS-15`).
    pub(crate) credential: Credential,
    pub(crate) suite: Suite,
    pub(crate) prekeys: BTreeMap<u32, StoredPrekey>,
    pub(crate) replay: BTreeMap<Vec<u8>, Replay>,
}

/// A device of an account: its keys, its prekeys, its peers and sessions (page *State*).
///
/// A call that changes something returns [`Changes`] beside its result; store them before anything
/// that the call produced is sent or shown. A call that fails leaves the device as it was.
pub struct Account {
    pub(crate) provider: Provider,
    pub(crate) policy: Policy,
    pub(crate) keyring: Keyring,
    pub(crate) account_id: AccountId,
    pub(crate) contact: MailboxId,
    pub(crate) device_list: DeviceList,
    pub(crate) credential: Credential,
    pub(crate) last_batch_generation: u32,
    /// Generation of the account's record.
    pub(crate) generation: u64,
    pub(crate) head: Head,
    pub(crate) head_generation: u64,
    pub(crate) batches: BTreeMap<u32, Batch>,
    pub(crate) peers: BTreeMap<AccountId, Peer>,
    /// Boxed, so that secrets stay where they are when the tree moves its nodes.
    #[allow(clippy::vec_box)]
    pub(crate) sessions: BTreeMap<SessionId, Box<SessionState>>,
    pub(crate) mailboxes: MailboxIndex,
    /// Nothing expires before this time.
    pub(crate) next_expiry: u64,
}

/// The mailboxes of a session (page *Envelope*).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mailboxes {
    /// Where a ratchet message of now goes.
    pub outgoing: MailboxId,
    /// Where the peer's messages may be, in the order of `ENV-04`.
    pub incoming: Vec<MailboxId>,
}

impl Account {
    /// A device with nothing but its keys, list and credential.
    pub(crate) fn assemble(
        provider: Provider,
        policy: Policy,
        keyring: Keyring,
        device_list: DeviceList,
        credential: Credential,
    ) -> Result<Self, Error> {
        let keys = &device_list.tbs().account_keys;
        let account_id = keys.account_id(&provider)?;
        let serial = credential.tbs().serial;
        let contact = contact_mailbox(&provider, keys.hash()?, &account_id, serial)?;
        Ok(Self {
            provider,
            policy,
            keyring,
            account_id,
            contact,
            device_list,
            credential,
            last_batch_generation: 0,
            generation: 0,
            head: Head::default(),
            head_generation: 0,
            batches: BTreeMap::new(),
            peers: BTreeMap::new(),
            sessions: BTreeMap::new(),
            mailboxes: MailboxIndex::default(),
            next_expiry: u64::MAX,
        })
    }

    /// The account's id (page *Identities*).
    #[must_use]
    pub fn account_id(&self) -> &AccountId {
        &self.account_id
    }

    /// The account's public keys.
    #[must_use]
    pub fn account_keys(&self) -> &TypedKeys {
        &self.device_list.tbs().account_keys
    }

    /// The own device's serial.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.credential.tbs().serial
    }

    /// The own credential.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The own device list.
    #[must_use]
    pub fn device_list(&self) -> &DeviceList {
        &self.device_list
    }

    /// The provider of cryptography.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Sets the policy, which is not part of the stored state.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
        self.next_expiry = 0;
        self.mailboxes = MailboxIndex::default();
    }

    /// Attaches the holder of signing keys that are not stored on the device.
    pub fn attach_signer(&mut self, signer: Arc<dyn Signer>) {
        self.keyring.signer = Some(signer);
    }

    /// Attaches the holder of the agreement identity key, where it is not stored on the device.
    pub fn attach_agreement(&mut self, agreement: Arc<dyn KeyAgreement>) {
        self.keyring.agreement = Some(agreement);
    }

    /// The head's count of changes, to be kept in another place against old copies (`STA-05`).
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.head.changes
    }

    /// A session's read view. A session that is past `archive_age` may still be seen.
    #[must_use]
    pub fn session(&self, id: &SessionId) -> Option<Session<'_>> {
        self.sessions.get(id).map(|session| Session::new(session))
    }

    /// All sessions, in ascending order of id.
    pub fn sessions(&self) -> impl Iterator<Item = Session<'_>> {
        self.sessions.values().map(|session| Session::new(session))
    }

    /// The live session with a peer's device, the one to send in.
    #[must_use]
    pub fn live_session(&self, account: &AccountId, serial: u64) -> Option<SessionId> {
        self.peers.get(account)?.pair(serial)?.live
    }

    /// The accounts of which a list is pinned.
    pub fn peers(&self) -> impl Iterator<Item = (&AccountId, &DeviceList)> {
        self.peers.iter().map(|(account, peer)| (account, &peer.device_list))
    }

    /// Number of private prekeys that are kept.
    #[must_use]
    pub fn prekey_count(&self) -> usize {
        self.batches.values().map(|batch| batch.prekeys.len()).sum()
    }

    /// Number of handshakes in the replay caches.
    #[must_use]
    pub fn replay_count(&self) -> usize {
        self.batches.values().map(|batch| batch.replay.len()).sum()
    }

    pub(crate) fn own(&self) -> Own<'_> {
        Own { account_id: &self.account_id, credential: &self.credential }
    }

    /// The own lists as they are carried in messages: the current one (`ID-20`).
    pub(crate) fn own_lists(&self) -> DeviceLists {
        DeviceLists::one(self.device_list.clone())
    }

    /// The pinned list of an account.
    pub(crate) fn pinned(&self, account: &AccountId) -> Option<&DeviceList> {
        self.peers.get(account).map(|peer| &peer.device_list)
    }

    /// A batch that is not past its grace.
    pub(crate) fn batch(&self, generation: u32, now: u64) -> Option<&Batch> {
        let grace = self.policy.limits.prekey_grace;
        self.batches.get(&generation).filter(|batch| !reached(now, batch.batch.tbs().expiry, grace))
    }

    /// A session that is not past its time in the archive.
    pub(crate) fn alive(&self, id: &SessionId, now: u64) -> Option<&SessionState> {
        let session = self.sessions.get(id)?;
        if session.in_archive() {
            let pair = self.peers.get(&session.peer_account)?.pair(session.peer_serial)?;
            let age = self.policy.limits.archive_age;
            let archived = pair.archived.iter().find(|archived| archived.session_id == *id)?;
            if reached(now, archived.archived_at, age) {
                return None;
            }
        }
        Some(session)
    }

    /// A prekey bundle with keys of an own batch, as a relay would serve it: the own current list, the
    /// credential of the batch, its signed prekey and the keys with the given ids.
    ///
    /// # Errors
    /// `misuse` for a batch that the device does not have, or an id of no or another type of key.
    pub fn bundle(
        &self,
        published: &PublishedBatch,
        one_time_id: Option<u32>,
        kem_id: u32,
    ) -> Result<PrekeyBundle, Error> {
        let generation = published.batch.tbs().generation;
        let batch = self.batches.get(&generation).ok_or(Misuse::UnknownBatch)?;
        let prekey = |id: u32| published.prekey(id).cloned().ok_or(Misuse::UnknownBatch);
        Ok(PrekeyBundle {
            device_lists: self.own_lists(),
            credential: batch.credential.clone(),
            batch: published.batch.clone(),
            signed_prekey: prekey(0)?,
            one_time_prekey: one_time_id.map(prekey).transpose()?,
            kem_prekey: prekey(kem_id)?,
        })
    }

    /// `verify_bundle` (page *Prekeys*) against what is pinned; changes nothing.
    ///
    /// # Errors
    /// As PRE-03 to PRE-13, the clauses of page *Identities* and SUI-08 say.
    pub fn verify_bundle(
        &self,
        account_id: &AccountId,
        bundle: &[u8],
        now: u64,
    ) -> Result<VerifiedBundle, Error> {
        let bundle = PrekeyBundle::from_bytes(bundle)?;
        let pinned = self.pinned(account_id);
        verify_bundle(&self.provider, bundle, account_id, pinned, &self.own(), now, &self.policy)
    }

    /// Applies device lists of a peer (page *Identities*, `ID-04` to `ID-09`, `ID-20`), an encoded
    /// `DeviceList device_lists<V>`, and pins the newest; sessions of devices that it no longer has are closed
    /// (`ID-17`). Gives the number of the pinned list.
    ///
    /// # Errors
    /// `identity_mismatch`, `bad_signature`, `rollback`, `unauthorised_device`, `not_yet_valid`,
    /// `stale_list`, `malformed`.
    pub fn apply_device_lists(
        &mut self,
        account_id: &AccountId,
        device_lists: &[u8],
        now: u64,
    ) -> Result<(u64, Changes), Error> {
        let lists = DeviceLists::from_bytes(device_lists)?;
        let pinned = self.pinned(account_id);
        let newest =
            apply_device_lists(&self.provider, pinned, account_id, &lists, now, &self.policy)?
                .clone();
        let number = newest.tbs().number;
        let mut step = Step::default();
        self.expire_in(&mut step, now);
        self.pin(&mut step, account_id, newest, now);
        Ok((number, self.commit(step)))
    }

    /// The body of a `credential update` with the own current list and credential, to be sent in each live
    /// session after a renewal, before anything else (`ID-15`).
    #[must_use]
    pub fn credential_update(&self) -> Vec<u8> {
        CredentialUpdate::new(self.own_lists(), self.credential.clone()).to_bytes()
    }

    /// The body of a `device list` announcement with the own current list (`ID-15`).
    #[must_use]
    pub fn device_list_update(&self) -> Vec<u8> {
        self.own_lists().to_bytes()
    }

    /// The caller accepts an `unaccepted` session: the live one, if there is one, is archived (`REP-02`).
    ///
    /// # Errors
    /// `misuse` for a session that is not there or not `unaccepted`.
    pub fn accept_session(&mut self, id: &SessionId, now: u64) -> Result<Changes, Error> {
        self.check_unaccepted(id)?;
        let mut step = Step::default();
        self.expire_in(&mut step, now);
        self.enter_accepted(&mut step, id, now);
        Ok(self.commit(step))
    }

    /// The caller declines an `unaccepted` session: it is deleted, the live one stays (`REP-02`).
    ///
    /// # Errors
    /// `misuse` for a session that is not there or not `unaccepted`.
    pub fn decline_session(&mut self, id: &SessionId, now: u64) -> Result<Changes, Error> {
        self.check_unaccepted(id)?;
        let mut step = Step::default();
        self.expire_in(&mut step, now);
        self.delete_unaccepted(&mut step, id);
        Ok(self.commit(step))
    }

    /// A secret for another protocol, from the session's exporter (page *Ratchet*, `RAT-18`), `length`
    /// bytes. Exports do not heal.
    ///
    /// # Errors
    /// `limit` above 255 · `Nh` bytes; `misuse` for a session that is not there.
    pub fn export(
        &self,
        id: &SessionId,
        label: &[u8],
        context: &[u8],
        length: u32,
    ) -> Result<Secret, Error> {
        let session = self.sessions.get(id).ok_or(Misuse::UnknownSession)?;
        session.export(&self.provider, label, context, length)
    }

    /// The own contact mailbox, into which first messages come (page *Envelope*).
    #[must_use]
    pub fn contact_mailbox(&self) -> MailboxId {
        self.contact
    }

    /// The mailboxes of a session at a time (page *Envelope*, `ENV-01`, `ENV-02`); a closed session does not
    /// receive, and has no incoming ones.
    ///
    /// # Errors
    /// `misuse` for a session that is not there.
    pub fn mailboxes(&mut self, id: &SessionId, now: u64) -> Result<Mailboxes, Error> {
        let session = self.sessions.get_mut(id).ok_or(Misuse::UnknownSession)?;
        let incoming = match session.status {
            SessionStatus::Closed => Vec::new(),
            _ => session.incoming(&self.provider, &self.policy.limits, now)?,
        };
        Ok(Mailboxes { outgoing: session.outgoing(&self.provider, now)?, incoming })
    }

    /// `safety_number` of the own account and another's (`VER-01`): 60 digits.
    ///
    /// # Errors
    /// `misuse` for the own account's keys.
    pub fn safety_number(&self, other: &TypedKeys) -> Result<String, Error> {
        safety_number(&self.provider, self.account_keys(), other)
    }

    /// The payload of the QR code that the peer scans (`VER-02`).
    ///
    /// # Errors
    /// `misuse` for the own account.
    pub fn verification_code(&self, peer: &AccountId) -> Result<VerificationCode, Error> {
        VerificationCode::new(&self.account_id, peer)
    }

    /// Compares a scanned `VerificationCode` with the pinned peer and the own account (`VER-02`).
    ///
    /// # Errors
    /// `identity_mismatch`; `malformed`; `unsupported_version`.
    pub fn check_code(&self, peer: &AccountId, code: &[u8]) -> Result<(), Error> {
        VerificationCode::from_bytes(code)?.check(&self.account_id, peer)
    }

    /// Erases what is past its age (page *State*, `STA-10`): batches past their grace, sessions past their
    /// time in the archive, skipped keys. To be run at least once a day.
    pub fn expire(&mut self, now: u64) -> Changes {
        let mut step = Step::default();
        self.expire_in(&mut step, now);
        self.commit(step)
    }

    fn check_unaccepted(&self, id: &SessionId) -> Result<(), Error> {
        let session = self.sessions.get(id).ok_or(Misuse::UnknownSession)?;
        let pair =
            self.peers.get(&session.peer_account).and_then(|peer| peer.pair(session.peer_serial));
        if pair.is_some_and(|pair| pair.unaccepted.as_ref() == Some(id)) {
            Ok(())
        } else {
            Err(Misuse::Arguments.into())
        }
    }

    /// Puts what a step has changed into records. This is the only place that counts generations
    /// (`STA-02`, `STA-03`).
    pub(crate) fn commit(&mut self, step: Step) -> Changes {
        let keys = step.into_keys();
        let mut changes = Vec::with_capacity(keys.len().saturating_add(1));
        for (key, deleted) in keys {
            let change = match deleted {
                Some(generation) => {
                    let retired = self.head.retired.saturating_add(generation);
                    self.head.retired = retired.saturating_add(1);
                    Some(Change::new(key.record_key(), generation, None))
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
            changes.push(Change::new(RecordKey::head(), expected, Some(record)));
        }
        Changes(changes)
    }

    pub(crate) fn head_record(&self) -> Record {
        Record::new(RecordKey::head(), self.head_generation, self.head.to_bytes())
    }

    fn changed(&mut self, key: &Key) -> Option<Change> {
        let generation = self.generation_of(key)?;
        let expected = *generation;
        *generation = expected.saturating_add(1);
        let record = self.record(key)?;
        Some(Change::new(record.key().clone(), expected, Some(record)))
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
                w = Writer::with_capacity(prekey.private.len().saturating_add(8));
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

    /// Notes that something will expire at a time.
    pub(crate) fn expires_at(&mut self, time: u64) {
        self.next_expiry = self.next_expiry.min(time);
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.policy.limits
    }

    /// Whether the pinned list has a device (`ID-17`).
    pub(crate) fn check_listed(&self, account: &AccountId, serial: u64) -> Result<(), Error> {
        let listed = self.pinned(account).is_some_and(|list| list.entry(serial).is_some());
        if listed { Ok(()) } else { Err(Refused::NotListed.into()) }
    }
}

/// Refuses a batch of more keys than the wire allows (page *Prekeys*, `create_batch`).
pub(crate) fn check_batch_size(one_time: u32, kem_one_time: u32) -> Result<u32, Error> {
    let size = one_time.checked_add(kem_one_time).and_then(|keys| keys.checked_add(2));
    Ok(size.filter(|size| *size <= MAX_BATCH_KEYS).ok_or(Misuse::Limit)?)
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("account_id", &self.account_id)
            .field("serial", &self.serial())
            .finish_non_exhaustive()
    }
}
