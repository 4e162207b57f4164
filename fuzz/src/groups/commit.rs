//! Commits and proposals of a malicious member.

use super::edits::{AnyProposal, CommitEdit, LeafEdit};
use super::members::extensions;
use super::{Groups, SUITE};
use sceau::group::hazmat;
use sceau::group::{
    Commit, Credential, HpkeCiphertext, LeafNode, LeafNodeSource, PreSharedKeyId, Proposal,
    ProposalOrRef, PskKind, ReInit, ResumptionUsage,
};

impl Groups {
    pub(super) fn edit(&self, commit: &mut Commit, edit: &CommitEdit) {
        let place = |index: u8, count: usize| usize::from(index).checked_rem(count);
        match edit {
            CommitEdit::Propose(proposal) => commit.proposals.push(self.proposal(proposal)),
            CommitEdit::Drop(index) => {
                if let Some(at) = place(*index, commit.proposals.len()) {
                    commit.proposals.remove(at);
                }
            }
            CommitEdit::Repeat(index) => {
                if let Some(at) = place(*index, commit.proposals.len()) {
                    commit.proposals.push(commit.proposals[at].clone());
                }
            }
            CommitEdit::NoPath => commit.path = None,
            CommitEdit::Leaf(edit) => {
                if let Some(path) = &mut commit.path {
                    self.edit_leaf(&mut path.leaf_node, edit);
                    self.sign(&mut path.leaf_node, edit);
                }
            }
            CommitEdit::DropNode(index) | CommitEdit::RepeatNode(index) => {
                let Some(path) = &mut commit.path else { return };
                let Some(at) = place(*index, path.nodes.len()) else { return };
                if matches!(edit, CommitEdit::DropNode(_)) {
                    path.nodes.remove(at);
                } else {
                    path.nodes.push(path.nodes[at].clone());
                }
            }
            CommitEdit::NodeKey(index, _)
            | CommitEdit::NodeKeyOf(index, _)
            | CommitEdit::Ciphertext(index, _, _)
            | CommitEdit::KemOutput(index, _, _)
            | CommitEdit::DropCiphertext(index, _)
            | CommitEdit::RepeatCiphertext(index, _) => {
                let Some(path) = &mut commit.path else { return };
                let Some(at) = place(*index, path.nodes.len()) else { return };
                let node = &mut path.nodes[at];
                let sealed = &mut node.encrypted_path_secret;
                match edit {
                    CommitEdit::NodeKey(_, altered) => {
                        node.encryption_key = altered.of(&node.encryption_key);
                    }
                    CommitEdit::NodeKeyOf(_, member) => {
                        node.encryption_key = self.key_of(*member);
                    }
                    CommitEdit::Ciphertext(_, which, altered) => {
                        if let Some(at) = place(*which, sealed.len()) {
                            sealed[at].ciphertext = altered.of(&sealed[at].ciphertext);
                        }
                    }
                    CommitEdit::KemOutput(_, which, altered) => {
                        if let Some(at) = place(*which, sealed.len()) {
                            sealed[at].kem_output = altered.of(&sealed[at].kem_output);
                        }
                    }
                    CommitEdit::DropCiphertext(_, which) => {
                        if let Some(at) = place(*which, sealed.len()) {
                            sealed.remove(at);
                        }
                    }
                    _ => {
                        let again: Option<HpkeCiphertext> = sealed.first().cloned();
                        sealed.extend(again);
                    }
                }
            }
        }
    }

    fn key_of(&self, member: u8) -> Vec<u8> {
        let leaf = self.bob.member(u32::from(member % 4));
        leaf.map(|leaf| leaf.encryption_key.clone()).unwrap_or_default()
    }

    fn edit_leaf(&self, leaf: &mut LeafNode, edit: &LeafEdit) {
        match edit {
            LeafEdit::EncryptionKey(altered) => {
                leaf.encryption_key = altered.of(&leaf.encryption_key)
            }
            LeafEdit::KeyOf(member) => leaf.encryption_key = self.key_of(*member),
            LeafEdit::SignatureKey(altered) => leaf.signature_key = altered.of(&leaf.signature_key),
            LeafEdit::Credential(bytes) => leaf.credential = Credential::Basic(bytes.clone()),
            LeafEdit::Source(source) => {
                leaf.source = match source % 2 {
                    0 => LeafNodeSource::Update,
                    _ => LeafNodeSource::Commit(vec![]),
                }
            }
            LeafEdit::ParentHash(altered) => {
                if let LeafNodeSource::Commit(hash) = &mut leaf.source {
                    *hash = altered.of(hash);
                }
            }
            LeafEdit::Capabilities(which, values) => {
                let capabilities = &mut leaf.capabilities;
                let list = match which % 5 {
                    0 => &mut capabilities.versions,
                    1 => &mut capabilities.cipher_suites,
                    2 => &mut capabilities.extensions,
                    3 => &mut capabilities.proposals,
                    _ => &mut capabilities.credentials,
                };
                list.clone_from(values);
            }
            LeafEdit::Extensions(list) => leaf.extensions = extensions(list),
            LeafEdit::Signature(altered) => leaf.signature = altered.of(&leaf.signature),
        }
    }

