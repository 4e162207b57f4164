//! What the peer refuses in a Commit of another (§12.2, §7.3, §12.4.2).

use super::apply::Applied;
use super::forge::Forge;
use super::list::Item;
use super::member::{Member, members};
use super::support::{check_key, check_leaf, check_tree};
use crate::wire::Stop;
use sceau_spec::group::commit::UpdatePath;
use sceau_spec::group::credentials::Credential;
use sceau_spec::group::extensions::check_max_context_extensions;
use sceau_spec::group::key_package::verify_key_package;
use sceau_spec::group::leaf_node::{MLS10, SOURCE_COMMIT, SOURCE_UPDATE, verify_leaf_node};
use sceau_spec::group::parent_hash::copath_child;
use sceau_spec::group::proposals::Proposal;
use sceau_spec::group::psk::{RESUMPTION, USAGE_APPLICATION, check_psk_nonce, encode_psk_id};
use sceau_spec::group::ratchet_tree::{Node, leaf_at};
use sceau_spec::group::resolution::filtered_direct_path;
use sceau_spec::group::tree_kem::resolution_without;
use sceau_spec::group::tree_math::leaf_node_index;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::error::{ErrorClass, check};

/// Refuses a list that §12.2 forbids.
pub fn list(
    member: &Member,
    forge: &Forge,
    items: &[Item],
    committer: Option<u32>,
) -> Result<(), Stop> {
    let (mut touched, mut psks): (Vec<u32>, Vec<Octets>) = (Vec::new(), Vec::new());
    let mut references: Vec<&Octets> = Vec::new();
    let (mut extensions, mut inits, mut removes) = (0, 0, 0);
    for item in items {
        if let Some(reference) = &item.reference {
            check(!references.contains(&reference), ErrorClass::Malformed)?;
            references.push(reference);
        }
        match &item.proposal {
            Proposal::Add(key_package) => {
                check(committer.is_some(), ErrorClass::Malformed)?;
                verify_key_package(key_package, member.suite())?;
                let leaf = &key_package.leaf_node;
                let started = leaf.not_before <= forge.now;
                check(started && forge.now <= leaf.not_after, ErrorClass::Expired)?;
                check(leaf.not_after - leaf.not_before <= LONGEST, ErrorClass::Malformed)?;
                check_key(member.suite(), &key_package.init_key)?;
                let zero = sceau_spec::octets::is_zero(&key_package.init_key);
                check(!zero, ErrorClass::LowOrder)?;
            }
            Proposal::Update(leaf) => {
                check(committer.is_some() && item.sender != committer, ErrorClass::Malformed)?;
                let sender = item.sender.ok_or(ErrorClass::Malformed)?;
                check(!touched.contains(&sender), ErrorClass::Malformed)?;
                touched.push(sender);
                let old = leaf_at(&member.tree, sender).ok_or(ErrorClass::Malformed)?;
                check(leaf.leaf_node_source == SOURCE_UPDATE, ErrorClass::Malformed)?;
                check(leaf.encryption_key != old.encryption_key, ErrorClass::Malformed)?;
                check(same(&old.credential, &leaf.credential), ErrorClass::IdentityMismatch)?;
                verify_leaf_node(member.suite(), leaf, &member.context.group_id, sender)?;
            }
            Proposal::Remove(leaf) => {
                let fits = leaf_at(&member.tree, *leaf).is_some() && committer != Some(*leaf);
                check(fits && !touched.contains(leaf), ErrorClass::Malformed)?;
                touched.push(*leaf);
                removes += 1;
            }
            Proposal::PreSharedKey(id) => {
                let encoded = encode_psk_id(id);
                check(!psks.contains(&encoded), ErrorClass::Malformed)?;
                psks.push(encoded);
                check_psk_nonce(member.suite(), id)?;
                let usage = id.psktype != RESUMPTION || id.usage == USAGE_APPLICATION;
                // The first Commit of a group that replaces another, or branches off it, is nobody's to receive.
                check(usage, ErrorClass::Malformed)?;
            }
            Proposal::ReInit(reinit) => {
                check(items.len() == 1 && committer.is_some(), ErrorClass::Malformed)?;
                check(reinit.version >= MLS10, ErrorClass::Malformed)?;
                check_max_context_extensions(&reinit.extensions)?;
            }
            Proposal::ExternalInit(_) => inits += 1,
            Proposal::GroupContextExtensions(_) => extensions += 1,
            Proposal::Reserved | Proposal::Other(_, _) => return Err(ErrorClass::Malformed.into()),
        }
    }
    let fits = match committer {
        Some(_) => extensions <= 1 && inits == 0,
        None => extensions == 0 && inits == 1 && removes <= 1,
    };
    check(fits, ErrorClass::Malformed)?;
    Ok(())
}

