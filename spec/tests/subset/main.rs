//! Every file of the executable specification keeps to the subset of Rust that hacspec is.
//!
//! The checker reads the syntax only. What it refuses is listed in [`RULES`], each rule with examples
//! that it must refuse, and [`ACCEPTED`] has what a protocol written in the subset looks like. It
//! cannot see an index or a slice that is out of bounds: decoders use `octets::checked_slice`.

mod checker;
mod imports;
mod names;
mod rules;

use checker::{Violation, check};
use rules::{ACCEPTED, RULES, Rule};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files below `src` that are native Rust, with the reason.
const EXEMPT: [(&str, &str); 1] =
    [("primitives/fast.rs", "the registry's crates behind the primitives' names")];

/// The files below a folder, binaries aside.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("src/bin") {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn the_specification_keeps_to_the_subset() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let exempt: Vec<PathBuf> = EXEMPT.iter().map(|(file, _)| src.join(file)).collect();
    let all = files(&src);
    for file in &exempt {
        assert!(all.contains(file), "{} is exempt and does not exist", file.display());
    }
    let mut report = String::new();
    let mut checked = 0;
    for file in all.iter().filter(|file| !exempt.contains(file)) {
        let source = std::fs::read_to_string(file).unwrap();
        if !source.starts_with("//!") {
            report += &format!("{}:1: Documentation\n", file.display());
        }
        for violation in check(&source) {
            let Violation { rule, line } = violation;
            report += &format!("{}:{line}: {rule:?}\n", file.display());
        }
        checked += 1;
    }
    assert!(report.is_empty(), "outside the subset:\n{report}");
    assert!(checked >= 17, "only {checked} files were found");
}

#[test]
fn every_rule_refuses_its_examples_and_nothing_else_does() {
    for (rule, examples) in RULES {
        assert!(!examples.is_empty());
        for example in *examples {
            let mut broken: Vec<Rule> = check(example).iter().map(|v| v.rule).collect();
            broken.dedup();
            assert_eq!(broken, [*rule], "{example}");
        }
    }
    let with_examples: BTreeSet<Rule> = RULES.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(with_examples.len(), Rule::Documentation as usize + 1, "a rule has no example");
}

#[test]
fn what_a_protocol_needs_is_accepted() {
    for source in ACCEPTED {
        let broken: Vec<(Rule, usize)> = check(source).iter().map(|v| (v.rule, v.line)).collect();
        assert_eq!(broken, []);
    }
}
