//! Commits: made from what is wished, pending until the relay has said whose counts (`GDS-06`, `GDS-07`).

use super::advance::Asked;
use super::identity::{device_of, identity, policy};
use super::model::{DeviceOf, GroupItem, Pending, Status, Unsent, Wish};
use super::packages;
use super::people::names;
use super::send::{content_of, deliver_welcomes, give_up, settle};
use super::told::{Told, member, name};
use crate::client::device::Device;
use crate::client::receive::Report;
use crate::client::store::{Kind, Tx};
use crate::crypto;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::time::now;
use sceau::Error as Refused;
use sceau::delivery::CommitHandle;
use sceau::error::Peer;
use sceau::group::{
    Check, CommitBundle, CommitOptions, Group, GroupContent, Proposal, PskStore, StagedCommit,
};
use sceau::pairwise::Account;

/// Adds to what is wished of a group: of one device the last wish counts, but whom a wish removes another one may add again.
///
/// # Errors
/// As any write.
pub fn wish(device: &mut Device, id: &str, wishes: Vec<Wish>) -> Result<()> {
    device.step(|_, tx, _| {
        let (number, mut item) = tx.group_item(id)?;
        for wish in wishes {
            if let Wish::Remove(device) = &wish {
                item.wishes.retain(|of| *of != Wish::Add(device.clone()));
            }
            if !item.wishes.contains(&wish) {
                item.wishes.push(wish);
            }
        }
        tx.replace(Kind::Group, number, &item)
    })
}

/// Makes a commit of what is wished, and stores it as pending; false when there is nothing to do. What is refused is wished no
/// longer, and keeps nothing else from being done: whom it was about is told, and a key package that does not serve goes.
///
/// # Errors
/// What the protocol refuses, where nothing else is left to do.
pub fn make(device: &mut Device, id: &str) -> Result<bool> {
    device.step(|account, tx, _| {
        let (number, mut item) = tx.group_item(id)?;
        if item.status != Status::Active || item.pending.is_some() {
            return Ok(Ok(false));
        }
        let mut group = tx.group(&item.group_id()?, policy(account))?;
        // GDS-29
        if item.wishes.is_empty() && !group.must_commit(&PskStore::new(), now())? {
            return Ok(Ok(false));
        }
        let mut wishes = std::mem::take(&mut item.wishes);
        item.wishes = later(&group, &mut wishes);
        let mut made = make_in(account, tx, &item, &mut group, wishes.clone());
        let refused = |made: &Result<_>| {
            made.as_ref().err().is_some_and(|error: &Error| error.kind == ErrorKind::Refused)
        };
        if refused(&made) && !wishes.is_empty() {
            wishes = serving(account, tx, &item, wishes)?;
            group = tx.group(&item.group_id()?, policy(account))?;
            if !wishes.is_empty() || group.must_commit(&PskStore::new(), now())? {
                made = make_in(account, tx, &item, &mut group, wishes);
            }
        }
        let made = match made {
            Ok(pending) => {
                item.pending = pending;
                tx.save_group(&mut group)?;
                Ok(item.pending.is_some())
            }
            // That it is no longer wished is stored as well.
            Err(error) if error.kind == ErrorKind::Refused => Err(error),
            Err(error) => return Err(error),
        };
        tx.replace(Kind::Group, number, &item)?;
        Ok(made)
    })?
}

/// Takes out of what is wished the Adds of members who are to be removed first: the commit after that adds them.
fn later(group: &Group, wishes: &mut Vec<Wish>) -> Vec<Wish> {
    let members = devices(group);
    let removed: Vec<DeviceOf> = wishes
        .iter()
        .filter_map(|wish| match wish {
            Wish::Remove(device) if members.contains(device) => Some(device.clone()),
            _ => None,
        })
        .collect();
    wishes
        .extract_if(.., |wish| matches!(wish, Wish::Add(device) if removed.contains(device)))
        .collect()
}

/// Of what is wished that which can be done together, each tried with those before it; the person is told of the rest.
fn serving(
    account: &Account,
    tx: &mut Tx<'_>,
    item: &GroupItem,
    wishes: Vec<Wish>,
) -> Result<Vec<Wish>> {
    let mut serving = Vec::new();
    for wish in wishes {
        serving.push(wish);
        let mut group = tx.group(&item.group_id()?, policy(account))?;
        let tried = make_in(account, tx, item, &mut group, serving.clone());
        let error = match tried {
            Ok(_) => continue,
            Err(error) if error.kind != ErrorKind::Refused => return Err(error),
            Err(error) => error,
        };
        let what = match serving.pop() {
            Some(Wish::Add(device)) => {
                // It does not serve another time, unless what was made with it was only too long.
                let package = packages::of_device(tx, &device)?;
                if let Some((package, _)) = package.filter(|_| error.class != Some("limit")) {
                    tx.delete(Kind::TheirPackage, package)?;
                }
                format!("{} was not added", names(tx, &[device])?)
            }
            Some(Wish::Remove(device)) => format!("{} was not removed", names(tx, &[device])?),
            _ => "the own keys were not renewed".to_owned(),
        };
        tx.tell([format!("{what} in the group {}: {error}", item.name)])?;
    }
    Ok(serving)
}

