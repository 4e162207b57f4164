//! Following a group: the relay says whose commit counts for each epoch, one after the other.
//!
//! ```text
//!          ┌──────────────────────────────────────────────────────────────────┐
//!          ▼                                                                  │
//!  look at what waits ──► commit(handle, pending or nothing) ─┬─ empty ─► make a commit of what is wished, or end
//!                                                             ├─ kept ──► look again, merge, send the Welcome ──┤
//!                                                             ├─ taken ─► look again, process that one ─────────┤
//!                                                             └─ gone ──► end: too early, so the person decides
//! ```
//! What was sent in an epoch before its commit was put is in the mailboxes before the commit is seen, so looking again
//! before the epoch is left reads it while its keys are there.

use super::answer::{empty, gone, kept, taken};
use super::change::make;
use super::identity::{device_of, members, policy};
use super::inbox::look;
use super::leave::leave_on;
use super::limits::MAX_LEAF_AGE;
use super::model::{DeviceOf, Draft, GroupItem, Status, Waiting, Wish, stored};
use super::people::names;
use super::reach::{open_sessions, without_session};
use super::send::{deliver_welcomes, seal_drafts};
use super::settle::give_up;
use crate::client::device::Device;
use crate::client::receive::{Report, fetch};
use crate::client::relays::Relays;
use crate::client::store::{Kind, Tx};
use crate::error::{Error, Result};
use crate::time::now;
use sceau::delivery::{CommitAnswer, CommitHandle, RelayName};
use sceau::group::{Confirmation, Group, LeafCredential, MlsMessage};
use sceau::pairwise::Account;
use std::collections::BTreeSet;

/// Answers of the relay that are followed in one go; the rest comes with the next command.
const TURNS: usize = 10_000;

/// Follows all groups, and seals what is to be sent.
///
/// # Errors
/// The first failure, after all groups were looked after.
pub fn advance_all(device: &mut Device, relays: &mut Relays, report: &mut Report) -> Result<()> {
    look(device, report)?;
    advance_others(device, relays, BTreeSet::new(), report)
}

/// Follows all groups but those of the items `seen`, also such as are joined meanwhile (`GDS-08`).
fn advance_others(
    device: &mut Device,
    relays: &mut Relays,
    mut seen: BTreeSet<i64>,
    report: &mut Report,
) -> Result<()> {
    let mut failure = None;
    loop {
        let mut groups = device.store().groups()?;
        groups.retain(|(number, _)| !seen.contains(number));
        if groups.is_empty() {
            return failure.map_or(Ok(()), Err);
        }
        // Those of the own relay, then those whose relays were not asked for longest: none waits behind others for ever.
        groups.sort_by_key(|(_, item)| item.asked_at);
        for (number, item) in groups {
            seen.insert(number);
            let done = advance_one(device, relays, &item.id, report);
            let done = done.and_then(|()| seal_and_tell(device, relays, &item.id, report));
            if let Err(error) = done {
                failure.get_or_insert(error);
            }
        }
    }
}

/// Follows a group to its present epoch, does what is wished, and says which drafts have left; follows groups that are joined
/// meanwhile.
///
/// # Errors
/// A relay that can't be reached: all goes on with the next command. What the protocol refuses of what was wished.
pub fn advance(
    device: &mut Device,
    relays: &mut Relays,
    id: &str,
    report: &mut Report,
) -> Result<()> {
    let known = device.store().groups()?.into_iter().map(|(number, _)| number).collect();
    let done = advance_one(device, relays, id, report);
    let joined = advance_others(device, relays, known, report);
    done.and(joined)
}

fn advance_one(
    device: &mut Device,
    relays: &mut Relays,
    id: &str,
    report: &mut Report,
) -> Result<()> {
    reach_newcomers(device, relays, id, report)?;
    look_after(device, id, now())?;
    for _ in 0..TURNS {
        let Some(asked) = ask(device, id)? else { return Ok(()) };
        // Whoever follows looks often: such a relay is asked once within `commit_poll`.
        if let Some(stuck) = asked.stuck.clone().filter(|_| relays.follows) {
            return Err(stuck);
        }
        let known: Vec<String> =
            device.contacts()?.into_iter().filter_map(|(_, contact)| contact.relay).collect();
        let sealed = asked.sealed.clone();
        if !sealed.is_empty() {
            reach_newcomers(device, relays, id, report)?;
        }
        if relays.has_time_for(&asked.relay, &known) {
            device.step(|_, tx, _| {
                let Some((number, mut item)) = tx.group_item_if_known(id)? else { return Ok(()) };
                item.asked_at = Some(now());
                tx.replace(Kind::Group, number, &item)
            })?;
        }
        match relays.commit(&asked.relay, &known, asked.handle, sealed)? {
            CommitAnswer::Empty => {
                empty(device, id, &asked, report)?;
                tell_refused(device, id, &asked.welcomes)?;
                if !make(device, id)? {
                    return leave_on(device, relays, id, report);
                }
            }
            CommitAnswer::Kept => {
                fetch(device, relays, report)?;
                look(device, report)?;
                kept(device, id, asked.handle)?;
            }
            CommitAnswer::Taken(sealed) => {
                fetch(device, relays, report)?;
                look(device, report)?;
                taken(device, id, asked.handle, &sealed)?;
                // What came early for the new epoch.
                look(device, report)?;
            }
            CommitAnswer::Gone => gone(device, id, asked.handle)?,
        }
    }
    Err(Error::unreachable("the group goes on and on").next("run `sceau receive` again"))
}

