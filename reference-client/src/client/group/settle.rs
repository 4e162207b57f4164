//! What becomes of a draft: it stays until its envelopes have left and the group, asked after that, was still in an epoch from
//! which the message is read; else it is sealed again. Whoever has got it twice shows it once, by its message id.

use super::identity::policy;
use super::leave::asks_to_leave;
use super::model::{Draft, GroupItem};
use crate::client::store::{ClientStore, Kind, Tx};
use crate::error::Result;
use crate::text::count;
use crate::time::now;
use sceau::group::Group;
use sceau::pairwise::Account;
use std::collections::HashSet;

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
    if !asks_to_leave(group) {
        item.proposed.iter().try_for_each(|old| tx.delete(Kind::Outbox, *old))?;
        item.proposed.clear();
    }
    Ok(())
}

/// What was sealed in a group that a ReInit has ended does not leave; its drafts are those of the group that takes its place,
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
