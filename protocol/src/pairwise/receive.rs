//! Receiving: from a mailbox to a session (pages *Envelope*, *Ratchet*, *Inner frame*).

use super::accept::{PendingReceive, Routed};
use super::account::Account;
use super::device_changes::DeviceChanges;
use super::effects::FrameOf;
use super::frame::OpenedFrame;
use super::handshake::RATCHET_V0;
use super::identity::{AccountId, Extension};
use super::initiate::ExternalPsk;
use super::mailbox::MailboxId;
use super::ratchet::receive::{Opened, Receiving, Refused};
use super::session::{SessionId, SessionStatus};
use super::state::{Changes, Key, Step};
use crate::error::{Error, Malformed, Misuse, Peer};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use rand_core::CryptoRng;

/// What a caller gives to `receive` beside the message. Nothing is asked for by the default.
///
/// ```
/// # use sceau::pairwise::{AccountId, ReceiveOptions};
/// # fn options(ada: AccountId) -> ReceiveOptions {
/// ReceiveOptions::from_account(ada)
/// # }
/// ```
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ReceiveOptions {
    /// The account that a first message must come from (`ID-04`).
    pub expected_account: Option<AccountId>,
    /// The external PSKs that a first message may name.
    pub psks: Vec<ExternalPsk>,
}

impl ReceiveOptions {
    /// A first message must come from this account (`ID-04`); no external PSK.
    #[must_use]
    pub fn from_account(account: AccountId) -> Self {
        Self { expected_account: Some(account), ..Self::default() }
    }

    /// One more external PSK that a first message may name.
    #[must_use]
    pub fn with_psk(mut self, psk: ExternalPsk) -> Self {
        self.psks.push(psk);
        self
    }
}

/// What a received message means for its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message of a session that was there. The first one that answers a handshake which was given up makes its
    /// session live again, unless it is a `close` (`REP-14`): ask [`Account::live_session`] where to send.
    Message,
    /// The first message of a new session.
    NewSession,
    /// The first message of a new session beside a live one, or of a device that is new in an account which was known
    /// before, until the caller accepts one of its sessions or initiates to it (`REP-15`): the caller must accept or decline
    /// it before anything is sent in it (`REP-02`). An earlier one of that device on which the caller has not decided is
    /// deleted.
    SessionReplaced,
}

/// A received message. The body is not printed.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// Its session.
    pub session: SessionId,
    /// What it means for the session.
    pub event: Event,
    /// The content type (page *Inner frame*); 1 to 4 have been acted on.
    pub content_type: u8,
    /// The body.
    pub body: Vec<u8>,
    /// The non-critical extensions, known and unknown.
    pub non_critical: Vec<Extension>,
    /// The peer's account (`HS-16`).
    pub account: AccountId,
    /// Serial of the peer's device.
    pub serial: u64,
    /// Whether the handshake used a one-time prekey (`PRE-06`); false for [`Event::Message`].
    pub one_time: bool,
    /// Whether the handshake used the last-resort KEM key (`PRE-06`); false for [`Event::Message`].
    pub last_resort: bool,
    /// Whether the body is a device list or credential update that a newer list has overtaken, which was pinned when it
    /// came: it has changed nothing, and its credential is not to be used (`ID-24`).
    pub overtaken: bool,
    /// Devices that this message has added to the peer's account and removed from it, by the list that comes with a
    /// handshake or is its body: to be shown (`ID-23`). Each is held against what was pinned before it, and empty where nothing was.
    pub devices: DeviceChanges,
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("session", &self.session)
            .field("event", &self.event)
            .field("content_type", &self.content_type)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// Where receiving a message stands.
#[derive(Debug)]
pub enum ReceiveStep {
    /// The agreement identity key, which is held elsewhere, must agree.
    NeedsAgreement(Box<PendingReceive>),
    /// It is complete.
    Done(Box<Received>, Changes),
}

/// What is decrypted in a session.
struct Message<'a> {
    /// The ratchet message.
    bytes: &'a [u8],
    /// Whether a `FirstMessage` contained it.
    first: bool,
}

