//! Sending (page *Ratchet*, *Sending*).

use super::account::Account;
use super::device_list::DeviceLists;
use super::frame::{CredentialUpdate, EXTENSION_ABSORB, Frame, MailboxRotation, content_type};
use super::identity::Extension;
use super::mailbox::{MailboxId, contact_mailbox};
use super::ratchet::Ratchet;
use super::session::{SessionId, SessionState, SessionStatus};
use super::state::{Changes, Key, Step};
use crate::codec::{Wire, Writer, check_ascending, opaque_len};
use crate::error::{Error, Malformed, Misuse, Peer};
use crate::limits::{MAX_CHAIN_LENGTH, MAX_EXTENSION, MAX_KEYS, reached};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// A message that is ready to be sent, once the changes are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outgoing {
    /// Where it goes (`ENV-01`).
    pub mailbox: MailboxId,
    /// Whether that is the peer's contact mailbox.
    pub contact: bool,
    /// A first message, or a ratchet message.
    pub message: Vec<u8>,
}

/// What sending a frame does to the sender.
enum Effect {
    None,
    Close,
    Rotate(u32),
    Announce(DeviceLists),
}

impl Account {
    /// `encrypt(session, frame, authenticated_data, now)`: seals a frame. Draws nothing. The authenticated data is the
    /// caller's, at most 65,536 bytes; it is not sent, and the receiver must give the same.
    ///
    /// Content types 1 to 4 have the effect on the sender that page *Inner frame* gives them; their body
    /// must be well-formed. After a renewal the announcement comes before anything else, which is the caller's to see to
    /// (`ID-15`, [`Account::unannounced`]).
    ///
    /// # Errors
    /// In this order: `misuse` for a session that is not there; `not_listed`; by status `session_replaced`,
    /// `archived`, `closed`; `session_expired`; `chain_exhausted`; `limit` for too many
    /// unanswered first messages, too much authenticated data, or a frame that is too long;
    /// `unsupported_version` for an unknown content type; `malformed`; `misuse` for the extension `absorb`.
    pub fn encrypt(
        &mut self,
        id: &SessionId,
        frame: &Frame,
        authenticated_data: &[u8],
        now: u64,
    ) -> Result<(Outgoing, Changes), Error> {
        let session = self.alive(id, now).ok_or(Misuse::UnknownSession)?;
        self.check_may_send(session, now)?;
        if !fits(authenticated_data.len(), self.limits().max_authenticated_data) {
            return Err(Misuse::Limit.into());
        }
        let given = frame;
        let frame = with_announcement(session, given);
        let padded = frame.padded_len()?;
        check_frame(given)?;
        let effect = effect(session, &frame)?;

        let contact = session.status == SessionStatus::Waiting;
        let provider = &self.provider;
        let (account, serial) = (session.peer_account.clone(), session.peer_serial);
        let list = self.peers.get(&account).map(|peer| &peer.device_list).ok_or(Peer::NotListed)?;
        let hash = list.tbs().account_keys.hash()?;
        let session = self.sessions.get_mut(id).ok_or(Misuse::UnknownSession)?;
        let mailbox = if contact {
            contact_mailbox(provider, hash, &account, serial)?
        } else {
            session.outgoing(provider, now)?
        };
        let message = seal(session, provider, &frame, padded, authenticated_data)?;

        let mut step = Step::default();
        step.touch(Key::Session(*id));
        if let Effect::Rotate(rotation) = effect {
            session.rotation_send = rotation;
        }
        self.expire_in(&mut step, now);
        match effect {
            Effect::Close => self.close(&mut step, id, now),
            Effect::Announce(lists) => {
                if lists.last().is_ok_and(|list| *list == self.device_list) {
                    self.unannounced.remove(id);
                }
            }
            Effect::None | Effect::Rotate(_) => {}
        }
        Ok((Outgoing { mailbox, contact, message }, self.commit(step)))
    }

