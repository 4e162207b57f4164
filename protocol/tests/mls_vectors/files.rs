//! Where the files are, and what is read from them.

use sceau::group::CipherSuite;
use serde_json::Value;
use std::path::PathBuf;

/// Cases of all files.
const ALL_CASES: usize = 785;

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("SCEAU_MLS_VECTORS").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/mls-vectors");
    [named, Some(beside)].into_iter().flatten().find(|folder| folder.is_dir())
}

/// The cases of a file whose number is known; none when there are no files.
pub fn cases(file: &str, count: usize) -> Vec<Value> {
    let Some(folder) = folder() else {
        let text = format!(
            "not run: {file}, {count} of {ALL_CASES} cases. Get the files from test-vectors/ of \
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

/// The cases of supported suites, with their suite; how many there are is known too.
pub fn suite_cases(file: &str, count: usize, supported: usize) -> Vec<(CipherSuite, Value)> {
    let all = cases(file, count);
    let none = all.is_empty();
    let with_suite =
        |case: Value| Some((CipherSuite::from_u16(u16_of(&case["cipher_suite"]))?, case));
    let cases: Vec<_> = all.into_iter().filter_map(with_suite).collect();
    let expected = if cfg!(feature = "p256") { supported } else { 0 };
    assert!(none || expected == 0 || cases.len() == expected, "{file}: {} supported", cases.len());
    cases
}

/// Bytes of a hex string.
pub fn hex(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

pub fn u32_of(value: &Value) -> u32 {
    u32::try_from(value.as_u64().unwrap()).unwrap()
}

pub fn u16_of(value: &Value) -> u16 {
    u16::try_from(value.as_u64().unwrap()).unwrap()
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// Randomness that need not be secret.
pub fn rng() -> impl rand_core::CryptoRng {
    getrandom::rand_core::UnwrapErr(getrandom::SysRng)
}
