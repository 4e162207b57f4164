//! What the harness checks of itself before each run; the result stands in the report.

use crate::digest;
use crate::seed::Seed;
use crate::wire::{Reply, parse_object};
use serde::Serialize;

/// One check and whether it held.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// Whether it held.
    pub holds: bool,
}

/// Runs all checks.
#[must_use]
pub fn run() -> Vec<Check> {
    let duplicate = r#"{"id":1,"answer":"ok","answer":"reject"}"#;
    let neither = r#"{"id":1,"answer":"accepted"}"#;
    // FIPS 180-4's example: the digest of "abc".
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let value = Seed::DEFAULT.case("META-ECHO-001p").value("alice", 7, "ek", 32);
    let ids: std::collections::BTreeSet<_> = crate::cases::all().iter().map(|c| c.id).collect();
    vec![
        Check {
            name: "a key that stands twice is refused",
            holds: Reply::parse(duplicate).is_err(),
        },
        Check { name: "an unknown answer is refused", holds: Reply::parse(neither).is_err() },
        Check { name: "an answer must be an object", holds: parse_object("[1]").is_err() },
        Check { name: "SHA-256 as in FIPS 180-4", holds: digest::sha256(b"abc") == abc },
        Check {
            name: "the derivation of randomness as in ADAPTERS.md",
            holds: digest::hex(&value) == KNOWN,
        },
        Check { name: "no case id stands twice", holds: ids.len() == crate::cases::all().len() },
    ]
}

/// The example of `ADAPTERS.md`, computed with Python's hmac.
const KNOWN: &str = "910c63635092ef43520252d4956b3d2cfbe0cc9e6663e84a1ddf1b80b82a9a67";
