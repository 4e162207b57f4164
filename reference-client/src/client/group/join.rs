//! Making a group, and joining one by a Welcome.

use super::identity::{SUITE, device_of, identity, leaf, policy};
use super::model::{GivenPackage, GroupItem, Status, Waiting, Wish};
use super::wire::CommitSecrets;
use crate::client::device::Device;
use crate::client::receive::Report;
use crate::client::store::{Kind, Tx};
use crate::crypto;
use crate::error::{Error, Result};
use crate::time::now;
use sceau::Error as Refused;
use sceau::crypto::Provider;
use sceau::group::{Check, Group, GroupParams, JoinParams, OwnKeyPackage, PskStore};
use sceau::pairwise::Account;

/// What came of a Welcome.
pub enum Joined {
    /// The device is in the group.
    In,
    /// For later: the device has to learn first that it was removed.
    Waits,
    /// It was refused.
    Refused(&'static str),
}

/// Makes a group of the own device alone; its commits are ordered by the own relay (`GDS-02`).
///
/// # Errors
/// A name that another group has.
pub fn create(device: &mut Device, name: &str, relay: &str) -> Result<GroupItem> {
    device.step(|account, tx, _| {
        let items: Vec<(i64, GroupItem)> = tx.items(Kind::Group)?;
        if items.iter().any(|(_, item)| item.name == name) {
            return Err(Error::usage(format!("there is a group {name} already"))
                .next("choose another name; `sceau group list` shows all"));
        }
        let now = now();
        let params = GroupParams::new(SUITE, leaf(now), policy(account));
        let mut group = Group::create(params, identity(account)?, now, &mut crypto::rng())?;
        let item = item(&group, name.to_owned(), relay.to_owned(), now)?;
        tx.save_group(&mut group)?;
        tx.add(Kind::Group, &item)?;
        Ok(item)
    })
}

/// What is kept of a group that begins for this device.
fn item(group: &Group, name: String, relay: String, now: u64) -> Result<GroupItem> {
    Ok(GroupItem {
        id: hex::encode(group.group_id()),
        name,
        relay,
        status: Status::Active,
        epoch: group.epoch(),
        handle: hex::encode(CommitSecrets::of(group)?.handle.as_bytes()),
        wishes: Vec::new(),
        pending: None,
        updated_at: now,
    })
}

/// Joins a group with a Welcome for a key package that its sender was given; the key package is erased with it
/// (`GDS-21`).
///
/// # Errors
/// A store that can't be read or written.
pub fn join(
    account: &Account,
    tx: &mut Tx<'_>,
    waiting: &Waiting,
    welcome: &[u8],
    report: &mut Report,
) -> Result<Joined> {
    let mut packages = Vec::new();
    for (number, row) in tx.raw_items(Kind::GivenPackage)? {
        let given = GivenPackage::from_bytes(&row)?;
        if given.to == waiting.from {
            let own = OwnKeyPackage::from_record(&given.record, &Provider::Default)?;
            packages.push((number, given, own));
        }
    }
    let own: Vec<&OwnKeyPackage> = packages.iter().map(|(_, _, own)| own).collect();
    let items: Vec<(i64, GroupItem)> = tx.items(Kind::Group)?;
    let known = |id: &[u8]| {
        let id = hex::encode(id);
        items.iter().any(|(_, item)| item.id == id && item.status == Status::Active)
    };
    let (psks, now) = (PskStore::new(), now());
    let mut params = JoinParams::new(policy(account), &psks);
    params.is_known = &known;
    let (mut group, used) = match Group::join(welcome, &own, params, now) {
        Ok(joined) => joined,
        Err(error @ Refused::Provider(_)) => return Err(error.into()),
        // Removed and added again: the commit that removed it comes first.
        Err(Refused::Group(refused)) if refused.check == Check::GroupKnown => {
            return Ok(Joined::Waits);
        }
        Err(error) => {
            report.notices.push(format!("a Welcome to a group was refused ({error})"));
            return Ok(Joined::Refused(error.class()));
        }
    };
    for (number, given, _) in &packages {
        if given.reference == used {
            tx.delete(Kind::GivenPackage, *number)?;
        }
    }
    // GDS-14: of a branch that the device was on nothing is left.
    let id = hex::encode(group.group_id());
    let before = items.iter().find(|(_, item)| item.id == id);
    if let Some((number, _)) = before {
        tx.erase_group(group.group_id())?;
        tx.delete(Kind::Group, *number)?;
    }
    let others = items.iter().filter(|(_, item)| item.id != id).map(|(_, item)| &item.name);
    let wanted = before.map(|(_, item)| item.name.clone()).or(waiting.name.clone());
    let name = free_name(wanted.as_deref(), &id, others.collect());
    let mut item = item(&group, name, waiting.relay.clone(), now)?;
    item.wishes.push(Wish::Update);
    let members: Vec<_> = group.members().filter_map(|(_, leaf)| device_of(leaf)).collect();
    let names = super::people::names(tx, &members)?;
    let by = super::people::names(tx, std::slice::from_ref(&waiting.from))?;
    let (name, count) = (&item.name, members.len());
    report
        .notices
        .push(format!("{by} has added you to the group {name}, {count} devices: {names}"));
    tx.save_group(&mut group)?;
    tx.add(Kind::Group, &item)?;
    Ok(Joined::In)
}

/// A name that no other group has; what somebody else chose is cut and cleaned.
fn free_name(wanted: Option<&str>, id: &str, others: Vec<&String>) -> String {
    let clean: String =
        wanted.unwrap_or_default().chars().filter(|c| !c.is_control()).take(64).collect();
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
