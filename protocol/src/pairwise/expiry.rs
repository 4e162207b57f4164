//! What goes with its age (page *State*, `STA-10`), and how an archive is kept to its bound (page *Replacement*, `REP-09`).

use super::account::Account;
use super::identity::AccountId;
use super::peer::Pair;
use super::session::{SessionId, SessionState, SessionStatus};
use super::state::{Changes, Key, Step};
use crate::limits::reached;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// The archived session that a pair keeps beyond count and age (`REP-09`): the one whose resumption PSK its live session
/// was made with, while that one waits.
pub(crate) fn held(
    sessions: &BTreeMap<SessionId, Box<SessionState>>,
    pair: &Pair,
) -> Option<SessionId> {
    let live = sessions.get(&pair.live?)?;
    live.resumed_from.filter(|_| live.status == SessionStatus::Waiting)
}

impl Account {
    /// Erases what is past its age (page *State*, `STA-10`): batches past their grace, sessions past their
    /// time in the archive, skipped keys. To be run at least once a day.
    pub fn expire(&mut self, now: u64) -> Changes {
        let mut step = Step::default();
        self.expire_in(&mut step, now);
        self.commit(step)
    }

    /// Notes that something will expire at a time.
    pub(crate) fn expires_at(&mut self, time: u64) {
        self.next_expiry = self.next_expiry.min(time);
    }

    /// `expire(state, now)` (page *State*), as a part of a step.
    pub(crate) fn expire_in(&mut self, step: &mut Step, now: u64) {
        if now < self.next_expiry {
            return;
        }
        let limits = self.limits().clone();
        let grace = limits.prekey_grace;
        let mut next = u64::MAX;
        // Batches, with their prekeys and replay records.
        self.batches.retain(|number, batch| {
            let expiry = batch.batch.tbs().expiry;
            if !reached(now, expiry, grace) {
                next = next.min(expiry.saturating_add(grace));
                return true;
            }
            step.delete(Key::Batch(*number), batch.generation);
            for (id, prekey) in &batch.prekeys {
                step.delete(Key::Prekey(*number, *id), prekey.generation);
            }
            for (reference, replay) in &batch.replay {
                step.delete(Key::Replay(*number, reference.clone()), replay.generation);
            }
            false
        });
        // Archived and closed sessions.
        let mut gone = Vec::new();
        for (account, peer) in &self.peers {
            for pair in &peer.pairs {
                let held = held(&self.sessions, pair);
                for archived in &pair.archived {
                    if held == Some(archived.session_id) {
                        continue;
                    }
                    if reached(now, archived.archived_at, limits.archive_age) {
                        gone.push((account.clone(), pair.serial, archived.session_id));
                    } else {
                        next = next.min(archived.archived_at.saturating_add(limits.archive_age));
                    }
                }
            }
        }
        for (account, serial, id) in gone {
            self.with_pair(step, &account, serial, |pair| {
                pair.archived.retain(|archived| archived.session_id != id);
            });
            self.delete_session(step, &id);
        }
        // Skipped keys.
        for (id, session) in &mut self.sessions {
            let skipped = &mut session.ratchet.skipped;
            if skipped.expire(now, limits.skipped_key_age) {
                step.touch(Key::Session(*id));
            }
            next = next.min(skipped.first_expiry(limits.skipped_key_age).unwrap_or(u64::MAX));
        }
        self.next_expiry = next;
    }

    /// `REP-09`: the sessions archived longest ago go when there are more than `max_archived`.
    pub(crate) fn bound_archive(&mut self, step: &mut Step, account: &AccountId, serial: u64) {
        let most = usize::try_from(self.limits().max_archived).unwrap_or(usize::MAX);
        let Some(pair) = self.peers.get(account).and_then(|peer| peer.pair(serial)) else { return };
        let held = held(&self.sessions, pair);
        let counted = pair.archived.iter().map(|archived| archived.session_id);
        let gone: Vec<_> = counted.filter(|id| held != Some(*id)).skip(most).collect();
        if gone.is_empty() {
            return;
        }
        self.with_pair(step, account, serial, |pair| {
            pair.archived.retain(|archived| !gone.contains(&archived.session_id));
        });
        for id in gone {
            self.delete_session(step, &id);
        }
    }
}
