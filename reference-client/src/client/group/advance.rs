//! Following a group: the relay says whose commit counts for each epoch, one after the other.
//!
//! ```text
//!          ┌──────────────────────────────────────────────────────────────────┐
//!          ▼                                                                  │
//!  look at what waits ──► commit(handle, pending or nothing) ─┬─ empty ─► make a commit of what is wished, or end
//!                                                             ├─ kept ──► look again, merge, send the Welcome ──┤
//!                                                             ├─ taken ─► look again, process that one ─────────┤
//!                                                             └─ gone ──► end
//! ```
//! What was sent in an epoch before its commit was put is in the mailboxes before the commit is seen, so looking again
//! before the epoch is left reads it while its keys are there.

use super::change::{gone, kept, lost, make, process, wish};
use super::identity::{MAX_LEAF_AGE, device_of, members, policy};
use super::inbox::look;
use super::model::{GroupItem, Status, Wish, stored};
use super::send::{seal_drafts, settle};
use crate::client::device::Device;
use crate::client::receive::{Report, fetch};
use crate::client::relays::Relays;
use crate::error::{Error, Result};
use crate::time::now;
use sceau::delivery::CommitAnswer;
use sceau::group::{Confirmation, LeafCredential};

/// Answers of the relay that are followed in one go; the rest comes with the next command.
const TURNS: usize = 10_000;

/// Follows all groups, and seals what is to be sent.
///
/// # Errors
/// The first failure, after all groups were looked after.
pub fn advance_all(device: &mut Device, relays: &mut Relays, report: &mut Report) -> Result<()> {
    let mut failure = None;
    look(device, report)?;
    for (_, item) in device.store().groups()? {
        if item.status == Status::Active {
            let done = advance(device, relays, &item.id, report);
            let done = done.and_then(|()| seal_drafts(device, relays, &item.id, report));
            if let Err(error) = done {
                failure.get_or_insert(error);
            }
        }
    }
    failure.map_or(Ok(()), Err)
}

/// Follows a group to its present epoch, does what is wished, and says which drafts have left.
///
/// # Errors
/// A relay that can't be reached: all goes on with the next command. What the protocol refuses of what was wished.
pub fn advance(
    device: &mut Device,
    relays: &mut Relays,
    id: &str,
    report: &mut Report,
) -> Result<()> {
    tidy(device, id)?;
    for _ in 0..TURNS {
        let item = item(device, id)?;
        if item.status != Status::Active {
            return Ok(());
        }
        let handle = item.commit_handle()?;
        let sealed = item.pending.as_ref().map_or(Ok(Vec::new()), |p| stored(&p.sealed))?;
        let known: Vec<String> =
            device.contacts()?.into_iter().filter_map(|(_, contact)| contact.relay).collect();
        match relays.of_name(&item.relay, &known)?.commit(handle, sealed)? {
            CommitAnswer::Empty => {
                if !make(device, id)? {
                    settle(device, id, report)?;
                    return Ok(());
                }
            }
            CommitAnswer::Kept => {
                fetch(device, relays, report)?;
                look(device, report)?;
                kept(device, id, handle, report)?;
            }
            CommitAnswer::Taken(sealed) => {
                fetch(device, relays, report)?;
                look(device, report)?;
                lost(device, id, handle)?;
                process(device, id, handle, &sealed, report)?;
                // What came early for the new epoch.
                look(device, report)?;
            }
            CommitAnswer::Gone => gone(device, id, handle, report)?,
        }
    }
    Err(Error::unreachable("the group goes on and on").next("run `sceau receive` again"))
}

/// The group of an id.
///
/// # Errors
/// None there.
pub fn item(device: &mut Device, id: &str) -> Result<GroupItem> {
    let found = device.store().groups()?.into_iter().find(|(_, item)| item.id == id);
    found.map(|(_, item)| item).ok_or_else(|| Error::fault("there is no such group in the store"))
}

/// Wishes what is due: new keys for an old leaf (`GDS-27`), no member whom a list refutes (`GDS-17`) or whose account was
/// withdrawn.
fn tidy(device: &mut Device, id: &str) -> Result<()> {
    let revoked = device.revoked().clone();
    let item = item(device, id)?;
    if item.status != Status::Active {
        return Ok(());
    }
    let mut wishes = device.step(|account, tx, _| {
        let group = tx.group(&item.group_id()?, policy(account))?;
        let own = group.own_leaf();
        let mut wishes = Vec::new();
        let credential = group.member(own).map(|leaf| LeafCredential::of(&leaf.credential));
        // A credential that was renewed follows into the leaf.
        if credential.is_some_and(|of| of.is_ok_and(|of| of.credential != *account.credential())) {
            wishes.push(Wish::Update);
        }
        let own = group.member(own).and_then(device_of);
        for (device, known) in members(&group) {
            let withdrawn = revoked.has(&stored(&device.0)?, device.1);
            if Some(&device) != own.as_ref() && (withdrawn || known == Confirmation::Refuted) {
                wishes.push(Wish::Remove(device));
            }
        }
        Ok(wishes)
    })?;
    let due = now().saturating_sub(item.updated_at) >= MAX_LEAF_AGE;
    if due && !wishes.contains(&Wish::Update) {
        wishes.push(Wish::Update);
    }
    wishes.retain(|wish| !item.wishes.contains(wish));
    if wishes.is_empty() { Ok(()) } else { wish(device, id, wishes) }
}
