//! Ratchet trees that go out (§12.4.3.3), with deviations. What depends on what was changed is hashed and
//! signed again by the member that signs the GroupInfo, as far as its key reaches.

use super::commit::Made;
use super::forge::{Forge, flipped, no_room};
use super::leaf::{UNLISTED, x509};
use super::member::{Member, members, other_member};
use crate::wire::Stop;
use hacspec_lib::Seq;
use sceau_spec::group::credentials::{BASIC, X509};
use sceau_spec::group::leaf_node::{LeafNode, SOURCE_COMMIT, encode_leaf_node, sign_leaf_node};
use sceau_spec::group::parent_hash::{copath_child, update_parent_hashes};
use sceau_spec::group::ratchet_tree::{
    LeafIndices, Node, ParentNode, RatchetTree, encode_ratchet_tree, leaf_at, leaf_count, parent_at,
};
use sceau_spec::group::resolution::filtered_direct_path;
use sceau_spec::group::tree_math::{
    LeafIndex, direct_path, full_leaves, is_in_subtree, leaf_node_index, node_width, root,
};
use sceau_spec::octets::{Octets, ascii, byte, empty};
use sceau_spec::pairwise::codec::{Extension, read_vector, reader, write_opaque};

/// A tree that goes out.
pub struct Sent {
    pub encoded: Octets,
    pub tree: RatchetTree,
    /// Whether it is another than the group's.
    pub changed: bool,
}

/// The tree of a GroupInfo.
pub fn forged(member: &Member, forge: &mut Forge, made: Option<&Made>) -> Result<Sent, Stop> {
    let newcomer = made.and_then(|made| made.applied.added.first()).map(|(leaf, _)| *leaf);
    let changed = match own_leaf(member, forge)? {
        Some(tree) => Some(tree),
        None => match parents(member, forge, newcomer)? {
            Some(tree) => Some(tree),
            None => unmerged(member, forge, newcomer)?,
        },
    };
    let mut sent = Sent {
        changed: changed.is_some(),
        encoded: empty(),
        tree: changed.unwrap_or_else(|| member.tree.clone()),
    };
    sent.encoded = encode_ratchet_tree(&sent.tree);
    encoding(member, forge, &mut sent);
    Ok(sent)
}

/// Deviations of the encoding alone.
fn encoding(member: &Member, forge: &Forge, sent: &mut Sent) {
    let body = || match read_vector(reader(&sent.encoded)) {
        Ok((inner, _)) => inner.bytes,
        Err(_) => empty(),
    };
    if forge.is("tree-trailing-blank") {
        let leaves = leaf_count(&sent.tree);
        let mut body = body();
        let last = members(&sent.tree).last().copied().unwrap_or(0);
        let mut blanks = sent.tree.len() - (2 * last as usize + 1);
        if blanks == 0 {
            blanks = 2;
            for _ in sent.tree.len()..node_width(full_leaves(leaves + 1)) as usize {
                sent.tree = sent.tree.push(&Node::Blank);
            }
            sent.changed = true;
        }
        for _ in 0..blanks {
            body = body.push(&0);
        }
        sent.encoded = write_opaque(&body);
    } else if forge.is("tree-node-type-unknown") {
        let mut body = body();
        if body[0usize] == 1 {
            body[1usize] = 3;
        } else {
            body = byte(1).concat(&byte(3)).concat(&body.slice(1, body.len() - 1));
        }
        sent.encoded = write_opaque(&body);
    } else if forge.is("tree-leaf-as-parent") {
        let leaf = byte(1).concat(&byte(1)).concat(&encode_leaf_node(&member.own_leaf()));
        let tree = sent.tree.slice(0, 1);
        let first = match read_vector(reader(&encode_ratchet_tree(&tree))) {
            Ok((inner, _)) => inner.bytes,
            Err(_) => byte(0),
        };
        let first = if first.len() == 0 { byte(0) } else { first };
        let rest = body().slice(first.len(), body().len() - first.len());
        let rest =
            if rest.len() > 0 && rest[0usize] == 0 { rest.slice(1, rest.len() - 1) } else { rest };
        sent.encoded = write_opaque(&first.concat(&leaf).concat(&rest));
    }
}

/// A leaf of the signer's, signed again.
fn signed(member: &Member, leaf: LeafNode) -> Node {
    let (group_id, index) = (&member.context.group_id, member.leaf);
    let signature = sign_leaf_node(member.suite(), &member.signer, &leaf, group_id, index);
    Node::Leaf(LeafNode { signature, ..leaf })
}

