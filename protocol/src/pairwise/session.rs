//! Sessions: what one keeps, and how it is stored (page *State*).

use super::absorb::Absorb;
use super::identity::AccountId;
use super::mailbox::{Direction, MailboxId, mailbox_id, mailbox_secret, period};
use super::ratchet::chain_key::{ReceivingChainKey, SendingChainKey};
use super::ratchet::message_key::MessageKey;
use super::ratchet::root_key::RootKey;
use super::ratchet::skipped::{Skipped, SkippedChain, SkippedKey};
use super::ratchet::{Context, HeaderKey, Kept, Ratchet, ReceivingChain, SendingChain};
use crate::codec::{Decode, Encode, Reader, Writer, check_ascending, decode_all};
use crate::crypto::{Provider, Secret, Suite, kdf, labels};
use crate::error::{Error, Malformed, Misuse, ProviderFailed};
use crate::limits::{Limits, MAX_IDENTITY, MAX_KEY};
use alloc::vec::Vec;
use core::fmt;

/// The name of a session, the same on both sides; bound to both identities and the whole handshake.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId([u8; Self::LEN]);

impl SessionId {
    /// Bytes of a session id.
    pub const LEN: usize = 32;

    /// A session id as it was stored by the caller.
    #[must_use]
    pub fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// Which side made the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The own device.
    Initiator = 1,
    /// The peer's.
    Responder = 2,
}

/// `SessionStatus` (page *Replacement*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionStatus {
    /// Sends first messages until the peer answers.
    Waiting = 1,
    /// Sends and receives.
    Established = 2,
    /// Receives; the caller has yet to accept it beside a live one.
    Unaccepted = 3,
    /// Receives only, until it is deleted.
    Archived = 4,
    /// Neither.
    Closed = 5,
}

