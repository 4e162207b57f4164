//! Commits: made from what is wished, pending until the relay has said whose counts (`GDS-06`, `GDS-07`).

use super::identity::{device_of, identity, policy};
use super::model::{DeviceOf, GroupItem, Pending, Status, Wish, stored};
use super::packages;
use super::people::names;
use super::send::{content_of, seal_for};
use super::wire::{CommitSecrets, GroupContent};
use crate::client::device::Device;
use crate::client::receive::Report;
use crate::client::store::{Kind, Tx};
use crate::crypto;
use crate::error::{Kind as ErrorKind, Result};
use crate::time::now;
use sceau::delivery::CommitHandle;
use sceau::group::{
    CommitOptions, Group, MlsMessage, Proposal, PskStore, Received, Sender, StagedCommit,
};
use sceau::pairwise::Account;
use sceau::{Error as Refused, Wire};

/// `max_past_epochs`: how far back messages are read.
pub const PAST_EPOCHS: u64 = 2;

/// Adds to what is wished of a group.
///
/// # Errors
/// As any write.
pub fn wish(device: &mut Device, id: &str, wishes: Vec<Wish>) -> Result<()> {
    device.step(|_, tx, _| {
        let (number, mut item) = tx.group_item(id)?;
        for wish in wishes {
            if !item.wishes.contains(&wish) {
                item.wishes.push(wish);
            }
        }
        tx.replace(Kind::Group, number, &item)
    })
}

/// Makes a commit of what is wished, and stores it as pending; false when there is nothing to do.
///
/// # Errors
/// What the protocol refuses: then what was wished is dropped.
pub fn make(device: &mut Device, id: &str) -> Result<bool> {
    // What is refused is not tried for ever: that it is no longer wished is stored as well.
    device.step(|account, tx, _| {
        let (number, mut item) = tx.group_item(id)?;
        if item.wishes.is_empty() || item.status != Status::Active || item.pending.is_some() {
            return Ok(Ok(false));
        }
        let wishes = std::mem::take(&mut item.wishes);
        let mut group = tx.group(&item.group_id()?, policy(account))?;
        let made = match make_in(account, tx, &item, &mut group, wishes) {
            Ok(pending) => {
                item.pending = pending;
                tx.save_group(&mut group)?;
                Ok(item.pending.is_some())
            }
            Err(error) if matches!(error.kind, ErrorKind::Refused) => Err(error),
            Err(error) => return Err(error),
        };
        tx.replace(Kind::Group, number, &item)?;
        Ok(made)
    })?
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
    let (mut proposals, mut added, mut left) = (Vec::new(), Vec::new(), Vec::new());
    let mut path = false;
    for wish in wishes {
        match &wish {
            // What somebody else has done meanwhile is done.
            Wish::Add(device) if leaf_of(device).is_some() => continue,
            Wish::Add(device) => {
                let Some((_, package)) = packages::of_device(tx, device)? else { continue };
                proposals.push(Proposal::Add(Box::new(package)));
                added.push(device.clone());
            }
            Wish::Remove(device) => match leaf_of(device) {
                Some(leaf) if leaf != group.own_leaf() => proposals.push(Proposal::Remove(leaf)),
                _ => continue,
            },
            Wish::Update => path = true,
            Wish::Proposals if group.proposal_count() == 0 => continue,
            Wish::Proposals => {}
        }
        left.push(wish);
    }
    if left.is_empty() {
        return Ok(None);
    }
    let mut options = CommitOptions::new(proposals);
    if path {
        options.identity = Some(identity(account)?);
    }
    let made = group.commit(&options, &PskStore::new(), now(), &mut crypto::rng())?;
    let sealed = CommitSecrets::of(group)?.seal(&made.commit)?;
    if let Some(welcome) = &made.welcome {
        let relay = item.relay.clone().into_bytes();
        let content = GroupContent { relay, message: welcome.clone() };
        content_of(&content, Some(&item.name)).map_err(|error| {
            error.next("the group has become too large for its Welcome: make another group")
        })?;
    }
    let (sealed, welcome) = (hex::encode(sealed), made.welcome.map(hex::encode));
    Ok(Some(Pending { sealed, welcome, added, wishes: left }))
}