/// Deviations of the signer's own leaf.
fn own_leaf(member: &Member, forge: &Forge) -> Result<Option<RatchetTree>, Stop> {
    let mut leaf = member.own_leaf();
    let own = leaf_node_index(member.leaf) as usize;
    let mut tree = member.tree.clone();
    if forge.is("tree-leaf-bad-signature") {
        leaf.signature = flipped(&leaf.signature);
        tree[own] = Node::Leaf(leaf);
        return Ok(Some(tree));
    }
    if forge.wants("tree-parent-hash-wrong") {
        if leaf.leaf_node_source != SOURCE_COMMIT || leaf.parent_hash.len() == 0 {
            return no_room("parent hash");
        }
        forge.is("tree-parent-hash-wrong");
        leaf.parent_hash = flipped(&leaf.parent_hash);
    } else if forge.is("tree-leaf-without-required") {
        leaf.capabilities.extensions = Seq::new(0);
        leaf.capabilities.proposals = Seq::new(0);
    } else if forge.is("tree-leaf-extension-unlisted") {
        let extension = Extension { extension_type: UNLISTED, data: ascii("data") };
        leaf.extensions = leaf.extensions.push(&extension);
    } else if forge.is("tree-leaf-credential-x509") {
        leaf.capabilities.credentials = Seq::from_native_slice(&[BASIC, X509]);
        leaf.credential = x509();
    } else if forge.is("tree-duplicate-encryption-key") {
        let other = other_member(&tree, member.leaf).and_then(|other| leaf_at(&tree, other));
        let Some(other) = other else { return no_room("other member") };
        leaf.encryption_key = other.encryption_key;
    } else {
        return Ok(None);
    }
    tree[own] = signed(member, leaf);
    Ok(Some(tree))
}

/// The nodes of the signer's filtered direct path that are not blank; those that are not above the newcomer first.
fn path(member: &Member, newcomer: Option<LeafIndex>) -> Vec<u32> {
    let nodes = filtered_direct_path(&member.tree, member.leaf);
    let all = (0..nodes.len()).map(|i| nodes[i]);
    let mut all: Vec<u32> = all.filter(|node| parent_at(&member.tree, *node).is_some()).collect();
    let above =
        |node: &u32| newcomer.is_some_and(|leaf| is_in_subtree(leaf_node_index(leaf), *node));
    all.sort_by_key(above);
    all
}

/// The tree with the parent hashes above the signer made anew, and the signer's leaf.
fn rehashed(member: &Member, tree: &RatchetTree) -> RatchetTree {
    let mut leaf = member.own_leaf();
    if leaf.leaf_node_source != SOURCE_COMMIT {
        return tree.clone();
    }
    let (mut tree, parent_hash) = update_parent_hashes(member.suite(), tree, member.leaf);
    leaf.parent_hash = parent_hash;
    tree[leaf_node_index(member.leaf) as usize] = signed(member, leaf);
    tree
}

/// Deviations of parents, and of others' leaves.
fn parents(
    member: &Member,
    forge: &mut Forge,
    newcomer: Option<LeafIndex>,
) -> Result<Option<RatchetTree>, Stop> {
    let mut tree = member.tree.clone();
    let node = path(member, newcomer).first().copied();
    let parent = node.and_then(|node| parent_at(&tree, node).map(|parent| (node, parent)));
    if forge.wants("tree-parent-hash-stale") || forge.wants("tree-duplicate-parent-key") {
        let Some((node, parent)) = parent else { return no_room("parent") };
        if forge.is("tree-parent-hash-stale") {
            let encryption_key = forge.key_pair(member.suite()).public_key;
            tree[node as usize] = Node::Parent(ParentNode { encryption_key, ..parent });
            return Ok(Some(tree));
        }
        forge.is("tree-duplicate-parent-key");
        let other = other_member(&tree, member.leaf).and_then(|other| leaf_at(&tree, other));
        let Some(other) = other else { return no_room("other member") };
        let encryption_key = other.encryption_key;
        tree[node as usize] = Node::Parent(ParentNode { encryption_key, ..parent });
        return Ok(Some(rehashed(member, &tree)));
    }
    if forge.wants("tree-duplicate-signature-key") {
        let mut others = members(&tree).into_iter();
        let other = others.find(|leaf| *leaf != member.leaf && Some(*leaf) != newcomer);
        let Some(other) = other else { return no_room("other member") };
        forge.is("tree-duplicate-signature-key");
        let mut leaf = leaf_at(&tree, other).unwrap_or_default();
        leaf.signature_key = member.own_leaf().signature_key;
        let group_id = &member.context.group_id;
        leaf.signature = sign_leaf_node(member.suite(), &member.signer, &leaf, group_id, other);
        tree[leaf_node_index(other) as usize] = Node::Leaf(leaf);
        return Ok(Some(rehashed(member, &tree)));
    }
    if let Some(newcomer) = newcomer
        && forge.is("tree-without-newcomer")
    {
        tree[leaf_node_index(newcomer) as usize] = Node::Blank;
        for x in 0..tree.len() as u32 {
            if let Some(parent) = parent_at(&tree, x) {
                let unmerged_leaves = without(&parent.unmerged_leaves, newcomer);
                tree[x as usize] = Node::Parent(ParentNode { unmerged_leaves, ..parent });
            }
        }
        let last = members(&tree).last().copied().unwrap_or(0);
        return Ok(Some(tree.slice(0, node_width(full_leaves(last + 1)) as usize)));
    }
    Ok(None)
}