impl SessionStatus {
    /// Its name in the specification.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Established => "established",
            Self::Unaccepted => "unaccepted",
            Self::Archived => "archived",
            Self::Closed => "closed",
        }
    }
}

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
    pub(crate) rotation_receive_previous: u32,
    /// The `HandshakeMessage`, while the status is waiting.
    pub(crate) waiting: Option<Vec<u8>>,
    /// Caches; not stored.
    mailbox_secret: Option<Secret>,
    outgoing: Option<(u32, u64, MailboxId)>,
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
            rotation_receive_previous: 0,
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

    /// `incoming(session, now)` (`ENV-04`): the mailboxes of the peer's direction, for the current rotation, then, if it
    /// differs, the previous one, then the one after the current, each with its periods in ascending order.
    pub(crate) fn incoming(
        &mut self,
        provider: &Provider,
        limits: &Limits,
        now: u64,
    ) -> Result<Vec<MailboxId>, ProviderFailed> {
        let (suite, direction) = (self.suite, self.direction(false));
        let (current, previous) = (self.rotation_receive, self.rotation_receive_previous);
        let previous = Some(previous).filter(|previous| *previous != current);
        let rotations = [Some(current), previous, current.checked_add(1)];
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

/// A secret of an exact length.
fn secret(r: &mut Reader<'_>, length: usize) -> Result<Secret, Malformed> {
    let bytes = r.opaque(MAX_KEY)?;
    if bytes.len() == length { Ok(Secret::from_slice(bytes)) } else { Err(Malformed::Key) }
}

/// A public key of an exact length, or none.
fn public(r: &mut Reader<'_>, length: usize) -> Result<Vec<u8>, Malformed> {
    let bytes = r.opaque(MAX_KEY)?;
    if bytes.is_empty() || bytes.len() == length { Ok(bytes.to_vec()) } else { Err(Malformed::Key) }
}

impl Decode for SessionState {
    /// The generation is that of the record, which the caller sets.
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let suite = Suite::from_u16(r.u16()?).map_err(|_| Malformed::Value)?;
        let (nh, nk) = (suite.hash().digest_len(), suite.aead().key_len());
        let (npk, nsk) = (suite.agreement().public_len(), suite.agreement().private_len());
        let role = match r.u8()? {
            1 => Role::Initiator,
            2 => Role::Responder,
            _ => return Err(Malformed::Enumeration),
        };
        let status = match r.u8()? {
            1 => SessionStatus::Waiting,
            2 => SessionStatus::Established,
            3 => SessionStatus::Unaccepted,
            4 => SessionStatus::Archived,
            5 => SessionStatus::Closed,
            _ => return Err(Malformed::Enumeration),
        };
        let created_at = r.u64()?;
        let id = SessionId::decode(r)?;
        let peer_account = AccountId::new(r.opaque(MAX_KEY)?);
        let peer_serial = r.u64()?;
        let handshake_ref = r.opaque(MAX_KEY)?.to_vec();
        let resumed_from = match r.opaque(MAX_KEY)? {
            [] => None,
            id => Some(SessionId::new(id.try_into().map_err(|_| Malformed::Value)?)),
        };
        let recovery = match r.u8()? {
            0 => false,
            1 => true,
            _ => return Err(Malformed::Value),
        };
        let (exporter_secret, pq_secret) = (secret(r, nh)?, secret(r, nh)?);
        let root_key = RootKey::new(secret(r, nh)?);
        let private = secret(r, nsk)?;
        let previous_public = public(r, npk)?;
        let remote_public = public(r, npk)?;
        let next_header_send = HeaderKey::new(secret(r, nk)?);
        let next_header_receive = HeaderKey::new(secret(r, nk)?);
        let chain = |r: &mut Reader<'_>| -> Result<_, Malformed> {
            Ok((HeaderKey::new(secret(r, nk)?), secret(r, nh)?, r.u32()?, r.u16()?))
        };
        let sending = r.optional(chain)?.map(|(header_key, key, next, flags)| SendingChain {
            header_key,
            chain_key: SendingChainKey::new(key),
            next,
            flags,
        });
        let receiving = r.optional(chain)?.map(|(header_key, key, next, flags)| ReceivingChain {
            header_key,
            chain_key: ReceivingChainKey::new(key),
            next,
            flags,
        });
        let previous_count = r.u32()?;
        let skipped = Skipped(r.list(u32::MAX, |r| {
            let header_key = HeaderKey::new(secret(r, nk)?);
            let keys = r.list(u32::MAX, |r| {
                let (n, stored_at) = (r.u32()?, r.u64()?);
                Ok(SkippedKey { n, stored_at, key: MessageKey::new(secret(r, nh)?) })
            })?;
            if keys.is_empty() {
                return Err(Malformed::Empty);
            }
            check_ascending(&keys, |key| key.n)?;
            Ok(SkippedChain { header_key, keys })
        })?);
        let absorb_status = r.u8()?;
        let absorb_secret = r.opaque(MAX_KEY)?;
        let session = r.opaque(MAX_KEY)?.to_vec();
        let secret_of = |bytes: &[u8]| match bytes.len() == nh && session.len() == SessionId::LEN {
            true => Ok(Secret::from_slice(bytes)),
            false => Err(Malformed::Value),
        };
        let absorb = match (absorb_status, absorb_secret, session.len()) {
            (0, [], 0) => Absorb::None,
            (1, bytes, _) => Absorb::Announced { secret: secret_of(bytes)?, session },
            (2, bytes, _) => Absorb::Armed { secret: secret_of(bytes)?, session },
            (3, [], SessionId::LEN) => Absorb::Done { session },
            _ => return Err(Malformed::Value),
        };
        let (rotation_send, rotation_receive) = (r.u32()?, r.u32()?);
        let rotation_receive_previous = r.u32()?;
        let waiting = r.optional(|r| Ok(r.opaque(MAX_IDENTITY.saturating_mul(2))?.to_vec()))?;
        if waiting.is_some() != (status == SessionStatus::Waiting) {
            return Err(Malformed::Value);
        }
        Ok(Self {
            generation: 0,
            suite,
            role,
            status,
            created_at,
            id,
            peer_account,
            peer_serial,
            handshake_ref,
            resumed_from,
            recovery,
            exporter_secret,
            pq_secret,
            ratchet: Ratchet {
                root_key,
                private,
                public: None,
                previous_public,
                remote_public,
                next_header_send,
                next_header_receive,
                sending,
                receiving,
                previous_count,
                skipped,
            },
            absorb,
            rotation_send,
            rotation_receive,
            rotation_receive_previous,
            waiting,
            mailbox_secret: None,
            outgoing: None,
        })
    }
}

fn write_chain(w: &mut Writer, header_key: &HeaderKey, key: &Secret, next: u32, flags: u16) {
    header_key.secret().write(w);
    key.write(w);
    w.u32(next);
    w.u16(flags);
}

impl SessionState {
    /// An upper bound of the encoding's length, so that it is written without growing.
    pub(crate) fn encoded_len(&self) -> usize {
        const FIXED: usize = 512;
        let nh = self.suite.hash().digest_len().saturating_mul(8);
        let nk = self.suite.aead().key_len().saturating_mul(6);
        let npk = self.suite.agreement().public_len().saturating_mul(4);
        let skipped_key = self.suite.hash().digest_len().saturating_add(16);
        let chains = &self.ratchet.skipped.0;
        let skipped: usize = chains
            .iter()
            .map(|chain| chain.keys.len().saturating_mul(skipped_key).saturating_add(64))
            .fold(0, usize::saturating_add);
        let waiting = self.waiting.as_ref().map_or(0, Vec::len);
        [FIXED, nh, nk, npk, skipped, waiting].into_iter().fold(0, usize::saturating_add)
    }
}

