//! Adapter of the conformance suite for groups of openmls: the commands `mls.*` of `conformance/GROUPS.md`.

mod client;

use client::Party;
use sceau_adapter::serve::{Implementation, serve};

const OPENMLS: Implementation = Implementation {
    name: "openmls",
    version: "0.9.2",
    // No ReInit, no branches.
    more: &[],
};

fn main() -> std::io::Result<()> {
    serve(&OPENMLS, |_| Party::default())
}
