//! Device lists and credentials that are announced (page *Identities*, *Renewal, addition, announcement*).

use super::account::Account;
use super::device_changes::DeviceChanges;
use super::device_list::{DeviceLists, apply_device_lists};
use super::frame::CredentialUpdate;
use super::identity::AccountId;
use super::session::{SessionId, SessionStatus};
use super::state::{Changes, Step};
use crate::codec::Wire;
use crate::error::Error;
use alloc::vec::Vec;

/// What applying a peer's device lists has given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AppliedLists {
    /// Number of the list that is pinned now.
    pub number: u64,
    /// Devices that the account has now and had not before, and the other way round: to be shown (`ID-23`).
    pub devices: DeviceChanges,
}

impl Account {
    /// Applies device lists of a peer (page *Identities*, `ID-04` to `ID-09`, `ID-20`), an encoded
    /// `DeviceList device_lists<V>`, and pins the newest; sessions of devices that it no longer has are closed
    /// (`ID-17`). Gives the number of the pinned list, and what it changed, to be shown (`ID-23`).
    ///
    /// # Errors
    /// `identity_mismatch`, `bad_signature`, `rollback`, `unauthorised_device`, `not_yet_valid`,
    /// `stale_list`, `malformed`.
    pub fn apply_device_lists(
        &mut self,
        account_id: &AccountId,
        device_lists: &[u8],
        now: u64,
    ) -> Result<(AppliedLists, Changes), Error> {
        let lists = DeviceLists::from_bytes(device_lists)?;
        let pinned = self.pinned(account_id);
        let newest =
            apply_device_lists(&self.provider, pinned, account_id, &lists, now, &self.policy)?
                .clone();
        let devices = DeviceChanges::between(account_id.clone(), pinned, Some(&newest));
        let applied = AppliedLists { number: newest.tbs().number, devices };
        let mut step = Step::default();
        self.expire_in(&mut step, now);
        self.pin(&mut step, account_id, newest, now);
        Ok((applied, self.commit(step)))
    }

    /// The live sessions in which the present list or credential is to be announced before anything else is sent there
    /// (`ID-15`): those that were there when the device renewed its credential or signed its list anew, and new ones whose
    /// handshake used an older batch; a session leaves them when an announcement of the present list is sealed in it. In
    /// ascending order of id.
    ///
    /// This is kept in memory alone, as the state has no place for it: store a renewal and its announcements in one
    /// transaction, and a restart has nothing to ask. Where one of them can't be sealed yet (`limit`: too many first messages
    /// without an answer), note it. One too many does no harm: it changes nothing at the peer (`FRM-06`).
    pub fn unannounced(&self) -> impl Iterator<Item = SessionId> {
        let live = |id: &&SessionId| {
            let status = self.sessions.get(id).map(|session| session.status);
            matches!(status, Some(SessionStatus::Waiting | SessionStatus::Established))
        };
        self.unannounced.iter().filter(live).copied()
    }

    /// All sessions are to be told of a new list: those that are not live as well, since they can become it.
    pub(crate) fn announce_everywhere(&mut self) {
        self.unannounced = self.sessions.keys().copied().collect();
    }

    /// The body of a `credential update` with the own current list and credential, to be sent in each live
    /// session after a renewal, before anything else (`ID-15`): in those that [`Account::unannounced`] names.
    #[must_use]
    pub fn credential_update(&self) -> Vec<u8> {
        CredentialUpdate::new(self.own_lists(), self.credential.clone()).to_bytes()
    }

    /// The body of a `device list` announcement with the own current list (`ID-15`), to be sent in each live session after
    /// [`Account::reissue_list`], before anything else: in those that [`Account::unannounced`] names.
    #[must_use]
    pub fn device_list_update(&self) -> Vec<u8> {
        self.own_lists().to_bytes()
    }
}
