//! The relay: a directory of prekeys and mailboxes (page *Delivery service*).
//!
//! [`Relay`] is what it does, whatever carries the requests and wherever things are kept;
//! [`http`] carries requests, [`listen`] connections; [`sqlite`] and [`nats`] keep things.

pub mod allowance;
pub mod auth;
pub mod commits;
pub mod directory;
pub mod http;
mod intake;
pub mod listen;
pub mod nats;
pub mod sqlite;
pub mod store;
mod waiters;

use crate::crypto::{self, contact_mailbox};
use crate::error::{About, Error};
use crate::revocation::Kept;
use crate::wire::{Malformed, Writer};
use allowance::Allowance;
use commits::as_waited;
use directory::Revoked;
use sceau::Wire;
use sceau::crypto::Provider;
use sceau::delivery::{
    AcknowledgeRequest, AuthCheck, CommitHandle, DeliveryAction, DeliveryAuth, FetchRequest,
    GetAnswer, GetRequest, Publication, RelayName, StoredEnvelope,
};
use sceau::limits::MAX_GET;
use sceau::pairwise::{
    AccountId, Credential, DeviceList, DeviceLists, Envelope, MailboxId, Policy,
};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;
use store::{Left, PutRules, Store, StoreError};
use waiters::Waiters;

/// Longest time that a request waits for an envelope.
pub const MAX_WAIT: Duration = Duration::from_secs(60);
/// Mailboxes that one request waits for.
pub const MAX_WATCHED: usize = 4_096;
/// Bytes of envelopes in one answer, about; the rest comes with the next one.
const MAX_ANSWER: usize = 8 << 20;

/// Why a request is refused. It says nothing about anybody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No valid encoding, or a value that the specification forbids.
    Malformed,
    /// A body that is longer than any of its kind.
    TooLong,
    /// A body that comes in too slowly.
    Slow,
    /// No fitting `DeliveryAuth` (`DS-02`).
    BadSignature,
    /// A publication that does not verify, with the class of the specification.
    Refused(&'static str),
    /// A full mailbox (`DS-13`).
    Limit,
    /// Too much to do: try again later.
    Busy,
    /// The store fails.
    Unavailable,
}

impl From<Malformed> for Refusal {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<sceau::Error> for Refusal {
    fn from(error: sceau::Error) -> Self {
        match error.class() {
            "malformed" | "unsupported_version" => Self::Malformed,
            "fault" => Self::Unavailable,
            class => Self::Refused(class),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Limit => Self::Limit,
            StoreError::TooLong => Self::Malformed,
            StoreError::Rollback => Self::Refused("rollback"),
            StoreError::Conflict | StoreError::Busy => Self::Busy,
            StoreError::Failed(why) => {
                tracing::error!("the store failed: {why}");
                Self::Unavailable
            }
        }
    }
}

/// What the operator has decided.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Whose accounts may publish, and the limits.
    pub policy: Policy,
    /// The names by which the relay's channel authenticates it (`DS-02`): without one it takes no signature.
    pub names: Vec<RelayName>,
    /// New handles of commits that one user can make the relay keep in a day (`DS-28`), if that is bounded.
    pub new_handles: Option<u32>,
}

/// A relay on a store.
pub struct Relay<S> {
    store: S,
    rules: Rules,
    /// Whose accounts are not served any more.
    revoked: RwLock<Revoked>,
    waiters: Waiters,
    handles: Allowance,
}

impl<S: Store> Relay<S> {
    /// A relay with these rules.
    pub fn new(store: S, rules: Rules) -> Self {
        let (revoked, waiters) = (RwLock::default(), Waiters::default());
        Self { store, rules, revoked, waiters, handles: Allowance::default() }
    }

    /// Serves these accounts no more, and those that were so before again unless they are among them.
    pub fn revoke(&self, revoked: Revoked) {
        *self.revoked.write().unwrap_or_else(PoisonError::into_inner) = revoked;
    }

