//! Update paths that the peer makes (§7.4 to §7.6, §12.4.1).

use super::apply::Applied;
use super::forge::{Forge, flipped, no_room, short};
use super::leaf::{self, Place};
use super::member::{Member, one_key, other_member, with_keys};
use crate::wire::Stop;
use sceau_spec::group::commit::{HpkeCiphertexts, UpdatePath, UpdatePathNode, encode_update_path};
use sceau_spec::group::group_context::{GroupContext, encode_group_context};
use sceau_spec::group::leaf_node::{LeafNode, SOURCE_COMMIT};
use sceau_spec::group::ratchet_tree::{LeafIndices, Node, RatchetTree, leaf_at};
use sceau_spec::group::resolution::filtered_direct_path;
use sceau_spec::group::suite::nh;
use sceau_spec::group::tree_hash::root_tree_hash;
use sceau_spec::group::tree_kem::{
    NodePrivateKey, NodePrivateKeys, PathSecrets, PublicKeys, Randomness, create_update_path,
    next_path_secret, node_key_pair, path_secrets, replace_path,
};
use sceau_spec::group::tree_math::leaf_node_index;
use sceau_spec::octets::{Octets, empty, zeros};

/// A path, and what its maker knows.
pub struct Path {
    /// Its encoding.
    pub encoded: Octets,
    /// The tree with it.
    pub tree: RatchetTree,
    pub private_keys: NodePrivateKeys,
    pub signer: Octets,
    pub commit_secret: Octets,
    /// The secrets of its nodes, from below.
    pub secrets: Vec<(u32, Octets)>,
}

/// Makes a path. `context` is the old GroupContext; the joiner of an external Commit has a leaf in the tree
/// already.
pub fn make(member: &Member, forge: &mut Forge, applied: &Applied) -> Result<Path, Stop> {
    let (suite, own) = (member.suite(), member.leaf);
    let path = filtered_direct_path(&applied.tree, own);
    let nodes: Vec<u32> = (0..path.len()).map(|i| path[i]).collect();
    let secrets = path_secrets(suite, &forge.draw(nh(suite)), nodes.len());
    let commit_secret = match nodes.len() {
        0 => forge.draw(nh(suite)),
        n => next_path_secret(suite, &secrets[n - 1]),
    };
    let (publics, mut keys) = key_pairs(member, forge, &nodes, &secrets)?;
    let (mut tree, parent_hash) = replace_path(suite, &applied.tree, own, &publics)?;
    let (mut fresh, private_key, signer) = leaf::renewed(member, forge, SOURCE_COMMIT)?;
    fresh.parent_hash = parent_hash;
    if forge.is("path-parent-hash-wrong") {
        fresh.parent_hash = flipped(&fresh.parent_hash);
    }
    if forge.is("path-parent-hash-empty") {
        fresh.parent_hash = empty();
    }
    let place = Place { group_id: &member.context.group_id, index: own };
    let made = leaf::sign(forge, suite, &fresh, &signer, Some(place));
    tree[leaf_node_index(own) as usize] = Node::Leaf(made.clone());
    keys = with_keys(&member.private_keys, &keys);
    keys = with_keys(&keys, &one_key(leaf_node_index(own), &private_key));
    let sent = encrypted(member, forge, applied, &tree, &made, &secrets, &publics)?;
    let encoded = encode_update_path(&sent);
    let encoded = leaf::with_raw(forge, &encoded, &made);
    let secrets = nodes.iter().enumerate().map(|(i, node)| (*node, secrets[i].clone())).collect();
    Ok(Path { encoded, tree, private_keys: keys, signer, commit_secret, secrets })
}

