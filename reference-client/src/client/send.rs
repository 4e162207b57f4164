//! Sending: a content is sealed for each device of a contact and put into the outbox, in one
//! transaction with the changed state; only then it is sent.

use super::attachment::enclose;
use super::device::Device;
use super::model::{Contact, Direction, File, Message};
use super::received::device_notices;
use super::relays::{Outgoing, Relays};
use super::store::{Kind, Tx};
use crate::crypto;
use crate::error::{Error, Result};
use crate::time::now;
use sceau::error::Misuse;
use sceau::limits::MAX_CHAIN_LENGTH;
use sceau::pairwise::content::{AttachmentReference, Content, kind};
use sceau::pairwise::{Account, AccountId, Envelope, Frame, SessionId, content_type};
use sceau::{Error as Refused, Wire};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What is to be said.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Text.
    pub text: Option<String>,
    /// A file that the relay has.
    pub file: Option<AttachmentReference>,
    /// A file that goes into the outbox itself, before the message.
    pub enclosed: Option<PathBuf>,
    /// The item of its upload, which is done when the message is in the outbox.
    pub upload: Option<i64>,
    /// The id of the message to be deleted.
    pub delete: Option<Vec<u8>>,
    /// The id of the message that it answers to.
    pub in_reply_to: Vec<u8>,
}

/// A message that is in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Its number in the store.
    pub number: i64,
    /// The id that the recipient knows it by, in hex.
    pub message_id: String,
    /// Devices that it goes to.
    pub devices: usize,
    /// Its items in the outbox.
    pub outbox: Vec<i64>,
}

/// Seals a content for a contact and puts it into the outbox; fetches prekeys where there is no session to send in.
///
/// # Errors
/// No prekeys of the contact; what the protocol refuses.
pub fn queue(
    device: &mut Device,
    relays: &mut Relays,
    contact: &Contact,
    draft: &Draft,
) -> Result<Queued> {
    let peer = contact.account_id()?;
    if device.revoked().has(peer.as_bytes(), 0) {
        return Err(Error::refused(format!(
            "{}'s account was revoked by its organisation",
            contact.name
        )));
    }
    let bundles = if device.read(|account| Ok(sessions(account, &peer, now()).is_empty()))? {
        bundles(relays, contact)?
    } else {
        Vec::new()
    };
    let message_id: [u8; 16] =
        crypto::random().ok_or_else(|| Error::fault("the system has no randomness"))?;
    let (contact, mut draft) = (contact.clone(), draft.clone());
    device.step(move |account, tx, profile| {
        let now = now();
        if let Some(path) = &draft.enclosed {
            let url = contact.relay.clone().unwrap_or_else(|| profile.relay.clone());
            draft.file = Some(enclose(tx, path, url)?);
        }
        let draft = &draft;
        for bundle in &bundles {
            match account.initiate(&peer, bundle, None, now, &mut crypto::rng()) {
                Ok((initiated, changes)) => {
                    tx.apply(&changes)?;
                    let devices = &initiated.devices;
                    let (added, removed) = (&devices.added, &devices.removed);
                    tx.tell(device_notices(&contact.name, added, removed))?;
                }
                // Another process was first: its session will do.
                Err(Refused::Misuse(Misuse::HandshakeInProgress)) => {}
                Err(error) => return Err(advice(error.into(), &contact)),
            }
        }
        let content = content(account, message_id, draft, now);
        let frame = Frame::application(&content.to_bytes());
        let url = contact.relay.as_deref().unwrap_or_default();
        let sessions = sessions(account, &peer, now);
        if sessions.is_empty() {
            return Err(Error::not_found(format!("{} has no device to send to", contact.name))
                .next(
                    "ask your contact to run `sceau receive` once, so that prekeys are published",
                ));
        }
        let mut outbox = Vec::new();
        for session in &sessions {
            let sealed = seal(account, tx, session, &frame, url, now);
            outbox.push(sealed.map_err(|error| advice(error, &contact))?);
        }
        if let Some(upload) = draft.upload {
            tx.delete(Kind::Transfer, upload)?;
        }
        forget_bundle(tx, &contact)?;
        let message = message(&contact, &content, draft, now);
        let number = tx.add(Kind::Message, &message)?;
        let devices = sessions.len();
        Ok(Queued { number, message_id: message.message_id, devices, outbox })
    })
}

/// What `encrypt` says of a session that takes nothing now: another one, or another time, may. `limit`: it waits for its
/// first answer, and has sent what may be sent before that (`HS-06`).
const SESSION: [&str; 6] =
    ["limit", "chain_exhausted", "session_replaced", "session_expired", "archived", "closed"];

