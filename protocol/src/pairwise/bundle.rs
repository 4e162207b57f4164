//! Prekey bundles (page *Prekeys*, *Verifying a bundle*).

use super::account::Account;
use super::credential::{Credential, VerifiedCredential, choose_suite, verify_credential};
use super::device_list::{DeviceList, DeviceLists, apply_device_lists};
use super::handshake::check_prekey_types;
use super::identity::AccountId;
use super::policy::Policy;
use super::prekeys::{Prekey, PrekeyBatch, PrekeyType, ProvenPrekey, PublishedBatch};
use crate::codec::{Decode, Encode, Reader, Wire, Writer};
use crate::crypto::{Provider, Suite};
use crate::error::{Error, Malformed, Misuse, Peer};

/// `PrekeyBundle`: what an initiator gets from the relay; not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrekeyBundle {
    /// The responder's device lists, oldest first.
    pub device_lists: DeviceLists,
    /// The responder's credential.
    pub credential: Credential,
    /// The batch.
    pub batch: PrekeyBatch,
    /// Its signed prekey.
    pub signed_prekey: ProvenPrekey,
    /// A one-time prekey, if there is one left.
    pub one_time_prekey: Option<ProvenPrekey>,
    /// A one-time KEM prekey or the last-resort one.
    pub kem_prekey: ProvenPrekey,
}

impl PrekeyBundle {
    /// A bundle with keys of a published batch.
    ///
    /// # Errors
    /// [`Misuse::UnknownBatch`] for an id of no or another type of key.
    pub(crate) fn assemble(
        device_lists: DeviceLists,
        credential: Credential,
        published: &PublishedBatch,
        one_time_id: Option<u32>,
        kem_id: u32,
    ) -> Result<Self, Error> {
        let prekey = |id: u32| published.prekey(id).cloned().ok_or(Misuse::UnknownBatch);
        let (signed_prekey, kem_prekey) = (prekey(PublishedBatch::SIGNED)?, prekey(kem_id)?);
        let one_time_prekey = one_time_id.map(prekey).transpose()?;
        let prekey_type = |proven: &ProvenPrekey| proven.prekey.prekey_type;
        let one_time_type = one_time_prekey.as_ref().map(prekey_type);
        check_prekey_types(prekey_type(&signed_prekey), one_time_type, prekey_type(&kem_prekey))
            .map_err(|_| Misuse::UnknownBatch)?;
        let batch = published.batch.clone();
        Ok(Self { device_lists, credential, batch, signed_prekey, one_time_prekey, kem_prekey })
    }
}

impl Decode for PrekeyBundle {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        if r.u8()? != 0 {
            return Err(Malformed::UnsupportedVersion);
        }
        let bundle = Self {
            device_lists: DeviceLists::decode(r)?,
            credential: Credential::decode(r)?,
            batch: PrekeyBatch::decode(r)?,
            signed_prekey: ProvenPrekey::decode(r)?,
            one_time_prekey: r.optional(ProvenPrekey::decode)?,
            kem_prekey: ProvenPrekey::decode(r)?,
        };
        let one_time = bundle.one_time_prekey.as_ref();
        let keys = [Some(&bundle.signed_prekey), one_time, Some(&bundle.kem_prekey)];
        keys.into_iter().flatten().try_for_each(|proven| proven.check_len(&bundle.batch))?;
        Ok(bundle)
    }
}

impl Encode for PrekeyBundle {
    fn encode(&self, w: &mut Writer) {
        w.u8(0);
        w.item(&self.device_lists);
        w.item(&self.credential);
        w.item(&self.batch);
        w.item(&self.signed_prekey);
        w.optional(self.one_time_prekey.as_ref(), Writer::item);
        w.item(&self.kem_prekey);
    }
}

/// The caller's own device, as far as a bundle is compared with it.
pub(crate) struct Own<'a> {
    pub(crate) account_id: &'a AccountId,
    pub(crate) credential: &'a Credential,
}

/// A bundle of which everything was verified: the responder's side of a handshake.
#[derive(Clone, Debug)]
pub struct VerifiedBundle {
    pub(crate) account_id: AccountId,
    pub(crate) suite: Suite,
    pub(crate) device_list: DeviceList,
    pub(crate) credential: VerifiedCredential,
    pub(crate) batch: PrekeyBatch,
    pub(crate) signed_prekey: Prekey,
    pub(crate) one_time_prekey: Option<Prekey>,
    pub(crate) kem_prekey: Prekey,
}

impl VerifiedBundle {
    /// The account that it is for.
    #[must_use]
    pub fn account_id(&self) -> &AccountId {
        &self.account_id
    }

    /// The device's serial.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.credential.serial()
    }

    /// Whether it has a one-time prekey (`PRE-06`).
    #[must_use]
    pub fn one_time(&self) -> bool {
        self.one_time_prekey.is_some()
    }

    /// Whether its KEM key is the last-resort one (`PRE-06`).
    #[must_use]
    pub fn last_resort(&self) -> bool {
        self.kem_prekey.prekey_type == PrekeyType::KemLastResort
    }

    /// The responder's agreement identity key.
    pub(crate) fn identity_key(&self) -> Result<&[u8], Error> {
        self.credential.credential().identity_key(self.suite.identity_key_types().1)
    }
}