/// The keys of the path's nodes.
fn key_pairs(
    member: &Member,
    forge: &mut Forge,
    nodes: &[u32],
    secrets: &PathSecrets,
) -> Result<(PublicKeys, NodePrivateKeys), Stop> {
    let suite = member.suite();
    let (mut publics, mut keys) = (PublicKeys::new(0), NodePrivateKeys::new(0));
    for (i, node) in nodes.iter().enumerate() {
        let mut pair = node_key_pair(suite, &secrets[i]);
        if i + 1 == nodes.len() && forge.is("path-key-mismatch") {
            pair = forge.key_pair(suite);
        }
        if i == 0 && nodes.len() > 1 && forge.is("path-duplicate-key") {
            let other = other_member(&member.tree, member.leaf);
            match other.and_then(|other| leaf_at(&member.tree, other)) {
                Some(other) => pair.public_key = other.encryption_key,
                None => return no_room("other member"),
            }
        }
        if i == 0 && forge.is("path-key-short") {
            pair.public_key = short(&pair.public_key);
        }
        publics = publics.push(&pair.public_key);
        keys = keys.push(&NodePrivateKey { node: *node, private_key: pair.private_key });
    }
    Ok((publics, keys))
}

/// The provisional GroupContext (§12.4.1).
pub fn provisional(member: &Member, applied: &Applied, tree: &RatchetTree) -> GroupContext {
    GroupContext {
        epoch: member.context.epoch + 1,
        tree_hash: root_tree_hash(member.suite(), tree),
        extensions: applied.extensions.clone(),
        ..member.context.clone()
    }
}

fn encrypted(
    member: &Member,
    forge: &mut Forge,
    applied: &Applied,
    tree: &RatchetTree,
    leaf: &LeafNode,
    secrets: &PathSecrets,
    publics: &PublicKeys,
) -> Result<UpdatePath, Stop> {
    let suite = member.suite();
    let context = match forge.is("path-old-context") {
        true => member.encoded_context(),
        false => encode_group_context(&provisional(member, applied, tree)),
    };
    let mut added = applied.added_leaves();
    if added.len() > 0 && forge.is("path-encrypted-to-added") {
        added = LeafIndices::new(0);
    }
    let mut held = secrets.clone();
    if forge.is("path-other-secret") {
        for i in 0..held.len() {
            held[i] = forge.draw(nh(suite));
        }
    }
    let mut randomness = Randomness::new(0);
    for _ in 0..tree.len() * 2 {
        randomness = randomness.push(&forge.encapsulation(suite));
    }
    let before = &applied.tree;
    let mut sent =
        create_update_path(suite, before, member.leaf, leaf, &held, &added, &context, &randomness)?;
    for i in 0..sent.nodes.len() {
        sent.nodes[i].encryption_key = publics[i].clone();
    }
    deviate(forge, member, &mut sent)?;
    Ok(sent)
}

fn deviate(forge: &mut Forge, member: &Member, sent: &mut UpdatePath) -> Result<(), Stop> {
    for name in ["path-kem-output-short", "path-kem-output-zero"] {
        if !forge.is(name) {
            continue;
        }
        for i in 0..sent.nodes.len() {
            for j in 0..sent.nodes[i].encrypted_path_secret.len() {
                let output = &mut sent.nodes[i].encrypted_path_secret[j].kem_output;
                *output = if name.ends_with("zero") { zeros(output.len()) } else { short(output) };
            }
        }
    }
    let n = sent.nodes.len();
    if n == 0 {
        return Ok(());
    }
    let last = &mut sent.nodes[n - 1];
    let count = last.encrypted_path_secret.len();
    if count > 0 && forge.is("path-ciphertext-missing") {
        last.encrypted_path_secret = last.encrypted_path_secret.slice(0, count - 1);
    }
    if count > 0 && forge.is("path-ciphertext-extra") {
        let again = last.encrypted_path_secret[count - 1].clone();
        last.encrypted_path_secret = last.encrypted_path_secret.push(&again);
    }
    if forge.is("path-node-missing") {
        sent.nodes = sent.nodes.slice(0, n - 1);
    }
    if forge.is("path-node-extra") {
        let encryption_key = forge.key_pair(member.suite()).public_key;
        let encrypted_path_secret = HpkeCiphertexts::new(0);
        sent.nodes = sent.nodes.push(&UpdatePathNode { encryption_key, encrypted_path_secret });
    }
    Ok(())
}
