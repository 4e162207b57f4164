//! A commit of one's own that is not merged.

use super::body::{
    digest, read_digest, read_identity, read_leaves, read_size, secret, write_identity,
    write_leaves,
};
use super::load::StoredEpoch;
use crate::codec::{Decode, Reader, Wire, Writer};
use crate::crypto::Provider;
use crate::error::{Error, Malformed, Misuse};
use crate::group::active::{EpochState, Next, NextEpoch, StagedCommit, Summary};
use crate::group::schedule::{EpochSecrets, SecretTree};
use crate::group::tree::{Census, ParentNode, TreeChanges, math};
use crate::group::types::{GroupContext, PreSharedKeyId, Proposal, ReInit, Sender};
use crate::limits::{MAX_GROUP_LEAVES, MAX_GROUP_PROPOSALS, MAX_GROUP_PSKS, MAX_MESSAGE};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

fn write_numbers(w: &mut Writer, numbers: &[u32]) {
    w.list(numbers, |w, number| w.u32(*number));
}

fn read_numbers(r: &mut Reader<'_>) -> Result<Vec<u32>, Malformed> {
    r.list(MAX_GROUP_LEAVES, Reader::u32)
}

fn flag(r: &mut Reader<'_>) -> Result<bool, Malformed> {
    Ok(r.optional(|_| Ok(()))?.is_some())
}

/// A pending commit is always one to a next epoch: no one removes itself.
pub(super) fn write_pending(w: &mut Writer, staged: &StagedCommit) {
    let Next::Epoch(next) = &staged.next else { return };
    w.opaque(&staged.base);
    w.u64(staged.now);
    w.item(&staged.sender);
    w.opaque(&staged.authenticated_data);
    let summary = &staged.summary;
    write_numbers(w, &summary.added);
    write_numbers(w, &summary.updated);
    write_numbers(w, &summary.removed);
    w.list(&summary.psks, Writer::item);
    w.list(&summary.custom, |w, proposal| w.item(&**proposal));
    w.u8(u8::from(summary.extensions));
    w.u8(u8::from(summary.path));
    w.item(&next.state.context);
    w.opaque(&next.state.interim_transcript_hash);
    w.opaque(&next.state.confirmation_tag);
    w.item(&next.state.secrets);
    let root = math::root(next.state.secret_tree.leaves());
    w.optional(next.state.secret_tree.node(root), |w, secret| secret.write(w));
    write_tree(w, &next.tree);
    w.vector(|w| {
        for (node, key) in &next.private {
            w.u32(*node);
            w.optional(key.as_ref(), |w, key| key.write(w));
        }
    });
    w.optional(next.own_leaf.as_ref(), |w, (key, identity)| {
        key.write(w);
        write_identity(w, identity);
    });
    w.optional(next.reinit.as_ref(), Writer::item);
}

fn write_tree(w: &mut Writer, tree: &TreeChanges) {
    w.u32(tree.size);
    write_leaves(w, &tree.leaves);
    w.vector(|w| {
        for (node, parent) in &tree.parents {
            w.u32(*node);
            w.optional(parent.as_ref(), |w, parent| w.item(&**parent));
        }
    });
    w.vector(|w| {
        for (node, hash) in &tree.hashes {
            w.u32(*node);
            w.opaque(hash.as_bytes());
        }
    });
    w.u32(tree.last_leaf);
}

pub(super) fn read_pending(
    body: &[u8],
    epoch: &StoredEpoch,
    provider: &Provider,
) -> Result<Box<StagedCommit>, Error> {
    let mut r = Reader::new(body);
    let (base, now) = (digest(&mut r)?, r.u64()?);
    let sender = Sender::decode(&mut r)?;
    let authenticated_data = r.opaque(MAX_MESSAGE)?.to_vec();
    let summary = Summary {
        added: read_numbers(&mut r)?,
        updated: read_numbers(&mut r)?,
        removed: read_numbers(&mut r)?,
        added_by: Vec::new(),
        removed_by: Vec::new(),
        reinit_by: None,
        psks: r.list(MAX_GROUP_PSKS, PreSharedKeyId::decode)?,
        custom: r.list(MAX_GROUP_PROPOSALS, |r| Ok(Arc::new(Proposal::decode(r)?)))?,
        extensions: flag(&mut r)?,
        path: flag(&mut r)?,
    };
    let context = GroupContext::decode(&mut r)?;
    let (interim_transcript_hash, confirmation_tag) = (digest(&mut r)?, digest(&mut r)?);
    let secrets = EpochSecrets::decode(&mut r)?;
    let root = r.optional(secret)?;
    let tree = read_tree(&mut r)?;
    let private = r.list(MAX_GROUP_LEAVES, |r| Ok((r.u32()?, r.optional(secret)?)))?;
    let own_leaf = match r.u8()? {
        0 => None,
        1 => Some((secret(&mut r)?, read_identity(&mut r, epoch.suite, provider)?)),
        _ => return Err(Malformed::Presence.into()),
    };
    let reinit = r.optional(ReInit::decode)?;
    r.finish()?;
    if context.to_bytes().is_empty() || base != epoch.interim_transcript_hash {
        return Err(Misuse::StaleState.into());
    }
    let nodes = root.map(|root| (math::root(tree.size), root));
    let secret_tree =
        SecretTree::from_parts(tree.size, nodes.into_iter().collect(), BTreeMap::new());
    let state =
        EpochState { context, interim_transcript_hash, confirmation_tag, secrets, secret_tree };
    let private = private.into_iter().collect();
    let next = NextEpoch { state, tree, private, own_leaf, reinit };
    Ok(Box::new(StagedCommit {
        base,
        sender,
        authenticated_data,
        summary,
        next: Next::Epoch(Box::new(next)),
        used: None,
        now,
    }))
}

/// The census is not stored: it is counted when the changes are merged.
fn read_tree(r: &mut Reader<'_>) -> Result<TreeChanges, Malformed> {
    let size = read_size(r)?;
    let leaves = read_leaves(r)?;
    let parents = r.list(MAX_GROUP_LEAVES, |r| {
        Ok((r.u32()?, r.optional(ParentNode::decode)?.map(Arc::new)))
    })?;
    let hashes = r.list(MAX_GROUP_LEAVES.saturating_mul(2), |r| Ok((r.u32()?, read_digest(r)?)))?;
    Ok(TreeChanges {
        size,
        leaves,
        parents: parents.into_iter().collect(),
        hashes: hashes.into_iter().collect(),
        census: Census::default(),
        last_leaf: r.u32()?,
    })
}
