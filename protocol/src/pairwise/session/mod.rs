//! Sessions: their names, and what a caller sees of them. What one keeps stands in `state`.

mod codec;
mod state;

use super::identity::AccountId;
use crate::codec::decode_all;
use crate::crypto::Suite;
use crate::error::Malformed;
use crate::limits::Limits;
use core::fmt;
pub(crate) use state::{NewSession, SessionState};

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
