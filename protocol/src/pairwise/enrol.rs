//! Enrolment of a device and renewal of its credential (page *Identities*).
//!
//! Both sign a credential, then a list that refers to it. A step whose keys are held elsewhere stops
//! with its requests and goes on with the answers:
//!
//! ```text
//!  begin ──► credential ──(signatures)──► device list ──(signatures)──► done
//! ```

use super::account::Account;
use super::credential::{Credential, CredentialTbs};
use super::device_list::{DeviceEntry, DeviceList, DeviceListTbs};
use super::identity::{
    Attestation, SIGNER_ACCOUNT, SIGNER_DEVICE, SIGNER_ISSUER, TypedKey, TypedKeys,
};
use super::keyring::{IssuerKeys, Keyring, PrivateKeys};
use super::policy::Policy;
use super::state::{Changes, Key, Step};
use crate::codec::Wire;
use crate::crypto::{
    KeyRole, KeyType, Provider, SignRequest, Suite, kdf, labels, signature_algorithm, signs,
};
use crate::error::{Error, Misuse, ProviderFailed};
use alloc::boxed::Box;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// What a device is made with.
#[derive(Debug)]
#[non_exhaustive]
pub struct AccountParams {
    /// Number of the device in its account, from 1, never used again.
    pub serial: u64,
    /// Start of the credential's validity, in seconds since 1970.
    pub not_before: u64,
    /// End of the credential's validity, in seconds since 1970.
    pub not_after: u64,
    /// The suites, in order of preference.
    pub suites: Vec<u16>,
    /// Number of the device list: 1 for a new account.
    pub list_number: u64,
    /// The account's public keys where its private ones are held elsewhere; else they are drawn.
    pub account_keys: Option<TypedKeys>,
    /// The device's identity keys where they are held elsewhere; else they are drawn.
    pub identity_keys: Option<TypedKeys>,
    /// The issuer that attests credential and list.
    pub issuer: Option<IssuerKeys>,
    /// The provider of cryptography.
    pub provider: Provider,
    /// The policy.
    pub policy: Policy,
}

impl AccountParams {
    /// A first device of suite `core`, with a validity in seconds since 1970.
    #[must_use]
    pub fn new(serial: u64, not_before: u64, not_after: u64) -> Self {
        Self {
            serial,
            not_before,
            not_after,
            suites: alloc::vec![Suite::Core.to_u16()],
            list_number: 1,
            account_keys: None,
            identity_keys: None,
            issuer: None,
            provider: Provider::Default,
            policy: Policy::default(),
        }
    }
}

/// A new device: the account, and its first changes.
#[derive(Debug)]
#[non_exhaustive]
pub struct Created {
    /// The device.
    pub account: Account,
    /// Its records.
    pub changes: Changes,
}

/// Where an enrolment stands.
#[derive(Debug)]
pub enum CreateStep {
    /// Keys that are held elsewhere must sign.
    NeedsSignatures(Box<PendingCreate>),
    /// It is complete.
    Done(Box<Created>),
}

/// An enrolment that waits for signatures.
pub struct PendingCreate {
    signing: Signing,
    keyring: Keyring,
    issuer: Option<IssuerKeys>,
    provider: Provider,
    policy: Policy,
}

/// Where a renewal stands.
#[derive(Debug)]
pub enum RenewStep {
    /// Keys that are held elsewhere must sign.
    NeedsSignatures(Box<PendingRenew>),
    /// It is complete.
    Done(Changes),
}

/// A renewal that waits for signatures.
pub struct PendingRenew {
    signing: Signing,
    issuer: Option<IssuerKeys>,
    changes: u64,
}

/// The two objects that are signed, one after the other.
struct Signing {
    credential_tbs: CredentialTbs,
    credential: Option<Credential>,
    list: DeviceListTbs,
    issuer: Option<TypedKeys>,
    /// Whether the device signs the list, which follows an older one (`ID-08`).
    by_device: bool,
    requests: Vec<SignRequest>,
}

enum Signed {
    More(Signing),
    Done(Credential, DeviceList),
}

fn requests_of(
    role: KeyRole,
    keys: &TypedKeys,
    label: &'static str,
    tbs: &[u8],
) -> Vec<SignRequest> {
    let signing = keys.as_slice().iter().filter(|key| signature_algorithm(key.key_type).is_some());
    signing.map(|key| SignRequest::new(role, key.key_type, label, tbs)).collect()
}

