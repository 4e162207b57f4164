//! The MLS working group's test vectors (<https://github.com/mlswg/mls-implementations>), read where they lie:
//! in `SCEAU_MLS_VECTORS`, or else in `../shared/mls-vectors` beside the repository. Elsewhere each test says that it
//! was not run; with `SCEAU_REQUIRE_MLS=1` that is a failure. `sceau-mls-vectors` runs the cases, as it does for
//! `cargo conformance mls-vectors`; here stands how many there must be.
#![allow(clippy::unwrap_used)]

use sceau_mls_vectors::{Report, json_files, run_file};
use sceau_test_vectors::mls_working_group::{ALL_CASES, folder, not_run};

/// Each file: its cases, those of suites that the library speaks, and those of them that need the feature `p256`.
const FILES: [(&str, usize, usize, usize); 16] = [
    ("crypto-basics", 7, 3, 1),
    ("deserialization", 14, 14, 0),
    ("key-schedule", 7, 3, 1),
    ("message-protection", 7, 3, 1),
    ("messages", 300, 300, 0),
    ("passive-client-handling-commit", 91, 39, 13),
    ("passive-client-random", 1, 1, 0),
    ("passive-client-welcome", 56, 24, 8),
    ("psk_secret", 77, 33, 11),
    ("secret-tree", 21, 9, 3),
    ("transcript-hashes", 7, 3, 1),
    ("tree-math", 10, 10, 0),
    ("tree-operations", 5, 5, 0),
    ("tree-validation", 98, 42, 14),
    ("treekem", 77, 33, 11),
    ("welcome", 7, 3, 1),
];

fn check(name: &str) {
    let (_, count, spoken, p256) = FILES.into_iter().find(|file| file.0 == name).unwrap();
    let Some(folder) = folder() else {
        eprintln!("{}", not_run(name, count).unwrap());
        return;
    };
    let report = run_file(&folder.join(format!("{name}.json"))).unwrap();
    let passed = if cfg!(feature = "p256") { spoken } else { spoken - p256 };
    let expected = Report { passed, failed: Vec::new(), unsupported: count - passed };
    assert_eq!(report, expected, "{name}");
}

macro_rules! files {
    ($($test:ident = $file:literal;)*) => {
        $(#[test]
        fn $test() {
            check($file);
        })*

        /// Every file of the folder has its test, and every test its file.
        #[test]
        fn no_file_is_left_out() {
            let tested = [$($file),*];
            assert_eq!(FILES.map(|file| file.0), tested);
            assert_eq!(FILES.iter().map(|file| file.1).sum::<usize>(), ALL_CASES);
            if let Some(folder) = folder() {
                let files = json_files(&folder).unwrap();
                let there = files.iter().map(|file| file.file_stem().unwrap().to_str().unwrap());
                assert_eq!(there.collect::<Vec<_>>(), tested);
            }
        }
    };
}

files! {
    crypto_basics = "crypto-basics";
    deserialization = "deserialization";
    key_schedule = "key-schedule";
    message_protection = "message-protection";
    messages = "messages";
    passive_client_handling_commit = "passive-client-handling-commit";
    passive_client_random = "passive-client-random";
    passive_client_welcome = "passive-client-welcome";
    psk_secret = "psk_secret";
    secret_tree = "secret-tree";
    transcript_hashes = "transcript-hashes";
    tree_math = "tree-math";
    tree_operations = "tree-operations";
    tree_validation = "tree-validation";
    treekem = "treekem";
    welcome = "welcome";
}
