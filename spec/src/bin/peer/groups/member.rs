//! What a party has of groups: its keys, its key packages, its pre-shared keys, and its memberships.

use super::forge::Forge;
use crate::wire::{Stop, fault};
use sceau_spec::group::credentials::Credential;
use sceau_spec::group::framing::AuthenticatedContent;
use sceau_spec::group::group_context::{GroupContext, encode_group_context};
use sceau_spec::group::hash_ratchet::{HashRatchet, hash_ratchet};
use sceau_spec::group::key_package::KeyPackage;
use sceau_spec::group::key_schedule::EpochSecrets;
use sceau_spec::group::leaf_node::LeafNode;
use sceau_spec::group::proposals::ReInit;
use sceau_spec::group::psk::{EXTERNAL, PreSharedKeyId};
use sceau_spec::group::ratchet_tree::{RatchetTree, leaf_at, leaf_count};
use sceau_spec::group::secret_tree::{KeyAndNonce, leaf_secret, ratchet_roots};
use sceau_spec::group::suite::{CipherSuite, signature_public_key};
use sceau_spec::group::tree_kem::{NodePrivateKey, NodePrivateKeys};
use sceau_spec::group::tree_math::{LeafIndex, NodeIndex};
use sceau_spec::octets::{Octets, empty};
use sceau_spec::pairwise::error::ErrorClass;
use std::collections::BTreeMap;

/// Signature private keys by public key.
pub type Signers = BTreeMap<Vec<u8>, Octets>;

/// How many past epochs application data is read of.
const PAST_EPOCHS: usize = 2;

/// A key package with its private keys.
#[derive(Clone)]
pub struct Package {
    pub key_package: KeyPackage,
    pub init_private_key: Octets,
    pub encryption_private_key: Octets,
    pub signer: Octets,
}

/// What a party has.
#[derive(Clone, Default)]
pub struct Store {
    /// Signature private keys by identity and suite.
    signers: BTreeMap<(Vec<u8>, CipherSuite), Octets>,
    pub packages: Vec<Package>,
    /// The key package that was made last.
    pub last: Option<KeyPackage>,
    /// External pre-shared keys by id.
    pub psks: BTreeMap<Vec<u8>, Octets>,
    /// Memberships by the runner's name of the group.
    pub members: BTreeMap<String, Member>,
}

impl Store {
    /// The signature private key of an identity, drawn when it is first needed.
    pub fn signer(&mut self, forge: &mut Forge, identity: &Octets, suite: CipherSuite) -> Octets {
        let name = (identity.native_slice().to_vec(), suite);
        self.signers.entry(name).or_insert_with(|| forge.draw(32)).clone()
    }

    /// All signature keys.
    pub fn signers(&self) -> Signers {
        let pair = |((_, suite), private): (&(Vec<u8>, CipherSuite), &Octets)| {
            let public = signature_public_key(*suite, private);
            (public.native_slice().to_vec(), private.clone())
        };
        self.signers.iter().map(pair).collect()
    }

    /// The value of a pre-shared key.
    pub fn psk(&self, id: &PreSharedKeyId) -> Result<Octets, Stop> {
        let found = if id.psktype == EXTERNAL {
            self.psks.get(id.psk_id.native_slice())
        } else {
            let of_group = |member: &&Member| member.context.group_id == id.psk_group_id;
            let mut members = self.members.values().filter(of_group);
            members.find_map(|member| member.resumption.get(&id.psk_epoch))
        };
        found.cloned().ok_or(Stop::Reject(ErrorClass::UnknownPsk))
    }

    pub fn member(&self, name: &str) -> Result<Member, Stop> {
        match self.members.get(name) {
            Some(member) => Ok(member.clone()),
            None => fault(format!("no group \"{name}\"")),
        }
    }
}

/// The secret tree of an epoch, as far as it has been used.
#[derive(Clone, Default)]
pub struct Ratchets {
    of: BTreeMap<(LeafIndex, bool), HashRatchet>,
    /// The generation that was sent last, by kind.
    pub sent: BTreeMap<bool, (u32, KeyAndNonce)>,
}

impl Ratchets {
    /// The ratchet of a leaf, for handshake messages or for application data.
    pub fn get(
        &self,
        suite: CipherSuite,
        secrets: &EpochSecrets,
        leaf: LeafIndex,
        leaves: u32,
        handshake: bool,
    ) -> HashRatchet {
        match self.of.get(&(leaf, handshake)) {
            Some(ratchet) => ratchet.clone(),
            None => {
                let secret = leaf_secret(suite, &secrets.encryption_secret, leaf, leaves);
                let roots = ratchet_roots(suite, &secret);
                hash_ratchet(if handshake { &roots.handshake } else { &roots.application })
            }
        }
    }

    pub fn set(&mut self, leaf: LeafIndex, handshake: bool, ratchet: HashRatchet) {
        self.of.insert((leaf, handshake), ratchet);
    }
}

