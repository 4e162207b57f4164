//! Joining by a Welcome (§12.4.3.1).

use super::commit::psks;
use super::forge::Forge;
use super::member::{Member, Package, Store, one_key, with_keys};
use super::support::check_tree;
use crate::wire::{Stop, fault};
use sceau_spec::group::crypto::make_key_package_ref;
use sceau_spec::group::extensions::RATCHET_TREE;
use sceau_spec::group::framing::{MlsMessage, decode_mls_message};
use sceau_spec::group::group_context::encode_group_context;
use sceau_spec::group::key_package::encode_key_package;
use sceau_spec::group::key_schedule::{
    check_confirmation_tag, epoch_secret, epoch_secrets, welcome_secret,
};
use sceau_spec::group::leaf_node::encode_leaf_node;
use sceau_spec::group::psk::{PreSharedKeyId, RESUMPTION, USAGE_APPLICATION};
use sceau_spec::group::ratchet_tree::{
    RatchetTree, decode_ratchet_tree, leaf_at, leaf_count, parent_at,
};
use sceau_spec::group::resolution::filtered_direct_path;
use sceau_spec::group::transcript::interim_transcript_hash;
use sceau_spec::group::tree_hash::root_tree_hash;
use sceau_spec::group::tree_kem::{NodePrivateKeys, PublicKeys, keys_from_path_secret};
use sceau_spec::group::tree_math::{common_ancestor, direct_path, leaf_node_index};
use sceau_spec::group::tree_validation::validate_tree;
use sceau_spec::group::welcome::{
    GroupInfo, GroupSecrets, Welcome, open_group_info, open_group_secrets, verify_group_info,
};
use sceau_spec::octets::Octets;
use sceau_spec::pairwise::codec::find_extension;
use sceau_spec::pairwise::error::{ErrorClass, check};
use std::collections::BTreeMap;

/// Who joined, and what with.
pub struct Joined {
    pub member: Member,
    /// The place of the key package that was used.
    pub package: usize,
    pub psks: Vec<PreSharedKeyId>,
}

/// Joins.
pub fn join(
    store: &Store,
    forge: &mut Forge,
    message: &Octets,
    tree: Option<&Octets>,
    encrypt_handshake: bool,
) -> Result<Joined, Stop> {
    let MlsMessage::Welcome(welcome) = decode_mls_message(message)? else {
        return fault("no Welcome");
    };
    let suite = welcome.cipher_suite;
    super::welcome::spoken(suite)?;
    let (place, package) = package(store, &welcome)?;
    let reference = make_key_package_ref(suite, &encode_key_package(&package.key_package));
    let secrets = open_group_secrets(&welcome, &reference, &package.init_private_key)?;
    let ids: Vec<_> = (0..secrets.psks.len()).map(|i| secrets.psks[i].clone()).collect();
    let psk_secret = psks(store, forge, suite, &ids)?;
    let secret = welcome_secret(suite, &secrets.joiner_secret, &psk_secret);
    let info = open_group_info(suite, &secret, &welcome.encrypted_group_info)?;
    check(info.group_context.cipher_suite == suite, ErrorClass::Malformed)?;
    let tree = checked_tree(forge, &info, tree)?;
    let leaf = own_leaf(&tree, &package)?;
    let node = leaf_node_index(leaf);
    let mut private_keys = one_key(node, &package.encryption_private_key);
    if let Some(more) = path_keys(&info, &tree, &secrets, leaf)? {
        private_keys = with_keys(&private_keys, &more);
    }
    if !forge.is("rules-unchecked") {
        check_nodes_above(&tree, leaf, &private_keys)?;
    }
    let encoded = encode_group_context(&info.group_context);
    let epoch = epoch_secret(suite, &secrets.joiner_secret, &psk_secret, &encoded);
    let epoch = epoch_secrets(suite, &epoch);
    let confirmed = &info.group_context.confirmed_transcript_hash;
    check_confirmation_tag(suite, &epoch.confirmation_key, confirmed, &info.confirmation_tag)?;
    let interim = interim_transcript_hash(suite, confirmed, &info.confirmation_tag);
    let resumption = BTreeMap::from([(info.group_context.epoch, epoch.resumption_psk.clone())]);
    let member = Member {
        interim_transcript_hash: interim,
        confirmation_tag: info.confirmation_tag,
        context: info.group_context,
        tree,
        leaf,
        private_keys,
        signer: package.signer.clone(),
        secrets: epoch,
        encrypt_handshake,
        resumption,
        active: true,
        ..Member::default()
    };
    Ok(Joined { member, package: place, psks: ids })
}

