//! Who is who in groups of Sceau: devices of accounts that this device knows.

use super::LeafCredential;
use crate::crypto::Provider;
use crate::error::{Error, Peer};
use crate::group::policy::{Claim, ClaimPlace, CredentialValidator};
use crate::group::types::{Credential, LeafNode};
use crate::pairwise::credential::{verify_credential, verify_members_credential};
use crate::pairwise::device_list::check_age;
use crate::pairwise::{Account, AccountId, DeviceList, Policy, VerifiedCredential};
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// The accounts that are acceptable in groups, with their device lists.
pub trait Contacts: Send + Sync {
    /// The last list that was *accepted* for an account, the own one included; none for an account that is not acceptable, or
    /// not known: such as [`Account::apply_device_lists`] and then [`Account::peers`] give it. What is asked for here and not
    /// known is what a device has to fetch before it can join.
    fn device_list(&self, account: &AccountId) -> Option<Arc<DeviceList>>;
}

impl Contacts for BTreeMap<AccountId, Arc<DeviceList>> {
    fn device_list(&self, account: &AccountId) -> Option<Arc<DeviceList>> {
        self.get(account).cloned()
    }
}

/// Accepts devices of known accounts: each has its account's credential, stands in its account's list, and has certified the
/// leaf's key (`GRP-04`, `GRP-07` to `GRP-09`). A client is a device: it is in a group once.
///
/// A leaf's credential is followed only by one of the same device, and not by one of an older generation. Newcomers by
/// external commit and external senders are as acceptable as members are; whether there may be any is the
/// [`GroupPolicy`](crate::group::GroupPolicy)'s to say. For rules beyond, implement [`CredentialValidator`] around it.
#[derive(Clone)]
pub struct DeviceCredentials {
    contacts: Arc<dyn Contacts>,
    policy: Policy,
    provider: Provider,
}

impl DeviceCredentials {
    /// Accepts devices of these accounts; the policy says which issuers are trusted, whether one is required, and how old a
    /// list may be.
    #[must_use]
    pub fn new(contacts: Arc<dyn Contacts>, policy: Policy, provider: Provider) -> Self {
        Self { contacts, policy, provider }
    }

    /// Accepts devices of the account and of all peers of which it has pinned a list by now, by its policy. It does not
    /// follow later changes: make a new one then, for [`Group::set_policy`](crate::group::Group::set_policy).
    #[must_use]
    pub fn of_account(account: &Account) -> Self {
        let peers = account.peers().map(|(id, list)| (id.clone(), Arc::new(list.clone())));
        let mut contacts: BTreeMap<_, _> = peers.collect();
        contacts.insert(account.account_id().clone(), Arc::new(account.device_list().clone()));
        Self::new(Arc::new(contacts), account.policy().clone(), account.provider().clone())
    }

    /// `verify_leaf_credential`: the device behind a claim (`GRP-07`, `GRP-08`).
    ///
    /// # Errors
    /// `malformed`; `unauthorised_device` for an account that is not known; the classes of `ID-09` to `ID-13`; `bad_signature`.
    pub fn verify(&self, claim: &Claim<'_>) -> Result<VerifiedCredential, Error> {
        let leaf = LeafCredential::of(claim.credential)?;
        let list = self.contacts.device_list(&leaf.account_id());
        let list = list.ok_or(Peer::UnauthorisedDevice)?;
        let credential = leaf.credential.clone();
        let verified = match claim.place {
            ClaimPlace::Tree => {
                verify_members_credential(&self.provider, credential, &list, &self.policy)?
            }
            _ => {
                check_age(&list, claim.now, &self.policy)?;
                verify_credential(&self.provider, credential, &list, claim.now, &self.policy)?
            }
        };
        let reference = verified.reference();
        leaf.verify_leaf_key(&self.provider, reference, claim.suite, claim.signature_key)?;
        Ok(verified)
    }

    /// Whether a member's device still stands in the list of its account: if not, it is to be removed from the group
    /// (`GRP-09`).
    #[must_use]
    pub fn is_listed(&self, member: &LeafNode) -> bool {
        let Ok(leaf) = LeafCredential::of(&member.credential) else { return false };
        let list = self.contacts.device_list(&leaf.account_id());
        list.is_some_and(|list| list.entry(leaf.credential.tbs().serial).is_some())
    }
}

impl CredentialValidator for DeviceCredentials {
    fn validate(&self, claim: &Claim<'_>) -> bool {
        // What a member keeps was verified when it came; a list that has changed since must not part this device from the
        // others, who may not have it yet.
        let kept =
            claim.place == ClaimPlace::Kept && matches!(claim.credential, Credential::Sceau(_));
        kept || self.verify(claim).is_ok()
    }

    fn is_successor(&self, old: &Credential, new: &Credential) -> bool {
        let (Ok(old), Ok(new)) = (LeafCredential::of(old), LeafCredential::of(new)) else {
            return false;
        };
        let generation = |leaf: &LeafCredential| leaf.credential.tbs().generation;
        new.is_same_device(&old) && generation(&new) >= generation(&old)
    }

    fn is_same_member(&self, a: &LeafNode, b: &LeafNode) -> bool {
        match (LeafCredential::of(&a.credential), LeafCredential::of(&b.credential)) {
            (Ok(a), Ok(b)) => a.is_same_device(&b),
            _ => false,
        }
    }

    fn client_id(&self, leaf: &LeafNode) -> Option<Vec<u8>> {
        let leaf = LeafCredential::of(&leaf.credential).ok()?;
        let tbs = leaf.credential.tbs();
        Some([&tbs.serial.to_be_bytes()[..], &tbs.account_id].concat())
    }
}
