//! What came in sessions for groups: kept with the step that decrypted it, looked at when its group can.

use super::GROUP_NAME;
use super::identity::{device_of, policy};
use super::join::{Joined, join};
use super::limits::{FULL_EARLY_BYTES, MAX_EARLY, MAX_EARLY_BYTES};
use super::model::{DeviceOf, GroupItem, Status, Waiting, account_of};
use super::packages;
use super::people::names;
use crate::client::device::Device;
use crate::client::model::{Contact, Direction, Late, Message};
use crate::client::receive::Report;
use crate::client::store::{Kind, Tx};
use crate::error::Result;
use crate::text::count;
use crate::time::now;
use sceau::group::{
    Group, GroupContent, MlsMessage, PrivateMessage, PskStore, Received, application_content,
};
use sceau::pairwise::content::{Content, kind};
use sceau::pairwise::{Account, SessionStatus};
use sceau::{Error as Refused, Wire};
use std::collections::{BTreeMap, BTreeSet};

/// Keeps a `GroupContent` for [`look`]; an encoding that is wrong is refused.
///
/// # Errors
/// As any write.
pub fn keep(
    tx: &mut Tx<'_>,
    from: DeviceOf,
    content: &Content,
    status: Option<SessionStatus>,
    report: &mut Report,
) -> Result<()> {
    let read = GroupContent::from_bytes(&content.body);
    let message = match read.and_then(|read| MlsMessage::from_bytes(&read.message)) {
        Ok(message) => message,
        Err(error) => {
            report.refuse(error.class());
            return Ok(());
        }
    };
    // What admits to groups does not come from somebody whose session the person has not accepted.
    let admits = matches!(message, MlsMessage::Welcome(_) | MlsMessage::KeyPackage(_));
    if admits && status == Some(SessionStatus::Unaccepted) {
        report.refuse("unauthorised_device");
        return Ok(());
    }
    let name = content.extensions.iter().find(|extension| extension.extension_type == GROUP_NAME);
    let name = name.map(|name| String::from_utf8_lossy(&name.data).into_owned());
    let waiting = Waiting { from, content: hex::encode(&content.body), of: None, name, at: now() };
    tx.add(Kind::GroupInbox, &waiting).map(|_| ())
}

/// What of a peer waits.
#[derive(Clone, Copy, Default)]
struct Amount {
    messages: usize,
    bytes: usize,
}

impl Amount {
    fn add(&mut self, waiting: &Waiting) {
        self.messages += 1;
        // In hex.
        self.bytes += waiting.content.len() / 2;
    }

    /// How many more messages may wait.
    fn room(self) -> usize {
        if self.bytes < FULL_EARLY_BYTES { MAX_EARLY.saturating_sub(self.messages) } else { 0 }
    }

    /// Whether it may wait.
    fn fits(self) -> bool {
        self.messages <= MAX_EARLY && self.bytes <= MAX_EARLY_BYTES
    }
}

/// What of each peer waits.
fn waiting(device: &mut Device) -> Result<BTreeMap<DeviceOf, Amount>> {
    let mut amounts: BTreeMap<DeviceOf, Amount> = BTreeMap::new();
    for (_, waiting) in device.store().items::<Waiting>(Kind::GroupInbox)? {
        amounts.entry(waiting.from.clone()).or_default().add(&waiting);
    }
    Ok(amounts)
}

/// How many more messages may wait (`GDS-38`): of a peer, or of anybody; of those `beyond` any number may.
///
/// # Errors
/// A store that is damaged.
pub fn room(
    device: &mut Device,
    of: Option<&DeviceOf>,
    beyond: &BTreeSet<DeviceOf>,
) -> Result<usize> {
    let amounts = waiting(device)?;
    let of = amounts.iter().filter(|(peer, _)| of.is_none_or(|of| of == *peer));
    let least = of.filter(|(peer, _)| !beyond.contains(*peer)).map(|(_, of)| of.room()).min();
    Ok(least.unwrap_or(MAX_EARLY))
}

/// The peers of whom no more messages may wait.
///
/// # Errors
/// A store that is damaged.
pub fn full(device: &mut Device) -> Result<BTreeSet<DeviceOf>> {
    let full = waiting(device)?.into_iter().filter(|(_, amount)| amount.room() == 0);
    Ok(full.map(|(peer, _)| peer).collect())
}

/// The peers of whom something waits for a later epoch of a group that this device follows, if it is one of `which`.
///
/// # Errors
/// A store that is damaged.
pub fn wait_for_own(
    device: &mut Device,
    which: impl Fn(&GroupItem) -> bool,
) -> Result<BTreeSet<DeviceOf>> {
    let groups = device.store().groups()?.into_iter();
    let followed = groups.filter(|(_, item)| item.status == Status::Active && which(item));
    let followed: BTreeSet<String> = followed.map(|(_, item)| item.id).collect();
    let mut peers = BTreeSet::new();
    for (_, waiting) in device.store().items::<Waiting>(Kind::GroupInbox)? {
        if let MlsMessage::Private(message) = waiting.open()?.1
            && followed.contains(&hex::encode(&message.group_id))
        {
            peers.insert(waiting.from);
        }
    }
    Ok(peers)
}

