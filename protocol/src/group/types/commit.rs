//! Commits and update paths (RFC 9420 §12.4, §7.6).

use super::{LeafNode, Proposal};
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::error::Malformed;
use crate::limits::{
    MAX_GROUP_DEPTH, MAX_GROUP_LEAVES, MAX_GROUP_PROPOSALS, MAX_GROUP_PSKS, MAX_KEY,
};
use alloc::vec::Vec;

/// `HPKECiphertext`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HpkeCiphertext {
    /// The encapsulated key.
    pub kem_output: Vec<u8>,
    /// The ciphertext, its tag behind it.
    pub ciphertext: Vec<u8>,
}

impl Decode for HpkeCiphertext {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { kem_output: r.opaque(MAX_KEY)?.to_vec(), ciphertext: ciphertext(r)? })
    }
}

/// Group secrets with a bounded number of PSK ids are the longest plaintext.
fn ciphertext(r: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
    Ok(r.opaque(crate::limits::MAX_GROUP_SECRETS)?.to_vec())
}

impl Encode for HpkeCiphertext {
    fn encode(&self, w: &mut Writer) {
        w.opaque(&self.kem_output);
        w.opaque(&self.ciphertext);
    }
}

/// `UpdatePathNode`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdatePathNode {
    /// The node's new public key.
    pub encryption_key: Vec<u8>,
    /// The node's path secret for each node in the resolution of its copath child.
    pub encrypted_path_secret: Vec<HpkeCiphertext>,
}

/// `UpdatePath`: the committer's new leaf and the nodes on its filtered direct path, leaf to root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdatePath {
    /// The new leaf.
    pub leaf_node: LeafNode,
    /// The nodes.
    pub nodes: Vec<UpdatePathNode>,
}

/// `ProposalOrRef`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposalOrRef {
    /// A proposal of the committer.
    Proposal(Proposal),
    /// `ProposalRef` of one that was sent before.
    Reference(Vec<u8>),
}

/// `Commit`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// What it applies.
    pub proposals: Vec<ProposalOrRef>,
    /// New keys of the committer.
    pub path: Option<UpdatePath>,
}

impl Decode for UpdatePathNode {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            encryption_key: r.opaque(MAX_KEY)?.to_vec(),
            encrypted_path_secret: r.list(MAX_GROUP_LEAVES, HpkeCiphertext::decode)?,
        })
    }
}

impl Encode for UpdatePathNode {
    fn encode(&self, w: &mut Writer) {
        w.opaque(&self.encryption_key);
        w.list(&self.encrypted_path_secret, Writer::item);
    }
}

impl Decode for UpdatePath {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            leaf_node: LeafNode::decode(r)?,
            nodes: r.list(MAX_GROUP_DEPTH, UpdatePathNode::decode)?,
        })
    }
}

impl Encode for UpdatePath {
    fn encode(&self, w: &mut Writer) {
        w.item(&self.leaf_node);
        w.list(&self.nodes, Writer::item);
    }
}

impl Decode for ProposalOrRef {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match r.u8()? {
            1 => Self::Proposal(Proposal::decode(r)?),
            2 => Self::Reference(r.opaque(MAX_KEY)?.to_vec()),
            _ => return Err(Malformed::Enumeration),
        })
    }
}

impl Encode for ProposalOrRef {
    fn encode(&self, w: &mut Writer) {
        match self {
            Self::Proposal(proposal) => {
                w.u8(1);
                w.item(proposal);
            }
            Self::Reference(reference) => {
                w.u8(2);
                w.opaque(reference);
            }
        }
    }
}

impl Decode for Commit {
    fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let proposals = r.list(MAX_GROUP_PROPOSALS, ProposalOrRef::decode)?;
        // Those that come by reference are counted once they are known.
        let is_psk = |entry: &&ProposalOrRef| {
            matches!(entry, ProposalOrRef::Proposal(Proposal::PreSharedKey(_)))
        };
        let psks = u32::try_from(proposals.iter().filter(is_psk).count());
        if psks.is_ok_and(|psks| psks <= MAX_GROUP_PSKS) {
            Ok(Self { proposals, path: r.optional(UpdatePath::decode)? })
        } else {
            Err(Malformed::TooLong)
        }
    }
}

impl Encode for Commit {
    fn encode(&self, w: &mut Writer) {
        w.list(&self.proposals, Writer::item);
        w.optional(self.path.as_ref(), Writer::item);
    }
}
