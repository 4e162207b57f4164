//! What a device publishes, and what a relay does with it (`DS-04` to `DS-09`).

use crate::codec::{Decode, Encode, Reader, Writer};
use crate::crypto::Provider;
use crate::error::{Error, Malformed, Misuse, Peer};
use crate::pairwise::bundle::verify_batch;
use crate::pairwise::credential::verify_credential;
use crate::pairwise::device_list::apply_device_lists;
use crate::pairwise::{
    Account, AccountId, Credential, DeviceList, DeviceLists, MailboxId, Policy, PrekeyBundle,
    PrekeyType, PublishedBatch,
};
use alloc::vec::Vec;

/// `Publication`: a batch of prekeys with the lists and the credential that it rests on; not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    device_lists: DeviceLists,
    credential: Credential,
    batch: PublishedBatch,
}

impl Publication {
    /// The device lists, oldest first.
    #[must_use]
    pub fn device_lists(&self) -> &DeviceLists {
        &self.device_lists
    }

    /// The device's credential.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The batch with its keys.
    #[must_use]
    pub fn batch(&self) -> &PublishedBatch {
        &self.batch
    }

    /// The account that it claims to be of: the hash of the lists' account keys. By it a relay finds the list that it
    /// has.
    ///
    /// # Errors
    /// `unsupported_suite` when the first account key's type, which gives the hash, is unknown.
    pub fn account_id(&self, provider: &Provider) -> Result<AccountId, Error> {
        self.device_lists.last()?.tbs().account_keys.account_id(provider)
    }

    /// `DS-04`, for a relay: verifies lists and credential against the list of this account that the relay has, and
    /// the batch with each of its keys. Serve what it gives, not what came. `last_generation` is that of the device's
    /// last batch, 0 if there is none.
    ///
    /// # Errors
    /// - Of the lists: `identity_mismatch` for another account than that of `known`, `unsupported_suite` for one whose first key
    ///   is of an unknown type, `bad_signature`, `rollback`, `unauthorised_device`, `not_yet_valid`, `stale_list`.
    /// - Of the credential: `identity_mismatch`, `not_listed`, `bad_signature`, `unauthorised_device` (`ID-13`),
    ///   `not_yet_valid`, `expired`.
    /// - Of the batch: `identity_mismatch` for another credential's (`PRE-07`), `unsupported_suite`, `bad_signature`,
    ///   `expired`, `not_yet_valid`; `rollback` for a generation that is not greater than the last one's; `malformed` for keys
    ///   that are missing, out of order or of wrong ids, types or lengths (`PRE-13`, `PRE-14`), `bad_path` (`PRE-10`).
    pub fn verify(
        self,
        provider: &Provider,
        known: Option<&DeviceList>,
        last_generation: u32,
        now: u64,
        policy: &Policy,
    ) -> Result<VerifiedPublication, Error> {
        let account_id = self.account_id(provider)?;
        if let Some(known) = known
            && known.tbs().account_keys.account_id(provider)? != account_id
        {
            return Err(Peer::IdentityMismatch.into());
        }
        let lists = &self.device_lists;
        let device_list =
            apply_device_lists(provider, known, &account_id, lists, now, policy)?.clone();
        let credential =
            verify_credential(provider, self.credential.clone(), &device_list, now, policy)?;
        let batch = &self.batch.batch;
        let suite = verify_batch(provider, batch, &credential, now, policy)?;
        if batch.tbs().generation <= last_generation {
            return Err(Peer::Rollback.into());
        }
        self.batch.check_complete()?;
        for proven in &self.batch.prekeys {
            proven.check_id()?;
            proven.verify(provider, suite, batch.tbs())?;
        }
        let contact_mailbox = MailboxId::contact(
            provider,
            &device_list.tbs().account_keys,
            self.credential.tbs().serial,
        )?;
        let mut publication = self;
        if let Some(known) = known {
            publication.device_lists = publication.device_lists.with_known(known); // DS-09
        }
        Ok(VerifiedPublication { publication, account_id, device_list, contact_mailbox })
    }

    /// A bundle for a [`FetchAnswer`](super::FetchAnswer), with the one-time keys that the relay takes out of its stock
    /// ([`VerifiedPublication::ids`]): no one-time prekey, and the last-resort KEM key ([`PublishedBatch::LAST_RESORT`]), when
    /// none are left (`DS-06`). A relay that counts its initiators asks [`PublishedBatch::ids_for`].
    ///
    /// # Errors
    /// `misuse` ([`Misuse::UnknownBatch`]) for an id of no or another type of key.
    pub fn bundle(&self, one_time_id: Option<u32>, kem_id: u32) -> Result<PrekeyBundle, Error> {
        let (lists, credential) = (self.device_lists.clone(), self.credential.clone());
        PrekeyBundle::assemble(lists, credential, &self.batch, one_time_id, kem_id)
    }
}

impl Decode for Publication {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        if r.u8()? != 0 {
            return Err(Malformed::UnsupportedVersion);
        }
        Ok(Self {
            device_lists: DeviceLists::decode(r)?,
            credential: Credential::decode(r)?,
            batch: PublishedBatch::decode(r)?,
        })
    }
}

impl Encode for Publication {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.item(&self.device_lists);
        w.item(&self.credential);
        w.item(&self.batch);
    }
}

/// A publication that a relay may serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedPublication {
    publication: Publication,
    account_id: AccountId,
    device_list: DeviceList,
    contact_mailbox: MailboxId,
}

impl VerifiedPublication {
    /// The publication as it is to be served: a list that is the one which the relay has already, with the bytes that
    /// were verified then (`DS-09`).
    #[must_use]
    pub fn publication(&self) -> &Publication {
        &self.publication
    }

    /// The account.
    #[must_use]
    pub fn account_id(&self) -> &AccountId {
        &self.account_id
    }

    /// Serial of the device.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.publication.credential.tbs().serial
    }

    /// The account's newest list, which the relay keeps.
    #[must_use]
    pub fn device_list(&self) -> &DeviceList {
        &self.device_list
    }

    /// The device's contact mailbox, on which `get` and `acknowledge` need its signature.
    #[must_use]
    pub fn contact_mailbox(&self) -> MailboxId {
        self.contact_mailbox
    }

    /// Ids of the one-time keys of a type, each to be handed out at most once (`DS-05`).
    #[must_use]
    pub fn ids(&self, prekey_type: PrekeyType) -> Vec<u32> {
        self.publication.batch.ids(prekey_type).collect()
    }
}

impl Account {
    /// What the device gives to the prekey directory: the own current list, and an own batch with the credential under
    /// which it was made.
    ///
    /// # Errors
    /// [`Misuse::UnknownBatch`] for a batch that the device does not have, or that was made under a credential which
    /// has been renewed since (`PRE-04`).
    pub fn publication(&self, published: &PublishedBatch) -> Result<Publication, Error> {
        let batch = self.batches.get(&published.batch.tbs().generation);
        let batch = batch.filter(|batch| {
            batch.batch == published.batch && batch.credential == *self.credential()
        });
        let credential = batch.ok_or(Misuse::UnknownBatch)?.credential.clone();
        Ok(Publication { device_lists: self.own_lists(), credential, batch: published.clone() })
    }
}
