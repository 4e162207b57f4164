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

use super::change::{Processed, gone, kept, lost, make, process, wish};
use super::identity::{MAX_LEAF_AGE, Rules, device_of};
use super::inbox;
use super::model::{DeviceOf, GroupItem, Status, Wish, stored};
use super::send::{open_sessions, seal_drafts, settle};
use crate::client::device::Device;
use crate::client::receive::{Report, fetch};
use crate::client::relays::Relays;
use crate::error::{Error, Result};
use crate::relay::commits::CommitAnswer;
use crate::time::now;
use sceau::group::LeafCredential;
use sceau::pairwise::AccountId;

/// Answers of the relay that are followed in one go; the rest comes with the next command.
const TURNS: usize = 10_000;

/// Follows all groups, and seals what is to be sent.
///
/// # Errors
/// The first failure, after all groups were looked after.
pub fn advance_all(device: &mut Device, relays: &mut Relays, report: &mut Report) -> Result<()> {
    let mut failure = None;
    look(device, relays, report)?;
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
                look(device, relays, report)?;
                kept(device, id, handle, report)?;
            }
            CommitAnswer::Taken(sealed) => {
                fetch(device, relays, report)?;
                look(device, relays, report)?;
                lost(device, id, handle)?;
                let processed = process(device, id, (handle, &sealed), false, report)?;
                if let Processed::Missing(accounts) = processed {
                    if !pin(device, relays, &accounts, report)? {
                        return Err(Error::unreachable(
                            "the devices of a member can't be looked up now",
                        )
                        .next("run `sceau receive` later: the group goes on then"));
                    }
                    process(device, id, (handle, &sealed), true, report)?;
                }
                // What came early for the new epoch.
                look(device, relays, report)?;
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

/// Looks at what waits for groups; fetches the device lists that are needed for it, once.
///
/// # Errors
/// As any step; the own relay when it can't be reached.
pub fn look(device: &mut Device, relays: &mut Relays, report: &mut Report) -> Result<()> {
    let looked = inbox::take(device, false, report)?;
    if !looked.missing.is_empty() {
        let fetched = pin(device, relays, &looked.missing, report)?;
        inbox::take(device, fetched, report)?;
    }
    Ok(())
}

/// Pins the device lists of accounts, and begins sessions with their devices; whether all could be looked up.
fn pin(
    device: &mut Device,
    relays: &mut Relays,
    accounts: &[AccountId],
    report: &mut Report,
) -> Result<bool> {
    let devices: Vec<DeviceOf> =
        accounts.iter().map(|account| (hex::encode(account.as_bytes()), 0)).collect();
    open_sessions(device, relays, &devices, report)
}

/// Wishes what is due: new keys for an old leaf (`GDS-27`), no member whose device is not listed any more (`GDS-17`) or
/// whose account was withdrawn.
fn tidy(device: &mut Device, id: &str) -> Result<()> {
    let revoked = device.revoked().clone();
    let item = item(device, id)?;
    if item.status != Status::Active {
        return Ok(());
    }
    let mut wishes = device.step(|account, tx, _| {
        let rules = Rules::of(account);
        let group = tx.group(&item.group_id()?, rules.policy())?;
        let own = group.own_leaf();
        let mut wishes = Vec::new();
        let credential = group.member(own).map(|leaf| LeafCredential::of(&leaf.credential));
        // A credential that was renewed follows into the leaf.
        if credential.is_some_and(|of| of.is_ok_and(|of| of.credential != *account.credential())) {
            wishes.push(Wish::Update);
        }
        for (_, leaf) in group.members().filter(|(leaf, _)| *leaf != own) {
            let Some(device) = device_of(leaf) else { continue };
            let withdrawn = revoked.has(&stored(&device.0)?, device.1);
            if withdrawn || rules.is_unlisted(leaf) {
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
