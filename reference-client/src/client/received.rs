//! What was received, where a person sees it: messages, receipts, deletions, contacts, and what is told of devices.

use super::group::inbox;
use super::model::{Contact, Direction, File, Message, Profile};
use super::receive::Report;
use super::removal::{drop_received, is_removed};
use super::send::seal;
use super::store::{Kind, Tx};
use crate::error::Result;
use crate::time::now;
use sceau::Wire;
use sceau::pairwise::content::{AttachmentReference, Content, Receipt, ReceiptType, kind};
use sceau::pairwise::{
    Account, AccountId, DeviceChanges, Event, Frame, Received, SessionStatus, content_type,
};

/// Puts what was received where a person sees it.
///
/// # Errors
/// As any write.
pub fn keep(
    account: &mut Account,
    tx: &mut Tx<'_>,
    profile: &Profile,
    received: Received,
    report: &mut Report,
) -> Result<()> {
    if is_removed(tx, &received.account)? {
        return drop_received(account, tx, &received, report);
    }
    let contact = contact_of(tx, &received.account, report)?;
    let name = &contact.name;
    match received.event {
        Event::SessionReplaced if account.live_session(&received.account, received.serial).is_none() => {
            report.notices.push(format!(
                "{name} has written from a device that is new: ask them in another way whether it is theirs, then \
                 `sceau accept {name}`; `sceau decline {name}` keeps it out"
            ));
        }
        Event::SessionReplaced => report.notices.push(format!(
            "{name} has begun a new session beside the one in use: this happens after they lost their data, or when \
             somebody poses as them. Compare safety numbers (`sceau verify {name}`), then `sceau accept {name}`; \
             `sceau decline {name}` keeps the old one"
        )),
        Event::NewSession if received.last_resort || !received.one_time => {
            report.notices.push(format!("{name} has begun a session without one-time keys (PRE-06)"));
        }
        _ => {}
    }
    match received.content_type {
        content_type::APPLICATION => {}
        content_type::RECEIPT => {
            let Ok(receipt) = Receipt::from_bytes(&received.body) else { return Ok(()) };
            let ids: Vec<String> = receipt.message_ids.iter().map(hex::encode).collect();
            return change(tx, &received.account, |message| {
                let hit = message.direction == Direction::Out && ids.contains(&message.message_id);
                message.delivered |= hit;
                hit
            });
        }
        content_type::CLOSE => {
            report.notices.push(format!("{name} has closed the session"));
            return Ok(());
        }
        _ => return Ok(()),
    }
    let content = Content::from_bytes(&received.body)
        .and_then(|content| content.check_sender(received.serial).map(|()| content));
    let content = match content {
        Ok(content) => content,
        Err(error) => {
            report.notices.push(format!("{name} has sent something that can't be read ({error})"));
            return Ok(());
        }
    };
    if content.content_type == kind::DELETE {
        let id = hex::encode(&content.body);
        return change(tx, &received.account, |message| {
            let hit = message.direction == Direction::In && message.message_id == id;
            if hit {
                (message.text, message.file, message.deleted) = (None, None, true);
            }
            hit
        });
    }
    let status = account.session(&received.session).map(|session| session.status());
    if content.content_type == kind::GROUP {
        let from = (hex::encode(received.account.as_bytes()), received.serial);
        return inbox::keep(tx, from, &content, status, report);
    }
    let message = message(&received, &content, status);
    report.messages.push(tx.add(Kind::Message, &message)?);
    if profile.receipts
        && let Some(session) = account.live_session(&received.account, received.serial)
    {
        let receipt =
            Receipt { receipt_type: ReceiptType::Delivered, message_ids: vec![content.message_id] };
        let frame = Frame::new(content_type::RECEIPT, &receipt.to_bytes());
        let url = contact.relay.as_deref().unwrap_or_default();
        // A receipt that can't be sent now is not worth a failure.
        match seal(account, tx, &session, &frame, url, now()) {
            Err(error) if error.class.is_none() || error.class == Some("stale_state") => {
                return Err(error);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Tells of devices that a contact's account has now and had not, and the other way round (`ID-23`).
///
/// # Errors
/// As any write.
pub fn tell_devices(tx: &mut Tx<'_>, devices: &DeviceChanges, report: &mut Report) -> Result<()> {
    if !devices.is_empty() && !is_removed(tx, &devices.account)? {
        let name = contact_of(tx, &devices.account, report)?.name;
        report.notices.extend(device_notices(&name, &devices.added, &devices.removed));
    }
    Ok(())
}

/// What a person is told of serials that a contact's list has now and had not, and the other way round.
pub fn device_notices(name: &str, added: &[u64], removed: &[u64]) -> Vec<String> {
    let added = added.iter().map(|serial| {
        format!(
            "{name} has a new device (number {serial}): this happens after they set one up, or when somebody who has \
             their keys poses as them. Ask them in another way whether it is theirs"
        )
    });
    let removed = removed.iter().map(|serial| {
        format!("{name} has removed a device (number {serial}): its sessions are closed")
    });
    added.chain(removed).collect()
}

fn message(received: &Received, content: &Content, status: Option<SessionStatus>) -> Message {
    let text = || String::from_utf8_lossy(&content.body).into_owned();
    let reference = AttachmentReference::from_bytes(&content.body);
    let file = |reference: AttachmentReference| File {
        name: String::from_utf8_lossy(&reference.name).into_owned(),
        size: reference.size,
        saved: None,
        reference: hex::encode(&content.body),
    };
    let known = matches!(content.content_type, kind::TEXT | kind::ATTACHMENT);
    Message {
        direction: Direction::In,
        account: hex::encode(received.account.as_bytes()),
        group: None,
        late: None,
        message_id: hex::encode(content.message_id),
        sent_at: content.sent_at,
        stored_at: now(),
        text: (content.content_type == kind::TEXT).then(text),
        file: reference.ok().filter(|_| content.content_type == kind::ATTACHMENT).map(file),
        unknown: (!known).then_some(content.content_type),
        in_reply_to: Some(&content.in_reply_to).filter(|id| !id.is_empty()).map(hex::encode),
        apart: status == Some(SessionStatus::Unaccepted),
        shown: false,
        delivered: false,
        deleted: false,
    }
}

/// Changes the messages with an account for which `hit` says so.
fn change(
    tx: &mut Tx<'_>,
    account: &AccountId,
    mut hit: impl FnMut(&mut Message) -> bool,
) -> Result<()> {
    let account = hex::encode(account.as_bytes());
    let messages: Vec<(i64, Message)> = tx.items(Kind::Message)?;
    for (id, mut message) in messages {
        if message.account == account && hit(&mut message) {
            tx.replace(Kind::Message, id, &message)?;
        }
    }
    Ok(())
}

/// The contact of an account; somebody new gets a name from the account's id.
fn contact_of(tx: &mut Tx<'_>, account: &AccountId, report: &mut Report) -> Result<Contact> {
    let account = hex::encode(account.as_bytes());
    let contacts: Vec<(i64, Contact)> = tx.items(Kind::Contact)?;
    if let Some((_, contact)) = contacts.into_iter().find(|(_, c)| c.account == account) {
        return Ok(contact);
    }
    let name = format!("new-{}", account.get(..8).unwrap_or(&account));
    let contact =
        Contact { name, account, relay: None, verified: false, bundle: None, groups: false };
    tx.add(Kind::Contact, &contact)?;
    report.notices.push(format!(
        "somebody new has written: {} (account {}). Name them with `sceau add NAME {}`",
        contact.name, contact.account, contact.account
    ));
    Ok(contact)
}

#[cfg(test)]
mod tests {
    use super::device_notices;

    #[test]
    fn devices_are_told_one_by_one() {
        assert_eq!(device_notices("bob", &[], &[]), Vec::<String>::new());
        let told = device_notices("bob", &[2, 7], &[1]);
        assert_eq!(told.len(), 3);
        assert!(told[0].starts_with("bob has a new device (number 2)"), "{}", told[0]);
        assert!(told[1].starts_with("bob has a new device (number 7)"), "{}", told[1]);
        assert!(told[2].starts_with("bob has removed a device (number 1)"), "{}", told[2]);
    }
}
