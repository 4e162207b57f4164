//! The initiator's side of the handshake (page *Handshake*, *The initiator*).

use super::account::Account;
use super::bundle::{PrekeyBundle, VerifiedBundle, verify_bundle};
use super::device_changes::DeviceChanges;
use super::handshake::{
    HandshakeMessage, IdentityKey, InitiatorIdentity, KeyMaterial, Prologue, Psk, PskId,
    handshake_ref, resumption_psk, transcript_hash,
};
use super::identity::AccountId;
use super::keyring::check_agreement;
use super::ratchet::{Context, Ratchet};
use super::replacement::Entry;
use super::send::fits;
use super::session::{NewSession, Role, SessionId, SessionState, SessionStatus};
use super::state::{Changes, Step};
use crate::codec::Wire;
use crate::crypto::{AgreementRequest, Secret, Suite, kdf};
use crate::error::{Error, Misuse};
use crate::limits::{MAX_KEY, reached};
use alloc::boxed::Box;
use alloc::vec::Vec;
use rand_core::CryptoRng;

/// An external pre-shared key: the id under which both callers know it, and its bytes; neither empty.
#[derive(Debug)]
pub struct ExternalPsk {
    /// The id, at most 4,096 bytes; it stands in the sealed identity.
    pub id: Vec<u8>,
    /// The key.
    pub key: Secret,
}

/// A session that was initiated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Initiated {
    /// The new session, `waiting` and live.
    pub session: SessionId,
    /// The peer's account.
    pub account: AccountId,
    /// Serial of the peer's device.
    pub serial: u64,
    /// Whether a one-time prekey was used (`PRE-06`).
    pub one_time: bool,
    /// Whether the last-resort KEM key was used (`PRE-06`).
    pub last_resort: bool,
    /// Whether a resumption PSK was mixed in (`REP-03`).
    pub resumed: bool,
    /// Devices that the list of the bundle adds to the peer's account and removes from it: to be shown (`ID-23`).
    pub devices: DeviceChanges,
}

/// Where a handshake of the initiator stands.
#[derive(Debug)]
pub enum InitiateStep {
    /// The agreement identity key, which is held elsewhere, must agree.
    NeedsAgreement(Box<PendingInitiate>),
    /// It is complete.
    Done(Initiated, Changes),
}

/// A handshake that waits for DH1 and DH5.
pub struct PendingInitiate {
    bundle: VerifiedBundle,
    psk: Psk,
    recovery: bool,
    shared: Secret,
    dh2: Secret,
    dh3: Secret,
    dh4: Option<Secret>,
    ratchet_key: Secret,
    handshake: Vec<u8>,
    transcript_hash: Vec<u8>,
    requests: Vec<AgreementRequest>,
    now: u64,
    changes: u64,
}

impl PendingInitiate {
    /// The key agreements that are needed, of the device's agreement identity key.
    #[must_use]
    pub fn requests(&self) -> &[AgreementRequest] {
        &self.requests
    }
}

impl core::fmt::Debug for PendingInitiate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PendingInitiate").field("requests", &self.requests).finish_non_exhaustive()
    }
}

/// Whether the agreements at hand answer the requests of a step: DH outputs of the right length that are
/// not all zeros.
pub(crate) fn take_agreements<const N: usize>(
    suite: Suite,
    answers: Vec<Secret>,
) -> Result<[Secret; N], Error> {
    let length = suite.agreement().output_len();
    let checked = answers
        .into_iter()
        .map(|answer| check_agreement(answer, length))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(checked.try_into().map_err(|_| Misuse::WrongAnswer)?)
}

