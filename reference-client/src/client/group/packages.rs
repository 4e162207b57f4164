//! Key packages: who may add this device has one of its own, sent in a session (`GDS-15`, `GDS-20`).

use super::identity::{PACKAGE_LIFETIME, SUITE, identity, leaf};
use super::model::{DeviceOf, GivenPackage, TheirPackage, Waiting, stored};
use super::send::seal_for;
use crate::client::model::Contact;
use crate::client::send::sessions;
use crate::client::store::{Kind, Tx};
use crate::crypto;
use crate::error::Result;
use sceau::Wire;
use sceau::crypto::Provider;
use sceau::group::{GroupContent, KeyPackage, MlsMessage, OwnKeyPackage};
use sceau::pairwise::Account;

/// Key packages that are kept of one device, and for one: of those that it was given, too, the newest may serve.
const KEPT: usize = 4;

/// Gives each device of the contacts who may add this one a key package, where it has none; erases those whose time
/// is over, the own ones when a Welcome that was made in time can't be under way any more (`GDS-21`).
///
/// # Errors
/// As any step.
pub fn top_up(account: &mut Account, tx: &mut Tx<'_>, now: u64) -> Result<()> {
    let mut given = Vec::new();
    let under_way = account.policy().limits.max_envelope_age;
    for (id, row) in tx.raw_items(Kind::GivenPackage)? {
        let package = GivenPackage::from_bytes(&row)?;
        if package.not_after.saturating_add(under_way) <= now {
            tx.delete(Kind::GivenPackage, id)?;
        } else if package.not_after > now + PACKAGE_LIFETIME / 4 {
            given.push(package.to);
        }
    }
    let theirs: Vec<(i64, TheirPackage)> = tx.items(Kind::TheirPackage)?;
    for (id, package) in theirs {
        if package.not_after <= now {
            tx.delete(Kind::TheirPackage, id)?;
        }
    }
    let contacts: Vec<(i64, Contact)> = tx.items(Kind::Contact)?;
    for (_, contact) in contacts.into_iter().filter(|(_, contact)| contact.groups) {
        for session in sessions(account, &contact.account_id()?, now) {
            let serial = account.session(&session).map_or(0, |session| session.peer_serial());
            let to = (contact.account.clone(), serial);
            if !given.contains(&to) {
                give(account, tx, to, now)?;
            }
        }
    }
    Ok(())
}

/// Gives each device of a contact that may add this one a new key package, whatever it has: the person says so, or what it
/// has does not serve, by a Welcome that was refused. Gives how many devices there are with a session.
///
/// # Errors
/// As any step.
pub fn give_anew(
    account: &mut Account,
    tx: &mut Tx<'_>,
    contact: &Contact,
    now: u64,
) -> Result<usize> {
    let sessions = sessions(account, &contact.account_id()?, now);
    for session in &sessions {
        let serial = account.session(session).map_or(0, |session| session.peer_serial());
        give(account, tx, (contact.account.clone(), serial), now)?;
    }
    Ok(sessions.len())
}

/// Makes a key package and sends it to a device; keeps it when its session takes it, and the newest of that device.
fn give(account: &mut Account, tx: &mut Tx<'_>, to: DeviceOf, now: u64) -> Result<()> {
    let (identity, leaf) = (identity(account)?, leaf(now));
    let rng = &mut crypto::rng();
    let own = OwnKeyPackage::generate(SUITE, &identity, &leaf, vec![], &Provider::Default, rng)?;
    let message = MlsMessage::KeyPackage(Box::new(own.key_package().clone())).to_bytes();
    let package = GivenPackage {
        to: to.clone(),
        not_after: now + PACKAGE_LIFETIME,
        reference: own.reference().to_vec(),
        record: own.to_record(),
    };
    let content = GroupContent::of(message);
    if seal_for(account, tx, &to, &content, None, now)?.is_none() {
        return Ok(());
    }
    let mut given = Vec::new();
    for (id, row) in tx.raw_items(Kind::GivenPackage)? {
        if GivenPackage::from_bytes(&row)?.to == to {
            given.push(id);
        }
    }
    let old = (given.len() + 1).saturating_sub(KEPT);
    given.iter().take(old).try_for_each(|id| tx.delete(Kind::GivenPackage, *id))?;
    tx.add_raw(Kind::GivenPackage, &package.to_bytes()?).map(|_| ())
}

/// Takes back what a contact's devices were given: they can't add this device with it any more.
///
/// # Errors
/// As any write.
pub fn withdraw(tx: &mut Tx<'_>, account: &str) -> Result<()> {
    for (id, row) in tx.raw_items(Kind::GivenPackage)? {
        if GivenPackage::from_bytes(&row)?.to.0 == account {
            tx.delete(Kind::GivenPackage, id)?;
        }
    }
    Ok(())
}

/// Keeps a key package that a device has given; false for one that is not that device's, or not of this client's suite.
///
/// # Errors
/// As any write.
pub fn keep(
    tx: &mut Tx<'_>,
    waiting: &Waiting,
    package: &KeyPackage,
    encoded: &[u8],
) -> Result<bool> {
    let of = super::identity::device_of(&package.leaf_node);
    let sceau::group::LeafNodeSource::KeyPackage(lifetime) = &package.leaf_node.source else {
        return Ok(false);
    };
    let once = !package.is_last_resort();
    if of.as_ref() != Some(&waiting.from) || package.cipher_suite != SUITE.to_u16() || !once {
        return Ok(false);
    }
    let (from, message) = (waiting.from.clone(), hex::encode(encoded));
    let mut kept: Vec<(i64, TheirPackage)> = tx.items(Kind::TheirPackage)?;
    kept.retain(|(_, package)| package.from == from);
    for (id, _) in kept.iter().take((kept.len() + 1).saturating_sub(KEPT)) {
        tx.delete(Kind::TheirPackage, *id)?;
    }
    let not_after = lifetime.not_after;
    tx.add(Kind::TheirPackage, &TheirPackage { from, message, not_after })?;
    Ok(true)
}

/// The newest key package of a device, with its item.
///
/// # Errors
/// A store that is damaged.
pub fn of_device(tx: &Tx<'_>, device: &DeviceOf) -> Result<Option<(i64, KeyPackage)>> {
    let kept: Vec<(i64, TheirPackage)> = tx.items(Kind::TheirPackage)?;
    let Some((id, package)) = kept.into_iter().rfind(|(_, p)| p.from == *device) else {
        return Ok(None);
    };
    match MlsMessage::from_bytes(&stored(&package.message)?)? {
        MlsMessage::KeyPackage(package) => Ok(Some((id, *package))),
        _ => Ok(None),
    }
}
