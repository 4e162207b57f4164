//! A file of vectors.

use crate::error::{FieldError, LoadError, Wanted};
use crate::fields::Fields;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A file of vectors, with the fields in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VectorFile {
    /// Always `sceau-vectors`.
    pub format: String,
    /// Version of the format.
    pub version: u32,
    /// Edition of the specification.
    pub edition: String,
    /// Name of the suite in the specification's registry.
    pub suite: String,
    /// What the vectors are about; the file's name without its ending.
    pub topic: String,
    /// The program that made them.
    pub generator: String,
    /// The vectors.
    pub vectors: Vec<Vector>,
}

/// One vector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// Its name, which never changes its meaning.
    pub id: String,
    /// The normative sentences that it exercises.
    pub clauses: Vec<String>,
    /// What is special about it.
    pub description: String,
    /// Whether the step must succeed.
    pub valid: bool,
    /// What goes into the step.
    #[serde(rename = "in")]
    pub input: Fields,
    /// The values in between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Fields>,
    /// What comes out, of a valid vector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    out: Option<Fields>,
    /// Class of the refusal, of a vector that is not valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Vector {
    /// What comes out of the step.
    ///
    /// # Errors
    /// The vector is one that must be refused.
    pub fn out(&self) -> Result<&Fields, FieldError> {
        let missing = || FieldError { field: "out".to_owned(), wanted: Wanted::Object };
        self.out.as_ref().ok_or_else(missing)
    }

    pub(crate) fn set_out(&mut self, out: Fields) {
        self.out = Some(out);
    }

    /// Class of the refusal.
    ///
    /// # Errors
    /// The vector is a valid one.
    pub fn error(&self) -> Result<&str, FieldError> {
        let missing = || FieldError { field: "error".to_owned(), wanted: Wanted::Text };
        self.error.as_deref().ok_or_else(missing)
    }
}

impl VectorFile {
    /// Parses a file and checks what a type cannot say; `path` is for the message.
    ///
    /// # Errors
    /// It is not of the format.
    pub fn parse(path: &str, json: &[u8]) -> Result<Self, LoadError> {
        let malformed = |reason| LoadError::Malformed { path: path.to_owned(), reason };
        let file: Self = serde_json::from_slice(json).map_err(|e| malformed(e.to_string()))?;
        file.check().map_err(malformed)?;
        Ok(file)
    }

    fn check(&self) -> Result<(), String> {
        if self.format != "sceau-vectors" || self.version != 0 {
            return Err(format!("unknown format {} version {}", self.format, self.version));
        }
        if self.vectors.is_empty() {
            return Err("no vectors".to_owned());
        }
        let mut seen = BTreeSet::new();
        for vector in &self.vectors {
            if !seen.insert(&vector.id) {
                return Err(format!("{} stands there twice", vector.id));
            }
            if vector.valid == vector.out.is_none() || vector.valid != vector.error.is_none() {
                return Err(format!("{}: a valid one has `out`, any other `error`", vector.id));
            }
        }
        Ok(())
    }
}
