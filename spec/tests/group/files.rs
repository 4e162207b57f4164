//! Where the MLS working group's files are, and what is read from them.

use sceau_spec::group::suite::{CipherSuite, is_supported};
use sceau_spec::octets::{Octets, from_bytes};
use serde_json::Value;
use std::path::PathBuf;

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("SCEAU_MLS_VECTORS").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/mls-vectors");
    [named, Some(beside)].into_iter().flatten().find(|folder| folder.is_dir())
}

/// The cases of a file, whose number is known; none where there are no files.
pub fn cases(file: &str, count: usize) -> Vec<Value> {
    let Some(folder) = folder() else {
        let text = format!(
            "not run: {file}, {count} cases. Get the files from test-vectors/ of \
             https://github.com/mlswg/mls-implementations and name their folder in SCEAU_MLS_VECTORS."
        );
        assert!(std::env::var_os("SCEAU_REQUIRE_MLS").is_none_or(|value| value != "1"), "{text}");
        eprintln!("{text}");
        return Vec::new();
    };
    let text = std::fs::read(folder.join(format!("{file}.json"))).unwrap();
    let cases: Vec<Value> = serde_json::from_slice(&text).unwrap();
    assert_eq!(cases.len(), count, "cases of {file}");
    cases
}

/// The cases of the suites that the specification knows, with their suite; how many there are is known
/// too.
pub fn suite_cases(file: &str, count: usize, supported: usize) -> Vec<(CipherSuite, Value)> {
    let all = cases(file, count);
    let there = !all.is_empty();
    let some: Vec<_> = all
        .into_iter()
        .map(|case| (u16_of(&case["cipher_suite"]), case))
        .filter(|(suite, _)| is_supported(*suite))
        .collect();
    assert!(!there || some.len() == supported, "{file}: {} of known suites", some.len());
    some
}

/// Bytes of a hex string.
pub fn hex(value: &Value) -> Octets {
    from_bytes(&hex::decode(value.as_str().unwrap()).unwrap())
}

pub fn u16_of(value: &Value) -> u16 {
    value.as_u64().unwrap().try_into().unwrap()
}

pub fn u32_of(value: &Value) -> u32 {
    value.as_u64().unwrap().try_into().unwrap()
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// The length that a field gives.
pub fn length(value: &Value) -> usize {
    value.as_u64().unwrap().try_into().unwrap()
}
