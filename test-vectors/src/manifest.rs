//! The list of the files with their hashes.

use crate::error::LoadError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;

/// The manifest's file name.
pub(crate) const NAME: &str = "manifest.json";

/// The list of the files with their hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: String,
    version: u32,
    /// The files, in ascending order of path.
    pub files: Vec<Entry>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The file, relative to the folder of the vectors, with `/` between folder and name.
    pub path: String,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// Number of vectors in it; none for a schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<usize>,
}

impl Manifest {
    pub(crate) fn new(files: Vec<Entry>) -> Self {
        Self { format: "sceau-manifest".to_owned(), version: 0, files }
    }

    /// Reads the manifest of a folder.
    ///
    /// # Errors
    /// It is not there or not of the format.
    pub fn read(folder: &Path) -> Result<Self, LoadError> {
        let malformed = |reason| LoadError::Malformed { path: NAME.to_owned(), reason };
        let json = read(folder, NAME)?;
        let manifest: Self = serde_json::from_slice(&json).map_err(|e| malformed(e.to_string()))?;
        if manifest.format != "sceau-manifest" || manifest.version != 0 {
            return Err(malformed(format!("unknown version {}", manifest.version)));
        }
        Ok(manifest)
    }

    /// The files of vectors in JSON, without their twins and the schemas.
    pub fn vector_files(&self) -> impl Iterator<Item = &Entry> {
        let vectors = |entry: &&Entry| entry.vectors.is_some() && entry.path.ends_with(".json");
        self.files.iter().filter(vectors)
    }
}

impl Entry {
    pub(crate) fn new(path: String, bytes: &[u8], vectors: Option<usize>) -> Self {
        Self { path, sha256: sha256(bytes), vectors }
    }

    /// The file's name without folder and ending.
    #[must_use]
    pub fn topic(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.split('.').next().unwrap_or_default()
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// The file is not there, or its hash is another.
    pub fn read(&self, folder: &Path) -> Result<Vec<u8>, LoadError> {
        let bytes = read(folder, &self.path)?;
        if sha256(&bytes) == self.sha256 {
            Ok(bytes)
        } else {
            Err(LoadError::WrongHash { path: self.path.clone() })
        }
    }
}

pub(crate) fn read(folder: &Path, path: &str) -> Result<Vec<u8>, LoadError> {
    let path = folder.join(path);
    std::fs::read(&path).map_err(|source| LoadError::Io { path, source })
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
