//! A group of four with one member that keeps to no rule: what it sends is signed and tagged as it should be, so that a
//! receiver is left with its own checks.

use crate::Altered;
use crate::history::tape::Tape;
use arbitrary::Arbitrary;
use sceau::Wire;
use sceau::crypto::{Provider, Secret};
use sceau::group::hazmat;
use sceau::group::{
    AcceptAny, CipherSuite, Commit, CommitOptions, Content, Credential, Extension, Group,
    GroupParams, GroupPolicy, GroupRecordKey, HpkeCiphertext, JoinParams, LeafNode, LeafNodeSource,
    LeafParams, MlsMessage, OwnKeyPackage, PreSharedKeyId, Proposal, ProposalOrRef, PskKind,
    PskStore, ReInit, Received, ResumptionUsage, Sender, SigningIdentity, extension_type,
};
use std::cell::RefCell;
use std::collections::BTreeMap;

const NOW: u64 = 1_800_000_000;
const SUITE: CipherSuite = CipherSuite::X25519Aes128;

type Records = BTreeMap<GroupRecordKey, Vec<u8>>;

/// A change of a leaf node.
#[derive(Clone, Debug, Arbitrary)]
#[allow(missing_docs)]
pub enum LeafEdit {
    EncryptionKey(Altered),
    /// The encryption key of a member.
    KeyOf(u8),
    SignatureKey(Altered),
    Credential(Vec<u8>),
    Source(u8),
    ParentHash(Altered),
    Capabilities(u8, Vec<u16>),
    Extensions(Vec<(u16, Vec<u8>)>),
    Signature(Altered),
}

/// A proposal of a malicious member.
#[derive(Clone, Debug, Arbitrary)]
#[allow(missing_docs)]
pub enum AnyProposal {
    Remove(u32),
    Update(Vec<LeafEdit>),
    Add { init_key: Option<Altered>, version: u8, suite: u8, leaf: Vec<LeafEdit> },
    Psk { known: bool, usage: u8, epoch: u8, nonce: u8 },
    ReInit { suite: u16, version: u16 },
    ExternalInit(Vec<u8>),
    Extensions(Vec<(u16, Vec<u8>)>),
    Custom(u16, Vec<u8>),
    Reference(u8),
}

/// A change of a commit.
#[derive(Clone, Debug, Arbitrary)]
#[allow(missing_docs)]
pub enum CommitEdit {
    Propose(AnyProposal),
    Drop(u8),
    Repeat(u8),
    NoPath,
    NodeKey(u8, Altered),
    NodeKeyOf(u8, u8),
    DropNode(u8),
    RepeatNode(u8),
    Ciphertext(u8, u8, Altered),
    KemOutput(u8, u8, Altered),
    DropCiphertext(u8, u8),
    RepeatCiphertext(u8, u8),
    Leaf(LeafEdit),
}

/// A commit of a malicious member.
#[derive(Clone, Debug, Arbitrary)]
pub struct AnyCommit {
    /// Which honest commit it starts from.
    pub base: u8,
    /// What is changed, in this order.
    pub edits: Vec<CommitEdit>,
    /// The sender that it names, where that is not itself.
    pub sender: Option<u32>,
    /// Whether it is a private message.
    pub private: bool,
    /// A tag that is not the one that the receiver wants.
    pub tag: Option<Altered>,
}

/// A change of what a Welcome says.
#[derive(Clone, Debug, Arbitrary)]
#[allow(missing_docs)]
pub enum WelcomeEdit {
    GroupId(Vec<u8>),
    Epoch(u64),
    TreeHash(Altered),
    TranscriptHash(Altered),
    ContextExtensions(Vec<(u16, Vec<u8>)>),
    /// The tree's bytes; the hash fits if they decode.
    Tree(Altered),
    /// A parent node: key, parent hash, unmerged leaves; the hash fits.
    Parent(u8, Altered, Altered, Vec<u32>),
    NoTree,
    Extensions(Vec<(u16, Vec<u8>)>),
    Signer(u32),
    PathSecret(Option<Altered>),
    Psks(Vec<(bool, u8, u8, u8)>),
    Tag(Altered),
}

