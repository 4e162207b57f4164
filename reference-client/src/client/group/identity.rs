//! Who is who in groups: devices of accounts, by the library's `DeviceCredentials` (`GRP-04`, `GRP-07` to `GRP-09`).

use super::model::DeviceOf;
use crate::crypto;
use crate::error::Result;
use sceau::crypto::Provider;
use sceau::group::{
    CipherSuite, Contacts, DeviceCredentials, GroupPolicy, LeafCredential, LeafNode, LeafParams,
    SigningIdentity,
};
use sceau::pairwise::{Account, AccountId, DeviceList};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// The suite of this client's groups: Sceau's default, hybrid.
pub const SUITE: CipherSuite = CipherSuite::MlKem768X25519Aes256;
/// How long others may add a device with a key package, in seconds: 90 days.
pub const PACKAGE_LIFETIME: u64 = 90 * 86_400;
/// `max_leaf_age`: after so many seconds a leaf gets new keys (`GDS-27`), 7 days.
pub const MAX_LEAF_AGE: u64 = 7 * 86_400;

/// The lists that are pinned, and the accounts that were asked for.
struct Pinned {
    lists: BTreeMap<AccountId, Arc<DeviceList>>,
    /// But for the own one.
    asked: Mutex<BTreeSet<AccountId>>,
    own: AccountId,
}

impl Contacts for Pinned {
    fn device_list(&self, account: &AccountId) -> Option<Arc<DeviceList>> {
        if *account != self.own {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.insert(account.clone());
        }
        self.lists.get(account).cloned()
    }
}

/// The rules of this device's groups, as its account knows others now.
pub struct Rules {
    pinned: Arc<Pinned>,
    validator: DeviceCredentials,
}

impl Rules {
    /// Those of an account.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        let own = (account.account_id().clone(), account.device_list());
        let peers = account.peers().map(|(id, list)| (id.clone(), list)).chain([own]);
        let lists = peers.map(|(id, list)| (id, Arc::new(list.clone()))).collect();
        let own = account.account_id().clone();
        let pinned = Arc::new(Pinned { lists, asked: Mutex::default(), own });
        let contacts: Arc<dyn Contacts> = Arc::clone(&pinned) as _;
        let validator =
            DeviceCredentials::new(contacts, account.policy().clone(), Provider::Default);
        Self { pinned, validator }
    }

    /// As the library wants them: Sceau's profile.
    #[must_use]
    pub fn policy(&self) -> GroupPolicy {
        GroupPolicy::new(self.validator.clone())
    }

    /// Accounts whose lists were asked for since this was last called. When what they were needed for was refused, they
    /// are not known here, or not as they are now: to be fetched, then it is done again.
    #[must_use]
    pub fn asked(&self) -> Vec<AccountId> {
        let mut asked = self.pinned.asked.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *asked).into_iter().collect()
    }

    /// Whether no list of an account is known.
    #[must_use]
    pub fn is_unknown(&self, account: &AccountId) -> bool {
        !self.pinned.lists.contains_key(account)
    }

    /// Whether a member's account has a list in which its device does not stand any more (`GDS-17`).
    #[must_use]
    pub fn is_unlisted(&self, leaf: &LeafNode) -> bool {
        let Ok(of) = LeafCredential::of(&leaf.credential) else { return false };
        let list = self.pinned.lists.get(&of.account_id());
        list.is_some_and(|list| list.entry(of.credential.tbs().serial).is_none())
    }
}

/// A fresh signature key for a leaf, certified by the device.
///
/// # Errors
/// Keys that are not at hand.
pub fn identity(account: &Account) -> Result<SigningIdentity> {
    Ok(SigningIdentity::of_account(account, SUITE, &mut crypto::rng())?)
}

/// What the own leaf says beside its keys.
#[must_use]
pub fn leaf(now: u64) -> LeafParams {
    // Others' clocks may be behind.
    LeafParams::new(now.saturating_sub(3_600), now + PACKAGE_LIFETIME)
}

/// The device behind a leaf whose credential was verified.
#[must_use]
pub fn device_of(leaf: &LeafNode) -> Option<DeviceOf> {
    let credential = LeafCredential::of(&leaf.credential).ok()?;
    let serial = credential.credential.tbs().serial;
    Some((hex::encode(credential.account_id().as_bytes()), serial))
}
