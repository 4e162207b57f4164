//! Making a group, and joining one by a Welcome.

use super::change::devices;
use super::identity::{SUITE, device_of, identity, leaf, policy};
use super::model::{DeviceOf, GivenPackage, GroupItem, Status, Waiting, Wish, account_of};
use super::model::{MAX_NAME, check_name};
use super::people::names;
use super::settle::{give_up, hand_over};
use crate::client::address::url_of;
use crate::client::device::Device;
use crate::client::model::Message;
use crate::client::receive::Report;
use crate::client::store::{Kind, Tx};
use crate::crypto;
use crate::error::{Error, Result};
use crate::time::now;
use sceau::Error as Refused;
use sceau::crypto::Provider;
use sceau::delivery::RelayName;
use sceau::group::{Check, Group, GroupParams, JoinParams, OwnKeyPackage, PskStore};
use sceau::pairwise::Account;
use std::cell::RefCell;

/// What came of a Welcome.
pub enum Joined {
    /// The device is in the group.
    In,
    /// For later: it is for a group that the device is in, of this id (`GDS-39`).
    Waits(String),
    /// It was refused.
    Refused(&'static str),
}

/// Makes a group of the own device alone; its commits are ordered by the own relay (`GDS-02`, `GDS-30`).
///
/// # Errors
/// A name that another group has, or that can't be one.
pub fn create(device: &mut Device, name: &str, relay: &RelayName) -> Result<GroupItem> {
    check_name(name)?;
    device.step(|account, tx, _| {
        let items: Vec<(i64, GroupItem)> = tx.items(Kind::Group)?;
        if items.iter().any(|(_, item)| item.name == name) {
            return Err(Error::usage(format!("there is a group {name} already"))
                .next("choose another name; `sceau group list` shows all"));
        }
        let now = now();
        let params = GroupParams::new(SUITE, leaf(now), policy(account)).ordered_by(relay);
        let mut group = Group::create(params, identity(account)?, now, &mut crypto::rng())?;
        let item = item(&group, name.to_owned(), now);
        tx.save_group(&mut group)?;
        tx.add(Kind::Group, &item)?;
        Ok(item)
    })
}

/// What is kept of a group that begins for this device.
fn item(group: &Group, name: String, now: u64) -> GroupItem {
    GroupItem {
        id: hex::encode(group.group_id()),
        name,
        status: Status::Active,
        entered_at: now,
        answered_at: None,
        asked_at: None,
        stuck_at: None,
        stuck_as: None,
        wishes: Vec::new(),
        pending: None,
        updated_at: now,
        welcomes: Vec::new(),
        proposed: Vec::new(),
        leaving: false,
    }
}

/// Joins a group with a Welcome for a key package that its sender was given. With it are erased the key package
/// (`GDS-21`), a state of the group that the device is out of (`GDS-14`, `GDS-26`), and the group that the new one replaces
/// (`GDS-46`).
///
/// # Errors
/// A store that can't be read or written.
pub fn join(
    account: &Account,
    tx: &mut Tx<'_>,
    waiting: &Waiting,
    (welcome, relay): (&[u8], &RelayName),
    report: &mut Report,
) -> Result<Joined> {
    // GDS-02: what is no host's name can't be asked for commits.
    if url_of(relay).is_none() {
        report
            .notices
            .push("a Welcome to a group was refused: its relay's name is none".to_owned());
        return Ok(Joined::Refused("malformed"));
    }
    let mut packages = given_to(tx, &waiting.from)?;
    let items: Vec<(i64, GroupItem)> = tx.items(Kind::Group)?;
    let mut refused = |error: &Refused| {
        report.notices.push(format!("a Welcome to a group was refused ({error})"));
        Ok(Joined::Refused(error.class()))
    };
    let found = RefCell::new(None);
    let joined = {
        let own: Vec<&OwnKeyPackage> = packages.iter().map(|(_, own)| own).collect();
        let of = |tx: &Tx<'_>, is: &dyn Fn(Status) -> bool| -> Result<Vec<Group>> {
            let of = items.iter().filter(|(_, item)| is(item.status));
            let groups = of.map(|(_, item)| tx.group_if_kept(&item.group_id()?, policy(account)));
            groups.filter_map(Result::transpose).collect()
        };
        let ended = of(tx, &|status| status == Status::Replaced)?;
        let ended: Vec<&Group> =
            ended.iter().filter(|group| successor(group, &items).is_some()).collect();
        let left = of(tx, &|status| matches!(status, Status::Rejoining | Status::Removed))?;
        let known = |id: &[u8]| {
            let of_id = items.iter().find(|(_, item)| item.id == hex::encode(id));
            let is_in = of_id.is_some_and(|(_, item)| item.is_member());
            found.replace(of_id.map(|(_, item)| item.id.clone()));
            is_in || left.iter().any(|group| group.group_id() == id)
        };
        let (psks, peer) = (PskStore::new(), account_of(&waiting.from)?);
        let attempt = |replaces: Option<&Group>, from: Option<&Group>| {
            let mut params = JoinParams::new(policy(account), &psks);
            (params.relay, params.ended) = (Some(relay), &ended);
            (params.replaces, params.from) = (replaces, from);
            params.peer = Some((&peer, waiting.from.1));
            params.is_known = &known;
            Group::join(welcome, &own, params, now())
        };
        let mut joined = attempt(None, None);
        if is(&joined, Check::GroupKnown) {
            let id = found.take().unwrap_or_default();
            let state = left.iter().find(|group| hex::encode(group.group_id()) == id);
            let Some(state) = state else { return Ok(Joined::Waits(id)) };
            joined = attempt(Some(state), None);
        }
        // A branch names the group that it comes from by a key that this one alone has.
        if is(&joined, Check::PskUnknown) {
            let active = of(tx, &|status| status == Status::Active)?;
            for from in &active {
                joined = attempt(None, Some(from));
                if !is(&joined, Check::PskUnknown) {
                    break;
                }
            }
            // GDS-39: the ReInit that it follows may be yet to come, of a group with its sender.
            if is(&joined, Check::PskUnknown) {
                let with = active.iter().filter(|group| devices(group).contains(&waiting.from));
                let with = with.map(|group| hex::encode(group.group_id())).collect::<Vec<_>>();
                let named = |item: &GroupItem| waiting.name.as_ref() == Some(&item.name);
                let mut with = items.iter().filter(|(_, item)| with.contains(&item.id));
                let first = with.clone().find(|(_, item)| named(item)).or_else(|| with.next());
                if let Some((_, item)) = first {
                    return Ok(Joined::Waits(item.id.clone()));
                }
            }
        }
        joined
    };
    let (mut group, used) = match joined {
        Ok(joined) => joined,
        Err(error @ Refused::Provider(_)) => return Err(error.into()),
        Err(error) => return refused(&error),
    };
    let members: Vec<_> = group.members().filter_map(|(_, leaf)| device_of(leaf)).collect();
    packages.retain(|((_, given), _)| given.reference == used);
    for ((number, _), _) in packages {
        tx.delete(Kind::GivenPackage, number)?;
    }
    let id = hex::encode(group.group_id());
    let before = items.iter().find(|(_, item)| item.id == id);
    if let Some((number, old)) = before {
        // GDS-14: who is in it now, the person has not seen.
        give_up(tx, &mut old.clone())?;
        tx.delete(Kind::Group, *number)?;
    }
    let replaced = replaced_by(account, tx, &items, &group)?;
    let before = before.or(replaced);
    let others = items.iter().filter(|(_, item)| before.is_none_or(|(_, old)| old.id != item.id));
    let wanted = before.map(|(_, item)| item.name.clone()).or(waiting.name.clone());
    let name = free_name(wanted.as_deref(), &id, others.map(|(_, item)| &item.name).collect());
    let mut item = item(&group, name, now());
    item.wishes.push(Wish::Update);
    let by = names(tx, std::slice::from_ref(&waiting.from))?;
    let (name, count, names) = (&item.name, members.len(), names(tx, &members)?);
    report
        .notices
        .push(format!("{by} has added you to the group {name}, {count} devices: {names}"));
    tx.save_group(&mut group)?;
    tx.add(Kind::Group, &item)?;
    Ok(Joined::In)
}