impl Account {
    /// `initiate(state, account_id, bundle, psk, now, policy)` (page *Handshake*): makes a session with the device of a
    /// bundle, in which messages can be sent at once. A resumption PSK is used by itself where
    /// `REP-03` asks for it. Draws `ephemeral_key`, `kem_encapsulation`, `ratchet_key`.
    ///
    /// # Errors
    /// As [`Account::verify_bundle`]; `low_order`; `misuse` for an external PSK beside a resumption PSK, while an
    /// own young handshake with the device waits for its answer (`REP-13`), or when the session whose resumption PSK it
    /// must use is no longer stored ([`Misuse::UnknownSession`]; then [`Account::recover`] is left).
    pub fn initiate(
        &mut self,
        account_id: &AccountId,
        bundle: &[u8],
        psk: Option<ExternalPsk>,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(Initiated, Changes), Error> {
        let step = self.initiate_begin(account_id, bundle, psk, false, now, rng)?;
        self.drive_initiate(step)
    }

    /// `recover(account_id, bundle)` (`REP-12`): a session without resumption PSK, after sessions were lost.
    /// The peer's user is asked where the peer still has a live, used one.
    ///
    /// # Errors
    /// As [`Account::initiate`]; `limit` within `recovery_interval` of the last recovery; `misuse` while the
    /// pair has an unaccepted session.
    pub fn recover(
        &mut self,
        account_id: &AccountId,
        bundle: &[u8],
        psk: Option<ExternalPsk>,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(Initiated, Changes), Error> {
        let step = self.initiate_begin(account_id, bundle, psk, true, now, rng)?;
        self.drive_initiate(step)
    }

    fn drive_initiate(&mut self, step: InitiateStep) -> Result<(Initiated, Changes), Error> {
        match step {
            InitiateStep::Done(initiated, changes) => Ok((initiated, changes)),
            InitiateStep::NeedsAgreement(pending) => {
                let answers = self.keyring.agree(&self.provider, &pending.requests)?;
                self.initiate_resume(*pending, answers)
            }
        }
    }

    /// [`Account::initiate`] and [`Account::recover`] in their resumable form: stops where the agreement identity
    /// key is needed.
    ///
    /// # Errors
    /// As [`Account::initiate`] and [`Account::recover`].
    pub fn initiate_begin(
        &self,
        account_id: &AccountId,
        bundle: &[u8],
        psk: Option<ExternalPsk>,
        recovery: bool,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<InitiateStep, Error> {
        // 1. Nothing is drawn before all of it is accepted (HS-05).
        let bundle = PrekeyBundle::from_bytes(bundle)?;
        let serial = bundle.credential.tbs().serial;
        let resume = self.check_handshake(account_id, serial, psk.as_ref(), recovery, now)?;
        let (provider, pinned) = (&self.provider, self.pinned(account_id));
        let bundle =
            verify_bundle(provider, bundle, account_id, pinned, &self.own(), now, &self.policy)?;
        let suite = bundle.suite;
        let agreement = suite.agreement();
        let key_type = suite.identity_key_types().1;
        let peer_key = bundle.identity_key()?.to_vec();
        let signed_prekey = &bundle.signed_prekey;

        // 2. All of the key schedule that does without the identity key.
        let psk = match (resume, psk) {
            (Some(from), _) => {
                resumption_psk(provider, from.suite, &from.exporter_secret, &from.id)?
            }
            (None, Some(ExternalPsk { id, key })) => Psk { id: PskId::External(id), key },
            (None, None) => Psk::none(),
        };
        let ephemeral = kdf::random(rng, agreement.private_len());
        let randomness = kdf::random(rng, suite.kem().randomness_len());
        let ratchet_key = kdf::random(rng, agreement.private_len());
        let ephemeral_key = kdf::agreement_public(provider, agreement, &ephemeral)?;
        let kem_key = &bundle.kem_prekey.key;
        let (kem_ciphertext, shared) =
            provider.get().kem_encapsulate(suite.kem(), kem_key, randomness.as_bytes())?;
        let dh2 = kdf::agree(provider, agreement, &ephemeral, &peer_key)?;
        let dh3 = kdf::agree(provider, agreement, &ephemeral, &signed_prekey.key)?;
        let with_one_time =
            |prekey: &super::Prekey| kdf::agree(provider, agreement, &ephemeral, &prekey.key);
        let dh4 = bundle.one_time_prekey.as_ref().map(with_one_time).transpose()?;
        let prologue_hash = Prologue {
            suite,
            responder_credential: bundle.credential.credential(),
            batch: &bundle.batch,
            signed_prekey,
            one_time_prekey: bundle.one_time_prekey.as_ref(),
            kem_prekey: &bundle.kem_prekey,
            ephemeral_key: &ephemeral_key,
            kem_ciphertext: &kem_ciphertext,
        }
        .hash(provider)?;
        let (lists, credential) = (self.own_lists(), self.credential.clone());
        let identity =
            InitiatorIdentity::new(lists, credential, psk.id.clone(), recovery).to_bytes();
        let sealed_identity = IdentityKey::derive(provider, suite, &shared, &dh3, &prologue_hash)?
            .seal(provider, suite, &prologue_hash, &identity)?;
        let transcript_hash =
            transcript_hash(provider, suite, &prologue_hash, &identity, &sealed_identity)?;
        let handshake = HandshakeMessage {
            batch_generation: bundle.batch.tbs().generation,
            signed_prekey_id: signed_prekey.id,
            one_time_prekey_id: bundle.one_time_prekey.as_ref().map(|prekey| prekey.id),
            kem_prekey_id: bundle.kem_prekey.id,
            ephemeral_key,
            kem_ciphertext,
            sealed_identity,
        }
        .to_bytes();
        let requests = alloc::vec![
            AgreementRequest { key_type, peer: signed_prekey.key.clone() },
            AgreementRequest { key_type, peer: peer_key },
        ];
        Ok(InitiateStep::NeedsAgreement(Box::new(PendingInitiate {
            bundle,
            psk,
            recovery,
            shared,
            dh2,
            dh3,
            dh4,
            ratchet_key,
            handshake,
            transcript_hash,
            requests,
            now,
            changes: self.head.changes,
        })))
    }

    /// Goes on with the agreements that [`PendingInitiate::requests`] asked for, in their order.
    ///
    /// # Errors
    /// `low_order`; [`Misuse::WrongAnswer`]; `stale_state` when another step came between.
    pub fn initiate_resume(
        &mut self,
        pending: PendingInitiate,
        answers: Vec<Secret>,
    ) -> Result<(Initiated, Changes), Error> {
        if pending.changes != self.head.changes {
            return Err(Misuse::StaleState.into());
        }
        let PendingInitiate { bundle, psk, recovery, handshake, now, .. } = pending;
        let (provider, suite) = (&self.provider, bundle.suite);
        let [dh1, dh5] = take_agreements(suite, answers)?;
        let (shared, dh2, dh3, dh4) = (pending.shared, pending.dh2, pending.dh3, pending.dh4);
        let material = KeyMaterial { shared, dh1, dh2, dh3, dh4, dh5 };
        let outputs = material.derive(provider, suite, &psk, &pending.transcript_hash)?;
        let (start, kept) = outputs.split();
        let session_id = kept.session_id;
        let context = Context { provider, suite, session_id: &session_id };
        let signed_prekey = &bundle.signed_prekey.key;
        let ratchet =
            Ratchet::start_initiator(&context, start, signed_prekey, pending.ratchet_key)?;
        let resumed_from = match psk.id {
            PskId::Resumption(id) => id.try_into().map(SessionId::new).ok(),
            _ => None,
        };
        let initiated = Initiated {
            session: session_id,
            account: bundle.account_id.clone(),
            serial: bundle.serial(),
            one_time: bundle.one_time(),
            last_resort: bundle.last_resort(),
            resumed: resumed_from.is_some(),
            devices: DeviceChanges::between(
                bundle.account_id.clone(),
                self.pinned(&bundle.account_id),
                Some(&bundle.device_list),
            ),
        };
        // 3.
        let session = SessionState::new(NewSession {
            suite,
            role: Role::Initiator,
            status: SessionStatus::Waiting,
            created_at: now,
            peer: (bundle.account_id.clone(), bundle.serial()),
            handshake_ref: handshake_ref(provider, suite, &handshake)?,
            resumed_from,
            recovery,
            kept,
            ratchet,
            waiting: Some(handshake),
        });
        let mut step = Step::default();
        self.expire_in(&mut step, now);
        let (account, serial) = (bundle.account_id.clone(), bundle.serial());
        self.pin(&mut step, &account, bundle.device_list, now);
        self.enter(&mut step, Box::new(session), Entry::Live, now);
        if recovery {
            self.with_pair(&mut step, &account, serial, |pair| pair.last_recovery = now);
        }
        Ok((initiated, self.commit(step)))
    }

    /// `REP-03`, `REP-12`, `REP-13`: whether a handshake may be made now, and the session whose resumption PSK
    /// it must use.
    fn check_handshake(
        &self,
        account_id: &AccountId,
        serial: u64,
        external: Option<&ExternalPsk>,
        recovery: bool,
        now: u64,
    ) -> Result<Option<&SessionState>, Error> {
        let limits = self.limits();
        let pair = self.pair(account_id, serial, now);
        let live = pair.and_then(|pair| pair.live).and_then(|id| self.alive(&id, now));
        // REP-03
        let resume = match live {
            _ if recovery => None,
            Some(live) if live.status == SessionStatus::Established => Some(live),
            Some(live) => {
                let stored = |id| self.alive(&id, now).ok_or(Misuse::UnknownSession);
                live.resumed_from.map(stored).transpose()?
            }
            None => None,
        };
        if resume.is_some() && external.is_some() {
            return Err(Misuse::Arguments.into());
        }
        if let Some(ExternalPsk { id, key }) = external
            && (id.is_empty() || !fits(id.len(), MAX_KEY) || key.len() == 0)
        {
            return Err(Misuse::Arguments.into());
        }
        // REP-12, REP-13
        if recovery && let Some(pair) = pair {
            let young = !reached(now, pair.last_recovery, limits.recovery_interval);
            if pair.last_recovery != 0 && young {
                return Err(Misuse::Limit.into());
            }
            if pair.unaccepted.is_some() {
                return Err(Misuse::HandshakeInProgress.into());
            }
        }
        let waits = |live: &SessionState| {
            live.status == SessionStatus::Waiting
                && !reached(now, live.created_at, limits.simultaneous_window)
        };
        if !recovery && live.is_some_and(waits) {
            return Err(Misuse::HandshakeInProgress.into());
        }
        Ok(resume)
    }
}