impl Signing {
    fn new(
        credential_tbs: CredentialTbs,
        list: DeviceListTbs,
        issuer: Option<TypedKeys>,
        by_device: bool,
    ) -> Self {
        let tbs = credential_tbs.to_bytes();
        let label = labels::CREDENTIAL_BY_ACCOUNT;
        let mut requests = requests_of(KeyRole::Account, &list.account_keys, label, &tbs);
        if let Some(issuer) = &issuer {
            let label = labels::CREDENTIAL_BY_ISSUER;
            requests.extend(requests_of(KeyRole::Issuer, issuer, label, &tbs));
        }
        Self { credential_tbs, credential: None, list, issuer, by_device, requests }
    }

    /// Attestations of the requests, in the order of `ID-01`.
    fn attest(
        &mut self,
        provider: &Provider,
        signatures: Vec<Vec<u8>>,
    ) -> Result<Vec<Attestation>, Error> {
        if signatures.len() != self.requests.len() {
            return Err(Misuse::WrongAnswer.into());
        }
        let mut attestations = Vec::new();
        for (request, signature) in self.requests.drain(..).zip(signatures) {
            let (signer, signer_id) = match request.role {
                KeyRole::Account => (SIGNER_ACCOUNT, Vec::new()),
                KeyRole::Device => {
                    (SIGNER_DEVICE, self.credential_tbs.serial.to_be_bytes().to_vec())
                }
                KeyRole::Issuer => {
                    let issuer = self.issuer.as_ref().ok_or(Misuse::WrongAnswer)?;
                    (SIGNER_ISSUER, issuer.issuer_id(provider)?)
                }
            };
            let key_type = request.key_type;
            attestations.push(Attestation { signer, signer_id, key_type, signature });
        }
        attestations.sort_by(|a, b| {
            (a.signer, &a.signer_id, a.key_type).cmp(&(b.signer, &b.signer_id, b.key_type))
        });
        Ok(attestations)
    }

    /// Takes the signatures of the present requests.
    fn advance(mut self, provider: &Provider, signatures: Vec<Vec<u8>>) -> Result<Signed, Error> {
        let attestations = self.attest(provider, signatures)?;
        if let Some(credential) = self.credential {
            return Ok(Signed::Done(credential, DeviceList::new(self.list, attestations)));
        }
        let tbs = &self.credential_tbs;
        let credential = Credential::new(tbs.clone(), attestations);
        let reference = credential.reference(provider, self.list.account_keys.hash()?)?;
        let keys = tbs.identity_keys.as_slice().iter().filter(|key| signs(key.key_type));
        let keys = TypedKeys::new(keys.cloned().collect())?;
        let entry = DeviceEntry::new(tbs.serial, tbs.generation, reference, keys);
        self.list.devices.retain(|device| device.serial != entry.serial);
        self.list.devices.push(entry);
        self.list.devices.sort_by_key(|device| device.serial);

        let signed = self.list.to_bytes();
        let label = labels::DEVICE_LIST_BY_ACCOUNT;
        self.requests = requests_of(KeyRole::Account, &self.list.account_keys, label, &signed);
        if self.by_device {
            let label = labels::DEVICE_LIST_BY_DEVICE;
            let keys = &self.credential_tbs.identity_keys;
            self.requests.extend(requests_of(KeyRole::Device, keys, label, &signed));
        }
        if let Some(issuer) = &self.issuer {
            let label = labels::DEVICE_LIST_BY_ISSUER;
            self.requests.extend(requests_of(KeyRole::Issuer, issuer, label, &signed));
        }
        self.credential = Some(credential);
        Ok(Signed::More(self))
    }
}

/// The types of keys that suites need, each once, in ascending order.
fn key_types(suites: &[u16]) -> Result<Vec<u16>, Error> {
    let mut types = Vec::new();
    for suite in suites {
        // A suite that this library doesn't know may stand in the list, but asks for no keys.
        if let Ok(suite) = Suite::from_u16(*suite) {
            let (signing, agreeing) = suite.identity_key_types();
            types.extend([signing, agreeing]);
        }
    }
    if types.is_empty() {
        return Err(Misuse::Arguments.into());
    }
    types.sort_unstable();
    types.dedup();
    Ok(types)
}

