//! The state machine of a member.
//!
//! ```text
//! create / join / join_external --> Group --receive--> StagedCommit --merge--> Group of the next epoch
//!                                     |  --commit--> pending commit --merge_pending--^
//!                                     '--receive, encrypt: messages of the epoch
//! ```

mod apply;
mod build;
mod bundle;
mod choose;
mod commit;
mod create;
mod expiry;
mod export;
mod external;
mod group;
mod identity;
mod info;
mod join;
mod key_package;
mod merge;
mod past;
mod propose;
mod psks;
mod receive;
mod send;
mod stage;
mod staged;
mod successor;
mod welcome;

pub(crate) use apply::apply_proposals;
pub(crate) use build::build_path;
#[cfg(test)]
pub(crate) use bundle::check_references;
#[cfg(test)]
pub(crate) use export::check_export_label;
pub(crate) use group::{CachedProposal, EpochState, PendingUpdate, Proposals, Status};
#[cfg(test)]
pub(crate) use join::verify_tree;
#[cfg(test)]
pub(crate) use join::{check_delivery, encoded_tree};
pub(crate) use join::{open_group_info, open_secrets};
pub(crate) use key_package::sign_leaf_node;
pub(crate) use past::{Epochs, KeptPsk, PastEpoch, ResumptionPsks};
pub(crate) use psks::look_up;
#[cfg(test)]
pub(crate) use receive::external_sender;
pub(crate) use receive::open_private;
pub(crate) use stage::{Given, merge_path};
pub(crate) use staged::{Next, NextEpoch, Summary};

pub use commit::{CommitOptions, CommitOutput};
pub use create::GroupParams;
pub use external::ExternalJoin;
pub use group::Group;
pub use identity::{LeafParams, SigningIdentity};
pub use info::GroupInfoOptions;
pub use join::JoinParams;
pub use key_package::OwnKeyPackage;
pub use propose::propose_externally;
pub use psks::PskStore;
pub use receive::Received;
pub use staged::StagedCommit;