/// Begins sessions with those to whom a Welcome goes, or goes once the pending commit is kept, and with whom there is none: it
/// may have ended since their key package came in it (`GDS-47`).
fn reach_newcomers(
    device: &mut Device,
    relays: &mut Relays,
    id: &str,
    report: &mut Report,
) -> Result<()> {
    let without = device.step(|account, tx, _| {
        let item = tx.group_item_if_known(id)?.filter(|(_, item)| item.status == Status::Active);
        let Some((_, item)) = item else { return Ok(Vec::new()) };
        let welcomed = item.welcomes.into_iter().map(|unsent| unsent.to);
        let wishes = item.pending.into_iter().flat_map(|pending| pending.wishes);
        let added = wishes.filter_map(|wish| match wish {
            Wish::Add(device) => Some(device),
            _ => None,
        });
        without_session(account, welcomed.chain(added))
    })?;
    open_sessions(device, relays, &without, report)
}

/// Seals a group's drafts ([`seal_drafts`]), and tells whom each does not go to now, for want of a session.
///
/// # Errors
/// As [`seal_drafts`].
pub fn seal_and_tell(
    device: &mut Device,
    relays: &mut Relays,
    id: &str,
    report: &mut Report,
) -> Result<()> {
    let left = |device: &mut Device| -> Result<Vec<(i64, Vec<DeviceOf>)>> {
        let drafts = device.store().items::<Draft>(Kind::GroupDraft)?.into_iter();
        let sealed = drafts.filter(|(_, draft)| draft.group == id && draft.sealed.is_some());
        Ok(sealed.map(|(number, draft)| (number, draft.to)).collect())
    };
    let before = left(device)?;
    seal_drafts(device, relays, id, report)?;
    // The same is not told again.
    let after = left(device)?.into_iter().filter(|left| !before.contains(left));
    let mut out: Vec<DeviceOf> = after.flat_map(|(_, to)| to).collect();
    out.sort();
    out.dedup();
    if !out.is_empty() {
        let (who, name) =
            device.step(|_, tx, _| Ok((names(tx, &out)?, tx.group_item(id)?.1.name)))?;
        report.notices.push(format!(
            "what you have said in {name} does not go to {who} now, for want of a session; it waits for one"
        ));
    }
    Ok(())
}

/// Tells of Welcomes that were set aside and are refused now, since nobody has removed the device.
fn tell_refused(device: &mut Device, id: &str, welcomes: &[(i64, DeviceOf)]) -> Result<()> {
    device.step(|_, tx, _| {
        for (number, from) in welcomes {
            if !tx.has(Kind::GroupInbox, *number)? {
                let (who, name) = (names(tx, std::slice::from_ref(from))?, tx.group_item(id)?.1.name);
                tx.tell([format!(
                    "a Welcome of {who} to the group {name} was refused: you are in it, and the relay knows of no removal"
                )])?;
            }
        }
        Ok(())
    })
}

/// What the relay is asked, and what its answer decides about.
pub struct Asked {
    relay: RelayName,
    /// The present epoch's handle.
    pub handle: CommitHandle,
    sealed: Vec<u8>,
    /// What the person is told where the relay's last answer can't be taken and it is not asked again yet (`GDS-10`).
    stuck: Option<Error>,
    /// Welcomes that were set aside until it has answered (`GDS-39`): their items, and whose they are.
    pub welcomes: Vec<(i64, DeviceOf)>,
    /// Who has sent something of a later epoch before it was asked (`GDS-12`).
    pub later: Option<DeviceOf>,
}

/// What to ask for a group; none where nothing is to be asked, since its device is out of it, or what comes is undecided.
fn ask(device: &mut Device, id: &str) -> Result<Option<Asked>> {
    device.step(|account, tx, _| {
        let Some((number, mut item)) = tx.group_item_if_known(id)? else { return Ok(None) };
        // GDS-43 is for a group that has stopped as well.
        if !matches!(item.status, Status::Active | Status::Forked | Status::Rejoining) {
            return Ok(None);
        }
        let group = tx.group(&item.group_id()?, policy(account))?;
        // GDS-43: it may have forgotten.
        if item.is_forgotten(account.policy().limits.max_envelope_age, now()) {
            return tx.leave_behind(number, &mut item, group).map(|()| None);
        }
        if item.status != Status::Active {
            return Ok(None);
        }
        asked(tx, &item, &group).map(Some)
    })
}