impl Account {
    /// A prekey bundle with keys of an own batch, as a relay would serve it: the own current list, the
    /// credential of the batch, its signed prekey and the keys with the given ids ([`PublishedBatch::ids_for`]).
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
        let (lists, credential) = (self.own_lists(), batch.credential.clone());
        PrekeyBundle::assemble(lists, credential, published, one_time_id, kem_id)
    }

    /// `verify_bundle` (page *Prekeys*) against what is pinned; changes nothing.
    ///
    /// # Errors
    /// In the order in which they are looked for:
    ///
    /// - `malformed`, `unsupported_version`: no valid encoding, a batch's generation, size, root or validity, a prekey's type,
    ///   length or id, a KEM key that fails its check (`PRE-02`, `PRE-08`, `PRE-09`, `PRE-13`, `SUI-03`), each where it is
    ///   met;
    /// - of the lists: `identity_mismatch` for another account than `account_id`, `unsupported_suite` for one whose first key is
    ///   of an unknown type, `bad_signature`, `rollback`, `unauthorised_device`, `not_yet_valid`, `stale_list`;
    /// - of the credential: `identity_mismatch`, `not_listed`, `bad_signature`, `unauthorised_device` (`ID-13`),
    ///   `not_yet_valid`, `expired`; `reflection` for the own device (`PRE-12`);
    /// - of the batch: `identity_mismatch` for another credential's (`PRE-07`), `unsupported_suite` (`SUI-08`, `ID-14`),
    ///   `bad_signature`, `expired`, `not_yet_valid`;
    /// - of a prekey: `bad_path`; `reflection` for one that stands twice or is the own identity key (`PRE-11`).
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
}

/// `verify_bundle(bundle, account_id, pinned, own_credential, now, policy)`
pub(crate) fn verify_bundle(
    provider: &Provider,
    bundle: PrekeyBundle,
    account_id: &AccountId,
    pinned: Option<&DeviceList>,
    own: &Own<'_>,
    now: u64,
    policy: &Policy,
) -> Result<VerifiedBundle, Error> {
    // 1. Lists and credential. A bundle of the own device is refused first (PRE-12).
    let lists = &bundle.device_lists;
    let list = apply_device_lists(provider, pinned, account_id, lists, now, policy)?.clone();
    let credential = verify_credential(provider, bundle.credential, &list, now, policy)?;
    if account_id == own.account_id && credential.serial() == own.credential.tbs().serial {
        return Err(Peer::Reflection.into());
    }
    // 2. The batch.
    let batch = bundle.batch;
    let tbs = batch.tbs();
    check_credential(&batch, &credential)?;
    let suites = &credential.credential().tbs().suites;
    let suite = choose_suite(suites, &own.credential.tbs().suites)?;
    if tbs.suite != suite.to_u16() {
        return Err(Peer::UnsupportedSuite.into()); // SUI-08
    }
    let (signing, agreeing) = suite.identity_key_types();
    let _ = credential.credential().identity_key(signing)?; // ID-14
    let identity_key = credential.credential().identity_key(agreeing)?;
    check_signatures_and_times(provider, &batch, &credential, now, policy)?;
    // 3. The keys.
    let (signed, one_time, kem) =
        (&bundle.signed_prekey, bundle.one_time_prekey.as_ref(), &bundle.kem_prekey);
    let prekey_type = |proven: &ProvenPrekey| proven.prekey.prekey_type;
    check_prekey_types(prekey_type(signed), one_time.map(prekey_type), prekey_type(kem))?; // PRE-09
    for proven in [Some(signed), one_time, Some(kem)].into_iter().flatten() {
        proven.check_id()?; // PRE-13
    }
    signed.verify(provider, suite, tbs)?;
    if let Some(one_time) = one_time {
        one_time.verify(provider, suite, tbs)?;
    }
    kem.verify(provider, suite, tbs)?;
    if !provider.get().kem_check(suite.kem(), &kem.prekey.key)? {
        return Err(Malformed::Key.into()); // SUI-03
    }
    // PRE-11
    let own_key = own.credential.identity_key(agreeing)?;
    let one_time_key = one_time.map(|proven| proven.prekey.key.as_slice());
    let keys =
        [Some(signed.prekey.key.as_slice()), one_time_key, Some(identity_key), Some(own_key)];
    let mut rest = keys.as_slice();
    while let [key, others @ ..] = rest {
        if key.is_some() && others.contains(key) {
            return Err(Peer::Reflection.into());
        }
        rest = others;
    }
    Ok(VerifiedBundle {
        account_id: account_id.clone(),
        suite,
        device_list: list,
        credential,
        batch,
        signed_prekey: bundle.signed_prekey.prekey,
        one_time_prekey: bundle.one_time_prekey.map(|proven| proven.prekey),
        kem_prekey: bundle.kem_prekey.prekey,
    })
}

/// Step 2 of `verify_bundle` as far as it needs no initiator, for a relay (`DS-04`).
pub(crate) fn verify_batch(
    provider: &Provider,
    batch: &PrekeyBatch,
    credential: &VerifiedCredential,
    now: u64,
    policy: &Policy,
) -> Result<Suite, Error> {
    check_credential(batch, credential)?;
    let suite = Suite::from_u16(batch.tbs().suite)?;
    check_signatures_and_times(provider, batch, credential, now, policy)?;
    Ok(suite)
}

/// `PRE-07`
fn check_credential(batch: &PrekeyBatch, credential: &VerifiedCredential) -> Result<(), Error> {
    let same = batch.tbs().credential_ref == credential.reference();
    if same { Ok(()) } else { Err(Peer::IdentityMismatch.into()) }
}

/// `PRE-03`, `PRE-08`
fn check_signatures_and_times(
    provider: &Provider,
    batch: &PrekeyBatch,
    credential: &VerifiedCredential,
    now: u64,
    policy: &Policy,
) -> Result<(), Error> {
    batch.verify(provider, credential.credential())?;
    batch.check_times(now, policy.limits.clock_skew)
}
