//! Enrolment of a device, renewal of its credential, and its list issued anew (page *Identities*).
//!
//! The first two sign a credential, then a list that refers to it. A step whose keys are held elsewhere stops
//! with its requests and goes on with the answers:
//!
//! ```text
//!  begin ──► credential ──(signatures)──► device list ──(signatures)──► done
//! ```

mod reissue;
mod renew;
mod signing;

use super::account::Account;
use super::credential::CredentialTbs;
use super::device_list::DeviceListTbs;
use super::identity::{TypedKey, TypedKeys};
use super::keyring::{IssuerKeys, Keyring, PrivateKeys};
use super::policy::Policy;
use super::send::fits;
use super::state::{Changes, Key, Step};
use crate::codec::Wire;
use crate::crypto::{KeyType, Provider, SignRequest, Suite, kdf, signs};
use crate::error::{Error, Misuse, ProviderFailed};
use crate::limits::MAX_KEYS;
use alloc::boxed::Box;
use alloc::vec::Vec;
use rand_core::CryptoRng;
pub use reissue::PendingReissue;
pub use renew::{PendingRenew, RenewStep};
use signing::{Signed, Signing};

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

    /// The account's keys are held elsewhere: these are the public ones.
    #[must_use]
    pub fn with_account_keys(mut self, account_keys: TypedKeys) -> Self {
        self.account_keys = Some(account_keys);
        self
    }

    /// The device's identity keys are held elsewhere: these are the public ones.
    #[must_use]
    pub fn with_identity_keys(mut self, identity_keys: TypedKeys) -> Self {
        self.identity_keys = Some(identity_keys);
        self
    }

    /// An issuer attests credential and list.
    #[must_use]
    pub fn with_issuer(mut self, issuer: IssuerKeys) -> Self {
        self.issuer = Some(issuer);
        self
    }

    /// Another provider of cryptography.
    #[must_use]
    pub fn with_provider(mut self, provider: Provider) -> Self {
        self.provider = provider;
        self
    }

    /// Another policy.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
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
    /// `misuse` (`ID-25`), before anything is drawn, for a serial or list number of 0, no suites or none that this crate has, one that
    /// stands twice, more than 8 of them, or a `not_after` that is not greater than `not_before`;
    /// [`Misuse::KeyHeldElsewhere`] where a private
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
        // Before anything is drawn.
        if !fits(params.suites.len(), MAX_KEYS) {
            return Err(Misuse::Arguments.into());
        }
        let types = key_types(&params.suites)?;
        let mut others = params.suites.as_slice();
        while let [suite, rest @ ..] = others {
            if rest.contains(suite) {
                return Err(Misuse::Arguments.into());
            }
            others = rest;
        }
        if params.serial == 0 || params.list_number == 0 || params.not_after <= params.not_before {
            return Err(Misuse::Arguments.into());
        }
        let provider = params.provider;
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

impl core::fmt::Debug for PendingCreate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PendingCreate").field("requests", &self.requests()).finish_non_exhaustive()
    }
}
