//! The responder's side of the handshake (page *Handshake*, *The responder*).

mod open;

use super::absorb::{Absorb, absorb_secret};
use super::account::{Account, Replay};
use super::credential::VerifiedCredential;
use super::device_changes::DeviceChanges;
use super::device_list::DeviceList;
use super::effects::FrameOf;
use super::handshake::{
    FIRST_V0, FirstMessage, HandshakeMessage, KeyMaterial, Psk, PskId, handshake_ref,
    parse_first_message,
};
use super::identity::AccountId;
use super::initiate::take_agreements;
use super::prekeys::PrekeyType;
use super::ratchet::receive::{Opened, Receiving};
use super::ratchet::{Context, Ratchet};
use super::receive::{Event, ReceiveOptions, Received, received};
use super::replacement::{Entry, Newcomer};
use super::session::{NewSession, Role, SessionId, SessionState, SessionStatus};
use super::state::{Changes, Key, Step};
use crate::crypto::{AgreementRequest, Secret, Suite};
use crate::error::{Error, Malformed, Misuse, Peer};
use alloc::boxed::Box;
use alloc::vec::Vec;
use open::Accept;
use rand_core::CryptoRng;

/// Where a first message leads.
pub(crate) enum Routed {
    /// To a session that was made from the same handshake (`HS-10`).
    Session(SessionId, Vec<u8>),
    /// To a new one.
    New(Box<PendingReceive>),
}

/// The first message of a new session, which waits for DH2 and DH5.
pub struct PendingReceive {
    message: Vec<u8>,
    authenticated_data: Vec<u8>,
    handshake: HandshakeMessage,
    handshake_ref: Vec<u8>,
    suite: Suite,
    account: AccountId,
    credential: VerifiedCredential,
    device_list: DeviceList,
    psk: Psk,
    recovery: bool,
    last_resort: bool,
    shared: Secret,
    dh1: Secret,
    dh3: Secret,
    dh4: Option<Secret>,
    signed_prekey: Secret,
    signed_prekey_public: Vec<u8>,
    transcript_hash: Vec<u8>,
    requests: Vec<AgreementRequest>,
    now: u64,
    changes: u64,
}

impl PendingReceive {
    /// The key agreements that are needed, of the device's agreement identity key.
    #[must_use]
    pub fn requests(&self) -> &[AgreementRequest] {
        &self.requests
    }
}

impl core::fmt::Debug for PendingReceive {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PendingReceive").field("requests", &self.requests).finish_non_exhaustive()
    }
}

impl Account {
    /// Steps 1 to 7 of `accept`, and of step 8 all that does without the identity key.
    pub(crate) fn accept_begin(
        &self,
        bytes: &[u8],
        authenticated_data: &[u8],
        options: &ReceiveOptions,
        now: u64,
    ) -> Result<Routed, Error> {
        // 1.
        if bytes.first() != Some(&FIRST_V0) {
            return Err(Malformed::Value.into()); // ENV-03
        }
        let FirstMessage { handshake, raw_handshake, message } = parse_first_message(bytes)?;
        if let Some(session) = self.session_of(&raw_handshake, now)? {
            return match session.role {
                Role::Initiator => Err(Peer::Reflection.into()), // HS-11
                Role::Responder => Ok(Routed::Session(session.id, message)), // HS-10
            };
        }
        let batch = self.batch(handshake.batch_generation, now);
        let suite = batch.map_or(Suite::Core, |batch| batch.suite);
        let handshake_ref = handshake_ref(&self.provider, suite, &raw_handshake)?;
        if batch.is_some_and(|batch| batch.replay.contains_key(&handshake_ref)) {
            return Err(Peer::Replay.into());
        }
        // 2.
        let batch = batch.ok_or(Peer::UnknownPrekey)?;
        handshake.check_lengths(suite)?;
        let named = self.named(batch, &handshake)?;
        // 3.
        let most = usize::try_from(self.limits().replay_cache_size).unwrap_or(usize::MAX);
        if batch.replay.len() >= most {
            return Err(Peer::ReplayCacheFull.into());
        }
        let accept = Accept { account: self, options, now, suite, handshake_ref };
        accept.open(named, handshake, message, authenticated_data).map(Routed::New)
    }

    /// The session that was made from a handshake, on either side.
    fn session_of(&self, handshake: &[u8], now: u64) -> Result<Option<&SessionState>, Error> {
        let mut references: Vec<(Suite, Vec<u8>)> = Vec::new();
        for session in self.sessions.values() {
            let suite = session.suite;
            let known = references.iter().position(|(of, _)| *of == suite);
            let place = match known {
                Some(place) => place,
                None => {
                    references.push((suite, handshake_ref(&self.provider, suite, handshake)?));
                    references.len().saturating_sub(1)
                }
            };
            let same = references.get(place).is_some_and(|(_, r)| *r == session.handshake_ref);
            if same && self.alive(&session.id, now).is_some() {
                return Ok(Some(session));
            }
        }
        Ok(None)
    }

