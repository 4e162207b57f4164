//! The adapter protocol: what stands on a line. `ADAPTERS.md` is its description for people and
//! `schema/adapter-0.json` the one for programs.

mod answer;
mod hello;
mod request;
mod value;

pub use answer::{Answer, Malformed, Reply};
pub use hello::{Clock, Hello, Randomness};
pub use request::Request;
pub use value::{Fields, LARGEST_INTEGER, Node, Value, parse_object};

/// Version of the adapter protocol that this runner speaks.
pub const VERSION: &str = "0";
/// Longest line that the runner accepts, in bytes with its newline.
pub const LARGEST_LINE: usize = 16 << 20;
/// Longest line that every adapter must accept; `meta.hello` may raise it.
pub const SMALLEST_LARGEST_LINE: u64 = 1 << 20;
