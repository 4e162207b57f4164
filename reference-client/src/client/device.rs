//! A device: the library's account, the store behind it, and the one way to change both.

use super::anchor::Anchor;
use super::model::{Contact, Message, Profile};
use super::send::announce;
use super::store::{ClientStore, Kind, RawItem, Tx};
use crate::crypto;
use crate::error::{About, Error, Result};
use crate::issuer;
use crate::issuer::ask::Asker;
use crate::private;
use crate::relay::directory::Revoked;
use crate::revocation::{self, Kept};
use sceau::Wire;
use sceau::crypto::Provider;
use sceau::delivery::{AuthRequest, DeliveryAuth};
use sceau::pairwise::{Account, IssuerKeys, Policy, TypedKeys, content_type};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

mod enrol;

/// How long a batch of prekeys is good: 28 days, of at most 30.
pub const BATCH_LIFETIME: u64 = 28 * 86_400;
/// How long a credential is good.
pub const CREDENTIAL_LIFETIME: u64 = 365 * 86_400;
/// How long a step waits for another process.
const LOCK_TIME: Duration = Duration::from_secs(30);

/// A device that is in use.
pub struct Device {
    store: ClientStore,
    anchor: Anchor,
    lock: File,
    account: Option<Account>,
    /// Generation of the head record that `account` has.
    head: u64,
    /// How it was set up.
    pub profile: Profile,
    /// Whom the organisation has withdrawn, by the newest lists that were seen.
    revoked: Revoked,
    /// What the person should know, and what was said already.
    notices: Vec<String>,
    said: Vec<String>,
}

/// The policy of a profile: whose accounts are accepted.
fn policy(profile: &Profile) -> Result<Policy> {
    let mut policy = Policy::default();
    policy.issuers = issuer::issuers(&profile.issuers)?;
    policy.require_issuer = !policy.issuers.is_empty();
    Ok(policy)
}

/// What answers requests for signatures that the library can't answer itself.
fn asker(profile: &Profile) -> Result<Option<Asker>> {
    let Some(seed) = &profile.account_seed else { return Ok(None) };
    let account = Zeroizing::new(hex::decode(seed).about("the account's seed")?);
    Ok(Some(Asker { account, command: profile.issuer_command.clone() }))
}

/// The first issuer of a profile, if its client has a way to ask it.
fn own_issuer(profile: &Profile) -> Result<Option<IssuerKeys>> {
    let Some(first) = profile.issuers.first().filter(|_| profile.account_seed.is_some()) else {
        return Ok(None);
    };
    let keys = TypedKeys::from_bytes(&hex::decode(first).about("an issuer's keys")?)?;
    Ok(Some(IssuerKeys::held_elsewhere(keys)))
}

impl Device {
    /// Opens a device's store.
    ///
    /// # Errors
    /// A wrong passphrase, an old copy (`rollback`).
    pub fn open(home: &Path, passphrase: &str) -> Result<Self> {
        let store = ClientStore::open(home, passphrase)?;
        let profile = stored_profile(&store)?;
        let mut device = Self::of(home, store, profile)?;
        device.locked(|device| device.account().map(|_| ()))?;
        device.read_revoked()?;
        Ok(device)
    }

    fn of(home: &Path, store: ClientStore, profile: Profile) -> Result<Self> {
        let lock = lock_of(home)?;
        let anchor = Anchor::new(&profile.anchor, &profile.account);
        Ok(Self {
            store,
            anchor,
            lock,
            account: None,
            head: 0,
            profile,
            revoked: Revoked::default(),
            notices: Vec::new(),
            said: Vec::new(),
        })
    }