fn without(leaves: &LeafIndices, leaf: LeafIndex) -> LeafIndices {
    let mut out = LeafIndices::new(0);
    for i in 0..leaves.len() {
        if leaves[i] != leaf {
            out = out.push(&leaves[i]);
        }
    }
    out
}

fn with(leaves: &LeafIndices, leaf: LeafIndex) -> LeafIndices {
    let mut all: Vec<LeafIndex> = (0..leaves.len()).map(|i| leaves[i]).collect();
    all.push(leaf);
    all.sort_unstable();
    all.iter().fold(LeafIndices::new(0), |out, leaf| out.push(leaf))
}

/// Deviations of the lists of unmerged leaves.
fn unmerged(
    member: &Member,
    forge: &Forge,
    newcomer: Option<LeafIndex>,
) -> Result<Option<RatchetTree>, Stop> {
    let mut tree = member.tree.clone();
    let leaves = leaf_count(&tree);
    let listing = |tree: &RatchetTree, x: u32| {
        parent_at(tree, x).filter(|parent| parent.unmerged_leaves.len() > 0)
    };
    if forge.is("tree-unmerged-out-of-order") {
        for x in 0..tree.len() as u32 {
            let Some(parent) = listing(&tree, x) else { continue };
            let list = &parent.unmerged_leaves;
            if list.len() > 1 {
                let mut unmerged_leaves = LeafIndices::new(0);
                for i in (0..list.len()).rev() {
                    unmerged_leaves = unmerged_leaves.push(&list[i]);
                }
                tree[x as usize] = Node::Parent(ParentNode { unmerged_leaves, ..parent });
                return Ok(Some(tree));
            }
        }
        return no_room("node with two unmerged leaves");
    }
    let found = if forge.is("tree-unmerged-not-below") {
        let nodes = path(member, newcomer);
        let fit = |x: &u32| {
            let outside = |leaf: &LeafIndex| !is_in_subtree(leaf_node_index(*leaf), *x);
            members(&tree).into_iter().find(outside).map(|leaf| (*x, leaf))
        };
        nodes.iter().find_map(fit).map(|(x, leaf)| (x, leaf, true))
    } else if forge.is("tree-unmerged-blank") {
        let nodes = path(member, newcomer);
        let fit = |x: &u32| {
            let side = copath_child(*x, member.leaf);
            let blank = (0..leaves).find(|leaf| {
                leaf_at(&tree, *leaf).is_none() && is_in_subtree(leaf_node_index(*leaf), side)
            });
            blank.map(|leaf| (*x, leaf))
        };
        nodes.iter().find_map(fit).map(|(x, leaf)| (x, leaf, true))
    } else if forge.is("tree-unmerged-out-of-range") {
        let top = root(leaves);
        parent_at(&tree, top).map(|_| (top, leaves, true))
    } else if forge.is("tree-unmerged-twice") {
        let node = (0..tree.len() as u32).find(|x| listing(&tree, *x).is_some());
        node.map(|x| (x, listing(&tree, x).unwrap_or_default().unmerged_leaves[0usize], true))
    } else if forge.is("tree-unmerged-missing") {
        let Some(newcomer) = newcomer else { return no_room("newcomer") };
        let nodes = direct_path(leaf_node_index(newcomer), leaves);
        let nodes = (0..nodes.len()).map(|i| nodes[i]);
        let listing: Vec<u32> = nodes.filter(|x| listing(&tree, *x).is_some()).collect();
        if listing.len() < 2 { None } else { Some((listing[0], newcomer, false)) }
    } else {
        return Ok(None);
    };
    let Some((x, leaf, add)) = found else { return no_room("fitting node") };
    let parent = parent_at(&tree, x).unwrap_or_default();
    let list = &parent.unmerged_leaves;
    let unmerged_leaves = if add { with(list, leaf) } else { without(list, leaf) };
    tree[x as usize] = Node::Parent(ParentNode { unmerged_leaves, ..parent });
    Ok(Some(tree))
}
