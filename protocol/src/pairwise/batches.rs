//! Publishing prekeys (page *Prekeys*, `create_batch`).

use super::account::{Account, Batch, StoredPrekey};
use super::identity::check_answers;
use super::merkle::{Tree, leaf_hash};
use super::prekeys::{
    Prekey, PrekeyBatch, PrekeyBatchTbs, PrekeyType, ProvenPrekey, PublishedBatch, TypedSignature,
};
use super::state::{Changes, Key, Step};
use crate::codec::Wire;
use crate::crypto::{KeyRole, Secret, SignRequest, Suite, kdf, labels, signature_algorithm};
use crate::error::{Error, Misuse, Peer};
use crate::limits::{MAX_BATCH_KEYS, MAX_BATCH_LIFETIME};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// Where the making of a batch stands.
#[derive(Debug)]
pub enum BatchStep {
    /// Keys that are held elsewhere must sign.
    NeedsSignatures(Box<PendingBatch>),
    /// It is complete.
    Done(Box<PublishedBatch>, Changes),
}

/// A batch that waits for its signatures.
pub struct PendingBatch {
    tbs: PrekeyBatchTbs,
    suite: Suite,
    prekeys: Vec<ProvenPrekey>,
    private: BTreeMap<u32, StoredPrekey>,
    requests: Vec<SignRequest>,
    changes: u64,
}

impl PendingBatch {
    /// The signatures that are needed.
    #[must_use]
    pub fn requests(&self) -> &[SignRequest] {
        &self.requests
    }
}

impl core::fmt::Debug for PendingBatch {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PendingBatch").field("requests", &self.requests).finish_non_exhaustive()
    }
}

