//! Every limit with its default (Limits), and the policy of a device.

use super::typed_keys::TypedKeys;
use hacspec_lib::*;

/// Largest number of messages in a chain (wire).
pub const MAX_CHAIN_LENGTH: u32 = 65_536;
/// Longest lifetime of a prekey batch in seconds (wire).
pub const MAX_BATCH_LIFETIME: u64 = 2_592_000;
/// Largest number of leaves of a batch (wire).
pub const MAX_BATCH_KEYS: u32 = 1_024;
/// Longest padded frame in bytes (wire).
pub const MAX_FRAME: usize = 1_048_576;
/// Largest number of entries of a device list, and of bundles of an answer (wire).
pub const MAX_DEVICES: usize = 64;
/// Largest number of device lists carried together (wire).
pub const MAX_DEVICE_LISTS: usize = 16;
/// Longest `sealed_identity` in bytes (wire).
pub const MAX_IDENTITY: usize = 65_536;
/// Largest number of keys, suites, attestations, signatures or extensions in one list (wire).
pub const MAX_KEYS: usize = 8;
/// Longest key, digest or id in bytes (wire).
pub const MAX_KEY: usize = 4_096;
/// Longest signature in bytes (wire).
pub const MAX_SIGNATURE: usize = 8_192;
/// Longest data of an extension in bytes (wire).
pub const MAX_EXTENSION: usize = 4_096;
/// Longest `message` of an envelope or first message in bytes (wire).
pub const MAX_MESSAGE: usize = 1_179_648;
/// Longest name, type, location or list of message ids in a content, in bytes (wire).
pub const MAX_CONTENT: usize = 65_536;
/// Largest number of envelopes of an answer, and of handles of an acknowledgement (wire).
pub const MAX_GET: usize = 256;
/// Seconds that a mailbox is used (wire).
pub const MAILBOX_PERIOD: u64 = 604_800;
/// Longest lifetime of a leaf in seconds (wire, `[GDS-22]`).
pub const MAX_LEAF_LIFETIME: u64 = 15_552_000;

/// The limits that a deployment may set.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Messages in one gap (`[RAT-07]`).
    pub max_skip: u32,
    /// Message keys stored in a session (`[RAT-08]`).
    pub max_skipped_keys: usize,
    /// Older chains kept in a session (`[RAT-08]`).
    pub max_skipped_chains: usize,
    /// Seconds that a stored message key is kept (`[RAT-09]`).
    pub skipped_key_age: u64,
    /// First messages that are sent unanswered (`[HS-06]`).
    pub max_first_messages: u32,
    /// Seconds after which a session sends no more (`[REP-08]`).
    pub max_session_age: u64,
    /// Archived and closed sessions of a pair (`[REP-09]`).
    pub max_archived: usize,
    /// Seconds that an archived session is kept (`[REP-09]`).
    pub archive_age: u64,
    /// Seconds in which two handshakes count as simultaneous.
    pub simultaneous_window: u64,
    /// Seconds between two recoveries of a pair (`[REP-12]`).
    pub recovery_interval: u64,
    /// Sessions tried for an envelope (`[ENV-04]`).
    pub max_candidates: usize,
    /// Seconds by which clocks may differ.
    pub clock_skew: u64,
    /// Seconds after which a device list is not acted on (`[ID-09]`).
    pub max_list_age: u64,
    /// Seconds for which the private keys of an expired batch are kept (`[PRE-05]`).
    pub prekey_grace: u64,
    /// Handshakes in the replay cache of a batch (`[HS-09]`).
    pub replay_cache_size: usize,
    /// Bytes of the caller's authenticated data.
    pub max_authenticated_data: usize,
    /// Periods before the current one whose mailboxes are looked into (`[ENV-02]`).
    pub mailbox_look_back: u64,
    /// Seconds that an envelope stays at the relay (`[ENV-06]`).
    pub max_envelope_age: u64,
}

/// The keys of the issuers that a policy trusts.
pub type Issuers = Seq<TypedKeys>;

/// What a device's owner decides.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Whether a credential needs the attestation of a trusted issuer (`[ID-13]`).
    pub require_issuer: bool,
    /// The issuers that are trusted, each by its keys.
    pub issuers: Issuers,
    /// The limits.
    pub limits: Limits,
}

/// The default of every limit.
pub fn default_limits() -> Limits {
    Limits {
        max_skip: 1_000,
        max_skipped_keys: 2_000,
        max_skipped_chains: 5,
        skipped_key_age: 1_209_600,
        max_first_messages: 1_000,
        max_session_age: 7_776_000,
        max_archived: 4,
        archive_age: 1_209_600,
        simultaneous_window: 86_400,
        recovery_interval: 3_600,
        max_candidates: 8,
        clock_skew: 300,
        max_list_age: 2_592_000,
        prekey_grace: 1_209_600,
        replay_cache_size: 4_096,
        max_authenticated_data: 65_536,
        mailbox_look_back: 5,
        max_envelope_age: 2_592_000,
    }
}

/// The policy without issuers, with the default of every limit.
pub fn default_policy() -> Policy {
    Policy { require_issuer: false, issuers: Issuers::new(0), limits: default_limits() }
}

/// How old something is; what lies in the future has age 0 (`[LIM-02]`).
pub fn age(since: u64, now: u64) -> u64 {
    now.saturating_sub(since)
}

/// Whether a time lies further in the future than clocks may differ (`[LIM-02]`).
pub fn in_future(time: u64, now: u64, limits: &Limits) -> bool {
    age(now, time) > limits.clock_skew
}