    /// Signs a leaf of the malicious member's again, unless its signature is what was changed.
    fn sign(&self, leaf: &mut LeafNode, edit: &LeafEdit) {
        if !matches!(edit, LeafEdit::Signature(_)) {
            let group_id = self.bob.group_id();
            let _ = hazmat::sign_leaf_node(SUITE, &self.identity, leaf, group_id, 0);
        }
    }

    pub(super) fn proposal(&self, any: &AnyProposal) -> ProposalOrRef {
        let proposal = match any {
            AnyProposal::Remove(leaf) => Proposal::Remove(*leaf % 16),
            AnyProposal::Update(edits) => {
                let mut leaf = self.bob.member(0).expect("a member").clone();
                leaf.source = LeafNodeSource::Update;
                leaf.encryption_key = vec![9; 32];
                edits.iter().take(3).for_each(|edit| self.edit_leaf(&mut leaf, edit));
                self.sign(&mut leaf, edits.last().unwrap_or(&LeafEdit::Source(0)));
                Proposal::Update(Box::new(leaf))
            }
            AnyProposal::Add { init_key, version, suite, leaf } => {
                let mut key_package = self.newcomer.key_package().clone();
                key_package.version = u16::from(*version % 3);
                if suite % 4 == 3 {
                    key_package.cipher_suite = 3;
                }
                if let Some(altered) = init_key {
                    key_package.init_key = altered.of(&key_package.init_key);
                }
                key_package.leaf_node.signature_key = self.identity.signature_key().to_vec();
                let node = &mut key_package.leaf_node;
                leaf.iter().take(3).for_each(|edit| self.edit_leaf(node, edit));
                let _ = hazmat::sign_key_package(SUITE, &self.identity, &mut key_package);
                Proposal::Add(Box::new(key_package))
            }
            AnyProposal::Psk { known, usage, epoch, nonce } => {
                let group_id = self.bob.group_id();
                Proposal::PreSharedKey(psk_id(group_id, *known, *usage, *epoch, *nonce))
            }
            AnyProposal::ReInit { suite, version } => Proposal::ReInit(ReInit {
                group_id: b"new".to_vec(),
                version: *version % 3,
                cipher_suite: *suite,
                extensions: vec![],
            }),
            AnyProposal::ExternalInit(bytes) => Proposal::ExternalInit(bytes.clone()),
            AnyProposal::Extensions(list) => Proposal::GroupContextExtensions(extensions(list)),
            AnyProposal::Custom(value, data) => {
                Proposal::Custom { proposal_type: value | 0xF000, data: data.clone() }
            }
            AnyProposal::Reference(which) => {
                let at = usize::from(*which) % (self.references.len() + 1);
                let unknown = vec![0; 32];
                return ProposalOrRef::Reference(
                    self.references.get(at).cloned().unwrap_or(unknown),
                );
            }
        };
        ProposalOrRef::Proposal(proposal)
    }
}

pub fn psk_id(group_id: &[u8], known: bool, usage: u8, epoch: u8, nonce: u8) -> PreSharedKeyId {
    let usage = match usage % 4 {
        0 => None,
        1 => Some(ResumptionUsage::Application),
        2 => Some(ResumptionUsage::Reinit),
        _ => Some(ResumptionUsage::Branch),
    };
    let kind = match usage {
        None => PskKind::External(if known { b"known".to_vec() } else { vec![epoch] }),
        Some(usage) => PskKind::Resumption {
            usage,
            group_id: if known { group_id.to_vec() } else { vec![epoch] },
            epoch: u64::from(epoch % 5),
        },
    };
    let length = if nonce % 4 == 3 { usize::from(nonce) } else { 32 };
    PreSharedKeyId { kind, nonce: vec![nonce; length] }
}
