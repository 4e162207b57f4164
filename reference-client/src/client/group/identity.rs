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
/// After so many seconds a leaf gets new keys (`GDS-27`): 30 days.
pub const MAX_LEAF_AGE: u64 = 30 * 86_400;
/// The type of the policy extension, which each leaf lists (`GRP-05`).
const POLICY_EXTENSION: u16 = 0xF64A;

/// The lists that are pinned, and the accounts that were asked for in vain.
struct Pinned {
    lists: BTreeMap<AccountId, Arc<DeviceList>>,
    missing: Mutex<BTreeSet<AccountId>>,
}

impl Contacts for Pinned {
    fn device_list(&self, account: &AccountId) -> Option<Arc<DeviceList>> {
        let list = self.lists.get(account).cloned();
        if list.is_none() {
            let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
            missing.insert(account.clone());
        }
        list
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
        let pinned = Arc::new(Pinned { lists, missing: Mutex::default() });
        let contacts: Arc<dyn Contacts> = Arc::clone(&pinned) as _;
        let validator =
            DeviceCredentials::new(contacts, account.policy().clone(), Provider::Default);
        Self { pinned, validator }
    }

    /// As the library wants them.
    #[must_use]
    pub fn policy(&self) -> GroupPolicy {
        GroupPolicy::new(self.validator.clone())
    }

    /// Accounts whose lists were needed and are not pinned: to be fetched, then all is done again.
    #[must_use]
    pub fn missing(&self) -> Vec<AccountId> {
        let missing = self.pinned.missing.lock().unwrap_or_else(PoisonError::into_inner);
        missing.iter().cloned().collect()
    }

    /// Whether a member's device still stands in its account's list (`GDS-17`).
    #[must_use]
    pub fn is_listed(&self, leaf: &LeafNode) -> bool {
        self.validator.is_listed(leaf)
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
    let mut leaf = LeafParams::new(now.saturating_sub(3_600), now + PACKAGE_LIFETIME);
    leaf.capabilities.extensions.push(POLICY_EXTENSION);
    leaf
}

/// The device behind a leaf whose credential was verified.
#[must_use]
pub fn device_of(leaf: &LeafNode) -> Option<DeviceOf> {
    let credential = LeafCredential::of(&leaf.credential).ok()?;
    let serial = credential.credential.tbs().serial;
    Some((hex::encode(credential.account_id().as_bytes()), serial))
}