/// Whether a failure to seal is one of that session now, and of nothing else.
#[must_use]
pub fn is_of_session(error: &Error) -> bool {
    error.class.is_some_and(|class| SESSION.contains(&class))
}

/// Seals a frame in a session and puts the envelope into the outbox, after what was to be announced there (`ID-15`); gives
/// its item.
///
/// # Errors
/// As `encrypt`.
pub fn seal(
    account: &mut Account,
    tx: &mut Tx<'_>,
    session: &SessionId,
    frame: &Frame,
    url: &str,
    now: u64,
) -> Result<i64> {
    for (number, owed) in tx.items::<Owed>(Kind::Owed)? {
        if owed.session == hex::encode(session.as_bytes()) {
            let frame = announcement(account, owed.content_type);
            seal_frame(account, tx, session, &frame, url, now)?;
            tx.delete(Kind::Owed, number)?;
        }
    }
    seal_frame(account, tx, session, frame, url, now)
}

fn seal_frame(
    account: &mut Account,
    tx: &mut Tx<'_>,
    session: &SessionId,
    frame: &Frame,
    url: &str,
    now: u64,
) -> Result<i64> {
    let (out, changes) = account.encrypt(session, frame, b"", now)?;
    tx.apply(&changes)?;
    let limits = &account.policy().limits;
    let envelope = Envelope::new(out.mailbox, out.contact, out.message, now, limits);
    let outgoing = Outgoing { chunk: false, url: url.to_owned(), envelope };
    tx.add_raw(Kind::Outbox, &outgoing.to_bytes())
}

/// An announcement that a session did not take when it was due.
#[derive(Serialize, Deserialize, PartialEq)]
struct Owed {
    /// The session's id, in hex.
    session: String,
    content_type: u8,
}

/// What a device announces of itself, as it is now.
fn announcement(account: &Account, of: u8) -> Frame {
    match of {
        content_type::CREDENTIAL_UPDATE => Frame::new(of, &account.credential_update()),
        _ => Frame::new(of, &account.device_list_update()),
    }
}

/// Announces the own credential or list in each session in which is sent, those with members of groups who are no contacts
/// too (`ID-15`). A session that takes nothing now gets it before anything else, and keeps no other one from it.
///
/// # Errors
/// As any step.
pub fn announce(account: &mut Account, tx: &mut Tx<'_>, of: u8, now: u64) -> Result<()> {
    let contacts: Vec<(i64, Contact)> = tx.items(Kind::Contact)?;
    let mut owed: Vec<(i64, Owed)> = tx.items(Kind::Owed)?;
    let known: Vec<String> =
        account.sessions().map(|session| hex::encode(session.id().as_bytes())).collect();
    for (number, _) in owed.extract_if(.., |(_, owed)| !known.contains(&owed.session)) {
        tx.delete(Kind::Owed, number)?;
    }
    let peers: Vec<AccountId> = account.peers().map(|(id, _)| id.clone()).collect();
    let frame = announcement(account, of);
    for peer in peers {
        let id = hex::encode(peer.as_bytes());
        let contact = contacts.iter().find(|(_, contact)| contact.account == id);
        let url = contact.and_then(|(_, contact)| contact.relay.as_deref()).unwrap_or_default();
        // Those too that take nothing now.
        for session in live(account, &peer) {
            let item = Owed { session: hex::encode(session.as_bytes()), content_type: of };
            if owed.iter().any(|(_, owed)| *owed == item) {
                continue;
            }
            match seal(account, tx, &session, &frame, url, now) {
                Err(error) if is_of_session(&error) => drop(tx.add(Kind::Owed, &item)?),
                done => drop(done?),
            }
        }
    }
    Ok(())
}

/// The serials of an account's listed devices.
fn serials<'a>(account: &'a Account, peer: &AccountId) -> impl Iterator<Item = u64> + 'a {
    let list = account.peers().find(|(id, _)| *id == peer).map(|(_, list)| list);
    list.into_iter().flat_map(|list| &list.tbs().devices).map(|entry| entry.serial)
}

/// The live session of each listed device of an account.
fn live(account: &Account, peer: &AccountId) -> Vec<SessionId> {
    serials(account, peer).filter_map(|serial| account.live_session(peer, serial)).collect()
}

/// The sessions to send in: the live one of each listed device of an account, unless it is too old or used up.
#[must_use]
pub fn sessions(account: &Account, peer: &AccountId, now: u64) -> Vec<SessionId> {
    serials(account, peer).filter_map(|serial| session_to(account, peer, serial, now)).collect()
}

