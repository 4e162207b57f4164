//! What the frame of a message does to its receiver (page *Inner frame*): decided before anything changes, then carried
//! out.

use super::absorb::{Absorb, absorb_secret};
use super::account::Account;
use super::credential::{CredentialTbs, verify_credential};
use super::device_list::{DeviceList, DeviceLists, apply_device_lists};
use super::frame::{
    CredentialUpdate, EXTENSION_ABSORB, MailboxRotation, OpenedFrame, content_type,
};
use super::identity::Extension;
use super::ratchet::receive::Opened;
use super::session::{Role, SessionId, SessionState};
use super::state::Step;
use crate::codec::Wire;
use crate::crypto::{Provider, Secret};
use crate::error::{Error, Malformed, Peer};

/// What an accepted frame does to the receiver; decided before anything changes.
pub(crate) struct Effect {
    pub(crate) close: bool,
    /// The body's lists are older than the pinned one (`ID-24`).
    pub(crate) overtaken: bool,
    /// The list that is pinned then.
    pub(crate) pin: Option<DeviceList>,
    rotation: Option<u32>,
    /// The loser that the frame names, and the secret that is taken from it.
    arm: Option<(SessionId, Secret)>,
}

/// What a frame's effect depends on.
pub(crate) struct FrameOf<'a> {
    pub(crate) session: &'a SessionState,
    /// The list that is pinned when the frame is acted on.
    pub(crate) pinned: Option<&'a DeviceList>,
    /// Whether the message is a `FirstMessage`, of a new session or of one that is there.
    pub(crate) first: bool,
    pub(crate) now: u64,
}

impl FrameOf<'_> {
    /// `FRM-06`, as far as it comes before lists are verified; then `ID-24`: whether the lists are older than the pinned
    /// one, so that the first message was made before that one came from elsewhere.
    fn overtaken(
        &self,
        provider: &Provider,
        lists: &DeviceLists,
        credential: Option<&CredentialTbs>,
    ) -> Result<bool, Error> {
        let (account, serial) = (&self.session.peer_account, self.session.peer_serial);
        let newest = lists.last()?.tbs();
        let of_device = credential.is_none_or(|credential| {
            credential.account_id == account.as_bytes() && credential.serial == serial
        });
        if !of_device || newest.account_keys.account_id(provider)? != *account {
            return Err(Peer::IdentityMismatch.into());
        }
        let older = self.pinned.is_some_and(|pinned| newest.number < pinned.tbs().number);
        Ok(self.first && older)
    }
}

impl Account {
    /// What a frame would do; refuses a body that the library handles and that is malformed or refused (`FRM-05`).
    pub(crate) fn effect(&self, of: &FrameOf<'_>, opened: &Opened) -> Result<Effect, Error> {
        let FrameOf { session, pinned, now, .. } = *of;
        let (provider, policy) = (&self.provider, &self.policy);
        let frame = &opened.frame;
        let body = opened.plaintext.get(frame.body.clone()).unwrap_or_default();
        let mut effect =
            Effect { close: false, overtaken: false, pin: None, rotation: None, arm: None };
        let apply = |lists: &DeviceLists| {
            let account = &session.peer_account;
            apply_device_lists(provider, pinned, account, lists, now, policy).cloned()
        };
        match frame.content_type {
            content_type::CLOSE if body.is_empty() => effect.close = true,
            content_type::CLOSE => return Err(Malformed::Value.into()),
            content_type::CREDENTIAL_UPDATE => {
                let CredentialUpdate { device_lists, credential } =
                    CredentialUpdate::from_bytes(body)?;
                effect.overtaken = of.overtaken(provider, &device_lists, Some(credential.tbs()))?;
                if !effect.overtaken {
                    let newest = apply(&device_lists)?;
                    verify_credential(provider, credential, &newest, now, policy)?;
                    // FRM-06
                    let keys = |list: &DeviceList| {
                        list.entry(session.peer_serial).map(|entry| entry.signature_keys.clone())
                    };
                    if keys(&newest) != pinned.and_then(keys) {
                        return Err(Peer::IdentityMismatch.into());
                    }
                    effect.pin = Some(newest);
                }
            }
            content_type::DEVICE_LIST => {
                let lists = DeviceLists::from_bytes(body)?;
                effect.overtaken = of.overtaken(provider, &lists, None)?;
                if !effect.overtaken {
                    effect.pin = Some(apply(&lists)?);
                }
            }
            content_type::MAILBOX_ROTATION => {
                let MailboxRotation { rotation } = MailboxRotation::from_bytes(body)?;
                if rotation <= session.rotation_receive {
                    return Err(Malformed::Value.into()); // ENV-05
                }
                effect.rotation = Some(rotation);
            }
            _ => {}
        }
        effect.arm = self.absorption(session, frame, now)?;
        Ok(effect)
    }

    /// `REP-06`: the loser that an extension names, if it may be absorbed into this session.
    fn absorption(
        &self,
        session: &SessionState,
        frame: &OpenedFrame,
        now: u64,
    ) -> Result<Option<(SessionId, Secret)>, Error> {
        let is = |extension: &&Extension| extension.extension_type == EXTENSION_ABSORB;
        let Some(extension) = frame.non_critical.iter().find(is) else { return Ok(None) };
        if session.role != Role::Responder || !session.absorb.is_none() {
            return Ok(None);
        }
        let Ok(id) = extension.data.as_slice().try_into().map(SessionId::new) else {
            return Ok(None);
        };
        let Some(loser) = self.alive(&id, now) else { return Ok(None) };
        let same_pair =
            loser.peer_account == session.peer_account && loser.peer_serial == session.peer_serial;
        if loser.role != Role::Initiator || !same_pair {
            return Ok(None);
        }
        let (suite, exporter) = (session.suite, &loser.exporter_secret);
        Ok(Some((id, absorb_secret(&self.provider, suite, exporter, &session.id)?)))
    }

    /// Does what a frame does.
    pub(crate) fn carry_out(&mut self, step: &mut Step, id: &SessionId, effect: Effect, now: u64) {
        if let Some((loser, secret)) = effect.arm
            && self.sessions.contains_key(&loser)
            && let Some(session) = self.sessions.get_mut(id)
        {
            session.absorb = Absorb::Armed { secret, session: loser.as_bytes().to_vec() };
        }
        if let Some(rotation) = effect.rotation
            && let Some(session) = self.sessions.get_mut(id)
        {
            session.rotation_receive = rotation;
            self.mailboxes.changed(id);
        }
        if let Some(list) = effect.pin
            && let Some(account) = self.sessions.get(id).map(|s| s.peer_account.clone())
        {
            self.pin(step, &account, list, now);
        }
        if effect.close {
            self.close(step, id, now);
        }
    }
}
