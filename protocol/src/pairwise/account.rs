//! The state of a device: one object that owns its keys, batches, peers and sessions.

use super::bundle::Own;
use super::credential::Credential;
use super::device_list::{DeviceList, DeviceLists};
use super::expiry::held;
use super::identity::{AccountId, TypedKeys};
use super::keyring::Keyring;
use super::mailbox::{MailboxId, MailboxIndex, contact_mailbox};
use super::peer::{Pair, Peer};
use super::policy::Policy;
use super::prekeys::{PrekeyBatch, PrekeyType};
use super::session::{Session, SessionId, SessionState};
use super::state::Head;
use crate::crypto::{KeyAgreement, Provider, Secret, Signer, Suite};
use crate::error::{Error, Misuse, Peer as Refused};
use crate::limits::{Limits, reached};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
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

impl Batch {
    /// Whether bundles of it carry an older list than this one, as far as times tell.
    pub(crate) fn published_before(&self, list: &DeviceList) -> bool {
        self.batch.tbs().not_before < list.tbs().issued_at
    }
}

/// A device of an account: its keys, its prekeys, its peers and sessions (page *State*).
///
/// A call that changes something returns [`Changes`](super::state::Changes) beside its result; store them before anything
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
    /// Sessions whose peer may have an older list of the own account (`ID-15`). Not stored.
    pub(crate) unannounced: BTreeSet<SessionId>,
    /// Nothing expires before this time.
    pub(crate) next_expiry: u64,
}

/// What is left of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchStatus {
    /// Its number, from 1.
    pub generation: u32,
    /// When initiators stop using it, in seconds since 1970; its keys are kept for `prekey_grace` more.
    pub expiry: u64,
    /// One-time prekeys that no accepted handshake has used. How many the relay has left, it says itself (`DS-08`).
    pub one_time: usize,
    /// One-time KEM prekeys that no accepted handshake has used.
    pub kem_one_time: usize,
    /// Handshakes in its replay cache, of at most `replay_cache_size` (`HS-09`).
    pub replays: usize,
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
            unannounced: BTreeSet::new(),
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

    /// Attaches the holder of signing keys that are not stored on the device. It is no part of the stored state: attach it
    /// after each import.
    pub fn attach_signer(&mut self, signer: Arc<dyn Signer>) {
        self.keyring.signer = Some(signer);
    }

    /// Attaches the holder of the agreement identity key, where it is not stored on the device. It is no part of the stored
    /// state: attach it after each import.
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

    /// The batches whose private keys are kept, in ascending order of generation: when to publish a new one (`PRE-04`).
    pub fn batches(&self) -> impl Iterator<Item = BatchStatus> {
        self.batches.values().map(|batch| {
            let of_type = |of| batch.prekeys.values().filter(|key| key.prekey_type == of).count();
            BatchStatus {
                generation: batch.batch.tbs().generation,
                expiry: batch.batch.tbs().expiry,
                one_time: of_type(PrekeyType::OneTime),
                kem_one_time: of_type(PrekeyType::KemOneTime),
                replays: batch.replay.len(),
            }
        })
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

    /// The last list that was accepted for an account as a peer's. The own current list is no pinned one: other devices of
    /// the own account are peers like any other.
    pub(crate) fn pinned(&self, account: &AccountId) -> Option<&DeviceList> {
        self.peers.get(account).map(|peer| &peer.device_list)
    }

    /// A batch that is not past its grace.
    pub(crate) fn batch(&self, generation: u32, now: u64) -> Option<&Batch> {
        let grace = self.policy.limits.prekey_grace;
        self.batches.get(&generation).filter(|batch| !reached(now, batch.batch.tbs().expiry, grace))
    }

    /// A session that is not past its time in the archive (`REP-09`).
    pub(crate) fn alive(&self, id: &SessionId, now: u64) -> Option<&SessionState> {
        let session = self.sessions.get(id)?;
        if session.in_archive() {
            let pair = self.peers.get(&session.peer_account)?.pair(session.peer_serial)?;
            let age = self.policy.limits.archive_age;
            let archived = pair.archived.iter().find(|archived| archived.session_id == *id)?;
            let held = held(&self.sessions, pair) == Some(*id);
            if !held && reached(now, archived.archived_at, age) {
                return None;
            }
        }
        Some(session)
    }

    /// A pair that is not gone with the last session of a device that is not listed (page *State*).
    pub(crate) fn pair(&self, account: &AccountId, serial: u64, now: u64) -> Option<&Pair> {
        let peer = self.peers.get(account)?;
        let listed = peer.device_list.entry(serial).is_some();
        peer.pair(serial)
            .filter(|pair| listed || pair.sessions().any(|id| self.alive(&id, now).is_some()))
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

    pub(crate) fn limits(&self) -> &Limits {
        &self.policy.limits
    }

    /// Whether the pinned list has a device (`ID-17`).
    pub(crate) fn check_listed(&self, account: &AccountId, serial: u64) -> Result<(), Error> {
        let listed = self.pinned(account).is_some_and(|list| list.entry(serial).is_some());
        if listed { Ok(()) } else { Err(Refused::NotListed.into()) }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("account_id", &self.account_id)
            .field("serial", &self.serial())
            .finish_non_exhaustive()
    }
}
