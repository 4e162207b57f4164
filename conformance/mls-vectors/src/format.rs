//! The formats of cases, told apart by the members that a case has.

use crate::case::{Case, Failure, Outcome};
use crate::{basics, passive, protection, schedule, trees};
use serde_json::Value;

/// What a case tests: a format of the MLS working group.
#[derive(Clone, Copy)]
pub struct Format {
    /// Its name there.
    pub name: &'static str,
    members: &'static [&'static str],
    run: fn(Case<'_>) -> Outcome,
}

/// All formats, each with members that no other has together.
pub const FORMATS: [Format; 14] = [
    format("tree-math", &["n_leaves", "n_nodes"], basics::tree_math),
    format("deserialization", &["vlbytes_header"], basics::deserialization),
    format("crypto-basics", &["ref_hash"], basics::crypto_basics),
    format("secret-tree", &["sender_data", "leaves"], basics::secret_tree),
    format("messages", &["mls_welcome"], basics::messages),
    format(
        "message-protection",
        &["membership_key", "commit_priv"],
        protection::message_protection,
    ),
    format("key-schedule", &["initial_init_secret"], schedule::key_schedule),
    format("psk_secret", &["psks", "psk_secret"], schedule::psk_secret),
    format("transcript-hashes", &["interim_transcript_hash_before"], schedule::transcript_hashes),
    format("welcome", &["signer_pub", "welcome"], protection::welcome),
    format("tree-operations", &["tree_before", "proposal"], trees::tree_operations),
    format("tree-validation", &["tree_hashes", "resolutions"], trees::tree_validation),
    format("treekem", &["leaves_private", "update_paths"], trees::treekem),
    format("passive-client", &["welcome", "initial_epoch_authenticator"], passive::passive_client),
];

const fn format(
    name: &'static str,
    members: &'static [&'static str],
    run: fn(Case<'_>) -> Outcome,
) -> Format {
    Format { name, members, run }
}

impl Format {
    /// The format of a case.
    #[must_use]
    pub fn of(case: &Value) -> Option<Self> {
        let has = |format: &Format| format.members.iter().all(|name| case.get(name).is_some());
        FORMATS.into_iter().find(has)
    }
}

/// Runs a case of any format.
///
/// # Errors
/// Why it did not pass.
pub fn run_case(case: &Value) -> Outcome {
    let format = Format::of(case).ok_or_else(|| Failure::new("a case of no known format"))?;
    // What panics has failed; the cases behind it are run all the same.
    std::panic::catch_unwind(|| (format.run)(Case(case)))
        .unwrap_or_else(|_| Err(Failure::new("the library panicked")))
}
