//! `list`, and how a message is shown

use super::Out;
use crate::cli::List;
use crate::client::device::Device;
use crate::client::group::model::GroupItem;
use crate::client::model::{Contact, Direction, File, Late, Message};
use crate::client::store::Kind;
use crate::error::Result;
use crate::text::{one_line, printable};
use crate::time::shown;
use sceau::pairwise::SessionStatus;
use serde_json::{Value, json};

/// Shows contacts and messages.
pub fn run(device: &mut Device, options: &List, out: &Out) -> Result<()> {
    let only = options.name.as_deref().map(|name| device.contact(name)).transpose()?;
    let contacts: Vec<Contact> = match &only {
        Some((_, contact)) => vec![contact.clone()],
        None => device.contacts()?.into_iter().map(|(_, contact)| contact).collect(),
    };
    for contact in &contacts {
        say_contact(device, contact, out)?;
    }
    let (messages, groups) = (device.messages()?, device.store().groups()?);
    let of = |message: &&(i64, Message)| {
        let (_, message) = message;
        let own = |contact: &Contact| message.group.is_none() && message.account == contact.account;
        only.as_ref().is_none_or(|(_, contact)| own(contact))
    };
    let chosen: Vec<_> = messages.iter().filter(of).collect();
    for (number, message) in chosen.iter().skip(chosen.len().saturating_sub(options.last)) {
        say_message(*number, message, &contacts, &groups, out);
    }
    let waiting = device.store().raw_items(Kind::Outbox, 0, usize::MAX)?.len();
    let drafts = device.store().raw_items(Kind::GroupDraft, 0, usize::MAX)?.len();
    if waiting > 0 || out.is_json() {
        out.say(
            match waiting {
                1 => "1 envelope waits in the outbox: `sceau receive` sends it".to_owned(),
                _ => format!("{waiting} envelopes wait in the outbox: `sceau receive` sends them"),
            },
            &json!({ "outbox": waiting, "drafts": drafts }),
        );
    }
    if drafts > 0 && !out.is_json() {
        out.say(format!("{drafts} messages to groups are not through yet"), &json!({}));
    }
    Ok(())
}

fn say_contact(device: &mut Device, contact: &Contact, out: &Out) -> Result<()> {
    let peer = contact.account_id()?;
    let statuses: Vec<SessionStatus> = device.read(|account| {
        Ok(account.sessions().filter(|s| *s.peer_account() == peer).map(|s| s.status()).collect())
    })?;
    let asks = statuses.contains(&SessionStatus::Unaccepted);
    let has =
        statuses.iter().any(|s| matches!(s, SessionStatus::Waiting | SessionStatus::Established));
    let verified = if contact.verified { "verified" } else { "not verified" };
    let session = match (asks, has) {
        (true, _) => ", a NEW SESSION waits for accept or decline",
        (false, true) => ", session",
        (false, false) => ", no session yet",
    };
    out.say(
        format!("{:<16} {verified}{session}  {}", contact.name, contact.account),
        &json!({
            "contact": contact.name, "account": contact.account, "verified": contact.verified,
            "sessions": statuses.iter().map(|s| s.name()).collect::<Vec<_>>(), "relay": contact.relay,
        }),
    );
    Ok(())
}

/// Shows a message.
pub fn say_message(
    number: i64,
    message: &Message,
    contacts: &[Contact],
    groups: &[(i64, GroupItem)],
    out: &Out,
) {
    let group = groups.iter().find(|(_, item)| message.group.as_ref() == Some(&item.id));
    let group = group.map(|(_, item)| item.name.as_str());
    let name = contacts.iter().find(|contact| contact.account == message.account);
    let name = name.map_or("somebody", |contact| contact.name.as_str());
    let what = if message.deleted {
        "(deleted by its sender)".to_owned()
    } else if let Some(text) = &message.text {
        printable(text)
    } else if let Some(file) = &message.file {
        file_line(number, message.direction, file)
    } else {
        format!(
            "(content of type {}, which this client does not know)",
            message.unknown.unwrap_or(0)
        )
    };
    let (from, to) = match message.direction {
        Direction::In => (name, group.unwrap_or("me")),
        Direction::Out => ("me", group.unwrap_or(name)),
    };
    let apart = if message.apart { " [in a session that you have not accepted]" } else { "" };
    let late = match message.late {
        None => String::new(),
        Some(Late { epoch, removed: false }) => format!(" [of epoch {epoch}]"),
        Some(Late { epoch, removed: true }) => {
            format!(" [of epoch {epoch}; they have been removed from the group since]")
        }
    };
    let delivered = if message.delivered { " (delivered)" } else { "" };
    out.say(
        format!(
            "#{number} {} {from} → {to}{apart}{late}: {what}{delivered}",
            shown(message.sent_at)
        ),
        &value(number, message, name, group),
    );
}

/// What is said of a file; an own one is not fetched.
fn file_line(number: i64, direction: Direction, file: &File) -> String {
    let bytes = if file.size == 1 { "byte" } else { "bytes" };
    let what = format!("file {} ({} {bytes})", one_line(&file.name), file.size);
    match (direction, &file.saved) {
        (Direction::Out, _) => what,
        (Direction::In, None) => format!("{what}: sceau save {number}"),
        (Direction::In, Some(path)) => {
            format!("{what}, saved as {}", one_line(&path.to_string_lossy()))
        }
    }
}

fn value(number: i64, message: &Message, name: &str, group: Option<&str>) -> Value {
    json!({
        "number": number,
        "direction": message.direction,
        "contact": (!message.account.is_empty()).then_some(name),
        "account": message.account,
        "group": group,
        "message_id": message.message_id,
        "sent_at": message.sent_at,
        "text": message.text,
        "file": message.file.as_ref().map(|file| json!({ "name": file.name, "size": file.size })),
        "unknown": message.unknown,
        "in_reply_to": message.in_reply_to,
        "apart": message.apart,
        "late": message.late.map(|late| json!({ "epoch": late.epoch, "removed": late.removed })),
        "delivered": message.delivered,
        "deleted": message.deleted,
    })
}
