//! Groups: Messaging Layer Security as in RFC 9420, with its terms and sections.
//!
//! [`Group`] is the state of a member. Messages go in and come out as bytes; a commit that was received is a
//! [`StagedCommit`], to be looked at and then merged or dropped; a commit of one's own is pending until the delivery
//! service says that it is the epoch's. A first group (`examples/group.rs`):
//!
//! ```
#![doc = include_str!("../../examples/group.rs")]
//! ```
//!
//! [`GroupPolicy::new`] is Sceau's profile of the RFC (page *Groups*): the hybrid suite, private messages, members that are
//! devices of accounts, nobody from outside. [`GroupPolicy::interoperable`] opens it.
//!
//! | to | call |
//! |---|---|
//! | be a member with an account | [`SigningIdentity::of_account`], [`DeviceCredentials::of_account`] |
//! | be added by others | [`OwnKeyPackage::generate`], [`Group::join`], [`OwnKeyPackage::propose_self`] |
//! | start | [`Group::create`], [`Group::replace`], [`Group::branch`] |
//! | change the group | [`Group::propose`], [`Group::propose_update`], [`Group::commit`], [`Group::merge_pending`] |
//! | follow | [`Group::receive`], [`Group::merge`] |
//! | send | [`Group::encrypt`] |
//! | come from outside | [`Group::group_info`], [`Group::join_external`], [`propose_externally`] |
//! | have one commit an epoch | [`Group::commit_secrets`], [`CommitBundle`], [`Group::relay`], [`Group::receive_bundle`] |
//! | carry the rest in sessions | [`GroupContent`], [`application_content`] |
//! | derive secrets | [`Group::export`], [`Group::epoch_authenticator`], [`Group::resumption_psk`] |
//! | keep state | [`Group::take_changes`], [`Group::import`], [`StoredGroup`] |
//! | forget | [`Group::expire`], [`Group::is_over`], [`Group::erase`] |
//! | know whom one knows | [`Group::confirmations`] |
//!
//! # What is checked
//!
//! Each check that the RFC demands of a receiver is one function that cites its section, and one value of [`Check`];
//! an error names the check that failed and, where a member is to blame, its leaf ([`Refused`]). Nothing changes
//! in a group when a call fails. Who is who says a [`CredentialValidator`]: [`DeviceCredentials`], or one of the application.
//! What members could judge differently, such as lists and clocks, counts only where this device itself adds.
//!
//! # Performance
//!
//! The tree is a flat array with the hash of each node; a commit is staged as what it changes. Of the secret tree there
//! is only what is not used up. A message costs no more in a large group than in a small one.

mod active;
mod check;
mod crypto;
mod delivery;
mod device;
mod error;
mod framing;
pub mod hazmat;
mod policy;
mod schedule;
mod state;
mod suite;
#[cfg(test)]
mod tests;
mod tree;
mod types;

pub use active::{
    CommitOptions, CommitOutput, ExternalJoin, Group, GroupInfoOptions, GroupParams, JoinParams,
    LeafParams, OwnKeyPackage, PskStore, Received, SigningIdentity, StagedCommit,
    propose_externally,
};
pub use delivery::{CommitBundle, CommitSecrets, GroupContent, application_content};
pub use device::{Contacts, DeviceCredentials, LeafCredential, PendingLeafCredential};
pub use error::{Check, Refused};
pub use policy::{
    AcceptAny, Claim, ClaimPlace, Confirmation, CredentialValidator, GroupPolicy, Padding,
};
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