/// The group.
pub struct Groups {
    /// The malicious member's records and identity.
    mallory: Records,
    identity: SigningIdentity,
    /// A receiver, and its records.
    bob: Group,
    bob_records: Records,
    /// Commits of the malicious member, as they are before they are protected.
    commits: Vec<Commit>,
    /// What honest members have sent in this epoch.
    messages: Vec<Vec<u8>>,
    /// A commit that is accepted after each refusal.
    honest: Vec<u8>,
    references: Vec<Vec<u8>>,
    newcomer: OwnKeyPackage,
    welcome: Vec<u8>,
    rng: Tape,
}

fn policy() -> GroupPolicy {
    let mut policy = GroupPolicy::interoperable(AcceptAny);
    policy.external_commits = true;
    policy.external_proposals = true;
    policy.external_pub = true;
    policy
}

fn psks() -> PskStore {
    let mut psks = PskStore::new();
    psks.insert_external(b"known", Secret::from_slice(&[7; 32]));
    psks
}

fn records(group: &Group) -> Records {
    let change = |change: &sceau::group::GroupChange| {
        (change.key().clone(), change.body().expect("a record").to_vec())
    };
    group.export_state().iter().map(change).collect()
}

fn load(records: &Records) -> Group {
    let records = records.iter().map(|(key, body)| (key, body.as_slice()));
    Group::import(records, policy(), &Provider::Default).expect("an export")
}

fn identity(name: &[u8], rng: &mut Tape) -> SigningIdentity {
    let credential = Credential::Basic(name.to_vec());
    SigningIdentity::generate(SUITE, credential, &Provider::Default, rng).expect("a key")
}

fn leaf() -> LeafParams {
    LeafParams::new(NOW - 10, NOW + 1_000)
}

fn package(name: &[u8], rng: &mut Tape) -> OwnKeyPackage {
    let identity = identity(name, rng);
    OwnKeyPackage::generate(SUITE, &identity, &leaf(), vec![], &Provider::Default, rng)
        .expect("a key package")
}

fn add(own: &OwnKeyPackage) -> Proposal {
    Proposal::Add(Box::new(own.key_package().clone()))
}

/// The commit of an encoded public message.
fn commit_of(message: &[u8]) -> Commit {
    match MlsMessage::from_bytes(message) {
        Ok(MlsMessage::Public(message)) => match message.content.content {
            Content::Commit(commit) => *commit,
            _ => unreachable!(),
        },
        _ => unreachable!(),
    }
}

fn extensions(list: &[(u16, Vec<u8>)]) -> Vec<Extension> {
    list.iter().map(|(value, data)| Extension::new(*value, data.clone())).collect()
}

