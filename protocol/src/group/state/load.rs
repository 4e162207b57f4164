//! From records to a group.

use super::body::{digest, read_identity, read_past, read_psk, read_size, secret, version};
use super::key::{GroupRecordKey, Key, Touched};
use super::pending::read_pending;
use crate::codec::{Decode, Reader, Wire, decode_all};
use crate::crypto::{Provider, Secret};
use crate::error::{Error, Malformed, Misuse};
use crate::group::active::{
    CachedProposal, Group, PastEpoch, PendingUpdate, ResumptionPsks, SigningIdentity, Status,
};
use crate::group::crypto::Crypto;
use crate::group::policy::GroupPolicy;
use crate::group::schedule::{EpochSecrets, Ratchet, RatchetKey, SecretTree};
use crate::group::suite::CipherSuite;
use crate::group::tree::{ParentNode, PrivateTree, Tree, math};
use crate::group::types::{GroupContext, LeafNode, Proposal, Sender};
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

/// The record of the epoch.
pub(super) struct StoredEpoch {
    pub(super) context: GroupContext,
    pub(super) interim_transcript_hash: Vec<u8>,
    pub(super) confirmation_tag: Vec<u8>,
    pub(super) secrets: EpochSecrets,
    pub(super) size: u32,
    pub(super) own_leaf: u32,
    pub(super) suite: CipherSuite,
    pub(super) identity: SigningIdentity,
}

impl StoredEpoch {
    pub(super) fn decode(bytes: &[u8], provider: &Provider) -> Result<Self, Error> {
        let mut r = Reader::new(bytes);
        version(&mut r)?;
        let context = GroupContext::decode(&mut r)?;
        let suite = CipherSuite::from_u16(context.cipher_suite).ok_or(Misuse::Arguments)?;
        let epoch = Self {
            interim_transcript_hash: digest(&mut r)?,
            confirmation_tag: digest(&mut r)?,
            secrets: EpochSecrets::decode(&mut r)?,
            size: read_size(&mut r)?,
            own_leaf: r.u32()?,
            identity: read_identity(&mut r, suite, provider)?,
            suite,
            context,
        };
        r.finish()?;
        Ok(epoch)
    }
}

/// The record of the head.
pub(super) fn read_head(bytes: &[u8]) -> Result<(u64, Status), Malformed> {
    let mut r = Reader::new(bytes);
    version(&mut r)?;
    let head = (r.u64()?, Status::decode(&mut r)?);
    r.finish()?;
    Ok(head)
}

/// Nodes and ratchets of the secret trees, by epoch.
#[derive(Default)]
struct SecretParts {
    nodes: BTreeMap<u32, Secret>,
    ratchets: BTreeMap<RatchetKey, Ratchet>,
}

#[derive(Default)]
struct Parts<'a> {
    leaves: BTreeMap<u32, LeafNode>,
    parents: BTreeMap<u32, ParentNode>,
    private: BTreeMap<u32, Secret>,
    secret_trees: BTreeMap<u64, SecretParts>,
    past: BTreeMap<u64, PastEpoch>,
    resumption: ResumptionPsks,
    proposals: BTreeMap<Vec<u8>, CachedProposal>,
    updates: Vec<(Vec<u8>, &'a [u8])>,
    pending: Option<&'a [u8]>,
}

impl Group {
    /// Makes a group from all of its stored records, in any order. Signatures are not verified again; the tree hash
    /// is.
    ///
    /// # Errors
    /// [`Error::Malformed`]; [`Misuse::Arguments`] for a suite that this build does not speak.
    pub fn import<'a>(
        records: impl IntoIterator<Item = (&'a GroupRecordKey, &'a [u8])>,
        policy: GroupPolicy,
        provider: &Provider,
    ) -> Result<Self, Error> {
        let (mut head, mut epoch) = (None, None);
        let mut parts = Parts::default();
        for (key, body) in records {
            match &key.0 {
                Key::Head => head = Some(read_head(body)?),
                Key::Epoch => epoch = Some(StoredEpoch::decode(body, provider)?),
                key => parts.take(key, body)?,
            }
        }
        let (Some((changes, status)), Some(epoch)) = (head, epoch) else {
            return Err(Malformed::Empty.into());
        };
        assemble(changes, status, epoch, parts, policy, provider)
    }
}

