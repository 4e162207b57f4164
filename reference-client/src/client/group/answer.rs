//! What the relay's answer does to a group: the own commit is kept, another one is taken, there is none, or it has forgotten.

use super::advance::Asked;
use super::change::devices;
use super::identity::{device_of, policy};
use super::model::{DeviceOf, GroupItem, Status, Unsent};
use super::packages;
use super::people::names;
use super::send::deliver_welcomes;
use super::settle::{give_up, settle};
use super::told::{Told, name};
use crate::client::device::Device;
use crate::client::receive::Report;
use crate::client::store::{Kind, Tx};
use crate::error::{Error, Result};
use crate::time::now;
use sceau::Error as Refused;
use sceau::delivery::CommitHandle;
use sceau::error::Peer;
use sceau::group::{Check, CommitBundle, Group, PskStore, StagedCommit};
use sceau::pairwise::Account;

/// The relay keeps nothing: the epoch is the newest. Welcomes that were set aside are for a group that the device is in
/// (`GDS-39`); what came of a later epoch before it was asked shows a fork (`GDS-12`).
///
/// # Errors
/// As any step.
pub fn empty(device: &mut Device, id: &str, asked: &Asked, report: &mut Report) -> Result<()> {
    let done = device.step(|account, tx, _| {
        let mut done = Report::default();
        let Some((number, mut item, group)) = in_epoch(account, tx, id, asked.handle)? else {
            return Ok(done);
        };
        item.answered_at = Some(now());
        // From now on the outbox is let go: nothing in it may be for somebody who was removed.
        settle(account, tx, &mut item, &group)?;
        for (welcome, _) in &asked.welcomes {
            if tx.has(Kind::GroupInbox, *welcome)? {
                tx.delete(Kind::GroupInbox, *welcome)?;
                done.refuse("misuse");
            }
        }
        if let Some(from) = &asked.later {
            let who = names(tx, std::slice::from_ref(from))?;
            let why =
                format!("{who} has sent something of a later epoch, and the relay knows of none");
            tx.tell([item.fork(&why)])?;
        }
        tx.replace(Kind::Group, number, &item)?;
        Ok(done)
    })?;
    report.add(done);
    Ok(())
}

/// The relay keeps the pending commit: enters its epoch, and sends the Welcome.
///
/// # Errors
/// As any step.
pub fn kept(device: &mut Device, id: &str, handle: CommitHandle) -> Result<()> {
    device.step(|account, tx, _| match in_epoch(account, tx, id, handle)? {
        Some(of) => enter_own(account, tx, of),
        None => Ok(()),
    })
}

/// Enters the epoch of the pending commit, if there is one.
fn enter_own(
    account: &mut Account,
    tx: &mut Tx<'_>,
    (number, mut item, mut group): (i64, GroupItem, Group),
) -> Result<()> {
    let Some(pending) = item.pending.take() else { return Ok(()) };
    let told = Told::of_own(&group, &pending)?;
    let before = devices(&group);
    group.merge_pending()?;
    let came = devices(&group).into_iter().filter(|device| !before.contains(device));
    let came: Vec<DeviceOf> = came.collect();
    told.tell(tx, &item.name)?;
    entered(tx, &mut item, &group, &name(tx, told.ended_by.as_ref())?)?;
    // Each commit of this client has a path.
    item.updated_at = now();
    tx.save_group(&mut group)?;
    for newcomer in came {
        if let Some((package, _)) = packages::of_device(tx, &newcomer)? {
            tx.delete(Kind::TheirPackage, package)?;
        }
        let welcome = pending.welcome.clone();
        item.welcomes.extend(welcome.map(|welcome| Unsent { to: newcomer, welcome }));
    }
    deliver_welcomes(account, tx, &mut item, &group)?;
    tx.replace(Kind::Group, number, &item)
}

/// The relay keeps nothing of this epoch any more (`GDS-09`).
///
/// # Errors
/// As any step.
pub fn gone(device: &mut Device, id: &str, handle: CommitHandle) -> Result<()> {
    device.step(|account, tx, _| match in_epoch(account, tx, id, handle)? {
        Some(of) => tx.gone_early(account, of),
        None => Ok(()),
    })
}

/// Processes the commit that the relay keeps for the present epoch, if it opens (`GDS-10`); the own one is dropped then, and
/// what it did is wished again (`GDS-07`).
///
/// # Errors
/// What does not open, and what needs a pre-shared key that the device does not have (`GRP-67`): the relay is asked again
/// later. A store that can't be read or written.
pub fn taken(device: &mut Device, id: &str, handle: CommitHandle, sealed: &[u8]) -> Result<()> {
    let stuck = device.step(|account, tx, _| {
        let Some((number, mut item, mut group)) = in_epoch(account, tx, id, handle)? else {
            return Ok(None);
        };
        let opened = group.commit_secrets()?.open(sealed);
        if let Err(error @ Refused::Peer(Peer::Undecryptable)) = opened {
            item.get_stuck(error.class(), now());
            tx.replace(Kind::Group, number, &item)?;
            return Ok(item.stuck());
        }
        if opened.as_ref().is_ok_and(|taken| is_own(&item, &group, taken)) {
            return enter_own(account, tx, (number, item, group)).map(|()| None);
        }
        if let Some(pending) = item.pending.take() {
            group.clear_pending()?;
            item.wishes.splice(0..0, pending.wishes);
        }
        let mut stuck = None;
        match opened.and_then(|bundle| stage(&group, &bundle)) {
            Ok(staged) => process(tx, &mut item, &mut group, staged)?,
            Err(error @ Refused::Provider(_)) => return Err(error.into()),
            // GRP-67: it may come.
            Err(Refused::Group(refused)) if refused.check == Check::PskUnknown => {
                item.get_stuck(refused.check.class(), now());
                stuck = item.stuck();
            }
            Err(error) => {
                let by = match &error {
                    Refused::Group(refused) => refused.leaf.and_then(|leaf| group.member(leaf)),
                    _ => None,
                };
                let of = by.and_then(device_of).map(|by| names(tx, &[by])).transpose()?;
                let of = of.map_or(String::new(), |by| format!(" of {by}"));
                let why = format!("the next commit{of} was refused: {error}");
                tx.tell([item.fork(&why)])?;
            }
        }
        tx.save_group(&mut group)?;
        tx.replace(Kind::Group, number, &item)?;
        Ok(stuck)
    })?;
    stuck.map_or(Ok(()), Err)
}

