//! What worked between whom.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What one implementation does and another has to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Add by value, join by a Welcome that has the tree.
    Add,
    /// The same, of a key package with GREASE; counted for who has made the key package.
    AddGreased,
    /// The same as the first with the tree beside.
    AddTreeBeside,
    /// Add by reference.
    AddByReference,
    /// A commit of nothing but a path.
    Path,
    /// Update, which is by reference always.
    Update,
    /// Remove by value.
    Remove,
    /// Remove by reference.
    RemoveByReference,
    /// External PSK by value.
    ExternalPsk,
    /// External PSK by reference.
    ExternalPskByReference,
    /// Resumption PSK by value.
    ResumptionPsk,
    /// Resumption PSK by reference.
    ResumptionPskByReference,
    /// GroupContextExtensions by value.
    Context,
    /// GroupContextExtensions by reference.
    ContextByReference,
    /// A group info, for an external commit.
    GroupInfo,
    /// External commit.
    ExternalCommit,
    /// External commit, with the tree beside the group info.
    ExternalCommitTreeBeside,
    /// External commit of a member that has lost its state.
    Resync,
    /// External commit with an external PSK.
    ExternalCommitPsk,
    /// ReInit by value, and the Welcome to the new group.
    ReInit,
    /// ReInit by reference.
    ReInitByReference,
    /// A group of some of the members.
    Branch,
    /// Application data.
    Application,
}

impl Operation {
    const fn name(self) -> &'static str {
        match self {
            Self::Add => "Add by value, Welcome",
            Self::AddGreased => "key package with GREASE",
            Self::AddTreeBeside => "Welcome, tree beside",
            Self::AddByReference => "Add by reference",
            Self::Path => "commit with path alone",
            Self::Update => "Update by reference",
            Self::Remove => "Remove by value",
            Self::RemoveByReference => "Remove by reference",
            Self::ExternalPsk => "external PSK by value",
            Self::ExternalPskByReference => "external PSK by reference",
            Self::ResumptionPsk => "resumption PSK by value",
            Self::ResumptionPskByReference => "resumption PSK by ref.",
            Self::Context => "GroupContextExt. by value",
            Self::ContextByReference => "GroupContextExt. by ref.",
            Self::GroupInfo => "group info",
            Self::ExternalCommit => "external commit",
            Self::ExternalCommitTreeBeside => "external, tree beside",
            Self::Resync => "external commit, resync",
            Self::ExternalCommitPsk => "external commit with PSK",
            Self::ReInit => "ReInit by value, new group",
            Self::ReInitByReference => "ReInit by reference",
            Self::Branch => "branch",
            Self::Application => "application data",
        }
    }
}

/// A fault of a peer that is known: what fails is told, but counts as skipped.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The operation, by its name in the matrix.
    pub operation: String,
    /// Who does it, or `*`.
    pub from: String,
    /// Who can't follow.
    pub to: String,
    /// Whose fault it is, and which.
    pub reason: String,
}

/// How often something worked, failed, and was not there.
#[derive(Clone, Copy, Default)]
struct Cell {
    passed: u32,
    failed: u32,
    unsupported: u32,
}

/// How something went.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Went {
    /// As it should.
    Well,
    /// Not as it should.
    Wrong,
    /// One of the two does not have it.
    Unsupported,
}

/// Suites, operations and pairs.
pub struct Matrix {
    names: Vec<String>,
    cells: BTreeMap<(u16, Operation, usize, usize), Cell>,
    outright: Vec<String>,
    known: Vec<Known>,
}

impl Matrix {
    /// An empty one.
    pub fn new(names: Vec<String>, known: Vec<Known>) -> Self {
        Self { names, cells: BTreeMap::new(), outright: Vec::new(), known }
    }

    /// Counts what one did and another followed.
    pub fn count(&mut self, suite: u16, operation: Operation, from: usize, to: usize, went: Went) {
        let cell = self.cells.entry((suite, operation, from, to)).or_default();
        match went {
            Went::Well => cell.passed += 1,
            Went::Wrong => cell.failed += 1,
            Went::Unsupported => cell.unsupported += 1,
        }
    }

    /// A failure of nobody's.
    pub fn fail_outright(&mut self, why: String) {
        self.outright.push(why);
    }

    fn name(&self, side: usize) -> &str {
        self.names.get(side).map_or("", String::as_str)
    }

    /// The known fault that a cell shows, by its place in the list.
    fn fault(&self, operation: Operation, from: usize, to: usize) -> Option<usize> {
        let same = |known: &Known| {
            known.operation == operation.name()
                && (known.from == "*" || known.from == self.name(from))
                && known.to == self.name(to)
        };
        self.known.iter().position(same)
    }

