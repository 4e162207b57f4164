//! The own list, signed anew before it gets too old (page *Identities*, `ID-21`).

use super::signing::{Signed, Signing};
use crate::crypto::SignRequest;
use crate::error::{Error, Misuse};
use crate::pairwise::account::Account;
use crate::pairwise::state::{Changes, Key, Step};
use alloc::vec::Vec;

/// A list that waits for its signatures.
pub struct PendingReissue {
    signing: Signing,
    changes: u64,
}

impl PendingReissue {
    /// The signatures that are needed: the account's, and the device's.
    #[must_use]
    pub fn requests(&self) -> &[SignRequest] {
        &self.signing.requests
    }
}

impl core::fmt::Debug for PendingReissue {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PendingReissue").field("requests", &self.requests()).finish_non_exhaustive()
    }
}

impl Account {
    /// `reissue_list(state, now)` (page *Identities*, `ID-21`): the own list once more, its number one up, issued now
    /// (seconds since 1970); entries and extensions stay, and so does the credential, so that no issuer is needed. To be
    /// done when half of `max_list_age` has passed. The caller announces the list ([`Account::device_list_update`]) in each
    /// session of [`Account::unannounced`] before anything else is sent there (`ID-15`), as after [`Account::renew`];
    /// bundles carry it from the next publication on.
    ///
    /// # Errors
    /// [`Misuse::KeyHeldElsewhere`] where a private key is not at hand: then use [`Account::reissue_list_begin`].
    pub fn reissue_list(&mut self, now: u64) -> Result<Changes, Error> {
        let pending = self.reissue_list_begin(now)?;
        let sign = |request: &SignRequest| self.keyring.sign(&self.provider, None, request);
        let signatures = pending.requests().iter().map(sign).collect::<Result<_, _>>()?;
        self.reissue_list_resume(pending, signatures, now)
    }

    /// [`Account::reissue_list`] in its resumable form: stops where signatures are needed.
    ///
    /// # Errors
    /// [`Misuse::Limit`] when there is no greater number.
    pub fn reissue_list_begin(&self, now: u64) -> Result<PendingReissue, Error> {
        let mut list = self.device_list.tbs().clone();
        list.number = list.number.checked_add(1).ok_or(Misuse::Limit)?;
        list.issued_at = now;
        let signing = Signing::of_list(self.credential.clone(), list);
        Ok(PendingReissue { signing, changes: self.head.changes })
    }

    /// Goes on with the signatures that [`PendingReissue::requests`] asked for, in their order.
    ///
    /// # Errors
    /// [`Misuse::WrongAnswer`]; `stale_state` when another step came between.
    pub fn reissue_list_resume(
        &mut self,
        pending: PendingReissue,
        signatures: Vec<Vec<u8>>,
        now: u64,
    ) -> Result<Changes, Error> {
        if pending.changes != self.head.changes {
            return Err(Misuse::StaleState.into());
        }
        let Signed::Done(_, list) = pending.signing.advance(&self.provider, signatures)? else {
            return Err(Misuse::WrongAnswer.into());
        };
        let mut step = Step::default();
        self.expire_in(&mut step, now);
        self.device_list = list;
        self.announce_everywhere();
        step.touch(Key::Account);
        Ok(self.commit(step))
    }
}
