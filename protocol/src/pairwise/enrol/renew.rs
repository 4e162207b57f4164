//! Renewal of the own credential (page *Identities*, `ID-15`).

use super::signing::{Signed, Signing};
use crate::crypto::SignRequest;
use crate::error::{Error, Misuse};
use crate::pairwise::account::Account;
use crate::pairwise::keyring::IssuerKeys;
use crate::pairwise::state::{Changes, Key, Step};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Where a renewal stands.
#[derive(Debug)]
pub enum RenewStep {
    /// Keys that are held elsewhere must sign.
    NeedsSignatures(Box<PendingRenew>),
    /// It is complete.
    Done(Changes),
}

/// A renewal that waits for signatures.
pub struct PendingRenew {
    signing: Signing,
    issuer: Option<IssuerKeys>,
    changes: u64,
}

impl Account {
    /// Renews the own credential (page *Identities*, `ID-15`): generation and list number one up, `not_before` and keys
    /// stay. Publish a new batch then (`PRE-04`).
    ///
    /// The library does not announce it by itself, nor does it refuse to send what comes before: the caller seals
    /// [`Account::credential_update`] in each session of [`Account::unannounced`] before anything else, and stores the
    /// announcements with the renewal:
    ///
    /// ```
    /// # use sceau::pairwise::{Account, Changes, Frame, Outgoing, content_type};
    /// fn renew(a: &mut Account, not_after: u64, now: u64) -> sceau::Result<(Vec<Outgoing>, Vec<Changes>)> {
    ///     let mut changes = vec![a.renew(not_after, None, now)?];
    ///     let update = Frame::new(content_type::CREDENTIAL_UPDATE, &a.credential_update());
    ///     let mut outgoing = Vec::new();
    ///     for session in a.unannounced().collect::<Vec<_>>() {
    ///         // One that may not send now stays among them.
    ///         if let Ok((out, changed)) = a.encrypt(&session, &update, b"", now) {
    ///             outgoing.push(out);
    ///             changes.push(changed);
    ///         }
    ///     }
    ///     Ok((outgoing, changes)) // all of it in one transaction
    /// }
    /// ```
    ///
    /// # Errors
    /// `misuse` for a `not_after` that is not greater than `not_before`; `limit` when there is no greater generation or number (`ID-25`);
    /// [`Misuse::KeyHeldElsewhere`] where a private key is not at hand: then use [`Account::renew_begin`].
    pub fn renew(
        &mut self,
        not_after: u64,
        issuer: Option<IssuerKeys>,
        now: u64,
    ) -> Result<Changes, Error> {
        let mut step = self.renew_begin(not_after, issuer, now)?;
        loop {
            match step {
                RenewStep::Done(changes) => return Ok(changes),
                RenewStep::NeedsSignatures(pending) => {
                    let issuer = pending.issuer.as_ref();
                    let sign =
                        |request: &SignRequest| self.keyring.sign(&self.provider, issuer, request);
                    let signatures =
                        pending.requests().iter().map(sign).collect::<Result<_, _>>()?;
                    step = self.renew_resume(*pending, signatures, now)?;
                }
            }
        }
    }

    /// [`Account::renew`] in its resumable form: stops where signatures are needed.
    ///
    /// # Errors
    /// As [`Account::renew`].
    pub fn renew_begin(
        &self,
        not_after: u64,
        issuer: Option<IssuerKeys>,
        now: u64,
    ) -> Result<RenewStep, Error> {
        let mut credential_tbs = self.credential.tbs().clone();
        if not_after <= credential_tbs.not_before {
            return Err(Misuse::Arguments.into());
        }
        credential_tbs.generation =
            credential_tbs.generation.checked_add(1).ok_or(Misuse::Limit)?;
        credential_tbs.not_after = not_after;
        let mut list = self.device_list.tbs().clone();
        list.number = list.number.checked_add(1).ok_or(Misuse::Limit)?;
        list.issued_at = now;
        let issuer_keys = issuer.as_ref().map(|issuer| issuer.public.clone());
        let signing = Signing::new(credential_tbs, list, issuer_keys, true);
        let pending = PendingRenew { signing, issuer, changes: self.head.changes };
        Ok(RenewStep::NeedsSignatures(Box::new(pending)))
    }

    /// Goes on with the signatures that [`PendingRenew::requests`] asked for, in their order.
    ///
    /// # Errors
    /// [`Misuse::WrongAnswer`]; `stale_state` when another step came between.
    pub fn renew_resume(
        &mut self,
        pending: PendingRenew,
        signatures: Vec<Vec<u8>>,
        now: u64,
    ) -> Result<RenewStep, Error> {
        if pending.changes != self.head.changes {
            return Err(Misuse::StaleState.into());
        }
        let PendingRenew { signing, issuer, changes } = pending;
        match signing.advance(&self.provider, signatures)? {
            Signed::More(signing) => {
                let pending = PendingRenew { signing, issuer, changes };
                Ok(RenewStep::NeedsSignatures(Box::new(pending)))
            }
            Signed::Done(credential, device_list) => {
                let mut step = Step::default();
                self.expire_in(&mut step, now);
                self.credential = credential;
                self.device_list = device_list;
                self.announce_everywhere();
                step.touch(Key::Account);
                Ok(RenewStep::Done(self.commit(step)))
            }
        }
    }
}

impl PendingRenew {
    /// The signatures that are needed now.
    #[must_use]
    pub fn requests(&self) -> &[SignRequest] {
        &self.signing.requests
    }
}

impl core::fmt::Debug for PendingRenew {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PendingRenew").field("requests", &self.requests()).finish_non_exhaustive()
    }
}
