//! What a session keeps (page *State*, `SessionState`), its mailboxes and its exporter.

use super::{Role, SessionId, SessionStatus};
use crate::codec::Writer;
use crate::crypto::{Provider, Secret, Suite, kdf, labels};
use crate::error::{Error, Misuse, ProviderFailed};
use crate::limits::{Limits, MAX_KEY};
use crate::pairwise::absorb::Absorb;
use crate::pairwise::identity::AccountId;
use crate::pairwise::mailbox::{Direction, MailboxId, mailbox_id, mailbox_secret, period};
use crate::pairwise::ratchet::{Context, Kept, Ratchet};
use alloc::vec::Vec;

/// `SessionState`
pub(crate) struct SessionState {
    /// Of its record.
    pub(crate) generation: u64,
    pub(crate) suite: Suite,
    pub(crate) role: Role,
    pub(crate) status: SessionStatus,
    pub(crate) created_at: u64,
    pub(crate) id: SessionId,
    pub(crate) peer_account: AccountId,
    pub(crate) peer_serial: u64,
    pub(crate) handshake_ref: Vec<u8>,
    pub(crate) resumed_from: Option<SessionId>,
    pub(crate) recovery: bool,
    pub(crate) exporter_secret: Secret,
    pub(crate) pq_secret: Secret,
    pub(crate) ratchet: Ratchet,
    pub(crate) absorb: Absorb,
    pub(crate) rotation_send: u32,
    pub(crate) rotation_receive: u32,
    /// The `HandshakeMessage`, while the status is waiting.
    pub(crate) waiting: Option<Vec<u8>>,
    /// Caches; not stored.
    pub(super) mailbox_secret: Option<Secret>,
    pub(super) outgoing: Option<(u32, u64, MailboxId)>,
}

/// What a session is made of.
pub(crate) struct NewSession {
    pub(crate) suite: Suite,
    pub(crate) role: Role,
    pub(crate) status: SessionStatus,
    pub(crate) created_at: u64,
    pub(crate) peer: (AccountId, u64),
    pub(crate) handshake_ref: Vec<u8>,
    pub(crate) resumed_from: Option<SessionId>,
    pub(crate) recovery: bool,
    pub(crate) kept: Kept,
    pub(crate) ratchet: Ratchet,
    pub(crate) waiting: Option<Vec<u8>>,
}

impl SessionState {
    pub(crate) fn new(new: NewSession) -> Self {
        let (peer_account, peer_serial) = new.peer;
        Self {
            generation: 0,
            suite: new.suite,
            role: new.role,
            status: new.status,
            created_at: new.created_at,
            id: new.kept.session_id,
            peer_account,
            peer_serial,
            handshake_ref: new.handshake_ref,
            resumed_from: new.resumed_from,
            recovery: new.recovery,
            exporter_secret: new.kept.exporter_secret,
            pq_secret: new.kept.pq_secret,
            ratchet: new.ratchet,
            absorb: Absorb::None,
            rotation_send: 0,
            rotation_receive: 0,
            waiting: new.waiting,
            mailbox_secret: None,
            outgoing: None,
        }
    }

    pub(crate) fn context<'a>(&'a self, provider: &'a Provider) -> Context<'a> {
        Context { provider, suite: self.suite, session_id: &self.id }
    }

    /// Leaves its status for another: a session that no longer waits drops its handshake.
    pub(crate) fn set_status(&mut self, status: SessionStatus) {
        self.status = status;
        if status != SessionStatus::Waiting {
            self.waiting = None;
        }
    }

    /// Whether a message was received in it: then there is a receiving chain.
    pub(crate) fn has_received(&self) -> bool {
        self.ratchet.receiving.is_some()
    }

    /// Whether it is archived or closed, so that its pair lists it in the archive.
    pub(crate) fn in_archive(&self) -> bool {
        matches!(self.status, SessionStatus::Archived | SessionStatus::Closed)
    }

    fn direction(&self, outgoing: bool) -> Direction {
        match (self.role, outgoing) {
            (Role::Initiator, true) | (Role::Responder, false) => Direction::ToResponder,
            (Role::Initiator, false) | (Role::Responder, true) => Direction::ToInitiator,
        }
    }

    fn secret_of_mailboxes(&mut self, provider: &Provider) -> Result<&Secret, ProviderFailed> {
        let secret = match self.mailbox_secret.take() {
            Some(secret) => secret,
            None => mailbox_secret(provider, self.suite, &self.exporter_secret, &self.id)?,
        };
        Ok(self.mailbox_secret.insert(secret))
    }

    /// The mailbox that a message of now goes to (`ENV-01`).
    pub(crate) fn outgoing(
        &mut self,
        provider: &Provider,
        now: u64,
    ) -> Result<MailboxId, ProviderFailed> {
        let (rotation, period) = (self.rotation_send, period(now));
        if let Some((r, p, id)) = self.outgoing
            && (r, p) == (rotation, period)
        {
            return Ok(id);
        }
        let (suite, direction) = (self.suite, self.direction(true));
        let secret = self.secret_of_mailboxes(provider)?;
        let id = mailbox_id(provider, suite, secret, direction, rotation, period)?;
        self.outgoing = Some((rotation, period, id));
        Ok(id)
    }

    /// `incoming(session, now)` (`ENV-04`): the mailboxes of the peer's direction, for the current rotation, then the one
    /// before it, then the one after it, where there is one, each with its periods in ascending order.
    pub(crate) fn incoming(
        &mut self,
        provider: &Provider,
        limits: &Limits,
        now: u64,
    ) -> Result<Vec<MailboxId>, ProviderFailed> {
        let (suite, direction) = (self.suite, self.direction(false));
        let current = self.rotation_receive;
        let rotations = [Some(current), current.checked_sub(1), current.checked_add(1)];
        let period = period(now);
        let first = period.saturating_sub(u64::from(limits.mailbox_look_back));
        let secret = self.secret_of_mailboxes(provider)?;
        let mut ids = Vec::new();
        for rotation in rotations.into_iter().flatten() {
            for period in first..=period.saturating_add(1) {
                ids.push(mailbox_id(provider, suite, secret, direction, rotation, period)?);
            }
        }
        Ok(ids)
    }

    /// `export(session, label, context, length)` (`RAT-18`)
    pub(crate) fn export(
        &self,
        provider: &Provider,
        label: &[u8],
        context: &[u8],
        length: u32,
    ) -> Result<Secret, Error> {
        let hash = self.suite.hash();
        let length = usize::try_from(length).map_err(|_| Misuse::Limit)?;
        let most = usize::try_from(MAX_KEY).map_err(|_| Misuse::Limit)?;
        if length > hash.digest_len().saturating_mul(255)
            || label.len() > most
            || context.len() > most
        {
            return Err(Misuse::Limit.into());
        }
        let mut w = Writer::with_capacity(label.len().saturating_add(context.len()));
        w.opaque(label);
        w.opaque(context);
        let (secret, context) = (&self.exporter_secret, w.into_bytes());
        Ok(kdf::expand_with_label(provider, hash, secret, labels::EXPORT, &context, length)?)
    }
}