/// Draws a private key of each type, and gives the public ones.
fn draw_keys(
    provider: &Provider,
    rng: &mut impl CryptoRng,
    types: &[u16],
) -> Result<(TypedKeys, PrivateKeys), Error> {
    let mut public = Vec::new();
    let mut private = Vec::new();
    for key_type in types {
        let known = KeyType::from_u16(*key_type).ok_or(ProviderFailed::Unsupported)?;
        let secret = kdf::random(rng, known.private_len());
        let key = match known {
            KeyType::Signature(algorithm) => {
                provider.get().signature_public(algorithm, secret.as_bytes())?
            }
            KeyType::Agreement(algorithm) => kdf::agreement_public(provider, algorithm, &secret)?,
        };
        public.push(TypedKey { key_type: *key_type, key });
        private.push((*key_type, secret));
    }
    Ok((TypedKeys::new(public)?, private))
}

impl Account {
    /// Makes an account with one device, or one more device of an account (page *Identities*). Draws
    /// `account_key`, `identity_sign` and `identity_agree`, as far as they are not held elsewhere. The list is issued now.
    ///
    /// # Errors
    /// `misuse` for parameters that make no valid credential; [`Misuse::KeyHeldElsewhere`] where a private
    /// key is not at hand: then use [`Account::create_begin`].
    pub fn create(
        rng: &mut impl CryptoRng,
        now: u64,
        params: AccountParams,
    ) -> Result<(Self, Changes), Error> {
        let mut step = Self::create_begin(rng, now, params)?;
        loop {
            match step {
                CreateStep::Done(created) => return Ok((created.account, created.changes)),
                CreateStep::NeedsSignatures(pending) => {
                    let signatures = pending.answers()?;
                    step = pending.resume(signatures)?;
                }
            }
        }
    }

    /// [`Account::create`] in its resumable form: stops where signatures are needed.
    ///
    /// # Errors
    /// As [`Account::create`].
    pub fn create_begin(
        rng: &mut impl CryptoRng,
        now: u64,
        params: AccountParams,
    ) -> Result<CreateStep, Error> {
        let provider = params.provider;
        let types = key_types(&params.suites)?;
        let mut keyring = Keyring::default();
        let account_keys = match params.account_keys {
            Some(keys) => keys,
            None => {
                let first = types.first().copied().filter(|first| signs(*first));
                let first = first.ok_or(Misuse::Arguments)?;
                let (keys, private) = draw_keys(&provider, rng, &[first])?;
                keyring.account = private;
                keys
            }
        };
        let identity_keys = match params.identity_keys {
            Some(keys) => keys,
            None => {
                let (keys, private) = draw_keys(&provider, rng, &types)?;
                keyring.identity = private;
                keys
            }
        };
        let credential_tbs = CredentialTbs {
            account_id: account_keys.account_id(&provider)?.as_bytes().to_vec(),
            serial: params.serial,
            generation: 1,
            not_before: params.not_before,
            not_after: params.not_after,
            identity_keys,
            suites: params.suites,
            extensions: Vec::new(),
        };
        CredentialTbs::from_bytes(&credential_tbs.to_bytes()).map_err(|_| Misuse::Arguments)?;
        if params.list_number == 0 {
            return Err(Misuse::Arguments.into());
        }
        let list = DeviceListTbs {
            account_keys,
            number: params.list_number,
            issued_at: now,
            devices: Vec::new(),
            extensions: Vec::new(),
        };
        let issuer_keys = params.issuer.as_ref().map(|issuer| issuer.public.clone());
        let signing = Signing::new(credential_tbs, list, issuer_keys, false);
        let (issuer, policy) = (params.issuer, params.policy);
        let pending = PendingCreate { signing, keyring, issuer, provider, policy };
        Ok(CreateStep::NeedsSignatures(Box::new(pending)))
    }

    /// Renews the own credential (page *Identities*, `ID-15`): generation and list number one up, `not_before` and keys
    /// stay. Announce it in each live session ([`Account::credential_update`]), and publish a new batch
    /// (`PRE-04`).
    ///
    /// # Errors
    /// [`Misuse::KeyHeldElsewhere`] where a private key is not at hand: then use [`Account::renew_begin`].
    pub fn renew(
        &mut self,
        not_after: u64,
        issuer: Option<IssuerKeys>,
        now: u64,
    ) -> Result<Changes, Error> {
        let mut step = self.renew_begin(not_after, issuer, now)?;
        loop {
            match step {
                RenewStep::Done(changes) => return Ok(changes),
                RenewStep::NeedsSignatures(pending) => {
                    let issuer = pending.issuer.as_ref();
                    let sign =
                        |request: &SignRequest| self.keyring.sign(&self.provider, issuer, request);
                    let signatures =
                        pending.requests().iter().map(sign).collect::<Result<_, _>>()?;
                    step = self.renew_resume(*pending, signatures, now)?;
                }
            }
        }
    }

