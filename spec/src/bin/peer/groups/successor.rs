//! Groups that replace another or branch off it (§11.2, §11.3).

use super::commit;
use super::forge::Forge;
use super::join;
use super::list::{Item, nonce};
use super::member::{Member, Store, members};
use super::{found, welcome};
use crate::wire::{Stop, fault};
use sceau_spec::group::credentials::Credential;
use sceau_spec::group::framing::{MlsMessage, decode_mls_message};
use sceau_spec::group::proposals::Proposal;
use sceau_spec::group::psk::{PreSharedKeyId, RESUMPTION, USAGE_BRANCH, USAGE_REINIT};
use sceau_spec::group::ratchet_tree::leaf_at;
use sceau_spec::octets::{Octets, empty};
use sceau_spec::pairwise::codec::{Extensions, write_extensions};
use sceau_spec::pairwise::error::{ErrorClass, check};

/// The identity of a member's leaf.
pub fn identity(member: &Member) -> Octets {
    match member.own_leaf().credential {
        Credential::Basic(identity) => identity,
        _ => empty(),
    }
}

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
    let own = identity(old);
    let encrypt = old.encrypt_handshake;
    let mut founder = found(store, forge, suite, &group_id, &own, extensions, encrypt)?;
    let mut items = Vec::new();
    for message in key_packages {
        match decode_mls_message(message)? {
            MlsMessage::KeyPackage(package) => {
                items.push(Item::value(founder.leaf, Proposal::Add(package)));
            }
            _ => return fault("no key package"),
        }
    }
    let id = PreSharedKeyId {
        psktype: RESUMPTION,
        usage,
        psk_group_id: old.context.group_id.clone(),
        psk_epoch: old.context.epoch,
        psk_nonce: nonce(suite, forge),
        ..PreSharedKeyId::default()
    };
    items.push(Item::value(founder.leaf, Proposal::PreSharedKey(id)));
    let made = commit::make(&mut founder, store, forge, &items, true, None)?;
    let (message, tree) = welcome::welcome(store, forge, &made, !external_tree)?;
    Ok((founder.entered(made.next), message, tree))
}

/// Joins one, by its Welcome.
pub fn follow(old: &Member, joined: &join::Joined, branch: bool) -> Result<(), Stop> {
    let usage = if branch { USAGE_BRANCH } else { USAGE_REINIT };
    let new = &joined.member;
    let fits = |id: &PreSharedKeyId| {
        id.psktype == RESUMPTION && id.usage == usage && id.psk_group_id == old.context.group_id
    };
    check(joined.psks.iter().any(fits), ErrorClass::Malformed)?;
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
    let own = |leaf| match leaf_at(&member.tree, leaf).unwrap_or_default().credential {
        Credential::Basic(identity) => identity,
        _ => empty(),
    };
    leaves.map(own).collect()
}