impl Groups {
    fn new() -> Self {
        let rng = &mut Tape::new(7, 0);
        let mallory = identity(b"mallory", rng);
        let params = GroupParams::new(SUITE, leaf(), policy());
        let first = Group::create(params, mallory.clone(), NOW, rng).expect("a group");
        let packages: Vec<_> = [b"b", b"c", b"d"].iter().map(|name| package(*name, rng)).collect();
        let mut groups = vec![first];
        let options = CommitOptions::new(packages.iter().map(add).collect());
        let output = groups[0].commit(&options, &psks(), NOW, rng).expect("a commit");
        groups[0].merge_pending().expect("a commit");
        let welcome = output.welcome.expect("newcomers");
        for own in &packages {
            let store = psks();
            let params = JoinParams::new(policy(), &store);
            groups.push(Group::join(&welcome, &[own], params, NOW).expect("a member").0);
        }
        for by in [2, 0] {
            let output =
                groups[by].commit(&CommitOptions::default(), &psks(), NOW, rng).expect("a commit");
            for (index, group) in groups.iter_mut().enumerate() {
                if index == by {
                    group.merge_pending().expect("a commit");
                } else {
                    let got = group.receive(&output.commit, &psks(), NOW).expect("a commit");
                    let Received::Commit(staged) = got else { unreachable!() };
                    group.merge(*staged).expect("a commit");
                }
            }
        }
        // Proposals that everybody has; then messages that nobody has yet.
        let mut references = Vec::new();
        let update = groups[2].propose_update(None, true, NOW, rng).expect("a proposal");
        let remove = groups[2].propose(Proposal::Remove(3), true, b"", NOW, rng).expect("one");
        for message in [&update, &remove] {
            for index in [0, 1, 3] {
                let got = groups[index].receive(message, &psks(), NOW).expect("a proposal");
                let Received::Proposal { reference, .. } = got else { unreachable!() };
                references.push(reference);
            }
        }
        references.dedup();
        let newcomer = package(b"e", rng);
        let mut commits = Vec::new();
        let mut welcome = Vec::new();
        for (proposals, by_reference) in
            [(vec![], false), (vec![add(&newcomer)], false), (vec![], true), (vec![], false)]
        {
            let mut options = CommitOptions::new(proposals);
            options.public = true;
            options.by_reference = by_reference;
            let mut copy = load(&records(&groups[0]));
            let output = copy.commit(&options, &psks(), NOW, rng).expect("a commit");
            commits.push(commit_of(&output.commit));
            welcome = output.welcome.unwrap_or(welcome);
        }
        // The last one without anything.
        commits.push(Commit { proposals: vec![], path: None });
        let mut caro = load(&records(&groups[2]));
        let honest =
            caro.commit(&CommitOptions::default(), &psks(), NOW, rng).expect("a commit").commit;
        let mut dora = load(&records(&groups[3]));
        let mut options = CommitOptions::default();
        options.public = true;
        let public = dora.commit(&options, &psks(), NOW, rng).expect("a commit").commit;
        let mut dora = load(&records(&groups[3]));
        let proposal = dora.propose(Proposal::Remove(2), false, b"", NOW, rng).expect("one");
        let messages = vec![honest.clone(), public, proposal, update, welcome.clone()];
        let (mallory_records, bob_records) = (records(&groups[0]), records(&groups[1]));
        Self {
            mallory: mallory_records,
            identity: mallory,
            bob: load(&bob_records),
            bob_records,
            commits,
            messages,
            honest,
            references,
            newcomer,
            welcome,
            rng: Tape::new(8, 0),
        }
    }

    /// The group of this thread.
    pub fn with(step: impl FnOnce(&mut Self)) {
        thread_local!(static GROUPS: RefCell<Groups> = RefCell::new(Groups::new()));
        GROUPS.with_borrow_mut(step);
    }

    /// A receiver takes a message: a refusal leaves it as it was, and it accepts the honest commit; an accepted commit
    /// begins an epoch that can be stored and gone on with.
    fn deliver(&mut self, message: &[u8]) {
        match self.bob.receive(message, &psks(), NOW) {
            Err(_) => {
                assert_eq!(records(&self.bob), self.bob_records, "a refusal changes nothing");
                let honest = self.bob.receive(&self.honest, &psks(), NOW);
                assert!(matches!(honest, Ok(Received::Commit(_))), "the honest commit");
            }
            Ok(Received::Commit(staged)) => {
                let mut copy = load(&self.bob_records);
                drop(staged);
                let Ok(Received::Commit(staged)) = copy.receive(message, &psks(), NOW) else {
                    unreachable!()
                };
                copy.merge(*staged).expect("what was staged");
                let stored = records(&copy);
                let mut loaded = load(&stored);
                assert_eq!(records(&loaded), stored);
                let _ = loaded.encrypt(b"data", b"", &mut self.rng);
                let _ = loaded.commit(&CommitOptions::default(), &psks(), NOW, &mut self.rng);
            }
            Ok(_) => self.bob = load(&self.bob_records),
        }
    }

