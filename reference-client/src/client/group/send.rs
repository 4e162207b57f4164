//! Sending to a group: a draft is sealed for the present epoch, and then in a session for each other member (`GDS-01`).
//!
//! A draft stays until its envelopes have left and the group, asked after that, was still in an epoch from which the
//! message is read; else it is sealed again. Whoever has got it twice shows it once, by its message id.

use super::GROUP_NAME;
use super::identity::{device_of, policy};
use super::model::{DeviceOf, Draft, GroupItem, account_of, stored};
use super::people::{name_of, names};
use crate::client::device::Device;
use crate::client::model::{Contact, Direction, Message};
use crate::client::receive::Report;
use crate::client::received::device_notices;
use crate::client::relays::Relays;
use crate::client::send::{bundles, forget_bundle, is_of_session, seal, session_to};
use crate::client::store::{ClientStore, Kind, Tx};
use crate::crypto;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::text::count;
use crate::time::now;
use sceau::error::Misuse;
use sceau::group::{Group, GroupContent};
use sceau::limits::MAX_FRAME;
use sceau::pairwise::content::{Content, kind};
use sceau::pairwise::{Account, AccountId, Extension, Frame, PrekeyBundle};
use sceau::{Error as Refused, Wire};
use std::collections::HashSet;

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

/// Looks at a group's drafts, right after the relay has said that its epoch is the newest, and before anything new is done
/// in it: those that have left in time are done. Those that have not, or not to all before the epoch has changed, are to be
/// sealed again: who was removed meanwhile gets nothing more. Those that are too old (as keys that were passed over,
/// `skipped_key_age`) are given up, and the person is told.
///
/// # Errors
/// As any write.
pub fn settle(
    account: &Account,
    tx: &mut Tx<'_>,
    item: &mut GroupItem,
    group: &Group,
) -> Result<()> {
    let max_past_epochs = u64::from(policy(account).max_past_epochs);
    let drafts: Vec<(i64, Draft)> = tx.items(Kind::GroupDraft)?;
    for (number, mut draft) in drafts.into_iter().filter(|(_, draft)| draft.group == item.id) {
        draft.outbox = unsent(tx, &draft.outbox)?;
        let waits = !draft.to.is_empty() || !draft.outbox.is_empty();
        let too_old = now().saturating_sub(draft.at) >= account.policy().limits.skipped_key_age;
        let behind = draft.sealed.as_ref().map(|(epoch, _)| group.epoch().saturating_sub(*epoch));
        let again = behind.is_some_and(|behind| behind > max_past_epochs || waits && behind > 0);
        if too_old || again {
            draft.outbox.iter().try_for_each(|old| tx.delete(Kind::Outbox, *old))?;
        }
        if too_old {
            tx.delete(Kind::GroupDraft, number)?;
            tx.tell([format!(
                "a message to {} waited for too long and is not sent any more: say it again",
                item.name
            )])?;
        } else if again {
            (draft.sealed, draft.to, draft.outbox) = (None, Vec::new(), Vec::new());
            tx.replace(Kind::GroupDraft, number, &draft)?;
        } else if draft.sealed.is_some() && !waits {
            tx.delete(Kind::GroupDraft, number)?;
        }
    }
    // Own proposals are of their epoch (GDS-25).
    item.proposed = unsent(tx, &item.proposed)?;
    if group.proposal_count() == 0 {
        item.proposed.iter().try_for_each(|old| tx.delete(Kind::Outbox, *old))?;
        item.proposed.clear();
    }
    Ok(())
}

/// What was sealed in a state of a group that another one takes the place of does not leave; its drafts are the other one's,
/// whose id is `id`, and are sealed anew.
///
/// # Errors
/// As any write.
pub fn hand_over(tx: &mut Tx<'_>, item: &GroupItem, id: &str) -> Result<()> {
    item.proposed.iter().try_for_each(|old| tx.delete(Kind::Outbox, *old))?;
    for (number, draft) in tx.items::<Draft>(Kind::GroupDraft)? {
        if draft.group == item.id {
            draft.outbox.iter().try_for_each(|old| tx.delete(Kind::Outbox, *old))?;
            let (group, to, outbox) = (id.to_owned(), Vec::new(), Vec::new());
            let draft = Draft { group, sealed: None, to, outbox, ..draft };
            tx.replace(Kind::GroupDraft, number, &draft)?;
        }
    }
    Ok(())
}

/// Gives up what waits to be sent to a group that the device is out of, and tells the person; whether there was something.
///
/// # Errors
/// As any write.
pub fn give_up(tx: &mut Tx<'_>, item: &mut GroupItem) -> Result<bool> {
    let mut sent = std::mem::take(&mut item.proposed);
    let mut given_up = 0;
    for (number, draft) in tx.items::<Draft>(Kind::GroupDraft)? {
        if draft.group == item.id {
            let left = draft.sealed.is_some() && draft.to.is_empty();
            let left = left && unsent(tx, &draft.outbox)?.is_empty();
            given_up += usize::from(!left);
            sent.extend(draft.outbox);
            tx.delete(Kind::GroupDraft, number)?;
        }
    }
    sent.iter().try_for_each(|sent| tx.delete(Kind::Outbox, *sent))?;
    if given_up > 0 {
        let messages = count(given_up, "message");
        tx.tell([format!("{messages} to {} did not go to all, and will not", item.name)])?;
    }
    Ok(given_up > 0)
}

/// Those of the items that are in the outbox.
fn unsent(tx: &Tx<'_>, items: &[i64]) -> Result<Vec<i64>> {
    let mut left = Vec::new();
    for item in items {
        if tx.has(Kind::Outbox, *item)? {
            left.push(*item);
        }
    }
    Ok(left)
}

