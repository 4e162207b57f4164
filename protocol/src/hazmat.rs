//! Raw access to the formats, for conformance tests and fuzzing. Nothing here checks a signature,
//! keeps a state or has a place in an application.

pub use crate::group::hazmat as mls;

use crate::Error;
use alloc::vec::Vec;

/// Decodes a structure by its name in the specification and encodes it again; none for a name that is
/// not known.
///
/// There is one valid encoding of each value: what is accepted comes back as it was. The sizes of `Header`
/// and `RatchetMessage` are those of suite `core`.
///
/// # Errors
/// [`Error::Malformed`] for anything but a valid encoding; `unsupported_suite` for a `SessionState` of a suite that this
/// crate does not have (`STA-04`).
#[must_use]
pub fn reencode(name: &str, bytes: &[u8]) -> Option<Result<Vec<u8>, Error>> {
    crate::pairwise::reencode(name, bytes)
}
