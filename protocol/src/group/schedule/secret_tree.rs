//! The secret tree (RFC 9420 §9), derived as far as it is needed.
//!
//! Of the tree there are only the nodes whose parents were used up: at first the root alone; when a
//! sender's ratchets are needed, the nodes beside its path remain.

use super::epoch::EncryptionSecret;
use super::ratchet::{Advance, MessageKey, Ratchet, RatchetKind, RatchetLimits};
use crate::crypto::Secret;
use crate::crypto::labels::mls as labels;
use crate::error::{Error, ProviderFailed};
use crate::group::crypto::Crypto;
use crate::group::error::Check;
use crate::group::tree::math;
use alloc::collections::{BTreeMap, BTreeSet};

/// Where a ratchet is kept: leaf and kind.
pub(crate) type RatchetKey = (u32, RatchetKind);

/// The secrets of an epoch's messages.
pub(crate) struct SecretTree {
    leaves: u32,
    nodes: BTreeMap<u32, Secret>,
    ratchets: BTreeMap<RatchetKey, Ratchet>,
}

/// What a message does to a secret tree, to be carried out once it has authenticated.
pub(crate) struct SecretTreeUse {
    key: RatchetKey,
    /// The two ratchets of a sender that had none, with the nodes that its path leaves.
    fresh: Option<Fresh>,
    advance: Advance,
}

impl SecretTreeUse {
    /// The ratchet and its generation.
    pub(crate) fn generation(&self) -> (RatchetKey, u32) {
        (self.key, self.advance.generation())
    }
}

struct Fresh {
    used: BTreeSet<u32>,
    nodes: BTreeMap<u32, Secret>,
    ratchets: BTreeMap<RatchetKey, Ratchet>,
}

/// Which parts of a secret tree a step has changed, so that only they are stored.
#[derive(Debug, Default)]
pub(crate) struct SecretTreeChanges {
    pub(crate) nodes: BTreeSet<u32>,
    pub(crate) ratchets: BTreeSet<RatchetKey>,
}

impl SecretTree {
    pub(crate) fn new(leaves: u32, encryption_secret: EncryptionSecret) -> Self {
        Self {
            leaves,
            nodes: BTreeMap::from([(math::root(leaves), encryption_secret.0)]),
            ratchets: BTreeMap::new(),
        }
    }

    /// A tree of stored parts, some of which may be missing.
    pub(crate) fn from_parts(
        leaves: u32,
        nodes: BTreeMap<u32, Secret>,
        ratchets: BTreeMap<RatchetKey, Ratchet>,
    ) -> Self {
        Self { leaves, nodes, ratchets }
    }

