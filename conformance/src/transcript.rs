//! What was said in a case: JSON lines, one header and then one line an exchange.

use crate::case::Twin;
use crate::scene::Home;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// First line of a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// `sceau-transcript-0`.
    pub schema: String,
    /// The case.
    pub case: String,
    /// Edition of the suite.
    pub edition: String,
    /// Seed of the run, hexadecimal.
    pub seed: String,
    /// Source of the implementation's randomness.
    pub randomness: String,
}

/// Longest line that is taken apart, bytes: its parts need many times the room.
const LONGEST_PARSED: usize = 1 << 20;
/// Name of the format.
pub const SCHEMA: &str = "sceau-transcript-0";

/// One exchange. The storage folder's path is written as `{storage}`, since it differs from run to
/// run; polls of a pending answer are left out, since their number does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// The run, for a negative case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub twin: Option<Twin>,
    /// Who was asked.
    pub to: Home,
    /// The line sent: an object, or a string where it is none.
    pub send: Value,
    /// The line received, likewise; absent after a crash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receive: Option<Value>,
    /// What happened instead of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crash: Option<String>,
}

impl Entry {
    /// An exchange with its lines as they went over the pipes.
    #[must_use]
    pub fn new(
        twin: Option<Twin>,
        to: Home,
        sent: &str,
        received: Result<&str, String>,
        storage: &str,
    ) -> Self {
        let value = |line: &str| {
            let line = line.replace(storage, "{storage}");
            if line.len() > LONGEST_PARSED {
                return Value::String(line);
            }
            match serde_json::from_str(&line) {
                // What reads back as another line (a key twice, say) is kept as it was written.
                Ok(value @ Value::Object(_)) if same(&value, &line) => value,
                _ => Value::String(line),
            }
        };
        Entry {
            twin,
            to,
            send: value(sent),
            receive: received.as_deref().ok().map(value),
            crash: received.err(),
        }
    }
}

fn same(value: &Value, line: &str) -> bool {
    let length = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    length(&value.to_string()) == length(line)
}

/// The text of a transcript.
#[must_use]
pub fn render(header: &Header, entries: &[Entry]) -> String {
    let mut text = serde_json::to_string(header).unwrap_or_default();
    text.push('\n');
    for entry in entries {
        text.push_str(&serde_json::to_string(entry).unwrap_or_default());
        text.push('\n');
    }
    text
}