/// The group of an id, while it is in the epoch of a handle: another process may have been here.
fn in_epoch(tx: &Tx<'_>, id: &str, handle: CommitHandle) -> Result<Option<(i64, GroupItem)>> {
    let (number, item) = tx.group_item(id)?;
    let here = item.status == Status::Active && item.commit_handle()? == handle;
    Ok(here.then_some((number, item)))
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
        let Some((number, mut item)) = in_epoch(tx, id, handle)? else { return Ok(done) };
        let Some(pending) = item.pending.take() else { return Ok(done) };
        let mut group = tx.group(&item.group_id()?, policy(account))?;
        let before: Vec<DeviceOf> = devices(&group);
        group.merge_pending()?;
        // Of what was proposed the person is told; the rest is the own wish.
        let after = devices(&group);
        let own = |device: &&DeviceOf| pending.wishes.contains(&Wish::Remove((*device).clone()));
        let gone = before.iter().filter(|device| !after.contains(device) && !own(device));
        let gone: Vec<DeviceOf> = gone.cloned().collect();
        if !gone.is_empty() {
            let who = names(tx, &gone)?;
            done.notices.push(format!("{who} has left the group {}", item.name));
        }
        note_epoch(&mut item, &group)?;
        // Each commit of this client has a path.
        item.updated_at = now();
        tx.save_group(&mut group)?;
        tx.replace(Kind::Group, number, &item)?;
        if let Some(welcome) = &pending.welcome {
            let relay = item.relay.clone().into_bytes();
            let content = GroupContent { relay, message: stored(welcome)? };
            for newcomer in &pending.added {
                if let Some((package, _)) = packages::of_device(tx, newcomer)? {
                    tx.delete(Kind::TheirPackage, package)?;
                }
                let sealed =
                    seal_for(account, tx, newcomer, &content, Some(&item.name), now())?;
                if sealed.is_none() {
                    let name = names(tx, std::slice::from_ref(newcomer))?;
                    done.notices.push(format!(
                        "the Welcome for {name} can't be sent, for want of a session: remove {name} from {} and add \
                         them again",
                        item.name
                    ));
                }
            }
        }
        Ok(done)
    })?;
    report.add(done);
    Ok(())
}

/// The relay keeps another commit: drops the pending one, and wishes again what it did.
///
/// # Errors
/// As any step.
pub fn lost(device: &mut Device, id: &str, handle: CommitHandle) -> Result<()> {
    device.step(|account, tx, _| {
        let Some((number, mut item)) = in_epoch(tx, id, handle)? else { return Ok(()) };
        let Some(pending) = item.pending.take() else { return Ok(()) };
        let mut group = tx.group(&item.group_id()?, policy(account))?;
        group.clear_pending()?;
        tx.save_group(&mut group)?;
        item.wishes.splice(0..0, pending.wishes);
        tx.replace(Kind::Group, number, &item)
    })
}

/// The relay keeps nothing of this epoch any more (`GDS-09`).
///
/// # Errors
/// As any step.
pub fn gone(
    device: &mut Device,
    id: &str,
    handle: CommitHandle,
    report: &mut Report,
) -> Result<()> {
    let name = device.step(|_, tx, _| {
        let Some((number, mut item)) = in_epoch(tx, id, handle)? else { return Ok(None) };
        (item.status, item.pending) = (Status::Gone, None);
        item.wishes.clear();
        tx.replace(Kind::Group, number, &item)?;
        Ok(Some(item.name))
    })?;
    report.notices.extend(name.map(|name| format!(
        "the group {name} has gone on for too long without this device: ask a member to remove you and add you again"
    )));
    Ok(())
}