/// `GDS-34`: whether a bundle is that of the pending commit, whoever has sealed it.
fn is_own(item: &GroupItem, group: &Group, taken: &CommitBundle) -> bool {
    let own = item.pending.as_ref().and_then(|pending| {
        let sealed = hex::decode(&pending.sealed).ok()?;
        group.commit_secrets().ok()?.open(&sealed).ok()
    });
    own.as_ref() == Some(taken)
}

/// Enters the epoch of a commit, or leaves the group by it.
fn process(
    tx: &mut Tx<'_>,
    item: &mut GroupItem,
    group: &mut Group,
    staged: StagedCommit,
) -> Result<()> {
    let mut told = Told::of(group, &staged);
    let own = group.member(group.own_leaf()).and_then(device_of);
    let (new, out) = (Told::additions(group, &staged), staged.removes_self());
    let renewed = staged.updated().contains(&group.own_leaf());
    // GDS-26: what late messages need stays.
    group.merge(staged)?;
    if out {
        item.end(Status::Removed);
        let end = told.own_end(tx, own.as_ref(), &item.name)?;
        tx.tell([end])?;
        return give_up(tx, item).map(|_| ());
    }
    if renewed {
        item.updated_at = now();
    }
    told.added(group, new);
    told.tell(tx, &item.name)?;
    entered(tx, item, group, &name(tx, told.ended_by.as_ref())?)
}

/// A bundle as one step (`GDS-37`).
fn stage(group: &Group, bundle: &CommitBundle) -> std::result::Result<StagedCommit, Refused> {
    group.receive_bundle(bundle, &PskStore::new(), now())
}

/// What an epoch begins with, as the item has it.
fn entered(tx: &mut Tx<'_>, item: &mut GroupItem, group: &Group, by: &str) -> Result<()> {
    item.enter(now());
    if group.reinit().is_some() {
        item.status = Status::Replaced;
        item.wishes.clear();
        tx.tell([format!(
            "{by} ended the group {}: another one takes its place, and is to be joined by its Welcome",
            item.name
        )])?;
    }
    Ok(())
}

/// The group of an id, while it is in the epoch of a handle: another process may have been here.
fn in_epoch(
    account: &Account,
    tx: &Tx<'_>,
    id: &str,
    handle: CommitHandle,
) -> Result<Option<(i64, GroupItem, Group)>> {
    let Some((number, item)) = tx.group_item_if_known(id)? else { return Ok(None) };
    if item.status != Status::Active {
        return Ok(None);
    }
    let group = tx.group(&item.group_id()?, policy(account))?;
    let here = group.commit_secrets()?.handle() == handle;
    Ok(here.then_some((number, item, group)))
}

impl Tx<'_> {
    /// The group has gone on without this device: all of it is erased (`GDS-46`), and the person is told.
    ///
    /// # Errors
    /// As any write.
    pub fn leave_behind(&mut self, number: i64, item: &mut GroupItem, group: Group) -> Result<()> {
        self.erase_group(group)?;
        item.end(Status::Gone);
        self.tell([format!(
            "the group {} has gone on for too long without this device: ask a member to remove you and add you again",
            item.name
        )])?;
        give_up(self, item)?;
        self.replace(Kind::Group, number, item)
    }
}

impl GroupItem {
    /// Stops it until the person has decided (`GDS-12`); gives what the person is told.
    pub fn fork(&mut self, why: &str) -> String {
        self.status = Status::Forked;
        format!("the group {0} may have split ({why}). See `sceau group list {0}`", self.name)
    }

    /// The device is out of it.
    pub fn end(&mut self, status: Status) {
        (self.status, self.pending, self.leaving) = (status, None, false);
        self.wishes.clear();
        self.welcomes.clear();
    }
}

impl GroupItem {
    /// The relay has given as the next commit what can't be taken. Of one that lacks a pre-shared key it stays known that it has
    /// come (`GDS-08`).
    pub fn get_stuck(&mut self, class: &str, now: u64) {
        if !self.lacks_psk() {
            self.stuck_as = Some(class.to_owned());
        }
        self.stuck_at = Some(now);
    }

    /// What the person is told of that.
    pub fn stuck(&self) -> Option<Error> {
        let class = self.stuck_as.as_ref().filter(|_| self.stuck_at.is_some())?;
        let mut error = Error::refused(format!(
            "what the relay has as the next commit of the group {} can't be taken ({class})",
            self.name
        ))
        .next(
            "nothing is sent in the group until it can; if it stays so, make a new group: somebody has put rubbish there",
        );
        let classes = [Refused::from(Peer::Undecryptable).class(), Check::PskUnknown.class()];
        error.class = classes.into_iter().find(|of| of == class);
        Some(error)
    }
}
