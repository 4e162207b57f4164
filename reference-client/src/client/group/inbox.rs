//! What came in sessions for groups: kept with the step that decrypted it, looked at when its group can.

use super::identity::{device_of, policy};
use super::join::{Joined, join};
use super::model::{DeviceOf, GroupItem, Status, Waiting, Wish, stored};
use super::packages;
use super::wire::{GROUP_NAME, GroupContent};
use crate::client::device::Device;
use crate::client::model::{Direction, Message};
use crate::client::receive::Report;
use crate::client::store::{Kind, Tx};
use crate::error::Result;
use crate::time::now;
use sceau::group::{
    Check, ContentType, Group, MlsMessage, PrivateMessage, PskStore, Received, Sender,
};
use sceau::pairwise::content::{Content, kind};
use sceau::pairwise::{Account, SessionStatus};
use sceau::{Error as Refused, Wire};
use std::collections::BTreeMap;

/// Longest time that something waits for its group: 14 days.
const MAX_AGE: u64 = 14 * 86_400;
/// What waits at a time; more is refused.
const MAX_WAITING: usize = 4_096;

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
    let Ok(group_content) = GroupContent::from_bytes(&content.body) else {
        report.refuse("malformed");
        return Ok(());
    };
    let message = MlsMessage::from_bytes(&group_content.message);
    let admits = matches!(message, Ok(MlsMessage::Welcome(_) | MlsMessage::KeyPackage(_)));
    // What admits to groups does not come from somebody whose session the person has not accepted.
    if message.is_err() || (admits && status == Some(SessionStatus::Unaccepted)) {
        report.refuse("malformed");
        return Ok(());
    }
    if tx.raw_items(Kind::GroupInbox)?.len() >= MAX_WAITING {
        report.refuse("limit");
        return Ok(());
    }
    let name = content.extensions.iter().find(|extension| extension.extension_type == GROUP_NAME);
    let name = name.map(|name| String::from_utf8_lossy(&name.data).into_owned());
    let waiting = Waiting {
        from,
        relay: String::from_utf8_lossy(&group_content.relay).into_owned(),
        message: hex::encode(&group_content.message),
        name,
        at: now(),
    };
    tx.add(Kind::GroupInbox, &waiting).map(|_| ())
}

/// What becomes of something that waits.
enum Outcome {
    Done,
    /// For later: another epoch, a group that this device is not in yet.
    Waits,
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
            let open = |status| matches!(status, Status::Active | Status::Forked);
            let found = items.into_iter().find(|(_, item)| item.id == id && open(item.status));
            let Some((number, item)) = found else { return Ok(None) };
            let group = tx.group(&item.group_id()?, policy(self.account))?;
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
        let waiting: Vec<(i64, Waiting)> = tx.items(Kind::GroupInbox)?;
        for (number, waiting) in waiting {
            let outcome = take(tx, &mut loaded, &waiting, &mut done)?;
            let too_old = now().saturating_sub(waiting.at) >= MAX_AGE;
            match outcome {
                Outcome::Waits if !too_old => continue,
                Outcome::Waits => done.refuse("undecryptable"),
                Outcome::Refused(class) => done.refuse(class),
                Outcome::Done => {}
            }
            tx.delete(Kind::GroupInbox, number)?;
        }
        loaded.store(tx)?;
        packages::top_up(account, tx, now())?;
        Ok(done)
    })?;
    report.add(done);
    Ok(())
}

fn take(
    tx: &mut Tx<'_>,
    loaded: &mut Loaded<'_>,
    waiting: &Waiting,
    report: &mut Report,
) -> Result<Outcome> {
    let message = stored(&waiting.message)?;
    let Ok(parsed) = MlsMessage::from_bytes(&message) else {
        return Ok(Outcome::Refused("malformed"));
    };
    // GDS-02: a relay's name goes with a Welcome, and with nothing else.
    let welcome = matches!(parsed, MlsMessage::Welcome(_));
    if welcome == waiting.relay.is_empty() {
        return Ok(Outcome::Refused("malformed"));
    }
    match parsed {
        MlsMessage::KeyPackage(package) => Ok(match packages::keep(tx, waiting, &package)? {
            true => Outcome::Done,
            false => Outcome::Refused("identity_mismatch"),
        }),
        MlsMessage::Welcome(_) => {
            // It may take the place of a group that is loaded.
            loaded.store(tx)?;
            Ok(match join(loaded.account, tx, waiting, &message, report)? {
                Joined::In => Outcome::Done,
                Joined::Waits => Outcome::Waits,
                Joined::Refused(class) => Outcome::Refused(class),
            })
        }
        MlsMessage::Private(private) => {
            let id = hex::encode(&private.group_id);
            match loaded.group(tx, &id)? {
                None => Ok(without_group(tx, &id)?),
                Some((_, item, group)) => {
                    let opened = open(group, item, waiting, (&private, &message), report)?;
                    Ok(match opened {
                        Opened::Content(content) => show(tx, item, waiting, &content, report)?,
                        Opened::Is(outcome) => outcome,
                    })
                }
            }
        }
        // GRP-01, GRP-02
        _ => Ok(Outcome::Refused("malformed")),
    }
}