/// What becomes of something that waits.
enum Outcome {
    Done,
    /// For later: another epoch, a group that this device is not in yet (`GDS-38`).
    Waits,
    /// For later: a Welcome into a group of this id, which the device is in (`GDS-39`).
    SetAside(String),
    Refused(&'static str),
}

/// The groups of a step, each loaded once.
struct Loaded<'a> {
    account: &'a Account,
    groups: BTreeMap<String, (i64, GroupItem, Group)>,
}

impl Loaded<'_> {
    fn group(&mut self, tx: &Tx<'_>, id: &str) -> Result<Option<&mut (i64, GroupItem, Group)>> {
        if !self.groups.contains_key(id) {
            let items: Vec<(i64, GroupItem)> = tx.items(Kind::Group)?;
            let found = items.into_iter().find(|(_, item)| item.id == id);
            let Some((number, item)) = found else { return Ok(None) };
            let group = tx.group_if_kept(&item.group_id()?, policy(self.account))?;
            let Some(group) = group else { return Ok(None) };
            self.groups.insert(id.to_owned(), (number, item, group));
        }
        Ok(self.groups.get_mut(id))
    }

    /// Stores what was loaded, and forgets it: whoever wants one of them after that loads it again.
    fn store(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        for (number, item, mut group) in std::mem::take(&mut self.groups).into_values() {
            tx.save_group(&mut group)?;
            tx.replace(Kind::Group, number, &item)?;
        }
        Ok(())
    }
}

/// Looks at all that waits, and stores what comes of it, in one transaction.
///
/// # Errors
/// A store that can't be read or written.
pub fn look(device: &mut Device, report: &mut Report) -> Result<()> {
    let done = device.step(|account, tx, _| {
        let mut done = Report::default();
        let mut loaded = Loaded { account, groups: BTreeMap::new() };
        let age = account.policy().limits.skipped_key_age;
        let mut waits: BTreeMap<DeviceOf, Vec<(i64, Waiting)>> = BTreeMap::new();
        let mut refused = BTreeSet::new();
        for (number, mut waiting) in tx.items::<Waiting>(Kind::GroupInbox)? {
            let outcome = take(tx, &mut loaded, &waiting, &mut refused, &mut done)?;
            let too_old = now().saturating_sub(waiting.at) >= age;
            match outcome {
                Outcome::Waits if !too_old => {
                    waits.entry(waiting.from.clone()).or_default().push((number, waiting));
                    continue;
                }
                Outcome::SetAside(of) if !too_old => {
                    waiting.of = Some(of);
                    tx.replace(Kind::GroupInbox, number, &waiting)?;
                    waits.entry(waiting.from.clone()).or_default().push((number, waiting));
                    continue;
                }
                Outcome::SetAside(_) => done.notices.push(format!(
                    "a Welcome of {} to a group that you are in was dropped: its relay has not answered for too long",
                    names(tx, std::slice::from_ref(&waiting.from))?
                )),
                Outcome::Refused(class) => done.refuse(class),
                // It is no refusal that something has waited in vain.
                _ => {}
            }
            tx.delete(Kind::GroupInbox, number)?;
        }
        for (peer, of) in waits {
            // The newest that fit.
            let (mut amount, mut too_many) = (Amount::default(), 0);
            for (number, waiting) in of.iter().rev() {
                amount.add(waiting);
                if !amount.fits() {
                    tx.delete(Kind::GroupInbox, *number)?;
                    too_many += 1;
                }
            }
            if too_many > 0 {
                done.notices.push(format!(
                    "{} of {} for a group that this device is not in, or does not follow, were dropped: too many wait",
                    count(too_many, "message"),
                    names(tx, std::slice::from_ref(&peer))?
                ));
            }
        }
        loaded.store(tx)?;
        // Whoever has made a Welcome that was refused has used the package that he had.
        for (_, contact) in tx.items::<Contact>(Kind::Contact)? {
            if contact.groups && refused.contains(&contact.account) {
                packages::give_anew(account, tx, &contact, now())?;
            }
        }
        packages::top_up(account, tx, now())?;
        tx.tell(done.notices.drain(..))?;
        Ok(done)
    })?;
    report.add(done);
    Ok(())
}