/// The id of the group that takes the place of one which a ReInit has ended; none where that is the id of another group that
/// the device is or was in (`GJN-17`).
fn successor<'a>(group: &'a Group, items: &[(i64, GroupItem)]) -> Option<&'a [u8]> {
    let (own, id) = (group.group_id(), &group.reinit()?.group_id[..]);
    let known = |(_, item): &(i64, GroupItem)| item.id == hex::encode(id);
    (id == own || !items.iter().any(known)).then_some(id)
}

fn is<T>(joined: &std::result::Result<T, Refused>, check: Check) -> bool {
    matches!(joined, Err(Refused::Group(refused)) if refused.check == check)
}

/// The key packages that a device was given, with their items.
fn given_to(tx: &Tx<'_>, to: &DeviceOf) -> Result<Vec<((i64, GivenPackage), OwnKeyPackage)>> {
    let mut packages = Vec::new();
    for (number, row) in tx.raw_items(Kind::GivenPackage)? {
        let given = GivenPackage::from_bytes(&row)?;
        if given.to == *to {
            let own = OwnKeyPackage::from_record(&given.record, &Provider::Default)?;
            packages.push(((number, given), own));
        }
    }
    Ok(packages)
}

/// Erases the group that a new one replaces (`GDS-46`); what people have read in it becomes the new one's.
fn replaced_by<'a>(
    account: &Account,
    tx: &mut Tx<'_>,
    items: &'a [(i64, GroupItem)],
    group: &Group,
) -> Result<Option<&'a (i64, GroupItem)>> {
    for found in items.iter().filter(|(_, item)| item.status == Status::Replaced) {
        let (number, item) = found;
        let Some(old) = tx.group_if_kept(&item.group_id()?, policy(account))? else { continue };
        if successor(&old, items) != Some(group.group_id()) {
            continue;
        }
        tx.erase_group(old)?;
        tx.delete(Kind::Group, *number)?;
        let id = hex::encode(group.group_id());
        for (number, mut message) in tx.items::<Message>(Kind::Message)? {
            if message.group.as_ref() == Some(&item.id) {
                message.group = Some(id.clone());
                tx.replace(Kind::Message, number, &message)?;
            }
        }
        hand_over(tx, item, &id)?;
        return Ok(Some(found));
    }
    Ok(None)
}

/// A name that no other group has; what somebody else chose is cut and cleaned.
fn free_name(wanted: Option<&str>, id: &str, others: Vec<&String>) -> String {
    let clean: String =
        wanted.unwrap_or_default().chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    let base = match clean.trim() {
        "" => format!("group-{}", id.get(..8).unwrap_or(id)),
        clean => crate::text::one_line(clean),
    };
    let free = |name: &String| !others.contains(&name);
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    std::iter::once(base.clone()).chain(numbered).find(free).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::free_name;

    #[test]
    fn names_are_the_own_persons() {
        let taken = ["team".to_owned(), "team-2".to_owned()];
        assert_eq!(free_name(Some("team"), "00", taken.iter().collect()), "team-3");
        assert_eq!(free_name(Some("te\u{1b}[2Jam"), "00", vec![]), "te[2Jam");
        assert_eq!(free_name(Some(" \n"), "0123456789", vec![]), "group-01234567");
        assert_eq!(free_name(None, "0123456789", vec![]), "group-01234567");
    }
}
