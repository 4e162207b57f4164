//! Test vectors of the Sceau protocol, and what reads them.
//!
//! The files, their format and where they come from are described in this package's `README.md`.
//! Nothing here knows the protocol: a field is bytes, a number or text because the reader says so.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! for vector in sceau_test_vectors::load_whole("handshake-key-schedule")?.vectors {
//!     let private_key: Vec<u8> = vector.input.bytes("ek_private")?;
//!     let expected = vector.out()?.bytes("root_key")?;
//!     # let _ = (private_key, expected);
//! }
//! # Ok(())
//! # }
//! ```

mod cbor;
mod error;
mod fields;
mod file;
pub mod finish;
mod manifest;
pub mod mls_working_group;
mod references;

pub use error::{FieldError, LoadError, Wanted};
pub use fields::Fields;
pub use file::{Vector, VectorFile};
pub use manifest::{Entry, Manifest};
pub use references::Collection;

use std::path::{Path, PathBuf};

/// The folder of this repository's vectors, as it was when this package was built.
#[must_use]
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The vectors of one topic, such as `handshake-key-schedule`.
///
/// # Errors
/// There is no such topic, or its file is not the one that the manifest lists.
pub fn load(topic: &str) -> Result<VectorFile, LoadError> {
    load_from(&folder(), topic)
}

/// The vectors of one topic from another folder with a manifest of its own.
///
/// # Errors
/// As for [`load`].
pub fn load_from(folder: &Path, topic: &str) -> Result<VectorFile, LoadError> {
    let manifest = Manifest::read(folder)?;
    let entry = manifest
        .vector_files()
        .find(|entry| entry.topic() == topic)
        .ok_or_else(|| LoadError::UnknownTopic { topic: topic.to_owned() })?;
    VectorFile::parse(&entry.path, &entry.read(folder)?)
}

/// The vectors of one topic with all their values: what stands in other vectors, or is an edit of it,
/// is put in its place ([`Collection::whole`]).
///
/// # Errors
/// As for [`load`], and when a reference leads nowhere.
pub fn load_whole(topic: &str) -> Result<VectorFile, LoadError> {
    let mut file = load(topic)?;
    let collection = Collection::new(all()?);
    for vector in &mut file.vectors {
        *vector = collection.whole(vector)?;
    }
    Ok(file)
}

/// All vector files, in the order of their paths.
///
/// # Errors
/// As for [`load`].
pub fn all() -> Result<Vec<VectorFile>, LoadError> {
    let folder = folder();
    let manifest = Manifest::read(&folder)?;
    let files = manifest.vector_files();
    files.map(|entry| VectorFile::parse(&entry.path, &entry.read(&folder)?)).collect()
}