    /// A malicious member's commit.
    pub fn commit(&mut self, any: &AnyCommit) {
        let base = usize::from(any.base) % self.commits.len();
        let mut commit = self.commits[base].clone();
        any.edits.iter().take(6).for_each(|edit| self.edit(&mut commit, edit));
        let mut mallory = load(&self.mallory);
        let sender = Sender::Member(any.sender.unwrap_or(0));
        let mut forge = |tag: Option<Vec<u8>>, private| {
            let content = Content::Commit(Box::new(commit.clone()));
            hazmat::forge(&mut mallory, sender, content, tag, private, &mut self.rng)
        };
        let Ok(message) = forge(None, any.private) else { return };
        let wanted = hazmat::wanted_tag(&self.bob, &message, &psks(), NOW);
        let tag = match (&any.tag, wanted) {
            (Some(altered), Ok(Some(tag))) => altered.of(&tag),
            (None, Ok(Some(tag))) => tag,
            (altered, _) => altered.as_ref().map_or(vec![0; 32], |altered| altered.of(&[0; 32])),
        };
        let Ok(message) = forge(Some(tag), any.private) else { return };
        self.deliver(&message);
    }

    /// A proposal of a malicious member, by itself.
    pub fn propose(&mut self, proposal: &AnyProposal, private: bool, sender: Option<u32>) {
        let ProposalOrRef::Proposal(proposal) = self.proposal(proposal) else { return };
        let mut mallory = load(&self.mallory);
        let sender = Sender::Member(sender.unwrap_or(0));
        let content = Content::Proposal(Box::new(proposal));
        let message = hazmat::forge(&mut mallory, sender, content, None, private, &mut self.rng);
        if let Ok(message) = message {
            self.deliver(&message);
        }
    }

    /// An outsider's bytes.
    pub fn message(&mut self, which: u8, altered: &Altered) {
        let honest = &self.messages[usize::from(which) % self.messages.len()];
        let message = altered.of(honest);
        if message != *honest {
            self.deliver(&message);
        }
    }

    /// A Welcome of a malicious member.
    pub fn welcome(&mut self, edits: &[WelcomeEdit]) {
        let alter = |contents: &mut hazmat::WelcomeContents| {
            edits.iter().take(6).for_each(|edit| edit_welcome(contents, edit));
        };
        let forged = hazmat::alter_welcome(
            &self.welcome,
            &self.newcomer,
            &psks(),
            &self.identity,
            alter,
            &mut self.rng,
        );
        if let Ok(forged) = forged {
            self.join(&forged);
        }
    }

    /// An outsider's Welcome.
    pub fn welcome_bytes(&mut self, altered: &Altered) {
        let forged = altered.of(&self.welcome);
        self.join(&forged);
    }

    fn join(&mut self, welcome: &[u8]) {
        let store = psks();
        let params = || JoinParams::new(policy(), &store);
        if let Ok((mut joined, _)) = Group::join(welcome, &[&self.newcomer], params(), NOW) {
            let stored = records(&joined);
            assert_eq!(records(&load(&stored)), stored);
            let _ = joined.encrypt(b"data", b"", &mut self.rng);
            let _ = joined.commit(&CommitOptions::default(), &psks(), NOW, &mut self.rng);
        }
        Group::join(&self.welcome, &[&self.newcomer], params(), NOW).expect("the honest Welcome");
    }

    /// Records that were damaged or exchanged.
    pub fn import(&mut self, edits: &[(u8, Altered)]) {
        let mut stored = self.bob_records.clone();
        for (which, altered) in edits.iter().take(4) {
            let at = usize::from(*which) % stored.len();
            if let Some(body) = stored.values_mut().nth(at) {
                *body = altered.of(body);
            }
        }
        let given = stored.iter().map(|(key, body)| (key, body.as_slice()));
        let Ok(mut group) = Group::import(given, policy(), &Provider::Default) else { return };
        let _ = records(&group);
        for message in &self.messages {
            if let Ok(Received::Commit(staged)) = group.receive(message, &psks(), NOW) {
                drop(staged);
            }
        }
        let _ = group.encrypt(b"data", b"", &mut self.rng);
        let _ = group.commit(&CommitOptions::default(), &psks(), NOW, &mut self.rng);
        let _ = group.merge_pending();
        let _ = records(&group);
    }

