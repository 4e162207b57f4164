//! How sessions of a pair replace each other (page *Replacement*).
//!
//! ```text
//!            initiate                    first message received
//!  (none) ────────────► waiting ─────────────────────────────► established
//!     │ accept             │ another wins; initiate anew            │ replaced
//!     ├──────► established │                                        ▼
//!     └──────► unaccepted  └──────────────────────────────────► archived ──► deleted
//!                  │ accepted by the caller ─► established        │ ▲
//!                  └ declined, or another comes ─► deleted        │ │
//!                                                 closed ─────────│─┘ (as to deletion)
//!                                                                 └──► established (REP-14: given up, then answered)
//! ```
//!
//! What can fail is decided before; carrying out does not fail.

use super::account::Account;
use super::device_list::DeviceList;
use super::identity::AccountId;
use super::peer::{Pair, Peer, SessionRef};
use super::session::{Role, SessionId, SessionState, SessionStatus};
use super::state::{Changes, Key, Step};
use crate::error::{Error, Misuse};
use crate::limits::reached;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// How a new session enters its pair: the cases of page *Replacement*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Cases 1, 2 and 3 (N wins): it is established and live; a live one is archived.
    Live,
    /// Cases 3 and 4 (L wins): it is archived, and absorbed into the live one.
    Absorbed(SessionId),
    /// Cases 1 (an unconfirmed pair) and 5: it waits for the caller.
    Unaccepted,
}

/// What the rule looks at in a new session N.
pub(crate) struct Newcomer<'a> {
    pub(crate) resumed_from: Option<SessionId>,
    pub(crate) recovery: bool,
    /// Whether the own agreement identity key is smaller than that of N's initiator.
    pub(crate) own_key_smaller: bool,
    pub(crate) serial: u64,
    /// What was kept of its account before this step.
    pub(crate) peer: Option<&'a Peer>,
}

impl Account {
    /// The caller accepts an `unaccepted` session: the live one, if there is one, is archived (`REP-02`). (There is none where
    /// the peer's device is new in its account; it is not asked about again, `REP-15`.)
    ///
    /// # Errors
    /// `misuse` for a session that is not there or not `unaccepted`.
    pub fn accept_session(&mut self, id: &SessionId, now: u64) -> Result<Changes, Error> {
        self.check_unaccepted(id)?;
        let mut step = Step::default();
        self.expire_in(&mut step, now);
        self.enter_accepted(&mut step, id, now);
        Ok(self.commit(step))
    }

    /// The caller declines an `unaccepted` session: it is deleted, the live one stays (`REP-02`). A device that is new in
    /// its account is asked about again when it comes again (`REP-15`).
    ///
    /// # Errors
    /// `misuse` for a session that is not there or not `unaccepted`.
    pub fn decline_session(&mut self, id: &SessionId, now: u64) -> Result<Changes, Error> {
        self.check_unaccepted(id)?;
        let mut step = Step::default();
        self.expire_in(&mut step, now);
        self.delete_unaccepted(&mut step, id);
        Ok(self.commit(step))
    }

    fn check_unaccepted(&self, id: &SessionId) -> Result<(), Error> {
        let session = self.sessions.get(id).ok_or(Misuse::UnknownSession)?;
        let pair =
            self.peers.get(&session.peer_account).and_then(|peer| peer.pair(session.peer_serial));
        if pair.is_some_and(|pair| pair.unaccepted.as_ref() == Some(id)) {
            Ok(())
        } else {
            Err(Misuse::Arguments.into())
        }
    }

    /// The first case that fits.
    pub(crate) fn entry(&self, new: &Newcomer<'_>, now: u64) -> Entry {
        let live = new.peer.and_then(|peer| peer.pair(new.serial)).and_then(|pair| pair.live);
        let Some(live) = live.and_then(|id| self.sessions.get(&id)) else {
            // 1
            let asked = new.peer.is_some_and(|peer| peer.is_unconfirmed(new.serial));
            return if asked { Entry::Unaccepted } else { Entry::Live };
        };
        let resumed = new.resumed_from.and_then(|id| self.alive(&id, now));
        if resumed.is_some_and(|s| s.id == live.id || self.comes_back(s)) {
            return Entry::Live; // 2: whether L is established, or an answer in L or in S is under way
        }
        let of_origin = live.resumed_from.is_none() || live.resumed_from == new.resumed_from;
        let live_wins = match (live.recovery, new.recovery) {
            (true, false) => true,
            (false, true) => false,
            _ => new.own_key_smaller,
        };
        let own = live.role == Role::Initiator;
        if live.status == SessionStatus::Waiting && of_origin {
            return if live_wins { Entry::Absorbed(live.id) } else { Entry::Live }; // 3
        }
        let young = !reached(now, live.created_at, self.limits().simultaneous_window);
        if live.status == SessionStatus::Established && own && young && of_origin && live_wins {
            return Entry::Absorbed(live.id); // 4
        }
        Entry::Unaccepted // 5
    }

