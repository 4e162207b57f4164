//! A request: one line from the runner to an adapter.

use super::value::Fields;
use serde::Serialize;

/// One request. Its members stand on the line in this order; empty ones are left out, except `in`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Request {
    /// Number of the request, from 1 after each `meta.reset`.
    pub id: u64,
    /// Name of the command, `family.word`.
    pub cmd: String,
    /// The party that acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub party: Option<String>,
    /// Name of a session, chosen by the runner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Name of a group, chosen by the runner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Named deviations; for the peer only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deviate: Vec<String>,
    /// Randomness, name to bytes (fed).
    #[serde(skip_serializing_if = "Fields::is_empty")]
    pub rand: Fields,
    /// The seed from which the adapter derives its randomness (seeded), 32 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    /// The command's parameters.
    #[serde(rename = "in")]
    pub input: Fields,
}

impl Request {
    /// A request without parameters.
    #[must_use]
    pub fn new(cmd: &str) -> Self {
        Request { cmd: cmd.to_owned(), ..Request::default() }
    }

    /// The line, without its newline.
    #[must_use]
    pub fn line(&self) -> String {
        // Strings, integers and lists of strings always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}
