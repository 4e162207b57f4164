//! What the winner of simultaneous handshakes takes from the loser (page *Replacement*, `REP-05` to
//! `REP-07`).
//!
//! ```text
//!  none ──(initiator of the winner archives the loser)──► announced ──(flagged header received)──► done
//!  none ──(responder of the winner sees the extension)──► armed ─────(own DH step)───────────────► done
//! ```

use super::session::SessionId;
use crate::crypto::{Provider, Secret, Suite, kdf, labels};
use crate::error::ProviderFailed;
use alloc::vec::Vec;

/// The absorption of a loser into a session.
pub(crate) enum Absorb {
    /// Nothing to absorb.
    None,
    /// The own side announces it in each message.
    Announced { secret: Secret, session: Vec<u8> },
    /// It is mixed in at the next sending DH step.
    Armed { secret: Secret, session: Vec<u8> },
    /// It was mixed in, once.
    Done { session: Vec<u8> },
}

impl Absorb {
    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    pub(crate) fn announced(&self) -> Option<&Secret> {
        match self {
            Self::Announced { secret, .. } => Some(secret),
            _ => None,
        }
    }

    pub(crate) fn armed(&self) -> Option<&Secret> {
        match self {
            Self::Armed { secret, .. } => Some(secret),
            _ => None,
        }
    }

    /// The loser that is to be announced in each message.
    pub(crate) fn announcement(&self) -> Option<&[u8]> {
        match self {
            Self::Announced { session, .. } => Some(session),
            _ => None,
        }
    }

    /// After mixing in: the secret is erased, the session's id kept (`REP-07`).
    pub(crate) fn finish(&mut self) {
        if let Self::Announced { session, .. } | Self::Armed { session, .. } = self {
            let session = core::mem::take(session);
            *self = Self::Done { session };
        }
    }
}

/// `absorb_secret = expand_with_label(exporter_secret of the loser, "absorb", session_id of the winner, Nh)`
pub(crate) fn absorb_secret(
    provider: &Provider,
    suite: Suite,
    loser_exporter: &Secret,
    winner: &SessionId,
) -> Result<Secret, ProviderFailed> {
    let hash = suite.hash();
    let (context, length) = (winner.as_bytes(), hash.digest_len());
    kdf::expand_with_label(provider, hash, loser_exporter, labels::ABSORB, context, length)
}
