//! Every limit of page *Limits*, with its default.
//!
//! A *wire* limit is fixed for all and stands here as a constant; the others are fields of
//! [`Limits`], those of groups alone of [`GroupPolicy`](crate::group::GroupPolicy).

/// Messages in one chain (`RAT-02`), wire.
pub const MAX_CHAIN_LENGTH: u32 = 65_536;
/// Seconds between `not_before` and `expiry` of a batch (`PRE-04`, `PRE-08`), wire.
pub const MAX_BATCH_LIFETIME: u64 = 2_592_000;
/// Leaves of a batch, wire.
pub const MAX_BATCH_KEYS: u32 = 1_024;
/// Bytes of a padded frame (`FRM-02`), wire.
pub const MAX_FRAME: u32 = 1_048_576;
/// Entries in a device list, and bundles in an answer, wire.
pub const MAX_DEVICES: u32 = 64;
/// Device lists carried together, wire.
pub const MAX_DEVICE_LISTS: u32 = 16;
/// Bytes of `sealed_identity`, wire.
pub const MAX_IDENTITY: u32 = 65_536;
/// Keys, suites, attestations, signatures or extensions in one list, wire.
pub const MAX_KEYS: u32 = 8;
/// Bytes of one key, digest or id, wire.
pub const MAX_KEY: u32 = 4_096;
/// Bytes of one signature, wire.
pub const MAX_SIGNATURE: u32 = 8_192;
/// Bytes of one extension's data, wire.
pub const MAX_EXTENSION: u32 = 4_096;
/// Bytes of one message in an envelope or first message, wire.
pub const MAX_MESSAGE: u32 = 1_179_648;
/// Envelopes in an answer (`DS-14`), and handles in an acknowledgement, wire.
pub const MAX_GET: u32 = 256;
/// Bytes of a relay's name (`DS-03`), wire.
pub const MAX_RELAY_NAME: u32 = 255;
/// Bytes of one name, type, location or list of message ids in a content, wire.
pub const MAX_CONTENT: u32 = 65_536;
/// Bytes of a group's id, wire.
pub const MAX_GROUP_ID: u32 = 1_024;
/// Leaves of a group's tree, blank ones included, wire.
pub const MAX_GROUP_LEAVES: u32 = 1 << 20;
/// Nodes of a group's update path, wire.
pub const MAX_GROUP_DEPTH: u32 = 20;
/// Bytes of an extension's data and of an encrypted group info: an encoded tree fits in, wire.
pub const MAX_GROUP_TREE: u32 = 1 << 29;
/// Bytes of a group's encrypted message, wire: a commit that adds many fits in.
pub const MAX_GROUP_CIPHERTEXT: u32 = 1 << 29;
/// Bytes of encrypted group secrets, wire.
pub const MAX_GROUP_SECRETS: u32 = 65_536;
/// Proposals of a commit and newcomers of a welcome, wire.
pub const MAX_GROUP_PROPOSALS: u32 = 1 << 17;
/// Extensions in one list of a group, wire.
pub const MAX_GROUP_EXTENSIONS: u32 = 64;
/// Bytes of an encoded leaf node (`GRP-37`), the same for all.
pub const MAX_LEAF: u32 = 65_536;
/// Bytes of the extensions of a group context, as the encoded items of their list (`GRP-38`), the same for all.
pub const MAX_CONTEXT_EXTENSIONS: u32 = 65_536;
/// Values in one list of capabilities, wire.
pub const MAX_GROUP_TYPES: u32 = 1_024;
/// Certificates of an X.509 credential, wire.
pub const MAX_GROUP_CERTIFICATES: u32 = 16;
/// External senders of a group, wire.
pub const MAX_GROUP_SENDERS: u32 = 64;
/// Pre-shared keys that one commit injects, wire.
pub const MAX_GROUP_PSKS: u32 = 256;
/// Past epochs whose resumption keys each member keeps (`GDS-24`), wire.
pub const MAX_RESUMPTION_PSKS: u32 = 16;
/// Seconds from `not_before` to `not_after` of a leaf (`GDS-22`), wire.
pub const MAX_LEAF_LIFETIME: u64 = 15_552_000;
/// Seconds in a mailbox period (page *Envelope*), wire.
pub const MAILBOX_PERIOD: u64 = 604_800;

