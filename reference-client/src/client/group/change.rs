//! Commits: made from what is wished, pending until the relay has said whose counts (`GDS-06`, `GDS-07`; module `answer`).

use super::identity::{device_of, identity, policy};
use super::model::{DeviceOf, GroupItem, Pending, Status, Wish};
use super::packages;
use super::people::names;
use super::send::content_of;
use crate::client::device::Device;
use crate::client::store::{Kind, Tx};
use crate::crypto;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::time::now;
use sceau::group::{CommitOptions, Group, GroupContent, Proposal, PskStore};
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

/// The devices that are in a group.
pub fn devices(group: &Group) -> Vec<DeviceOf> {
    group.members().filter_map(|(_, leaf)| device_of(leaf)).collect()
}
