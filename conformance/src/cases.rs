//! The cases, one topic a file, in the order in which they run.
//!
//! To add a topic: a file with `pub const CASES: &[Case]`, and a line below. An id is never reused
//! and never changes its meaning within an edition.

pub mod groups;
mod meta;
pub mod pairwise;
mod party;
mod prim;
pub mod vectors;

use crate::case::Case;

/// All cases of this edition.
#[must_use]
pub fn all() -> Vec<Case> {
    let topics = [
        meta::CASES,
        party::CASES,
        prim::sha256::CASES,
        prim::hmac::CASES,
        prim::hkdf::CASES,
        prim::x25519::CASES,
        prim::ed25519::CASES,
        prim::aead::CASES,
        prim::mlkem::CASES,
        prim::mlkem_checks::CASES,
    ];
    let mut cases = topics.concat();
    cases.extend(pairwise::all());
    cases.extend(groups::all());
    cases
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use super::all;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    #[test]
    fn ids_are_unique_and_tell_the_polarity() {
        let mut seen = BTreeSet::new();
        for case in all() {
            assert!(seen.insert(case.id), "{} stands twice", case.id);
            let (name, polarity) = case.id.split_at(case.id.len() - 1);
            assert_eq!(polarity, if case.is_negative() { "n" } else { "p" }, "{}", case.id);
            let number = name.rsplit('-').next().unwrap_or_default();
            assert!(number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit()), "{}", case.id);
            assert!(name.split('-').count() >= 3, "{}", case.id);
            let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
            assert!(name.bytes().all(plain), "{}", case.id);
        }
    }

    #[test]
    fn every_case_names_a_clause() {
        for case in all() {
            assert!(!case.clauses.is_empty(), "{}", case.id);
            assert!(case.title.ends_with('.') && case.title.len() < 100, "{}", case.id);
        }
    }

    /// What the headers of the seeded bugs say: which bug a case finds.
    fn caught() -> BTreeSet<(String, String)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mutants");
        let mut pairs = BTreeSet::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "patch") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let of = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            let bug = of("id: ");
            pairs.extend(of("caught by: ").split(' ').map(|id| (id.to_owned(), bug.to_owned())));
        }
        pairs
    }

    #[test]
    fn cases_of_groups_and_seeded_bugs_name_each_other() {
        let cases = all().into_iter().filter(|case| case.id.starts_with("GR-"));
        let named = cases.flat_map(|case| {
            case.mutants.iter().map(move |bug| (case.id.to_owned(), (*bug).to_owned()))
        });
        let named: BTreeSet<_> = named.collect();
        let caught: BTreeSet<_> =
            caught().into_iter().filter(|(id, _)| id.starts_with("GR-")).collect();
        assert!(caught.len() > 100, "{} pairs", caught.len());
        assert_eq!(named.difference(&caught).collect::<Vec<_>>(), Vec::<&_>::new(), "in no patch");
        assert_eq!(caught.difference(&named).collect::<Vec<_>>(), Vec::<&_>::new(), "in no case");
    }
}
