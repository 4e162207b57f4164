//! What is read from the MLS working group's files.

use sceau_spec::group::suite::{CipherSuite, is_supported};
use sceau_spec::octets::{Octets, from_bytes};
use sceau_test_vectors::mls_working_group;
use serde_json::Value;

/// The cases of a file, whose number is known; none where there are no files.
pub fn cases(file: &str, count: usize) -> Vec<Value> {
    mls_working_group::cases(file, count).unwrap().unwrap_or_default()
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
