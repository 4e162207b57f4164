//! Contacts that were removed: their sessions end, and what they send begins nothing anew until they are added again.

use super::device::Device;
use super::group::identity::{device_of, policy};
use super::group::inbox;
use super::group::model::{GroupItem, TheirPackage, Waiting};
use super::group::packages::withdraw;
use super::model::{Contact, account_id};
use super::receive::Report;
use super::send::seal;
use super::store::{Kind, Tx};
use crate::error::{Error, Result};
use crate::time::now;
use sceau::Wire;
use sceau::group::{GroupContent, MlsMessage};
use sceau::pairwise::content::{Content, kind};
use sceau::pairwise::{Account, AccountId, Frame, Received, SessionStatus, content_type};

/// Removes a contact: its sessions are closed, which is told to it, and it can't add this device to groups. Gives how many
/// sessions there were.
///
/// # Errors
/// One with whom the device is in a group: its messages would be lost.
pub fn remove(account: &mut Account, tx: &mut Tx<'_>, id: i64, contact: &Contact) -> Result<usize> {
    let name = &contact.name;
    if shares_group(account, tx, &contact.account)? {
        return Err(Error::refused(format!("you are in a group with {name}"))
            .next("remove them from it, leave it, or `sceau group forget` it first"));
    }
    let ended = end_sessions(account, tx, &contact.account_id()?, contact.relay.as_deref())?;
    withdraw(tx, &contact.account)?;
    for (package, of) in tx.items::<TheirPackage>(Kind::TheirPackage)? {
        if of.from.0 == contact.account {
            tx.delete(Kind::TheirPackage, package)?;
        }
    }
    tx.delete(Kind::Contact, id)?;
    tx.add(Kind::Removed, &contact.account)?;
    Ok(ended)
}

/// An account may write again.
///
/// # Errors
/// As any write.
pub fn take_back(tx: &mut Tx<'_>, account: &str) -> Result<()> {
    for (id, removed) in tx.items::<String>(Kind::Removed)? {
        if removed == account {
            tx.delete(Kind::Removed, id)?;
        }
    }
    Ok(())
}

/// Whether an account's contact was removed.
///
/// # Errors
/// A row that is damaged.
pub fn is_removed(tx: &Tx<'_>, account: &AccountId) -> Result<bool> {
    let account = hex::encode(account.as_bytes());
    Ok(tx.items::<String>(Kind::Removed)?.iter().any(|(_, removed)| *removed == account))
}

/// Drops what a removed contact has sent, but for what is of a group. Whether both are in it may show only when its commits were
/// followed, or its Welcome has come, so messages of groups wait as anybody's, and the session stays until then.
///
/// # Errors
/// As any write.
pub fn drop_received(
    account: &Account,
    tx: &mut Tx<'_>,
    received: &Received,
    report: &mut Report,
) -> Result<()> {
    let from = hex::encode(received.account.as_bytes());
    let content = Content::from_bytes(&received.body)
        .and_then(|content| content.check_sender(received.serial).map(|()| content));
    let content = content.ok().filter(|content| content.content_type == kind::GROUP);
    match content {
        Some(content) if is_message(&content) || shares_group(account, tx, &from)? => {
            let status = account.session(&received.session).map(|session| session.status());
            inbox::keep(tx, (from, received.serial), &content, status, report)
        }
        _ => Ok(()),
    }
}

/// Ends the sessions that removed contacts have begun, once all groups were followed: but of those who share one, or of whom
/// something waits for one.
///
/// # Errors
/// As any step.
pub fn end_all_removed(device: &mut Device) -> Result<()> {
    device.step(|account, tx, _| {
        let waiting = tx.items::<Waiting>(Kind::GroupInbox)?;
        for (_, removed) in tx.items::<String>(Kind::Removed)? {
            let waits = waiting.iter().any(|(_, waiting)| waiting.from.0 == removed);
            if !waits && !shares_group(account, tx, &removed)? {
                end_sessions(account, tx, &account_id(&removed)?, None)?;
            }
        }
        Ok(())
    })
}

/// Whether a content carries a message of a group, which neither admits to one nor asks for that.
fn is_message(content: &Content) -> bool {
    let read = GroupContent::from_bytes(&content.body);
    let message = read.and_then(|read| MlsMessage::from_bytes(&read.message));
    matches!(message, Ok(MlsMessage::Private(_)))
}

fn shares_group(account: &Account, tx: &Tx<'_>, other: &str) -> Result<bool> {
    for (_, item) in tx.items::<GroupItem>(Kind::Group)? {
        let group = tx.group_if_kept(&item.group_id()?, policy(account))?;
        let Some(group) = group.filter(|_| item.is_member()) else { continue };
        let mut devices = group.members().filter_map(|(_, leaf)| device_of(leaf));
        if devices.any(|(account, _)| account == other) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Closes all sessions with an account that can be closed, and declines those that wait for that; archived ones go with
/// their age. What is closed opens nothing any more (`REP-10`).
fn end_sessions(
    account: &mut Account,
    tx: &mut Tx<'_>,
    peer: &AccountId,
    relay: Option<&str>,
) -> Result<usize> {
    let of = account.sessions().filter(|session| session.peer_account() == peer);
    let all: Vec<_> = of.map(|session| (session.id(), session.status())).collect();
    let mut ended = 0;
    for (session, status) in all {
        match status {
            SessionStatus::Unaccepted => {
                let changes = account.decline_session(&session, now())?;
                tx.apply(&changes)?;
            }
            SessionStatus::Waiting | SessionStatus::Established => {
                let frame = Frame::new(content_type::CLOSE, b"");
                match seal(account, tx, &session, &frame, relay.unwrap_or_default(), now()) {
                    // One that sends no more has no use.
                    Err(error) if error.class.is_some_and(|class| class != "stale_state") => {
                        continue;
                    }
                    done => drop(done?),
                }
            }
            _ => continue,
        }
        ended += 1;
    }
    Ok(ended)
}
