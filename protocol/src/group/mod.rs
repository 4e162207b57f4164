//! Groups: Messaging Layer Security as in RFC 9420.
#![allow(dead_code, unused_imports)]

mod active;
mod check;
mod crypto;
mod error;
mod framing;
pub mod hazmat;
mod policy;
mod schedule;
mod state;
mod suite;
mod tree;
mod types;

pub use active::{
    CommitOptions, CommitOutput, ExternalJoin, Group, GroupInfoOptions, GroupParams, JoinParams,
    LeafParams, OwnKeyPackage, PskStore, Received, SigningIdentity, StagedCommit,
    propose_externally,
};
pub use error::{Check, Refused};
pub use policy::{AcceptAny, CredentialValidator, GroupPolicy};
pub use state::{GroupChange, GroupChanges, GroupRecordKey, GroupRecordKind, StoredGroup};
pub use suite::CipherSuite;
pub use types::{
    AuthData, AuthenticatedContent, Capabilities, Commit, Content, ContentType, Credential,
    EncryptedGroupSecrets, Extension, ExternalSender, FramedContent, GroupContext, GroupInfo,
    HpkeCiphertext, KeyPackage, LeafNode, LeafNodeSource, Lifetime, MlsMessage, PreSharedKeyId,
    PrivateMessage, Proposal, ProposalOrRef, PskKind, PublicMessage, ReInit, RequiredCapabilities,
    ResumptionUsage, Sender, UpdatePath, UpdatePathNode, Welcome, credential_type, extension_type,
    proposal_type,
};