impl Encode for SessionState {
    fn encode(&self, w: &mut Writer) {
        let ratchet = &self.ratchet;
        w.u16(self.suite.to_u16());
        w.u8(match self.role {
            Role::Initiator => 1,
            Role::Responder => 2,
        });
        w.u8(match self.status {
            SessionStatus::Waiting => 1,
            SessionStatus::Established => 2,
            SessionStatus::Unaccepted => 3,
            SessionStatus::Archived => 4,
            SessionStatus::Closed => 5,
        });
        w.u64(self.created_at);
        w.item(&self.id);
        w.opaque(self.peer_account.as_bytes());
        w.u64(self.peer_serial);
        w.opaque(&self.handshake_ref);
        w.opaque(self.resumed_from.as_ref().map_or(&[][..], |id| id.as_bytes()));
        w.u8(u8::from(self.recovery));
        self.exporter_secret.write(w);
        self.pq_secret.write(w);
        ratchet.root_key.secret().write(w);
        ratchet.private.write(w);
        w.opaque(&ratchet.previous_public);
        w.opaque(&ratchet.remote_public);
        ratchet.next_header_send.secret().write(w);
        ratchet.next_header_receive.secret().write(w);
        w.optional(ratchet.sending.as_ref(), |w, chain| {
            write_chain(w, &chain.header_key, chain.chain_key.secret(), chain.next, chain.flags);
        });
        w.optional(ratchet.receiving.as_ref(), |w, chain| {
            write_chain(w, &chain.header_key, chain.chain_key.secret(), chain.next, chain.flags);
        });
        w.u32(ratchet.previous_count);
        w.list(&ratchet.skipped.0, |w, chain| {
            chain.header_key.secret().write(w);
            w.list(&chain.keys, |w, key| {
                w.u32(key.n);
                w.u64(key.stored_at);
                key.key.secret().write(w);
            });
        });
        let (status, secret, session): (u8, &[u8], &[u8]) = match &self.absorb {
            Absorb::None => (0, &[], &[]),
            Absorb::Announced { secret, session } => (1, secret.as_bytes(), session),
            Absorb::Armed { secret, session } => (2, secret.as_bytes(), session),
            Absorb::Done { session } => (3, &[], session),
        };
        w.u8(status);
        w.opaque(secret);
        w.opaque(session);
        w.u32(self.rotation_send);
        w.u32(self.rotation_receive);
        w.u32(self.rotation_receive_previous);
        w.optional(self.waiting.as_deref(), |w, handshake| w.opaque(handshake));
    }
}

/// A read view of a session.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    state: &'a SessionState,
}

impl<'a> Session<'a> {
    pub(crate) fn new(state: &'a SessionState) -> Self {
        Self { state }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.state.id
    }

    /// Its status (page *Replacement*).
    #[must_use]
    pub fn status(&self) -> SessionStatus {
        self.state.status
    }

    /// Which side made it.
    #[must_use]
    pub fn role(&self) -> Role {
        self.state.role
    }

    /// Its suite.
    #[must_use]
    pub fn suite(&self) -> Suite {
        self.state.suite
    }

    /// The peer's account.
    #[must_use]
    pub fn peer_account(&self) -> &'a AccountId {
        &self.state.peer_account
    }

    /// Serial of the peer's device.
    #[must_use]
    pub fn peer_serial(&self) -> u64 {
        self.state.peer_serial
    }

    /// When it was made, in seconds since 1970.
    #[must_use]
    pub fn created_at(&self) -> u64 {
        self.state.created_at
    }

    /// The session whose resumption PSK it was made with.
    #[must_use]
    pub fn resumed_from(&self) -> Option<SessionId> {
        self.state.resumed_from
    }

    /// Messages sent in the current chain (Ns).
    #[must_use]
    pub fn sent(&self) -> u32 {
        self.state.ratchet.sending.as_ref().map_or(0, |chain| chain.next)
    }

    /// Number of the message expected next in the current chain (Nr).
    #[must_use]
    pub fn received(&self) -> u32 {
        self.state.ratchet.receiving.as_ref().map_or(0, |chain| chain.next)
    }

    /// The rotation of the own outgoing mailboxes, from 0; the next one is this plus one (`ENV-05`).
    #[must_use]
    pub fn rotation(&self) -> u32 {
        self.state.rotation_send
    }

    /// Skipped message keys that are stored and not expired.
    #[must_use]
    pub fn skipped_keys(&self, now: u64, limits: &Limits) -> usize {
        self.state.ratchet.skipped.count(now, limits.skipped_key_age)
    }
}

impl fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id())
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

/// Reads the id in a replay record.
pub(crate) fn decode_session_id(bytes: &[u8]) -> Result<SessionId, Malformed> {
    decode_all(bytes)
}