/// Whether a PSK links a group to the one that it replaces or branches off.
pub fn links(id: &PreSharedKeyId) -> bool {
    id.psktype == RESUMPTION && id.usage != USAGE_APPLICATION
}

/// The key package that a Welcome is for.
fn package(store: &Store, welcome: &Welcome) -> Result<(usize, Package), Stop> {
    let suite = welcome.cipher_suite;
    for (place, package) in store.packages.iter().enumerate() {
        let reference = make_key_package_ref(suite, &encode_key_package(&package.key_package));
        let named = (0..welcome.secrets.len()).any(|i| welcome.secrets[i].new_member == reference);
        if named && package.key_package.cipher_suite == suite {
            return Ok((place, package.clone()));
        }
    }
    Err(ErrorClass::UnknownPrekey.into())
}

/// The tree of a GroupInfo, inside or beside it, validated; the GroupInfo's signature too.
pub fn checked_tree(
    forge: &Forge,
    info: &GroupInfo,
    beside: Option<&Octets>,
) -> Result<RatchetTree, Stop> {
    let inside = find_extension(&info.extensions, RATCHET_TREE);
    let encoded = match (beside, inside) {
        (Some(tree), _) => tree.clone(),
        (None, Some(tree)) => tree,
        (None, None) => return fault("no ratchet_tree"),
    };
    let tree = decode_ratchet_tree(&encoded)?;
    let suite = info.group_context.cipher_suite;
    let signer = leaf_at(&tree, info.signer).ok_or(ErrorClass::Malformed)?;
    verify_group_info(&signer.signature_key, info)?;
    let hash = root_tree_hash(suite, &tree);
    check(hash == info.group_context.tree_hash, ErrorClass::Malformed)?;
    if !forge.is("rules-unchecked") {
        validate_tree(suite, &tree, &info.group_context.group_id)?;
        check_tree(suite, &tree, &info.group_context.extensions)?;
    }
    Ok(tree)
}

fn own_leaf(tree: &RatchetTree, package: &Package) -> Result<u32, Stop> {
    let own = encode_leaf_node(&package.key_package.leaf_node);
    let found = (0..leaf_count(tree))
        .find(|leaf| leaf_at(tree, *leaf).is_some_and(|node| encode_leaf_node(&node) == own));
    found.ok_or(Stop::Reject(ErrorClass::Malformed))
}

/// Refuses a node above the own leaf whose key the newcomer should have, and has not (`[GJN-19]`).
fn check_nodes_above(tree: &RatchetTree, leaf: u32, keys: &NodePrivateKeys) -> Result<(), Stop> {
    let above = direct_path(leaf_node_index(leaf), leaf_count(tree));
    for i in 0..above.len() {
        let node = above[i];
        let Some(parent) = parent_at(tree, node) else { continue };
        let unmerged = &parent.unmerged_leaves;
        let listed = (0..unmerged.len()).any(|at| unmerged[at] == leaf);
        let own = (0..keys.len()).any(|at| keys[at].node == node);
        check(listed || own, ErrorClass::Malformed)?;
    }
    Ok(())
}

/// The private keys that the path secret gives.
fn path_keys(
    info: &GroupInfo,
    tree: &RatchetTree,
    secrets: &GroupSecrets,
    leaf: u32,
) -> Result<Option<NodePrivateKeys>, Stop> {
    let Some(path_secret) = &secrets.path_secret else { return Ok(None) };
    let (own, signer) = (leaf_node_index(leaf), leaf_node_index(info.signer));
    let ancestor = common_ancestor(own, signer, leaf_count(tree));
    let nodes = filtered_direct_path(tree, info.signer);
    let mut publics = PublicKeys::new(0);
    let mut place = None;
    for i in 0..nodes.len() {
        let parent = parent_at(tree, nodes[i]).ok_or(ErrorClass::Malformed)?;
        publics = publics.push(&parent.encryption_key);
        if nodes[i] == ancestor {
            place = Some(i);
        }
    }
    let place = place.ok_or(ErrorClass::Malformed)?;
    let suite = info.group_context.cipher_suite;
    let (keys, _) = keys_from_path_secret(suite, &nodes, &publics, place, path_secret)?;
    Ok(Some(keys))
}
