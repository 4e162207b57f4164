//! The preprocessor of the specification's book. mdBook calls it with `[context, book]` as JSON on
//! standard input and reads the book back.
//!
//! - `{{#vector FILE ID path.to.field}}` becomes a value of `test-vectors/pairwise/FILE`, or of
//!   `test-vectors/FILE` where FILE names its folder. Alone on its
//!   line it becomes a block with 32 bytes a line; in a line of text or in a block, the bare value.
//! - `{{#clauses}}` becomes a table of all normative sentences of the book, by page.
//!
//! What cannot be found, and an id of a clause that stands there twice, fails the build.

mod clauses;
mod pages;
mod vector;

use crate::error::{About, Error, Result};
use clap::Subcommand;
use serde_json::Value;
use std::io::Read;

/// What mdBook asks before it calls the preprocessor.
#[derive(Subcommand)]
pub enum Supports {
    /// Tells by its exit code whether a renderer is supported.
    Supports {
        /// The renderer's name.
        renderer: String,
    },
}

/// Reads the book from standard input and writes it to standard output.
pub fn run() -> Result {
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input).about("standard input")?;
    let input: Value = serde_json::from_slice(&input).about("standard input")?;
    let Value::Array(parts) = input else { return Err(Error::new("no [context, book]")) };
    let Ok([_, mut book]) = <[Value; 2]>::try_from(parts) else {
        return Err(Error::new("no [context, book]"));
    };
    let clauses = clauses::table(&mut book)?;
    let files = vector::Files::default();
    pages::for_each(&mut book, &mut |page| {
        let content = files.replace(page.path, page.content)?;
        *page.content = content.replace(clauses::MARK, &clauses);
        Ok(())
    })?;
    println!("{book}");
    Ok(())
}
