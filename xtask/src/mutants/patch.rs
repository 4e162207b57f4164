//! A seeded bug: a patch under a header that says what it is.

use crate::error::{About, Error, Result};
use std::fs;
use std::path::PathBuf;

/// A seeded bug.
#[derive(Clone, Debug)]
pub struct Patch {
    /// Its id.
    pub id: String,
    /// What is wrong, in a sentence.
    pub bug: String,
    /// The clauses that it breaks.
    pub clauses: String,
    /// The access that its cases need.
    pub level: String,
    /// The cases that are meant to find it, all of them.
    pub cases: Vec<String>,
    /// The file.
    pub file: PathBuf,
}

/// Names of the header's fields, in their order.
const FIELDS: [&str; 5] = ["id", "bug", "clauses", "caught by", "level"];

impl Patch {
    /// Reads a file.
    fn read(file: PathBuf) -> Result<Self> {
        let text = fs::read_to_string(&file).about(file.display())?;
        let head = text.split("\n\n").next().unwrap_or_default();
        let field = |line: &str| {
            line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let header: Vec<_> = head.lines().filter_map(field).collect();
        if !header.iter().map(|(name, _)| name.as_str()).eq(FIELDS) {
            let fields = FIELDS.join(", ");
            return Err(Error::new(format!("{}: the header is not {fields}", file.display())));
        }
        let of = |wanted: &str| {
            let found = header.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let cases = of("caught by").split(' ').map(str::to_owned).collect();
        let (bug, clauses, level) = (of("bug"), of("clauses"), of("level"));
        Ok(Self { id: of("id"), bug, clauses, level, cases, file })
    }

    /// The section of the catalogue: the id's letter.
    pub fn section(&self) -> String {
        self.id.chars().take(1).collect()
    }
}

/// All of them, in the order of their ids.
pub fn all() -> Result<Vec<Patch>> {
    let folder = crate::root().join("conformance/mutants");
    let mut patches = Vec::new();
    for entry in fs::read_dir(&folder).about(folder.display())? {
        let path = entry.about(folder.display())?.path();
        if path.extension().is_some_and(|extension| extension == "patch") {
            patches.push(Patch::read(path)?);
        }
    }
    let number = |id: &str| -> u32 {
        let digits: String = id.chars().filter(char::is_ascii_digit).collect();
        digits.parse().unwrap_or_default()
    };
    patches.sort_by_key(|patch| (patch.section(), number(&patch.id), patch.id.clone()));
    Ok(patches)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use super::all;
    use crate::mutants::bench::git;
    use std::fs;
    use std::path::{Path, PathBuf};

    /// The sources of the cases, joined.
    fn cases(folder: &Path) -> String {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let read = |path: PathBuf| {
            if path.is_dir() { cases(&path) } else { fs::read_to_string(path).unwrap() }
        };
        entries.map(read).collect()
    }

    #[test]
    fn every_patch_applies() {
        let patches = all().unwrap();
        assert!(patches.len() > 150, "{} patches", patches.len());
        for patch in patches {
            let file = patch.file.to_str().unwrap();
            let output = git(&crate::root(), &["apply", "--check", file]).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: {said}", patch.id);
        }
    }

    #[test]
    fn every_header_is_true() {
        let sources = cases(&crate::root().join("conformance/src/cases"));
        for patch in all().unwrap() {
            let name = format!("{}.patch", patch.id);
            assert_eq!(patch.file.file_name().unwrap().to_str(), Some(name.as_str()));
            for case in &patch.cases {
                assert!(sources.contains(&format!("\"{case}\"")), "{}: no case {case}", patch.id);
            }
            assert!(["L1", "L2", "L3"].contains(&patch.level.as_str()), "{}", patch.id);
            assert!(!patch.bug.is_empty() && !patch.clauses.is_empty(), "{}", patch.id);
        }
    }
}