    /// Runs one or more steps of the protocol: what they change and what `work` puts into the store is
    /// stored together or not at all (`STA-07`), and when this returns, what they produced may be sent.
    ///
    /// # Errors
    /// Those of `work`, and of the disk: nothing has changed then. Those of the counter: the step is stored then, and
    /// [`Device::outgoing`] gives nothing before the counter has followed.
    pub fn step<T>(
        &mut self,
        work: impl FnOnce(&mut Account, &mut Tx<'_>, &mut Profile) -> Result<T>,
    ) -> Result<T> {
        self.locked(|device| {
            device.account()?;
            let Some(mut account) = device.account.take() else {
                return Err(Error::fault("no account"));
            };
            let mut profile = device.profile.clone();
            // When anything fails, the account in memory may be ahead of the store: it is dropped.
            let done = device.store.transaction(|tx| {
                let done = work(&mut account, tx, &mut profile)?;
                profile.group_changes += tx.group_changes;
                if profile != device.profile {
                    tx.clear(Kind::Profile)?;
                    tx.add(Kind::Profile, &profile)?;
                }
                Ok(done)
            })?;
            device.anchor.write((account.changes(), profile.group_changes))?;
            device.head = device.store.head_generation()?;
            device.account = Some(account);
            device.profile = profile;
            Ok(done)
        })
    }

    /// The account as it is stored now, for what changes nothing.
    ///
    /// # Errors
    /// As [`Device::open`].
    pub fn read<T>(&mut self, work: impl FnOnce(&mut Account) -> Result<T>) -> Result<T> {
        self.locked(|device| work(device.account()?))
    }

    /// What is to leave the device: items of a kind as [`ClientStore::raw_items`] gives them. The counter has followed
    /// the steps that made them when this returns, also where the process that made one ended before that (`STA-05`).
    ///
    /// # Errors
    /// As [`Device::open`]; a counter that can't be written.
    pub fn outgoing(&mut self, kind: Kind, after: i64, most: usize) -> Result<Vec<RawItem>> {
        self.locked(|device| {
            device.account()?;
            device.store.raw_items(kind, after, most)
        })
    }

    /// The store, for what is not the protocol's.
    pub fn store(&mut self) -> &mut ClientStore {
        &mut self.store
    }

    /// Reads the organisation's lists of withdrawn accounts again, and keeps those that are newer than what was seen before.
    ///
    /// # Errors
    /// A list that can't be read or is not signed while there was none before: then nobody is accepted.
    pub fn read_revoked(&mut self) -> Result<()> {
        let (profile, mut notices) = (&self.profile, Vec::new());
        let mut kept = Kept::new(&profile.issuers)?;
        self.revoked = self.store.transaction(|tx| {
            let stored = tx.raw_items(Kind::Revoked)?;
            for (_, list) in &stored {
                kept.take(list)?;
            }
            let mut newer = false;
            for path in &profile.revoked {
                match revocation::read(path).and_then(|list| kept.take(&list)) {
                    Ok(taken) => newer |= taken,
                    Err(error) if stored.is_empty() => return Err(error),
                    Err(error) => notices.push(error.to_string()),
                }
            }
            if newer {
                tx.clear(Kind::Revoked)?;
                kept.encoded().try_for_each(|list| tx.add_raw(Kind::Revoked, list).map(|_| ()))?;
            }
            Ok(kept.revoked())
        })?;
        notices.extend(kept.old(crate::time::now()));
        notices.retain(|notice| !self.said.contains(notice));
        self.said.extend_from_slice(&notices);
        self.notices.append(&mut notices);
        Ok(())
    }

    /// What the person should know and was not told yet.
    pub fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// Whom the organisation has withdrawn.
    #[must_use]
    pub fn revoked(&self) -> &Revoked {
        &self.revoked
    }

    /// All contacts.
    ///
    /// # Errors
    /// A store that is damaged.
    pub fn contacts(&self) -> Result<Vec<(i64, Contact)>> {
        self.store.items(Kind::Contact)
    }

    /// The contact of a name, or of an account id.
    ///
    /// # Errors
    /// None of that name.
    pub fn contact(&self, name: &str) -> Result<(i64, Contact)> {
        let contacts = self.contacts()?;
        let found = contacts.into_iter().find(|(_, c)| c.name == name || c.account == name);
        found.ok_or_else(|| {
            Error::not_found(format!("there is no contact {name}"))
                .next(format!("add one with `sceau add {name} ACCOUNT-ID`; `sceau list` shows all"))
        })
    }

    /// All messages, oldest first.
    ///
    /// # Errors
    /// A store that is damaged.
    pub fn messages(&self) -> Result<Vec<(i64, Message)>> {
        self.store.items(Kind::Message)
    }

    /// Signs a request to a relay (`DS-02`).
    ///
    /// # Errors
    /// A key that is not at hand.
    pub fn delivery_auth(&mut self, request: &AuthRequest<'_>) -> Result<DeliveryAuth> {
        self.read(|account| Ok(account.delivery_auth(request)?))
    }

    /// The account, loaded again where another process has changed the store. Called with the lock held.
    fn account(&mut self) -> Result<&mut Account> {
        let head = self.store.head_generation()?;
        // What another process has set, or counted for a group, does not show in the account's head.
        let profile = stored_profile(&self.store)?;
        if self.head != head || self.profile != profile {
            self.account = None;
        }
        self.profile = profile;
        let account = match self.account.take() {
            Some(account) => account,
            None => {
                let (least, groups) = self.anchor.read()?;
                if self.profile.group_changes < groups {
                    return Err(old_copy(sceau::error::Peer::Rollback.into()));
                }
                let policy = policy(&self.profile)?;
                let records = self.store.records()?;
                let account = Account::import(&records, Some(least), Provider::Default, policy);
                let mut account = account.map_err(old_copy)?;
                // The process that stored this may have ended before it counted it.
                self.anchor.write((account.changes(), self.profile.group_changes))?;
                if let Some(asker) = asker(&self.profile)? {
                    account.attach_signer(Arc::new(asker));
                }
                account
            }
        };
        self.head = head;
        Ok(self.account.insert(account))
    }

    /// Runs `work` while no other process does.
    fn locked<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let started = Instant::now();
        while self.lock.try_lock().is_err() {
            if started.elapsed() > LOCK_TIME {
                return Err(Error::refused("another process uses this store")
                    .next("wait for it to end, or end it; two can't change one store at a time"));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let done = work(self);
        let _ = self.lock.unlock();
        done
    }
}

fn stored_profile(store: &ClientStore) -> Result<Profile> {
    let profiles: Vec<(i64, Profile)> = store.items(Kind::Profile)?;
    let first = profiles.into_iter().next();
    first.map(|(_, profile)| profile).ok_or_else(|| Error::fault("a store without profile"))
}

/// The file that whoever changes a store locks.
fn lock_of(home: &Path) -> Result<File> {
    private::open(&home.join("client.lock")).about("the store's lock")
}

fn old_copy(error: sceau::Error) -> Error {
    let made = Error::from(error);
    match made.class {
        Some("rollback") => {
            let mut made = Error::refused("this store is an old copy of the device's state").next(
                "it is not used, since its keys would be used twice: go on with the newest store, or enrol a new \
                 device with `sceau init` in another folder",
            );
            made.class = Some("rollback");
            made
        }
        _ => made,
    }
}

/// Makes a new batch of prekeys and puts its publication into the store, to be published.
///
/// # Errors
/// As any step.
pub fn restock(
    account: &mut Account,
    tx: &mut Tx<'_>,
    profile: &mut Profile,
    now: u64,
) -> Result<()> {
    let keys = profile.stock;
    let (batch, changes) =
        account.create_batch(keys, keys, BATCH_LIFETIME, now, &mut crypto::rng())?;
    tx.apply(&changes)?;
    profile.batch_expiry = now + BATCH_LIFETIME;
    profile.restock = false;
    tx.clear(Kind::Publication)?;
    tx.add_raw(Kind::Publication, &account.publication(&batch)?.to_bytes())?;
    Ok(())
}

/// Renews credential and list, and announces it in each live session, before anything else is sent there
/// (`ID-15`). A new batch must follow (`PRE-04`).
///
/// # Errors
/// An issuer that does not sign.
pub fn renew(account: &mut Account, tx: &mut Tx<'_>, profile: &Profile, now: u64) -> Result<()> {
    let changes = account.renew(now + CREDENTIAL_LIFETIME, own_issuer(profile)?, now)?;
    tx.apply(&changes)?;
    announce(account, tx, content_type::CREDENTIAL_UPDATE, now)
}

/// Has the list signed anew before it gets too old (`ID-21`), and announces it as a renewal is. No issuer is needed.
///
/// # Errors
/// As any step.
pub fn reissue_list(account: &mut Account, tx: &mut Tx<'_>, now: u64) -> Result<()> {
    let changes = account.reissue_list(now)?;
    tx.apply(&changes)?;
    announce(account, tx, content_type::DEVICE_LIST, now)
}
