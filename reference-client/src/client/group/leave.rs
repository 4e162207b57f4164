//! Leaving: a proposal, which another member commits (RFC 9420 §12.4: nobody removes himself).

use super::identity::{device_of, policy};
use super::model::{DeviceOf, Status};
use super::people::names;
use super::reach::reach_members;
use super::send::seal_for;
use super::settle::give_up;
use crate::client::device::Device;
use crate::client::receive::Report;
use crate::client::relays::Relays;
use crate::client::store::Kind;
use crate::crypto;
use crate::error::{Error, Result};
use crate::time::now;
use sceau::group::{Group, GroupContent, Proposal, Sender};

/// Whether the device has proposed in this epoch that it be removed; what others propose does not count.
#[must_use]
pub fn asks_to_leave(group: &Group) -> bool {
    let own = group.own_leaf();
    let remove = |proposal: &Proposal| matches!(proposal, Proposal::Remove(leaf) if *leaf == own);
    group.proposals().any(|(proposal, by)| by == Sender::Member(own) && remove(proposal))
}

/// Asks anew to be removed, where the epoch in which that was asked has ended without it.
///
/// # Errors
/// As [`leave`].
pub fn leave_on(
    device: &mut Device,
    relays: &mut Relays,
    id: &str,
    report: &mut Report,
) -> Result<()> {
    let anew = device.step(|account, tx, _| {
        let Some((_, item)) = tx.group_item_if_known(id)? else { return Ok(false) };
        if !item.leaving || item.may_send().is_err() {
            return Ok(false);
        }
        let group = tx.group(&item.group_id()?, policy(account))?;
        Ok(!asks_to_leave(&group))
    })?;
    if anew { leave(device, relays, id, report) } else { Ok(()) }
}

/// Proposes that the own device be removed; another member commits it.
///
/// # Errors
/// As any step.
pub fn leave(
    device: &mut Device,
    relays: &mut Relays,
    id: &str,
    report: &mut Report,
) -> Result<()> {
    reach_members(device, relays, id, report)?;
    device.step(|account, tx, _| {
        let (number, mut item) = tx.group_item(id)?;
        item.may_send()?;
        let mut group = tx.group(&item.group_id()?, policy(account))?;
        if group.member_count() == 1 {
            tx.erase_group(group)?;
            item.end(Status::Removed);
            give_up(tx, &mut item)?;
            tx.replace(Kind::Group, number, &item)?;
            return Ok(());
        }
        let (own, rng) = (group.own_leaf(), &mut crypto::rng());
        let message = group.propose(Proposal::Remove(own), false, &[], now(), rng)?;
        tx.save_group(&mut group)?;
        let content = GroupContent::of(message);
        let others = group.members().filter(|(leaf, _)| *leaf != own);
        let others: Vec<DeviceOf> = others.filter_map(|(_, leaf)| device_of(leaf)).collect();
        let (mut reached, mut missed) = (Vec::new(), Vec::new());
        for other in others {
            match seal_for(account, tx, &other, &content, None, now())? {
                Some(item) => reached.push(item),
                None => missed.push(other),
            }
        }
        if reached.is_empty() {
            return Err(
                Error::not_found("no member can be reached").next("run `sceau receive` first")
            );
        }
        item.proposed.extend(reached);
        item.leaving = true;
        tx.replace(Kind::Group, number, &item)?;
        if !missed.is_empty() {
            let who = names(tx, &missed)?;
            tx.tell([format!("{who} can't be told now, for want of a session")])?;
        }
        Ok(())
    })
}