/// What stays in the outbox now: what is for groups in which nothing is sent, since the relay has not answered within
/// `commit_poll`, or something did not fit (`GDS-08`, `GDS-12`).
///
/// # Errors
/// A store that is damaged.
pub fn held(store: &ClientStore, now: u64) -> Result<HashSet<i64>> {
    let groups = store.groups()?;
    let stays = |id: &str| !groups.iter().any(|(_, item)| item.id == id && item.may_leave(now));
    let drafts: Vec<(i64, Draft)> = store.items(Kind::GroupDraft)?;
    let drafts = drafts.into_iter().filter(|(_, draft)| stays(&draft.group));
    let proposed = groups.iter().filter(|(_, item)| stays(&item.id));
    let proposed = proposed.flat_map(|(_, item)| item.proposed.iter().copied());
    Ok(drafts.flat_map(|(_, draft)| draft.outbox).chain(proposed).collect())
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
) -> Result<Vec<String>> {
    let mut notices = Vec::new();
    for unsent in std::mem::take(&mut item.welcomes) {
        let mut devices = group.members().filter_map(|(_, leaf)| device_of(leaf));
        if !devices.any(|device| device == unsent.to) {
            continue;
        }
        let content = GroupContent { relay: group.relay(), message: stored(&unsent.welcome)? };
        if seal_for(account, tx, &unsent.to, &content, Some(&item.name), now())?.is_none() {
            let who = names(tx, std::slice::from_ref(&unsent.to))?;
            notices.push(format!(
                "the Welcome of {who} to {} waits for a session: write to them, or remove them and add them again",
                item.name
            ));
            item.welcomes.push(unsent);
        }
    }
    Ok(notices)
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

/// Begins sessions with the members of a group with whom there is none.
///
/// # Errors
/// A relay that can't be reached.
pub fn reach_members(
    device: &mut Device,
    relays: &mut Relays,
    id: &str,
    report: &mut Report,
) -> Result<()> {
    let without = device.step(|account, tx, _| {
        let Some((_, item)) = tx.group_item_if_known(id)? else { return Ok(Vec::new()) };
        let without = |device: &DeviceOf| {
            account_of(device)
                .is_ok_and(|peer| session_to(account, &peer, device.1, now()).is_none())
        };
        Ok(others(account, tx, &item)?.into_iter().filter(without).collect())
    })?;
    open_sessions(device, relays, &without, report)
}

/// The devices of a group's other members.
fn others(account: &Account, tx: &Tx<'_>, item: &GroupItem) -> Result<Vec<DeviceOf>> {
    if item.may_send().is_err() {
        return Ok(Vec::new());
    }
    let group = tx.group(&item.group_id()?, policy(account))?;
    let own = group.own_leaf();
    let others = group.members().filter(|(leaf, _)| *leaf != own);
    Ok(others.filter_map(|(_, leaf)| device_of(leaf)).collect())
}

/// Begins sessions with devices, with prekeys from their relays; so their lists are pinned as well. What fails for one is
/// told, and is tried again another time.
///
/// # Errors
/// The own relay, when it can't be reached.
pub fn open_sessions(
    device: &mut Device,
    relays: &mut Relays,
    wanted: &[DeviceOf],
    report: &mut Report,
) -> Result<()> {
    let mut accounts: Vec<&String> = wanted.iter().map(|(account, _)| account).collect();
    accounts.sort();
    accounts.dedup();
    for account in accounts {
        let known = device.contacts()?.into_iter().find(|(_, contact)| contact.account == *account);
        let contact = known.map(|(_, contact)| contact).unwrap_or_else(|| Contact {
            name: name_of(&[], account),
            account: account.clone(),
            relay: None,
            verified: false,
            bundle: None,
            groups: false,
        });
        let found = match bundles(relays, &contact) {
            Err(error) if error.kind == ErrorKind::Unreachable && contact.relay.is_none() => {
                return Err(error);
            }
            Err(error) => {
                report.notices.push(format!("{} can't be reached now: {error}", contact.name));
                continue;
            }
            Ok(found) => found,
        };
        let peer = contact.account_id()?;
        let failed = device.step(|account, tx, _| {
            forget_bundle(tx, &contact)?;
            initiate(account, tx, &contact.name, &peer, &found)
        })?;
        report.notices.extend(failed);
    }
    Ok(())
}

fn initiate(
    account: &mut Account,
    tx: &mut Tx<'_>,
    name: &str,
    peer: &AccountId,
    bundles: &[Vec<u8>],
) -> Result<Option<String>> {
    let mut failed = None;
    for encoded in bundles {
        let bundle = PrekeyBundle::from_bytes(encoded)?;
        // The list may be newer than the pinned one, whether or not there is a session.
        match account.apply_device_lists(peer, &bundle.device_lists.to_bytes(), now()) {
            Ok((applied, changes)) => {
                tx.apply(&changes)?;
                let devices = &applied.devices;
                tx.tell(device_notices(name, &devices.added, &devices.removed))?;
            }
            Err(error @ Refused::Provider(_)) => return Err(error.into()),
            Err(error) => {
                failed = Some(format!("{name} can't be reached now ({error})"));
                continue;
            }
        }
        let serial = bundle.credential.tbs().serial;
        if session_to(account, peer, serial, now()).is_some() {
            continue;
        }
        match account.initiate(peer, encoded, None, now(), &mut crypto::rng()) {
            Ok((_, changes)) => tx.apply(&changes)?,
            Err(error @ Refused::Provider(_)) => return Err(error.into()),
            Err(Refused::Misuse(Misuse::HandshakeInProgress)) => {}
            Err(error) => failed = Some(format!("{name} can't be reached now ({error})")),
        }
    }
    Ok(failed)
}