impl Account {
    /// Receives what lay in a mailbox: finds the session, or makes one from a first message in the contact mailbox,
    /// and decrypts. Draws `ratchet_key` where there is a DH step.
    ///
    /// # Errors
    /// The state is as before, and nothing may be sent because of it (`ENC-12`).
    ///
    /// - Of any message: `malformed`, `unsupported_version`, `critical_extension`; `undecryptable`.
    /// - Of one in a session: `duplicate`, `too_far`.
    /// - Of a handshake (page *Handshake*, *The responder*): `reflection`, `replay`, `unknown_prekey`, `limit`
    ///   ([`Peer::ReplayCacheFull`], which asks for a new batch), `unsupported_suite`, `unknown_psk`, `low_order`; `misuse`
    ///   ([`Misuse::KeyHeldElsewhere`]) where the agreement identity key is not at hand: then use
    ///   [`Account::receive_begin`]. `closed` for a first message of a session that is closed.
    /// - Of lists and credentials, in a handshake or announced: `identity_mismatch`, also for another account than
    ///   `expected_account`; `bad_signature`, `rollback`, `unauthorised_device`, `not_listed`, `not_yet_valid`,
    ///   `stale_list`, `expired`, `unsupported_suite`.
    pub fn receive(
        &mut self,
        mailbox: &MailboxId,
        message: &[u8],
        authenticated_data: &[u8],
        options: &ReceiveOptions,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(Received, Changes), Error> {
        if *mailbox != self.contact {
            return self.receive_in_session(mailbox, message, authenticated_data, now, rng);
        }
        match self.receive_begin(mailbox, message, authenticated_data, options, now, rng)? {
            ReceiveStep::Done(received, changes) => Ok((*received, changes)),
            ReceiveStep::NeedsAgreement(pending) => {
                let answers = self.keyring.agree(&self.provider, pending.requests())?;
                self.receive_resume(*pending, answers, rng)
            }
        }
    }

    /// [`Account::receive`] in its resumable form: stops where the agreement identity key is needed, which is in the
    /// first message of a new session only.
    ///
    /// # Errors
    /// As [`Account::receive`].
    pub fn receive_begin(
        &mut self,
        mailbox: &MailboxId,
        message: &[u8],
        authenticated_data: &[u8],
        options: &ReceiveOptions,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<ReceiveStep, Error> {
        let done = |(received, changes)| ReceiveStep::Done(Box::new(received), changes);
        if *mailbox == self.contact {
            match self.accept_begin(message, authenticated_data, options, now)? {
                Routed::New(pending) => Ok(ReceiveStep::NeedsAgreement(pending)),
                Routed::Session(id, message) => self
                    .decrypt(
                        &id,
                        &Message { bytes: &message, first: true },
                        authenticated_data,
                        now,
                        rng,
                    )
                    .map(done)
                    .map_err(|refused| refused.error),
            }
        } else {
            self.receive_in_session(mailbox, message, authenticated_data, now, rng).map(done)
        }
    }

    fn receive_in_session(
        &mut self,
        mailbox: &MailboxId,
        message: &[u8],
        ad: &[u8],
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(Received, Changes), Error> {
        self.index_mailboxes(now)?;
        let any = self.limits().max_candidates > 0;
        let mut next = self.candidate(mailbox, None, now).filter(|_| any);
        if next.is_none() {
            return Err(Peer::Undecryptable.into());
        }
        if message.first() != Some(&RATCHET_V0) {
            return Err(Malformed::Value.into()); // ENV-03
        }
        let message = Message { bytes: message, first: false };
        let mut error = Peer::Undecryptable.into();
        for _ in 0..self.limits().max_candidates {
            let Some(candidate) = next else { break };
            match self.decrypt(&candidate.id, &message, ad, now, rng) {
                Ok(done) => return Ok(done),
                Err(refused) if refused.header_opened => error = refused.error,
                Err(Refused { error: wrong @ Error::Malformed(_), .. }) => return Err(wrong),
                Err(_) => {}
            }
            next = self.candidate(mailbox, Some(&candidate), now);
        }
        Err(error)
    }

    /// `decrypt(session, message, authenticated_data, now)`
    fn decrypt(
        &mut self,
        id: &SessionId,
        message: &Message<'_>,
        ad: &[u8],
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(Received, Changes), Refused> {
        let early = |error: Error| Refused { error, header_opened: false };
        let session = self.alive(id, now).ok_or_else(|| early(Peer::Undecryptable.into()))?;
        if session.status == SessionStatus::Closed {
            return Err(early(Misuse::Closed.into()));
        }
        let context = session.context(&self.provider);
        let (limits, absorb) = (self.limits(), &session.absorb);
        let receiving = Receiving { context: &context, limits, absorb, now };
        let opened = session.ratchet.open(&receiving, message.bytes, ad, rng)?;
        let late = |error: Error| Refused { error, header_opened: true };
        let pinned = self.pinned(&session.peer_account);
        let of = FrameOf { session, pinned, first: message.first, now };
        let effect = self.effect(&of, &opened).map_err(late)?;
        let (account, serial) = (session.peer_account.clone(), session.peer_serial);
        let devices = DeviceChanges::between(account.clone(), pinned, effect.pin.as_ref());
        let overtaken = effect.overtaken;
        let comes_back = !effect.close && self.comes_back(session);
        let waited = session.status == SessionStatus::Waiting;

        // Nothing fails from here on.
        let mut step = Step::default();
        let Opened { plaintext, frame, staged } = opened;
        if let Some(session) = self.sessions.get_mut(id) {
            if session.ratchet.apply(staged, now, &self.policy.limits) {
                session.absorb.finish();
            }
            step.touch(Key::Session(*id));
            self.expires_at(now.saturating_add(self.limits().skipped_key_age));
        }
        self.expire_in(&mut step, now);
        if waited {
            self.answered(&mut step, id, now); // Behind `expire_in` (STA-10).
        }
        if comes_back {
            self.enter_again(&mut step, id, now);
        }
        self.carry_out(&mut step, id, effect, now);
        let mut received = received(*id, Event::Message, frame, plaintext, devices, serial);
        received.overtaken = overtaken;
        Ok((received, self.commit(step)))
    }
}

/// The result of a message whose frame was accepted.
pub(crate) fn received(
    session: SessionId,
    event: Event,
    frame: OpenedFrame,
    mut plaintext: Vec<u8>,
    devices: DeviceChanges,
    serial: u64,
) -> Received {
    plaintext.truncate(frame.body.end);
    plaintext.drain(..frame.body.start.min(plaintext.len()));
    Received {
        session,
        event,
        content_type: frame.content_type,
        body: plaintext,
        non_critical: frame.non_critical,
        account: devices.account.clone(),
        serial,
        one_time: false,
        last_resort: false,
        overtaken: false,
        devices,
    }
}
