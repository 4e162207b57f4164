//! Sending to a group: a draft is sealed for the present epoch, and then in a session for each other member (`GDS-01`).
//! What becomes of it then, module `settle` knows.

use super::GROUP_NAME;
use super::identity::{device_of, policy};
use super::model::{DeviceOf, Draft, GroupItem, account_of, stored};
use super::people::names;
use super::reach::{others, reach_members};
use crate::client::device::Device;
use crate::client::model::{Contact, Direction, Message};
use crate::client::receive::Report;
use crate::client::relays::Relays;
use crate::client::send::{is_of_session, seal, session_to};
use crate::client::store::{Kind, Tx};
use crate::crypto;
use crate::error::{Error, Result};
use crate::time::now;
use sceau::error::Misuse;
use sceau::group::{Group, GroupContent};
use sceau::limits::MAX_FRAME;
use sceau::pairwise::content::{Content, kind};
use sceau::pairwise::{Account, Extension, Frame};
use sceau::{Error as Refused, Wire};

/// Bytes of a frame beside a long body.
const FRAME: usize = 8;

/// The content that carries a `GroupContent`, with a group's name where it is a Welcome.
///
/// # Errors
/// One that fits in no frame (`GDS-11`).
pub fn content_of(content: &GroupContent, name: Option<&str>) -> Result<Content> {
    let name =
        name.map(|name| Extension { extension_type: GROUP_NAME, data: name.as_bytes().to_vec() });
    let content = Content {
        content_type: kind::GROUP,
        message_id: [0; 16],
        sent_at: 0,
        sender_serial: 0,
        in_reply_to: Vec::new(),
        body: content.to_bytes(),
        extensions: name.into_iter().collect(),
    };
    if content.to_bytes().len() + FRAME > MAX_FRAME as usize {
        return Err(too_long());
    }
    Ok(content)
}

/// What is longer than a session takes (`GDS-11`).
fn too_long() -> Error {
    let mut error = Error::refused("what is to be sent fits into no message");
    error.class = Some("limit");
    error
}

/// Seals a draft's content for the group's present epoch, as a message that fits into a session's; none when it never will.
fn sealed(group: &mut Group, content: &[u8]) -> std::result::Result<Option<Vec<u8>>, Refused> {
    match group.encrypt(content, b"", &mut crypto::rng()) {
        Ok(message) => {
            let fits = content_of(&GroupContent::of(message.clone()), None).is_ok();
            Ok(fits.then_some(message))
        }
        Err(error) if error.class() == "limit" => Ok(None),
        Err(error) => Err(error),
    }
}