/// A message of a group that the device is not in: its Welcome may be on its way, unless the group is left.
fn without_group(tx: &Tx<'_>, id: &str) -> Result<Outcome> {
    let items: Vec<(i64, GroupItem)> = tx.items(Kind::Group)?;
    let left = items.iter().any(|(_, item)| item.id == id);
    Ok(if left { Outcome::Refused("duplicate") } else { Outcome::Waits })
}

enum Opened {
    Content(Vec<u8>),
    Is(Outcome),
}

/// Opens a group's message, which changes nothing but its keys.
fn open(
    group: &mut Group,
    item: &mut GroupItem,
    waiting: &Waiting,
    (private, message): (&PrivateMessage, &[u8]),
    report: &mut Report,
) -> Result<Opened> {
    let refused = |class| Ok(Opened::Is(Outcome::Refused(class)));
    // GDS-10: commits come from the relay alone.
    if private.content_type == ContentType::Commit {
        return refused("malformed");
    }
    if private.epoch > group.epoch() {
        return Ok(Opened::Is(Outcome::Waits));
    }
    let received = group.receive(message, &PskStore::new(), now());
    // GDS-03
    let is_sender = |leaf: u32, epoch: u64| {
        group.member_at(epoch, leaf).and_then(device_of).as_ref() == Some(&waiting.from)
    };
    match received {
        Ok(Received::Application { sender, epoch, data, .. }) if is_sender(sender, epoch) => {
            Ok(Opened::Content(data))
        }
        Ok(Received::Proposal { sender: Sender::Member(leaf), .. })
            if is_sender(leaf, private.epoch) =>
        {
            if !item.wishes.contains(&Wish::Proposals) {
                item.wishes.push(Wish::Proposals);
            }
            Ok(Opened::Is(Outcome::Done))
        }
        Ok(Received::Application { .. } | Received::Proposal { .. }) => {
            refused("identity_mismatch")
        }
        Ok(_) => refused("malformed"),
        Err(error @ Refused::Provider(_)) => Err(error.into()),
        Err(error) => {
            let present = private.epoch == group.epoch();
            let of_member =
                group.members().any(|(_, leaf)| device_of(leaf).as_ref() == Some(&waiting.from));
            // GDS-12
            if present && of_member && shows_fork(&error) && item.status == Status::Active {
                item.status = Status::Forked;
                report.notices.push(format!(
                    "a message of the group {} does not open ({}): it may have split. See `sceau group list {}`",
                    item.name,
                    error.class(),
                    item.name
                ));
            }
            refused(error.class())
        }
    }
}

/// Whether a refusal shows that its sender is on another branch.
fn shows_fork(error: &Refused) -> bool {
    match error {
        Refused::Group(refused) => !matches!(
            refused.check,
            Check::Duplicate | Check::TooFar | Check::EpochGone | Check::OwnMessage
        ),
        Refused::Malformed(_) => true,
        _ => false,
    }
}

/// Puts a content where a person sees it, once (a message may be sealed twice: see module `send`).
fn show(
    tx: &mut Tx<'_>,
    item: &GroupItem,
    waiting: &Waiting,
    content: &[u8],
    report: &mut Report,
) -> Result<Outcome> {
    let content = Content::from_bytes(content)
        .and_then(|content| content.check_sender(waiting.from.1).map(|()| content));
    let content = match content {
        Ok(content) => content,
        Err(error) => return Ok(Outcome::Refused(error.class())),
    };
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