fn take(
    tx: &mut Tx<'_>,
    loaded: &mut Loaded<'_>,
    waiting: &Waiting,
    refused: &mut BTreeSet<String>,
    report: &mut Report,
) -> Result<Outcome> {
    let (content, parsed) = waiting.open()?;
    let message = content.message;
    match parsed {
        MlsMessage::KeyPackage(package) => {
            Ok(match packages::keep(tx, waiting, &package, &message)? {
                true => Outcome::Done,
                false => Outcome::Refused("identity_mismatch"),
            })
        }
        MlsMessage::Welcome(_) => {
            // It may take the place of a group that is loaded.
            loaded.store(tx)?;
            let Some(relay) = &content.relay else { return Ok(Outcome::Refused("malformed")) };
            Ok(match join(loaded.account, tx, waiting, (&message, relay), report)? {
                Joined::In => Outcome::Done,
                Joined::Waits(id) => Outcome::SetAside(id),
                Joined::Refused(class) => {
                    refused.insert(waiting.from.0.clone());
                    Outcome::Refused(class)
                }
            })
        }
        MlsMessage::Private(private) => {
            let id = hex::encode(&private.group_id);
            match loaded.group(tx, &id)? {
                None => Ok(Outcome::Waits),
                Some((_, item, group)) => {
                    let opened = open(tx, (group, item), waiting, (&private, &message), report)?;
                    Ok(match opened {
                        Opened::Content(content, late) => {
                            show(tx, item, waiting, (&content, late), report)?
                        }
                        Opened::Is(outcome) => outcome,
                    })
                }
            }
        }
        // GRP-01, GRP-02
        _ => Ok(Outcome::Refused("malformed")),
    }
}

enum Opened {
    Content(Box<Content>, Option<Late>),
    Is(Outcome),
}

/// Opens a group's message, which changes nothing but its keys.
fn open(
    tx: &Tx<'_>,
    (group, item): (&mut Group, &mut GroupItem),
    waiting: &Waiting,
    (private, message): (&PrivateMessage, &[u8]),
    report: &mut Report,
) -> Result<Opened> {
    let refused = |class| Ok(Opened::Is(Outcome::Refused(class)));
    if private.epoch > group.epoch() {
        return Ok(Opened::Is(Outcome::Waits));
    }
    // GDS-03: what another device passes on uses no key, so that it is read when its sender brings it.
    let peer = account_of(&waiting.from)?;
    let from = (&peer, waiting.from.1);
    match group.receive_from(message, from, &PskStore::new(), now()) {
        Ok(Received::Application { epoch, removed, data, authenticated_data, .. }) => {
            let content = application_content(&data, &authenticated_data)
                .and_then(|content| content.check_sender(waiting.from.1).map(|()| content));
            // GDS-33
            let late = (epoch < group.epoch()).then_some(Late { epoch, removed });
            Ok(match content {
                Ok(content) => Opened::Content(Box::new(content), late),
                Err(error) => Opened::Is(Outcome::Refused(error.class())),
            })
        }
        Ok(Received::Proposal { .. }) => Ok(Opened::Is(Outcome::Done)),
        Ok(_) => refused("malformed"),
        Err(error @ Refused::Provider(_)) => Err(error.into()),
        Err(error) => {
            let mut devices = group.members().filter_map(|(_, leaf)| device_of(leaf));
            // GDS-12
            if error.class() == "undecryptable"
                && item.status == Status::Active
                && devices.any(|device| device == waiting.from)
            {
                let who = names(tx, std::slice::from_ref(&waiting.from))?;
                report.notices.push(item.fork(&format!("a message of {who} does not open")));
            }
            refused(error.class())
        }
    }
}

/// Puts a content where a person sees it, once (a message may be sealed twice: see module `settle`).
fn show(
    tx: &mut Tx<'_>,
    item: &GroupItem,
    waiting: &Waiting,
    (content, late): (&Content, Option<Late>),
    report: &mut Report,
) -> Result<Outcome> {
    let message_id = hex::encode(content.message_id);
    let messages: Vec<(i64, Message)> = tx.items(Kind::Message)?;
    let known = messages.iter().any(|(_, message)| {
        message.direction == Direction::In
            && message.group.as_ref() == Some(&item.id)
            && message.account == waiting.from.0
            && message.message_id == message_id
    });
    if known {
        return Ok(Outcome::Refused("duplicate"));
    }
    let text = content.content_type == kind::TEXT;
    let message = Message {
        direction: Direction::In,
        account: waiting.from.0.clone(),
        group: Some(item.id.clone()),
        late,
        message_id,
        sent_at: content.sent_at,
        stored_at: now(),
        text: text.then(|| String::from_utf8_lossy(&content.body).into_owned()),
        file: None,
        unknown: (!text).then_some(content.content_type),
        in_reply_to: Some(&content.in_reply_to).filter(|id| !id.is_empty()).map(hex::encode),
        apart: false,
        shown: false,
        delivered: false,
        deleted: false,
    };
    report.messages.push(tx.add(Kind::Message, &message)?);
    Ok(Outcome::Done)
}