    /// Passed; failed; skipped, for not being there or for a known fault of a peer.
    pub fn totals(&self) -> [u64; 3] {
        let outright = u64::try_from(self.outright.len()).unwrap_or(u64::MAX);
        let mut totals = [0, outright, 0];
        for ((_, operation, from, to), cell) in &self.cells {
            let known = self.fault(*operation, *from, *to).is_some();
            let [passed, failed, skipped] = &mut totals;
            *passed += u64::from(cell.passed);
            *if known { &mut *skipped } else { failed } += u64::from(cell.failed);
            *skipped += u64::from(cell.unsupported);
        }
        totals
    }

    /// Known faults that did not show although what they are about was tried.
    pub fn stale(&self) -> Vec<&Known> {
        let (mut tried, mut shown) = (BTreeSet::new(), BTreeSet::new());
        for ((_, operation, from, to), cell) in &self.cells {
            if let Some(place) = self.fault(*operation, *from, *to) {
                tried.insert(place);
                if cell.failed > 0 {
                    shown.insert(place);
                }
            }
        }
        tried.difference(&shown).filter_map(|place| self.known.get(*place)).collect()
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match (self.passed, self.failed, self.unsupported) {
            (0, 0, 0) => ".".to_owned(),
            (0, 0, _) => "-".to_owned(),
            (passed, 0, _) => passed.to_string(),
            (passed, failed, _) => format!("{passed}, {failed} failed"),
        };
        f.pad(&text)
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suites: Vec<u16> = self.cells.keys().map(|(suite, ..)| *suite).collect();
        let sides = 0..self.names.len();
        let pairs = sides.clone().flat_map(|from| sides.clone().map(move |to| (from, to)));
        let pairs: Vec<(usize, usize)> = pairs.collect();
        let title = |(from, to): (usize, usize)| format!("{}>{}", self.name(from), self.name(to));
        let mut shown = 0;
        for suite in suites {
            if suite == shown {
                continue;
            }
            shown = suite;
            write!(f, "\nsuite {suite:04x}: {:13}", "who>whom")?;
            for pair in &pairs {
                write!(f, "  {:>14}", title(*pair))?;
            }
            writeln!(f)?;
            let mut operations: Vec<Operation> =
                self.cells.keys().filter(|key| key.0 == suite).map(|key| key.1).collect();
            operations.dedup();
            for operation in operations {
                write!(f, "{:26}", operation.name())?;
                for (from, to) in &pairs {
                    let cell = self.cells.get(&(suite, operation, *from, *to));
                    write!(f, "  {:>14}", cell.copied().unwrap_or_default())?;
                }
                writeln!(f)?;
            }
        }
        writeln!(f)?;
        for known in &self.known {
            let Known { operation, from, to, reason } = known;
            writeln!(f, "known: {operation}, {from}>{to}: {reason}")?;
        }
        self.outright.iter().try_for_each(|why| writeln!(f, "{why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, Matrix, Operation, Went};

    fn matrix() -> Matrix {
        let known = Known {
            operation: "branch".to_owned(),
            from: "*".to_owned(),
            to: "b".to_owned(),
            reason: "it does not like branches".to_owned(),
        };
        Matrix::new(vec!["a".to_owned(), "b".to_owned()], vec![known])
    }

    #[test]
    fn a_known_fault_is_skipped_and_no_other() {
        let mut matrix = matrix();
        matrix.count(1, Operation::Branch, 0, 1, Went::Wrong);
        matrix.count(1, Operation::Branch, 0, 0, Went::Well);
        matrix.count(1, Operation::Update, 0, 1, Went::Unsupported);
        assert_eq!(matrix.totals(), [1, 0, 2]);
        assert!(matrix.stale().is_empty());
        matrix.count(2, Operation::Branch, 0, 0, Went::Wrong);
        matrix.fail_outright("a is gone".to_owned());
        assert_eq!(matrix.totals(), [1, 2, 2]);
    }

    #[test]
    fn a_known_fault_that_does_not_show_is_stale() {
        let mut matrix = matrix();
        assert!(matrix.stale().is_empty(), "it was not tried");
        matrix.count(1, Operation::Branch, 0, 1, Went::Well);
        assert_eq!(matrix.stale().len(), 1);
        matrix.count(3, Operation::Branch, 0, 1, Went::Wrong);
        assert!(matrix.stale().is_empty());
    }
}