    /// [`Account::renew`] in its resumable form: stops where signatures are needed.
    ///
    /// # Errors
    /// As [`Account::renew`].
    pub fn renew_begin(
        &self,
        not_after: u64,
        issuer: Option<IssuerKeys>,
        now: u64,
    ) -> Result<RenewStep, Error> {
        let mut credential_tbs = self.credential.tbs().clone();
        credential_tbs.generation =
            credential_tbs.generation.checked_add(1).ok_or(Misuse::Limit)?;
        credential_tbs.not_after = not_after;
        let mut list = self.device_list.tbs().clone();
        list.number = list.number.checked_add(1).ok_or(Misuse::Limit)?;
        list.issued_at = now;
        let issuer_keys = issuer.as_ref().map(|issuer| issuer.public.clone());
        let signing = Signing::new(credential_tbs, list, issuer_keys, true);
        let pending = PendingRenew { signing, issuer, changes: self.head.changes };
        Ok(RenewStep::NeedsSignatures(Box::new(pending)))
    }

    /// Goes on with the signatures that [`PendingRenew::requests`] asked for, in their order.
    ///
    /// # Errors
    /// [`Misuse::WrongAnswer`]; `stale_state` when another step came between.
    pub fn renew_resume(
        &mut self,
        pending: PendingRenew,
        signatures: Vec<Vec<u8>>,
        now: u64,
    ) -> Result<RenewStep, Error> {
        if pending.changes != self.head.changes {
            return Err(Misuse::StaleState.into());
        }
        let PendingRenew { signing, issuer, changes } = pending;
        match signing.advance(&self.provider, signatures)? {
            Signed::More(signing) => {
                let pending = PendingRenew { signing, issuer, changes };
                Ok(RenewStep::NeedsSignatures(Box::new(pending)))
            }
            Signed::Done(credential, device_list) => {
                let mut step = Step::default();
                self.expire_in(&mut step, now);
                self.credential = credential;
                self.device_list = device_list;
                step.touch(Key::Account);
                Ok(RenewStep::Done(self.commit(step)))
            }
        }
    }
}

impl PendingCreate {
    /// The signatures that are needed now.
    #[must_use]
    pub fn requests(&self) -> &[SignRequest] {
        &self.signing.requests
    }

    /// Answers with the keys that are at hand.
    fn answers(&self) -> Result<Vec<Vec<u8>>, Error> {
        let issuer = self.issuer.as_ref();
        let sign = |request: &SignRequest| self.keyring.sign(&self.provider, issuer, request);
        self.requests().iter().map(sign).collect()
    }

    /// Goes on with the signatures that [`PendingCreate::requests`] asked for, in their order.
    ///
    /// # Errors
    /// [`Misuse::WrongAnswer`]
    pub fn resume(self, signatures: Vec<Vec<u8>>) -> Result<CreateStep, Error> {
        let Self { signing, keyring, issuer, provider, policy } = self;
        match signing.advance(&provider, signatures)? {
            Signed::More(signing) => {
                let pending = Self { signing, keyring, issuer, provider, policy };
                Ok(CreateStep::NeedsSignatures(Box::new(pending)))
            }
            Signed::Done(credential, device_list) => {
                let mut account =
                    Account::assemble(provider, policy, keyring, device_list, credential)?;
                let mut step = Step::default();
                step.touch(Key::Account);
                let changes = account.commit(step);
                Ok(CreateStep::Done(Box::new(Created { account, changes })))
            }
        }
    }
}

impl PendingRenew {
    /// The signatures that are needed now.
    #[must_use]
    pub fn requests(&self) -> &[SignRequest] {
        &self.signing.requests
    }
}

impl core::fmt::Debug for PendingCreate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PendingCreate").field("requests", &self.requests()).finish_non_exhaustive()
    }
}

impl core::fmt::Debug for PendingRenew {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PendingRenew").field("requests", &self.requests()).finish_non_exhaustive()
    }
}