/// The longest lifetime that the peer takes, in seconds: two years.
const LONGEST: u64 = 2 * 365 * 24 * 3600;

/// Refuses what a list makes of the group, its path left aside: leaves that do not fit the group or each other.
pub fn applied(member: &Member, applied: &Applied) -> Result<(), Stop> {
    check_tree(member.suite(), &applied.tree, &applied.extensions)
}

/// Refuses a path whose leaf, keys or ciphertexts §12.4.2 and §7.6 forbid.
pub fn path(
    member: &Member,
    applied: &Applied,
    path: &UpdatePath,
    sender: u32,
) -> Result<(), Stop> {
    let (suite, leaf) = (member.suite(), &path.leaf_node);
    check(leaf.leaf_node_source == SOURCE_COMMIT, ErrorClass::Malformed)?;
    verify_leaf_node(suite, leaf, &member.context.group_id, sender)?;
    check_leaf(suite, leaf, &applied.tree, &applied.extensions, sender)?;
    for leaf_index in &applied.removed {
        let old = leaf_at(&member.tree, *leaf_index).unwrap_or_default();
        let joins = leaf_at(&member.tree, sender).is_none() || applied.removed.contains(&sender);
        check(!joins || same(&old.credential, &leaf.credential), ErrorClass::IdentityMismatch)?;
    }
    if let Some(old) = leaf_at(&member.tree, sender)
        && members(&applied.tree).contains(&sender)
        && !applied.removed.contains(&sender)
    {
        check(leaf.encryption_key != old.encryption_key, ErrorClass::Malformed)?;
        check(same(&old.credential, &leaf.credential), ErrorClass::IdentityMismatch)?;
    }
    for x in 0..applied.tree.len() {
        let own = x == leaf_node_index(sender) as usize;
        let (key, signature_key) = match &applied.tree[x] {
            Node::Leaf(node) if !own => (&node.encryption_key, Some(&node.signature_key)),
            Node::Parent(node) => (&node.encryption_key, None),
            _ => continue,
        };
        check(signature_key != Some(&leaf.signature_key), ErrorClass::Malformed)?;
        check(*key != leaf.encryption_key, ErrorClass::Malformed)?;
        for i in 0..path.nodes.len() {
            check(*key != path.nodes[i].encryption_key, ErrorClass::Malformed)?;
        }
    }
    let nodes = filtered_direct_path(&applied.tree, sender);
    check(nodes.len() == path.nodes.len(), ErrorClass::Malformed)?;
    let added = applied.added_leaves();
    for i in 0..nodes.len() {
        let node = &path.nodes[i];
        check_key(suite, &node.encryption_key)?;
        let receivers = resolution_without(&applied.tree, copath_child(nodes[i], sender), &added);
        check(node.encrypted_path_secret.len() == receivers.len(), ErrorClass::Malformed)?;
    }
    Ok(())
}

/// Whether two credentials are of one identity.
fn same(a: &Credential, b: &Credential) -> bool {
    matches!((a, b), (Credential::Basic(a), Credential::Basic(b)) if a == b)
}