/// The session to send in to a device, unless it is too old or used up.
#[must_use]
pub fn session_to(account: &Account, peer: &AccountId, serial: u64, now: u64) -> Option<SessionId> {
    let age = account.policy().limits.max_session_age;
    let usable = |id: &SessionId| {
        account.session(id).is_some_and(|session| {
            now.saturating_sub(session.created_at()) < age && session.sent() < MAX_CHAIN_LENGTH
        })
    };
    account.live_session(peer, serial).filter(usable)
}

/// Prekey bundles of a contact's devices: of a file, or from the contact's relay.
///
/// # Errors
/// None there; a relay that can't be reached.
pub fn bundles(relays: &mut Relays, contact: &Contact) -> Result<Vec<Vec<u8>>> {
    if let Some(bundle) = &contact.bundle {
        return hex::decode(bundle).map(|bundle| vec![bundle]).map_err(|error| {
            Error::fault(format!("the prekeys of {} in the store: {error}", contact.name))
        });
    }
    let (url, id) = (contact.relay.as_deref().unwrap_or_default(), contact.account_id()?);
    let answer = relays.ask(url, |net| net.fetch(&id))?;
    if answer.bundles.is_empty() {
        return Err(Error::not_found(format!("the relay has no prekeys of {}", contact.name)).next(
            "check the account id, and the contact's relay (`sceau add --relay`); or import a file of prekeys that \
             your contact has exported",
        ));
    }
    Ok(answer.bundles.iter().map(Wire::to_bytes).collect())
}

/// Prekeys from a file serve once.
///
/// # Errors
/// As any write.
pub fn forget_bundle(tx: &mut Tx<'_>, contact: &Contact) -> Result<()> {
    if contact.bundle.is_none() {
        return Ok(());
    }
    let contacts: Vec<(i64, Contact)> = tx.items(Kind::Contact)?;
    for (id, mut stored) in contacts {
        if stored.account == contact.account {
            stored.bundle = None;
            tx.replace(Kind::Contact, id, &stored)?;
        }
    }
    Ok(())
}

fn content(account: &Account, message_id: [u8; 16], draft: &Draft, now: u64) -> Content {
    let (content_type, body) = match draft {
        Draft { file: Some(reference), .. } => (kind::ATTACHMENT, reference.to_bytes()),
        Draft { delete: Some(id), .. } => (kind::DELETE, id.clone()),
        Draft { text, .. } => (kind::TEXT, text.clone().unwrap_or_default().into_bytes()),
    };
    Content {
        content_type,
        message_id,
        sent_at: now,
        sender_serial: account.serial(),
        in_reply_to: draft.in_reply_to.clone(),
        body,
        extensions: Vec::new(),
    }
}

fn message(contact: &Contact, content: &Content, draft: &Draft, now: u64) -> Message {
    let file = draft.file.as_ref().map(|reference| File {
        name: String::from_utf8_lossy(&reference.name).into_owned(),
        size: reference.size,
        saved: None,
        reference: hex::encode(reference.to_bytes()),
    });
    let reply = Some(&content.in_reply_to).filter(|id| !id.is_empty());
    Message {
        direction: Direction::Out,
        account: contact.account.clone(),
        group: None,
        late: None,
        message_id: hex::encode(content.message_id),
        sent_at: now,
        stored_at: now,
        text: draft.text.clone(),
        file,
        unknown: None,
        in_reply_to: reply.map(hex::encode),
        apart: false,
        shown: true,
        delivered: false,
        deleted: false,
    }
}

/// Says what to do about what the protocol refuses.
fn advice(error: Error, contact: &Contact) -> Error {
    let name = &contact.name;
    let next = match error.class {
        Some("session_replaced") => {
            format!("{name} has begun a new session: see `sceau list`, then `sceau accept {name}` or `decline`")
        }
        Some("unauthorised_device") => {
            "the account has no signature of an issuer that this client trusts".to_owned()
        }
        Some("identity_mismatch" | "bad_signature" | "bad_path" | "rollback") => {
            "the relay served something that is not your contact's: tell its operator, and compare safety numbers"
                .to_owned()
        }
        Some("stale_list" | "expired") => {
            format!("ask {name} to run `sceau receive`, which renews what is published")
        }
        Some("limit") => format!("{name} has not answered for long: wait until they run `sceau receive`"),
        _ => return error,
    };
    error.next(next)
}