    /// Reads lists of revoked accounts, given as they are encoded, beside those that the store has; what is newest of each
    /// issuer is kept there, for all relays on it, and in force. Gives what was refused of the given ones.
    ///
    /// # Errors
    /// A store that fails; lists in it that the issuers have not signed.
    pub async fn take_revoked(
        &self,
        issuers: &[String],
        given: &[Vec<u8>],
    ) -> crate::error::Result<Vec<Error>> {
        // Another relay may keep a newer one between reading and writing.
        for _ in 0..10 {
            let stored = self.store.revoked().await.about("the relay's store")?;
            let (mut kept, mut newer, mut refused) = (Kept::new(issuers)?, false, Vec::new());
            for list in &stored {
                kept.take(list)?;
            }
            for list in given {
                match kept.take(list) {
                    Ok(taken) => newer |= taken,
                    Err(error) => refused.push(error),
                }
            }
            let lists = kept.encoded().map(<[u8]>::to_vec).collect();
            let done = !newer || self.store.keep_revoked(stored, lists).await.about("the store")?;
            if done {
                refused.extend(kept.old(crate::time::now()).into_iter().map(Error::refused));
                self.revoke(kept.revoked());
                return Ok(refused);
            }
        }
        Err(Error::unreachable("other relays change the list of revoked accounts again and again"))
    }

    fn is_revoked(&self, account_id: &[u8], serial: u64) -> bool {
        self.revoked.read().unwrap_or_else(PoisonError::into_inner).has(account_id, serial)
    }

