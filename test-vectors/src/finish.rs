//! Makes a folder of vectors complete: layout of the JSON, CBOR twins, manifest.

use crate::cbor;
use crate::error::LoadError;
use crate::file::VectorFile;
use crate::manifest::{Entry, Manifest, NAME, read};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The name of the manifest.
pub const MANIFEST: &str = NAME;

/// The folders of generated files, with which a file's path begins.
pub const AREAS: [&str; 2] = ["group", "pairwise"];

/// The folder of the schemas, which are written by hand.
pub const SCHEMAS: &str = "schema";

/// Lays out each JSON file of the [`AREAS`] anew, writes its CBOR twin beside it, and writes the
/// manifest over both and the schemas. Returns the number of vectors.
///
/// # Errors
/// A file is not of the format, an id or topic is used twice, or the folder cannot be written.
pub fn finish(folder: &Path) -> Result<usize, LoadError> {
    let mut files = BTreeMap::new();
    let mut topics = BTreeMap::new();
    let mut ids = BTreeMap::new();
    let mut count = 0;
    for area in AREAS {
        for path in names(folder, area)? {
            let malformed = |reason| LoadError::Malformed { path: path.clone(), reason };
            let file = VectorFile::parse(&path, &read(folder, &path)?)?;
            if path != format!("{area}/{}.json", file.topic) {
                return Err(malformed(format!("its topic is {}", file.topic)));
            }
            if let Some(other) = topics.insert(file.topic.clone(), path.clone()) {
                return Err(malformed(format!("its topic is that of {other}")));
            }
            for vector in &file.vectors {
                if let Some(other) = ids.insert(vector.id.clone(), path.clone()) {
                    return Err(malformed(format!("{} stands in {other} too", vector.id)));
                }
            }
            let vectors = Some(file.vectors.len());
            count += file.vectors.len();
            let json = layout(&file);
            let twin = serde_json::to_value(&file).map_err(|e| malformed(e.to_string()))?;
            let twin = cbor::twin(&twin).map_err(malformed)?;
            let twin_path = format!("{area}/{}.cbor", file.topic);
            for (path, bytes) in [(path.clone(), json.map_err(malformed)?), (twin_path, twin)] {
                write(folder, &path, &bytes)?;
                files.insert(path.clone(), Entry::new(path, &bytes, vectors));
            }
        }
    }
    for path in names(folder, SCHEMAS)? {
        let bytes = read(folder, &path)?;
        files.insert(path.clone(), Entry::new(path, &bytes, None));
    }
    let malformed = |reason| LoadError::Malformed { path: NAME.to_owned(), reason };
    let manifest = Manifest::new(files.into_values().collect());
    write(folder, NAME, &layout(&manifest).map_err(malformed)?)?;
    Ok(count)
}

/// The JSON files of a folder, as paths with `/`, in ascending order.
fn names(folder: &Path, area: &str) -> Result<Vec<String>, LoadError> {
    let path = folder.join(area);
    let io = |source| LoadError::Io { path: path.clone(), source };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&path).map_err(io)? {
        let name = entry.map_err(io)?.file_name();
        match name.to_str() {
            Some(name) if name.ends_with(".json") => names.push(format!("{area}/{name}")),
            _ => {}
        }
    }
    names.sort();
    Ok(names)
}

/// Two spaces a level and one line feed at the end.
fn layout(value: &impl Serialize) -> Result<Vec<u8>, String> {
    let mut json = serde_json::to_vec_pretty(value).map_err(|e| e.to_string())?;
    json.push(b'\n');
    Ok(json)
}

fn write(folder: &Path, path: &str, bytes: &[u8]) -> Result<(), LoadError> {
    let path = folder.join(path);
    std::fs::write(&path, bytes).map_err(|source| LoadError::Io { path, source })
}
