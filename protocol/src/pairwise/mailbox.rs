//! Mailboxes (page *Envelope*).

use super::account::Account;
use super::identity::{AccountId, TypedKeys};
use super::peer::Pair;
use super::session::{SessionId, SessionState, SessionStatus};
use crate::codec::Writer;
use crate::crypto::{HashAlgorithm, Provider, Secret, Suite, kdf, labels};
use crate::error::{Error, Misuse, ProviderFailed};
use crate::limits::MAILBOX_PERIOD;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

/// The name of a mailbox, which says nothing to whom it doesn't belong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailboxId([u8; 32]);

impl MailboxId {
    /// A mailbox id as it stands in an envelope.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The contact mailbox of a device, into which first messages come. Anybody can compute it.
    ///
    /// # Errors
    /// `unsupported_suite` when the first account key's type, which gives the hash, is unknown.
    pub fn contact(
        provider: &Provider,
        account_keys: &TypedKeys,
        serial: u64,
    ) -> Result<Self, Error> {
        let account_id = account_keys.account_id(provider)?;
        Ok(contact_mailbox(provider, account_keys.hash()?, &account_id, serial)?)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for MailboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailboxId(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// The mailboxes of a session (page *Envelope*).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mailboxes {
    /// Where a ratchet message of now goes.
    pub outgoing: MailboxId,
    /// Where the peer's messages may be, in the order of `ENV-04`.
    pub incoming: Vec<MailboxId>,
}

impl Account {
    /// The own contact mailbox, into which first messages come (page *Envelope*).
    #[must_use]
    pub fn contact_mailbox(&self) -> MailboxId {
        self.contact
    }

    /// The mailboxes of a session at a time (page *Envelope*, `ENV-01`, `ENV-02`); a closed session does not
    /// receive, and has no incoming ones.
    ///
    /// # Errors
    /// `misuse` for a session that is not there.
    pub fn mailboxes(&mut self, id: &SessionId, now: u64) -> Result<Mailboxes, Error> {
        let session = self.sessions.get_mut(id).ok_or(Misuse::UnknownSession)?;
        let incoming = match session.status {
            SessionStatus::Closed => Vec::new(),
            _ => session.incoming(&self.provider, &self.policy.limits, now)?,
        };
        Ok(Mailboxes { outgoing: session.outgoing(&self.provider, now)?, incoming })
    }

    /// `candidates(mailbox_id, now)` (`ENV-04`).
    ///
    /// # Errors
    /// [`Error::Provider`]
    pub fn candidates(&mut self, mailbox: &MailboxId, now: u64) -> Result<Vec<SessionId>, Error> {
        self.index_mailboxes(now)?;
        let most = usize::try_from(self.limits().max_candidates).unwrap_or(usize::MAX);
        let next = |last: Option<&Candidate>| self.candidate(mailbox, last, now);
        let all = core::iter::successors(next(None), |last| next(Some(last)));
        Ok(all.take(most).map(|candidate| candidate.id).collect())
    }

    /// Makes the index of mailboxes hold for a time.
    pub(crate) fn index_mailboxes(&mut self, now: u64) -> Result<(), Error> {
        let limits = &self.policy.limits;
        let of = (period(now), limits.mailbox_look_back);
        for id in self.mailboxes.missing(of, self.sessions.keys().copied()) {
            let session = self.sessions.get_mut(&id);
            if let Some(session) = session.filter(|s| s.status != SessionStatus::Closed) {
                match session.incoming(&self.provider, limits, now) {
                    Ok(ids) => self.mailboxes.insert(id, ids),
                    Err(error) => {
                        self.mailboxes = MailboxIndex::default();
                        return Err(error.into());
                    }
                }
            }
        }
        Ok(())
    }

    /// The candidate behind the last one, or the first. There is mostly one, so that looking anew for each costs less than
    /// a list of all.
    pub(crate) fn candidate(
        &self,
        mailbox: &MailboxId,
        last: Option<&Candidate>,
        now: u64,
    ) -> Option<Candidate> {
        let sessions = self.mailboxes.sessions(mailbox).iter();
        let candidates = sessions.filter_map(|id| {
            let session = self.alive(id, now)?;
            let (rank, place) = match session.status {
                SessionStatus::Waiting | SessionStatus::Established => (0, 0),
                SessionStatus::Unaccepted => (1, 0),
                SessionStatus::Archived => (2, self.place_in_archive(session)),
                SessionStatus::Closed => return None,
            };
            Some(Candidate { rank, place, id: *id })
        });
        candidates.filter(|candidate| last.is_none_or(|last| candidate > last)).min()
    }

    fn place_in_archive(&self, session: &SessionState) -> usize {
        let peer = self.peers.get(&session.peer_account);
        let pair = peer.and_then(|peer| peer.pair(session.peer_serial));
        let place = |pair: &Pair| pair.archived.iter().position(|a| a.session_id == session.id);
        pair.and_then(place).unwrap_or(0)
    }
}

/// A session that a mailbox leads to; in the order of `ENV-04`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    /// By its status.
    rank: u8,
    /// In the archive.
    place: usize,
    pub(crate) id: SessionId,
}

/// Who sends to whom in a session.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Direction {
    ToResponder = 1,
    ToInitiator = 2,
}

