//! Sessions with the members of a group, those too who are no contacts (`GDS-01`).

use super::identity::{device_of, policy};
use super::model::{DeviceOf, GroupItem, account_of};
use super::people::name_of;
use crate::client::device::Device;
use crate::client::model::Contact;
use crate::client::receive::Report;
use crate::client::received::device_notices;
use crate::client::relays::Relays;
use crate::client::send::{bundles, forget_bundle, session_to};
use crate::client::store::Tx;
use crate::crypto;
use crate::error::{Kind as ErrorKind, Result};
use crate::time::now;
use sceau::error::Misuse;
use sceau::pairwise::{Account, AccountId, PrekeyBundle};
use sceau::{Error as Refused, Wire};

/// Begins sessions with the members of a group with whom there is none.
///
/// # Errors
/// A relay that can't be reached.
pub fn reach_members(
    device: &mut Device,
    relays: &mut Relays,
    id: &str,
    report: &mut Report,
) -> Result<()> {
    let without = device.step(|account, tx, _| {
        let Some((_, item)) = tx.group_item_if_known(id)? else { return Ok(Vec::new()) };
        without_session(account, others(account, tx, &item)?)
    })?;
    open_sessions(device, relays, &without, report)
}

/// Those of some devices with whom there is no session.
///
/// # Errors
/// A store that is damaged.
pub fn without_session(
    account: &Account,
    devices: impl IntoIterator<Item = DeviceOf>,
) -> Result<Vec<DeviceOf>> {
    let mut without = Vec::new();
    for device in devices {
        if session_to(account, &account_of(&device)?, device.1, now()).is_none() {
            without.push(device);
        }
    }
    Ok(without)
}

/// The devices of a group's other members; none where in it is not sent.
///
/// # Errors
/// A store that is damaged.
pub fn others(account: &Account, tx: &Tx<'_>, item: &GroupItem) -> Result<Vec<DeviceOf>> {
    if item.may_send().is_err() {
        return Ok(Vec::new());
    }
    let group = tx.group(&item.group_id()?, policy(account))?;
    let own = group.own_leaf();
    let others = group.members().filter(|(leaf, _)| *leaf != own);
    Ok(others.filter_map(|(_, leaf)| device_of(leaf)).collect())
}

/// Begins sessions with devices, with prekeys from their relays; so their lists are pinned as well. What fails for one is
/// told, and is tried again another time.
///
/// # Errors
/// The own relay, when it can't be reached.
pub fn open_sessions(
    device: &mut Device,
    relays: &mut Relays,
    wanted: &[DeviceOf],
    report: &mut Report,
) -> Result<()> {
    let mut accounts: Vec<&String> = wanted.iter().map(|(account, _)| account).collect();
    accounts.sort();
    accounts.dedup();
    for account in accounts {
        let known = device.contacts()?.into_iter().find(|(_, contact)| contact.account == *account);
        let contact = known.map(|(_, contact)| contact).unwrap_or_else(|| Contact {
            name: name_of(&[], account),
            account: account.clone(),
            relay: None,
            verified: false,
            bundle: None,
            groups: false,
        });
        let found = match bundles(relays, &contact) {
            Err(error) if error.kind == ErrorKind::Unreachable && contact.relay.is_none() => {
                return Err(error);
            }
            Err(error) => {
                report.notices.push(format!("{} can't be reached now: {error}", contact.name));
                continue;
            }
            Ok(found) => found,
        };
        let peer = contact.account_id()?;
        let failed = device.step(|account, tx, _| {
            forget_bundle(tx, &contact)?;
            initiate(account, tx, &contact.name, &peer, &found)
        })?;
        report.notices.extend(failed);
    }
    Ok(())
}

fn initiate(
    account: &mut Account,
    tx: &mut Tx<'_>,
    name: &str,
    peer: &AccountId,
    bundles: &[Vec<u8>],
) -> Result<Option<String>> {
    let mut failed = None;
    for encoded in bundles {
        let bundle = PrekeyBundle::from_bytes(encoded)?;
        // The list may be newer than the pinned one, whether or not there is a session.
        match account.apply_device_lists(peer, &bundle.device_lists.to_bytes(), now()) {
            Ok((applied, changes)) => {
                tx.apply(&changes)?;
                let devices = &applied.devices;
                tx.tell(device_notices(name, &devices.added, &devices.removed))?;
            }
            Err(error @ Refused::Provider(_)) => return Err(error.into()),
            Err(error) => {
                failed = Some(format!("{name} can't be reached now ({error})"));
                continue;
            }
        }
        let serial = bundle.credential.tbs().serial;
        if session_to(account, peer, serial, now()).is_some() {
            continue;
        }
        match account.initiate(peer, encoded, None, now(), &mut crypto::rng()) {
            Ok((_, changes)) => tx.apply(&changes)?,
            Err(error @ Refused::Provider(_)) => return Err(error.into()),
            Err(Refused::Misuse(Misuse::HandshakeInProgress)) => {}
            Err(error) => failed = Some(format!("{name} can't be reached now ({error})")),
        }
    }
    Ok(failed)
}
