//! Who is who in groups of Sceau: devices of accounts, by what their leaves say; and what this device knows beyond that.

use super::{LeafCredential, follows};
use crate::crypto::{Provider, signs};
use crate::error::{Error, Peer};
use crate::group::policy::{Claim, ClaimPlace, Confirmation, CredentialValidator};
use crate::group::types::{Credential, LeafNode};
use crate::pairwise::credential::{check_listed, check_validity, is_attested};
use crate::pairwise::device_list::check_age;
use crate::pairwise::{Account, AccountId, DeviceList, Policy};
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// The accounts that this device knows, with their device lists.
pub trait Contacts: Send + Sync {
    /// The last list that was *accepted* for an account, the own one included; none for an account that is not known: such as
    /// [`Account::apply_device_lists`] and then [`Account::peers`] give it. A device of an account without one is not added,
    /// but does not keep this device from joining, or following, a group that has it.
    fn device_list(&self, account: &AccountId) -> Option<Arc<DeviceList>>;

    /// Whether a list that was accepted earlier had a device that the last one has not. By default that is not known, and a
    /// serial is taken as gone only when the last list has a greater one.
    fn had_device(&self, account: &AccountId, serial: u64) -> bool {
        let _ = (account, serial);
        false
    }
}

impl Contacts for BTreeMap<AccountId, Arc<DeviceList>> {
    fn device_list(&self, account: &AccountId) -> Option<Arc<DeviceList>> {
        self.get(account).cloned()
    }
}

/// Accepts devices whose accounts have signed their credentials, and which have certified their leaves' keys: by what stands in
/// the leaf alone, so that all members judge alike (`GRP-07`, `GRP-98`). Where this device itself adds one, the list of its
/// account, the time and the policy's issuers count as well (`GRP-08`). A client is a device: it is in a group once.
///
/// Who of the members is confirmed, by lists and issuers, says [`Group::confirmations`](crate::group::Group::confirmations)
/// (`GRP-99`).
///
/// A leaf's credential is followed only by one of the same device, and not by one of an older generation (`GRP-09`). Newcomers
/// by external commit and external senders are as acceptable as members are; whether there may be any is the
/// [`GroupPolicy`](crate::group::GroupPolicy)'s to say. For rules beyond, implement [`CredentialValidator`] around it.
#[derive(Clone)]
pub struct DeviceCredentials {
    contacts: Arc<dyn Contacts>,
    policy: Policy,
    provider: Provider,
}

impl DeviceCredentials {
    /// With what is known of accounts; the policy says which issuers are trusted, whether one is required, and how old a
    /// list may be.
    #[must_use]
    pub fn new(contacts: Arc<dyn Contacts>, policy: Policy, provider: Provider) -> Self {
        Self { contacts, policy, provider }
    }

    /// With the lists of the account and of all peers of which it has pinned one by now, and its policy. It does not
    /// follow later changes: make a new one then, for [`Group::set_policy`](crate::group::Group::set_policy).
    #[must_use]
    pub fn of_account(account: &Account) -> Self {
        let peers = account.peers().map(|(id, list)| (id.clone(), Arc::new(list.clone())));
        let mut contacts: BTreeMap<_, _> = peers.collect();
        contacts.insert(account.account_id().clone(), Arc::new(account.device_list().clone()));
        Self::new(Arc::new(contacts), account.policy().clone(), account.provider().clone())
    }

    /// The device behind a claim: `verify_leaf_credential` (`GRP-07`, `GRP-98`), and where this device adds it, `GRP-08`.
    ///
    /// # Errors
    /// `malformed`, `unsupported_suite`, `identity_mismatch`, `bad_signature`; when adding, `unauthorised_device` for an account
    /// without a list, and the classes of `ID-09` to `ID-13`.
    pub fn verify(&self, claim: &Claim<'_>) -> Result<LeafCredential, Error> {
        let leaf = LeafCredential::of(claim.credential)?;
        leaf.verify(&self.provider, claim.suite, claim.signature_key)?;
        if claim.place == ClaimPlace::Adding {
            let list = self.contacts.device_list(&leaf.account_id());
            let list = list.ok_or(Peer::UnauthorisedDevice)?;
            check_age(&list, claim.now, &self.policy)?;
            // ID-11 was verified with the leaf's account keys: an account id is of one list of keys.
            check_listed(&self.provider, &leaf.credential, &list)?;
            check_validity(&self.provider, &leaf.credential, claim.now, &self.policy)?;
        }
        Ok(leaf)
    }

    /// What this device knows of a leaf's device (`GRP-99`); the leaf was verified.
    pub(in crate::group) fn known_of(&self, leaf: &LeafCredential) -> Result<Confirmation, Error> {
        let (account, tbs) = (leaf.account_id(), leaf.credential.tbs());
        let list = self.contacts.device_list(&account);
        let mut listed = false;
        if let Some(list) = list {
            let Some(entry) = list.entry(tbs.serial) else {
                let newer = list.tbs().devices.iter().any(|entry| entry.serial > tbs.serial);
                let gone = newer || self.contacts.had_device(&account, tbs.serial);
                return Ok(if gone { Confirmation::Refuted } else { self.by_issuer(leaf, false) });
            };
            let reference = leaf.credential.reference(&self.provider, leaf.account_keys.hash()?)?;
            let signing = tbs.identity_keys.as_slice().iter().filter(|key| signs(key.key_type));
            let same_keys = entry.signature_keys.as_slice().iter().eq(signing);
            listed = entry.credential_ref == reference;
            let other = entry.generation == tbs.generation && !listed
                || entry.generation >= tbs.generation && !same_keys;
            if other {
                return Ok(Confirmation::Refuted);
            }
        }
        Ok(self.by_issuer(leaf, listed))
    }

    /// Confirmed by an issuer, or where the policy requires none by a list.
    fn by_issuer(&self, leaf: &LeafCredential, listed: bool) -> Confirmation {
        let by_list = listed && !self.policy.require_issuer;
        if by_list || is_attested(&self.provider, &leaf.credential, &self.policy) {
            Confirmation::Confirmed
        } else {
            Confirmation::Unconfirmed
        }
    }
}

impl CredentialValidator for DeviceCredentials {
    fn validate(&self, claim: &Claim<'_>) -> bool {
        // What a member keeps was verified when it came.
        let kept =
            claim.place == ClaimPlace::Kept && matches!(claim.credential, Credential::Sceau(_));
        kept || self.verify(claim).is_ok()
    }

    fn confirm(&self, member: &LeafNode) -> Confirmation {
        let leaf = LeafCredential::of(&member.credential);
        leaf.and_then(|leaf| self.known_of(&leaf)).unwrap_or(Confirmation::Unconfirmed)
    }

    fn is_successor(&self, old: &Credential, new: &Credential) -> bool {
        let (Ok(old), Ok(new)) = (LeafCredential::of(old), LeafCredential::of(new)) else {
            return false;
        };
        follows(&new.credential, &old.credential)
    }

    fn client_id(&self, leaf: &LeafNode) -> Option<Vec<u8>> {
        let leaf = LeafCredential::of(&leaf.credential).ok()?;
        let tbs = leaf.credential.tbs();
        Some([&tbs.serial.to_be_bytes()[..], &tbs.account_id].concat())
    }
}
