//! Commands `meta.*` that are the same for every implementation.

use crate::line::{Answer, No, Out, Request};
use sha2::{Digest, Sha256};

/// Carries out `meta.echo`.
///
/// # Errors
/// A parameter that is missing, of another type, or not one of the command's.
pub fn echo(request: &Request) -> Answer {
    request.only(&["text", "number", "data"])?;
    let data = request.bytes("data")?;
    let length = u64::try_from(data.len()).map_err(|error| No::Fault(error.to_string()))?;
    Ok(Out::default()
        .text("text", request.text("text")?)
        .long("number", request.long("number")?)
        .integer("len", length)
        .bytes("sha256", &Sha256::digest(&data)))
}