    pub(crate) fn leaves(&self) -> u32 {
        self.leaves
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = (u32, &Secret)> {
        self.nodes.iter().map(|(node, secret)| (*node, secret))
    }

    pub(crate) fn node(&self, node: u32) -> Option<&Secret> {
        self.nodes.get(&node)
    }

    pub(crate) fn ratchets(&self) -> impl Iterator<Item = (RatchetKey, &Ratchet)> {
        self.ratchets.iter().map(|(key, ratchet)| (*key, ratchet))
    }

    pub(crate) fn ratchet(&self, key: RatchetKey) -> Option<&Ratchet> {
        self.ratchets.get(&key)
    }

    /// The next key of the device's own ratchet.
    ///
    /// # Errors
    /// [`crate::error::Misuse::ChainExhausted`]
    pub(crate) fn next(
        &mut self,
        crypto: &Crypto,
        key: RatchetKey,
    ) -> Result<(u32, MessageKey, SecretTreeChanges), Error> {
        let mut changes = SecretTreeChanges::default();
        if !self.ratchets.contains_key(&key) {
            let fresh = self.derive(crypto, key.0)?;
            self.carry_out(fresh, &mut changes);
        }
        let ratchet = self.ratchets.get_mut(&key).ok_or(Check::Duplicate.refuse())?;
        let (generation, message_key) = ratchet.next(crypto)?;
        changes.ratchets.insert(key);
        Ok((generation, message_key, changes))
    }

    /// The key of a received generation, nothing changed yet.
    ///
    /// # Errors
    /// [`Check::Duplicate`], [`Check::TooFar`]; [`Check::UnknownSender`] for a leaf outside the tree.
    pub(crate) fn find(
        &self,
        crypto: &Crypto,
        key: RatchetKey,
        generation: u32,
        limits: RatchetLimits,
    ) -> Result<(MessageKey, SecretTreeUse), Error> {
        Check::UnknownSender.require(key.0 < self.leaves)?;
        if let Some(ratchet) = self.ratchets.get(&key) {
            let (message_key, advance) = ratchet.find(crypto, generation, limits)?;
            return Ok((message_key, SecretTreeUse { key, fresh: None, advance }));
        }
        let fresh = self.derive(crypto, key.0)?;
        let ratchet = fresh.ratchets.get(&key).ok_or(Check::Duplicate.refuse())?;
        let (message_key, advance) = ratchet.find(crypto, generation, limits)?;
        Ok((message_key, SecretTreeUse { key, fresh: Some(fresh), advance }))
    }

    /// Carries out what a message that has authenticated does: what its key was derived from is gone (`GRP-45`).
    pub(crate) fn carry_out_use(
        &mut self,
        used: SecretTreeUse,
        limits: RatchetLimits,
    ) -> SecretTreeChanges {
        let mut changes = SecretTreeChanges::default();
        if let Some(fresh) = used.fresh {
            self.carry_out(fresh, &mut changes);
        }
        if let Some(ratchet) = self.ratchets.get_mut(&used.key) {
            ratchet.advance(used.advance, limits);
            changes.ratchets.insert(used.key);
        }
        changes
    }

    fn carry_out(&mut self, fresh: Fresh, changes: &mut SecretTreeChanges) {
        for node in &fresh.used {
            self.nodes.remove(node);
        }
        changes.nodes.extend(fresh.used);
        changes.nodes.extend(fresh.nodes.keys());
        changes.ratchets.extend(fresh.ratchets.keys());
        self.nodes.extend(fresh.nodes);
        self.ratchets.extend(fresh.ratchets);
    }

    /// Erases the keys that were passed over too long ago (`GDS-48`).
    pub(crate) fn expire(&mut self, limits: RatchetLimits) -> SecretTreeChanges {
        let expired = self.ratchets.iter_mut().filter_map(|(key, ratchet)| {
            let expired = ratchet.expire(limits);
            expired.then_some(*key)
        });
        SecretTreeChanges { ratchets: expired.collect(), ..SecretTreeChanges::default() }
    }

    /// The nodes that may be needed for a sender's first message: those from its leaf to the root.
    pub(crate) fn path(leaf: u32, leaves: u32) -> impl Iterator<Item = u32> {
        let leaf = math::leaf_node(leaf);
        core::iter::once(leaf).chain(math::direct_path(leaf, leaves))
    }

    /// Both ratchets of a leaf, from the lowest node above it that there is.
    fn derive(&self, crypto: &Crypto, leaf: u32) -> Result<Fresh, Error> {
        let mut path = Self::path(leaf, self.leaves);
        let start = path.find(|node| self.nodes.contains_key(node));
        let start = start.ok_or(Check::Duplicate.refuse())?;
        let secret = self.nodes.get(&start).ok_or(Check::Duplicate.refuse())?;
        let mut fresh = Fresh {
            used: BTreeSet::from([start]),
            nodes: BTreeMap::new(),
            ratchets: BTreeMap::new(),
        };
        let (mut node, mut secret) = (start, secret.duplicate());
        while let (Some(left), Some(right)) = (math::left(node), math::right(node)) {
            let (left_secret, right_secret) = children(crypto, &secret)?;
            let (below, other) = if math::covers(left, leaf) {
                ((left, left_secret), (right, right_secret))
            } else {
                ((right, right_secret), (left, left_secret))
            };
            fresh.nodes.insert(other.0, other.1);
            (node, secret) = below;
        }
        let (mut handshake, mut application) =
            (Secret::zeros(crypto.nh()), Secret::zeros(crypto.nh()));
        let jobs =
            [(labels::HANDSHAKE, handshake.as_mut()), (labels::APPLICATION, application.as_mut())];
        crypto.expand_into(secret.as_bytes(), &[], jobs)?;
        fresh.ratchets.insert((leaf, RatchetKind::Handshake), Ratchet::new(handshake));
        fresh.ratchets.insert((leaf, RatchetKind::Application), Ratchet::new(application));
        Ok(fresh)
    }
}

fn children(crypto: &Crypto, secret: &Secret) -> Result<(Secret, Secret), ProviderFailed> {
    let left = crypto.expand(secret, labels::TREE, labels::LEFT, crypto.nh())?;
    let right = crypto.expand(secret, labels::TREE, labels::RIGHT, crypto.nh())?;
    Ok((left, right))
}