/// The limits that a deployment may set lower or higher (page *Limits*). Times are in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Messages in one gap (`RAT-07`): 1,000.
    pub max_skip: u32,
    /// Skipped message keys of a session (`RAT-08`): 2,000.
    pub max_skipped_keys: u32,
    /// Older chains with skipped keys of a session (`RAT-08`): 5.
    pub max_skipped_chains: u32,
    /// Age of a skipped key, in seconds (`RAT-09`): 14 days.
    pub skipped_key_age: u64,
    /// Unanswered messages of a waiting session (`HS-06`): 1,000.
    pub max_first_messages: u32,
    /// Age up to which a session sends, in seconds (`REP-08`): 90 days.
    pub max_session_age: u64,
    /// Archived and closed sessions of a pair (`REP-09`): 4.
    pub max_archived: u32,
    /// Time that a session stays in the archive, in seconds (`REP-09`): 14 days.
    pub archive_age: u64,
    /// Age up to which two handshakes are simultaneous, in seconds: 1 day.
    pub simultaneous_window: u64,
    /// Time between two recoveries with one pair, in seconds (`REP-12`): 1 hour.
    pub recovery_interval: u64,
    /// Sessions tried for an envelope (`ENV-04`): 8.
    pub max_candidates: u32,
    /// Difference of clocks that is tolerated, in seconds (`ID-09`, `ID-12`, `PRE-08`): 5 minutes.
    pub clock_skew: u64,
    /// Age of a device list that is acted on, in seconds (`ID-09`): 30 days.
    pub max_list_age: u64,
    /// Time that a batch's keys are kept after its expiry, in seconds (`PRE-05`): 14 days.
    pub prekey_grace: u64,
    /// Handshakes remembered for a batch (`HS-09`): 4,096.
    pub replay_cache_size: u32,
    /// Bytes of the caller's authenticated data: 65,536.
    pub max_authenticated_data: u32,
    /// Periods before the current one whose mailboxes are looked into (`ENV-02`): 5.
    pub mailbox_look_back: u32,
    /// Time from sending to an envelope's expiry, in seconds (`ENV-06`): 30 days.
    pub max_envelope_age: u64,
    /// Age up to which a relay's challenge is good, in seconds (`DS-02`): 1 minute. A relay's.
    pub challenge_age: u64,
    /// One-time keys of a type that are handed out for a device in an hour (`DS-07`): 60. A relay's.
    pub one_time_rate: u32,
    /// Envelopes in a mailbox (`DS-13`): 4,096. A relay's.
    pub max_mailbox: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
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
            challenge_age: 60,
            one_time_rate: 60,
            max_mailbox: 4_096,
        }
    }
}

impl Limits {
    /// Sets the limit with the name of page *Limits*; false for a name that is not in the table or is
    /// a wire limit, and for a value that does not fit.
    pub fn set(&mut self, name: &str, value: u64) -> bool {
        let count = u32::try_from(value);
        macro_rules! fields {
            (counts: $($count:ident)*; times: $($time:ident)*) => {
                match name {
                    $(stringify!($count) => {
                        let Ok(count) = count else { return false };
                        self.$count = count;
                    })*
                    $(stringify!($time) => self.$time = value,)*
                    _ => return false,
                }
            };
        }
        fields!(
            counts: max_skip max_skipped_keys max_skipped_chains max_first_messages max_archived
                max_candidates mailbox_look_back replay_cache_size max_authenticated_data one_time_rate
                max_mailbox;
            times: skipped_key_age max_session_age archive_age simultaneous_window recovery_interval
                clock_skew max_list_age prekey_grace max_envelope_age challenge_age
        );
        true
    }
}

/// Whether a thing of time `since` has reached `age` at `now` (`LIM-02`: greater than or equal; a
/// time in the future has age 0).
pub(crate) fn reached(now: u64, since: u64, age: u64) -> bool {
    now.saturating_sub(since) >= age
}

/// Whether a thing of time `since` is older than `age` at `now` (`LIM-02`: greater than).
pub(crate) fn exceeded(now: u64, since: u64, age: u64) -> bool {
    now.saturating_sub(since) > age
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_follow_lim_02() {
        assert!(!reached(109, 100, 10));
        assert!(reached(110, 100, 10));
        assert!(!exceeded(110, 100, 10));
        assert!(exceeded(111, 100, 10));
        assert!(!reached(0, 100, 10), "a time in the future has age 0");
        assert!(reached(0, 100, 0));
    }

    #[test]
    fn limits_are_set_by_name() {
        let mut limits = Limits::default();
        assert!(limits.set("max_skip", 7));
        assert_eq!(limits.max_skip, 7);
        assert!(limits.set("archive_age", u64::MAX));
        assert!(!limits.set("max_skip", u64::MAX));
        assert!(!limits.set("max_frame", 7), "a wire limit");
    }
}