/// Seals a `GroupContent` for a device and puts it into the outbox, with a group's name where it is a Welcome; gives its
/// item, or none when there is no session that takes it now.
///
/// # Errors
/// As any write; as [`content_of`].
pub fn seal_for(
    account: &mut Account,
    tx: &mut Tx<'_>,
    device: &DeviceOf,
    content: &GroupContent,
    name: Option<&str>,
    now: u64,
) -> Result<Option<i64>> {
    let peer = account_of(device)?;
    let Some(session) = session_to(account, &peer, device.1, now) else { return Ok(None) };
    let message_id: [u8; 16] =
        crypto::random().ok_or_else(|| Error::fault("the system has no randomness"))?;
    let serial = account.serial();
    let content = content_of(content, name)?;
    let content = Content { message_id, sent_at: now, sender_serial: serial, ..content };
    let contacts: Vec<(i64, Contact)> = tx.items(Kind::Contact)?;
    let contact = contacts.into_iter().find(|(_, contact)| contact.account == device.0);
    let url = contact.and_then(|(_, contact)| contact.relay).unwrap_or_default();
    let frame = Frame::application(&content.to_bytes());
    match seal(account, tx, &session, &frame, &url, now) {
        Ok(item) => Ok(Some(item)),
        // A session that takes no more now: another try comes later.
        Err(error) if is_of_session(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts a text among what is to be sent to a group; gives the number of its message.
///
/// # Errors
/// A group in which is not sent; a text that is too long for a message.
pub fn queue(device: &mut Device, id: &str, text: &str) -> Result<(i64, String)> {
    let message_id: [u8; 16] =
        crypto::random().ok_or_else(|| Error::fault("the system has no randomness"))?;
    device.step(|account, tx, _| {
        let (_, item) = tx.group_item(id)?;
        item.may_send()?;
        let now = now();
        let content = Content {
            content_type: kind::TEXT,
            message_id,
            sent_at: now,
            sender_serial: account.serial(),
            in_reply_to: Vec::new(),
            body: text.as_bytes().to_vec(),
            extensions: Vec::new(),
        };
        // A try, which neither leaves nor is stored.
        let mut group = tx.group(&item.group_id()?, policy(account))?;
        match sealed(&mut group, &content.to_bytes()) {
            Ok(None) => return Err(too_long().next("say it in several messages")),
            Ok(Some(_)) | Err(Refused::Misuse(Misuse::ProposalsPending)) => {}
            Err(error) => return Err(error.into()),
        }
        let message = Message {
            direction: Direction::Out,
            account: String::new(),
            group: Some(id.to_owned()),
            late: None,
            message_id: hex::encode(message_id),
            sent_at: now,
            stored_at: now,
            text: Some(text.to_owned()),
            file: None,
            unknown: None,
            in_reply_to: None,
            apart: false,
            shown: true,
            delivered: false,
            deleted: false,
        };
        let number = tx.add(Kind::Message, &message)?;
        let content = hex::encode(content.to_bytes());
        let draft = Draft {
            group: id.to_owned(),
            content,
            sealed: None,
            to: Vec::new(),
            outbox: Vec::new(),
            at: now,
        };
        tx.add(Kind::GroupDraft, &draft)?;
        Ok((number, message.message_id))
    })
}

/// The messages to a group that have not left.
///
/// # Errors
/// A store that is damaged.
pub fn drafts(device: &mut Device, id: &str) -> Result<Vec<Draft>> {
    let drafts: Vec<(i64, Draft)> = device.store().items(Kind::GroupDraft)?;
    let drafts = drafts.into_iter().map(|(_, draft)| draft);
    Ok(drafts.filter(|draft| draft.group == id).collect())
}

/// Seals a group's drafts in its present epoch and puts them into the outbox, for each other member that there is a
/// session with; begins sessions with the others.
///
/// # Errors
/// A relay that can't be reached.
pub fn seal_drafts(
    device: &mut Device,
    relays: &mut Relays,
    id: &str,
    report: &mut Report,
) -> Result<()> {
    let drafts: Vec<(i64, Draft)> = device.store().items(Kind::GroupDraft)?;
    let open = |draft: &Draft| draft.sealed.is_none() || !draft.to.is_empty();
    if !drafts.iter().any(|(_, draft)| draft.group == id && open(draft)) {
        return Ok(());
    }
    reach_members(device, relays, id, report)?;
    device.step(|account, tx, _| {
        let Some((_, item)) = tx.group_item_if_known(id)? else { return Ok(()) };
        // GDS-08
        if !item.may_leave(now()) {
            return Ok(());
        }
        let others = others(account, tx, &item)?;
        let mut group = tx.group(&item.group_id()?, policy(account))?;
        let drafts: Vec<(i64, Draft)> = tx.items(Kind::GroupDraft)?;
        for (number, mut draft) in drafts.into_iter().filter(|(_, draft)| draft.group == id) {
            if draft.sealed.is_none() {
                match sealed(&mut group, &stored(&draft.content)?) {
                    Ok(Some(message)) => {
                        draft.sealed = Some((group.epoch(), hex::encode(message)));
                    }
                    // What never fits keeps nothing else from being sent.
                    Ok(None) => {
                        tx.delete(Kind::GroupDraft, number)?;
                        tx.tell([format!(
                            "a message to {} is too long and is not sent: say it in several messages",
                            item.name
                        )])?;
                        continue;
                    }
                    // A proposal is to be committed first, by whoever does it.
                    Err(Refused::Misuse(Misuse::ProposalsPending)) => break,
                    Err(error) => return Err(error.into()),
                }
                draft.to.clone_from(&others);
            }
            let Some((_, message)) = &draft.sealed else { continue };
            let content = GroupContent::of(stored(message)?);
            let mut left = Vec::new();
            for to in std::mem::take(&mut draft.to) {
                if !others.contains(&to) {
                    continue;
                }
                match seal_for(account, tx, &to, &content, None, now())? {
                    Some(item) => draft.outbox.push(item),
                    None => left.push(to),
                }
            }
            draft.to = left;
            tx.replace(Kind::GroupDraft, number, &draft)?;
        }
        tx.save_group(&mut group)
    })
}

/// Seals Welcomes for newcomers with whom there is a session; the others wait (`GDS-47`), and are told.
///
/// # Errors
/// As any write.
pub fn deliver_welcomes(
    account: &mut Account,
    tx: &mut Tx<'_>,
    item: &mut GroupItem,
    group: &Group,
) -> Result<()> {
    for unsent in std::mem::take(&mut item.welcomes) {
        let mut devices = group.members().filter_map(|(_, leaf)| device_of(leaf));
        if !devices.any(|device| device == unsent.to) {
            continue;
        }
        let content = GroupContent { relay: group.relay(), message: stored(&unsent.welcome)? };
        if seal_for(account, tx, &unsent.to, &content, Some(&item.name), now())?.is_none() {
            let who = names(tx, std::slice::from_ref(&unsent.to))?;
            tx.tell([format!(
                "the Welcome of {who} to {} waits for a session: write to them, or remove them and add them again",
                item.name
            )])?;
            item.welcomes.push(unsent);
        }
    }
    Ok(())
}
