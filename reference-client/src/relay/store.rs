//! What a relay keeps, and where: a trait with two implementations, [`super::sqlite`] on one machine and
//! [`super::nats`] on a cluster.
//!
//! A store knows structures by their length alone; what is put into it has been checked. It keeps no
//! network address, no sender, and no time finer than an hour.

use super::commits::CommitRules;
use sceau::delivery::{CommitAnswer, CommitHandle, Handle, StoredEnvelope};
use sceau::pairwise::{Envelope, MailboxId};
use std::fmt;
use std::future::Future;
use tokio::sync::mpsc;

/// Why a store did not do what it was asked. Nothing of it has happened then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The mailbox is full (`DS-13`).
    Limit,
    /// An envelope for a contact mailbox that would live longer than prekeys do (`ENV-06`).
    TooLong,
    /// A batch that is not newer than the stored one (`DS-04`).
    Rollback,
    /// The account's list has changed meanwhile: verify again.
    Conflict,
    /// Too much is waiting to be written: try again later.
    Busy,
    /// The store failed, or is full.
    Failed(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(why) => write!(f, "the store failed: {why}"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// The published part of a device: everything but its one-time keys, each part encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// `DeviceList device_lists<V>`
    pub lists: Vec<u8>,
    /// `Credential`
    pub credential: Vec<u8>,
    /// `PrekeyBatch`
    pub batch: Vec<u8>,
    /// `ProvenPrekey` of type `signed`.
    pub signed: Vec<u8>,
    /// `ProvenPrekey` of type `kem_last_resort`.
    pub last_resort: Vec<u8>,
    /// Generation of the batch.
    pub generation: u32,
    /// Expiry of the batch, in seconds since 1970.
    pub expiry: u64,
}

/// What a verified publication puts into the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewDevice {
    /// The account.
    pub account_id: Vec<u8>,
    /// Its newest list, encoded, and that list's number.
    pub list: (u64, Vec<u8>),
    /// Number of the account's list that this one was verified against; 0: none.
    pub against: u64,
    /// The device.
    pub device: Device,
    /// Ids and `ProvenPrekey`s of type `one_time`.
    pub one_time: Vec<(u32, Vec<u8>)>,
    /// Ids and `ProvenPrekey`s of type `kem_one_time`.
    pub kem: Vec<(u32, Vec<u8>)>,
}

/// How many one-time keys of a device's newest batch are left (`DS-08`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Of type `one_time`.
    pub one_time: u32,
    /// Of type `kem_one_time`.
    pub kem: u32,
}

/// What is handed out in one bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The device.
    pub device: Device,
    /// A one-time key that nobody gets again (`DS-05`).
    pub one_time: Option<Vec<u8>>,
    /// A one-time KEM key that nobody gets again.
    pub kem: Option<Vec<u8>>,
}

/// What an envelope must keep to be put.
#[derive(Clone, Copy, Debug)]
pub struct PutRules {
    /// Envelopes that a mailbox may hold.
    pub max_mailbox: u32,
    /// Latest expiry in a contact mailbox.
    pub contact_expiry: u64,
}

/// Where a relay keeps its directory and its mailboxes. A device is known by its contact mailbox.
pub trait Store: Send + Sync + 'static {
    /// Keeps an envelope; when this returns, it survives a crash.
    fn put(
        &self,
        envelope: Envelope,
        rules: PutRules,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// At most `most` envelopes of a mailbox that have not expired, and whether there are more.
    fn get(
        &self,
        mailbox: MailboxId,
        most: u16,
        now: u64,
    ) -> impl Future<Output = Result<(Vec<StoredEnvelope>, bool), StoreError>> + Send;

    /// Deletes envelopes; unknown handles are ignored (`DS-14`).
    fn acknowledge(
        &self,
        mailbox: MailboxId,
        handles: Vec<Handle>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Those of the mailboxes that hold an envelope and are no contact mailbox.
    fn holding(
        &self,
        mailboxes: Vec<MailboxId>,
        now: u64,
    ) -> impl Future<Output = Result<Vec<MailboxId>, StoreError>> + Send;

    /// One step for a handle (`DS-22`): the first message of all that come, at whichever relay, is kept. An empty message
    /// only asks. What was kept before is answered also where there is no room for more ([`StoreError::Limit`]).
    fn commit(
        &self,
        handle: CommitHandle,
        message: Vec<u8>,
        rules: CommitRules,
        now: u64,
    ) -> impl Future<Output = Result<CommitAnswer, StoreError>> + Send;

    /// Those of the handles that hold a message.
    fn committed(
        &self,
        handles: Vec<CommitHandle>,
        now: u64,
    ) -> impl Future<Output = Result<Vec<CommitHandle>, StoreError>> + Send;

    /// Number and encoding of an account's newest list.
    fn list(
        &self,
        account_id: Vec<u8>,
    ) -> impl Future<Output = Result<Option<(u64, Vec<u8>)>, StoreError>> + Send;

    /// A device, and how many one-time keys it has left.
    fn device(
        &self,
        contact: MailboxId,
    ) -> impl Future<Output = Result<Option<(Device, Left)>, StoreError>> + Send;

    /// Replaces what a device has published.
    fn publish(
        &self,
        contact: MailboxId,
        new: NewDevice,
    ) -> impl Future<Output = Result<Left, StoreError>> + Send;

    /// Takes one one-time key of each type out of a device's stock (`DS-05`), as long as fewer than `rate` of its
    /// type were taken in this hour (`DS-07`). None for a device without a batch that is valid now.
    fn take(
        &self,
        contact: MailboxId,
        rate: u32,
        now: u64,
    ) -> impl Future<Output = Result<Option<Served>, StoreError>> + Send;

    /// Deletes expired envelopes, commits (`DS-24`) and the one-time keys of expired batches, with each copy (`DS-12`): to
    /// be called once an hour. Devices stay, so that their contact mailboxes stay theirs (`DS-02`). Gives how many envelopes are left.
    fn expire(&self, now: u64) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Removes those of the devices whose batch has ended at `before` or earlier, and the lists of accounts without
    /// any, at once or with the next sweep.
    fn remove(
        &self,
        contacts: Vec<MailboxId>,
        before: u64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Keeps a challenge that was given out, for all relays on this store (`DS-03`). It need not survive a crash.
    fn give_challenge(
        &self,
        challenge: [u8; 32],
        now: u64,
        age: u64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Uses a challenge up, and says whether one of these relays has given it out less than `age` seconds ago and
    /// nobody has used it before.
    fn take_challenge(
        &self,
        challenge: [u8; 32],
        now: u64,
        age: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Lists of revoked accounts, one of each issuer, as [`Store::keep_revoked`] has kept them.
    fn revoked(&self) -> impl Future<Output = Result<Vec<Vec<u8>>, StoreError>> + Send;

    /// Keeps these in the place of the ones before, unless those are not `before` any more.
    fn keep_revoked(
        &self,
        before: Vec<Vec<u8>>,
        lists: Vec<Vec<u8>>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Whether it answers, as a relay's health is asked for: with a read of nothing in particular at least.
    fn check(&self) -> impl Future<Output = Result<(), StoreError>> + Send {
        async { self.list(Vec::new()).await.map(|_| ()) }
    }

    /// Where mailboxes are announced into which other relays on the same store have put something.
    fn arrivals(&self) -> Option<mpsc::Receiver<MailboxId>>;
}
