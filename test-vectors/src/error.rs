//! What can be wrong with a file or a field.

use std::fmt;
use std::path::PathBuf;

/// A file that could not be loaded.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// No file of the manifest has this topic.
    UnknownTopic {
        /// The topic asked for.
        topic: String,
    },
    /// A file could not be read or written.
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what the manifest lists: its SHA-256 differs.
    WrongHash {
        /// The file, relative to the folder of the vectors.
        path: String,
    },
    /// A value that a vector refers to is not there, or not what it must be.
    Reference {
        /// The vector.
        id: String,
        /// The field with the reference.
        field: String,
    },
    /// A file is not JSON, or not of the format.
    Malformed {
        /// The file, relative to the folder of the vectors.
        path: String,
        /// What is wrong, for a person.
        reason: String,
    },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTopic { topic } => write!(f, "there are no vectors of topic {topic}"),
            Self::Io { path, source } => write!(f, "{}: {source}", path.display()),
            Self::WrongHash { path } => write!(f, "{path} is not the file that the manifest lists"),
            Self::Reference { id, field } => write!(f, "{id}: {field} leads to no such value"),
            Self::Malformed { path, reason } => write!(f, "{path}: {reason}"),
        }
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// What a reader took a field for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wanted {
    /// Any value at all.
    Anything,
    /// Lower-case hexadecimal, two digits a byte.
    Bytes,
    /// As many bytes as the reader has room for.
    ExactBytes(usize),
    /// An integer, or one in decimal digits.
    Number,
    /// A string.
    Text,
    /// An array.
    List,
    /// An object.
    Object,
}

/// A field that is missing, or not what the reader took it for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name; within a list with its index, such as `path[2]`.
    pub field: String,
    /// What it was taken for.
    pub wanted: Wanted,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, wanted } = self;
        match wanted {
            Wanted::Anything => write!(f, "there is no field {field}"),
            Wanted::Bytes => write!(f, "field {field} is not there or not lower-case hexadecimal"),
            Wanted::ExactBytes(n) => write!(f, "field {field} is not there or not {n} bytes"),
            Wanted::Number => write!(f, "field {field} is not there or not a number"),
            Wanted::Text => write!(f, "field {field} is not there or not text"),
            Wanted::List => write!(f, "field {field} is not there or not a list"),
            Wanted::Object => write!(f, "field {field} is not there or not an object"),
        }
    }
}

impl std::error::Error for FieldError {}