    /// What it goes by.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn check_store(&self) -> Result<(), Refusal> {
        Ok(self.store.check().await?)
    }

    /// A challenge, good once within `challenge_age`, on any connection (`DS-02`, `DS-03`).
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn challenge(&self, now: u64) -> Result<[u8; 32], Refusal> {
        let challenge = crypto::random().ok_or(Refusal::Unavailable)?;
        let age = self.rules.policy.limits.challenge_age;
        self.store.give_challenge(challenge, now, age).await?;
        Ok(challenge)
    }

    /// `DS-02`: whether a device has signed this request for this relay. Uses the challenge up, whatever comes of it.
    async fn signed(
        &self,
        auth: Option<&DeliveryAuth>,
        (action, request): (DeliveryAction, &[u8]),
        (list, credential): (&DeviceList, &Credential),
        now: u64,
    ) -> Result<(), Refusal> {
        let auth = auth.ok_or(Refusal::BadSignature)?;
        if auth.tbs().action == DeliveryAction::Commit {
            return Err(Refusal::Malformed); // before anything else
        }
        let challenge = &auth.tbs().challenge;
        let age = self.rules.policy.limits.challenge_age;
        if !self.store.take_challenge(*challenge.as_bytes(), now, age).await? {
            return Err(Refusal::BadSignature);
        }
        let asked = AuthCheck { challenge, relays: &self.rules.names, action, request };
        auth::check(auth, list, credential, &asked)
    }

    /// `publish`: how many one-time keys are left then, which is all (`DS-08`).
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn publish(
        &self,
        auth: Option<&DeliveryAuth>,
        request: &[u8],
        now: u64,
    ) -> Result<Left, Refusal> {
        let publication = Publication::from_bytes(request)?;
        let account_id = publication.account_id(&Provider::Default)?;
        let serial = publication.credential().tbs().serial;
        let newest = publication.device_lists().as_slice().last().ok_or(Refusal::Malformed)?;
        let asked = (DeliveryAction::Publish, request);
        self.signed(auth, asked, (newest, publication.credential()), now).await?;
        if self.is_revoked(account_id.as_bytes(), serial) {
            return Err(Refusal::Refused("unauthorised_device"));
        }
        let contact = contact_mailbox(&account_id, serial);
        // Another device of the account may publish a newer list between the check and the write.
        for _ in 0..3 {
            let list = self.store.list(account_id.as_bytes().to_vec()).await?;
            let known = self.store.device(contact).await?;
            let last_generation = known.map_or(0, |(device, _)| device.generation);
            let (policy, publication) = (&self.rules.policy, publication.clone());
            let new = directory::verify(publication, list.as_ref(), last_generation, policy, now)?;
            match self.store.publish(contact, new).await {
                Err(StoreError::Conflict) => {}
                done => return Ok(done?),
            }
        }
        Err(Refusal::Busy)
    }

    /// `fetch`: an encoded `FetchAnswer`, with no bundle where there is no device.
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn fetch(&self, request: &[u8], now: u64) -> Result<Vec<u8>, Refusal> {
        let FetchRequest { account_id, serial: wanted } = FetchRequest::from_bytes(request)?;
        let id = account_id.as_bytes().to_vec();
        let list = self.store.list(id).await?;
        let listed = list.map_or(Ok(Vec::new()), |(_, list)| directory::serials(&list))?;
        let rate = self.rules.policy.limits.one_time_rate;
        let mut bundles = Vec::new();
        for serial in listed.into_iter().filter(|serial| wanted == 0 || wanted == *serial) {
            if self.is_revoked(account_id.as_bytes(), serial) {
                continue;
            }
            let served = self.store.take(contact_mailbox(&account_id, serial), rate, now).await?;
            served.iter().for_each(|served| bundles.extend(directory::bundle(served)));
        }
        let mut answer = Writer::default();
        answer.u8(0).opaque(&bundles);
        Ok(answer.0)
    }

    /// `put`: returns when the envelope is kept.
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn put(&self, request: &[u8], now: u64) -> Result<(), Refusal> {
        // Its decoder refuses a message that is too long.
        let envelope = Envelope::from_bytes(request)?;
        let limits = &self.rules.policy.limits;
        envelope.check(false, now, limits)?;
        if envelope.expiry <= now {
            return Err(Refusal::Malformed);
        }
        let contact_expiry =
            now.saturating_add(limits.prekey_grace).saturating_add(limits.clock_skew);
        let rules = PutRules { max_mailbox: limits.max_mailbox, contact_expiry };
        let mailbox = envelope.mailbox_id;
        self.store.put(envelope, rules).await?;
        self.waiters.arrived(&mailbox);
        Ok(())
    }

    /// `get`: some envelopes, for a contact mailbox with the number of one-time keys that are left (`DS-08`).
    /// Waits up to `wait` for the first one.
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn get(
        &self,
        auth: Option<&DeliveryAuth>,
        request: &[u8],
        wait: Duration,
        now: u64,
    ) -> Result<(GetAnswer, Option<Left>), Refusal> {
        let GetRequest { mailbox_id, most } = GetRequest::from_bytes(request)?;
        let action = DeliveryAction::Get;
        let left = self.may_open(mailbox_id, auth, (action, request), now).await?;
        let most = most.min(u16::try_from(MAX_GET).unwrap_or(u16::MAX));
        let waiter = self.waiters.wait(vec![mailbox_id]);
        let look = async || self.store.get(mailbox_id, most, now).await;
        let (mut envelopes, mut more) = look().await?;
        if envelopes.is_empty() && !wait.is_zero() && most > 0 {
            let _ = tokio::time::timeout(wait.min(MAX_WAIT), waiter.arrival()).await;
            (envelopes, more) = look().await?;
        }
        let mut bytes = 0;
        let mut fits = |stored: &StoredEnvelope| {
            bytes += stored.message.len();
            bytes <= MAX_ANSWER
        };
        let fitting = envelopes.iter().take_while(|stored| fits(stored)).count().max(1);
        more |= envelopes.len() > fitting;
        envelopes.truncate(fitting);
        Ok((GetAnswer { envelopes, more }, left))
    }

    /// `acknowledge`: the envelopes are gone when this returns.
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn acknowledge(
        &self,
        auth: Option<&DeliveryAuth>,
        request: &[u8],
        now: u64,
    ) -> Result<Option<Left>, Refusal> {
        let AcknowledgeRequest { mailbox_id, handles } = AcknowledgeRequest::from_bytes(request)?;
        let action = DeliveryAction::Acknowledge;
        let left = self.may_open(mailbox_id, auth, (action, request), now).await?;
        self.store.acknowledge(mailbox_id, handles).await?;
        Ok(left)
    }

    /// Waits until one of the mailboxes, none of them a contact mailbox, or of the handles of commits holds something,
    /// and says which do.
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn wait(
        &self,
        mailboxes: Vec<MailboxId>,
        handles: Vec<CommitHandle>,
        wait: Duration,
        now: u64,
    ) -> Result<Vec<[u8; 32]>, Refusal> {
        if mailboxes.len() + handles.len() > MAX_WATCHED {
            return Err(Refusal::Malformed);
        }
        let waited = handles.iter().copied().map(as_waited);
        let waiter = self.waiters.wait(mailboxes.iter().copied().chain(waited).collect());
        let deadline = tokio::time::Instant::now() + wait.min(MAX_WAIT);
        loop {
            let full = self.store.holding(mailboxes.clone(), now).await?;
            let committed = self.store.committed(handles.clone(), now).await?;
            let full = full.iter().map(|mailbox| *mailbox.as_bytes());
            let holding: Vec<_> = full.chain(committed.iter().map(|h| *h.as_bytes())).collect();
            if !holding.is_empty() {
                return Ok(holding);
            }
            if tokio::time::timeout_at(deadline, waiter.arrival()).await.is_err() {
                return Ok(Vec::new());
            }
        }
    }

    /// Deletes what has expired, and the devices that are revoked once nothing can wait for them any more; gives how
    /// many envelopes are left.
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn expire(&self, now: u64) -> Result<u64, Refusal> {
        let revoked = self.revoked.read().unwrap_or_else(PoisonError::into_inner).clone();
        let mut contacts: Vec<_> = revoked
            .devices()
            .map(|(account, serial)| contact_mailbox(&AccountId::new(account), serial))
            .collect();
        for account in revoked.accounts() {
            let list = self.store.list(account.to_vec()).await?;
            let listed = list.map_or(Ok(Vec::new()), |(_, list)| directory::serials(&list))?;
            let of = AccountId::new(account);
            contacts.extend(listed.into_iter().map(|serial| contact_mailbox(&of, serial)));
        }
        let keep = self.rules.policy.limits.max_envelope_age;
        self.store.remove(contacts, now.saturating_sub(keep)).await?;
        Ok(self.store.expire(now).await?)
    }

    /// Passes on what other relays on the same store announce; returns when the store ends.
    pub async fn pass_on(&self) {
        let Some(mut arrivals) = self.store.arrivals() else { return };
        while let Some(mailbox) = arrivals.recv().await {
            self.waiters.arrived(&mailbox);
        }
    }

    /// `DS-02`: a contact mailbox is opened by its device alone, any other one by whoever knows its id.
    async fn may_open(
        &self,
        mailbox: MailboxId,
        auth: Option<&DeliveryAuth>,
        asked: (DeliveryAction, &[u8]),
        now: u64,
    ) -> Result<Option<Left>, Refusal> {
        let Some((device, left)) = self.store.device(mailbox).await? else { return Ok(None) };
        let credential = Credential::from_bytes(&device.credential)?;
        let lists = DeviceLists::from_bytes(&device.lists)?;
        let newest = lists.as_slice().last().ok_or(Refusal::Malformed)?;
        self.signed(auth, asked, (newest, &credential), now).await?;
        let of = credential.tbs();
        if self.is_revoked(&of.account_id, of.serial) {
            return Err(Refusal::Refused("unauthorised_device"));
        }
        Ok(Some(left))
    }
}