fn make_in(
    account: &Account,
    tx: &Tx<'_>,
    item: &GroupItem,
    group: &mut Group,
    wishes: Vec<Wish>,
) -> Result<Option<Pending>> {
    let leaf_of = |device: &DeviceOf| {
        let mut members = group.members();
        members.find(|(_, leaf)| device_of(leaf).as_ref() == Some(device)).map(|(index, _)| index)
    };
    let (mut proposals, mut left) = (Vec::new(), Vec::new());
    let mut update = false;
    for wish in wishes {
        match &wish {
            // What somebody else has done meanwhile is done.
            Wish::Add(device) if leaf_of(device).is_some() => continue,
            Wish::Add(device) => {
                let Some((_, package)) = packages::of_device(tx, device)? else { continue };
                proposals.push(Proposal::Add(Box::new(package)));
            }
            Wish::Remove(device) => match leaf_of(device) {
                Some(leaf) if leaf != group.own_leaf() => proposals.push(Proposal::Remove(leaf)),
                _ => continue,
            },
            Wish::Update => update = true,
        }
        left.push(wish);
    }
    if left.is_empty() && !group.must_commit(&PskStore::new(), now())? {
        return Ok(None);
    }
    let mut options = CommitOptions::new(proposals);
    if update {
        options.identity = Some(identity(account)?);
    }
    let made = group.commit(&options, &PskStore::new(), now(), &mut crypto::rng())?;
    let sealed = group.commit_secrets()?.seal(&made.bundle, &mut crypto::rng());
    let sealed = sealed.map_err(|error| Error::from(error).next("add fewer people at a time"))?;
    if let Some(welcome) = &made.welcome {
        let content = GroupContent { relay: group.relay(), message: welcome.clone() };
        content_of(&content, Some(&item.name)).map_err(|error| {
            error.next("the group has become too large for its Welcome: make another group")
        })?;
    }
    let (sealed, welcome) = (hex::encode(sealed), made.welcome.map(hex::encode));
    Ok(Some(Pending { sealed, welcome, wishes: left }))
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
pub fn kept(
    device: &mut Device,
    id: &str,
    handle: CommitHandle,
    report: &mut Report,
) -> Result<()> {
    let done = device.step(|account, tx, _| {
        let mut done = Report::default();
        let Some((number, mut item, mut group)) = in_epoch(account, tx, id, handle)? else {
            return Ok(done);
        };
        let Some(pending) = item.pending.take() else { return Ok(done) };
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
        done.notices.extend(deliver_welcomes(account, tx, &mut item, &group)?);
        tx.replace(Kind::Group, number, &item)?;
        Ok(done)
    })?;
    report.add(done);
    Ok(())
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

impl GroupItem {
    /// The relay has given as the next commit what can't be taken.
    fn get_stuck(&mut self, class: &str, now: u64) {
        self.stuck_at = Some(now);
        self.stuck_as = Some(class.to_owned());
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

/// Enters the epoch of a commit, or leaves the group by it.
fn process(
    tx: &mut Tx<'_>,
    item: &mut GroupItem,
    group: &mut Group,
    staged: StagedCommit,
) -> Result<()> {
    let by = member(group, staged.sender());
    let mut told = Told::of(group, &staged);
    let own = group.member(group.own_leaf()).and_then(device_of);
    let (new, out) = (staged.added().to_vec(), staged.removes_self());
    let renewed = staged.updated().contains(&group.own_leaf());
    // GDS-26: what late messages need stays.
    group.merge(staged)?;
    if out {
        item.end(Status::Removed);
        let by = own.as_ref().and_then(|own| told.removed_by(own));
        tx.tell([match by == own.as_ref() {
            true => format!("you have left the group {}", item.name),
            false => format!("{} has removed you from the group {}", name(tx, by)?, item.name),
        }])?;
        return give_up(tx, item).map(|_| ());
    }
    if renewed {
        item.updated_at = now();
    }
    let new = new.into_iter().filter_map(|leaf| group.member(leaf));
    told.added(new.filter_map(device_of), by.as_ref());
    told.tell(tx, &item.name)?;
    entered(tx, item, group, &name(tx, told.ended_by.as_ref())?)
}

/// A bundle as one step (`GDS-37`).
fn stage(group: &Group, bundle: &CommitBundle) -> std::result::Result<StagedCommit, Refused> {
    group.receive_bundle(bundle, &PskStore::new(), now())
}

/// The devices that are in a group.
fn devices(group: &Group) -> Vec<DeviceOf> {
    group.members().filter_map(|(_, leaf)| device_of(leaf)).collect()
}