impl Account {
    /// Makes a batch of prekeys for the first suite of the own credential (page *Prekeys*), valid for `lifetime` seconds
    /// from now, and gives what the directory publishes. Draws `signed_prekey`, `kem_last_resort`,
    /// `one_time_prekey.i` and `kem_prekey.i`.
    ///
    /// # Errors
    /// `limit` for a lifetime of 0 or above 30 days, more than 1,024 keys in all, or when there is no greater generation (`ID-25`);
    /// `unsupported_suite` when the credential has no suite of this crate;
    /// [`Misuse::KeyHeldElsewhere`] where the signing identity key is not at hand: then use
    /// [`Account::create_batch_begin`].
    pub fn create_batch(
        &mut self,
        one_time: u32,
        kem_one_time: u32,
        lifetime: u64,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(PublishedBatch, Changes), Error> {
        match self.create_batch_begin(one_time, kem_one_time, lifetime, now, rng)? {
            BatchStep::Done(published, changes) => Ok((*published, changes)),
            BatchStep::NeedsSignatures(pending) => {
                let sign = |request: &SignRequest| self.keyring.sign(&self.provider, None, request);
                let signatures = pending.requests.iter().map(sign).collect::<Result<_, _>>()?;
                self.create_batch_resume(*pending, signatures, now)
            }
        }
    }

    /// [`Account::create_batch`] in its resumable form: stops where signatures are needed.
    ///
    /// # Errors
    /// As [`Account::create_batch`].
    pub fn create_batch_begin(
        &self,
        one_time: u32,
        kem_one_time: u32,
        lifetime: u64,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<BatchStep, Error> {
        if lifetime == 0 || lifetime > MAX_BATCH_LIFETIME {
            return Err(Misuse::Limit.into());
        }
        let expiry = now.checked_add(lifetime).ok_or(Misuse::Limit)?;
        let generation = self.last_batch_generation.checked_add(1).ok_or(Misuse::Limit)?;
        let suites = &self.credential.tbs().suites;
        let suite = suites.iter().find_map(|value| Suite::from_u16(*value).ok());
        let suite = suite.ok_or(Peer::UnsupportedSuite)?;
        let size = check_batch_size(one_time, kem_one_time)?;

        let mut types = alloc::vec![PrekeyType::Signed, PrekeyType::KemLastResort];
        types.extend((0..one_time).map(|_| PrekeyType::OneTime));
        types.extend((0..kem_one_time).map(|_| PrekeyType::KemOneTime));
        let mut private = BTreeMap::new();
        let mut prekeys = Vec::with_capacity(types.len());
        let mut leaves = Vec::with_capacity(types.len());
        for (id, prekey_type) in (0..).zip(types) {
            let secret = kdf::random(rng, prekey_type.private_len(suite));
            let key = self.prekey_public(suite, prekey_type, &secret)?;
            let prekey = Prekey::new(prekey_type, id, key);
            leaves.push(leaf_hash(&self.provider, suite.hash(), &prekey.to_bytes())?);
            let agrees = matches!(prekey_type, PrekeyType::Signed | PrekeyType::OneTime);
            let public = agrees.then(|| prekey.key.clone());
            let stored = StoredPrekey { generation: 0, prekey_type, private: secret, public };
            private.insert(id, stored);
            prekeys.push(prekey);
        }
        let tree = Tree::new(&self.provider, suite.hash(), leaves)?;
        let prove = |prekey: Prekey| {
            let path = tree.path(prekey.id);
            ProvenPrekey::new(prekey, path)
        };
        let prekeys = prekeys.into_iter().map(prove).collect();
        let account_hash = self.account_keys().hash()?;
        let reference = self.credential.reference(&self.provider, account_hash)?;
        let root = tree.root().to_vec();
        let times = (now, expiry);
        let tbs = PrekeyBatchTbs::new(suite, reference, generation, times, size, root);
        let signed = tbs.to_bytes();
        let keys = self.credential.tbs().identity_keys.as_slice().iter();
        let requests = keys
            .filter(|key| signature_algorithm(key.key_type).is_some())
            .map(|key| {
                SignRequest::new(KeyRole::Device, key.key_type, labels::PREKEY_BATCH, &signed)
            })
            .collect();
        let changes = self.head.changes;
        let pending = PendingBatch { tbs, suite, prekeys, private, requests, changes };
        Ok(BatchStep::NeedsSignatures(Box::new(pending)))
    }

    /// Goes on with the signatures that [`PendingBatch::requests`] asked for, in their order.
    ///
    /// # Errors
    /// [`Misuse::WrongAnswer`]; `stale_state` when another step came between.
    pub fn create_batch_resume(
        &mut self,
        pending: PendingBatch,
        signatures: Vec<Vec<u8>>,
        now: u64,
    ) -> Result<(PublishedBatch, Changes), Error> {
        if pending.changes != self.head.changes {
            return Err(Misuse::StaleState.into());
        }
        let keys = &self.credential.tbs().identity_keys;
        check_answers(&self.provider, &pending.requests, &signatures, |_| Some(keys))?;
        let typed = pending.requests.iter().zip(signatures);
        let signatures = typed.map(|(r, signature)| TypedSignature::new(r.key_type, signature));
        let batch = PrekeyBatch::new(pending.tbs, signatures.collect());
        let (number, expiry) = (batch.tbs().generation, batch.tbs().expiry);

        let mut step = Step::default();
        self.expire_in(&mut step, now);
        self.last_batch_generation = number;
        step.touch(Key::Account);
        step.touch(Key::Batch(number));
        pending.private.keys().for_each(|id| step.touch(Key::Prekey(number, *id)));
        self.expires_at(expiry.saturating_add(self.limits().prekey_grace));
        self.batches.insert(
            number,
            Batch {
                generation: 0,
                batch: batch.clone(),
                credential: self.credential.clone(),
                suite: pending.suite,
                prekeys: pending.private,
                replay: BTreeMap::new(),
            },
        );
        Ok((PublishedBatch::new(batch, pending.prekeys), self.commit(step)))
    }

    /// The public key of a prekey.
    fn prekey_public(
        &self,
        suite: Suite,
        prekey_type: PrekeyType,
        private: &Secret,
    ) -> Result<Vec<u8>, Error> {
        Ok(match prekey_type {
            PrekeyType::Signed | PrekeyType::OneTime => {
                kdf::agreement_public(&self.provider, suite.agreement(), private)?
            }
            PrekeyType::KemOneTime | PrekeyType::KemLastResort => {
                self.provider.get().kem_key_pair(suite.kem(), private.as_bytes())?.0
            }
        })
    }
}

/// Refuses a batch of more keys than the wire allows (page *Prekeys*, `create_batch`).
fn check_batch_size(one_time: u32, kem_one_time: u32) -> Result<u32, Error> {
    let size = one_time.checked_add(kem_one_time).and_then(|keys| keys.checked_add(2));
    Ok(size.filter(|size| *size <= MAX_BATCH_KEYS).ok_or(Misuse::Limit)?)
}