    /// Goes on with the agreements that [`PendingReceive::requests`] asked for, in their order: steps 8 and 9 of
    /// `accept`. Draws `ratchet_key`.
    ///
    /// # Errors
    /// As [`Account::receive`]; [`Misuse::WrongAnswer`]; `stale_state` when another step came between.
    pub fn receive_resume(
        &mut self,
        pending: PendingReceive,
        answers: Vec<Secret>,
        rng: &mut impl CryptoRng,
    ) -> Result<(Received, Changes), Error> {
        if pending.changes != self.head.changes {
            return Err(Misuse::StaleState.into());
        }
        let PendingReceive { suite, now, handshake, recovery, .. } = pending;
        let provider = &self.provider;
        // 8.
        let [dh2, dh5] = take_agreements(suite, answers)?;
        let (shared, dh1, dh3, dh4) = (pending.shared, pending.dh1, pending.dh3, pending.dh4);
        let material = KeyMaterial { shared, dh1, dh2, dh3, dh4, dh5 };
        let outputs = material.derive(provider, suite, &pending.psk, &pending.transcript_hash)?;
        let (start, kept) = outputs.split();
        let id = kept.session_id;
        let context = Context { provider, suite, session_id: &id };
        let public = pending.signed_prekey_public;
        let ratchet = Ratchet::start_responder(start, pending.signed_prekey, public);
        let limits = self.limits();
        let receiving = Receiving { context: &context, limits, absorb: &Absorb::None, now };
        let (message, ad) = (&pending.message, &pending.authenticated_data);
        let opened = ratchet.open(&receiving, message, ad, rng).map_err(|refused| refused.error)?;
        let resumed_from = match pending.psk.id {
            PskId::Resumption(id) => id.try_into().map(SessionId::new).ok(),
            _ => None,
        };
        let (account, serial) = (pending.account, pending.credential.serial());
        let mut session = SessionState::new(NewSession {
            suite,
            role: Role::Responder,
            status: SessionStatus::Established,
            created_at: now,
            peer: (account.clone(), serial),
            handshake_ref: pending.handshake_ref.clone(),
            resumed_from,
            recovery,
            kept,
            ratchet,
            waiting: None,
        });
        let of =
            FrameOf { session: &session, pinned: Some(&pending.device_list), first: true, now };
        let effect = self.effect(&of, &opened)?;
        let overtaken = effect.overtaken;
        let (before, then) = (self.pinned(&account), Some(&pending.device_list));
        let devices = DeviceChanges::between(account.clone(), before, then)
            .and(DeviceChanges::between(account.clone(), then, effect.pin.as_ref()));
        let key_type = suite.identity_key_types().1;
        let own_key = self.credential.identity_key(key_type)?;
        let entry = self.entry(
            &Newcomer {
                resumed_from,
                recovery,
                own_key_smaller: own_key
                    < pending.credential.credential().identity_key(key_type)?,
                serial,
                peer: self.peers.get(&account),
            },
            now,
        );
        let absorbed = match entry {
            Entry::Absorbed(winner) => {
                let suite = self.sessions.get(&winner).map_or(suite, |winner| winner.suite);
                let exporter = &session.exporter_secret;
                Some((winner, absorb_secret(provider, suite, exporter, &winner)?))
            }
            _ => None,
        };

        // 9. Nothing fails from here on.
        let limits = self.policy.limits.clone();
        let Opened { plaintext, frame, staged } = opened;
        session.ratchet.apply(staged, now, &limits);
        let mut step = Step::default();
        self.expire_in(&mut step, now);
        // Behind `expire_in`, which looks for the next time among the sessions that are there.
        self.expires_at(now.saturating_add(limits.skipped_key_age));
        self.use_up(&mut step, &handshake, pending.handshake_ref, id);
        self.pin(&mut step, &account, pending.device_list, now);
        self.enter(&mut step, Box::new(session), entry, now);
        if let Some((winner, secret)) = absorbed
            && let Some(winner) = self.sessions.get_mut(&winner)
            && winner.absorb.is_none()
        {
            winner.absorb = Absorb::Announced { secret, session: id.as_bytes().to_vec() };
            step.touch(Key::Session(winner.id));
        }
        self.carry_out(&mut step, &id, effect, now);
        let batch = self.batches.get(&handshake.batch_generation);
        if batch.is_some_and(|batch| batch.published_before(&self.device_list)) {
            self.unannounced.insert(id);
        }
        let event = match entry {
            Entry::Unaccepted => Event::SessionReplaced,
            Entry::Live | Entry::Absorbed(_) => Event::NewSession,
        };
        let mut received = received(id, event, frame, plaintext, devices, serial);
        received.overtaken = overtaken;
        received.one_time = handshake.one_time_prekey_id.is_some();
        received.last_resort = pending.last_resort;
        Ok((received, self.commit(step)))
    }

    /// `HS-08`, `HS-09`: deletes the one-time keys, and remembers the handshake.
    fn use_up(
        &mut self,
        step: &mut Step,
        handshake: &HandshakeMessage,
        handshake_ref: Vec<u8>,
        session: SessionId,
    ) {
        let number = handshake.batch_generation;
        let Some(batch) = self.batches.get_mut(&number) else { return };
        let used = [handshake.one_time_prekey_id, Some(handshake.kem_prekey_id)];
        for id in used.into_iter().flatten() {
            let one_time = batch.prekeys.get(&id).is_some_and(|key| {
                matches!(key.prekey_type, PrekeyType::OneTime | PrekeyType::KemOneTime)
            });
            if one_time && let Some(key) = batch.prekeys.remove(&id) {
                step.delete(Key::Prekey(number, id), key.generation);
            }
        }
        batch.replay.insert(handshake_ref.clone(), Replay { generation: 0, session });
        step.touch(Key::Replay(number, handshake_ref));
    }
}