/// The period of a time (page *Envelope*).
pub(crate) fn period(now: u64) -> u64 {
    now.checked_div(MAILBOX_PERIOD).unwrap_or(0)
}

/// `mailbox_secret = expand_with_label(exporter_secret, "mailbox secret", session_id, Nh)`
pub(crate) fn mailbox_secret(
    provider: &Provider,
    suite: Suite,
    exporter_secret: &Secret,
    session_id: &SessionId,
) -> Result<Secret, ProviderFailed> {
    let (hash, context) = (suite.hash(), session_id.as_bytes());
    let length = hash.digest_len();
    kdf::expand_with_label(provider, hash, exporter_secret, labels::MAILBOX_SECRET, context, length)
}

/// `mailbox_id(session, direction, rotation, period)`
pub(crate) fn mailbox_id(
    provider: &Provider,
    suite: Suite,
    mailbox_secret: &Secret,
    direction: Direction,
    rotation: u32,
    period: u64,
) -> Result<MailboxId, ProviderFailed> {
    let mut w = Writer::with_capacity(13);
    w.u8(match direction {
        Direction::ToResponder => 1,
        Direction::ToInitiator => 2,
    });
    w.u32(rotation);
    w.u64(period);
    let mut id = [0; 32];
    let jobs = [(labels::MAILBOX, &mut id[..])];
    let secret = mailbox_secret.as_bytes();
    kdf::expand_into(provider, suite.hash(), secret, &w.into_bytes(), jobs)?;
    Ok(MailboxId(id))
}

/// `contact_mailbox(account_id, serial)`, with the account's hash truncated to 32 bytes.
pub(crate) fn contact_mailbox(
    provider: &Provider,
    hash: HashAlgorithm,
    account_id: &AccountId,
    serial: u64,
) -> Result<MailboxId, ProviderFailed> {
    let mut w = Writer::with_capacity(64);
    w.opaque(account_id.as_bytes());
    w.u64(serial);
    let digest = kdf::ref_hash(provider, hash, labels::CONTACT_MAILBOX, &w.into_bytes())?;
    let mut id = [0; 32];
    id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    Ok(MailboxId(id))
}

/// The ids of all incoming mailboxes, so that an envelope finds its sessions without a key derivation.
/// It is no part of the stored state: it fills when it is first used, and follows the changes.
#[derive(Default)]
pub(crate) struct MailboxIndex {
    /// Period and look-back for which the ids hold.
    of: Option<(u64, u32)>,
    sessions: BTreeMap<MailboxId, Vec<SessionId>>,
    ids: BTreeMap<SessionId, Vec<MailboxId>>,
    /// Sessions whose ids are not in it yet.
    missing: Vec<SessionId>,
}

impl MailboxIndex {
    /// Gives the sessions whose ids are missing for this time: all of them when the period has changed.
    pub(crate) fn missing(
        &mut self,
        of: (u64, u32),
        all: impl Iterator<Item = SessionId>,
    ) -> Vec<SessionId> {
        if self.of != Some(of) {
            *self = Self { of: Some(of), missing: all.collect(), ..Self::default() };
        }
        core::mem::take(&mut self.missing)
    }

    /// A session is new, or its mailboxes have changed.
    pub(crate) fn changed(&mut self, session: &SessionId) {
        self.remove(session);
        self.missing.push(*session);
    }

    pub(crate) fn remove(&mut self, session: &SessionId) {
        for id in self.ids.remove(session).unwrap_or_default() {
            if let Some(sessions) = self.sessions.get_mut(&id) {
                sessions.retain(|other| other != session);
                if sessions.is_empty() {
                    self.sessions.remove(&id);
                }
            }
        }
    }

    pub(crate) fn insert(&mut self, session: SessionId, ids: Vec<MailboxId>) {
        for id in &ids {
            self.sessions.entry(*id).or_default().push(session);
        }
        self.ids.insert(session, ids);
    }

    pub(crate) fn sessions(&self, id: &MailboxId) -> &[SessionId] {
        self.sessions.get(id).map_or(&[], Vec::as_slice)
    }
}