impl<'a> Parts<'a> {
    fn take(&mut self, key: &Key, body: &'a [u8]) -> Result<(), Error> {
        let stored_secret = || -> Result<Secret, Malformed> {
            let mut r = Reader::new(body);
            let secret = secret(&mut r)?;
            r.finish()?;
            Ok(secret)
        };
        match key {
            Key::Head | Key::Epoch => {}
            Key::Leaf(leaf) => {
                self.leaves.insert(*leaf, decode_all(body)?);
            }
            Key::Parent(node) => {
                self.parents.insert(*node, decode_all(body)?);
            }
            Key::Private(node) => {
                self.private.insert(*node, stored_secret()?);
            }
            Key::SecretNode(epoch, node) => {
                let tree = self.secret_trees.entry(*epoch).or_default();
                tree.nodes.insert(*node, stored_secret()?);
            }
            Key::Ratchet(epoch, leaf, kind) => {
                let tree = self.secret_trees.entry(*epoch).or_default();
                tree.ratchets.insert((*leaf, *kind), decode_all(body)?);
            }
            Key::Past(epoch) => {
                self.past.insert(*epoch, read_past(body)?);
            }
            Key::Resumption(epoch) => {
                self.resumption.insert(*epoch, read_psk(body)?);
            }
            Key::Proposal(reference) => {
                self.proposals.insert(reference.clone(), read_proposal(body)?);
            }
            Key::Update(key) => self.updates.push((key.clone(), body)),
            Key::Pending => self.pending = Some(body),
        }
        Ok(())
    }

    /// The secret tree of an epoch, from its parts.
    fn secret_tree(&mut self, epoch: u64, leaves: u32) -> SecretTree {
        let parts = self.secret_trees.remove(&epoch).unwrap_or_default();
        SecretTree::from_parts(leaves, parts.nodes, parts.ratchets)
    }
}

fn read_proposal(body: &[u8]) -> Result<CachedProposal, Malformed> {
    let mut r = Reader::new(body);
    let cached = CachedProposal {
        order: r.u32()?,
        sender: Sender::decode(&mut r)?,
        committable: r.optional(|_| Ok(()))?.is_some(),
        content: r.opaque(u32::MAX)?.to_vec(),
        proposal: Proposal::decode(&mut r)?,
    };
    r.finish()?;
    Ok(cached)
}

fn assemble(
    changes: u64,
    status: Status,
    epoch: StoredEpoch,
    mut parts: Parts<'_>,
    policy: GroupPolicy,
    provider: &Provider,
) -> Result<Group, Error> {
    let crypto = Crypto::new(provider, epoch.suite);
    let tree = assemble_tree(&crypto, &epoch, &mut parts)?;
    let own = parts.private.remove(&math::leaf_node(epoch.own_leaf));
    let mut private = match (own, &status) {
        (Some(own), _) => PrivateTree::new(epoch.own_leaf, own),
        (None, Status::Removed { .. }) => PrivateTree::forgotten(epoch.own_leaf),
        (None, _) => return Err(Malformed::Empty.into()),
    };
    core::mem::take(&mut parts.private)
        .into_iter()
        .for_each(|(node, key)| private.insert(node, key));
    let secret_tree = parts.secret_tree(epoch.context.epoch, epoch.size);
    let mut past = core::mem::take(&mut parts.past);
    for (number, past) in &mut past {
        past.secret_tree = parts.secret_tree(*number, past.secret_tree.leaves());
    }
    let mut updates = BTreeMap::new();
    for (key, body) in core::mem::take(&mut parts.updates) {
        let mut r = Reader::new(body);
        let encryption_key = secret(&mut r)?;
        let identity = read_identity(&mut r, epoch.suite, provider)?;
        r.finish()?;
        updates.insert(key, PendingUpdate { encryption_key, identity });
    }
    let pending = parts.pending.map(|body| read_pending(body, &epoch, provider));
    Ok(Group {
        context_bytes: epoch.context.to_bytes(),
        context: epoch.context.clone(),
        pending_commit: pending.transpose()?,
        crypto,
        policy,
        identity: epoch.identity,
        interim_transcript_hash: epoch.interim_transcript_hash,
        confirmation_tag: epoch.confirmation_tag,
        tree,
        private,
        secrets: epoch.secrets,
        secret_tree,
        past,
        resumption: parts.resumption,
        proposals: parts.proposals,
        pending_updates: updates,
        status,
        changes,
        touched: Touched::default(),
    })
}

fn assemble_tree(
    crypto: &Crypto,
    epoch: &StoredEpoch,
    parts: &mut Parts<'_>,
) -> Result<Tree, Error> {
    let size = usize::try_from(epoch.size).map_err(|_| Malformed::TooLong)?;
    let mut leaves: Vec<Option<Arc<LeafNode>>> = vec![None; size];
    let mut parents: Vec<Option<Arc<ParentNode>>> = vec![None; size.saturating_sub(1)];
    for (leaf, node) in core::mem::take(&mut parts.leaves) {
        let index = usize::try_from(leaf).map_err(|_| Malformed::Value)?;
        *leaves.get_mut(index).ok_or(Malformed::Value)? = Some(Arc::new(node));
    }
    for (node, parent) in core::mem::take(&mut parts.parents) {
        let index = usize::try_from(node >> 1).map_err(|_| Malformed::Value)?;
        *parents.get_mut(index).ok_or(Malformed::Value)? = Some(Arc::new(parent));
    }
    let mut tree = Tree::from_nodes(leaves, parents);
    tree.hash_all(crypto)?;
    crate::group::check::check_tree_hash(&tree, &epoch.context)?;
    Ok(tree)
}