/// Processes the commit that the relay keeps for the present epoch (`GDS-10`).
///
/// # Errors
/// A store that can't be read or written.
pub fn process(
    device: &mut Device,
    id: &str,
    handle: CommitHandle,
    sealed: &[u8],
    report: &mut Report,
) -> Result<()> {
    let done = device.step(|account, tx, _| {
        let mut done = Report::default();
        let Some((number, mut item)) = in_epoch(tx, id, handle)? else {
            return Ok(done);
        };
        let mut group = tx.group(&item.group_id()?, policy(account))?;
        let opened = CommitSecrets::of(&group)?.open(sealed);
        let staged = match opened {
            Some(commit) => stage(&mut group, &commit),
            None => Err("undecryptable".to_owned()),
        };
        match staged {
            Ok(staged) => {
                let by = by(tx, &group, &staged)?;
                let gone = staged.removed().iter().filter_map(|leaf| group.member(*leaf));
                let gone: Vec<_> = gone.filter_map(device_of).collect();
                let new = staged.added().to_vec();
                if staged.removes_self() {
                    let name = &item.name;
                    done.notices.push(format!("{by} has removed you from the group {name}"));
                    // GDS-26; what was sent before it was looked at before this (module `advance`).
                    tx.erase_group(group.group_id())?;
                    item.status = Status::Removed;
                    item.handle.clear();
                    item.wishes.clear();
                } else {
                                let own = group.own_leaf();
                    let renewed = staged.updated().contains(&own);
                    group.merge(staged)?;
                    note_epoch(&mut item, &group)?;
                    if renewed {
                        item.updated_at = now();
                    }
                    item.wishes.retain(|wish| *wish != Wish::Proposals);
                    tx.save_group(&mut group)?;
                    let new = new.into_iter().filter_map(|leaf| group.member(leaf));
                    let new: Vec<_> = new.filter_map(device_of).collect();
                    done.notices.extend(told(tx, &by, &item.name, &gone, &new)?);
                }
            }
            Err(why) => {
                // GDS-12
                item.status = Status::Forked;
                done.notices.push(format!(
                    "the commit of the group {} was refused ({why}): it can't go on here. See `sceau group list {}`",
                    item.name, item.name
                ));
            }
        }
        tx.replace(Kind::Group, number, &item)?;
        Ok(done)
    })?;
    report.add(done);
    Ok(())
}

fn stage(group: &mut Group, commit: &[u8]) -> std::result::Result<StagedCommit, String> {
    match MlsMessage::from_bytes(commit) {
        Ok(MlsMessage::Private(_)) => {}
        _ => return Err("malformed".to_owned()),
    }
    match group.receive(commit, &PskStore::new(), now()) {
        Ok(Received::Commit(staged)) => Ok(*staged),
        Ok(_) => Err("malformed".to_owned()),
        Err(Refused::Group(refused)) => Err(format!("{}: {refused}", refused.check.class())),
        Err(error) => Err(error.to_string()),
    }
}

/// Who has committed.
fn by(tx: &Tx<'_>, group: &Group, staged: &StagedCommit) -> Result<String> {
    let by = match staged.sender() {
        Sender::Member(leaf) => group.member(leaf).and_then(device_of),
        _ => None,
    };
    by.map_or(Ok("somebody".to_owned()), |by| names(tx, &[by]))
}

/// What a person is told of a commit (`GDS-16`).
fn told(
    tx: &Tx<'_>,
    by: &str,
    group: &str,
    gone: &[DeviceOf],
    new: &[DeviceOf],
) -> Result<Vec<String>> {
    let mut told = Vec::new();
    if !gone.is_empty() {
        told.push(format!("{by} has removed {} from the group {group}", names(tx, gone)?));
    }
    if !new.is_empty() {
        told.push(format!("{by} has added {} to the group {group}", names(tx, new)?));
    }
    Ok(told)
}

/// The devices that are in a group.
fn devices(group: &Group) -> Vec<DeviceOf> {
    group.members().filter_map(|(_, leaf)| device_of(leaf)).collect()
}

/// Keeps what the item says of the epoch.
fn note_epoch(item: &mut GroupItem, group: &Group) -> Result<()> {
    item.epoch = group.epoch();
    item.handle = hex::encode(CommitSecrets::of(group)?.handle.as_bytes());
    Ok(())
}