    fn edit(&self, commit: &mut Commit, edit: &CommitEdit) {
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

    fn proposal(&self, any: &AnyProposal) -> ProposalOrRef {
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
                Proposal::PreSharedKey(self.psk_id(*known, *usage, *epoch, *nonce))
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

    fn psk_id(&self, known: bool, usage: u8, epoch: u8, nonce: u8) -> PreSharedKeyId {
        psk_id(self.bob.group_id(), known, usage, epoch, nonce)
    }
}

fn psk_id(group_id: &[u8], known: bool, usage: u8, epoch: u8, nonce: u8) -> PreSharedKeyId {
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

fn edit_welcome(contents: &mut hazmat::WelcomeContents, edit: &WelcomeEdit) {
    let (info, is_tree) = (&mut contents.info, extension_type::RATCHET_TREE);
    let context = &mut info.group_context;
    match edit {
        WelcomeEdit::GroupId(id) => context.group_id.clone_from(id),
        WelcomeEdit::Epoch(epoch) => context.epoch = *epoch,
        WelcomeEdit::TreeHash(altered) => context.tree_hash = altered.of(&context.tree_hash),
        WelcomeEdit::TranscriptHash(altered) => {
            context.confirmed_transcript_hash = altered.of(&context.confirmed_transcript_hash);
        }
        WelcomeEdit::ContextExtensions(list) => context.extensions = extensions(list),
        WelcomeEdit::Tree(altered) => {
            for extension in info.extensions.iter_mut().filter(|e| e.extension_type == is_tree) {
                extension.data = altered.of(&extension.data);
                let hashes = hazmat::tree_hashes(SUITE, &extension.data).unwrap_or_default();
                // In the order of nodes, of which the root is in the middle.
                if let Some(root) = hashes.get(hashes.len() / 2) {
                    context.tree_hash.clone_from(root);
                }
            }
        }
        WelcomeEdit::Parent(index, key, hash, unmerged) => {
            for extension in info.extensions.iter_mut().filter(|e| e.extension_type == is_tree) {
                let node = u32::from(index % 8) * 2 + 1;
                let Ok(old) = hazmat::parent(&extension.data, node) else { continue };
                let mut parent = old.unwrap_or(hazmat::Parent {
                    encryption_key: vec![9; 32],
                    parent_hash: vec![0; 32],
                    unmerged_leaves: vec![],
                });
                parent.encryption_key = key.of(&parent.encryption_key);
                parent.parent_hash = hash.of(&parent.parent_hash);
                parent.unmerged_leaves.clone_from(unmerged);
                if let Ok((tree, root)) = hazmat::with_parent(SUITE, &extension.data, node, parent)
                {
                    extension.data = tree;
                    context.tree_hash = root;
                }
            }
        }
        WelcomeEdit::NoTree => info.extensions.retain(|e| e.extension_type != is_tree),
        WelcomeEdit::Extensions(list) => info.extensions.extend(extensions(list)),
        WelcomeEdit::Signer(leaf) => info.signer = *leaf,
        WelcomeEdit::PathSecret(None) => contents.path_secret = None,
        WelcomeEdit::PathSecret(Some(altered)) => {
            let old = contents.path_secret.clone().unwrap_or_default();
            contents.path_secret = Some(altered.of(&old));
        }
        WelcomeEdit::Psks(list) => {
            let group_id = context.group_id.clone();
            let id = |(known, usage, epoch, nonce): &(bool, u8, u8, u8)| {
                psk_id(&group_id, *known, *usage, *epoch, *nonce)
            };
            contents.psks = list.iter().map(id).collect();
        }
        WelcomeEdit::Tag(altered) => contents.tag = Some(altered.of(&info.confirmation_tag)),
    }
}
