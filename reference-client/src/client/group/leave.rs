//! Leaving: a proposal, which another member commits (RFC 9420 §12.4: nobody removes himself).

use super::identity::{device_of, policy};
use super::model::{DeviceOf, GroupItem, Status};
use super::send::seal_for;
use super::wire::GroupContent;
use crate::client::device::Device;
use crate::client::store::Kind;
use crate::crypto;
use crate::error::{Error, Result};
use crate::time::now;
use sceau::group::Proposal;

/// Proposes that the own device be removed; another member commits it.
///
/// # Errors
/// As any step.
pub fn leave(device: &mut Device, id: &str) -> Result<()> {
    device.step(|account, tx, _| {
        let (number, item) = tx.group_item(id)?;
        item.may_send()?;
        let mut group = tx.group(&item.group_id()?, policy(account))?;
        if group.member_count() == 1 {
            tx.erase_group(group.group_id())?;
            let gone = GroupItem { status: Status::Removed, handle: String::new(), ..item };
            return tx.replace(Kind::Group, number, &gone);
        }
        let (own, rng) = (group.own_leaf(), &mut crypto::rng());
        let message = group.propose(Proposal::Remove(own), false, &[], now(), rng)?;
        tx.save_group(&mut group)?;
        let content = GroupContent { relay: Vec::new(), message };
        let others = group.members().filter(|(leaf, _)| *leaf != own);
        let others: Vec<DeviceOf> = others.filter_map(|(_, leaf)| device_of(leaf)).collect();
        let mut reached = 0;
        for other in &others {
            reached += usize::from(seal_for(account, tx, other, &content, None, now())?.is_some());
        }
        if reached == 0 {
            return Err(
                Error::not_found("no member can be reached").next("run `sceau receive` first")
            );
        }
        Ok(())
    })
}
