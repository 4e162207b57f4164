//! What the peer refuses in a Commit of another (§12.2, §7.3, §12.4.2): the plain rules.

use super::apply::Applied;
use super::list::Item;
use super::member::{Member, members};
use crate::wire::Stop;
use sceau_spec::group::commit::UpdatePath;
use sceau_spec::group::key_package::verify_key_package;
use sceau_spec::group::leaf_node::{
    LeafNode, SOURCE_COMMIT, SOURCE_UPDATE, check_own_capabilities, verify_leaf_node,
};
use sceau_spec::group::proposals::Proposal;
use sceau_spec::group::psk::{RESUMPTION, USAGE_APPLICATION, check_psk_nonce, encode_psk_id};
use sceau_spec::group::ratchet_tree::{Node, leaf_at};
use sceau_spec::group::suite::CipherSuite;
use sceau_spec::group::tree_math::leaf_node_index;
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::error::{ErrorClass, check};

/// Refuses a list that §12.2 forbids.
pub fn list(member: &Member, items: &[Item], committer: Option<u32>) -> Result<(), Stop> {
    let (mut touched, mut psks): (Vec<u32>, Vec<Octets>) = (Vec::new(), Vec::new());
    let (mut extensions, mut inits, mut removes) = (0, 0, 0);
    let bad = Err(Stop::Reject(ErrorClass::Malformed));
    for item in items {
        match &item.proposal {
            Proposal::Add(key_package) => {
                check(committer.is_some(), ErrorClass::Malformed)?;
                verify_key_package(key_package, member.suite())?;
                check_own_capabilities(&key_package.leaf_node)?;
            }
            Proposal::Update(leaf) => {
                check(committer.is_some() && item.sender != committer, ErrorClass::Malformed)?;
                let sender = item.sender.ok_or(ErrorClass::Malformed)?;
                check(!touched.contains(&sender), ErrorClass::Malformed)?;
                touched.push(sender);
                let old = leaf_at(&member.tree, sender).ok_or(ErrorClass::Malformed)?;
                check(leaf.leaf_node_source == SOURCE_UPDATE, ErrorClass::Malformed)?;
                check(leaf.encryption_key != old.encryption_key, ErrorClass::Malformed)?;
                check_leaf(member.suite(), leaf, &member.context.group_id, sender)?;
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
            Proposal::ReInit(_) => {
                check(items.len() == 1 && committer.is_some(), ErrorClass::Malformed)?;
            }
            Proposal::ExternalInit(_) => inits += 1,
            Proposal::GroupContextExtensions(_) => extensions += 1,
            Proposal::Reserved => return bad,
        }
    }
    let fits = match committer {
        Some(_) => extensions <= 1 && inits == 0,
        None => extensions == 0 && inits == 1 && removes <= 1,
    };
    check(fits, ErrorClass::Malformed)?;
    Ok(())
}

fn check_leaf(
    suite: CipherSuite,
    leaf: &LeafNode,
    group_id: &Octets,
    index: u32,
) -> Result<(), ErrorClass> {
    verify_leaf_node(suite, leaf, group_id, index)?;
    check_own_capabilities(leaf)
}

/// Refuses a path whose leaf or keys §12.4.2 forbids.
pub fn path(
    member: &Member,
    applied: &Applied,
    path: &UpdatePath,
    sender: u32,
) -> Result<(), Stop> {
    let leaf = &path.leaf_node;
    check(leaf.leaf_node_source == SOURCE_COMMIT, ErrorClass::Malformed)?;
    check_leaf(member.suite(), leaf, &member.context.group_id, sender)?;
    if let Some(old) = leaf_at(&member.tree, sender)
        && members(&applied.tree).contains(&sender)
        && !applied.removed.contains(&sender)
    {
        check(leaf.encryption_key != old.encryption_key, ErrorClass::Malformed)?;
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
    Ok(())
}
