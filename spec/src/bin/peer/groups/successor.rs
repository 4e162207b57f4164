//! Groups that replace another or branch off it (§11.2, §11.3).

use super::commit;
use super::enter::found;
use super::forge::{Forge, no_room};
use super::join;
use super::leaf::other_suite;
use super::list::{Item, nonce, with_extension};
use super::member::{Member, Store, identity, members};
use super::welcome;
use crate::wire::{Stop, fault};
use sceau_spec::group::extensions::REQUIRED_CAPABILITIES;
use sceau_spec::group::framing::{MlsMessage, decode_mls_message};
use sceau_spec::group::proposals::Proposal;
use sceau_spec::group::psk::{
    PreSharedKeyId, RESUMPTION, USAGE_APPLICATION, USAGE_BRANCH, USAGE_REINIT,
};
use sceau_spec::group::ratchet_tree::leaf_at;
use sceau_spec::group::suite::CipherSuite;
use sceau_spec::octets::{Octets, from_bytes};
use sceau_spec::pairwise::codec::{Extension, Extensions, write_extensions};
use sceau_spec::pairwise::error::{ErrorClass, check};

/// A new group with all whose key packages are given: the member in its first epoch, Welcome and tree.
pub fn make(
    store: &mut Store,
    forge: &mut Forge,
    old: &Member,
    key_packages: &[Octets],
    branch: bool,
    external_tree: bool,
) -> Result<(Member, Octets, Octets), Stop> {
    let (suite, group_id, extensions, usage) = match (&old.reinit, branch) {
        (_, true) => (old.suite(), forge.draw(16), old.context.extensions.clone(), USAGE_BRANCH),
        (Some(to), false) => {
            (to.cipher_suite, to.group_id.clone(), to.extensions.clone(), USAGE_REINIT)
        }
        (None, false) => return fault("no ReInit was committed"),
    };
    welcome::spoken(suite)?;
    let (own, encrypt) = (identity(&old.own_leaf()), old.encrypt_handshake);
    let (suite, group_id, extensions) = parameters(forge, suite, group_id, extensions);
    let mut founder = found(store, forge, suite, &group_id, &own, extensions, encrypt)?;
    if forge.is("successor-epoch") {
        let made = commit::make(&mut founder, store, forge, &[], true, None)?;
        founder = founder.entered(made.next);
    }
    let mut items = Vec::new();
    for message in key_packages {
        match decode_mls_message(message)? {
            MlsMessage::KeyPackage(package) => {
                items.push(Item::value(founder.leaf, Proposal::Add(package)));
            }
            _ => return fault("no key package"),
        }
    }
    for id in psks(forge, old, suite, usage)? {
        items.push(Item::value(founder.leaf, Proposal::PreSharedKey(id)));
    }
    let made = commit::make(&mut founder, store, forge, &items, true, None)?;
    let (message, tree) = welcome::welcome(store, forge, &made, !external_tree)?;
    Ok((founder.entered(made.next), message, tree))
}

/// The new group's parameters, as they are due, or one of them another.
fn parameters(
    forge: &mut Forge,
    suite: CipherSuite,
    group_id: Octets,
    extensions: Extensions,
) -> (CipherSuite, Octets, Extensions) {
    if forge.is("successor-other-suite") {
        return (other_suite(suite), group_id, extensions);
    }
    if forge.is("reinit-other-group-id") {
        return (suite, forge.draw(16), extensions);
    }
    if forge.is("reinit-other-extensions") {
        let data = from_bytes(&[0, 0, 2, 0, 1]);
        let more = Extension { extension_type: REQUIRED_CAPABILITIES, data };
        return (suite, group_id, with_extension(&extensions, &more));
    }
    (suite, group_id, extensions)
}

/// The PSKs that link the new group to the old one.
fn psks(
    forge: &mut Forge,
    old: &Member,
    suite: CipherSuite,
    usage: u8,
) -> Result<Vec<PreSharedKeyId>, Stop> {
    let mut id = PreSharedKeyId {
        psktype: RESUMPTION,
        usage,
        psk_group_id: old.context.group_id.clone(),
        psk_epoch: old.context.epoch,
        psk_nonce: nonce(suite, forge),
        ..PreSharedKeyId::default()
    };
    if forge.is("successor-psk-missing") {
        return Ok(Vec::new());
    }
    if forge.is("successor-usage-application") {
        id.usage = USAGE_APPLICATION;
    }
    if forge.is("successor-usage-other") {
        id.usage = if usage == USAGE_BRANCH { USAGE_REINIT } else { USAGE_BRANCH };
    }
    if forge.is("reinit-psk-epoch") {
        id.psk_epoch = match id.psk_epoch.checked_sub(1) {
            Some(epoch) if old.resumption.contains_key(&epoch) => epoch,
            _ => return no_room("epoch before"),
        };
    }
    if forge.is("successor-psk-twice") {
        let again = PreSharedKeyId { psk_nonce: nonce(suite, forge), ..id.clone() };
        return Ok(vec![id, again]);
    }
    Ok(vec![id])
}

/// Joins one, by its Welcome.
pub fn follow(old: &Member, joined: &join::Joined, branch: bool) -> Result<(), Stop> {
    let usage = if branch { USAGE_BRANCH } else { USAGE_REINIT };
    let new = &joined.member;
    let fits = |id: &PreSharedKeyId| {
        let epoch = branch || id.psk_epoch == old.context.epoch;
        id.usage == usage && id.psk_group_id == old.context.group_id && epoch
    };
    let linking: Vec<_> = joined.psks.iter().filter(|id| join::links(id)).collect();
    check(linking.len() == 1 && fits(linking[0]), ErrorClass::Malformed)?;
    check(new.context.epoch == 1, ErrorClass::Malformed)?;
    match (&old.reinit, branch) {
        (_, true) => check(new.suite() == old.suite(), ErrorClass::Malformed)?,
        (Some(to), false) => {
            let encoded = |extensions: &Extensions| write_extensions(extensions);
            let same = new.context.group_id == to.group_id
                && new.suite() == to.cipher_suite
                && encoded(&new.context.extensions) == encoded(&to.extensions);
            check(same, ErrorClass::Malformed)?;
        }
        (None, false) => return Err(ErrorClass::Malformed.into()),
    }
    let (was, is) = (identities(old), identities(new));
    let all = if branch {
        is.iter().all(|one| was.contains(one))
    } else {
        was.iter().all(|one| is.contains(one))
    };
    check(all, ErrorClass::Malformed)?;
    Ok(())
}

fn identities(member: &Member) -> Vec<Octets> {
    let leaves = members(&member.tree).into_iter();
    leaves.map(|leaf| identity(&leaf_at(&member.tree, leaf).unwrap_or_default())).collect()
}