    /// Enters a session into its pair.
    pub(crate) fn enter(
        &mut self,
        step: &mut Step,
        mut session: Box<SessionState>,
        entry: Entry,
        now: u64,
    ) {
        let (id, account, serial) = (session.id, session.peer_account.clone(), session.peer_serial);
        session.set_status(match entry {
            Entry::Live if session.waiting.is_some() => SessionStatus::Waiting,
            Entry::Live => SessionStatus::Established,
            Entry::Absorbed(_) => SessionStatus::Archived,
            Entry::Unaccepted => SessionStatus::Unaccepted,
        });
        self.sessions.insert(id, session);
        self.mailboxes.changed(&id);
        step.touch(Key::Session(id));
        match entry {
            Entry::Live => {
                let old = self.with_pair(step, &account, serial, |pair| {
                    pair.unconfirmed = false; // REP-15: the own side has initiated.
                    pair.live.replace(id)
                });
                self.archive(step, old.flatten(), now);
            }
            Entry::Unaccepted => {
                let old =
                    self.with_pair(step, &account, serial, |pair| pair.unaccepted.replace(id));
                if let Some(old) = old.flatten() {
                    self.delete_session(step, &old);
                }
            }
            Entry::Absorbed(_) => self.list_as_archived(step, &account, serial, id, now),
        }
    }

    /// `REP-14`: whether an archived session S becomes the pair's live one when it receives its first message now, and
    /// that is no `close`: where there is none, or in its place.
    pub(crate) fn comes_back(&self, s: &SessionState) -> bool {
        if s.status != SessionStatus::Archived || s.role != Role::Initiator || s.has_received() {
            return false;
        }
        let pair = self.peers.get(&s.peer_account).and_then(|peer| peer.pair(s.peer_serial));
        let Some(pair) = pair else { return false };
        let live = pair.live.and_then(|id| self.sessions.get(&id));
        live.is_none_or(|live| {
            let made_before = match live.created_at.cmp(&s.created_at) {
                Ordering::Less => true,
                Ordering::Equal => s.recovery && !live.recovery,
                Ordering::Greater => false,
            };
            let given_up_for = live.status == SessionStatus::Waiting || made_before;
            let of_one_origin = live.resumed_from == s.resumed_from || live.recovery || s.recovery;
            live.role == Role::Initiator && given_up_for && of_one_origin
        })
    }

