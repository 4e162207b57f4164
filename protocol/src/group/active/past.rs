//! Epochs that are over: what late messages need (RFC 9420 §15.3).

use crate::crypto::Secret;
use crate::group::schedule::{SecretTree, SenderDataSecret};
use crate::group::types::LeafNode;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A past epoch.
pub(crate) struct PastEpoch {
    /// The encoded group context.
    pub(crate) context: Vec<u8>,
    pub(crate) sender_data_secret: SenderDataSecret,
    pub(crate) secret_tree: SecretTree,
    /// The leaves that the commit which ended the epoch changed, as they were in it.
    pub(crate) leaves: BTreeMap<u32, Option<Arc<LeafNode>>>,
    /// The leaves that it removed.
    pub(crate) removed: Vec<u32>,
    /// When the epoch was left, in seconds since 1970: when the commit that ended it was received or made.
    pub(crate) left_at: u64,
}

/// The resumption key of a past epoch, and the leaves that the commit which ended it has added: they never had it.
pub(crate) struct KeptPsk {
    pub(crate) psk: Secret,
    pub(crate) added: Vec<u32>,
}

/// Resumption keys by epoch (§8.6).
pub(crate) type ResumptionPsks = BTreeMap<u64, KeptPsk>;
