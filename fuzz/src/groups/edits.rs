//! What a malicious member changes.

use crate::Altered;
use arbitrary::Arbitrary;

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

/// Application data of a malicious member.
#[derive(Clone, Debug, Arbitrary)]
pub struct AnyApplication {
    /// The data.
    pub data: Vec<u8>,
    /// Whether it is a private message.
    pub private: bool,
    /// The sender that it names, where that is not itself.
    pub sender: Option<u32>,
}

/// A proposal of a bundle.
#[derive(Clone, Debug, Arbitrary)]
pub enum BundledProposal {
    /// One that everybody has, altered or as it is.
    Known(Altered),
    /// One of the bundle, again.
    Again(u8),
    /// One of the malicious member's, whether it is of a private message, and in whose name.
    Own(AnyProposal, bool, Option<u32>),
}

/// A bundle of a malicious member.
#[derive(Clone, Debug, Arbitrary)]
pub struct AnyBundle {
    /// The proposals.
    pub proposals: Vec<BundledProposal>,
    /// Whether they stay as they are, whatever the commit refers to.
    pub any_list: bool,
    /// The commit, which may refer to them.
    pub commit: AnyCommit,
    /// How the commit's bytes are altered, where they are.
    pub altered: Option<Altered>,
    /// How the bundle's are.
    pub encoded: Option<Altered>,
    /// How a relay alters the sealed ones.
    pub sealed: Option<Altered>,
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