fn asked(tx: &Tx<'_>, item: &GroupItem, group: &Group) -> Result<Asked> {
    let relay = group.relay().ok_or_else(|| Error::fault("a group without a relay"))?;
    let sealed = item.pending.as_ref().map_or(Ok(Vec::new()), |p| stored(&p.sealed))?;
    let (mut welcomes, mut later) = (Vec::new(), None);
    for (number, waiting) in tx.items::<Waiting>(Kind::GroupInbox)? {
        let set_aside = waiting.of.as_ref() == Some(&item.id);
        match waiting.open()?.1 {
            MlsMessage::Welcome(_) if set_aside => welcomes.push((number, waiting.from)),
            // The person may have decided to go on beside it.
            MlsMessage::Private(message) if !set_aside => {
                let ahead = message.group_id == group.group_id() && message.epoch > group.epoch();
                let mut devices = group.members().filter_map(|(_, leaf)| device_of(leaf));
                if ahead && devices.any(|device| device == waiting.from) {
                    later = Some(waiting.from);
                }
            }
            _ => {}
        }
    }
    let stuck = item.stuck().filter(|_| !item.is_awaited(now()));
    Ok(Asked { relay, handle: group.commit_secrets()?.handle(), sealed, stuck, welcomes, later })
}

/// The handles of the present epochs of all groups whose commits a relay orders.
///
/// # Errors
/// As any step.
pub fn handles(device: &mut Device, relay: &RelayName) -> Result<Vec<CommitHandle>> {
    device.step(|account, tx, _| {
        let items: Vec<(i64, GroupItem)> = tx.items(Kind::Group)?;
        let mut handles = Vec::new();
        for (_, item) in items.iter().filter(|(_, item)| item.is_awaited(now())) {
            let group = tx.group(&item.group_id()?, policy(account))?;
            if group.relay().as_ref() == Some(relay) {
                handles.push(group.commit_secrets()?.handle());
            }
        }
        Ok(handles)
    })
}

/// Erases of a group what is too old (`GDS-23`, `GDS-48`), or all (`GDS-26`, `GDS-46`); sends Welcomes that wait for a
/// session; wishes what is due: new keys for an old leaf (`GDS-27`), no member whom a list refutes (`GDS-17`) or whose
/// account was withdrawn.
///
/// # Errors
/// As any step.
pub fn look_after(device: &mut Device, id: &str, now: u64) -> Result<()> {
    let revoked = device.revoked().clone();
    device.step(|account, tx, _| {
        let Some((number, mut item)) = tx.group_item_if_known(id)? else { return Ok(()) };
        if !item.is_member() && give_up(tx, &mut item)? {
            tx.replace(Kind::Group, number, &item)?;
            return Ok(());
        }
        let group = tx.group_if_kept(&item.group_id()?, policy(account))?;
        let Some(mut group) = group else { return Ok(()) };
        if group.is_over(now) {
            tx.erase_group(group)?;
            give_up(tx, &mut item)?;
            tx.replace(Kind::Group, number, &item)?;
            return Ok(());
        }
        group.expire(now);
        tx.save_group(&mut group)?;
        if item.status != Status::Active {
            return Ok(());
        }
        for wish in
            due(account, &item, &group, |device| Ok(revoked.has(&stored(&device.0)?, device.1)))?
        {
            if !item.wishes.contains(&wish) {
                item.wishes.push(wish);
            }
        }
        deliver_welcomes(account, tx, &mut item, &group)?;
        tx.replace(Kind::Group, number, &item)
    })
}

fn due(
    account: &Account,
    item: &GroupItem,
    group: &Group,
    is_withdrawn: impl Fn(&DeviceOf) -> Result<bool>,
) -> Result<Vec<Wish>> {
    let mut wishes = Vec::new();
    let own = group.member(group.own_leaf());
    let credential = own.map(|leaf| LeafCredential::of(&leaf.credential));
    // A credential that was renewed follows into the leaf.
    let renewed =
        credential.is_some_and(|of| of.is_ok_and(|of| of.credential != *account.credential()));
    if renewed || now().saturating_sub(item.updated_at) >= MAX_LEAF_AGE {
        wishes.push(Wish::Update);
    }
    let own = own.and_then(device_of);
    for (device, known) in members(group) {
        let out = known == Confirmation::Refuted || is_withdrawn(&device)?;
        if out && Some(&device) != own.as_ref() {
            wishes.push(Wish::Remove(device));
        }
    }
    Ok(wishes)
}

impl Tx<'_> {
    /// The relay says that it keeps nothing of this epoch any more (`GDS-09`). Whoever is told so has heard of it within
    /// `max_envelope_age`, so the relay lies, or has lost what it kept: the person decides, and nothing is erased before. Gives
    /// what the person is told.
    ///
    /// # Errors
    /// As any write.
    pub fn gone_early(
        &mut self,
        account: &Account,
        (number, mut item, group): (i64, GroupItem, Group),
    ) -> Result<()> {
        // GDS-09
        let age = account.policy().limits.max_envelope_age;
        if item.answered_at.is_none_or(|at| now().saturating_sub(at) >= age) {
            return self.leave_behind(number, &mut item, group);
        }
        let why = "the relay says that it keeps the next commit no longer, which is too early";
        let told = item.fork(why);
        self.tell([told])?;
        self.replace(Kind::Group, number, &item)
    }
}