/// A proposal that was sent in this epoch.
#[derive(Clone)]
pub struct Sent {
    /// Its reference.
    pub reference: Octets,
    pub authenticated: AuthenticatedContent,
}

/// An epoch: what messages of it need.
#[derive(Clone)]
pub struct Epoch {
    pub context: GroupContext,
    pub tree: RatchetTree,
    pub secrets: EpochSecrets,
    pub ratchets: Ratchets,
}

/// A membership.
#[derive(Clone, Default)]
pub struct Member {
    pub context: GroupContext,
    pub tree: RatchetTree,
    /// The own leaf.
    pub leaf: LeafIndex,
    pub private_keys: NodePrivateKeys,
    /// Signature private key.
    pub signer: Octets,
    pub secrets: EpochSecrets,
    pub ratchets: Ratchets,
    pub interim_transcript_hash: Octets,
    pub confirmation_tag: Octets,
    /// Whether proposals and Commits are sent as private messages.
    pub encrypt_handshake: bool,
    /// Resumption PSKs by epoch.
    pub resumption: BTreeMap<u64, Octets>,
    /// Proposals of the epoch by message.
    pub proposals: BTreeMap<Vec<u8>, Sent>,
    /// Private keys of own Updates by public key.
    pub updates: BTreeMap<Vec<u8>, (Octets, Octets)>,
    pub past: Vec<Epoch>,
    /// The next epoch, by an own Commit.
    pub pending: Option<Box<Member>>,
    /// The ReInit that the last Commit has.
    pub reinit: Option<ReInit>,
    pub active: bool,
}

impl Member {
    pub fn suite(&self) -> CipherSuite {
        self.context.cipher_suite
    }

    pub fn encoded_context(&self) -> Octets {
        encode_group_context(&self.context)
    }

    pub fn own_leaf(&self) -> LeafNode {
        leaf_at(&self.tree, self.leaf).unwrap_or_default()
    }

    /// The present epoch.
    pub fn epoch(&self) -> Epoch {
        Epoch {
            context: self.context.clone(),
            tree: self.tree.clone(),
            secrets: self.secrets.clone(),
            ratchets: self.ratchets.clone(),
        }
    }

    /// Enters an epoch: what is left of the one before goes to the past.
    pub fn entered(&self, next: Member) -> Member {
        let mut past = self.past.clone();
        past.insert(0, self.epoch());
        past.truncate(PAST_EPOCHS);
        let mut resumption = self.resumption.clone();
        resumption.insert(next.context.epoch, next.secrets.resumption_psk.clone());
        Member { past, resumption, ..next }
    }

    /// What is left of a member when a Commit begins the next epoch, whose tree and secrets are to be set.
    pub fn following(&self, reinit: Option<&ReInit>) -> Member {
        Member {
            ratchets: Ratchets::default(),
            proposals: BTreeMap::new(),
            updates: BTreeMap::new(),
            pending: None,
            reinit: reinit.cloned(),
            active: reinit.is_none(),
            ..self.clone()
        }
    }

    /// The private key of a node.
    pub fn private_key(&self, node: NodeIndex) -> Option<Octets> {
        let mut found = None;
        for i in 0..self.private_keys.len() {
            if self.private_keys[i].node == node {
                found = Some(self.private_keys[i].private_key.clone());
            }
        }
        found
    }
}

/// The identity of a leaf; nothing if its credential is not a basic one.
pub fn identity(leaf: &LeafNode) -> Octets {
    match &leaf.credential {
        Credential::Basic(identity) => identity.clone(),
        _ => empty(),
    }
}

/// The indices of the members.
pub fn members(tree: &RatchetTree) -> Vec<LeafIndex> {
    (0..leaf_count(tree)).filter(|leaf| leaf_at(tree, *leaf).is_some()).collect()
}

/// The first blank leaf.
pub fn blank_leaf(tree: &RatchetTree) -> Option<LeafIndex> {
    (0..leaf_count(tree)).find(|leaf| leaf_at(tree, *leaf).is_none())
}

/// Another member.
pub fn other_member(tree: &RatchetTree, own: LeafIndex) -> Option<LeafIndex> {
    members(tree).into_iter().find(|leaf| *leaf != own)
}

/// Private keys with more, which take the place of those of the same node.
pub fn with_keys(keys: &NodePrivateKeys, more: &NodePrivateKeys) -> NodePrivateKeys {
    let mut out = more.clone();
    for i in 0..keys.len() {
        let replaced = (0..more.len()).any(|j| more[j].node == keys[i].node);
        if !replaced {
            out = out.push(&keys[i]);
        }
    }
    out
}

/// The one private key of a node.
pub fn one_key(node: NodeIndex, private_key: &Octets) -> NodePrivateKeys {
    NodePrivateKeys::new(0).push(&NodePrivateKey { node, private_key: private_key.clone() })
}