    /// `REP-14`: an archived session is live again.
    pub(crate) fn enter_again(&mut self, step: &mut Step, id: &SessionId, now: u64) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.set_status(SessionStatus::Established);
        let (account, serial) = (session.peer_account.clone(), session.peer_serial);
        step.touch(Key::Session(*id));
        let old = self.with_pair(step, &account, serial, |pair| {
            pair.archived.retain(|archived| archived.session_id != *id);
            pair.live.replace(*id)
        });
        self.archive(step, old.flatten(), now);
    }

    /// `REP-02`: an unaccepted session becomes the live one.
    pub(crate) fn enter_accepted(&mut self, step: &mut Step, id: &SessionId, now: u64) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.set_status(SessionStatus::Established);
        let (account, serial) = (session.peer_account.clone(), session.peer_serial);
        step.touch(Key::Session(*id));
        let old = self.with_pair(step, &account, serial, |pair| {
            pair.unaccepted = None;
            pair.unconfirmed = false; // REP-15
            pair.live.replace(*id)
        });
        self.archive(step, old.flatten(), now);
    }

    /// `REP-02`: an unaccepted session is deleted.
    pub(crate) fn delete_unaccepted(&mut self, step: &mut Step, id: &SessionId) {
        let Some(session) = self.sessions.get(id) else { return };
        let (account, serial) = (session.peer_account.clone(), session.peer_serial);
        self.with_pair(step, &account, serial, |pair| pair.unaccepted = None);
        self.delete_session(step, id);
    }

    /// Makes a session, which its pair no longer names as live or unaccepted, an archived one.
    fn archive(&mut self, step: &mut Step, id: Option<SessionId>, now: u64) {
        self.retire(step, id, SessionStatus::Archived, now);
    }

    fn retire(&mut self, step: &mut Step, id: Option<SessionId>, to: SessionStatus, now: u64) {
        let Some(id) = id else { return };
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.set_status(to);
        let (account, serial) = (session.peer_account.clone(), session.peer_serial);
        step.touch(Key::Session(id));
        self.list_as_archived(step, &account, serial, id, now);
    }

    /// `REP-10`: closes a session. An archived one keeps its place and time.
    pub(crate) fn close(&mut self, step: &mut Step, id: &SessionId, now: u64) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let archived = session.in_archive();
        session.set_status(SessionStatus::Closed);
        let (account, serial) = (session.peer_account.clone(), session.peer_serial);
        step.touch(Key::Session(*id));
        self.mailboxes.remove(id);
        if !archived {
            self.with_pair(step, &account, serial, |pair| {
                pair.live.take_if(|live| live == id);
                pair.unaccepted.take_if(|unaccepted| unaccepted == id);
            });
            self.list_as_archived(step, &account, serial, *id, now);
        }
    }

    /// Puts a session at the front of the archive, which is kept to its bound at the end of the step (`REP-09`).
    fn list_as_archived(
        &mut self,
        step: &mut Step,
        account: &AccountId,
        serial: u64,
        session_id: SessionId,
        now: u64,
    ) {
        self.expires_at(now.saturating_add(self.limits().archive_age));
        self.with_pair(step, account, serial, |pair| {
            pair.archived.insert(0, SessionRef { session_id, archived_at: now });
        });
        let made_with_psk =
            self.sessions.get(&session_id).is_some_and(|s| s.resumed_from.is_some());
        if made_with_psk {
            self.expires_at(now); // The session of that PSK is held no longer, if it was.
        }
        step.bound_archive(account, serial);
    }

    /// A session that waited has got its answer. The one whose resumption PSK it was made with is an archived one as
    /// others from now on (`REP-09`).
    pub(crate) fn answered(&mut self, step: &mut Step, id: &SessionId, now: u64) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.set_status(SessionStatus::Established);
        if session.resumed_from.is_some() {
            let (account, serial) = (session.peer_account.clone(), session.peer_serial);
            self.expires_at(now);
            step.bound_archive(&account, serial);
        }
    }

    /// Changes a pair, which is made when there is none.
    pub(crate) fn with_pair<T>(
        &mut self,
        step: &mut Step,
        account: &AccountId,
        serial: u64,
        change: impl FnOnce(&mut Pair) -> T,
    ) -> Option<T> {
        let peer = self.peers.get_mut(account)?;
        step.may_change(account, &peer.pairs);
        Some(change(peer.pair_mut(serial)?))
    }

    pub(crate) fn delete_session(&mut self, step: &mut Step, id: &SessionId) {
        if let Some(session) = self.sessions.remove(id) {
            step.delete(Key::Session(*id), session.generation);
        }
        self.mailboxes.remove(id);
        self.unannounced.remove(id);
    }

    /// Pins an accepted list: devices that the pinned one has not become unconfirmed (`REP-15`), and sessions of devices
    /// that the new one has not are closed (`ID-17`).
    pub(crate) fn pin(&mut self, step: &mut Step, account: &AccountId, list: DeviceList, now: u64) {
        let own = (account == self.account_id()).then(|| self.serial());
        let Some(peer) = self.peers.get_mut(account) else {
            self.peers.insert(account.clone(), Peer::new(list));
            step.touch(Key::Peer(account.clone()));
            return;
        };
        if peer.device_list == list {
            return;
        }
        step.may_change(account, &peer.pairs);
        step.touch(Key::Peer(account.clone()));
        peer.replace_list(list, own);
        let mut removed = Vec::new();
        for pair in &peer.pairs {
            if peer.device_list.entry(pair.serial).is_none() {
                // The live one is closed last: it is the newest in the archive.
                removed.extend(pair.archived.iter().map(|archived| archived.session_id));
                removed.extend(pair.unaccepted);
                removed.extend(pair.live);
            }
        }
        for id in removed {
            let closed = self.sessions.get(&id).is_some_and(|s| s.status == SessionStatus::Closed);
            if !closed {
                self.close(step, &id, now);
            }
        }
    }
}