    /// Step 1 of `encrypt`, as far as the session goes.
    fn check_may_send(&self, session: &SessionState, now: u64) -> Result<(), Error> {
        self.check_listed(&session.peer_account, session.peer_serial)?;
        match session.status {
            SessionStatus::Waiting | SessionStatus::Established => {}
            SessionStatus::Unaccepted => return Err(Misuse::SessionReplaced.into()),
            SessionStatus::Archived => return Err(Misuse::Archived.into()),
            SessionStatus::Closed => return Err(Misuse::Closed.into()),
        }
        let limits = self.limits();
        if reached(now, session.created_at, limits.max_session_age) {
            return Err(Misuse::SessionExpired.into());
        }
        let sent = session.ratchet.sending.as_ref().map_or(0, |chain| chain.next);
        if sent >= MAX_CHAIN_LENGTH {
            return Err(Misuse::ChainExhausted.into());
        }
        if session.status == SessionStatus::Waiting && sent >= limits.max_first_messages {
            return Err(Misuse::Limit.into()); // HS-06
        }
        Ok(())
    }
}

/// Whether a length is within a limit.
pub(crate) fn fits(length: usize, limit: u32) -> bool {
    u32::try_from(length).is_ok_and(|length| length <= limit)
}

/// `REP-05`: the extension `absorb`, while the session announces a loser.
fn with_announcement<'a>(session: &SessionState, frame: &'a Frame) -> Cow<'a, Frame> {
    let Some(loser) = session.absorb.announcement() else { return Cow::Borrowed(frame) };
    let mut frame = frame.clone();
    let extension = Extension { extension_type: EXTENSION_ABSORB, data: loser.to_vec() };
    frame.non_critical.push(extension);
    frame.non_critical.sort_by_key(|extension| extension.extension_type);
    Cow::Owned(frame)
}

/// Refuses a frame that no receiver could parse.
fn check_frame(frame: &Frame) -> Result<(), Error> {
    if frame.content_type > content_type::RECEIPT {
        return Err(Malformed::UnsupportedVersion.into());
    }
    for list in [&frame.critical, &frame.non_critical] {
        let long = list.iter().any(|extension| !fits(extension.data.len(), MAX_EXTENSION));
        if long || !fits(list.len(), MAX_KEYS) {
            return Err(Malformed::TooLong.into());
        }
        check_ascending(list, |extension| extension.extension_type)?;
    }
    // REP-05: the session itself says what it absorbs.
    if frame.non_critical.iter().any(|extension| extension.extension_type == EXTENSION_ABSORB) {
        return Err(Misuse::Arguments.into());
    }
    Ok(())
}

fn effect(session: &SessionState, frame: &Frame) -> Result<Effect, Error> {
    match frame.content_type {
        content_type::CLOSE if frame.body.is_empty() => Ok(Effect::Close),
        content_type::CLOSE => Err(Malformed::Value.into()),
        content_type::CREDENTIAL_UPDATE => {
            let update = CredentialUpdate::from_bytes(&frame.body)?;
            Ok(Effect::Announce(update.device_lists))
        }
        content_type::DEVICE_LIST => DeviceLists::from_bytes(&frame.body).map(Effect::Announce),
        content_type::MAILBOX_ROTATION => {
            let MailboxRotation { rotation } = MailboxRotation::from_bytes(&frame.body)?;
            if session.rotation_send.checked_add(1) == Some(rotation) {
                Ok(Effect::Rotate(rotation))
            } else {
                Err(Malformed::Value.into()) // ENV-05
            }
        }
        _ => Ok(Effect::None),
    }
}

/// Writes a first message or a ratchet message.
fn seal(
    session: &mut SessionState,
    provider: &crate::crypto::Provider,
    frame: &Frame,
    padded: usize,
    ad: &[u8],
) -> Result<Vec<u8>, Error> {
    let id = session.id;
    let context = super::ratchet::Context { provider, suite: session.suite, session_id: &id };
    let length = Ratchet::message_len(&context, padded);
    let out = match &session.waiting {
        None => Vec::with_capacity(length),
        Some(handshake) => {
            let capacity = handshake.len().saturating_add(opaque_len(length));
            let mut w = Writer::with_capacity(capacity);
            w.raw(handshake);
            w.length(length);
            w.into_bytes()
        }
    };
    session.ratchet.seal(&context, ad, frame, padded, out)
}
