//! Adapter of the conformance suite for groups of mls-rs: the commands `mls.*` of `conformance/GROUPS.md`.

mod client;
mod rules;

use client::Party;
use sceau_adapter::mls::SUCCESSORS;
use sceau_adapter::serve::{Implementation, serve};

const MLS_RS: Implementation =
    Implementation { name: "mls-rs", version: "0.57.0", more: SUCCESSORS };

fn main() -> std::io::Result<()> {
    serve(&MLS_RS, |_| Party::default())
}
